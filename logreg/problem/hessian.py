"""Hessians of the loss over a block of rows: a few large products, in double precision or in single."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.base import Block
from .bend import Bend
from .chart import Chart
from .thin import is_thin, thin_gram

Array = NDArray[np.float64]
Real = NDArray[np.floating[Any]]
Rows = NDArray[np.intp] | slice

CHUNK = 1 << 17
"""Numbers in a chunk of rows or of their products: few enough to stay in the cache."""

PAIRED = 12
"""Columns for each output up to which products of pairs of columns are formed, all outputs sharing them ..."""

PRODUCTS = 1 << 19
"""... for so many of their products: each pair is a call of its own, and a few more rows cost less than more calls."""

LANES = 8
"""Outputs that a matrix product makes at once: fewer take as long, and odd numbers longer."""


def hessian_of(chart: Chart, block: Block, bend: Bend, *, single: bool = False) -> Array:
    """sum_i s_i (diag(a_i) - u_i u_i') (x) x_i x_i' over a block of rows, x in the chart.

    What single precision cannot hold comes out as numbers that are not finite.
    """
    a, u = bend
    with quietly(single):
        if u is None:
            weight = a[:, 0] if block.weight_or_none is None else block.weight_or_none * a[:, 0]
            return gram_of(chart, block, weight, single=single)
        if is_thin(chart, block.X, chart.rows * a.shape[1], a.shape[1]):
            return thin_hessian(chart, block, bend, [np.arange(chart.rows)] * a.shape[1])
        if chart.rows <= PAIRED * a.shape[1]:
            return _by_pairs(chart, block, a, u, single)
        return _by_rows(chart, block, bend, [slice(None)] * a.shape[1], single)


def hessian_over(chart: Chart, block: Block, bend: Bend, entries: NDArray[np.bool_]) -> Array:
    """The same over some entries of W, in the order of ``W.T``."""
    if entries.all():
        return hessian_of(chart, block, bend)
    if is_thin(chart, block.X, int(entries.sum()), entries.shape[1]):
        return thin_hessian(chart, block, bend, [np.flatnonzero(column) for column in entries.T])
    return _by_rows(chart, block, bend, [slice(None) if c.all() else np.flatnonzero(c) for c in entries.T], False)


def thin_hessian(chart: Chart, block: Block, bend: Bend, sets: Sequence[NDArray[np.intp]]) -> Array:
    """The same from what is stored, over some rows of W for each output."""
    weights = 1.0 if block.weight_or_none is None else np.sqrt(block.weight_or_none)[:, None]
    a, u = weights * np.sqrt(bend.a), None if bend.u is None else weights * bend.u
    ends = np.cumsum([0, *map(len, sets)])
    H = np.zeros((ends[-1], ends[-1])) if u is None else -thin_gram(chart, block.X, u, sets)
    for k, chosen in enumerate(sets):
        at = slice(ends[k], ends[k + 1])
        H[at, at] += thin_gram(chart, block.X, a[:, k, None], [chosen])
    return H


def gauge(H: Array, amounts: Array) -> None:
    """Add curvature along the common shift of a row's outputs, where a Hessian may be flat: so much for each row of W.

    H is one of shape (outputs, rows, outputs, rows), or a stack of them.
    """
    at, k = np.arange(len(amounts)), H.shape[-2]
    H[..., :, at, :, at] += (amounts / k).reshape(-1, *(1,) * (H.ndim - 2))


def gram_of(chart: Chart, block: Block, weight: Array, *, single: bool = False) -> Array:
    """What a block of rows adds to the weighted sum of x x', x in the chart."""
    if is_thin(chart, block.X, chart.rows):
        return thin_gram(chart, block.X, np.sqrt(weight)[:, None], [np.arange(chart.rows)])
    gram, root = np.zeros((chart.rows, chart.rows)), np.sqrt(weight)[:, None]
    with quietly(single):
        root = root.astype(np.float32) if single else root
        for at, rows in designs(chart, block, CHUNK // chart.rows, single=single):
            scaled = rows * root[at]
            gram += scaled.T @ scaled
    return gram


def quietly(single: bool) -> AbstractContextManager[object]:
    """No warnings, in this thread, of what single precision cannot hold: threads have a state of their own."""
    return np.errstate(over="ignore", invalid="ignore") if single else nullcontext()


def _by_pairs(chart: Chart, block: Block, a: Array, u: Array, single: bool) -> Array:
    """All pairs of outputs by all pairs of columns, one product: each symmetry halves the work."""
    m, k, weights = chart.rows, a.shape[1], block.weight_or_none
    most = max(m * (m + 1), k * (k + 1)) // 2
    chunks = (
        (rows, _bends(a[at].T, u[at].T, None if weights is None else weights[at]))
        for at, rows in designs(chart, block, PRODUCTS // most, single=single)
    )
    blocks = unfolded(paired(chunks), m)
    left, right = triangle(k)
    H = np.empty((k, m, k, m))
    H[left, :, right] = H[right, :, left] = blocks
    return H.reshape(k * m, k * m)


def _bends(a: Array, u: Array, weights: Array | None) -> Array:
    """The entries of diag(a) - u u' on and below the diagonal: each for all rows, with their weights."""
    k = len(a)
    bends = np.empty((k * (k + 1) // 2, a.shape[1]))
    for c in range(k):
        first, last = c * (c + 1) // 2, c * (c + 3) // 2
        np.multiply(u[: c + 1], -u[c], out=bends[first : last + 1])
        bends[last] += a[c]
    return bends if weights is None else np.multiply(bends, weights, out=bends)


def _by_rows(chart: Chart, block: Block, bend: Bend, sets: Sequence[Rows], single: bool) -> Array:
    """blockdiag_k(X_k' D_k X_k) - G' G, where G has the rows u_i (x) x_i: X_k are the columns that output k has."""
    weights = 1.0 if block.weight_or_none is None else np.sqrt(block.weight_or_none)[:, None]
    a, u = weights * np.sqrt(bend.a), None if bend.u is None else weights * bend.u
    if single:
        a, u = a.astype(np.float32), None if u is None else u.astype(np.float32)
    ends = np.cumsum([0, *(chart.rows if isinstance(chosen, slice) else len(chosen) for chosen in sets)])
    H = np.zeros((ends[-1], ends[-1]))
    for at, design in designs(chart, block, CHUNK // max(len(H), chart.rows), single=single):
        columns = [design[:, chosen] for chosen in sets]
        for k, inner in enumerate(columns):
            rows, own = inner * a[at, k, None], slice(ends[k], ends[k + 1])
            H[own, own] += rows.T @ rows
        if u is not None:
            rows = np.hstack([inner * u[at, k, None] for k, inner in enumerate(columns)])
            H -= rows.T @ rows
    return H


def paired(chunks: Iterable[tuple[Real, Array]]) -> Array:
    """Weighted sums over rows of the products of all pairs of columns: one for each set of weights.

    A chunk is some rows, and the sets of their weights one below the other.
    """
    sums, count = np.zeros(()), 0  # in double precision, whatever the rows are in
    for rows, weights in chunks:
        count = len(weights)
        lanes = np.zeros((-(-count // LANES) * LANES, len(rows)), rows.dtype)
        lanes[:count] = weights
        sums = sums + pairs(rows) @ lanes.T
    return sums.T[:count]


def pairs(rows: Real) -> Real:
    """The products of all pairs of columns, in the order of ``triangle``: one pair a row."""
    columns = np.ascontiguousarray(rows.T)
    m = len(columns)
    products = np.empty((m * (m + 1) // 2, columns.shape[1]), columns.dtype)
    for i in range(m):
        np.multiply(columns[: i + 1], columns[i], out=products[i * (i + 1) // 2 : (i + 1) * (i + 2) // 2])
    return products


@lru_cache
def triangle(m: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The places on and below the diagonal of an m x m matrix, row after row."""
    return np.tril_indices(m)


def unfolded(halves: Array, m: int) -> Array:
    """Symmetric m x m matrices from what stands on and below their diagonals."""
    left, right = triangle(m)
    full = np.empty((len(halves), m, m))
    full[:, left, right] = full[:, right, left] = halves
    return full


def designs(chart: Chart, block: Block, count: int, *, single: bool = False) -> Iterator[tuple[slice, Any]]:
    """The rows of a block in the chart, dense, so few at a time that they stay in the cache."""
    n, count = block.X.shape[0], max(1, count)
    for start in range(0, n, count):
        at = slice(start, min(start + count, n))
        part = block.X if count >= n else block.X.rows(at)
        yield at, chart.design(part.dense(), np.float32 if single else np.float64)

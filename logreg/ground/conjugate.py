"""Solves with a symmetric matrix that is known by its products alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Map = Callable[[Array], Array]

FLAT = 1e-14
"""Curvature that is rounding."""


class Iterate(NamedTuple):
    """Where conjugate gradients are: x, its residual's squared size, the last step, and its gain in x'Ax/2 - b'x."""

    x: Array
    left: float
    step: float
    gain: float


def iterates(dot: Map, b: Array, inner: Map) -> Iterator[Iterate]:
    """x with A x ever nearer to b, from 0 on (Hestenes & Stiefel 1952); ends where A has no curvature left.

    ``inner`` is a preconditioner, near A^-1, in whose norm residuals are measured. One product with A for each x but
    the first.
    """
    x, r = np.zeros_like(b), b.copy()
    z = inner(r)
    d, left = z, float(np.vdot(r, z))
    yield Iterate(x, left, 0.0, 0.0)
    while True:
        along = dot(d)
        bend = float(np.vdot(d, along))
        if bend <= FLAT * float(np.vdot(d, d)):
            return
        step = left / bend
        x += step * d
        r -= step * along
        z = inner(r)
        left, last = float(np.vdot(r, z)), left
        yield Iterate(x, left, step, step * last / 2)
        d = z + left / last * d


def conjugate_gradients(dot: Map, b: Array, part: float, *, inner: Map = np.copy, limit: int = 500) -> Array:
    """x with A x near b: the residual falls to a part of what it was, or after so many products as far as it did.

    Where A has no curvature left it stops early; where it never had any x is b.
    """
    points = iterates(dot, b, inner)
    at = next(points)
    enough = part**2 * at.left
    for _ in range(limit):
        if at.left <= enough:
            break
        new = next(points, None)
        if new is None:
            return at.x if at.x.any() else b
        at = new
    return at.x


def conjugate_residuals(
    dot: Map, b: Array, part: float, *, inner: Map = np.copy, limit: int = 500
) -> tuple[Array, Array]:
    """x with A x near b, the residual the smallest of any x from so many products (Stiefel 1955; MINRES), and that.

    Conjugate gradients make the error small in the norm of A; their residuals rise and fall by far. Otherwise as there.
    """
    x, r, z = np.zeros_like(b), b.copy(), inner(b)
    d, bent, last = z, np.zeros_like(b), np.inf
    enough = part**2 * float(np.vdot(z, r))
    for _ in range(limit):
        if float(np.vdot(z, r)) <= enough:
            break
        along = dot(z)
        bend = float(np.vdot(z, along))
        if bend <= FLAT * float(np.vdot(z, z)):
            break
        d, bent, last = z + bend / last * d, along + bend / last * bent, bend
        turned = inner(bent)
        step = bend / float(np.vdot(bent, turned))
        x += step * d
        r -= step * bent
        z = z - step * turned
    return x, r

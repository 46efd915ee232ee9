"""What steps and proofs cost, in passes over the data: the scale on which solvers weigh what to do next.

A pass is a product of X with W, the losses of all rows, and a product of X' with their gradients. Matrix products are
set against it by how many multiplications take as long as it takes to read a number. Products of rows laid out in
single precision (``hessian``, ``blocks``, ``side``), those of some columns in double precision (``over``), and those of
a proof (``newton_bound``) have each a rate of their own: one for all data, found by timing tables of many shapes.
"""

from __future__ import annotations

from .objective import Objective

CURVED = 2
"""Passes that the curvature of all rows costs, and what else comes with any metric."""

PASS = 60
"""Multiplications of a matrix product in single precision that take as long as it takes to read a number of X ..."""

OUTPUTS, SPARSE = 12, 3
"""... which so many outputs double, and which takes so many times as long where zeros are left out."""

ROW, CALLS = 8, 100_000
"""A row's losses take as long as so many numbers for each output, and the calls of a pass as so many in all."""

SOLVED = 2
"""Multiplications of a factorisation, for each of a product of as many rows."""

DOUBLE, DECOMPOSED = 2, 15
"""Times as long a product takes in double precision, and cubes of the rows that it takes to decompose it."""

DIRECT = 24
"""Multiplications of a matrix product over some columns that take as long as one of a pass over X."""

LIGHT = 30_000
"""Numbers up to which a pass takes no longer than the calls it consists of."""

SETUP = 6.0
"""Passes that Newton's bound costs even for few parameters: rows laid out in the chart, curvatures, tilts ..."""

AFFORDABLE = 20
"""... and so many parameters cost one more. Twice that for softmax, whose Hessian takes two products."""


def read(objective: Objective) -> float:
    """As many numbers as it takes the time of a pass to read."""
    (n, p), k, stored = objective.data.shape, objective.outputs, objective.data.stored
    reads = stored + stored * k / OUTPUTS if stored >= n * p else SPARSE * stored + stored * k / 2
    return reads + ROW * n * k + CALLS


def laying(objective: Objective) -> float:
    """As many numbers as are written for a Hessian where rows are not dense as they are."""
    (n, p), stored = objective.data.shape, objective.data.stored
    return 2.0 * n * p if stored < n * p else 0.0


def hessian(objective: Objective, width: int) -> float:
    """A matrix so wide over all rows, and its factorisation."""
    products = (objective.data.shape[0] + SOLVED * width) * width**2 / PASS
    return CURVED + (products + laying(objective)) / read(objective)


def blocks(objective: Objective) -> float:
    """A matrix over the columns for each output, all of them out of one product."""
    pairs = objective.data.shape[0] * objective.chart.rows**2 / 2
    return CURVED + (pairs * (1 + objective.outputs / PASS) + laying(objective)) / read(objective)


def side(objective: Objective) -> float:
    """The n x n side of X and its eigenvectors, which all outputs share."""
    n, p = objective.data.shape
    return (DOUBLE * p + DECOMPOSED * n) * n**2 / PASS / read(objective)


def over(objective: Objective, size: int, rows: int | None = None) -> float:
    """A Hessian over so many entries, from some rows or all of them, and its factorisation."""
    n = objective.data.shape[0]
    return ((n if rows is None else rows) + size) * size**2 / (DIRECT * max(LIGHT, stored(objective)))


def stored(objective: Objective) -> int:
    """Numbers that a pass reads and makes."""
    return (objective.data.stored + objective.data.shape[0]) * objective.outputs


def newton_bound(objective: Objective, count: int) -> float:
    """A bound by Newton's step over so many rows."""
    return of_tilts(objective) * (count + objective.size) / objective.data.shape[0]


def of_tilts(objective: Objective) -> float:
    """Its tilts over all rows, the factorisation apart."""
    return (SETUP + objective.size / AFFORDABLE) * min(objective.outputs, 2)

"""The solver for penalties with kinks: growing working sets of coefficients, proximal Newton steps on each."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..data.base import Block
from ..problem import prices
from ..problem.certifier import Certifier
from ..problem.objective import Objective, Point
from ..problem.sampling import SETTLED, sample, sampling_pays
from .base import Solver
from .homotopy import Homotopy
from .proof import OnSupport
from .proximal_newton import ProximalNewton
from .restriction import embed, parameters, restrict

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

FEW = 400
"""Parameters up to which all of them are worked on at once."""

FIRST = 64
"""Coefficients in the first working set, times the root of the number of outputs."""

GROWTH = 3
"""A working set has so many times the entries of the support ..."""

FULL, SLOWER = 0.7, 1.3
"""... or, where no ridge bends the model, this part of n (K - 1) entries, and so many times the support at least."""

ENOUGH = 0.05
"""A working set is left when a step falls by, or its entries ask for, this part of what the others promise ..."""

ALMOST = 1.25
"""Entries leave a working set before a new Hessian if a force so many times theirs would not move them."""

STEPS = 10
"""... or after so many steps."""

TRIFLE = 0.1
"""Passes that a Hessian costs at most where another step costs less than a look at the others."""

NEARLY = 0.7
"""Columns are left out where this part of them is wanted at most: to copy those costs some passes."""

FEWER = 8
"""A sample has this part of the rows of the next larger one ..."""

LEAST = 10
"""... and so many rows for each column at least."""

CROWDED = 0.5
"""So many coefficients for each row are enough for a model that tells all rows apart, where the shift of all classes
counts for nothing. Weak penalties are approached there ..."""

FAR = 100.0
"""... if they are so many times too weak to hold all coefficients at 0 ..."""

TOP, RUNG = 0.5, 4.0
"""... from this part of one that does, each at most so many times as strong as the next ..."""

ROUGH = 0.1
"""... and minimised until a step lowers F by this part at most."""


class WorkingSet(Solver):
    """Proximal Newton steps on the coefficients that matter: those not zero, and those that most ask to be.

    Begun on small samples where rows are many, and with stronger penalties where columns are many and the penalty weak.

    Parameters
    ----------
    seed : int
        Seed of the samples; the same seed gives the same points.
    """

    proximal = follows = True

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.newton = ProximalNewton(seed)

    def seeded(self, seed: int) -> Solver:
        """The solver with another seed."""
        return WorkingSet(seed)

    def after(self, ratio: float) -> Solver:
        """The solver for the rest of a path."""
        return Homotopy(self.seed).after(ratio)

    def certifier(self, objective: Objective, tol: float, *, warm: bool) -> Certifier:
        """One that mends the dual point on the support, and looks at what the steps know of the Hessian."""
        return OnSupport(objective, tol, warm, known=lambda: self.newton.known)

    def steps(self, start: Point) -> Iterator[Point]:
        """Points on the whole data, one for each working set; those on samples are not shown."""
        objective, W, self.newton = start.objective, start.W, ProximalNewton(self.seed)
        if not W.any():
            for count in sizes(objective):
                part = sample(objective, count, np.random.default_rng([self.seed, count]))
                W = settle(begin(part, W), self.newton)
        point = begin(objective, W)
        if not W.any():
            point = yield from approach(point, self.newton)
        yield from descend(point, self.newton)


def settle(start: Point, newton: ProximalNewton) -> Array:
    """Minimise over a sample, no further than it can tell."""
    n, W, last = start.objective.data.shape[0], start.W, np.inf
    for point in descend(start, newton):
        W, excess = point.W, np.count_nonzero(point.W) / (2 * n)
        if last - point.value <= SETTLED * excess * point.value:
            break
        last = point.value
    return W


def descend(point: Point, newton: ProximalNewton) -> Iterator[Point]:
    """Points of falling F."""
    newton.start(point.objective)
    while True:
        yield point
        new = advance(point, wanted(point), newton)
        if np.array_equal(new.W, point.W):
            return
        point = new


def approach(point: Point, newton: ProximalNewton) -> Generator[Point, None, Point]:
    """Points near the minima for weaker and weaker penalties; the last one is handed back.

    Far from its minimum the model of a weak penalty is all but the least squares of the rows: where columns are as many
    it tells all rows apart, and what it then has too much goes back to zero one kink after the other. The minimum for
    a stronger penalty has fewer coefficients, and those of the next are near (Hale, Yin & Zhang 2008). F falls from one
    such minimum to the next.
    """
    objective = point.objective
    for strength in ladder(point):
        yield point
        strong = replace(objective, penalty=objective.penalty.sharpened(strength))
        point = roughly(point.within(strong), newton).within(objective)
    return point


def ladder(point: Point) -> Array:
    """Factors of the penalty, falling to 1 and without it; none where a minimum is near or the rows determine it."""
    objective, n = point.objective, point.objective.data.shape[0]
    crowd = n * CROWDED / (objective.outputs - objective.loss.shift_invariant)
    far = objective.penalty.needed(point.grad) if objective.chart.columns >= crowd else 0.0
    if far < FAR:
        return np.zeros(0)
    top = TOP * far
    return np.geomspace(top, 1.0, 1 + int(np.ceil(np.log(top) / np.log(RUNG))))[:-1]


def roughly(point: Point, newton: ProximalNewton) -> Point:
    """A point whose model foretells no fall by much."""
    newton.resume()
    while True:
        new = advance(point, wanted(point), newton)
        if np.array_equal(new.W, point.W) or newton.foretold <= ROUGH * new.value:
            return new
        point = new


def begin(objective: Objective, W: Array) -> Point:
    """The point W; where it is nothing yet, the one with the best intercept."""
    return objective.at(W if W.any() else constant(objective))


def constant(objective: Objective) -> Array:
    """The minimiser among the models without a slope: each row is given the shares of the classes."""
    chart, W = objective.chart, np.zeros(objective.shape)
    if chart.intercept:
        (away,) = objective.data.sum(lambda block: (block.weight @ uninformed(objective, block),))
        W[-1] = objective.loss.constant(away / chart.total) * chart.unit
    return W


def uninformed(objective: Objective, block: Block) -> Array:
    """Gradients of the loss where all classes are equally likely."""
    return objective.loss.value_grad(block.y, np.zeros((len(block.weight), objective.outputs), order="F"))[1]


def advance(point: Point, entries: Mask, newton: ProximalNewton) -> Point:
    """Steps over some entries of W while they pay; those over all of them one at a time."""
    objective, enough = point.objective, ENOUGH * float(point.requests.sum())
    columns = columns_for(objective, entries)
    part, rows = restrict(objective, columns), parameters(objective, columns)
    newton.turn_to(entries)
    here, inner = point if part is objective else point.over(part, point.W[rows]), entries[rows]
    for _ in range(1 if entries.all() else STEPS):
        new = newton.step(here, inner, enough)
        if new is None:
            break
        here = new
        # Where models are damped there is more to gain than single blocks ask for.
        may_leave = newton.damping == 0 and prices.over(objective, int(inner.sum())) > TRIFLE
        if newton.foretold <= enough or (may_leave and (here.requests * inner).sum() <= enough):
            break
        if newton.is_due:
            inner = inner & stirred(here)
    return here if part is objective else here.over(objective, embed(objective, columns, here.W))


def columns_for(objective: Objective, entries: Mask) -> NDArray[np.intp]:
    """The columns of some entries of W; all columns where those are most of them."""
    wanted, p = entries[: objective.chart.columns].any(axis=1), objective.chart.columns
    return np.arange(p) if np.count_nonzero(wanted) > NEARLY * p else np.flatnonzero(wanted)


def stirred(point: Point) -> Mask:
    """The support, and entries whose force is not far below what the penalty can hold."""
    return ~((point.W == 0) & (point.requests_of(ALMOST) == 0))


def wanted(point: Point) -> Mask:
    """The support, and about as many again of the entries that most ask for it."""
    objective, penalty = point.objective, point.objective.penalty
    if objective.size <= FEW:
        return np.ones(objective.shape, dtype=np.bool_)
    rank = np.where(penalty.at_zero(point.W), point.requests, np.inf)
    size = size_for(objective, int(np.isinf(rank).sum()))
    asking = rank > 0
    ranks = rank[asking]  # most are zero, and selecting is slow among equals
    return asking & (rank >= np.partition(ranks, -size)[-size]) if size < len(ranks) else asking


def size_for(objective: Objective, support: int) -> int:
    """How many entries a working set has.

    A lasso has no more than its rows can tell apart (Tibshirani 2013), and models of more have directions in which
    nothing bends: their minima lie far off, and most of their entries go back to zero one kink after the other.
    """
    first = FIRST * np.sqrt(objective.outputs)
    size = max(GROWTH * support, first)
    if not objective.penalty.curvature().any():
        told_apart = objective.data.shape[0] * (objective.outputs - objective.loss.shift_invariant)
        size = min(size, max(FULL * told_apart, SLOWER * support, 2 * first))
    return int(size)


def sizes(objective: Objective) -> list[int]:
    """Growing numbers of rows to sample; none where there are few numbers in all."""
    if not sampling_pays(objective):
        return []
    n, p = objective.data.shape[0], objective.chart.columns
    count, counts = n // FEWER, list[int]()
    while count >= LEAST * p:
        counts.append(count)
        count //= FEWER
    return counts[::-1]

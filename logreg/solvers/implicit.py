"""The curvature that is known by its products alone: each is a pass over the rows that bend (Nash & Sofer 1990)."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ..data.base import Block
from ..ground.conjugate import iterates
from ..problem.layout import COPIED
from ..problem.objective import Point
from ..problem.penalties import Penalty
from .curvature import Curvature
from .entries import Entries

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

LONGEST, EFFORT = 300, 15
"""Products with the Hessian that one step on a face is worth, at most and times the part of the force that may be left:
what a rough step does not reach, the next one does from where it ended."""

TAIL = 5.0
"""Conjugate gradients stop when as many steps as were made, each like the last, would add this part of ``loose**2``."""

LOOK, EARLY = 16, 0.3
"""After so many products, and as many again, a step on whose first part of this size a block stops at zero is left as
it is: along directions that hardly bend it would take long to what the next face has no use for."""

STIFF = 5e-3
"""A model is damped by this times the largest curvature of a column, times the part of its fall that may be left."""

LOST = 0.003
"""Part of the curvature that products may leave out with the rows that bend least ..."""

LEFT = 0.7
"""... if so many of the rows are left at most: copying them takes as long as some products."""


class Implicit(Curvature):
    """The Hessian at a point, known by its products: each is a pass over the data."""

    trials, exact, rough, rush = 4, False, 0.1, 10.0

    def __init__(self, point: Point, entries: Entries) -> None:
        self.point, self.entries = bending(point), entries
        self.own = entries.pack(diagonal_of(self.point))
        self.stiff = STIFF * float(self.own.max(initial=0.0))

    def dots(self, directions: Array) -> Array:
        if self.point.objective.outputs > 1 or len(directions) == 1:
            return np.stack([self.dot(V) for V in directions])
        # Where rows have one output each, many directions take one pass, side by side.
        side, at = directions[:, :, 0].T, self.entries.rows[:, 0]
        whole = np.zeros((len(self.entries.mask), len(directions)))
        whole[at] = side
        self.passes += 1
        products: Array = (self.point.hess_dot(whole)[at] + self.damping * side).T[:, :, None]
        return products

    def dot(self, V: Array) -> Array:
        """(H + damping) V."""
        self.passes += 1
        product: Array = self.entries.pack(self.point.hess_dot(self.entries.unpack(V)))
        product += self.damping * V
        return product

    def shifted(self, V: Array) -> Array:
        """The penalty's own curvature and the damping: what the loss bends by costs a pass, and is nothing."""
        bends: Array = (self.entries.pack(self.point.objective.ridge) + self.damping) * V
        return bends

    def diagonal(self) -> Array:
        return self.own

    def solve(self, support: Mask, force: Array, penalty: Penalty, V: Array) -> tuple[Array, Array | None]:
        """Conjugate gradients, preconditioned by the diagonal, until the force is a part of what it was.

        Along directions without curvature that takes long and gains nothing: the fall of the model says when to stop.
        """
        scale = self.own + self.damping
        inverse = np.divide(support, scale, out=np.zeros(V.shape), where=scale > 0)
        image, bent, whole = V, np.zeros_like(force), 0.0

        def dot(d: Array) -> Array:
            nonlocal image
            image = self.dot(d)
            return np.asarray((image + penalty.bend(V, d) if penalty.tied else image) * support)

        points = iterates(dot, np.where(support, force, 0.0), lambda r: inverse * r)
        at = next(points)
        target, most = self.loose**2 * at.left, min(LONGEST, int(EFFORT / self.loose))
        for count, at in enumerate(islice(points, most), 1):
            bent += at.step * image
            whole += at.gain
            if at.left <= target or count * at.gain <= max(TAIL * self.loose**2 * whole, self.worth):
                break
            if count % LOOK == 0 and stops(penalty, V, EARLY * at.x):
                break
        return at.x, bent

    def learn(self, step: Array, change: Array) -> bool:
        return False


def stops(penalty: Penalty, V: Array, move: Array) -> bool:
    """Whether a block stops at zero on a move."""
    return bool(penalty.crossed(V, V + move).any())


def bending(point: Point) -> Point:
    """The same W over the rows that bend: most do not where the classes are nearly separated."""
    objective, curvature = point.objective, point.curvature()

    def trace(block: Block) -> Array:
        return block.weight * curvature(block).trace

    bends, n = objective.data.each(trace), objective.data.shape[0]
    fewest = int((1 - LEFT) * n)
    if np.partition(bends, fewest)[:fewest].sum() > LOST * bends.sum():  # much quicker than to sort them all
        return point
    order = bends.argsort()
    flat = int(np.searchsorted(np.cumsum(bends[order]), LOST * bends.sum()))
    if n - flat > LEFT * n or (n - flat) * objective.data.stored > COPIED * n:
        return point
    return replace(objective, data=objective.data.take(np.sort(order[flat:]))).at(point.W)


def diagonal_of(point: Point) -> Array:
    """The Hessian's diagonal, from the second moments of the columns under each output's curvature."""
    objective, curvature = point.objective, point.curvature()
    chart = objective.chart

    def term(block: Block) -> tuple[Array, Array]:
        weights = block.weight[:, None] * curvature(block).diagonal
        squares = [block.X.moments(weight, chart.shift)[1] for weight in weights.T]
        return np.column_stack(squares), weights.sum(axis=0)

    squares, total = objective.data.sum(term)
    squares /= chart.scale[:, None] ** 2
    below = [total[None] / chart.unit**2] if len(squares) < chart.rows else []
    return objective.C * np.vstack([squares, *below]) + objective.penalty.curvature()

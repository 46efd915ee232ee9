r"""Tilts that mend a dual point where the penalty has kinks, and the Hessians that tell along which direction.

Where the conjugate is finite in a box only (pure L1), a dual point outside of it has to be drawn towards y, and that
costs as much of F as the gradient is off: the root of the excess. A tilt along D with H D = -(G + R'(W)) on the
blocks that are not zero, and on those that would leave zero, puts them on the border of the box to rounding, as
Newton's step does where the penalty is smooth; the bound is then off by the excess itself, up to third order.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.base import Block
from ..ground.cholesky import Cholesky
from ..ground.conjugate import Map, conjugate_residuals
from ..problem.certificate import intercept_step, lower_bound, tilted
from ..problem.objective import Objective, Point
from .curvature import Explicit
from .entries import Entries
from .faces import RIDGE
from .implicit import diagonal_of
from .restriction import parameters, restrict

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

LONGEST = 200
"""Products with the Hessian after which conjugate residuals are given up."""

SMALL = 0.5
"""Tilts of less than this lead no row out of the simplex: no probability changes by more than its own size."""


class Tilt(NamedTuple):
    """A direction of the kept rows of W, and the linear predictors of a point and of the direction."""

    inner: Array
    eta: Array
    along: Array


@dataclass(frozen=True)
class Mender:
    """The Hessian of some rows over some entries, with which their forces are turned into a direction.

    Parameters
    ----------
    there : Point
        Where the Hessian was taken, over the rows that are tilted, with all columns.
    mask : ndarray of bool, in the shape of W
        The entries.
    """

    there: Point
    mask: Mask
    wider: Mender | None = field(default=None, kw_only=True)
    """One over these entries and others, of which they are part."""

    def over(self, mask: Mask) -> Mender:
        """The same over some of its entries: where the others lie flat with them, no D brings its force about."""
        return self if np.array_equal(mask, self.mask) else Mender(self.there, mask, wider=self)

    @property
    def part(self) -> Objective:
        """The rows that are tilted."""
        return self.there.objective

    @cached_property
    def columns(self) -> NDArray[np.intp]:
        """The columns of the entries."""
        return np.flatnonzero(self.mask[: self.part.chart.columns].any(axis=1))

    @cached_property
    def kept(self) -> NDArray[np.intp]:
        """The rows of W that belong to them."""
        return parameters(self.part, self.columns)

    @cached_property
    def narrow(self) -> Objective:
        """The rows that are tilted, with these columns alone."""
        return restrict(self.part, self.columns)

    @cached_property
    def here(self) -> Point:
        """Where the Hessian was taken, with these columns alone."""
        return self.there.over(self.narrow, self.there.W[self.kept])

    @cached_property
    def entries(self) -> Entries:
        """The entries among those."""
        return Entries(self.mask[self.kept], tied=False)

    @cached_property
    def matrix(self) -> Array:
        """The Hessian over the entries."""
        if self.wider is not None:
            kept = np.flatnonzero(self.mask.T[self.wider.mask.T])
            return self.wider.matrix.take(kept, axis=0).take(kept, axis=1)
        return Explicit(self.here, self.entries).matrix

    @cached_property
    def factor(self) -> Cholesky:
        """The same with a ridge, which keeps D short where columns are collinear: there it would be rounding alone."""
        matrix = self.matrix.copy()
        matrix.flat[:: len(matrix) + 1] *= 1 + RIDGE
        return Cholesky.of(matrix)

    @cached_property
    def bare(self) -> Cholesky:
        """The same as it is: where columns are all but collinear, what bends may be less than the ridge."""
        return Cholesky.of(self.matrix)

    def covers(self, mask: Mask) -> bool:
        """Whether all of these are among its entries."""
        return not (mask & ~self.mask).any()

    def direction(self, force: Array) -> Array:
        """D with H D = force on the entries, 0 elsewhere; both over the kept rows."""
        return self.along(self.factor, force)

    def along(self, factor: Cholesky, force: Array) -> Array:
        """The same by one or the other factor."""
        return self.entries.unpack(factor.solve(self.entries.pack(force)))

    def mended(self, point: Point, D: Array, aim: float, rounds: int) -> tuple[float, Array]:
        """The direction of a tilt that leaves little force on the entries, and the bound by these columns alone."""
        penalty = point.objective.penalty.rows(self.kept)
        here = point.within(replace(self.narrow, penalty=penalty), self.kept)
        best = -np.inf, D
        for _ in range(rounds):
            dual = tilted(here, D, self.narrow)
            best = max(best, (lower_bound(here, D, dual), D), key=lambda pair: pair[0])
            if point.value - best[0] <= aim:
                break
            D = D + self.along(self.bare, missing(here, dual.G, D))
        return best

    def tilt(self, point: Point, inner: Array) -> Tilt:
        """The tilt of a point along a direction of the kept rows."""
        pairs = self.narrow.data.each(self.narrow.predictor(point.W[self.kept], inner))
        return Tilt(inner, pairs[:, : self.part.outputs], pairs[:, self.part.outputs :])

    def stays_inside(self, tilt: Tilt) -> bool:
        """Whether no row is tilted beyond the simplex, up to where G is linear in the tilt and the bound quadratic."""
        if np.abs(tilt.along).max() < SMALL:
            return True
        loss = self.part.loss

        def outside(block: Block) -> tuple[int]:
            return (int(np.count_nonzero(~loss.stays_inside(tilt.eta[block.at], tilt.along[block.at]))),)

        return bool(self.narrow.data.sum(outside) == (0,))

    def bound(self, point: Point, tilt: Tilt) -> float:
        """The bound by a tilt: all columns of the rows are read, once."""
        D = np.zeros(point.W.shape)
        D[self.kept] = tilt.inner
        dual = tilted(point, D, self.part, lambda block: (tilt.eta[block.at], tilt.along[block.at]))
        return lower_bound(point, D, dual)


@dataclass(frozen=True)
class Iterative(Mender):
    """The same of a Hessian that is known by its products, for a part of the force that may be left.

    None may be left on the intercept, which is free: a step of it alone takes what is left there.
    """

    left: float
    near: Cholesky | None = None
    """The Hessian of a place nearby over the entries, where it is known: it saves most of the products."""

    def direction(self, force: Array) -> Array:
        mask = self.mask[self.kept]

        def dot(V: Array) -> Array:
            product: Array = self.here.hess_dot(V) * mask
            return product

        D, rest = conjugate_residuals(dot, force * mask, self.left, inner=self._inner(mask), limit=LONGEST)
        return D + intercept_step(self.here, rest)

    def _inner(self, mask: Mask) -> Map:
        """The preconditioner."""
        if self.near is not None:
            near, entries = self.near, self.entries
            return lambda r: entries.unpack(near.solve(entries.pack(r)[:, 0])[:, None])
        diagonal = diagonal_of(self.here)
        inverse = np.divide(mask, diagonal, out=np.zeros(mask.shape), where=diagonal > 0)
        return lambda r: inverse * r


def support(point: Point) -> Mask:
    """Entries without a kink, or away from it."""
    moved: Mask = ~point.objective.penalty.at_zero(point.W)
    return moved if moved.shape == point.W.shape else np.broadcast_to(moved, point.W.shape)


def missing(point: Point, G: Array, D: Array) -> Array:
    """What G lacks for the minimum to be at W + D: nothing for a block that rests at zero.

    Where a shift of all outputs changes no loss, G sums to zero over a row, and so must what it shall be.
    """
    objective, penalty = point.objective, point.objective.penalty
    U = -G - penalty.smooth(point.W + D)[1]
    force = np.where(support(point), U - penalty.slope(point.W), penalty.prox(U, 1.0))
    return force - force.mean(axis=1, keepdims=True) if penalty.tied and objective.loss.shift_invariant else force

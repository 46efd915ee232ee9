"""When a proof is asked for where the penalty has kinks, and by which tilt: each has its price."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ..ground.cholesky import Cholesky
from ..problem import prices
from ..problem.certifier import CLOSE, Certifier
from ..problem.objective import Objective, Point
from .curvature import LARGEST, Known
from .mender import Iterative, Mender, missing, support

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

ROWS = 30
"""Rows that are tilted for an entry, where there are twice as many ..."""

CHEAP = 1.0
"""Passes up to which a Hessian is made anew, not mended, and may be wanted only to tell whether a proof is near."""

HOPE = 3.0
"""The excess that the trend foretells may be wrong by so much: beyond this many times the aim, or what is close at
all, no proof is near ..."""

SURE = 0.1
"""... unless the falls that single blocks ask for add up to this part of the aim."""

FAR = 1e4
"""While F falls by more than this many times the aim, and blocks ask for more, no bound is thought of."""

COSTLY = 20.0
"""Where a Hessian costs more passes than this, a proof does without ..."""

REACH = 3000.0
"""... and gaps of so many times the aim are closed by conjugate residuals: the gap falls as the force they leave ..."""

LEFT = 0.2
"""... to this part of the aim, or not at all."""

NEAR = 0.95
"""Blocks at zero with so large a part of the force that would make them leave are held where they are."""

REPAIRS = 4
"""How often a tilt is mended, at most: each time mends what the one before left."""

LAST = 20
"""How often they are tried where nothing lowers F any more, and there is no other way to a proof."""

QUICK = 2.0
"""Passes that the factorisation of a known Hessian may take."""


def nothing() -> None:
    """What is known where there is nobody to ask."""


@dataclass
class OnSupport(Certifier):
    """The certifier for penalties with kinks; it may take over what another one knew of the same rows."""

    far: ClassVar[float] = np.inf
    known: Callable[[], Known | None] = nothing
    """What the solver knows of the Hessian."""
    _mender: Mender | None = None
    _is_carried: bool = False

    def after(self, other: Self) -> Self:
        """The same with the Hessian that another one knew."""
        self._mender, self._is_carried = other._mender, True
        return self

    def attempt(self, point: Point, aim: float, must: bool) -> None:
        """Compute a bound if half the squared Newton decrement is within the aim: that is the bound, to third order.

        Its Hessian has a price, unless it is known from a point before; where that is too high, the gap is the sign.
        One that the solver knows from nearby, or from a sample, foretells the decrement; if it is that of all rows, a
        few products with the true one do then.
        """
        if self._is_carried and self._points == 1 and not must:
            return  # the optimum of another problem is none of this one
        is_cheap = self.price(point.W != 0) <= CHEAP
        close = min(aim, CLOSE * point.value)
        has_hope = must or self.warm or self._trend.excess <= HOPE * close or self.is_sure(point, close)
        if not has_hope and (is_cheap or self._trend.fall > FAR * aim):  # another step costs no more than a proof
            return
        force = missing(point, point.loss_grad, np.zeros(point.W.shape))
        mask = support(point) | (force != 0)
        cost = self.price(mask)
        near = self.near(mask) if cost > CHEAP else None
        if near is not None and not must and near.decrement(force.T[mask.T]) > close:
            return
        near = near if self.knows_all_rows else None
        known = self._mender if cost > CHEAP and self._mender and self._mender.covers(mask) else None
        pays = known or (cost <= CHEAP and has_hope) or (must and cost < np.inf) or self._promises(point, aim, mask)
        if pays and near is None and point.W.any():
            mender = known or self.mender(point, mask, cost)
            self._raise(self.by_mender(point, mender.over(mask), force, aim, must))
        elif (gap := self.gap(point)) <= aim:
            self._raise(self.by_intercept(point))
        elif must or ((near or (has_hope and cost > COSTLY and gap <= REACH * aim)) and self.is_due(gap)):
            products = Iterative(point, mask, LEFT * aim / gap, near)
            tilt = products.tilt(point, products.direction(force[products.kept]))
            if must or products.stays_inside(tilt):
                self._raise(products.bound(point, tilt))
        if must and point.value - self.lower > aim and near is not None and point.W.any():
            self._raise(self.by_mender(point, self.mender(point, mask, cost).over(mask), force, aim, must))
        if must and point.value - self.lower > aim:
            self._raise(self.by_intercept(point))

    def _raise(self, bound: float) -> None:
        """Keep the best bound."""
        self.lower = max(self.lower, bound)

    def near(self, mask: Mask) -> Cholesky | None:
        """What the solver knows of the Hessian over some entries, factorised where that is quick."""
        known = self.known()
        if known is None or prices.over(self.objective, int(np.count_nonzero(mask)), 0) > QUICK:
            return None
        return known.factor(mask)

    @property
    def knows_all_rows(self) -> bool:
        """Whether what the solver knows is the Hessian of all rows."""
        known = self.known()
        return known is not None and known.rows >= self.objective.data.shape[0]

    def price(self, entries: Mask) -> float:
        """What a Hessian over some entries costs, from as many rows as a proof takes, in passes."""
        size, objective = int(np.count_nonzero(entries)), self.objective
        return np.inf if size > LARGEST else prices.over(objective, size, rows_for(objective, size))

    def is_sure(self, point: Point, aim: float) -> bool:
        """Whether blocks ask for so little that a proof is near, whatever the trend says: the last steps were many."""
        return float(point.requests.sum()) / 2 <= SURE * aim

    def _promises(self, point: Point, aim: float, mask: Mask) -> bool:
        """Whether a Hessian costs less than the steps it may save; one over some rows proves less, by their share.

        The gap falls as the root of what is left of F: it takes twice the steps.
        """
        size, objective = int(np.count_nonzero(mask)), self.objective
        loose = objective.data.shape[0] / rows_for(objective, size)
        return self._trend.excess * loose <= aim and 2 * self._trend.steps(self.gap(point), aim) > self.price(mask)

    def by_mender(self, point: Point, mender: Mender, force: Array, aim: float, must: bool) -> float:
        """The bound by a Hessian over the support, if the decrement that it tells is within the aim."""
        inner = force[mender.kept]
        D = mender.direction(inner)
        sign = float(np.vdot(inner, D)) / 2
        if must:
            return self.by_tilts(point, mender, D, np.inf, aim)
        if sign <= aim and self.is_due(sign) and mender.stays_inside(tilt := mender.tilt(point, D)):
            # A Hessian of the point itself is likely to need no mending.
            best = mender.bound(point, tilt) if mender.there.W is point.W else -np.inf
            return best if point.value - best <= aim else max(best, self.by_tilts(point, mender, D, aim, aim))
        return -np.inf

    def by_tilts(self, point: Point, mender: Mender, D: Array, most: float, aim: float) -> float:
        """The bound after tilts that mend the forces on the support, if it may be as close as ``most``."""
        hope, D = mender.mended(point, D, aim, REPAIRS if most < np.inf else LAST)
        best = mender.bound(point, mender.tilt(point, D)) if point.value - hope <= most else -np.inf
        if point.value - best > aim:
            self._mender = None
        return best

    def mender(self, point: Point, mask: Mask, cost: float) -> Mender:
        """One for the entries on which the force acts, and those next to leave zero if it shall serve for long."""
        part, n = self.objective, self.objective.data.shape[0]
        count = rows_for(part, int(np.count_nonzero(mask)))
        if count < n:
            known = self._mender.part if self._mender else part
            part = known if count <= 2 * known.data.shape[0] < n else self.part(count)
        self._mender = Mender(self.there(point, part), mask if cost <= CHEAP else mask | asks(point, NEAR))
        return self._mender


def rows_for(objective: Objective, size: int) -> int:
    """Rows to tilt for so many entries: all of them where they are few, or so light that choosing costs more."""
    n, count = objective.data.shape[0], ROWS * max(size, 1)
    return n if 2 * count >= n or prices.stored(objective) <= prices.LIGHT else count


def asks(point: Point, part: float) -> Mask:
    """Blocks at zero whose force is more than this part of what would make them leave."""
    penalty = point.objective.penalty
    return penalty.sharp & ~penalty.holds(point.loss_grad, part)

"""Minima of a quadratic model plus a penalty with kinks: steps on faces, where all signs are held, along bent paths."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..problem.objective import Objective, Point
from .curvature import Curvature
from .entries import Entries

Array = NDArray[np.float64]

ROUNDS = 100
"""Proximal gradient steps that a model is worth."""

FACES = 20
"""Newton steps between two of them."""

WORTH = 0.1
"""A face is left when a step on it gains this part of what would be enough for the whole round, and so are rounds."""

LEAST = 1e-12
"""Curvature that every column is credited with, in the chart, where none bends more than 1: steps stay finite."""

ROOM = 1.5
"""A proximal gradient step that proves too long is shortened by this factor at least."""


SHORTER = (0.01, 0.1, 0.3, 1.0)
"""Parts of a step on a face that are tried where the penalty bends."""


class Spot(NamedTuple):
    """A place in the model: V, the gradient of the quadratic there, and the value of q there, less that at W."""

    V: Array
    grad: Array
    value: float


class Shifts:
    """Shifts of whole rows of W, by one number for all outputs, where they change the penalty and not the loss.

    Parameters
    ----------
    objective : Objective
        What is minimised.
    entries : Entries
        What it is minimised over.
    """

    def __init__(self, objective: Objective, entries: Entries) -> None:
        self.entries, self.places = entries, np.zeros((0, 1), dtype=np.intp)
        if objective.loss.shift_invariant:
            sharp = np.broadcast_to(objective.penalty.sharp, entries.mask.shape).any(axis=1)
            rows = np.logical_and(entries.mask.all(axis=1), sharp)
            self.places, self.penalty = entries.places(rows), objective.penalty.rows(np.flatnonzero(rows))

    def levelled(self, V: Array) -> Array | None:
        """V with each row shifted to where the penalty is least; None where that is V itself."""
        if not len(self.places):
            return None
        flat = self.entries.flat(V).copy()
        flat[self.places] = self.penalty.level(flat[self.places])
        new = self.entries.shaped(flat)
        return None if np.array_equal(new, V) else new


class Quadratic:
    """q(V) = <g, V - W> + <V - W, H (V - W)> / 2 + R(V) around a point W, g the gradient, R the penalty's simple part.

    Newton steps on the face of the blocks that are not zero come first, for those of W are likely to stay. Each round
    is then a proximal gradient step, which finds the blocks that leave zero, and Newton steps on their face. Where a
    Newton step would carry blocks across zero they stop there, and the best of the points at which one stops is taken.
    That works for singular H: along a direction without curvature the kinks alone bend the path.

    Parameters
    ----------
    point : Point
        W.
    curvature : Curvature
        H, and the entries over which to minimise: they alone are looked at, packed.
    """

    def __init__(self, point: Point, curvature: Curvature) -> None:
        entries = curvature.entries
        self.W, self.g, self.H = entries.pack(point.W), entries.pack(point.grad), curvature
        self.penalty = point.objective.penalty.entries(entries.rows, entries.outputs)
        self.sharp, self.smooth = self.penalty.sharp, ~self.penalty.sharp
        self.start = Spot(self.W, self.g, 0.0)
        self.shifts = Shifts(point.objective, entries)
        diagonal = curvature.diagonal().max(axis=1, keepdims=True)
        self.scale = np.maximum(diagonal, LEAST) + curvature.damping
        self.steepest = 1.0
        self.at_once = curvature.exact and not self.penalty.tied  # a face's minimum is one solve away

    def minimum(self, part: float, worth: float = 0.0) -> Spot:
        """A point so good that a further round lowers q by less than a part of the whole fall, or than is worth it."""
        self.part, self.worth = part, worth
        moved = (self.sharp & ~self.penalty.at_zero(self.W)).any()
        spot, whole = self.face(self.levelled(self.start)) if moved else (self.start, False)
        for _ in range(ROUNDS):
            if whole and self.at_once and self.holds(spot):
                return spot
            last, freed = spot, self.release(spot)
            if last.value - freed.value <= WORTH * self.enough(freed):
                return freed
            spot, whole = self.face(freed)
            if last.value - spot.value <= self.enough(spot):
                break
        return spot

    def enough(self, spot: Spot) -> float:
        """The fall for which no further round is made."""
        return max(self.part * (self.start.value - spot.value), self.worth)

    def holds(self, spot: Spot) -> bool:
        """Whether the penalty holds all blocks that are zero."""
        return not (self.penalty.at_zero(spot.V) & ~self.penalty.holds(spot.grad)).any()

    def release(self, spot: Spot) -> Spot:
        """A proximal gradient step, as long as the curvature along it allows."""
        while True:
            step = 1 / (self.steepest * self.scale)
            V = self.penalty.prox(spot.V - step * spot.grad, step)
            move = V - spot.V
            (bent,) = self.H.dots(move[None])
            bend, room = float(np.vdot(move, bent)), float(np.vdot(move, move / step))
            if bend <= room:
                grad = spot.grad + bent
                return self.levelled(Spot(V, grad, float(self._values(V, grad))))
            self.steepest *= max(ROOM, bend / room)

    def levelled(self, spot: Spot) -> Spot:
        """The same with each row shifted to where it costs least, of which softmax takes no note.

        On a face that lets rows shift there is no curvature along that: steps would go from one kink to the next.
        """
        V = self.shifts.levelled(spot.V)
        if V is None:
            return spot
        grad = spot.grad + self.H.shifted(V - spot.V)
        value = float(self._values(V, grad))
        return Spot(V, grad, value) if value < spot.value else spot

    def face(self, spot: Spot) -> tuple[Spot, bool]:
        """Newton steps on faces, each inside the one before, while they pay; whether the last met no kink."""
        whole = False
        for _ in range(FACES):
            self.H.worth = WORTH * self.enough(spot)
            new, whole = self.bent_step(spot)
            gain = spot.value - new.value
            if not gain > 0:
                break
            spot = new
            if whole or gain <= WORTH * self.enough(spot):
                break
        return spot, whole

    def bent_step(self, spot: Spot) -> tuple[Spot, bool]:
        """The best of the points at which a block stops on the way to the face's minimum, and that minimum.

        Also whether nothing stopped on the way.
        """
        V, within = spot.V, self.penalty.within
        squares = within(V, V)
        D, bent = self.H.solve(self.smooth | (squares > 0), -(spot.grad + self.penalty.slope(V)), self.penalty, V)
        toward = within(V, D)
        stopped = self.sharp & (squares + toward < 0)
        whole = not stopped.any()
        if whole and not self.penalty.tied:
            moves = D[None]
        else:
            stops = np.divide(-squares, toward, out=np.full(toward.shape, np.inf), where=stopped)
            after = self._times(stops[stopped])[:, None, None]
            moves, bent = np.where(stops <= after, -V, after * D), None
        ends, grads = V + moves, spot.grad + (self.H.dots(moves) if bent is None else bent[None])
        values = self._values(ends, grads)
        best = int(values.argmin())
        return Spot(ends[best], grads[best], float(values[best])), whole

    def _times(self, stops: Array) -> Array:
        """The end of the path, and before it some of the times at which blocks stop.

        Norms of several coefficients bend more and more towards 0: there the face's minimum may be too far a guess.
        """
        times, most = np.sort(stops), self.H.trials - 1
        if len(times) > most:
            times = times[np.linspace(0, len(times) - 1, most).astype(np.intp)]
        return np.append(times, SHORTER if self.penalty.tied else 1.0)

    def _values(self, V: Array, grad: Array) -> Array:
        """q at one place, or at a stack of them, less q(W)."""
        quadratic: Array = np.einsum("...ij,...ij->...", self.g + grad, V - self.W) / 2
        return quadratic + self.penalty.rise(self.W, V)

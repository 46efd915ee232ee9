"""Proximal Newton steps: a quadratic model of the smooth part, minimised with the penalty's kinks as they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..problem import prices
from ..problem.objective import Objective, Point
from ..problem.sampling import sample
from .base import EPSILON
from .curvature import LARGEST, Curvature, Explicit, Known
from .entries import Entries
from .faces import Ridge
from .implicit import Implicit
from .quadratic import Quadratic
from .search import ARMIJO, FLAT

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

STEEP = 0.2
"""A full step is lengthened if this part of the slope is left at its end ..."""

FARTHEST = 3.0
"""... by so many times its length at most."""

HALVINGS = 40
"""Times that a step is halved before it is given up."""

DEAREST = 60
"""Passes that a Hessian may cost if it is to be formed."""

CHEAP = 4
"""A Hessian that costs this many passes is worth having for the whole data, where that of a sample is known."""

SAMPLED = 20
"""A Hessian over all rows that costs more passes than this is taken over a sample ..."""

AT_MOST = 30
"""... of this many rows for each entry."""

SLOW = 0.5
"""In a good metric each fall is this part of the last one or less."""

POOR, GOOD, RICH = 0.25, 0.75, 1.1
"""Parts of the fall that the model foretold below which it is damped, and above which it is trusted more; where F falls
even more than the last, the curvature is no longer what it was."""

FIRST, LEAST, UP, DOWN = 0.3, 0.03, 4.0, 4.0
"""The first damping and the least, times the curvature along the step that fell short, which is then a little shorter;
and its factors. Where all rows are nearly certain, or columns nearly the same, that is many orders less than 1 ..."""

MOST = 1.0
"""... the most for an entry: in the chart no column bends more than 1, so that a model with as much damping as it has
entries lies above F."""

FIRM, FIRMER, FIRMEST = 1e-12, 100.0, 1e-2
"""A model in which rounding leaves no fall is damped by this part of its largest curvature, and by so many times more
until it has one, up to this part: where H is all but singular its minimum on a face is rounding itself."""

WARY = 0.03
"""Models whose H is known by its products alone are damped so from the first on: where H is nearly singular far from
the optimum, conjugate gradients would take long to a minimum that the model has far beyond where it holds."""

FINE = 1e-4
"""The model is minimised to this part of its fall at most."""

LOOSER, LOOSEST = 3.0, 0.3
"""Conjugate gradients stop at so many times that part, and at this part of the force at least."""


class ProximalNewton:
    """W <- W + t (V - W), V the minimum of the model (Lee, Sun & Saunders 2014), t from halving until F falls enough.

    The model's H is an explicit matrix where that is cheap, kept by the BFGS formula while it serves; it is known by
    its products elsewhere. Where F falls less than the model foretold it is damped: on separable data with a weak
    penalty the curvature at a point says little of that a step ahead.

    Parameters
    ----------
    seed : int
        Seed of the samples that Hessians are taken over.
    """

    def __init__(self, seed: int) -> None:
        self.seed, self.damping, self.foretold, self.bend = seed, 0.0, np.inf, 0.0
        self.curvature: Curvature | None = None
        self.source: Point | None = None  # where to take the next one
        self.fresh, self.slow, self.turned = False, False, True  # the last falls, on other entries, are no measure
        self.bold = True  # no model has been damped yet
        self.ridge = Ridge()
        self.spared = 0.0  # a fall that the last model may have left
        self.spent = 0  # passes over the data by models without a Hessian
        self.known: Known | None = None  # the last Hessian that was formed, and what was learned of it since
        self.entries = np.zeros((0, 1), dtype=np.bool_)

    def start(self, objective: Objective) -> None:
        """Begin on data of which the last ones were a sample: their Hessian serves where a new one is dear."""
        self.foretold, self.fresh = np.inf, False
        if prices.over(objective, int(self.entries.sum())) <= CHEAP:
            self.curvature = self.source = None

    def resume(self) -> None:
        """Begin on the same rows with another penalty: the Hessian serves."""
        self.foretold, self.fresh, self.slow = np.inf, False, False

    def turn_to(self, entries: Mask) -> None:
        """Drop what is known of the Hessian, unless it is that of these entries of the whole W."""
        if not np.array_equal(self.entries, entries):
            self.entries, self.curvature, self.source, self.turned = entries, None, None, True

    @property
    def is_due(self) -> bool:
        """Whether the next step takes a new Hessian."""
        return self.curvature is None

    def step(self, point: Point, entries: Mask, worth: float = 0.0) -> Point | None:
        """The next point over some entries of W; None where nothing lowers F any more.

        A fall of F that is not worth more than what is given is not looked for.
        """
        if self.curvature is not None and not np.array_equal(self.curvature.entries.mask, entries):
            self.curvature = None
        while True:
            curvature = self.curvature or self._renewed(self.source or point, entries)
            V = self._modelled(point, curvature, worth)
            if V is None and self.foretold <= 0 and self.firmer(curvature):
                continue
            if V is None:
                return None
            new = searched(point, V) if self.foretold < point.value else None  # F cannot fall below 0
            if new is not None:
                self._learn(curvature, point, new)
                return new
            if self.damping > MOST * int(entries.sum()):
                return None
            self.damping = max(UP * self.damping, FIRST * self.bend)

    def firmer(self, curvature: Curvature) -> bool:
        """Damp a model in which rounding leaves no fall, if that is not damped enough already."""
        most = float(curvature.diagonal().max(initial=0.0))
        if self.damping >= FIRMEST * most:
            return False
        self.damping = max(FIRMER * self.damping, FIRM * most)
        return True

    def _modelled(self, point: Point, curvature: Curvature, worth: float) -> Array | None:
        """The model's minimum; None where it foretells nothing but rounding.

        Falls below rounding show no more in F: there steps go on while the model's own falls shrink.
        """
        fall = max(self.foretold, self.spared) / point.value
        part = float(np.clip(curvature.rush * np.sqrt(fall), FINE, curvature.rough))
        curvature.damping, curvature.loose = max(self.damping, curvature.stiff * part), min(LOOSER * part, LOOSEST)
        self.spared, curvature.ridge = 0.0 if curvature.exact else worth, self.ridge.value
        spot = Quadratic(point, curvature).minimum(part, self.spared)
        last, self.foretold = self.foretold, -spot.value
        square = float(np.square(spot.V - curvature.entries.pack(point.W)).sum())
        self.bend = 2 * self.foretold / square if square > 0 else 0.0
        self.slow, self.turned = self.foretold > SLOW * last and not self.turned, False
        if curvature.exact:
            self.ridge.note(self.foretold, last, is_slow=self.slow)
        self.spent, curvature.passes = self.spent + curvature.passes, 0
        enough = EPSILON * point.value if self.slow else 0.0
        return curvature.entries.unpack(spot.V) if self.foretold > enough else None

    def _renewed(self, point: Point, entries: Mask) -> Curvature:
        self.curvature, self.fresh = curvature_for(point, entries, self.seed, self.spent), True
        if isinstance(self.curvature, Explicit):
            self.known = Known(self._of_all(entries), self.curvature.matrix, self.curvature.count)
        if self.bold and not self.curvature.exact:
            self.damping, self.bold = max(self.damping, WARY), False
        return self.curvature

    def _of_all(self, entries: Mask) -> Mask:
        """Entries of the whole W, from those among its rows that are worked on."""
        if entries.shape == self.entries.shape:
            return entries
        mask = np.zeros_like(self.entries)
        mask[self.entries.any(axis=1)] = entries
        return mask

    def _learn(self, curvature: Curvature, point: Point, new: Point) -> None:
        """Damping and curvature for the next step."""
        flat = self.foretold <= FLAT * point.value
        ratio = 1.0 if flat else (point.value - new.value) / self.foretold
        if ratio > GOOD:
            lower = self.damping / (DOWN if ratio < 1.0 else DOWN**2)
            self.damping = lower if lower > LEAST * self.bend else 0.0
        elif ratio < POOR and self.fresh:
            self.damping = max(UP * self.damping, FIRST * self.bend)
        self.fresh = False
        serves = not self.slow and POOR <= ratio <= RICH
        if not (serves and curvature.learn(new.W - point.W, new.grad - point.grad)):
            self.curvature, self.source = None, new


def curvature_for(point: Point, entries: Mask, seed: int, spent: int = 0) -> Curvature:
    """The Hessian over the entries, by the cheapest way to have it.

    It is formed where that costs no more passes than ``DEAREST``, or than were spent on going without.
    """
    objective, size = point.objective, int(entries.sum())
    packed = Entries(entries, objective.penalty.tied)
    n, rows = objective.data.shape[0], AT_MOST * size
    if size > LARGEST or min(1, rows / n) * prices.over(objective, size) > max(DEAREST, spent):
        return Implicit(point, packed)
    if 2 * rows <= n and prices.over(objective, size) > SAMPLED:
        point = sample(objective, rows, np.random.default_rng([seed, rows])).at(point.W)
    return Explicit(point, packed)


def searched(point: Point, V: Array) -> Point | None:
    """The first point on the way to V that lowers F by a part of what its directional derivative promises.

    Close to the optimum, where F changes by rounding alone, slopes judge instead, as in ``line_search``. Beyond V it
    goes on where F is still steep.
    """
    D, step, new = V - point.W, 1.0, point.objective.at(V)
    rise = float(point.objective.penalty.rise(point.W, V))
    promised = float(np.vdot(point.grad, D)) + rise
    for _ in range(HALVINGS):
        if new.value <= point.value + ARMIJO * step * promised:
            return new if step < 1 else lengthened(new, D, promised)
        flat = new.value <= point.value * (1 + FLAT) and -promised <= FLAT * point.value
        if flat and float(np.vdot(new.grad, D)) + rise <= -(1 - 2 * ARMIJO) * promised:
            return new
        step /= 2
        new = point.move(step, D)
    return None


def lengthened(new: Point, D: Array, promised: float) -> Point:
    """A point as far beyond the end of D as the slope's secant says, if it is better.

    Losses that fall like an exponential bend less and less along D. Blocks that D took to zero stay there, and so do
    those that would now cross it.
    """
    penalty = new.objective.penalty
    D = np.where(penalty.at_zero(new.W), 0.0, D)
    slope = float(np.vdot(new.grad + penalty.slope(new.W), D))
    if not slope < STEEP * promised < 0:
        return new
    bend = slope - promised
    far = new.W + (min(-slope / bend, FARTHEST) if bend > 0 else FARTHEST) * D
    beyond = new.objective.at(np.where(penalty.crossed(new.W, far), 0.0, far))
    return beyond if beyond.value < new.value else new

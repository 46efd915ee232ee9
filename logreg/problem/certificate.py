r"""Proofs of how far a point is from the optimum, by Fenchel duality.

For probability rows q (one a sample, on the simplex) let a_i = q_i - y_i and G = C sum_i s_i x_i a_i^T.
Then for every q

    F* >= C sum_i s_i H(q_i) - R*(-G),        H the entropy, R* the penalty's conjugate,

where a coefficient without a penalty asks G = 0 in its place (Boyd & Vandenberghe, 5.1.6;
Yu, Huang & Lin 2011 for logistic regression). The better q, the tighter the bound. We take

    q_i = p_i + V_i z_i,     z_i = D^T x_i,     V_i = diag(p_i) - p_i p_i^T,

the model's own probabilities moved along a direction D of the parameters, linear in D. That makes
G(q) = G(p) + H_loss D exactly, so Newton's direction restores G = 0 on the free coefficients to rounding,
and the bound is then F minus half the squared Newton decrement, up to third order: it is tight.
With the intercept alone free, a Newton step of the intercept alone is enough for a valid bound, if a looser one.

The rows that are tilted may be some of all: with D Newton's direction for the Hessian of those rows alone,
G is restored just the same. The bound then costs a pass over them only, and is looser by their share at most.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.base import Block
from ..ground.conjugate import conjugate_gradients
from .objective import Objective, Point

Array = NDArray[np.float64]

LARGEST_NEWTON = 3000
"""Parameters up to which a Newton step certifies, from a Hessian over all rows or over some."""

FEW = 300
"""Parameters up to which its Hessian is cheap even for fewer rows than parameters."""

AFFORDABLE = 24
"""A Hessian costs as much as so many passes for a parameter: over a part of the rows, in proportion."""

LEAST = 10
"""Rows tilted for a parameter, at least."""

SLOWEST, FASTEST = 0.9, 0.02
"""Bounds on what the last step may say about the part of the excess that a step leaves."""

NOISE = 1e-8
"""Part of the largest G that the rows could add up to, below which what is left of it is rounding."""

ROOM = 10.0
"""Rounding noise in G is paid for as if the minimiser's coefficients, in the chart, were this many times the largest of
the point's: the one thing that a bound without a penalty takes on trust."""

REPAIRS = 3
"""Tilts that are tried: each mends what the border of the simplex spoilt in the one before."""

EXACT = 1e-8
"""Part of the gradient to which conjugate gradients solve for Newton's step."""

FAR = 1e4
"""While F falls by more than this many times the tolerance, no bound is thought of."""

RETRY = 0.2
"""A bound that failed is tried again when what promised it has fallen to this part ..."""

ROUNDING = 2.0**-47
"""Sums over rows are taken to be right to this part of F, which is added to every bound."""

PATIENCE = 1.2
"""... or after this many times as many points as before."""


@dataclass(frozen=True)
class Certificate:
    """What is proven of a fit.

    Parameters
    ----------
    objective : float
        F at the fitted coefficients: C times the weighted losses, plus the penalty.
    bound : float
        Proven upper bound on F minus its minimum.

    Examples
    --------
    >>> from logreg.problem.certificate import Certificate
    >>> Certificate(objective=2.0, bound=1.0).relative
    1.0
    """

    objective: float
    bound: float

    @property
    def lower(self) -> float:
        """Proven lower bound on the minimum of F."""
        return self.objective - self.bound

    @property
    def relative(self) -> float:
        """Proven upper bound on (F - F*) / F*."""
        if self.bound <= 0:
            return 0.0
        return self.bound / self.lower if self.lower > 0 else float("inf")

    def __str__(self) -> str:
        if not np.isfinite(self.relative):
            return f"objective {self.objective:.6g}, with no proof yet of how far above the optimum that is"
        return f"objective {self.objective:.6g}, at most {self.relative:.1e} (relative) above the optimum"


def intercept_step(point: Point) -> Array:
    """Newton's step of the intercept alone, in the shape of W."""
    objective = point.objective
    step, eta = np.zeros(objective.shape), objective.predictor(point.W)
    if not objective.chart.intercept:
        return step

    def term(block: Block) -> tuple[Any, ...]:
        a, u = objective.loss.curvature(eta(block))
        bend = np.diag(block.weight @ a)
        return (bend if u is None else bend - (u * block.weight[:, None]).T @ u,)

    (bend,) = objective.data.sum(term)
    unit, k = objective.chart.unit, objective.outputs
    gauge = np.full((k, k), np.trace(bend) / k**2) if objective.loss.shift_invariant else 0.0
    slope = point.loss_grad[-1] * unit / objective.C
    step[-1] = np.linalg.lstsq(bend + gauge, -slope, rcond=None)[0] * unit
    return step


class Dual(NamedTuple):
    """A dual point q: C times its entropy, its G, and the sums S and Q that bound the entropy of mixtures with y."""

    entropy: float
    G: Array
    surprise: float
    odds: float


def tilted(point: Point, direction: Array, part: Objective) -> Dual:
    """The dual point with the point's own probabilities, those of some rows tilted along a direction."""
    objective, k = point.objective, point.objective.outputs
    both, mixes = part.predictor(point.W, direction), not objective.penalty.is_smooth

    def term(block: Block) -> tuple[Any, ...]:
        pair = both(block)
        eta, along = pair[:, :k], pair[:, k:]
        value, grad = objective.loss.value_grad(block.y, eta)
        entropy, away = objective.loss.tilt(block.y, eta, along)
        gain = entropy - (value - (grad * eta).sum(axis=1))
        odds = odds_against(block.y, away) if mixes else np.zeros(len(away))
        mixing = block.weight @ np.log1p(odds), block.weight @ odds
        return block.weight @ gain, *mixing, *part.gather(block, away - grad)

    gain, surprise, odds, *sums = part.data.sum(term)
    entropy = point.loss - float(np.vdot(point.loss_grad, point.W)) + objective.C * gain
    return Dual(entropy, point.loss_grad + part.pull(*sums), objective.C * surprise, objective.C * odds)


def excess_force(point: Point, direction: Array, dual: Dual) -> Array:
    """What is left of stationarity, -G less the smooth penalty's gradient, at the end of the direction."""
    return -dual.G - point.objective.penalty.smooth(point.W + direction)[1]


def noise_level(point: Point) -> float:
    """What counts as rounding in G: by Cauchy and Schwarz no entry can exceed the root of loss / curvature bound."""
    return NOISE * float(np.sqrt(point.loss / point.objective.loss.curvature_bound))


def lower_bound(point: Point, direction: Array, dual: Dual) -> float:
    """A proven lower bound on F* from a dual point.

    Where the conjugate is finite in a box only (pure L1), q moves towards y by the factor s that brings
    G into the box; all rows have to be tilted then. The entropy of the mixture s q + (1 - s) y is at least
    s H(q), by concavity, and at least s H(q) + (1-s) S - (1-s)^2 Q with S = -log q_y and Q = (1 - q_y) / q_y, by
    KL <= chi^2.

    Rounding noise E in a smooth coefficient's force costs at most |E| times the minimiser's coefficient; where the
    coefficient is free nothing but noise is allowed, and where its ridge is tiny that is the smaller price.
    """
    objective, penalty = point.objective, point.objective.penalty
    free, target = objective.free, point.W + direction
    U = np.where(free, 0.0, -dual.G)
    s = penalty.reach(U)
    entropy = s * dual.entropy
    if s < 1 and np.isfinite(dual.odds):
        entropy += max(0.0, (1 - s) * (dual.surprise - (1 - s) * dual.odds))
    force = excess_force(point, direction, dual)
    price = np.where(free & (dual.G != 0), np.inf, penalty.conjugate(s * U))
    noisy = np.abs(force) * ROOM * np.abs(target).max(initial=0.0) + penalty.curvature() * target**2 / 2
    is_noise = (np.abs(force) <= noise_level(point)) & (free | penalty.is_smooth)
    return float(entropy - np.where(is_noise, np.minimum(price, noisy), price).sum())


def affordable(objective: Objective, rate: float) -> int:
    """How many rows to tilt: fewer make Newton's step cheaper, and the bound looser by their share.

    A method whose steps leave the part ``rate`` of the excess makes good for the share f in log(f) / log(rate)
    passes, and the Hessian costs f size / AFFORDABLE: the sum is least at the f returned here.
    """
    n, size = objective.data.shape[0], objective.size
    count = n * AFFORDABLE / (size * -np.log(rate))
    count = max(count, LEAST * size)
    return n if 2 * count >= n or size > LARGEST_NEWTON else int(count)


def odds_against(y: NDArray[Any], away: Array) -> Array:
    """(1 - q_y) / q_y for class codes, from q - y; infinite for probability rows, where no code is known."""
    if not np.issubdtype(y.dtype, np.integer):
        return np.full(len(away), np.inf)
    wrong = np.abs(away).max(axis=1)
    return np.divide(wrong, 1 - wrong, out=np.full_like(wrong, np.inf), where=wrong < 1)


def dual_estimate(point: Point) -> float:
    """The duality gap at the point's own probabilities, the free coefficients' part left out: no pass."""
    objective, penalty = point.objective, point.objective.penalty
    U = np.where(objective.free, 0.0, -point.loss_grad)
    s, product = penalty.reach(U), float(np.vdot(U, point.W))
    return penalty.value(point.W) - s * product + float(penalty.conjugate(s * U).sum())


@dataclass
class Certifier:
    """Keeps the best lower bound on F* seen so far, and spends a pass on a better one when it may suffice."""

    objective: Objective
    tol: float
    lower: float = 0.0
    _last: float = field(default=np.inf, init=False)
    _fall: float = field(default=np.inf, init=False)
    _asked: float = field(default=np.inf, init=False)
    _points: int = field(default=0, init=False)
    _again: float = field(default=0.0, init=False)

    def certify(self, point: Point, *, must: bool = False) -> Certificate:
        """The certificate of a point, after another bound if its signs promise that tol is met."""
        aim, fall = self.tol * point.value, self._last - point.value
        rate = min(max(fall / self._fall, FASTEST), SLOWEST) if 0 < fall < self._fall else SLOWEST
        self._points, self._last, self._fall = self._points + 1, point.value, fall
        if must or self._points == 1 or fall <= FAR * aim:
            self._try(point, aim, fall * rate / (1 - rate), affordable(self.objective, rate), must)
        return Certificate(point.value, self.bound(point.value))

    def _try(self, point: Point, aim: float, excess: float, count: int, must: bool) -> None:
        """Compute a bound if the gap, or the excess to expect, is within the aim and no failure is recent."""
        gap, loose = self.gap(point), self.objective.data.shape[0] / count
        sign = min(gap, excess * loose if self.newton_fits else np.inf)
        due = self._points >= self._again or sign <= RETRY * self._asked
        if must or (due and sign <= aim):
            self._asked, self._again = sign, PATIENCE * self._points
            simple = gap <= aim or not self.newton_fits
            self.lower = max(self.lower, self.by_intercept(point) if simple else self.by_newton(point, count, aim))

    def bound(self, objective: float) -> float:
        """How far above the minimum so low an objective can be."""
        return max(objective - self.lower, 0.0) + ROUNDING * objective

    @cached_property
    def slopes_are_free(self) -> bool:
        """Whether only a step in all parameters can make G vanish where it must."""
        return bool(self.objective.free[: self.objective.chart.columns].any())

    @cached_property
    def newton_fits(self) -> bool:
        """Whether Newton's step is worth having: there is no other way, or its Hessian is cheap."""
        n, size = self.objective.data.shape[0], self.objective.size
        cheap = size <= LARGEST_NEWTON and (n >= size or size <= FEW)
        return self.objective.penalty.is_smooth and (cheap or self.slopes_are_free)

    def gap(self, point: Point) -> float:
        """The duality gap to expect from an intercept step alone; infinite where slopes are free."""
        return np.inf if self.slopes_are_free else dual_estimate(point)

    def by_intercept(self, point: Point) -> float:
        """The bound after a step of the intercept."""
        direction = intercept_step(point)
        return lower_bound(point, direction, tilted(point, direction, self.objective))

    def by_newton(self, point: Point, count: int, aim: float) -> float:
        """The best bound after Newton's step, for the Hessian of so many rows, and steps that repair it."""
        part = self.part(count)
        there = point if part is self.objective else part.at(point.W)
        direction, best = self.solve(there, -point.grad), -np.inf
        for _ in range(REPAIRS):
            dual = tilted(point, direction, part)
            best = max(best, lower_bound(point, direction, dual))
            force = excess_force(point, direction, dual)
            if point.value - best <= aim or np.abs(force).max() <= noise_level(point):
                break
            direction = direction + self.solve(there, force)
        return best

    def solve(self, there: Point, b: Array) -> Array:
        """H^-1 b: from the whole Hessian, or by its products where it would be too large."""
        if self.objective.size <= LARGEST_NEWTON:
            return there.factor.solve(b.T.ravel()).reshape(b.T.shape).T
        return conjugate_gradients(there.hess_dot, b, EXACT)

    def part(self, count: int) -> Objective:
        """The rows that are tilted by Newton's step: all, or as many of high leverage."""
        n = self.objective.data.shape[0]
        return self.objective if count >= n else self.objective.subset(count, np.random.default_rng(0))


def separates(point: Point) -> bool:
    """Whether every sample's own class has the highest predictor: then, unpenalised, F has no minimiser."""
    objective, eta = point.objective, point.objective.predictor(point.W)

    def term(block: Block) -> tuple[Any, ...]:
        _, away = objective.loss.value_grad(block.y, eta(block))
        return (int((np.abs(away).max(axis=1) * (block.weight > 0) >= 0.5).sum()),)

    (wrong,) = objective.data.sum(term)
    return bool(wrong == 0)

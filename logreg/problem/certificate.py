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
With the intercept alone free, a Newton step of the intercept alone is enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.base import Block
from .objective import Objective, Point

Array = NDArray[np.float64]

LARGEST_NEWTON = 3000
"""Parameters up to which a free optimum is certified by a Newton step from the whole Hessian."""

ROOM = 10.0
"""Rounding leaves G a little off 0 on free coefficients: the bound allows for every minimiser this many
times larger than the point."""

RETRY = 0.2
"""A bound that failed is tried again when its estimate has fallen to this part ..."""

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
        return f"objective {self.objective:.6g}, at most {self.relative:.1e} (relative) above the optimum"


def intercept_step(point: Point) -> Array:
    """Newton's step of the intercept alone, in the shape of W."""
    objective = point.objective
    step = np.zeros(objective.shape)
    if not objective.chart.intercept:
        return step

    def term(block: Block) -> tuple[Any, ...]:
        (eta,) = objective.eta(block, point.W)
        a, u = objective.loss.curvature(eta)
        bend = np.diag(block.weight @ a)
        return (bend if u is None else bend - (u * block.weight[:, None]).T @ u,)

    (bend,) = objective.data.sum(term)
    unit, k = objective.chart.unit, objective.outputs
    gauge = np.full((k, k), np.trace(bend) / k**2) if objective.loss.shift_invariant else 0.0
    slope = point.loss_grad[-1] * unit / objective.C
    step[-1] = np.linalg.lstsq(bend + gauge, -slope, rcond=None)[0] * unit
    return step


def dual_bound(point: Point, direction: Array) -> float:
    """A proven lower bound on F*, from the probabilities at a point tilted along a direction, in one pass.

    Where the conjugate is finite in a box only (pure L1), q moves towards y by the factor s that brings
    G into the box. The entropy of the mixture s q + (1 - s) y is at least s H(q), by concavity, and at
    least s H(q) + (1-s) S - (1-s)^2 Q with S = -log q_y and Q = (1 - q_y) / q_y, by KL <= chi^2.
    """
    objective, penalty = point.objective, point.objective.penalty

    def term(block: Block) -> tuple[Any, ...]:
        eta, along = objective.eta(block, point.W, direction)
        entropy, away = objective.loss.tilt(block.y, eta, along)
        odds = odds_against(block.y, away)
        mixing = block.weight @ np.log1p(odds), block.weight @ odds
        return block.weight @ entropy, *mixing, *objective.gather(block, away)

    entropy, surprise, odds, *sums = objective.data.sum(term)
    G = objective.pull(*sums)
    free, target = objective.free, point.W + direction
    U = np.where(free, 0.0, -G)
    s = penalty.reach(U)
    mixed = s * entropy
    if s < 1 and np.isfinite(odds):
        mixed += max(0.0, (1 - s) * (surprise - (1 - s) * odds))
    rest = np.abs(G[free]).sum() * ROOM * np.abs(target).max(initial=0.0)
    lower = objective.C * mixed - penalty.conjugate(s * U) - rest
    return float(lower)


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
    return penalty.value(point.W) - s * product + penalty.conjugate(s * U)


@dataclass
class Certifier:
    """Keeps the best lower bound on F* seen so far, and spends a pass on a better one when it may suffice."""

    objective: Objective
    tol: float
    lower: float = 0.0
    _asked: float = field(default=np.inf, init=False)
    _points: int = field(default=0, init=False)
    _again: float = field(default=0.0, init=False)

    def certificate(self, point: Point) -> Certificate:
        """The certificate of a point with the bound at hand."""
        return Certificate(point.value, max(point.value - self.lower, 0.0))

    def certify(self, point: Point, *, must: bool = False) -> Certificate:
        """The certificate of a point, after another bound if its estimate promises that tol is met."""
        estimate, self._points = self.estimate(point), self._points + 1
        due = self._points >= self._again or estimate <= RETRY * self._asked
        if must or (due and estimate <= self.tol * point.value):
            self._asked, self._again = estimate, PATIENCE * self._points
            self.lower = max(self.lower, dual_bound(point, self.direction(point)))
        return self.certificate(point)

    @property
    def by_newton(self) -> bool:
        """Whether slopes are free, so that only a step in all parameters can make G vanish there."""
        return bool(self.objective.free[: self.objective.data.shape[1]].any())

    def estimate(self, point: Point) -> float:
        """What the next bound is likely to be, without a pass over X.

        Without a penalty: no Hessian in the chart has an eigenvalue above its number of parameters.
        """
        if not self.by_newton:
            return dual_estimate(point)
        if "newton" in vars(point):
            return float(-np.vdot(point.grad, point.newton)) / 2
        return float(np.vdot(point.grad, point.grad)) / (2 * self.objective.size)

    def direction(self, point: Point) -> Array:
        """The direction along which the probabilities are tilted."""
        if self.by_newton and self.objective.size <= LARGEST_NEWTON:
            return point.newton
        return intercept_step(point)


def separates(point: Point) -> bool:
    """Whether every sample's own class has the highest predictor: then, unpenalised, F has no minimiser."""
    objective = point.objective

    def term(block: Block) -> tuple[Any, ...]:
        (eta,) = objective.eta(block, point.W)
        _, away = objective.loss.value_grad(block.y, eta)
        return (int((np.abs(away).max(axis=1) * (block.weight > 0) >= 0.5).sum()),)

    (wrong,) = objective.data.sum(term)
    return bool(wrong == 0)

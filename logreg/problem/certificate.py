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

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.base import Block
from .bend import gauged
from .losses import NUDGE, Loss
from .objective import Objective, Point
from .penalties import Penalty

Array = NDArray[np.float64]
Predictors = Callable[[Block], tuple[Array, Array]]
Rows = slice | NDArray[np.intp]

FEW = 1 << 15
"""Numbers of W that stay in the cache with all that is made of them."""

FARTHEST = 1e12
"""Tilts of the intercept beyond this are of rows so certain that no proof is to be had there."""

NOISE = 1e-12
"""Part of the largest G that the rows could add up to, below which what is left of it is rounding."""

FINE = 1e-2
"""Part of that which may be noise where a ridge holds a coefficient, however weakly: columns that are nearly the same
have coefficients as large as the ridge allows, and the small difference of their forces is what makes them so."""

ROOM = 10.0
"""Rounding noise in G is paid for as if the minimiser's coefficients, in the chart, were this many times the largest of
the point's: the one thing that a bound without a penalty, or with one that is no more than noise, takes on trust."""

FAINT = 1e4
"""A box so many times as large as noise is no smaller for it: rounding is a hundredth of that at most, as a rule."""

ROUNDING = 2.0**-47
"""Sums over rows are taken to be right to this part of F, which is added to every bound."""


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


def intercept_step(point: Point, force: Array) -> Array:
    """Newton's step of the intercept alone against a force, in the shape of W."""
    objective = point.objective
    step, curvature = np.zeros(objective.shape), point.curvature()
    if not objective.chart.intercept:
        return step

    def term(block: Block) -> tuple[Any, ...]:
        return (curvature(block).total(block.weight),)

    (bend,) = objective.data.sum(term)
    unit = objective.chart.unit
    bend = gauged(bend) if objective.loss.shift_invariant else bend
    tilt = np.linalg.lstsq(bend, force[-1] * unit / objective.C, rcond=None)[0]
    step[-1] = np.clip(tilt, -FARTHEST, FARTHEST) * unit
    return step


class Dual(NamedTuple):
    """A dual point q: C times its entropy, its G, and the sums S and Q that bound the entropy of mixtures with y."""

    entropy: float
    G: Array
    surprise: float
    odds: float


def tilted(point: Point, direction: Array, part: Objective, both: Predictors | None = None) -> Dual:
    """The dual point with the point's own probabilities, those of some rows tilted along a direction.

    ``both`` are the predictors of the point and of the direction, where they are known already.
    """
    objective = point.objective
    both, mixes = both or predictors(part, point.W, direction), not objective.penalty.is_smooth

    def term(block: Block) -> tuple[Any, ...]:
        eta, along = both(block)
        if not mixes:
            gain, change = leaning(objective.loss, block.y, eta, along)
            return block.weight @ gain, 0.0, 0.0, *part.gather(block, change)
        gain, change, away = tilt(objective.loss, block.y, eta, along)
        odds = odds_against(block.y, away)
        return block.weight @ gain, block.weight @ np.log1p(odds), block.weight @ odds, *part.gather(block, change)

    gain, surprise, odds, *sums = part.data.sum(term)
    entropy = point.loss - point.drawn + objective.C * gain
    return Dual(entropy, point.loss_grad + part.pull(*sums), objective.C * surprise, objective.C * odds)


def tilt(loss: Loss, y: NDArray[Any], eta: Array, along: Array) -> tuple[Array, Array, Array]:
    """What each row's entropy gains by a tilt of any size, how its probabilities change, and q - y."""
    value, grad = loss.value_grad(y, eta)
    entropy, away = loss.tilt(y, eta, along)
    return entropy - (value - (grad * eta).sum(axis=1)), away - grad, away


def leaning(loss: Loss, y: NDArray[Any], eta: Array, along: Array) -> tuple[Array, Array]:
    """The same but for q - y: by a series for the rows that lean a little, which are nearly all of them."""
    with np.errstate(over="ignore", invalid="ignore"):  # in the rows that are done again
        gain, change = loss.nudge(eta, along)
    far = np.flatnonzero(~(np.abs(along) <= NUDGE).all(axis=1))
    if len(far):
        gain[far], change[far], _ = tilt(loss, y[far], eta[far], along[far])
    return gain, change


def predictors(part: Objective, W: Array, direction: Array) -> Predictors:
    """The linear predictors of W and of a direction: from a single product, or less where the intercept alone moves."""
    slopes, offset = part.chart.apply(direction)
    if not part.chart.is_laid and not slopes.any():
        eta = part.predictor(W)
        return lambda block: (eta(block), np.broadcast_to(offset, (block.X.shape[0], part.outputs)))
    pair, k = part.predictor(W, direction), part.outputs

    def both(block: Block) -> tuple[Array, Array]:
        product = pair(block)
        return product[:, :k], product[:, k:]

    return both


def excess_force(penalty: Penalty, W: Array, G: Array) -> Array:
    """What is left of stationarity at W: -G less the smooth penalty's gradient."""
    return -G - penalty.smooth(W)[1]


def noise_level(point: Point) -> float:
    """What counts as rounding in G."""
    return float(noise_of(point.loss, point.objective.loss))


def noise_of(value: float | Array, loss: Loss) -> Array:
    """The same where losses sum to so much: by Cauchy and Schwarz no entry exceeds sqrt(value / curvature bound)."""
    return np.asarray(NOISE * np.sqrt(value / loss.curvature_bound))


def as_noise(force: Array, target: Array, ridge: Array, room: Any, noise: Any) -> Array:
    """The price of the forces that are left at a target, if they are rounding; infinite for those that are not."""
    force = np.abs(force)
    with np.errstate(over="ignore"):  # the intercept may be anywhere where all rows are certain
        paid = force * room + (np.sqrt(ridge) * target) ** 2 / 2
    return np.where(force <= noise, paid, np.inf)


def excess(value: Any, lower: Any) -> Any:
    """How far above the minimum an objective can be that has so low a bound, with the rounding of its sum."""
    return np.maximum(value - lower, 0.0) + ROUNDING * value


def lower_bound(point: Point, direction: Array, dual: Dual) -> float:
    """A proven lower bound on F* from a dual point.

    Where the conjugate is finite in a box only (pure L1), q moves towards y by the factor s that brings
    G into the box; all rows have to be tilted then. The entropy of the mixture s q + (1 - s) y is at least
    s H(q), by concavity, and at least s H(q) + (1-s) S - (1-s)^2 Q with S = -log q_y and Q = (1 - q_y) / q_y, by
    KL <= chi^2.

    Rounding noise E in a coefficient's force costs at most |E| times the minimiser's coefficient. Where the
    coefficient is free nothing but noise is allowed; where its ridge is tiny, or the box that holds it at 0 hardly
    larger than noise, that is the smaller price.
    """
    bound, outside = bound_within(point, direction, dual), beyond_by_noise(point, dual.G)
    if not outside.any():
        return bound
    owed = float(room_for(point.W + direction)) * float(np.abs(outside).sum())
    return max(bound, bound_within(point, direction, dual._replace(G=dual.G + outside)) - owed)


def bound_within(point: Point, direction: Array, dual: Dual) -> float:
    """The bound that takes no block of -G beyond its box for noise."""
    objective, penalty, W = point.objective, point.objective.penalty, point.W + direction
    room, noise = room_for(W), noise_level(point)
    s = reach(objective, dual.G)
    entropy = s * dual.entropy
    if s < 1 and np.isfinite(dual.odds):
        entropy += max(0.0, (1 - s) * (dual.surprise - (1 - s) * dual.odds))

    def unpaid(at: Rows, part: Penalty, noise: float) -> Array:
        return as_noise(excess_force(part, W[at], dual.G[at]), W[at], part.curvature(), room, noise)

    def price(at: slice, part: Penalty) -> float:
        paid = part.conjugate(-s * dual.G[at])
        # Blocks pay together: the lesser price of each of their coefficients would be none of the block's.
        alone = penalty.is_smooth and not penalty.tied
        return float((np.minimum(paid, unpaid(at, part, FINE * noise)) if alone else paid).sum())

    loose = np.flatnonzero(objective.free.any(axis=1))
    pulled = objective.free[loose] & (dual.G[loose] != 0)
    for_free = unpaid(loose, penalty.rows(loose), noise)[pulled].sum()
    return float(entropy) - over_rows(objective, price) - float(for_free)


def room_for(W: Array) -> Array:
    """How large the minimiser's coefficients are taken to be at most, where noise has a price; for W or a stack."""
    return np.asarray(ROOM * np.maximum(W.max(axis=(-2, -1)), -W.min(axis=(-2, -1))))


def beyond_by_noise(point: Point, G: Array) -> Array:
    """What takes blocks of -G back into their box that noise put beyond it, where some boxes are hardly larger."""
    penalty, noise = point.objective.penalty, noise_level(point)
    if penalty.weakest > FAINT * noise:
        return np.zeros_like(G)
    beyond = penalty.beyond(-G)
    return np.where(penalty.within(beyond, beyond) <= noise**2, beyond, 0.0)


def reach(objective: Objective, G: Array) -> float:
    """How much of -G the penalty's conjugate is finite at."""
    return 1.0 if objective.penalty.is_smooth else objective.penalty.reach(G)


def over_rows(objective: Objective, term: Callable[[slice, Penalty], float]) -> float:
    """A sum over the rows of W, so few at a time that they stay in the cache."""
    rows, few = objective.chart.rows, max(1, FEW // objective.outputs)
    if rows <= few:
        return term(slice(rows), objective.penalty)
    parts = (slice(first, first + few) for first in range(0, rows, few))
    return sum(term(at, objective.penalty.rows(at)) for at in parts)


def odds_against(y: NDArray[Any], away: Array) -> Array:
    """(1 - q_y) / q_y for class codes, from q - y; infinite for probability rows, where no code is known."""
    if not np.issubdtype(y.dtype, np.integer):
        return np.full(len(away), np.inf)
    wrong = np.abs(away).max(axis=1)
    return np.divide(wrong, 1 - wrong, out=np.full_like(wrong, np.inf), where=wrong < 1)


def dual_estimate(point: Point) -> float:
    """The duality gap at the point's own probabilities, the free coefficients' part left out: no pass.

    Where they are mixed with y by the factor s, the gap has (1-s)^2 Q more, and Q is the loss at least, for
    1/p - 1 >= -log p.
    """
    objective = point.objective
    s = reach(objective, point.loss_grad)

    def gap(at: slice, penalty: Penalty) -> float:
        U, W = np.where(objective.free[at], 0.0, -point.loss_grad[at]), point.W[at]
        return penalty.value(W) - s * float(np.vdot(U, W)) + float(penalty.conjugate(s * U).sum())

    return over_rows(objective, gap) + (1 - s) ** 2 * point.loss


def separates(point: Point) -> bool:
    """Whether every sample's own class has the highest predictor: then, unpenalised, F has no minimiser."""
    objective, eta = point.objective, point.objective.predictor(point.W)

    def term(block: Block) -> tuple[Any, ...]:
        _, away = objective.loss.value_grad(block.y, eta(block))
        return (int((np.abs(away).max(axis=1) * (block.weight > 0) >= 0.5).sum()),)

    (wrong,) = objective.data.sum(term)
    return bool(wrong == 0)

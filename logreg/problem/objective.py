"""The objective F(W) = C sum_i s_i loss(y_i, eta_i) + R(W), and all that can be known of it at a point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.base import Block, Data
from .bend import Bend
from .chart import Chart
from .hessian import hessian_of, hessian_over
from .losses import Loss, class_totals, of_classes
from .penalties import Penalty
from .system import Rounding, System
from .thin import is_thin

Array = NDArray[np.float64]
Predictor = Callable[[Block], Array]
Bends = Callable[[Block], Bend]

KEPT = 1 << 22
"""Numbers up to which what is found row by row is kept, from one Hessian product or trial to the next: 32 MB."""


@dataclass(frozen=True)
class Objective:
    """F(W) = C sum_i s_i loss(y_i, B^T x_i + b) + R(W), with (B, b) = chart(W) and R in the chart.

    Its value is scikit-learn's objective, to the last unit: the certificate and the history show it.
    """

    data: Data
    loss: Loss
    penalty: Penalty
    chart: Chart
    outputs: int
    C: float = 1.0
    exact: Objective | None = None
    """The objective of which this is a copy in single precision, good for steps and not for proofs."""
    rounding: Rounding = field(default_factory=Rounding)
    """What is known of rounded Hessians: the same for all rows and for some, for one penalty and another."""

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of W."""
        return self.chart.rows, self.outputs

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.chart.rows * self.outputs

    @cached_property
    def free(self) -> NDArray[np.bool_]:
        """Coefficients without a penalty, in the shape of W."""
        return np.broadcast_to(self.penalty.free, self.shape)

    @property
    def is_thin(self) -> bool:
        """Whether Hessians are made of what is stored alone."""
        return is_thin(self.chart, self.data, self.size, self.outputs)

    @property
    def keeps_rows(self) -> bool:
        """Whether what is found row by row is little enough to be kept."""
        return self.data.shape[0] * self.outputs <= KEPT

    @cached_property
    def ridge(self) -> Array:
        """Second derivatives of the penalty, in the shape of W."""
        return np.broadcast_to(self.penalty.curvature(), self.shape)

    def at(self, W: Array) -> Point:
        """The point W."""
        return Point(self, W)

    def origin(self) -> Point:
        """The point at which all parameters are 0."""
        return self.at(np.zeros(self.shape))

    def predictor(self, *parameters: Array) -> Predictor:
        """The linear predictors of a block's rows for one or more W side by side, from a single product."""
        W = parameters[0] if len(parameters) == 1 else np.hstack(parameters)
        slopes, offset = (W, None) if self.chart.is_laid else self.chart.apply(W)
        if not slopes.any():
            return lambda block: alike(offset, block.X.shape[0], W)

        def eta(block: Block) -> Array:
            product = block.X.dot(slopes)
            if offset is not None:
                product += offset.astype(product.dtype, copy=False)
            return product

        return eta

    def gather(self, block: Block, by_eta: Array) -> tuple[Array, ...]:
        """What a block adds to the derivatives with respect to slopes and intercept."""
        if block.weight_or_none is not None:
            by_eta = by_eta * block.weight_or_none.astype(by_eta.dtype, copy=False)[:, None]
        by_slope = block.X.tdot(by_eta)
        return (by_slope,) if self.chart.is_laid else (by_slope, by_eta.sum(axis=0))

    @cached_property
    def leverage(self) -> Array:
        """How much each row may matter: its share of the Hessian's trace, plus its share of its class.

        In the chart the squares of each column sum to one number: a row that alone has a rare feature
        stands out, and so does one of a rare class.
        """
        classes = max(2, self.outputs)
        (totals,) = self.data.sum(lambda block: (class_totals(block.y, block.weight, classes),))
        rarity = np.divide(1.0, classes * totals, out=np.zeros(classes), where=totals > 0)
        to_trace = self.C * self.loss.curvature_bound / self.chart.rows

        def score(block: Block) -> Array:
            share = block.X.distances(self.chart.shift, self.chart.scale) * to_trace
            return block.weight * (share + of_classes(block.y, rarity))

        return self.data.each(score)

    def pull(self, by_slope: Array, by_offset: Array | None = None) -> Array:
        """The derivative with respect to W, from the sums of ``gather``."""
        by_W = by_slope if by_offset is None else self.chart.adjoint(by_slope, by_offset)
        return np.multiply(by_W, self.C, out=by_W)


def alike(offset: Array | None, n: int, W: Array) -> Array:
    """The same linear predictors for all of n rows: those of parameters whose slopes are 0."""
    eta = np.zeros((n, W.shape[1]), W.dtype, order="F")
    return eta if offset is None else np.add(eta, offset, out=eta)


class Given(NamedTuple):
    """What another point tells of one, by the names that it has there, so that it is not computed again."""

    eta: Array | None = None
    rows: tuple[float, Array] | None = None
    losses: tuple[float, Array] | None = None


NOTHING_GIVEN = Given()


@dataclass(frozen=True)
class Point:
    """All that is known of the objective at W; each quantity is computed when asked for, and once."""

    objective: Objective
    W: Array
    given: Given = NOTHING_GIVEN

    def known(self, name: str) -> Any:
        """A quantity that has been asked for, or that another point told; None where neither is so."""
        return self.__dict__.get(name, getattr(self.given, name, None))

    @cached_property
    def eta(self) -> Array:
        """The linear predictors of all rows."""
        told = self.given.eta
        return self.objective.data.each(self.objective.predictor(self.W)) if told is None else told

    @cached_property
    def rows(self) -> tuple[float, Array]:
        """The sum of the losses, C apart, and the gradient of each."""
        return self._by_row() if self.given.rows is None else self.given.rows

    def _by_row(self) -> tuple[float, Array]:
        data, loss, eta = self.objective.data, self.objective.loss, self.eta
        if data.is_whole:
            value, by_row = data.sum(lambda block: loss.sum_grad(block.y, eta, block.weight_or_none))
            return float(value), by_row
        by_row = np.empty_like(eta)

        def term(block: Block) -> tuple[float]:
            value, by_row[block.at] = loss.sum_grad(block.y, eta[block.at], block.weight_or_none)
            return (value,)

        return float(data.sum(term)[0]), by_row

    @property
    def knows_rows(self) -> bool:
        """Whether the losses are found row by row, and kept: in a single block, or where the predictors are known."""
        return self.objective.data.is_whole or self.known("eta") is not None

    @cached_property
    def losses(self) -> tuple[float, Array]:
        """Value and gradient of the loss part, in one pass over X."""
        objective = self.objective
        if self.given.losses is not None:
            return self.given.losses
        if self.knows_rows:
            value, by_row = self.rows
            by_W = objective.data.sum(lambda block: objective.gather(block, by_row[block.at]))
            return objective.C * value, objective.pull(*by_W)
        eta = objective.predictor(self.W)

        def term(block: Block) -> tuple[Any, ...]:
            value, grad = objective.loss.sum_grad(block.y, eta(block), block.weight_or_none)
            return value, *objective.gather(block, grad)

        value, *sums = objective.data.sum(term)
        return objective.C * float(value), objective.pull(*sums)

    @property
    def loss(self) -> float:
        """C times the weighted sum of losses."""
        if self.knows_rows and self.known("losses") is None:  # the gradient may never be asked for
            return self.objective.C * self.rows[0]
        return self.losses[0]

    @property
    def loss_grad(self) -> Array:
        """Gradient of ``loss``."""
        return self.losses[1]

    @property
    def drawn(self) -> float:
        """<loss_grad, W>, from the predictors row by row where they are kept: these may have lost digits on the way."""
        if not self.knows_rows:
            return float(np.vdot(self.loss_grad, self.W))
        products = np.einsum("ij,ij->i", self.rows[1], self.eta)
        (total,) = self.objective.data.sum(lambda block: (block.weight @ products[block.at],))
        return self.objective.C * float(total)

    @cached_property
    def ridge(self) -> tuple[float, Array]:
        """Value and gradient of the penalty's smooth part."""
        return self.objective.penalty.smooth(self.W)

    @property
    def smooth(self) -> float:
        """Loss plus the smooth part of the penalty."""
        return self.loss + self.ridge[0]

    @cached_property
    def grad(self) -> Array:
        """Gradient of ``smooth``."""
        return self.ridge[1] + self.loss_grad

    @cached_property
    def value(self) -> float:
        """F(W)."""
        return self.smooth + self.objective.penalty.simple(self.W)

    @cached_property
    def requests(self) -> Array:
        """Twice the fall of F that each block alone is good for, at least: no column bends more than 1 in the chart."""
        return self.requests_of(1.0)

    def requests_of(self, eager: float) -> Array:
        """The same, were the forces so many times what they are."""
        penalty = self.objective.penalty
        moved = self.W - penalty.prox(self.W - eager * self.grad, 1.0)
        asked = penalty.within(moved, moved)
        return asked if asked.shape == moved.shape else np.broadcast_to(asked, moved.shape)

    @cached_property
    def _bend(self) -> Bend:
        """The loss's curvature in eta for all rows."""
        objective, curvature = self.objective, self.curvature()
        a = objective.data.each(lambda block: curvature(block).a.astype(self.W.dtype, copy=False))
        return Bend(a, a if objective.loss.shift_invariant else None)

    def curvature(self) -> Bends:
        """The loss's curvature in eta for a block: from the gradients by row where they are kept, else found anew."""
        objective = self.objective
        known = self.known("rows")
        if known is not None and known[1].dtype == np.float64:
            by_row = known[1]
            return lambda block: objective.loss.curvature_beside(block.y, by_row[block.at])
        eta = objective.predictor(self.W)
        # Probabilities that add up to 1 but for seven digits would leave a negative curvature along the shift of all.
        return lambda block: objective.loss.curvature(eta(block).astype(np.float64, copy=False))

    def curvature_again(self) -> Bends:
        """The same, to be asked for again and again: looked up where there are few rows."""
        objective = self.objective
        if not objective.keeps_rows:
            return self.curvature()
        bend = self._bend
        return lambda block: bend.of(block.at)

    def hess_dot(self, V: Array) -> Array:
        """Hessian of ``smooth`` times V, in one pass over X."""
        objective, along, curvature = self.objective, self.objective.predictor(V), self.curvature_again()

        def term(block: Block) -> tuple[Any, ...]:
            return objective.gather(block, curvature(block).dot(along(block)))

        return objective.pull(*objective.data.sum(term)) + objective.penalty.curvature() * V

    @cached_property
    def system(self) -> System:
        """The Hessian of ``smooth``, and the systems it solves."""
        objective, curvature = self.objective, self.curvature()

        def form(single: bool) -> Array:
            def term(block: Block) -> tuple[Array]:
                return (hessian_of(objective.chart, block, curvature(block), single=single),)

            (H,) = objective.data.sum(term)
            return np.multiply(H, objective.C, out=H)

        n, shifts = objective.data.shape[0], objective.loss.shift_invariant
        return System(form, objective.ridge, 0 if objective.is_thin else n, objective.rounding, shifts)

    def loss_hessian(self, entries: NDArray[np.bool_]) -> Array:
        """Hessian of ``loss`` over some entries of W, in the order of ``W.T``; no other is formed."""
        objective, curvature = self.objective, self.curvature()
        (H,) = objective.data.sum(lambda block: (hessian_over(objective.chart, block, curvature(block), entries),))
        return np.multiply(H, objective.C, out=H)

    @property
    def hessian(self) -> Array:
        """Hessian of ``smooth``, in the order of ``W.T.ravel()``, with what is made up along a shift of all outputs."""
        return self.system.hessian

    @cached_property
    def newton(self) -> Array:
        """Newton's direction -H^-1 grad, H rounded where that serves."""
        return self.system.solve(-self.grad)

    @property
    def knows_newton(self) -> bool:
        """Whether Newton's direction has been asked for."""
        return self.known("newton") is not None

    def within(self, objective: Objective, rows: NDArray[np.intp] | slice = slice(None)) -> Point:
        """The same point of an objective with the same losses, over those rows of W: nothing is read again.

        The penalty may be another one; the rows left out are 0.
        """
        return Point(
            objective,
            self.W[rows],
            Given(self.known("eta"), self.known("rows"), (self.loss, self.loss_grad[rows])),
        )

    def over(self, objective: Objective, W: Array) -> Point:
        """The point W of an objective over the same rows, other columns and the same predictors: those that are known.

        So X is read for the gradient alone.
        """
        return Point(objective, W, Given(self.known("eta"), self.known("rows")))

    def beside(self, W: Array, eta: Array) -> Point:
        """Another point of the same objective, of which the predictors are known."""
        return Point(self.objective, W, Given(eta))

    def move(self, step: float, direction: Array) -> Point:
        """The point W + step * direction."""
        W = step * direction
        W += self.W
        return self.objective.at(W)

    def precise(self) -> Point:
        """The same W, all sums in double precision."""
        exact = self.objective.exact
        return self if exact is None else exact.at(self.W.astype(np.float64))

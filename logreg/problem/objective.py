"""The objective F(W) = C sum_i s_i loss(y_i, eta_i) + R(W), and all that can be known of it at a point."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.base import Block, Data, Score
from ..ground.cholesky import Cholesky
from .chart import Chart
from .losses import Loss
from .penalties import Penalty

Array = NDArray[np.float64]

CHUNK = 1 << 18
"""Numbers in a chunk of the rows pi_i (x) x_i, from which the softmax Hessian is formed."""


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

    def at(self, W: Array) -> Point:
        """The point W."""
        return Point(self, W)

    def origin(self) -> Point:
        """The point at which all parameters are 0."""
        return self.at(np.zeros(self.shape))

    def eta(self, block: Block, *parameters: Array) -> list[Array]:
        """Linear predictors of a block's rows for one or more W, from a single product."""
        pairs = [self.chart.apply(W) for W in parameters]
        eta = block.X.dot(np.hstack([slopes for slopes, _ in pairs]))
        eta += np.concatenate([offset for _, offset in pairs])
        k = self.outputs
        return [eta[:, i * k : (i + 1) * k] for i in range(len(parameters))]

    def gather(self, block: Block, by_eta: Array) -> tuple[Array, Array]:
        """What a block adds to the derivatives with respect to slopes and intercept."""
        by_eta *= block.weight[:, None]
        return block.X.tdot(by_eta), by_eta.sum(axis=0)

    def leverage(self) -> Score:
        """How much each row of a block may matter: its share of the Hessian's trace, plus its share of its class.

        In the chart the squares of each column sum to one number: a row that alone has a rare feature
        stands out, and so does one of a rare class.
        """
        classes = max(2, self.outputs)
        (totals,) = self.data.sum(lambda block: (np.bincount(block.y, block.weight, classes),))
        to_trace = self.C * self.loss.curvature_bound / self.chart.rows

        def score(block: Block) -> Array:
            share = block.X.distances(self.chart.shift, self.chart.scale) * to_trace
            return block.weight * (share + 1 / (classes * totals[block.y]))

        return score

    def sample(self, count: int, rng: np.random.Generator) -> Objective:
        """The objective over about so many random rows, drawn by leverage and weighted to stand for all."""
        return replace(self, data=self.data.take(*self.data.draw(count, self.leverage(), rng)))

    def pull(self, by_slope: Array, by_offset: Array) -> Array:
        """The derivative with respect to W, from the sums of ``gather``."""
        return self.C * self.chart.adjoint(by_slope, by_offset)


@dataclass(frozen=True)
class Point:
    """All that is known of the objective at W; each quantity is computed when asked for, and once."""

    objective: Objective
    W: Array

    @cached_property
    def _loss(self) -> tuple[float, Array]:
        """Value and gradient of the loss part, in one pass over X."""
        objective = self.objective

        def term(block: Block) -> tuple[Any, ...]:
            (eta,) = objective.eta(block, self.W)
            value, grad = objective.loss.value_grad(block.y, eta)
            return block.weight @ value, *objective.gather(block, grad)

        value, *sums = objective.data.sum(term)
        return objective.C * float(value), objective.pull(*sums)

    @property
    def loss(self) -> float:
        """C times the weighted sum of losses."""
        return self._loss[0]

    @property
    def loss_grad(self) -> Array:
        """Gradient of ``loss``."""
        return self._loss[1]

    @cached_property
    def _smooth(self) -> tuple[float, Array]:
        value, grad = self.objective.penalty.smooth(self.W)
        return self.loss + value, self.loss_grad + grad

    @property
    def smooth(self) -> float:
        """Loss plus the smooth part of the penalty."""
        return self._smooth[0]

    @property
    def grad(self) -> Array:
        """Gradient of ``smooth``."""
        return self._smooth[1]

    @cached_property
    def value(self) -> float:
        """F(W)."""
        return self.smooth + self.objective.penalty.simple(self.W)

    def hess_dot(self, V: Array) -> Array:
        """Hessian of ``smooth`` times V, in one pass over X."""
        objective = self.objective

        def term(block: Block) -> tuple[Any, ...]:
            eta, along = objective.eta(block, self.W, V)
            return objective.gather(block, objective.loss.hess_dot(eta, along))

        return objective.pull(*objective.data.sum(term)) + objective.penalty.curvature() * V

    @cached_property
    def hessian(self) -> Array:
        """Hessian of ``smooth``, parameters in the order of ``W.T.ravel()``.

        H = blockdiag_k(X' diag(s a_k) X) - G' G, where G has the rows sqrt(s_i) u_i (x) x_i: all the
        work is a few large symmetric products. A loss that a shift of all outputs leaves alone is
        flat along that shift; where no penalty bends it, the flat directions get curvature 1, which
        changes no step, because no gradient has a part along them.
        """
        objective = self.objective
        (H,) = objective.data.sum(lambda block: (hessian_of(objective, block, self.W),))
        H *= objective.C
        H.flat[:: len(H) + 1] += np.broadcast_to(objective.penalty.curvature(), objective.shape).T.ravel()
        if objective.loss.shift_invariant:
            m, k = objective.shape
            loose = np.flatnonzero(objective.free.all(axis=1))
            H.reshape(k, m, k, m)[:, loose, :, loose] += 1 / k
        return H

    @cached_property
    def factor(self) -> Cholesky:
        """Cholesky factorisation of the Hessian."""
        return Cholesky.of(self.hessian)

    @cached_property
    def newton(self) -> Array:
        """Newton's direction -H^-1 grad, from the Cholesky factor."""
        return self.factor.solve(-self.grad.T.ravel()).reshape(self.W.T.shape).T

    def move(self, step: float, direction: Array) -> Point:
        """The point W + step * direction."""
        return self.objective.at(self.W + step * direction)


def hessian_of(objective: Objective, block: Block, W: Array) -> Array:
    """What a block of rows adds to the Hessian of the loss, C apart."""
    m, k = objective.shape
    (eta,) = objective.eta(block, W)
    a, u = objective.loss.curvature(eta)
    root = np.sqrt(block.weight)
    H = np.zeros((k * m, k * m))
    for at, design in designs(objective, block, CHUNK // (m * k)):
        for c in range(k):
            rows = design * (root[at] * np.sqrt(a[at, c]))[:, None]
            H[c * m : (c + 1) * m, c * m : (c + 1) * m] += rows.T @ rows
        if u is not None:
            tensor = (u[at] * root[at, None])[:, :, None] * design[:, None, :]
            rows = tensor.reshape(len(design), k * m)
            H -= rows.T @ rows
    return H


def gram_of(objective: Objective, block: Block, weight: Array) -> Array:
    """What a block of rows adds to the weighted sum of x x', in the chart."""
    gram = np.zeros((objective.chart.rows, objective.chart.rows))
    for at, rows in designs(objective, block, CHUNK // objective.chart.rows):
        rows *= np.sqrt(weight[at])[:, None]
        gram += rows.T @ rows
    return gram


def designs(objective: Objective, block: Block, count: int) -> Iterator[tuple[slice, Array]]:
    """The rows of a block in the chart, dense, so few at a time that they stay in the cache."""
    n, count = block.X.shape[0], max(1, count)
    for start in range(0, n, count):
        at = slice(start, min(start + count, n))
        yield at, objective.chart.design(block.X.rows(at).dense())

"""The penalties: a smooth part (value, gradient, curvature) plus a simple part (value, prox), and their conjugate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..ground.numerics import shrink

Array = NDArray[np.float64]
Strength = float | Array


class Penalty(ABC):
    """R(W) = smooth(W) + simple(W), separable over rows of W.

    Strengths broadcast against W (parameters x outputs); where all are 0 a coefficient is free,
    which is how the intercept is free.
    """

    @property
    @abstractmethod
    def is_smooth(self) -> bool:
        """Whether the simple part is zero everywhere."""

    @property
    @abstractmethod
    def free(self) -> NDArray[np.bool_]:
        """Which coefficients carry no penalty at all; broadcasts against W."""

    @abstractmethod
    def smooth(self, W: Array) -> tuple[float, Array]:
        """Value and gradient of the smooth part."""

    @abstractmethod
    def curvature(self) -> Array:
        """Diagonal of the smooth part's Hessian; broadcasts against W."""

    @abstractmethod
    def simple(self, W: Array) -> float:
        """Value of the simple part."""

    @abstractmethod
    def prox(self, W: Array, step: float) -> Array:
        """argmin over U of  step * simple(U) + |U - W|^2 / 2."""

    @abstractmethod
    def reach(self, U: Array) -> float:
        """Largest s in [0, 1] for which the conjugate is finite at s U, free coefficients apart."""

    @abstractmethod
    def conjugate(self, U: Array) -> Array:
        """sup over w of  u w - R(w) for each coefficient, within reach; 0 for a free one, whatever its u."""

    @abstractmethod
    def in_chart(self, scale: Array, intercept: bool) -> Penalty:
        """The same penalty as a function of ``scale * W``, with a free row below for the intercept."""

    def value(self, W: Array) -> float:
        """R(W)."""
        return self.smooth(W)[0] + self.simple(W)


@dataclass(frozen=True)
class ElasticNet(Penalty):
    """l1 |w| + l2 w^2 / 2, summed over the coefficients; either strength may be 0 anywhere.

    Its conjugate is (|u| - l1)_+^2 / (2 l2), and the indicator of |u| <= l1 where l2 = 0
    (Zou & Hastie 2005; Boyd & Vandenberghe, 3.3).
    """

    l1: Strength = 0.0
    l2: Strength = 0.0

    @property
    def is_smooth(self) -> bool:
        """True without an L1 part."""
        return not np.any(self.l1)

    @property
    def free(self) -> NDArray[np.bool_]:
        """Coefficients with both strengths 0."""
        return np.atleast_1d((np.asarray(self.l1) == 0) & (np.asarray(self.l2) == 0))

    def smooth(self, W: Array) -> tuple[float, Array]:
        """The L2 part."""
        grad = self.l2 * W
        return float(np.vdot(grad, W)) / 2, grad

    def curvature(self) -> Array:
        """The L2 strengths."""
        return np.asarray(self.l2, dtype=np.float64)

    def simple(self, W: Array) -> float:
        """The L1 part."""
        return float((self.l1 * np.abs(W)).sum())

    def prox(self, W: Array, step: float) -> Array:
        """Soft thresholding."""
        return W if self.is_smooth else shrink(W, step * self.l1)

    def reach(self, U: Array) -> float:
        """The smallest l1 / |u| over coefficients without an L2 part."""
        bounded = np.broadcast_to((np.asarray(self.l2) == 0) & (np.asarray(self.l1) > 0), U.shape)
        if not bounded.any():
            return 1.0
        beyond = np.abs(U[bounded]) / np.broadcast_to(self.l1, U.shape)[bounded]
        return 1.0 / max(1.0, float(beyond.max()))

    def conjugate(self, U: Array) -> Array:
        """(|u| - l1)_+^2 / (2 l2)."""
        beyond = np.maximum(np.abs(U) - self.l1, 0.0)
        ridge = np.broadcast_to(self.l2, U.shape)
        return np.divide(beyond**2, 2 * ridge, out=np.zeros_like(U), where=ridge > 0)

    def in_chart(self, scale: Array, intercept: bool) -> ElasticNet:
        """Strengths divided by the scale and its square."""

        def carry(strength: Strength, by: Array) -> Array:
            inner = as_rows(strength) / by[:, None]
            return np.vstack([inner, np.zeros((1, inner.shape[1]))]) if intercept else inner

        # Divided twice: the square of a constant column's scale would overflow.
        return replace(self, l1=carry(self.l1, scale), l2=carry(as_rows(self.l2) / scale[:, None], scale))


def as_rows(strength: Strength) -> Array:
    """A strength as an array that broadcasts against (parameters, outputs)."""
    values = np.asarray(strength, dtype=np.float64)
    return values[:, None] if values.ndim == 1 else np.atleast_2d(values)


def none() -> ElasticNet:
    """No penalty: every coefficient is free."""
    return ElasticNet()


def l2(strength: Strength = 1.0) -> ElasticNet:
    """Ridge: strength / 2 * |w|^2."""
    return ElasticNet(l2=strength)


def l1(strength: Strength = 1.0) -> ElasticNet:
    """Lasso: strength * |w|_1."""
    return ElasticNet(l1=strength)


def elastic_net(strength: Strength = 1.0, l1_ratio: float = 0.5) -> ElasticNet:
    """strength * (l1_ratio |w|_1 + (1 - l1_ratio) / 2 |w|^2)."""
    return ElasticNet(l1=strength * l1_ratio, l2=strength * (1.0 - l1_ratio))


PENALTIES = {"none": none, "l2": l2, "l1": l1, "elastic-net": elastic_net}

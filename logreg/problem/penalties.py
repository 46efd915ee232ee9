"""The penalties: a smooth part (value, gradient, curvature) plus a simple part (value, prox), and their conjugate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ..ground.numerics import shrink

Array = NDArray[np.float64]
Strength = float | Array


class Penalty(ABC):
    """R(W) = smooth(W) + simple(W), separable over rows of W.

    Strengths broadcast against W (parameters x outputs); where all are 0 a coefficient is free,
    which is how the intercept is free. The simple part is a sum of norms over blocks of coefficients
    that vanish together: smooth where a block is not zero, with the gradient ``slope`` and the Hessian ``bend``.
    """

    tied: ClassVar[bool] = False
    """Whether a block is a whole row, not a single coefficient."""

    @property
    @abstractmethod
    def is_smooth(self) -> bool:
        """Whether the simple part is zero everywhere."""

    @property
    @abstractmethod
    def free(self) -> NDArray[np.bool_]:
        """Which coefficients carry no penalty at all; broadcasts against W."""

    @property
    @abstractmethod
    def sharp(self) -> NDArray[np.bool_]:
        """Which coefficients have a simple part, and with it a kink at 0; broadcasts against W."""

    @property
    @abstractmethod
    def weakest(self) -> float:
        """The least strength of a block's simple part; infinite where there is none."""

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
    def rise(self, W: Array, V: Array) -> Array:
        """simple(V) - simple(W) without cancellation, for one V or a stack of them."""

    @abstractmethod
    def prox(self, W: Array, step: Strength) -> Array:
        """argmin over U of  simple(U) + sum (U - W)^2 / (2 step), for one step or one a row."""

    @abstractmethod
    def holds(self, U: Array, part: float = 1.0) -> NDArray[np.bool_]:
        """Whether a part of the simple part's strength keeps each block at 0 under a force U; broadcasts against W."""

    @abstractmethod
    def within(self, U: Array, V: Array) -> Array:
        """Inner product of each block of U with that of V; broadcasts against W."""

    @abstractmethod
    def slope(self, W: Array) -> Array:
        """Gradient of the simple part, blocks at zero apart: there it is 0."""

    @abstractmethod
    def bend(self, W: Array, V: Array) -> Array:
        """Hessian of the simple part times V, blocks at zero apart."""

    @abstractmethod
    def level(self, W: Array) -> Array:
        """W with that shift of each row, by one number for all outputs, which costs least."""

    @abstractmethod
    def reach(self, U: Array) -> float:
        """Largest s in [0, 1] for which the conjugate is finite at s U, free coefficients apart."""

    @abstractmethod
    def beyond(self, U: Array) -> Array:
        """What of U lies beyond the balls in which blocks stay at 0; 0 for coefficients without a simple part."""

    @abstractmethod
    def conjugate(self, U: Array) -> Array:
        """sup over W of  <U, W> - R(W), within reach, each block's part spread over its coefficients.

        It is 0 for a free coefficient, whatever its u.
        """

    @abstractmethod
    def in_chart(self, scale: Array, intercept: bool) -> Penalty:
        """The same penalty as a function of ``scale * W``, with a free row below for the intercept."""

    @abstractmethod
    def rows(self, keep: slice | NDArray[np.intp]) -> Self:
        """The penalty of some rows of W."""

    @abstractmethod
    def entries(self, rows: NDArray[np.intp], outputs: NDArray[np.intp]) -> Self:
        """The penalty of some entries of W, as a function of arrays in the shape of these places."""

    @abstractmethod
    def needed(self, U: Array) -> float:
        """How many times as strong the simple part had to be to keep all its blocks at 0 under a force U."""

    @abstractmethod
    def sharpened(self, by: float) -> Self:
        """The penalty with a simple part so many times as strong."""

    def at_zero(self, W: Array) -> NDArray[np.bool_]:
        """Which blocks with a kink are there; broadcasts against W."""
        return np.asarray(self.sharp & (self.within(W, W) == 0))

    def crossed(self, W: Array, V: Array) -> NDArray[np.bool_]:
        """Which blocks with a kink V has on the other side of zero than W; broadcasts against W."""
        return np.asarray(self.sharp & (self.within(W, V) < 0))

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

    @cached_property
    def is_smooth(self) -> bool:
        """True without an L1 part."""
        return not np.any(self.l1)

    @cached_property
    def free(self) -> NDArray[np.bool_]:
        """Coefficients with both strengths 0."""
        return np.atleast_1d((np.asarray(self.l1) == 0) & (np.asarray(self.l2) == 0))

    @cached_property
    def sharp(self) -> NDArray[np.bool_]:
        """Coefficients with an L1 part."""
        return np.atleast_1d(np.asarray(self.l1) > 0)

    @cached_property
    def weakest(self) -> float:
        """The least l1 above 0."""
        return float(np.where(self.sharp, self.l1, np.inf).min(initial=np.inf))

    def smooth(self, W: Array) -> tuple[float, Array]:
        """The L2 part."""
        grad: Array = np.asarray(self.l2).astype(W.dtype, copy=False) * W
        if grad.dtype == np.float64:
            return float(np.vdot(grad, W)) / 2, grad
        # A single sum over all of W would lose digits.
        return float(np.einsum("...j,...j->...", grad, W).sum(dtype=np.float64)) / 2, grad

    def curvature(self) -> Array:
        """The L2 strengths."""
        return np.asarray(self.l2, dtype=np.float64)

    def simple(self, W: Array) -> float:
        """The L1 part."""
        return 0.0 if self.is_smooth else float((self.l1 * self.size(W)).sum())

    def rise(self, W: Array, V: Array) -> Array:
        """Differences of sizes, exact where W and V are close."""
        values: Array = (self.l1 * (self.size(V) - self.size(W))).sum(axis=(-2, -1))
        return values

    def size(self, W: Array) -> Array:
        """The norm of each block."""
        return np.abs(W)

    def holds(self, U: Array, part: float = 1.0) -> NDArray[np.bool_]:
        """Whether |u| <= part l1."""
        held: NDArray[np.bool_] = self.size(U) <= part * np.asarray(self.l1)
        return held

    def within(self, U: Array, V: Array) -> Array:
        """Products: each coefficient is a block of its own."""
        return U * V

    def prox(self, W: Array, step: Strength) -> Array:
        """Soft thresholding."""
        return W if self.is_smooth else shrink(W, step * self.l1)

    def slope(self, W: Array) -> Array:
        """l1 sign(w)."""
        return self.l1 * np.sign(W)

    def bend(self, W: Array, V: Array) -> Array:
        """Zero: |w| is straight on either side."""
        return np.zeros_like(V)

    def level(self, W: Array) -> Array:
        """Where l2 = 0 a median is taken off, so that one coefficient of each row is zero.

        Elsewhere it is the median of the K coefficients and of the K + 1 places ``mean + (l1 / l2) (1 - 2 i / K)`` at
        which the slope would be zero if i of them were smaller (Li & Osher 2009).
        """
        K, l1, l2 = W.shape[1], as_rows(self.l1), as_rows(self.l2)
        low, high = np.sort(W, axis=1)[:, [(K - 1) // 2, K // 2]].T[..., None]
        reach = np.divide(l1, l2, out=np.zeros(np.broadcast(l1, l2).shape), where=l2 > 0)
        places = W.mean(axis=1, keepdims=True) + reach * np.linspace(1, -1, K + 1)
        shift = np.median(np.hstack([W, places]), axis=1, keepdims=True)
        return W - np.where(l2 > 0, shift, np.where(np.abs(low) < np.abs(high), low, high))

    def reach(self, U: Array) -> float:
        """The smallest l1 / |u| over blocks without an L2 part."""
        return 1.0 / max(1.0, self._most(U, self._bounded)) if self._bounded.any() else 1.0

    def beyond(self, U: Array) -> Array:
        """u less what is next to it among those no larger than l1."""
        return np.where(self.sharp, self.prox(U, 1.0), 0.0)

    def conjugate(self, U: Array) -> Array:
        """(|u| - l1)_+^2 / (2 l2)."""
        ridge = np.asarray(self.l2)
        if not ridge.any():
            return np.zeros_like(U)
        beyond = np.maximum(self.size(U) - self.l1, 0.0)
        with np.errstate(over="ignore"):  # the price of a point so far out is any
            beyond *= beyond
            price = np.divide(beyond, 2 * ridge, out=np.zeros_like(beyond), where=ridge > 0)
        return price if price.shape == U.shape else np.broadcast_to(price * (price.size / U.size), U.shape)

    @cached_property
    def _bounded(self) -> NDArray[np.bool_]:
        """Where the conjugate is finite in a box only."""
        return np.atleast_1d((np.asarray(self.l2) == 0) & self.sharp)

    def in_chart(self, scale: Array, intercept: bool) -> Self:
        """Strengths divided by the scale and its square."""

        def carry(strength: Strength, by: Array) -> Array:
            inner = as_rows(strength) / by[:, None]
            return np.vstack([inner, np.zeros((1, inner.shape[1]))]) if intercept else inner

        # Divided twice: the square of a constant column's scale would overflow.
        return replace(self, l1=carry(self.l1, scale), l2=carry(as_rows(self.l2) / scale[:, None], scale))

    def rows(self, keep: slice | NDArray[np.intp]) -> Self:
        """Strengths of those rows."""

        def some(strength: Strength) -> Array:
            every = as_rows(strength)
            return every if len(every) == 1 else every[keep]

        return replace(self, l1=some(self.l1), l2=some(self.l2))

    def entries(self, rows: NDArray[np.intp], outputs: NDArray[np.intp]) -> Self:
        """Strengths of those entries."""

        def some(strength: Strength) -> Array:
            every = as_rows(strength)
            return every[rows % every.shape[0], outputs % every.shape[1]]  # 0 where one stands for all

        return replace(self, l1=some(self.l1), l2=some(self.l2))

    def needed(self, U: Array) -> float:
        """The largest |u| / l1."""
        return self._most(U, self.sharp)

    def sharpened(self, by: float) -> Self:
        """l1 times a factor."""
        return replace(self, l1=self.l1 * by)

    def _most(self, U: Array, where: NDArray[np.bool_]) -> float:
        """The largest |u| / l1 among some blocks."""
        size = self.size(U)
        return float(np.divide(size, self.l1, out=np.zeros_like(size), where=where).max(initial=0.0))


@dataclass(frozen=True)
class Group(ElasticNet):
    """l1 |W_j|_2 + l2 |W_j|_2^2 / 2, summed over rows j: a column has coefficients for all classes or for none.

    The group lasso (Yuan & Lin 2006) over the classes, glmnet's "grouped" multinomial. Strengths are one a row.
    """

    tied = True

    def entries(self, rows: NDArray[np.intp], outputs: NDArray[np.intp]) -> Self:
        """Strengths of those rows."""
        return self.rows(rows[:, 0])

    def size(self, W: Array) -> Array:
        """The norm of each row."""
        return np.sqrt(self.within(W, W))

    def within(self, U: Array, V: Array) -> Array:
        """Inner products of rows."""
        products: Array = np.einsum("...ij,...ij->...i", U, V)[..., None]
        return products

    def prox(self, W: Array, step: Strength) -> Array:
        """Soft thresholding of each row's norm."""
        size = self.size(W)
        return W * np.divide(np.maximum(size - step * self.l1, 0.0), size, out=np.ones_like(size), where=size > 0)

    def slope(self, W: Array) -> Array:
        """l1 W_j / |W_j|."""
        size = self.size(W)
        return self.l1 * np.divide(W, size, out=np.zeros_like(W), where=size > 0)

    def bend(self, W: Array, V: Array) -> Array:
        """l1 / |W_j| (V_j - u (u . V_j)) with u = W_j / |W_j|."""
        size = self.size(W)
        unit = np.divide(W, size, out=np.zeros_like(W), where=size > 0)
        across = V - unit * self.within(unit, V)
        return self.l1 * np.divide(across, size, out=np.zeros_like(V), where=size > 0)

    def level(self, W: Array) -> Array:
        """The mean is taken off: both norms are least there."""
        return W - W.mean(axis=1, keepdims=True)


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


def group(strength: Strength = 1.0, l1_ratio: float = 1.0) -> Group:
    """strength * (l1_ratio sum_j |W_j|_2 + (1 - l1_ratio) / 2 |W|^2)."""
    return Group(l1=strength * l1_ratio, l2=strength * (1.0 - l1_ratio))

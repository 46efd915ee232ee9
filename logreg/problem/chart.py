"""The affine map from parameters to slopes and intercept: scaling, centring and the intercept in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..data.base import Data

Array = NDArray[np.float64]

NOTHING = 1e200
"""The scale of a constant column: divided by it, what rounding left of the column vanishes."""


NARROW = 32
"""Columns up to which each is laid out by itself: products and sums then run along memory, twice as fast."""

OFF = 10.0
"""Standard deviations that a column's mean may be off 0: so many times as much as its rounding is lost."""

BEYOND = 1e12
"""Scales that single precision can hold with their products."""


@dataclass(frozen=True)
class Chart:
    """W -> (B, b) with B = W[:p] / scale and b = W[p] / unit - shift @ B, or b = 0 without an intercept.

    ``apply`` goes in, its ``adjoint`` comes out. The optimum does not depend on the chart, only the
    road does: scales are chosen so that no diagonal entry of the Hessian exceeds 1. ``total`` is the
    sum of the weights.
    """

    shift: Array
    scale: Array
    unit: float
    intercept: bool
    total: float
    is_laid: ClassVar[bool] = False
    """Whether the rows are laid out in it, so that parameters are slopes and nothing else."""

    @classmethod
    def measure(cls, data: Data, *, curvature: float, ridge: Array | float, intercept: bool) -> Chart:
        """Centre the columns and scale them to a Hessian with unit diagonal.

        Parameters
        ----------
        data : Data
            The rows.
        curvature : float
            Largest curvature of a row's loss, times C.
        ridge : array of shape (p,) or float
            Second derivative of the penalty for each column.
        intercept : bool
            Whether there is an intercept; without one the columns stay where they are.
        """
        total, mean, square = data.moments
        if not intercept:
            square, mean = square + total * mean**2, np.zeros_like(mean)
        scale = np.sqrt(curvature * square + ridge)
        unit = float(np.sqrt(curvature * total))
        return cls(mean, np.where(scale == 0, NOTHING, scale), unit, intercept, total)

    @property
    def columns(self) -> int:
        """Rows of W that are slopes."""
        return len(self.scale)

    @property
    def rows(self) -> int:
        """Rows of W."""
        return self.columns + self.intercept

    @property
    def is_tame(self) -> bool:
        """Whether products of rows that are not centred have seven digits: no column is far from 0 or out of range."""
        return self.is_near and bool(self.scale.max() <= BEYOND and self.scale.min() >= 1 / BEYOND)

    @property
    def is_near(self) -> bool:
        """Whether no column is so far from 0 that its spread loses digits where it is not centred."""
        return bool((np.abs(self.shift) * self.unit <= OFF * self.scale).all())

    def apply(self, W: Array) -> tuple[Array, Array]:
        """Slopes (p, k) and intercept (k,) of the parameters W."""
        scale, shift = self.scale.astype(W.dtype, copy=False), self.shift.astype(W.dtype, copy=False)
        slopes = W[: self.columns] / scale[:, None]
        return slopes, (W[-1] / self.unit - shift @ slopes) if self.intercept else np.zeros(W.shape[1])

    def adjoint(self, by_slope: Array, by_offset: Array) -> Array:
        """The gradient with respect to W, from those with respect to slopes and intercept."""
        by_W = np.empty((self.rows, len(by_offset)), by_slope.dtype)
        inner = by_W[: self.columns]
        np.multiply.outer(self.shift.astype(by_slope.dtype, copy=False), by_offset, out=inner)
        np.subtract(by_slope, inner, out=inner)
        inner /= self.scale.astype(by_slope.dtype, copy=False)[:, None]
        by_W[self.columns :] = by_offset / self.unit
        return by_W

    def inverse(self, slopes: Array, offset: Array) -> Array:
        """The parameters of given slopes and intercept."""
        varies = (self.scale != NOTHING)[:, None]
        inner = np.multiply(slopes, self.scale[:, None], out=np.zeros_like(slopes), where=varies)
        return np.vstack([inner, (offset + self.shift @ slopes) * self.unit]) if self.intercept else inner

    @property
    def is_narrow(self) -> bool:
        """Whether a row is so short that products are faster by columns."""
        return self.rows <= NARROW

    def design(self, X: Array, dtype: type[np.floating[Any]] = np.float64) -> NDArray[Any]:
        """Rows of features in the chart: their product with W is eta."""
        rows = np.empty((len(X), self.rows), dtype, order="F" if self.is_narrow else "C")
        inner = rows[:, : len(self.scale)]
        if dtype is np.float64:
            np.subtract(X, self.shift, out=inner)
        else:  # rounded when nothing cancels any more
            inner[:] = X - self.shift
        inner /= self.scale.astype(dtype, copy=False)
        rows[:, len(self.scale) :] = 1 / self.unit
        return rows


@dataclass(frozen=True)
class Laid(Chart):
    """The chart of rows laid out in it: parameters are slopes, and the column of the intercept is one of theirs."""

    is_laid = True

    @classmethod
    def of(cls, chart: Chart) -> Laid:
        """The chart of the rows that ``chart.design`` made."""
        nothing = np.zeros(chart.rows)
        return cls(nothing, nothing + 1.0, chart.unit, chart.intercept, chart.total)

    @property
    def columns(self) -> int:
        return len(self.scale) - self.intercept

    def apply(self, W: Array) -> tuple[Array, Array]:
        return W, np.zeros(W.shape[1])

    def adjoint(self, by_slope: Array, by_offset: Array) -> Array:
        return by_slope

    def inverse(self, slopes: Array, offset: Array) -> Array:
        return slopes

    def design(self, X: Array, dtype: type[np.floating[Any]] = np.float64) -> NDArray[Any]:
        return np.asarray(X, dtype)

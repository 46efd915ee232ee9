"""Newton's system at a point: the Hessian, in double precision or from rounded rows, its factor and what it solves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..ground.cholesky import Cholesky, solved
from .hessian import gauge

Array = NDArray[np.float64]

LEAST, LEAST_SINGLE = 1e-10, 1e-4
"""Curvature along the shift of all outputs, at least, in double and in single precision: the chart's columns have 1."""

WORTH = 1 << 20
"""Multiplications for a Hessian from which single precision saves more than its rounding of the rows costs."""


@dataclass
class Rounding:
    """Whether rounded Hessians serve: until one turns out to lack digits, as all near it would."""

    serves: bool = True


@dataclass(frozen=True)
class System:
    """(H + ridge) D = force, parameters in the order of ``W.T.ravel()``.

    A loss that a shift of all outputs leaves alone is flat along that shift but for the ridge. Less than rounding
    is made up to it: no step changes by more than that, because gradients have no part along the shift but the
    ridge's own, and rounding does not grow there as it does in a singular system.

    Parameters
    ----------
    form : callable
        Forms H, the loss's part: from products in single precision, or not.
    ridge : ndarray of shape (rows, outputs)
        The penalty's part, a diagonal.
    rows : int
        How many dense rows H is a sum over: none where it is made of less than their products.
    rounding : Rounding
        What is known of rounded Hessians nearby; it learns.
    shift_invariant : bool
        Whether H is flat along a shift of all outputs.
    """

    form: Callable[[bool], Array]
    ridge: Array
    rows: int
    rounding: Rounding
    shift_invariant: bool

    @property
    def may_be_rounded(self) -> bool:
        """Whether steps take H from products in single precision: it is worth that, and none has turned out badly."""
        return self.rounding.serves and self.rows * self.ridge.size**2 >= WORTH

    @cached_property
    def hessian(self) -> Array:
        """H + ridge, with the curvature that is made up along the shift of all outputs."""
        return self._whole(self.form(False), LEAST)

    @cached_property
    def rounded(self) -> Array:
        """The same from products in single precision: for steps, where about six digits are enough."""
        return self._whole(self.form(True), LEAST_SINGLE)

    def _whole(self, H: Array, least: float) -> Array:
        H.flat[:: len(H) + 1] += self.ridge.T.ravel()
        if self.shift_invariant:
            m, k = self.ridge.shape
            gauge(H.reshape(k, m, k, m), made_up(self.ridge, least))
        return H

    @cached_property
    def factor(self) -> Cholesky:
        """Cholesky factorisation of the Hessian."""
        return Cholesky.of(self.hessian)

    @cached_property
    def near_factor(self) -> Cholesky:
        """That of the rounded Hessian; of the exact one where so few digits do not do, and from then on."""
        if self.may_be_rounded:
            with suppress(FloatingPointError):
                factor = Cholesky.of(self.rounded)
                if factor.is_sound:
                    return factor
            self.rounding.serves = False
        return self.factor

    def solve(self, force: Array) -> Array:
        """D for a force in the shape of W: by a rounded Hessian where that serves."""
        if not self.may_be_rounded:
            return solved(self.hessian, force.T.ravel()).reshape(force.T.shape).T
        D = self.nearly(force)
        return levelled(D, force, self.ridge) if self.shift_invariant else D

    def nearly(self, force: Array) -> Array:
        """The same by the factor that is kept: of the rounded Hessian, its part along the shift as that has it."""
        return self.near_factor.solve(force.T.ravel()).reshape(force.T.shape).T


def made_up(ridge: Array, least: float = LEAST) -> Array:
    """Curvature along the shift of all outputs that is added for each row of W, where the ridge has less than that."""
    return np.maximum(least - ridge.max(axis=1), 0.0)


def levelled(D: Array, force: Array, ridge: Array) -> Array:
    """D with its part along the shift of all outputs right to the last digit: what the ridge asks for, or nothing."""
    ridge = ridge[:, :1]
    asked = np.divide(force.mean(axis=1)[:, None], ridge, out=np.zeros(ridge.shape), where=ridge > LEAST)
    return D + (asked - D.mean(axis=1)[:, None])

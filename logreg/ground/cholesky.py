"""Solves with symmetric matrices that ought to be positive definite, and are, up to rounding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

JITTERS = (0.0, 1e-14, 1e-13, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1.0)
"""Ridges tried in turn, after scaling to a unit diagonal: the first that makes the matrix positive definite."""

SLIGHT = 2
"""The last of them change a matrix: so many are not tried before its small rows are taken for rounding."""

PIVOT = 4e-16
"""Squared length of what a column of unit length has of its own, at least, for each row: less is rounding, by which
singular matrices often have a factor all the same, and steps that it sends anywhere."""

DOMINANT = 2.0
"""A ridge that makes any symmetric matrix positive definite whose rows have entries of sizes that add up to 1."""

ROUNDING = 1e-14
"""Part of the largest entry of the diagonal that is rounding in any other."""

OWN = 1e-2
"""Part of a column's length that is its own, at least, for a few digits of the others' to tell it from them."""

SMALL = 96
"""Rows up to which NumPy's general inverse is as fast as halves."""

FEW = 300
"""Rows up to which a general solve is quicker than a Cholesky factorisation whose substitutions are made in Python."""

BLOCK = 48
"""Rows whose triangle is inverted at once where a single right side is solved for."""

REFINEMENTS = 2
"""Steps of iterative refinement: they undo the ridge in every direction that has curvature."""


@dataclass(frozen=True)
class Cholesky:
    """A = D L L^T D - ridge, with D the root of the diagonal and the smallest ridge that makes L exist.

    NumPy alone: SciPy's wheels carry a second BLAS with threads of its own, and calling both in
    turn makes either several times slower.
    """

    matrix: Array
    scale: Array
    inverse: Array
    jitter: float
    own: float

    @property
    def is_sound(self) -> bool:
        """Whether a matrix of about six digits tells its inverse: no pivot, what a column has of its own, is small."""
        return self.jitter == 0 and self.own >= OWN

    @classmethod
    def of(cls, matrix: Array) -> Cholesky:
        """Factorise a symmetric positive semidefinite matrix.

        Rows that are small beside others may be what rounding left of a difference, and no part of such a matrix: where
        no ridge does, each row counts for as much as rounding at least; and where all is rounding, for the sum of the
        sizes of its entries, which no eigenvalue exceeds.
        """
        for squares, jitters in cls._scales(matrix):
            scale = np.sqrt(squares)
            unit = matrix / np.multiply.outer(scale, scale)
            for jitter in jitters:
                ridged = unit if jitter == 0 else unit + jitter * np.eye(len(unit))
                lower = _lower(ridged)
                if lower is not None and has_pivots(lower, unit):
                    return cls(matrix, scale, lower_inverse(lower), jitter, float(lower.diagonal().min(initial=1.0)))
        raise FloatingPointError("the matrix is not finite, or far from positive semidefinite")

    @staticmethod
    def _scales(matrix: Array) -> Iterator[tuple[Array, Sequence[float]]]:
        """What rows are divided by, squared, and the ridges that are tried then."""
        diagonal = matrix.diagonal()
        yield np.where(diagonal > 0, diagonal, 1.0), JITTERS[:-SLIGHT]
        least = ROUNDING * diagonal.max(initial=0.0)
        yield np.where(diagonal > least, diagonal, least or 1.0), JITTERS
        sums = np.abs(matrix).sum(axis=1)
        yield np.where(sums > 0, sums, 1.0), (DOMINANT,)

    def solve(self, b: Array) -> Array:
        """A^-1 b for a vector or for columns; with a ridge, refined until it no longer shows."""
        x = self.inner(b)
        for _ in range(REFINEMENTS if self.jitter else 0):
            x = x + self.inner(b - self.matrix @ x)
        return x

    def decrement(self, b: Array) -> float:
        """b^T A^-1 b / 2: what a quadratic with the Hessian A falls by under the force b."""
        return float(b @ self.solve(b)) / 2

    def inner(self, b: Array) -> Array:
        """(A + ridge)^-1 b."""
        scale = self.scale.reshape(-1, *(1,) * (b.ndim - 1))
        return self.inverse.T @ (self.inverse @ (b / scale)) / scale


@dataclass(frozen=True)
class Shrinking:
    """Solves with a matrix and, from the same factor L L^T, with what is left of it without some rows and columns.

    Where the places R are left out, and b is 0 there, L L^T x = b is to hold elsewhere, and x = 0 in R. Lagrange's
    multipliers, added to b in R, do that: with them L^-1 b is less by its projection onto the columns R of L^-1.

    Parameters
    ----------
    inverse : ndarray
        L^-1.
    """

    inverse: Array

    @classmethod
    def of(cls, matrix: Array) -> Shrinking | None:
        """The factor of a symmetric matrix; None where that is not positive definite, up to rounding."""
        lower = _lower(matrix)
        return cls(lower_inverse(lower)) if lower is not None and has_pivots(lower, matrix) else None

    def solve(self, b: Array, without: NDArray[np.intp]) -> Array:
        """x, 0 in the places ``without``."""
        left = b.copy()
        left[without] = 0.0
        inner = self.inverse @ left
        if len(without):
            across = np.linalg.qr(self.inverse[:, without])[0]
            inner = inner - across @ (across.T @ inner)
        x: Array = self.inverse.T @ inner
        x[without] = 0.0
        return x


def solved(matrix: Array, b: Array) -> Array:
    """A^-1 b for one vector: no inverse is formed where the matrix is positive definite as it is."""
    lower = _lower(matrix)
    if lower is None or not has_pivots(lower, matrix):
        return Cholesky.of(matrix).solve(b)
    if len(matrix) <= SMALL:  # NumPy has no triangular solve: here the general one is the quickest
        with suppress(np.linalg.LinAlgError):
            return np.asarray(np.linalg.solve(matrix, b), dtype=np.float64)
    return substituted(lower, b)


def at_once(matrix: Array, b: Array) -> Array:
    """A^-1 b by NumPy's general solve where there are few rows: quicker than a factor with substitutions in Python."""
    if len(matrix) <= FEW:
        with suppress(np.linalg.LinAlgError):
            return np.asarray(np.linalg.solve(matrix, b), dtype=np.float64)
    return solved(matrix, b)


def substituted(lower: Array, b: Array) -> Array:
    """(L L^T)^-1 b, down and up again by blocks of rows."""
    steps, x = list[tuple[slice, Array]](), b.copy()
    for start in range(0, len(lower), BLOCK):
        at = slice(start, min(start + BLOCK, len(lower)))
        inverse = np.asarray(np.linalg.inv(lower[at, at]), dtype=np.float64)
        x[at] = inverse @ (x[at] - lower[at, :start] @ x[:start])
        steps.append((at, inverse))
    for at, inverse in reversed(steps):
        x[at] = inverse.T @ (x[at] - lower[at.stop :, at].T @ x[at.stop :])
    return x


def lower_inverse(lower: Array) -> Array:
    """L^-1 by halves, a third of the work of a general inverse: [A 0; B C]^-1 = [A^-1 0; -C^-1 B A^-1 C^-1]."""
    if len(lower) <= SMALL:
        return np.asarray(np.linalg.inv(lower), dtype=np.float64)
    half, inverse = len(lower) // 2, np.zeros_like(lower)
    top, bottom = slice(None, half), slice(half, None)
    inverse[top, top], inverse[bottom, bottom] = lower_inverse(lower[top, top]), lower_inverse(lower[bottom, bottom])
    inverse[bottom, top] = -inverse[bottom, bottom] @ (lower[bottom, top] @ inverse[top, top])
    return inverse


def has_pivots(lower: Array, matrix: Array) -> bool:
    """Whether each column has more of its own than rounding."""
    own = lower.diagonal()
    return bool((own * own > PIVOT * len(own) * matrix.diagonal()).all())


def _lower(matrix: Array) -> Array | None:
    """L with matrix = L L^T, or None where there is none."""
    try:
        lower = np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)
    except np.linalg.LinAlgError:
        return None
    return lower if np.isfinite(lower).all() else None

"""Solves with symmetric matrices that ought to be positive definite, and are, up to rounding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotrs

Array = NDArray[np.float64]

JITTERS = (0.0, 1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1.0)
"""Ridges tried in turn, as parts of the mean diagonal: the first that lets the factorisation finish."""

REFINEMENTS = 2
"""Steps of iterative refinement: they undo the jitter in every direction that has curvature."""


@dataclass(frozen=True)
class Cholesky:
    """A = L L^T, after scaling to a unit diagonal and adding the smallest ridge that makes it possible."""

    matrix: Array
    scale: Array
    lower: Array
    jitter: float

    @classmethod
    def of(cls, matrix: Array) -> Cholesky:
        """Factorise a symmetric positive semidefinite matrix."""
        diagonal = matrix.diagonal()
        scale = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
        unit = np.asfortranarray(matrix / np.multiply.outer(scale, scale))
        for jitter in JITTERS:
            lower, failed = dpotrf(unit + jitter * np.eye(len(unit)), lower=1, overwrite_a=1)
            if not failed and np.isfinite(lower).all():
                return cls(matrix, scale, lower, jitter)
        raise FloatingPointError("the matrix is not finite, or far from positive semidefinite")

    def solve(self, b: Array) -> Array:
        """A^-1 b; with a jitter, refined until the ridge no longer shows."""
        x = self.inner(b)
        for _ in range(REFINEMENTS if self.jitter else 0):
            x = x + self.inner(b - self.matrix @ x)
        return x

    def inner(self, b: Array) -> Array:
        """(A + ridge)^-1 b."""
        x, _ = dpotrs(self.lower, b / self.scale, lower=1)
        return np.asarray(x, dtype=np.float64).reshape(b.shape) / self.scale

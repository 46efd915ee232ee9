"""celer: working sets with extrapolated dual points, for L1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from ..contestant import Contestant
from ..judge import Solution
from ..problem import Problem

COLUMN = 1e8  # the constant of the column that is the intercept: its penalty is |b| / COLUMN


class Celer(Contestant):
    """``tol`` is a duality gap, relative to the loss at zero.

    It has no intercept, but its steps along single coefficients do not feel the scale of a column.
    """

    package: ClassVar[str] = "celer"
    multiclass: ClassVar[bool] = False

    @property
    def penalties(self) -> frozenset[str]:
        """L1 alone."""
        return frozenset({"l1"})

    def prepare(self, problem: Problem) -> Any:
        """By columns, a constant one at the end, with targets of -1 and 1."""
        signs = 2.0 * problem.y - 1
        column = np.full((problem.shape[0], int(problem.fit_intercept)), COLUMN)
        if problem.is_sparse:
            return sparse.hstack([problem.X, sparse.csr_matrix(column)], format="csc"), signs
        return np.asfortranarray(np.hstack([problem.X, column])), signs

    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        """A path of one point: its estimator does no more."""
        return self.path(problem, prepared, tol, [problem.C])[0]

    def path(self, problem: Problem, prepared: Any, tol: float, Cs: Sequence[float]) -> Sequence[Solution]:
        """Its path of proximal Newton steps, from the strongest penalty on."""
        from celer import celer_path

        X, signs = prepared
        alphas = 1 / np.asarray(Cs)
        _, coefs, _ = celer_path(X, signs, "logreg", alphas=alphas, tol=tol, max_iter=10_000, use_PN=True)
        p = problem.shape[1]
        return [Solution(w[None, :p], COLUMN * w[p:].sum(keepdims=True)) for w in coefs.T]


contestants = [Celer("celer")]

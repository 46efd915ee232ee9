"""skglm: working sets and proximal Newton, compiled by numba."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..contestant import Contestant
from ..judge import Solution
from ..problem import Problem


class Skglm(Contestant):
    """Its objective is the mean loss plus ``alpha`` times the penalty: alpha = 1 / (C n)."""

    package: ClassVar[str] = "skglm"
    multiclass: ClassVar[bool] = False

    @property
    def penalties(self) -> frozenset[str]:
        """All of them: its elastic net at a mixture of zero is the ridge."""
        return frozenset({"none", "l2", "l1", "elastic-net"})

    def prepare(self, problem: Problem) -> Any:
        """By columns, with targets of -1 and 1."""
        signs = 2.0 * problem.y - 1
        return (problem.X.tocsc() if problem.is_sparse else np.asfortranarray(problem.X)), signs

    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        """Fit by proximal Newton."""
        from skglm import GeneralizedLinearEstimator
        from skglm.datafits import Logistic
        from skglm.penalties import L1_plus_L2
        from skglm.solvers import ProxNewton

        X, y = prepared
        model = GeneralizedLinearEstimator(
            Logistic(),
            L1_plus_L2(1 / (problem.C * len(y)), problem.l1_ratio),
            ProxNewton(max_iter=10_000, tol=tol, fit_intercept=problem.fit_intercept),
        ).fit(X, y)
        return Solution(np.atleast_2d(model.coef_), np.atleast_1d(model.intercept_))


contestants = [Skglm("skglm")]

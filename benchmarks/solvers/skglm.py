"""skglm: working sets and proximal Newton, compiled by numba."""

from __future__ import annotations

from collections.abc import Sequence
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
        """A path of one point."""
        return self.path(problem, prepared, tol, [problem.C])[0]

    def path(self, problem: Problem, prepared: Any, tol: float, Cs: Sequence[float]) -> Sequence[Solution]:
        """Fits by proximal Newton, each from the solution before."""
        from skglm import GeneralizedLinearEstimator
        from skglm.datafits import Logistic
        from skglm.penalties import L1_plus_L2
        from skglm.solvers import ProxNewton

        X, y = prepared
        solver = ProxNewton(max_iter=10_000, tol=tol, fit_intercept=problem.fit_intercept, warm_start=True)
        model = GeneralizedLinearEstimator(Logistic(), None, solver)
        solutions = []
        for C in Cs:
            model.penalty = L1_plus_L2(1 / (C * len(y)), problem.l1_ratio)
            model.fit(X, y)
            solutions.append(Solution(np.array(model.coef_, ndmin=2), np.array(model.intercept_, ndmin=1)))
        return solutions


contestants = [Skglm("skglm")]

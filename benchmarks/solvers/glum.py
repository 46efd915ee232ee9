"""glum: generalised linear models by iteratively reweighted least squares, categories kept as codes by tabmat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..contestant import Contestant
from ..judge import Solution
from ..problem import Problem


@dataclass(frozen=True)
class Glum(Contestant):
    """Its objective is the mean loss plus ``alpha`` times the penalty: alpha = 1 / (C n)."""

    as_codes: bool = False
    package: ClassVar[str] = "glum"
    multiclass: ClassVar[bool] = False

    @property
    def penalties(self) -> frozenset[str]:
        """All of them."""
        return frozenset({"none", "l2", "l1", "elastic-net"})

    @property
    def max_parameters(self) -> float:
        """It holds the full Hessian."""
        return 10_000

    def refuses(self, problem: Problem) -> str | None:
        """Codes need categories."""
        if self.as_codes and problem.frame is None:
            return "the data have no categories"
        return super().refuses(problem)

    def prepare(self, problem: Problem) -> Any:
        """Dense in Fortran order, sparse by columns, a frame as tabmat's categorical matrices."""
        import tabmat

        y = problem.y.astype(np.float64)
        if self.as_codes and problem.frame is not None:
            return tabmat.from_df(problem.frame, cat_threshold=0), y
        return (problem.X.tocsc() if problem.is_sparse else np.asfortranarray(problem.X)), y

    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        """Fit with the solver it chooses for the penalty."""
        from glum import GeneralizedLinearRegressor

        X, y = prepared
        model = GeneralizedLinearRegressor(
            family="binomial",
            alpha=1 / (problem.C * len(y)),
            l1_ratio=problem.l1_ratio,
            fit_intercept=problem.fit_intercept,
            gradient_tol=tol,
            max_iter=10_000,
        ).fit(X, y)
        return Solution(model.coef_[None], np.atleast_1d(model.intercept_))


contestants = [Glum("glum"), Glum("glum/categorical", as_codes=True)]

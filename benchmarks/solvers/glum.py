"""glum: generalised linear models by iteratively reweighted least squares, categories kept as codes by tabmat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..categories import Categories
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
        if self.as_codes and problem.categories is None:
            return "the data have no categories"
        return super().refuses(problem)

    def prepare(self, problem: Problem) -> Any:
        """Dense in Fortran order, sparse by columns, categories as tabmat's matrices of codes."""
        y = problem.y.astype(np.float64)
        if self.as_codes and problem.categories is not None:
            return _coded(problem.categories), y
        return (problem.X.tocsc() if problem.is_sparse else np.asfortranarray(problem.X)), y

    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        """Fit with the solver it chooses for the penalty."""
        X, y = prepared
        model = _model(problem, tol, alpha=1 / (problem.C * len(y))).fit(X, y)
        return Solution(model.coef_[None], np.atleast_1d(model.intercept_))

    def path(self, problem: Problem, prepared: Any, tol: float, Cs: Sequence[float]) -> Sequence[Solution]:
        """Its own search over alpha, from the strongest penalty on."""
        X, y = prepared
        model = _model(problem, tol, alpha_search=True, alphas=1 / (np.asarray(Cs) * len(y))).fit(X, y)
        pairs = zip(model.coef_path_, model.intercept_path_, strict=True)
        return [Solution(coef[None], np.atleast_1d(intercept)) for coef, intercept in pairs]


def _model(problem: Problem, tol: float, **penalty: Any) -> Any:
    from glum import GeneralizedLinearRegressor

    return GeneralizedLinearRegressor(
        family="binomial",
        l1_ratio=problem.l1_ratio,
        fit_intercept=problem.fit_intercept,
        gradient_tol=tol,
        max_iter=10_000,
        **penalty,
    )


def _coded(table: Categories) -> Any:
    """Numbers, then one matrix of codes a category; a row without a level has none of its indicators."""
    from tabmat import CategoricalMatrix, DenseMatrix, SplitMatrix

    codes = [
        CategoricalMatrix(column, categories=np.arange(size), cat_missing_method="zero")
        for column, size in zip(table.codes.T, table.sizes, strict=True)
    ]
    return SplitMatrix([DenseMatrix(np.asfortranarray(table.numeric)), *codes])


contestants = [Glum("glum"), Glum("glum/categorical", as_codes=True)]

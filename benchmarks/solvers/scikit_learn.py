"""scikit-learn's six solvers of logistic regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..contestant import UNLIMITED, Contestant
from ..judge import Solution
from ..problem import Problem

SMOOTH = frozenset({"none", "l2"})
TAKES = {
    "lbfgs": SMOOTH,
    "newton-cg": SMOOTH,
    "newton-cholesky": SMOOTH,
    "sag": SMOOTH,
    "saga": SMOOTH | {"l1", "elastic-net"},
}
SQUARE = 10_000  # parameters whose squared matrix still fits in memory


@dataclass(frozen=True)
class ScikitLearn(Contestant):
    """`sklearn.linear_model.LogisticRegression`; ``tol`` means something else in each of its solvers."""

    solver: str = "lbfgs"
    package: ClassVar[str] = "scikit-learn"

    @property
    def penalties(self) -> frozenset[str]:
        """As its solver minimises them."""
        return TAKES[self.solver]

    @property
    def max_parameters(self) -> float:
        """Newton with Cholesky holds the full Hessian."""
        return SQUARE if self.solver == "newton-cholesky" else float("inf")

    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        """Fit with the solver of this contestant."""
        return fit_estimator(problem, prepared, solver=self.solver, tol=tol)


@dataclass(frozen=True)
class Liblinear(Contestant):
    """liblinear penalises its intercept as one more coefficient, on a column of the constant ``intercept_scaling``.

    The penalty it adds is ``(b / intercept_scaling)^2 / 2``: at ten thousand the judge cannot see it. A larger
    constant makes the column worse conditioned, so this is the smallest power of ten that reaches 1e-9.
    """

    package: ClassVar[str] = "scikit-learn"
    multiclass: ClassVar[bool] = False

    @property
    def penalties(self) -> frozenset[str]:
        """The penalised two: it has no way to leave the penalty out, and no mixture."""
        return frozenset({"l2", "l1"})

    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        """Fit the primal problem."""
        return fit_estimator(problem, prepared, solver="liblinear", tol=tol, intercept_scaling=1e4)


def fit_estimator(problem: Problem, prepared: Any, **options: Any) -> Solution:
    """Fit scikit-learn's estimator with the problem's penalty."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=problem.C,
        l1_ratio=problem.l1_ratio,
        fit_intercept=problem.fit_intercept,
        max_iter=UNLIMITED,
        random_state=0,
        **options,
    ).fit(*prepared)
    return Solution(model.coef_, np.atleast_1d(model.intercept_))


contestants: list[Contestant] = [ScikitLearn(f"sklearn/{solver}", solver=solver) for solver in TAKES]
contestants += [Liblinear("sklearn/liblinear")]

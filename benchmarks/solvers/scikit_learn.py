"""scikit-learn's six solvers of logistic regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..contestant import UNLIMITED, Contestant, tuned
from ..judge import Solution
from ..problem import Problem
from ..tasks import CrossValidation

SMOOTH = frozenset({"none", "l2"})
TAKES = {
    "lbfgs": SMOOTH,
    "newton-cg": SMOOTH,
    "newton-cholesky": SMOOTH,
    "sag": SMOOTH,
    "saga": SMOOTH | {"l1", "elastic-net"},
}
SQUARE = 10_000  # parameters whose squared matrix still fits in memory


def options(solver: str, tol: float) -> dict[str, Any]:
    """What is the same for one fit and for many."""
    return {"solver": solver, "tol": tol, "max_iter": UNLIMITED, "random_state": 0}


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
        return self.path(problem, prepared, tol, [problem.C])[0]

    def path(self, problem: Problem, prepared: Any, tol: float, Cs: Sequence[float]) -> Sequence[Solution]:
        """Fits one after the other, each from the solution before: it offers no more outside of its CV estimator."""
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(
            l1_ratio=problem.l1_ratio,
            fit_intercept=problem.fit_intercept,
            warm_start=True,
            **options(self.solver, tol),
            **self.further,
        )
        solutions = []
        for C in Cs:
            model.set_params(C=C).fit(*prepared)
            solutions.append(Solution(np.array(model.coef_), np.array(model.intercept_, ndmin=1)))
        return solutions

    def cross_validate(self, problem: Problem, prepared: Any, tol: float, task: CrossValidation) -> Sequence[Solution]:
        """`LogisticRegressionCV`, scored by log loss."""
        from sklearn.linear_model import LogisticRegressionCV

        return tuned(LogisticRegressionCV, problem, prepared, task, **options(self.solver, tol), **self.further)

    @property
    def further(self) -> dict[str, Any]:
        """Options of this solver alone."""
        return {}


@dataclass(frozen=True)
class Liblinear(ScikitLearn):
    """liblinear penalises its intercept as one more coefficient, on a column of the constant ``intercept_scaling``.

    The penalty it adds is ``(b / intercept_scaling)^2 / 2``: at ten thousand the judge cannot see it. A larger
    constant makes the column worse conditioned, so this is the smallest power of ten that reaches 1e-9.
    """

    multiclass: ClassVar[bool] = False

    @property
    def penalties(self) -> frozenset[str]:
        """The penalised two: it has no way to leave the penalty out, and no mixture."""
        return frozenset({"l2", "l1"})

    @property
    def further(self) -> dict[str, Any]:
        """The constant column."""
        return {"intercept_scaling": 1e4}


contestants: list[Contestant] = [ScikitLearn(f"sklearn/{solver}", solver=solver) for solver in TAKES]
contestants += [Liblinear("sklearn/liblinear", solver="liblinear")]

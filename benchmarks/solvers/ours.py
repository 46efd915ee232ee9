"""The project's own trainer: ``auto``, and each solver by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any, ClassVar

from ..contestant import UNLIMITED, Contestant, tuned
from ..judge import Solution
from ..problem import Problem
from ..tasks import SINGLE, CrossValidation

SMOOTH = frozenset({"none", "l2"})
ANY = SMOOTH | {"l1", "elastic-net"}
TAKES = {
    "auto": ANY,
    "sampled": SMOOTH,
    "gradient-descent": SMOOTH,
    "accelerated": ANY,
    "lbfgs": SMOOTH,
    "newton-cg": SMOOTH,
    "newton-cholesky": SMOOTH,
    "newton": SMOOTH,
}  # what each solver minimises
SQUARE = 10_000  # parameters whose squared matrix still fits in memory


@dataclass(frozen=True)
class Ours(Contestant):
    """`logreg.LogisticRegression`; ``tol`` is the certified relative excess of the objective."""

    solver: str = "auto"
    package: ClassVar[str] = "logreg"
    ladder: ClassVar[tuple[float, ...]] = tuple(10.0**-k for k in range(1, 13))

    @property
    def penalties(self) -> frozenset[str]:
        """As its solver minimises them."""
        return TAKES[self.solver]

    @property
    def max_parameters(self) -> float:
        """Newton's method holds the full Hessian."""
        return SQUARE if self.solver in ("newton", "newton-cholesky") else float("inf")

    def refuses(self, problem: Problem) -> str | None:
        """Paths and cross-validations choose their solver themselves."""
        if problem.task != SINGLE and self.solver != "auto":
            return "takes part in single fits"
        return super().refuses(problem)

    def version(self) -> str | None:
        """The installed version, or that it runs from the checkout."""
        if not find_spec("logreg") or not find_spec("logreg.estimators"):
            return None
        try:
            return version("logreg")
        except PackageNotFoundError:
            return "checkout"

    def prepare(self, problem: Problem) -> Any:
        """Categories stay codes; everything else is taken as it is."""
        if problem.categories is None:
            return problem.X, problem.y
        from logreg.data.codes import Coded

        table = problem.categories
        return Coded(table.numeric, table.codes, table.sizes), problem.y

    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        """Fit; the whole call is timed, the estimator's checks of the input included."""
        X, y = prepared
        options: dict[str, Any] = {
            "l1_ratio": problem.l1_ratio,
            "fit_intercept": problem.fit_intercept,
            "solver": self.solver,
            "tol": tol,
            "max_iter": UNLIMITED,
            "random_state": 0,
        }
        if problem.categories is not None:
            from logreg.data.arrays import Arrays
            from logreg.fit import fit
            from logreg.options import Options

            found = fit(Arrays(X, y), problem.n_classes, Options(**options), C=problem.C)
            return Solution(found.coef, found.intercept)
        from logreg import LogisticRegression

        model = LogisticRegression(C=problem.C, **options).fit(X, y)
        return Solution(model.coef_, model.intercept_)

    def path(self, problem: Problem, prepared: Any, tol: float, Cs: Sequence[float]) -> Sequence[Solution]:
        """`logreg.logistic_path`."""
        from logreg import logistic_path

        X, y = prepared
        found = logistic_path(
            X, y, Cs=Cs, l1_ratio=problem.l1_ratio, fit_intercept=problem.fit_intercept, tol=tol, max_iter=UNLIMITED
        )
        return [Solution(coef, intercept) for coef, intercept in zip(found.coefs, found.intercepts, strict=True)]

    def cross_validate(self, problem: Problem, prepared: Any, tol: float, task: CrossValidation) -> Sequence[Solution]:
        """`logreg.LogisticRegressionCV`, scored by log loss."""
        from logreg import LogisticRegressionCV

        options: dict[str, Any] = {"tol": tol, "max_iter": UNLIMITED, "random_state": 0}
        return tuned(LogisticRegressionCV, problem, prepared, task, **options)


contestants = [Ours("logreg")] + [Ours(f"logreg/{solver}", solver=solver) for solver in TAKES if solver != "auto"]

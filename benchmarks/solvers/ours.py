"""The project's own estimator: ``auto``, and each solver by name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any, ClassVar

from ..contestant import UNLIMITED, Contestant
from ..judge import Solution
from ..problem import Problem

SMOOTH = frozenset({"none", "l2"})
ANY = SMOOTH | {"l1", "elastic-net"}
TAKES = {
    "auto": ANY,
    "gradient-descent": SMOOTH,
    "accelerated": ANY,
    "lbfgs": SMOOTH,
    "newton-cg": SMOOTH,
    "newton-cholesky": SMOOTH,
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
        """Newton with Cholesky holds the full Hessian."""
        return SQUARE if self.solver == "newton-cholesky" else float("inf")

    def version(self) -> str | None:
        """The installed version, or that it runs from the checkout."""
        if not find_spec("logreg") or not find_spec("logreg.estimators"):
            return None
        try:
            return version("logreg")
        except PackageNotFoundError:
            return "checkout"

    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        """Fit; the whole call of the estimator is timed, its checks of the input included."""
        from logreg import LogisticRegression

        model = LogisticRegression(
            C=problem.C,
            l1_ratio=problem.l1_ratio,
            fit_intercept=problem.fit_intercept,
            solver=self.solver,
            tol=tol,
            max_iter=UNLIMITED,
            random_state=0,
        ).fit(*prepared)
        return Solution(model.coef_, model.intercept_)


contestants = [Ours("logreg")] + [Ours(f"logreg/{solver}", solver=solver) for solver in TAKES if solver != "auto"]

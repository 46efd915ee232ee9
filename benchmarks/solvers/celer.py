"""celer: working sets with extrapolated dual points, for L1 without an intercept."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..contestant import Contestant
from ..judge import Solution
from ..problem import Problem


class Celer(Contestant):
    """``tol`` is a duality gap, relative to the loss at zero."""

    package: ClassVar[str] = "celer"
    multiclass: ClassVar[bool] = False
    intercept: ClassVar[bool] = False

    @property
    def penalties(self) -> frozenset[str]:
        """L1 alone."""
        return frozenset({"l1"})

    def prepare(self, problem: Problem) -> Any:
        """By columns."""
        return (problem.X.tocsc() if problem.is_sparse else np.asfortranarray(problem.X)), problem.y

    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        """Fit by working sets."""
        from celer import LogisticRegression

        model = LogisticRegression(C=problem.C, tol=tol, max_iter=10_000).fit(*prepared)
        return Solution(np.atleast_2d(model.coef_), np.zeros(1))


contestants = [Celer("celer")]

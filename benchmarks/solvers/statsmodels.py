"""statsmodels: Newton's method for Logit and MNLogit, without a penalty."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..contestant import Contestant
from ..judge import Solution
from ..problem import Problem


class Statsmodels(Contestant):
    """Maximum likelihood only: its ridge takes no tolerance, so that it cannot be driven to an accuracy.

    MNLogit holds the first class at zero: a column of zeros in front makes it a softmax.
    """

    package: ClassVar[str] = "statsmodels"
    sparse: ClassVar[bool] = False

    @property
    def penalties(self) -> frozenset[str]:
        """None."""
        return frozenset({"none"})

    @property
    def max_parameters(self) -> float:
        """It holds the full Hessian."""
        return 10_000

    def prepare(self, problem: Problem) -> Any:
        """A column of ones in front is its intercept."""
        ones = np.ones((problem.shape[0], int(problem.fit_intercept)))
        return np.hstack([ones, problem.X]), problem.y

    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        """Fit by Newton's method, its covariance included: it has no fit without."""
        from statsmodels.api import Logit, MNLogit

        X, y = prepared
        model = Logit if problem.n_classes == 2 else MNLogit
        params = model(y, X).fit(method="newton", maxiter=1000, tol=tol, disp=0).params
        rows = np.reshape(params, (X.shape[1], -1)).T
        if problem.n_classes > 2:
            rows = np.vstack([np.zeros(X.shape[1]), rows])
        first = int(problem.fit_intercept)
        return Solution(rows[:, first:], rows[:, 0] * first)


contestants = [Statsmodels("statsmodels")]

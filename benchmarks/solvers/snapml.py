"""Snap ML: parallel coordinate descent in compiled code, for two classes."""

from __future__ import annotations

import os
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from ..contestant import UNLIMITED, Contestant
from ..judge import Solution
from ..problem import Problem, standard

COLUMN = 1e4  # the constant of the column that is the intercept: its penalty is (b / COLUMN)^2 / 2


class SnapML(Contestant):
    """Sum of losses plus ``regularizer`` times the penalty: regularizer = 1 / C.

    It solves the primal: its dual stops short of the accuracies asked for here. The intercept is a column
    of our own, as the fitted ``intercept_`` leaves out its scaling. Several classes are one against the rest.
    """

    package: ClassVar[str] = "snapml"
    multiclass: ClassVar[bool] = False

    @property
    def penalties(self) -> frozenset[str]:
        """The penalised two."""
        return frozenset({"l2", "l1"})

    def prepare(self, problem: Problem) -> Any:
        """A constant column at the end is the intercept."""
        column = np.full((problem.shape[0], int(problem.fit_intercept)), COLUMN)
        if problem.is_sparse:
            return standard(sparse.hstack([problem.X, sparse.csr_matrix(column)])), problem.y
        return np.hstack([problem.X, column]), problem.y

    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        """Fit on all cores."""
        from snapml import LogisticRegression

        model = LogisticRegression(
            regularizer=1 / problem.C,
            penalty=problem.penalty,
            dual=False,
            tol=tol,
            max_iter=UNLIMITED,
            n_jobs=os.cpu_count() or 1,
        ).fit(*prepared)
        w = np.reshape(model.coef_, (1, -1))
        p = problem.shape[1]
        return Solution(w[:, :p], COLUMN * w[:, p:].sum(axis=1))


contestants = [SnapML("snapml")]

"""adelie: pathwise block coordinate descent in C++."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..contestant import UNLIMITED, Contestant
from ..judge import Solution
from ..problem import Problem


class Adelie(Contestant):
    """Its objective is the mean loss, divided by K for softmax, plus lambda times the penalty.

    Several classes are one group a column in its own design; ungrouped with alpha = 0 this is the ridge.
    """

    package: ClassVar[str] = "adelie"
    sparse: ClassVar[bool] = False
    in_extra: ClassVar[bool] = False  # it needs NumPy 1

    @property
    def penalties(self) -> frozenset[str]:
        """All of them; elastic net and L1 on single coefficients for two classes only."""
        return frozenset({"none", "l2", "l1", "elastic-net"})

    def refuses(self, problem: Problem) -> str | None:
        """Its groups tie the classes together, so that L1 of several classes is another penalty."""
        if problem.n_classes > 2 and problem.l1_ratio > 0 and problem.penalty != "none":
            return "its L1 for several classes is a group penalty"
        return super().refuses(problem)

    def prepare(self, problem: Problem) -> Any:
        """By columns, with its own object for the loss."""
        import adelie

        X = np.asfortranarray(problem.X)
        if problem.n_classes == 2:
            return X, adelie.glm.binomial(problem.y.astype(np.float64))
        return X, adelie.glm.multinomial(np.eye(problem.n_classes)[problem.y])

    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        """A path of one point."""
        return self.path(problem, prepared, tol, [problem.C])[0]

    def path(self, problem: Problem, prepared: Any, tol: float, Cs: Sequence[float]) -> Sequence[Solution]:
        """Its path, from the strongest penalty on."""
        from adelie import grpnet

        X, glm = prepared
        K = problem.n_classes if problem.n_classes > 2 else 1
        state = grpnet(
            X,
            glm,
            alpha=problem.l1_ratio,
            penalty=np.ones(problem.shape[1]),
            lmda_path=[1 / (C * problem.shape[0] * K) for C in Cs],
            intercept=problem.fit_intercept,
            tol=tol,
            irls_tol=tol,
            max_iters=UNLIMITED,
            early_exit=False,
            n_threads=os.cpu_count() or 1,
            progress_bar=False,
        )
        coefs = state.betas.toarray()
        pairs = zip(coefs.reshape(len(coefs), -1, K), state.intercepts, strict=True)
        return [Solution(w.T, np.reshape(b, K)) for w, b in pairs]


contestants = [Adelie("adelie")]

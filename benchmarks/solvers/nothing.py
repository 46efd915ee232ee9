"""The contestant that does nothing: its seconds are what the harness itself costs."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..contestant import Contestant
from ..judge import Solution
from ..problem import Problem


class Nothing(Contestant):
    """Hands in zeros: it needs no library and reaches no level."""

    package: ClassVar[str] = "numpy"
    ladder: ClassVar[tuple[float, ...]] = (1.0,)

    @property
    def penalties(self) -> frozenset[str]:
        """Zeros suit every penalty."""
        return frozenset({"none", "l2", "l1", "elastic-net"})

    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        """Zeros of the right shape."""
        outputs = 1 if problem.n_classes == 2 else problem.n_classes
        return Solution(np.zeros((outputs, problem.shape[1])), np.zeros(outputs))


contestants = [Nothing("nothing")]

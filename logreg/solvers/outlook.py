"""Where the problems of a path begin: where the last one ended, or as far ahead as that one moved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..problem import prices
from ..problem.objective import Objective, Point

Array = NDArray[np.float64]

FEW_NUMBERS = 1 << 17
"""Numbers of X up to which a look ahead costs less than the step that it may save ..."""

MORE = 1.5
"""... and problems begun without one have taken more steps than this."""


class Outlook:
    """Coefficients change evenly along a path, so that a look ahead may save a step: it is taken where that pays."""

    def __init__(self) -> None:
        self.last: Array | None = None
        self.move: Array | None = None  # until the problem has begun
        self.problems, self.steps, self.is_plain = 0, 0, True  # those begun without a look

    def turn_to(self, W: Array) -> None:
        """Begin with the problem that starts where the last one ended."""
        self.move, self.last = W - (W if self.last is None else self.last), W

    def begin(self, point: Point, rows: NDArray[np.intp], size: int) -> Point:
        """Where to begin over some rows of W, of which so many entries may move; a point on the way stays as it is."""
        if self.move is None:
            return point
        move, self.move = self.move[rows], None
        self.is_plain = not self.pays(point.objective, size)
        self.problems += self.is_plain
        return point if self.is_plain else ahead(point, move)

    def pays(self, objective: Objective, size: int) -> bool:
        """Whether a look costs less than a step, and problems begun without one take more steps than they might."""
        is_cheap = objective.data.stored <= FEW_NUMBERS or prices.over(objective, size, 0) >= 1
        return is_cheap and self.steps > MORE * self.problems

    def count(self) -> None:
        """Take note of a step."""
        self.steps += self.is_plain


def ahead(point: Point, move: Array) -> Point:
    """The point after a move that no block makes from zero, or across it; or itself where that is no lower."""
    W, penalty = point.W + move, point.objective.penalty
    stay = penalty.at_zero(point.W) | penalty.crossed(point.W, W)
    new = point.objective.at(np.where(stay, 0.0, W))
    return new if new.value < point.value else point

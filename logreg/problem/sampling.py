"""The objective over some of its rows: drawn at random, rows that matter more with a greater chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import prices
from .layout import laid, worth
from .objective import Objective

LAID = 1 << 23
"""Numbers up to which a sample's rows are laid out in the chart: 32 MB in single precision."""

FEW = 400_000
"""Numbers in a pass, one for each output, up to which samples cost more than they save."""

SETTLED = 0.3
"""A sample is solved to this part of the excess that sampling itself leaves."""

ROOM = 1.5
"""A draw serves where up to so many times fewer rows are asked for: to draw anew costs about a pass."""


def sampling_pays(objective: Objective) -> bool:
    """Whether there is enough of the data for samples to save more than they cost."""
    return prices.stored(objective) > FEW


def draw(objective: Objective, count: int, rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """About so many random rows, and the chance that each had: in proportion to its leverage."""
    chance = np.minimum(1.0, objective.leverage * (count / objective.leverage.sum()))
    rows = np.flatnonzero(rng.random(len(chance)) < chance)
    return rows, chance[rows]


def sample(objective: Objective, count: int, rng: np.random.Generator) -> Objective:
    """The objective over about so many random rows, weighted to stand for all."""
    rows, chance = draw(objective, count, rng)
    part = replace(objective, data=objective.data.take(rows, 1 / chance))
    return laid(part, worth(part, LAID), single=True)


def subset(objective: Objective, count: int, rng: np.random.Generator) -> Objective:
    """The objective over about so many random rows alone."""
    rows, _ = draw(objective, count, rng)
    return laid(replace(objective, data=objective.data.take(rows)), LAID)


class Draws:
    """Rows drawn once, for all objectives that differ in their penalty alone.

    Parameters
    ----------
    of : callable
        ``sample`` or ``subset``.
    seed : int
        The same seed draws the same rows.
    """

    def __init__(self, of: Callable[[Objective, int, np.random.Generator], Objective], seed: int) -> None:
        self.of, self.seed, self.drawn = of, seed, dict[int, Objective]()

    def rows(self, objective: Objective, count: int) -> Objective:
        """The objective over about so many of the rows, or over somewhat more that are drawn already."""
        known = min((drawn for drawn in self.drawn if count <= drawn <= ROOM * count), default=None)
        if known is None:
            known, rng = count, np.random.default_rng([self.seed, count])
            self.drawn[count] = self.of(objective, count, rng)
        return replace(self.drawn[known], penalty=objective.penalty)

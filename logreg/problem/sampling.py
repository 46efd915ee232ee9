"""The objective over some of its rows: drawn at random, rows that matter more with a greater chance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .layout import laid, worth
from .objective import Objective

LAID = 1 << 23
"""Numbers up to which a sample's rows are laid out in the chart: 32 MB in single precision."""


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

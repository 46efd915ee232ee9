r"""The solver for a path of penalties with kinks: what is known of one problem is carried over to the next.

Along a path F / C = sum of losses + R / C: rows, chart and losses stay, the penalty alone falls. So loss, gradient and
Hessian at the end of one problem are those at the start of the next. Blocks whose gradient is below 2 l' - l are left
out, l and l' being the last and the next strength (the sequential strong rule: Tibshirani et al. 2012): gradients
rarely change faster than the penalty. That is no proof; so all gradients are looked at before the point is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..problem.certifier import Certifier
from ..problem.objective import Objective, Point
from .base import Solver
from .mender import support
from .outlook import Outlook
from .proof import OnSupport, asks
from .proximal_newton import ProximalNewton
from .restriction import embed, parameters, restrict

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

FEW = 200
"""Parameters up to which all of them are worked on at once."""

STEPS = 20
"""Steps over a working set, at most."""

ENOUGH = 0.3
"""Part of the tolerance to which a working set is minimised."""

AHEAD = 3
"""A new working set serves for so many problems, if their strengths fall alike."""

LEAST = 1e-3
"""Part of the strength below which the strong rule leaves nothing out."""


class Homotopy(Solver):
    """Proximal Newton steps on working sets that the strong rule chooses.

    Parameters
    ----------
    seed : int
        Seed of the samples.
    """

    proximal = follows = True

    def __init__(self, seed: int) -> None:
        self.newton, self.ratio = ProximalNewton(seed), 1.0
        self.entries, self.tol = np.zeros((0, 1), dtype=np.bool_), 0.0
        self.proof: OnSupport | None = None
        self.columns, self.narrow = np.array([-1]), list[Objective]()
        self.outlook = Outlook()
        self.shrink = 1.0  # the second step's fall as part of the first one's, as the last problem had it

    def after(self, ratio: float) -> Solver:
        """Itself, with all that it learned."""
        self.ratio = ratio
        self.newton.resume()
        return self

    def certifier(self, objective: Objective, tol: float, *, warm: bool) -> Certifier:
        """One that knows the Hessian that the last one knew."""
        new = OnSupport(objective, tol, warm)
        self.proof, self.tol = new if self.proof is None else new.after(self.proof), tol
        return self.proof

    def steps(self, start: Point) -> Iterator[Point]:
        """Points on all columns, one for each working set."""
        point, self.entries = start, self.screened(start)
        self.outlook.turn_to(start.W)
        while True:
            yield point
            self.shrink = self.shrink if point is start else 1.0  # no proof came of it
            new = self.advance(point)
            left_out = asks(new, 1.0) & ~self.entries
            if new is point and not left_out.any():
                return
            point, self.entries = new, self.entries | left_out

    def screened(self, point: Point) -> Mask:
        """The support, and the blocks that the strong rule keeps: the last working set, if they are in it."""
        if point.objective.size <= FEW:
            return np.ones(point.W.shape, dtype=np.bool_)
        now, soon = (support(point) | asks(point, max(2 - self.ratio**many, LEAST)) for many in (1, AHEAD))
        known = self.entries
        serves = known.shape == now.shape and not (now & ~known).any() and 2 * soon.sum() >= known.sum()
        return known if serves else soon

    def advance(self, point: Point) -> Point:
        """The point after steps over the working set, or itself where none pays; those over all columns are one."""
        part, rows = self.restricted(point.objective)
        self.newton.turn_to(self.entries)
        start, inner = point if part is point.objective else point.within(part, rows), self.entries[rows]
        here, last = self.outlook.begin(start, rows, int(inner.sum())), np.inf
        for _ in range(1 if start is point else STEPS):
            self.outlook.count()
            new = self.newton.step(here, inner)
            if new is None:
                break
            here, fall = new, self.newton.foretold
            self.shrink = min(fall / last, 1.0) if last < np.inf else self.shrink
            if fall * self.shrink <= ENOUGH * self.tol * here.value:
                break
            last = fall
        if here is start:
            return point
        return here if start is point else here.over(point.objective, embed(point.objective, self.columns, here.W))

    def restricted(self, objective: Objective) -> tuple[Objective, NDArray[np.intp]]:
        """The problem over the columns of the working set, their entries of the last one if they are the same."""
        columns = np.flatnonzero(self.entries[: objective.chart.columns].any(axis=1))
        rows = parameters(objective, columns)
        if not np.array_equal(columns, self.columns):
            self.columns, self.narrow = columns, [restrict(objective, columns)]
        if len(columns) == objective.chart.columns:
            return objective, rows
        return replace(self.narrow[0], penalty=objective.penalty.rows(rows)), rows

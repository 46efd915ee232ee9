"""One contestant on its way down its ladder of tolerances, and the record of how it went."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from . import judge
from .contestant import Contestant
from .judge import LEVELS, Fit, Values, excess
from .problem import Problem
from .worker import LostError, Worker

STALLED = 1e-12  # relative: three rungs within this of each other, at tolerances below TIGHT, go nowhere
TIGHT = 1e-6
BUDGET = 4.0  # a ladder ends once its fits have taken so many times the limit of one


@dataclass(frozen=True)
class Run:
    """What became of one contestant: its fits in order of tolerance, and in words how it ended."""

    name: str
    version: str | None
    ending: str
    fits: tuple[Fit, ...] = ()


class Lane:
    """A contestant on its way down its ladder."""

    def __init__(self, contestant: Contestant, problem: Problem, file: Path, limit: float) -> None:
        self.contestant, self.problem, self.file, self.limit = contestant, problem, file, limit
        self.worker: Worker | None = None
        self.rungs = list(contestant.ladder)
        self.fits: dict[float, Fit] = {}
        self.descent: list[Values] = []  # objectives of the rungs so far, a reference's head start not among them
        self.spent = 0.0  # seconds of these rungs
        self.tight: list[Values] = []  # those at tight tolerances
        self.lost: str | None = None

    def open(self) -> None:
        """Start its process without waiting for it."""
        self.worker = self.worker or Worker(self.contestant, self.file)

    def close(self) -> None:
        """End its process."""
        if self.worker:
            self.worker.close()
        self.worker = None

    def fit(self, tol: float, patience: float = 1.0) -> None:
        """One fit, judged; timings of a tolerance gather. Raises `LostError` where it gives no answer."""
        self.open()
        assert self.worker is not None
        try:
            answer = self.worker.fit(tol, patience * self.limit)
        except LostError:
            self.worker = None
            raise
        old = self.fits.get(tol)
        self.fits[tol] = Fit(
            tol,
            old.values if old else judge.values(self.problem, answer.solutions),
            (old.seconds if old else ()) + answer.seconds,
            max(answer.peak_bytes, old.peak_bytes if old else 0),
        )

    def turn(self) -> None:
        """The next rung down."""
        tol = self.rungs.pop(0)
        try:
            self.fit(tol)
        except LostError as lost:
            self.lost = f"{lost} at tolerance {tol:g}"
            return
        self.descent.append(self.fits[tol].values)
        self.spent += self.fits[tol].median
        if tol < TIGHT:
            self.tight.append(self.descent[-1])

    def ending(self, best: Values, is_known: bool) -> str | None:
        """Why it has no further turn, or None; a new best can set it going again."""
        if self.lost:
            return self.lost
        gap = min((excess(values, best) for values in self.descent), default=math.inf)
        if is_known and gap <= LEVELS[-1]:
            return "reached"
        if self._stalled():
            return f"stalled {gap:.0e} above the best"
        if self.spent > BUDGET * self.limit:
            return f"{self.spent:.0f} s in all"
        return None if self.rungs else "end of its tolerances"

    @property
    def lowest(self) -> Values:
        """The lowest objectives it reached."""
        return judge.lowest(fit.values for fit in self.fits.values())

    def _stalled(self) -> bool:
        last = self.tight[-3:]
        low = judge.lowest(last)
        return len(last) == 3 and max(excess(values, low) for values in last) < STALLED

    def result(self, best: Values, is_known: bool) -> Run:
        """What is recorded of it."""
        ending = self.ending(best, is_known) or "fell behind a later best"
        fits = sorted(self.fits.values(), key=lambda fit: -fit.tol)
        return Run(self.contestant.name, self.contestant.version(), ending, tuple(fits))

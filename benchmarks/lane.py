"""One contestant on its way down its ladder of tolerances, and the record of how it went."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from . import judge
from .contestant import Contestant
from .judge import LEVELS, Fit, excess
from .problem import Problem
from .worker import LostError, Worker

STALLED = 1e-12  # relative: three rungs within this of each other, at a tight tolerance, go nowhere
TIGHT = 1e-6


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
        self.descent: list[float] = []  # objectives of the rungs so far, a reference's head start not among them
        self.is_tight = False
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
            old.value if old else judge.objective(self.problem, answer.solution),
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
        self.descent.append(self.fits[tol].value)
        self.is_tight = tol < TIGHT

    def ending(self, best: float, is_known: bool) -> str | None:
        """Why it has no further turn, or None; a new best can set it going again."""
        if self.lost:
            return self.lost
        gap = excess(min(self.descent, default=float("inf")), best)
        if is_known and gap <= LEVELS[-1]:
            return "reached"
        if self._stalled():
            return f"stalled {gap:.0e} above the best"
        return None if self.rungs else "end of its tolerances"

    @property
    def value(self) -> float:
        """The lowest objective it reached."""
        return min((fit.value for fit in self.fits.values()), default=float("inf"))

    def _stalled(self) -> bool:
        last = self.descent[-3:]
        return len(last) == 3 and self.is_tight and excess(max(last), min(last)) < STALLED

    def result(self, best: float, is_known: bool) -> Run:
        """What is recorded of it."""
        ending = self.ending(best, is_known) or "fell behind a later best"
        fits = sorted(self.fits.values(), key=lambda fit: -fit.tol)
        return Run(self.contestant.name, self.contestant.version(), ending, tuple(fits))

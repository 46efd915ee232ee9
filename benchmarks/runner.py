"""The race: every contestant is driven down its ladder of tolerances, in turns, until the judge is satisfied.

A turn is one fit from a cold start. Contestants take turns within a heat, so that a slow minute of the
machine falls on all; then the fits that decided are run again in turns, and medians count. Excesses are
relative to the best objective that anyone reached, contestants driven far beyond the last level first.
"""

from __future__ import annotations

import math
import pickle
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import memory
from .contestant import Contestant
from .judge import LEVELS, Fit, Values, cheapest, excess, lowest
from .lane import Lane, Run
from .problem import Problem
from .worker import LostError

REFERENCES = ("logreg", "sklearn/newton-cholesky", "glum", "sklearn/newton-cg", "skglm")
REFERENCE_TOL = 1e-11
PATIENCE = 3.0  # a reference may take so many times the limit
NOTHING = 1e-4  # part of the loss of a model without columns that is no optimum
AGREED = 1e-10  # two references within this of each other need no third
PROCESS = 400 << 20  # bytes of an idle process with its libraries
COPIES = 4  # of X: as read, as laid out, and what a fit may make

Watch = Callable[[str], None]


@dataclass(frozen=True)
class Race:
    """One problem, everyone's runs, and the best objectives of them all.

    Where no reference arrived, or there is no best, ``best`` is only the lowest that somebody happened to reach:
    nobody is then said to have reached a level of it.
    """

    problem: dict[str, Any]
    best: Values
    is_known: bool
    runs: tuple[Run, ...]

    @property
    def vanishes(self) -> bool:
        """Whether losses fall to nothing: classes that a line parts have no best model without a penalty."""
        null = self.problem["rows"] * math.log(self.problem["classes"])
        return math.isinf(float(self.problem["C"])) and min(self.best, default=math.inf) <= NOTHING * null

    def seconds(self, name: str, level: float) -> float | None:
        """Seconds a contestant takes to a relative excess, or None where it never got there."""
        known = self.is_known and not self.vanishes
        fit = cheapest(self.run(name).fits, self.best, level) if known else None
        return None if fit is None else fit.median

    def closest(self, name: str) -> float | None:
        """The smallest relative excess a contestant reached, or None where it finished no fit."""
        return min((excess(fit.values, self.best) for fit in self.run(name).fits), default=None)

    def run(self, name: str) -> Run:
        """The run of one contestant."""
        return next(run for run in self.runs if run.name == name)


def race(
    problem: Problem,
    contestants: Sequence[Contestant],
    *,
    time_limit: float = 30.0,
    rounds: int = 3,
    finish: float = 20.0,
    watch: Watch = lambda line: None,
) -> Race:
    """Race the contestants on a problem.

    Parameters
    ----------
    problem : Problem
        Data and penalty; `Problem` can be made from any X and y.
    contestants : sequence of Contestant
        Who refuses the problem stands in the result with the reason.
    time_limit : float
        Seconds that one fit may take.
    rounds, finish : int, float
        How often the deciding fits are run again in turns, and the seconds that may take for one heat.
    watch : callable
        Given a line of text as the race goes on.
    """
    skipped = {each.name: each.refuses(problem) for each in contestants}
    with tempfile.TemporaryDirectory(prefix="race-") as folder:
        file = Path(folder) / "problem"
        file.write_bytes(pickle.dumps(problem, protocol=5))
        lanes = [Lane(each, problem, file, time_limit) for each in contestants if not skipped[each.name]]
        is_known = _run_heats(lanes, _width(problem), rounds, finish, watch)
    best = _best(lanes)
    done = {lane.contestant.name: lane.result(best, is_known) for lane in lanes}
    runs = [
        done.get(each.name) or Run(each.name, each.version(), f"skipped: {skipped[each.name]}") for each in contestants
    ]
    return Race(problem.facts(), best, is_known, tuple(runs))


def _width(problem: Problem) -> int:
    """How many contestants fit in memory side by side."""
    return max(1, int(0.8 * memory.available()) // (COPIES * problem.nbytes + PROCESS))


def _run_heats(lanes: list[Lane], width: int, rounds: int, finish: float, watch: Watch) -> bool:
    """References first, then heats of as many lanes as memory holds; whether a reference arrived."""
    try:
        is_known = _references(lanes, width, watch)
        for start in range(0, len(lanes), width):
            heat = lanes[start : start + width]
            _ladders(heat, lanes, is_known, watch)
            _photo_finish(heat, _best(lanes), rounds, finish)
            for lane in heat:
                lane.close()
    finally:
        for lane in lanes:
            lane.close()
    return is_known


def _best(lanes: Sequence[Lane]) -> Values:
    return lowest(lane.lowest for lane in lanes if lane.fits)


def _references(lanes: Sequence[Lane], width: int, watch: Watch) -> bool:
    """Drive some far beyond the last level, until two agree; whether any arrived.

    So the best is known before the race: without it, whoever stops first would be the best.
    """
    able = {lane.contestant.name: lane for lane in lanes}
    arrived: list[Values] = []
    for lane in (able[name] for name in REFERENCES if name in able):
        try:
            lane.fit(REFERENCE_TOL, PATIENCE)
        except LostError as lost:
            watch(f"  reference {lane.contestant.name}: {lost}")
        if lane.fits and all(map(math.isfinite, lane.lowest)):
            arrived.append(lane.lowest)
        if width < len(lanes):
            lane.close()
        if sum(excess(values, lowest(arrived)) <= AGREED for values in arrived) > 1:
            break
    return bool(arrived)


def _ladders(heat: list[Lane], lanes: list[Lane], is_known: bool, watch: Watch) -> None:
    """Turns, until everyone rests; who has fallen behind a new best goes on."""
    for lane in heat:
        lane.open()
    while going := [lane for lane in heat if lane.ending(_best(lanes), is_known) is None]:
        for lane in going:
            lane.turn()
    for lane in heat:
        watch(f"  {lane.contestant.name}: {lane.ending(_best(lanes), is_known)}")


def _photo_finish(heat: Sequence[Lane], best: Values, rounds: int, finish: float) -> None:
    """Run the fits that decided a level again, in turns, as often as the time allows."""
    deciding = [(lane, fit) for lane in heat for fit in _deciding(lane, best)]
    cost = sum(max(fit.median, 0.1) for _, fit in deciding)
    for _ in range(min(rounds, int(finish / cost)) if cost else 0):
        for lane, fit in deciding:
            if lane.worker:
                _again(lane, fit.tol)


def _again(lane: Lane, tol: float) -> None:
    """One more timing; a fit that gives no answer this time has taken at least the limit, and counts so."""
    try:
        lane.fit(tol)
    except LostError:
        fit = lane.fits[tol]
        lane.fits[tol] = replace(fit, seconds=(*fit.seconds, lane.limit))


def _deciding(lane: Lane, best: Values) -> Iterator[Fit]:
    found = [cheapest(lane.fits.values(), best, level) for level in LEVELS]
    yield from {fit.tol: fit for fit in found if fit}.values()

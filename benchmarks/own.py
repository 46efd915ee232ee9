"""The race on a table of the user's own: what ``logreg benchmark`` runs, and what it says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from . import found, machine
from .categories import Categories
from .contestant import Contestant
from .judge import LEVELS
from .problem import pose
from .report import HEADER, OURS, UNBOUND, race_rows, seconds, title
from .runner import Race, Watch, race
from .worker import limit_threads


def contestants(patterns: Sequence[str]) -> list[Contestant]:
    """Those of these names or globs; without any, our automatic choice and every peer.

    Raises
    ------
    ValueError
        For a pattern that matches nothing: the message has all names.
    """
    everything = [each for each in found.contestants() if each.name != "nothing"]
    if patterns:
        return found.select(everything, patterns)
    return [each for each in everything if each.name == OURS or not found.is_ours(each.name)]


def run(
    name: str,
    table: Categories,
    y: Any,
    contestants: Sequence[Contestant],
    *,
    time_limit: float,
    rounds: int,
    threads: int | None,
    watch: Watch,
    **penalty: Any,
) -> Race:
    """Race on numbers and categories: a table without categories is a plain matrix."""
    if threads:
        limit_threads(threads)
    problem = pose(name, table if table.sizes else table.numeric, y, **penalty)
    return race(problem, contestants, time_limit=time_limit, rounds=rounds, watch=watch)


def facts(race: Race, contestants: Sequence[Contestant]) -> dict[str, Any]:
    """The whole race for a machine to read: the verdict, each trainer's seconds and fits, and where it was run."""
    return {
        "problem": race.problem,
        "verdict": verdict(race),
        "trainers": [
            {"name": run.name, "seconds": {f"{level:.0e}": race.seconds(run.name, level) for level in LEVELS}}
            | {"closest": race.closest(run.name), **asdict(run)}
            for run in race.runs
        ],
        "machine": machine.machine(),
        "versions": machine.versions(contestants),
    }


def verdict(race: Race, level: float = LEVELS[1]) -> str:
    """Which trainer is fastest on these data, and how long ours and the next one take, in one sentence."""
    if race.vanishes:
        return UNBOUND
    times = {run.name: race.seconds(run.name, level) for run in race.runs}
    order = sorted((time, name) for name, time in times.items() if time is not None)
    if not order:
        return f"no trainer came within {level:.0e} of the best objective in time: raise --time-limit"
    best, first = order[0]
    sentence = f"{first} is the fastest on these data: {seconds(best)} s to within {level:.0e} of the best objective"
    others = [(time, name) for time, name in order[1:] if name == OURS] or order[1:2]
    for time, name in others:
        return f"{sentence}; {name} takes {seconds(time)} s, {time / best:.3g} times as long"
    return f"{sentence}; no other came so close in time"


def shown(race: Race) -> tuple[str, Sequence[str], list[list[str]]]:
    """Title, head and rows of the table."""
    return title(race.problem).removeprefix("## "), HEADER, race_rows(race)


def absent(contestants: Sequence[Contestant]) -> list[str]:
    """The packages that the extra would bring and that are not installed."""
    return sorted({each.package for each in contestants if each.in_extra and each.version() is None})

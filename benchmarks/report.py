"""What is printed and written of a race: tables that read in a terminal and in Markdown, results as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .found import is_ours
from .judge import LEVELS, Fit
from .lane import Run
from .runner import Race

RESULTS = Path(__file__).parent / "results"
OURS = "logreg"
UNKNOWN = "No reference arrived within its limit, so the best objective is not known: raise --time-limit."
UNBOUND = "The classes are parted by a line, so without a penalty there is no best objective: race with a finite C."


def race_table(race: Race) -> str:
    """One contestant a row, the quickest to the middle level first."""
    return table(HEADER, race_rows(race)) + (f"\n\n{why}" if (why := unknown(race)) else "")


def unknown(race: Race) -> str | None:
    """Why nobody can be said to have reached the best objective, if so."""
    return UNBOUND if race.vanishes else None if race.is_known else UNKNOWN


HEADER = ("contestant", *(f"s to {level:.0e}" for level in LEVELS), "x ours", "closest", "peak MB", "ending")


def race_rows(race: Race) -> list[list[str]]:
    """The cells below `HEADER`."""
    ours = race.seconds(OURS, LEVELS[1]) if any(run.name == OURS for run in race.runs) else None
    return [_row(race, run, ours) for run in sorted(race.runs, key=lambda run: _order(race, run))]


def _order(race: Race, run: Run) -> tuple[bool, float]:
    """Who took part before who did not; then by time, the unfinished last."""
    seconds = race.seconds(run.name, LEVELS[1])
    return not run.fits, float("inf") if seconds is None else seconds


def _row(race: Race, run: Run, ours: float | None) -> list[str]:
    times = [race.seconds(run.name, level) for level in LEVELS]
    ratio = times[1] / ours if times[1] and ours else None
    closest = race.closest(run.name)
    peak = max((fit.peak_bytes for fit in run.fits), default=None)
    return [
        run.name,
        *(seconds(time) for time in times),
        "" if ratio is None else f"{ratio:.2f}",
        "" if closest is None else "best" if closest == 0 else f"{closest:.0e}",
        "" if peak is None else f"{peak / 1e6:.0f}",
        run.ending,
    ]


def summary(races: Iterable[Race], level: float = LEVELS[1]) -> str:
    """One problem a row: ours, the fastest peer, and the ratio of their seconds to a level."""
    header = ["problem", "rows", "columns", "classes", "objective", "ours", "fastest peer", "its name", "peer / ours"]
    return table(header, [_summary_row(race, level) for race in races])


def _summary_row(race: Race, level: float) -> list[str]:
    ours, peer = ours_and_peer(race, level)
    facts = race.problem
    ratio = f"{peer[0] / ours:.2f}" if ours and peer else ""
    return [
        facts["name"], f"{facts['rows']:,}", f"{facts['columns']:,}", str(facts["classes"]), objective(facts),
        seconds(ours), seconds(peer and peer[0]), peer[1] if peer else "none reaches it", ratio,
    ]  # fmt: skip


def ours_and_peer(race: Race, level: float) -> tuple[float | None, tuple[float, str] | None]:
    """Our seconds with the automatic choice, and the seconds and name of the fastest peer."""
    times = {run.name: race.seconds(run.name, level) for run in race.runs}
    peers = [(time, name) for name, time in times.items() if time is not None and not is_ours(name)]
    return times.get(OURS), min(peers, default=None)


def seconds(value: float | None) -> str:
    """Three digits, or a dash for never."""
    return "-" if value is None else f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, its columns padded."""
    widths = [max(len(row[k]) for row in [header, *rows]) for k in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def title(facts: dict[str, Any]) -> str:
    """The heading of one race."""
    kind = "sparse" if facts["sparse"] else "dense"
    size = f"{facts['rows']:,} x {facts['columns']:,}, {facts['classes']} classes, {kind}"
    return f"## {facts['name']}: {size}, {objective(facts)}"


def objective(facts: dict[str, Any]) -> str:
    """The penalty in short, and what is asked where it is not one fit."""
    kinds = {0.0: "L2", 1.0: "L1"}
    penalty = "no penalty" if facts["C"] == float("inf") else kinds.get(facts["l1_ratio"], f"L1 {facts['l1_ratio']:g}")
    return f"{penalty}, {facts['task']}" if facts["task"] else f"{penalty}, C={facts['C']:g}"


def page(races: Sequence[Race], machine: dict[str, Any], versions: dict[str, str]) -> str:
    """All tables of a run with the machine they were measured on, in Markdown."""
    heading = f"# Seconds to a relative excess of 1e-6\n\n{place(machine, versions)}\n\n{summary(races)}"
    return "\n\n".join([heading, *(f"{title(each.problem)}\n\n{race_table(each)}" for each in races)]) + "\n"


def place(machine: dict[str, Any], versions: dict[str, str]) -> str:
    """The machine, the versions and the day, in one sentence."""
    threads = sorted({each["num_threads"] for each in machine["threads"]})
    packages = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    return (
        f"{machine['cpu']}, {machine['cores']} cores (BLAS threads: {', '.join(map(str, threads))}), "
        f"Python {machine['python']}, {packages}; {machine['date']}."
    )


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON as a whole or not at all."""
    write_text(path, json.dumps(content, indent=1))


def write_text(path: Path, content: str) -> None:
    """Write a file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".tmp")
    draft.write_text(content, encoding="utf-8")
    draft.replace(path)


def as_json(race: Race) -> dict[str, Any]:
    """A race with the curve of every contestant in it: tolerance, objective, seconds, memory of each fit."""
    return asdict(race) | {"levels": LEVELS}


def from_json(content: dict[str, Any]) -> Race:
    """The race that `as_json` wrote."""
    runs = tuple(
        Run(run["name"], run["version"], run["ending"], tuple(_fit(fit) for fit in run["fits"]))
        for run in content["runs"]
    )
    return Race(content["problem"], tuple(content["best"]), content["is_known"], runs)


def _fit(content: dict[str, Any]) -> Fit:
    return Fit(**content | {"seconds": tuple(content["seconds"]), "values": tuple(content["values"])})

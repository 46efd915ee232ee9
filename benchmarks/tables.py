"""The tables of the README: named lists of data sets, the seconds of every contestant on each, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from .found import is_ours
from .judge import LEVELS
from .lane import Run
from .report import OURS, objective, ours_and_peer, seconds, table
from .runner import Race

README = Path(__file__).parent / "README.md"

TABLES: dict[str, tuple[str, ...]] = {
    "l2": (
        "iris", "breast-cancer", "digits", "credit-card", "a9a", "covertype-2", "covertype", "mnist", "20news",
        "adult", "made/1m-x-100", "made/1000-classes",
    ),
    "l1": (
        "golub/l1", "a9a/l1", "a9a/l1-sparse", "20news-halves/l1", "20news-halves/l1-dense", "20news/l1",
        "covertype-2/l1", "mnist/l1", "a9a/elastic-net", "digits/elastic-net",
    ),
    "tuning": ("breast-cancer/cv", "digits/cv", "a9a/cv", "golub/path", "a9a/path"),
}  # fmt: skip

LEGEND = (
    "Seconds to a relative excess of 1e-6, the fastest in bold. `4e-05` in italics: stopped so far above the best; "
    "a dash: no fit within the limit; empty: does not take part."
)


def wide(races: Sequence[Race]) -> str:
    """One problem a row, one contestant a column: ours first, then every peer that took part in any."""
    peers = sorted({run.name for race in races for run in race.runs if _is_peer(run)})
    header = ["problem", "objective", "peer / ours", OURS, *(name.removeprefix("sklearn/") for name in peers)]
    return table(header, [_row(race, [OURS, *peers]) for race in races]) + f"\n\n{LEGEND}"


def _is_peer(run: Run) -> bool:
    return not is_ours(run.name) and run.name != "nothing" and not run.ending.startswith("skipped")


def _row(race: Race, names: Sequence[str]) -> list[str]:
    ours, peer = ours_and_peer(race, LEVELS[1])
    ratio = f"{peer[0] / ours:.2f}" if ours and peer else "none arrives" if ours else ""
    runs = {run.name: run for run in race.runs}
    cells = [_cell(race, runs[name]) if name in runs else "" for name in names]
    return [race.problem["name"], objective(race.problem), ratio, *cells]


def _cell(race: Race, run: Run) -> str:
    time, closest = race.seconds(run.name, LEVELS[1]), race.closest(run.name)
    if time is not None:
        ours, peer = ours_and_peer(race, LEVELS[1])
        fastest = min(each for each in (ours, peer and peer[0]) if each is not None)
        return f"**{seconds(time)}**" if time == fastest else seconds(time)
    if run.ending.startswith("skipped"):
        return ""
    return "-" if closest is None or not race.is_known else f"*{closest:.0e}*"


def publish(name: str, text: str, page: Path = README) -> None:
    """Put a table between its marks in the README.

    Raises
    ------
    ValueError
        Where the page has no such marks.
    """
    marks = re.compile(rf"(<!-- table {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    content, count = marks.subn(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", page.read_text(encoding="utf-8"))
    if not count:
        raise ValueError(f"{page} has no lines <!-- table {name} --> and <!-- end --> to put the table between")
    page.write_text(content, encoding="utf-8")

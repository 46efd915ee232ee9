"""The results of a run: written after every race, so that an interrupted run is not lost, and taken up again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import report, tables
from .runner import Race


@dataclass(frozen=True)
class Results:
    """Races, and the machine and versions they were run with, under one name in one folder."""

    folder: Path
    name: str
    machine: dict[str, Any]
    versions: dict[str, str]
    races: tuple[Race, ...] = ()

    @property
    def file(self) -> Path:
        """Where they are kept as JSON."""
        return self.folder / f"{self.name}.json"

    def kept(self) -> tuple[Race, ...]:
        """The races in the file.

        Raises
        ------
        ValueError
            Where they are of another machine or of other versions: seconds of both cannot share a table.
        """
        if not self.file.exists():
            return ()
        content = json.loads(self.file.read_text(encoding="utf-8"))
        if (content["machine"]["cpu"], content["versions"]) != (self.machine["cpu"], self.versions):
            raise ValueError(f"{self.file} was measured on another machine or with other versions: run without --keep")
        return tuple(report.from_json(each) for each in content["races"])

    def write(self) -> None:
        """Write everything but the pictures."""
        races = [report.as_json(each) for each in self.races]
        report.write_json(self.file, {"machine": self.machine, "versions": self.versions, "races": races})
        report.write_text(self.folder / f"{self.name}.md", report.page(self.races, self.machine, self.versions))

    def draw(self) -> list[Path]:
        """Draw the pictures."""
        from .plots import curves, ratios

        picture = ratios(self.races, self.folder / f"{self.name}-ratios.png")
        return [picture, *(curves(each, self.folder) for each in self.races)]

    def published(self) -> str:
        """The table of the README with the machine above it."""
        return f"{report.place(self.machine, self.versions)}\n\n{tables.wide(self.races)}"


def joined(old: Sequence[Race], new: Sequence[Race], order: Sequence[str]) -> tuple[Race, ...]:
    """New races in the place of old ones of the same problem, in this order of problems."""
    races = {race.problem["name"]: race for race in [*old, *new]}
    return tuple(sorted(races.values(), key=lambda race: order.index(race.problem["name"])))

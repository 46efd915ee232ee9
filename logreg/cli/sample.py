"""The rows to train on: what was read, cleaned of what cannot be learned from, each step said in a note."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..data.cells import Codes, Frame, Numbers, Raw, Texts
from ..errors import DataError
from ..files.table import Table, Wanted
from .choose import Choice, choose, wanted
from .labels import Relabel, twins
from .notes import Notes

FEW = 5
"""Rows a level has on average below which a text is taken for an id or a name ..."""

MANY = 20
"""... if it has more levels than this; in smaller files, nearly as many levels as rows."""


@dataclass(frozen=True)
class Sample:
    """Rows with a target: features by name, codes of their classes, weights, and what was left out why."""

    frame: Frame
    y: Codes
    classes: tuple[str, ...]
    weight: NDArray[np.float64]
    rows_read: int
    left_out: dict[str, str]
    target: Wanted
    places: dict[str, int]

    def rows(self, keep: NDArray[np.intp]) -> Sample:
        """Some of the rows."""
        frame = {name: raw.rows(keep) for name, raw in self.frame.items()}
        return replace(self, frame=frame, y=self.y[keep], weight=self.weight[keep])

    def __len__(self) -> int:
        return len(self.y)


def take(args: argparse.Namespace, table: Table, notes: Notes) -> Sample:
    """Read what the user chose, and leave out what cannot be learned from."""
    choice = choose(args, table)
    survey = table.survey()
    if not survey.rows:
        raise DataError(f"{table.name} has a header and no rows: expected rows under it")
    if not table.header:
        notes.say(f"{table.name} has no header, its columns are called column1, column2, ...; --header if it has")
    columns = wanted(choice, table, survey)
    table.check({key: want for key, want in columns.items() if not survey.numeric[want.position]})
    frame = dict(table.read(columns))
    name = table.names[choice.target]
    target = relabelled(args, as_texts(frame.pop(name)), name, table)
    weight = weights(frame, choice, table)
    left_out = crowds(frame, choice, table)
    left_out |= {table.names[at]: "it is empty" for at in choice.features if not survey.present[at]}
    kept = {key: raw for key, raw in frame.items() if key not in left_out}
    check_features(kept, left_out, choice, table)
    remark(kept, target, table, args, notes)
    for column, why in left_out.items():
        notes.say(f"column {column!r} is left out: {why}")
    sample = Sample(
        kept,
        target.codes,
        target.levels,
        weight,
        survey.rows,
        left_out,
        columns[name],
        {column: columns[column].position for column in kept},
    )
    return with_target(sample, name, table, notes)


def relabelled(args: argparse.Namespace, raw: Texts, name: str, table: Table) -> Texts:
    """The target with its labels read as the user says."""
    relabel = Relabel.of(args)
    relabel.check(raw, name, table.name)
    return relabel(raw)


def as_texts(raw: Raw) -> Texts:
    """The column, known to have been read as texts."""
    assert isinstance(raw, Texts)
    return raw


def with_target(sample: Sample, name: str, table: Table, notes: Notes) -> Sample:
    """The rows whose target is there, of at least two classes."""
    keep = np.flatnonzero(sample.y >= 0)
    missing = len(sample) - len(keep)
    if missing:
        notes.say(f"{missing} of {len(sample)} rows have no {name!r} and are left out")
    if len(sample.classes) < 2:
        only = f"one class only, {sample.classes[0]!r}" if sample.classes else "no value at all"
        raise DataError(f"the target {name!r} of {table.name} has {only}: expected two classes and more")
    if len(sample.classes) > max(MANY, len(keep) / 2):
        raise DataError(
            f"the target {name!r} of {table.name} has {len(sample.classes)} different values in {len(keep)} "
            "rows: expected classes; name the right column with --target, or make classes of the numbers"
        )
    return sample.rows(keep) if missing else sample


def weights(frame: dict[str, Raw], choice: Choice, table: Table) -> NDArray[np.float64]:
    """Weights of the rows, taken out of the frame: ones where none are named."""
    if choice.weight is None:
        return np.ones(max((_length(raw) for raw in frame.values()), default=0))
    name = table.names[choice.weight]
    raw = frame.pop(name)
    assert isinstance(raw, Numbers)
    return check_weights(raw.values, name, table, 0)


def check_weights(values: NDArray[np.float64], name: str, table: Table, start: int) -> NDArray[np.float64]:
    """The weights, or an error that names the first row without one."""
    bad = np.flatnonzero(~(values >= 0))
    if len(bad):
        found = "missing" if np.isnan(values[bad[0]]) else f"{values[bad[0]]:g}"
        raise DataError(
            f"the weight {name!r} of {table.name} is {found} in {table.where(start + int(bad[0]))}: expected a "
            "number that is not negative"
        )
    return values


def crowds(frame: Frame, choice: Choice, table: Table) -> dict[str, str]:
    """Text columns with nearly as many levels as rows, and why they are left out."""
    texts = {name: raw for name, raw in frame.items() if isinstance(raw, Texts)}
    found = {name: (len(raw.levels), int(np.sum(raw.codes >= 0))) for name, raw in texts.items()}
    forced = {table.names[at] for at in choice.categorical}
    return {
        name: f"its {levels} different texts in {rows} rows look like ids or names; --categorical {name!r} "
        "takes it all the same"
        for name, (levels, rows) in found.items()
        if crowded(levels, rows) and name not in forced
    }


def crowded(levels: int, rows: int) -> bool:
    """Whether a text has too few rows a level to be learned from.

    >>> crowded(2932, 10_000), crowded(41, 32_561), crowded(10, 10), crowded(3, 6)
    (True, False, True, False)
    """
    return levels * FEW > rows and levels > min(MANY, 0.8 * rows)


def check_features(kept: Frame, left_out: dict[str, str], choice: Choice, table: Table) -> None:
    """Raise where no feature is left."""
    if not kept:
        name, why = next(iter(left_out.items()))
        raise DataError(f"no column of {table.name} is left as a feature: {name!r} is left out, {why}")


def remark(kept: Frame, target: Texts, table: Table, args: argparse.Namespace, notes: Notes) -> None:
    """Say what looks like a mistake and may be none."""
    for name, raw in kept.items():
        if isinstance(raw, Numbers) and counts_rows(raw.values):
            notes.say(f"column {name!r} only grows from row to row, as an id does; --drop {name!r} if it is one")
        if isinstance(raw, Texts) and decimal_commas(raw):
            notes.say(f"column {name!r} looks like numbers with a decimal comma; --decimal , reads them so")
    for alike in twins(target.levels):
        notes.say(f"the classes {alike} differ in capitals only; --map-label makes them one")


def counts_rows(values: NDArray[np.float64]) -> bool:
    """Whether the numbers are whole and each is greater than the one before."""
    return len(values) >= MANY and bool(np.all(values == np.round(values)) and np.all(np.diff(values) > 0))


def decimal_commas(raw: Texts) -> bool:
    """Whether all texts are numbers, some of them with a comma."""
    return any("," in level for level in raw.levels) and all(
        re.fullmatch(r"[-+]?\d+(,\d+)?", level) for level in raw.levels
    )


def _length(raw: Raw) -> int:
    return len(raw.values if isinstance(raw, Numbers) else raw.codes)

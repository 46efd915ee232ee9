"""The rows to train on: what was read, cleaned of what cannot be learned from, each step said in a note."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..data.cells import Codes, Frame, Numbers, Raw, Texts
from ..errors import DataError
from ..files.sql import as_option
from ..files.table import Table, Wanted
from .choose import Choice, choose, misread, wanted
from .labels import Relabel, quoted, twins
from .notes import Notes

FEW = 5
"""Rows a level has on average below which a text is taken for an id or a name ..."""

MANY = 20
"""... if it has more levels than this; in smaller files, nearly as many levels as rows."""


EXACT = 2.0**53
"""Whole numbers up to this one are all held exactly in floating point."""


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
    table.check(columns, known={at for at, numeric in enumerate(survey.numeric) if numeric})
    frame = dict(table.read(columns))
    name = table.names[choice.target]
    target = relabelled(args, as_texts(frame.pop(name)), name, table)
    weight = weights(frame, choice, table)
    meant = misreadings(frame, choice, table)
    left_out = crowds(frame, choice, table, meant)
    left_out |= {table.names[at]: "it is empty" for at in choice.features if not survey.present[at]}
    kept = {key: raw for key, raw in frame.items() if key not in left_out}
    check_features(kept, left_out, choice, table)
    remark(kept, target, meant, notes)
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
    said = gone(sample, table) if missing else ""
    if len(sample.classes) < 2:
        only = f"one class only, {sample.classes[0]!r}" if sample.classes else "no value at all"
        why = f"{missing} rows have none{said}, " if said else ""
        raise DataError(f"the target {name!r} of {table.name} has {only}: {why}expected two classes and more")
    if missing:
        notes.say(f"{missing} of {len(sample)} rows have no {name!r} and are left out{said}")
    if len(sample.classes) > max(MANY, len(keep) / 2):
        raise DataError(
            f"the target {name!r} of {table.name} has {len(sample.classes)} different values in {len(keep)} "
            "rows: expected classes; name the right column with --target, or make classes of the numbers"
        )
    return sample.rows(keep) if missing else sample


def gone(sample: Sample, table: Table) -> str:
    """Words of the target that stand for a missing value, and the option that makes classes of them; none, nothing."""
    words = table.missing_words([sample.target.position])
    if not words:
        return ""
    counts = ", ".join(f"{count} hold {word!r}" for word, count in words.items())
    others = [word for word in table.called_missing(sample.places.values()) if word not in words]
    return f" ({counts}; {as_option(others)} takes them for classes)"


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
            "number that is not negative, 0 for a row that shall not count"
        )
    return values


def texts_found(frame: Frame, choice: Choice, table: Table) -> dict[str, Texts]:
    """Columns of texts that the user has not said are categories."""
    forced = {table.names[at] for at in choice.categorical}
    return {name: raw for name, raw in frame.items() if isinstance(raw, Texts) and name not in forced}


def misreadings(frame: Frame, choice: Choice, table: Table) -> dict[str, str]:
    """Columns of texts that were probably meant as numbers, and what makes them numbers."""
    already = cache(lambda: table.called_missing([*choice.features, choice.target]))  # a pass, for all or for none
    found = {name: misread(raw, already, table) for name, raw in texts_found(frame, choice, table).items()}
    return {name: why for name, why in found.items() if why is not None}


def crowds(frame: Frame, choice: Choice, table: Table, meant: Mapping[str, str]) -> dict[str, str]:
    """Text columns with nearly as many levels as rows, and why they are left out."""
    texts = texts_found(frame, choice, table)
    found = {name: (len(raw.levels), int(np.sum(raw.codes >= 0))) for name, raw in texts.items()}
    return {
        name: meant.get(name)
        or f"its {levels} different texts in {rows} rows look like ids or names; --categorical {name!r} "
        "takes it all the same"
        for name, (levels, rows) in found.items()
        if crowded(levels, rows)
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


def remark(kept: Frame, target: Texts, meant: Mapping[str, str], notes: Notes) -> None:
    """Say what looks like a mistake and may be none."""
    for name in (name for name in kept if name in meant):
        notes.say(f"column {name!r} is treated as categories: {meant[name]}")
    ids = {name: why for name, raw in kept.items() if isinstance(raw, Numbers) and (why := like_an_id(raw.values))}
    for name, why in ids.items():
        notes.say(f"column {name!r} {why}; --drop {name!r} if it is one")
    same = [name for name, raw in kept.items() if constant(raw) and name not in ids]
    if same:
        notes.say(f"nothing can be learned from a column whose cells are all the same: {quoted(same)}")
    for alike in twins(target.levels):
        notes.say(f"the classes {alike} differ in capitals only; --map-label makes them one")


def like_an_id(values: NDArray[np.float64]) -> str | None:
    """Why whole numbers are probably ids: each is greater than the one before, or too long to be told apart.

    >>> like_an_id(2.0**63 + np.arange(30.0))
    'holds whole numbers beyond 2^53, which run into each other, as long ids do'
    """
    if len(values) < MANY or not np.all(values == np.round(values)):
        return None
    if np.all(np.abs(values) > EXACT):
        return "holds whole numbers beyond 2^53, which run into each other, as long ids do"
    return "only grows from row to row, as an id does" if np.all(np.diff(values) > 0) else None


def constant(raw: Raw) -> bool:
    """Whether all cells are the same.

    >>> constant(Numbers(np.array([2.0, 2.0]))), constant(Numbers(np.array([2.0, np.nan])))
    (True, False)
    """
    values = raw.values if isinstance(raw, Numbers) else raw.codes
    return bool(np.all(values == values[:1])) or bool(np.isnan(values).all())


def _length(raw: Raw) -> int:
    return len(raw.values if isinstance(raw, Numbers) else raw.codes)

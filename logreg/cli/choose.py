"""Which columns of a file are meant, by name or position, and what each is taken for."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data.cells import Texts
from ..errors import DataError, OptionError
from ..files.sql import as_option
from ..files.table import Survey, Table, Wanted
from .values import listed

NUMBER = {
    ".": r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?",
    ",": r"[-+]?(\d+,?\d*|,\d+)(e[-+]?\d+)?",
}
"""Numbers by their decimal point."""

SPELLINGS = {
    NUMBER["."]: "numbers with a decimal point; --decimal . reads them so",
    r"[-+]?\d+([.,]\d+)?\s*%": "percentages; without the % sign in the file they are numbers",
    r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?|[-+]?\d{1,3}(\.\d+)?": "numbers with commas between thousands; without "
    "them in the file they are numbers (if these are decimal commas, --decimal , reads them so)",
    NUMBER[","]: "numbers with a decimal comma; --decimal , reads them so",
    r"[-+]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?|[-+]?\d{1,3}(,\d+)?": "numbers with points between thousands; without them "
    "in the file --decimal , reads them",
    r"[-+]?[1-9]\d{0,2}([ \u00a0\u202f]\d{3})+([.,]\d+)?|[-+]?\d{1,3}": "numbers with blanks between thousands; "
    "without them in the file they are numbers",
    r"[-+]?[$€£¥] ?-?\d[\d.,]*|-?\d[\d.,]* ?[$€£¥]": "amounts of money; without its signs, and commas between "
    "thousands, they are numbers",
}
"""Texts that may be meant as numbers, and what makes them numbers."""

MOSTLY = 10
"""Cells that are numbers for each different text among them from which on the texts are taken for strays."""


@dataclass(frozen=True)
class Choice:
    """Positions of the target, the features and the weights, and those forced to be numbers or texts."""

    target: int
    features: tuple[int, ...]
    weight: int | None
    numeric: frozenset[int]
    categorical: frozenset[int]


MARKS = ",;|~^:\t "
"""Characters that are likely to stand between cells."""


def locate(spec: str, table: Table) -> int:
    """The position (0 is the first) of a column given by name or by position (1 first, -1 last)."""
    names = table.names
    if spec in names:
        return names.index(spec)
    at = int(spec) if spec.lstrip("-").isascii() and spec.lstrip("-").isdigit() else 0
    if 1 <= abs(at) <= len(names):
        return at - 1 if at > 0 else len(names) + at
    raise DataError(f"{table.name} has no column {spec!r}{closest(spec, names)}{remedy(table)}")


def remedy(table: Table) -> str:
    """The option that helps where the names look as if the file was read in another way than it was written."""
    first = table.names[0]
    if not table.header:
        return "; if its first line has their names, say --header"
    if first.startswith("#"):
        return "; if its first line is a comment, --skip 1 passes over it"
    if len(table.names) == 1 and any(mark in first for mark in MARKS):
        return "; if that is several, give the --delimiter between them"
    return ""


def closest(spec: str, names: Sequence[str]) -> str:
    """What may have been meant, and what there is."""
    folded = {name.casefold(): name for name in names}
    near = [folded[key] for key in difflib.get_close_matches(spec.casefold(), list(folded), cutoff=0.6)]
    meant = f"; did you mean {' or '.join(repr(name) for name in near)}?" if near else ";"
    return f"{meant} its columns are {columns(names)}"


def columns(names: Sequence[str]) -> str:
    """The names, the middle of a long list left out."""
    shown = [*names[:30], f"... ({len(names)} columns)"] if len(names) > 30 else names
    return ", ".join(shown)


def locate_all(specs: Sequence[str], table: Table) -> list[int]:
    """Positions of columns in lists separated by commas; a whole list may also be one name with commas."""
    parts = [part for spec in specs for part in ([spec] if spec in table.names else listed(spec))]
    return [locate(part, table) for part in parts]


def choose(args: argparse.Namespace, table: Table) -> Choice:
    """What train shall use."""
    if args.target is None:
        raise OptionError(f"--target is missing: name the column to predict, one of {columns(table.names)}")
    target = locate(args.target, table)
    weight = None if args.sample_weight is None else locate(args.sample_weight, table)
    numeric, categorical = (frozenset(locate_all(specs, table)) for specs in (args.numeric, args.categorical))
    dropped, asked = set(locate_all(args.drop, table)), locate_all(args.features, table)
    reject(numeric & categorical, table, "is both in --numeric and in --categorical: leave it in one")
    reject({target} & dropped, table, "is the target and in --drop: take it out of --drop")
    reject({target} & {*asked, weight}, table, "is the target: it cannot be a feature or the weights as well")
    reject({target} & numeric, table, "is the target, whose cells are classes: take it out of --numeric")
    reject({weight} & {*asked}, table, "has the weights and is in --features: leave it in one")
    for option, columns_of in (("--numeric", numeric), ("--categorical", categorical)):
        reject(dropped & columns_of, table, f"is in {option} and in --drop: leave it in one")
    left_out = {target, weight, *dropped}
    features = [at for at in dict.fromkeys(asked or range(len(table.names))) if at not in left_out]
    if not features:
        raise DataError(f"no column of {table.name} is left as a feature: its columns are {columns(table.names)}")
    return Choice(target, tuple(features), weight, numeric, categorical)


def reject(both: set[int | None] | set[int] | frozenset[int], table: Table, why: str) -> None:
    """Raise where two options contradict each other over a column."""
    for at in both:
        if at is not None:
            raise OptionError(f"column {table.names[at]!r} {why}")


def wanted(choice: Choice, table: Table, survey: Survey) -> dict[str, Wanted]:
    """What to read of each column chosen."""
    numeric = (set(_found(survey)) | choice.numeric) - choice.categorical
    columns = {table.names[at]: Wanted(at, at in numeric) for at in choice.features}
    columns[table.names[choice.target]] = Wanted(choice.target, False)
    if choice.weight is not None:
        columns[table.names[choice.weight]] = Wanted(choice.weight, True, gaps=False)
    return columns


def _found(survey: Survey) -> list[int]:
    return [at for at, numeric in enumerate(survey.numeric) if numeric]


def misread(raw: Texts, already: Callable[[], Sequence[str]], table: Table) -> str | None:
    """Why a column of texts was probably meant as numbers, and what makes it numbers; None if it was not.

    ``already`` tells what is missing already, when asked.
    """
    counts, plain = raw.counts(), NUMBER[table.reading.decimal]
    fits = {pattern: matches(pattern, raw.levels) for pattern in (plain, *SPELLINGS)}
    pattern = max(fits, key=lambda pattern: float(counts @ fits[pattern]))
    numbers, stray = counts @ fits[pattern], (counts > 0) & ~fits[pattern]
    if numbers < max(1, MOSTLY * stray.sum(), counts.sum() / 2):
        return None
    if pattern != plain:
        return f"its texts look like {SPELLINGS[pattern]}"
    if not stray.any():
        return None
    row = int(np.flatnonzero(np.append(stray, False)[raw.codes])[0])
    texts = [level for level, is_stray in zip(raw.levels, stray, strict=True) if is_stray]
    return (
        f"{numbers:.0f} of its {counts.sum():.0f} cells are numbers, but {table.where(row)} holds "
        f"{raw.levels[raw.codes[row]]!r}; {as_option([*texts, *already()])} makes it numeric"
    )


def matches(pattern: str, levels: Sequence[str]) -> NDArray[np.bool_]:
    """Which of the levels match the whole pattern."""
    compiled = re.compile(pattern, re.IGNORECASE)
    return np.array([compiled.fullmatch(level) is not None for level in levels], dtype=bool)

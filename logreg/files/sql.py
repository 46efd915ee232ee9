"""A file as SQL: what a cell is as a text and as a number, and what the user said of the file."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

MISSING = ("NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "?")
"""Cells that stand for a missing value, next to the empty one."""


@dataclass(frozen=True)
class Reading:
    """What the user says about a file; None is left to be found out.

    Parameters
    ----------
    delimiter, quote, encoding : str, optional
        As in the file.
    header : bool, optional
        Whether the first line holds the names of the columns.
    skip : int
        Lines to pass over at the top.
    decimal : str
        The decimal point: "." or ",".
    missing : tuple of str
        Cells that stand for a missing value, next to the empty one.
    """

    delimiter: str | None = None
    quote: str | None = None
    encoding: str | None = None
    header: bool | None = None
    skip: int = 0
    decimal: str = "."
    missing: tuple[str, ...] = MISSING


NUMERIC_TYPES = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\)")


@dataclass(frozen=True)
class Source:
    """A file as a FROM clause, ``sql``, whose columns are c0, c1, ..., with their names and types.

    ``header`` says whether the names stood in the file; ``above`` counts the lines above the first row,
    None where a file has no lines.
    """

    sql: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    header: bool
    above: int | None
    reading: Reading

    def cell(self, i: int) -> str:
        """The cell as it stands; one of several kinds in a column of JSON without the quotes of a text."""
        return f"(c{i} ->> '$')" if self.types[i] == "JSON" else f"CAST(c{i} AS VARCHAR)"

    def text(self, i: int) -> str:
        """The cell without blanks around it, or NULL where it is missing."""
        cell = f"trim({self.cell(i)})"
        tokens = ", ".join(literal(token) for token in ("", *self.reading.missing))
        return f"CASE WHEN {cell} IN ({tokens}) THEN NULL ELSE {cell} END"

    def number(self, i: int) -> str:
        """The cell as a number, or NULL where it is none; not a number is one, nan."""
        # A bare cast would be moved into DuckDB's CSV reader, where even TRY_CAST fails: trim holds it back.
        cell = f"trim({self.cell(i)})"
        tried = f"TRY_CAST({cell if self.reading.decimal == '.' else pointed(cell)} AS DOUBLE)"
        return f"CAST(c{i} AS DOUBLE)" if NUMERIC_TYPES.fullmatch(self.types[i]) else tried

    def breaks(self) -> str:
        """The number of line ends inside the cells of a row."""
        ends = (f"coalesce(length(c{i}) - length(replace(c{i}, chr(10), '')), 0)" for i in range(len(self.names)))
        return " + ".join(ends)


def as_numbers(tokens: Sequence[str]) -> list[float]:
    """Those of the tokens that are numbers.

    >>> as_numbers(["NA", "-999", "inf"])
    [-999.0, inf]
    """
    numbers = []
    for token in tokens:
        with suppress(ValueError):
            numbers.append(float(token))
    return numbers


def pointed(text: str) -> str:
    """A number with a decimal comma as SQL understands it; with a point it is a text."""
    return f"CASE WHEN {text} NOT LIKE '%.%' THEN replace({text}, ',', '.') ELSE 'x' || {text} END"


def as_option(cells: Sequence[str]) -> str:
    """The option that calls cells missing, as it is typed in a shell.

    >>> print(as_option(["n.a.", "1,5", "-"]))
    --missing 'n.a.,"1,5","-"'
    """
    return f"--missing {shlex.quote(','.join(map(entry, cells)))}"


def entry(cell: str) -> str:
    """A cell as an entry of a list: in quotes where it has a comma or one itself, or would be taken for an option."""
    doubled = cell.replace('"', '""')
    return f'"{doubled}"' if doubled != cell or "," in cell or cell.startswith("-") else cell


def literal(text: str) -> str:
    """The text as SQL.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"

"""How a file is cut into columns: its delimiter, quotes, header and names, as SQL that DuckDB runs."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from ..errors import DataError, OptionError
from .spool import Place
from .sql import Reading, Source, literal

DELIMITERS = ",;\t|"

LONGEST = 1 << 24
"""Bytes a line may have, and DuckDB's buffer: left to itself it takes sixteen times as many."""

NUMBERED = re.compile(r"(.+)_\d+")
"""A name as DuckDB makes it of one that is taken, or one that ends so by itself."""

NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*", re.IGNORECASE)


def file_literal(place: Place) -> str:
    """The file's path as SQL: a path is one file, never a pattern, and "~" at its beginning no home."""
    return literal(re.sub(r"([\[*?])", r"[\1]", str(place.path.absolute())))


def source(connection: Any, place: Place, reading: Reading) -> Source:
    """The file as SQL, in the dialect found or given."""
    return FORMATS[place.format](connection, place, reading)


Describe = Callable[[Any, Place, Reading], Source]
Names = TypeVar("Names", bound=Sequence[str])


def _described(call: str) -> Describe:
    def describe(connection: Any, place: Place, reading: Reading) -> Source:
        table = call.format(file_literal(place), compression=_compression(place))
        rows = connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {table})")
        names, types = zip(*rows.fetchall(), strict=True)
        nested = all(re.search(r"^(STRUCT|MAP)|\[\]$", kind) for kind in types)
        if place.format == "json" and (names == ("json",) or nested):  # DuckDB's name for what has none
            raise DataError(f"{place.name} has no records: expected [{{...}}, {{...}}], or one {{...}} a line")
        aliases = ", ".join(f"c{i}" for i in range(len(names)))
        return Source(f"{table} AS t({aliases})", names, types, True, None, reading)

    return describe


def _json(connection: Any, place: Place, reading: Reading) -> Source:
    """As described, with the names of the records: DuckDB would call the second of A and a by another, a_1."""
    read = "read_json({}, {compression}sample_size = -1, hive_partitioning = false)"
    found = _described(read)(connection, place, reading)
    if not any(NUMBERED.fullmatch(name) for name in found.names):
        return found
    records = f"read_json_objects({file_literal(place)}, {_compression(place).removesuffix(', ')})"
    query = (
        f"SELECT json_keys(json) AS k, min(r) FROM (SELECT json, row_number() OVER () AS r FROM {records}) GROUP BY k"
    )
    rows = connection.execute(f"{query} ORDER BY 2").fetchall()
    keys = list(dict.fromkeys(key for keys, _ in rows for key in keys or ()))
    if list(found.names) not in (keys, _numbered(keys)):
        raise DataError(f"{place.name} has keys that differ in capitals only, among {', '.join(keys)}: rename one")
    return replace(found, names=tuple(keys))


def _numbered(keys: Sequence[str]) -> list[str]:
    """What DuckDB calls the columns of such keys: one that is taken, in whatever capitals, gets the first free number.

    >>> _numbered(["X", "x", "x_1"])
    ['X', 'x_1', 'x_1_1']
    """
    names = list[str]()
    for key in keys:
        ways = (key if count == 0 else f"{key}_{count}" for count in range(len(keys) + 1))
        names.append(next(way for way in ways if way.casefold() not in [name.casefold() for name in names]))
    return names


def _parquet(connection: Any, place: Place, reading: Reading) -> Source:
    """As described, with the names of the file: DuckDB would call the second of two columns x by another, x_1."""
    found = _described("read_parquet({}, hive_partitioning = false)")(connection, place, reading)
    query = f"SELECT name, coalesce(num_children, 0) FROM parquet_schema({file_literal(place)})"
    names = _outermost(connection.execute(query).fetchall()[1:])
    return replace(found, names=_different(names, place, "rename one"))


def _outermost(nodes: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    """Names of nodes that lie in no other, of nodes and how many each has; those follow it.

    >>> _outermost([("age", 0), ("parents", 2), ("age", 0), ("names", 1), ("last", 0), ("ward", 0)])
    ('age', 'parents', 'ward')
    """
    names, inside = [], 0
    for name, children in nodes:
        if not inside:
            names.append(name)
        inside += children - (inside > 0)
    return tuple(names)


def _csv(connection: Any, place: Place, reading: Reading) -> Source:
    text = place.head.decode("utf-8-sig", "replace")
    lines = io.StringIO(text, newline=None).readlines()[reading.skip :]
    blank = next((i for i, line in enumerate(lines) if line.strip()), None)
    if blank is None:
        raise DataError(f"{place.name} has no rows: expected a header and rows")
    # DuckDB would take the line that follows a blank one for a row, and the blank one for the header.
    lines, reading = lines[blank:], replace(reading, skip=reading.skip + blank)
    dialect = _dialect(connection, place, reading, lines)
    first = _first_record(lines, dialect)
    names = _named(first, place) if dialect.header else [f"column{i}" for i in range(1, len(first) + 1)]
    above = reading.skip + dialect.header
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(names)))
    call = (
        f"read_csv({file_literal(place)}, auto_detect = false, strict_mode = true, hive_partitioning = false, "
        f"comment = '', delim = {literal(dialect.delimiter)}, quote = {literal(dialect.quote)}, "
        f"escape = {literal(dialect.escape)}, header = {dialect.header}, skip = {reading.skip}, "
        f"max_line_size = {LONGEST}, buffer_size = {LONGEST}, {_compression(place)}columns = {{{columns}}})"
    )
    return Source(call, tuple(names), ("VARCHAR",) * len(names), dialect.header, above, reading)


FORMATS: dict[str, Describe] = {
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
}


class Dialect(NamedTuple):
    """How the lines of a file are cut into cells."""

    delimiter: str
    quote: str
    escape: str
    header: bool
    width: int


def _dialect(connection: Any, place: Place, reading: Reading, lines: Sequence[str]) -> Dialect:
    """The dialect found, after a second look where the first saw one column only."""
    found = _sniff(connection, place, reading)
    if reading.delimiter or (found and found.width > 1):
        return found or _plain(reading, lines)
    delimiter = _guess(lines[0])
    guess = replace(reading, delimiter=delimiter)
    second = _sniff(connection, place, guess)
    if delimiter in DELIMITERS:
        return second or _plain(guess, lines)
    return second or found or _plain(reading, lines)


def _sniff(connection: Any, place: Place, reading: Reading) -> Dialect | None:
    """The dialect DuckDB finds, or None where none fits the file."""
    given = {"delim": reading.delimiter, "quote": reading.quote}
    options = "".join(f", {key} = {literal(value)}" for key, value in given.items() if value)
    header = "" if reading.header is None else f", header = {reading.header}"
    query = (
        "SELECT Delimiter, Quote, Escape, HasHeader, len(Columns) FROM sniff_csv("
        f"{file_literal(place)}, skip = {reading.skip}, comment = '', hive_partitioning = false, {_compression(place)}"
        f"strict_mode = true{options}{header})"
    )
    try:
        [(delimiter, quote, escape, *rest)] = connection.execute(query).fetchall()
    except Exception as error:
        # DuckDB's own exception cannot be named here; any other failure goes on to the table.
        if "Error when sniffing" not in str(error):
            raise
        return None
    # A file whose sample has no quotes may have them further down.
    quote = '"' if quote == "(empty)" else quote
    return Dialect(delimiter, quote, escape if escape == "\\" else quote, *rest)


def _plain(reading: Reading, lines: Sequence[str]) -> Dialect:
    """What was given, and the usual for the rest: reading on will name the line that does not fit."""
    dialect = Dialect(reading.delimiter or ",", reading.quote or '"', reading.quote or '"', False, 0)
    named = not any(NUMBER.fullmatch(cell) for cell in _first_record(lines, dialect))
    return dialect._replace(header=named if reading.header is None else reading.header)


def _guess(line: str) -> str:
    """The delimiter a first line suggests when the rows below do not agree with it."""
    bare = re.sub(r'"[^"]*"', "", line.strip())
    counts = Counter(char for char in bare if char in DELIMITERS)
    return counts.most_common(1)[0][0] if counts else " " if " " in bare else ","


def _first_record(lines: Sequence[str], dialect: Dialect) -> list[str]:
    if dialect.delimiter == dialect.quote:
        raise OptionError(
            f"{dialect.quote!r} is both the delimiter and the quote: expected two different characters; "
            "give another --quote, or another --delimiter"
        )
    escape = None if dialect.escape == dialect.quote else dialect.escape
    rows = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, escapechar=escape)
    return next(row for row in rows if row)


def _named(cells: Sequence[str], place: Place) -> list[str]:
    """Names of columns: blanks trimmed, an empty one called by its position, each different."""
    names = [cell.strip() or f"column{i}" for i, cell in enumerate(cells, 1)]
    return _different(names, place, "rename one, or read it by position with --no-header --skip 1")


def _different(names: Names, place: Place, cure: str) -> Names:
    """The names, or an error where two are the same."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        where = ", ".join(str(i) for i, name in enumerate(names, 1) if name == twice[0])
        raise DataError(f"{place.name} has more than one column called {twice[0]!r} (columns {where}): {cure}")
    return names


def _compression(place: Place) -> str:
    """Said always: DuckDB would judge by the name, which may be wrong."""
    return f"compression = '{'gzip' if place.gzipped else 'none'}', "

"""Tables in files, read by DuckDB into NumPy arrays, whole or batch by batch."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from ..data.cells import Frame, Numbers, Texts, join
from ..errors import DataError
from .dialect import source
from .sentences import sentence
from .spool import Place, opened
from .sql import Reading, Source, as_numbers, as_option, literal

BATCH = 100_000
"""Rows in memory at once while a file is streamed."""

WIDTH = 500
"""Columns counted in one query: DuckDB's time for a query grows with the square of its expressions."""

PLAIN = Reading()

SETTINGS: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "temp_directory": tempfile.gettempdir(),
    # With two threads and more the rows of a stream do not keep the order of the file.
    "threads": 1,
}


class Wanted(NamedTuple):
    """A column to read: where it stands in the file (0 is the first), as what, and whether cells may be missing."""

    position: int
    numeric: bool
    gaps: bool = True


class Batch(NamedTuple):
    """Some consecutive rows: the columns wanted, and the cells kept as they stand in the file."""

    n: int
    frame: Frame
    kept: list[Any]


@dataclass(frozen=True)
class Survey:
    """What one pass over a file finds: its rows, the cells present in each column, and which hold numbers."""

    rows: int
    present: tuple[int, ...]
    numeric: tuple[bool, ...]


@dataclass(frozen=True)
class Table:
    """A file as a table; ``names`` are its columns, ``header`` says whether the file itself names them."""

    name: str
    names: tuple[str, ...]
    header: bool
    source: Source
    reading: Reading
    connection: Any
    is_plain: bool = True
    """Whether the file is CSV as it would be written again: in UTF-8, not compressed, nothing above its header."""

    def survey(self) -> Survey:
        """Count rows, cells present and numbers, in one parallel pass over the whole file.

        Columns of texts, and of numbers with gaps in words such as NA, take one pass more.
        """
        rows, counts = self._count(range(len(self.names)))
        return Survey(rows, tuple(p for p, _ in counts.values()), tuple(0 < p == n for p, n in counts.values()))

    def check(self, wanted: Mapping[str, Wanted], known: Container[int] = ()) -> None:
        """Raise for the first text in a column that shall be read as numbers; ``batches`` takes it for missing.

        Columns that are ``known`` to hold numbers are not looked at.
        """
        numeric = {want.position: want for want in wanted.values() if want.numeric and want.position not in known}
        for at, (present, numbers) in self._count(list(numeric))[1].items():
            if present > numbers:
                self._name_text(numeric[at], wanted)

    def _count(self, columns: Sequence[int]) -> tuple[int, dict[int, tuple[int, int]]]:
        """Rows, and of each column the cells present and those that are numbers."""
        rows, counts = self._ask(columns, "count(c{0}), count(nullif({number}, 'nan'::DOUBLE))", WIDTH)
        words = [at for at, (cells, numbers) in counts.items() if cells > numbers]
        both = "count({text}), count(CASE WHEN {number} IS NOT NULL THEN {text} END)"
        return rows, counts | self._ask(words, both, WIDTH // 5)[1]

    def _ask(self, columns: Sequence[int], pair: str, at_once: int) -> tuple[int, dict[int, tuple[int, int]]]:
        """Rows, and a pair of counts of each column, on all cores, some columns at once."""
        rows = 0
        found: dict[int, tuple[int, int]] = {}
        self.connection.execute(f"SET threads = {os.cpu_count()}")
        for start in range(0, len(columns), at_once):
            part = columns[start : start + at_once]
            pairs = (pair.format(at, number=self.source.number(at), text=self.source.text(at)) for at in part)
            rows, *counts = self._row(f"SELECT count(*), {', '.join(pairs)} FROM {self.source.sql}")
            found |= dict(zip(part, zip(counts[::2], counts[1::2], strict=True), strict=True))
        self.connection.execute("SET threads = 1")
        return rows, found

    def read(self, wanted: Mapping[str, Wanted]) -> Frame:
        """The columns wanted, in memory."""
        parts = [dict(batch.frame) for batch in self.batches(wanted)]
        # Parts are given up column by column: the peak is the table and one column more.
        return {name: join([part.pop(name) for part in parts]) for name in wanted}

    def batches(self, wanted: Mapping[str, Wanted], *, keep: bool = False) -> Iterator[Batch]:
        """Rows in the order of the file, some at a time, in constant memory.

        Parameters
        ----------
        wanted : mapping of str to Wanted
            Columns to read, by the name they shall have.
        keep : bool
            Whether to carry all cells along as they stand in the file.
        """
        cells = [
            f"coalesce({self.source.number(want.position)}, 'nan')" if want.numeric else self.source.cell(want.position)
            for want in wanted.values()
        ]
        whole = [self.source.cell(at) for at in range(len(self.names))] if keep else []
        # A constant stands in where no column is wanted: rows are still counted.
        query = f"SELECT {', '.join([*cells, *whole, '0'])} FROM {self.source.sql}"
        seen, missing = 0, self.reading.missing
        for arrow in self._stream(query):
            columns = arrow.columns
            frame = {
                name: _numbers(column, missing) if want.numeric else _texts(column, missing)
                for (name, want), column in zip(wanted.items(), columns, strict=False)
            }
            self._check_finite(frame, wanted, seen)
            seen += arrow.num_rows
            yield Batch(arrow.num_rows, frame, columns[len(wanted) : len(wanted) + len(whole)])

    def where(self, row: int) -> str:
        """The place of a row (0 is the first) as a reader of the file finds it."""
        if self.source.above is None:
            return f"row {row + 1}"
        query = f"SELECT sum(b) FROM (SELECT {self.source.breaks()} AS b FROM {self.source.sql} LIMIT {row})"
        return f"line {self.source.above + row + 1 + int(self._row(query)[0] or 0)}"

    def _row(self, query: str) -> Any:
        rows = self._rows(query)
        return rows[0] if rows else None

    def _rows(self, query: str) -> list[Any]:
        with self._explained():
            # A cursor of its own: a stream that is being read owns the connection.
            return list(self.connection.cursor().execute(query).fetchall())

    def _stream(self, query: str) -> Iterator[Any]:
        with self._explained():
            yield from self.connection.sql(query).to_arrow_reader(BATCH)

    def _check_finite(self, frame: Frame, wanted: Mapping[str, Wanted], seen: int) -> None:
        for name, raw in frame.items():
            if isinstance(raw, Numbers) and np.isinf(raw.values).any():
                row = seen + int(np.argmax(np.isinf(raw.values)))
                raise DataError(
                    f"column {self.names[wanted[name].position]!r} of {self.name} is infinite in {self.where(row)}: "
                    f"{self._cure(wanted[name], ('inf', '-inf'), wanted)}"
                )

    def missing_words(self, columns: Iterable[int]) -> dict[str, int]:
        """Cells of some columns that stand for a missing value and are not empty, and how many there are of each."""
        tokens = ", ".join(literal(token) for token in self.reading.missing if token)
        cells = ", ".join(f"trim({self.source.cell(at)})" for at in columns)
        if not (tokens and cells):
            return {}
        every = f"SELECT unnest([{cells}]) AS cell FROM {self.source.sql}"
        counts = f"SELECT cell, count(*) FROM ({every}) WHERE cell IN ({tokens}) GROUP BY 1 ORDER BY 2 DESC, 1"
        return dict(self._rows(counts))

    def called_missing(self, columns: Iterable[int]) -> list[str]:
        """What an option that names further cells has to name as well: such words, and numbers, however spelt."""
        numbers = [token for token in self.reading.missing if any(np.isfinite(as_numbers([token])))]
        return [*numbers, *(word for word in self.missing_words(columns) if word not in numbers)]

    def _cure(self, want: Wanted, cells: Sequence[str], wanted: Mapping[str, Wanted]) -> str:
        """What to do about cells that are no numbers: an option that names them takes the place of what was missing."""
        if not want.gaps:
            return "correct it"
        already = self.called_missing(other.position for other in wanted.values())
        return f"correct it, or call it missing with {as_option([*cells, *already])}"

    def _name_text(self, want: Wanted, wanted: Mapping[str, Wanted]) -> None:
        """Raise with the first cell of a column that should have been a number."""
        text, number = self.source.text(want.position), self.source.number(want.position)
        row, cell = self._row(
            f"SELECT r, t FROM (SELECT row_number() OVER () - 1 AS r, {text} AS t, {number} AS x "
            f"FROM {self.source.sql}) WHERE t IS NOT NULL AND x IS NULL LIMIT 1"
        )
        named = "" if self.header or row else "; if this line holds names give --header"
        point = re.fullmatch(r"[-+]?\d*([.,])\d+(e[-+]?\d+)?", cell)
        if point and point[1] != self.reading.decimal:
            named += f"; if its numbers have {point[1]!r} before the decimals, --decimal {point[1]} reads them so"
        raise DataError(
            f"column {self.names[want.position]!r} of {self.name} holds {cell!r} in {self.where(row)} where a number "
            f"is expected: {self._cure(want, [cell], wanted)}{named}"
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        with explained(self.name):
            yield


@contextmanager
def open_table(path: str, reading: Reading = PLAIN) -> Iterator[Table]:
    r"""A file as a table, as long as the block lasts.

    Parameters
    ----------
    path : str
        CSV, TSV, Parquet or JSON, also compressed with gzip; "-" is standard input.
    reading : Reading
        What is known of the file beforehand.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from logreg.files.table import Wanted, open_table
    >>> path = Path(tempfile.mkdtemp()) / "trees.csv"
    >>> _ = path.write_text("height;kind\n12.5;oak\nNA;ash\n")
    >>> with open_table(str(path)) as table:
    ...     print(table.names, table.survey())
    ...     print(table.read({"height": Wanted(0, True)})["height"].values)
    ('height', 'kind') Survey(rows=2, present=(1, 2), numeric=(True, False))
    [12.5  nan]
    """
    with opened(path, reading.encoding) as place, duckdb.connect(config=SETTINGS) as connection:
        found = _source(connection, place, reading)
        plain = place.format == "csv" and not place.gzipped and place.path == Path(path) and not reading.skip
        yield Table(place.name, found.names, found.header, found, reading, connection, plain)


def _source(connection: Any, place: Place, reading: Reading) -> Source:
    with explained(place.name):
        return source(connection, place, reading)


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn what DuckDB says into one sentence: what, in which line, and the cure."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise sentence(name, str(error)) from None


def _numbers(column: Any, missing: Sequence[str]) -> Numbers:
    # Arrow's own to_numpy would import pandas, where it is installed.
    values = np.array(np.from_dlpack(column))
    values[np.isin(values, as_numbers(missing))] = np.nan
    return Numbers(values)


def _texts(column: Any, missing: Sequence[str]) -> Texts:
    coded = column.dictionary_encode(null_encoding="encode")
    levels = [(level or "").strip() for level in coded.dictionary.to_pylist()]
    kept = [at for at, level in enumerate(levels) if level and level not in missing]
    table = np.full(len(levels), -1, dtype=np.int32)
    table[kept] = np.arange(len(kept))
    return Texts(table[np.from_dlpack(coded.indices)], tuple(levels[at] for at in kept))

"""Rows as lines of CSV, put together by Arrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..data.base import Array
from ..data.cells import Codes


def strings(texts: Sequence[str]) -> Any:
    """Texts as an Arrow array, made of its buffers: Arrow's own constructor imports pandas where it is there."""
    data = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, data)], dtype=np.int64)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(data))]
    return pa.Array.from_buffers(pa.large_string(), len(data), buffers)


def numbers(values: Any, kind: Any) -> Any:
    """NumPy numbers as an Arrow array."""
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


COMMA, QUOTE, LINE_END, NOTHING = strings([",", '"', "\n", ""])


def added(classes: Sequence[str]) -> list[str]:
    """Names of the columns a prediction adds.

    >>> added(["no", "yes"])
    ['prediction', 'probability_no', 'probability_yes']
    """
    return ["prediction", *(f"probability_{name}" for name in classes)]


class Writer:
    """Rows written as CSV: cells kept from the input, the class predicted, each class's probability.

    Parameters
    ----------
    sink : binary file
        Where lines go; the first holds the names.
    kept : sequence of str
        Names of the columns kept from the input.
    classes : sequence of str
        Names of the classes.

    Examples
    --------
    >>> import io
    >>> import numpy as np
    >>> from logreg.files.lines import Writer
    >>> sink = io.BytesIO()
    >>> Writer(sink, [], ["no", "yes"]).write([], np.array([1], dtype=np.int32), np.array([[0.25, 0.75]]))
    >>> print(sink.getvalue().decode(), end="")
    prediction,probability_no,probability_yes
    yes,0.25,0.75
    """

    def __init__(self, sink: BinaryIO, kept: Sequence[str], classes: Sequence[str]) -> None:
        self.sink, self.classes = sink, strings(classes)
        self._write([strings([name]) for name in (*kept, *added(classes))])

    def write(self, kept: Sequence[Any], predicted: Codes, probabilities: Array) -> None:
        """Some rows more."""
        labels = self.classes.take(numbers(predicted, pa.int32()))
        self._write([*kept, labels, *(numbers(column, pa.float64()) for column in probabilities.T)])

    def _write(self, columns: Sequence[Any]) -> None:
        cells = [_quoted(column.cast(pa.large_string())) for column in columns]
        lines = pc.binary_join_element_wise(pc.binary_join_element_wise(*cells, COMMA), NOTHING, LINE_END)
        # The texts of an Arrow array lie one after the other: together they are the file.
        self.sink.write(lines.buffers()[2])


def _quoted(cells: Any) -> Any:
    """Cells as they stand in CSV: in quotes where they hold a comma, a quote or a line end."""
    cells = pc.coalesce(cells, NOTHING)
    doubled = pc.replace_substring(cells, '"', '""')
    inside = pc.binary_join_element_wise(QUOTE, doubled, QUOTE, NOTHING)
    return pc.if_else(pc.match_substring_regex(cells, '[",\r\n]'), inside, cells)

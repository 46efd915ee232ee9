"""What DuckDB says of a file that cannot be read, in one sentence: what is wrong, where, and the cure."""

from __future__ import annotations

import re

from ..errors import DataError


def sentence(name: str, message: str) -> DataError:
    """The error a user of the file called ``name`` can mend."""
    line = re.search(r"CSV Error on Line: (\d+)", message)
    where = f"line {line[1]} of {name}" if line else name
    widths = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    if widths:
        return DataError(
            f"{where} has {widths[2]} columns where {widths[1]} are expected: correct the line, pass over "
            "lines above the table with --skip, or give the right --delimiter"
        )
    if "unterminated quote" in message:
        return DataError(f"{where} opens a quote that is not closed: close it, or give the right --quote")
    if "not utf-8" in message or "unicode" in message.lower():
        return DataError(f"{where} is not UTF-8: give its encoding, for instance --encoding latin-1")
    if "invalid state" in message:
        return DataError(f"{name} mixes line ends or quotes: give --encoding utf-8 to have the line ends made alike")
    if "No magic bytes" in message:
        return DataError(f"{name} is a Parquet file that is not whole: copy it again; if it is compressed, unpack it")
    if "GZIP stream" in message:
        return DataError(f"{name} is compressed but damaged: copy it again")
    twice = re.search(r'in record/value (\d+): .* has duplicate key "(.*)"', message)
    if twice:
        return DataError(f"record {twice[1]} of {name} has more than one {twice[2]!r}: rename one")
    if "JSON" in message:
        return DataError(
            f"{name} is not whole JSON: expected records, [{{...}}, {{...}}] or one a line; "
            "correct it, or name the file .csv if it is one"
        )
    cause = re.sub(r"^\w[\w ]* Error: ", "", message.splitlines()[0]).strip()
    return DataError(f"{name} cannot be read: {cause}")

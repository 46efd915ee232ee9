"""Where the bytes of a table lie: the file itself, or a copy of what cannot be read in place."""

from __future__ import annotations

import codecs
import difflib
import gzip
import io
import os
import re
import secrets
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from ..errors import DataError
from ..ground.atomic import writing

HEAD = 1 << 20
"""Bytes from which format, encoding and line ends are judged."""

SHOWN = 50
"""Lines that tell whether cells are set apart by runs of blanks."""

COPY = f"the copy of the rows in {tempfile.gettempdir()}"

JSON_NAMES = (".json", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class Place:
    """A readable file: its path, the name to show, its format, whether it is compressed, its first bytes."""

    path: Path
    name: str
    format: str
    gzipped: bool
    head: bytes


@contextmanager
def opened(path: str, encoding: str | None = None) -> Iterator[Place]:
    r"""The place of a table's bytes in UTF-8; copies made on the way are deleted at the end.

    Parameters
    ----------
    path : str
        A file, a pipe, or "-" for standard input.
    encoding : str, optional
        Any encoding Python knows; UTF-8 by default.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from logreg.files.spool import opened
    >>> path = Path(tempfile.mkdtemp()) / "menu.csv"
    >>> _ = path.write_bytes("dish\ncrème\n".encode("latin-1"))
    >>> with opened(str(path), "latin-1") as place:
    ...     print(place.head.decode())
    dish
    crème
    <BLANKLINE>
    """
    with ExitStack() as stack:
        name = "standard input" if path == "-" else path
        file = stack.enter_context(_settled(path, name))
        check_readable(file, name)
        place = _place(file, name, encoding)
        blanks = place.format == "csv" and _aligned(place.head)
        if place.format == "json" and place.head.startswith(codecs.BOM_UTF8):
            encoding = encoding or "utf-8-sig"
        if place.format != "parquet" and (encoding or blanks or _mixed(place.head)):
            file = stack.enter_context(_transcoded(place, encoding or "utf-8", blanks))
            place = Place(file, name, place.format, False, _head(file, False))
        yield place


@contextmanager
def _settled(path: str, name: str) -> Iterator[Path]:
    """The file itself, or a copy of what flows by once: what is sniffed must be read again."""
    if path != "-":
        check_readable(Path(path), name)
    if Path(path).is_file() and path != "-":
        yield Path(path)
        return
    with _temporary() as copy:
        with writing(COPY), _flowing(path) as flow, copy.open("wb") as out:
            shutil.copyfileobj(flow, out)
        yield copy


@contextmanager
def _flowing(path: str) -> Iterator[BinaryIO]:
    """Standard input, or a pipe."""
    if path != "-":
        with Path(path).open("rb") as file:
            yield file
    elif sys.stdin is None:
        raise DataError("standard input is closed: give a file, or send rows through a pipe")
    else:
        yield sys.stdin.buffer


@contextmanager
def _transcoded(place: Place, encoding: str, blanks: bool) -> Iterator[Path]:
    """A copy in UTF-8 whose lines all end alike, and whose cells are one blank apart where it was several."""
    codec = _codec(encoding)
    with _temporary() as path:
        try:
            with (
                writing(COPY),
                _unpacking(place.name),
                io.TextIOWrapper(_bytes(place.path, place.gzipped), encoding=codec) as text,
                path.open("w", encoding="utf-8", newline="\n") as out,
            ):
                out.writelines(map(_squeezed, text) if blanks else text)
        except UnicodeError as error:
            raise DataError(f"{place.name} is not {encoding}: {error}; try --encoding latin-1") from None
        yield path


@contextmanager
def _temporary() -> Iterator[Path]:
    # The name comes first: a signal may come when the file is there, and nothing yet that deletes it.
    path = Path(tempfile.gettempdir()) / f"logreg-{secrets.token_hex(16)}"
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield path
    finally:
        path.unlink(missing_ok=True)


def _codec(encoding: str) -> str:
    try:
        # Some codecs, such as base64, are no encodings of text: only encoding tells.
        "".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        raise DataError(f"the encoding {encoding!r} is unknown: try utf-8, latin-1, cp1252 or utf-16") from None


def _foreign(encoding: str | None) -> bool:
    return encoding is not None and _codec(encoding) not in ("utf-8", "utf-8-sig", "ascii")


def _mixed(head: bytes) -> bool:
    """Whether some lines end in CR LF and some in LF alone."""
    return b"\r\n" in head and re.search(rb"[^\r]\n", head) is not None


def _aligned(head: bytes) -> bool:
    """Whether the first lines have equally many cells with runs of blanks between them, and no other delimiter."""
    lines = [line for line in head.splitlines()[:SHOWN] if line.strip()]
    plain = not any(re.search(rb'[,;\t|"]', line) for line in lines)
    return plain and len({len(line.split()) for line in lines}) == 1 and any(b"  " in line.strip() for line in lines)


def _squeezed(line: str) -> str:
    r"""The line with single blanks.

    >>> _squeezed("  age   sex\n")
    'age sex\n'
    """
    return re.sub(" +", " ", line.strip(" \n")) + "\n"


def check_readable(path: Path, name: str, expected: str = "a header and rows") -> None:
    """Raise for what is not a file that is there, may be read, and is not empty."""
    if not name:
        raise DataError("the name of the file is empty: expected a file, or - for standard input")
    if path.is_dir():
        raise DataError(f"{name} is a folder: give one file")
    if not path.exists():
        raise DataError(f"{name} does not exist{_closest(path)}")
    if not os.access(path, os.R_OK):
        raise DataError(f"no permission to read {name}: chmod +r, or ask its owner")
    if path.is_file() and not path.stat().st_size:
        raise DataError(f"{name} is empty: expected {expected}")


def _closest(path: Path) -> str:
    folder = path.parent
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    near = difflib.get_close_matches(path.name, names, cutoff=0.5)
    return f"; did you mean {' or '.join(str(folder / name) for name in near)}?" if near else ""


def _place(path: Path, name: str, encoding: str | None) -> Place:
    gzipped = _head(path, False)[:2] == b"\x1f\x8b"
    with _unpacking(name):
        head = _head(path, gzipped)
    if head[:4] == b"PAR1":
        return Place(path, name, "parquet", gzipped, head)
    if not _foreign(encoding):
        _check_text(head, name)
    return Place(path, name, _format(path, name, head), gzipped, head)


@contextmanager
def _unpacking(name: str) -> Iterator[None]:
    """Turn what gzip says into one sentence."""
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{name} is compressed but damaged ({error}): copy it again") from None


def _check_text(head: bytes, name: str) -> None:
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise DataError(f"{name} is encoded in UTF-16: give --encoding utf-16")
    if head[:4] == b"PK\x03\x04":
        raise DataError(f"{name} is a spreadsheet or a zip archive: export it as CSV, or unpack it")
    if b"\0" in head:
        line = head.count(b"\n", 0, head.index(b"\0")) + 1
        raise DataError(
            f"{name} is a binary file: expected CSV, TSV, gzip, Parquet or JSON; if it is one of these, delete the "
            f"byte 0 in line {line}"
        )


def _format(path: Path, name: str, head: bytes) -> str:
    """JSON by the file's name, or by the first byte of standard input; CSV otherwise."""
    unnamed = name != str(path)
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    named = bool(suffixes) and suffixes[-1] in JSON_NAMES
    return "json" if named or (unnamed and head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"[")) else "csv"


def _head(path: Path, gzipped: bool) -> bytes:
    with _bytes(path, gzipped) as file:
        return file.read(HEAD)


def _bytes(path: Path, gzipped: bool) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb") if gzipped else path.open("rb"))

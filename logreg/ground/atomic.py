"""A file that is replaced only once its successor is complete, and what is said where it cannot be."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..errors import DataError


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file to write in; it takes the place of ``path`` when the block ends well, else it is gone.

    Parameters
    ----------
    path : path
        Links are followed; a device or a pipe is written to directly.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from logreg.ground.atomic import replacing
    >>> path = Path(tempfile.mkdtemp()) / "numbers.txt"
    >>> with replacing(path) as file:
    ...     _ = file.write(b"1 2 3")
    >>> path.read_bytes()
    b'1 2 3'
    """
    check_writable(path)
    target = Path(os.path.realpath(path))
    with writing(f"the output {path}"), Path(path).open("wb") if flows(path) else _successor(target) as file:
        yield file


def flows(path: str | os.PathLike[str]) -> bool:
    """Whether a path is that of a device or a pipe; where a link to a pipe leads has no place in any folder."""
    return Path(path).exists() and not Path(path).is_file() and not Path(path).is_dir()


@contextmanager
def _successor(target: Path) -> Iterator[BinaryIO]:
    """A new file beside the old one, moved over it at the end."""
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with fresh.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            fresh.chmod(target.stat().st_mode & 0o777)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


@contextmanager
def writing(name: str) -> Iterator[None]:
    """Turn what the system says of an output into one sentence; a reader that has left is no error of it."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        why = error.strerror or str(error)
        raise DataError(f"{name} cannot be written ({why}): make room, or choose another place") from None


def is_input(path: str | os.PathLike[str]) -> bool:
    """Whether a path is that of the file which standard input reads."""
    try:
        return Path(path).is_file() and os.path.samestat(Path(path).stat(), os.fstat(sys.stdin.fileno()))
    except (OSError, ValueError, AttributeError):  # none is open, or none with a file behind it
        return False


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise before the work begins what would fail after it."""
    if not os.fspath(path):
        raise DataError("the name of the output is empty: give the name of a file")
    if flows(path):
        return
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise DataError(f"the output {path} is a folder: give the name of a file in it")
    if not target.parent.is_dir():
        raise DataError(f"the folder of the output {path} does not exist: make it first, mkdir -p {target.parent}")
    if not os.access(target if target.exists() else target.parent, os.W_OK):
        raise DataError(f"no permission to write {path}: choose another place for the output")

"""The command ``logreg``: parses, runs one command, and turns whatever goes wrong into a sentence and an exit code."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from threading import current_thread, main_thread
from typing import NoReturn

from ..errors import LogregError, MissingExtraError, OptionError

EXTRAS = ("duckdb", "pyarrow", "rich")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; those of the process by default.

    Returns
    -------
    int
        0; 1 for an error the user can mend; 2 for wrong usage; 128 and the number of the signal when stopped.

    Examples
    --------
    >>> from logreg.cli import main
    >>> main(["train"])
    2
    """
    try:
        occupy()
        spell_out()
        with unwinding():
            return run(sys.argv[1:] if argv is None else argv)
    except SystemExit as end:
        # Rich answers a reader that has left with code 1.
        return 0 if isinstance(end.__context__, BrokenPipeError) else end.code if isinstance(end.code, int) else 2
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough.
        return 0
    except Stopped as stop:
        return stop.code
    except KeyboardInterrupt:
        return 130
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRAS:
            raise
        return fail(MissingExtraError("the command line", "cli"))
    except (LogregError, OSError, MemoryError) as error:
        return fail(error)
    finally:
        settle()


def run(argv: Sequence[str]) -> int:
    """Parse, and run the command in its own room, which imports what it needs."""
    from .parser import parse

    try:
        args = parse(argv)
        import_module(f".{args.command}", __name__).run(args)
    finally:
        flush()
    return 0


def fail(error: Exception) -> int:
    """One sentence on standard error, and the exit code."""
    from .texts import say

    say(f"error: {sentence(error)}")
    return 2 if isinstance(error, OptionError) else 1


def sentence(error: Exception) -> str:
    """What the user reads: errors of the package speak for themselves."""
    if isinstance(error, MemoryError):
        return "there is not enough memory: use fewer rows or columns"
    if isinstance(error, OSError) and error.strerror:
        # Files are named where they are opened: what has no name is a stream.
        return f"{error.filename or 'standard output'} cannot be used ({error.strerror}): choose another place"
    if isinstance(error, OptionError):
        from .texts import in_flags

        return in_flags(str(error))
    return str(error)


class Stopped(KeyboardInterrupt):
    """A signal to end: it unwinds like an interrupt, so that copies and half-written files are deleted."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = 128 + number


@contextmanager
def unwinding() -> Iterator[None]:
    """Make the signals that end a process unwind it; those ignored, or handled by others, are left alone."""
    received: list[int] = []

    def stop(number: int, _: object) -> NoReturn:
        received.append(number)
        raise Stopped(number)

    ours = stoppers()
    for number in ours:
        signal.signal(number, stop)
    try:
        yield
    except RuntimeError as error:
        if str(error) != "Query interrupted":
            raise
        # DuckDB forgets which signal it was.
        raise Stopped([int(signal.SIGINT), *received][-1]) from None
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def stoppers() -> list[signal.Signals]:
    """The signals to handle: only the main thread may."""
    found = [number for number in signal.Signals if number.name in ("SIGTERM", "SIGHUP")]
    free = [number for number in found if signal.getsignal(number) is signal.SIG_DFL]
    return free if current_thread() is main_thread() else []


def occupy() -> None:
    """Put the null device where a standard stream is closed: a file opened later must not take its number."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def spell_out() -> None:
    """Write what standard output has no characters for as escapes, as standard error does."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def flush() -> None:
    """Write what is buffered; standard output may be closed."""
    if sys.stdout is not None:
        from ..ground.atomic import writing

        with writing("standard output"):
            sys.stdout.flush()


def settle() -> None:
    """Leave nothing in the buffer that the end of the process would fail to write."""
    try:
        flush()
    except (LogregError, OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

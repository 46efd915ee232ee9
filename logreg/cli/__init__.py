"""The command ``logreg``: parses, runs one command, and turns whatever goes wrong into a sentence and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

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
        0; 1 for an error the user can mend; 2 for wrong usage; 130 when interrupted.

    Examples
    --------
    >>> from logreg.cli import main
    >>> main(["train"])
    2
    """
    try:
        return run(sys.argv[1:] if argv is None else argv)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 2
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except KeyboardInterrupt:
        return 130
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRAS:
            raise
        return fail(MissingExtraError("the command line", "cli"))
    except (LogregError, OSError, MemoryError) as error:
        return fail(error)


def run(argv: Sequence[str]) -> int:
    """Parse, and run the command in its own room, which imports what it needs."""
    from .parser import parse

    args = parse(argv)
    import_module(f".{args.command}", __name__).run(args)
    sys.stdout.flush()
    return 0


def fail(error: Exception) -> int:
    """One sentence on standard error, and the exit code."""
    sentence = "there is not enough memory: use fewer rows or columns"
    print(f"logreg: error: {sentence if isinstance(error, MemoryError) else error}", file=sys.stderr)
    return 2 if isinstance(error, OptionError) else 1

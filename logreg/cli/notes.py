"""What is said on standard error: notes, and progress with the time remaining where it is a terminal."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..solvers.base import Record, Watcher, ignore


@dataclass
class Notes:
    """Sentences for the user; they are kept for the report, whether or not they are shown."""

    quiet: bool
    said: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        """Say one sentence."""
        self.said.append(sentence)
        if not self.quiet:
            print(f"logreg: note: {sentence}", file=sys.stderr)


@contextmanager
def watching(quiet: bool, tol: float) -> Iterator[Watcher]:
    """A watcher of the fit that draws its progress; outside of a terminal it looks away."""
    if quiet or not sys.stderr.isatty():
        yield ignore
        return
    with bar("fit") as show:
        first: list[float] = []

        def watch(iteration: int, record: Record) -> None:
            first.append(record.excess)
            show(done(first[0], record, tol), f"iteration {iteration}, excess at most {record.excess:.1e}")

        yield watch


def done(first: float, record: Record, tol: float) -> float:
    """Share of the way: the logarithm of the excess falls about linearly to that of its goal.

    >>> done(1.0, Record(1.0, 10.0, 1e-3), 1e-7)
    0.5
    """
    goal = tol * max(abs(record.objective), sys.float_info.min)
    if not (math.isfinite(first) and first > goal and 0 < record.excess < first):
        return 0.0
    return min(1.0, math.log(first / record.excess) / math.log(first / goal))


@contextmanager
def counting(quiet: bool) -> Iterator[Callable[[int], None]]:
    """A counter of rows, drawn where standard error is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda rows: None
        return
    with bar("predict") as show:
        yield lambda rows: show(None, f"{rows:,} rows")


@contextmanager
def bar(what: str) -> Iterator[Callable[[float | None, str], None]]:
    """A bar, its text, and the time remaining."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    look = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*look, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=1.0)

        def show(share: float | None, text: str) -> None:
            progress.update(task, completed=share or 0.0, total=None if share is None else 1.0, description=text)

        yield show

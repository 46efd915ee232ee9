"""What is said on standard error: notes, and progress with the time remaining where it is a terminal."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..data.cells import Frame, Texts, positions
from ..data.columns import Categorical, Column
from ..solvers.base import Record, Watcher, ignore
from .texts import say


@dataclass
class Notes:
    """Sentences for the user; they are kept for the report, whether or not they are shown."""

    quiet: bool
    said: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        """Say one sentence."""
        self.said.append(sentence)
        if not self.quiet:
            say(f"note: {sentence}")


class Unseen:
    """Levels that training did not see, counted while rows go by.

    Parameters
    ----------
    columns : sequence of Column
        The columns of the model.
    sure : bool
        Whether it is known that the first row is no line of names.

    Examples
    --------
    >>> import numpy as np
    >>> unseen = Unseen([Categorical("ward", ("a", "b"), (0.5, 0.5))], sure=True)
    >>> unseen.look({"ward": Texts(np.array([0, 1, 1], dtype=np.int32), ("a", "A"))}, 3)
    >>> notes = Notes(quiet=True)
    >>> unseen.say(notes, "a.csv")
    >>> print(*notes.said)
    column 'ward' of a.csv: 2 of 3 rows hold levels that training did not see ('A'; it saw 'a', 'b'): they add nothing
    """

    def __init__(self, columns: Sequence[Column], *, sure: bool) -> None:
        self.columns = [column for column in columns if isinstance(column, Categorical)]
        # A line of names among numbers would have been an error.
        self.sure = sure or len(self.columns) < len(columns)
        self.rows = 0
        self.counts: dict[str, Counter[str]] = {column.name: Counter() for column in self.columns}
        self.first: list[str] = []

    def look(self, frame: Frame, n: int) -> None:
        """Some rows more."""
        raws = [(column, raw) for column in self.columns if isinstance(raw := frame[column.name], Texts)]
        for column, raw in raws:
            strange = positions(raw.levels, column.levels) < 0
            found = zip(raw.levels, strange, raw.counts(), strict=True)
            self.counts[column.name].update({level: int(n) for level, new, n in found if new and n})
            if not self.rows and raw.codes[0] >= 0 and strange[raw.codes[0]]:
                self.first.append(raw.levels[raw.codes[0]])
        self.rows += n

    def say(self, notes: Notes, file: str) -> None:
        """One note for each column with such levels, and one where the first row looks like names."""
        if not self.sure and len(self.first) == len(self.columns):
            notes.say(
                f"the first row of {file}, {quoted(self.first)}, looks like a line of names: --header if it is one"
            )
        for column in self.columns:
            counts = self.counts[column.name]
            if counts:
                seen = quoted([level for level in column.levels if level is not None])
                notes.say(
                    f"column {column.name!r} of {file}: {counts.total()} of {self.rows} rows hold levels that training "
                    f"did not see ({quoted(list(counts))}; it saw {seen}): they add nothing"
                )


def quoted(levels: Sequence[str]) -> str:
    """The first few levels, in quotes."""
    return ", ".join(repr(level) for level in levels[:3]) + (f" and {len(levels) - 3} more" if len(levels) > 3 else "")


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

"""``logreg predict``: rows in, rows out with class and probabilities, in constant memory."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import BinaryIO

import numpy as np

from ..errors import DataError
from ..files.lines import Writer, added
from ..files.table import Batch, Table, open_table
from ..ground.atomic import replacing
from ..model import Model
from .match import match, reading
from .notes import counting


def run(args: argparse.Namespace) -> None:
    """Predict and write, batch by batch."""
    model = Model.load(args.model)
    with open_table(args.file, reading(args, model)) as table:
        kept = check_names(table, model) if args.append else ()
        wanted = match(model, table)
        table.check(wanted)
        batches = filled(table.batches(wanted, keep=args.append), table)
        with sink(args.output) as out, counting(args.quiet) as count:
            rows, writer = 0, Writer(out, kept, model.classes)
            for batch in batches:
                P = model.predict_proba(batch.frame, batch.n)
                writer.write(batch.kept, P.argmax(axis=1).astype(np.int32), P)
                rows += batch.n
                count(rows)


def filled(batches: Iterator[Batch], table: Table) -> Iterator[Batch]:
    """The batches, of which there must be one: known before anything is written."""
    first = next(batches, None)
    if first is None:
        raise DataError(f"{table.name} has a header and no rows: expected rows under it")
    return chain([first], batches)


def check_names(table: Table, model: Model) -> tuple[str, ...]:
    """Names of the input's columns, none of which may be that of a column added."""
    twice = [name for name in added(model.classes) if name in table.names]
    if twice:
        raise DataError(
            f"{table.name} has a column {twice[0]!r} already, and --append adds one: rename it, or drop --append"
        )
    return table.names


@contextmanager
def sink(output: str) -> Iterator[BinaryIO]:
    """Where rows are written: standard output, or a file that appears once it is complete."""
    if output == "-":
        yield sys.stdout.buffer
    else:
        with replacing(output) as file:
            yield file

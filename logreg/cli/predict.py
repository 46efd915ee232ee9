"""``logreg predict``: rows in, rows out with class and probabilities, in constant memory."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import BinaryIO

import numpy as np

from ..errors import DataError
from ..files.lines import Writer, added
from ..files.table import Batch, Table, open_table
from ..ground.atomic import check_writable, is_input, replacing, writing
from ..model import Model
from .match import match, reading
from .notes import Notes, Unseen, counting


def run(args: argparse.Namespace) -> None:
    """Predict and write, batch by batch."""
    model = Model.load(args.model)
    check_output(args)
    with open_table(args.file, reading(args, model)) as table:
        check_in_place(args, table)
        kept = check_names(table, model) if args.append else ()
        wanted = match(model, table)
        table.check(wanted)
        unseen = Unseen(model.columns, sure=table.header or args.header is not None)
        batches = filled(table.batches(wanted, keep=args.append), table)
        with sink(args.output) as out, counting(args.quiet) as count:
            writer = Writer(out, kept, model.classes)
            for batch in admitting(batches, args.output):
                unseen.look(batch.frame, batch.n)
                P = model.predict_proba(batch.frame, batch.n)
                writer.write(batch.kept, P.argmax(axis=1).astype(np.int32), P)
                count(unseen.rows)
        unseen.say(Notes(args.quiet), table.name)


def check_output(args: argparse.Namespace) -> None:
    """Raise before the work begins where the output cannot be written, or would be the end of the model or the data."""
    if args.output == "-":
        return
    check_writable(args.output)
    output = os.path.realpath(args.output)
    if args.file == "-" and is_input(args.output):
        raise DataError(f"the output {args.output} is the data, which would be lost: choose another place")
    if output == os.path.realpath(args.model):
        raise DataError(f"the output {args.output} is the model, which would be lost: choose another place")
    if output == os.path.realpath(args.file) and not args.append:
        raise DataError(
            f"the output {args.output} is the data, which would be lost: choose another place, or --append to keep them"
        )


def check_in_place(args: argparse.Namespace, table: Table) -> None:
    """Raise where the output would take the place of data of which a CSV file keeps only the rows."""
    if args.output != "-" and os.path.realpath(args.output) == os.path.realpath(args.file) and not table.is_plain:
        raise DataError(
            f"the output {args.output} is the data, and a plain CSV file would take its place, which keeps no "
            "compression, encoding, mixed line ends or lines above the header: choose another place"
        )


def admitting(batches: Iterator[Batch], output: str) -> Iterator[Batch]:
    """The batches; an error that comes after some of them says what became of the rows before it."""
    rows = 0
    try:
        for batch in batches:
            yield batch
            rows += batch.n
    except DataError as error:
        if not rows or output != "-":
            raise
        raise DataError(f"{error}; the {rows} rows written before it are valid, all others are missing") from None


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
    if output != "-":
        with replacing(output) as file:
            yield file
    elif sys.stdout is None:
        raise DataError("standard output is closed: name a file with -o")
    else:
        with writing("standard output"):
            yield sys.stdout.buffer

"""The columns of a model found in another file: by name, or by position where there are no names."""

from __future__ import annotations

import argparse

from ..data.columns import Numeric
from ..errors import DataError
from ..files.sql import MISSING, Reading
from ..files.table import Table, Wanted
from ..model import Model
from .choose import closest, columns


def reading(args: argparse.Namespace, model: Model | None = None) -> Reading:
    """What is said of the file on the command line, and by the model of the file it was trained on."""
    origin = model.origin if model else None
    missing = origin.missing if origin else MISSING
    return Reading(
        args.delimiter,
        args.quote,
        args.encoding,
        origin.header if origin and args.header is None else args.header,
        args.skip,
        args.decimal or (origin.decimal if origin else "."),
        missing if args.missing is None else tuple(args.missing),
    )


def match(model: Model, table: Table) -> dict[str, Wanted]:
    """Where each column of the model stands in the file, and as what it is read."""
    places = by_name(model, table) if model.origin.header and table.header else by_position(model, table)
    return {
        column.name: Wanted(at, isinstance(column, Numeric)) for column, at in zip(model.columns, places, strict=True)
    }


def by_name(model: Model, table: Table) -> list[int]:
    """Positions of the columns of the same names."""
    names = {name: at for at, name in enumerate(table.names)}
    missing = [column.name for column in model.columns if column.name not in names]
    if missing:
        more = f" (nor {columns(missing[1:])})" if missing[1:] else ""
        raise DataError(
            f"{table.name} has no column {missing[0]!r}{more}, which the model needs (if it has no header give "
            f"--no-header){closest(missing[0], table.names)}"
        )
    return [names[column.name] for column in model.columns]


def by_position(model: Model, table: Table) -> list[int]:
    """Positions as in the training file, or as in the training file without its target."""
    origin, width = model.origin, len(table.names)
    if width not in (origin.width, origin.width - 1):
        raise DataError(
            f"{table.name} has {width} columns; expected the {origin.width} of the training file, or all but its "
            "target, since columns without names are matched by position"
        )
    gone = origin.width - width
    return [at - (gone and at > origin.target_position) for at in origin.positions]

"""``logreg evaluate``: a model scored on rows whose class is known."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..data.base import Array
from ..data.cells import Codes, Numbers, Texts
from ..errors import DataError
from ..files.table import Batch, Table, Wanted, open_table
from ..model import Model
from .choose import locate
from .labels import Relabel, known
from .match import match, reading
from .notes import Notes, Unseen, counting
from .report import show, show_evaluation
from .sample import as_texts, check_weights
from .score import scored

TARGET, WEIGHT = "\0target", "\0weight"
"""Under these the target and the weights are read: no column of a file has such a name."""


def run(args: argparse.Namespace) -> None:
    """Score and report."""
    model, notes = Model.load(args.model), Notes(args.quiet)
    with open_table(args.file, reading(args, model)) as table:
        features, target = match(model, table), find_target(args, model, table)
        y, P, weight = predicted(args, model, table, features, target, notes)
    missing = int(np.sum(y < 0))
    if missing:
        notes.say(f"{missing} of {len(y)} rows have no target and are left out")
    if missing == len(y):
        raise DataError(f"{table.name} has no row with a target: expected rows whose class is known")
    keep = y >= 0
    report: dict[str, Any] = {
        "model": args.model,
        "file": "standard input" if args.file == "-" else args.file,
        "target": table.names[target],
        "classes": list(model.classes),
        "rows_read": len(y),
        "without_target": missing,
        **scored(model, y[keep], P[keep], weight[keep]),
        "notes": notes.said,
    }
    show(report, show_evaluation, args.json)


def predicted(
    args: argparse.Namespace, model: Model, table: Table, features: Mapping[str, Wanted], target: int, notes: Notes
) -> tuple[Codes, Array, Array]:
    """Classes (-1 where missing), probabilities and weights of all rows."""
    relabel, wanted = Relabel.of(args), {**features, TARGET: Wanted(target, False)}
    if args.sample_weight is not None:
        wanted[WEIGHT] = Wanted(locate(args.sample_weight, table), True, gaps=False)
    table.check(wanted)
    unseen = Unseen(model.columns, sure=table.header or args.header is not None)
    labels: dict[str, None] = {}
    parts = []
    with counting(args.quiet) as count:
        for batch in table.batches(wanted):
            raw = as_texts(batch.frame[TARGET])
            labels |= dict.fromkeys(raw.levels)
            y = known(relabel(raw), model.classes, table.names[target], table.name)
            weight = weights(batch, args.sample_weight, table, unseen.rows)
            parts.append((y, model.predict_proba(batch.frame, batch.n), weight))
            unseen.look(batch.frame, batch.n)
            count(unseen.rows)
    if not parts:
        raise DataError(f"{table.name} has a header and no rows: expected rows under it")
    relabel.check(Texts(np.empty(0, np.int32), tuple(labels)), table.names[target], table.name)
    unseen.say(notes, table.name)
    y, P, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
    return y, P, weight


def find_target(args: argparse.Namespace, model: Model, table: Table) -> int:
    """Where the target stands: as told, by its name, or by its position where there are no names."""
    origin = model.origin
    if args.target is not None:
        return locate(args.target, table)
    if origin.header and table.header:
        return locate(origin.target, table)
    if len(table.names) != origin.width:
        raise DataError(
            f"{table.name} has {len(table.names)} columns, the training file {origin.width}: to evaluate, the "
            "target must be among them"
        )
    return origin.target_position


def weights(batch: Batch, name: str | None, table: Table, start: int) -> Array:
    """Weights of the rows of a batch: ones where none are named."""
    raw = batch.frame.get(WEIGHT, Numbers(np.ones(batch.n)))
    assert isinstance(raw, Numbers)
    return check_weights(raw.values, str(name), table, start)

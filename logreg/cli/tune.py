"""Choosing C, and the share of L1, by cross-validation over the rows to train on."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from rich.console import Console

from ..crossvalidation import Curve, Run, cross_validate, neg_log_loss, stratified_folds
from ..errors import OptionError
from ..folds import Rows
from ..grid import strengths
from ..options import Options
from ..problem.losses import loss_for
from .notes import Notes, bar
from .penalty import penalty
from .report import Report, can_say, grid

WIDTH, LEAST = 40, 16
"""Characters in which the curve is drawn, at most and at least."""

GAP = 3
"""Characters between two columns of a table."""

STROKES = "─●"


def check(args: argparse.Namespace) -> None:
    """Raise where options of tuning contradict others.

    Raises
    ------
    OptionError
        With the options.
    """
    if args.cv is None:
        for name, given in (("--Cs", args.Cs), ("--rule", args.rule)):
            if given is not None:
                raise OptionError(f"{name} says how to tune C, and nothing is tuned: add --cv 5, or drop it")
        if len(args.l1_ratio or ()) > 1:
            raise OptionError("--l1-ratio has several values to choose from: add --cv 5, or give it one")
        return
    if args.C is not None or args.penalty == "none":
        culprit = "--penalty none" if args.C is None else f"--C {args.C:g}"
        raise OptionError(
            f"{culprit} and --cv contradict each other, which chooses C: drop one (--Cs has what it tries)"
        )


def penalties(args: argparse.Namespace) -> list[tuple[float, float]]:
    """C and l1_ratio for each share of L1 that is asked for, checked against --penalty."""
    single, found = argparse.Namespace(**vars(args)), list[tuple[float, float]]()
    for ratio in args.l1_ratio or (None,):
        single.l1_ratio = ratio
        found.append(penalty(single))
    return list(dict.fromkeys(found))


def tune(rows: Rows, n_classes: int, options: Options, args: argparse.Namespace, notes: Notes) -> Report:
    """The curve and what it chooses, for the report."""
    folds = stratified_folds(rows.y, args.cv, args.seed)
    loss = loss_for(n_classes)
    with running(args.quiet) as run:
        curve, paths = cross_validate(
            rows,
            folds,
            n_classes,
            loss,
            Cs=strengths(10 if args.Cs is None else args.Cs),
            l1_ratios=np.array([ratio for _, ratio in penalties(args)]),
            score=neg_log_loss,
            run=run,
            options=options,
        )
    fits = [one for fold in paths for path in fold for one in path]
    short = sum(not one.status.converged for one in fits)
    if short:
        notes.say(f"{short} of {len(fits)} fits in the folds are not certified to --tol {args.tol:g}")
    return facts(curve, args.rule or "best", args.cv)


def facts(curve: Curve, rule: str, folds: int) -> Report:
    """The curve as the report and the model keep it."""
    chosen = curve.choose(rule)
    return {
        "folds": folds,
        "rule": rule,
        "C": float(curve.Cs[chosen[1]]),
        "l1_ratio": float(curve.l1_ratios[chosen[0]]),
        "curve": [
            {
                "l1_ratio": float(ratio),
                "C": float(C),
                "log_loss": -float(curve.mean[row, at]),
                "standard_error": float(curve.standard_error[row, at]),
                "best": (row, at) == curve.choose("best"),
                "chosen": (row, at) == chosen,
            }
            for row, ratio in enumerate(curve.l1_ratios)
            for at, C in enumerate(curve.Cs)
        ],
    }


@contextmanager
def running(quiet: bool) -> Iterator[Run]:
    """``map``, that draws its progress where standard error is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield map
        return
    with bar("cross-validation") as show:

        def run(function: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[Any]:
            for done, item in enumerate(items):
                show(done / len(items), f"cross-validation, path {done + 1} of {len(items)}")
                yield function(item)

        yield run


def show_curve(console: Console, found: Report) -> None:
    """The curve as a table, each row with its place between the lowest and the highest log loss."""
    several = len({point["l1_ratio"] for point in found["curve"]}) > 1
    low, high = ends(found["curve"])
    head = [*(["L1 ratio"] if several else []), "C", "log loss", "standard error", ""]
    rows = [
        [
            *([f"{point['l1_ratio']:g}"] if several else []),
            f"{point['C']:.4g}",
            f"{point['log_loss']:.4f}",
            f"{point['standard_error']:.4f}",
            mark(point, found["rule"]),
        ]
        for point in found["curve"]
    ]
    width = min(WIDTH, console.width - taken([head, *rows]) - GAP)
    if width >= LEAST and can_say(STROKES):
        head.insert(-1, f"{low:.3g} to {high:.3g}")
        for row, point in zip(rows, found["curve"], strict=True):
            row.insert(-1, drawn(point["log_loss"], point["standard_error"], low, high, width))
    grid(console, f"cross-validated log loss, {found['folds']} folds", head, rows)


def taken(rows: Sequence[Sequence[str]]) -> int:
    """Characters that the columns of a table take, with the gaps between them."""
    return sum(max(map(len, column)) + GAP for column in zip(*rows, strict=True))


def ends(curve: Sequence[Report]) -> tuple[float, float]:
    """The least and the greatest log loss, with their standard errors."""
    low = min(point["log_loss"] - point["standard_error"] for point in curve)
    return low, max(point["log_loss"] + point["standard_error"] for point in curve)


def drawn(value: float, error: float, low: float, high: float, width: int) -> str:
    """A dot between two ends, and its error to both sides.

    >>> drawn(0.5, 0.125, 0.0, 1.0, 40)
    '               ─────●────'
    """

    def place(x: float) -> int:
        return math.floor((x - low) / (high - low) * (width - 1) + 0.5) if high > low else 0

    left, at, right = place(value - error), place(value), place(value + error)
    return " " * left + STROKES[0] * (at - left) + STROKES[1] + STROKES[0] * (right - at)


def mark(point: Report, rule: str) -> str:
    """What is special about a row."""
    if not point["chosen"]:
        return "best" if point["best"] else ""
    return "chosen" if rule == "best" else "chosen: one standard error"

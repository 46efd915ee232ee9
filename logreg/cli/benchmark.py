"""``logreg benchmark``: which trainer is the fastest on the user's own file."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from rich.console import Console

from ..data.codes import Coded
from ..data.columns import encode, learn
from ..errors import MissingExtraError, OptionError
from ..files.table import open_table
from .match import reading
from .notes import Notes
from .penalty import penalty
from .report import Report, grid, line, show
from .sample import Sample, take
from .texts import say

RUNNER = "logreg.benchmarks"


def run(args: argparse.Namespace) -> None:
    """Race and report."""
    notes, own = Notes(args.quiet), runner()
    contestants = choose(own, args)
    C, l1_ratio = penalty(args)
    with open_table(args.file, reading(args)) as table:
        sample, name = take(args, table, notes), table.name
    matrix = coded(sample)
    race = own.run(
        name,
        own.Categories(matrix.numeric, matrix.codes, matrix.sizes),
        sample.y,
        contestants,
        time_limit=args.time_limit,
        rounds=args.rounds,
        threads=args.threads,
        watch=progress(args),
        C=C,
        l1_ratio=l1_ratio,
        fit_intercept=not args.no_intercept,
    )
    if absent := own.absent(contestants):
        notes.say(f"not installed, and so not raced: {', '.join(absent)}; pip install 'logreg[bench]' adds them")
    title, head, rows = own.shown(race)

    def render(console: Console, report: Report) -> None:
        line(console, title)
        grid(console, "seconds to within a relative 1e-3, 1e-6, 1e-9 of the best objective", head, rows)
        line(console, report["verdict"])

    show({"file": name, **own.facts(race, contestants), "notes": notes.said}, render, args.json)


def runner() -> Any:
    """The part of the benchmark runner that races on tables of users.

    Raises
    ------
    MissingExtraError
        Where it, or scikit-learn, which every race needs, is not installed.
    """
    if find_spec("sklearn") is None or find_spec(f"{RUNNER}.own") is None:
        raise MissingExtraError("logreg benchmark", "bench,cli")
    return import_module(f"{RUNNER}.own")


def choose(own: Any, args: argparse.Namespace) -> Any:
    """The contestants asked for."""
    try:
        return own.contestants(args.solvers)
    except ValueError as error:
        raise OptionError(f"--solvers: {error}") from None


def coded(sample: Sample) -> Coded:
    """The rows as train encodes them: numbers with their gaps filled, categories as codes."""
    columns = [learn(name, raw) for name, raw in sample.frame.items()]
    matrix = encode(columns, sample.frame, len(sample))
    assert isinstance(matrix, Coded)
    return matrix


def progress(args: argparse.Namespace) -> Any:
    """Says how each trainer ended, where standard error is a terminal."""
    if args.quiet or not sys.stderr.isatty():
        return lambda sentence: None
    return lambda sentence: say(sentence.strip())

"""The arguments of each command, with help that ends in an example that runs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import NoReturn

from .. import __version__
from .texts import BENCHMARK, EVALUATE, INSPECT, PREDICT, TRAIN, visible
from .values import (
    delimiter,
    folds,
    inverse_penalty,
    listed,
    place,
    quote,
    ratio,
    ratios,
    share,
    strength,
    strengths,
    whole,
)

TEXT_OPTIONS = (
    "--target",
    "--drop",
    "--features",
    "--categorical",
    "--numeric",
    "--sample-weight",
    "--missing",
    "--map-label",
    "--strip-label",
    "--class-weight",
)
"""Options whose values are texts of the file, and may begin with a dash."""

LIST_OPTIONS = ("--l1-ratio", "--Cs")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments; ends the process with code 2 and a usage line where they make no sense."""
    return build().parse_args(joined(argv))


def joined(argv: Sequence[str]) -> list[str]:
    """Arguments tied to their option: what begins with one dash, and numbers in a row that are one list.

    >>> joined(["train", "--drop", "-1,2", "--l1-ratio", "0", "0.5", "data.csv", "--C", "2"])
    ['train', '--drop=-1,2', '--l1-ratio=0,0.5', 'data.csv', '--C', '2']
    """
    tied: list[str] = []
    for argument in argv:
        name, _, values = (tied[-1] if tied else "").partition("=")
        dashed = name in TEXT_OPTIONS and not values and re.match(r"-[^-]", argument) and argument not in ("-o", "-h")
        if dashed or (name in LIST_OPTIONS and re.fullmatch(r"[-+]?\d*\.?\d+(e[-+]?\d+)?|inf", argument)):
            tied[-1] += ("," if values else "=") + argument
        else:
            tied.append(argument)
    return tied


class Parser(argparse.ArgumentParser):
    """A parser that is careful with the arguments it repeats."""

    def error(self, message: str) -> NoReturn:
        super().error(visible(message))


def build() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = Parser(
        "logreg",
        description="Logistic and softmax regression that always converges, proves it, and is fast.",
        epilog="example:\n  logreg train data/iris.csv --target species",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"logreg {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, brief, about, example, fill in COMMANDS:
        command = commands.add_parser(
            name,
            help=brief,
            description=about,
            epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        fill(command)
    return parser


def fill_train(parser: argparse.ArgumentParser) -> None:
    """Arguments of train."""
    parser.add_argument("file", metavar="FILE", help="rows to train on")
    parser.add_argument("-o", "--output", type=place, metavar="MODEL", help="where to save the model, as JSON")
    fill_columns(parser).add_argument("--sample-weight", metavar="COLUMN", help="weights of the rows")
    fill_objective(parser)
    fill_tuning(parser)
    group = parser.add_argument_group("scoring and output")
    add = group.add_argument
    add("--test-size", type=share, default=0.2, metavar="SHARE", help="share of rows held out (default 0.2)")
    add("--seed", "--random-state", type=whole, default=0, metavar="N", help="of rows held out and folds (default 0)")
    add("--top", type=whole, default=10, metavar="N", help="coefficients to show (default 10)")
    fill_labels(group)
    fill_output(group)
    fill_reading(parser)


def fill_columns(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Which columns are used, and as what."""
    group = parser.add_argument_group("columns, by names or positions separated by commas")
    add = group.add_argument
    add("--target", metavar="COLUMN", help="column to predict; never guessed")
    add("--drop", action="append", default=[], metavar="COLUMNS", help="not used as features")
    add("--features", action="append", default=[], metavar="COLUMNS", help="the only features")
    add("--categorical", action="append", default=[], metavar="COLUMNS", help="taken as texts, whatever they hold")
    add("--numeric", action="append", default=[], metavar="COLUMNS", help="taken as numbers; a text is an error")
    return group


def fill_penalty(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """What is minimised; names are those of the estimators."""
    group = parser.add_argument_group("objective: C * sum of weighted losses + (1 - l1_ratio)/2 |w|^2 + l1_ratio |w|_1")
    add = group.add_argument
    add("--C", type=inverse_penalty, metavar="C", help="inverse penalty; inf for none (default 1)")
    add("--penalty", choices=("l2", "l1", "elasticnet", "none"), help="the same in words")
    add("--no-intercept", action="store_true", help="no intercept")
    return group


def fill_objective(parser: argparse.ArgumentParser) -> None:
    """What is minimised and how."""
    add = fill_penalty(parser).add_argument
    add(
        "--l1-ratio", type=ratios, metavar="R", help="share of L1 in the penalty, 0 to 1 (default 0); several with --cv"
    )
    add("--class-weight", action="append", default=[], metavar="W", help="balanced, or name=weight,...")
    add("--solver", default="auto", help="auto (default), or one by name: an unknown name lists all")
    add("--tol", type=strength, default=1e-6, help="proven relative excess at which to stop (default 1e-6)")
    add("--max-iter", type=whole, default=10_000, metavar="N", help="iterations at most (default 10000)")
    add("--max-seconds", type=strength, metavar="S", help="seconds at most")


def fill_tuning(parser: argparse.ArgumentParser) -> None:
    """How C, and the share of L1, are chosen."""
    group = parser.add_argument_group("choosing C by the log loss on stratified folds of the rows to train on")
    add = group.add_argument
    add("--cv", type=folds, metavar="K", help="number of folds; C is as given without")
    add("--Cs", type=strengths, metavar="C", help="values to try, or how many from 1e-4 to 1e4 (default 10)")
    add("--rule", choices=("best", "one-standard-error"), help="best (default), or the smallest C nearly as good")


def fill_predict(parser: argparse.ArgumentParser) -> None:
    """Arguments of predict."""
    parser.add_argument("model", metavar="MODEL", help="a file saved by train")
    parser.add_argument("file", metavar="FILE", help="rows to predict")
    parser.add_argument(
        "-o", "--output", type=place, metavar="OUT", default="-", help="CSV to write; standard output without"
    )
    parser.add_argument("--append", action="store_true", help="keep the columns of the input, before the new ones")
    parser.add_argument("--quiet", action="store_true", help="no notes and no progress")
    fill_reading(parser)


def fill_evaluate(parser: argparse.ArgumentParser) -> None:
    """Arguments of evaluate."""
    parser.add_argument("model", metavar="MODEL", help="a file saved by train")
    parser.add_argument("file", metavar="FILE", help="rows with their target")
    parser.add_argument("--target", metavar="COLUMN", help="column of the target, if called otherwise")
    parser.add_argument("--sample-weight", metavar="COLUMN", help="weights of the rows")
    fill_labels(parser)
    fill_output(parser)
    fill_reading(parser)


def fill_inspect(parser: argparse.ArgumentParser) -> None:
    """Arguments of inspect."""
    parser.add_argument("model", metavar="MODEL", help="a file saved by train")
    parser.add_argument("--top", type=whole, default=10, metavar="N", help="coefficients to show (default 10)")
    parser.add_argument("--json", action="store_true", help="the whole file, with all coefficients by name")


def fill_benchmark(parser: argparse.ArgumentParser) -> None:
    """Arguments of benchmark."""
    parser.add_argument("file", metavar="FILE", help="rows to train on")
    parser.set_defaults(sample_weight=None)
    fill_columns(parser)
    fill_penalty(parser).add_argument("--l1-ratio", type=ratio, metavar="R", help="share of L1, 0 to 1 (default 0)")
    group = parser.add_argument_group("the race and its output")
    add = group.add_argument
    add("--solvers", type=listed, default=[], metavar="NAMES", help="names or globs; an unknown name lists all")
    add(
        "--time-limit",
        type=strength,
        default=5.0,
        metavar="S",
        help="seconds for one fit, 4 times that for all of one trainer (default 5)",
    )
    add("--rounds", type=whole, default=3, metavar="N", help="repetitions of the deciding fits (default 3)")
    add("--threads", type=whole, metavar="N", help="threads of every trainer (default: its own choice)")
    fill_labels(group)
    fill_output(group)
    fill_reading(parser)


def fill_labels(parser: argparse._ActionsContainer) -> None:
    """How labels in the file become classes."""
    add = parser.add_argument
    add("--map-label", action="append", default=[], metavar="OLD=NEW", help="read the label OLD as NEW")
    add("--strip-label", default="", metavar="CHARS", help="characters to cut off at both ends of labels")


def fill_output(parser: argparse._ActionsContainer) -> None:
    """How results are shown."""
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--quiet", action="store_true", help="no notes and no progress")


def fill_reading(parser: argparse.ArgumentParser) -> None:
    """What the user says of the file."""
    group = parser.add_argument_group("reading the file; what is not given is found out")
    add = group.add_argument
    add("--delimiter", type=delimiter, metavar="CHAR", help="a character, or tab, space")
    add("--quote", type=quote, metavar="CHAR", help="character around cells")
    header = group.add_mutually_exclusive_group().add_argument
    header("--header", action="store_true", default=None, help="the first line holds names")
    header("--no-header", action="store_false", default=None, dest="header", help="the first line is a row")
    add("--skip", type=whole, default=0, metavar="N", help="lines to pass over at the top")
    add("--encoding", help="utf-8 (default), latin-1, cp1252, utf-16, ...")
    add("--decimal", choices=(".", ","), help="decimal point of numbers")
    add("--missing", type=listed, metavar="CELLS", help="what means missing next to an empty cell, instead of NA, ...")


COMMANDS = (
    (
        "train",
        "train on a file, score on rows held out, save the model",
        TRAIN,
        "logreg train data/messy.csv --target outcome --drop id -o messy.json",
        fill_train,
    ),
    (
        "predict",
        "predict the classes of rows, with probabilities",
        PREDICT,
        "logreg predict messy.json data/messy.csv --append -o predicted.csv",
        fill_predict,
    ),
    (
        "evaluate",
        "score a model on rows whose class is known",
        EVALUATE,
        "logreg evaluate messy.json data/messy.csv",
        fill_evaluate,
    ),
    (
        "benchmark",
        "find the fastest trainer for a file",
        BENCHMARK,
        "logreg benchmark data/iris.csv --target species --solvers 'logreg,sklearn/newton*'",
        fill_benchmark,
    ),
    ("inspect", "show what a model holds", INSPECT, "logreg inspect messy.json", fill_inspect),
)

"""``python -m benchmarks``: race the contestants, print the tables, write results and pictures."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from . import found, machine, report
from .contestant import Contestant
from .problem import Dataset, UnavailableError
from .record import Results, joined
from .runner import Race, race
from .tables import TABLES, publish, wide
from .worker import limit_threads

EPILOG = """examples:
  python -m benchmarks                               two minutes, a table and a picture
  python -m benchmarks --full                        every data set and contestant: hours
  python -m benchmarks --table l2 --publish          one table of benchmarks/README.md, measured anew: hours
  python -m benchmarks --table l2 --publish --keep --datasets mnist          only its row mnist
  python -m benchmarks --datasets 'a9a*' --solvers logreg glum 'sklearn/*'
  python -m benchmarks scaling                       time against rows, columns, classes, entries
  python -m benchmarks predict                       predict_proba of many rows and of one"""
DEFAULT_LIMIT, FULL_LIMIT = 2.0, 60.0
DEFAULT = ("logreg", "glum*", "sklearn/l*", "sklearn/newton*", "nothing")  # the others are slow to start or to end


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["scaling"]:
        from .scaling import main as scaling

        return scaling(arguments[1:])
    if arguments[:1] == ["predict"]:
        from .prediction import main as prediction

        return prediction(arguments[1:])
    return run(_parser().parse_args(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--full", action="store_true", help="every data set and every contestant")
    parser.add_argument("--table", choices=TABLES, help="the data sets of one table of the README, against every peer")
    parser.add_argument("--publish", action="store_true", help="put that table into the README")
    parser.add_argument("--keep", action="store_true", help="keep the other rows of the last run of that name")
    parser.add_argument("--datasets", nargs="+", metavar="NAME", help="names or globs")
    parser.add_argument("--solvers", nargs="+", metavar="NAME", help="names or globs")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    parser.add_argument("--time-limit", type=float, metavar="S", help="seconds for one fit, four times as many for all")
    parser.add_argument("--rounds", type=int, default=3, help="paired repetitions of the deciding fits")
    parser.add_argument("--threads", type=int, metavar="N", help="threads of every contestant (default: theirs)")
    parser.add_argument("--output", type=Path, default=report.RESULTS, help="folder of results and pictures")
    return parser


def run(options: argparse.Namespace) -> int:
    """Race what was selected, and report."""
    try:
        datasets, contestants = _datasets(options), _contestants(options)
        results = Results(options.output, options.table or "latest", machine.machine(), machine.versions(contestants))
        old = results.kept() if options.keep else ()
        if options.publish and not options.table:
            raise ValueError("--publish needs the --table to put into the README")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if options.list:
        _list(datasets, contestants)
        return 0
    if options.threads:
        limit_threads(options.threads)
    limit = options.time_limit or (FULL_LIMIT if options.full or options.table else DEFAULT_LIMIT)
    order = TABLES.get(options.table) or [each.name for each in found.datasets()]
    new: list[Race] = []
    for dataset in datasets:
        if (result := _race(dataset, contestants, limit, options.rounds)) is not None:
            new.append(result)
            results = replace(results, races=joined(old, new, order))
            results.write()
    if new:
        _report(results, options.publish)
    return 0


def _list(datasets: list[Dataset], contestants: list[Contestant]) -> None:
    print("data sets:", *(each.name for each in datasets), sep="\n  ")
    print("contestants:", *(f"{c.name:<24} {c.version() or 'not installed'}" for c in contestants), sep="\n  ")


def _datasets(options: argparse.Namespace) -> list[Dataset]:
    everything = found.datasets()
    if options.table:
        everything = [each for name in TABLES[options.table] for each in everything if each.name == name]
    if options.datasets:
        return found.select(everything, options.datasets)
    return [each for each in everything if each.default or options.table or options.full or options.list]


def _contestants(options: argparse.Namespace) -> list[Contestant]:
    everything = found.contestants()
    if options.solvers:
        return found.select(everything, options.solvers)
    if options.table:
        return [each for each in everything if each.name == report.OURS or not found.is_ours(each.name)]
    return everything if options.full or options.list else found.select(everything, DEFAULT)


def _race(dataset: Dataset, contestants: list[Contestant], limit: float, rounds: int) -> Race | None:
    """One race and its table, or the reason why there is none."""
    try:
        problem = dataset.problem()
    except UnavailableError as reason:
        print(f"\n## {dataset.name}\n\nskipped: {reason}", flush=True)
        return None
    print(f"\n{report.title(problem.facts())}\n", flush=True)
    result = race(problem, contestants, time_limit=limit, rounds=rounds, watch=_note)
    print(report.race_table(result), flush=True)
    return result


def _note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _report(results: Results, publishing: bool) -> None:
    """The summary, the results as JSON and as tables, the pictures."""
    print(f"\n## Seconds to a relative excess of 1e-6\n\n{report.summary(results.races)}\n\n{wide(results.races)}")
    print("\nwritten:", results.file, *results.draw())
    if publishing:
        publish(results.name, results.published())


if __name__ == "__main__":
    sys.exit(main())

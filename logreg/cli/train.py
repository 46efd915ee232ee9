"""``logreg train``: a file in, a scored model out."""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console

from .. import __version__
from ..data.arrays import Arrays
from ..data.columns import Column, encode, features, learn
from ..errors import OptionError
from ..files.table import Table, open_table
from ..fit import Fit, fit
from ..folds import Rows
from ..ground.atomic import check_writable, is_input
from ..model import Model
from ..options import Options
from ..origin import Origin
from ..problem.labels import check_two_classes, class_weights
from ..solvers.auto import NAMES
from .labels import class_weight
from .match import reading
from .notes import Notes, watching
from .report import Report, show, show_train, strongest
from .sample import Sample, take
from .score import scored
from .split import stratified
from .texts import in_flags
from .tune import check, penalties, show_curve, tune


def run(args: argparse.Namespace) -> None:
    """Train, score, save and report."""
    begin, notes = time.perf_counter(), Notes(args.quiet)
    options = resolve(args)
    if args.output is not None:
        check_output(args)
    with open_table(args.file, reading(args)) as table:
        sample = take(args, table, notes)
        origin = origin_of(sample, table)
    train, test = stratified(sample.y, args.test_size, args.seed)
    prepared = prepare(sample.rows(train), args)
    tuned = None if args.cv is None else tune(prepared.rows, len(sample.classes), chosen(options), args, notes)
    options |= {} if tuned is None else {"C": tuned["C"], "l1_ratio": tuned["l1_ratio"]}
    model, result = train_on(sample.rows(train), prepared, origin, options, args)
    report = {
        **summary(table.name, sample, model, len(train)),
        "cross_validation": tuned,
        **circumstances(result),
        "held_out": score(model, sample.rows(test)) if sample.weight[test].any() else None,
    }
    model = with_facts(model, report, result, options)
    if args.output:
        model.save(args.output)
    else:
        notes.say("the model is not saved: -o model.json saves it")
    if not result.status.converged:
        notes.say(f"the model is not certified to --tol {args.tol:g}: {in_flags(result.status.message)}")
    if args.test_size and not len(test):
        notes.say("no class has rows enough to hold some out: the model is not scored")
    elif len(test) and report["held_out"] is None:
        notes.say("the rows held out have no weight: the model is not scored")
    report |= {
        "options": options,
        "coefficients": strongest(model, args.top),
        "notes": notes.said,
        "model": args.output,
        "seconds": time.perf_counter() - begin,
    }
    show(report, show_all, args.json)


def show_all(console: Console, report: Report) -> None:
    """The curve, if there is one, and the report."""
    if report["cross_validation"]:
        show_curve(console, report["cross_validation"])
        console.print()
    show_train(console, report)


def check_output(args: argparse.Namespace) -> None:
    """Raise before the work begins where the model cannot be saved, or would take the place of its own data."""
    if args.output == "-":
        raise OptionError("-o -: the report goes to standard output, so name a file for the model")
    check_writable(args.output)
    file, output = Path(args.file), Path(args.output)
    is_data = output.is_file() and file.exists() and output.samefile(file)
    if is_data or (args.file == "-" and is_input(output)):
        raise OptionError(f"the model would replace {args.file}, the file to train on: give -o another name")


def origin_of(sample: Sample, table: Table) -> Origin:
    """What reading another file like this one needs to know."""
    return Origin(
        table.names[sample.target.position],
        sample.target.position,
        tuple(sample.places.values()),
        len(table.names),
        table.header,
        table.reading.missing,
        table.reading.decimal,
    )


def summary(file: str, sample: Sample, model: Model, trained_on: int) -> dict[str, Any]:
    """What was trained on what."""
    return {
        "file": file,
        "rows": {
            "read": sample.rows_read,
            "without_target": sample.rows_read - len(sample),
            "trained_on": trained_on,
            "held_out": len(sample) - trained_on,
        },
        "target": model.origin.target,
        "classes": list(model.classes),
        "columns": len(model.columns),
        "features": len(model.features),
        "left_out": sample.left_out,
    }


def resolve(args: argparse.Namespace) -> dict[str, Any]:
    """Options of the fit as the estimators call them, checked before the file is read."""
    if args.solver not in NAMES:
        raise OptionError(f"--solver is {args.solver!r}; expected one of {', '.join(NAMES)}")
    check(args)
    C, l1_ratio = penalties(args)[0]
    return {
        "C": C,
        "l1_ratio": l1_ratio,
        "fit_intercept": not args.no_intercept,
        "class_weight": args.class_weight or None,
        "sample_weight": args.sample_weight,
        "solver": args.solver,
        "tol": args.tol,
        "max_iter": args.max_iter,
        "max_seconds": args.max_seconds,
        "random_state": args.seed,
        "test_size": args.test_size,
    }


FIT_OPTIONS = ("l1_ratio", "fit_intercept", "solver", "tol", "max_iter", "max_seconds", "random_state")


class Prepared(NamedTuple):
    """What training saw of each column, and the rows as the solvers read them."""

    columns: tuple[Column, ...]
    rows: Rows


def prepare(sample: Sample, args: argparse.Namespace) -> Prepared:
    """Learn the columns, and encode them."""
    columns = tuple(learn(name, raw) for name, raw in sample.frame.items())
    classes = np.array(sample.classes, dtype=object)
    by_class = class_weights(class_weight(args.class_weight, sample.classes), classes, sample.y, sample.weight)
    weight = sample.weight * by_class[sample.y]
    check_two_classes(classes, sample.y, weight)
    return Prepared(columns, Rows(encode(columns, sample.frame, len(sample)), sample.y, weight, sample.weight))


def chosen(options: Mapping[str, Any]) -> Options:
    """Those of every fit: C apart."""
    return Options(**{key: options[key] for key in FIT_OPTIONS})


def train_on(
    sample: Sample, prepared: Prepared, origin: Origin, options: Mapping[str, Any], args: argparse.Namespace
) -> tuple[Model, Fit]:
    """The model of these rows, without its facts."""
    columns, rows = prepared
    data = Arrays(rows.X, rows.y, rows.weight, [feature.label for feature in features(columns)])
    with watching(args.quiet, args.tol) as watch:
        result = fit(data, len(sample.classes), replace(chosen(options), watch=watch), C=options["C"])
    model = Model(sample.classes, frequencies(sample), columns, result.coef, np.asarray(result.intercept), origin, {})
    return model, result


def frequencies(sample: Sample) -> tuple[float, ...]:
    """Shares of the classes."""
    counts = np.bincount(sample.y, sample.weight, len(sample.classes))
    return tuple((counts / counts.sum()).tolist())


def score(model: Model, sample: Sample) -> dict[str, Any]:
    """Scores on rows the model has not seen."""
    return scored(model, sample.y, model.predict_proba(sample.frame, len(sample)), sample.weight)


def circumstances(result: Fit) -> dict[str, Any]:
    """How the fit went, and its certificate."""
    certificate = result.certificate
    return {
        "fit": {
            "converged": result.status.converged,
            "status": result.status.message,
            "iterations": result.n_iter,
            "seconds": result.history[-1].seconds,
            "solver": result.solver,
            "why": result.why,
        },
        "certificate": {
            "objective": certificate.objective,
            "bound": certificate.bound,
            "relative": certificate.relative,
            "sentence": sentence(result),
        },
    }


def sentence(result: Fit) -> str:
    """The certificate in words."""
    certificate = result.certificate
    if not np.isfinite(certificate.relative):
        return f"not certified to tol: {certificate}"
    proven = (
        f"the objective, {certificate.objective:.10g}, is proven to be within {certificate.relative:.1e} of the "
        f"optimum in relative terms (at most {certificate.bound:.2g} above it)"
    )
    return f"certified: {proven}" if result.status.converged else f"not certified to tol: {proven}"


def with_facts(model: Model, report: Mapping[str, Any], result: Fit, options: Mapping[str, Any]) -> Model:
    """The model with what is known of its training, for whoever reads the file."""
    training = {key: report[key] for key in ("file", "rows", "left_out", "cross_validation", "fit", "held_out")}
    facts = {
        "options": options,
        "certificate": report["certificate"],
        "training": {**training, "history": [list(record) for record in result.history]},
        "versions": {
            "logreg": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "scipy", "duckdb", "pyarrow")},
        },
    }
    return replace(model, facts=facts)

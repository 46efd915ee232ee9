"""Results on standard output: tables for a reader, JSON for a machine, from the same facts."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from ..facts import plain
from ..model import Model
from .texts import in_flags, visible

SCORES = {"log_loss": "log loss", "accuracy": "accuracy", "roc_auc": "ROC AUC", "brier": "Brier score"}

WIDTH = 120
"""Characters a line may have where the terminal does not say."""

NUMBER = re.compile(r"[-+.e\d]*")

CLASSES_SHOWN = 20
"""Classes up to which the confusion matrix is drawn; --json has all."""

Report = Mapping[str, Any]


def show(report: Report, render: Callable[[Console, Report], None], as_json: bool) -> None:
    """Print the report."""
    if as_json:
        text = json.dumps(plain(report), indent=1, ensure_ascii=False, allow_nan=False)
        print(text if can_say(text) else json.dumps(plain(report), indent=1, allow_nan=False))
    else:
        console = Console(markup=False, highlight=False, emoji=False)
        render(console if console.is_terminal else Console(**PLAIN), report)


def can_say(text: str) -> bool:
    """Whether standard output has all characters of a text."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


PLAIN: dict[str, Any] = {"markup": False, "highlight": False, "emoji": False, "width": WIDTH, "no_color": True}


def show_train(console: Console, report: Report) -> None:
    """The report of train."""
    rows, fit = report["rows"], report["fit"]
    line(
        console,
        f"{report['file']}: {rows['trained_on']} rows trained on, {rows['held_out']} held out, "
        f"{counted(report['columns'], 'column')}, {counted(report['features'], 'coefficient')} a class",
    )
    line(console, f"target {report['target']!r}, classes {listing(report['classes'])}")
    if report["held_out"]:
        show_scores(console, report["held_out"], report["classes"])
    show_coefficients(console, report["coefficients"])
    show_fit(console, fit, report["certificate"])
    line(console, f"{fit['seconds']:.3f} s in the fit, {report['seconds']:.2f} s in all")
    if report["model"]:
        line(console, f"model saved in {report['model']}")


def show_evaluation(console: Console, report: Report) -> None:
    """The report of evaluate."""
    line(console, f"{report['model']} on {report['file']}, target {report['target']!r}")
    show_scores(console, report, report["classes"])


def show_model(console: Console, model: Report) -> None:
    """The report of inspect."""
    training, target = model["training"], model["target"]
    line(console, f"target {target['name']!r}, trained on {training['file']}, {training['rows']['trained_on']} rows")
    grid(
        console,
        "classes",
        ["class", "frequency", "intercept"],
        class_rows(model),
    )
    grid(console, "columns", ["column", "position", "kind", "what training saw"], map(about, model["columns"]))
    if training["held_out"]:
        show_scores(console, training["held_out"], model["classes"])
    show_coefficients(console, model["coefficients"])
    for part in ("options", "versions"):
        line(console, f"{part}: " + ", ".join(f"{key} {value}" for key, value in model[part].items()))
    show_fit(console, training["fit"], model["certificate"])


def show_fit(console: Console, fit: Report, certificate: Report) -> None:
    """How the optimum was found, and what is proven of it."""
    line(console, f"{fit['solver']}, {counted(fit['iterations'], 'iteration')}: {in_flags(fit['why'])}")
    line(console, in_flags(fit["status"]))
    line(console, certificate["sentence"])


def counted(count: int, what: str) -> str:
    """So many of a thing.

    >>> counted(1, "column"), counted(2, "column")
    ('1 column', '2 columns')
    """
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def class_rows(model: Report) -> list[Sequence[str]]:
    """Each class, its frequency, and its intercept: that of two classes belongs to the second."""
    intercepts = [""] * (len(model["classes"]) - len(model["intercept"])) + [f"{b:.6g}" for b in model["intercept"]]
    return [
        (name, f"{share:.4f}", intercept)
        for name, share, intercept in zip(model["classes"], model["frequencies"], intercepts, strict=True)
    ]


def about(column: Report) -> Sequence[str]:
    """One column of the model as a row."""
    if column["kind"] == "numeric":
        what = f"mean {column['mean']:.6g}, deviation {column['scale']:.6g}, missing {column['missing_share']:.1%}"
    else:
        what = listing(["(missing)" if level is None else level for level in column["levels"]])
    return column["name"], str(column["position"]), column["kind"], what


def show_scores(console: Console, scored: Report, classes: Sequence[str]) -> None:
    """Scores beside those of the class frequencies, then the confusion matrix."""
    weighted = scored.get("weighted", False)  # older models do not say
    grid(
        console,
        f"scores on {scored['rows']} rows{', each by its weight' if weighted else ''}",
        ["", "model", "class frequencies"],
        [(label, number(scored["scores"][key]), number(scored["baseline"][key])) for key, label in SCORES.items()],
    )
    if len(classes) <= CLASSES_SHOWN:
        grid(
            console,
            f"confusion{', every row once' if weighted else ''}: rows are true classes, columns predicted ones",
            ["", *classes],
            [(name, *map(str, row)) for name, row in zip(classes, scored["confusion"], strict=True)],
        )


def show_coefficients(console: Console, coefficients: Sequence[Report]) -> None:
    """The strongest coefficients."""
    grid(
        console,
        "strongest coefficients",
        ["feature", "class", "per standard deviation", "coefficient"],
        [(c["feature"], c["class"], f"{c['per_deviation']:+.4f}", f"{c['coef']:+.6g}") for c in coefficients],
    )


def strongest(model: Model, top: int) -> list[dict[str, Any]]:
    """Coefficients by size per standard deviation of their feature, so that they compare."""
    features = model.features
    # One row of coefficients speaks for the second of two classes.
    classes = model.classes[-1:] if len(model.coef) == 1 else model.classes
    size = model.coef * [feature.scale for feature in features]
    order = np.argsort(-np.abs(size), axis=None, kind="stable")[:top]
    return [
        {
            "feature": features[j].label,
            "column": features[j].column,
            "level": features[j].level,
            "class": classes[k],
            "coef": float(model.coef[k, j]),
            "per_deviation": float(size[k, j]),
        }
        for k, j in (divmod(int(at), len(features)) for at in order)
    ]


def grid(console: Console, title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table; columns of numbers stand to the right."""
    console.print()
    line(console, title)
    table, rows = Grid(box=box.SIMPLE_HEAD, pad_edge=False), list(rows)
    for at, name in enumerate(head):
        numeric = all(NUMBER.fullmatch(row[at]) for row in rows)
        table.add_column(shown(name), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(shown, row))
    console.print(table, end="")


def line(console: Console, sentence: str) -> None:
    """One sentence."""
    console.print(shown(sentence))


def shown(text: str) -> Text:
    """A text as it is, but for what the terminal would obey."""
    return Text(visible(text))


def number(value: float | None) -> str:
    """A score, or a dash where it is not defined."""
    return "-" if value is None else f"{value:.4f}"


def listing(names: Sequence[str]) -> str:
    """The first few names."""
    return ", ".join(names[:8]) + (f", ... ({len(names)})" if len(names) > 8 else "")

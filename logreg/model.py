"""A trained model: classes, columns and coefficients, kept in one JSON file that executes nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from .data.cells import Frame
from .data.columns import Categorical, Column, Feature, Numeric, encode, features
from .errors import ModelError
from .files.spool import check_readable
from .ground.atomic import replacing
from .ground.checked import Shape, check, items, numbers, shaped, share_list, texts
from .ground.numerics import sigmoid, softmax

Array = NDArray[np.float64]

FORMAT = "logreg model"
SCHEMA = 1


@dataclass(frozen=True)
class Origin:
    """The file a model was trained on, as far as reading another one like it needs it.

    Positions count from 0; ``missing`` are the cells that stand for a missing value, ``decimal`` the point.
    """

    target: str
    target_position: int
    positions: tuple[int, ...]
    width: int
    header: bool
    missing: tuple[str, ...]
    decimal: str


@dataclass(frozen=True)
class Model:
    """What is needed to predict, and what is known of how it was trained.

    Parameters
    ----------
    classes : tuple of str
        Labels; with two, coefficients are the log-odds of the second.
    shares : tuple of float
        Frequencies of the classes in training.
    columns : tuple of Column
        What was learned of each column of the table.
    coef : ndarray of shape (1 or n_classes, n_features)
        Coefficients of ``features``.
    intercept : ndarray of shape (1 or n_classes,)
        Intercepts.
    origin : Origin
        The training file.
    facts : mapping
        Options, versions, certificate and circumstances of training, for the reader.
    """

    classes: tuple[str, ...]
    shares: tuple[float, ...]
    columns: tuple[Column, ...]
    coef: Array
    intercept: Array
    origin: Origin
    facts: Mapping[str, Mapping[str, Any]]

    @property
    def features(self) -> list[Feature]:
        """The columns of the encoded matrix."""
        return features(self.columns)

    def predict_proba(self, frame: Frame, n: int) -> Array:
        """Probabilities of the classes for n rows.

        Parameters
        ----------
        frame : mapping of str to Numbers or Texts
            The columns of the model, by name.
        n : int
            Rows.

        Returns
        -------
        ndarray of shape (n, n_classes)
        """
        eta = encode(self.columns, frame, n).dot(self.coef.T) + self.intercept
        return softmax(eta) if eta.shape[1] > 1 else np.hstack([sigmoid(-eta), sigmoid(eta)])

    def save(self, path: str) -> None:
        """Write the model; a file that is there is replaced only once the new one is complete."""
        text = json.dumps(self.as_dict(), indent=1, ensure_ascii=False, allow_nan=False)
        with replacing(path) as file:
            file.write(text.encode() + b"\n")

    @staticmethod
    def load(path: str) -> Model:
        """Read a model.

        Raises
        ------
        ModelError
            For a file that is damaged, foreign, or newer than this version can read.
        """
        check_readable(Path(path), path)
        try:
            text = Path(path).read_text(encoding="utf-8")
            found = json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise ModelError(f"{path} is not a model file, or a damaged one: {_why_not_json(error)}") from None
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise ModelError(f"{path} is not a model file: `logreg train -o` writes one")
        if type(found.get("schema")) is int and found["schema"] > SCHEMA:
            raise ModelError(
                f"{path} was written by a newer version (schema {found['schema']}, this one reads {SCHEMA}): "
                "upgrade logreg"
            )
        try:
            return parse(found)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ModelError(f"{path} is a damaged model file: {_damage(error)}; train it again") from None

    def as_dict(self) -> dict[str, Any]:
        """What the file says."""
        origin = self.origin
        return {
            "format": FORMAT,
            "schema": SCHEMA,
            "classes": list(self.classes),
            "frequencies": list(self.shares),
            "target": {"name": origin.target, "position": origin.target_position + 1},
            "file": {
                "header": origin.header,
                "width": origin.width,
                "missing": list(origin.missing),
                "decimal": origin.decimal,
            },
            "columns": [
                {"name": column.name, "position": at + 1, "kind": column.kind, **column_facts(column)}
                for column, at in zip(self.columns, origin.positions, strict=True)
            ],
            "features": [feature.label for feature in self.features],
            "coef": self.coef.tolist(),
            "intercept": self.intercept.tolist(),
            **{key: plain(value) for key, value in self.facts.items()},
        }


METRICS = ("log_loss", "accuracy", "roc_auc", "brier")
NUMBER_OR_NONE = (int, float, type(None))

SCORES: Shape = {"rows": int, "scores": dict, "baseline": dict, "confusion": list}

FACTS: dict[str, Shape] = {
    "options": {"C": (int, float, str)},
    "certificate": {"sentence": str},
    "training": {
        "file": str,
        "rows": {"trained_on": int},
        "fit": {"solver": str, "iterations": int, "why": str, "status": str},
        "held_out": (dict, type(None)),
    },
    "versions": {"logreg": str},
}
"""What a reader of the facts relies on; there may be more."""


def column_facts(column: Column) -> dict[str, Any]:
    """What was learned of a column, under the names of the file."""
    if isinstance(column, Numeric):
        return {"mean": column.mean, "scale": column.scale, "missing_share": column.missing}
    assert isinstance(column, Categorical)
    return {"levels": list(column.levels), "shares": list(column.shares)}


def plain(value: Any) -> Any:
    """The value with numbers JSON knows: infinity becomes the text "inf".

    >>> plain({"C": float("inf"), "tol": 1e-6})
    {'C': 'inf', 'tol': 1e-06}
    """
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value


def parse(found: Mapping[str, Any]) -> Model:
    """The model a file says; raises KeyError, TypeError or ValueError where it makes no sense."""
    check(type(found["schema"]) is int and found["schema"] == SCHEMA, f"schema is {found['schema']!r}, not {SCHEMA}")
    classes = tuple(texts(found["classes"], "classes"))
    check(len(classes) >= 2, "there are fewer than two classes")
    columns = tuple(parse_column(entry) for entry in items(found["columns"], dict, "columns"))
    texts([column.name for column in columns], "names of columns")
    labels = [feature.label for feature in features(columns)]
    check(found["features"] == labels, "the features are not those of the columns")
    outputs = 1 if len(classes) == 2 else len(classes)
    coef = [numbers(row, len(labels), "coef") for row in items(found["coef"], list, "coef")]
    check(len(coef) == outputs, f"coef has {len(coef)} rows, expected {outputs}")
    return Model(
        classes,
        tuple(share_list(found["frequencies"], len(classes), "frequencies")),
        columns,
        np.array(coef, dtype=np.float64).reshape(outputs, len(labels)),
        np.array(numbers(found["intercept"], outputs, "intercept")),
        parse_origin(found),
        parse_facts(found, len(classes)),
    )


def parse_facts(found: Mapping[str, Any], k: int) -> dict[str, dict[str, Any]]:
    """What is known of the training of a model of k classes."""
    for key, shape in FACTS.items():
        shaped(found[key], shape, key)
    scored = found["training"]["held_out"]
    if scored is not None:
        shaped(scored, SCORES, "held_out")
        for name in METRICS:
            good = all(type(scored[part][name]) in NUMBER_OR_NONE for part in ("scores", "baseline"))
            check(good, f"{name} is not a number")
        rows = items(scored["confusion"], list, "confusion")
        check(len(rows) == k and all(len(row) == k for row in rows), f"confusion is not a table of {k} by {k}")
    return {key: dict(found[key]) for key in FACTS}


def parse_column(entry: Mapping[str, Any]) -> Column:
    """One column of the file."""
    kind, name = entry["kind"], entry["name"]
    if kind == Numeric.kind:
        mean, scale = numbers([entry["mean"], entry["scale"]], 2, name)
        return Numeric(name, mean, scale, *share_list([entry["missing_share"]], 1, name))
    check(kind == Categorical.kind, f"column {name!r} is of the unknown kind {kind!r}")
    levels = tuple(entry["levels"])
    texts([level for level in levels if level is not None], f"levels of {name!r}")
    check(levels.count(None) <= 1, f"levels of {name!r} are not different texts")
    return Categorical(name, levels, tuple(share_list(entry["shares"], len(levels), name)))


def parse_origin(found: Mapping[str, Any]) -> Origin:
    """What the file says of the training file."""
    target, file = found["target"], found["file"]
    positions = [entry["position"] for entry in found["columns"]]
    width = file["width"]
    check(type(width) is int, f"width is {width!r}, not a number of columns")
    for at in (*positions, target["position"]):
        check(type(at) is int and 1 <= at <= width, f"position {at!r} is not one of {width} columns")
    check(isinstance(file["header"], bool), "header is neither true nor false")
    check(file["decimal"] in (".", ","), "decimal is neither a point nor a comma")
    return Origin(
        texts([target["name"]], "target")[0],
        target["position"] - 1,
        tuple(at - 1 for at in positions),
        width,
        file["header"],
        tuple(texts(file["missing"], "missing")),
        file["decimal"],
    )


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number in JSON")


def _why_not_json(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno} is no JSON"
    return "it is no text" if isinstance(error, UnicodeDecodeError) else _damage(error)


def _damage(error: Exception) -> str:
    """What `check` says; what Python says of a value that is none of those expected is of no use to a reader."""
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return str(error).splitlines()[0][:120] if type(error) is ValueError else "an entry is not of the kind expected"

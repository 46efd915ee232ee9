"""A trained model: classes, columns and coefficients, kept in one JSON file that executes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from .data.cells import Frame, Numbers
from .data.columns import Categorical, Column, Feature, Numeric, encode, features
from .errors import DataError, ModelError
from .facts import parse_facts, plain
from .files.spool import check_readable
from .ground.atomic import replacing
from .ground.checked import check, items, numbers, share_list, texts
from .ground.numerics import sigmoid, softmax
from .origin import Origin, parse_origin

Array = NDArray[np.float64]

FORMAT = "logreg model"
SCHEMA = 1

DIGITS = 300
"""Digits of a whole number, at most: more are no floating-point number."""


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

        Raises
        ------
        DataError
            For numbers so large that no probability comes of them.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            eta = encode(self.columns, frame, n).dot(self.coef.T) + self.intercept
            P = softmax(eta) if eta.shape[1] > 1 else np.hstack([sigmoid(-eta), sigmoid(eta)])
        lost = np.isnan(P).any(axis=1)
        if lost.any():
            self._refuse_row(frame, int(lost.argmax()))
        return P

    def _refuse_row(self, frame: Frame, row: int) -> NoReturn:
        """Name the column that takes a row beyond what floating-point numbers hold."""
        cells = {name: abs(float(cells.values[row])) for name, cells in frame.items() if isinstance(cells, Numbers)}
        name = max(cells, key=lambda key: np.nan_to_num(cells[key]), default="")
        raise DataError(
            f"a row has no probabilities: its column {name!r} holds a number of the size {cells.get(name, 0.0):.6g}, "
            "which times the coefficients is beyond what floating-point numbers hold: correct it, or the model"
        )

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
        check_readable(Path(path), path, "a model that `logreg train -o` has written")
        try:
            text = Path(path).read_text(encoding="utf-8")
            found = json.loads(text, parse_constant=_refuse, parse_int=_whole)
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
        return {
            "format": FORMAT,
            "schema": SCHEMA,
            "classes": list(self.classes),
            "frequencies": list(self.shares),
            **self.origin.as_dict(),
            "columns": [
                {"name": column.name, "position": at + 1, "kind": column.kind, **column_facts(column)}
                for column, at in zip(self.columns, self.origin.positions, strict=True)
            ],
            "features": [feature.label for feature in self.features],
            "coef": self.coef.tolist(),
            "intercept": self.intercept.tolist(),
            **{key: plain(value) for key, value in self.facts.items()},
        }


def column_facts(column: Column) -> dict[str, Any]:
    """What was learned of a column, under the names of the file."""
    if isinstance(column, Numeric):
        return {"mean": column.mean, "scale": column.scale, "missing_share": column.missing}
    assert isinstance(column, Categorical)
    return {"levels": list(column.levels), "shares": list(column.shares)}


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


def _whole(digits: str) -> int:
    if len(digits) > DIGITS:
        raise ValueError(f"a number has {len(digits)} digits")
    return int(digits)


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

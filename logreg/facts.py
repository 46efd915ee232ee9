"""What a model file tells a reader of the training: checked when it is read, plain when it is written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .ground.checked import Shape, check, items, shaped

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

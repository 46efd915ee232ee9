"""Small random problems for the tests: rows and labels from a seed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from logreg import fit as room
from logreg.data.base import Data
from logreg.fit import Fit, Start
from logreg.options import Options
from logreg.problem.losses import Loss

Array = NDArray[Any]


def draw(seed: int, n: int = 60, p: int = 3, classes: int = 2) -> tuple[Array, Array]:
    """Rows off the origin and noisy labels 0 .. classes-1, every class present, hardly ever separable."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    scores = X @ rng.normal(size=(p, classes)) + 2 * rng.gumbel(size=(n, classes))
    y = scores.argmax(axis=1)
    y[:classes] = np.arange(classes)
    return X + rng.normal(size=p), y


def whole_numbers(seed: int = 0, classes: int = 2) -> tuple[Array, Array]:
    """Rows of small whole numbers with many zeros, exact in every type of number; and labels."""
    X, y = draw(seed, n=80, p=4, classes=classes)
    return np.clip(np.rint(2 * X), -3, 3) * (np.abs(X) > 0.5), y


def fit(
    data: Data, classes: int, *, C: float = 1.0, loss: Loss | None = None, start: Start | None = None, **options: Any
) -> Fit:
    """A fit, its options by name."""
    return room.fit(data, classes, Options(**options), C=C, loss=loss, start=start)

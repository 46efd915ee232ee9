"""Handwritten digits, 28 x 28 pixels between 0 and 1, 10 classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..problem import Dataset, real_file


def mnist() -> tuple[Any, Any]:
    """63 000 rows; most pixels of the border are constant."""
    with np.load(real_file("mnist.npz")) as file:
        return file["X"] / 255.0, file["y"]


datasets = [Dataset("mnist", mnist, C=0.01), Dataset("mnist/l1", mnist, C=0.001, l1_ratio=1.0)]

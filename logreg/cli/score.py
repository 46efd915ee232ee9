"""Scores of a model beside those of its baseline, as train and evaluate report them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.base import Array
from ..evaluation import baseline, confusion, scores
from ..model import Model


def scored(model: Model, y: NDArray[np.integer], P: Array, weight: Array) -> dict[str, Any]:
    """Scores, those of always predicting the class frequencies of training, and the confusion matrix."""
    return {
        "rows": len(y),
        "weighted": bool(np.ptp(weight) > 0),
        "scores": asdict(scores(y, P, weight)),
        "baseline": asdict(baseline(y, model.shares, weight)),
        "confusion": confusion(y, P).tolist(),
    }

"""Logistic and softmax regression that always converges, proves it, and is fast."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .crossentropy import cross_entropy, cross_entropy_from_logits
    from .estimators import LogisticRegression, LogisticRegressionCV, SoftmaxRegression, logistic_path
    from .ground.numerics import sigmoid, softmax
    from .plots import CoefficientPathDisplay, CrossEntropyDisplay, CrossValidationDisplay, LossHistoryDisplay

__version__ = "0.1.0"

# Names are imported when first used: the command line starts without scikit-learn and SciPy.
_ROOMS = {
    "CoefficientPathDisplay": "plots",
    "CrossEntropyDisplay": "plots",
    "CrossValidationDisplay": "plots",
    "LogisticRegression": "estimators",
    "LogisticRegressionCV": "estimators",
    "LossHistoryDisplay": "plots",
    "SoftmaxRegression": "estimators",
    "cross_entropy": "crossentropy",
    "cross_entropy_from_logits": "crossentropy",
    "logistic_path": "estimators",
    "sigmoid": "ground.numerics",
    "softmax": "ground.numerics",
}

__all__ = [
    "CoefficientPathDisplay",
    "CrossEntropyDisplay",
    "CrossValidationDisplay",
    "LogisticRegression",
    "LogisticRegressionCV",
    "LossHistoryDisplay",
    "SoftmaxRegression",
    "cross_entropy",
    "cross_entropy_from_logits",
    "logistic_path",
    "sigmoid",
    "softmax",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return getattr(import_module(f".{_ROOMS[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

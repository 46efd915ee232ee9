"""Plots in the style of scikit-learn's Display classes; matplotlib is imported when the first is drawn."""

from .crossentropy import CrossEntropyDisplay
from .curve import CrossValidationDisplay
from .history import LossHistoryDisplay
from .path import CoefficientPathDisplay

__all__ = ["CoefficientPathDisplay", "CrossEntropyDisplay", "CrossValidationDisplay", "LossHistoryDisplay"]

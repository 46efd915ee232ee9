"""Scores for cross-validation: our own where they are fast, scikit-learn's for every other name and for callables."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import check_scoring, make_scorer
from sklearn.utils.validation import _check_method_params

from ..crossvalidation import Score, accuracy, neg_log_loss
from ..fit import Fit
from ..folds import Indices, Rows
from .linear import LinearClassifier
from .logistic import LogisticRegression
from .regression import remember

Array = NDArray[np.float64]
Scoring = str | Callable[..., float] | None

OWN: Mapping[Any, Score] = {None: accuracy, "accuracy": accuracy, "neg_log_loss": neg_log_loss}
"""Scores that need no scorer; None is accuracy, as in scikit-learn."""


def scorer_of(estimator: LinearClassifier, scoring: Scoring) -> Callable[..., float]:
    """scikit-learn's scorer ``scorer(estimator, X, y)``; its error names the scores there are."""
    found: Callable[..., float] = check_scoring(estimator, scoring="accuracy" if scoring is None else scoring)
    return found


def score_of(
    scoring: Scoring,
    scorer: Callable[..., float],
    X: Any,
    labels: NDArray[Any],
    classes: NDArray[Any],
    Cs: Array,
    params: Any,
) -> Score:
    """The score with which cross-validation shall choose."""
    if isinstance(scoring, str | None) and scoring in OWN and not set(params) - {"sample_weight"}:
        return OWN[scoring]
    return Scorer(naming(scorer, classes), X, labels, classes, Cs, params)


def naming(scorer: Callable[..., float], classes: NDArray[Any]) -> Callable[..., float]:
    """The scorer told of all classes, where it asks: test rows may lack some; of two the second is the positive one.

    What it was made with stays.
    """
    metric, known = getattr(scorer, "_score_func", None), getattr(scorer, "_kwargs", {})
    asked = inspect.signature(metric).parameters if metric is not None else {}
    if "labels" not in asked:
        return scorer
    told: dict[str, Any] = {"labels": classes}
    if len(classes) == 2 and "pos_label" in asked:
        told["pos_label"] = classes[1]
    sign, response = getattr(scorer, "_sign", 1), getattr(scorer, "_response_method", "predict")
    made: Callable[..., float] = make_scorer(
        metric, response_method=response, greater_is_better=sign > 0, **{**told, **known}
    )
    return made


@dataclass
class Scorer:
    """A scorer of scikit-learn, asked about each fit in turn.

    Parameters
    ----------
    scorer : callable
        ``scorer(estimator, X, y, **params)``.
    X, labels, classes
        All rows, as the user gave them, and the classes.
    Cs : ndarray of shape (n_cs,)
        The strength of each fit.
    params : dict
        What the scorer is given besides, row by row where it has rows.
    """

    scorer: Callable[..., float]
    X: Any
    labels: NDArray[Any]
    classes: NDArray[Any]
    Cs: Array
    params: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, fits: Sequence[Fit], rows: Rows, test: Indices) -> Array:
        """The score of each fit on the test rows."""
        X, y = self.X[test], self.labels[test]
        params = _check_method_params(self.X, dict(self.params), indices=test)
        models = (fitted(one, C, self.classes) for one, C in zip(fits, self.Cs.tolist(), strict=True))
        return np.array([self.scorer(model, X, y, **params) for model in models], dtype=np.float64)


def fitted(one: Fit, C: float, classes: NDArray[Any]) -> LogisticRegression:
    """A fit as the estimator whose fit it might be."""
    model = LogisticRegression(C=C)
    remember(model, one)
    model.classes_, model.n_features_in_ = classes, one.coef.shape[1]
    return model


def takes_weights(scorer: Callable[..., Any]) -> bool:
    """Whether a scorer can be given ``sample_weight``."""
    parameters = inspect.signature(scorer).parameters
    return "sample_weight" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())

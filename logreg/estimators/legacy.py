"""The attributes of LogisticRegressionCV in the shapes that scikit-learn gave them up to version 1.9."""

from __future__ import annotations

from typing import Any

import numpy as np


def as_legacy(fitted: Any, *, keep_ratios: bool) -> dict[str, Any]:
    """Attributes by name: dictionaries by class with the axes (folds, Cs, l1_ratios), and one number a class.

    Parameters
    ----------
    fitted : LogisticRegressionCV
        With its attributes in their own shapes.
    keep_ratios : bool
        Whether the axis of the l1_ratios is kept.
    """
    # Two classes have one row of coefficients, that of the second.
    keys = fitted.classes_[-len(fitted.coef_) :]
    scores, n_iter, coefs = (np.swapaxes(of, 1, 2) for of in (fitted.scores_, fitted.n_iter_, fitted.coefs_paths_))
    if not keep_ratios:
        scores, n_iter, coefs = scores[:, :, 0], n_iter[:, :, 0], coefs[:, :, 0]
    return {
        "C_": np.full(len(keys), fitted.C_),
        "l1_ratio_": np.full(len(keys), fitted.l1_ratio_),
        "scores_": dict.fromkeys(keys, scores),
        "coefs_paths_": dict(zip(keys, np.moveaxis(coefs, -2, 0), strict=True)),
        "n_iter_": n_iter[None],
    }

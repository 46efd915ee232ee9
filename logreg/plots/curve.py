"""The cross-validation curve: mean score against C, with its standard error and what the rules choose."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from ..crossvalidation import Curve
from .canvas import QUIET, along, axes, check_fitted, color, entitle, legend, styled, weaker


class CrossValidationDisplay:
    """Mean score against C with a band of one standard error, in scikit-learn's style.

    Parameters
    ----------
    curve : Curve
        Scores by fold, l1_ratio and C.
    score_name : str, default="score"
        What the scores are; a name that begins with "neg_" is drawn as the loss that it negates.

    Attributes
    ----------
    ax_, figure_
        Where it was drawn.
    lines_ : list of Line2D
        One an l1_ratio.
    bands_ : list of PolyCollection
        Their standard errors.
    best_, simplest_ : float
        C of the best mean score, and the smallest C within one standard error of it.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sklearn.datasets import load_iris
    >>> from logreg import CrossValidationDisplay, LogisticRegressionCV
    >>> model = LogisticRegressionCV(Cs=5, cv=3).fit(*load_iris(return_X_y=True))
    >>> CrossValidationDisplay.from_estimator(model).best_ == model.C_
    True
    """

    def __init__(self, curve: Curve, *, score_name: str = "score") -> None:
        self.curve, self.score_name = curve, score_name

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the curve of a fitted LogisticRegressionCV.

        Parameters
        ----------
        estimator : LogisticRegressionCV
            Fitted.
        ax : Axes, optional
            Where to draw; a new figure by default.
        **kwargs
            For the lines, as in ``Axes.plot``.

        Returns
        -------
        CrossValidationDisplay
        """
        check_fitted(estimator, "curve_")
        scoring = estimator._scoring  # scikit-learn's words for a default understood
        name = "accuracy" if scoring is None else scoring if isinstance(scoring, str) else "score"
        return cls.from_curve(estimator.curve_, score_name=name, ax=ax, **kwargs)

    @classmethod
    def from_curve(cls, curve: Curve, *, score_name: str = "score", ax: Any = None, **kwargs: Any) -> Self:
        """Draw a curve.

        Parameters
        ----------
        curve : Curve
            Scores by fold, l1_ratio and C.
        score_name : str, default="score"
            What the scores are.
        ax : Axes, optional
            Where to draw; a new figure by default.
        **kwargs
            For the lines, as in ``Axes.plot``.

        Returns
        -------
        CrossValidationDisplay
        """
        return cls(curve, score_name=score_name).plot(ax=ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        **kwargs
            For the lines, as in ``Axes.plot``.

        Returns
        -------
        CrossValidationDisplay
        """
        curve = self.curve
        self.ax_ = axes(ax)
        self.figure_ = self.ax_.figure
        order = np.argsort(curve.Cs)
        Cs, sign = along(curve.Cs)[order], -1.0 if self.score_name.startswith("neg_") else 1.0
        self.lines_, self.bands_ = list[Any](), list[Any]()
        for row, ratio in enumerate(curve.l1_ratios):
            mean, error = sign * curve.mean[row, order], curve.standard_error[row, order]
            style = styled(kwargs, color=color(row), linewidth=1.8, marker="o", markersize=4)
            label = f"L1 ratio {ratio:g}" if len(curve.l1_ratios) > 1 else "mean of the folds"
            (line,) = self.ax_.plot(Cs, mean, label=label, **style)
            band = self.ax_.fill_between(Cs, mean - error, mean + error, color=line.get_color(), alpha=0.15, lw=0)
            self.lines_.append(line)
            self.bands_.append(band)
        self.ax_.set_xscale("log")
        self._mark(sign)
        legend(self.ax_)
        what = self.score_name.removeprefix("neg_").replace("_", " ")
        entitle(
            self.ax_,
            f"Cross-validated {what}, {len(curve.scores)} folds, band of one standard error",
            weaker(curve.Cs),
            what,
        )
        return self

    def _mark(self, sign: float) -> None:
        """The two choices: a filled ring at the best, and a line at the smallest C nearly as good."""
        curve, Cs = self.curve, along(self.curve.Cs)
        ratio, best = curve.choose("best")
        _, simplest = curve.choose("one-standard-error")
        self.best_, self.simplest_ = float(curve.Cs[best]), float(curve.Cs[simplest])
        places = [(best, f"best: C = {self.best_:.3g}", color(ratio))]
        if simplest != best:
            places.append((simplest, f"within one standard error: C = {self.simplest_:.3g}", "white"))
        for at, label, face in places:
            self.ax_.axvline(Cs[at], color=QUIET, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
            self.ax_.plot(
                Cs[at],
                sign * curve.mean[ratio, at],
                "o",
                markersize=9,
                markerfacecolor=face,
                markeredgecolor=color(ratio),
                markeredgewidth=1.8,
                label=label,
                zorder=4,
            )

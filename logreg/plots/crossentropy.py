"""The cross-entropy of one prediction: what a probability costs when y is 1, and when y is 0."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from ..ground.numerics import log1pexp, sigmoid
from .canvas import axes, check_fitted, color, entitle, legend, styled

REACH = 6.0
"""Log-odds up to which the curves are drawn: a probability of 0.9975."""

MOST = 2000
"""Predictions that are drawn as dots; of more, so many evenly spaced ones."""


class CrossEntropyDisplay:
    """The curves -log p and -log (1 - p), and where predictions stand on them, in scikit-learn's style.

    Parameters
    ----------
    y_true : array-like of 0 and 1 of shape (n,), optional
        Labels of predictions to show.
    logits : array-like of shape (n,), optional
        Their log-odds.

    Attributes
    ----------
    ax_, figure_
        Where it was drawn.
    lines_ : list of Line2D
        The curves for y = 1 and y = 0.
    dots_ : list of Line2D
        The predictions on each, where there are any.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from logreg import CrossEntropyDisplay
    >>> display = CrossEntropyDisplay().plot()
    >>> [line.get_label() for line in display.lines_]
    ['y = 1:  log 1/p', 'y = 0:  log 1/(1 - p)']
    """

    def __init__(self, y_true: ArrayLike | None = None, logits: ArrayLike | None = None) -> None:
        self.y_true = np.zeros(0) if y_true is None else np.asarray(y_true)
        self.logits = np.zeros(0) if logits is None else np.asarray(logits, dtype=np.float64)
        if self.y_true.shape != self.logits.shape or not np.isin(self.y_true, (0, 1)).all():
            raise DataError("y_true must hold a 0 or a 1 for each of the logits, in one dimension")

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: ArrayLike, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the curves with the predictions of an estimator on them.

        Parameters
        ----------
        estimator : classifier
            Fitted to two classes, with ``decision_function``.
        X : {array-like, sparse matrix, data frame} of shape (n, n_features)
            Features.
        y : array-like of shape (n,)
            Labels.
        ax : Axes, optional
            Where to draw; a new figure by default.
        **kwargs
            For the curves, as in ``Axes.plot``.

        Returns
        -------
        CrossEntropyDisplay

        Raises
        ------
        OptionError
            For an estimator that is not fitted.
        DataError
            For other than two classes, and for labels that are none of them.
        """
        check_fitted(estimator, "classes_")
        classes, labels = estimator.classes_, np.asarray(y)
        if len(classes) != 2:
            raise DataError(f"the estimator has {len(classes)} classes; expected two, whose curves can be drawn")
        strange = sorted(set(labels.tolist()) - set(classes.tolist()), key=str)
        if strange:
            raise DataError(f"y holds {strange[0]!r}; expected labels among the classes {classes.tolist()}")
        return cls.from_predictions(labels == classes[1], estimator.decision_function(X), ax=ax, **kwargs)

    @classmethod
    def from_predictions(cls, y_true: ArrayLike, logits: ArrayLike, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the curves with predictions on them.

        Parameters
        ----------
        y_true : array-like of 0 and 1 of shape (n,)
            Labels.
        logits : array-like of shape (n,)
            Log-odds of 1.
        ax : Axes, optional
            Where to draw; a new figure by default.
        **kwargs
            For the curves, as in ``Axes.plot``.

        Returns
        -------
        CrossEntropyDisplay
        """
        return cls(y_true, logits).plot(ax=ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        **kwargs
            For the curves, as in ``Axes.plot``.

        Returns
        -------
        CrossEntropyDisplay
        """
        self.ax_ = axes(ax)
        self.figure_ = self.ax_.figure
        eta = np.linspace(-REACH, REACH, 401)
        self.lines_, self.dots_ = list[Any](), list[Any]()
        for at, (label, one) in enumerate((("y = 1:  log 1/p", 1), ("y = 0:  log 1/(1 - p)", 0))):
            style = styled(kwargs, color=color(at), linewidth=2.0, label=label)
            (line,) = self.ax_.plot(sigmoid(eta), loss(eta, one), **style)
            self.lines_.append(line)
            self._dots(self.logits[self.y_true == one], one, line.get_color())
        self.ax_.set_xlim(-0.02, 1.02)
        self.ax_.set_ylim(bottom=-0.15)
        legend(self.ax_, loc="upper center")
        entitle(self.ax_, self._title(), "predicted probability p of y = 1", "cross-entropy (nats)")
        return self

    def _dots(self, logits: NDArray[np.float64], one: int, face: Any) -> None:
        """Predictions on a curve."""
        if not len(logits):
            return
        shown = np.sort(logits)[:: -(-len(logits) // MOST)]
        style: dict[str, Any] = {"markersize": 6, "markeredgewidth": 0, "alpha": 0.25, "clip_on": False}
        self.dots_ += self.ax_.plot(sigmoid(shown), loss(shown, one), "o", color=face, **style)

    def _title(self) -> str:
        """What is shown, and the mean over the predictions."""
        if not len(self.logits):
            return "Cross-entropy of a prediction"
        each = np.where(self.y_true == 1, loss(self.logits, 1), loss(self.logits, 0))
        return f"Cross-entropy of {len(each)} predictions, mean {each.mean():.4g}"


def loss(eta: NDArray[np.float64], one: int) -> NDArray[np.float64]:
    """-log p where y is 1, -log (1 - p) where it is 0, for log-odds eta."""
    return log1pexp(-eta if one else eta)

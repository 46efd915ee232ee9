"""The history of a fit: how far above the optimum the objective was, and was proven to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from ..errors import OptionError
from ..solvers.base import Record
from .canvas import QUIET, axes, check_fitted, color, entitle, legend, styled

FEW = 40
"""Iterations up to which each gets a dot."""


class LossHistoryDisplay:
    """Certified excess of the objective against iterations or seconds, in scikit-learn's style.

    Parameters
    ----------
    history : sequence of Record
        Seconds, objective and certified excess of each iteration.
    tol : float, optional
        The relative excess at which the fit was to stop.
    name : str, optional
        Name of the fit, for the legend.

    Attributes
    ----------
    ax_, figure_
        Where it was drawn.
    line_ : Line2D
        The excess, relative to the final objective.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sklearn.datasets import load_iris
    >>> from logreg import LogisticRegression, LossHistoryDisplay
    >>> model = LogisticRegression().fit(*load_iris(return_X_y=True))
    >>> display = LossHistoryDisplay.from_estimator(model)
    >>> len(display.line_.get_ydata()) == len(model.history_)
    True
    """

    def __init__(self, history: Sequence[Record], *, tol: float | None = None, name: str | None = None) -> None:
        self.history, self.tol, self.name = history, tol, name

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, name: str | None = None, against: str = "iterations", ax: Any = None, **kwargs: Any
    ) -> Self:
        """Draw the history of a fitted estimator.

        Parameters
        ----------
        estimator : LogisticRegression, SoftmaxRegression or LogisticRegressionCV
            Fitted.
        name : str, optional
            Name for the legend; that of its solver by default.
        against : {"iterations", "seconds"}, default="iterations"
            What lies along the x axis.
        ax : Axes, optional
            Where to draw, for example beside another fit; a new figure by default.
        **kwargs
            For the line, as in ``Axes.plot``.

        Returns
        -------
        LossHistoryDisplay
        """
        check_fitted(estimator, "history_")
        label = str(estimator.solver_) if name is None else name
        display = cls(estimator.history_, tol=estimator.tol, name=label)
        return display.plot(ax=ax, against=against, **kwargs)

    @classmethod
    def from_history(
        cls,
        history: Sequence[Record],
        *,
        tol: float | None = None,
        name: str | None = None,
        against: str = "iterations",
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw a history.

        Parameters
        ----------
        history : sequence of Record
            Seconds, objective and certified excess of each iteration.
        tol, name, against, ax, **kwargs
            As in the class and in ``from_estimator``.

        Returns
        -------
        LossHistoryDisplay
        """
        return cls(history, tol=tol, name=name).plot(ax=ax, against=against, **kwargs)

    def plot(self, ax: Any = None, *, against: str = "iterations", **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        against : {"iterations", "seconds"}, default="iterations"
            What lies along the x axis.
        **kwargs
            For the line, as in ``Axes.plot``.

        Returns
        -------
        LossHistoryDisplay

        Raises
        ------
        OptionError
            For any other word in ``against``.
        """
        if against not in ("iterations", "seconds"):
            raise OptionError(f"against is {against!r}; expected 'iterations' or 'seconds'")
        self.ax_ = axes(ax)
        self.figure_ = self.ax_.figure
        seconds, objective, excess = np.array(self.history, dtype=np.float64).T
        x = seconds if against == "seconds" else np.arange(len(seconds))
        taken = len(self.ax_.get_legend_handles_labels()[0])
        marker = "o" if len(x) <= FEW else ""
        style = styled(kwargs, color=color(taken), linewidth=1.8, marker=marker, markersize=4)
        # An excess of 0 has no logarithm: what is proven to the last bit is drawn at the resolution of a number.
        relative = np.maximum(excess / objective[-1], np.finfo(np.float64).eps)
        (self.line_,) = self.ax_.plot(x, relative, label=self.name, **style)
        self.ax_.set_yscale("log")
        if self.tol:
            self.ax_.axhline(self.tol, color=QUIET, linewidth=0.9, linestyle=(0, (4, 3)), label="_tol")
            self.ax_.annotate(
                f"tol = {self.tol:.0e}",
                (1, self.tol),
                xycoords=("axes fraction", "data"),
                xytext=(-2, -4),
                textcoords="offset points",
                ha="right",
                va="top",
                fontsize=9,
                color=QUIET,
            )
        if against == "iterations":
            self.ax_.xaxis.get_major_locator().set_params(integer=True)
        legend(self.ax_)
        entitle(self.ax_, "Proven distance to the optimum", against, "certified excess / objective")
        return self

"""Coefficients along a path of C, the strongest with their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from ..path import Path
from .canvas import QUIET, along, axes, check_fitted, color, entitle, literal, spread, styled, weaker

Array = NDArray[np.float64]
Names = Sequence[str] | NDArray[Any] | None

APART = 0.052
"""Least distance of two names, as a share of the height."""


class CoefficientPathDisplay:
    """Coefficients against C, in scikit-learn's style: made by ``from_path`` or ``from_estimator``.

    Parameters
    ----------
    Cs : array-like of shape (n_cs,)
        Weights of the losses against the penalty.
    coefs : array-like of shape (n_cs, n_features)
        Coefficients of one class.
    names : sequence of str, optional
        Names of the columns.
    chosen : float, optional
        A C to mark.
    title : str, optional
        Title of the plot.

    Attributes
    ----------
    ax_, figure_
        Where it was drawn.
    lines_ : list of Line2D
        One a column.
    texts_ : list of Text
        The names beside the strongest.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.preprocessing import scale
    >>> from logreg import CoefficientPathDisplay, logistic_path
    >>> data = load_breast_cancer()
    >>> path = logistic_path(scale(data.data), data.target, Cs=[0.01, 0.1, 1.0])
    >>> display = CoefficientPathDisplay.from_path(path, names=data.feature_names)
    >>> len(display.lines_)
    30
    """

    def __init__(
        self,
        Cs: Any,
        coefs: Any,
        *,
        names: Names = None,
        chosen: float | None = None,
        title: str = "Coefficients along the path",
    ) -> None:
        self.Cs, self.coefs = np.asarray(Cs, dtype=np.float64), np.asarray(coefs, dtype=np.float64)
        self.names = [f"x{at}" for at in range(self.coefs.shape[1])] if names is None else list(map(str, names))
        if len(self.names) != self.coefs.shape[1]:
            raise OptionError(f"names has {len(self.names)} entries; expected {self.coefs.shape[1]}, one a column")
        self.chosen, self.title = chosen, title

    @classmethod
    def from_path(
        cls,
        path: Path,
        *,
        target: Any = None,
        names: Names = None,
        scale: Any = 1.0,
        labels: int = 10,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw a path.

        Parameters
        ----------
        path : Path
            What ``logistic_path`` returned.
        target : label, optional
            For three and more classes, the one whose coefficients are drawn; the last by default.
        names : sequence of str, optional
            Names of the columns; those of the path by default.
        scale : array-like of shape (n_features,), optional
            What coefficients are multiplied by, such as the standard deviations that make them comparable.
        labels : int, default=10
            How many of the strongest get a colour and their name.
        ax : Axes, optional
            Where to draw; a new figure by default.
        **kwargs
            For the lines, as in ``Axes.plot``.

        Returns
        -------
        CoefficientPathDisplay
        """
        known = path.feature_names if names is None else names
        row, whose = _row(path.classes, path.coefs.shape[1], target)
        display = cls(path.Cs, path.coefs[:, row] * scale, names=known, title=f"Coefficients along the path{whose}")
        return display.plot(ax=ax, labels=labels, **kwargs)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        target: Any = None,
        names: Names = None,
        scale: Any = 1.0,
        labels: int = 10,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the paths of a fitted LogisticRegressionCV, averaged over its folds, at the l1_ratio that it chose.

        Parameters
        ----------
        estimator : LogisticRegressionCV
            Fitted, with ``use_legacy_attributes=False``.
        target, names, scale, labels, ax, **kwargs
            As in ``from_path``.

        Returns
        -------
        CoefficientPathDisplay

        Raises
        ------
        OptionError
            For an estimator that is not fitted, or keeps its coefficients otherwise, and for an unknown ``target``.
        """
        check_fitted(estimator, "coefs_paths_")
        coefs = estimator.coefs_paths_
        if isinstance(coefs, dict):
            raise OptionError("the coefficients of every class are in a dictionary: use_legacy_attributes=False draws")
        ratio = int(np.argmin(np.abs(estimator.l1_ratios_ - estimator.l1_ratio_)))
        row, whose = _row(estimator.classes_, coefs.shape[3], target)
        mean = coefs[:, ratio, :, row, : estimator.n_features_in_].mean(axis=0)
        known = estimator.__dict__.get("feature_names_in_") if names is None else names
        display = cls(
            estimator.Cs_,
            mean * scale,
            names=known,
            chosen=estimator.C_,
            title=f"Coefficients along the path, mean of {len(coefs)} folds{whose}",
        )
        return display.plot(ax=ax, labels=labels, **kwargs)

    def plot(self, ax: Any = None, *, labels: int = 10, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        labels : int, default=10
            How many of the strongest get a colour and their name.
        **kwargs
            For the lines, as in ``Axes.plot``.

        Returns
        -------
        CoefficientPathDisplay
        """
        self.ax_ = axes(ax)
        self.figure_ = self.ax_.figure
        order = np.argsort(self.Cs)
        Cs, coefs = along(self.Cs)[order], self.coefs[order]
        # The strongest anywhere, so that one that fades is named too; drawn last, over the grey ones.
        rank = np.argsort(np.argsort(-np.abs(coefs).max(axis=0), kind="stable"))
        named = [at for at in np.argsort(rank)[:labels].tolist() if np.any(coefs[:, at])]
        self.lines_ = [
            self.ax_.plot(
                Cs,
                coefs[:, at],
                **styled(
                    kwargs,
                    color=color(named.index(at)) if at in named else "#ccd3da",
                    linewidth=1.8 if at in named else 0.9,
                    zorder=3 if at in named else 2,
                ),
            )[0]
            for at in range(coefs.shape[1])
        ]
        self.ax_.axhline(0, color=QUIET, linewidth=0.8, zorder=1)
        self.ax_.set_xscale("log")
        self.ax_.margins(x=0)
        self._name(Cs[-1], coefs[-1], named)
        if self.chosen is not None:
            place = Cs[int(np.searchsorted(self.Cs[order], self.chosen))] if np.isinf(self.chosen) else self.chosen
            self.ax_.axvline(place, color=QUIET, linewidth=1, linestyle=(0, (4, 3)))
            self.ax_.annotate(
                f"C = {self.chosen:.3g}",
                (place, 1),
                xycoords=("data", "axes fraction"),
                xytext=(-4, -2),
                textcoords="offset points",
                ha="right",
                va="top",
                fontsize=9,
                color=QUIET,
            )
        entitle(self.ax_, self.title, weaker(self.Cs), "coefficient")
        return self

    def _name(self, last: float, heights: Array, named: Sequence[int]) -> None:
        """Names to the right of the strongest lines, moved apart where they would touch."""
        low, high = self.ax_.get_ylim()
        places = spread([heights[at] for at in named], APART * (high - low))
        self.texts_ = [
            self.ax_.annotate(
                literal(self.names[at]),
                (last, heights[at]),
                xytext=(1.035, place),
                textcoords=("axes fraction", "data"),
                va="center",
                fontsize=9,
                color=self.lines_[at].get_color(),
                arrowprops={
                    "arrowstyle": "-",
                    "color": self.lines_[at].get_color(),
                    "linewidth": 0.7,
                    "shrinkA": 1,
                    "shrinkB": 1,
                },
                annotation_clip=False,
            )
            for at, place in zip(named, places, strict=True)
        ]


def _row(classes: NDArray[Any], outputs: int, target: Any) -> tuple[int, str]:
    """The row of coefficients that speaks for a class, and words for the title."""
    labels = classes.tolist()
    if target is not None and target not in labels:
        raise OptionError(f"target is {target!r}; expected one of the classes {labels}")
    if outputs == 1:
        return 0, f", log-odds of {literal(str(labels[-1]))}"
    row = len(labels) - 1 if target is None else labels.index(target)
    return row, f", class {literal(str(labels[row]))}"

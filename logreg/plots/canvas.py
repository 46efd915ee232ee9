"""The look that all plots share, and the axes they are drawn on: the only room that imports matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MissingExtraError, OptionError

INK, QUIET, GRID = "#1f2328", "#59636e", "#e4e8ec"

COLORS = ("#0969da", "#cf222e", "#1a7f37", "#8250df", "#bc4c00", "#0a7ea4", "#bf3989", "#7d5e00", "#424a53", "#5a67d8")
"""Ten colours that are told apart on white, in print as well; what comes after them is grey."""

BEYOND = 10.0
"""An infinite C is drawn at so many times the largest other."""

WIDE = (7.0, 4.4)
"""Inches of a figure of its own."""


def axes(ax: Any = None, size: tuple[float, float] = WIDE) -> Any:
    """The axes given, or those of a new figure, cleared for a plot.

    Raises
    ------
    MissingExtraError
        Without matplotlib.
    """
    if ax is None:
        try:
            from matplotlib import pyplot
        except ModuleNotFoundError as error:
            raise MissingExtraError("a plot", "cli") from error
        _, ax = pyplot.subplots(figsize=size, layout="constrained")
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(QUIET)
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(colors=QUIET, labelcolor=INK, labelsize=9)
    return ax


def styled(wanted: Mapping[str, Any], **ours: Any) -> dict[str, Any]:
    """The properties of a line, those wanted by any of their names before ours.

    >>> styled({"lw": 3}, linewidth=1.8, color="k")
    {'linewidth': 3, 'color': 'k'}
    """
    from matplotlib import cbook, lines

    return {**ours, **cbook.normalize_kwargs(dict(wanted), lines.Line2D)}


def literal(text: str) -> str:
    """A text as it stands: matplotlib would take what is between two dollars for a formula."""
    return text.replace("$", r"\$")


def along(Cs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where each C stands on the axis: no penalty one power of ten beyond the others."""
    return np.where(np.isfinite(Cs), Cs, BEYOND * Cs.max(where=np.isfinite(Cs), initial=0.0) or 1.0)


def weaker(Cs: NDArray[np.float64]) -> str:
    """The words under that axis."""
    return "C  (weaker penalty to the right)" if np.isfinite(Cs).all() else "C  (the last: no penalty)"


def check_fitted(estimator: Any, attribute: str) -> None:
    """Raise for an estimator that has not got what shall be drawn.

    Raises
    ------
    OptionError
        With the attribute that it lacks.
    """
    if not hasattr(estimator, attribute):
        kind = type(estimator).__name__
        raise OptionError(f"this {kind} has no {attribute}: expected an estimator of logreg that keeps it, fitted")


def color(at: int) -> str:
    """The colour of the so-manieth line."""
    return COLORS[at] if at < len(COLORS) else "#afb8c1"


def entitle(ax: Any, title: str, x: str, y: str) -> None:
    """Title and labels."""
    ax.set_title(title, loc="left", fontsize=11, color=INK, pad=10)
    ax.set_xlabel(x, color=INK)
    ax.set_ylabel(y, color=INK)


def legend(ax: Any, **options: Any) -> None:
    """A legend without a frame, where there is anything to explain."""
    if ax.get_legend_handles_labels()[0]:
        ax.legend(frameon=False, fontsize=9, labelcolor=INK, **options)


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """The heights moved as little as keeps neighbours a gap apart, in their order.

    Neighbours that touch are joined to a group that stands around the mean of its members, until none touch.

    >>> spread([0.0, 0.1, 5.0], 1.0)
    [-0.45, 0.55, 5.0]
    """
    order = sorted(range(len(heights)), key=heights.__getitem__)
    groups: list[list[int]] = []
    for at in order:
        groups.append([at])
        while len(groups) > 1 and _top(groups[-2], heights, gap) + gap > _bottom(groups[-1], heights, gap) + 1e-12:
            last = groups.pop()
            groups[-1] += last
    places = {at: _bottom(group, heights, gap) + k * gap for group in groups for k, at in enumerate(group)}
    return [places[at] for at in range(len(heights))]


def _bottom(group: Sequence[int], heights: Sequence[float], gap: float) -> float:
    """Place of a group's lowest member."""
    return sum(heights[at] for at in group) / len(group) - gap * (len(group) - 1) / 2


def _top(group: Sequence[int], heights: Sequence[float], gap: float) -> float:
    """Place of its highest."""
    return _bottom(group, heights, gap) + gap * (len(group) - 1)

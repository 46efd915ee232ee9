"""The pictures: how many times longer the fastest peer takes, the curve of excess against time, and scaling."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .found import is_ours
from .judge import LEVELS, excess
from .lane import Run
from .report import OURS, ours_and_peer, seconds
from .runner import Race

INK, GRID, ACCENT, PEER, SLOWER = "#1f2328", "#d8dee4", "#0b6e4f", "#6e7781", "#b3261e"
DPI = 160
FLOOR = 1e-11  # excesses below are drawn here: the best itself has none


def ratios(races: Sequence[Race], path: Path, level: float = LEVELS[1]) -> Path:
    """One dot a problem: seconds of the fastest peer over ours; right of the line at 1 we are faster."""
    bars = sorted((_bar(race, level) for race in races), key=lambda bar: bar.ratio)
    finite = [bar.ratio for bar in bars if np.isfinite(bar.ratio) and bar.ratio > 0]
    left, right = min([0.4, *(x / 1.6 for x in finite)]), max([2.5, *(x * 1.6 for x in finite)])
    figure, axes = _figure(8.5, 1.2 + 0.4 * len(bars))
    for k, bar in enumerate(bars):
        color, x = ACCENT if bar.ratio >= 1 else SLOWER, float(np.clip(bar.ratio, left, right))
        axes.plot([1, x], [k, k], color=color, linewidth=4, solid_capstyle="butt", alpha=0.35)
        axes.plot(x, k, bar.marker, color=color, markersize=9, clip_on=False)
        axes.text(1.02, k, bar.text, transform=axes.get_yaxis_transform(), fontsize=9, color=INK, va="center")
    axes.set_xscale("log")
    axes.set_xlim(left, right)
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
    axes.xaxis.set_minor_formatter(lambda x, _: f"{x:g}" if right / left < 10 else "")
    axes.axvline(1, color=INK, linewidth=1)
    axes.set_yticks(range(len(bars)), [bar.name for bar in bars])
    axes.set_ylim(-0.6, len(bars) - 0.4)
    axes.set_title("How many times longer the fastest peer takes", loc="left", fontsize=11, weight="bold")
    axes.set_xlabel(f"seconds to a relative excess of {level:.0e}, fastest peer / logreg", fontsize=9)
    return _save(figure, path)


class Bar(NamedTuple):
    """One row of the picture: infinitely far right where no peer arrives, at zero where we do not."""

    name: str
    ratio: float
    marker: str
    text: str


def _bar(race: Race, level: float) -> Bar:
    ours, peer = ours_and_peer(race, level)
    name = race.problem["name"]
    if ours is None:
        return Bar(name, 0.0, "<", "logreg did not get there")
    if peer is None:
        return Bar(name, float("inf"), ">", f"{seconds(ours)} s; no peer gets there")
    ratio = peer[0] / ours
    return Bar(name, ratio, "o", f"{ratio:.2g} x   {seconds(ours)} s; {peer[1]} {seconds(peer[0])} s")


def curves(race: Race, folder: Path) -> Path:
    """Relative excess against seconds, one line a contestant, ours in colour."""
    figure, axes = _figure(7.5, 4.5)
    grays = iter([PEER, "#9a6700", "#0550ae", "#8250df", "#bf3989", "#cf222e", "#57606a", "#1b7c83"] * 4)
    for run in sorted(race.runs, key=lambda run: run.name == OURS):
        points = _staircase(race, run)
        if not points or run.name == "nothing":
            continue
        style: dict[str, Any] = {"color": next(grays), "linewidth": 1.3, "markersize": 4}
        if is_ours(run.name):
            style = {"color": ACCENT, "linewidth": 1.2, "markersize": 3, "alpha": 0.5}
        if run.name == OURS:
            style = {"color": ACCENT, "linewidth": 2.6, "markersize": 6}
        axes.plot(*zip(*points, strict=True), "o-", label=run.name, **style)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(FLOOR / 2, 2)
    for level in LEVELS:
        axes.axhline(level, color=GRID, linewidth=1, zorder=0)
    axes.set_xlabel("seconds of a fit from a cold start")
    axes.set_ylabel("relative excess of the objective")
    axes.set_title(race.problem["name"], loc="left", fontsize=11, weight="bold")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return _save(figure, folder / f"curve-{race.problem['name'].replace('/', '-')}.png")


def _staircase(race: Race, run: Run) -> list[tuple[float, float]]:
    """The fits that nothing quicker beats, excesses below the resolution drawn at the bottom."""
    points: list[tuple[float, float]] = []
    for fit in sorted(run.fits, key=lambda fit: fit.median):
        height = max(excess(fit.values, race.best), FLOOR)
        if height < min((y for _, y in points), default=2.0):
            points.append((fit.median, height))
    return points


def scaling(panels: Sequence[tuple[str, dict[str, list[tuple[float, float]]]]], path: Path) -> Path:
    """Seconds against size, one panel a dimension, one line a contestant, on two logarithmic axes."""
    figure, grid = _grid(len(panels))
    for axes, (label, lines) in zip(grid, panels, strict=True):
        for name, points in lines.items():
            color = ACCENT if name.startswith(OURS) else PEER
            axes.loglog(*zip(*points, strict=True), "o-", color=color, label=name, markersize=4)
        axes.set_xlabel(label)
        axes.minorticks_off()
        axes.legend(fontsize=8, frameon=False)
    grid[0].set_ylabel("seconds to a relative excess of 1e-6")
    return _save(figure, path)


def _figure(width: float, height: float) -> tuple[Any, Any]:
    figure, grid = _grid(1, width, height)
    return figure, grid[0]


def _grid(columns: int, width: float | None = None, height: float = 4.0) -> tuple[Any, list[Any]]:
    """Bare axes with a light grid; no window is ever opened."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width or 4.2 * columns, height), layout="constrained")
    FigureCanvasAgg(figure)
    grid = list(figure.subplots(1, columns, squeeze=False)[0])
    for axes in grid:
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(GRID)
        axes.grid(axis="x", color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(length=0, labelsize=9, labelcolor=INK)
    return figure, grid


def _save(figure: Any, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=DPI, facecolor="white")
    return path

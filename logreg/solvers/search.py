"""Line search along a descent direction of a smooth convex objective."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..problem.objective import Point

Array = NDArray[np.float64]

ARMIJO = 1e-4  # Nocedal & Wright 2006, p. 33
CURVATURE = 0.9  # Nocedal & Wright 2006, p. 34
FLAT = 1e-10  # relative change of F below which slopes judge instead of values
TRIALS = 40
PATIENT, NARROWED, FALLEN = 3, 0.9, 0.3
"""After so many trials the bracket shrinks to 0.3 of itself at most, no more 0.9: where the slope is steep at the start
alone, as that of certain rows that are wrong, its secant would keep close to the far end for ever."""


def line_search(point: Point, direction: Array, *, step: float = 1.0, curvature: float = CURVATURE) -> Point | None:
    """The first point down the direction that meets the weak Wolfe conditions, or None.

    A bracket around such steps is narrowed by the secant of the slope, kept away from its ends. Close to the
    optimum, where F changes by rounding alone, the approximate condition of Hager & Zhang (2005,
    eq. 4.1) takes over, which compares slopes. ``curvature`` is the part of the slope that may be left.
    """
    slope = float(np.vdot(point.grad, direction))
    if not slope < 0:
        return None
    low, low_slope, high, high_slope = 0.0, slope, np.inf, np.nan
    for trial in range(TRIALS):
        new = point.move(step, direction)
        new_slope = float(np.vdot(new.grad, direction))
        if not _falls_enough(point, new, step, slope, new_slope):
            high, high_slope = step, new_slope
        elif new_slope < curvature * slope:
            low, low_slope = step, new_slope
        else:
            return new
        step = _between(low, low_slope, high, high_slope, most=NARROWED if trial < PATIENT else FALLEN)
    return point.move(low, direction) if low > 0 else None


def _falls_enough(point: Point, new: Point, step: float, slope: float, new_slope: float) -> bool:
    """Armijo's condition, or its approximation by slopes where values are flat."""
    if not np.isfinite(new.value):
        return False
    if new.value <= point.value + ARMIJO * step * slope:
        return True
    flat = new.value <= point.value * (1 + FLAT)
    return flat and new_slope <= -(1 - 2 * ARMIJO) * slope


def _between(low: float, low_slope: float, high: float, high_slope: float, *, most: float) -> float:
    """A step inside the bracket, where the slope's secant crosses zero; four times further if it is open."""
    if not np.isfinite(high):
        return max(4 * low, 1e-8)
    rise = high_slope - low_slope
    part = -low_slope / rise if np.isfinite(rise) and rise > 0 else 0.5
    return low + min(max(part, 0.1), most) * (high - low)

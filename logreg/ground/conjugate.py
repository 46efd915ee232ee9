"""Solves with a symmetric matrix that is known by its products alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def conjugate_gradients(dot: Callable[[Array], Array], b: Array, target: float, limit: int = 500) -> Array:
    """x with |A x - b| <= target (Hestenes & Stiefel 1952); stops early where A has no curvature left."""
    x, r = np.zeros_like(b), b.copy()
    d, rr = r.copy(), float(np.vdot(r, r))
    for _ in range(limit):
        if rr**0.5 <= target:
            break
        along = dot(d)
        bend = float(np.vdot(d, along))
        if bend <= 1e-14 * float(np.vdot(d, d)):
            return x if x.any() else b
        x += rr / bend * d
        r -= rr / bend * along
        rr, old = float(np.vdot(r, r)), rr
        d = r + rr / old * d
    return x

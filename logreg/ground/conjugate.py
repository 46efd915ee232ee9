"""Solves with a symmetric matrix that is known by its products alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Map = Callable[[Array], Array]

FLAT = 1e-14
"""Curvature that is rounding."""


def conjugate_gradients(dot: Map, b: Array, part: float, *, inner: Map = np.copy, limit: int = 500) -> Array:
    """x with A x near b: the residual falls to a part of what it was (Hestenes & Stiefel 1952).

    ``inner`` is a preconditioner, near A^-1, in whose norm residuals are measured. Stops early where A has no
    curvature left.
    """
    x, r = np.zeros_like(b), b.copy()
    z = inner(r)
    d, rz = z, float(np.vdot(r, z))
    enough = part**2 * rz
    for _ in range(limit):
        if rz <= enough:
            break
        along = dot(d)
        bend = float(np.vdot(d, along))
        if bend <= FLAT * float(np.vdot(d, d)):
            return x if x.any() else b
        x += rz / bend * d
        r -= rz / bend * along
        z = inner(r)
        rz, old = float(np.vdot(r, z)), rz
        d = z + rz / old * d
    return x


def conjugate_residuals(
    dot: Map, b: Array, part: float, *, inner: Map = np.copy, limit: int = 500
) -> tuple[Array, Array]:
    """x with A x near b, the residual the smallest of any x from so many products (Stiefel 1955; MINRES), and that.

    Conjugate gradients make the error small in the norm of A; their residuals rise and fall by far. Otherwise as there.
    """
    x, r, z = np.zeros_like(b), b.copy(), inner(b)
    d, bent, last = z, np.zeros_like(b), np.inf
    enough = part**2 * float(np.vdot(z, r))
    for _ in range(limit):
        if float(np.vdot(z, r)) <= enough:
            break
        along = dot(z)
        bend = float(np.vdot(z, along))
        if bend <= FLAT * float(np.vdot(z, z)):
            break
        d, bent, last = z + bend / last * d, along + bend / last * bent, bend
        turned = inner(bent)
        step = bend / float(np.vdot(bent, turned))
        x += step * d
        r -= step * bent
        z = z - step * turned
    return x, r

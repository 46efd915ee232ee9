"""Newton's method on all folds at once: small problems over the same rows that differ in the weights alone.

Where a fit takes a millisecond most of that is the cost of calling NumPy, and folds can share the calls: arrays have
one more axis in front, for the folds. The steps are plain Newton steps, the bound is that of ``problem.certificate``
for a smooth penalty. What is not certified here is left to ``fit``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .data.arrays import Arrays
from .data.base import Matrix
from .fit import Fit, Start, fit, pose
from .ground.parallel import blas_on_one_thread
from .options import Options, check_strength
from .problem.certificate import FINE, Certificate, as_noise, excess, noise_of, room_for
from .problem.chart import Chart
from .problem.hessian import gauge
from .problem.losses import Loss
from .problem.penalties import l2
from .problem.system import made_up
from .problem.units import handed_back
from .solvers.base import Record, Status
from .solvers.search import ARMIJO

Array = NDArray[np.float64]

FEW_NUMBERS, FEW_PARAMETERS = 50_000, 300
"""Rows times parameters, and parameters, up to which the cost of calls is most of a fit's."""

STEPS = 30
"""Newton steps, and halvings of each, after which a fold is left to ``fit``."""

WHY = "the folds of a small problem take their exact Newton steps together"


class At(NamedTuple):
    """Parameters of every fold, and there F, the part of it that is loss, and the gradient."""

    W: Array
    value: Array
    loss: Array
    grad: Array

    def slope(self, direction: Array) -> Array:
        """How steeply F changes along a direction."""
        return np.asarray((self.grad * direction).sum(axis=(1, 2)))


@dataclass(frozen=True)
class Folds:
    """Problems over the rows of one design matrix: F_f(W) = C sum_i s_fi loss_i(W) + sum_j ridge_j w_j^2 / 2.

    ``design`` is n x m, ``weight`` folds x n, ``ridge`` m x 1, and W is folds x m x outputs; ``y`` repeats the labels
    for every fold.
    """

    design: Array
    y: NDArray[np.integer[Any]]
    weight: Array
    ridge: Array
    loss: Loss
    C: float

    def rows(self, by_row: Array) -> Array:
        """Something of every row of every fold, with the folds in front again."""
        return by_row.reshape(*self.weight.shape, *by_row.shape[1:])

    def eta(self, W: Array) -> Array:
        """Linear predictors, the rows of all folds one after the other."""
        return (self.design @ W).reshape(-1, W.shape[2])

    def pull(self, by_eta: Array) -> Array:
        """C sum_i s_i x_i r_i of every fold: folds x m x outputs."""
        return self.C * (self.design.T @ (self.rows(by_eta) * self.weight[:, :, None]))

    def total(self, by_row: Array) -> Array:
        """C sum_i s_i v_i of every fold."""
        return np.asarray(self.C * (self.weight * self.rows(by_row)).sum(axis=1))

    def at(self, W: Array) -> At:
        """What is known of every fold at W."""
        value, by_eta = self.loss.value_grad(self.y, self.eta(W))
        loss = self.total(value)
        return At(W, loss + (self.ridge * W * W).sum(axis=(1, 2)) / 2, loss, self.pull(by_eta) + self.ridge * W)

    def newton(self, at: At) -> Array:
        """Newton's direction, from the whole Hessian of every fold: as ``Point.hessian``, fold by fold."""
        folds, m, k = at.W.shape
        a, u = self.loss.curvature(self.eta(at.W))
        H = np.zeros((folds, k, m, k, m))
        for c in range(k):
            rows = self.design * np.sqrt(self.weight * self.rows(a)[:, :, c])[:, :, None]
            H[:, c, :, c] = np.swapaxes(rows, 1, 2) @ rows
        if u is not None:
            tensor = (self.rows(u) * np.sqrt(self.weight)[:, :, None])[:, :, :, None] * self.design[:, None, :]
            rows = tensor.reshape(folds, len(self.design), k * m)
            H -= (np.swapaxes(rows, 1, 2) @ rows).reshape(H.shape)
        H *= self.C
        flat = H.reshape(folds, k * m, k * m)
        flat[:, range(k * m), range(k * m)] += np.tile(self.ridge[:, 0], k)
        if self.loss.shift_invariant:
            gauge(H, made_up(self.ridge))
        b = np.swapaxes(at.grad, 1, 2).reshape(folds, k * m, 1)
        return -np.swapaxes(np.linalg.solve(flat, b).reshape(folds, k, m), 1, 2)

    def lower(self, at: At, direction: Array) -> Array:
        """A proven lower bound on the minimum of every fold: see ``problem.certificate.lower_bound``."""
        entropy, away = self.loss.tilt(self.y, self.eta(at.W), self.eta(direction))
        G, target, free = self.pull(away), at.W + direction, self.ridge == 0
        room, noise = room_for(target)[:, None, None], noise_of(at.loss, self.loss)[:, None, None]
        noise = noise * np.where(free, 1.0, FINE)
        price = np.where(free & (G != 0), np.inf, G**2 / (2 * np.where(free, 1.0, self.ridge)))
        price = np.minimum(price, as_noise(G + self.ridge * target, target, self.ridge, room, noise))
        return self.total(entropy) - np.asarray(price.sum(axis=(1, 2)))

    def search(self, at: At, direction: Array) -> At:
        """W + t direction of every fold, t halved until F falls enough; a fold where it does not stays where it is."""
        step, slope = np.ones(len(at.W)), at.slope(direction)
        for _ in range(STEPS):
            new = self.at(at.W + step[:, None, None] * direction)
            fails = ~(new.value <= at.value + ARMIJO * step * slope)
            if not fails.any():
                return new
            step[fails] /= 2
        return self.at(np.where(fails[:, None, None], at.W, new.W))


def suits(X: Matrix, loss: Loss, n_classes: int, Cs: Array, options: Options) -> bool:
    """Whether plain Newton steps are best for such problems, and nothing stands in the way of taking them at once."""
    size = (X.shape[1] + 1) * loss.outputs(n_classes)
    small = X.shape[0] * size <= FEW_NUMBERS and size <= FEW_PARAMETERS
    plain = options.l1_ratio == 0 and options.solver == "auto" and options.max_seconds is None
    return bool(small and plain and np.isfinite(Cs).all())


def follow_all(
    data: Sequence[Arrays],
    X: Matrix,
    y: NDArray[np.integer[Any]],
    weight: NDArray[Any],
    n_classes: int,
    Cs: Array,
    options: Options,
    *,
    loss: Loss,
    starts: Sequence[Start],
) -> list[list[Fit]]:
    """The path of every fold, in the order of Cs; each C begins at the next smaller one.

    Parameters
    ----------
    data : sequence of Arrays
        The rows of each fold, for ``fit`` where it has to help.
    X, y : Matrix and ndarray of shape (n,)
        All rows.
    weight : ndarray of shape (n_folds, n)
        Their weights in each fold; 0 for the rows left out.
    n_classes, Cs, options, loss, starts
        As in ``following.follow``; one start a fold.

    Raises
    ------
    OptionError
        For a C that is out of range.
    """
    for C in Cs.tolist():
        check_strength(C)
    chart = pose(Arrays(X, y, weight.sum(axis=0)), loss, n_classes, l2(), 1.0, options.fit_intercept).chart
    ridge = np.zeros((chart.rows, 1))
    ridge[: X.shape[1], 0] = (1 / chart.scale) ** 2
    design = chart.design(X.dense())
    W = np.stack([chart.inverse(coef.T, intercept) for coef, intercept in starts])
    found: dict[int, list[Fit]] = {}
    for at in np.argsort(Cs, kind="stable").tolist():
        folds = Folds(design, np.tile(y, len(weight)), weight, ridge, loss, float(Cs[at]))
        with blas_on_one_thread():
            W, records = descend(folds, W, options.tol, options.max_iter)
        found[at] = [
            settled(part, n_classes, options, folds.C, loss, chart, one, record)
            for part, one, record in zip(data, W, records, strict=True)
        ]
    return [[found[at][fold] for at in range(len(Cs))] for fold in range(len(data))]


def descend(folds: Folds, W: Array, tol: float, max_iter: int) -> tuple[Array, list[list[Record]]]:
    """Newton steps until every fold is certified, and one more; each fold's history, empty where there is no proof."""
    begin, lower, done = time.perf_counter(), np.zeros(len(W)), np.zeros(len(W), dtype=bool)
    at, trail = folds.at(W), list[tuple[float, Array, Array]]()
    for _ in range(min(max_iter, STEPS)):
        trail.append((time.perf_counter() - begin, at.value, ~done))
        try:
            direction = folds.newton(at)
        except np.linalg.LinAlgError:
            break
        if (~done & (-at.slope(direction) / 2 <= tol * at.value)).any():
            lower = np.maximum(lower, folds.lower(at, direction))
            done |= excess(at.value, lower) <= tol * (at.value - excess(at.value, lower))
        # The last direction is there already: one more step of all folds squares what is left.
        at = folds.search(at, direction if done.all() else np.where(done[:, None, None], 0.0, direction))
        if done.all():
            trail.append((time.perf_counter() - begin, at.value, done))
            break
    return at.W, [records(trail, fold, low) if done[fold] else [] for fold, low in enumerate(lower.tolist())]


def records(trail: Sequence[tuple[float, Array, Array]], fold: int, lower: float) -> list[Record]:
    """The history of a fold: the points at which it moved, with the best bound of all."""
    points = [(seconds, float(value[fold])) for seconds, value, moved in trail if moved[fold]]
    return [Record(seconds, value, float(excess(value, lower))) for seconds, value in points]


def settled(
    data: Arrays, n_classes: int, options: Options, C: float, loss: Loss, chart: Chart, W: Array, history: list[Record]
) -> Fit:
    """The fit of one fold: as it was certified, or by ``fit`` alone where it was not, or may have lost digits."""
    slopes, offset = chart.apply(W)
    coef, intercept = np.asfortranarray(slopes.T), offset - (offset.mean() if loss.shift_invariant else 0.0)
    if history:
        proof = Certificate(history[-1].objective, history[-1].excess)
        handed = handed_back(chart, slopes, offset, proof, options.tol)
        if handed is not None:
            return Fit(coef, intercept, handed, history, Status.CONVERGED, "newton-cholesky", WHY)
    return fit(data, n_classes, options, C=C, loss=loss, start=(coef, intercept))

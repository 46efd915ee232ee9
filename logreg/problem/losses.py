"""The losses: cross-entropy of one row as a function of its linear predictor, binary and softmax.

Value and gradient stand side by side and share one exponential. Everything acts on blocks of
rows: ``eta`` is (rows, outputs); targets are class codes (rows,) or probability rows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..ground.numerics import exp_minus_abs, log1p_above, log_softmax, shifted_exp, sum_log1p
from .bend import Bend

Array = NDArray[np.float64]
Targets = NDArray[Any]

NUDGE = 1 / 8
"""Tilts up to which a few terms of a series do, whatever the row's probabilities ..."""

HALF = 0.5 + 4e-5
"""... with its first coefficient so much above 1/2 that it bounds the terms left out, |l|^5 / 31 for |l| <= 1/4."""

RAREST = 1e-9
"""The least share that a class is credited with: one without rows has no finite best predictor."""


class Loss(ABC):
    """l(y, eta), convex in the row's linear predictor eta; its gradient is the model's probabilities less y.

    The convex conjugate at a = q - y, for a probability row q, is minus the entropy of q
    (Boyd & Vandenberghe, Convex Optimization, example 3.25): that makes the dual explicit.
    """

    curvature_bound: ClassVar[float]
    """Largest eigenvalue the Hessian in eta can have."""

    shift_invariant: ClassVar[bool]
    """Whether adding one number to all outputs of a row leaves the loss as it is."""

    @abstractmethod
    def outputs(self, n_classes: int) -> int:
        """Columns of eta for so many classes."""

    @abstractmethod
    def value_grad(self, y: Targets, eta: Array) -> tuple[Array, Array]:
        """Loss (n,) and its gradient with respect to eta (n, k)."""

    def sum_grad(self, y: Targets, eta: Array, weight: Array | None) -> tuple[float, Array]:
        """Weighted sum of the losses, each weighing 1 by default, and the gradient of each: what a pass needs."""
        value, grad = self.value_grad(y, eta)
        return total(value, weight), grad

    @abstractmethod
    def curvature(self, eta: Array) -> Bend:
        """The Hessian in eta, row by row."""

    @abstractmethod
    def curvature_beside(self, y: Targets, grad: Array) -> Bend:
        """The same from the gradient, which knows the probabilities: no exponential is taken again."""

    @abstractmethod
    def tilt(self, y: Targets, eta: Array, z: Array) -> tuple[Array, Array]:
        """Entropy (n,) of q = p + Hessian z, and q - y (n, k): a dual point beside the primal one.

        To first order q is the model's probability at ``eta + z``, but linear in z, so that sums over rows
        can be steered exactly. Where a large z would lead out of the simplex, q stays on its border.
        """

    @abstractmethod
    def stays_inside(self, eta: Array, z: Array) -> NDArray[np.bool_]:
        """Whether a row's p + Hessian z is inside of the simplex, where its tilt is linear in z."""

    @abstractmethod
    def nudge(self, eta: Array, z: Array) -> tuple[Array, Array]:
        """Entropy of q less that of p, at most, and q - p: of the same q = p + Hessian z where no z exceeds ``NUDGE``.

        H(q) - H(p) = -(q - p) . eta - KL(q || p), and with q = p (1 + l) the divergence is sum p h(l), where
        h(l) = (1 + l) log(1 + l) - l = l^2 (1/2 - l/6 + l^2/12 - l^3/20 + l^4/30 - ...): no logarithm is taken.
        """

    @abstractmethod
    def constant(self, away: Array) -> Array:
        """The linear predictor, the same for all rows, of least loss: (k,), from the mean gradient (k,) at 0."""


@dataclass(frozen=True)
class Logistic(Loss):
    """log(1 + exp(eta)) - y eta, for y in [0, 1] and one output.

    Written as |eta| times the weight of the wrong side plus log(1 + exp(-|eta|)), which has no
    cancellation: a margin of 800 on the right side costs exp(-800) and not 0.
    """

    curvature_bound = 0.25
    shift_invariant = False

    def outputs(self, n_classes: int) -> int:
        """One: the log-odds of the second class."""
        return 1

    def value_grad(self, y: Targets, eta: Array) -> tuple[Array, Array]:
        """Loss, and sigmoid(eta) - y = (1 - y) sigmoid(eta) - y sigmoid(-eta)."""
        t = eta[:, 0]
        small, right = exp_minus_abs(t), t >= 0
        wrong = np.where(right, 1.0 - y, y)
        value = wrong * np.abs(t) + np.log1p(small)
        grad = (wrong - (1.0 - wrong) * small) / (1.0 + small)
        np.negative(grad, out=grad, where=~right)
        return value, grad[:, None]

    def sum_grad(self, y: Targets, eta: Array, weight: Array | None) -> tuple[float, Array]:
        """For class codes by z = (1 - 2y) eta: max(z, 0) + log1p(exp(-|z|)), and the sign times sigmoid(z)."""
        if y.dtype.kind == "f":
            return super().sum_grad(y, eta, weight)
        sign = 1.0 - 2.0 * y
        t = eta[:, 0]
        wrong = np.maximum(sign * t, 0.0)
        small = exp_minus_abs(t)
        value = total(wrong, weight) + sum_log1p(small, weight)
        sign *= np.maximum(small, wrong > 0)
        sign /= 1.0 + small
        return value, sign[:, None]

    def curvature_beside(self, y: Targets, grad: Array) -> Bend:
        """|grad| is the probability of the other class, for class codes."""
        miss = grad + y[:, None] if y.dtype.kind == "f" else np.abs(grad)
        return Bend(miss * (1.0 - miss))

    def curvature(self, eta: Array) -> Bend:
        """sigmoid(eta) sigmoid(-eta)."""
        small = exp_minus_abs(eta)
        return Bend(small / (1.0 + small) ** 2)

    def tilt(self, y: Targets, eta: Array, z: Array) -> tuple[Array, Array]:
        """The odds p : 1-p become p (1 + (1-p) z) : (1-p) (1 - p z)."""
        t, z = eta[:, 0], z[:, 0]
        small, right = exp_minus_abs(t), t >= 0
        likely, unlikely, surprise = 1.0 / (1.0 + small), small / (1.0 + small), np.log1p(small)
        p, rest = np.where(right, likely, unlikely), np.where(right, unlikely, likely)
        up, down = np.maximum(rest * z, -1.0), np.maximum(-p * z, -1.0)
        beyond = p * up + rest * down  # 0 but for the border
        q, other = p * (1.0 + up) / (1.0 + beyond), rest * (1.0 + down) / (1.0 + beyond)
        tilt = q * log1p_above(up) + other * log1p_above(down) - np.log1p(beyond)
        entropy = surprise + np.abs(t) * np.where(right, other, q) - tilt
        return entropy, ((1.0 - y) * q - y * other)[:, None]

    def stays_inside(self, eta: Array, z: Array) -> NDArray[np.bool_]:
        """Whether the probability to which z adds, p at 1 - p less, has room: p |z| < 1, and (1 - p) |z| for z < 0."""
        small, far = exp_minus_abs(eta), np.abs(z)
        return (np.where((eta >= 0) == (z >= 0), far, small * far) < 1.0 + small)[:, 0]

    def nudge(self, eta: Array, z: Array) -> tuple[Array, Array]:
        """For l = (1-p) z and -p z the terms add up to v z^2 (1/2 - (1-2p) z/6 + (1-3v) z^2/12 ...), v = p (1-p)."""
        t, z = eta[:, 0], z[:, 0]
        small = exp_minus_abs(t)
        miss = small / (1.0 + small)
        v = miss * (1.0 - miss)
        lean, square = np.copysign(1.0 - 2.0 * miss, -t) * z, z * z
        series = HALF - lean * (1 / 6 + square * (1 - 2 * v) / 20)
        series += square * ((1 - 3 * v) / 12 + square * (1 - 5 * v * (1 - v)) / 30)
        shift = v * z
        return -shift * (t + z * series), shift[:, None]

    def constant(self, away: Array) -> Array:
        """The log-odds of the second class's share, 1/2 - away."""
        share = np.clip(0.5 - away, RAREST, 1.0 - RAREST)
        return np.log(share / (1.0 - share))


LOST = 1e-200
"""A row's tilted probabilities that add up to less, by cancellation where the tilt is huge: it is not tilted."""


@dataclass(frozen=True)
class Softmax(Loss):
    """log sum_k exp(eta_k) - y . eta, for class codes or probability rows y, one output a class."""

    curvature_bound = 0.5
    shift_invariant = True

    def outputs(self, n_classes: int) -> int:
        """One output a class."""
        return n_classes

    def value_grad(self, y: Targets, eta: Array) -> tuple[Array, Array]:
        """Loss, and softmax(eta) - y.

        For class codes the loss is log1p(sum of the other classes' odds) where the true class leads, so that
        a certain and right prediction costs its tiny exact amount.
        """
        if y.ndim == 2:
            return -(y * log_softmax(eta)).sum(axis=1), softmax_rows(eta) - y
        rows = np.arange(len(eta)), y
        small, top = shifted_exp(eta)
        behind, own = top - eta[rows], small[rows]
        small[rows] = 0.0
        others = small.sum(axis=1)
        total = others + own
        value = np.where(behind > 0, behind + np.log(total), np.log1p(others))
        small /= total[:, None]
        small[rows] = -others / total
        return value, small

    def curvature_beside(self, y: Targets, grad: Array) -> Bend:
        """The gradient is p - y."""
        if y.ndim == 2:
            return Bend(grad + y, grad + y)
        p = np.array(grad.T, order="C")
        p.ravel()[own_places(y)] += 1.0
        return Bend(p.T, p.T)

    def sum_grad(self, y: Targets, eta: Array, weight: Array | None) -> tuple[float, Array]:
        """For class codes, with d from the own class to the top: d + log1p(the others' odds to it + exp(-d) - 1)."""
        if y.ndim == 2:
            return super().sum_grad(y, eta, weight)
        # One output after the other, for sums along memory: that is how products come.
        small = np.ascontiguousarray((eta - eta.max(axis=1)[:, None]).T)
        flat, places = small.ravel(), own_places(y)
        behind = flat.take(places)
        np.exp(small, out=small)
        own = flat.take(places)
        flat[places] = 0.0
        others = small.sum(axis=0)
        value = sum_log1p(others + (own - 1.0), weight) - total(behind, weight)
        whole = others + own
        small /= whole
        flat[places] = others / -whole
        return value, small.T

    def curvature(self, eta: Array) -> Bend:
        """diag(p) - p p^T."""
        p = softmax_rows(eta)
        return Bend(p, p)

    def tilt(self, y: Targets, eta: Array, z: Array) -> tuple[Array, Array]:
        """The row p becomes p (1 + z - p.z)."""
        logp, p = log_softmax(eta), softmax_rows(eta)
        lean = np.maximum(about_mean(p, z), -1.0)
        lean[(p * (1.0 + lean)).sum(axis=1) < LOST] = 0.0
        q, beyond = p * (1.0 + lean), (p * lean).sum(axis=1)  # 0 but for the border
        total = np.where(beyond > -0.5, 1.0 + beyond, q.sum(axis=1))  # else 1 + beyond has lost its digits
        q /= total[:, None]
        size = np.where(beyond > -0.5, np.log1p(np.maximum(beyond, -0.5)), np.log(total))
        entropy = size - (q * (logp + log1p_above(lean))).sum(axis=1)
        if y.ndim == 2:
            return entropy, q - y
        rows = np.arange(len(eta)), y
        q[rows] = 0.0
        q[rows] = -q.sum(axis=1)
        return entropy, q

    def stays_inside(self, eta: Array, z: Array) -> NDArray[np.bool_]:
        """Whether all of 1 + z - p.z are positive."""
        inside: NDArray[np.bool_] = np.all(about_mean(softmax_rows(eta), z) > -1.0, axis=1)
        return inside

    def nudge(self, eta: Array, z: Array) -> tuple[Array, Array]:
        """The row p becomes p (1 + l), l = z - p.z."""
        p = softmax_rows(eta)
        lean = about_mean(p, z)
        shift = p * lean
        series = lean * (HALF - lean * (1 / 6 - lean * (1 / 12 - lean * (1 / 20 - lean / 30))))
        series += eta
        return -np.einsum("ij,ij->i", shift, series), shift

    def constant(self, away: Array) -> Array:
        """The logarithms of the shares, 1/K - away."""
        log = np.log(np.maximum(1.0 / len(away) - away, RAREST))
        return log - log.mean()


def total(value: Array, weight: Array | None) -> float:
    """A weighted sum in double precision, of numbers in either."""
    return float(value.sum(dtype=np.float64) if weight is None else weight @ value)


def own_places(y: Targets) -> Targets:
    """Where the entries of the rows' own classes are, in an array that holds one class after the other."""
    return y.astype(np.intp, copy=False) * len(y) + np.arange(len(y))  # codes may be of a type too small for places


def about_mean(p: Array, z: Array) -> Array:
    """z_k - p.z for rows of probabilities, to full relative precision.

    For a class that is nearly certain that is tiny, and rounding would be all there is of it; as rounding is the same
    for all classes, their mean tells it.
    """
    away = z - (p * z).sum(axis=1)[:, None]
    away -= (p * away).sum(axis=1)[:, None]
    return away


def softmax_rows(eta: Array) -> Array:
    """Softmax of rows x outputs, keeping the memory order."""
    small, _ = shifted_exp(eta)
    small /= small.sum(axis=1)[:, None]
    return small


def class_totals(y: Targets, weight: Array, n_classes: int) -> Array:
    """The weight of each class among some rows, whatever kind of targets they have."""
    if np.issubdtype(y.dtype, np.integer):
        return np.asarray(np.bincount(y, weight, n_classes), dtype=np.float64)
    totals: Array = weight @ (y if y.ndim == 2 else np.column_stack([1 - y, y]))
    return totals


def of_classes(y: Targets, by_class: Array) -> Array:
    """What a number for each class is for each row: that of its class, or the mean over its probabilities."""
    if np.issubdtype(y.dtype, np.integer):
        return np.asarray(by_class[y])
    mean: Array = y @ by_class if y.ndim == 2 else by_class[0] + y * (by_class[1] - by_class[0])
    return mean


def loss_for(n_classes: int) -> Loss:
    """The loss of so many classes: one output tells two apart, more have one each."""
    return Logistic() if n_classes == 2 else Softmax()


LOSSES: dict[str, type[Loss]] = {"logistic": Logistic, "softmax": Softmax}

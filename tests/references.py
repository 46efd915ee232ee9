"""Independent optima: the objective minimised without the package, in 40 digits or in long double."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from mpmath import mp
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

Array = NDArray[Any]
DIGITS = 40


class Field(NamedTuple):
    """A kind of number: how to make an array of it, its exp and log, and its rounding error."""

    array: Callable[[Any], Array]
    exp: Callable[[Array], Array]
    log: Callable[[Array], Array]
    eps: float


def _mp_array(values: Any) -> Array:
    return np.frompyfunc(mp.mpf, 1, 1)(np.asarray(values, dtype=object))


FLOAT = Field(lambda v: np.asarray(v, float), np.exp, np.log, 2.0**-52)
LONG = Field(lambda v: np.asarray(v, np.longdouble), np.exp, np.log, float(np.finfo(np.longdouble).eps))
MP = Field(_mp_array, np.frompyfunc(mp.exp, 1, 1), np.frompyfunc(mp.log, 1, 1), 10.0**-DIGITS)


@dataclass(frozen=True)
class Problem:
    """C sum s_i loss_i + (1 - l1_ratio)/2 |W|² + l1_ratio |W|₁; codes 0 .. K-1; C = inf is the loss alone.

    W has p + 1 rows, the intercept last, and a column for each class. Without `symmetric` the first
    class is pinned at zero, which for two classes is binary logistic regression.
    """

    X: Array
    y: Array
    C: float = 1.0
    l1_ratio: float = 0.0
    weight: Array | None = None
    intercept: bool = True
    symmetric: bool = False

    @property
    def classes(self) -> int:
        return int(self.y.max()) + 1

    @property
    def scale(self) -> float:
        return 1.0 if np.isinf(self.C) else self.C

    @property
    def ridge(self) -> float:
        return 0.0 if np.isinf(self.C) else 1 - self.l1_ratio

    @property
    def lasso(self) -> float:
        return 0.0 if np.isinf(self.C) else self.l1_ratio

    def design(self, field: Field) -> tuple[Array, Array]:
        """X with its column of ones, and the rows' weights times C."""
        weight = np.ones(len(self.y)) if self.weight is None else self.weight
        ones = np.ones((len(self.y), 1))
        return field.array(np.hstack([self.X, ones])), field.array(weight) * field.array(self.scale)

    def free(self) -> Array:
        """The entries of W that move: one class is pinned wherever only differences matter."""
        free = np.ones((self.X.shape[1] + 1, self.classes), bool)
        free[-1] = self.intercept
        free[-1, 0] = False
        free[:, 0] &= self.symmetric and self.ridge + self.lasso > 0
        return free


class Optimum(NamedTuple):
    """The minimiser in the shape of scikit-learn's attributes, and its objective."""

    coef: Array
    intercept: Array
    objective: Any


def parameters(problem: Problem, coef: Array, intercept: Array) -> Array:
    """W from attributes: a single row of coefficients is that of the second class."""
    w = np.vstack([np.asarray(coef).T, np.asarray(intercept)[None, :]])
    return w if w.shape[1] == problem.classes else np.hstack([np.zeros_like(w), w])


def objective(problem: Problem, w: Array, field: Field = MP) -> Any:
    """Return the value of F at W, in the field's arithmetic."""
    with mp.workdps(DIGITS):
        w = field.array(w)
        return _smooth(problem, w, field) + problem.lasso * abs(w[:-1]).sum()


def excess(problem: Problem, estimator: Any, optimum: Optimum) -> float:
    """F at the estimator's coefficients less F*, without rounding."""
    w = parameters(problem, estimator.coef_, estimator.intercept_)
    with mp.workdps(DIGITS):
        return float(objective(problem, w) - optimum.objective)


def optimum(problem: Problem, field: Field = MP) -> Optimum:
    """Find the support by proximal gradient, polish by Newton, prove the result by its KKT conditions."""
    with mp.workdps(DIGITS):
        signs, moving = _support(problem)
        w = _newton(problem, field, moving, signs)
        _prove(problem, field, w, signs, moving)
        keep = slice(None) if problem.symmetric else slice(1, None)
        return Optimum(w[:-1, keep].T, w[-1, keep], objective(problem, w, field))


def centred(rows: Array) -> Array:
    """Subtract the mean over classes: softmax is blind to it."""
    return rows - rows.mean(axis=0)


def at_the_floor(estimator: Any, X: Any, y: Any, **fit: Any) -> Any:
    """Fit with tol = 0, a hundred Newton steps: that 0 was not proven is then no news."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return clone(estimator).set_params(tol=0.0, max_iter=100).fit(X, y, **fit)


def _smooth(problem: Problem, w: Array, field: Field) -> Any:
    A, s = problem.design(field)
    return (s * _cross_entropy(problem, A @ w, field)[0]).sum() + problem.ridge * (w[:-1] ** 2).sum() / 2


def _cross_entropy(problem: Problem, eta: Array, field: Field) -> tuple[Array, Array]:
    eta = eta - eta.max(axis=1)[:, None]
    e = field.exp(eta)
    total = e.sum(axis=1)
    return field.log(total) - eta[np.arange(len(eta)), problem.y], e / total[:, None]


def _gradient(problem: Problem, field: Field, w: Array) -> tuple[Array, Array]:
    """Return the gradient of the smooth part, and the probabilities."""
    A, s = problem.design(field)
    p = _cross_entropy(problem, A @ w, field)[1]
    residual = p - field.array(np.eye(problem.classes))[problem.y]
    grad = A.T @ (s[:, None] * residual)
    grad[:-1] = grad[:-1] + problem.ridge * w[:-1]
    return grad, p


def _hessian(problem: Problem, field: Field, p: Array) -> Array:
    A, s = problem.design(field)
    rows, k = A.shape[1], problem.classes
    H = field.array(np.zeros((rows, k, rows, k)))
    for c in range(k):
        for d in range(k):
            H[:, c, :, d] = A.T @ ((s * p[:, c] * ((c == d) - p[:, d]))[:, None] * A)
    for j in range(rows - 1):
        for c in range(k):
            H[j, c, j, c] = H[j, c, j, c] + problem.ridge
    return H.reshape(rows * k, rows * k)


def _newton(problem: Problem, field: Field, moving: Array, signs: Array) -> Array:
    """Minimise smooth part + lasso * <signs, W> over the moving entries by damped Newton steps."""
    at, pull = moving.ravel(), problem.lasso * field.array(signs)

    def value(w: Array) -> Any:
        return _smooth(problem, w, field) + (pull * w).sum()

    w = field.array(np.zeros(moving.shape))
    for _ in range(200):
        grad, p = _gradient(problem, field, w)
        step = field.array(np.zeros(moving.shape))
        step[moving] = _solve(_hessian(problem, field, p)[np.ix_(at, at)], (grad + pull)[moving])
        decrement, here = (step * (grad + pull)).sum(), value(w)
        if decrement <= 100 * field.eps * abs(here):  # less than that drowns in the rounding of values
            return w - step
        while value(w - step) > here - decrement / 4:
            step, decrement = step / 2, decrement / 2
        w = w - step
    raise AssertionError("the reference did not converge")


def _solve(H: Array, b: Array) -> Array:
    """Gaussian elimination with diagonal pivots, for numbers that LAPACK does not know."""
    M = np.hstack([H, b[:, None]])
    for i in range(len(b)):
        M[i] = M[i] / M[i, i]
        others = np.arange(len(b)) != i
        M[others] = M[others] - M[others, i][:, None] * M[i]
    return M[:, -1]


def _support(problem: Problem) -> tuple[Array, Array]:
    """Return the signs of the coefficients under L1, and the entries of W that are not zero."""
    moving = problem.free()
    if problem.lasso == 0:
        return np.zeros(moving.shape), moving
    signs = np.sign(_proximal_gradient(problem))
    signs[-1] = 0
    moving[:-1] &= signs[:-1] != 0
    return signs, moving


def _proximal_gradient(problem: Problem, rounds: int = 20_000) -> Array:
    """Return an approximate minimiser in float64 whose zeros are exact: it tells support and signs."""
    A, s = problem.design(FLOAT)
    free = problem.free()
    step = 1 / (np.linalg.norm(A * np.sqrt(s)[:, None], 2) ** 2 / 2 + problem.ridge)
    shrink = np.full((A.shape[1], 1), step * problem.lasso)
    shrink[-1] = 0
    w, ahead, t = np.zeros(free.shape), np.zeros(free.shape), 1.0
    for _ in range(rounds):
        v = ahead - step * _gradient(problem, FLOAT, ahead)[0] * free
        new = np.sign(v) * np.maximum(abs(v) - shrink, 0)
        restart = ((ahead - new) * (new - w)).sum() > 0
        t, momentum = (1.0, 0.0) if restart else ((1 + (1 + 4 * t * t) ** 0.5) / 2, t - 1)
        settled = abs(new - w).max() < 1e-14 and not restart
        ahead, w = new + momentum / t * (new - w), new
        if settled:
            break
    return w


def _prove(problem: Problem, field: Field, w: Array, signs: Array, moving: Array) -> None:
    """Check the KKT conditions: they suffice, since F is convex."""
    grad = _gradient(problem, field, w)[0]
    pull = problem.lasso * signs
    noise = 1e6 * field.eps * abs(problem.design(field)[0]).sum() * problem.scale
    idle = problem.free() & ~moving
    assert (abs(grad + pull)[moving] <= noise).all(), "the gradient is not zero on the support"
    assert (abs(grad[idle]) < problem.lasso).all(), "an idle coefficient wants to move"
    assert (pull * w >= 0).all(), "a coefficient has the wrong sign"

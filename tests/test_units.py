"""Laws of what is handed back: the certificate is one of the coefficients in the user's units, as numbers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import references
from references import Problem, excess, optimum
from samples import draw
from scipy.special import logsumexp

from logreg import LogisticRegression, logistic_path
from logreg.data.arrays import Arrays
from logreg.fit import pose
from logreg.problem.certificate import Certificate
from logreg.problem.losses import Softmax
from logreg.problem.penalties import l2
from logreg.problem.units import answer

TOL = 1e-6


def losses(X: Any, y: Any, coef: Any, intercept: Any) -> float:
    """The sum of the losses, in the longest numbers there are."""
    eta = np.asarray(X, np.longdouble) @ np.asarray(coef, np.longdouble).T + np.asarray(intercept, np.longdouble)
    eta = np.column_stack([np.zeros(len(eta)), eta]) if eta.shape[1] == 1 else eta
    return float(np.sum(logsumexp(eta - eta[np.arange(len(y)), y][:, None], axis=1)))


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("far", [1e4, 1e8, 1e10, 1e12, 1e14])
def test_no_fit_has_converged_whose_coefficients_have_too_few_digits(far: float, classes: int) -> None:
    X, y = draw(3, n=200, classes=classes)
    X = X + far * np.eye(X.shape[1])[0]
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        model = LogisticRegression(C=100.0, tol=TOL).fit(X, y)
    excess = 100.0 * losses(X, y, model.coef_, model.intercept_) + (model.coef_**2).sum() / 2
    excess = excess / LogisticRegression(C=100.0, tol=1e-10).fit(X - X.mean(axis=0), y).certificate_.lower - 1
    assert model.certificate_.relative >= (1 - 1e-6) * excess
    assert model.converged_ if far <= 1e10 else not model.converged_ or excess <= TOL
    assert model.converged_ or (len(seen) == 1 and "centre such columns" in str(seen[0].message))


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize(("ratio", "slack"), [(1e9, 5e-9), (1e11, 5e-6), (1e12, 5e-6)])
def test_no_bound_is_beyond_the_minimum_where_columns_are_nearly_the_same(
    ratio: float, slack: float, intercept: bool, classes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ridge alone keeps their slopes finite, and what tells the columns apart is little more than rounding."""
    monkeypatch.setattr(references, "DIGITS", 80)
    r = np.random.default_rng(classes)
    u, z = r.normal(size=(2, 60))
    X, y = np.column_stack([ratio * u, ratio * u + z]), (z[:, None] * np.arange(classes) + r.gumbel(size=(60, classes)))
    problem = Problem(X, y.argmax(axis=1), intercept=intercept, symmetric=classes > 2)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        model = LogisticRegression(fit_intercept=intercept).fit(problem.X, problem.y)
    best = optimum(problem)
    assert model.certificate_.lower <= float(best.objective) * (1 + slack)  # before, up to twice the minimum
    assert model.certificate_.bound >= excess(problem, model, best) - slack * float(best.objective)
    assert model.converged_ == (not seen)
    assert model.converged_ or ratio > 1e10


@pytest.mark.parametrize("C", [1e20, 1e60, 1e100])
def test_rounding_moves_losses_that_are_next_to_nothing_by_less(C: float) -> None:
    """Parted classes and hardly any penalty: C times the square of what rounding moves a row by would be beyond F."""
    X, _ = draw(0, n=100, p=4)
    X -= X.mean(axis=0)
    model = LogisticRegression(C=C).fit(X, X[:, 0] > 0)
    assert model.converged_


@pytest.mark.parametrize("options", [{}, {"l1_ratio": 1.0}, {"l1_ratio": 0.5}, {"penalty": "group"}], ids=str)
@pytest.mark.parametrize(("n", "p"), [(100, 4), (20, 60)])
def test_the_certified_objective_is_that_of_the_coefficients(n: int, p: int, options: Any) -> None:
    X, y = draw(5, n=n, p=p, classes=3)
    model = LogisticRegression(C=3.0, tol=1e-4, **options).fit(X, y)
    ratio = options.get("l1_ratio", 1.0 if options else 0.0)
    simple = np.linalg.norm(model.coef_, axis=0).sum() if "penalty" in options else np.abs(model.coef_).sum()
    value = 3.0 * losses(X, y, model.coef_, model.intercept_)
    value += (1 - ratio) / 2 * (model.coef_**2).sum() + ratio * simple
    assert model.certificate_.objective == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5])
def test_so_it_is_at_every_strength_of_a_path(l1_ratio: float) -> None:
    X, y = draw(6, n=100, classes=3)
    X = X + 1e8
    path = logistic_path(X, y, Cs=[0.1, 1.0, 10.0], l1_ratio=l1_ratio, tol=1e-8)
    for C, coef, intercept, proof in zip(path.Cs, path.coefs, path.intercepts, path.certificates, strict=True):
        value = C * losses(X, y, coef, intercept) + (1 - l1_ratio) / 2 * (coef**2).sum() + l1_ratio * np.abs(coef).sum()
        assert proof.objective == pytest.approx(value, rel=1e-8)


def test_the_classes_common_shift_is_no_part_of_the_objective() -> None:
    # The losses do not see it, and a solver's own parameters may wander along it.
    X, y = draw(7, n=60, p=5, classes=4)
    objective = pose(Arrays(X, y), Softmax(), 4, l2(), 10.0, True)
    point = objective.at(np.random.default_rng(0).normal(size=objective.shape) + 100.0)
    slopes, offset, proof = answer(objective, point, Certificate(point.value, 0.5 * point.value), TOL)
    value = 10.0 * losses(X, y, slopes.T, offset) + (slopes**2).sum() / 2
    assert proof.objective == pytest.approx(value, rel=1e-9)
    assert proof.objective < 0.9 * point.value

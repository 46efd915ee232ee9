"""Folds solved together are the folds solved one by one, and what is proven of them holds."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from samples import draw, fit

from logreg import lockstep
from logreg.crossvalidation import predictions
from logreg.data.arrays import Arrays, as_matrix
from logreg.fit import Fit
from logreg.folds import Rows, fold_fits, together
from logreg.lockstep import WHY
from logreg.options import Options
from logreg.problem.losses import Logistic, Loss, Softmax
from logreg.solvers.base import Status

OPTIONS = Options(tol=1e-10, max_iter=100)
CS = np.array([1.0, 1e-3, 1e3])

binary_and_softmax = pytest.mark.parametrize(("classes", "loss"), [(2, Logistic()), (2, Softmax()), (3, Softmax())])


def problem(classes: int, seed: int = 0) -> tuple[Rows, list[Any]]:
    X, y = draw(seed, n=70, classes=classes)
    weight = np.random.default_rng(seed).uniform(0.2, 2.0, len(y))
    parts = np.arange(len(y)) % 3
    folds = [(np.flatnonzero(parts != at), np.flatnonzero(parts == at)) for at in range(3)]
    X = np.column_stack([X * [1e4, 1.0, 1e-3], np.full(len(y), 2.5)])
    return Rows(as_matrix(X), y, weight, weight), folds


def objective_of(one: Fit, rows: Rows, train: Any, C: float) -> float:
    """F at the coefficients that are handed back, from its definition, in long double."""
    wide = partial(np.asarray, dtype=np.longdouble)
    eta = wide(rows.X.rows(train).dense()) @ wide(one.coef).T + wide(one.intercept)
    eta = np.hstack([np.zeros_like(eta), eta]) if eta.shape[1] == 1 else eta
    losses = np.logaddexp.reduce(eta, axis=1) - eta[np.arange(len(train)), rows.y[train]]
    return float(C * (rows.weight[train] * losses).sum() + np.square(wide(one.coef)).sum() / 2)


@binary_and_softmax
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_folds_together_find_what_each_finds_alone(classes: int, loss: Loss, fit_intercept: bool) -> None:
    rows, folds = problem(classes)
    options = replace(OPTIONS, fit_intercept=fit_intercept)
    found = together(rows, folds, classes, loss, CS, options)
    assert len(found) == 3
    for at, (train, _) in enumerate(folds):
        alone = fold_fits(rows, train, classes, loss, CS, options)
        for C, one, other in zip(CS.tolist(), found[at], alone, strict=True):
            assert one.why == WHY
            assert one.certificate.relative <= 1e-10
            slack = one.certificate.bound + other.certificate.bound
            assert abs(one.certificate.objective - other.certificate.objective) <= slack
            np.testing.assert_allclose(*predictions([one, other], rows.X), atol=1e-5)
            assert one.history[-1].objective == pytest.approx(objective_of(one, rows, train, C), rel=1e-11)


@binary_and_softmax
def test_no_bound_on_the_way_is_beyond_the_minimum(classes: int, loss: Loss, monkeypatch: pytest.MonkeyPatch) -> None:
    bounds: list[tuple[float, Any]] = []
    original = lockstep.Folds.lower

    def lower(self: lockstep.Folds, at: Any, direction: Any) -> Any:
        value = original(self, at, direction)
        bounds.append((self.C, value))
        return value

    monkeypatch.setattr(lockstep.Folds, "lower", lower)
    rows, folds = problem(classes, seed=1)
    # With so loose a tolerance a bound is tried at every point.
    together(rows, folds, classes, loss, CS, replace(OPTIONS, tol=1e-1))
    assert len(bounds) >= 3
    for C, values in bounds:
        for at, (train, _) in enumerate(folds):
            data = Arrays(rows.X.rows(train), rows.y[train], rows.weight[train])
            best = fit(data, classes, loss=loss, C=C, tol=1e-12).certificate
            assert values[at] <= best.objective * (1 + 1e-13)


def test_what_is_not_certified_together_is_finished_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockstep, "STEPS", 1)
    rows, folds = problem(2)
    found = together(rows, folds, 2, Logistic(), CS, OPTIONS)
    assert all(one.why != WHY and one.status.converged for path in found.values() for one in path)


@pytest.mark.parametrize(
    "change", [{"l1_ratio": 0.5}, {"solver": "lbfgs"}, {"max_seconds": 1.0}], ids=["l1", "solver", "limit"]
)
def test_what_needs_more_than_plain_newton_steps_is_left_alone(change: dict[str, Any]) -> None:
    rows, folds = problem(2)
    assert not together(rows, folds, 2, Logistic(), CS, replace(OPTIONS, **change))
    assert not together(rows, folds, 2, Logistic(), np.array([np.inf]), OPTIONS)


@pytest.mark.parametrize("far", [1e6, 1e10, 1e14])
def test_a_column_far_from_0_is_proven_as_it_is_handed_back_or_said_to_have_lost_digits(far: float) -> None:
    X, y = draw(3, n=90)
    rows = Rows(as_matrix(X + far * np.eye(3)[0]), y, np.ones(90), np.ones(90))
    train = np.arange(0, 90, 2)
    folds = [(train, train + 1), (train + 1, train)]
    options = replace(OPTIONS, tol=1e-11)
    ((one,), _) = together(rows, folds, 2, Logistic(), np.array([100.0]), options).values()
    least = fit(Arrays(X[train] - X[train].mean(axis=0), y[train]), 2, C=100.0, tol=1e-12).certificate.lower
    excess = objective_of(one, rows, train, 100.0) - least
    assert excess <= one.certificate.bound * (1 + 1e-6) + 1e-12 * least
    assert one.status is Status.DIGITS_LOST or excess <= 1.1e-11 * least
    assert one.status.converged == (far < 1e10)


def test_a_fold_without_one_of_the_classes_is_left_alone() -> None:
    rows, folds = problem(3)
    folds[0] = (np.flatnonzero(rows.y != 1), np.flatnonzero(rows.y == 1))
    assert not together(rows, folds, 3, Softmax(), CS, OPTIONS)


def test_a_row_that_a_fold_trains_on_twice_weighs_twice() -> None:
    rows, folds = problem(2)
    train, test = folds[0]
    twice = [(np.concatenate([train, train[:9]]), test)]
    heavier = rows._replace(weight=rows.weight * np.where(np.isin(np.arange(len(rows.y)), train[:9]), 2.0, 1.0))
    one, other = (
        together(of, part, 2, Logistic(), CS, OPTIONS)[0][0] for of, part in ((rows, twice), (heavier, folds))
    )
    np.testing.assert_allclose(one.coef, other.coef, rtol=1e-6, atol=1e-20)  # a column without a part has rounding

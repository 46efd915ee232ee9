"""Singular data, and data that only seem so: columns that repeat others, nearly do, or hardly vary."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from samples import fit
from sklearn.exceptions import ConvergenceWarning

from logreg import LogisticRegression
from logreg.data.arrays import Arrays
from logreg.errors import DataError
from logreg.ground.cholesky import solved

SEEDS = range(40)


def repeated(kind: str, seed: int) -> tuple[Any, Any, Any]:
    """Columns, the same and some that say nothing new, and labels."""
    r = np.random.default_rng(seed)
    n, p = int(r.integers(50, 150)), int(r.integers(3, 12))
    X = r.normal(size=(n, p))
    new = {
        "a column twice": X[:, :1],
        "a column in other units": 2.54 * X[:, :1] + 10,
        "the sum of two": X[:, :1] + X[:, 1:2],
    }[kind]
    return X, np.hstack([X, new]), X[:, 0] + r.logistic(size=n) > 0


@pytest.mark.parametrize("kind", ["a column twice", "a column in other units", "the sum of two"])
@pytest.mark.parametrize("C", [1e16, np.inf])
def test_columns_that_say_nothing_new_change_no_optimum(kind: str, C: float) -> None:
    for seed in SEEDS:
        X, more, y = repeated(kind, seed)
        plain, singular = LogisticRegression(C=C, tol=1e-8).fit(X, y), LogisticRegression(C=C, tol=1e-8).fit(more, y)
        assert plain.converged_
        assert singular.converged_
        F, size = (model.certificate_.objective / (1.0 if np.isinf(C) else C) for model in (plain, singular))
        assert size == pytest.approx(F, rel=1e-7)
        np.testing.assert_allclose(singular.decision_function(more), plain.decision_function(X), atol=2e-2)


def test_a_singular_system_is_solved_by_a_vector_of_moderate_length() -> None:
    for seed in SEEDS:
        _, more, _ = repeated("a column twice", seed)
        A, x = more.T @ more, np.random.default_rng(seed).normal(size=more.shape[1])
        found = solved(A, A @ x)
        np.testing.assert_allclose(A @ found, A @ x, rtol=1e-8, atol=1e-8 * np.abs(A @ x).max())
        assert np.linalg.norm(found) <= 2 * np.linalg.norm(x)


@pytest.mark.parametrize("solver", ["auto", "lbfgs", "newton-cg", "sampled", "newton-cholesky"])
@pytest.mark.parametrize("apart", [2.0**-20, 2.0**-26, 2.0**-32])
def test_nothing_false_is_proven_where_columns_nearly_coincide(solver: str, apart: float) -> None:
    """A and A + apart * D, to the last digit: the same model space as A and D, so the same minimum."""
    for seed in range(4):
        r = np.random.default_rng(seed)
        A, D = np.round(r.normal(size=(2, 150)) * 64) / 64
        y = A * 0.5 + D * 1.5 + r.logistic(size=150) > 0
        best = LogisticRegression(C=np.inf, tol=1e-9).fit(np.column_stack([A, D]), y).certificate_.objective
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = LogisticRegression(C=np.inf, solver=solver, max_iter=200).fit(
                np.column_stack([A, A + apart * D]), y
            )
        assert model.certificate_.lower <= best * (1 + 1e-9)


@pytest.mark.parametrize("far", [2.0**30, 2.0**44])
def test_columns_that_vary_in_their_last_digits_are_not_constant(far: float) -> None:
    r = np.random.default_rng(0)
    steps = np.round(r.normal(size=(200, 1)) * 400)
    X = far + steps * far * 2.0**-50
    y = steps[:, 0] + 400 * r.logistic(size=200) > 0
    near = LogisticRegression(C=np.inf).fit(steps, y)
    with pytest.warns(ConvergenceWarning, match="too few digits for tol: centre such columns"):
        moved = LogisticRegression(C=np.inf).fit(X, y)
    assert moved.history_[-1].objective == pytest.approx(near.certificate_.objective, rel=1e-6)


def test_columns_too_small_to_be_squared_are_named_where_no_penalty_makes_them_nothing() -> None:
    r = np.random.default_rng(0)
    X = r.normal(size=(60, 2)) * [1.0, 1e-170]
    y = X[:, 0] + r.logistic(size=60) > 0
    with pytest.raises(DataError, match=r"column 1 .*underflow: multiply"):
        LogisticRegression(C=np.inf).fit(X, y)
    for l1_ratio in (0.0, 1.0):
        assert LogisticRegression(l1_ratio=l1_ratio).fit(X, y).converged_


@pytest.mark.parametrize("options", [{"C": np.inf}, {"penalty": "l1"}])
def test_a_warm_start_from_a_column_that_has_become_constant_is_none(options: dict[str, Any]) -> None:
    r = np.random.default_rng(0)
    X = r.normal(size=(60, 4))
    y = X[:, 0] + X[:, 1] + r.logistic(size=60) > 0
    model = LogisticRegression(warm_start=True, **options).fit(X, y)
    X[:, 0] = 1.0
    again, cold = model.fit(X, y), LogisticRegression(**options).fit(X, y)
    assert again.converged_
    assert again.certificate_.objective == pytest.approx(cold.certificate_.objective, rel=1e-6)


def test_wide_rows_of_nothing_are_fitted() -> None:
    model = LogisticRegression(fit_intercept=False).fit(np.zeros((20, 400)), np.arange(20) % 2)
    assert model.certificate_.objective == pytest.approx(20 * np.log(2))
    assert not model.coef_.any()


def test_weights_of_nothing_are_named() -> None:
    with pytest.raises(DataError, match="weights sum to zero"):
        fit(Arrays(np.ones((4, 1)), np.array([0, 1, 0, 1]), np.zeros(4)), 2)

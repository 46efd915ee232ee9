"""Laws of paths: where they begin, what grows along them, and what is said of each fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from samples import draw
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss

from logreg import LogisticRegression, logistic_path
from logreg.data.arrays import Arrays
from logreg.errors import DataError, OptionError
from logreg.options import Options
from logreg.path import trace

binary_and_softmax = pytest.mark.parametrize("classes", [2, 3])
every_l1_ratio = pytest.mark.parametrize("l1_ratio", [0.3, 1.0])


@binary_and_softmax
@every_l1_ratio
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_nothing_is_selected_at_the_first_strength_and_something_just_above(
    classes: int, l1_ratio: float, fit_intercept: bool
) -> None:
    X, y = draw(0, classes=classes)
    s = np.random.default_rng(0).uniform(0.5, 2.0, len(y))
    options: Any = {"l1_ratio": l1_ratio, "sample_weight": s, "fit_intercept": fit_intercept}
    first = logistic_path(X, y, Cs=3, **options).Cs[0]
    path = logistic_path(X, y, Cs=[0.5 * first, first, 1.001 * first], tol=1e-10, **options)
    assert path.n_nonzero[0] == path.n_nonzero[1] == 0
    assert path.n_nonzero[2] > 0


@binary_and_softmax
def test_the_first_fit_knows_the_frequencies_of_the_classes(classes: int) -> None:
    X, y = draw(1, classes=classes)
    s = np.random.default_rng(1).uniform(0.5, 2.0, len(y))
    path = logistic_path(X, y, Cs=2, sample_weight=s)
    shares = np.bincount(y, s) / s.sum()
    np.testing.assert_allclose(path.predict_proba(X)[0], np.tile(shares, (len(y), 1)), rtol=1e-12)
    assert path.deviance_explained[0] == pytest.approx(0, abs=1e-9)


@binary_and_softmax
@pytest.mark.parametrize("l1_ratio", [0.0, 0.3, 1.0])
def test_every_point_is_the_optimum_that_a_single_fit_finds(classes: int, l1_ratio: float) -> None:
    X, y = draw(2, classes=classes)
    path = logistic_path(X, y, Cs=[0.1, 10.0, 1.0], l1_ratio=l1_ratio, tol=1e-9)
    for at, C in enumerate([0.1, 10.0, 1.0]):
        single = LogisticRegression(C=C, l1_ratio=l1_ratio, tol=1e-9).fit(X, y)
        one, other = path.certificates[at], single.certificate_
        assert one.relative <= 1e-9
        assert one.objective == pytest.approx(other.objective, rel=2e-9)
        np.testing.assert_allclose(path.predict_proba(X)[at], single.predict_proba(X), atol=3e-4)


@binary_and_softmax
@pytest.mark.parametrize("l1_ratio", [0.0, 0.3, 1.0])
def test_the_penalty_and_the_deviance_explained_grow_along_the_path(classes: int, l1_ratio: float) -> None:
    """Two minimisers compared at each other's C: neither can have both less loss and less penalty."""
    X, y = draw(3, classes=classes)
    path = logistic_path(X, y, Cs=20, l1_ratio=l1_ratio, tol=1e-10)
    penalty = [l1_ratio * np.abs(W).sum() + (1 - l1_ratio) / 2 * (W**2).sum() for W in path.coefs]
    assert (np.diff(path.Cs) > 0).all()
    assert (np.diff(penalty) >= -1e-6).all()
    assert (np.diff(path.deviance_explained) >= -1e-8).all()


@binary_and_softmax
def test_deviance_explained_is_measured_against_the_frequencies(classes: int) -> None:
    X, y = draw(4, classes=classes)
    s = np.random.default_rng(4).uniform(0.5, 2.0, len(y))
    path = logistic_path(X, y, Cs=[0.01, 1.0, np.inf], l1_ratio=0.5, sample_weight=s)
    null = log_loss(y, np.tile(np.bincount(y, s) / s.sum(), (len(y), 1)), sample_weight=s)
    explained = [1 - log_loss(y, P, sample_weight=s) / null for P in path.predict_proba(X)]
    np.testing.assert_allclose(path.deviance_explained, explained, atol=1e-10)


def hat_trace(X: Any, P: Any, C: float, ridge: float) -> float:
    """tr (H + R)^-1 H over slopes and intercepts, from the definition: row by row, all classes but the first."""
    n, k = P.shape
    Z = np.column_stack([X, np.ones(n)])
    m = Z.shape[1]
    H = np.zeros((k * m, k * m))
    for z, p in zip(Z, P, strict=True):
        H += C * np.kron(np.diag(p) - np.outer(p, p), np.outer(z, z))
    R = np.kron(np.eye(k), np.diag([ridge] * (m - 1) + [0.0]))
    return float(np.trace(np.linalg.pinv(H + R, rcond=1e-12) @ H))


@pytest.mark.parametrize("C", [0.05, 3.0])
def test_ridge_frees_as_many_coefficients_as_the_trace_of_the_hat_matrix(C: float) -> None:
    """The K - 1 free intercepts count as one each, and are not counted here."""
    X, y = draw(5, classes=3)
    path = logistic_path(X * [1.0, 1e3, 1e-3], y, Cs=[C], l1_ratio=0.0, tol=1e-12)
    (P,) = path.predict_proba(X * [1.0, 1e3, 1e-3])
    expected = hat_trace(X * [1.0, 1e3, 1e-3], P, C, 1.0) - 2
    assert path.degrees_of_freedom[0] == pytest.approx(expected, rel=1e-5)


def test_a_binary_ridge_frees_as_many_as_the_trace_of_the_hat_matrix_too() -> None:
    """With one row of coefficients H is the sum of p (1 - p) x x'; the intercept counts as one, and is not counted."""
    X, y = draw(6)
    path = logistic_path(X, y, Cs=[0.3], l1_ratio=0.0, tol=1e-12)
    (P,) = path.predict_proba(X)
    Z, d = np.column_stack([X, np.ones(len(y))]), P[:, 0] * P[:, 1]
    H = 0.3 * (Z.T * d) @ Z
    expected = np.trace(np.linalg.solve(H + np.diag([1.0, 1.0, 1.0, 0.0]), H)) - 1
    assert path.degrees_of_freedom[0] == pytest.approx(expected, rel=1e-5)


@binary_and_softmax
def test_a_lasso_frees_as_many_coefficients_as_it_selects_and_a_ridge_beside_it_fewer(classes: int) -> None:
    X, y = draw(7, p=6, classes=classes)
    lasso = logistic_path(X, y, Cs=10)
    np.testing.assert_array_equal(lasso.degrees_of_freedom, lasso.n_nonzero)
    mixed = logistic_path(X, y, Cs=10, l1_ratio=0.5)
    assert (mixed.degrees_of_freedom[1:] < mixed.n_nonzero[1:]).all()


def test_a_ridge_has_no_first_strength_and_takes_scikit_learns_grid() -> None:
    np.testing.assert_allclose(logistic_path(*draw(8), Cs=9, l1_ratio=0.0).Cs, np.logspace(-4, 4, 9))


def test_a_grid_for_more_columns_than_rows_ends_sooner() -> None:
    tall, wide = (logistic_path(*draw(9, n=20, p=p), Cs=2, tol=1e-3).Cs for p in (3, 40))
    assert tall[1] / tall[0] == pytest.approx(1e4)
    assert wide[1] / wide[0] == pytest.approx(1e2)


def test_sparse_rows_and_frames_are_taken_and_names_kept() -> None:
    X, y = draw(10)
    plain = logistic_path(X, np.array(["no", "yes"])[y], Cs=4)
    frame = logistic_path(pd.DataFrame(X, columns=["a", "b", "c"]), y, Cs=4)
    rows = logistic_path(sparse.csr_array(X), y, Cs=4)
    np.testing.assert_allclose(frame.coefs, plain.coefs)
    np.testing.assert_allclose(rows.Cs, plain.Cs)
    np.testing.assert_allclose(rows.predict_proba(X), plain.predict_proba(X), atol=1e-3)
    assert plain.classes.tolist() == ["no", "yes"]
    assert frame.feature_names is not None
    assert frame.feature_names.tolist() == ["a", "b", "c"]


def test_a_path_of_a_grouped_penalty_knows_its_first_strength_and_what_it_explains() -> None:
    X, y = draw(13, p=5, classes=3)
    data, options = Arrays(X, y), Options(l1_ratio=1.0, grouped=True, tol=1e-10)
    first = trace(data, 3, options, Cs=2).Cs[0]
    path = trace(data, 3, options, Cs=[first, 1.001 * first, 30 * first])
    assert path.n_nonzero[0] == 0
    assert path.n_nonzero[1] == 3  # a whole column
    null = log_loss(y, np.tile(np.bincount(y) / len(y), (len(y), 1)))
    explained = [1 - log_loss(y, P) / null for P in path.predict_proba(X)]
    np.testing.assert_allclose(path.deviance_explained, explained, atol=1e-8)


def test_columns_that_say_nothing_are_an_error_where_the_grid_depends_on_them() -> None:
    with pytest.raises(DataError, match="no column tells the classes apart"):
        logistic_path(np.full((10, 2), 3.7), np.arange(10) % 2, Cs=4)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"Cs": 0}, "Cs is 0; expected a number of strengths"),
        ({"Cs": [1.0, -1.0]}, "expected positive numbers"),
        ({"Cs": []}, "expected positive numbers"),
        ({"eps": 2.0}, "eps is 2.0"),
        ({"eps": "a"}, "eps is 'a'"),
        ({"eps": 5.0, "l1_ratio": 0.0}, "eps is 5.0"),
        ({"fit_intercept": 2}, "fit_intercept is 2; expected True or False"),
        ({"l1_ratio": 2.0}, "l1_ratio is 2.0"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: Any, match: str) -> None:
    with pytest.raises(OptionError, match=match):
        logistic_path(*draw(11), **{"Cs": 3, **options})


def test_one_warning_says_how_many_fits_fall_short() -> None:
    with pytest.warns(ConvergenceWarning, match="2 of 3 fits are not certified") as seen:
        path = logistic_path(*draw(12), Cs=3, tol=1e-9, solver="accelerated", max_iter=2)
    assert len(seen) == 1
    assert path.converged.tolist() == [True, False, False]


def test_degrees_of_freedom_that_rounding_would_make_up_are_no_number() -> None:
    r = np.random.default_rng(0)
    X = r.normal(size=(60, 4))
    y = (5 * X[:, :3] + 3 * r.gumbel(size=(60, 3))).argmax(axis=1)
    freedom = logistic_path(X, y, Cs=[1e4, 1e10, 1e16], l1_ratio=0.5).degrees_of_freedom
    np.testing.assert_allclose(freedom[:2], 8, atol=1e-3)  # of 12 coefficients 4 are the others' mean
    assert np.isnan(freedom[2])


def test_columns_in_large_units_have_degrees_of_freedom() -> None:
    X, y = draw(0)
    freedom = logistic_path(X * 1e9, y, Cs=[1.0, 100.0], l1_ratio=0.5).degrees_of_freedom
    np.testing.assert_allclose(freedom, X.shape[1], rtol=1e-6)

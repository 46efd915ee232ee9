"""Laws of the estimators: what may not change the optimum, and what must change it exactly so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from samples import draw

from logreg import LogisticRegression, SoftmaxRegression

PENALTIES = {
    "none": {"C": np.inf},
    "ridge": {"C": 0.7},
    "lasso": {"C": 0.4, "l1_ratio": 1.0},
    "elastic net": {"C": 0.4, "l1_ratio": 0.4},
}
TIGHT = 1e-11  # relative excess at which predictions agree to about its square root
NEAR = 3e-4

seeds = st.integers(0, 2**32 - 1)
a_few = settings(max_examples=8, deadline=None, phases=[Phase.reuse, Phase.generate])  # seeds do not shrink
every_penalty = pytest.mark.parametrize("penalty", PENALTIES.values(), ids=PENALTIES)
binary_and_softmax = pytest.mark.parametrize("classes", [2, 3])


def fit(X: Any, y: Any, sample_weight: Any = None, **options: Any) -> Any:
    return LogisticRegression(**{"tol": TIGHT, **options}).fit(X, y, sample_weight=sample_weight)


def assert_same_optimum(left: Any, right: Any, factor: float = 1.0) -> None:
    """Two certified fits of one problem differ by no more than their bounds; left = factor * right."""
    a, b = left.certificate_, right.certificate_
    rounding = 1e-13 * a.objective
    assert abs(a.objective - factor * b.objective) <= a.bound + factor * b.bound + rounding


def assert_same_predictions(left: Any, X: Any, right: Any, Z: Any) -> None:
    np.testing.assert_allclose(left.predict_proba(X), right.predict_proba(Z), atol=NEAR)


@every_penalty
@binary_and_softmax
@given(seed=seeds)
@a_few
def test_weight_k_equals_k_repeats(classes: int, penalty: Any, seed: int) -> None:
    X, y = draw(seed, classes=classes)
    times = np.random.default_rng(seed).integers(0, 4, size=len(y))
    times[:classes] = 1
    weighted = fit(X, y, times, **penalty)
    repeated = fit(np.repeat(X, times, axis=0), np.repeat(y, times), **penalty)
    assert_same_optimum(weighted, repeated)
    assert_same_predictions(weighted, X, repeated, X)


@binary_and_softmax
def test_balanced_classes_equal_their_weights(classes: int) -> None:
    """scikit-learn weighs class c by n / (K n_c)."""
    X, y = draw(1, classes=classes)
    balanced = fit(X, y, class_weight="balanced")
    by_hand = fit(X, y, len(y) / (classes * np.bincount(y)[y]))
    assert_same_optimum(balanced, by_hand)
    assert_same_predictions(balanced, X, by_hand, X)


def test_class_weights_multiply_sample_weights() -> None:
    X, y = draw(2)
    s = np.random.default_rng(0).uniform(0.5, 2.0, size=len(y))
    both = fit(X, y, s, class_weight={0: 3.0, 1: 0.5})
    by_hand = fit(X, y, s * np.array([3.0, 0.5])[y])
    assert_same_optimum(both, by_hand)
    assert_same_predictions(both, X, by_hand, X)


def test_balanced_classes_count_each_row_by_its_weight() -> None:
    """As in scikit-learn 1.9: class c is weighed by sum(s) / (K sum(s in c)), so repeats stay repeats."""
    X, y = draw(3)
    s = np.random.default_rng(0).uniform(0.5, 2.0, size=len(y))
    by_class = s.sum() / (2 * np.bincount(y, weights=s))
    balanced, by_hand = fit(X, y, s, class_weight="balanced"), fit(X, y, s * by_class[y])
    assert_same_optimum(balanced, by_hand)
    assert_same_predictions(balanced, X, by_hand, X)


@every_penalty
@binary_and_softmax
@given(seed=seeds)
@a_few
def test_the_order_of_rows_columns_and_classes_does_not_matter(classes: int, penalty: Any, seed: int) -> None:
    X, y = draw(seed, classes=classes)
    rng = np.random.default_rng(seed)
    rows, columns, names = (rng.permutation(k) for k in (*X.shape, classes))
    plain = fit(X, y, **penalty)
    shuffled = fit(X[rows][:, columns], names[y[rows]], **penalty)
    assert_same_optimum(plain, shuffled)
    np.testing.assert_allclose(plain.predict_proba(X), shuffled.predict_proba(X[:, columns])[:, names], atol=NEAR)


@every_penalty
@binary_and_softmax
@given(seed=seeds)
@a_few
def test_shifting_columns_changes_only_the_intercept(classes: int, penalty: Any, seed: int) -> None:
    X, y = draw(seed, classes=classes)
    shift = np.random.default_rng(seed).normal(size=X.shape[1]) * [1.0, 10.0, 1000.0]
    plain, shifted = fit(X, y, **penalty), fit(X + shift, y, **penalty)
    assert_same_optimum(plain, shifted)
    assert_same_predictions(plain, X, shifted, X + shift)


@binary_and_softmax
@given(seed=seeds, exponents=st.lists(st.integers(-6, 6), min_size=3, max_size=3))
@a_few
def test_without_a_penalty_the_units_of_the_columns_do_not_matter(
    classes: int, seed: int, exponents: list[int]
) -> None:
    X, y = draw(seed, classes=classes)
    units = 10.0 ** np.array(exponents)
    plain, scaled = fit(X, y, C=np.inf), fit(X * units, y, C=np.inf)
    assert_same_optimum(plain, scaled)
    assert_same_predictions(plain, X, scaled, X * units)


@binary_and_softmax
@pytest.mark.parametrize("l1_ratio", [0.0, 1.0])
@given(seed=seeds, exponent=st.integers(-5, 5))
@a_few
def test_scaling_all_columns_with_the_matching_penalty_scales_the_objective(
    classes: int, l1_ratio: float, seed: int, exponent: int
) -> None:
    """X -> aX, w -> w/a leaves the loss, divides |w|² by a² and |w| by a: C and F are divided alike."""
    X, y = draw(seed, classes=classes)
    a = 10.0**exponent
    factor = a ** (2 - l1_ratio)
    plain = fit(X, y, C=0.7, l1_ratio=l1_ratio)
    scaled = fit(a * X, y, C=0.7 / factor, l1_ratio=l1_ratio)
    assert_same_optimum(plain, scaled, factor)
    assert_same_predictions(plain, X, scaled, a * X)


@binary_and_softmax
@given(seed=seeds)
@a_few
def test_a_column_of_ones_equals_the_intercept(classes: int, seed: int) -> None:
    X, y = draw(seed, classes=classes)
    Z = np.hstack([X, np.ones((len(y), 1))])
    with_intercept, with_ones = fit(X, y, C=np.inf), fit(Z, y, C=np.inf, fit_intercept=False)
    assert_same_optimum(with_intercept, with_ones)
    assert_same_predictions(with_intercept, X, with_ones, Z)


@pytest.mark.parametrize("r", [0.0, 0.3, 1.0])
@given(seed=seeds)
@a_few
def test_softmax_with_two_classes_equals_logistic_regression(r: float, seed: int) -> None:
    """The best split of w into two rows is (-w/2, w/2): |w|₁ stays and |w|² is halved.

    C L + (1-r)/4 |w|² + r |w|₁ = (1+r)/2 (C' L + (1-r')/2 |w|² + r' |w|₁) with C' = 2C/(1+r), r' = 2r/(1+r).
    """
    X, y = draw(seed)
    two_rows = SoftmaxRegression(C=0.5, l1_ratio=r, tol=TIGHT).fit(X, y)
    one_row = fit(X, y, C=2 * 0.5 / (1 + r), l1_ratio=2 * r / (1 + r))
    assert two_rows.coef_.shape == (2, X.shape[1])
    assert_same_optimum(two_rows, one_row, (1 + r) / 2)
    assert_same_predictions(two_rows, X, one_row, X)


@every_penalty
def test_logistic_regression_with_three_classes_is_softmax_regression(penalty: Any) -> None:
    X, y = draw(4, classes=3)
    softmax = SoftmaxRegression(tol=TIGHT, **penalty).fit(X, y)
    logistic = fit(X, y, **penalty)
    assert_same_optimum(softmax, logistic)
    assert_same_predictions(softmax, X, logistic, X)


@binary_and_softmax
def test_a_constant_column_gets_no_weight_under_a_penalty(classes: int) -> None:
    X, y = draw(5, classes=classes)
    plain, widened = fit(X, y), fit(np.hstack([X, np.full((len(y), 1), 7.0)]), y)
    assert_same_optimum(plain, widened)
    np.testing.assert_allclose(widened.coef_[:, -1], 0.0, atol=NEAR)


@binary_and_softmax
def test_a_doubled_column_shares_its_coefficient_under_ridge(classes: int) -> None:
    """Twins with w/2 each cost half of |w|²: the same as one column in units larger by sqrt 2."""
    X, y = draw(6, classes=classes)
    doubled = fit(np.hstack([X, X[:, :1]]), y)
    rescaled = fit(X * [2**0.5, 1.0, 1.0], y)
    assert_same_optimum(doubled, rescaled)
    np.testing.assert_allclose(doubled.coef_[:, 0], doubled.coef_[:, -1], atol=NEAR)


@binary_and_softmax
def test_collinear_columns_without_a_penalty_are_no_obstacle(classes: int) -> None:
    X, y = draw(7, classes=classes)
    plain, collinear = fit(X, y, C=np.inf), fit(np.hstack([X, X @ np.ones((3, 1)), X]), y, C=np.inf)
    assert_same_optimum(plain, collinear)


@binary_and_softmax
def test_more_columns_than_rows_are_no_obstacle(classes: int) -> None:
    """By the kernel identity, ridge on X equals ridge on the square root of X Xᵀ (no wider than tall)."""
    X, y = draw(8, n=20, p=200, classes=classes)
    left, spread, _ = np.linalg.svd(X, full_matrices=False)
    wide, square = fit(X, y, C=0.01), fit(left * spread, y, C=0.01)
    assert_same_optimum(wide, square)
    assert_same_predictions(wide, X, square, left * spread)


@pytest.mark.parametrize("C", [1e-310, 1e-101, 1e101, 1e300])
def test_strengths_without_squares_are_refused(C: float) -> None:
    X, y = draw(0)
    with pytest.raises(ValueError, match=r"C is .*expected a positive number from 1e-100 to 1e\+?100"):
        LogisticRegression(C=C).fit(X, y)


@pytest.mark.parametrize(("C", "l1_ratio"), [(1e-100, 0.0), (1e-100, 1.0), (1e100, 0.0)])
def test_the_last_strengths_are_fitted(C: float, l1_ratio: float) -> None:
    X, y = draw(0)
    assert LogisticRegression(C=C, l1_ratio=l1_ratio).fit(X, y).converged_

"""The ground floor at the ends of the number line, against mpmath."""

from __future__ import annotations

import warnings

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logreg import sigmoid, softmax
from logreg.ground.cholesky import Cholesky, Shrinking, at_once, solved
from logreg.ground.numerics import log1p_above, log1pexp, log_softmax, sum_log1p
from logreg.solvers import faces
from logreg.solvers.faces import Faces

margins = st.floats(-800, 800)


@given(margins)
@settings(max_examples=100, deadline=None)
def test_sigmoid_and_its_logarithm_are_exact(t):
    with mpmath.workdps(800):
        exact = 1 / (1 + mpmath.exp(-mpmath.mpf(t)))
        assert float(sigmoid(t)) == pytest.approx(float(exact), rel=1e-14, abs=1e-320)
        assert float(log1pexp(np.array(-t))) == pytest.approx(float(-mpmath.log(exact)), rel=1e-14, abs=1e-320)


@given(st.lists(margins, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_softmax_and_its_logarithm_are_exact(row):
    with mpmath.workdps(800):
        exps = [mpmath.exp(mpmath.mpf(t)) for t in row]
        exact = [e / mpmath.fsum(exps) for e in exps]
        np.testing.assert_allclose(softmax(row), [float(e) for e in exact], rtol=1e-13, atol=1e-320)
        logs = [float(mpmath.log(e)) for e in exact]
    np.testing.assert_allclose(log_softmax(np.array([row]))[0], logs, rtol=1e-13, atol=1e-320)


def test_softmax_works_along_the_last_axis_of_any_shape():
    eta = np.random.default_rng(0).normal(size=(2, 3, 4))
    np.testing.assert_allclose(softmax(eta).sum(axis=-1), 1.0)
    np.testing.assert_allclose(softmax(eta)[1, 2], softmax(eta[1, 2]))


@given(st.lists(st.floats(0, 1) | st.floats(0, 1e-12) | st.floats(0, 1e9), min_size=1, max_size=200), st.booleans())
@settings(max_examples=100, deadline=None)
def test_sums_of_logarithms_are_exact(numbers, weighted):
    x = np.array(numbers)
    weight = np.linspace(1.0, 2.0, len(x)) if weighted else None
    with mpmath.workdps(60):
        exact = mpmath.fsum(
            (1.0 if weight is None else mpmath.mpf(weight[i])) * mpmath.log1p(v) for i, v in enumerate(numbers)
        )
    assert sum_log1p(x, weight) == pytest.approx(float(exact), rel=2.0**-46, abs=1e-320)


def test_what_rounding_left_of_a_difference_does_not_keep_a_matrix_from_its_factor():
    # Entries that are small beside one: their signs and sizes are anything, as of a Hessian where all rows are certain.
    noise = np.random.default_rng(0).normal(size=(6, 6)) * 1e-18
    A = noise + noise.T
    A[np.diag_indices(6)] = np.abs(A.diagonal()) * 1e-2
    A[0] = A[:, 0] = 0.0
    A[0, 0] = 0.25
    x = Cholesky.of(A).solve(np.eye(6)[0])
    np.testing.assert_allclose(x, np.eye(6)[0] / 0.25, rtol=1e-4)  # but for the ridge


@pytest.mark.parametrize("seed", range(5))
def test_of_a_matrix_that_is_rounding_alone_a_way_down_is_left(seed):
    # A difference of numbers so large that nothing right is left of it: eigenvalues of both signs, beyond the diagonal.
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(40, 40)) * 1e6
    A = A + A.T
    A[np.diag_indices(40)] = 1.0
    b = rng.normal(size=40)
    assert 0 < b @ Cholesky.of(A).solve(b) < np.inf


def test_a_matrix_of_few_digits_is_sound_where_no_column_is_nearly_made_of_others():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(50, 4))
    assert Cholesky.of(rows.T @ rows).is_sound
    rows[:, 3] = rows[:, 0] + 1e-3 * rows[:, 3]
    assert not Cholesky.of(rows.T @ rows).is_sound


def test_a_logarithm_that_is_multiplied_by_zero_is_zero():
    np.testing.assert_array_equal(log1p_above(np.array([-1.0, 0.0, 1e-300])), [0.0, 0.0, 1e-300])


def test_a_singular_system_is_solved_where_it_has_a_solution():
    A = np.array([[2.0, 2.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 1e-12]])
    b = A @ np.array([1.0, 0.0, 3.0])
    np.testing.assert_allclose(A @ Cholesky.of(A).solve(b), b, rtol=1e-9, atol=1e-20)


@pytest.mark.parametrize("size", [0, 1, 47, 48, 49, 150])
def test_one_right_side_is_solved_by_blocks(size):
    rng = np.random.default_rng(size)
    rows, x = rng.normal(size=(size + 5, size)), rng.normal(size=size)
    A = rows.T @ rows
    np.testing.assert_allclose(A @ solved(A, A @ x), A @ x, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("left_out", [0, 1, 20])
def test_a_factor_serves_for_what_is_left_of_its_matrix(left_out):
    rng = np.random.default_rng(left_out)
    rows, x, places = rng.normal(size=(130, 120)), rng.normal(size=120), rng.permutation(120)
    A, without, kept = rows.T @ rows, places[:left_out], places[left_out:]
    x[without], b = 0.0, rng.normal(size=120)  # what b is in the places that are left out does not count
    b[kept] = A[np.ix_(kept, kept)] @ x[kept]
    np.testing.assert_allclose(Shrinking.of(A).solve(b, without), x, rtol=1e-6, atol=1e-9)


def test_there_is_no_factor_to_share_where_a_matrix_is_singular():
    assert Shrinking.of(np.ones((2, 2))) is None


def test_faces_that_shrink_by_little_share_a_factor(monkeypatch):
    monkeypatch.setattr(faces, "MANY", 10)
    rng = np.random.default_rng(0)
    rows, b = rng.normal(size=(150, 100)), rng.normal(size=100)
    A, made = rows.T @ rows, []
    model = Faces(A, 0.5)
    for size in (100, 90, 88, 87, 84, 60, 59, 5):
        kept = np.arange(100)[-size:]
        x = model.solve(kept, b)
        inner = A[np.ix_(kept, kept)] + 0.5 * np.eye(size)
        np.testing.assert_allclose(x[kept], np.linalg.solve(inner, b[kept]), rtol=1e-6, atol=1e-9)
        assert not x[: 100 - size].any()
        made.append(model.factor)
    assert made[0] is made[1] is made[5] is None
    assert made[2] is made[3] is made[4] is not None
    assert made[6] is made[7] is not None


@pytest.mark.parametrize("solve", [solved, at_once])
@pytest.mark.parametrize("A", [np.full((2, 2), 2.0), np.diag([2.0, 0.0])], ids=["collinear", "empty"])
def test_one_right_side_is_solved_where_the_matrix_is_singular(solve, A):
    b = A @ np.array([1.0, 0.5])
    np.testing.assert_allclose(A @ solve(A, b), b, rtol=1e-9)


def test_a_matrix_that_is_not_finite_is_refused():
    with pytest.raises(FloatingPointError):
        Cholesky.of(np.array([[np.nan]]))


def test_softmax_of_the_largest_numbers_raises_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert softmax([[1e308, -1e308]]).tolist() == [[1.0, 0.0]]

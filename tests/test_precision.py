"""Laws of single precision: good enough for steps far from the optimum, and never what a proof rests on."""

from __future__ import annotations

import numpy as np
import pytest
from samples import fit
from scipy import sparse
from sklearn.datasets import load_digits

import logreg.problem.certifier as certifier
from logreg.data.arrays import Arrays, as_matrix
from logreg.fit import pose
from logreg.problem.bend import Bend
from logreg.problem.hessian import gram_of, hessian_of
from logreg.problem.layout import laid, single, worth
from logreg.problem.layout import rounded as rounded_point
from logreg.problem.losses import Softmax
from logreg.problem.penalties import l2
from logreg.solvers.base import Status

CLASSES = 12


def problem(kind, n=3000, p=40, offset=0.0):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(n, p)) * np.geomspace(0.01, 100, p)
    if kind == "sparse":
        X *= rng.random((n, p)) < 0.03
    X += offset
    eta = X / np.geomspace(0.01, 100, p) @ rng.normal(size=(p, CLASSES))
    y = (eta + rng.gumbel(size=eta.shape)).argmax(axis=1)
    return (sparse.csr_array(X) if kind == "sparse" else X), y


def posed(kind, **options):
    X, y = problem(kind, **options)
    return pose(Arrays(X, y), Softmax(), CLASSES, l2(1.0), 1.0, True)


@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_single_precision_knows_value_and_gradient_to_six_digits(kind):
    objective = posed(kind)
    W = np.random.default_rng(0).normal(size=objective.shape)
    exact, rounded = objective.at(W), rounded_point(objective.at(W))
    assert rounded.objective.exact is objective
    assert rounded.grad.dtype == np.float32
    assert rounded.value == pytest.approx(exact.value, rel=1e-6)
    np.testing.assert_allclose(rounded.grad, exact.grad, atol=1e-5 * np.abs(exact.grad).max())
    assert rounded.precise().objective is objective


@pytest.mark.parametrize(("kind", "offset"), [("sparse", 1e4), ("sparse", 1e9)])
def test_rows_far_from_zero_stay_in_double_precision(kind, offset):
    # Sparse rows are not centred: seven digits of an offset leave none for what varies.
    X, y = problem(kind)
    X = sparse.csr_array(np.where(X.toarray() != 0, X.toarray() + offset, offset))
    objective = pose(
        Arrays(sparse.csr_array(sparse.hstack([X, sparse.csr_array((len(y), 2000))])), y),
        Softmax(),
        CLASSES,
        l2(1.0),
        1.0,
        True,
    )
    assert worth(objective, 1 << 24) < objective.data.shape[0] * objective.chart.rows
    assert single(objective) is objective


def test_few_outputs_stay_in_double_precision():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(3000, 10)), rng.integers(3, size=3000)
    objective = pose(Arrays(X, y), Softmax(), 3, l2(1.0), 1.0, True)
    assert rounded_point(objective.at(np.zeros(objective.shape))).objective is objective


@pytest.mark.parametrize("kind", ["dense", "sparse"])
@pytest.mark.parametrize("stop", [{}, {"tol": 0.1}, {"tol": 1e-2}, {"max_iter": 1}])
def test_no_bound_is_proven_in_single_precision(kind, stop, monkeypatch):
    asked = []
    bound = certifier.lower_bound

    def watched(point, *rest):
        asked.append(point)
        return bound(point, *rest)

    monkeypatch.setattr(certifier, "lower_bound", watched)
    X, y = problem(kind)
    result = fit(Arrays(X, y), CLASSES, solver="sampled", **stop)
    assert asked
    assert all(point.objective.exact is None and point.grad.dtype == np.float64 for point in asked)
    best = fit(Arrays(X, y), CLASSES, solver="lbfgs", tol=1e-10).certificate
    assert result.status is (Status.MAX_ITER if "max_iter" in stop else Status.CONVERGED)
    assert result.certificate.lower <= best.objective
    assert result.certificate.objective >= best.lower
    assert result.coef.dtype == np.float64


@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_the_tightest_tolerance_is_reached_from_single_precision(kind):
    X, y = problem(kind)
    result = fit(Arrays(X, y), CLASSES, solver="sampled", tol=1e-11)
    assert result.status is Status.CONVERGED


def test_the_hessian_of_rows_in_single_precision_is_positive_definite():
    # Columns that hardly vary: but for its ridge the Hessian is flat along the shift of all classes.
    X, y = load_digits(return_X_y=True)
    objective = pose(Arrays(X, y), Softmax(), 10, l2(1.0), 1.0, True)
    point = rounded_point(objective.at(np.random.default_rng(0).normal(size=objective.shape)))
    assert point.objective.exact is objective
    assert point.system.factor.jitter == 0


@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_numbers_beyond_single_precision_stay_in_double(kind):
    X, y = problem("dense")
    X[5, 3], weight = 1e45, np.where(np.arange(len(X)) == 5, 1e-90, 1.0)
    data = Arrays(sparse.csr_array(X) if kind == "sparse" else X, y, weight)
    assert fit(data, CLASSES, solver="sampled").status is Status.CONVERGED


def test_sparse_numbers_beyond_single_precision_stay_in_double():
    X = as_matrix(sparse.csr_array(np.array([[1e45, 0.0], [0.0, 1.0]])))
    assert X.single() is X


@pytest.mark.parametrize("one_matrix", [True, False])
def test_a_rounded_hessian_is_a_product_in_single_precision(one_matrix):
    """Half the time is all that it is for: rows that single precision holds, and a Hessian that it does not."""
    X = np.float32(np.random.default_rng(5).normal(size=(600, 30))).astype(np.float64)
    objective = laid(pose(Arrays(X, np.arange(600) % 3), Softmax(), 3, l2(1.0), 1.0, True), X.size * 2)
    (block,) = objective.data.mapped(lambda rows: np.float32(rows).astype(np.float64), single=False).blocks
    weight = np.random.default_rng(6).random(600)
    bend = Bend(weight[:, None] * np.ones(3), np.full((600, 3), 0.1))
    made = [
        gram_of(objective.chart, block, weight, single=single)
        if one_matrix
        else hessian_of(objective.chart, block, bend, single=single)
        for single in (True, False)
    ]
    off = np.abs(made[0] - made[1]).max() / np.abs(made[1]).max()
    assert 1e-9 < off < 1e-5

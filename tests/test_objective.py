"""Laws of the objective: its derivatives at any point, and that charts change the road but not the value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from logreg.data.arrays import Arrays
from logreg.data.codes import Coded
from logreg.fit import pose
from logreg.problem.chart import Chart
from logreg.problem.losses import Logistic, Softmax
from logreg.problem.objective import Objective
from logreg.problem.penalties import elastic_net, l1, l2, none

rng = np.random.default_rng(1)
n = 60
NUMBERS = rng.normal(size=(n, 4)) * [1, 100, 1e-3, 1] + [0, 1e4, 0, 1]
FEATURES = {
    "dense": NUMBERS,
    "sparse": sparse.csr_array(NUMBERS * (rng.random(NUMBERS.shape) < 0.5)),
    "codes": Coded(NUMBERS[:, :2], rng.integers(-1, 3, (n, 1)), [3]),
}
CASES = [
    (features, classes, penalty, intercept)
    for features in FEATURES
    for classes in (2, 4)
    for penalty in ("none", "l2", "elastic net")
    for intercept in (True, False)
]
PENALTY = {"none": none(), "l2": l2(0.7), "elastic net": elastic_net(0.7, 0.3), "l1": l1(0.7)}
every_case = pytest.mark.parametrize(("features", "classes", "penalty", "intercept"), CASES)


def problem(features, classes, penalty, intercept):
    loss = Logistic() if classes == 2 else Softmax()
    data = Arrays(FEATURES[features], rng.integers(0, classes, n), rng.random(n) + 0.1)
    return pose(data, loss, classes, PENALTY[penalty], 0.3, intercept)


@every_case
def test_gradient_and_hessian_are_finite_differences(features, classes, penalty, intercept):
    objective = problem(features, classes, penalty, intercept)
    W, V = rng.normal(size=objective.shape), rng.normal(size=objective.shape)
    point, h = objective.at(W), 1e-5
    ahead, behind = objective.at(W + h * V), objective.at(W - h * V)
    assert np.vdot(point.grad, V) == pytest.approx((ahead.smooth - behind.smooth) / (2 * h), rel=1e-6, abs=1e-6)
    np.testing.assert_allclose(point.hess_dot(V), (ahead.grad - behind.grad) / (2 * h), rtol=1e-5, atol=1e-6)


@every_case
def test_the_hessian_matrix_gives_the_hessian_products(features, classes, penalty, intercept):
    objective = problem(features, classes, penalty, intercept)
    W, V = rng.normal(size=objective.shape), rng.normal(size=objective.shape)
    point = objective.at(W)
    # The added curvature of flat directions acts on the mean over classes alone.
    V = V - V.mean(axis=1, keepdims=True) * (classes > 2)
    product = (point.hessian @ V.T.ravel()).reshape(V.T.shape).T
    np.testing.assert_allclose(product, point.hess_dot(V), atol=1e-9)


@pytest.mark.parametrize("classes", [2, 4])
def test_where_the_gradient_is_known_a_product_with_the_hessian_reads_the_predictors_of_the_direction_alone(
    monkeypatch, classes
):
    objective = problem("dense", classes, "l2", True)
    V, plain, taken = np.eye(*objective.shape), Objective.predictor, []
    point = objective.at(0.1 * V)
    assert point.grad.any()
    monkeypatch.setattr(Objective, "predictor", lambda self, *W: taken.append(W[0]) or plain(self, *W))
    products = [point.hess_dot(V), point.hess_dot(-V)]
    np.testing.assert_array_equal(taken, [V, -V])
    np.testing.assert_allclose(products[0], objective.at(point.W).hess_dot(V), atol=1e-9)


@every_case
def test_newtons_direction_solves_newtons_equation(features, classes, penalty, intercept):
    objective = problem(features, classes, penalty, intercept)
    point = objective.at(0.1 * rng.normal(size=objective.shape))
    np.testing.assert_allclose(point.hess_dot(point.newton), -point.grad, atol=1e-6)


@every_case
def test_the_value_is_the_definition_in_the_users_units(features, classes, penalty, intercept):
    objective = problem(features, classes, penalty, intercept)
    W = rng.normal(size=objective.shape)
    slopes, offset = objective.chart.apply(W)
    data, D = objective.data, objective.data.X.dense()
    eta = D @ slopes + offset
    full = np.hstack([np.zeros((n, 1)), eta]) if classes == 2 else eta
    losses = np.logaddexp.reduce(full, axis=1) - full[np.arange(n), data.y]
    assert objective.at(W).value == pytest.approx(0.3 * data.weight @ losses + PENALTY[penalty].value(slopes), rel=1e-9)


@given(st.booleans(), st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_a_chart_and_its_inverse_and_adjoint_belong_together(intercept, seed):
    rng = np.random.default_rng(seed)
    objective = problem("dense", 4, "l2", intercept)
    chart, W = objective.chart, rng.normal(size=objective.shape)
    slopes, offset = chart.apply(W)
    np.testing.assert_allclose(chart.inverse(slopes, offset), W, rtol=1e-6, atol=1e-9)
    by_slope, by_offset = rng.normal(size=slopes.shape), rng.normal(size=offset.shape) * intercept
    inner = np.vdot(chart.adjoint(by_slope, by_offset), W)
    outer = np.vdot(by_slope, slopes) + np.vdot(by_offset, offset)
    assert inner == pytest.approx(outer, rel=1e-6, abs=1e-6 * (np.abs(slopes).max() + np.abs(offset).max()))
    np.testing.assert_allclose(chart.design(NUMBERS) @ W, NUMBERS @ slopes + offset, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("classes", [2, 4])
def test_no_diagonal_entry_of_the_hessian_exceeds_one(classes):
    point = problem("dense", classes, "l2", True).origin()
    diagonal = point.hessian.diagonal() - (1 / classes) * (classes > 2) * np.tile([0, 0, 0, 0, 1], len(point.W.T))
    assert (diagonal <= 1 + 1e-9).all()


def test_what_rounding_leaves_of_a_constant_column_has_no_slope():
    weight = rng.random(n)
    X = np.column_stack([np.full(n, 1e5 / 3), NUMBERS[:, 0]])
    chart = Chart.measure(Arrays(X, np.arange(n) % 2, weight), curvature=0.25, ridge=0.0, intercept=True)
    slopes, _ = chart.apply(np.ones((3, 1)))
    assert abs(slopes[0, 0]) * 1e5 < 1e-100
    assert abs(slopes[1, 0]) > 0.01


def test_what_a_bound_takes_off_the_losses_is_that_of_the_predictors_as_they_were_rounded():
    """Of columns that are nearly the same, with large slopes that cancel, the predictors have half the digits."""
    r = np.random.default_rng(0)
    u, z = r.normal(size=(2, 50))
    weight = r.uniform(0.5, 2.0, 50)
    data = Arrays(np.column_stack([1e9 * u, 1e9 * u + z]), (z > 0).astype(int), weight)
    objective = pose(data, Logistic(), 2, l2(), 3.0, True)
    point = objective.at(objective.chart.inverse(np.array([[-1.0], [1.0]]), np.zeros(1)))
    by_rows = 3.0 * float(weight @ (point.rows[1] * point.eta)[:, 0])
    assert point.drawn == pytest.approx(by_rows, rel=1e-14)
    assert np.vdot(point.loss_grad, point.W) != pytest.approx(by_rows, rel=1e-10)

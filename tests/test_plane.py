"""Laws of the search in a plane, and of the Hessians that Newton's steps are made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import fit

from logreg.data.arrays import Arrays
from logreg.fit import pose
from logreg.problem import hessian
from logreg.problem import objective as objective_room
from logreg.problem.certifier import Foresight
from logreg.problem.losses import Logistic, Softmax
from logreg.problem.objective import Point
from logreg.problem.penalties import l2, none
from logreg.problem.system import System
from logreg.solvers.base import minimize
from logreg.solvers.newton import FEWEST, Newton, NewtonCG, NewtonCholesky, worthwhile
from logreg.solvers.plane import Plane, newton, plane_search
from tests.samples import draw

seeds = st.integers(0, 10**6)
quick = settings(max_examples=30, deadline=None)
every_size = pytest.mark.parametrize(("classes", "n"), [(2, 80), (4, 80), (2, 1 << 19), (3, 1 << 18)])


def problem(seed, classes, n=80, *, weighted=False, penalty=None):
    X, y = draw(seed, n=n, p=3, classes=classes)
    weight = np.random.default_rng(seed).random(n) + 0.5 if weighted else None
    loss = Logistic() if classes == 2 else Softmax()
    return pose(Arrays(X, y, weight), loss, classes, penalty or l2(), 1.0, True)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("weighted", [False, True])
@given(seed=seeds)
@quick
def test_the_model_in_the_plane_is_that_of_the_objective(classes, weighted, seed):
    objective, rng = problem(seed, classes, weighted=weighted), np.random.default_rng(seed)
    W, D = rng.normal(size=(2, *objective.shape))
    along = objective.data.each(objective.predictor(D))
    plane, place = Plane(objective.at(W), D, along), rng.normal(size=2)
    trial = plane.at(place)
    there, both = objective.at(place[0] * W + place[1] * D), (W, D)
    slope = np.array([np.vdot(there.grad, V) for V in both])
    H = np.array([[np.vdot(U, there.hess_dot(V)) for V in both] for U in both])
    step, promise = plane.step(trial)
    assert trial.value == pytest.approx(there.value, rel=1e-12)
    np.testing.assert_allclose(H @ step, -slope, rtol=1e-6, atol=1e-8)
    assert promise == pytest.approx(float(slope @ np.linalg.solve(H, slope)) / 2, rel=1e-6)


@every_size
def test_a_point_that_was_searched_is_the_point_itself(classes, n):
    """However many blocks the rows come in: what is carried over is what a fresh look finds."""
    objective = problem(1, classes, n)
    start = objective.origin()
    found = plane_search(start, start.newton)
    fresh = objective.at(found.W)
    assert found.value == pytest.approx(fresh.value, rel=1e-12)
    np.testing.assert_allclose(found.grad, fresh.grad, atol=1e-9 * np.abs(start.grad).max())
    np.testing.assert_allclose(found.hessian, fresh.hessian, rtol=1e-9, atol=1e-12)


@given(seed=seeds, classes=st.sampled_from([2, 3]))
@quick
def test_the_plane_is_never_worse_than_the_whole_step(seed, classes):
    objective = problem(seed, classes)
    point = objective.at(np.random.default_rng(seed).normal(size=objective.shape))
    found = plane_search(point, point.newton)
    assert found.value < point.value
    whole = point.move(1.0, point.newton).value
    assert found.value <= whole * (1 + 1e-12)


def test_far_from_the_optimum_the_plane_halves_the_steps():
    """Losses that flatten make Newton's own steps from the origin too short: on data nearly separable, many times."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 20))
    y = (30 * X @ rng.normal(size=20) + rng.logistic(size=2000) > 0).astype(int)
    result = fit(Arrays(X, y), 2, solver="newton-cholesky")
    assert result.status.converged
    assert result.n_iter <= 4  # plain Newton steps take 8


def test_no_step_goes_uphill():
    point = problem(0, 2).origin()
    assert plane_search(point, point.grad) is None


def test_where_rows_are_too_many_to_be_kept_a_line_is_searched(monkeypatch):
    monkeypatch.setattr(objective_room, "KEPT", 0)
    point = problem(0, 2).origin()
    assert not point.objective.keeps_rows
    assert plane_search(point, point.newton).value < point.value


def test_two_axes_that_are_one_leave_a_step_along_the_second():
    step = newton(np.array([2.0, 2.0]), np.array([[4.0, 4.0], [4.0, 4.0]]))
    np.testing.assert_allclose(step, [0.0, -0.5])


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("weighted", [False, True])
def test_hessians_in_single_precision_have_six_digits(classes, weighted):
    objective = problem(2, classes, 500, weighted=weighted)
    point = objective.at(np.random.default_rng(0).normal(size=objective.shape))
    exact = point.hessian
    np.testing.assert_allclose(point.system.rounded, exact, atol=1e-4 * exact.diagonal().max())
    near = np.linalg.norm(point.system.near_factor.solve(exact @ np.ones(len(exact))) - 1.0)
    assert near <= 0.1 * np.sqrt(len(exact))


@pytest.mark.parametrize("weighted", [False, True])
def test_a_softmax_hessian_by_pairs_is_the_one_by_rows(weighted, monkeypatch):
    objective = problem(3, 4, weighted=weighted)
    W = np.random.default_rng(0).normal(size=objective.shape)
    by_pairs, rounded = objective.at(W).hessian, objective.at(W).system.rounded
    monkeypatch.setattr(hessian, "PRODUCTS", 500)  # several chunks, the last a short one
    np.testing.assert_allclose(objective.at(W).hessian, by_pairs, atol=1e-12 * by_pairs.max())
    np.testing.assert_allclose(objective.at(W).system.rounded, rounded, atol=1e-6 * by_pairs.max())
    monkeypatch.setattr(hessian, "PAIRED", 0)
    np.testing.assert_allclose(objective.at(W).hessian, by_pairs, atol=1e-12 * by_pairs.max())


def test_columns_that_single_precision_cannot_tell_apart_have_their_hessian_in_double():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 12))
    X[:, 1] = X[:, 0] + 1e-5 * X[:, 1]
    y = (X[:, 2] + 1e5 * (X[:, 1] - X[:, 0]) + rng.logistic(size=len(X)) > 0).astype(int)
    objective = pose(Arrays(X, y), Logistic(), 2, none(), 1.0, True)
    assert objective.origin().system.may_be_rounded
    result = fit(Arrays(X, y), 2, C=np.inf, tol=1e-9, solver="newton-cholesky")
    assert result.status.converged
    assert result.n_iter <= 8
    assert objective.origin().newton.any()
    assert not objective.rounding.serves


@pytest.mark.parametrize("classes", [2, 3])
@given(seed=seeds, tol=st.sampled_from([1e-2, 1e-4, 1e-6]))
@quick
def test_a_bound_from_the_step_before_holds(classes, seed, tol):
    objective = problem(seed, classes)
    best = fit(objective.data, classes, tol=1e-12).certificate
    certifier = Foresight(objective, tol)
    for point, _ in zip(NewtonCholesky().steps(objective.origin()), range(8), strict=False):
        assert certifier.certify(point).lower <= best.objective * (1 + 1e-12)


def softmax_rows(condition):
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(20, 20)))[0]
    X = rng.normal(size=(3000, 20)) * np.geomspace(1.0, condition**-0.5, 20) @ turn
    y = (X @ rng.normal(size=(20, 5)) + rng.gumbel(size=(3000, 5))).argmax(axis=1)
    return pose(Arrays(X, y), Softmax(), 5, l2(1e-3), 1.0, True)


def counted(monkeypatch, objective, solver, tol=1e-9):
    """The result, and how often a product with the Hessian was taken, and the Hessian itself."""
    counts = {"hess_dot": 0, "_whole": 0}

    def count(owner, name):
        plain = getattr(owner, name)

        def method(self, *args, **options):
            counts[name] += 1
            return plain(self, *args, **options)

        return method

    with monkeypatch.context() as patch:
        for owner, name in ((Point, "hess_dot"), (System, "_whole")):
            patch.setattr(owner, name, count(owner, name))
        return minimize(objective, solver, tol=tol), *counts.values()


@pytest.mark.parametrize("condition", [1.0, 1e8])
def test_products_take_the_place_of_hessians_where_few_of_them_do(monkeypatch, condition):
    objective = softmax_rows(condition)
    assert worthwhile(objective)
    result, products, hessians = counted(monkeypatch, objective, Newton())
    exact, _, every = counted(monkeypatch, objective, NewtonCholesky())
    assert result.certificate.relative <= 1e-9
    assert result.point.value == pytest.approx(exact.point.value, rel=2e-9)
    assert hessians < every if condition == 1.0 else hessians <= every + 1
    assert products <= (len(result.history) - hessians) * worthwhile(objective)


@pytest.mark.parametrize("mixed", [False, True])
def test_a_single_product_tells_whether_products_will_do(monkeypatch, mixed):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(5000, 30)) @ (rng.normal(size=(30, 30)) if mixed else np.eye(30))
    eta = X @ rng.normal(size=30)
    y = (eta / eta.std() + rng.logistic(size=5000) > 0).astype(np.int64)
    objective = pose(Arrays(X, y), Logistic(), 2, l2(), 1.0, True)
    assert worthwhile(objective) == FEWEST
    result, products, hessians = counted(monkeypatch, objective, Newton(), tol=1e-6)
    assert result.certificate.relative <= 1e-6
    if mixed:  # the first product leaves much of the force: after its step no other is taken
        assert products == 1
        assert hessians >= len(result.history) - 2
    else:
        assert products >= len(result.history) - 1
        assert hessians <= 1  # for the proof


def test_no_hessian_of_all_rows_is_formed_on_the_hint_of_a_first_fall(monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 20))
    y = (X @ rng.normal(size=(20, 5)) * 2 / 20**0.5 + rng.gumbel(size=(3000, 5))).argmax(axis=1)
    objective = pose(Arrays(X, y), Softmax(), 5, l2(), 1.0, True)
    result, _, hessians = counted(monkeypatch, objective, Newton(), tol=1e-6)
    assert result.certificate.relative <= 1e-6
    assert hessians <= 1  # that of some rows, for the proof


@pytest.mark.parametrize("solver", [Newton(), NewtonCG(), NewtonCholesky()])
def test_from_the_optimum_there_is_no_step(solver):
    y = np.arange(3000) % 2
    objective = pose(Arrays(np.repeat(np.eye(150), 20, axis=0), y), Logistic(), 2, l2(), 1.0, True)
    assert worthwhile(objective)
    assert len(list(solver.steps(objective.origin()))) == 1

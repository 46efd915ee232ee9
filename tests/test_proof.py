"""Proofs under penalties with kinks, and the path that carries them on: never wrong, and as tight as the excess."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from samples import fit

from logreg.data.arrays import Arrays
from logreg.fit import pose
from logreg.following import fits_along
from logreg.ground.conjugate import conjugate_residuals
from logreg.options import Options
from logreg.problem import prices
from logreg.problem.certificate import noise_level
from logreg.problem.certifier import Certifier
from logreg.problem.losses import Logistic, Softmax
from logreg.problem.objective import Point
from logreg.problem.penalties import elastic_net, group, l1
from logreg.solvers import homotopy, proof
from logreg.solvers.base import minimize
from logreg.solvers.curvature import Explicit, Known
from logreg.solvers.entries import Entries
from logreg.solvers.faces import RIDGE
from logreg.solvers.homotopy import Homotopy
from logreg.solvers.mender import Mender, missing
from logreg.solvers.proof import OnSupport
from logreg.solvers.working_set import WorkingSet

PENALTIES = {"l1": l1(1.0), "elastic net": elastic_net(1.0, 0.5), "group": group(1.0)}
LOSSES = {2: Logistic(), 3: Softmax()}


def draw(seed, n=200, p=12, classes=2):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) @ rng.normal(size=(p, p)) / np.sqrt(p)
    return X, np.argmax(2 * X[:, :classes] + rng.gumbel(size=(n, classes)), axis=1)


def posed(penalty, classes, seed=0, C=0.3, **shape):
    X, y = draw(seed, classes=classes, **shape)
    return pose(Arrays(X, y), LOSSES[classes], classes, penalty, C, True)


def skewed(seed, kind):
    """Tables whose first steps are long: indicators of codes, columns of heavy tails, several classes."""
    rng = np.random.default_rng(seed)
    if kind == "indicators":
        X = np.hstack([np.eye(6)[codes] for codes in rng.integers(0, 6, (5, 2000))])
    else:
        X = np.exp(1.5 * rng.normal(size=(1500, 12))) if kind == "skewed" else rng.standard_t(3, size=(600, 10))
    classes = 4 if kind == "classes" else 2
    eta = X @ rng.normal(size=(X.shape[1], classes))
    y = (3 * (eta - eta.mean(axis=0)) / eta.std() + rng.gumbel(size=eta.shape)).argmax(axis=1)
    return Arrays(X, y), classes


def optimum(objective):
    return minimize(objective, WorkingSet(), tol=1e-13).point


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("away", [0.0, 1e-3, 0.1, 3.0])
def test_no_bound_exceeds_an_objective_that_was_reached(name, classes, away):
    for seed in range(5):
        objective = posed(PENALTIES[name], classes, seed)
        best = optimum(objective)
        rng = np.random.default_rng(seed)
        W = best.W + away * rng.normal(size=best.W.shape) * (rng.random(best.W.shape) < 0.7)
        certifier = OnSupport(objective, 1e-6)
        certifier.certify(objective.at(W), must=True)
        assert certifier.lower <= best.value * (1 + 1e-13)


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("rows", [20, 1000])
def test_the_bound_is_as_tight_as_the_excess(monkeypatch, name, classes, rows):
    """The gap of the point's own probabilities is of the order of the root of the excess."""
    monkeypatch.setattr(proof, "ROWS", rows)
    monkeypatch.setattr(prices, "LIGHT", 0)  # some rows are tilted even where all would be as quick
    objective = posed(PENALTIES[name], classes, n=3000)
    best = optimum(objective)
    at = best.W != 0
    W = best.W + 1e-3 * at * np.random.default_rng(0).normal(size=at.shape)
    point = objective.at(W)
    excess = point.value - best.value
    looser = max(1.0, 3000 / (rows * at.sum()))  # by the share of the rows that are tilted
    certificate = OnSupport(objective, 2 * looser * excess / best.value).certify(point, must=True)
    assert excess <= certificate.bound <= 2 * looser * excess


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize("classes", [2, 3])
def test_products_alone_prove_what_the_gap_does_not(monkeypatch, name, classes):
    monkeypatch.setattr(proof, "LARGEST", 0)  # no Hessian may be formed
    objective = posed(PENALTIES[name], classes, n=3000)
    best = optimum(objective)
    at = best.W != 0
    point = objective.at(best.W + 1e-3 * at * np.random.default_rng(0).normal(size=at.shape))
    excess = point.value - best.value
    certifier = OnSupport(objective, 2 * excess / best.value)
    assert certifier.gap(point) > 3 * excess
    assert excess <= certifier.certify(point, must=True).bound <= 2 * excess


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize("classes", [2, 3])
def test_a_hessian_from_nearby_leaves_few_products_to_be_made(monkeypatch, name, classes):
    monkeypatch.setattr(proof, "CHEAP", 0.0)  # none is made anew
    objective = posed(PENALTIES[name], classes, n=3000)
    best, rng = optimum(objective), np.random.default_rng(0)
    away = (best.W != 0) * rng.normal(size=best.W.shape)
    point, everywhere = objective.at(best.W + 1e-3 * away), np.ones(best.W.shape, dtype=bool)
    matrix = Explicit(objective.at(best.W + 3e-2 * away), Entries(everywhere, tied=False)).matrix
    excess, products, dot = point.value - best.value, [], Point.hess_dot
    monkeypatch.setattr(Point, "hess_dot", lambda self, V: products.append(1) or dot(self, V))
    known = Known(everywhere, matrix, 3000)
    certifier = OnSupport(objective, 2 * excess / best.value, warm=True, known=lambda: known)
    assert excess <= certifier.certify(point).bound <= 2 * excess
    assert 0 < len(products) <= 4


def test_a_hessian_from_nearby_tells_when_no_proof_is_to_be_had(monkeypatch):
    monkeypatch.setattr(proof, "CHEAP", 0.0)
    objective = posed(PENALTIES["l1"], 2, n=3000)
    best = optimum(objective)
    point, everywhere = objective.at(1.01 * best.W), np.ones(best.W.shape, dtype=bool)
    known = Known(everywhere, Explicit(point, Entries(everywhere, tied=False)).matrix, 3000)
    aim = 0.8 * (point.value - best.value)
    monkeypatch.setattr(OnSupport, "gap", lambda self, point: pytest.fail("a proof was tried"))
    assert OnSupport(objective, aim / point.value, warm=True, known=lambda: known).certify(point).bound >= aim


def test_a_hessian_over_other_entries_is_no_help():
    mask = np.array([[True], [False], [True]])
    known = Known(mask, np.diag([4.0, 9.0]), 10)
    assert known.factor(np.array([[True], [True], [False]])) is None
    assert known.factor(np.array([[False], [False], [True]])).solve(np.array([9.0])) == pytest.approx([1.0])


def test_conjugate_residuals_leave_the_least_of_all_so_short_polynomials():
    rng = np.random.default_rng(0)
    A, b = np.diag(np.geomspace(1e-4, 1.0, 30)), rng.normal(size=30)
    krylov = [b]
    for count in range(1, 12):
        x, left = conjugate_residuals(lambda v: A @ v, b, 0.0, limit=count)
        np.testing.assert_allclose(left, b - A @ x, atol=1e-12)
        basis = np.linalg.qr(np.column_stack(krylov))[0]
        least = np.linalg.lstsq(A @ basis, b, rcond=None)[0]
        assert np.linalg.norm(b - A @ x) == pytest.approx(np.linalg.norm(b - A @ basis @ least), rel=1e-6)
        krylov.append(A @ krylov[-1])


@pytest.mark.parametrize("name", PENALTIES)
def test_a_hessian_known_from_another_strength_serves(monkeypatch, name):
    monkeypatch.setattr(proof, "CHEAP", 0.0)  # no Hessian is made anew where one is known
    monkeypatch.setattr(proof, "ROWS", 5)
    objective = posed(PENALTIES[name], 2, n=3000)
    other = replace(objective, C=0.33)
    first = OnSupport(other, 1e-7)
    first.certify(optimum(other), must=True)
    known = first._mender
    best = optimum(objective)
    second = OnSupport(objective, 1e-7).after(first)
    assert second.certify(objective.at(best.W), must=True).relative <= 1e-7
    assert second._mender is known


def test_what_collinear_columns_leave_unmoved_is_not_chased():
    """No direction changes a force along the shift of all indicators: D must not grow with its rounding."""
    rng = np.random.default_rng(0)
    X = np.eye(4)[rng.integers(0, 4, 300)]
    objective = pose(Arrays(X, rng.integers(0, 2, 300)), Logistic(), 2, l1(1.0), 1e4, True)
    mender = Mender(objective.origin(), np.ones(objective.shape, dtype=bool))
    force = np.append(1 / objective.chart.scale, 0.0)[:, None]  # sums of the columns' forces, which are always 0
    D = mender.direction(force)
    assert np.linalg.norm(D) <= 2 * np.linalg.norm(force) / RIDGE / mender.factor.matrix.diagonal().min()
    moved = rng.normal(size=D.shape)
    solved = mender.direction(mender.there.hess_dot(moved))
    np.testing.assert_allclose(mender.there.hess_dot(solved - moved), 0.0, atol=1e-8)


@pytest.mark.parametrize("seed", [0, 7, 9])
def test_directions_that_bend_less_than_the_ridge_are_mended_in_the_end(seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40, 200)) * 10.0 ** rng.uniform(-8, 8, 200)
    y = (X / X.std(axis=0) @ rng.normal(size=(200, 3)) + rng.gumbel(size=(40, 3))).argmax(axis=1)
    assert fit(Arrays(X, y), 3, C=300.0, l1_ratio=1.0, tol=1e-9).certificate.relative <= 1e-9


def test_a_bound_that_fails_at_the_optimum_is_mended_there():
    rng = np.random.default_rng(10)
    X = np.hstack([np.eye(8)[rng.integers(0, 8, 8)], np.eye(2)[rng.integers(0, 2, 8)]]) * 10.0 ** rng.uniform(-8, 8, 10)
    result = fit(Arrays(X, np.r_[np.arange(4), rng.integers(0, 4, 4)]), 4, C=6.0, l1_ratio=1.0)
    assert result.certificate.relative <= 1e-6
    assert result.n_iter <= 40  # before, 219, of which the last 200 lowered F by next to nothing


@pytest.mark.parametrize("kind", ["indicators", "skewed", "classes"])
@pytest.mark.parametrize("l1_ratio", [0.0, 1.0])
@pytest.mark.parametrize("tol", [0.1, 1e-2, 1e-6])
def test_no_bound_is_computed_in_vain_at_any_tolerance(kind, l1_ratio, tol, monkeypatch):
    """Far from the optimum rows would be tilted beyond the simplex: at a loose tolerance bounds cost as much, too."""
    tried = []
    for owner, name in ((Mender, "bound"), (Certifier, "by_newton")):
        bound = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *a, bound=bound: tried.append(1) or bound(*a))
    for seed in range(4):
        tried.clear()
        data, classes = skewed(seed, kind)
        assert fit(data, classes, l1_ratio=l1_ratio, tol=tol).certificate.relative <= tol
        assert len(tried) <= 1


def test_a_hessian_from_before_serves_the_entries_that_still_matter():
    """Indicators that left the support lie flat with those in it: along them the force would move D without end."""
    data, _ = skewed(0, "indicators")
    objective = pose(data, Logistic(), 2, l1(1.0), 1.0, True)
    best = optimum(objective)
    support, point = best.W != 0, objective.at(best.W * (1 + 1e-3 * (best.W != 0)))
    wide = Mender(best, np.ones_like(support))
    force = np.where(support, missing(point, point.loss_grad, 0 * point.W), 0.0)
    narrow = wide.over(support)
    np.testing.assert_allclose(narrow.matrix, Mender(best, support).matrix, rtol=1e-12, atol=1e-12)
    assert wide.over(wide.mask) is wide
    assert narrow.covers(support)
    assert not narrow.covers(wide.mask)
    D = narrow.direction(force[narrow.kept])
    assert np.abs(D).max() <= 1.0 < np.abs(wide.direction(force)).max()


@pytest.mark.parametrize("penalty", [l1(1.0), elastic_net(1.0, 0.5), group(1.0)])
@pytest.mark.parametrize("away", [0.0, 1e-9, 1e-3])
def test_penalties_weaker_than_rounding_are_certified_and_no_bound_exceeds_what_was_reached(penalty, away):
    """In units a hundred million times as large, a column's penalty is less than the rounding of its gradient."""
    X, y = draw(0, n=500, p=8, classes=3)
    objective = pose(Arrays(X * 10.0 ** np.linspace(-4, 8, 8), y), Softmax(), 3, penalty, 2000.0, True)
    assert objective.penalty.weakest < noise_level(objective.origin())
    best = minimize(objective, WorkingSet(), tol=1e-9)
    assert best.status.converged
    W = best.point.W * (1 + away * np.random.default_rng(0).normal(size=best.point.W.shape))
    certifier = OnSupport(objective, 1e-9)
    certifier.certify(objective.at(W), must=True)
    assert certifier.lower <= best.point.value * (1 + 1e-13)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_a_path_has_the_optimum_of_each_of_its_points(monkeypatch, classes, l1_ratio):
    monkeypatch.setattr(homotopy, "FEW", 0)
    X, y = draw(3, n=60, p=90, classes=classes)
    Cs, data = np.geomspace(0.05, 5.0, 12), Arrays(X, y)
    path = fits_along(data, classes, Cs, Options(l1_ratio=l1_ratio, tol=1e-10), LOSSES[classes])
    for C, one in zip(Cs.tolist(), path, strict=True):
        alone = fit(data, classes, C=C, l1_ratio=l1_ratio, tol=1e-10)
        assert one.certificate.relative <= 1e-10
        assert one.certificate.objective == pytest.approx(alone.certificate.objective, rel=2e-10)


def test_what_a_working_set_lacks_is_found(monkeypatch):
    monkeypatch.setattr(homotopy, "FEW", 0)
    monkeypatch.setattr(Homotopy, "screened", lambda _, point: proof.support(point).copy())
    objective = posed(l1(1.0), 2, C=0.05, n=60, p=90)
    weak = replace(objective, C=5.0)
    start = weak.at(optimum(objective).W)
    assert np.count_nonzero(start.W) < np.count_nonzero(optimum(weak).W)
    assert minimize(weak, Homotopy(0), start=start, tol=1e-9).certificate.relative <= 1e-9


def test_a_point_of_another_penalty_keeps_loss_and_gradient():
    objective = posed(elastic_net(1.0, 0.5), 3)
    point = objective.at(np.random.default_rng(0).normal(size=objective.shape))
    other = replace(objective, penalty=elastic_net(0.1, 0.5).in_chart(objective.chart.scale, True))
    carried, anew = point.within(other), other.at(point.W)
    assert carried.value == pytest.approx(anew.value, rel=1e-14)
    np.testing.assert_allclose(carried.grad, anew.grad, rtol=1e-12)

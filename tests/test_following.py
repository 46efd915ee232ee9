"""Laws of fits along a path of ridges: what is carried from one strength to the next, and what it may not change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from samples import fit
from sklearn.datasets import load_digits

from logreg.data.arrays import Arrays
from logreg.fit import pose
from logreg.following import follow
from logreg.options import Options
from logreg.problem import sampling
from logreg.problem.certifier import least_excess
from logreg.problem.losses import Logistic
from logreg.problem.penalties import l2
from logreg.solvers.base import minimize
from logreg.solvers.lbfgs import LBFGS
from logreg.solvers.metric import Diagonal
from logreg.solvers.newton import NewtonCholesky
from logreg.solvers.sampled import Sampled

STRENGTHS = np.geomspace(1e-4, 1e4, 7)


def rows(n=6000, p=20, classes=2, *, spread=1.0):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, p)) @ rng.normal(size=(p, p)) / 4
    codes = (X @ rng.normal(size=(p, classes)) + rng.gumbel(size=(n, classes))).argmax(axis=1)
    return Arrays(X * np.geomspace(spread, 1 / spread, p), codes)


def along(data, strengths):
    """Objectives that differ in their ridge alone, in the chart of the weakest."""
    weakest = pose(data, Logistic(), 2, l2(min(strengths)), 1.0, True)
    return [replace(weakest, penalty=l2(strength).in_chart(weakest.chart.scale, True)) for strength in strengths]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("spread", [1.0, 1e4])
@pytest.mark.parametrize("solver", ["auto", "sampled", "newton", "newton-cholesky", "lbfgs"])
def test_every_ridge_of_a_path_is_certified_and_has_the_minimum_that_a_single_fit_finds(classes, spread, solver):
    data = rows(2000, 6, classes, spread=spread)
    strengths = STRENGTHS if solver != "lbfgs" else STRENGTHS[:4]
    for C, one in zip(strengths, follow(data, classes, strengths, Options(solver=solver, tol=1e-8)), strict=True):
        assert one.certificate.relative <= 1e-8
        single = fit(data, classes, C=C, solver="newton-cholesky", tol=1e-10)
        assert one.certificate.objective == pytest.approx(single.certificate.objective, rel=2e-8)


def test_the_ridges_of_a_path_share_what_is_drawn_from_its_rows(monkeypatch):
    counts, plain = [], sampling.draw
    monkeypatch.setattr(
        sampling, "draw", lambda objective, count, rng: counts.append(count) or plain(objective, count, rng)
    )
    fits = follow(rows(), 2, STRENGTHS, Options(solver="sampled", tol=1e-8))
    assert all(one.certificate.relative <= 1e-8 for one in fits)
    assert 0 < len(counts) < len(STRENGTHS)
    counts.clear()
    for C in STRENGTHS:
        fit(rows(), 2, C=C, solver="sampled", tol=1e-8)
    assert len(counts) >= len(STRENGTHS)  # as many fits on their own draw each time


def test_a_draw_serves_for_every_penalty_and_for_somewhat_fewer_rows():
    one, other = along(rows(), [1.0, 100.0])
    draws = sampling.Draws(sampling.sample, 0)
    first = draws.rows(one, 1500)
    assert draws.rows(other, 1500).data is first.data
    assert draws.rows(other, 1200).data is first.data
    assert draws.rows(other, 1500).penalty is other.penalty
    assert draws.rows(other, 900).data is not first.data
    assert draws.rows(other, 1600).data is not first.data


def test_a_solver_draws_anew_for_other_data():
    solver = Sampled()
    for n in (6000, 8000):
        objective = pose(rows(n), Logistic(), 2, l2(), 1.0, True)
        assert minimize(objective, solver, tol=1e-8).certificate.relative <= 1e-8


def test_the_end_of_one_problem_is_the_start_of_the_next_and_no_row_is_read_for_it(monkeypatch):
    one, other = along(rows(), [1.0, 100.0])
    point = one.at(np.full(one.shape, 0.1))
    assert point.grad.any()
    fresh, begun = other.at(point.W), point.within(other)
    assert fresh.grad.any()
    for reads in ("sum", "each"):
        monkeypatch.setattr(Arrays, reads, None)
    assert begun.value == pytest.approx(fresh.value, rel=1e-14)
    np.testing.assert_allclose(begun.grad, fresh.grad, rtol=1e-12, atol=1e-12)
    assert begun.rows[1] is point.rows[1]


@pytest.mark.parametrize("strength", [1.0, 1e2, 1e6])
def test_the_least_excess_to_expect_is_none_that_is_not_there_however_strong_the_ridge(strength):
    _, strong = along(rows(2000, 5, spread=100.0), [1.0, strength])
    best = minimize(strong, NewtonCholesky(), tol=1e-12).point
    rng = np.random.default_rng(1)
    for size in (1e-4, 1e-2, 1.0):
        point = strong.at(best.W + size * rng.normal(size=best.W.shape))
        assert 0 < least_excess(point) <= point.value - best.value


def test_a_diagonal_metric_is_the_ridge_where_that_is_the_most():
    _, strong = along(rows(2000, 5), [1.0, 1e8])
    ridge, step = strong.ridge[:-1], Diagonal().at(strong.origin())(np.ones(strong.shape))[:-1]
    assert (ridge > 10).all()
    np.testing.assert_allclose(step, 1 / ridge, rtol=0.1)


def test_solvers_that_the_chart_serves_as_a_metric_have_one_for_each_penalty():
    data, start = rows(2000, 6), (np.zeros((1, 6)), np.zeros(1))
    fits = follow(data, 2, STRENGTHS[:2], Options(solver="lbfgs"), start=start)
    for C, one in zip(STRENGTHS, fits, strict=False):
        assert [record.objective for record in one.history] == histories(data, C, start)
        start = one.coef, one.intercept


def histories(data, C, start):
    """What L-BFGS reaches, point by point, in a chart that is made for the penalty."""
    objective = pose(data, Logistic(), 2, l2(), C, True)
    begin = objective.at(objective.chart.inverse(start[0].T, start[1]))
    result = minimize(objective, LBFGS(), start=begin)
    return [record.objective for record in result.history]


def test_samples_see_what_is_rare_as_it_matters_to_the_weakest_ridge():
    rng = np.random.default_rng(0)
    X = (rng.random((20_000, 40)) < np.geomspace(0.3, 5e-4, 40)).astype(float)
    codes = (X @ rng.normal(size=40) + rng.logistic(size=len(X)) > 0).astype(int)
    fits = follow(Arrays(X, codes), 2, STRENGTHS, Options(solver="sampled", tol=1e-8))
    assert max(one.n_iter for one in fits) <= 8


def test_a_path_of_many_classes_is_certified_to_the_end_whatever_metrics_it_took():
    """What one metric adds to all classes alike the next one takes away: only the ridge sees it, and would pay."""
    X, y = load_digits(return_X_y=True)
    fits = follow(Arrays(X[:900], y[:900]), 10, np.logspace(-4, 4, 6), Options(tol=1e-10))
    assert [fit.status.name for fit in fits] == ["CONVERGED"] * 6

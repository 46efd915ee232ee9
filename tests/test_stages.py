"""Which metric is at work, and when: what steps tell of the problem decides."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import fit
from scipy import sparse

from logreg.data.arrays import Arrays
from logreg.fit import pose
from logreg.problem.losses import Logistic
from logreg.problem.penalties import ElasticNet
from logreg.solvers import newton, sampled
from logreg.solvers.sampled import Sampled
from logreg.solvers.stages import DEPTH, Pace, Stage


@pytest.fixture
def at_work(monkeypatch):
    """The metrics in which steps were taken, one after the other, each with the number of its rows."""
    taken = []

    def direction(self, point, most, direction=Stage.direction):
        taken.append((type(self.metric).__name__, point.objective.data.shape[0]))
        return direction(self, point, most)

    monkeypatch.setattr(Stage, "direction", direction)
    return taken


def table(n, p, *, factors=0, spread=0.0, density=1.0, strength=1.0, seed=0):
    """Normal columns, tied by common factors, of scales that differ; two classes that a linear boundary tells apart."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) + 2 * rng.normal(size=(n, factors)) @ rng.normal(size=(factors, p))
    X *= np.exp(spread * rng.normal(size=p)) * (rng.random((n, p)) < density)
    w = strength * rng.normal(size=p) / np.sqrt(p * (X * X).mean(axis=0) + 1e-30)
    y = (X @ w + rng.logistic(size=n) > 0).astype(int)
    return sparse.csr_array(X) if density < 1 else X, y


def kinds(taken, rows):
    """The metrics of steps on so many rows, without repetitions."""
    return [name for name, _ in groupby(name for name, n in taken if n == rows)]


@given(st.floats(0.01, 0.99), st.integers(2, 9), st.floats(1e-6, 1e9))
def test_the_pace_foretells_how_many_steps_a_steady_rate_takes(rate, steps, value):
    pace = Pace()
    for step in range(steps + 1):
        pace.note(value * rate**step, value)
    reached = rate**steps
    if reached > DEPTH:
        after = reached * rate**pace.left
        assert after == pytest.approx(DEPTH, rel=1e-6)
    else:  # where the end was not the end, another is looked for
        assert pace.left >= 0
        assert reached * rate**pace.left < DEPTH


def test_a_pace_that_never_was_a_fall_foretells_nothing():
    pace = Pace()
    for decrement in (1.0, 2.0, 3.0):
        pace.note(decrement, 10.0)
    assert pace.left == np.inf


@pytest.mark.parametrize(("factors", "expected"), [(0, ["Diagonal"]), (5, ["Diagonal", "Exact"])])
def test_a_metric_is_bought_where_columns_are_tied_alone(at_work, factors, expected):
    """Steps on columns that have nothing to do with one another shrink the gradient fast enough without."""
    X, y = table(2000, 300, factors=factors, spread=1.0)
    assert fit(Arrays(X, y), 2).status.converged
    assert kinds(at_work, 2000) == expected


@pytest.mark.parametrize(("factors", "expected"), [(0, ["Diagonal"]), (5, ["Exact"])])
def test_a_sample_that_settles_without_a_metric_says_that_all_rows_do(at_work, factors, expected):
    X, y = table(30_000, 20, factors=factors, strength=1.0 + factors)
    assert fit(Arrays(X, y), 2).status.converged
    assert kinds(at_work, 30_000) == expected


@pytest.mark.parametrize(("C", "moves"), [(1.0, True), (1e-6, False)])
def test_a_sample_whose_minimum_is_its_own_is_no_start(C, moves):
    """Under so strong a ridge F falls by hardly more there than any sample's does by chance."""
    X, y = table(30_000, 20)
    objective = pose(Arrays(X, y), Logistic(), 2, ElasticNet(l2=1.0), C, True)
    first = next(iter(Sampled().steps(objective.origin())))
    assert bool(first.W.any()) is moves


@pytest.mark.parametrize(
    ("options", "C", "expected"),
    [
        ({"factors": 5, "density": 0.05}, 1.0, ["Diagonal", "Products", "Diagonal"]),
        ({"spread": 3.0, "density": 0.1, "strength": 3.0}, 100.0, ["Diagonal", "Products"]),
    ],
)
def test_steps_of_many_products_go_on_only_where_they_promise_more_for_each(monkeypatch, at_work, options, C, expected):
    monkeypatch.setattr(sampled, "tries_products", lambda objective: False)
    X, y = table(200 if C == 1 else 150, 3100, **options)
    assert fit(Arrays(X, y), 2, C=C).status.converged
    assert kinds(at_work, len(y)) == expected


@pytest.mark.parametrize(("n", "p", "is_tried"), [(400, 300, True), (400, 500, True), (2000, 300, False)])
def test_products_come_first_where_rows_are_few_for_their_columns(at_work, n, p, is_tried):
    """Columns that have nothing to do with one another need few of them: nothing else is at work."""
    X, y = table(n, p, spread=1.0)
    result = fit(Arrays(X, y), 2, tol=1e-9)
    assert result.status.converged
    assert (kinds(at_work, n) == []) is is_tried


@pytest.mark.parametrize("strength", [1.0, 30.0])
def test_products_that_leave_much_of_the_force_are_the_last(monkeypatch, at_work, strength):
    X, y = table(400, 300, factors=20, spread=1.0, strength=strength)
    objective = pose(Arrays(X, y), Logistic(), 2, ElasticNet(l2=1e-4), 1.0, True)
    left = []

    def watched(point, first, most, truncated=newton.truncated):
        direction, rate = truncated(point, first, most)
        left.append(rate**most)
        return direction, rate

    monkeypatch.setattr(newton, "truncated", watched)
    tried = newton.by_products(objective.origin(), sampled.MOST)
    shown, last = drained(tried)
    assert len(left) == len(shown)
    assert all(part <= newton.LATER for part in left[:-1])
    assert left[-1] > newton.LATER
    assert last.value < shown[-1].value
    at_work.clear()
    result = fit(Arrays(X, y), 2, C=1e4)
    assert result.status.converged
    assert kinds(at_work, 400)


def drained(points):
    """All points of a generator, and what it hands back."""
    shown = []
    while True:
        try:
            shown.append(next(points))
        except StopIteration as end:
            return shown, end.value


@pytest.mark.parametrize(("factors", "crosses"), [(0, False), (5, True)])
def test_the_narrow_side_is_not_taken_shortly_before_the_end(monkeypatch, factors, crosses):
    X, y = table(400, 1000, factors=factors, spread=1.0)
    made = []

    class Narrow(sampled.Narrow):
        def __init__(self, whole):
            made.append(whole)
            super().__init__(whole)

    monkeypatch.setattr(sampled, "Narrow", Narrow)
    assert fit(Arrays(X, y), 2, C=0.1).status.converged
    assert bool(made) is crosses

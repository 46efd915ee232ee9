"""The certificate is never wrong: far from the optimum, on heavy tails, at odd scales, without a penalty."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from samples import fit
from sklearn.datasets import make_blobs

from logreg import LogisticRegression
from logreg.data.arrays import Arrays
from logreg.fit import pose
from logreg.problem.certificate import dual_estimate, lower_bound, tilted
from logreg.problem.certifier import Certifier, Trend
from logreg.problem.losses import Logistic, Softmax
from logreg.problem.penalties import elastic_net, group, l1, l2, none

PENALTIES = {
    "none": none(),
    "l2": l2(1.0),
    "l1": l1(1.0),
    "elastic net": elastic_net(1.0, 0.5),
    "group": group(1.0),
    "group elastic net": group(1.0, 0.5),
    "group of squares": group(1.0, 0.0),
}
RATIOS = {"none": 0.0, "l2": 0.0, "l1": 1.0, "elastic net": 0.5}
RATIOS |= {"group": 1.0, "group elastic net": 0.5, "group of squares": 0.0}


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize("classes", [2, 3])
@given(seed=st.integers(0, 10**6), spread=st.floats(0.0, 3.0), intercept=st.booleans(), far=st.floats(-3, 1))
@example(seed=331, spread=0.75, intercept=True, far=0.75)  # every row is certain: the intercept's step is 1e150
@example(seed=331, spread=1.0, intercept=True, far=1.0)
@example(seed=1537, spread=0.0, intercept=True, far=1.0)  # tilts so far that next to nothing is left of a row
@example(seed=1537, spread=0.0, intercept=False, far=1.0)
@settings(max_examples=40, deadline=None)
def test_no_point_however_far_has_a_bound_below_its_excess(name, classes, seed, spread, intercept, far):
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(4, 30)), int(rng.integers(1, 4))
    X = rng.normal(size=(n, p)) * np.exp(spread * rng.normal(size=(n, 1)))
    y = rng.integers(0, classes, n)
    weight = np.exp(spread * rng.normal(size=n))
    C = np.inf if name == "none" else float(np.exp(rng.normal(0, 3)))
    options = {"C": C, "l1_ratio": RATIOS[name], "fit_intercept": intercept, "grouped": name.startswith("group")}
    best = fit(Arrays(X, y, weight), classes, tol=1e-9, max_iter=3000, **options)
    assume(best.certificate.objective > 0)
    loss = Logistic() if classes == 2 else Softmax()
    objective = pose(Arrays(X, y, weight), loss, classes, PENALTIES[name], 1.0 if name == "none" else C, intercept)
    # The point reached is feasible: no true lower bound can exceed its objective, certified or not.
    W = 10**far * rng.normal(size=objective.shape) * np.sqrt(n)
    certifier = Certifier(objective, 1e-6)
    certifier.certify(objective.at(W), must=True)
    assert certifier.lower <= best.certificate.objective * (1 + 1e-9)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("C", [1e-4, 1.0, 1e4])
def test_rows_of_great_weight_that_are_certain_do_not_loosen_the_bound(classes, C):
    # Their entropies change by less than the rounding of the numbers that they are made of.
    X, y = make_blobs(100, centers=classes, cluster_std=20, random_state=0)
    weight = np.where(y == 0, 1e3, 1e-4)
    assert fit(Arrays(X, y, weight), classes, C=C, tol=1e-12).certificate.relative <= 1e-12


def test_a_row_far_out_does_not_deceive_an_unpenalised_fit():
    """One-dimensional, the minimum by golden section on the definition."""
    X, y = np.array([[1.0], [1.0], [-1.0], [1000.0]]), np.array([1, 0, 0, 1])

    def objective(w):
        return np.logaddexp(0, np.where(y == 1, -1, 1) * X[:, 0] * w).sum()

    low, high = 0.0, 5.0
    for _ in range(200):
        a, b = low + 0.382 * (high - low), low + 0.618 * (high - low)
        low, high = (low, b) if objective(a) < objective(b) else (a, high)
    with pytest.warns(UserWarning, match="max_iter"):
        model = LogisticRegression(C=np.inf, fit_intercept=False, max_iter=0).fit(X, y)
    assert model.certificate_.lower <= objective(low)
    assert LogisticRegression(C=np.inf, fit_intercept=False).fit(X, y).certificate_.objective == pytest.approx(
        objective(low)
    )


@pytest.mark.parametrize(("scale", "C"), [(1e12, 1e6), (1e14, 1.0), (1e-12, 1.0), (1e30, 1.0)])
def test_columns_in_absurd_units_are_certified(scale, C):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 4))
    model = LogisticRegression(C=C).fit(scale * X, X[:, 0] + rng.logistic(size=500) > 0)
    assert model.converged_


def test_a_column_whose_squares_overflow_is_named():
    with pytest.raises(ValueError, match="column 1"):
        LogisticRegression().fit([[1.0, 1e200], [2.0, -1e200], [0.0, 1e199]], [0, 1, 0])


def test_many_parameters_without_a_penalty_are_certified():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6000, 110))
    y = (X @ rng.normal(size=(110, 30)) / 10 + rng.gumbel(size=(6000, 30))).argmax(axis=1)
    result = fit(Arrays(X, y), 30, C=np.inf)
    assert result.status.converged
    assert result.n_iter < 100


@pytest.mark.parametrize(("n", "p"), [(10, 4000), (200, 2500)])
def test_more_columns_than_rows_take_no_hessian(n, p):
    X = np.random.default_rng(0).normal(size=(n, p))
    result = fit(Arrays(X, np.arange(n) % 2), 2)
    assert result.status.converged
    assert result.solver == "sampled"


def test_a_seed_draws_its_own_samples_and_repeats_them():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20000, 30))
    y = (X[:, 0] + rng.logistic(size=20000) > 0).astype(int)
    first, again, other = (LogisticRegression(random_state=s).fit(X, y).coef_ for s in (1, 1, 2))
    assert (first == again).all()
    assert not (first == other).all()
    np.testing.assert_allclose(first, other, atol=1e-2)


def test_only_a_start_that_may_be_the_optimum_is_proven_at_once():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6000, 30))  # too many for Newton's direction to be known at every point
    data = Arrays(X, (X[:, 0] + rng.logistic(size=6000) > 0).astype(int))
    objective = pose(data, Logistic(), 2, none(), 1.0, True)
    best = fit(data, 2, C=np.inf, tol=1e-9)
    point = objective.at(objective.chart.inverse(best.coef.T, best.intercept))
    assert Certifier(objective, 1e-6, warm=True).certify(point).relative <= 1e-6
    assert Certifier(objective, 1e-6).certify(point).lower == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("small", [1.0, 0.1, 0.01])
@pytest.mark.parametrize("rate", [0.5, 0.8])
def test_a_small_fall_after_a_large_one_is_no_sign_of_the_end(rate, small):
    # Every second fall is small, and what is left is the sum of those to come: a small one foretells its share of that.
    falls = rate ** np.arange(60) * np.where(np.arange(60) % 2, small, 1.0)
    trend, foretold = Trend(), []
    for value in 1.0 + falls.sum() - np.cumsum(falls)[:20]:
        trend.note(value)
        foretold.append(trend.excess)
    left = falls.sum() - np.cumsum(falls)[:20]
    assert (np.array(foretold)[3:] >= 0.99 * small * left[3:]).all()


@pytest.mark.parametrize("name", ["l1", "elastic net"])
@pytest.mark.parametrize("classes", [2, 3])
@given(seed=st.integers(0, 10**6), C=st.floats(0.01, 100.0))
@settings(max_examples=30, deadline=None)
def test_the_gap_expected_is_never_above_the_gap_found(name, classes, seed, C):
    """Else a proof that would do is not asked for."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(40, 3)), rng.integers(0, classes, 40)
    loss = Logistic() if classes == 2 else Softmax()
    objective = pose(Arrays(X, y), loss, classes, PENALTIES[name], C, False)
    point = objective.at(rng.normal(size=objective.shape) * (rng.random(objective.shape) < 0.7))
    nowhere = np.zeros(objective.shape)
    gap = point.value - lower_bound(point, nowhere, tilted(point, nowhere, objective))
    assert dual_estimate(point) <= gap * (1 + 1e-9) + 1e-9

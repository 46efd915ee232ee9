"""Estimators against optima known to 30 digits: what a certificate says must be true."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from references import (
    FLOAT,
    Optimum,
    Problem,
    at_the_floor,
    centred,
    excess,
    objective,
    optimum,
    parameters,
)
from samples import draw
from scipy.special import softmax
from sklearn.exceptions import ConvergenceWarning

from logreg import LogisticRegression, SoftmaxRegression

SMOOTH_SOLVERS = [
    "gradient-descent",
    "accelerated",
    "lbfgs",
    "newton-cg",
    "newton-cholesky",
    "newton",
    "sampled",
    "auto",
]
PROXIMAL_SOLVERS = ["accelerated", "auto"]
PENALTIES = {
    "none": {"C": np.inf},
    "ridge": {"C": 0.8},
    "strong ridge": {"C": 1e-3},
    "lasso": {"C": 0.3, "l1_ratio": 1.0},
    "elastic net": {"C": 0.3, "l1_ratio": 0.6},
}
SHAPES = {"binary": 2, "softmax": 3}
NAMES = [f"{shape} {penalty}" for shape in SHAPES for penalty in PENALTIES]


def problem_of(shape: str, penalty: str) -> Problem:
    classes = SHAPES[shape]
    X, y = draw(seed=classes, n=40, classes=classes)
    return Problem(X, y, symmetric=classes > 2, **PENALTIES[penalty])


PROBLEMS = {f"{shape} {penalty}": problem_of(shape, penalty) for shape in SHAPES for penalty in PENALTIES}
WEIGHTS = np.random.default_rng(5).uniform(0.1, 3.0, size=40)
UNITS = np.array([1e4, 1.0, 1e-3])
PROBLEMS |= {
    "binary weighted": replace(PROBLEMS["binary ridge"], weight=WEIGHTS),
    "softmax weighted": replace(PROBLEMS["softmax elastic net"], weight=WEIGHTS),
    "binary without intercept": replace(PROBLEMS["binary elastic net"], intercept=False),
    "softmax without intercept": replace(PROBLEMS["softmax ridge"], intercept=False),
    "binary in odd units": replace(PROBLEMS["binary ridge"], X=PROBLEMS["binary ridge"].X * UNITS),
    "softmax far from the origin": replace(PROBLEMS["softmax ridge"], X=PROBLEMS["softmax ridge"].X + 1e3),
    "two symmetric classes": replace(PROBLEMS["binary ridge"], symmetric=True),
}
CASES = [
    (solver, name)
    for name, problem in PROBLEMS.items()
    for solver in (PROXIMAL_SOLVERS if problem.lasso else SMOOTH_SOLVERS)
    if solver != "gradient-descent" or name in NAMES  # the plain method needs columns of one scale
]


@cache
def best(name: str) -> Optimum:
    return optimum(PROBLEMS[name])


def fit(problem: Problem, **options: Any) -> Any:
    estimator = SoftmaxRegression if problem.symmetric else LogisticRegression
    model = estimator(C=problem.C, l1_ratio=problem.l1_ratio, fit_intercept=problem.intercept, **options)
    return model.fit(problem.X, problem.y, sample_weight=problem.weight)


def fit_briefly(problem: Problem, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return fit(problem, **options)


def rounding(optimum: Optimum) -> float:
    """What float64 sums over some forty rows may lose of the objective."""
    return 64 * FLOAT.eps * float(optimum.objective)


def test_the_reference_finds_the_log_odds_of_a_two_by_two_table() -> None:
    """With one 0/1 column and no penalty the slope is log(ad/bc) and the intercept log(b/a)."""
    a, b, c, d = 7, 3, 2, 9
    X = np.repeat([[0.0], [0.0], [1.0], [1.0]], [a, b, c, d], axis=0)
    y = np.repeat([0, 1, 0, 1], [a, b, c, d])
    exact = [np.log(a * d / (b * c)), np.log(b / a)]
    reference = optimum(Problem(X, y, C=np.inf))
    model = at_the_floor(LogisticRegression(C=np.inf), X, y)
    np.testing.assert_allclose([float(reference.coef[0, 0]), float(reference.intercept[0])], exact, rtol=1e-15)
    np.testing.assert_allclose([model.coef_[0, 0], model.intercept_[0]], exact, rtol=1e-13)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_rows_that_say_nothing_leave_the_log_frequencies_of_the_classes(classes: int) -> None:
    """With every slope at zero the intercepts are the logarithms of the class frequencies."""
    counts = np.arange(1, classes + 1) * 4
    y = np.repeat(np.arange(classes), counts)
    model = at_the_floor(SoftmaxRegression(), np.zeros((len(y), 2)), y)
    np.testing.assert_allclose(centred(model.intercept_), centred(np.log(counts)), atol=1e-13)
    assert not model.coef_.any()


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_default_fit_is_within_its_bound_of_the_optimum_and_the_bound_within_tol(name: str) -> None:
    problem, optimum = PROBLEMS[name], best(name)
    model = fit(problem)
    proven = model.certificate_
    assert excess(problem, model, optimum) <= proven.bound + rounding(optimum)
    assert proven.relative <= 1e-6
    assert proven.relative == pytest.approx(proven.bound / proven.objective, rel=1e-3)
    assert model.converged_


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_certified_objective_is_the_objective_at_the_coefficients(name: str) -> None:
    problem = PROBLEMS[name]
    model = fit(problem)
    exact = objective(problem, parameters(problem, model.coef_, model.intercept_))
    assert model.certificate_.objective == pytest.approx(float(exact), rel=1e-13)


@pytest.mark.parametrize(("solver", "name"), CASES)
def test_no_iterate_is_further_from_the_optimum_than_its_bound(solver: str, name: str) -> None:
    model = fit(PROBLEMS[name], solver=solver, tol=1e-10)
    least = float(best(name).objective)
    assert model.certificate_.relative <= 1e-10
    for record in model.history_:
        assert record.objective - least <= record.excess + rounding(best(name))


@pytest.mark.parametrize(("solver", "name"), CASES)
@pytest.mark.parametrize("max_iter", [1, 2, 4])
def test_a_fit_stopped_early_is_within_its_bound_of_the_optimum(solver: str, name: str, max_iter: int) -> None:
    problem = PROBLEMS[name]
    model = fit_briefly(problem, solver=solver, tol=1e-14, max_iter=max_iter)
    assert excess(problem, model, best(name)) <= model.certificate_.bound + rounding(best(name))
    assert model.n_iter_[0] <= max_iter


@pytest.mark.parametrize(("solver", "name"), CASES)
def test_the_proof_comes_soon_after_the_fact(solver: str, name: str) -> None:
    """The true excess is within tol at some iterate; the bound is so before twice as many and a few."""
    history = fit(PROBLEMS[name], solver=solver).history_
    least = float(best(name).objective)
    fact = next(i for i, record in enumerate(history) if record.objective <= (1 + 1e-6) * least)
    assert len(history) - 1 <= 2 * fact + 5


@given(
    seed=st.integers(0, 2**32 - 1),
    classes=st.sampled_from([2, 3]),
    C=st.one_of(st.floats(-3, 3).map(lambda power: 10**power), st.just(np.inf)),
    l1_ratio=st.sampled_from([0.0, 0.3, 1.0]),
    intercept=st.booleans(),
    max_iter=st.sampled_from([1, 3, 10, 1000]),
)
@settings(max_examples=40, deadline=None, phases=[Phase.reuse, Phase.generate])
def test_no_bound_is_ever_below_the_true_excess(
    seed: int, classes: int, C: float, l1_ratio: float, intercept: bool, max_iter: int
) -> None:
    X, y = draw(seed, n=25, p=2, classes=classes)
    weight = np.random.default_rng(seed).uniform(0.05, 3.0, size=25)
    problem = Problem(X, y, C, l1_ratio, weight, intercept, symmetric=classes > 2)
    exact = optimum(problem)
    model = fit_briefly(problem, max_iter=max_iter)
    assert excess(problem, model, exact) <= model.certificate_.bound + rounding(exact)


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_tiny_tolerance_is_certified_too(name: str) -> None:
    problem = PROBLEMS[name]
    model = fit(problem, tol=1e-12)
    assert model.converged_
    assert excess(problem, model, best(name)) <= 1e-12 * float(best(name).objective) + rounding(best(name))


@pytest.mark.parametrize("name", PROBLEMS)
def test_coefficients_are_those_of_the_optimum(name: str) -> None:
    """To 1e-9; with an L1 part and tol = 1e-12 to some square root of it."""
    problem, exact = PROBLEMS[name], best(name)
    tol, near = (1e-12, 3e-6) if problem.lasso else (0.0, 1e-9)
    model = fit_briefly(problem, tol=tol, max_iter=1000)
    mean = centred if problem.symmetric and not problem.lasso else np.asarray
    spread = problem.X.std(axis=0)
    np.testing.assert_allclose(mean(model.coef_) * spread, mean(exact.coef.astype(float)) * spread, atol=near)
    ones = np.ones((len(problem.X), 1))
    eta = np.hstack([problem.X, ones]) @ parameters(problem, exact.coef, exact.intercept).astype(float)
    np.testing.assert_allclose(model.predict_proba(problem.X), softmax(eta, axis=1), atol=near)


@pytest.mark.parametrize("name", [name for name in PROBLEMS if PROBLEMS[name].lasso])
def test_a_coefficient_that_is_zero_at_the_optimum_is_exactly_zero(name: str) -> None:
    model = fit(PROBLEMS[name], tol=1e-12)
    np.testing.assert_array_equal(model.coef_ == 0, best(name).coef.astype(float) == 0)

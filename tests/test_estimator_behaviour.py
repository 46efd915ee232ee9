"""What an estimator promises around the optimum: solvers, options, warnings, attributes and methods."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pytest
from references import at_the_floor, centred
from samples import draw
from scipy.special import expit, softmax
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression as ScikitLearn

from logreg import LogisticRegression, SoftmaxRegression
from logreg.errors import OptionError
from logreg.estimators.reading import seed_of

SOLVERS = ["gradient-descent", "accelerated", "lbfgs", "newton-cg", "newton-cholesky", "newton", "sampled", "auto"]
PENALTIES = {
    "none": {"C": np.inf},
    "ridge": {"C": 0.7},
    "lasso": {"C": 0.4, "l1_ratio": 1.0},
    "elastic net": {"C": 0.4, "l1_ratio": 0.4},
}
SMOOTH, EVERY = frozenset({"none", "ridge"}), frozenset(PENALTIES)
HANDLES = dict.fromkeys(["gradient-descent", "lbfgs", "newton-cg", "newton-cholesky", "newton", "sampled"], SMOOTH)
HANDLES |= dict.fromkeys(["accelerated", "auto", "liblinear", "sag", "saga"], EVERY)
every_estimator = pytest.mark.parametrize("estimator", [LogisticRegression, SoftmaxRegression])
binary_and_softmax = pytest.mark.parametrize("classes", [2, 3])


@pytest.mark.parametrize(("solver", "penalty"), [(s, p) for s, able in HANDLES.items() for p in sorted(able)])
@binary_and_softmax
def test_every_solver_meets_every_other(classes: int, solver: str, penalty: str) -> None:
    X, y = draw(11, classes=classes)
    options = {"tol": 1e-9, **PENALTIES[penalty]}
    reference = "accelerated" if solver in ("auto", "liblinear") else "auto"
    best = LogisticRegression(solver=reference, **options).fit(X, y).certificate_
    mine = LogisticRegression(solver=solver, **options).fit(X, y).certificate_
    assert abs(mine.objective - best.objective) <= mine.bound + best.bound + 1e-13 * best.objective


@pytest.mark.parametrize("solver", [s for s, able in HANDLES.items() if able == SMOOTH])
@pytest.mark.parametrize("penalty", sorted(set(PENALTIES) - SMOOTH))
def test_a_solver_that_cannot_names_those_that_can(solver: str, penalty: str) -> None:
    with pytest.raises(ValueError, match=f"{solver}.*L1.*auto.*accelerated"):
        LogisticRegression(solver=solver, **PENALTIES[penalty]).fit(*draw(11))


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine, load_iris], ids=["cancer", "wine", "iris"])
@pytest.mark.parametrize("C", [1.0, 1e-2])
def test_coefficients_are_those_of_scikit_learn_driven_to_1e_10(load: Any, C: float) -> None:
    """The raw columns, as the files have them; scikit-learn's Newton does not mind their units."""
    X, y = load(return_X_y=True)
    mine = at_the_floor(LogisticRegression(C=C), X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = ScikitLearn(C=C, solver="newton-cholesky", tol=1e-11, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(mine.coef_, theirs.coef_, rtol=1e-7, atol=1e-10)
    gauge = centred if len(theirs.intercept_) > 1 else np.asarray
    np.testing.assert_allclose(gauge(mine.intercept_), gauge(theirs.intercept_), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("C", [1.0, np.inf])
@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg", "newton-cholesky"])
@binary_and_softmax
def test_each_named_solver_meets_its_namesake_in_scikit_learn(classes: int, solver: str, C: float) -> None:
    X, y = draw(12, n=200, p=4, classes=classes)
    mine = LogisticRegression(C=C, solver=solver, tol=1e-13).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = ScikitLearn(C=C, solver=solver, tol=1e-10, max_iter=10_000).fit(X, y)
    np.testing.assert_allclose(mine.predict_proba(X), theirs.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine], ids=["cancer", "wine"])
@pytest.mark.parametrize("tol", [1e-9, 1e-12])
def test_a_lasso_on_raw_columns_is_certified_however_tight_the_tolerance(load: Any, tol: float) -> None:
    """F stops changing in its last digit long before a proof by scaling the dual point is complete."""
    model = LogisticRegression(l1_ratio=1.0, tol=tol).fit(*load(return_X_y=True))
    assert model.converged_
    assert model.certificate_.relative <= tol


@every_estimator
def test_digits_are_learned_in_silence_and_certified(estimator: Any) -> None:
    """Columns that are zero almost everywhere, on which scikit-learn's default warns."""
    X, y = load_digits(return_X_y=True)
    model = estimator().fit(X, y)
    assert model.converged_
    assert model.certificate_.relative <= 1e-6
    assert model.score(X, y) > 0.99


@pytest.mark.parametrize(
    ("spelling", "meaning"),
    [
        ({"penalty": "l1"}, {"l1_ratio": 1.0}),
        ({"penalty": "l2"}, {"l1_ratio": 0.0}),
        ({"penalty": "elasticnet", "l1_ratio": 0.5}, {"l1_ratio": 0.5}),
        ({"penalty": None}, {"C": np.inf}),
        ({"penalty": "deprecated", "l1_ratio": 0.5}, {"l1_ratio": 0.5}),
        ({"dual": True, "solver": "liblinear"}, {}),
        ({"random_state": 7, "n_jobs": 2}, {}),
        ({"intercept_scaling": 100.0, "solver": "liblinear"}, {}),
    ],
    ids=str,
)
def test_scikit_learns_spellings_are_understood_in_silence(spelling: Any, meaning: Any) -> None:
    X, y = draw(13)
    spelt, meant = (LogisticRegression(tol=1e-10, **options).fit(X, y) for options in (spelling, meaning))
    assert spelt.certificate_.objective == pytest.approx(meant.certificate_.objective, rel=1e-9)
    np.testing.assert_allclose(spelt.coef_, meant.coef_, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "left_out"),
    [
        ({"penalty": None, "C": 3.0}, "C=3.0"),
        ({"penalty": "l2", "l1_ratio": 0.5}, "l1_ratio=0.5"),
        ({"penalty": "l1", "l1_ratio": 0.5}, "l1_ratio=0.5"),
    ],
)
@every_estimator
def test_an_option_without_effect_is_not_dropped_in_silence(estimator: Any, options: Any, left_out: str) -> None:
    X, y = draw(4)
    with pytest.warns(UserWarning, match=f"{left_out} without effect"):
        estimator(**options).fit(X, y)


@pytest.mark.parametrize("flag", ["fit_intercept", "warm_start"])
@every_estimator
def test_what_is_on_or_off_is_nothing_else(estimator: Any, flag: str) -> None:
    X, y = draw(4)
    with pytest.raises(OptionError, match=f"{flag} is 'no'; expected True or False"):
        estimator(**{flag: "no"}).fit(X, y)
    off, of_numpy = (estimator(**{flag: value}).fit(X, y).coef_ for value in (0, np.False_))
    np.testing.assert_array_equal(off, of_numpy)


@pytest.mark.parametrize("solver", SOLVERS)
@binary_and_softmax
def test_a_warm_start_from_the_optimum_has_nothing_left_to_do(classes: int, solver: str) -> None:
    X, y = draw(14, classes=classes)
    model = LogisticRegression(solver=solver, warm_start=True).fit(X, y)
    first = model.n_iter_[0]
    again = model.fit(X, y)
    assert again.n_iter_[0] <= min(1, first)
    assert again.converged_


def test_a_warm_start_moves_to_the_new_optimum() -> None:
    X, y = draw(15)
    moved = LogisticRegression(C=1.0, warm_start=True, tol=1e-10).fit(X, y).set_params(C=0.1).fit(X, y)
    fresh = LogisticRegression(C=0.1, tol=1e-10).fit(X, y)
    assert moved.certificate_.objective == pytest.approx(fresh.certificate_.objective, rel=1e-9)


@binary_and_softmax
def test_without_an_intercept_the_origin_is_undecided(classes: int) -> None:
    X, y = draw(16, classes=classes)
    model = LogisticRegression(fit_intercept=False).fit(X, y)
    np.testing.assert_array_equal(model.intercept_, np.zeros(len(model.coef_)))
    np.testing.assert_allclose(model.predict_proba(np.zeros((1, 3))), np.full((1, classes), 1 / classes))


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_fit_stopped_early_says_how_far_it_got(solver: str) -> None:
    X, y = draw(17)
    with pytest.warns(ConvergenceWarning) as record:
        model = LogisticRegression(solver=solver, tol=1e-15, max_iter=1).fit(X, y)
    assert len(record) == 1
    sentence = str(record[0].message)
    assert f"{model.certificate_.relative:.1e}"[:3] in sentence or f"{model.certificate_.bound:.1e}"[:3] in sentence
    assert "\n" not in sentence
    assert not model.converged_
    assert model.n_iter_[0] <= 1


@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg", "newton-cholesky", "newton", "sampled"])
@binary_and_softmax
def test_a_tolerance_out_of_reach_ends_by_itself_at_the_floor_of_rounding(classes: int, solver: str) -> None:
    X, y = draw(17, classes=classes)
    with pytest.warns(ConvergenceWarning, match="rounding"):
        model = LogisticRegression(solver=solver, tol=0.0).fit(X, y)
    assert model.n_iter_[0] < model.max_iter
    assert model.certificate_.relative < 1e-12


@every_estimator
def test_separable_classes_without_a_penalty_end_with_a_warning_and_finite_numbers(estimator: Any) -> None:
    X = np.linspace(-1, 1, 20)[:, None]
    with pytest.warns(ConvergenceWarning):
        model = estimator(C=np.inf).fit(X, X[:, 0] > 0.0)
    assert np.isfinite(model.coef_).all()
    assert model.score(X, X[:, 0] > 0.0) == 1.0
    assert not model.converged_


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_history_leads_to_the_certificate(solver: str) -> None:
    X, y = draw(18)
    model = LogisticRegression(solver=solver).fit(X, y)
    seconds = [record.seconds for record in model.history_]
    assert seconds == sorted(seconds)
    assert model.history_[-1].objective == pytest.approx(model.certificate_.objective, rel=1e-12)
    # In the user's units there is a little more rounding.
    assert model.history_[-1].excess >= model.certificate_.bound - 1e-12 * model.certificate_.objective
    assert model.n_iter_.shape == (1,)
    assert model.n_iter_[0] <= len(model.history_) <= model.n_iter_[0] + 1


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_solver_used_says_its_name_and_why(solver: str) -> None:
    X, y = draw(19)
    used = LogisticRegression(solver=solver).fit(X, y).solver_
    assert str(used) in SOLVERS[:-1]
    assert solver in ("auto", str(used))
    assert len(used.why.split()) >= 3


def test_the_methods_are_one_model_seen_from_many_sides() -> None:
    X, y = draw(20, classes=3)
    model = LogisticRegression().fit(X, np.array(["a", "b", "c"])[y])
    eta = X @ model.coef_.T + model.intercept_
    np.testing.assert_allclose(model.decision_function(X), eta, rtol=1e-12)
    np.testing.assert_allclose(model.predict_proba(X), softmax(eta, axis=1), rtol=1e-12)
    np.testing.assert_allclose(model.predict_log_proba(X), np.log(softmax(eta, axis=1)), rtol=1e-12)
    np.testing.assert_array_equal(model.predict(X), model.classes_[eta.argmax(axis=1)])
    assert model.score(X, model.predict(X)) == 1.0


def test_the_binary_decision_is_the_log_odds_of_the_second_class() -> None:
    X, y = draw(21)
    model = LogisticRegression().fit(X, y)
    assert model.coef_.shape == (1, 3)
    assert model.decision_function(X).shape == (len(y),)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], expit(model.decision_function(X)), rtol=1e-12)


def test_log_probabilities_stay_finite_where_probabilities_vanish() -> None:
    """log sigmoid(-t) = -t to all digits for t beyond 40."""
    X, y = draw(22)
    model = LogisticRegression().fit(X, y)
    far = 1e4 * np.sign(model.coef_)
    np.testing.assert_allclose(model.predict_log_proba(far)[0, 0], -model.decision_function(far)[0], rtol=1e-12)


@every_estimator
def test_sparsify_and_densify_change_no_prediction(estimator: Any) -> None:
    X, y = draw(23, classes=3)
    model = estimator(C=0.1, l1_ratio=1.0).fit(X, y)
    before = model.predict_proba(X)
    np.testing.assert_allclose(model.sparsify().predict_proba(X), before, rtol=1e-12)
    np.testing.assert_allclose(model.densify().predict_proba(X), before, rtol=1e-12)


@every_estimator
def test_a_fit_repeats_itself_bit_by_bit(estimator: Any) -> None:
    X, y = draw(24, classes=3)
    first, second = estimator().fit(X, y), estimator().fit(X, y)
    np.testing.assert_array_equal(first.coef_, second.coef_)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(first)).predict_proba(X), first.predict_proba(X))


def test_a_number_is_a_seed_of_any_integer_type_and_in_scikit_learns_range():
    assert seed_of(3) == seed_of(np.int64(3)) == 3
    assert seed_of(None) is None
    assert seed_of(np.random.RandomState(0)) == seed_of(np.random.RandomState(0))
    for beyond in (-1, 2**32):
        with pytest.raises(ValueError, match=r"[Ss]eed"):
            seed_of(beyond)

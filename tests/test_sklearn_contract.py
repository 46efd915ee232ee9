"""The estimators inside the real scikit-learn: its own checks, and the tools people drop an estimator into."""

from __future__ import annotations

import pickle
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from samples import draw
from sklearn import config_context
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.linear_model import LogisticRegression as ScikitLearn
from sklearn.linear_model import LogisticRegressionCV as ScikitLearnCV
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from logreg import LogisticRegression, LogisticRegressionCV, SoftmaxRegression

SOLVERS = ["gradient-descent", "accelerated", "lbfgs", "newton-cg", "newton-cholesky", "newton", "sampled"]
every_estimator = pytest.mark.parametrize("estimator", [LogisticRegression, SoftmaxRegression])


@parametrize_with_checks(
    [
        LogisticRegression(),
        SoftmaxRegression(),
        LogisticRegression(C=0.1, l1_ratio=0.5),
        SoftmaxRegression(C=0.1, l1_ratio=1.0),
        LogisticRegression(warm_start=True, class_weight="balanced"),
        LogisticRegressionCV(Cs=3, cv=3),
        LogisticRegressionCV(Cs=3, cv=3, use_legacy_attributes=True, refit=False),
    ]
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learns_own_checks_pass(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks([LogisticRegression(solver=solver, max_iter=100_000) for solver in SOLVERS])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learns_own_checks_pass_with_every_solver(estimator: Any, check: Any) -> None:
    if estimator.solver == "sampled" and check.func.__name__.startswith("check_sample_weight_equivalence"):
        pytest.skip("its road depends on the number of rows: repeated rows have the same optimum only to within tol")
    check(estimator)


def test_the_sampled_solver_finds_the_optimum_of_weights_for_repeated_rows_too() -> None:
    rng = np.random.default_rng(0)
    X, y, times = rng.random((15, 30)), rng.integers(0, 3, 15), rng.integers(0, 5, 15)
    model = LogisticRegression(solver="sampled", tol=1e-13)
    weighted = model.fit(X, y, times).predict_proba(X)
    repeated = model.fit(X.repeat(times, axis=0), y.repeat(times)).predict_proba(X)
    np.testing.assert_allclose(weighted, repeated, atol=1e-6)


@parametrize_with_checks([LogisticRegression(C=float("inf")), SoftmaxRegression(penalty=None)])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore:.*separated perfectly:sklearn.exceptions.ConvergenceWarning")
def test_scikit_learns_own_checks_pass_without_a_penalty(estimator: Any, check: Any) -> None:
    if check.func.__name__.startswith("check_sample_weight_equivalence"):
        pytest.skip("its data are separable: without a penalty there is no optimum to be the same")
    check(estimator)


@every_estimator
def test_the_constructor_takes_every_keyword_of_scikit_learns(estimator: Any) -> None:
    assert set(estimator().get_params()) == set(ScikitLearn().get_params())


def test_the_cross_validated_estimator_takes_every_keyword_of_scikit_learns_and_a_rule() -> None:
    assert set(LogisticRegressionCV().get_params()) == set(ScikitLearnCV().get_params()) | {"rule"}


@every_estimator
def test_an_estimator_is_a_classifier_that_must_be_fitted_first(estimator: Any) -> None:
    assert is_classifier(estimator())
    with pytest.raises(NotFittedError, match="not fitted"):
        estimator().predict(np.zeros((1, 3)))


@every_estimator
def test_a_clone_has_the_parameters_and_nothing_learned(estimator: Any) -> None:
    fitted = estimator(C=0.3, class_weight={0: 2.0, 1: 1.0}).fit(*draw(0))
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not [name for name in vars(copy) if name.endswith("_")]


@every_estimator
def test_a_pipeline_with_a_scaler_scores_as_scikit_learns_does(estimator: Any) -> None:
    """Cross-validated accuracy on breast cancer: the same folds and objective give the same score."""
    X, y = load_breast_cancer(return_X_y=True)
    mine, theirs = (
        cross_val_score(make_pipeline(StandardScaler(), model), X, y, cv=5)
        for model in (estimator(C=0.5 if estimator is SoftmaxRegression else 1.0), ScikitLearn(tol=1e-8))
    )
    np.testing.assert_allclose(mine, theirs, atol=0.01)


def test_a_grid_search_finds_the_strength_that_scikit_learn_finds() -> None:
    X, y = load_iris(return_X_y=True)
    grid = {"C": [1e-3, 1e-1, 10.0], "fit_intercept": [True, False]}
    mine, theirs = (
        GridSearchCV(model, grid, scoring="neg_log_loss").fit(X, y)
        for model in (LogisticRegression(tol=1e-9), ScikitLearn(solver="newton-cholesky", tol=1e-9))
    )
    np.testing.assert_allclose(mine.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"], atol=1e-4)
    assert mine.best_params_ == theirs.best_params_


@every_estimator
def test_two_processes_find_what_one_finds(estimator: Any) -> None:
    X, y = draw(1, classes=3)
    alone = cross_val_score(estimator(), X, y, scoring="neg_log_loss")
    with joblib.parallel_backend("loky", n_jobs=2):
        together = cross_val_score(estimator(), X, y, scoring="neg_log_loss", n_jobs=2)
    np.testing.assert_allclose(together, alone, rtol=1e-6)


@every_estimator
def test_threads_of_joblib_find_what_one_finds(estimator: Any) -> None:
    X, y = draw(2, classes=3)
    alone = cross_val_predict(estimator(), X, y, method="predict_proba")
    with joblib.parallel_backend("threading", n_jobs=2):
        together = cross_val_predict(estimator(), X, y, method="predict_proba", n_jobs=2)
    np.testing.assert_allclose(together, alone, rtol=1e-6)


@every_estimator
@pytest.mark.parametrize("classes", [2, 3])
def test_calibration_keeps_probabilities_that_sum_to_one(estimator: Any, classes: int) -> None:
    X, y = draw(3, n=120, classes=classes)
    calibrated = CalibratedClassifierCV(estimator(), cv=3).fit(X, y, sample_weight=np.ones(len(y)))
    probabilities = calibrated.predict_proba(X)
    assert probabilities.shape == (len(y), classes)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)


@every_estimator
def test_a_pipeline_that_outputs_frames_carries_the_names_of_the_columns(estimator: Any) -> None:
    X, y = load_iris(return_X_y=True, as_frame=True)
    pipeline = make_pipeline(StandardScaler(), estimator()).set_output(transform="pandas").fit(X, y)
    assert list(pipeline[-1].feature_names_in_) == list(X.columns)
    assert pipeline[-1].n_features_in_ == 4


def test_a_frame_with_other_columns_is_refused_by_name() -> None:
    X, y = load_iris(return_X_y=True, as_frame=True)
    model = LogisticRegression().fit(X, y)
    with pytest.raises(ValueError, match="petal size"):
        model.predict(X.rename(columns={"petal width (cm)": "petal size (cm)"}))


def test_categories_pass_through_a_one_hot_encoder_as_a_sparse_matrix() -> None:
    """Unpenalised, one column of levels is fitted by the levels' log odds."""
    table = pd.DataFrame({"level": list("aaaabbbbbb")})
    y = np.array([1, 0, 0, 0, 1, 1, 1, 1, 0, 0])
    pipeline = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["level"])), LogisticRegression(C=np.inf, tol=1e-12)
    ).fit(table, y)
    np.testing.assert_allclose(pipeline.predict_proba(table)[[0, -1], 1], [1 / 4, 4 / 6], atol=1e-6)


def test_sample_weights_are_routed_through_a_search_to_fit_and_score() -> None:
    X, y = draw(4)
    s = np.random.default_rng(0).integers(1, 4, size=len(y)).astype(float)
    grid = {"C": [0.1, 1.0]}
    with config_context(enable_metadata_routing=True):
        model = LogisticRegression(tol=1e-10).set_fit_request(sample_weight=True)
        routed = GridSearchCV(model.set_score_request(sample_weight=True), grid).fit(X, y, sample_weight=s)
        with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
            GridSearchCV(LogisticRegression(), grid).fit(X, y, sample_weight=s)
    direct = LogisticRegression(tol=1e-10, **routed.best_params_).fit(X, y, sample_weight=s)
    np.testing.assert_allclose(routed.best_estimator_.coef_, direct.coef_, rtol=1e-6)


def test_sample_weights_reach_a_step_of_a_pipeline() -> None:
    X, y = draw(5)
    s = np.linspace(0.1, 2.0, len(y))
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    weighted = pipeline.fit(X, y, logisticregression__sample_weight=s)[-1].coef_.copy()
    assert np.abs(weighted - pipeline.fit(X, y)[-1].coef_).max() > 1e-3


@every_estimator
def test_a_pickled_estimator_predicts_the_same_and_keeps_its_certificate(estimator: Any) -> None:
    X, y = draw(6, classes=3)
    model = estimator().fit(X, np.array(["x", "y", "z"])[y])
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict(X), model.predict(X))
    assert copy.certificate_ == model.certificate_
    assert str(copy.solver_) == str(model.solver_)
    assert len(copy.history_) == len(model.history_)


@pytest.mark.parametrize("classes", [2, 3])
def test_meta_estimators_read_the_coefficients(classes: int) -> None:
    X, y = draw(7, p=6, classes=classes)
    assert RFE(LogisticRegression(), n_features_to_select=2).fit(X, y).support_.sum() == 2
    assert SelectFromModel(LogisticRegression(), max_features=3).fit(X, y).transform(X).shape[1] <= 3
    assert BaggingClassifier(LogisticRegression(), 3, random_state=0).fit(X, y).score(X, y) > 1 / classes
    assert OneVsRestClassifier(LogisticRegression()).fit(X, y).predict_proba(X).shape == (len(y), classes)

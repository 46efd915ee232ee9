"""LogisticRegressionCV beside scikit-learn's own, driven to 1e-10; and the folds, rules and options of ours."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import draw
from scipy import sparse
from sklearn import config_context
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.exceptions import ConvergenceWarning, UndefinedMetricWarning
from sklearn.linear_model import LogisticRegressionCV as ScikitLearn
from sklearn.metrics import f1_score, get_scorer, log_loss, make_scorer
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

from logreg import LogisticRegression, LogisticRegressionCV
from logreg.crossvalidation import Curve, stratified_folds
from logreg.errors import DataError, OptionError

binary_and_softmax = pytest.mark.parametrize("classes", [2, 3])


def scikit_learns(X: Any, y: Any, *, solver: str = "newton-cholesky", sample_weight: Any = None, **options: Any) -> Any:
    """scikit-learn's estimator, its tolerance tightened, asked for the defaults that it will have."""
    asked = {"scoring": "neg_log_loss", "l1_ratios": (0.0,), "use_legacy_attributes": False, **options}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ScikitLearn(solver=solver, tol=1e-10, max_iter=100_000, **asked).fit(X, y, sample_weight=sample_weight)


def assert_alike(mine: Any, theirs: Any) -> None:
    """The same scores to 1e-6, and the same choice."""
    np.testing.assert_allclose(mine.scores_, theirs.scores_, atol=1e-6)
    np.testing.assert_allclose(mine.Cs_, theirs.Cs_)
    assert mine.n_iter_.shape == theirs.n_iter_.shape
    assert mine.coefs_paths_.shape == theirs.coefs_paths_.shape
    assert pytest.approx(theirs.C_) == mine.C_
    assert mine.l1_ratio_ == pytest.approx(theirs.l1_ratio_)


@pytest.mark.parametrize("load", [load_breast_cancer, load_iris])
def test_scores_under_a_ridge_are_those_of_scikit_learn(load: Any) -> None:
    X, y = load(return_X_y=True)
    mine, theirs = LogisticRegressionCV(Cs=10, cv=5).fit(X, y), scikit_learns(X, y, Cs=10, cv=5)
    assert_alike(mine, theirs)
    np.testing.assert_allclose(mine.predict_proba(X), theirs.predict_proba(X), atol=1e-5)


@binary_and_softmax
def test_scores_under_lasso_and_elastic_net_are_those_of_scikit_learn(classes: int) -> None:
    X, y = draw(0, n=90, classes=classes)
    options: Any = {"Cs": [0.1, 0.4, 1.0, 5.0], "cv": 3, "l1_ratios": (0.0, 0.4, 1.0)}
    mine = LogisticRegressionCV(**options, tol=1e-13).fit(X, y)
    theirs = scikit_learns(X, y, solver="saga", random_state=0, **options)
    assert_alike(mine, theirs)
    np.testing.assert_allclose(mine.coefs_paths_[..., :-1], theirs.coefs_paths_[..., :-1], atol=1e-4)


@binary_and_softmax
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_sample_weights_count_in_fits_and_scores_and_class_weights_in_fits_only(
    classes: int, class_weight: str | None
) -> None:
    X, y = draw(1, n=90, classes=classes)
    s = np.random.default_rng(1).uniform(0.1, 3.0, len(y))
    options: Any = {"Cs": 4, "cv": 3, "class_weight": class_weight}
    mine = LogisticRegressionCV(**options).fit(X, y, sample_weight=s)
    assert_alike(mine, scikit_learns(X, y, sample_weight=s, **options))


@pytest.mark.parametrize("scoring", ["roc_auc_ovr", "neg_brier_score", "balanced_accuracy", None, "accuracy"])
@binary_and_softmax
def test_scores_by_other_names_are_those_of_scikit_learn(classes: int, scoring: Any) -> None:
    X, y = draw(2, n=90, classes=classes)
    s = np.random.default_rng(2).uniform(0.1, 3.0, len(y))
    options: Any = {"Cs": 4, "cv": 3, "scoring": scoring}
    mine = LogisticRegressionCV(**options).fit(X, y, sample_weight=s)
    theirs = scikit_learns(X, y, sample_weight=s, **options)
    assert_alike(mine, theirs)
    assert mine.score(X, y) == pytest.approx(theirs.score(X, y))


@pytest.mark.parametrize("scoring", ["f1", "precision", "recall", "jaccard", "neg_brier_score", "roc_auc"])
@pytest.mark.parametrize("names", [[1, 2], ["no", "yes"]], ids=str)
def test_of_two_classes_the_second_is_the_positive_one_whatever_its_name(names: Any, scoring: str) -> None:
    X, codes = draw(11, n=120)
    y = np.array(names)[codes]
    options: Any = {"Cs": np.logspace(-3, 3, 5), "cv": 3, "scoring": scoring}
    assert_alike(LogisticRegressionCV(**options).fit(X, y), scikit_learns(X, y, **options))


@pytest.mark.parametrize("scoring", ["neg_brier_score", "roc_auc_ovr", "f1_macro", "recall_weighted"])
def test_a_class_that_the_test_rows_lack_is_known_to_the_score(scoring: str) -> None:
    X, y = draw(12, n=120, classes=3)
    lacking = np.flatnonzero(y != 2)[:30]
    folds = [(np.setdiff1d(np.arange(120), lacking), lacking)]
    options: Any = {"Cs": [0.1, 10.0], "cv": folds, "scoring": scoring}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        assert_alike(LogisticRegressionCV(**options).fit(X, y), scikit_learns(X, y, **options))


def test_labels_that_a_scorer_was_made_with_stay_its_own() -> None:
    X, y = draw(13, n=120)
    own = make_scorer(f1_score, pos_label=0)
    first, second = (LogisticRegressionCV(Cs=[1.0], cv=3, scoring=scoring).fit(X, y).scores_ for scoring in (own, "f1"))
    assert not np.allclose(first, second)


def test_a_callable_scores_an_estimator() -> None:
    X, y = draw(3)

    def recall(estimator: Any, X: Any, y: Any) -> float:
        return float((estimator.predict(X)[y == 1] == 1).mean())

    mine = LogisticRegressionCV(Cs=4, cv=3, scoring=recall).fit(X, y, sample_weight=np.ones(len(y)))
    theirs = scikit_learns(X, y, Cs=4, cv=3, scoring="recall")
    np.testing.assert_allclose(mine.scores_, theirs.scores_)


def test_a_callable_knows_the_strength_of_the_fit_that_it_scores() -> None:
    X, y = draw(3)
    model = LogisticRegressionCV(Cs=[0.1, 1.0], cv=3, scoring=lambda fitted, X, y: fitted.get_params()["C"]).fit(X, y)
    np.testing.assert_array_equal(model.scores_[:, 0], np.tile([0.1, 1.0], (3, 1)))


def test_a_callable_sees_labels_and_classes_as_the_user_wrote_them() -> None:
    X, y = draw(3)
    seen = set()

    def look(estimator: Any, X: Any, y: Any) -> float:
        seen.update(y.tolist(), estimator.predict(X).tolist())
        return 0.0

    LogisticRegressionCV(Cs=[1.0], cv=3, scoring=look).fit(X, np.array(["no", "yes"])[y])
    assert seen == {"no", "yes"}


@binary_and_softmax
@pytest.mark.parametrize("refit", [True, False])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("legacy", [True, False])
@pytest.mark.parametrize("l1_ratios", [None, (0.0,), np.array([0.2, 0.9])], ids=["none", "one", "two"])
def test_attributes_have_the_shapes_and_values_of_scikit_learns(
    classes: int, refit: bool, fit_intercept: bool, legacy: bool, l1_ratios: Any
) -> None:
    X, y = draw(4, classes=classes)
    options: Any = {"Cs": [0.4, 1.0], "cv": 3, "refit": refit, "fit_intercept": fit_intercept}
    options |= {"l1_ratios": l1_ratios, "use_legacy_attributes": legacy}
    mine = LogisticRegressionCV(**options).fit(X, np.array(["x", "y", "z"])[y])
    theirs = scikit_learns(X, np.array(["x", "y", "z"])[y], solver="lbfgs" if l1_ratios is None else "saga", **options)
    for name in ("scores_", "coefs_paths_", "n_iter_", "C_", "coef_", "intercept_", "l1_ratio_", "l1_ratios_"):
        one, other = getattr(mine, name), getattr(theirs, name)
        assert type(one) is type(other) or isinstance(one, float), name
        ours, yours = (of if isinstance(of, dict) else {"": of} for of in (one, other))
        assert list(ours) == list(yours), name
        for key in ours:
            assert np.shape(ours[key]) == np.shape(yours[key]), name
            if name not in ("n_iter_", "l1_ratio_", "l1_ratios_"):
                np.testing.assert_allclose(ours[key], yours[key], atol=1e-3, err_msg=name)


def test_the_words_with_which_scikit_learn_marks_its_defaults_are_understood() -> None:
    X, y = draw(5)
    marked = LogisticRegressionCV(
        Cs=3, l1_ratios="warn", penalty="deprecated", scoring="warn", use_legacy_attributes="warn"
    ).fit(X, y)
    np.testing.assert_array_equal(marked.scores_, LogisticRegressionCV(Cs=3).fit(X, y).scores_)


@pytest.mark.parametrize(("penalty", "ratio"), [("l2", 0.0), ("l1", 1.0)])
def test_the_older_names_of_penalties_are_understood(penalty: str, ratio: float) -> None:
    X, y = draw(5)
    assert LogisticRegressionCV(Cs=[0.1], cv=3, penalty=penalty).fit(X, y).l1_ratio_ == ratio


def test_sparse_rows_score_as_dense_ones() -> None:
    X, y = draw(6, classes=3)
    dense, rows = (LogisticRegressionCV(Cs=4, cv=3).fit(of, y) for of in (X, sparse.csr_matrix(X)))
    np.testing.assert_allclose(rows.scores_, dense.scores_, atol=1e-7)


def test_folds_are_masks_or_places_counted_from_either_end() -> None:
    X, y = draw(12)
    folds = list(StratifiedKFold(3).split(X, y))
    masks = [tuple(np.isin(np.arange(len(y)), part) for part in fold) for fold in folds]
    behind = [(train - len(y), test - len(y)) for train, test in folds]
    scores = [LogisticRegressionCV(Cs=3, cv=cv).fit(X, y).scores_ for cv in (folds, masks, behind)]
    np.testing.assert_array_equal(scores[1], scores[0])
    np.testing.assert_array_equal(scores[2], scores[0])


def test_groups_reach_the_splitter() -> None:
    X, y = draw(7)
    groups = np.arange(len(y)) % 7
    with_groups = LogisticRegressionCV(Cs=3, cv=GroupKFold(3)).fit(X, y, groups=groups)
    folds = list(GroupKFold(3).split(X, y, groups))
    np.testing.assert_array_equal(with_groups.scores_, LogisticRegressionCV(Cs=3, cv=folds).fit(X, y).scores_)
    with pytest.raises(TypeError, match="'colour'; expected sample_weight and groups"):
        LogisticRegressionCV(Cs=3).fit(X, y, colour=groups)


def test_metadata_are_routed_to_splitter_and_scorer_as_scikit_learn_routes_them() -> None:
    X, y = draw(8)
    groups, s = np.arange(len(y)) % 7, np.random.default_rng(8).uniform(0.1, 3.0, len(y))
    with config_context(enable_metadata_routing=True):
        scorer = get_scorer("neg_log_loss").set_score_request(sample_weight=True)
        routed, theirs = (
            cls(Cs=3, cv=GroupKFold(3), scoring=scorer, l1_ratios=(0.0,), use_legacy_attributes=False, tol=1e-10)
            .set_fit_request(sample_weight=True)
            .fit(X, y, sample_weight=s, groups=groups)
            for cls in (LogisticRegressionCV, ScikitLearn)
        )
        assert routed.score(X, y, sample_weight=s) == pytest.approx(
            -log_loss(y, routed.predict_proba(X), sample_weight=s)
        )
    np.testing.assert_allclose(routed.scores_, theirs.scores_, atol=1e-5)


def test_a_class_that_a_fold_lacks_has_next_to_no_probability() -> None:
    X, y = load_iris(return_X_y=True)
    model = LogisticRegressionCV(Cs=3, cv=KFold(3)).fit(X, y)
    nothing = np.finfo(float).eps
    for fold, (train, test) in enumerate(KFold(3).split(X)):
        missing = sorted(set(y) - set(y[train]))
        coefs = model.coefs_paths_[fold, 0, 1]
        eta = X[test] @ coefs[:, :-1].T + coefs[:, -1]
        P = np.exp(eta - eta.max(axis=1, keepdims=True))
        P /= P.sum(axis=1, keepdims=True)
        assert (P[:, missing] <= nothing).all()
    np.testing.assert_allclose(model.scores_, np.log(nothing))
    assert np.isfinite(model.coef_).all()


def test_the_classes_that_a_fold_has_are_fitted_as_if_there_were_no_others() -> None:
    X, y = draw(9, n=120, classes=4)
    train = np.flatnonzero(y != 2)
    test = np.flatnonzero(y == 2)
    rest = LogisticRegressionCV(Cs=[0.5], cv=[(np.arange(len(train)), np.arange(5))], refit=False)
    rest.fit(X[train], y[train])
    model = LogisticRegressionCV(Cs=[0.5], cv=[(train, test)], refit=False).fit(X, y)
    np.testing.assert_allclose(model.coef_[[0, 1, 3]], rest.coef_, atol=1e-6)


@pytest.mark.parametrize("train", [slice(0, 60), slice(0, 30)], ids=["two of three", "one of three"])
@pytest.mark.parametrize("first", [0, 1], ids=["softmax", "binary"])
def test_without_intercept_a_class_that_a_fold_lacks_is_fitted_as_scikit_learn_does(train: slice, first: int) -> None:
    X = np.random.default_rng(0).normal(size=(90, 2)) + 1
    y = np.maximum(np.repeat([0, 1, 2], 30), first)
    folds = [(np.arange(90)[train], np.arange(90)[train.stop :])]
    options: Any = {"Cs": [0.1, 10.0], "cv": folds, "fit_intercept": False}
    mine, theirs = LogisticRegressionCV(**options).fit(X, y), scikit_learns(X, y, **options)
    np.testing.assert_allclose(mine.scores_, theirs.scores_, rtol=1e-6)
    np.testing.assert_allclose(mine.coefs_paths_, theirs.coefs_paths_, atol=1e-5)


def test_a_fold_of_a_single_class_predicts_it() -> None:
    X, y = draw(10)
    order = np.argsort(y, kind="stable")
    zeros = int(np.sum(y == 0))
    folds = [(np.arange(zeros), np.arange(zeros, len(y))), (np.arange(zeros, len(y)), np.arange(zeros))]
    model = LogisticRegressionCV(Cs=2, cv=folds).fit(X[order], y[order])
    np.testing.assert_allclose(model.scores_, np.log(np.finfo(float).eps), rtol=1e-12)


def test_the_one_standard_error_rule_takes_the_smallest_strength_that_is_nearly_as_good() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    best, simple = (LogisticRegressionCV(rule=rule).fit(X, y) for rule in ("best", "one-standard-error"))
    scores = best.scores_[:, 0]
    mean, error = scores.mean(axis=0), scores.std(axis=0, ddof=1) / np.sqrt(5)
    top = mean.argmax()
    assert best.Cs_[top] == best.C_
    assert best.Cs_[np.flatnonzero(mean >= mean[top] - error[top])[0]] == simple.C_
    assert simple.C_ < best.C_


def test_the_rule_stays_with_the_best_l1_ratio_whatever_the_order_of_strengths() -> None:
    scores = np.array([[[-9.0, -9.0, -9.0], [-1.1, -1.5, -1.0]], [[-9.0, -9.0, -9.0], [-1.3, -1.6, -1.2]]])
    curve = Curve(np.array([5.0, 1.0, 9.0]), np.array([0.0, 1.0]), scores)
    assert curve.choose("best") == (1, 2)
    assert curve.choose("one-standard-error") == (1, 0)


@pytest.mark.parametrize("refit", [True, False])
def test_of_scores_that_are_equal_the_choice_is_scikit_learns(refit: bool) -> None:
    r = np.random.default_rng(3)
    X = r.standard_normal((40, 3))
    y = (X[:, 0] + r.logistic(size=40) > 0).astype(int)
    options: Any = {"Cs": [1.0, 0.1, 10.0], "cv": 4, "l1_ratios": (0.0, 0.5, 1.0), "scoring": "accuracy"}
    mine = LogisticRegressionCV(**options, refit=refit).fit(X, y)
    theirs = scikit_learns(X, y, **options, solver="saga")
    assert_allclose_and_tied(mine.scores_, theirs.scores_)
    if refit:
        assert (mine.C_, mine.l1_ratio_) == (theirs.C_, theirs.l1_ratio_)
    else:
        best = [np.unravel_index(fold.T.argmax(), fold.T.shape) for fold in theirs.scores_]
        assert pytest.approx(np.mean([theirs.Cs_[at] for at, _ in best])) == mine.C_
        assert mine.l1_ratio_ == pytest.approx(np.mean([theirs.l1_ratios_[ratio] for _, ratio in best]))


def assert_allclose_and_tied(mine: Any, theirs: Any) -> None:
    """The same scores, the highest of which is there several times."""
    np.testing.assert_allclose(mine, theirs)
    assert np.sum(mine.sum(axis=0) == mine.sum(axis=0).max()) > 1


def test_a_rule_that_is_none_is_refused() -> None:
    with pytest.raises(OptionError, match="rule is 'Best'; expected one of 'best'"):
        Curve(np.array([1.0]), np.array([0.0]), np.zeros((1, 1, 1))).choose("Best")


def test_an_average_over_the_folds_has_no_certificate_of_an_earlier_fit() -> None:
    X, y = draw(12)
    model = LogisticRegressionCV(Cs=2, cv=3).fit(X, y)
    assert model.converged_
    model.set_params(refit=False).fit(X, y)
    assert not any(hasattr(model, name) for name in ("certificate_", "converged_", "history_", "solver_"))


def test_a_score_that_is_no_number_is_never_chosen() -> None:
    curve = Curve(np.array([1.0, 2.0]), np.array([0.0]), np.array([[[np.nan, -3.0]]]))
    assert curve.choose("best") == curve.choose("one-standard-error") == (0, 1)


def test_two_runs_agree_to_the_last_bit_and_two_processes_to_rounding() -> None:
    X, y = draw(11, classes=3)
    once, again, together = (
        LogisticRegressionCV(Cs=4, cv=3, random_state=0, n_jobs=n_jobs).fit(X, y) for n_jobs in (None, None, 2)
    )
    np.testing.assert_array_equal(once.scores_, again.scores_)
    np.testing.assert_array_equal(once.coef_, again.coef_)
    np.testing.assert_allclose(together.scores_, once.scores_, rtol=1e-9)


def test_the_last_fit_is_certified_and_a_pickle_keeps_what_was_learned() -> None:
    X, y = draw(12)
    model = LogisticRegressionCV(Cs=4, cv=3).fit(X, y)
    assert model.converged_
    assert model.certificate_.relative <= model.tol
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.scores_, model.scores_)
    assert copy.certificate_ == model.certificate_


def test_one_warning_says_how_many_fits_in_the_folds_fall_short() -> None:
    X, y = draw(13)
    with pytest.warns(ConvergenceWarning, match="6 of 6 fits in the folds are not certified") as seen:
        LogisticRegressionCV(Cs=[1.0, 10.0], cv=3, solver="gradient-descent", max_iter=2).fit(X, y)
    assert len(seen) == 1


def test_a_last_fit_that_falls_short_is_said_as_well() -> None:
    X, y = draw(13)
    folds = StratifiedKFold(3)
    with pytest.warns(ConvergenceWarning, match="nor is the fit to all rows") as seen:
        LogisticRegressionCV(Cs=[1.0, 10.0], cv=folds, solver="gradient-descent", max_iter=2).fit(X, y)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"Cs": 0}, "Cs is 0"),
        ({"Cs": [-1.0]}, "expected positive numbers"),
        ({"Cs": [1.0, "two"]}, "expected positive numbers"),
        ({"Cs": "many"}, "Cs is 'many'; expected positive numbers"),
        ({"l1_ratios": (2.0,)}, "l1_ratios is"),
        ({"l1_ratios": ()}, "l1_ratios is"),
        ({"l1_ratios": "half"}, "l1_ratio is 'half'; expected a number"),
        ({"fit_intercept": "no"}, "fit_intercept is 'no'; expected True or False"),
        ({"refit": None}, "refit is None; expected True or False"),
        ({"rule": "worst"}, "rule is 'worst'; expected one of 'best'"),
        ({"tol": "tight"}, "tol is 'tight'"),
        ({"penalty": "l3"}, "penalty is 'l3'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: Any, match: str) -> None:
    with pytest.raises(OptionError, match=match):
        LogisticRegressionCV(**options).fit(*draw(14))


def test_an_unknown_score_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(ValueError, match="neg_log_loss"):
        LogisticRegressionCV(scoring="logloss").fit(*draw(14))


@given(st.lists(st.integers(1, 12), min_size=1, max_size=5), st.integers(2, 6), st.integers(0, 9))
@settings(deadline=None, max_examples=60)
def test_stratified_folds_part_the_rows_and_each_class_as_evenly_as_whole_rows_allow(
    sizes: list[int], count: int, seed: int
) -> None:
    y = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    if len(y) < count:
        with pytest.raises(DataError, match="folds of"):
            stratified_folds(y, count, seed)
        return
    folds = stratified_folds(y, count, seed)
    tests = [test for _, test in folds]
    assert sorted(np.concatenate(tests)) == list(range(len(y)))
    assert all(np.array_equal(np.setdiff1d(np.arange(len(y)), test), train) for train, test in folds)
    assert np.ptp([len(test) for test in tests]) <= 1
    assert np.ptp([np.bincount(y[test], minlength=len(sizes)) for test in tests], axis=0).max() <= 1


def test_a_group_penalty_ties_the_classes_in_every_fold_and_in_the_last_fit() -> None:
    X, y = draw(3, p=6, classes=3)
    model = LogisticRegressionCV(penalty="group", Cs=[0.01, 0.03, 0.3], cv=3).fit(X, y)
    chosen = (model.coefs_paths_[..., :-1] != 0).sum(axis=-2)
    assert set(np.unique(chosen)) == {0, 3}
    whole = LogisticRegression(penalty="group", C=model.C_, tol=1e-11).fit(X, y)
    np.testing.assert_allclose(model.coef_, whole.coef_, atol=1e-4)


def test_no_penalty_leaves_nothing_to_choose() -> None:
    X, y = draw(0)
    with pytest.raises(OptionError, match="no strength to choose"):
        LogisticRegressionCV(penalty=None).fit(X, y)


def test_small_folds_fitted_together_ask_for_the_same_options_and_data() -> None:
    X, y = draw(0)
    with pytest.raises(OptionError, match=r"max_iter is 2\.5"):
        LogisticRegressionCV(max_iter=2.5).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DataError, match="column 0 has values whose squares overflow"):
            LogisticRegressionCV().fit(X * 1e200, y)


def test_folds_without_weight_are_refused_as_scikit_learn_refuses_them() -> None:
    X, y = draw(0)
    weight = np.arange(len(y)) >= len(y) // 2
    with pytest.raises(ValueError, match="at least one non-zero"):
        LogisticRegressionCV(Cs=3, cv=KFold(5)).fit(X, y, sample_weight=weight)

"""Scores against scikit-learn's, and laws they obey."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from logreg.evaluation import area, baseline, confusion, scores


def draw(seed, k, n=80, ties=False):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, n)
    y[:k] = np.arange(k)
    P = rng.dirichlet(np.ones(k), n)
    P = np.round(P * 4 + 1) if ties else P
    return y, P / P.sum(axis=1, keepdims=True), rng.integers(0, 4, n).astype(float)


@given(seed=st.integers(0, 10_000), k=st.integers(2, 5), ties=st.booleans())
@settings(max_examples=40, deadline=None)
def test_scores_are_those_of_scikit_learn(seed, k, ties):
    y, P, weight = draw(seed, k, ties=ties)
    weight[:k] = 1.0
    found = scores(y, P, weight)
    score = P[:, 1] if k == 2 else P
    assert found.log_loss == pytest.approx(metrics.log_loss(y, P, sample_weight=weight), rel=1e-12)
    assert found.accuracy == pytest.approx(metrics.accuracy_score(y, P.argmax(axis=1), sample_weight=weight))
    assert found.brier == pytest.approx(metrics.brier_score_loss(y, score, sample_weight=weight), rel=1e-12)
    # scikit-learn's weighted one-against-rest AUC, class by class: its own average ignores nothing.
    areas = [metrics.roc_auc_score(y == c, P[:, c], sample_weight=weight) for c in range(1 if k == 2 else 0, k)]
    assert found.roc_auc == pytest.approx(np.mean(areas), rel=1e-10)
    assert np.array_equal(confusion(y, P), metrics.confusion_matrix(y, P.argmax(axis=1)))


@given(seed=st.integers(0, 10_000), k=st.integers(2, 4))
@settings(max_examples=25, deadline=None)
def test_weight_k_equals_k_repeats(seed, k):
    y, P, weight = draw(seed, k, ties=True)
    weight[:k] = 1.0
    times = weight.astype(int)
    repeated, weighted = scores(np.repeat(y, times), np.repeat(P, times, axis=0)), scores(y, P, weight)
    for name, value in vars(repeated).items():
        assert vars(weighted)[name] == pytest.approx(value, rel=1e-10), name


def test_the_baseline_is_the_entropy_of_the_classes_and_ranks_nothing():
    y = np.array([0] * 6 + [1] * 3 + [2])
    found = baseline(y, [0.6, 0.3, 0.1])
    assert found.log_loss == pytest.approx(-(0.6 * np.log(0.6) + 0.3 * np.log(0.3) + 0.1 * np.log(0.1)))
    assert (found.accuracy, found.roc_auc) == (0.6, 0.5)
    assert found.brier == pytest.approx(1 - 0.36 - 0.09 - 0.01)


def test_a_sure_mistake_costs_much_but_not_infinity():
    found = scores(np.array([0, 1]), np.array([[0.0, 1.0], [0.0, 1.0]]))
    assert 18 < found.log_loss < 19
    assert (found.accuracy, found.brier) == (0.5, 0.5)


def test_auc_is_not_defined_for_one_class_alone():
    assert scores(np.array([1, 1]), np.array([[0.2, 0.8], [0.4, 0.6]])).roc_auc is None
    assert area(np.array([True]), np.array([0.5]), np.ones(1)) is None


def test_auc_over_three_classes_averages_those_that_are_there():
    y, P, _ = draw(3, 3)
    keep = y < 2
    found = scores(y[keep], P[keep])
    areas = [metrics.roc_auc_score(y[keep] == c, P[keep, c]) for c in (0, 1)]
    assert found.roc_auc == pytest.approx(np.mean(areas))

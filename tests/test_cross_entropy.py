"""The public cross-entropy: the negative log-likelihood, its gradient, and a network trained with it."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from sklearn.metrics import log_loss

from logreg import cross_entropy, cross_entropy_from_logits, softmax
from logreg.errors import DataError

rng = np.random.default_rng(0)


@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_cross_entropy_is_the_negative_log_likelihood(data):
    """exp(-n * cross-entropy) is the probability the model gives to all the labels together."""
    eta = data.draw(nps.arrays(float, (4, 3), elements=st.floats(-20, 20)))
    y = data.draw(nps.arrays(np.intp, 4, elements=st.integers(0, 2)))
    p = softmax(eta)
    likelihood = np.prod(p[np.arange(4), y])
    assert np.exp(-4 * cross_entropy(y, p)) == pytest.approx(likelihood, rel=1e-9)
    assert np.exp(-4 * cross_entropy_from_logits(y, eta)[0]) == pytest.approx(likelihood, rel=1e-9)


def test_it_agrees_with_scikit_learn_under_weights():
    y, p, weight = rng.integers(0, 3, 50), softmax(rng.normal(size=(50, 3))), rng.random(50)
    assert cross_entropy(y, p, sample_weight=weight) == pytest.approx(log_loss(y, p, sample_weight=weight), rel=1e-12)
    assert cross_entropy(y == 1, p[:, 1]) == pytest.approx(log_loss(y == 1, p[:, 1]), rel=1e-12)


def test_probabilities_of_zero_and_one_are_exact():
    assert cross_entropy([1, 0], [1.0, 0.0]) == 0.0
    assert cross_entropy([0], [1.0]) == np.inf
    assert cross_entropy([0, 1], [[1.0, 0.0], [0.0, 1.0]]) == 0.0
    assert cross_entropy([1], [[1.0, 0.0]]) == np.inf
    assert cross_entropy([[0.0, 1.0]], [[0.0, 1.0]]) == 0.0


@pytest.mark.parametrize("margin", [800.0, -800.0, 40.0, -40.0])
def test_logits_of_any_size_are_exact(margin):
    with mpmath.workdps(800):
        exact = float(mpmath.log(1 + mpmath.exp(-mpmath.mpf(margin))))
    assert cross_entropy_from_logits([1], [margin])[0] == pytest.approx(exact, rel=1e-14, abs=1e-320)
    assert cross_entropy_from_logits([1], [[0.0, margin]])[0] == pytest.approx(exact, rel=1e-14, abs=1e-320)


def test_soft_labels_mix_the_hard_ones():
    eta, q = rng.normal(size=(5, 3)), softmax(rng.normal(size=(5, 3)))
    mixed = np.mean([sum(q[i, c] * cross_entropy_from_logits([c], eta[[i]])[0] for c in range(3)) for i in range(5)])
    assert cross_entropy_from_logits(q, eta)[0] == pytest.approx(mixed, rel=1e-12)
    assert cross_entropy(q, softmax(eta)) == pytest.approx(mixed, rel=1e-12)
    half = (cross_entropy_from_logits([0.0], [2.0])[0] + cross_entropy_from_logits([1.0], [2.0])[0]) / 2
    assert cross_entropy_from_logits([0.5], [2.0])[0] == pytest.approx(half, rel=1e-12)


@pytest.mark.parametrize("soft", [True, False])
@pytest.mark.parametrize("k", [1, 4])
def test_the_gradient_is_the_finite_difference(k, soft):
    eta, V, weight = rng.normal(size=(6, k)), rng.normal(size=(6, k)), rng.random(6)
    y = rng.integers(0, max(k, 2), 6)
    if soft:
        y = softmax(rng.normal(size=(6, k))) if k > 1 else rng.random(6)
    h = 1e-6
    ahead, behind = (cross_entropy_from_logits(y, eta + s * V, sample_weight=weight)[0] for s in (h, -h))
    gradient = cross_entropy_from_logits(y, eta, sample_weight=weight)[1]
    assert (gradient * V).sum() == pytest.approx((ahead - behind) / (2 * h), rel=1e-6)


def test_a_network_with_one_hidden_layer_learns_exclusive_or():
    """What no linear model can: four corners of a square, opposite ones alike."""
    X, y = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]), np.array([0, 1, 1, 0])
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(3, 8)), rng.normal(size=(8, 2))
    for _ in range(2000):
        hidden = np.tanh(X @ A)
        value, by_logits = cross_entropy_from_logits(y, hidden @ B)
        by_hidden = by_logits @ B.T * (1 - hidden**2)
        A, B = A - X.T @ by_hidden, B - hidden.T @ by_logits
    assert value < 0.01
    np.testing.assert_array_equal((np.tanh(X @ A) @ B).argmax(axis=1), y)


@pytest.mark.parametrize(
    ("y", "p", "expected"),
    [
        ([0, 1], [0.5], "rows"),
        ([0], [1.5], "outside"),
        ([0], [[0.5, 0.6]], "sum to one"),
        ([2], [[0.5, 0.5]], "codes"),
        ([0.5], [[0.5, 0.5]], "codes"),
        ([2], [0.5], "0 to 1"),
        ([[1.0, 0.0, 0.0]], [[0.5, 0.5]], "shape"),
        ([0], [np.nan], "outside"),
    ],
)
def test_what_does_not_fit_together_is_named(y, p, expected):
    with pytest.raises(DataError, match=expected):
        cross_entropy(y, p)


@pytest.mark.parametrize("labels", [["a", "b"], [0, np.nan], [0, 2], [0, 0.5]])
def test_labels_that_are_no_codes_are_refused_without_a_word_of_numpys(labels):
    with pytest.raises(DataError, match="y_true"):
        cross_entropy(labels, [[0.5, 0.5], [0.5, 0.5]])


def test_weights_without_end_are_refused():
    with pytest.raises(DataError, match="finite"):
        cross_entropy([0, 1], [0.5, 0.5], sample_weight=[np.inf, 1.0])

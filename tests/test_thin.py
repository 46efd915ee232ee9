"""Laws of Hessians made of what is stored: the same as those of dense rows, and only where no digits are lost."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

import logreg.problem.thin as thin
from logreg import LogisticRegression
from logreg.data.arrays import Arrays, Sparse
from logreg.data.codes import Coded
from logreg.problem.bend import Bend
from logreg.problem.chart import Chart
from logreg.problem.hessian import hessian_of, thin_hessian
from logreg.problem.thin import is_thin


def rows(kind, n=300, seed=0):
    """A matrix of mostly zeros, and the same as an array."""
    rng = np.random.default_rng(seed)
    if kind == "coded":
        X = Coded(rng.normal(size=(n, 2)), np.column_stack([rng.integers(-1, 9, n), rng.integers(0, 30, n)]), [9, 30])
        return X, X.dense()
    dense = rng.normal(size=(n, 41)) * (rng.random((n, 41)) < 0.05)
    X = Sparse(sparse.csr_array(dense))
    return (X if kind == "by rows" else X.columns(np.arange(41), 1)), dense


def by_definition(chart, dense, weight, bend):
    """sum_i s_i (diag(a_i) - u_i u_i') (x) x_i x_i', entry by entry in the order of ``W.T``."""
    Z = chart.design(dense)
    inner = np.einsum("ij,jk->ijk", bend.a, np.eye(bend.a.shape[1]))
    if bend.u is not None:
        inner = inner - np.einsum("ij,ik->ijk", bend.u, bend.u)
    H = np.einsum("i,ikl,ip,iq->kplq", weight, inner, Z, Z)
    return H.reshape(Z.shape[1] * bend.a.shape[1], -1)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("kind", ["by rows", "by columns", "coded"])
def test_hessians_of_stored_numbers_are_those_of_all(kind, intercept, outputs):
    (X, dense), rng = rows(kind), np.random.default_rng(1)
    weight = rng.exponential(size=len(dense))
    data = Arrays(X, rng.integers(0, max(outputs, 2), len(dense)), weight)
    chart = Chart.measure(data, curvature=0.25, ridge=0.1, intercept=intercept)
    p = rng.dirichlet(np.ones(outputs + 1), len(dense))[:, :outputs]
    bend, every = Bend(p, None if outputs == 1 else p), [np.arange(chart.rows)] * outputs
    expected = by_definition(chart, dense, weight, bend)
    np.testing.assert_allclose(thin_hessian(chart, data.blocks[0], bend, every), expected, atol=1e-11)
    # Some parameters alone, the intercept among those of some outputs only.
    sets = [np.sort(rng.choice(chart.rows - 1, 7 + k, replace=False)) for k in range(outputs)]
    sets[0] = np.append(sets[0], chart.rows - 1)
    places = np.concatenate([k * chart.rows + chosen for k, chosen in enumerate(sets)])
    some = thin_hessian(chart, data.blocks[0], bend, sets)
    np.testing.assert_allclose(some, expected[np.ix_(places, places)], atol=1e-11)


def test_rows_of_a_coded_matrix_have_products_of_their_own():
    X, dense = rows("coded")
    root = np.ones((len(dense), 1))
    every = [np.arange(X.shape[1])]
    np.testing.assert_allclose(X.gram(root, every)[0], dense.T @ dense)
    np.testing.assert_allclose(X.rows(slice(5, 50)).gram(root[5:50], every)[0], dense[5:50].T @ dense[5:50])


def test_only_rows_of_mostly_zeros_are_thin(monkeypatch):
    monkeypatch.setattr(thin, "CALLS", 0)
    X, dense = rows("by rows")
    y = np.zeros(len(dense), dtype=int)
    chart = Chart.measure(Arrays(X, y), curvature=0.25, ridge=0.1, intercept=True)
    assert is_thin(chart, X, chart.rows)
    assert not is_thin(chart, Arrays(dense, y), chart.rows)
    assert not is_thin(chart, Sparse(sparse.csr_array(dense + 1.0)), chart.rows)


def test_more_outputs_make_more_calls():
    X, dense = rows("by rows", n=1000)
    chart = Chart.measure(Arrays(X, np.zeros(len(dense), dtype=int)), curvature=0.25, ridge=0.1, intercept=True)
    assert is_thin(chart, X, 150)
    assert not is_thin(chart, X, 150, outputs=3)
    assert is_thin(chart, X, 800, outputs=3)


def test_a_column_far_from_zero_is_centred_first(monkeypatch):
    """Multiplied out, its spread would be lost in its mean."""
    monkeypatch.setattr(thin, "CALLS", 0)
    _, dense = rows("by rows", n=2000)
    dense[:, 0] = 1e9 + np.random.default_rng(2).normal(size=len(dense))
    data = Arrays(sparse.csr_array(dense), np.zeros(len(dense), dtype=int))
    chart = Chart.measure(data, curvature=0.25, ridge=0.0, intercept=True)
    assert not is_thin(chart, data.X, chart.rows)
    bend = Bend(np.full((len(dense), 1), 0.25))
    centred = dense - dense.mean(axis=0)
    H = hessian_of(chart, data.blocks[0], bend)
    np.testing.assert_allclose(H[0, 0] * chart.scale[0] ** 2, 0.25 * centred[:, 0] @ centred[:, 0], rtol=1e-6)
    lost = thin_hessian(chart, data.blocks[0], bend, [np.arange(chart.rows)])
    assert abs(lost[0, 0] / H[0, 0] - 1) > 0.1


@pytest.mark.parametrize("l1_ratio", [0.0, 1.0])
@pytest.mark.parametrize("classes", [2, 4])
def test_fits_are_the_same_either_way(monkeypatch, classes, l1_ratio):
    rng = np.random.default_rng(3)
    dense = rng.normal(size=(1500, 20)) * (rng.random((1500, 20)) < 0.03)
    y = (dense @ rng.normal(size=(20, classes)) + rng.gumbel(size=(1500, classes))).argmax(axis=1)
    asked = {"C": 3.0, "l1_ratio": l1_ratio, "tol": 1e-10, "solver": "auto" if l1_ratio else "newton-cholesky"}
    expected = LogisticRegression(**asked).fit(dense, y)
    monkeypatch.setattr(thin, "CALLS", 0)
    calls = []
    monkeypatch.setattr(Sparse, "gram", lambda self, *a, gram=Sparse.gram: calls.append(a) or gram(self, *a))
    model = LogisticRegression(**asked).fit(sparse.csr_array(dense), y)
    assert calls
    assert model.converged_
    if l1_ratio == 0:  # else coefficients are known to the root of what F is known to
        np.testing.assert_allclose(model.coef_, expected.coef_, atol=1e-4)
    assert model.certificate_.objective == pytest.approx(expected.certificate_.objective, rel=2e-10)

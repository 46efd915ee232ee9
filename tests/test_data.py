"""Laws of every matrix and data source: they are the dense matrix they stand for, in any blocks and threads."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from logreg.data import arrays
from logreg.data.arrays import Arrays, ByColumns, as_matrix
from logreg.data.codes import Coded
from logreg.ground import parallel

rng = np.random.default_rng(0)
n, p, k = 37, 6, 3
TABLE = rng.normal(size=(n, p)) * (rng.random((n, p)) < 0.6)
CODES = np.column_stack([rng.integers(-1, 3, n), rng.integers(-1, 2, n)])
INTEGERS = rng.integers(-9, 9, (n, p))


def int64_indices(X):
    X = sparse.csr_array(X)
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


def backwards(X):
    """The entries of each row from the last column to the first."""
    X = sparse.csr_array(X)
    order = np.concatenate([np.arange(a, b)[::-1] for a, b in pairwise(X.indptr)])
    return sparse.csr_array((X.data[order], X.indices[order], X.indptr), shape=X.shape)


def halved(X):
    """Each entry as two of half its size."""
    X = sparse.csr_array(X)
    return sparse.csr_array((np.repeat(X.data / 2, 2), np.repeat(X.indices, 2), 2 * X.indptr), shape=X.shape)


SOURCES = {
    "dense": TABLE,
    "fortran": np.asfortranarray(TABLE),
    "float32": TABLE.astype(np.float32),
    "integers": INTEGERS,
    "bytes": np.abs(INTEGERS).astype(np.uint8),
    "booleans": TABLE > 0,
    "csr": sparse.csr_matrix(TABLE),
    "csr array": sparse.csr_array(TABLE),
    "csc": sparse.csc_array(TABLE),
    "coo": sparse.coo_array(TABLE),
    "int64 indices": int64_indices(TABLE),
    "rows backwards": backwards(TABLE),
    "entries in halves": halved(TABLE),
    "sparse float32": sparse.csr_array(TABLE.astype(np.float32)),
    "by columns": ByColumns(sparse.csc_array(TABLE)),
    "some of the columns": as_matrix(sparse.csr_array(TABLE)).columns(np.array([0, 2, 5]), 1),
    "some columns of rows backwards": as_matrix(backwards(TABLE)).columns(np.array([1, 3]), 1),
    "codes": Coded(TABLE[:, :2], CODES, [3, 2]),
    "codes alone": Coded(TABLE[:, :0], CODES, [3, 2]),
    "codes, one level never seen": Coded(TABLE[:, :1], CODES, [4, 2]),
}
every_source = pytest.mark.parametrize("X", SOURCES.values(), ids=SOURCES.keys())
every_strip = pytest.mark.parametrize("strip", [arrays.STRIP, 4 * p, 1], ids=["whole", "four rows", "one row"])


@every_source
def test_products_are_those_of_the_dense_matrix(X):
    X = as_matrix(X)
    D = X.dense()
    W, R = rng.normal(size=(D.shape[1], k)), rng.normal(size=(n, k))
    assert X.shape == D.shape
    np.testing.assert_allclose(X.dot(W), D @ W, atol=1e-12)
    np.testing.assert_allclose(X.tdot(R), D.T @ R, atol=1e-12)
    assert X.dot(W).dtype == X.tdot(R).dtype == np.float64


@every_source
@every_strip
def test_moments_are_centred_sums(X, strip, monkeypatch):
    monkeypatch.setattr(arrays, "STRIP", strip)
    X = as_matrix(X)
    D, weight = X.dense(), rng.random(n)
    centre = rng.normal(size=D.shape[1])
    first, second = X.moments(weight, centre)
    np.testing.assert_allclose(first, weight @ (D - centre), atol=1e-10)
    np.testing.assert_allclose(second, weight @ (D - centre) ** 2, atol=1e-10)


@every_source
@every_strip
def test_distances_are_squared_norms_of_scaled_rows(X, strip, monkeypatch):
    monkeypatch.setattr(arrays, "STRIP", strip)
    X = as_matrix(X)
    D = X.dense()
    centre, scale = rng.normal(size=D.shape[1]), rng.random(D.shape[1]) + 0.1
    np.testing.assert_allclose(X.distances(centre, scale), (((D - centre) / scale) ** 2).sum(axis=1), rtol=1e-9)


@every_source
def test_rows_are_those_of_the_dense_matrix(X):
    X = as_matrix(X)
    D = X.dense()
    np.testing.assert_array_equal(X.rows(slice(5, 20)).dense(), D[5:20])
    np.testing.assert_array_equal(X.rows(np.array([4, 4, 30])).dense(), D[[4, 4, 30]])


def test_code_minus_one_stands_for_no_level():
    X = Coded(np.empty((3, 0)), np.array([[0], [-1], [1]]), [2])
    np.testing.assert_array_equal(X.dense(), [[1, 0], [0, 0], [0, 1]])


def test_a_numpy_array_is_read_where_it_lies():
    assert np.shares_memory(as_matrix(INTEGERS).rows(slice(1, 3)).X, INTEGERS)


@given(small=st.integers(1, 12), threads=st.integers(1, 4))
@settings(max_examples=30, deadline=None)
@pytest.mark.parametrize("name", ["dense", "csr", "codes"])
def test_sums_do_not_depend_on_blocks_nor_threads(name, small, threads):
    y, weight = rng.integers(0, 2, n), rng.random(n)
    data = Arrays(SOURCES[name], y, weight)
    cuts = np.unique(np.append(np.arange(0, n, small), n))
    blocks = [data._block(slice(a, b)) for a, b in pairwise(cuts)]

    def term(block):
        return block.weight.sum(), block.X.tdot(block.weight[:, None]), block.y @ block.weight

    whole = term(data._block(slice(0, n)))
    for part, expected in zip(parallel.sum_blocks(term, blocks, threads), whole, strict=True):
        np.testing.assert_allclose(part, expected, atol=1e-12)


def test_large_data_are_cut_into_blocks_that_cover_every_row_once():
    X = np.zeros((arrays.SMALL, 3))
    data = Arrays(X, np.arange(len(X)))
    assert len(data.blocks) > 1
    np.testing.assert_array_equal(np.concatenate([block.y for block in data.blocks]), np.arange(len(X)))


def test_rows_made_of_few_numbers_are_summed_by_as_many_threads_as_their_own_size_allows(monkeypatch):
    monkeypatch.setattr(parallel, "available", lambda: 2)
    small = Arrays(sparse.csr_array((arrays.SMALL // 2, 8)), np.arange(arrays.SMALL // 2) % 2)
    assert small.workers == 1
    assert small.mapped(lambda X: X, single=False).workers == 2
    assert small.over(np.zeros((arrays.SMALL // 2, 8))).workers == 2
    assert Arrays(small.X, small.y, workers=1).over(np.zeros((arrays.SMALL // 2, 8))).workers == 1


def test_a_sum_repeats_to_the_last_bit():
    X = rng.normal(size=(arrays.SMALL // 4, 8))
    data = Arrays(X, np.zeros(len(X), dtype=int))
    sums = [data.sum(lambda block: (block.X.tdot(block.weight[:, None]),))[0] for _ in range(3)]
    assert (sums[0] == sums[1]).all()
    assert (sums[0] == sums[2]).all()


def test_the_users_sparse_matrix_is_left_as_it_was():
    X = sparse.csr_matrix((np.ones(3), np.array([2, 0, 0]), np.array([0, 3])), shape=(1, 3))
    for part in (X.data, X.indices, X.indptr):
        part.flags.writeable = False
    np.testing.assert_array_equal(as_matrix(X).dense(), [[2.0, 0.0, 1.0]])
    assert X.indices.tolist() == [2, 0, 0]


def test_fits_in_several_threads_leave_blas_as_it_was():
    before = parallel.available()

    def work(_):
        with parallel.blas_on_one_thread():
            time.sleep(0.01)
            assert parallel.available() == before

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(12)))
    assert parallel.available() == before
    assert parallel.counted() == before


def test_blas_stays_held_until_the_last_fit_lets_go():
    before = parallel.counted()
    hold = parallel.Hold()
    hold.take()
    hold.take()
    hold.give()
    assert parallel.counted() == 1
    assert hold.available() == before
    hold.give()
    assert parallel.counted() == before

"""Laws of prediction: the container changes nothing, and what is wrong is said in scikit-learn's words."""

from __future__ import annotations

import warnings
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from samples import draw
from sklearn.linear_model import LogisticRegression as ScikitLearn

from logreg import LogisticRegression, LogisticRegressionCV, prediction

NAMES = ["age", "height", "weight"]
METHODS = ["decision_function", "predict", "predict_proba", "predict_log_proba"]
CONTAINERS = {
    f"{form}_{kind}": getattr(sp, f"{form}_{kind}")
    for form in ("csr", "csc", "coo", "bsr", "lil", "dok", "dia")
    for kind in ("array", "matrix")
} | {"Fortran order": np.asfortranarray, "lists": np.ndarray.tolist}
MANY = 20_000  # rows enough for several of the blocks below
TYPES = [np.float32, np.longdouble, np.int64, np.int8, np.uint8]
every_container = pytest.mark.parametrize("wrap", CONTAINERS.values(), ids=CONTAINERS)
every_method = pytest.mark.parametrize("method", METHODS)
binary_and_softmax = pytest.mark.parametrize("classes", [2, 3])


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: Any) -> None:
    monkeypatch.setattr(prediction, "SMALL", 1 << 12)
    monkeypatch.setattr(prediction, "BLOCK", 1 << 14)


def with_whole_numbers(classes: int, estimator: Any = LogisticRegression, *, named: bool = False) -> Any:
    """A model whose linear predictor of whole numbers is exact, in whatever order it is summed."""
    X, y = draw(0, classes=classes)
    model = estimator().fit(pd.DataFrame(X, columns=NAMES) if named else X, y)
    model.coef_[...] = np.arange(1.0, 1.0 + model.coef_.size).reshape(model.coef_.shape) % 4 - 1
    model.intercept_[...] = np.arange(len(model.intercept_))
    return model


def whole_rows(n: int) -> Any:
    """Rows of whole numbers, half of them zero."""
    rng = np.random.default_rng(n)
    return rng.integers(1, 9, size=(n, 3)) * rng.integers(0, 2, size=(n, 3)) * 1.0


@every_container
@binary_and_softmax
@pytest.mark.parametrize("n", [1, 7], ids=["one row", "some"])
def test_rows_of_every_container_give_exactly_what_dense_ones_give(n: int, classes: int, wrap: Any) -> None:
    model, X = with_whole_numbers(classes), whole_rows(n)
    for method in METHODS:
        predict = getattr(model, method)
        np.testing.assert_array_equal(predict(wrap(X)), predict(X))


@pytest.mark.parametrize("wrap", [np.asfortranarray, sp.csr_array, sp.csc_matrix, sp.coo_array])
@every_method
@binary_and_softmax
def test_many_rows_of_every_container_give_exactly_what_dense_ones_give(classes: int, method: str, wrap: Any) -> None:
    predict, X = getattr(with_whole_numbers(classes), method), whole_rows(MANY)
    np.testing.assert_array_equal(predict(wrap(X)), predict(X))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("wrap", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("n", [1, MANY], ids=["one row", "many"])
def test_rows_of_every_type_give_exactly_what_doubles_give(n: int, wrap: Any, dtype: Any) -> None:
    predict, X = with_whole_numbers(3).predict_proba, whole_rows(n)
    np.testing.assert_array_equal(predict(wrap(X.astype(dtype))), predict(X))


@every_method
@binary_and_softmax
def test_many_rows_give_exactly_what_each_row_gives(classes: int, method: str) -> None:
    """Rows are predicted by blocks, and no row depends on another: neither the first nor the last of a block."""
    predict, X = getattr(with_whole_numbers(classes), method), whole_rows(MANY)
    together = predict(X)
    for i in (0, 1, MANY // 2, MANY - 1):
        np.testing.assert_array_equal(together[i : i + 1], predict(X[i : i + 1]))


@every_method
@binary_and_softmax
@pytest.mark.parametrize("dtypes", [{}, {"age": int}, {"age": "float32"}, {"age": "Int64"}], ids=str)
def test_a_frame_gives_exactly_what_its_numbers_give(dtypes: Any, classes: int, method: str) -> None:
    named, plain = with_whole_numbers(classes, named=True), with_whole_numbers(classes)
    X = whole_rows(7)
    for rows in (X, X[:1]):
        frame = pd.DataFrame(rows, columns=NAMES).astype(dtypes)
        np.testing.assert_array_equal(getattr(named, method)(frame), getattr(plain, method)(rows))


@every_container
@binary_and_softmax
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused_in_every_container(bad: float, classes: int, wrap: Any) -> None:
    """Also where its coefficient is zero, and where exp(-inf) = 0 would make a probability of it."""
    model, X = with_whole_numbers(classes), whole_rows(1)
    model.coef_[0, 1] = 0.0
    for column, method in product(range(3), METHODS):
        row = X.copy()
        row[0, column] = bad
        with pytest.raises(ValueError, match="Input X contains NaN" if np.isnan(bad) else "Input X contains infinity"):
            getattr(model, method)(wrap(row))


@every_method
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_in_the_last_of_many_rows_is_refused_in_silence(bad: float, method: str) -> None:
    X = whole_rows(MANY)
    X[-1, 1] = bad
    with pytest.raises(ValueError, match="Input X contains"):
        getattr(with_whole_numbers(3), method)(X)


@every_method
def test_numbers_that_overflow_are_not_mistaken_for_infinite_ones(method: str) -> None:
    """In scikit-learn too the decision is then infinite; coefficients are -1, 1 and 2."""
    model = with_whole_numbers(2)
    model.coef_[...] = [-1.0, 1.0, 2.0]
    with np.errstate(over="ignore"):
        got = getattr(model, method)(np.array([[0.0, 0.0, 1.7e308]]))
    expected = {"decision_function": [np.inf], "predict": [1], "predict_proba": [[0, 1]]}
    np.testing.assert_array_equal(got, expected.get(method, [[-np.inf, 0]]))


def frame(rows: Any, columns: Any = NAMES) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns)


ROW = np.array([[0.0, 2.0, 3.0]])
INPUTS = {
    "an array": ROW,
    "a sparse row": sp.csr_array(ROW),
    "a frame": frame(ROW),
    "an array that is too wide": np.ones((1, 4)),
    "a sparse row that is too wide": sp.csr_array(np.ones((1, 4))),
    "a sparse row that is too narrow": sp.coo_matrix(np.ones((1, 2))),
    "a frame that is too narrow": frame(ROW[:, :2], NAMES[:2]),
    "a frame with one more column": frame(np.ones((1, 4)), [*NAMES, "income"]),
    "a frame in another order": frame(ROW, NAMES[::-1]),
    "a frame with another name": frame(ROW, ["age", "height", "income"]),
    "a frame without names": frame(ROW, [0, 1, 2]),
    "a frame with names of two types": frame(ROW, ["age", "height", 2]),
    "a frame with NaN": frame([[0.0, np.nan, 3.0]]),
    "a frame with infinity": frame([[0.0, np.inf, 3.0]]),
    "a frame with text": frame([[0.0, "two", 3.0]]),
    "a frame with text that is a number": frame([[0.0, "2", 3.0]]),
    "a frame with numbers as objects": frame(ROW).astype(object),
    "a frame with a missing integer": frame(ROW).astype("Int64").mask(ROW == 2.0),
    "a frame with a sparse column": frame(ROW).astype({"age": pd.SparseDtype(float, 0.0)}),
    "a sparse frame": frame(ROW).astype(pd.SparseDtype(float, 0.0)),
    "a frame with a truth": frame(ROW).astype({"age": bool}),
    "a frame with a time": frame(ROW).astype({"age": "datetime64[ns]"}),
    "a frame with a category": frame(ROW).astype({"age": "category"}),
    "an empty frame": frame(ROW)[:0],
    "an empty array": ROW[:0],
    "an empty sparse array": sp.csr_array((0, 3)),
    "a vector": ROW[0],
    "a sparse vector": sp.coo_array(ROW[0]),
    "complex numbers": ROW * 1j,
    "sparse complex numbers": sp.csr_array(ROW * 1j),
    "a matrix": np.asmatrix(ROW),
    "a series": frame(ROW).loc[0],
    "text": np.array([["a", "b", "c"]]),
    "numbers as objects": ROW.astype(object),
    "NaN in a sparse row": sp.csr_array([[0.0, np.nan, 3.0]]),
    "infinity in a sparse column": sp.csc_array([[0.0, np.inf, 3.0]]),
}


def said(model: Any, method: str, X: Any) -> tuple[list[str], str, Any]:
    """Warnings, the error if any, and what came out."""
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        try:
            error, out = "", getattr(model, method)(X)
        except Exception as failure:
            error, out = f"{type(failure).__name__}: {failure}", None
    return [f"{each.category.__name__}: {each.message}" for each in record], error, out


@pytest.mark.parametrize("X", INPUTS.values(), ids=INPUTS)
@pytest.mark.parametrize("named", [False, True], ids=["fitted to an array", "fitted to a frame"])
@binary_and_softmax
def test_every_input_is_answered_refused_and_warned_of_in_scikit_learns_words(
    classes: int, named: bool, X: Any
) -> None:
    mine, theirs = (with_whole_numbers(classes, kind, named=named) for kind in (LogisticRegression, ScikitLearn))
    for method in METHODS:
        *words, out = said(mine, method, X)
        *expected, answer = said(theirs, method, X)
        assert words == expected
        if answer is not None:
            np.testing.assert_allclose(out, answer, rtol=1e-12)


@pytest.mark.parametrize("X", [ROW, sp.csr_array(ROW), frame(ROW)], ids=["array", "sparse", "frame"])
@every_method
def test_a_model_that_was_never_fitted_says_so_in_scikit_learns_words(method: str, X: Any) -> None:
    assert said(LogisticRegression(), method, X) == said(ScikitLearn(), method, X)
    assert "not fitted" in said(LogisticRegression(), method, X)[1]


@every_method
def test_sparse_rows_meet_sparse_coefficients(method: str) -> None:
    model, X = with_whole_numbers(3), whole_rows(MANY)
    expected = getattr(model, method)(X)
    for rows in (X, sp.csr_array(X), sp.csc_matrix(X), X[:1], sp.csr_matrix(X[:1])):
        np.testing.assert_array_equal(getattr(model.sparsify(), method)(rows), expected[: rows.shape[0]])


@pytest.mark.parametrize("wrap", [np.asarray, sp.csr_array, sp.csc_matrix])
def test_no_zero_of_sparse_coefficients_hides_what_is_not_finite(wrap: Any) -> None:
    model = with_whole_numbers(2)
    model.coef_[0, 1] = 0.0
    for bad, method in product((np.nan, np.inf), METHODS):
        with pytest.raises(ValueError, match="Input X contains"):
            getattr(model.sparsify(), method)(wrap([[1.0, bad, 0.0]]))


@pytest.mark.parametrize("estimator", [LogisticRegression, LogisticRegressionCV, ScikitLearn])
def test_coefficients_lie_by_columns_as_scikit_learns_do(estimator: Any) -> None:
    """A product with sparse rows reads them so, and would copy them all for a single row."""
    X, y = draw(1, classes=3)
    assert estimator().fit(X, y).coef_.flags.f_contiguous

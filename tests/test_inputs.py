"""Every kind of array, frame and label gives the fit of the plain float64 matrix."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from samples import whole_numbers

from logreg import LogisticRegression, SoftmaxRegression
from logreg.problem.labels import encode


def read_only(X: Any) -> Any:
    X = X.copy()
    X.flags.writeable = False
    return X


def memory_mapped(X: Any) -> Any:
    path = Path(tempfile.mkdtemp()) / "X.npy"
    np.save(path, X)
    return np.load(path, mmap_mode="r")


def sparse(kind: Callable[..., Any], index: type, dtype: type = np.float64) -> Callable[[Any], Any]:
    """Return a converter to a sparse container whose indices are of the given width."""

    def convert(X: Any) -> Any:
        S = kind(X.astype(dtype))
        for name in {"csr": ("indices", "indptr"), "csc": ("indices", "indptr"), "coo": ("coords",)}[S.format]:
            part = getattr(S, name)
            wide = tuple(a.astype(index) for a in part) if name == "coords" else part.astype(index)
            setattr(S, name, wide)
        return S

    return convert


KINDS = [sp.csr_matrix, sp.csc_matrix, sp.coo_matrix, sp.csr_array, sp.csc_array, sp.coo_array]
CONTAINERS: dict[str, Callable[[Any], Any]] = {
    "float32": lambda X: X.astype(np.float32),
    "int64": lambda X: X.astype(np.int64),
    "int8": lambda X: X.astype(np.int8),
    "Fortran order": np.asfortranarray,
    "every second row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "columns reversed twice": lambda X: X[:, ::-1].copy()[:, ::-1],
    "read-only": read_only,
    "memory-mapped": memory_mapped,
    "big-endian": lambda X: X.astype(">f8"),
    "list of lists": lambda X: X.tolist(),
    "objects": lambda X: X.astype(object),
    "pandas": lambda X: pd.DataFrame(X, columns=list("abcd")),
    "pandas of several types": lambda X: pd.DataFrame(X, columns=list("abcd")).astype(
        {"a": "int64", "b": "float32", "c": "Int64"}
    ),
    "polars": lambda X: pl.DataFrame(X, schema=list("abcd")),
    "csr of float32": sparse(sp.csr_array, np.int32, np.float32),
    "csr of int64 numbers": sparse(sp.csr_array, np.int32, np.int64),
} | {f"{kind.__name__} with {index.__name__}": sparse(kind, index) for kind in KINDS for index in (np.int32, np.int64)}


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
@pytest.mark.parametrize("classes", [2, 3])
def test_every_container_gives_the_fit_of_the_plain_matrix(container: Any, classes: int) -> None:
    X, y = whole_numbers(classes=classes)
    plain, other = (LogisticRegression(tol=1e-12).fit(Z, y) for Z in (X, container(X)))
    np.testing.assert_allclose(other.coef_, plain.coef_, atol=1e-5)
    np.testing.assert_allclose(other.predict_proba(container(X)), plain.predict_proba(X), atol=1e-5)
    assert other.certificate_.objective == pytest.approx(plain.certificate_.objective, rel=1e-11)


@pytest.mark.parametrize("penalty", [{"C": np.inf}, {"C": 0.2, "l1_ratio": 1.0}, {"C": 0.2, "l1_ratio": 0.5}], ids=str)
@pytest.mark.parametrize("classes", [2, 3])
def test_sparse_equals_dense_under_every_penalty(penalty: Any, classes: int) -> None:
    X, y = whole_numbers(1, classes)
    dense, sparse = (LogisticRegression(tol=1e-12, **penalty).fit(Z, y) for Z in (X, sp.csr_array(X)))
    np.testing.assert_allclose(sparse.predict_proba(X), dense.predict_proba(X), atol=1e-5)


def test_true_and_false_are_one_and_zero() -> None:
    X, y = whole_numbers(2)
    np.testing.assert_allclose(
        LogisticRegression().fit(X > 0, y).coef_, LogisticRegression().fit((X > 0).astype(float), y).coef_
    )


def test_repeated_entries_of_a_sparse_matrix_are_summed() -> None:
    X, y = whole_numbers(3)
    entries = sp.coo_array(X)
    doubled = sp.coo_array((np.tile(entries.data / 2, 2), tuple(np.tile(a, 2) for a in entries.coords)), shape=X.shape)
    np.testing.assert_allclose(
        LogisticRegression(tol=1e-12).fit(doubled, y).coef_,
        LogisticRegression(tol=1e-12).fit(X, y).coef_,
        atol=1e-5,
    )


@pytest.mark.parametrize("container", [np.array, np.asfortranarray, sp.csr_array, sp.coo_array, pd.DataFrame])
def test_a_fit_leaves_its_input_as_it_was(container: Any) -> None:
    X, y = whole_numbers(4)
    given, s = container(X), np.linspace(1, 2, len(y))
    LogisticRegression(class_weight="balanced").fit(given, y, sample_weight=s)
    np.testing.assert_array_equal(given.toarray() if sp.issparse(given) else np.asarray(given), X)
    np.testing.assert_array_equal(s, np.linspace(1, 2, len(y)))


LABELS: dict[str, Any] = {
    "strings": np.array(["no", "yes"]),
    "objects": np.array(["no", "yes"], dtype=object),
    "bools": np.array([False, True]),
    "integers": np.array([-7, 40]),
    "small integers": np.array([3, 200], dtype=np.uint8),
    "whole floats": np.array([1.0, 2.0]),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("estimator", [LogisticRegression, SoftmaxRegression])
@pytest.mark.parametrize("wrap", [np.asarray, list, pd.Series, pl.Series], ids=["array", "list", "pandas", "polars"])
def test_labels_of_every_kind_come_back_as_they_were(labels: Any, estimator: Any, wrap: Any) -> None:
    X, y = whole_numbers(5)
    model = estimator().fit(X, wrap(labels[y]))
    np.testing.assert_array_equal(model.classes_, labels)
    np.testing.assert_array_equal(model.coef_, estimator().fit(X, y).coef_)
    assert set(model.predict(X)) <= set(labels)
    assert model.predict(X).dtype.kind == np.asarray(wrap(labels[y])).dtype.kind


def test_categorical_labels_of_pandas_are_their_values() -> None:
    X, y = whole_numbers(6, classes=3)
    names = pd.Series(pd.Categorical(np.array(["low", "mid", "top"])[y], categories=["top", "mid", "low"]))
    model = LogisticRegression().fit(X, names)
    assert list(model.classes_) == ["low", "mid", "top"]


def test_a_column_of_labels_is_flattened_with_scikit_learns_warning() -> None:
    X, y = whole_numbers(7)
    with pytest.warns(UserWarning, match="column-vector"):
        LogisticRegression().fit(X, y[:, None])


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.uint64])
@pytest.mark.parametrize("low", ["min", "max"])
def test_labels_that_are_counted_are_coded_as_sorted_ones(dtype, low):
    start = int(np.iinfo(dtype).min) if low == "min" else int(np.iinfo(dtype).max) - 9
    y = np.array([start + step for step in (3, 0, 9, 3, 0, 5, 9, 9, 0, 3)], dtype=dtype)
    classes, codes = encode(y)
    known, places = np.unique(y, return_inverse=True)
    assert classes.dtype == known.dtype
    np.testing.assert_array_equal(classes, known)
    np.testing.assert_array_equal(codes, places)

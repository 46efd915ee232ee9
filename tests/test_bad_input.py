"""Input that cannot be used gets one sentence with its name: the column, the option, the class, the numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from samples import whole_numbers

from logreg import LogisticRegression


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("wrap", [np.asarray, sp.csr_array, sp.csc_array], ids=["dense", "csr", "csc"])
def test_a_matrix_with_a_missing_or_infinite_number_names_the_column(bad: float, wrap: Any) -> None:
    X, y = whole_numbers(8)
    X[5, 2] = bad
    with pytest.raises(ValueError, match=r"(?i)(nan|inf).*column|column.*(nan|inf)"):
        LogisticRegression().fit(wrap(X), y)


@pytest.mark.parametrize("wrap", [np.asarray, sp.csr_array], ids=["dense", "csr"])
def test_a_missing_number_is_refused_in_a_row_without_weight_too(wrap: Any) -> None:
    X, y = whole_numbers(8)
    weight = np.ones(len(y))
    X[5, 2], weight[5] = np.nan, 0.0
    with pytest.raises(ValueError, match=r"NaN.*column 2"):
        LogisticRegression().fit(wrap(X), y, sample_weight=weight)


def test_a_frame_with_a_missing_number_names_the_column_by_its_name() -> None:
    X, y = whole_numbers(9)
    frame = pd.DataFrame(X, columns=["age", "height", "weight", "income"])
    frame.loc[5, "weight"] = np.nan
    with pytest.raises(ValueError, match="weight"):
        LogisticRegression().fit(frame, y)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_missing_number_is_refused_in_prediction_too(bad: float) -> None:
    model = LogisticRegression().fit(*whole_numbers(10))
    with pytest.raises(ValueError, match=r"(?i)nan|inf"):
        model.predict_proba([[0.0, bad, 0.0, 0.0]])


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ({"C": 0.0}, r"C\b.*0"),
        ({"C": -1.0}, r"C\b.*-1"),
        ({"C": "much"}, r"C\b.*much"),
        ({"C": np.nan}, r"C\b.*nan"),
        ({"l1_ratio": -0.1}, r"l1_ratio.*-0\.1"),
        ({"l1_ratio": 1.5}, r"l1_ratio.*1\.5"),
        ({"tol": -1e-3}, r"tol.*-0\.001"),
        ({"max_iter": -1}, r"max_iter.*-1"),
        ({"penalty": "l3"}, r"penalty.*l3|l3.*penalty"),
        ({"class_weight": "equal"}, r"class_weight.*equal|equal.*class_weight"),
        ({"class_weight": {"unknown": 2.0}}, r"class_weight.*unknown|unknown.*class_weight|class.*unknown"),
    ],
    ids=str,
)
def test_an_impossible_option_is_named_with_its_value(option: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        LogisticRegression(**option).fit(*whole_numbers(11))


def test_a_table_of_weights_may_name_a_class_that_a_fold_lacks() -> None:
    """scikit-learn minds a strange name only where a class of the data is left without its weight."""
    X, y = whole_numbers(11)
    spare = LogisticRegression(class_weight={0: 1.0, 1: 2.0, 2: 3.0}).fit(X, y)
    np.testing.assert_array_equal(spare.coef_, LogisticRegression(class_weight={0: 1.0, 1: 2.0}).fit(X, y).coef_)


def test_an_unknown_solver_gets_the_list_of_those_there_are() -> None:
    with pytest.raises(ValueError, match="steepest") as failure:
        LogisticRegression(solver="steepest").fit(*whole_numbers(12))
    for name in ("gradient-descent", "accelerated", "lbfgs", "newton-cg", "newton-cholesky", "sampled", "auto"):
        assert name in str(failure.value)


def test_a_single_class_is_refused_by_name() -> None:
    X, _ = whole_numbers(13)
    with pytest.raises(ValueError, match=r"(?i)(one|single|1).*class.*spam|class.*spam"):
        LogisticRegression().fit(X, np.full(len(X), "spam"))


@pytest.mark.parametrize(
    ("rows", "labels", "weights"), [(80, 79, 80), (79, 80, 80), (80, 80, 79)], ids=["y", "X", "sample_weight"]
)
def test_lengths_that_differ_are_refused_with_both_numbers(rows: int, labels: int, weights: int) -> None:
    X, y = whole_numbers(14)
    with pytest.raises(ValueError, match=r"79.*80|80.*79"):
        LogisticRegression().fit(X[:rows], y[:labels], sample_weight=np.ones(80)[:weights])


@pytest.mark.parametrize(
    ("weight", "says"), [(-1.0, r"(?i)negative|-1"), (np.nan, r"(?i)nan"), (np.inf, r"(?i)inf")], ids=str
)
def test_a_weight_that_is_negative_or_not_a_number_is_refused(weight: float, says: str) -> None:
    X, y = whole_numbers(15)
    s = np.ones(len(y))
    s[3] = weight
    with pytest.raises(ValueError, match=says):
        LogisticRegression().fit(X, y, sample_weight=s)


def test_weights_that_are_all_zero_are_refused() -> None:
    X, y = whole_numbers(16)
    with pytest.raises(ValueError, match=r"(?i)zero|positive|weight"):
        LogisticRegression().fit(X, y, sample_weight=np.zeros(len(y)))


@pytest.mark.parametrize("penalty", [{}, {"C": 0.5, "l1_ratio": 1.0}], ids=str)
def test_a_class_whose_rows_all_weigh_nothing_is_fitted_as_one_that_never_occurs(penalty: Any) -> None:
    """Dropping its probability p from a row lowers the loss by at least p: tol bounds their sum."""
    X, y = whole_numbers(17, classes=3)
    model = LogisticRegression(**penalty).fit(X, y, sample_weight=(y != 2).astype(float))
    assert list(model.classes_) == [0, 1, 2]
    assert model.C * model.predict_proba(X[y != 2])[:, 2].sum() <= model.certificate_.bound


def test_continuous_labels_are_refused() -> None:
    X, _ = whole_numbers(18)
    with pytest.raises(ValueError, match=r"(?i)continuous"):
        LogisticRegression().fit(X, X[:, 0] + 0.37)


def test_text_among_the_numbers_is_refused() -> None:
    X, y = whole_numbers(19)
    table = X.astype(object)
    table[4, 1] = "seven"
    with pytest.raises(ValueError, match="seven"):
        LogisticRegression().fit(table, y)


@pytest.mark.parametrize("cells", [pd.Categorical(["x", "y"] * 20), pd.period_range("2020-01", periods=40, freq="M")])
def test_a_frame_with_a_column_of_no_numbers_names_it_and_the_row(cells: Any) -> None:
    X = pd.DataFrame({"age": np.arange(40.0), "kind": cells})
    says = "column 'kind' holds .* at row 0, where a number is expected"
    with pytest.raises(ValueError, match=says):
        LogisticRegression().fit(X, np.arange(40) % 2)
    model = LogisticRegression().fit(X.assign(kind=1.0), np.arange(40) % 2)
    with pytest.raises(ValueError, match=says):
        model.predict(X)


def test_categories_that_are_numbers_are_numbers() -> None:
    X, y = np.arange(40.0), np.arange(40) % 2
    frame = pd.DataFrame({"age": X, "kind": pd.Categorical([1, 2, 3, 4] * 10)})
    model = LogisticRegression().fit(frame, y)
    plain = LogisticRegression().fit(frame.to_numpy(dtype=float), y)
    np.testing.assert_allclose(model.coef_, plain.coef_, rtol=1e-12)
    np.testing.assert_allclose(model.predict_proba(frame), plain.predict_proba(frame.to_numpy(dtype=float)))


def test_too_few_columns_in_prediction_are_refused_with_both_numbers() -> None:
    X, y = whole_numbers(20)
    model = LogisticRegression().fit(X, y)
    with pytest.raises(ValueError, match=r"3.*4|4.*3"):
        model.predict(X[:, :3])

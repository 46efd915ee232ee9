"""Real CSV files: credit card default, covertype, adult with its categories."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from ..problem import Dataset, real_file

CATEGORIES = [1, 3, 5, 6, 7, 8, 9, 13]  # of adult, by position


def credit_card() -> tuple[Any, Any]:
    """Money columns of scale 1e5 beside flags, raw; without the row number in front."""
    table = _numbers("credit_card_default.csv")
    return table[:, 1:-1], table[:, -1]


def covertype() -> tuple[Any, Any]:
    """54 columns, 7 classes; the file's columns are already between 0 and 1."""
    table = _numbers("covertype.csv.gz")
    return table[:, :-1], table[:, -1]


def covertype_2() -> tuple[Any, Any]:
    """Class 2 against the rest."""
    X, y = covertype()
    return X, y == 2


def covertype_scaled() -> tuple[Any, Any]:
    """Every column with mean 0 and standard deviation 1."""
    X, y = covertype()
    deviation = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(deviation > 0, deviation, 1), y


def adult() -> tuple[Any, Any, Any]:
    """Eight categorical and six numeric columns: one-hot in CSR, and the frame they come from."""
    import pandas as pd

    frame = pd.read_csv(real_file("adult-train.csv"), header=None, skipinitialspace=True)
    y = frame.pop(14).str.rstrip(".").to_numpy() == ">50K"
    frame = frame.astype(dict.fromkeys(CATEGORIES, "category"))
    frame = frame.astype({k: np.float64 for k in frame.columns if k not in CATEGORIES})
    return sparse.hstack([_expand(frame[k]) for k in frame.columns], format="csr"), y, frame


def _expand(column: Any) -> Any:
    """One column as CSR: every level of a category has its own, a number stays one."""
    if column.name not in CATEGORIES:
        return sparse.csr_array(column.to_numpy()[:, None])
    codes = column.cat.codes.to_numpy()
    n = len(codes)
    shape = (n, len(column.cat.categories))
    return sparse.csr_array((np.ones(n), codes, np.arange(n + 1)), shape=shape)


def _numbers(name: str) -> Any:
    """A file of numbers below a header."""
    import pandas as pd

    return pd.read_csv(real_file(name)).to_numpy(dtype=np.float64)


datasets = [
    Dataset("credit-card", credit_card, default=True),
    Dataset("credit-card/no-penalty", credit_card, C=np.inf),
    Dataset("covertype-2", covertype_2),
    Dataset("covertype", covertype_scaled),
    Dataset("adult", adult),
]

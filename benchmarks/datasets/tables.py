"""Real CSV files: credit card default, covertype, adult with its categories."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..categories import Categories
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


def covertype_2_scaled() -> tuple[Any, Any]:
    """Class 2 against the rest, every column with mean 0 and standard deviation 1."""
    X, y = covertype_scaled()
    return X, y == 2


def adult() -> tuple[Any, Any]:
    """The survey from its CSV: six numeric columns, eight categorical ones as codes, an unknown level a level."""
    import pandas as pd

    table = pd.read_csv(real_file("adult-train.csv"), header=None, skipinitialspace=True)
    y = table.pop(14).str.rstrip(".").to_numpy() == ">50K"
    columns = [np.unique(table.pop(k).to_numpy(), return_inverse=True) for k in CATEGORIES]
    codes = np.stack([codes for _, codes in columns], axis=1)
    sizes = [len(levels) for levels, _ in columns]
    return Categories(table.to_numpy(dtype=np.float64), codes.astype(np.int32), sizes), y


def _numbers(name: str) -> Any:
    """A file of numbers below a header."""
    import pandas as pd

    return pd.read_csv(real_file(name)).to_numpy(dtype=np.float64)


datasets = [
    Dataset("credit-card", credit_card, default=True),
    Dataset("credit-card/no-penalty", credit_card, C=np.inf),
    Dataset("covertype-2", covertype_2),
    Dataset("covertype-2/l1", covertype_2_scaled, C=0.01, l1_ratio=1.0),
    Dataset("covertype", covertype_scaled),
    Dataset("adult", adult),
]

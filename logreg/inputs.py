"""What comes in through the Python door, checked: parameters in all spellings, matrices for what is not finite."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .errors import DataError, OptionError

PENALTY_RATIOS: dict[Any, float | None] = {
    "l2": 0.0,
    "l1": 1.0,
    "elasticnet": None,
    "group": None,
    "auto": None,
    "deprecated": None,
}
"""The l1_ratio that a name of ``penalty`` stands for; None leaves it to the parameter ``l1_ratio``."""


def resolve_penalty(penalty: Any, C: Any, l1_ratio: Any) -> tuple[float, float]:
    """C and l1_ratio, after the older way to say the penalty.

    Raises
    ------
    OptionError
        For a penalty that is not known, and for numbers that are none or out of range.
    """
    check_number("C", C)
    if penalty is None:
        return float("inf"), 0.0
    if not isinstance(penalty, str) or penalty not in PENALTY_RATIOS:
        raise OptionError(f"penalty is {penalty!r}; expected None or one of {', '.join(map(repr, PENALTY_RATIOS))}")
    ratio = PENALTY_RATIOS[penalty]
    if penalty == "elasticnet" and l1_ratio is None:
        raise OptionError("penalty='elasticnet' needs l1_ratio, a number from 0 to 1")
    if ratio is None:
        ratio = l1_ratio or (1.0 if penalty == "group" else 0.0)  # no share of the groups would be no group lasso
    check_number("l1_ratio", ratio)
    return float(C), float(ratio)


def unused(penalty: Any, C: Any, l1_ratio: Any) -> str | None:
    """A sentence on what the older way to say the penalty leaves without effect, or None; both are resolved already."""
    if penalty is None and C not in (1.0, float("inf")):
        return f"penalty=None leaves C={C} without effect: leave penalty out for that C, or C for no penalty"
    ratio = PENALTY_RATIOS.get(penalty)
    if ratio is not None and l1_ratio not in (None, 0.0, ratio):
        return f"penalty={penalty!r} leaves l1_ratio={l1_ratio} without effect: leave penalty out, and l1_ratio counts"
    return None


def resolve_ratios(penalty: Any, l1_ratios: Any) -> NDArray[np.float64]:
    """The different l1_ratios to try, after the older way to say the penalty.

    Raises
    ------
    OptionError
        For a penalty that is not known, and for ratios that are none or out of range.
    """
    if penalty is None:
        raise OptionError("penalty is None, and there is no strength to choose: use LogisticRegression(C=numpy.inf)")
    # scikit-learn 1.9 marks its own default by the word "warn".
    given = 0.0 if l1_ratios is None or (isinstance(l1_ratios, str) and l1_ratios == "warn") else l1_ratios
    ratios = [resolve_penalty(penalty, 1.0, ratio)[1] for ratio in np.ravel(given).tolist()]
    if not ratios or not all(0 <= ratio <= 1 for ratio in ratios):
        raise OptionError(f"l1_ratios is {l1_ratios!r}; expected numbers from 0 to 1")
    return np.array(list(dict.fromkeys(ratios)))


def check_number(name: str, value: Any) -> None:
    """Raise unless the value is a number."""
    if not isinstance(value, numbers.Real) or value != value:
        raise OptionError(f"{name} is {value!r}; expected a number")


def check_flag(name: str, value: Any) -> None:
    """Raise unless the value is true or false, or the number of one of them."""
    if not isinstance(value, bool | np.bool_ | numbers.Integral) or value not in (0, 1):
        raise OptionError(f"{name} is {value!r}; expected True or False")


def as_numbers(X: Any, names: NDArray[Any] | None) -> Any:
    """X with numbers in it: those of a table whose columns are of several kinds come as objects.

    Raises
    ------
    DataError
        With the column and row of the first cell that is no number.
    """
    if X.dtype.kind in "fiub":
        return X
    try:
        return X.astype(np.float64)
    except (TypeError, ValueError):
        for at, column in enumerate(X.T):
            row = next((row for row, cell in enumerate(column.tolist()) if not is_number(cell)), None)
            if row is not None:
                raise DataError(
                    f"{named(at, names)} holds {column[row]!r} at row {row}, where a number is expected: make numbers "
                    "of it first, for example with sklearn.preprocessing.OneHotEncoder"
                ) from None
        raise


def is_number(cell: Any) -> bool:
    """Whether a cell can be read as a number."""
    try:
        float(cell)
    except (TypeError, ValueError):
        return False
    return True


def named(column: int, names: NDArray[Any] | None) -> str:
    """A column by its name, or its number where it has none."""
    return f"column {names[column]!r}" if names is not None else f"column {column}"


def check_finite(X: Any, names: NDArray[Any] | None, estimator: str) -> None:
    """Raise where X has a NaN or an infinity, with its column and row."""
    values = X.data if sparse.issparse(X) else X
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return
    row, column = first_not_finite(X)
    kind = "NaN" if np.isnan(X[row, column]) else "infinity (inf)"
    raise DataError(
        f"Input X contains {kind}: {named(column, names)}, first at row {row}. {estimator} does not accept missing "
        "values encoded as NaN, nor infinities: drop those rows or impute them, for example with "
        "sklearn.impute.SimpleImputer"
    )


def first_not_finite(X: Any) -> tuple[int, int]:
    """Row and column of the first entry that is not finite."""
    if sparse.issparse(X):
        at = int(np.flatnonzero(~np.isfinite(X.data))[0])
        return int(np.searchsorted(X.indptr, at, side="right")) - 1, int(X.indices[at])
    row, column = np.unravel_index(int(np.argmin(np.isfinite(X))), X.shape)
    return int(row), int(column)

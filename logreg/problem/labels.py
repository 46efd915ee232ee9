"""Labels as class codes, and the weights that classes bring along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, OptionError

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
ClassWeight = Mapping[Any, float] | str | None


def encode(y: NDArray[Any]) -> tuple[NDArray[Any], Codes]:
    """The sorted classes, and the code of each label.

    Raises
    ------
    DataError
        For labels that cannot be ordered, and for fewer than two classes.
    """
    try:
        classes, codes = by_counting(y) if is_dense(y) else np.unique(y, return_inverse=True)
    except TypeError as error:
        raise DataError(f"the labels cannot be compared with one another ({error}): give them one type") from error
    if len(classes) < 2:
        raise DataError(
            f"the data contain only one class, {classes.tolist()[0]!r}: at least two classes are needed to train a "
            "classifier"
        )
    return classes, codes.reshape(y.shape)


def is_dense(y: NDArray[Any]) -> bool:
    """Whether the labels are whole numbers in a range no wider than there are labels."""
    return y.dtype.kind in "iu" and y.size > 0 and int(y.max()) - int(y.min()) <= y.size


def by_counting(y: NDArray[Any]) -> tuple[NDArray[Any], Codes]:
    """The sorted different numbers, and the place of each among them, without sorting."""
    wide = y if y.dtype.kind == "u" else y.astype(np.int64, copy=False)  # differences of small types would overflow
    low = wide.min()
    offsets = (wide - low).astype(np.intp, copy=False)
    present = np.bincount(offsets.ravel()) > 0
    classes = np.flatnonzero(present).astype(wide.dtype) + low
    return classes.astype(y.dtype), offsets if present.all() else (np.cumsum(present) - 1)[offsets]


def class_weights(
    class_weight: ClassWeight, classes: NDArray[Any], codes: NDArray[np.integer[Any]], weight: Array
) -> Array:
    """Weight of each class: ones, a table's, or total / (n_classes * weight of the class) for ``balanced``.

    Raises
    ------
    OptionError
        For an unknown word, for a table that names no class of the data, or for a negative weight.
    """
    if class_weight is None:
        return np.ones(len(classes))
    if isinstance(class_weight, Mapping):
        return _from_table(class_weight, classes)
    if class_weight != "balanced":
        raise OptionError(
            f"class_weight is {class_weight!r}; expected 'balanced', a table of weights by class, or None"
        )
    counts = np.bincount(codes, weight, len(classes))
    return np.divide(weight.sum(), len(classes) * counts, out=np.zeros(len(classes)), where=counts > 0)


def _from_table(table: Mapping[Any, float], classes: NDArray[Any]) -> Array:
    """Weights by class; classes that the table leaves out weigh one."""
    known = classes.tolist()
    strange = [label for label in table if label not in known]
    # A fold may lack a class that the table names; a misspelt name leaves a class without a weight.
    if strange and any(label not in table for label in known):
        raise OptionError(f"class_weight names {strange[0]!r}, which is not among the classes {known}")
    weights = np.array([table.get(label, 1.0) for label in known], dtype=np.float64)
    if not (weights >= 0).all():
        raise OptionError("class_weight has a negative weight: expected weights of 0 and more")
    return weights


def check_two_classes(classes: NDArray[Any], codes: NDArray[np.integer[Any]], weight: Array) -> None:
    """Raise where the weights leave a single class.

    Raises
    ------
    DataError
        With the name of the class.
    """
    present = np.flatnonzero(np.bincount(codes, weight, len(classes)) > 0)
    if not len(present):
        raise DataError("the sample weights sum to zero: give at least one sample of each class a positive weight")
    if len(present) == 1:
        label = classes.tolist()[present[0]]
        raise DataError(f"only class {label!r} has positive weight: at least two classes need some")

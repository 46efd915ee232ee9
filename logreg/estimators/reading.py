"""What comes in through ``fit``, read and checked once: data, labels, weights, and the options that need it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, validate_data

from ..data.arrays import Arrays
from ..inputs import as_numbers, check_finite
from ..problem.labels import Codes, check_two_classes, class_weights, encode
from ..solvers.base import Record, Watcher, ignore
from .linear import LinearClassifier

Array = NDArray[np.float64]

LARGEST_SEED = 2**32 - 1
"""The largest that scikit-learn takes."""


class Labelled(NamedTuple):
    """Rows with their classes: ``weight`` is the user's, ``by_class`` what the classes multiply into it.

    ``data`` are the rows as the solvers read them.
    """

    X: Any
    y: NDArray[Any]
    classes: NDArray[Any]
    codes: Codes
    weight: Array
    by_class: Array
    data: Arrays


def read(
    estimator: LinearClassifier,
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    class_weight: Mapping[Any, float] | str | None,
    workers: int | None = None,
) -> Labelled:
    """The rows, checked; the estimator takes note of the columns and their names."""
    if is_plain(X, y) and "feature_names_in_" not in vars(estimator):
        estimator.n_features_in_ = X.shape[1]
    else:
        X, y = validate_data(estimator, X, y, accept_sparse="csr", dtype="numeric", ensure_all_finite=False)
        X = as_numbers(X, getattr(estimator, "feature_names_in_", None))
        check_classification_targets(y)
    labels = np.asarray(y)
    classes, codes = encode(labels)
    if sample_weight is None and class_weight is None:
        weight = by_class = np.ones(len(labels))
    else:
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        by_class = class_weights(class_weight, classes, codes, weight)[codes]
        check_two_classes(classes, codes, weight * by_class)
    data = Arrays(X, codes, weight * by_class, workers=workers)
    if not is_finite(data, len(labels)):
        check_finite(X, getattr(estimator, "feature_names_in_", None), type(estimator).__name__)
    return Labelled(X, labels, classes, codes, weight, by_class, data)


def is_finite(data: Arrays, n: int) -> bool:
    """Whether all of n rows are known to be finite: the means tell, which every fit takes, of rows with a weight."""
    with data.reading(), np.errstate(over="ignore", invalid="ignore"):
        return data.shape[0] == n and bool(np.isfinite(data.moments.mean).all())


def is_plain(X: Any, y: Any) -> bool:
    """Whether X and y are arrays that nothing but a value of X could make unfit: most checks are spared."""
    return (
        (type(X) is np.ndarray or (sparse.issparse(X) and X.format == "csr"))
        and type(y) is np.ndarray
        and X.ndim == 2
        and y.ndim == 1
        and X.dtype.kind in "fiu"
        and y.dtype.kind in "iub"
        and min(X.shape) > 0
        and X.shape[0] == len(y)
    )


def seed_of(random_state: int | np.random.RandomState | None) -> int | None:
    """A seed from scikit-learn's ways to give one; a number is one: to make a generator of it takes 0.1 ms."""
    if isinstance(random_state, int | np.integer) and 0 <= random_state <= LARGEST_SEED:
        return int(random_state)
    return None if random_state is None else int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def watcher(verbose: int) -> Watcher:
    """What is told of the iterations."""
    return report if verbose else ignore


def report(iteration: int, record: Record) -> None:
    """Print one line at iterations 0, 1, 2, 4, 8 ..."""
    if iteration & (iteration - 1) == 0:
        print(f"iteration {iteration:6d}  {record.seconds:8.3f} s  objective {record.objective:.10g}")

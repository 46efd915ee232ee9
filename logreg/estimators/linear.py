"""What every linear classifier of scikit-learn can do once it is fitted: decide, predict, give probabilities."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ..inputs import as_numbers
from ..prediction import by_blocks, finite_predictor, linear_predictor, log_probabilities, probabilities

Array = NDArray[np.float64]


def frame_values(X: Any, names: NDArray[Any]) -> Any:
    """The array in a pandas data frame with just these columns, all of NumPy's types; None for anything else."""
    pandas = sys.modules.get("pandas")  # who has never imported it has no frame
    if pandas is None or type(X) is not pandas.DataFrame or X.columns.tolist() != names.tolist():
        return None
    return X.to_numpy() if all(isinstance(dtype, np.dtype) for dtype in X.dtypes) else None


class LinearClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """``coef_`` and ``intercept_`` at work; how they are found is told by the classes below."""

    classes_: NDArray[Any]
    coef_: Array
    intercept_: Array
    n_jobs: int | None = None

    def decision_function(self, X: Any) -> Array:
        """Linear predictor: the log-odds of the second class, or one column a class.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        eta = self._apply(X, lambda eta: eta)
        if eta.shape[1] == 1:
            return eta[:, 0]
        return eta[:, 1] - eta[:, 0] if len(self.classes_) == 2 else eta

    def _apply(self, X: Any, function: Callable[[Array], Array]) -> Array:
        """function(linear predictor), row by row.

        Plain numbers are not looked at beforehand: what is not finite in them shows in the linear predictor, and is
        then looked for.
        """
        plain = self._plain(X)
        if plain is not None:
            with suppress(FloatingPointError):
                return self._map(function, finite_predictor, plain)
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype="numeric", reset=False)
        X = as_numbers(X, getattr(self, "feature_names_in_", None))
        return self._map(function, linear_predictor, X)

    def _map(self, function: Callable[[Array], Array], predictor: Callable[[Any, Any, Array], Array], X: Any) -> Array:
        """function(predictor(X)), by blocks of rows."""

        def eta(rows: Any) -> Array:
            return predictor(rows, self.coef_, self.intercept_)

        outputs = len(self.intercept_)
        if sparse.issparse(X):  # SciPy multiplies under the interpreter's lock, so threads can share only what follows
            return by_blocks(function, eta(X), outputs, self.n_jobs)
        return by_blocks(lambda rows: function(eta(rows)), X, outputs, self.n_jobs)

    def _plain(self, X: Any) -> Any:
        """X, or the array in a data frame, if nothing but its numbers could be wrong; else None."""
        fitted = self.__dict__
        names = fitted.get("feature_names_in_")
        rows = X if names is None else frame_values(X, names)
        plain = (
            (type(rows) is np.ndarray or sparse.issparse(rows))
            and rows.ndim == 2
            and rows.shape[0] > 0
            and rows.dtype.kind in "fiub"
            and rows.shape[1] == fitted.get("n_features_in_")
            and type(fitted.get("coef_")) is np.ndarray
        )
        return rows if plain else None

    def predict(self, X: Any) -> NDArray[Any]:
        """The most likely class of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray of shape (n_samples,)

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ValueError
            For rows that do not fit: the message has both numbers of columns, or the column that is no number.
        """
        eta = self._apply(X, lambda eta: eta)
        best = (eta[:, 0] > 0).astype(np.intp) if eta.shape[1] == 1 else eta.argmax(axis=1)
        labels: NDArray[Any] = self.classes_[best]
        return labels

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, in the order of ``classes_``.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ValueError
            For rows that do not fit: the message has both numbers of columns, or the column that is no number.
        """
        return self._apply(X, probabilities)

    def predict_log_proba(self, X: Any) -> Array:
        """Logarithm of the probability of each class, exact where the probability rounds to 0 or 1.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ValueError
            For rows that do not fit: the message has both numbers of columns, or the column that is no number.
        """
        return self._apply(X, log_probabilities)

    def sparsify(self) -> Self:
        """Keep ``coef_`` as a sparse matrix: smaller where an L1 penalty has left many zeros.

        Returns
        -------
        self
        """
        check_is_fitted(self)
        coef: Any = sparse.csr_matrix(self.coef_)
        self.coef_ = coef
        return self

    def densify(self) -> Self:
        """Keep ``coef_`` as an array, as it is after ``fit``.

        Returns
        -------
        self
        """
        check_is_fitted(self)
        coef: Any = self.coef_
        self.coef_ = coef.toarray() if sparse.issparse(coef) else coef
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

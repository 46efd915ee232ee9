"""What every linear classifier of scikit-learn can do once it is fitted: decide, predict, give probabilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ..prediction import by_blocks, linear_predictor, log_probabilities, probabilities

Array = NDArray[np.float64]


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

        A plain array of the right width is not looked at beforehand: what is not finite in it shows in the result,
        and is then looked for.
        """

        def rows(X: Any) -> Array:
            return function(linear_predictor(X, self.coef_, self.intercept_))

        if self._is_plain(X):
            with np.errstate(invalid="ignore", over="ignore"):
                out = by_blocks(rows, X, len(self.intercept_), self.n_jobs)
            if np.isfinite(out).all():
                return out
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype="numeric", reset=False)
        return rows(X)

    def _is_plain(self, X: Any) -> bool:
        """Whether X is an array in which nothing but its values could be wrong."""
        fitted = self.__dict__
        return (
            type(X) is np.ndarray
            and X.ndim == 2
            and len(X) > 0
            and X.dtype.kind in "fiub"
            and X.shape[1] == fitted.get("n_features_in_")
            and "feature_names_in_" not in fitted
            and type(fitted.get("coef_")) is np.ndarray
        )

    def predict(self, X: Any) -> NDArray[Any]:
        """The most likely class of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray of shape (n_samples,)
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

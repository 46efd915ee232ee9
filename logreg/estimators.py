"""The estimators: scikit-learn's contract over ``fit``, and the only room that imports scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from .data.arrays import Arrays
from .fit import Fit, fit
from .inputs import check_finite, check_number, resolve_penalty
from .prediction import by_blocks, linear_predictor, log_probabilities, probabilities
from .problem.labels import check_two_classes, class_weights, encode
from .problem.losses import Logistic, Loss, Softmax
from .solvers.base import Record

Array = NDArray[np.float64]
Estimator = TypeVar("Estimator", bound="LinearClassifier")


class SolverName(str):
    """The name of the solver that was used; ``why`` is the reason for it."""

    why: str

    def __new__(cls, name: str, why: str = "") -> Self:
        self = super().__new__(cls, name)
        self.why = why
        return self


class LinearClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What the estimators share: everything but the loss."""

    def __init__(
        self,
        penalty: str | None = "auto",
        *,
        C: float = 1.0,
        l1_ratio: float | None = 0.0,
        dual: bool = False,
        tol: float = 1e-6,
        fit_intercept: bool = True,
        intercept_scaling: float = 1,
        class_weight: Mapping[Any, float] | str | None = None,
        random_state: int | np.random.RandomState | None = None,
        solver: str = "auto",
        max_iter: int = 10_000,
        verbose: int = 0,
        warm_start: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.penalty = penalty
        self.C = C
        self.l1_ratio = l1_ratio
        self.dual = dual
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.random_state = random_state
        self.solver = solver
        self.max_iter = max_iter
        self.verbose = verbose
        self.warm_start = warm_start
        self.n_jobs = n_jobs

    def _loss(self, n_classes: int) -> Loss:
        raise NotImplementedError

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Minimise the objective.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            Features, of any real type; dense float32 and integers are not copied.
        y : array-like of shape (n_samples,)
            Labels of any kind that can be sorted.
        sample_weight : array-like of shape (n_samples,), optional
            Weights, not negative: weight k is as good as k repeats.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For data or options that cannot be used; the message names the column or the option, and the cure.

        Warns
        -----
        ConvergenceWarning
            Where the optimum could not be certified to ``tol``, with the bound that was reached.
        """
        options = self._options()
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype="numeric", ensure_all_finite=False)
        check_finite(X, getattr(self, "feature_names_in_", None), type(self).__name__)
        check_classification_targets(y)
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        classes, codes = encode(np.asarray(y))
        weight = weight * class_weights(self.class_weight, classes, codes, weight)[codes]
        check_two_classes(classes, codes, weight)
        data = Arrays(X, codes, weight, workers=self.n_jobs)
        loss = self._loss(len(classes))
        result = fit(
            data, len(classes), loss=loss, start=self._start(loss.outputs(len(classes)), X.shape[1]), **options
        )
        self.classes_ = classes
        return self._keep(result)

    def _options(self) -> dict[str, Any]:
        """The constructor's parameters in the words of ``fit``, checked."""
        C, l1_ratio = resolve_penalty(self.penalty, self.C, self.l1_ratio)
        for name in ("tol", "max_iter"):
            check_number(name, getattr(self, name))
        state = self.random_state
        seed = None if state is None else check_random_state(state).randint(np.iinfo(np.int32).max)
        return {
            "C": C,
            "l1_ratio": l1_ratio,
            "fit_intercept": bool(self.fit_intercept),
            "solver": self.solver,
            "tol": self.tol,
            "max_iter": self.max_iter,
            "random_state": seed,
            "watch": report if self.verbose else ignore,
        }

    def _start(self, outputs: int, n_features: int) -> tuple[Array, Array] | None:
        """The last solution, where a warm start is wanted and it has the right shape."""
        coef: Any = getattr(self, "coef_", None) if self.warm_start else None
        if coef is None or coef.shape != (outputs, n_features):
            return None
        dense = coef.toarray() if sparse.issparse(coef) else coef
        return dense, self.intercept_

    def _keep(self, result: Fit) -> Self:
        """Set the fitted attributes; warn where the certificate falls short."""
        self.coef_, self.intercept_ = result.coef, result.intercept
        self.n_iter_ = np.array([result.n_iter], dtype=np.int32)
        self.history_, self.certificate_ = list(result.history), result.certificate
        self.converged_ = result.status.converged
        self.solver_ = SolverName(result.solver, result.why)
        if not self.converged_:
            warnings.warn(
                f"{type(self).__name__}: {result.status.message} ({result.certificate})",
                ConvergenceWarning,
                stacklevel=3,
            )
        return self

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


PARAMETERS = """Parameters
    ----------
    penalty : {"auto", "l2", "l1", "elasticnet", None}, default="auto"
        scikit-learn's older way to say the penalty. "auto" leaves it to ``C`` and ``l1_ratio``; "l2" and "l1" set
        ``l1_ratio`` to 0 and 1; None is ``C=inf``.
    C : float, default=1.0
        Weight of the losses against the penalty; ``inf`` for no penalty.
    l1_ratio : float, default=0.0
        Share of the L1 part in the penalty: 0 is ridge, 1 is lasso, in between elastic net.
    dual : bool, default=False
        Accepted for scikit-learn's sake: every fit solves the primal and proves it by the dual.
    tol : float, default=1e-6
        Proven relative excess of the objective over its minimum at which to stop.
    fit_intercept : bool, default=True
        Whether there is an intercept. It is never penalised.
    intercept_scaling : float, default=1
        Accepted for scikit-learn's sake: it softens the penalty of liblinear's intercept, and here there is none.
    class_weight : dict or "balanced", optional
        Weights by class, multiplied into the sample weights; "balanced" gives every class the same total.
    random_state : int, RandomState or None, default=None
        Seed of the solvers that sample rows. Their optimum is the same for every seed.
    solver : str, default="auto"
        "auto", "gradient-descent", "accelerated", "lbfgs", "newton-cg", "newton-cholesky", "sampled"; scikit-learn's
        "liblinear", "sag" and "saga" are understood. All reach the same optimum.
    max_iter : int, default=10000
        Iterations at which to give up.
    verbose : int, default=0
        Whether to print progress.
    warm_start : bool, default=False
        Whether to begin with the coefficients of the last fit.
    n_jobs : int, optional
        Threads; as many as NumPy's BLAS may use by default, which joblib's workers limit by themselves.

    Attributes
    ----------
    coef_ : ndarray of shape (n_outputs, n_features)
        Coefficients, in the units of the columns as they came.
    intercept_ : ndarray of shape (n_outputs,)
        Intercepts; zeros without one.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_iter_ : ndarray of shape (1,)
        Iterations.
    n_features_in_ : int
        Columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had any.
    certificate_ : Certificate
        ``objective``, the proven ``bound`` on its excess over the minimum, and ``relative``, their ratio.
    converged_ : bool
        Whether the certificate is within ``tol``.
    history_ : list of Record
        ``seconds``, ``objective`` and certified ``excess`` of each iteration.
    solver_ : str
        Name of the solver that was used; ``solver_.why`` is the reason.
"""


def documented(cls: type[Estimator]) -> type[Estimator]:
    """The class, with the parameters and attributes that all estimators share before its examples."""
    cls.__doc__ = (cls.__doc__ or "").replace("Examples\n", PARAMETERS.lstrip() + "\n    Examples\n", 1)
    return cls


@documented
class LogisticRegression(LinearClassifier):
    r"""Logistic regression for two classes, softmax regression for more.

    Minimises, over coefficients w and intercept b,

        C sum_i s_i loss(y_i, w . x_i + b) + (1 - l1_ratio)/2 |w|_2^2 + l1_ratio |w|_1,

    scikit-learn's objective, with the cross-entropy log(1 + exp(eta)) - y eta for two classes and
    log sum_k exp(eta_k) - eta_y for more; for ``C=inf`` the sum of the losses alone. Columns need no scaling: the
    optimum is reached, and certified, for the data as they are.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from logreg import LogisticRegression
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = LogisticRegression().fit(X, y)
    >>> model.converged_, model.certificate_.relative <= 1e-6
    (True, True)
    """

    def _loss(self, n_classes: int) -> Loss:
        return Logistic() if n_classes == 2 else Softmax()


@documented
class SoftmaxRegression(LinearClassifier):
    r"""Softmax regression: always one row of coefficients a class, for two classes as well.

    Minimises, over coefficients W and intercepts b,

        C sum_i s_i [log sum_k exp(eta_ik) - eta_iy] + (1 - l1_ratio)/2 |W|_2^2 + l1_ratio |W|_1,

    with eta_i = W x_i + b. For two classes the L2 penalty of the two rows amounts to half of that on their
    difference: LogisticRegression with twice the C gives the same probabilities.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from logreg import SoftmaxRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> SoftmaxRegression().fit(X, y).coef_.shape
    (3, 4)
    """

    def _loss(self, n_classes: int) -> Loss:
        return Softmax()


def ignore(iteration: int, record: Record) -> None:
    """Print nothing."""


def report(iteration: int, record: Record) -> None:
    """Print one line at iterations 0, 1, 2, 4, 8 ..."""
    if iteration & (iteration - 1) == 0:
        print(f"iteration {iteration:6d}  {record.seconds:8.3f} s  objective {record.objective:.10g}")

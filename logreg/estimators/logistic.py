"""Logistic and softmax regression as scikit-learn's estimators: one ``fit``, two losses."""

from __future__ import annotations

from typing import TypeVar

from ..problem.losses import Loss, Softmax, loss_for
from .regression import Regression

Estimator = TypeVar("Estimator", bound=Regression)

PARAMETERS = """Parameters
    ----------
    penalty : {"auto", "l2", "l1", "elasticnet", "group", None}, default="auto"
        scikit-learn's older way to say the penalty. "auto" leaves it to ``C`` and ``l1_ratio``; "l2" and "l1" set
        ``l1_ratio`` to 0 and 1; None is ``C=inf``. "group" ties a column's coefficients over the classes: it has one
        for every class or for none (group lasso; mixed with L2 where ``l1_ratio`` is below 1; 0, the default, stands
        for 1).
    C : float, default=1.0
        Weight of the losses against the penalty; from 1e-100 to 1e100, or ``inf`` for no penalty.
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
        "auto", "gradient-descent", "accelerated", "lbfgs", "newton-cg", "newton-cholesky", "newton", "sampled",
        "working-set"; scikit-learn's "liblinear", "sag" and "saga" are understood. All reach the same optimum.
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
class LogisticRegression(Regression):
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
        return loss_for(n_classes)


@documented
class SoftmaxRegression(Regression):
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

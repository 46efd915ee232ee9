"""Logistic regression that chooses its own penalty by cross-validation, with scikit-learn's contract."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import check_cv
from sklearn.utils.parallel import Parallel, delayed

from ..crossvalidation import Curve, Paths, check_rule, cross_validate, highest
from ..data.arrays import as_matrix
from ..fit import Fit, fit
from ..folds import Fold, Rows
from ..grid import strengths
from ..inputs import check_flag, check_number, resolve_ratios
from ..options import Options
from ..problem.losses import Loss, loss_for
from .legacy import as_legacy
from .reading import Labelled, read, seed_of, watcher
from .regression import CERTIFIED, remember
from .routing import Routed, Scored
from .scoring import Scoring, score_of
from .shortfall import shortfalls

Array = NDArray[np.float64]


class LogisticRegressionCV(Scored):
    r"""Logistic or softmax regression whose C, and share of L1, are chosen by cross-validation.

    Every fold is fitted along the whole grid, each fit begun where the one before it ended and certified to ``tol``;
    what scores best on the rows left out is fitted once more on all of them. The constructor, the attributes and the
    rules of ``refit`` are those of scikit-learn 1.9, in the form it has announced for its defaults to come: the score
    is the log loss, attributes are plain numbers and arrays.

    Parameters
    ----------
    Cs : int or array-like of shape (n_cs,), default=10
        Strengths to try, or how many of them from 1e-4 to 1e4 in geometric progression.
    l1_ratios : array-like of shape (n_l1_ratios,), default=(0.0,)
        Shares of the L1 part in the penalty to try; None is (0.0,).
    fit_intercept : bool, default=True
        Whether there is an intercept. It is never penalised.
    cv : int, splitter or iterable of pairs of index arrays, optional
        Folds: so many stratified ones (5 by default), or those of a splitter.
    dual : bool, default=False
        Accepted for scikit-learn's sake.
    penalty : {"auto", "l2", "l1", "elasticnet", "group"}, default="auto"
        scikit-learn's older way: "l2" and "l1" set ``l1_ratios`` to 0 and 1. "group" ties a column's coefficients over
        the classes, as in LogisticRegression.
    scoring : str or callable, default="neg_log_loss"
        The score to choose by: a name that scikit-learn knows, or ``scorer(estimator, X, y)``; None is accuracy.
    solver : str, default="auto"
        As in LogisticRegression.
    tol : float, default=1e-11
        Proven relative excess of each objective at which to stop. Scores of different strengths differ little: they
        are right to about the square root of it.
    max_iter : int, default=10000
        Iterations of a fit at which to give up.
    class_weight : dict or "balanced", optional
        Weights by class, multiplied into the sample weights of the fits; "balanced" counts all rows, not those of
        a fold, and scores know nothing of it.
    n_jobs : int, optional
        Processes of joblib, each with one fold and l1_ratio at a time and its share of the threads.
    verbose : int, default=0
        Whether to print the progress of the last fit.
    refit : bool, default=True
        Whether to fit all rows with the strength that is best on average over the folds. If not, coefficients are
        averages over the folds, of those that are best in each.
    intercept_scaling : float, default=1
        Accepted for scikit-learn's sake.
    random_state : int, RandomState or None, default=None
        Seed of the solvers that sample rows.
    use_legacy_attributes : bool, default=False
        Whether attributes have the shapes that scikit-learn gave them up to 1.9: ``C_`` and ``l1_ratio_`` one number
        a class, ``scores_`` and ``coefs_paths_`` dictionaries by class with the axes (folds, Cs, l1_ratios).
    rule : {"best", "one-standard-error"}, default="best"
        Which strength to choose: that of the best mean score, or the smallest C within one standard error of it.

    Attributes
    ----------
    C_, l1_ratio_ : float
        What was chosen; without ``refit`` the means over the folds.
    Cs_, l1_ratios_ : ndarray
        What was tried.
    scores_ : ndarray of shape (n_folds, n_l1_ratios, n_cs)
        Scores on the rows left out.
    coefs_paths_ : ndarray of shape (n_folds, n_l1_ratios, n_cs, n_outputs, n_features + 1)
        Coefficients of each fit, then its intercept, if there is one.
    n_iter_ : ndarray of int of shape (n_folds, n_l1_ratios, n_cs)
        Iterations of each fit.
    curve_ : Curve
        Scores as an object, with their means and standard errors.
    coef_, intercept_, classes_, n_features_in_, feature_names_in_
        As in LogisticRegression.
    certificate_, converged_, history_, solver_
        Of the fit to all rows, as in LogisticRegression; only with ``refit``.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from logreg import LogisticRegressionCV
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = LogisticRegressionCV(Cs=5, cv=3).fit(X, y)
    >>> model.C_, model.scores_.shape
    (100.0, (3, 1, 5))
    """

    def __init__(
        self,
        *,
        Cs: int | ArrayLike = 10,
        l1_ratios: ArrayLike | None = (0.0,),
        fit_intercept: bool = True,
        cv: Any = None,
        dual: bool = False,
        penalty: str | None = "auto",
        scoring: Scoring = "neg_log_loss",
        solver: str = "auto",
        tol: float = 1e-11,
        max_iter: int = 10_000,
        class_weight: Mapping[Any, float] | str | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        refit: bool = True,
        intercept_scaling: float = 1.0,
        random_state: int | np.random.RandomState | None = None,
        use_legacy_attributes: bool | str = False,
        rule: str = "best",
    ) -> None:
        self.Cs = Cs
        self.l1_ratios = l1_ratios
        self.fit_intercept = fit_intercept
        self.cv = cv
        self.dual = dual
        self.penalty = penalty
        self.scoring = scoring
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.class_weight = class_weight
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.refit = refit
        self.intercept_scaling = intercept_scaling
        self.random_state = random_state
        self.use_legacy_attributes = use_legacy_attributes
        self.rule = rule

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None, **params: Any) -> Self:
        """Choose the strength of the penalty, and fit.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            Features.
        y : array-like of shape (n_samples,)
            Labels: whole numbers, texts or truth values.
        sample_weight : array-like of shape (n_samples,), optional
            Weights, not negative, in the fits and in the scores.
        **params
            ``groups`` for the splitter; with scikit-learn's metadata routing, whatever splitter and scorer ask for.

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
            Where optima could not be certified to ``tol``: in how many folds, or for all rows, with the bound.
        """
        Cs, l1_ratios = strengths(self.Cs), resolve_ratios(self.penalty, self.l1_ratios)
        options, routed = self._options(), self._route(sample_weight, params)
        rows = read(self, X, y, sample_weight, self.class_weight)
        loss = loss_for(len(rows.classes))
        curve, paths = cross_validate(
            self._rows(rows, routed),
            self._folds(rows, routed),
            len(rows.classes),
            loss,
            Cs=Cs,
            l1_ratios=l1_ratios,
            score=score_of(self._scoring, self._scorer(), rows.X, rows.y, rows.classes, Cs, routed.score),
            run=self._run,
            options=options,
        )
        self.classes_, self.Cs_, self.l1_ratios_, self.curve_ = rows.classes, Cs, l1_ratios, curve
        self._keep(curve, paths)
        if self.refit:
            self._finish(rows, loss, options)
        else:
            self._average(paths)
        if self.use_legacy_attributes is True:
            self.__dict__.update(as_legacy(self, keep_ratios=self.l1_ratios is not None))
        said = shortfalls(paths, self.certificate_ if self.refit and not self.converged_ else None)
        if said:
            warnings.warn(f"{type(self).__name__}: {said}", ConvergenceWarning, stacklevel=2)
        return self

    def _options(self) -> Options:
        """The constructor's parameters in the words of ``fit``, checked."""
        for name in ("tol", "max_iter"):
            check_number(name, getattr(self, name))
        for name in ("fit_intercept", "refit"):
            check_flag(name, getattr(self, name))
        check_rule(self.rule)
        return Options(
            grouped=self.penalty == "group",
            fit_intercept=bool(self.fit_intercept),
            solver=self.solver,
            tol=self.tol,
            max_iter=self.max_iter,
            random_state=seed_of(self.random_state),
        )

    def _rows(self, rows: Labelled, routed: Routed) -> Rows:
        """The rows as cross-validation reads them."""
        scored = routed.score.get("sample_weight") is not None
        importance = rows.weight if scored else np.ones(len(rows.weight))
        return Rows(as_matrix(rows.X), rows.codes, rows.weight * rows.by_class, importance)

    def _folds(self, rows: Labelled, routed: Routed) -> list[Fold]:
        """Training rows and test rows of each fold."""
        splitter = check_cv(self.cv, rows.y, classifier=True)
        every = np.arange(len(rows.y))  # from which masks, and numbers counted from the end, take their rows as well
        return [(every[np.asarray(a)], every[np.asarray(b)]) for a, b in splitter.split(rows.X, rows.y, **routed.split)]

    def _run(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        """function(item) of each item, by joblib."""
        return list(Parallel(n_jobs=self.n_jobs)(delayed(function)(item) for item in items))

    def _keep(self, curve: Curve, paths: Paths) -> None:
        """What scikit-learn keeps of every fit."""
        self.scores_ = curve.scores
        # A start that proves to be the answer counts as one iteration, as scikit-learn expects.
        self.n_iter_ = np.maximum(collected(paths, lambda one: one.n_iter), 1).astype(np.int32)
        self.coefs_paths_ = collected(paths, self._with_intercept)

    def _with_intercept(self, one: Fit) -> Array:
        return np.column_stack([one.coef, one.intercept]) if self.fit_intercept else one.coef

    def _finish(self, rows: Labelled, loss: Loss, options: Options) -> None:
        """Fit all rows with what was chosen, beginning at the average over the folds."""
        ratio, at = self.curve_.choose(self.rule)
        self.C_, self.l1_ratio_ = float(self.Cs_[at]), float(self.l1_ratios_[ratio])
        coef, intercept = self._split(self.coefs_paths_[:, ratio, at].mean(axis=0))
        result = fit(
            rows.data,
            len(rows.classes),
            replace(options, l1_ratio=self.l1_ratio_, watch=watcher(self.verbose)),
            C=self.C_,
            loss=loss,
            start=(coef, intercept),
        )
        remember(self, result)

    def _average(self, paths: Paths) -> None:
        """Average what is best in each fold, or what the rule chooses for all; of no fit are there proofs then."""
        for name in CERTIFIED:
            self.__dict__.pop(name, None)
        count = len(paths)
        same = [self.curve_.choose(self.rule)] * count
        chosen = [highest(scores) for scores in self.curve_.scores] if self.rule == "best" else same
        ratios, places = np.array(chosen).T
        self.C_, self.l1_ratio_ = float(self.Cs_[places].mean()), float(self.l1_ratios_[ratios].mean())
        self.coef_, self.intercept_ = self._split(self.coefs_paths_[np.arange(count), ratios, places].mean(axis=0))

    def _split(self, coefs: Array) -> tuple[Array, Array]:
        """Coefficients, and intercepts of zero where there are none."""
        slopes, offset = (coefs[:, :-1], coefs[:, -1]) if self.fit_intercept else (coefs, np.zeros(len(coefs)))
        return np.asfortranarray(slopes), offset  # by columns, as fits have them


def collected(paths: Paths, of: Callable[[Fit], Any]) -> NDArray[Any]:
    """Something of every fit, as an array that begins with folds, l1_ratios and Cs."""
    return np.array([[[of(one) for one in path] for path in fold] for fold in paths])

"""One function that puts data, loss, penalty and solver together, and the fit that comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from .data.base import Data
from .errors import DataError, OptionError
from .problem import layout
from .problem.certificate import Certificate
from .problem.chart import NOTHING, Chart
from .problem.losses import Loss, loss_for
from .problem.objective import Objective
from .problem.penalties import ElasticNet, Group, Penalty
from .problem.units import answer, centred
from .solvers.auto import Choice, choose
from .solvers.base import Record, Result, Status, Watcher, ignore, minimize
from .solvers.metric import newton_pays

Array = NDArray[np.float64]

LAID, TINY = 1 << 20, 1 << 17
"""Numbers up to which the data are laid out in the chart before the first step: 8 MB where columns are so few that
products are faster by columns, or where Hessians are to be formed of them again and again; else 1 MB."""

MOST = 1e100
"""The largest C, and one over the smallest: beyond, the losses times C have no squares."""

LEAST = 1e-150
"""Numbers of less than this have no square."""


class Options(TypedDict, total=False):
    """What `fit` is told beside the data, the loss, C and where to begin: paths and cross-validations hand it on."""

    l1_ratio: float
    grouped: bool
    fit_intercept: bool
    solver: str
    tol: float
    max_iter: int
    max_seconds: float | None
    watch: Watcher
    random_state: int | None


@dataclass(frozen=True)
class Fit:
    """Coefficients, and how they were found.

    Parameters
    ----------
    coef : ndarray of shape (outputs, p)
        One row for two classes (the log-odds of the second), one a class otherwise.
    intercept : ndarray of shape (outputs,)
        Zeros without an intercept.
    certificate : Certificate
        The objective reached and the proven bound on its excess.
    history : sequence of Record
        Seconds, objective and certified excess of every iteration.
    status : Status
        How the fit ended.
    solver : str
        Name of the solver used.
    why : str
        The reason for it.
    """

    coef: Array
    intercept: Array
    certificate: Certificate
    history: Sequence[Record]
    status: Status
    solver: str
    why: str

    @property
    def n_iter(self) -> int:
        """Iterations after the start."""
        return len(self.history) - 1


def fit(
    data: Data,
    n_classes: int,
    *,
    loss: Loss | None = None,
    C: float = 1.0,
    l1_ratio: float = 0.0,
    grouped: bool = False,
    fit_intercept: bool = True,
    solver: str = "auto",
    tol: float = 1e-6,
    max_iter: int = 10_000,
    max_seconds: float | None = None,
    start: tuple[Array, Array] | None = None,
    watch: Watcher = ignore,
    random_state: int | None = None,
) -> Fit:
    r"""Minimise C sum_i s_i loss_i + (1 - l1_ratio)/2 |w|^2 + l1_ratio |w|_1.

    Parameters
    ----------
    data : Data
        Rows with class codes 0 to n_classes - 1 and weights s_i.
    n_classes : int
        Number of classes, at least two.
    loss : Loss, optional
        Logistic for two classes and softmax for more by default.
    C : float
        Inverse strength of the penalty; infinity for none, and then the objective is the sum of the losses.
    l1_ratio : float
        Share of the L1 part in the penalty, from 0 to 1.
    grouped : bool
        Whether a column's coefficients are tied over the outputs: the L1 part is then the sum of the norms of columns.
    fit_intercept : bool
        Whether there is an intercept, never penalised.
    solver : str
        A name in ``logreg.solvers.auto.NAMES``.
    tol : float
        Proven relative excess of the objective at which to stop.
    max_iter, max_seconds
        Where to give up.
    start : tuple of arrays, optional
        Coefficients and intercept to begin with, in the shapes of ``Fit``.
    watch : callable
        Called as ``watch(iteration, record)`` after each iteration.
    random_state : int, optional
        Seed of the solvers that sample; 0 by default.

    Returns
    -------
    Fit

    Raises
    ------
    OptionError
        For options that are out of range or contradict one another.
    DataError
        For weights that sum to zero.

    Examples
    --------
    >>> import numpy as np
    >>> from logreg.data.arrays import Arrays
    >>> from logreg.fit import fit
    >>> result = fit(Arrays(np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 1, 0, 1])), 2)
    >>> result.certificate.relative <= 1e-6
    True
    """
    check_options(C=C, l1_ratio=l1_ratio, tol=tol, max_iter=max_iter)
    loss = loss or loss_for(n_classes)
    penalty = ElasticNet() if np.isinf(C) else penalty_of(l1_ratio, grouped=grouped)
    with data.reading():
        objective = pose(data, loss, n_classes, penalty, 1.0 if np.isinf(C) else C, fit_intercept)
        road = laid(objective)
        choice = choose(solver, road, 0 if random_state is None else random_state)
        origin = road.origin()
        if start is not None:
            origin = road.at(objective.chart.inverse(*centred(objective, start[0].T, start[1])))
        result = minimize(
            road, choice.solver, start=origin, tol=tol, max_iter=max_iter, max_seconds=max_seconds, watch=watch
        )
        return concluded(objective, result, choice, tol)


def penalty_of(l1_ratio: float, strength: float = 1.0, *, grouped: bool = False) -> ElasticNet:
    """The penalty in the user's units; without an L1 part there is nothing to tie."""
    kind = Group if grouped and l1_ratio > 0 else ElasticNet
    return kind(l1=l1_ratio * strength, l2=(1.0 - l1_ratio) * strength)


def laid(objective: Objective) -> Objective:
    """The objective over rows laid out in the chart, where that pays."""
    n, p = objective.data.shape
    forms_hessians = newton_pays(objective) if objective.penalty.is_smooth else n > p
    most = LAID if objective.chart.is_narrow or forms_hessians else TINY
    return layout.laid(objective, 0 if objective.is_thin else most)


def concluded(objective: Objective, result: Result, choice: Choice, tol: float) -> Fit:
    """The fit that a result is, in the user's units; certified if its coefficients are, as they are handed back."""
    slopes, offset, certificate = answer(objective, result.point, result.certificate, tol)
    status, is_proven = result.status, certificate.relative <= tol
    if status.converged and not is_proven:
        status = Status.DIGITS_LOST
    elif is_proven and status is not Status.SEPARABLE:  # it was, but for a shift of all classes
        status = Status.CONVERGED
    return Fit(
        np.asfortranarray(slopes.T),  # by columns, as a product with sparse rows reads them
        offset,
        certificate,
        result.history,
        status,
        choice.name,
        choice.why,
    )


def pose(data: Data, loss: Loss, n_classes: int, penalty: Penalty, C: float, fit_intercept: bool) -> Objective:
    """The objective in the chart that suits the data; the penalty is given in the user's units."""
    with data.reading(), np.errstate(over="ignore", invalid="ignore"):  # what overflows is named below
        chart = Chart.measure(
            data, curvature=C * loss.curvature_bound, ridge=penalty.curvature(), intercept=fit_intercept
        )
    if chart.total == 0:
        raise DataError("the sample weights sum to zero: give at least one sample of each class a positive weight")
    check_moments(chart, data, is_free=bool(penalty.free.all()))
    return Objective(data, loss, penalty.in_chart(chart.scale, fit_intercept), chart, loss.outputs(n_classes), C)


def check_moments(chart: Chart, data: Data, *, is_free: bool) -> None:
    """Raise where sums of squares overflow, and without a penalty where they underflow: with one, that is nothing.

    Raises
    ------
    DataError
        With the name of the column.
    """
    if not np.isfinite(chart.total):
        raise DataError("the sample weights, times C, are beyond what floating-point numbers hold: scale them down")
    what, cure, places = "overflow", "divide", ~np.isfinite(chart.scale + chart.shift)
    if is_free and not places.any():
        what, cure, mean = "underflow", "multiply", data.moments.mean
        places = (chart.scale == NOTHING) & (mean != 0) & (np.abs(mean) < LEAST)
    if places.any():
        at = int(places.argmax())
        name = data.names[at] if data.names is not None else at
        raise DataError(f"column {name!r} has values whose squares {what}: {cure} it by a power of ten")


def check_options(*, C: float, l1_ratio: float, tol: float, max_iter: int) -> None:
    """Raise for options out of range.

    Raises
    ------
    OptionError
        With the range that was expected.
    """
    for name, value, good, expected in (
        (
            "C",
            C,
            C > 0 and (1 / MOST <= C <= MOST or np.isinf(C)),
            f"a positive number from {1 / MOST:g} to {MOST:g}, or infinity for no penalty",
        ),
        ("l1_ratio", l1_ratio, 0 <= l1_ratio <= 1, "a number from 0 to 1"),
        ("tol", tol, tol >= 0, "a number that is not negative"),
        ("max_iter", max_iter, max_iter >= 0 and float(max_iter).is_integer(), "a whole number that is not negative"),
    ):
        if not good:
            raise OptionError(f"{name} is {value}; expected {expected}")

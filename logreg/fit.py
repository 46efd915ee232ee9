"""One function that puts data, loss, penalty and solver together, and the fit that comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .data.base import Data
from .errors import DataError
from .options import Options, check_strength
from .problem import layout
from .problem.certificate import Certificate
from .problem.chart import NOTHING, Chart
from .problem.losses import Loss, loss_for
from .problem.objective import Objective, Point
from .problem.penalties import Penalty
from .problem.units import answer, centred
from .solvers.auto import Choice, choose
from .solvers.base import Record, Result, Status, minimize
from .solvers.metric import newton_pays

Array = NDArray[np.float64]
Start = tuple[Array, Array]

PLAIN = Options()

LAID, TINY = 1 << 20, 1 << 17
"""Numbers up to which the data are laid out in the chart before the first step: 8 MB where columns are so few that
products are faster by columns, or where Hessians are to be formed of them again and again; else 1 MB."""

LEAST = 1e-150
"""Numbers of less than this have no square."""


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


class Prepared(NamedTuple):
    """What is to be minimised: as it leads back to the user's units, as steps are taken, by whom and from where."""

    whole: Objective
    road: Objective
    choice: Choice
    start: Point


def fit(
    data: Data,
    n_classes: int,
    options: Options = PLAIN,
    *,
    C: float = 1.0,
    loss: Loss | None = None,
    start: Start | None = None,
) -> Fit:
    r"""Minimise C sum_i s_i loss_i + (1 - l1_ratio)/2 |w|^2 + l1_ratio |w|_1.

    Parameters
    ----------
    data : Data
        Rows with class codes 0 to n_classes - 1 and weights s_i.
    n_classes : int
        Number of classes, at least two.
    options : Options
        The penalty's kind, the solver, and when to stop.
    C : float
        Inverse strength of the penalty; infinity for none, and then the objective is the sum of the losses.
    loss : Loss, optional
        Logistic for two classes and softmax for more by default.
    start : tuple of arrays, optional
        Coefficients and intercept to begin with, in the shapes of ``Fit``.

    Returns
    -------
    Fit

    Raises
    ------
    OptionError
        For a C that is out of range, and for a solver that does not know the penalty.
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
    check_strength(C)
    penalty, weight = (options.penalty(C), 1.0) if np.isinf(C) else (options.penalty(1.0), C)
    with data.reading():
        task = prepared(data, n_classes, options, penalty, weight, loss or loss_for(n_classes), start)
        result = minimize(
            task.road,
            task.choice.solver,
            start=task.start,
            tol=options.tol,
            max_iter=options.max_iter,
            max_seconds=options.max_seconds,
            watch=options.watch,
        )
        return concluded(task.whole, result, task.choice, options.tol)


def prepared(
    data: Data, n_classes: int, options: Options, penalty: Penalty, C: float, loss: Loss, start: Start | None
) -> Prepared:
    """The objective posed and laid out, its solver chosen, and the start in its chart; ``penalty`` in user's units."""
    whole = pose(data, loss, n_classes, penalty, C, options.fit_intercept)
    road = laid(whole)
    choice = choose(options.solver, road, options.seed)
    if start is None:
        return Prepared(whole, road, choice, road.origin())
    coef, intercept = start
    return Prepared(whole, road, choice, road.at(whole.chart.inverse(*centred(whole, coef.T, intercept))))


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

"""The contract of a solver, a generator of points, and the one loop that stops, times, records and reports."""

from __future__ import annotations

import enum
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import ClassVar, NamedTuple

import numpy as np

from ..problem.certificate import Certificate, separates
from ..problem.certifier import Certifier
from ..problem.objective import Objective, Point

IDLE = 50
"""Points without progress after which a fit has reached the floor of rounding, and half as many as went before."""

LOOSEST = 1.0
"""A tolerance of more asks for no more than this one: not even that F is less than twice its minimum."""

EPSILON = float(np.finfo(np.float64).eps)


class Solver(ABC):
    """A recipe for better and better points; it knows nothing of stopping."""

    proximal: ClassVar[bool] = False
    """Whether it handles penalties with a simple part, such as L1."""

    follows: ClassVar[bool] = False
    """Whether a chart that is not made for the penalty does as well: it may go along a path of them in one."""

    @abstractmethod
    def steps(self, start: Point) -> Iterator[Point]:
        """Points of falling objective, the start or better first; ends when rounding leaves no way down."""

    def seeded(self, seed: int) -> Solver:
        """The solver with a seed, if it samples."""
        return self

    def after(self, ratio: float) -> Solver:
        """The solver for the same rows and a penalty weaker by such a factor: it may know what this one learned."""
        return self

    def certifier(self, objective: Objective, tol: float, *, warm: bool) -> Certifier:
        """Who proves how good its points are."""
        return Certifier(objective, tol, warm)


class Status(enum.Enum):
    """How a fit ended, as a sentence for the user."""

    CONVERGED = "converged: the certificate is within tol"
    MAX_ITER = "stopped at max_iter before the certificate reached tol: raise max_iter, loosen tol or use solver='auto'"
    MAX_SECONDS = "stopped by the time limit before the certificate reached tol: allow more seconds or loosen tol"
    STALLED = "no step lowers the objective any more: tol is below what rounding allows on these data"
    DIGITS_LOST = (
        "the optimum is proven, but a column is so far from 0 beside its spread, or so nearly the same as another, "
        "that coefficients have too few digits for tol: centre such columns, or put the difference in place of one"
    )
    SEPARABLE = (
        "the classes are separated perfectly by a linear boundary, so without a penalty the coefficients grow "
        "without end: use a finite C"
    )

    @property
    def converged(self) -> bool:
        """Whether the optimum is proven to the tolerance."""
        return self is Status.CONVERGED

    @property
    def message(self) -> str:
        """The sentence."""
        return self.value


class Record(NamedTuple):
    """One line of a fit's history.

    Parameters
    ----------
    seconds : float
        Since the start of the fit.
    objective : float
        F at the point that was reached.
    excess : float
        Proven upper bound on F minus its minimum, by the best bound of the whole fit.
    """

    seconds: float
    objective: float
    excess: float


class Result(NamedTuple):
    """The last point, how it was reached and what is proven of it."""

    point: Point
    status: Status
    certificate: Certificate
    history: list[Record]


Watcher = Callable[[int, Record], None]


def ignore(iteration: int, record: Record) -> None:
    """The watcher that looks away."""


def minimize(
    objective: Objective,
    solver: Solver,
    *,
    start: Point | None = None,
    tol: float = 1e-6,
    max_iter: int = 10_000,
    max_seconds: float | None = None,
    watch: Watcher = ignore,
) -> Result:
    """Run the solver until the point is certified: the only loop that knows about stopping.

    Parameters
    ----------
    objective : Objective
        What is minimised.
    solver : Solver
        The recipe.
    start : Point, optional
        Where to begin; all parameters 0 by default.
    tol : float
        Proven relative excess of the objective at which to stop.
    max_iter : int
        Points after the start at which to give up.
    max_seconds : float, optional
        Time at which to give up, checked after each point.
    watch : callable
        Called as ``watch(iteration, record)`` after each point.

    Returns
    -------
    Result
        Its history holds the excess of every point, proven by the best bound of the whole run. Points far from the
        optimum may be known to single precision only; the last one never is.
    """
    begin, start, progress = time.perf_counter(), start or objective.origin(), Progress()
    tol = min(tol, LOOSEST)
    certifier = solver.certifier(objective, tol, warm=bool(start.W.any()))
    status, trail = Status.STALLED, list[tuple[float, float]]()
    with objective.data.reading():
        for iteration, point in enumerate(solver.steps(start)):
            certificate = certifier.certify(point)
            seconds = time.perf_counter() - begin
            trail.append((seconds, point.value))
            watch(iteration, Record(seconds, point.value, certificate.bound))
            ended = _ending(point, certificate, iteration, seconds, tol, max_iter, max_seconds)
            if ended is not None:
                status = ended
            if ended is not None or not progress.goes_on(iteration, point.value, certifier.lower):
                break
        if not status.converged:
            point = point.precise()
            certificate = certifier.certify(point, must=True)
            status = Status.CONVERGED if certificate.relative <= tol else status
    history = [Record(s, value, certifier.bound(value)) for s, value in trail]
    return Result(point, status, certificate, history)


class Progress:
    """Whether F still falls, or what is proven of it still rises."""

    def __init__(self) -> None:
        self.objective, self.lower, self.idle = np.inf, -np.inf, 0

    def goes_on(self, iteration: int, objective: float, lower: float) -> bool:
        """Take note of a point; False after too many without progress."""
        better = objective < self.objective * (1 - EPSILON) or lower > self.lower
        self.idle = 0 if better else self.idle + 1
        self.objective, self.lower = min(self.objective, objective), max(self.lower, lower)
        return self.idle <= IDLE + iteration / 2


def _ending(
    point: Point,
    certificate: Certificate,
    iteration: int,
    seconds: float,
    tol: float,
    max_iter: int,
    max_seconds: float | None,
) -> Status | None:
    """The status with which to stop at this point, if any."""
    if certificate.relative <= tol:
        return Status.CONVERGED
    if _is_lost(point, tol):
        return Status.SEPARABLE
    if iteration >= max_iter:
        return Status.MAX_ITER
    if max_seconds is not None and seconds >= max_seconds:
        return Status.MAX_SECONDS
    return None


def _is_lost(point: Point, tol: float) -> bool:
    """Whether F has no minimiser: nothing is penalised, the loss is nearly 0 and no sample is wrong."""
    objective = point.objective
    null = objective.C * np.log(max(objective.outputs, 2)) * objective.chart.total
    return bool(point.value <= tol * null and objective.free.all() and separates(point))

"""Fits for one C after the other, each begun where the one before it ended."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from .data.base import Data
from .fit import Fit, Options, check_options, concluded, fit, laid, penalty_of, pose
from .problem.certificate import Certificate
from .problem.losses import Loss, loss_for
from .problem.units import centred
from .solvers.auto import choose, follows
from .solvers.base import Record, Watcher, ignore, minimize

Array = NDArray[np.float64]


def follow(
    data: Data,
    n_classes: int,
    Cs: Array,
    *,
    loss: Loss | None = None,
    start: tuple[Array, Array] | None = None,
    **options: Unpack[Options],
) -> list[Fit]:
    """The fits for each C, in the order of Cs; each begins at the one for the next smaller C.

    Parameters
    ----------
    data : Data
        The rows.
    n_classes : int
        Number of classes.
    Cs : ndarray of shape (n_cs,)
        Weights of the losses against the penalty.
    loss : Loss, optional
        Logistic for two classes and softmax for more by default.
    start : tuple of arrays, optional
        Coefficients and intercept at which the smallest C begins.
    **options
        As in ``logreg.fit.fit``.
    """
    order = np.argsort(Cs, kind="stable")
    together = np.isfinite(Cs).all() and follows(options.get("solver", "auto"))
    steps = fits_along if together else fits_apart
    fits = steps(data, n_classes, Cs[order], loss=loss, start=start, **options)
    return [fits[at] for at in np.argsort(order)]


def fits_apart(
    data: Data,
    n_classes: int,
    Cs: Array,
    *,
    loss: Loss | None = None,
    start: tuple[Array, Array] | None = None,
    **options: Unpack[Options],
) -> list[Fit]:
    """The fits for rising Cs, each posed anew."""
    fits = list[Fit]()
    for C in Cs.tolist():
        fits.append(fit(data, n_classes, loss=loss, C=C, start=start, **options))
        start = fits[-1].coef, fits[-1].intercept
    return fits


def fits_along(
    data: Data,
    n_classes: int,
    Cs: Array,
    *,
    loss: Loss | None = None,
    start: tuple[Array, Array] | None = None,
    l1_ratio: float = 0.0,
    grouped: bool = False,
    fit_intercept: bool = True,
    solver: str = "auto",
    random_state: int | None = None,
    tol: float = 1e-6,
    max_iter: int = 10_000,
    max_seconds: float | None = None,
    watch: Watcher = ignore,
) -> list[Fit]:
    """The fits for rising Cs of F / C = sum of losses + penalty / C: rows, chart and losses stay, the penalty falls."""
    for C in (Cs[0], Cs[-1]):
        check_options(C=float(C), l1_ratio=l1_ratio, tol=tol, max_iter=max_iter)
    loss = loss or loss_for(n_classes)
    penalties = [penalty_of(l1_ratio, 1.0 / C, grouped=grouped) for C in Cs.tolist()]
    # Lassos count on columns that bend at most 1, as under the strongest ridge; samples must see what the weakest does.
    whole = pose(data, loss, n_classes, penalties[0 if l1_ratio else -1], 1.0, fit_intercept)
    road = laid(whole)
    choice = choose(solver, road, 0 if random_state is None else random_state)
    point = road.origin()
    if start is not None:
        point = road.at(whole.chart.inverse(*centred(whole, start[0].T, start[1])))
    steps, fits, last = choice.solver, list[Fit](), float(Cs[0])
    for C, penalty in zip(Cs.tolist(), penalties, strict=True):
        here = replace(road, penalty=penalty.in_chart(whole.chart.scale, fit_intercept))
        steps, last = steps.after(C / last), C
        begun = point.within(here)
        result = minimize(
            here, steps, start=begun, tol=tol, max_iter=max_iter, max_seconds=max_seconds, watch=partial(told, watch, C)
        )
        point = result.point
        fits.append(scaled(concluded(whole, result, choice, tol), C))
    return fits


def scaled(one: Fit, C: float) -> Fit:
    """A fit of F / C as one of F."""
    history, proof = [times(record, C) for record in one.history], one.certificate
    return replace(one, history=history, certificate=Certificate(proof.objective * C, proof.bound * C))


def told(watch: Watcher, C: float, iteration: int, record: Record) -> None:
    """Pass on what is known of F / C as what it says of F."""
    watch(iteration, times(record, C))


def times(record: Record, C: float) -> Record:
    """A record of F / C as one of F."""
    return Record(record.seconds, record.objective * C, record.excess * C)

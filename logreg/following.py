"""Fits for one C after the other, each begun where the one before it ended."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .data.base import Data
from .fit import Fit, Start, concluded, fit, prepared
from .options import Options, check_strength
from .problem.certificate import Certificate
from .problem.losses import Loss, loss_for
from .solvers.auto import follows
from .solvers.base import Record, Watcher, minimize

Array = NDArray[np.float64]


def follow(
    data: Data, n_classes: int, Cs: Array, options: Options, *, loss: Loss | None = None, start: Start | None = None
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
    options : Options
        The same for all fits.
    loss : Loss, optional
        Logistic for two classes and softmax for more by default.
    start : tuple of arrays, optional
        Coefficients and intercept at which the smallest C begins.

    Raises
    ------
    OptionError
        For a C that is out of range.
    """
    order = np.argsort(Cs, kind="stable")
    for C in Cs[order[[0, -1]]]:
        check_strength(float(C))
    together = np.isfinite(Cs).all() and follows(options.solver)
    steps = fits_along if together else fits_apart
    with data.reading():
        fits = steps(data, n_classes, Cs[order], options, loss or loss_for(n_classes), start)
    return [fits[at] for at in np.argsort(order)]


def fits_apart(
    data: Data, n_classes: int, Cs: Array, options: Options, loss: Loss, start: Start | None = None
) -> list[Fit]:
    """The fits for rising Cs, each posed anew."""
    fits = list[Fit]()
    for C in Cs.tolist():
        fits.append(fit(data, n_classes, options, C=C, loss=loss, start=start))
        start = fits[-1].coef, fits[-1].intercept
    return fits


def fits_along(
    data: Data, n_classes: int, Cs: Array, options: Options, loss: Loss, start: Start | None = None
) -> list[Fit]:
    """The fits for rising Cs of F / C = sum of losses + penalty / C: rows, chart and losses stay, the penalty falls."""
    penalties = [options.penalty(C) for C in Cs.tolist()]
    # Lassos count on columns that bend at most 1, as under the strongest ridge; samples must see what the weakest does.
    first = penalties[0 if options.l1_ratio else -1]
    whole, road, choice, point = prepared(data, n_classes, options, first, 1.0, loss, start)
    steps, fits, last = choice.solver, list[Fit](), float(Cs[0])
    for C, penalty in zip(Cs.tolist(), penalties, strict=True):
        here = replace(road, penalty=penalty.in_chart(whole.chart.scale, options.fit_intercept))
        steps, last = steps.after(C / last), C
        result = minimize(
            here,
            steps,
            start=point.within(here),
            tol=options.tol,
            max_iter=options.max_iter,
            max_seconds=options.max_seconds,
            watch=partial(told, options.watch, C),
        )
        point = result.point
        fits.append(scaled(concluded(whole, result, choice, options.tol), C))
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

"""From the chart to the user's units: the coefficients that are handed back, and what is proven of those themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.base import Block
from .certificate import ROUNDING, Certificate
from .chart import Chart
from .objective import Objective, Point

Array = NDArray[np.float64]

NEGLIGIBLE = 0.1
"""Part of the tolerance up to which rounding is taken to be at its worst: to look for it costs a pass."""

EPSILON = float(np.finfo(np.float64).eps)


class Answer(NamedTuple):
    """Slopes (p, k) and intercepts (k,), and the certificate of the objective there."""

    slopes: Array
    offset: Array
    certificate: Certificate


def answer(whole: Objective, point: Point, proof: Certificate, tol: float) -> Answer:
    """The coefficients of a point, with what is proven of them as they are handed back.

    They may have fewer digits than the point, where a column is far from 0 beside its spread.

    Parameters
    ----------
    whole : Objective
        The objective in the chart that leads back, over the rows as they are.
    point : Point
        The point, of the same objective over the rows as they are or laid out.
    proof : Certificate
        What is proven of the point.
    tol : float
        The relative excess that is to be proven.

    Returns
    -------
    Answer
    """
    whole = replace(whole, penalty=point.objective.penalty)  # along a path it is another one
    plain = whole.chart.apply(point.W)
    slopes, offset = centred(whole, *plain)
    if slopes is not plain[0]:
        value = proof.objective - (whole.penalty.smooth(point.W)[0] - ridge(whole, slopes))
        proof = Certificate(value, max(value - proof.lower, ROUNDING * value))
    handed = handed_back(whole.chart, slopes, offset, proof, tol)
    if handed is None:
        # What all rows lose alike changes F by its square alone; and rounding may as well have made it less than it is.
        value, lost = value_of(whole, slopes, offset), digits_lost(whole.chart, slopes, offset)
        alike = min(whole.C * whole.chart.total * whole.loss.curvature_bound, 2 * value) * lost**2
        handed = Certificate(value, proof.bound + abs(value - proof.objective) + alike)
    return Answer(slopes, offset, handed)


def centred(objective: Objective, slopes: Array, offset: Array) -> tuple[Array, Array]:
    """Slopes and intercept with mean zero over the outputs where only their differences count.

    A ridge asks for that: the mean of each column's slopes is its own, and the loss has no say in it.
    """
    if not objective.loss.shift_invariant:
        return slopes, offset
    if objective.penalty.is_smooth:
        slopes = slopes - slopes.mean(axis=1, keepdims=True)
    return slopes, offset - offset.mean()


def ridge(objective: Objective, slopes: Array) -> float:
    """The penalty's smooth part for slopes in the user's units."""
    return objective.penalty.smooth(objective.chart.inverse(slopes, np.zeros(slopes.shape[1])))[0]


def handed_back(chart: Chart, slopes: Array, offset: Array, proof: Certificate, tol: float) -> Certificate | None:
    """What is proven of coefficients in the user's units; None where rounding may matter beside tol.

    It moves no predictor by more than ``digits_lost`` and ``digits_cancelled``, nor a loss by more than twice that part
    of itself and twice its square: where 1 - p is the chance of the other classes, slopes and curvatures of a loss are
    no larger, and that is at most -log p.
    """
    lost = digits_lost(chart, slopes, offset) + digits_cancelled(chart, slopes)
    moved = 2 * lost * (1 + lost) * proof.objective
    handed = Certificate(proof.objective, proof.bound + moved)
    matters = moved > NEGLIGIBLE * tol * proof.objective or handed.relative > tol >= proof.relative
    return None if matters else handed


def digits_lost(chart: Chart, slopes: Array, offset: Array) -> float:
    """By how much rounding may move all predictors, when what columns far from 0 add up to is taken off again."""
    middle: Array = np.abs(chart.shift) @ np.abs(slopes) + np.abs(offset)
    return EPSILON * float(middle.max())


def digits_cancelled(chart: Chart, slopes: Array) -> float:
    """By how much it may move single ones, where columns that are nearly the same have large slopes that cancel."""
    spread = slopes * (chart.scale[:, None] / chart.unit)
    return EPSILON * float(np.sqrt(np.einsum("ij,ij->j", spread, spread).max()))


def value_of(objective: Objective, slopes: Array, offset: Array) -> float:
    """F at coefficients in the user's units, as anybody would compute it from the rows."""

    def term(block: Block) -> tuple[float]:
        return (objective.loss.sum_grad(block.y, block.X.dot(slopes) + offset, block.weight_or_none)[0],)

    (losses,) = objective.data.sum(term)
    return objective.C * float(losses) + objective.penalty.value(objective.chart.inverse(slopes, offset))

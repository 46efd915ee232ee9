"""Rows held out for scoring, the same share of every class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]


def stratified(y: NDArray[np.integer], share: float, seed: int) -> tuple[Indices, Indices]:
    """Rows to train on and rows held out, both in the order of the file.

    Every class leaves at least one row to train on, so a class of one row is never held out.

    Parameters
    ----------
    y : ndarray of int
        Classes of the rows.
    share : float
        Share held out, from 0 to less than 1.
    seed : int
        The same seed holds out the same rows.

    Examples
    --------
    >>> import numpy as np
    >>> train, test = stratified(np.array([0] * 10 + [1] * 5 + [2]), 0.2, seed=0)
    >>> len(train), len(test)
    (13, 3)
    """
    rng = np.random.default_rng(seed)
    held = np.zeros(len(y), dtype=bool)
    for label in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == label))
        held[rows[: min(int(len(rows) * share + 0.5), len(rows) - 1)]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)

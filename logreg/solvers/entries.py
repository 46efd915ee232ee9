"""Some entries of W, packed together: what the quadratic model of a working set is about."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Entries:
    """Some entries of W, packed into a column; into rows where the penalty ties the outputs of a row.

    Parameters
    ----------
    mask : ndarray of bool, in the shape of W
        The entries; whole rows where they are tied.
    tied : bool
        Whether they are.
    """

    def __init__(self, mask: Mask, tied: bool) -> None:
        self.mask = mask
        outputs, rows = np.nonzero(mask.T)
        width = mask.shape[1] if tied else 1
        self.rows, self.outputs = rows.reshape(width, -1).T, outputs.reshape(width, -1).T
        self.shape = self.rows.shape

    def pack(self, V: NDArray[Any]) -> NDArray[Any]:
        """The entries of V."""
        return V[self.rows, self.outputs]

    def unpack(self, packed: Array) -> Array:
        """The whole V, 0 elsewhere."""
        V = np.zeros(self.mask.shape)
        V[self.rows, self.outputs] = packed
        return V

    def places(self, rows: Mask) -> NDArray[np.intp]:
        """Where the entries of some rows are in the order of ``W.T``: one row of places for each."""
        order = np.cumsum(self.mask.T).reshape(self.mask.T.shape) - 1
        return order[:, rows].T

    def flat(self, packed: NDArray[Any]) -> NDArray[Any]:
        """Packed values, or a stack of them, in the order of ``W.T``."""
        return packed.swapaxes(-1, -2).reshape(*packed.shape[:-2], -1)

    def shaped(self, flat: Array) -> Array:
        """The inverse of ``flat``."""
        return flat.reshape(*flat.shape[:-1], *self.shape[::-1]).swapaxes(-1, -2)

"""Columns as they were read: numbers, or texts as the numbers of their levels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .base import Array

Codes = NDArray[np.int32]

WHOLE = re.compile(r"([+-]?\d+)\.0*")
"""A whole number spelled with a decimal point."""

TRUTHS = ("true", "false")
"""Words that mean the same in capitals."""


@dataclass(frozen=True)
class Numbers:
    """A column of numbers as it was read: nan where a cell is missing."""

    values: Array

    def rows(self, keep: NDArray[np.intp]) -> Self:
        """Some of the rows."""
        return type(self)(self.values[keep])


@dataclass(frozen=True)
class Texts:
    """A column of texts as it was read: the number of its level in each row, -1 where a cell is missing."""

    codes: Codes
    levels: tuple[str, ...]

    def rows(self, keep: NDArray[np.intp]) -> Self:
        """Some of the rows."""
        return type(self)(self.codes[keep], self.levels)

    def counts(self, weight: Array | None = None) -> Array:
        """Rows, or their weight, of each level; missing cells are left out."""
        return np.bincount(self.codes + 1, weight, len(self.levels) + 1)[1:].astype(np.float64)


Raw = Numbers | Texts
Frame = Mapping[str, Raw]


def canonical(level: str) -> str:
    """The level itself, or one spelling for all of a whole number and of true and false.

    So 1 and 1.0 are one level, and so are the true of JSON and the True of other writers.

    >>> canonical("1.00"), canonical("1.50"), canonical("007"), canonical("v1.0"), canonical("TRUE")
    ('1', '1.50', '007', 'v1.0', 'true')
    """
    if level.lower() in TRUTHS:
        return level.lower()
    whole = WHOLE.fullmatch(level)
    return whole[1] if whole else level


def positions(levels: Sequence[str], known: Sequence[str | None]) -> Codes:
    """Where each level stands among the known ones, -1 for none of them.

    >>> positions(["b", "1.0", "c"], ["1", "b"]).tolist()
    [1, 0, -1]
    """
    where = {canonical(level): i for i, level in enumerate(known) if level is not None}
    return np.array([where.get(canonical(level), -1) for level in levels], dtype=np.int32)


def ordered(levels: Sequence[str]) -> list[str]:
    """Levels sorted as numbers where all of them are numbers, else as texts.

    >>> ordered(["10", "9"]), ordered(["b", "10", "9"])
    (['9', '10'], ['10', '9', 'b'])
    """
    try:
        return sorted(levels, key=lambda level: (float(level), level))
    except ValueError:
        return sorted(levels)


def merge(codes: Codes, levels: Sequence[str]) -> Texts:
    """One column of texts from codes into levels that may be spelled in several ways.

    >>> merge(np.array([0, 1, 2, -1], dtype=np.int32), ["1.0", "0", "1"])
    Texts(codes=array([ 1,  0,  1, -1], dtype=int32), levels=('0', '1'))
    """
    spelled = {canonical(level): level for level in sorted(levels, reverse=True)}
    kept = ordered(list(spelled.values()))
    return Texts(np.append(positions(levels, kept), np.int32(-1))[codes], tuple(kept))


def join(parts: Sequence[Raw]) -> Raw:
    """Parts of one column, one after the other, as one column.

    >>> parts = [Texts(np.array([0], dtype=np.int32), (name,)) for name in "ba"]
    >>> join(parts)
    Texts(codes=array([1, 0], dtype=int32), levels=('a', 'b'))
    """
    numbers = [part.values for part in parts if isinstance(part, Numbers)]
    if numbers:
        return Numbers(np.concatenate(numbers))
    texts = [part for part in parts if isinstance(part, Texts)]
    starts = np.cumsum([0, *(len(part.levels) for part in texts)])
    codes = [np.where(part.codes < 0, -1, part.codes + start) for part, start in zip(texts, starts, strict=False)]
    levels = [level for part in texts for level in part.levels]
    return merge(np.concatenate(codes).astype(np.int32), levels)

"""Columns of a table as numbers: what is learned of each in training, and the encoding that follows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar, NamedTuple, Self

import numpy as np

from .base import Array, Matrix
from .cells import Codes, Frame, Numbers, Raw, Texts, positions
from .codes import Coded


class Feature(NamedTuple):
    """One column of the encoded matrix: where it comes from and its standard deviation in training."""

    column: str
    level: str | None
    scale: float

    @property
    def label(self) -> str:
        """The name a reader sees.

        >>> Feature("age", None, 13.6).label, Feature("sex", "Male", 0.47).label
        ('age', 'sex = Male')
        """
        return self.column if self.level is None else f"{self.column} = {self.level}"


MISSING = "(missing)"


class Column(ABC):
    """What the model knows of one column of the table."""

    kind: ClassVar[str]
    name: str

    @property
    @abstractmethod
    def width(self) -> int:
        """Numeric columns this one becomes."""

    @property
    @abstractmethod
    def sizes(self) -> tuple[int, ...]:
        """Levels of each categorical column this one becomes."""

    @abstractmethod
    def fill(self, raw: Raw, out: Array) -> None:
        """Write the numeric part, ``width`` columns, into ``out``."""

    @abstractmethod
    def codes(self, raw: Raw) -> list[Codes]:
        """The categorical part: one column of codes for each of ``sizes``."""

    @abstractmethod
    def features(self) -> list[Feature]:
        """The columns of the encoded matrix that come from this one."""


@dataclass(frozen=True)
class Numeric(Column):
    """A number: missing cells take the mean, and an indicator tells them apart if training had any.

    Examples
    --------
    >>> age = Numeric.learn("age", Numbers(np.array([20.0, np.nan, 40.0])))
    >>> age.mean, age.missing
    (30.0, 0.3333333333333333)
    """

    name: str
    mean: float
    scale: float
    missing: float
    kind: ClassVar[str] = "numeric"

    @classmethod
    def learn(cls, name: str, raw: Numbers) -> Self:
        """Mean, standard deviation and share of missing cells in the rows of training."""
        absent = np.isnan(raw.values)
        known = raw.values[~absent]
        mean = float(known.mean()) if len(known) else 0.0
        with np.errstate(over="ignore", invalid="ignore"):  # the fit names columns whose squares overflow
            away = np.where(absent, 0.0, raw.values - mean)
            return cls(name, mean, float(np.sqrt(np.mean(away**2))), float(absent.mean()))

    @property
    def width(self) -> int:
        """The number itself, and the indicator of a missing cell."""
        return 2 if self.missing else 1

    @property
    def sizes(self) -> tuple[int, ...]:
        """A number has no levels."""
        return ()

    def fill(self, raw: Raw, out: Array) -> None:
        """The number or the mean, then the indicator."""
        assert isinstance(raw, Numbers)
        absent = np.isnan(raw.values)
        out[:, 0] = np.where(absent, self.mean, raw.values)
        out[:, 1:] = absent[:, None]

    def codes(self, raw: Raw) -> list[Codes]:
        """A number has no codes."""
        return []

    def features(self) -> list[Feature]:
        """The number, and the indicator if there is one."""
        indicator = Feature(self.name, MISSING, spread(self.missing))
        return [Feature(self.name, None, self.scale), indicator][: self.width]


@dataclass(frozen=True)
class Categorical(Column):
    """A text: one coefficient a level; the level None is a missing cell, if training had any.

    A level that training did not see, and a missing cell where training had none, add nothing.

    Examples
    --------
    >>> sex = Categorical.learn("sex", Texts(np.array([0, 1, 0], dtype=np.int32), ("f", "m")))
    >>> sex.codes(Texts(np.array([0, 1, -1], dtype=np.int32), ("m", "x")))
    [array([ 1, -1, -1], dtype=int32)]
    """

    name: str
    levels: tuple[str | None, ...]
    shares: tuple[float, ...]
    kind: ClassVar[str] = "categorical"

    @classmethod
    def learn(cls, name: str, raw: Texts) -> Self:
        """Levels seen in the rows of training, and the share of rows of each."""
        counts = np.append(raw.counts(), np.sum(raw.codes < 0))
        seen = [(level, count) for level, count in zip([*raw.levels, None], counts, strict=True) if count]
        return cls(name, tuple(level for level, _ in seen), tuple(float(c / counts.sum()) for _, c in seen))

    @property
    def width(self) -> int:
        """A text has no numeric part."""
        return 0

    @property
    def sizes(self) -> tuple[int, ...]:
        """One categorical column of so many levels."""
        return (len(self.levels),)

    def fill(self, raw: Raw, out: Array) -> None:
        """A text has no numeric part."""

    def codes(self, raw: Raw) -> list[Codes]:
        """The place of each cell's level in the level table."""
        assert isinstance(raw, Texts)
        absent = self.levels.index(None) if None in self.levels else -1
        return [np.append(positions(raw.levels, self.levels), np.int32(absent))[raw.codes]]

    def features(self) -> list[Feature]:
        """One indicator a level."""
        labels = [MISSING if level is None else level for level in self.levels]
        return [Feature(self.name, label, spread(share)) for label, share in zip(labels, self.shares, strict=True)]


def learn(name: str, raw: Raw) -> Numeric | Categorical:
    """The column a model keeps of what was read."""
    return Numeric.learn(name, raw) if isinstance(raw, Numbers) else Categorical.learn(name, raw)


def spread(share: float) -> float:
    """sqrt(f (1 - f)): the standard deviation of an indicator that is 1 in a share f of the rows."""
    return float(np.sqrt(share * (1.0 - share)))


def features(columns: Sequence[Column]) -> list[Feature]:
    """The columns of the encoded matrix, in its order: numbers first, then levels."""
    numeric = [feature for column in columns if not column.sizes for feature in column.features()]
    levels = [feature for column in columns if column.sizes for feature in column.features()]
    return numeric + levels


def encode(columns: Sequence[Column], frame: Frame, n: int) -> Matrix:
    """The matrix of n rows that a model multiplies: numbers, then codes of levels.

    Examples
    --------
    >>> frame = {"x": Numbers(np.array([2.0, np.nan])), "c": Texts(np.array([0, 0], dtype=np.int32), ("a",))}
    >>> encode([Numeric("x", 3.0, 1.0, 0.5), Categorical("c", ("a", "b"), (0.5, 0.5))], frame, 2).dense()
    array([[2., 0., 1., 0.],
           [3., 1., 1., 0.]])
    """
    numeric = np.empty((n, sum(column.width for column in columns)))
    stops = accumulate(column.width for column in columns)
    for column, stop in zip(columns, stops, strict=True):
        column.fill(frame[column.name], numeric[:, stop - column.width : stop])
    coded = [codes for column in columns for codes in column.codes(frame[column.name])]
    sizes = [size for column in columns for size in column.sizes]
    return Coded(numeric, np.stack(coded, axis=1) if coded else np.empty((n, 0), np.int32), sizes)

"""Labels as they stand in a file, mapped, stripped, and matched with the classes of a model."""

from __future__ import annotations

import argparse
import difflib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from ..data.cells import Codes, Texts, canonical, merge, positions
from ..errors import DataError, OptionError

ALIKE = 0.75
"""Share of its letters a label must have in common with a class to be taken for a spelling of it."""


@dataclass(frozen=True)
class Relabel:
    """What the user says labels shall be read as: OLD=NEW pairs, and characters to cut off at both ends."""

    pairs: tuple[str, ...]
    strip: str

    @classmethod
    def of(cls, args: argparse.Namespace) -> Self:
        """As given on the command line."""
        for pair in args.map_label:
            if "=" not in pair.strip()[:-1]:
                raise OptionError(f"--map-label is {pair!r}; expected OLD=NEW, neither of them empty")
        return cls(tuple(args.map_label), args.strip_label)

    def __call__(self, raw: Texts) -> Texts:
        """The column with its labels read so.

        Examples
        --------
        >>> raw = Texts(np.array([0, 1, 2], dtype=np.int32), ("<=50K", "<=50K.", "?"))
        >>> Relabel(("<=50K.=<=50K",), "")(raw)
        Texts(codes=array([0, 0, 1], dtype=int32), levels=('<=50K', '?'))
        """
        if not (self.pairs or self.strip):
            return raw
        mapped = dict(split(pair, raw.levels) for pair in self.pairs)
        read = [mapped.get(level, level.strip(self.strip or None)) for level in raw.levels]
        if "" in read:
            raise OptionError(f"--strip-label {self.strip!r} leaves nothing of {raw.levels[read.index('')]!r}")
        return merge(raw.codes, read)

    def check(self, raw: Texts, column: str, file: str) -> None:
        """Raise where OLD is no label of the whole column, or comes twice."""
        asked = [split(pair, raw.levels)[0] for pair in self.pairs]
        twice = [old for old, count in Counter(asked).items() if count > 1]
        if twice:
            raise OptionError(f"--map-label names {twice[0]!r} more than once: leave all but one of them out")
        for old in asked:
            if old not in raw.levels:
                raise DataError(
                    f"--map-label names {old!r}, but column {column!r} of {file} holds {quoted(raw.levels)}: "
                    "write one of its labels before the ="
                )


def split(pair: str, levels: Sequence[str]) -> tuple[str, str]:
    """OLD and NEW of OLD=NEW, cut so that OLD is a label of the file: labels may hold "=" themselves.

    >>> split("<=50K.=<=50K", ["<=50K.", ">50K."])
    ('<=50K.', '<=50K')
    """
    cuts = [(pair[:at].strip(), pair[at + 1 :].strip()) for at, char in enumerate(pair) if char == "="]
    return next((cut for cut in cuts if cut[0] in levels), cuts[-1])


def known(raw: Texts, classes: Sequence[str], column: str, file: str) -> Codes:
    """The class of each row, -1 where the label is missing; other labels are an error."""
    places = positions(raw.levels, classes)
    strange = [level for level, place, n in zip(raw.levels, places, raw.counts(), strict=True) if place < 0 and n]
    if strange:
        raise DataError(
            f"column {column!r} of {file} holds {quoted(strange)}, the classes of the model are "
            f"{quoted(classes)}: {cure(strange, classes)}"
        )
    return np.append(places, np.int32(-1))[raw.codes]


def cure(strange: Sequence[str], classes: Sequence[str]) -> str:
    """The option that makes strange labels the closest classes, or what else may help."""
    near = {label: close(label, classes) for label in strange}
    extra = {label.replace(match[0], "", 1) for label, match in near.items() if match and match[0] in label}
    if len(extra) == 1 and all(label.strip(*extra) in classes for label in strange):
        return f"cut the rest off with --strip-label '{extra.pop()}'"
    pairs = [f"--map-label '{label}={match[0]}'" for label, match in near.items() if match]
    if pairs:
        return f"if these are the same give {' '.join(pairs[:5])}"
    return "name the right column with --target, or map labels with --map-label OLD=NEW"


def close(label: str, classes: Sequence[str]) -> list[str]:
    """The class a label is most likely a spelling of, if there is one; capitals make no difference.

    >>> close("Yes.", ["no", "yes"]), close("maybe", ["no", "yes"])
    (['yes'], [])
    """
    folded = {name.casefold(): name for name in classes}
    return [folded[key] for key in difflib.get_close_matches(label.casefold(), list(folded), n=1, cutoff=ALIKE)]


def quoted(labels: Sequence[str]) -> str:
    """The first few labels, in quotes."""
    rest = f" and {len(labels) - 5} more" if len(labels) > 5 else ""
    return ", ".join(repr(label) for label in labels[:5]) + rest


def twins(levels: Sequence[str]) -> list[list[str]]:
    """Labels that differ in capitals only.

    >>> twins(["yes", "No", "Yes"])
    [['yes', 'Yes']]
    """
    counts = Counter(level.casefold() for level in levels)
    return [[level for level in levels if level.casefold() == key] for key, n in counts.items() if n > 1]


def class_weight(specs: Sequence[str], classes: Sequence[str]) -> dict[str, float] | str | None:
    """What --class-weight says, as the estimators call it: weights by class, ``balanced``, or nothing.

    Examples
    --------
    >>> class_weight(["balanced"], ["no", "yes"])
    'balanced'
    >>> class_weight(["yes=3,no=0.5"], ["no", "yes"])
    {'yes': 3.0, 'no': 0.5}
    """
    if specs == ["balanced"]:
        return "balanced"
    found: dict[str, float] = {}
    for name, value in (pair for spec in specs for pair in pairs(spec, classes)):
        label = named(name, classes)
        if label in found:
            raise OptionError(f"--class-weight gives class {label!r} more than one weight: keep one of them")
        found[label] = positive(name, value)
    return found or None


def pairs(spec: str, classes: Sequence[str]) -> list[tuple[str, str]]:
    """Names and weights of name=weight,...: names of classes are known, and may hold "=" and commas themselves.

    >>> pairs("yes=2, >=50,000=0.5", ["yes", ">=50,000"])
    [('yes', '2'), ('>=50,000', '0.5')]
    """
    names = "|".join(map(re.escape, sorted(classes, key=len, reverse=True)))
    *cut, rest = re.split(rf"\s*({names}|.+?)=([^=,]*)(?:,|$)", spec)
    if rest.strip() or not cut:
        raise OptionError(f"--class-weight is {spec!r}; expected balanced alone, or name=weight,...")
    return [(name.strip(), value) for name, value in zip(cut[1::3], cut[2::3], strict=True)]


def named(name: str, classes: Sequence[str]) -> str:
    """The class of that name, as the file spells it."""
    at = [canonical(label) for label in classes]
    if canonical(name) not in at:
        raise DataError(
            f"--class-weight names {name!r}, the classes are {quoted(classes)}: write balanced or name=weight"
        )
    return classes[at.index(canonical(name))]


def positive(name: str, value: str) -> float:
    """A weight that is a number above zero."""
    try:
        weight = float(value)
    except ValueError:
        weight = np.nan
    if not 0 < weight < np.inf:
        raise OptionError(f"--class-weight gives {name!r} the weight {value!r}; expected a number above 0")
    return weight

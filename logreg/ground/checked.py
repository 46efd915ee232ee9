"""Values out of a file that may hold anything: each function returns what it expects, or raises ValueError."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

Shape: TypeAlias = "type | tuple[type, ...] | Mapping[str, Shape]"
"""A kind of value, several, or the entries a mapping must have and their shapes."""


def check(good: bool, why: str) -> None:
    """Raise unless it is good."""
    if not good:
        raise ValueError(why)


def items(found: Any, kind: type, what: str) -> list[Any]:
    """A list whose entries are of the kind."""
    check(isinstance(found, list) and all(isinstance(x, kind) for x in found), f"{what} is not a list")
    return list(found)


def texts(found: Any, what: str) -> list[str]:
    """A list of different texts."""
    entries = items(found, str, what)
    check(len(set(entries)) == len(entries), f"{what} are not different texts")
    return entries


def numbers(found: Any, n: int, what: str) -> list[float]:
    """A list of n finite numbers."""
    check(isinstance(found, list) and len(found) == n, f"{what} is not a list of {n} numbers")
    good = all(type(x) in (int, float) and math.isfinite(x) for x in found)
    check(good, f"{what} holds something else than finite numbers")
    return [float(x) for x in found]


def share_list(found: Any, n: int, what: str) -> list[float]:
    """A list of n numbers from 0 to 1."""
    shares = numbers(found, n, what)
    check(all(0 <= x <= 1 for x in shares), f"{what} holds something else than numbers from 0 to 1")
    return shares


def shaped(found: Any, shape: Shape, what: str) -> None:
    """Raise unless it has the shape; a mapping may have more entries than those asked for.

    >>> shaped({"rows": 3, "more": True}, {"rows": int}, "training")
    >>> shaped({"rows": "3"}, {"rows": int}, "training")
    Traceback (most recent call last):
    ValueError: rows is '3', which is not of the kind expected
    """
    if isinstance(shape, Mapping):
        check(isinstance(found, dict), f"{what} is not an object")
        for key, part in shape.items():
            shaped(found[key], part, key)
    else:
        check(isinstance(found, shape), f"{what} is {found!r:.40}, which is not of the kind expected")

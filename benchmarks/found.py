"""Contestants and data sets are found by being there: one module each, listed, selected by name or glob."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, TypeVar

from . import datasets as _datasets
from . import solvers as _solvers
from .contestant import Contestant
from .problem import Dataset


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """What it is selected by."""


N = TypeVar("N", bound=Named)


def contestants() -> list[Contestant]:
    """Every contestant, ours first, then by name."""
    found: list[Contestant] = _gather(_solvers, "contestants")
    return sorted(found, key=lambda each: (not is_ours(each.name), each.name))


def datasets() -> list[Dataset]:
    """Every data set, in the order of the modules."""
    return _gather(_datasets, "datasets")


def is_ours(name: str) -> bool:
    """Whether a contestant of this name is this project's own."""
    return name.split("/")[0] == "logreg"


def _gather(package: Any, name: str) -> list[Any]:
    """The lists of this name in every module of a package, one after the other."""
    modules = [import_module(f"{package.__name__}.{each.name}") for each in iter_modules(package.__path__)]
    return [item for module in modules for item in getattr(module, name)]


def select(items: Iterable[N], patterns: Sequence[str]) -> list[N]:
    """The items whose name matches one of the patterns.

    Raises
    ------
    ValueError
        When a pattern matches nothing: the message has all names.
    """
    items = list(items)
    names = [item.name for item in items]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise ValueError(f"no name matches {pattern!r}: there are {', '.join(names)}")
    return [item for item in items if any(fnmatchcase(item.name, pattern) for pattern in patterns)]

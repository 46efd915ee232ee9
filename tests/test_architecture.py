"""The plan of the house, asserted from the syntax tree: floors, what lives on them, and who may import whom."""

from __future__ import annotations

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "logreg"

# What stands on what: a folder, or the files beside the folders, which are the house. Doors do not know one another.
FLOORS = {
    "errors": set[str](),
    "ground": {"errors"},
    "data": {"errors", "ground"},
    "files": {"errors", "ground", "data"},
    "problem": {"errors", "ground", "data"},
    "solvers": {"errors", "ground", "data", "problem"},
    "house": {"errors", "ground", "data", "files", "problem", "solvers"},
    "benchmarks": set[str](),  # where a wheel puts the runner
    "plots": {"errors", "ground", "solvers", "house"},
    "estimators": {"errors", "ground", "data", "problem", "solvers", "house"},
    "cli": {"errors", "ground", "data", "files", "problem", "solvers", "house"},
}
DOORS = {"benchmarks", "plots", "estimators", "cli"}
FACE = {"__init__", "__main__"}
"""What the package shows of itself: it may open every door."""

# Every other library but NumPy has its rooms, most of them one.
HOMES = {
    "scipy": {
        "data.grams",
        "data.arrays",
        "inputs",
        "prediction",
        "estimators.linear",
        "estimators.reading",
        "estimators.regression",
    },
    "rich": {f"cli.{room}" for room in ("benchmark", "notes", "report", "train", "tune")},
    "sklearn": {
        f"estimators.{room}" for room in ("linear", "reading", "scoring", "regression", "routing", "tuned", "paths")
    },
    "duckdb": {"files.table"},
    "pyarrow": {"files.table", "files.lines"},
    "matplotlib": {"plots.canvas"},
    "threadpoolctl": {"ground.parallel"},
}


def rooms():
    return sorted(path for path in PACKAGE.rglob("*.py") if name_of(path) not in FACE)


def name_of(path):
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def floor_of(name):
    first, *rest = name.split(".")
    return first if rest or first == "errors" else "house"


def imports(path):
    """Modules of this package, and other libraries, that a file imports anywhere."""
    own, others = set(), set()
    parents = list(path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = parents[: len(parents) - node.level + 1] + (node.module.split(".") if node.module else [])
            candidates = [[*base, alias.name] for alias in node.names]
            own.update(".".join(file_of(c) or file_of(base)) for c in candidates)
        elif isinstance(node, ast.ImportFrom):
            others.add(node.module.split(".")[0])
        elif isinstance(node, ast.Import):
            others.update(alias.name.split(".")[0] for alias in node.names)
    return own, others


def file_of(parts):
    """The file of a module, or a folder's own; None where it is neither."""
    if PACKAGE.joinpath(*parts).with_suffix(".py").exists():
        return parts
    return [*parts, "__init__"] if PACKAGE.joinpath(*parts, "__init__.py").exists() else None


@pytest.mark.parametrize("path", rooms(), ids=name_of)
def test_a_room_imports_its_own_floor_and_those_it_stands_on(path):
    floor = floor_of(name_of(path))
    assert floor in FLOORS, f"{name_of(path)} has no floor: say in FLOORS what it stands on"
    for used in imports(path)[0] - FACE:
        assert floor_of(used) in FLOORS[floor] | {floor}, f"{name_of(path)} imports {used}, on which it does not stand"


def test_no_circle_runs_through_the_rooms():
    graph = {name_of(path): imports(path)[0] - FACE for path in rooms()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(graph)


def test_no_floor_stands_on_itself_and_none_on_a_door():
    assert len(list(TopologicalSorter(FLOORS).static_order())) == len(FLOORS)
    assert not any(DOORS & below for below in FLOORS.values())


@pytest.mark.parametrize("path", rooms(), ids=name_of)
def test_other_libraries_keep_to_their_rooms(path):
    for library in imports(path)[1] - sys.stdlib_module_names - {"numpy"}:
        assert name_of(path) in HOMES.get(library, ()), f"{library} belongs in {HOMES.get(library, 'no room')}"


@pytest.mark.parametrize("path", rooms(), ids=name_of)
def test_a_file_begins_with_one_sentence_about_itself(path):
    first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]
    assert first.endswith((".", ":"))

"""The plan of the house, asserted from the syntax tree: floors, what lives on them, and who may import whom."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "logreg"

# From the ground up; rooms in one line do not know each other.
FLOORS = [
    [
        "errors",
        "ground.numerics",
        "ground.parallel",
        "ground.cholesky",
        "ground.conjugate",
        "ground.checked",
        "ground.memory",
    ],
    ["ground.atomic", "data.base", "problem.bend", "problem.penalties", "problem.labels"],
    ["problem.losses", "data.grams", "data.cells", "problem.chart"],
    ["data.arrays", "data.codes", "problem.thin"],
    ["data.columns", "problem.hessian"],
    ["problem.system"],
    ["problem.objective"],
    ["problem.layout"],
    ["problem.sampling"],
    ["files.sql", "files.sentences", "files.spool", "files.lines"],
    ["files.dialect"],
    ["files.table"],
    ["problem.certificate", "problem.freedom"],
    ["problem.certifier", "problem.units"],
    ["solvers.base", "solvers.entries", "solvers.faces", "solvers.directions"],
    ["solvers.search", "solvers.metric", "solvers.restriction", "solvers.curvature"],
    ["solvers.plane", "solvers.wide"],
    [
        "solvers.gradient",
        "solvers.accelerated",
        "solvers.lbfgs",
        "solvers.newton",
        "solvers.quadratic",
        "solvers.implicit",
    ],
    ["solvers.stages", "solvers.proximal_newton", "solvers.mender", "solvers.outlook"],
    ["solvers.proof"],
    ["solvers.sampled"],
    ["solvers.homotopy"],
    ["solvers.working_set"],
    ["solvers.auto"],
    ["options"],
    ["fit", "crossentropy", "prediction", "facts", "origin", "evaluation", "inputs"],
    ["grid", "following", "lockstep", "model"],
    ["path", "folds"],
    ["crossvalidation", "plots.canvas", "cli.texts", "cli.values"],
    [
        "plots.path",
        "plots.curve",
        "plots.history",
        "plots.crossentropy",
        "estimators.linear",
        "estimators.legacy",
        "estimators.shortfall",
    ],
    ["cli.parser", "cli.split", "cli.notes", "cli.score", "cli.report", "cli.labels", "cli.penalty"],
    ["estimators.reading", "estimators.scoring", "cli.tune", "cli.choose", "cli.inspect"],
    ["estimators.regression", "estimators.routing", "cli.sample", "cli.match"],
    ["estimators.logistic"],
    ["estimators.tuned", "estimators.paths", "cli.train", "cli.predict", "cli.evaluate", "cli.benchmark"],
]
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}

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
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name not in ("__init__.py", "__main__.py"))


def name_of(path):
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def imports(path):
    """Modules of this package, and other libraries, that a file imports anywhere."""
    own, others = set(), set()
    parents = list(path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = parents[: len(parents) - node.level + 1] + (node.module.split(".") if node.module else [])
            candidates = [".".join([*base, alias.name]) for alias in node.names]
            own.update(c if (PACKAGE / (c.replace(".", "/") + ".py")).exists() else ".".join(base) for c in candidates)
        elif isinstance(node, ast.ImportFrom):
            others.add(node.module.split(".")[0])
        elif isinstance(node, ast.Import):
            others.update(alias.name.split(".")[0] for alias in node.names)
    return own - {""}, others


@pytest.mark.parametrize("path", rooms(), ids=name_of)
def test_every_room_stands_on_a_floor(path):
    assert name_of(path) in LEVEL, f"{name_of(path)} has no floor: put it into FLOORS where it belongs"


@pytest.mark.parametrize("path", rooms(), ids=name_of)
def test_imports_go_down_only(path):
    name = name_of(path)
    for used in imports(path)[0]:
        assert used in LEVEL, f"{name} imports {used}, which stands on no floor"
        assert LEVEL[used] < LEVEL[name], f"{name} imports {used}, which is not below it"


@pytest.mark.parametrize("path", rooms(), ids=name_of)
def test_other_libraries_keep_to_their_rooms(path):
    for library in imports(path)[1] - sys.stdlib_module_names - {"numpy"}:
        assert name_of(path) in HOMES.get(library, ()), f"{library} belongs in {HOMES.get(library, 'no room')}"


@pytest.mark.parametrize("path", rooms(), ids=name_of)
def test_a_file_begins_with_one_sentence_about_itself(path):
    first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]
    assert first.endswith((".", ":"))

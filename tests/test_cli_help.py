"""The command line as a whole: its help, the examples in it, what it imports, and real files end to end."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import time

import pytest
from cli_tools import DATA, HERE, failure, fresh, report, run, shared

from logreg.cli.parser import COMMANDS, build
from logreg.solvers.auto import NAMES

HEAVY = ("numpy", "scipy", "duckdb", "pyarrow", "matplotlib", "rich", "sklearn", "pandas")


def imported(tmp_path, *argv):
    """Libraries a command imports, of those that take long."""
    code = (
        "import sys; from logreg.cli import main; code = main(sys.argv[1:]); "
        f"print(*[m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr); sys.exit(code)"
    )
    argv = [sys.executable, "-c", code, *map(str, argv)]
    done = subprocess.run(argv, cwd=tmp_path, env=HERE, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()[-1].split()


@pytest.mark.parametrize("argv", [["--help"], ["--version"], ["train", "--help"], ["predict", "--help"]], ids=" ".join)
def test_help_imports_nothing_that_takes_time(tmp_path, argv):
    assert imported(tmp_path, *argv) == []


def test_commands_import_neither_scikit_learn_nor_pandas_nor_matplotlib(tmp_path):
    model, iris = tmp_path / "m.json", DATA / "iris.csv"
    for argv in (
        ["train", iris, "--target", "species", "-o", model],
        ["predict", model, iris, "-o", tmp_path / "out.csv"],
        ["evaluate", model, iris],
        ["inspect", model],
    ):
        assert not {"sklearn", "pandas", "matplotlib"} & set(imported(tmp_path, *argv)), argv[0]


def test_python_m_logreg_is_the_command(tmp_path):
    done = fresh("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout.split()[:1]) == (0, [b"logreg"])


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A folder with data/ in it, as the root of the project has, and room for what the examples write."""
    folder = tmp_path_factory.mktemp("workplace")
    shutil.copytree(DATA, folder / "data")
    return folder


@pytest.mark.parametrize("command", [name for name, *_ in COMMANDS])
def test_the_example_that_ends_each_help_runs(workplace, command, capsys, monkeypatch):
    monkeypatch.chdir(workplace)
    if command != "train":
        assert run("train", "data/messy.csv", "--target", "outcome", "--drop", "id", "-o", "messy.json") == 0
    capsys.readouterr()
    assert run(command, "--help") == 0
    help_text = capsys.readouterr().out
    example = re.search(r"example:\n  (logreg .+)\n*\Z", help_text)
    assert example, help_text[-300:]
    argv = shlex.split(example[1])[1:]
    assert argv[0] == command
    assert run(*argv) == 0


def test_the_example_of_the_whole_command_runs(workplace, capsys, monkeypatch):
    monkeypatch.chdir(workplace)
    assert run("--help") == 0
    example = re.search(r"example:\n  (logreg .+)\n*\Z", capsys.readouterr().out)
    assert run(*shlex.split(example[1])[1:]) == 0


@pytest.mark.parametrize("solver", NAMES)
def test_every_solver_can_be_asked_for(solver, capsys):
    options = ["--target", "species", "--tol", "1e-4", "--max-seconds", "20"]
    found = report(capsys, "train", DATA / "iris.csv", *options, "--solver", solver)
    assert found["certificate"]["objective"] > 0


def test_every_option_is_explained():
    for action in build()._subparsers._group_actions[0].choices.values():
        assert all(option.help for option in action._actions)


# Real files, where they are.


def test_adult_goes_from_its_file_to_its_scores_in_seconds(tmp_path):
    train, test = shared("adult-train.csv"), shared("adult-test.csv")
    begin = time.perf_counter()
    done = fresh("train", train, "--target", "-1", "-o", "adult.json", cwd=tmp_path)
    assert time.perf_counter() - begin < 5
    assert done.returncode == 0, done.stderr
    refused = fresh("evaluate", "adult.json", test, cwd=tmp_path)
    assert refused.returncode == 1
    assert b"'<=50K.', '>50K.'" in refused.stderr
    assert b"--strip-label '.'" in refused.stderr
    scored = fresh("evaluate", "adult.json", test, "--strip-label", ".", "--json", cwd=tmp_path)
    mapped = ["--map-label", "<=50K.=<=50K", "--map-label", ">50K.=>50K"]
    assert fresh("evaluate", "adult.json", test, *mapped, "--json", cwd=tmp_path).stdout == scored.stdout
    accuracy = float(re.search(rb'"accuracy": ([0-9.]+)', scored.stdout)[1])
    assert accuracy >= 0.85


@pytest.mark.parametrize(
    ("name", "target", "options", "classes", "features"),
    [
        ("churn.csv", "Exited", ["--drop", "RowNumber,CustomerId"], ["0", "1"], None),
        ("credit_card_default.csv", "Y", ["--drop", "ID"], ["0", "1"], 23),
        ("saheart.csv", "chd", ["--drop", "1"], ["0", "1"], 10),
        ("spector.csv", "GRADE", ["--drop", "OBS"], ["0", "1"], 3),
        ("anes96.csv", "PID", [], [str(c) for c in range(7)], 9),
    ],
)
def test_real_files_are_certified(capsys, name, target, options, classes, features):
    found = report(capsys, "train", shared(name), "--target", target, *options)
    assert found["classes"] == classes
    assert found["fit"]["converged"]
    assert found["certificate"]["relative"] <= 1e-6
    assert features in (None, found["features"])
    assert found["held_out"]["scores"]["log_loss"] < found["held_out"]["baseline"]["log_loss"]


def test_names_of_customers_are_left_out_of_churn(capsys):
    found = report(capsys, "train", shared("churn.csv"), "--target", "Exited")
    assert list(found["left_out"]) == ["Surname"]
    assert any("'RowNumber' only grows" in note for note in found["notes"])


def test_published_coefficients_come_out_of_the_command_line(capsys):
    options = ["--C", "inf", "--test-size", "0", "--tol", "1e-12", "--top", "99"]
    found = report(capsys, "train", shared("spector.csv"), "--target", "GRADE", "--drop", "OBS", *options)
    coef = {c["feature"]: c["coef"] for c in found["coefficients"]}
    # Stata, from the table beside the data.
    assert coef == pytest.approx({"GPA": 2.82611297201, "TUCE": 0.0951576702557, "PSI": 2.37868772835}, rel=1e-6)
    # The file holds fewer digits than Stata had: both agree to seven.
    assert found["certificate"]["objective"] == pytest.approx(12.8896334653335, rel=1e-7)


def test_a_compressed_file_is_read_in_place(capsys):
    path, options = shared("covertype.csv.gz"), ["--target", "Cover_Type", "--max-iter", "2"]
    found = report(capsys, "train", path, *options)
    assert (found["rows"]["read"], len(found["classes"])) == (92_962, 7)
    assert "has no column 'cover_type'; did you mean 'Cover_Type'" in failure(
        capsys, "train", path, "--target", "cover_type"
    )

"""``logreg benchmark``: the trainers raced on a user's own file, and nothing but sentences when something is wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec

import numpy as np
import pytest
from cli_tools import COMMAND, DATA, HERE, ROOT, failure, hospital, patients, report, run, shared, write_csv  # noqa: F401
from sklearn.linear_model import LogisticRegression

from logreg.cli import benchmark

QUICK = ("--rounds", 0, "--time-limit", 10)


@pytest.fixture
def numbers(tmp_path):
    """A file of numbers and a class, and what it holds."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 3))
    y = X @ [1.0, -2.0, 0.0] + rng.logistic(size=200) > 0
    rows = [[*map(repr, x), "yes" if label else "no"] for x, label in zip(X.tolist(), y, strict=True)]
    return write_csv(tmp_path / "numbers.csv", ["a", "b", "c", "y"], rows), X, y


def trainers(found):
    """The trainers of a report, by name."""
    return {each["name"]: each for each in found["trainers"]}


def test_the_trainers_are_judged_on_the_users_own_data_and_penalty(capsys, numbers):
    file, X, y = numbers
    argv = ("benchmark", file, "--target", "y", "--C", 0.1, "--solvers", "logreg,sklearn/newton-cholesky", *QUICK)
    found = report(capsys, *argv)
    model = LogisticRegression(C=0.1, solver="newton-cholesky", tol=1e-12).fit(X, y)
    margins = np.where(y, 1, -1) * model.decision_function(X)
    best = np.log1p(np.exp(-margins)).sum() + 0.5 * np.sum(model.coef_**2) / 0.1
    for name in ("logreg", "sklearn/newton-cholesky"):
        trainer = trainers(found)[name]
        assert trainer["seconds"]["1e-03"] <= trainer["seconds"]["1e-06"] <= trainer["seconds"]["1e-09"]
        assert min(fit["values"][0] for fit in trainer["fits"]) == pytest.approx(best, rel=1e-8)
    assert trainers(found)["logreg"]["ending"] == "reached"
    assert found["versions"]["scikit-learn"]
    assert found["machine"]["cores"]


def test_the_verdict_names_the_fastest(capsys, numbers):
    found = report(capsys, "benchmark", numbers[0], "--target", "y", "--solvers", "logreg,sklearn/newton*", *QUICK)
    times = {name: each["seconds"]["1e-06"] for name, each in trainers(found).items()}
    assert found["verdict"].startswith(f"{min(times, key=times.get)} is the fastest on these data")
    assert "logreg" in found["verdict"]


def test_where_a_line_parts_the_classes_and_nothing_is_penalised_there_is_no_fastest(capsys, tmp_path):
    rows = [[at % 7 + 0.1 * at, at * 13 % 11, "yes" if at % 7 + 0.1 * at > 6 else "no"] for at in range(60)]
    table = write_csv(tmp_path / "t.csv", ["a", "b", "y"], rows)
    argv = ("benchmark", table, "--target", "y", "--penalty", "none", "--solvers", "logreg,sklearn/newton-cholesky")
    found = report(capsys, *argv, *QUICK)
    assert "no best objective: race with a finite C" in found["verdict"]
    assert all(seconds is None for each in found["trainers"] for seconds in each["seconds"].values())


def test_categories_stay_codes_and_every_trainer_meets_the_same_columns(capsys, hospital):  # noqa: F811
    argv = (
        "benchmark",
        hospital,
        "--target",
        "state",
        "--solvers",
        "logreg,glum/categorical,sklearn/newton-cg",
        *QUICK,
    )
    found = report(capsys, *argv)
    assert found["problem"]["columns"] == 3 + 4  # two numbers and an indicator of gaps; three wards and their gap
    endings = {name: each["ending"] for name, each in trainers(found).items()}
    if endings["glum/categorical"] == "skipped: glum is not installed":
        del endings["glum/categorical"]
    assert set(endings.values()) == {"reached"}


def test_the_penalty_may_be_named_in_words(capsys, numbers):
    argv = ("benchmark", numbers[0], "--target", "y", *QUICK)
    found = report(capsys, *argv, "--penalty", "l1", "--solvers", "logreg,sklearn/l*")
    assert found["problem"]["l1_ratio"] == 1.0
    assert trainers(found)["sklearn/lbfgs"]["ending"] == "skipped: does not do the penalty l1"
    found = report(capsys, *argv, "--penalty", "none", "--solvers", "logreg")
    assert found["problem"]["C"] == "inf"


def test_a_reader_gets_a_table_and_a_verdict(capsys, numbers):
    assert run("benchmark", numbers[0], "--target", "y", "--solvers", "logreg,celer", *QUICK) == 0
    out, err = capsys.readouterr()
    assert "200 x 3, 2 classes, dense, L2, C=1" in out
    assert "does not do the penalty l2" in " ".join(out.split()) or "celer is not installed" in " ".join(out.split())
    assert "logreg is the fastest on these data" in " ".join(out.split())
    assert "Traceback" not in err


def test_without_names_ours_races_every_peer():
    names = [each.name for each in benchmark.runner().contestants([])]
    assert names[0] == "logreg"
    assert {"glum", "skglm", "celer", "snapml", "sklearn/lbfgs"} <= set(names)
    assert not [name for name in names if name.startswith("logreg/") or name == "nothing"]


def test_what_is_wrong_is_said_in_a_sentence(capsys, numbers, monkeypatch):
    file = numbers[0]
    assert "'irsi'" in failure(capsys, "benchmark", file, "--target", "y", "--solvers", "irsi", code=2)
    assert "--l1-ratio" in failure(capsys, "benchmark", file, "--target", "y", "--penalty", "elasticnet", code=2)
    assert "'z'" in failure(capsys, "benchmark", file, "--target", "z", "--solvers", "logreg")
    assert "--target is missing" in failure(capsys, "benchmark", file, code=2)
    monkeypatch.setattr(benchmark, "find_spec", lambda name: None if name == "sklearn" else find_spec(name))
    assert "pip install 'logreg[bench,cli]'" in failure(capsys, "benchmark", file, "--target", "y")


def test_what_is_not_installed_is_named_with_its_cure(capsys, numbers, monkeypatch):
    own = benchmark.runner()
    monkeypatch.setattr(own, "absent", lambda contestants: ["glum", "skglm"])
    assert run("benchmark", numbers[0], "--target", "y", "--solvers", "logreg", *QUICK) == 0
    assert "glum, skglm; pip install 'logreg[bench]'" in capsys.readouterr().err


def test_a_script_without_a_guard_runs_once(tmp_path, numbers):
    script = tmp_path / "script.py"
    argv = ["benchmark", numbers[0], "--target", "y", "--solvers", "logreg", "--rounds", "0"]
    script.write_text(f"from logreg.cli import main\nprint('once')\nmain({argv!r})\n")
    done = subprocess.run([sys.executable, script], env=HERE, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("once") == 1
    assert "logreg is the fastest" in " ".join(done.stdout.split())


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_a_race_is_stopped_in_silence(stop, code):
    argv = [*COMMAND, "benchmark", str(DATA / "digits.csv"), "--target", "-1", "--solvers", "sklearn/saga", "--quiet"]
    race = subprocess.Popen(argv, env=HERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    time.sleep(4)
    race.send_signal(stop)
    out, err = race.communicate(timeout=20)
    assert (race.returncode, out, err) == (code, b"", b"")


@pytest.mark.parametrize("after", [0.8, 1.2])
def test_an_interrupt_of_all_processes_while_they_start_is_quiet(after):
    """As a terminal sends it: to the runner, and to the processes that import the trainers' libraries."""
    argv = [*COMMAND, "benchmark", str(DATA / "digits.csv"), "--target", "-1", "--solvers", "sklearn/saga", "--quiet"]
    race = subprocess.Popen(argv, env=HERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    time.sleep(after)
    os.killpg(race.pid, signal.SIGINT)
    out, err = race.communicate(timeout=20)
    assert (race.returncode, out, err) == (130, b"", b"")


def test_a_real_messy_file_is_raced(capsys):
    file = shared("adult-test.csv")
    argv = ("benchmark", file, "--target", "-1", "--solvers", "logreg,sklearn/newton-cholesky", *QUICK)
    found = report(capsys, *argv)
    assert {each["ending"] for each in found["trainers"]} == {"reached"}
    assert found["problem"]["sparse"]


def test_every_package_is_in_the_wheel():
    import tomllib

    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    homes = {"logreg": "logreg", **build["package-dir"]}
    for name in ("logreg", *build["package-dir"]):
        top = ROOT / homes[name]
        folders = {path.parent.relative_to(top) for path in top.rglob("__init__.py")}
        packages = {".".join([name, *folder.parts]) for folder in folders}
        assert packages <= set(build["packages"]), f"add {packages - set(build['packages'])} to packages"

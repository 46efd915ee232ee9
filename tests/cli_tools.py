"""Helpers of the tests of the command line: running it in this process, and small files to run it on."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from logreg.cli import main

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
SHARED = ROOT.parent / "shared" / "data"


def shared(name):
    """A file of real data, or a skip with the reason."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{path} is not on this machine")
    return str(path)


def run(*argv):
    """The exit code of one command."""
    return main([str(argument) for argument in argv])


def report(capsys, *argv):
    """What a command that must succeed prints with --json."""
    capsys.readouterr()
    assert run(*argv, "--json", "--quiet") == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def failure(capsys, *argv, code=1):
    """The one sentence a command that must fail says."""
    capsys.readouterr()
    assert run(*argv) == code
    out, err = capsys.readouterr()
    complaints = [line for line in err.splitlines() if not line.startswith("logreg: note: ")]
    assert out == "", "results and errors must not mix"
    assert len(complaints) == 1, err
    assert complaints[0].startswith("logreg: error: ")
    return complaints[0].removeprefix("logreg: error: ")


def write_csv(path, names, rows, **dialect):
    """A CSV file by the standard library; without names it has no header."""
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, **dialect)
        out.writerows([names, *rows] if names else rows)
    return str(path)


def read_csv(path):
    """Rows of a CSV file as dictionaries, by the standard library."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# A shell that runs the tests in the background has them ignore interrupts, and with them all that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

COMMAND = (sys.executable, "-m", "logreg")
HERE = {**os.environ, "PYTHONPATH": str(ROOT)}


def fresh(*argv, cwd=None, **more):
    """A command run in a fresh process."""
    return subprocess.run([*COMMAND, *map(str, argv)], cwd=cwd, env=HERE, capture_output=True, timeout=60, **more)


def patients(seed=0, n=120):
    """Names and rows of a small mixed table: a number with gaps, a number, a text with gaps, a class."""
    rng = np.random.default_rng(seed)
    age, dose, ward = rng.normal(50, 10, n), rng.integers(0, 5, n), rng.integers(0, 3, n)
    sick = 0.1 * (age - 50) + 0.5 * dose - ward + rng.logistic(size=n) > 0
    rows = [
        [
            "" if i % 11 == 0 else repr(float(age[i])),
            int(dose[i]),
            "NA" if i % 13 == 0 else "abc"[ward[i]],
            "sick" if sick[i] else "well",
        ]
        for i in range(n)
    ]
    return ["age", "dose", "ward", "state"], rows


@pytest.fixture
def hospital(tmp_path):
    """The file of patients."""
    return write_csv(tmp_path / "hospital.csv", *patients())


@pytest.fixture
def trained(hospital, tmp_path):
    """A model of the patients."""
    path = tmp_path / "hospital.json"
    assert run("train", hospital, "--target", "state", "-o", path, "--quiet") == 0
    return str(path)

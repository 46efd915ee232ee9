"""Every code block of the README does what it says, and so do the examples in docstrings."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S | re.M)
INSTALLS = [text for kind, text in BLOCKS if kind == "sh" and text.startswith("python3 -m venv")]
COMMANDS = [text for kind, text in BLOCKS if kind == "sh" and text not in INSTALLS]
PROGRAMS = [text for kind, text in BLOCKS if kind == "python"]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "logreg").rglob("*.py")
    if path.name != "__main__.py"
)


def test_the_readme_has_nothing_but_blocks_that_are_run():
    assert len(INSTALLS) == 2, "the two commands that .ci/run takes from here"
    assert len(INSTALLS) + len(COMMANDS) + len(PROGRAMS) == len(BLOCKS)
    assert COMMANDS
    assert PROGRAMS


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda text: text.splitlines()[-1])
def test_a_program_of_the_readme_runs(program, capsys):
    exec(compile(program, "README.md", "exec"), {})


@pytest.mark.parametrize("commands", COMMANDS, ids=lambda text: text.splitlines()[0])
def test_commands_of_the_readme_run(commands, tmp_path):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "logreg"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m logreg "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    path = os.pathsep.join([str(script.parent), os.environ["PATH"]])
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-e", "-c", commands], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_hold(name):
    module = import_module(name.removesuffix(".__init__"))
    assert doctest.testmod(module).failed == 0

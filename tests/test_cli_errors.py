"""What goes wrong on the command line: an exit code, one sentence that names the place and the cure, nothing lost."""

from __future__ import annotations

import errno
import json
import re
from pathlib import Path

import pytest
from cli_tools import failure, fresh, hospital, patients, run, trained, write_csv  # noqa: F401

import logreg.cli.train as train_room


@pytest.fixture
def table(tmp_path):
    """A function that writes a small file of columns x, c, y, changed as told."""

    def make(content=None, name="t.csv"):
        rows = "".join(f"{i % 7},{'abc'[i % 3]},{'no' if i % 2 else 'yes'}\n" for i in range(40))
        path = tmp_path / name
        path.write_text("x,c,y\n" + rows if content is None else content, encoding="utf-8")
        return str(path)

    return make


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--target", "Y"], ["has no column 'Y'", "did you mean 'y'", "x, c, y"]),
        (["--target", "9"], ["has no column '9'", "x, c, y"]),
        (["--target", "0"], ["has no column '0'"]),
        (["--target", "y", "--drop", "z"], ["has no column 'z'"]),
        (["--target", "y", "--features", "x,q"], ["has no column 'q'"]),
        (["--target", "y", "--numeric", "c"], ["column 'c'", "holds 'a' in line 2 ", "--missing 'a'"]),
        (["--target", "y", "--drop", "x,c"], ["no column", "is left as a feature"]),
        (["--target", "y", "--sample-weight", "c"], ["column 'c'", "number is expected"]),
        (["--target", "y", "--map-label", "maybe=no"], ["'maybe'", "'no', 'yes'"]),
        (["--target", "y", "--class-weight", "maybe=2"], ["'maybe'", "'no', 'yes'"]),
    ],
)
def test_what_the_file_does_not_have_is_named(table, capsys, options, parts):
    sentence = failure(capsys, "train", table(), *options)
    for part in parts:
        assert part in sentence, sentence


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ([], ["--target is missing", "x, c, y"]),
        (["--target", "y", "--drop", "y"], ["'y'", "--drop"]),
        (["--target", "y", "--features", "y,x"], ["'y'", "cannot be a feature"]),
        (["--target", "y", "--numeric", "x", "--categorical", "x"], ["'x'", "both"]),
        (["--target", "y", "--solver", "magic"], ["'magic'", "auto"]),
        (["--target", "y", "--penalty", "elasticnet"], ["--l1-ratio"]),
        (["--target", "y", "--penalty", "l1", "--l1-ratio", "0.2"], ["contradict"]),
        (["--target", "y", "--class-weight", "yes=-1"], ["above 0"]),
        (["--target", "y", "--map-label", "yes"], ["OLD=NEW"]),
    ],
)
def test_options_that_make_no_sense_end_with_2(table, capsys, options, parts):
    sentence = failure(capsys, "train", table(), *options, code=2)
    for part in parts:
        assert part in sentence, sentence


@pytest.mark.parametrize(
    "options",
    [
        ["--C", "0"], ["--C", "nan"], ["--C", "x"], ["--l1-ratio", "2"], ["--test-size", "1"], ["--test-size", "-0.1"],
        ["--max-iter", "-1"], ["--max-iter", "1.5"], ["--delimiter", "ab"], ["--penalty", "l3"], ["--decimal", ";"],
        ["--unknown"], ["--tol", "0"], ["--seed", "-1"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_values_out_of_range_end_with_2_and_a_usage_line(table, capsys, options):
    assert run("train", table(), "--target", "y", *options) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: ")
    assert options[0] in err


@pytest.mark.parametrize("argv", [[], ["unknown"], ["train"], ["predict", "m"], ["evaluate", "m"], ["inspect"]])
def test_a_command_that_is_not_whole_ends_with_2(capsys, argv):
    assert run(*argv) == 2
    assert capsys.readouterr().err.startswith("usage: ")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "is empty"),
        ("x,c,y\n", "has a header and no rows"),
        ("x,c,y\n1,a,yes\n2,b,yes\n3,a,yes\n", "has one class only, 'yes'"),
        ("x,c,y\n1,a,\n2,b,NA\n3,a,?\n", "has no value at all"),
        ("x,c,y\n1,a\n2,b,yes\n", "line 2 of"),
        ("x,x,y\n1,2,no\n", "more than one column called 'x'"),
        ("x,c,y\ninf,a,no\n1,b,yes\n", "column 'x' of .* is infinite in line 2"),
        ("x,c,y\n1,a,no\n1e999,b,yes\n", "column 'x' of .* is infinite in line 3"),
        (
            "x,y\n" + "".join(f"{i},{i / 7}\n" for i in range(60)),
            "has 60 different values in 60 rows: expected classes",
        ),
        ("x,y\n,a\n,b\nNA,a\n", "no column .* is left as a feature: 'x' is left out, it is empty"),
    ],
)
def test_tables_that_cannot_be_learned_from_are_named(table, capsys, content, expected):
    assert re.search(expected, failure(capsys, "train", table(content), "--target", "y"))


@pytest.mark.parametrize("weight", ["-1", "", "inf"])
def test_weights_that_are_none_are_named_with_their_line(tmp_path, capsys, weight):
    rows = [[i % 5, "ab"[i % 2], weight if i == 7 else 1] for i in range(30)]
    path = write_csv(tmp_path / "t.csv", ["x", "y", "w"], rows)
    sentence = failure(capsys, "train", path, "--target", "y", "--sample-weight", "w")
    assert "'w'" in sentence
    assert "line 9" in sentence


def test_predict_names_missing_columns_and_wrong_types(hospital, trained, tmp_path, capsys):  # noqa: F811
    rows = [["50", "a"]]
    missing = write_csv(tmp_path / "missing.csv", ["Age", "ward"], rows)
    sentence = failure(capsys, "predict", trained, missing)
    for part in ("no column 'age' (nor dose)", "did you mean 'Age'", "its columns are Age, ward"):
        assert part in sentence, sentence
    wrong = write_csv(tmp_path / "wrong.csv", ["age", "dose", "ward"], [["50", "1", "a"], ["old", "1", "a"]])
    assert "column 'age' of" in (sentence := failure(capsys, "predict", trained, wrong))
    assert "'old' in line 3" in sentence
    narrow = write_csv(tmp_path / "narrow.csv", None, [["50", "1"]])
    assert "has 2 columns; expected the 4" in failure(capsys, "predict", trained, narrow, "--no-header")
    assert "header and no rows" in failure(capsys, "predict", trained, write_csv(tmp_path / "e.csv", patients()[0], []))


def test_predict_refuses_to_make_two_columns_of_one_name(hospital, trained, tmp_path, capsys):  # noqa: F811
    assert run("predict", trained, hospital, "--append", "-o", tmp_path / "out.csv") == 0
    sentence = failure(capsys, "predict", trained, tmp_path / "out.csv", "--append")
    assert "has a column 'prediction' already" in sentence
    assert run("predict", trained, tmp_path / "out.csv", "-o", tmp_path / "again.csv") == 0


def test_evaluate_needs_the_target(trained, tmp_path, capsys):  # noqa: F811
    path = write_csv(tmp_path / "t.csv", ["age", "dose", "ward", "outcome"], [["50", "1", "a", "sick"]])
    assert "has no column 'state'" in failure(capsys, "evaluate", trained, path)
    assert run("evaluate", trained, path, "--target", "outcome") == 0
    empty = write_csv(tmp_path / "e.csv", ["age", "dose", "ward", "state"], [["50", "1", "a", "NA"]])
    assert "no row with a target" in failure(capsys, "evaluate", trained, empty)


def test_models_that_are_none_are_refused(hospital, trained, tmp_path, capsys):  # noqa: F811
    assert "is not a model file" in failure(capsys, "predict", hospital, hospital)
    assert "does not exist; did you mean" in failure(capsys, "inspect", trained + "x")
    text = Path(trained).read_text(encoding="utf-8")
    Path(trained).write_text(text[: len(text) // 2], encoding="utf-8")
    assert "is not a model file, or a damaged one" in failure(capsys, "evaluate", trained, hospital)
    Path(trained).write_text(text.replace('"schema": 1', '"schema": 2'), encoding="utf-8")
    assert "newer version" in failure(capsys, "evaluate", trained, hospital)


def test_an_output_that_cannot_be_written_is_named_before_the_work(hospital, trained, tmp_path, capsys):  # noqa: F811
    assert "is a folder" in failure(capsys, "train", hospital, "--target", "state", "-o", tmp_path)
    nowhere = tmp_path / "no" / "where.json"
    assert "does not exist: make it first" in failure(capsys, "train", hospital, "--target", "state", "-o", nowhere)
    assert "does not exist: make it first" in failure(capsys, "predict", trained, hospital, "-o", nowhere)


def test_a_failing_train_leaves_the_old_model(trained, tmp_path, capsys):  # noqa: F811
    before = Path(trained).read_bytes()
    path = write_csv(tmp_path / "one.csv", ["x", "y"], [[1, "a"], [2, "a"], [3, "a"]])
    failure(capsys, "train", path, "--target", "y", "-o", trained)
    assert Path(trained).read_bytes() == before


def test_an_interrupt_is_quiet_and_keeps_the_old_model(hospital, trained, monkeypatch, capsys):  # noqa: F811
    before = Path(trained).read_bytes()

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(train_room, "fit", interrupted)
    capsys.readouterr()
    assert run("train", hospital, "--target", "state", "-o", trained, "--quiet") == 130
    assert capsys.readouterr() == ("", "")
    assert Path(trained).read_bytes() == before


def test_a_full_disk_is_one_sentence(hospital, trained, monkeypatch, capsys):  # noqa: F811
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(train_room.Model, "save", full)
    capsys.readouterr()
    assert run("train", hospital, "--target", "state", "-o", trained, "--quiet") == 1
    assert capsys.readouterr().err == "logreg: error: [Errno 28] No space left on device\n"


@pytest.mark.parametrize("library", ["duckdb", "pyarrow"])
def test_a_missing_library_is_one_sentence_with_the_command_that_installs_it(hospital, tmp_path, library):  # noqa: F811
    (tmp_path / f"{library}.py").write_text(f"raise ModuleNotFoundError(name={library!r})", encoding="utf-8")
    done = fresh("train", hospital, "--target", "state", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.decode().strip().endswith("pip install 'logreg[cli]'")
    assert done.stderr.count(b"\n") == 1


def test_results_go_to_standard_output_and_notes_to_standard_error(table, capsys):
    path = table("1,a,no\n2,b,yes\n" * 20)
    assert run("train", path, "--target", "-1", "--json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["target"] == "column3"
    assert all(line.startswith("logreg: note: ") for line in err.splitlines())
    assert "has no header" in err
    assert run("train", path, "--target", "-1", "--json", "--quiet") == 0
    assert capsys.readouterr().err == ""

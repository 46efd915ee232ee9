"""What goes wrong on the command line: an exit code, one sentence that names the place and the cure, nothing lost."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_tools import COMMAND, HERE, failure, fresh, hospital, patients, report, run, trained, write_csv  # noqa: F401

import logreg.cli.train as train_room
import logreg.files.spool as spooling
import logreg.files.table as rooms
from logreg.cli.notes import Notes


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
        (["--target", "y", "--numeric", "c"], ["column 'c'", "holds 'a' in line 2 ", "--missing a"]),
        (["--target", "y", "--drop", "x,c"], ["no column", "is left as a feature"]),
        (["--target", "y", "--sample-weight", "c"], ["column 'c'", "number is expected"]),
        (["--target", "y", "--map-label", "maybe=no"], ["'maybe'", "'no', 'yes'"]),
        (["--target", "y", "--class-weight", "maybe=2"], ["'maybe'", "'no', 'yes'"]),
        (["--target", "y", "--features", ""], ["has no column ''", "x, c, y"]),
        (["--target", "y", "--drop", ""], ["has no column ''", "x, c, y"]),
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
        (["--target", "y", "--class-weight", "yes=2,no=1,yes=3"], ["class 'yes' more than one weight", "keep one"]),
        (["--target", "y", "--class-weight", "yes=2", "--class-weight", " yes=2"], ["class 'yes' more than one"]),
        (["--target", "y", "--class-weight", ""], ["''", "expected balanced alone, or name=weight"]),
        (["--target", "y", "--class-weight", "balanced", "--class-weight", "yes=2"], ["expected balanced alone"]),
        (["--target", "y", "--quote", ","], ["',' is both", "expected two different characters"]),
        (["--target", "y", "--quote", ";", "--delimiter", ";"], ["';' is both", "give another --quote"]),
        (["--target", "y", "--delimiter", '"'], ["'\"' is both", "give another --quote"]),
        (["--target", "y", "--map-label", "yes"], ["OLD=NEW"]),
        (["--target", "y", "--map-label", "yes="], ["'yes='", "neither of them empty"]),
        (["--target", "y", "--strip-label", "yes"], ["leaves nothing of 'yes'"]),
        (["--target", "y", "--drop", "x,c\nd"], ["no list of entries in one line"]),
        (["--target", "y", "--numeric", "y"], ["'y' is the target", "--numeric"]),
        (["--target", "y", "--categorical", "x", "--drop", "x"], ["'x' is in --categorical and in --drop"]),
        (["--target", "y", "--features", "x,c", "--sample-weight", "x"], ["'x' has the weights and is in --features"]),
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
        ["--unknown"], ["--tol", "0"], ["--seed", "-1"], ["--quote", "ab"], ["--quote", "é"], ["--quote", "\n"],
        ["--delimiter", "\r"], ["--header", "--no-header"], ["--no-header", "--header"], ["--Cs", ""],
        ["--l1-ratio", ""],
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


def test_a_class_that_reads_as_missing_is_named_with_the_option_that_keeps_it(table, tmp_path, capsys):
    rows = "".join(f"{'NA' if i == 5 else i % 7},{['None', 'mild', 'severe'][i % 3]}\n" for i in range(60))
    file, model = table("x,y\n" + rows), tmp_path / "m.json"
    assert run("train", file, "--target", "y") == 0
    said = capsys.readouterr().err
    option = re.search(r"20 hold 'None'; (--missing .*) takes them for classes", said)
    assert option is not None, said
    assert run("train", file, "--target", "y", *shlex.split(option[1]), "-o", model) == 0
    found = json.loads(model.read_text(encoding="utf-8"))
    assert found["classes"] == ["None", "mild", "severe"]
    assert [column["kind"] for column in found["columns"]] == ["numeric"]  # NA is no text among its numbers
    only = table("x,y\n1,NA\n2,b\n3,b\n")
    assert "1 rows have none (1 hold 'NA'; --missing '' takes them" in failure(capsys, "train", only, "--target", "y")


def test_the_cures_for_cells_that_are_no_numbers_lead_to_an_end(trained, tmp_path, capsys):  # noqa: F811
    names, rows = patients(n=40)
    at = names.index("age")
    cells = ("NA", "-n/a", "--", "inf", "a, b", '"', 'say "b", c')
    for row, cell in enumerate(cells, 3):
        rows[row][at] = cell
    file, option = write_csv(tmp_path / "t.csv", names, rows), ""
    for _ in range(len(cells) + 1):
        capsys.readouterr()
        if run("predict", trained, file, *shlex.split(option)) == 0:
            return
        found = re.search(r"--missing .*", capsys.readouterr().err.replace("\n", " "))
        assert found is not None
        option = found[0]
    pytest.fail(f"the cures go round in circles, the last was {option}")


def test_numbers_that_stand_for_missing_cells_stay_missing_however_they_are_spelt(tmp_path, capsys):
    rows = [["-999.0" if i == 3 else i % 7, "n.a." if i == 6 else i % 5, "ab"[i % 2]] for i in range(40)]
    file, model = write_csv(tmp_path / "t.csv", ["x", "z", "y"], rows), tmp_path / "m.json"
    assert run("train", file, "--target", "y", "--missing", "-999") == 0
    option = re.search(r"(--missing .*) makes it numeric", capsys.readouterr().err.replace("\n", " "))
    assert option is not None
    assert run("train", file, "--target", "y", *shlex.split(option[1]), "-o", model, "--test-size", "0") == 0
    x, z = json.loads(model.read_text(encoding="utf-8"))["columns"]
    assert x["missing_share"] == z["missing_share"] == 1 / 40


def test_the_file_that_standard_input_reads_is_not_replaced(trained, tmp_path):  # noqa: F811
    names, rows = patients(n=20)
    path = Path(write_csv(tmp_path / "t.csv", names, rows))
    before = path.read_bytes()
    for command in (("predict", str(trained), "-"), ("train", "-", "--target", "state")):
        with path.open("rb") as flow:
            done = subprocess.run([*COMMAND, *command, "-o", str(path)], stdin=flow, capture_output=True, check=False)
        assert done.returncode == 1 + (command[0] == "train")
        assert path.read_bytes() == before


def test_what_standard_output_holds_already_is_kept(trained, tmp_path):  # noqa: F811
    names, rows = patients(n=5)
    path, out = write_csv(tmp_path / "t.csv", names, rows), tmp_path / "out.txt"
    script = f"{{ echo before; {shlex.join([*COMMAND, 'predict', str(trained), str(path), '-o', '/dev/stdout'])}; }}"
    subprocess.run(f"{script} > {shlex.quote(str(out))}", shell=True, check=True)
    assert out.read_text(encoding="utf-8").splitlines()[:2] == [
        "before",
        "prediction,probability_sick,probability_well",
    ]


@pytest.mark.parametrize("options", [("--drop", "-id"), ("--categorical", "-id,c"), ("--features", "-id")])
def test_names_that_begin_with_a_dash_are_typed_as_they_are(options, table):
    rows = "".join(f"{i % 7},{'abc'[i % 3]},{'no' if i % 2 else 'yes'}\n" for i in range(40))
    assert run("train", table("-id,c,y\n" + rows), "--target", "y", *options, "--quiet") == 0


@pytest.mark.parametrize(("cell", "says"), [
    ("${}.50", "amounts of money"), ("{} €", "amounts of money"), ("1.20{},5", "points between thousands"),
    ("12 00{}", "blanks between thousands"), ("1,20{}.5", "commas between thousands"), ("{},5", "a decimal comma"),
])  # fmt: skip
def test_numbers_in_the_dress_of_texts_are_told_what_to_take_off(cell, says, tmp_path, capsys):
    rows = [[cell.format(i % 9), "ab"[i % 2], i % 4] for i in range(60)]
    write_csv(tmp_path / "t.csv", ["x", "y", "z"], rows)
    assert run("train", tmp_path / "t.csv", "--target", "y") == 0
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("weight", ["-1", "", "NA", "inf", "heavy"])
def test_weights_that_are_none_are_named_with_their_line_and_a_cure_that_works(tmp_path, capsys, weight):
    def weighted(cell):
        rows = [[i % 5, "ab"[i % 2], cell if i == 7 else 1] for i in range(30)]
        return write_csv(tmp_path / "t.csv", ["x", "y", "w"], rows)

    model, told = tmp_path / "m.json", ("--sample-weight", "w")
    # A weight of 0 is what the sentence proposes.
    assert run("train", weighted("0"), "--target", "y", *told, "-o", model) == 0
    assert run("evaluate", model, weighted("0"), *told) == 0
    for argv in (["train", weighted(weight), "--target", "y"], ["evaluate", model, weighted(weight)]):
        sentence = failure(capsys, *argv, *told)
        assert "'w'" in sentence
        assert "line 9" in sentence
        assert "--missing" not in sentence, "a weight that is missing is the next error"
        assert ("0 for a row that shall not count" in sentence) == (weight in ("-1", "", "NA")), sentence


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
    assert report(capsys, "evaluate", trained, path, "--target", "outcome")["target"] == "outcome"
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


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")


@FULL
def test_a_full_disk_is_one_sentence_that_names_the_output(hospital, trained, tmp_path, capsys):  # noqa: F811
    for argv in (["train", hospital, "--target", "state", "-o", "/dev/full"], ["predict", trained, hospital]):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run([*COMMAND, *argv], env=HERE, stdout=full, stderr=subprocess.PIPE, timeout=60)
        assert done.returncode == 1
        complaint = done.stderr.decode().splitlines()[-1]
        assert re.search("error: (the output /dev/full|standard output) cannot be .*No space left on device", complaint)


def test_an_output_the_system_refuses_is_named_as_it_was_typed(hospital, trained, tmp_path, capsys):  # noqa: F811
    if not Path("/proc/self").exists():
        pytest.skip("this system has no /proc")
    assert "the output /proc/x.csv cannot be written" in failure(
        capsys, "predict", trained, hospital, "-o", "/proc/x.csv"
    )
    (tmp_path / "link").symlink_to(tmp_path)
    typed = f"{tmp_path}/link/link"
    assert f"the output {typed} is a folder" in failure(capsys, "predict", trained, hospital, "-o", typed)


def test_predict_does_not_write_over_its_data(hospital, trained, tmp_path, capsys):  # noqa: F811
    before, link = Path(hospital).read_bytes(), tmp_path / "other.csv"
    link.symlink_to(hospital)
    for output in (hospital, link):
        assert "is the data, which would be lost" in failure(capsys, "predict", trained, hospital, "-o", output)
    assert Path(hospital).read_bytes() == before


def test_a_model_is_not_saved_as_a_file_called_minus(hospital, tmp_path, monkeypatch, capsys):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    assert "name a file for the model" in failure(capsys, "train", hospital, "--target", "died", "-o", "-", code=2)
    assert not (tmp_path / "-").exists()


@pytest.mark.parametrize(
    ("text", "options", "cure"),
    [
        ("a~b~y\n1~2~no\n3~4~yes\n", (), "give the --delimiter"),
        ("a,b,y\n1,2,no\n3,4,yes\n", ("--delimiter", ";"), "give the --delimiter"),
        ("a,b,y\n1,2,no\n3,4,yes\n", ("--no-header",), "say --header"),
    ],
)
def test_a_file_that_was_read_in_another_way_than_written_has_its_cure(text, options, cure, tmp_path, capsys):
    file = tmp_path / "odd.csv"
    file.write_text(text, encoding="utf-8")
    assert cure in failure(capsys, "train", file, "--target", "y", *options)


@pytest.mark.parametrize(
    "text",
    ["[]", "{}", "3", '{"x": [1, 2], "y": ["a", "b"]}', '{"x": {"0": 1}, "y": {"0": "a"}}', '{"data": [{"x": 1}]}'],
)
def test_json_without_records_says_so(text, tmp_path, capsys):
    file = tmp_path / "empty.json"
    file.write_text(text, encoding="utf-8")
    assert "has no records: expected [{...}, {...}]" in failure(capsys, "train", file, "--target", "y")


def test_weights_that_leave_nothing_to_score_end_in_a_sentence(tmp_path, capsys):
    rows = [[at % 7, at * 13 % 11, int(at < 4), "yes" if at % 2 else "no"] for at in range(60)]
    file = write_csv(tmp_path / "weights.csv", ["a", "b", "w", "y"], rows)
    train = ("train", file, "--target", "y", "--sample-weight", "w")
    assert "weight" in failure(capsys, *train, "--cv", "5")
    found = report(capsys, *train, "--seed", "0")
    assert found["held_out"] is None
    assert "the rows held out have no weight: the model is not scored" in found["notes"]


def test_columns_that_overflow_are_named_without_a_word_of_numpys(tmp_path, capsys):
    rows = [[at * 1e200, "yes" if at % 3 else "no"] for at in range(40)]
    file = write_csv(tmp_path / "huge.csv", ["a", "y"], rows)
    said = failure(capsys, "train", file, "--target", "y")
    assert "column 'a' has values whose squares overflow" in said


def test_predict_does_not_write_over_its_model(hospital, trained, capsys):  # noqa: F811
    before = Path(trained).read_bytes()
    assert "is the model, which would be lost" in failure(capsys, "predict", trained, hospital, "-o", trained)
    assert Path(trained).read_bytes() == before


@pytest.mark.parametrize(
    ("shell", "code", "expected"),
    [
        ("predict {model} - <&-", 1, b"standard input is closed: give a file"),
        ("predict {model} {rows} >&-", 1, b"standard output is closed: name a file with -o"),
        ("inspect {model} >&-", 0, b""),
        ("predict {model} {rows} -o {model}.csv >&-", 0, b""),
        ("predict {model} nothing.csv 2>&-", 1, b""),
    ],
)
def test_streams_that_are_closed_are_no_traceback(hospital, trained, shell, code, expected):  # noqa: F811
    names = {"model": shlex.quote(trained), "rows": shlex.quote(hospital)}
    command = f"{shlex.join(COMMAND)} {shell.format(**names)}"
    done = subprocess.run(command, shell=True, env=HERE, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (code, b"")
    assert expected in done.stderr
    assert done.stderr.count(b"\n") == bool(expected)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_to_end_leaves_no_files_behind(trained, tmp_path, number):  # noqa: F811
    spool, out = tmp_path / "spool", tmp_path / "out"
    spool.mkdir()
    out.mkdir()
    argv = [*COMMAND, "predict", trained, "-", "-o", str(out / "p.csv")]
    streams = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(argv, env={**HERE, "TMPDIR": str(spool)}, **streams) as process:
        process.stdin.write(b"age,dose,ward\n")
        process.stdin.flush()
        begin = time.monotonic()
        # Python tries the folder with a file of its own first, which only lives for an instant.
        while not list(spool.glob("logreg-*")) and time.monotonic() < begin + 30:
            time.sleep(0.01)
        assert list(spool.glob("logreg-*")), "the command never began to read"
        time.sleep(0.5)  # until it waits for input: Python notices a signal just before such a call after it alone
        process.send_signal(number)
        assert process.wait(timeout=30) == 128 + number
        assert process.stderr.read() == b""
    assert not list(spool.iterdir())
    assert not list(out.iterdir())


def test_a_signal_that_comes_as_a_copy_is_made_leaves_none(tmp_path, monkeypatch):
    def interrupted(number, close=os.close):
        close(number)
        raise KeyboardInterrupt

    monkeypatch.setattr(spooling.tempfile, "tempdir", str(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(spooling.os, "close", interrupted)
        with pytest.raises(KeyboardInterrupt), spooling._temporary():
            raise AssertionError("the signal was lost")
    assert not list(tmp_path.iterdir())


def test_an_error_half_way_says_how_many_rows_are_valid(trained, tmp_path, monkeypatch, capfdbinary):  # noqa: F811
    monkeypatch.setattr(rooms, "BATCH", 7)
    path = write_csv(tmp_path / "t.csv", ["age", "dose", "ward"], [*([["50", "1", "a"]] * 5000), ["inf", "1", "a"]])
    capfdbinary.readouterr()
    assert run("predict", trained, path) == 1
    out, err = capfdbinary.readouterr()
    written = out.count(b"\n") - 1
    assert written > 0
    assert f"the {written} rows written before it are valid, all others are missing".encode() in err
    assert run("predict", trained, path, "-o", tmp_path / "out.csv") == 1
    assert b"rows written" not in capfdbinary.readouterr().err


def test_evaluate_rejects_a_label_to_map_that_is_not_there(hospital, trained, capsys):  # noqa: F811
    sentence = failure(capsys, "evaluate", trained, hospital, "--map-label", "maybe=well")
    assert "--map-label names 'maybe'" in sentence


def test_evaluate_hints_at_a_file_without_names(hospital, trained, tmp_path, capsys):  # noqa: F811
    bare = tmp_path / "bare.csv"
    bare.write_text(Path(hospital).read_text(encoding="utf-8").split("\n", 1)[1], encoding="utf-8")
    assert "--no-header" in failure(capsys, "evaluate", trained, bare, "--header")


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


ESCAPES = "\x1b[31m\x07\x9b\u202e"


@pytest.mark.parametrize("command", ["train", "evaluate", "inspect"])
def test_what_a_terminal_would_obey_is_shown_and_not_done(tmp_path, capsys, command):
    rows = [[i % 7, "abc"[i % 3] + ESCAPES + "z", "no" if i % 4 < 2 else f"y{ESCAPES}z"] for i in range(60)]
    file, model = write_csv(tmp_path / "t.csv", ["x", f"c{ESCAPES}z", f"t{ESCAPES}z"], rows), tmp_path / "m.json"
    argv = ["train", file, "--target", "-1", "-o", model]
    assert run(*argv) == 0
    if command != "train":
        argv = [command, model, *([file] if command == "evaluate" else [])]
        capsys.readouterr()
        assert run(*argv) == 0
    out, err = capsys.readouterr()
    assert (out + err).replace("\n", "").isprintable()
    assert repr(f"y{ESCAPES}z")[1:-1] in out
    assert json.loads(Path(model).read_text(encoding="utf-8"))["classes"] == ["no", f"y{ESCAPES}z"]
    if command != "inspect":
        assert report(capsys, *argv)["classes"] == ["no", f"y{ESCAPES}z"]


def test_errors_notes_and_usage_lines_show_escapes_as_well(tmp_path, capsys):
    file = write_csv(tmp_path / "t.csv", [f"x{ESCAPES}z", "y"], [[i, "ab"[i % 2]] for i in range(30)])
    shown = repr(f"x{ESCAPES}z")[1:-1]
    assert shown in failure(capsys, "train", file, "--target", "z")
    assert run("predict", "m", "f", f"--x{ESCAPES}z") == 2
    assert f"unrecognized arguments: --{shown}\n" in capsys.readouterr().err
    Notes(quiet=False).say(f"x{ESCAPES}z\r\n")
    assert capsys.readouterr().err == f"logreg: note: {shown}\\r\\n\n"


@pytest.mark.parametrize("library", ["secrets", "argparse", "logreg.model", "numpy", "duckdb"])
def test_an_interrupt_while_libraries_are_imported_is_quiet(hospital, trained, library):  # noqa: F811
    code = f"""if True:
        import sys
        class Interrupted:
            def find_spec(self, name, *_):
                if name == {library!r}:
                    sys.meta_path.remove(self)
                    raise KeyboardInterrupt
        sys.meta_path.insert(0, Interrupted())
        from logreg.cli import main
        sys.exit(main(sys.argv[1:]))
        """
    argv = [sys.executable, "-c", code, "predict", trained, hospital]
    done = subprocess.run(argv, env=HERE, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


@pytest.mark.parametrize("above", ["\n", "\n\n", " \n", "\r\n"])
def test_blank_lines_above_the_header_are_passed_over_and_counted(table, capsys, above):
    rows = "".join(f"{i % 7},{'abc'[i % 3]},{'no' if i % 2 else 'yes'}\n" for i in range(40))
    plain = report(capsys, "train", table(), "--target", "y")
    found = report(capsys, "train", table(f"{above}x,c,y\n{rows}", "blank.csv"), "--target", "y")
    assert (found["rows"], found["classes"], found["columns"]) == (plain["rows"], plain["classes"], plain["columns"])
    bad = table(f"{above}x,c,y\n{rows}1,a,no,4\n", "bad.csv")
    line = 42 + above.count("\n")
    assert f"line {line}" in failure(capsys, "train", bad, "--target", "y")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1"])
def test_what_standard_output_has_no_characters_for_is_spelt_out(table, encoding):
    rows = "".join(f"{i % 7},{'jä' if i % 2 else 'nein ✓'}\n" for i in range(40))
    argv = [*COMMAND, "train", table(f"x,y\n{rows}"), "--target", "y", "--cv", "3", "--Cs", "3", "--quiet"]
    said, as_json = (
        subprocess.run(
            [*argv, *more], env={**HERE, "PYTHONIOENCODING": encoding}, capture_output=True, timeout=60, check=True
        )
        for more in ([], ["--json"])
    )
    assert said.stderr == as_json.stderr == b""
    assert rb"nein \u2713" in said.stdout
    assert json.loads(as_json.stdout.decode(encoding))["classes"] == ["jä", "nein ✓"]


def test_numbers_beyond_all_probabilities_are_an_error_and_name_their_column(tmp_path, capsys):
    rows = [[i % 7, i % 5, "abc"[i % 5 // 2]] for i in range(60)]
    model = tmp_path / "m.json"
    train = ("train", write_csv(tmp_path / "t.csv", ["x", "z", "y"], rows), "--target", "y", "--C", 1e6)
    assert run(*train, "-o", model, "--quiet") == 0
    far = write_csv(tmp_path / "far.csv", ["x", "z"], [[1, 2], [1, "1e308"]])
    out = tmp_path / "out.csv"
    assert "column 'z' holds a number of the size 1e+308" in failure(capsys, "predict", model, far, "-o", out)
    assert not out.exists()


def test_a_label_is_mapped_once(table, capsys):
    twice = ("--map-label", "no=0", "--map-label", "no=1")
    assert "names 'no' more than once" in failure(capsys, "train", table(), "--target", "y", *twice, code=2)


def test_empty_names_of_files_are_named_as_such(table, capsys):
    assert "name of the file is empty" in failure(capsys, "train", "", "--target", "y")
    assert "name of the output is empty" in failure(capsys, "train", table(), "--target", "y", "-o", "")


def test_a_model_with_a_number_of_too_many_digits_is_damaged(trained, tmp_path, capsys):  # noqa: F811
    model = Path(trained).read_text(encoding="utf-8")
    big = tmp_path / "big.json"
    big.write_text(re.sub(r'"accuracy": [0-9.]+', f'"accuracy": 1{"0" * 400}', model, count=1), encoding="utf-8")
    assert "damaged one: a number has 401 digits" in failure(capsys, "inspect", big)

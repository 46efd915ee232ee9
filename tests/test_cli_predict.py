"""``logreg predict``, ``evaluate`` and ``inspect``: rows in, rows out, and what becomes of them in between."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cli_tools import COMMAND, DATA, HERE, failure, hospital, patients, read_csv, report, run, trained, write_csv  # noqa: F401
from sklearn import metrics

import logreg.files.table as rooms
from logreg.data.cells import Numbers, Texts
from logreg.model import Model


def test_rows_come_back_in_order_with_class_and_probabilities(hospital, trained, tmp_path):  # noqa: F811
    assert run("predict", trained, hospital, "-o", tmp_path / "out.csv") == 0
    found = pd.read_csv(tmp_path / "out.csv")
    assert list(found) == ["prediction", "probability_sick", "probability_well"]
    assert len(found) == 120
    P = found[["probability_sick", "probability_well"]].to_numpy()
    assert np.array_equal(found["prediction"], np.array(["sick", "well"])[P.argmax(axis=1)])
    np.testing.assert_allclose(P.sum(axis=1), 1.0, rtol=1e-12)


def test_probabilities_are_written_to_the_last_bit(hospital, trained, tmp_path):  # noqa: F811
    assert run("predict", trained, hospital, "-o", tmp_path / "out.csv") == 0
    found = [[float(r["probability_sick"]), float(r["probability_well"])] for r in read_csv(tmp_path / "out.csv")]
    rows = read_csv(hospital)
    wards = sorted({r["ward"] for r in rows} - {"NA"})
    frame = {
        "age": Numbers(np.array([float(r["age"] or "nan") for r in rows])),
        "dose": Numbers(np.array([float(r["dose"]) for r in rows])),
        "ward": Texts(
            np.array([wards.index(r["ward"]) if r["ward"] in wards else -1 for r in rows], dtype=np.int32), tuple(wards)
        ),
    }
    assert np.array_equal(found, Model.load(trained).predict_proba(frame, len(rows)))


def test_a_stream_in_small_batches_is_the_whole(hospital, trained, tmp_path, monkeypatch):  # noqa: F811
    assert run("predict", trained, hospital, "--append", "-o", tmp_path / "whole.csv") == 0
    monkeypatch.setattr(rooms, "BATCH", 7)
    assert run("predict", trained, hospital, "--append", "-o", tmp_path / "parts.csv") == 0
    assert (tmp_path / "parts.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize("kind", ["comment", "gzip", "latin-1", "json"])
def test_data_that_plain_csv_would_not_keep_are_not_appended_to_in_place(kind, tmp_path, trained, hospital, capsys):  # noqa: F811
    text, options = Path(hospital).read_text(encoding="utf-8"), []
    file = tmp_path / ("t.jsonl" if kind == "json" else "t.csv")
    if kind == "comment":
        content, options = b"# units: years\n" + text.encode(), ["--skip", "1"]
    elif kind == "gzip":
        content = gzip.compress(text.encode())
    elif kind == "latin-1":
        content, options = text.encode("latin-1"), ["--encoding", "latin-1"]
    else:
        content = pd.read_csv(hospital).to_json(orient="records", lines=True).encode()
    file.write_bytes(content)
    assert "choose another place" in failure(capsys, "predict", trained, file, "--append", "-o", file, *options)
    assert file.read_bytes() == content


def test_an_evaluation_by_weights_says_what_counts_them(tmp_path, trained, hospital, capsys):  # noqa: F811
    rows = [{**row, "w": str(at % 3)} for at, row in enumerate(read_csv(hospital))]
    file = write_csv(tmp_path / "w.csv", list(rows[0]), [list(row.values()) for row in rows])
    assert run("evaluate", trained, file, "--sample-weight", "w") == 0
    said = capsys.readouterr().out
    assert f"scores on {len(rows)} rows, each by its weight" in said
    assert "confusion, every row once: " in said
    assert run("evaluate", trained, file) == 0
    assert "by its weight" not in capsys.readouterr().out


def test_a_pipe_by_name_is_written_to(trained, hospital):  # noqa: F811
    command = [*COMMAND, "predict", str(trained), str(hospital), "--quiet", "-o", "/dev/stdout"]
    found = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    assert found.stdout.startswith(b"prediction,")


def test_append_keeps_every_cell_as_it_stands(tmp_path, trained):  # noqa: F811
    names = ["note, long", "age", "dose", "ward", "state"]
    odd = ['say "hi"', "two\nlines", "", " padded ", "é東", "NA", "1.50", "a,b"]
    rows = [[text, "41.0", "2", "b", ""] for text in odd]
    path = write_csv(tmp_path / "t.csv", names, rows)
    assert run("predict", trained, path, "--append", "-o", tmp_path / "out.csv") == 0
    found = read_csv(tmp_path / "out.csv")
    assert [[row[name] for name in names] for row in found] == rows
    assert list(found[0])[5:] == ["prediction", "probability_sick", "probability_well"]


def test_columns_are_matched_by_name_and_others_ignored(hospital, trained, tmp_path):  # noqa: F811
    rows = [{**row, "extra": "x"} for row in read_csv(hospital)]
    turned = ["extra", "ward", "dose", "age"]
    path = write_csv(tmp_path / "t.csv", turned, [[row[name] for name in turned] for row in rows])
    assert run("predict", trained, hospital, "-o", tmp_path / "a.csv") == 0
    assert run("predict", trained, path, "-o", tmp_path / "b.csv") == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


@pytest.mark.parametrize("target", [1, 2, -1])
def test_files_without_header_are_matched_by_position_with_or_without_target(tmp_path, target):
    _, rows = patients()
    at = target - 1 if target > 0 else 3
    rows = [[*row[:at], row[3], *row[at:3]] for row in rows]
    train = write_csv(tmp_path / "t.csv", None, rows)
    bare = write_csv(tmp_path / "bare.csv", None, [row[:at] + row[at + 1 :] for row in rows])
    named = write_csv(tmp_path / "named.csv", ["p", "q", "r", "s"], rows)
    model = tmp_path / "m.json"
    assert run("train", train, "--target", target, "--no-header", "-o", model, "--quiet") == 0
    for name, options in ((train, []), (bare, []), (named, ["--header"])):
        assert run("predict", model, name, "-o", f"{name}.out", *options) == 0
    outputs = {Path(f"{name}.out").read_bytes() for name in (train, bare, named)}
    assert len(outputs) == 1


def test_a_named_model_reads_a_bare_file_by_position_when_told(hospital, trained, tmp_path):  # noqa: F811
    bare = write_csv(tmp_path / "bare.csv", None, [list(row.values()) for row in read_csv(hospital)])
    assert run("predict", trained, hospital, "-o", tmp_path / "a.csv") == 0
    assert run("predict", trained, bare, "--no-header", "-o", tmp_path / "b.csv") == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_single_row_is_predicted_like_among_others(hospital, trained, tmp_path):  # noqa: F811
    assert run("predict", trained, hospital, "-o", tmp_path / "all.csv") == 0
    for at in (0, 11, 13):
        row = list(read_csv(hospital)[at].values())
        path = write_csv(tmp_path / "one.csv", ["age", "dose", "ward", "state"], [row])
        assert run("predict", trained, path, "-o", tmp_path / "one.out") == 0
        (alone,), among = read_csv(tmp_path / "one.out"), read_csv(tmp_path / "all.csv")[at]
        assert alone.pop("prediction") == among.pop("prediction")
        assert {name: float(p) for name, p in alone.items()} == pytest.approx(
            {name: float(p) for name, p in among.items()}, rel=1e-12
        )


def test_whole_numbers_with_and_without_a_point_are_one_level(tmp_path):
    rows = [[i % 3, i % 2] for i in range(40)]
    whole = write_csv(tmp_path / "whole.csv", ["kind", "y"], rows)
    point = write_csv(tmp_path / "point.csv", ["kind", "y"], [[f"{a}.0", f"{b}.0"] for a, b in rows])
    model = tmp_path / "m.json"
    assert run("train", whole, "--target", "y", "--categorical", "kind", "-o", model, "--quiet") == 0
    for path in (whole, point):
        assert run("predict", model, path, "-o", f"{path}.out") == 0
        assert run("evaluate", model, path) == 0
    assert Path(f"{whole}.out").read_bytes() == Path(f"{point}.out").read_bytes()


def test_unseen_levels_and_gaps_add_nothing(trained, tmp_path):  # noqa: F811
    path = write_csv(tmp_path / "t.csv", ["age", "dose", "ward"], [["50", "2", "a"], ["50", "2", "new"]])
    assert run("predict", trained, path, "-o", tmp_path / "out.csv") == 0
    seen, unseen = (float(row["probability_well"]) for row in read_csv(tmp_path / "out.csv"))
    model = Model.load(trained)
    weight = {f.label: w for f, w in zip(model.features, model.coef[0], strict=True)}["ward = a"]
    assert np.log(seen / (1 - seen)) - np.log(unseen / (1 - unseen)) == pytest.approx(weight)


def test_standard_input_and_output_are_dashes(hospital, trained, monkeypatch, capfdbinary, tmp_path):  # noqa: F811
    assert run("predict", trained, hospital, "-o", tmp_path / "out.csv") == 0
    with Path(hospital).open("rb") as file:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))
        capfdbinary.readouterr()
        assert run("predict", trained, "-") == 0
    assert capfdbinary.readouterr().out == (tmp_path / "out.csv").read_bytes()


def test_a_reader_that_leaves_early_ends_it_quietly(hospital, trained):  # noqa: F811
    many = Path(hospital).with_name("many.csv")
    head, body = Path(hospital).read_text(encoding="utf-8").split("\n", 1)
    many.write_text(head + "\n" + body * 3000, encoding="utf-8")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*COMMAND, "predict", trained, str(many)], env=HERE, **pipes) as process:
        assert process.stdout.readline().startswith(b"prediction,")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("argv", [["inspect", "{model}"], ["evaluate", "{model}", "{rows}"], ["train", "--help"]])
def test_a_report_nobody_reads_is_no_error(hospital, trained, argv):  # noqa: F811
    argv = [part.format(model=trained, rows=hospital) for part in argv]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*COMMAND, *argv], env=HERE, stdout=writer, stderr=subprocess.PIPE, timeout=60)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_pipe_is_read_like_the_file(hospital, trained, tmp_path):  # noqa: F811
    assert run("predict", trained, hospital, "-o", tmp_path / "file.csv") == 0
    os.mkfifo(tmp_path / "pipe")
    rows = Path(hospital).read_bytes()
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(rows,), daemon=True)
    writer.start()
    assert run("predict", trained, tmp_path / "pipe", "-o", tmp_path / "pipe.csv") == 0
    writer.join(timeout=10)
    assert (tmp_path / "pipe.csv").read_bytes() == (tmp_path / "file.csv").read_bytes()
    piped = subprocess.run([*COMMAND, "predict", trained, "/dev/stdin"], env=HERE, input=rows, capture_output=True)
    assert piped.stdout == (tmp_path / "file.csv").read_bytes()


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_levels_training_did_not_see_are_counted_in_a_note(trained, tmp_path, capsys, command):  # noqa: F811
    rows = [["50", "1", ward, "well"] for ward in ("a", "A", "B", "A", "")]
    path = write_csv(tmp_path / "t.csv", ["age", "dose", "ward", "state"], rows)
    capsys.readouterr()
    assert run(command, trained, path) == 0
    notes = capsys.readouterr().err
    assert notes.count("\n") == 1
    assert "column 'ward'" in notes
    assert "3 of 5 rows hold levels that training did not see ('A', 'B'; it saw 'a', 'b', 'c')" in notes
    assert run(command, trained, path, "--quiet") == 0
    assert capsys.readouterr().err == ""


def test_a_line_of_names_among_rows_is_suspected(tmp_path, capsys):
    rows = [["abc"[i % 3], "de"[i % 2], "yn"[i % 2]] for i in range(60)]
    bare = write_csv(tmp_path / "bare.csv", None, rows)
    named = write_csv(tmp_path / "named.csv", ["k", "l", "y"], rows)
    model = tmp_path / "m.json"
    assert run("train", bare, "--target", "3", "--no-header", "-o", model, "--quiet") == 0
    suspicions = []
    for path, options in ((bare, []), (named, []), (named, ["--header"]), (named, ["--no-header"])):
        capsys.readouterr()
        assert run("predict", model, path, *options) == 0
        suspicions.append("'k', 'l', looks like a line of names: --header" in capsys.readouterr().err)
    assert suspicions == [False, True, False, False]


def test_input_and_output_may_be_one_file(hospital, trained, tmp_path):  # noqa: F811
    assert run("predict", trained, hospital, "--append", "-o", tmp_path / "out.csv") == 0
    assert run("predict", trained, hospital, "--append", "-o", hospital) == 0
    assert Path(hospital).read_bytes() == (tmp_path / "out.csv").read_bytes()


def test_an_output_is_replaced_only_once_the_new_one_is_complete(hospital, trained, tmp_path, capsys):  # noqa: F811
    out = tmp_path / "out.csv"
    out.write_text("precious", encoding="utf-8")
    text = Path(hospital).read_text(encoding="utf-8")
    bad = tmp_path / "bad.csv"
    bad.write_text(text + text.split("\n", 1)[1] * 1000 + "1,2\n", encoding="utf-8")
    assert "2 columns where 4" in failure(capsys, "predict", trained, bad, "-o", out)
    assert out.read_text(encoding="utf-8") == "precious"
    assert {p.name for p in tmp_path.iterdir()} == {"out.csv", "bad.csv", "hospital.csv", "hospital.json"}


def test_evaluate_scores_what_predict_writes(hospital, trained, tmp_path, capsys):  # noqa: F811
    assert run("predict", trained, hospital, "--append", "-o", tmp_path / "out.csv") == 0
    found = pd.read_csv(tmp_path / "out.csv")
    p, y = found["probability_well"], found["state"] == "well"
    scores = report(capsys, "evaluate", trained, hospital)
    assert scores["scores"]["log_loss"] == pytest.approx(metrics.log_loss(y, p))
    assert scores["scores"]["roc_auc"] == pytest.approx(metrics.roc_auc_score(y, p))
    assert scores["scores"]["brier"] == pytest.approx(metrics.brier_score_loss(y, p))
    assert scores["scores"]["accuracy"] == pytest.approx((found["prediction"] == found["state"]).mean())
    assert scores["confusion"] == metrics.confusion_matrix(found["state"], found["prediction"]).tolist()
    share = Model.load(trained).shares[1]
    assert scores["baseline"]["log_loss"] == pytest.approx(metrics.log_loss(y, np.full(len(y), share)))


def test_evaluate_counts_rows_without_a_target_and_takes_weights(tmp_path, trained, capsys):  # noqa: F811
    names, rows = patients(seed=4)
    holes = [[*row[:3], "" if i < 5 else row[3], i % 3] for i, row in enumerate(rows)]
    path = write_csv(tmp_path / "t.csv", [*names, "w"], holes)
    found = report(capsys, "evaluate", trained, path, "--sample-weight", "w")
    assert (found["rows_read"], found["without_target"], found["rows"]) == (120, 5, 115)
    repeated = write_csv(tmp_path / "r.csv", [*names, "w"], [row for row in holes[5:] for _ in range(row[4])])
    expected = report(capsys, "evaluate", trained, repeated)["scores"]
    assert found["scores"] == pytest.approx(expected)


def test_strange_labels_get_the_option_that_helps(hospital, trained, tmp_path, capsys):  # noqa: F811
    rows = [[*list(row.values())[:3], row["state"] + "."] for row in read_csv(hospital)]
    dotted = write_csv(tmp_path / "dotted.csv", ["age", "dose", "ward", "state"], rows)
    sentence = failure(capsys, "evaluate", trained, dotted)
    assert "'sick.', 'well.'" in sentence
    assert "the classes of the model are 'sick', 'well'" in sentence
    assert "--strip-label '.'" in sentence
    expected = report(capsys, "evaluate", trained, hospital)["scores"]
    assert report(capsys, "evaluate", trained, dotted, "--strip-label", ".")["scores"] == expected
    mapped = ["--map-label", "sick.=sick", "--map-label", "well.=well"]
    assert report(capsys, "evaluate", trained, dotted, *mapped)["scores"] == expected
    Path(dotted).write_text(Path(hospital).read_text(encoding="utf-8").replace("sick", "Sick"), encoding="utf-8")
    assert "--map-label 'Sick=sick'" in failure(capsys, "evaluate", trained, dotted)


def test_inspect_shows_what_the_file_holds(trained, capsys):  # noqa: F811
    found = report_of_inspect(capsys, trained)
    assert found["classes"] == ["sick", "well"]
    assert [column["name"] for column in found["columns"]] == ["age", "dose", "ward"]
    assert len(found["coefficients"]) == len(found["features"])
    assert run("inspect", trained) == 0
    out = capsys.readouterr().out
    for part in ("age", "numeric", "ward", "categorical", "certified: ", "options: C 1.0", "versions: logreg"):
        assert part in out, part


def report_of_inspect(capsys, model):
    capsys.readouterr()
    assert run("inspect", model, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_the_messy_file_goes_all_the_way(tmp_path, capsys):
    model = tmp_path / "m.json"
    found = report(capsys, "train", DATA / "messy.csv", "--target", "outcome", "-o", model)
    assert set(found["left_out"]) == {"id", "joined"}
    assert found["held_out"]["scores"]["log_loss"] < found["held_out"]["baseline"]["log_loss"]
    assert run("predict", model, DATA / "messy.csv", "--append", "-o", tmp_path / "out.csv") == 0
    before, after = read_csv(DATA / "messy.csv"), read_csv(tmp_path / "out.csv")
    assert [list(row.values()) for row in before] == [list(row.values())[:10] for row in after]
    assert report(capsys, "evaluate", model, DATA / "messy.csv")["without_target"] == sum(
        not row["outcome"] for row in before
    )

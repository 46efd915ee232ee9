"""``logreg train``: what is learned, scored, reported and saved."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cli_tools import DATA, failure, fresh, hospital, patients, read_csv, report, run, trained, write_csv  # noqa: F401
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import logreg
from logreg.cli import main
from logreg.cli.split import stratified
from logreg.files.table import Table
from logreg.model import Model


def probabilities(path, model, tmp_path):
    """Predictions of a saved model, by column."""
    assert run("predict", model, path, "-o", tmp_path / "out.csv", "--quiet") == 0
    return pd.read_csv(tmp_path / "out.csv")


@pytest.mark.parametrize("target", ["state", "dose"])
def test_the_model_is_that_of_scikit_learn_on_indicators(hospital, tmp_path, target):  # noqa: F811
    frame = pd.read_csv(hospital).astype({"dose": float})
    features = [name for name in frame if name != target]
    X, y = frame[features].copy(), frame[target].astype(int if target == "dose" else object)
    X["gap"] = X["age"].isna().astype(float)
    X["age"] = X["age"].fillna(X["age"].mean())
    texts = [name for name in ("ward", "state") if name in features]
    X[texts] = X[texts].fillna("(missing)")
    reference = make_pipeline(
        make_column_transformer((OneHotEncoder(), texts), remainder="passthrough"),
        LogisticRegression(C=2.0, tol=1e-12, max_iter=100_000, solver="newton-cg"),
    ).fit(X, y)
    train = ("train", hospital, "--target", target, "--C", "2", "--tol", "1e-12", "--test-size", "0")
    assert run(*train, "-o", tmp_path / "m.json", "--quiet") == 0
    found = probabilities(hospital, tmp_path / "m.json", tmp_path)
    expected = reference.predict_proba(X)
    np.testing.assert_allclose(found.iloc[:, 1:], expected, atol=2e-5)
    assert [name.removeprefix("probability_") for name in found.columns[1:]] == [str(c) for c in reference.classes_]


def test_the_objective_and_its_certificate_are_reported(hospital, capsys):  # noqa: F811
    found = report(capsys, "train", hospital, "--target", "state")
    certificate = found["certificate"]
    assert found["fit"]["converged"]
    assert 0 <= certificate["relative"] <= 1e-6
    assert certificate["bound"] == pytest.approx(certificate["relative"] * certificate["objective"], rel=1e-6)
    assert certificate["sentence"].startswith("certified: ")


def test_the_saved_model_is_the_one_that_was_scored(hospital, tmp_path, capsys):  # noqa: F811
    model = tmp_path / "m.json"
    found = report(capsys, "train", hospital, "--target", "state", "-o", model, "--seed", "3")
    frame = pd.read_csv(hospital)
    y = (frame["state"] == "well").to_numpy().astype(int)
    _, test = stratified(y, 0.2, 3)
    P = probabilities(hospital, model, tmp_path).iloc[test]
    assert found["held_out"]["rows"] == len(test)
    assert found["held_out"]["scores"]["log_loss"] == pytest.approx(
        log_loss(frame["state"].iloc[test], P[["probability_sick", "probability_well"]])
    )
    assert json.loads(model.read_text(encoding="utf-8"))["training"]["held_out"] == found["held_out"]


def test_the_baseline_knows_the_frequencies_only(hospital, capsys):  # noqa: F811
    found = report(capsys, "train", hospital, "--target", "state")
    assert found["held_out"]["baseline"]["roc_auc"] == 0.5
    assert found["held_out"]["scores"]["log_loss"] < found["held_out"]["baseline"]["log_loss"]


@pytest.mark.parametrize(("share", "n"), [(0.2, [40, 7, 2, 1]), (0.5, [9, 1, 1]), (0.9, [20, 20])])
def test_held_out_rows_have_their_share_of_every_class_and_leave_one(share, n):
    y = np.repeat(np.arange(len(n)), n)
    train, test = stratified(y, share, seed=1)
    assert sorted([*train, *test]) == list(range(len(y)))
    assert np.all(np.diff(train) > 0)
    assert np.all(np.bincount(y[train], minlength=len(n)) >= 1)
    held = np.bincount(y[test], minlength=len(n))
    assert np.all(np.abs(held - share * np.array(n)) <= 1)


def test_the_seed_decides_which_rows_are_held_out():
    y = np.repeat([0, 1], 50)
    assert np.array_equal(stratified(y, 0.2, 1)[1], stratified(y, 0.2, 1)[1])
    assert not np.array_equal(stratified(y, 0.2, 1)[1], stratified(y, 0.2, 2)[1])


def test_classes_of_one_row_are_trained_on(tmp_path, capsys):
    rows = [[i, "ab"[i % 2]] for i in range(20)] + [[30, "rare"]]
    path = write_csv(tmp_path / "t.csv", ["x", "y"], rows)
    found = report(capsys, "train", path, "--target", "y")
    assert found["classes"] == ["a", "b", "rare"]
    assert found["rows"] == {"read": 21, "without_target": 0, "trained_on": 17, "held_out": 4}


def test_rows_without_a_target_are_counted_and_left_out(tmp_path, capsys):
    rows = [[i, "" if i in (3, 5) else "ab"[i % 2]] for i in range(30)]
    path = write_csv(tmp_path / "t.csv", ["x", "y"], rows)
    found = report(capsys, "train", path, "--target", "y", "--test-size", "0")
    assert found["rows"] == {"read": 30, "without_target": 2, "trained_on": 28, "held_out": 0}
    assert any("2 of 30 rows have no 'y'" in note for note in found["notes"])


@pytest.mark.parametrize("spec", ["state", "4", "-1"])
def test_a_column_is_named_by_name_or_position(hospital, capsys, spec):  # noqa: F811
    assert report(capsys, "train", hospital, "--target", spec)["target"] == "state"


def columns(path):
    return [column["name"] for column in json.loads(path.read_text(encoding="utf-8"))["columns"]]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--drop", "age"], ["dose", "ward"]),
        (["--drop", "-2,1"], ["dose"]),
        (["--drop", "age", "--drop", "ward"], ["dose"]),
        (["--features", "ward,age"], ["ward", "age"]),
        (["--features", "1,2", "--drop", "age"], ["dose"]),
        (["--sample-weight", "dose"], ["age", "ward"]),
    ],
)
def test_features_are_chosen(hospital, tmp_path, options, expected):  # noqa: F811
    model = tmp_path / "m.json"
    assert run("train", hospital, "--target", "state", *options, "-o", model, "--quiet") == 0
    assert columns(model) == expected


def test_names_with_commas_are_found_whole_or_quoted(tmp_path):
    path = write_csv(
        tmp_path / "t.csv", ["a,b", "c", "d", "y"], [[i, i % 3, i % 5, "no" if i % 2 else "yes"] for i in range(30)]
    )
    model = tmp_path / "m.json"
    for drop, expected in (("a,b", ["c", "d"]), ('"a,b",c', ["d"]), ("c,d", ["a,b"])):
        assert run("train", path, "--target", "y", "--drop", drop, "-o", model, "--quiet") == 0
        assert columns(model) == expected


def test_a_number_can_be_taken_as_a_category_and_back(hospital, tmp_path):  # noqa: F811
    model = tmp_path / "m.json"
    assert run("train", hospital, "--target", "state", "--categorical", "dose", "-o", model, "--quiet") == 0
    assert Model.load(str(model)).columns[1].levels == ("0", "1", "2", "3", "4")


def test_ids_and_names_are_left_out_with_a_sentence_and_can_be_forced(tmp_path, capsys):
    rows = [[f"u{i}", i % 7, "ab"[i % 2]] for i in range(60)]
    path = write_csv(tmp_path / "t.csv", ["user", "x", "y"], rows)
    model = tmp_path / "m.json"
    assert run("train", path, "--target", "y", "-o", model) == 0
    err = capsys.readouterr().err
    assert "column 'user' is left out: its 60 different texts in 60 rows look like ids or names" in err
    assert "--categorical 'user'" in err
    assert columns(model) == ["x"]
    assert run("train", path, "--target", "y", "-o", model, "--categorical", "user") == 0
    assert columns(model) == ["user", "x"]
    assert "left out" in failure(capsys, "train", path, "--target", "y", "--features", "user")


def test_row_numbers_and_capitals_at_odds_get_a_note(tmp_path, capsys):
    rows = [[i, (i * 7) % 13, ["yes", "no", "Yes"][i % 3]] for i in range(60)]
    path = write_csv(tmp_path / "t.csv", ["row", "x", "y"], rows)
    notes = " ".join(report(capsys, "train", path, "--target", "y")["notes"])
    assert "column 'row' only grows from row to row" in notes
    assert "['Yes', 'yes'] differ in capitals only" in notes
    found = report(capsys, "train", path, "--target", "y", "--map-label", "Yes=yes")
    assert found["classes"] == ["no", "yes"]


def test_decimal_commas_get_a_note(tmp_path, capsys):
    rows = [[f"{i % 9},5", "ab"[i % 2]] for i in range(60)]
    path = write_csv(tmp_path / "t.csv", ["x", "y"], rows, delimiter=";")
    assert "decimal comma" in " ".join(report(capsys, "train", path, "--target", "y")["notes"])
    assert report(capsys, "train", path, "--target", "y", "--decimal", ",")["features"] == 1


def lettered(path, cells, **dialect):
    """A file of these cells, beside a letter and a class of either kind."""
    rows = [[cell, "abc"[i % 3], "no" if i % 5 < 2 else "yes"] for i, cell in enumerate(cells)]
    return write_csv(path, ["x", "k", "y"], rows, **dialect)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([i % 50 for i in range(600)], "is treated as categories: 600 of its 601 cells are numbers"),
        ([f"{i}.25" for i in range(100)], "is left out: 100 of its 101 cells are numbers"),
    ],
)
def test_a_stray_text_among_numbers_is_pointed_at_and_its_cure_works(tmp_path, capsys, cells, words):
    path = lettered(tmp_path / "t.csv", [*cells, "unknown"])
    notes = " ".join(report(capsys, "train", path, "--target", "y")["notes"])
    assert f"column 'x' {words}, but line {len(cells) + 2} holds 'unknown'; --missing unknown makes it" in notes
    found = report(capsys, "train", path, "--target", "y", "--missing", "unknown", "--drop", "k")
    assert found["features"] == 2


def test_the_cure_of_a_stray_text_keeps_what_is_missing_already(tmp_path, capsys):
    path = lettered(tmp_path / "t.csv", [*(i % 50 for i in range(200)), "unknown", "NA", "a,b"])
    notes = report(capsys, "train", path, "--target", "y")["notes"]
    [option] = [note.split("--missing '")[1].split("'")[0] for note in notes if "--missing" in note]
    found = report(capsys, "train", path, "--target", "y", "--missing", option, "--drop", "k")
    assert found["features"] == 2


def test_texts_with_some_numbers_among_them_are_left_alone(tmp_path, capsys):
    path = lettered(tmp_path / "t.csv", [f"a{i % 7}" if i % 3 else i % 7 for i in range(200)])
    assert not any("column 'x'" in note for note in report(capsys, "train", path, "--target", "y")["notes"])
    path = lettered(tmp_path / "t.csv", [*(i % 7 for i in range(200)), "unknown"])
    notes = report(capsys, "train", path, "--target", "y", "--categorical", "x")["notes"]
    assert not any("column 'x'" in note for note in notes)


@pytest.mark.parametrize(
    ("cells", "options", "words"),
    [
        ([f"0,{i + 100}" for i in range(150)], [], "a decimal comma; --decimal , reads them so"),
        ([f"{i % 9 + 1},{i + 100}" for i in range(150)], [], "commas between thousands"),
        ([f"{i / 10}%" for i in range(150)], [], "percentages"),
        ([f"{i}.5" for i in range(150)], ["--decimal", ","], "a decimal point; --decimal . reads them so"),
    ],
)
def test_numbers_in_another_spelling_are_named_even_where_they_look_like_ids(tmp_path, capsys, cells, options, words):
    path = lettered(tmp_path / "t.csv", cells, delimiter=";")
    found = report(capsys, "train", path, "--target", "y", *options)
    assert words in found["left_out"]["x"]
    assert words in failure(capsys, "train", path, "--target", "y", "--features", "x", *options)


def test_ids_too_long_for_floating_point_and_constants_get_a_note(tmp_path, capsys):
    rows = [[2**63 + i, 7, "same", i % 7, "ab"[i % 2]] for i in range(60)]
    path = write_csv(tmp_path / "t.csv", ["id", "one", "word", "x", "y"], rows)
    notes = " ".join(report(capsys, "train", path, "--target", "y")["notes"])
    assert "column 'id' holds whole numbers beyond 2^53" in notes
    assert "cells are all the same: 'one', 'word'" in notes


def test_a_model_never_replaces_the_rows_it_is_trained_on(hospital, tmp_path, capsys):  # noqa: F811
    before, link = Path(hospital).read_bytes(), tmp_path / "link.csv"
    link.symlink_to(hospital)
    for output in (hospital, link):
        assert "would replace" in failure(capsys, "train", hospital, "--target", "state", "-o", output, code=2)
    assert Path(hospital).read_bytes() == before


def test_a_comment_above_the_header_is_recognised(tmp_path, capsys):
    path = tmp_path / "t.csv"
    path.write_text("# made by hand\n" + Path(lettered(tmp_path / "u.csv", range(40))).read_text(encoding="utf-8"))
    assert "--skip 1" in failure(capsys, "train", path, "--target", "y")
    assert report(capsys, "train", path, "--target", "y", "--skip", "1")["rows"]["read"] == 40


def test_an_uncertified_model_gets_a_note(capsys):
    notes = report(capsys, "train", DATA / "digits.csv", "--target", "digit", "--max-iter", "1")["notes"]
    assert any("not certified to --tol 1e-06" in note for note in notes)


def test_a_penalty_weaker_than_floating_point_can_hold_is_wrong_usage(hospital, capsys):  # noqa: F811
    assert run("train", hospital, "--target", "state", "--C", "1e308") == 2
    assert "'1e308' is not a positive number from 1e-100 to 1e100, or inf" in capsys.readouterr().err


def test_class_weights_may_stand_in_one_list_and_names_may_hold_its_signs(tmp_path, capsys):
    rows = [[i % 7, ">=50,000" if i % 5 < 2 else "less"] for i in range(60)]
    path = write_csv(tmp_path / "t.csv", ["x", "state"], rows)
    apart = coefficients(capsys, path, "--class-weight", ">=50,000=2", "--class-weight", "less=0.5")
    listed = coefficients(capsys, path, "--class-weight", "less=0.5, >=50,000=2")
    assert listed == pytest.approx(apart, rel=1e-9)
    assert listed != pytest.approx(coefficients(capsys, path), abs=1e-6)


def coefficients(capsys, *argv):
    found = report(capsys, "train", *argv, "--target", "state", "--test-size", "0", "--tol", "1e-12", "--top", "99")
    return {(c["feature"], c["class"]): c["coef"] for c in found["coefficients"]}


def test_weights_equal_repeats(tmp_path, capsys):
    names, rows = patients(n=60)
    weight = [i % 4 for i in range(60)]
    known = [[row[0] or "1", *row[1:]] for row in rows]
    weighted = write_csv(tmp_path / "w.csv", [*names, "w"], [[*row, w] for row, w in zip(known, weight, strict=True)])
    repeated = write_csv(tmp_path / "r.csv", names, [r for r, w in zip(known, weight, strict=True) for _ in range(w)])
    left, right = coefficients(capsys, weighted, "--sample-weight", "w"), coefficients(capsys, repeated)
    for key, value in right.items():
        assert left[key] == pytest.approx(value, abs=1e-5), key


def weighed(tmp_path, classes, weighs_nothing):
    rows = [[(7 * i + i // 3) % 11, 0 if classes[i % len(classes)] == weighs_nothing else 1, classes[i % len(classes)]]
            for i in range(90)]  # fmt: skip
    return write_csv(tmp_path / "t.csv", ["x", "w", "state"], rows)


def test_balanced_classes_count_a_class_that_weighs_nothing_as_the_estimators_do(tmp_path, capsys):
    path = weighed(tmp_path, "abc", "c")
    found = report(capsys, "train", path, "--target", "state", "--sample-weight", "w", "--class-weight", "balanced",
                   "--test-size", "0")  # fmt: skip
    X, w, y = (np.array([row[name] for row in read_csv(path)]) for name in ("x", "w", "state"))
    model = logreg.LogisticRegression(class_weight="balanced").fit(X.astype(float)[:, None], y, w.astype(float))
    assert found["fit"]["converged"]
    assert found["certificate"]["objective"] == pytest.approx(model.certificate_.objective, rel=1e-5)


def test_no_pass_looks_for_words_of_missing_cells_where_nothing_asks_for_them(tmp_path, monkeypatch):
    rows = [[i % 7, "" if i == 3 else i % 5, "ab"[i % 2]] for i in range(40)]
    file, asked = write_csv(tmp_path / "t.csv", ["x", "z", "state"], rows), []
    monkeypatch.setattr(Table, "missing_words", lambda *a: asked.append(a) or {})
    assert run("train", file, "--target", "state", "--quiet") == 0
    assert not asked


def test_a_single_class_that_has_weight_is_an_error(tmp_path, capsys):
    path = weighed(tmp_path, "ab", "b")
    said = failure(capsys, "train", path, "--target", "state", "--sample-weight", "w")
    assert "only class 'a' has positive weight" in said


def test_class_weights_balanced_are_those_by_name(hospital, capsys):  # noqa: F811
    states = [row["state"] for row in read_csv(hospital)]
    sick, well = states.count("sick"), states.count("well")
    given = f"sick={len(states) / (2 * sick)},well={len(states) / (2 * well)}"
    balanced = coefficients(capsys, hospital, "--class-weight", "balanced")
    named = coefficients(capsys, hospital, *[a for w in given.split(",") for a in ("--class-weight", w)])
    assert balanced == pytest.approx(named, abs=1e-6)
    assert balanced != pytest.approx(coefficients(capsys, hospital), abs=1e-6)


@pytest.mark.parametrize(
    ("options", "resolved"),
    [
        (["--penalty", "l1"], {"C": 1.0, "l1_ratio": 1.0}),
        (["--penalty", "none"], {"C": "inf", "l1_ratio": 0.0}),
        (["--C", "inf"], {"C": "inf", "l1_ratio": 0.0}),
        (["--penalty", "elasticnet", "--l1-ratio", "0.3"], {"C": 1.0, "l1_ratio": 0.3}),
        (["--no-intercept", "--C", "0.5"], {"C": 0.5, "fit_intercept": False}),
    ],
)
def test_options_are_resolved_and_saved(hospital, tmp_path, options, resolved):  # noqa: F811
    model = tmp_path / "m.json"
    assert run("train", hospital, "--target", "state", *options, "-o", model, "--quiet") == 0
    found = json.loads(model.read_text(encoding="utf-8"))
    assert {key: found["options"][key] for key in resolved} == resolved
    assert found["certificate"]["relative"] <= 1e-6
    if "--no-intercept" in options:
        assert found["intercept"] == [0.0]


def test_coefficients_are_sorted_by_size_per_deviation(hospital, capsys):  # noqa: F811
    found = report(capsys, "train", hospital, "--target", "state", "--top", "99")["coefficients"]
    sizes = [abs(c["per_deviation"]) for c in found]
    assert sizes == sorted(sizes, reverse=True)
    assert {c["feature"] for c in found} == {
        "age", "age = (missing)", "dose", "ward = a", "ward = b", "ward = c", "ward = (missing)",
    }  # fmt: skip
    assert {c["class"] for c in found} == {"well"}


def test_labels_that_are_numbers_sort_as_numbers(capsys):
    found = report(capsys, "train", DATA / "digits.csv", "--target", "digit", "--max-iter", "3")
    assert found["classes"] == [str(digit) for digit in range(10)]


def test_a_fit_that_is_stopped_says_so_and_has_its_bound(capsys):
    found = report(capsys, "train", DATA / "digits.csv", "--target", "digit", "--max-iter", "1")
    assert not found["fit"]["converged"]
    assert "max_iter" in found["fit"]["status"]
    assert found["certificate"]["sentence"].startswith("not certified to tol: ")


def test_cures_are_spelled_as_the_command_line_spells_options(capsys, tmp_path):
    model = tmp_path / "model.json"
    train = ("train", str(DATA / "digits.csv"), "--target", "digit")
    for arguments in ((*train, "--max-iter", "1", "-o", str(model)), ("inspect", str(model))):
        assert main(arguments) == 0
        said = "".join(capsys.readouterr())
        assert "raise --max-iter, loosen --tol or use --solver auto" in " ".join(said.split())
        assert "1 iteration:" in said
        assert "solver=" not in said
    assert main([*train, "--solver", "lbfgs", "--l1-ratio", "1"]) == 2
    assert "--solver lbfgs needs a smooth penalty" in capsys.readouterr().err


def test_the_readers_report_holds_what_json_holds(hospital, capsys):  # noqa: F811
    assert run("train", hospital, "--target", "state") == 0
    out = capsys.readouterr().out
    for part in (
        "log loss", "accuracy", "ROC AUC", "Brier score", "class frequencies", "confusion", "strongest coefficients",
        "ward = ", "certified: ", "sick", "well", " s in the fit",
    ):  # fmt: skip
        assert part in out, part


def test_names_that_look_like_markup_are_printed_as_they_are(tmp_path, capsys):
    rows = [[i % 7, "[red]b[/red]" if i % 2 else ":smile:"] for i in range(40)]
    path = write_csv(tmp_path / "t.csv", ["[bold]x[/bold]", "y"], rows)
    assert run("train", path, "--target", "y") == 0
    out = capsys.readouterr().out
    for part in ("[bold]x[/bold]", "[red]b[/red]", ":smile:"):
        assert part in out


def test_parquet_and_json_train_the_same_model(hospital, tmp_path, capsys):  # noqa: F811
    frame = pd.read_csv(hospital)
    frame.to_json(tmp_path / "t.json", orient="records")
    frame.to_parquet(tmp_path / "t.parquet")
    expected = coefficients(capsys, hospital)
    for name in ("t.json", "t.parquet"):
        assert coefficients(capsys, tmp_path / name) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_standard_input_is_called_so_in_the_report(hospital):  # noqa: F811
    done = fresh("train", "-", "--target", "state", "--json", input=Path(hospital).read_bytes())
    assert json.loads(done.stdout)["file"] == "standard input"

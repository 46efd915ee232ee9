"""``logreg train --cv``: C, and the share of L1, chosen on folds of the rows to train on."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from cli_tools import DATA, failure, hospital, report, run, write_csv  # noqa: F401
from rich.console import Console
from sklearn.linear_model import LogisticRegressionCV

from logreg.cli.split import stratified
from logreg.cli.tune import show_curve
from logreg.crossvalidation import stratified_folds

IRIS = DATA / "iris.csv"


def test_the_curve_is_that_of_scikit_learn_on_the_same_folds(capsys):
    rows = np.genfromtxt(IRIS, delimiter=",", skip_header=1, dtype=None, encoding="utf-8")
    X, species = np.array([list(row)[:4] for row in rows]), np.array([row[4] for row in rows])
    classes, y = np.unique(species, return_inverse=True)
    train, _ = stratified(y, 0.2, 3)
    folds = stratified_folds(y[train], 4, 3)
    reference = LogisticRegressionCV(
        Cs=6,
        cv=folds,
        tol=1e-10,
        solver="newton-cholesky",
        scoring="neg_log_loss",
        l1_ratios=(0.0,),
        use_legacy_attributes=False,
    ).fit(X[train], y[train])
    argv = ("--cv", 4, "--Cs", 6, "--seed", 3, "--tol", "1e-12")
    found = report(capsys, "train", IRIS, "--target", "species", *argv)["cross_validation"]
    curve = found["curve"]
    np.testing.assert_allclose([point["C"] for point in curve], np.logspace(-4, 4, 6))
    scores = -reference.scores_[:, 0]
    np.testing.assert_allclose([point["log_loss"] for point in curve], scores.mean(axis=0), atol=1e-6)
    error = scores.std(axis=0, ddof=1) / 2
    np.testing.assert_allclose([point["standard_error"] for point in curve], error, atol=1e-6)
    assert found["C"] == reference.C_
    assert len(classes) == 3


def test_the_model_saved_is_the_one_with_what_was_chosen(hospital, tmp_path, capsys):  # noqa: F811
    target = ("train", hospital, "--target", "state", "--test-size", "0.3")
    tuned = report(capsys, *target, "--cv", 3, "--l1-ratio", "0", "0.5", "1", "-o", tmp_path / "tuned.json")
    found = tuned["cross_validation"]
    argv = ("--C", repr(found["C"]), "--l1-ratio", found["l1_ratio"], "-o", tmp_path / "plain.json")
    plain = report(capsys, *target, *argv)
    assert plain["cross_validation"] is None
    assert tuned["certificate"]["objective"] == plain["certificate"]["objective"]
    saved, other = (json.loads((tmp_path / name).read_text()) for name in ("tuned.json", "plain.json"))
    assert saved["coef"] == other["coef"]
    assert (saved["options"]["C"], saved["options"]["l1_ratio"]) == (found["C"], found["l1_ratio"])
    assert saved["training"]["cross_validation"] == found
    assert len(found["curve"]) == 30
    assert run("inspect", tmp_path / "tuned.json") == 0


def test_the_rule_takes_the_smallest_strength_within_one_standard_error(hospital, capsys):  # noqa: F811
    train = ("train", hospital, "--target", "state", "--cv", 5)
    best, simple = (
        report(capsys, *train, *rule)["cross_validation"] for rule in ([], ["--rule", "one-standard-error"])
    )
    top = min(best["curve"], key=lambda point: point["log_loss"])
    near = [p["C"] for p in best["curve"] if p["log_loss"] <= top["log_loss"] + top["standard_error"]]
    assert best["C"] == top["C"]
    assert simple["C"] == min(near) < best["C"]
    assert [p["chosen"] for p in simple["curve"]].count(True) == [p["best"] for p in simple["curve"]].count(True) == 1


def test_folds_depend_on_the_seed_alone(hospital, capsys):  # noqa: F811
    train = ("train", hospital, "--target", "state", "--cv", 3, "--Cs", "1", "10", "--test-size", 0)
    once, again, other = (report(capsys, *train, "--seed", seed)["cross_validation"] for seed in (1, 1, 2))
    assert once == again
    assert once["curve"] != other["curve"]


def test_the_table_draws_each_row_between_the_ends_and_marks_the_choice(hospital, capsys):  # noqa: F811
    assert run("train", hospital, "--target", "state", "--cv", 3, "--l1-ratio", "0,1", "--quiet") == 0
    out = capsys.readouterr().out
    table = [line for line in out.splitlines() if "●" in line]
    assert "cross-validated log loss, 3 folds" in out
    assert "L1 ratio" in out
    assert len(table) == 20
    assert sum("chosen" in line for line in table) == 1


@pytest.mark.parametrize(("width", "drawn"), [(80, False), (100, True), (120, True), (160, True)])
def test_the_curve_is_drawn_where_there_is_room_and_no_row_is_broken(width, drawn):
    point = {"log_loss": 0.3, "standard_error": 0.1, "best": False, "chosen": True}
    curve = [{"l1_ratio": ratio, "C": C, **point} for ratio in (0.0, 0.5) for C in (1e-4, 0.0007743)]
    console = Console(file=io.StringIO(), width=width)
    show_curve(console, {"curve": curve, "rule": "one-standard-error", "folds": 5})
    lines = console.file.getvalue().splitlines()
    rows = [line for line in lines if "0.1000" in line]
    assert len(rows) == len(curve)
    assert [line for line in lines if "●" in line] == rows * drawn
    assert sum("─" in line and not line.strip(" ─") for line in lines) == 1  # the rule under the head


def test_class_weights_move_the_fits_and_not_the_scores(tmp_path, capsys):
    rng = np.random.default_rng(0)
    rows = [[float(x), "ab"[int(x + rng.logistic() > 0)]] for x in rng.normal(size=90)]
    path = write_csv(tmp_path / "w.csv", ["x", "y"], rows)
    train = ("train", path, "--target", "y", "--cv", 3, "--Cs", "1e-4,1e-3")
    plain, balanced = (report(capsys, *train, *more)["cross_validation"] for more in ([], ["--class-weight", "a=9"]))
    assert balanced["curve"][0]["log_loss"] > 1.5 * plain["curve"][0]["log_loss"]


def test_classes_of_one_row_are_no_obstacle(tmp_path, capsys):
    rows = [[i % 7, "ab"[i % 2]] for i in range(40)] + [[30, "rare"]]
    path = write_csv(tmp_path / "t.csv", ["x", "y"], rows)
    found = report(capsys, "train", path, "--target", "y", "--cv", 5)
    assert found["fit"]["converged"]
    assert all(np.isfinite(point["log_loss"]) for point in found["cross_validation"]["curve"])


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--cv", "3", "--C", "2"], "--C 2 and --cv contradict each other"),
        (["--cv", "3", "--penalty", "none"], "--penalty none and --cv contradict each other"),
        (["--penalty", "none", "--C", "2"], "--penalty none and --C 2 contradict each other"),
        (["--Cs", "3"], "--Cs says how to tune C, and nothing is tuned"),
        (["--rule", "best"], "--rule says how to tune C, and nothing is tuned"),
        (["--l1-ratio", "0", "1"], "--l1-ratio has several values to choose from"),
        (["--cv", "3", "--penalty", "l1", "--l1-ratio", "0", "1"], "--penalty l1 and --l1-ratio 0 contradict"),
    ],
)
def test_options_that_contradict_each_other_are_named(hospital, capsys, argv, sentence):  # noqa: F811
    assert sentence in failure(capsys, "train", hospital, "--target", "state", *argv, code=2)


@pytest.mark.parametrize("argv", [["--cv", "1"], ["--cv", "x"], ["--cv", "3", "--Cs", "0"], ["--l1-ratio", "0", "2"]])
def test_numbers_out_of_range_are_refused_with_a_usage_line(hospital, capsys, argv):  # noqa: F811
    assert run("train", hospital, "--target", "state", *argv) == 2
    assert "usage:" in capsys.readouterr().err


def test_more_folds_than_rows_are_refused(tmp_path, capsys):
    path = write_csv(tmp_path / "t.csv", ["x", "y"], [[i, "ab"[i % 2]] for i in range(12)])
    assert "20 folds of" in failure(capsys, "train", path, "--target", "y", "--cv", 20)


def test_a_list_of_numbers_ends_where_the_file_begins(capsys):
    found = report(capsys, "train", "--target", "species", "--cv", 2, "--l1-ratio", "0", "0.5", "--Cs", "1", IRIS)
    assert len(found["cross_validation"]["curve"]) == 2

"""The plots show the numbers they are given: what is drawn is read back from the axes."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot
from samples import draw
from sklearn.metrics import log_loss

from logreg import (
    CoefficientPathDisplay,
    CrossEntropyDisplay,
    CrossValidationDisplay,
    LogisticRegression,
    LogisticRegressionCV,
    LossHistoryDisplay,
    logistic_path,
)
from logreg.crossvalidation import Curve
from logreg.errors import DataError, OptionError
from logreg.plots.canvas import spread
from logreg.solvers.base import Record

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _figures_are_closed() -> Iterator[None]:
    yield
    pyplot.close("all")


def xy(line: Any) -> tuple[Any, Any]:
    return np.asarray(line.get_xdata()), np.asarray(line.get_ydata())


def test_a_path_is_drawn_column_by_column_in_the_order_of_its_strengths() -> None:
    path = logistic_path(*draw(0, p=5), Cs=[10.0, 0.1, 1.0], l1_ratio=0.5)
    display = CoefficientPathDisplay.from_path(path, names="abcde", scale=[1.0, 2.0, 1.0, 1.0, 1.0], labels=2)
    assert len(display.lines_) == 5
    for at, line in enumerate(display.lines_):
        x, y = xy(line)
        np.testing.assert_array_equal(x, [0.1, 1.0, 10.0])
        np.testing.assert_allclose(y, path.coefs[[1, 2, 0], 0, at] * (2.0 if at == 1 else 1.0))
    strongest = np.abs(path.coefs[:, 0] * [1.0, 2.0, 1.0, 1.0, 1.0]).max(axis=0).argsort()[::-1][:2]
    assert [text.get_text() for text in display.texts_] == ["abcde"[at] for at in strongest]
    assert display.ax_.get_xscale() == "log"


def test_the_path_of_one_of_three_classes_is_drawn_by_its_label() -> None:
    X, y = draw(1, classes=3)
    path = logistic_path(X, np.array(["x", "y", "z"])[y], Cs=4)
    display = CoefficientPathDisplay.from_path(path, target="y")
    np.testing.assert_allclose(xy(display.lines_[2])[1], path.coefs[:, 1, 2])
    assert "class y" in display.ax_.get_title(loc="left")
    with pytest.raises(OptionError, match="target is 'w'; expected one of the classes"):
        CoefficientPathDisplay.from_path(path, target="w")


def test_a_cross_validated_estimator_shows_the_mean_of_its_folds_and_its_choice() -> None:
    X, y = draw(2)
    model = LogisticRegressionCV(Cs=4, cv=3, l1_ratios=(0.0, 0.5), tol=1e-7).fit(X, y)
    display = CoefficientPathDisplay.from_estimator(model)
    ratio = model.l1_ratios_.tolist().index(model.l1_ratio_)
    np.testing.assert_allclose(xy(display.lines_[1])[1], model.coefs_paths_[:, ratio, :, 0, 1].mean(axis=0))
    assert display.chosen == model.C_
    legacy = LogisticRegressionCV(Cs=2, cv=3, use_legacy_attributes=True).fit(X, y)
    with pytest.raises(OptionError, match="use_legacy_attributes=False"):
        CoefficientPathDisplay.from_estimator(legacy)


def test_names_come_from_the_columns_where_they_have_any() -> None:
    import pandas as pd

    X, y = draw(3)
    frame = pd.DataFrame(X, columns=["age", "dose", "ward"])
    display = CoefficientPathDisplay.from_path(logistic_path(frame, y, Cs=3, l1_ratio=0.0))
    assert {text.get_text() for text in display.texts_} == {"age", "dose", "ward"}


def test_a_curve_is_drawn_as_a_loss_with_a_band_of_one_standard_error() -> None:
    X, y = draw(4)
    model = LogisticRegressionCV(Cs=[1.0, 0.1, 10.0], cv=4).fit(X, y)
    display = CrossValidationDisplay.from_estimator(model)
    x, mean = xy(display.lines_[0])
    scores = -model.scores_[:, 0][:, [1, 0, 2]]
    np.testing.assert_array_equal(x, [0.1, 1.0, 10.0])
    np.testing.assert_allclose(mean, scores.mean(axis=0))
    error = scores.std(axis=0, ddof=1) / 2
    corners = display.bands_[0].get_paths()[0].vertices
    for at, C in enumerate(x):
        heights = corners[corners[:, 0] == C, 1]
        np.testing.assert_allclose([heights.min(), heights.max()], [mean[at] - error[at], mean[at] + error[at]])
    assert display.best_ == model.C_
    assert display.ax_.get_ylabel() == "log loss"


def test_each_share_of_l1_has_its_line_and_both_choices_are_marked() -> None:
    scores = np.array([[[-3.0, -1.0, -0.9], [-3.0, -2.0, -2.0]], [[-3.0, -1.1, -1.3], [-3.0, -2.0, -2.0]]])
    display = CrossValidationDisplay.from_curve(
        Curve(np.array([0.1, 1.0, 10.0]), np.array([0.0, 1.0]), scores), score_name="neg_log_loss"
    )
    assert len(display.lines_) == len(display.bands_) == 2
    labels = display.ax_.get_legend_handles_labels()[1]
    assert labels[:2] == ["L1 ratio 0", "L1 ratio 1"]
    assert display.best_ == 1.0
    assert display.simplest_ == 1.0


def test_no_penalty_has_a_place_beyond_every_strength() -> None:
    scores = np.array([[[-3.0, -2.0, -1.0]], [[-3.0, -2.5, -1.5]]])
    shown = CrossValidationDisplay.from_curve(Curve(np.array([0.1, np.inf, 1.0]), np.zeros(1), scores[:, :, [0, 2, 1]]))
    (line,) = shown.lines_
    np.testing.assert_allclose(line.get_xdata(), [0.1, 1.0, 10.0])
    assert shown.best_ == np.inf
    assert "no penalty" in shown.ax_.get_xlabel()
    ring = next(one for one in shown.ax_.lines if one.get_label() == "best: C = inf")
    assert ring.get_xdata()[0] == 10.0


def test_a_score_that_is_no_loss_keeps_its_sign() -> None:
    curve = Curve(np.array([1.0, 2.0]), np.array([0.0]), np.array([[[0.5, 0.7]], [[0.6, 0.9]]]))
    display = CrossValidationDisplay.from_curve(curve, score_name="accuracy")
    np.testing.assert_allclose(xy(display.lines_[0])[1], [0.55, 0.8])


@pytest.mark.parametrize("against", ["iterations", "seconds"])
def test_a_history_is_drawn_as_certified_excess_over_the_objective(against: str) -> None:
    model = LogisticRegression(solver="gradient-descent", tol=1e-4).fit(*draw(5))
    display = LossHistoryDisplay.from_estimator(model, against=against)
    x, y = xy(display.line_)
    np.testing.assert_allclose(y, [record.excess / model.history_[-1].objective for record in model.history_])
    expected = range(len(y)) if against == "iterations" else [record.seconds for record in model.history_]
    np.testing.assert_allclose(x, list(expected))
    assert y[-1] <= 1e-4


def test_two_histories_share_axes_in_colours_of_their_own() -> None:
    history = [Record(0.0, 2.0, 1.0), Record(1.0, 1.0, 0.0)]
    first = LossHistoryDisplay.from_history(history, name="one", tol=1e-6)
    second = LossHistoryDisplay.from_history(history, name="two", ax=first.ax_)
    assert second.ax_ is first.ax_
    assert first.line_.get_color() != second.line_.get_color()
    assert xy(second.line_)[1][-1] > 0, "an excess of 0 must stay on a logarithmic axis"
    with pytest.raises(OptionError, match="against is 'passes'"):
        LossHistoryDisplay.from_history(history, against="passes")


def test_the_curves_of_the_cross_entropy_are_the_logarithms() -> None:
    display = CrossEntropyDisplay().plot()
    for line, value in zip(display.lines_, (lambda p: -np.log(p), lambda p: -np.log1p(-p)), strict=True):
        p, height = xy(line)
        np.testing.assert_allclose(height, value(p), rtol=1e-9)
    assert not display.dots_


def test_predictions_stand_on_the_curve_of_their_label_and_their_mean_in_the_title() -> None:
    X, y = draw(6)
    model = LogisticRegression().fit(X, np.array(["no", "yes"])[y])
    display = CrossEntropyDisplay.from_estimator(model, X, np.array(["no", "yes"])[y])
    P = model.predict_proba(X)[:, 1]
    for dots, p in zip(display.dots_, (P[y == 1], P[y == 0]), strict=True):
        np.testing.assert_allclose(xy(dots)[0], np.sort(p))
    assert f"{log_loss(y, P):.4g}" in display.ax_.get_title(loc="left")


def test_cross_entropies_of_three_classes_or_other_labels_are_refused() -> None:
    X, y = draw(7, classes=3)
    with pytest.raises(DataError, match="3 classes; expected two"):
        CrossEntropyDisplay.from_estimator(LogisticRegression().fit(X, y), X, y)
    with pytest.raises(DataError, match="a 0 or a 1 for each"):
        CrossEntropyDisplay([0, 2], [0.1, 0.2])


def test_labels_that_the_estimator_does_not_know_are_refused() -> None:
    X, codes = draw(7)
    y = np.array(["no", "yes"])[codes]
    with pytest.raises(DataError, match="y holds 'No'; expected labels among the classes"):
        CrossEntropyDisplay.from_estimator(LogisticRegression().fit(X, y), X, np.char.title(y))


def test_a_path_that_ends_without_a_penalty_is_drawn_to_its_end() -> None:
    X, y = draw(7)
    model = LogisticRegressionCV(Cs=[0.1, 1.0, np.inf], cv=3).fit(X, y)
    model.C_ = np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shown = CoefficientPathDisplay.from_estimator(model)
        shown.figure_.canvas.draw()
        CoefficientPathDisplay([np.inf], np.ones((1, 2)), chosen=np.inf).plot().figure_.canvas.draw()
    np.testing.assert_allclose(shown.lines_[0].get_xdata(), [0.1, 1.0, 10.0])
    assert "no penalty" in shown.ax_.get_xlabel()
    assert shown.ax_.lines[-1].get_xdata()[0] == 10.0


def test_names_are_shown_as_they_stand() -> None:
    display = CoefficientPathDisplay([0.1, 1.0], np.ones((2, 1)), names=["$\\foo$"]).plot()
    display.figure_.canvas.draw()
    assert display.texts_[0].get_text() == r"\$\foo\$"


def test_the_default_of_scikit_learn_by_its_word_is_the_log_loss() -> None:
    shown = CrossValidationDisplay.from_estimator(LogisticRegressionCV(Cs=2, cv=3, scoring="warn").fit(*draw(7)))
    assert shown.ax_.get_ylabel() == "log loss"
    assert (np.array(shown.lines_[0].get_ydata()) > 0).all()


def test_a_plot_goes_where_it_is_told_and_lines_take_the_users_style() -> None:
    _, ax = pyplot.subplots()
    path = logistic_path(*draw(8), Cs=3)
    display = CoefficientPathDisplay.from_path(path, ax=ax, linewidth=7)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert {line.get_linewidth() for line in display.lines_} == {7}
    again = CoefficientPathDisplay.from_path(path, lw=5, c="k")
    assert {(line.get_linewidth(), line.get_color()) for line in again.lines_} == {(5, "k")}


@given(st.lists(st.floats(-5, 5), max_size=12), st.floats(0.01, 2))
def test_names_moved_apart_keep_their_order_and_their_gap(heights: list[float], gap: float) -> None:
    places = spread(heights, gap)
    order = np.argsort(heights, kind="stable")
    assert (np.diff(np.array(places)[order]) >= gap * (1 - 1e-6)).all()


def test_the_package_starts_without_matplotlib() -> None:
    code = "import sys, logreg, logreg.plots; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_matplotlib_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install 'logreg\[cli\]'"):
        CrossEntropyDisplay().plot()


def test_what_cannot_be_drawn_says_what_it_lacks() -> None:
    with pytest.raises(OptionError, match="LogisticRegression has no history_"):
        LossHistoryDisplay.from_estimator(LogisticRegression())
    with pytest.raises(OptionError, match="LogisticRegressionCV has no curve_"):
        CrossValidationDisplay.from_estimator(LogisticRegressionCV())
    with pytest.raises(OptionError, match="LogisticRegression has no coefs_paths_"):
        CoefficientPathDisplay.from_estimator(LogisticRegression())
    with pytest.raises(OptionError, match="LogisticRegression has no classes_"):
        CrossEntropyDisplay.from_estimator(LogisticRegression(), *draw(0))
    X, y = draw(0)
    with pytest.raises(OptionError, match="target is 'maybe'; expected one of the classes"):
        CoefficientPathDisplay.from_path(logistic_path(X, y, Cs=3), target="maybe")
    with pytest.raises(OptionError, match="names has 1 entries; expected 3"):
        CoefficientPathDisplay.from_path(logistic_path(X, y, Cs=3), names=["a"])

"""Published numbers: a textbook's table, Stata's output, and a file on which others never converge."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from references import LONG, Optimum, Problem, at_the_floor, centred, optimum

from logreg import LogisticRegression, SoftmaxRegression

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the published data sets are not in {DATA}")


def assert_prints(values: Any, printed: str, units: float = 0.5) -> None:
    """Each value equals its printed number to so many units of the last printed digit."""
    for value, text in zip(np.ravel(values), printed.split(), strict=True):
        unit = 10.0 ** -len(text.partition(".")[2])
        assert abs(value - float(text)) <= units * unit * 1.001, f"{value!r} is not {text}"


def single_precision(X: Any) -> np.ndarray:
    """Stata stores a column in single precision unless told otherwise; it computes in double."""
    return np.asarray(X, np.float32).astype(float)


def spector() -> tuple[np.ndarray, np.ndarray]:
    table = pd.read_csv(DATA / "spector.csv", sep=r"\s+", quotechar="'")
    return single_precision(table[["GPA", "TUCE", "PSI"]]), table["GRADE"].to_numpy()


def anes96() -> tuple[np.ndarray, np.ndarray]:
    table = pd.read_csv(DATA / "anes96.csv", sep="\t", quotechar="'")
    table["popul"] = np.log(table["popul"] + 0.1)
    return single_precision(table[["popul", "selfLR", "age", "educ", "income"]]), table["PID"].to_numpy()


@cache
def credit_card(*drop: str) -> tuple[pd.DataFrame, pd.Series, Optimum]:
    """Return the columns, the target, and the optimum at C = 1 in long double."""
    table = pd.read_csv(DATA / "credit_card_default.csv")
    X, y = table.drop(columns=[*drop, "Y"]), table["Y"]
    return X, y, optimum(Problem(X.to_numpy(float), y.to_numpy()), LONG)


def test_south_african_heart_disease_prints_as_in_the_elements_of_statistical_learning() -> None:
    """Hastie, Tibshirani & Friedman, The Elements of Statistical Learning, 2nd edition, table 4.2."""
    table = pd.read_csv(DATA / "saheart.csv", index_col=0, skipinitialspace=True)
    table["famhist"] = (table["famhist"] == "Present").astype(float)
    X = table[["sbp", "tobacco", "ldl", "famhist", "obesity", "alcohol", "age"]]
    model = LogisticRegression(C=np.inf, tol=1e-12).fit(X, table["chd"])
    assert_prints(model.intercept_, "-4.130")
    assert_prints(model.coef_, "0.006 0.080 0.185 0.939 -0.035 0.001 0.043")


def test_spector_and_mazzeo_prints_as_in_stata() -> None:
    """Stata's `logit grade gpa tuce psi`; its own last digits are those of its stopping rule."""
    X, y = spector()
    model = at_the_floor(LogisticRegression(C=np.inf), X, y)
    assert_prints(model.coef_, "2.82611297201 .0951576702557 2.37868772835", units=3)
    assert_prints(model.intercept_, "-13.0213483201", units=3)


def test_the_log_likelihood_of_spector_and_mazzeo_prints_as_in_stata() -> None:
    model = at_the_floor(LogisticRegression(C=np.inf), *spector())
    assert_prints(-model.certificate_.objective, "-12.8896334653335")


@pytest.mark.parametrize("estimator", [LogisticRegression, SoftmaxRegression])
def test_the_log_likelihood_of_the_election_survey_prints_as_in_stata(estimator: Any) -> None:
    model = at_the_floor(estimator(C=np.inf), *anes96())
    assert_prints(-model.certificate_.objective, "-1461.922747312")


def test_the_first_equation_of_the_election_survey_prints_as_in_stata() -> None:
    """Stata 11's `mlogit`, with class 0 as its base: the log odds of class 1 against class 0."""
    model = at_the_floor(LogisticRegression(C=np.inf), *anes96())
    assert_prints(model.coef_[1] - model.coef_[0], "-.01153598 .29771435 -.024945 .08249144 .00519655")
    assert_prints(model.intercept_[1] - model.intercept_[0], "-.37340167")


def test_the_election_survey_has_the_coefficients_of_the_reference() -> None:
    X, y = anes96()
    model = at_the_floor(LogisticRegression(C=np.inf), X, y)
    best = optimum(Problem(X, y, C=np.inf, symmetric=True), LONG)
    np.testing.assert_allclose(centred(model.coef_), centred(best.coef).astype(float), rtol=0, atol=1e-10)


@pytest.mark.parametrize("drop", [["ID"], []], ids=["without ID", "with ID"])
def test_raw_credit_card_defaults_are_certified_in_silence(drop: list[str]) -> None:
    """The columns reach from 0/1 to 1e6; nothing is scaled by the user, and no warning is an error here."""
    X, y, best = credit_card(*drop)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = LogisticRegression(C=1.0).fit(X, y)
    assert model.converged_
    assert model.certificate_.relative <= 1e-6
    rounding = 1e-14 * model.certificate_.objective
    assert abs(model.certificate_.objective - float(best.objective)) <= model.certificate_.bound + rounding


@pytest.mark.parametrize("drop", [["ID"], []], ids=["without ID", "with ID"])
def test_raw_credit_card_defaults_have_the_coefficients_of_the_reference(drop: list[str]) -> None:
    X, y, best = credit_card(*drop)
    model = at_the_floor(LogisticRegression(C=1.0), X, y)
    spread = X.to_numpy(float).std(axis=0)
    np.testing.assert_allclose(model.coef_ * spread, (best.coef * spread).astype(float), rtol=0, atol=1e-10)
    np.testing.assert_allclose(model.intercept_, best.intercept.astype(float), rtol=1e-10)


def test_a_default_fit_of_raw_credit_card_defaults_is_within_its_certified_distance_of_the_reference() -> None:
    """F is 1-strongly convex in the coefficients at C = 1, so |w - w*|² <= 2 (F(w) - F*)."""
    X, y, best = credit_card("ID")
    model = LogisticRegression(C=1.0).fit(X, y)
    distance = np.linalg.norm(model.coef_ - best.coef.astype(float))
    assert distance**2 <= 2 * model.certificate_.bound

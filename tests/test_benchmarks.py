"""Laws of the benchmark runner: the judge is exact and neutral, contestants are comparable, no failure spreads."""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import replace
from typing import Any, ClassVar

import mpmath
import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from benchmarks import found, judge, prediction, report, runner, scaling
from benchmarks.__main__ import main
from benchmarks.contestant import Contestant
from benchmarks.datasets.generated import generate
from benchmarks.judge import Fit, Solution
from benchmarks.problem import Dataset, Problem, UnavailableError, standard
from benchmarks.solvers.nothing import Nothing

ANY = frozenset({"none", "l2", "l1", "elastic-net"})


def scaled(load: Any) -> Problem:
    X, y = load(return_X_y=True)
    return Problem(load.__name__, standard((X - X.mean(axis=0)) / X.std(axis=0)), y, C=0.1)


def random_solution(problem: Problem, outputs: int, size: float = 1.0) -> Solution:
    rng = np.random.default_rng(7)
    return Solution(size * rng.standard_normal((outputs, problem.shape[1])), rng.standard_normal(outputs))


def exact(problem: Problem, solution: Solution) -> Any:
    """The objective by its definition, in 50 digits."""
    with mpmath.workdps(50):
        W = [[mpmath.mpf(float(w)) for w in row] for row in solution.coef]
        total = mpmath.mpf(0)
        for x, label in zip(problem.X, problem.y, strict=True):
            eta = [
                mpmath.fdot([mpmath.mpf(float(v)) for v in x], w) + mpmath.mpf(float(b))
                for w, b in zip(W, solution.intercept, strict=True)
            ]
            eta = [mpmath.mpf(0), *eta] if len(eta) == 1 else eta
            total += mpmath.log(sum(mpmath.exp(e) for e in eta)) - eta[int(label)]
        ridge = sum(w * w for row in W for w in row) / 2
        lasso = sum(abs(w) for row in W for w in row)
        return total + ((1 - problem.l1_ratio) * ridge + problem.l1_ratio * lasso) / problem.C


class Sleeper(Nothing):
    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        if problem.name != "toy":
            time.sleep(60)
        return super().fit(problem, prepared, tol)


class Crasher(Nothing):
    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        os._exit(3)


class Raiser(Nothing):
    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        raise ValueError("no such luck")


class Absent(Nothing):
    package: ClassVar[str] = "a-package-that-nobody-has"


class Allocator(Nothing):
    def prepare(self, problem: Problem) -> Any:
        np.ones(200_000_000 // 8).sum()  # a higher peak before the fit, which is not the fit's
        return super().prepare(problem)

    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        np.ones(50_000_000 // 8).sum()
        return super().fit(problem, prepared, tol)


# The judge


@pytest.mark.parametrize("l1_ratio", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("size", [1.0, 400.0])
def test_the_objective_is_its_definition_in_fifty_digits(l1_ratio: float, outputs: int, size: float) -> None:
    rng = np.random.default_rng(1)
    y = np.arange(12) % max(outputs, 2)
    problem = Problem("small", rng.standard_normal((12, 3)), y, C=0.7, l1_ratio=l1_ratio)
    solution = random_solution(problem, outputs, size)
    assert judge.objective(problem, solution) == pytest.approx(float(exact(problem, solution)), rel=1e-13)


def test_a_confident_right_answer_keeps_its_tiny_loss() -> None:
    problem = Problem("one row", np.array([[1.0]]), np.array([1]), C=np.inf)
    assert judge.objective(problem, Solution(np.array([[50.0]]), np.zeros(1))) == pytest.approx(np.exp(-50.0), abs=0)
    assert judge.objective(problem, Solution(np.array([[-800.0]]), np.zeros(1))) == 800.0


def test_two_rows_of_logits_cost_what_their_difference_costs() -> None:
    problem = replace(scaled(load_breast_cancer), C=np.inf)
    two = random_solution(problem, 2)
    one = Solution(np.diff(two.coef, axis=0), np.diff(two.intercept))
    assert judge.objective(problem, two) == pytest.approx(judge.objective(problem, one), rel=1e-13)


def test_the_losses_are_scikit_learns_log_loss() -> None:
    problem = replace(scaled(load_iris), C=np.inf)
    solution = random_solution(problem, 3)
    eta = problem.X @ solution.coef.T + solution.intercept
    probability = np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True)
    assert judge.objective(problem, solution) == pytest.approx(
        log_loss(problem.y, probability, normalize=False), rel=1e-12
    )


def test_sparse_rows_are_judged_as_dense_ones_and_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = generate(500, 30, 4, density=0.1)
    whole = Problem("sparse", standard(X), y)
    solution = random_solution(whole, 4)
    value = judge.objective(whole, solution)
    assert judge.objective(replace(whole, X=X.toarray()), solution) == pytest.approx(value, rel=1e-13)
    monkeypatch.setattr(judge, "ROWS", 7)
    assert judge.objective(whole, solution) == pytest.approx(value, rel=1e-13)


def test_what_is_not_a_number_is_infinitely_bad() -> None:
    problem = scaled(load_iris)
    assert judge.objective(problem, Solution(np.full((3, 4), np.nan), np.zeros(3))) == np.inf


def test_the_cheapest_fit_is_the_quickest_of_those_that_reach_the_level() -> None:
    fits = [Fit(1e-1, 1.5, (0.1,), 0), Fit(1e-2, 1.0005, (0.5, 9.0, 0.4), 0), Fit(1e-3, 1.0, (0.2,), 0)]
    assert judge.cheapest(fits, 1.0, 1e-3) is fits[2]
    assert judge.cheapest(fits, 1.0, 1.0) is fits[0]
    assert judge.cheapest(fits[:1], 1.0, 1e-3) is None
    assert fits[1].median == 0.5


# The contestants


def marked(contestant: Contestant) -> Any:
    """skglm compiles for ten seconds before its first fit."""
    marks = [pytest.mark.slow] if contestant.name == "skglm" else []
    return pytest.param(contestant, id=contestant.name, marks=marks)


@pytest.mark.parametrize("contestant", [marked(each) for each in found.contestants()])
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize(
    ("C", "l1_ratio", "fit_intercept"),
    [(0.1, 0.0, True), (np.inf, 0.0, True), (0.1, 1.0, True), (0.1, 1.0, False), (0.1, 0.5, True)],
    ids=["l2", "none", "l1", "l1-no-intercept", "elastic-net"],
)
def test_every_contestant_minimises_the_judges_objective(
    contestant: Contestant, K: int, C: float, l1_ratio: float, fit_intercept: bool
) -> None:
    X, y = generate(400, 5, K, margin=1.0)
    problem = Problem("small", X + 0.5, y, C, l1_ratio, fit_intercept)
    if contestant.name == "nothing":
        pytest.skip("it does nothing")
    if contestant.name == "snapml":
        pytest.skip("its import flushes subnormal numbers to zero in the whole process, and other laws need them")
    if reason := contestant.refuses(problem):
        pytest.skip(reason)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what peers say of themselves is not judged here
        solution = contestant.fit(problem, contestant.prepare(problem), 1e-9)
        best = optimum(problem)
    assert judge.excess(judge.objective(problem, solution), best) < 1e-6
    assert judge.excess(best, judge.objective(problem, solution)) < 1e-6


def optimum(problem: Problem) -> float:
    """The objective of scikit-learn's saga, which takes every penalty, driven as far as it goes."""
    model = LogisticRegression(
        C=problem.C, l1_ratio=problem.l1_ratio, fit_intercept=problem.fit_intercept,
        solver="saga", tol=1e-12, max_iter=100_000,
    ).fit(problem.X, problem.y)  # fmt: skip
    return judge.objective(problem, Solution(model.coef_, model.intercept_))


def test_names_are_unique_and_ours_come_first() -> None:
    names = [each.name for each in found.contestants()]
    assert len(set(names)) == len(names)
    assert names[0] == "logreg"
    assert len({each.name for each in found.datasets()}) == len(found.datasets())


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (replace(scaled(load_iris)), "several classes"),
        (replace(scaled(load_breast_cancer), C=np.inf), "penalty none"),
    ],
    ids=["classes", "penalty"],
)
def test_a_refusal_has_its_reason(problem: Problem, reason: str) -> None:
    liblinear = found.select(found.contestants(), ["sklearn/liblinear"])[0]
    assert reason in str(liblinear.refuses(problem))


# The data


@pytest.mark.parametrize("dataset", found.datasets(), ids=lambda each: each.name)
def test_every_data_set_loads_in_the_standard_form_or_says_why_not(dataset: Dataset) -> None:
    if dataset.name in ("made/1m-x-100", "made/1000-classes", "20news", "mnist"):
        pytest.skip("takes seconds to make or to read")
    try:
        problem = dataset.problem()
    except UnavailableError as reason:
        pytest.skip(str(reason))
    assert problem.X.dtype == np.float64
    assert sorted(set(problem.y.tolist())) == list(range(problem.n_classes))
    assert problem.is_sparse or problem.X.flags.c_contiguous
    assert not problem.is_sparse or problem.X.indices.dtype == np.int32


def test_categories_expand_to_the_columns_of_the_matrix() -> None:
    try:
        problem = found.select(found.datasets(), ["adult"])[0].problem()
    except UnavailableError as reason:
        pytest.skip(str(reason))
    tabmat = pytest.importorskip("tabmat", reason="tabmat is not installed")
    codes = tabmat.from_df(problem.frame.iloc[:200], cat_threshold=0)
    np.testing.assert_array_equal(codes.toarray(), problem.X[:200].toarray())


def test_a_generated_matrix_has_the_condition_and_the_density_it_was_asked_for() -> None:
    X, _ = generate(50_000, 6, condition=1e4)
    assert np.linalg.cond(np.cov(X.T)) == pytest.approx(1e4, rel=0.1)
    sparse_X, y = generate(2_000, 500, 5, density=0.02)
    assert sparse_X.nnz / (2_000 * 500) == pytest.approx(0.02, rel=0.05)
    assert set(y) == set(range(5))


def test_more_margin_is_easier_to_learn() -> None:
    def accuracy(margin: float) -> float:
        X, y = generate(2_000, 4, margin=margin)
        return float(LogisticRegression().fit(X, y).score(X, y))

    assert accuracy(0.0) < 0.6 < accuracy(1.0) < accuracy(10.0)


# The race


@pytest.fixture(scope="module")
def raced() -> runner.Race:
    names = ["sklearn/newton-cholesky", "sklearn/newton-cg", "nothing"]
    strangers = [Sleeper("sleeper"), Crasher("crasher"), Raiser("raiser"), Absent("absent")]
    contestants = [*found.select(found.contestants(), names), *strangers]
    return runner.race(scaled(load_breast_cancer), contestants, time_limit=3.0, rounds=2)


def test_a_hang_a_crash_and_an_error_harm_nobody_else(raced: runner.Race) -> None:
    endings = {run.name: run.ending for run in raced.runs}
    assert "longer than 3 s" in endings["sleeper"]
    assert "exit code 3" in endings["crasher"]
    assert "ValueError: no such luck" in endings["raiser"]
    assert endings["absent"] == "skipped: a-package-that-nobody-has is not installed"
    assert endings["sklearn/newton-cholesky"] == endings["sklearn/newton-cg"] == "reached"


def test_contestants_are_driven_to_the_last_level_and_closer_takes_no_less_time(raced: runner.Race) -> None:
    for name in ("sklearn/newton-cholesky", "sklearn/newton-cg"):
        times = [raced.seconds(name, level) for level in judge.LEVELS]
        assert None not in times
        assert times == sorted(times)
        rungs = [fit.value for fit in raced.run(name).fits if fit.tol > runner.REFERENCE_TOL]
        assert judge.excess(min(rungs), raced.best) <= judge.LEVELS[-1]


def test_doing_nothing_reaches_nothing_and_costs_next_to_nothing(raced: runner.Race) -> None:
    assert raced.seconds("nothing", 1e-3) is None
    assert raced.run("nothing").fits[0].median < 0.01


def test_the_best_is_the_optimum_of_a_tight_reference(raced: runner.Race) -> None:
    problem = scaled(load_breast_cancer)
    model = LogisticRegression(C=problem.C, solver="newton-cholesky", tol=1e-12).fit(problem.X, problem.y)
    best = judge.objective(problem, Solution(model.coef_, model.intercept_))
    assert raced.is_known
    assert raced.best == pytest.approx(best, rel=1e-11)


def test_a_race_survives_its_file_and_its_pictures_are_pictures(raced: runner.Race, tmp_path: Any) -> None:
    import json

    from benchmarks import plots

    assert report.from_json(json.loads(json.dumps(report.as_json(raced)))) == raced
    for path in (plots.ratios([raced], tmp_path / "r.png"), plots.curves(raced, tmp_path)):
        assert path.read_bytes()[:4] == b"\x89PNG"


def test_without_a_reference_the_table_says_so() -> None:
    result = runner.race(scaled(load_iris), [Nothing("nothing")], time_limit=5.0)
    assert not result.is_known
    assert result.seconds("nothing", 1e-3) is None
    assert report.UNKNOWN in report.race_table(result)


def test_the_peak_is_what_a_fit_allocates() -> None:
    result = runner.race(scaled(load_iris), [Allocator("allocator")], time_limit=10.0, rounds=0)
    if not (peak := result.run("allocator").fits[0].peak_bytes):
        pytest.skip("this system does not measure memory")
    assert peak == pytest.approx(50e6, rel=0.1)


# Doors


def test_the_list_has_every_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    printed = capsys.readouterr().out
    assert all(each.name in printed for each in [*found.contestants(), *found.datasets()])


def test_an_unknown_name_is_answered_with_the_names_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--datasets", "irsi"]) == 2
    error = capsys.readouterr().err
    assert "'irsi'" in error
    assert "iris" in error


def test_a_run_prints_its_tables_and_writes_its_results(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    import json

    options = ["--datasets", "iris", "--solvers", "sklearn/newton-cholesky", "nothing", "--rounds", "1"]
    assert main([*options, "--output", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    written = json.loads((tmp_path / "latest.json").read_text())
    assert "sklearn/newton-cholesky" in printed
    assert written["machine"]["cores"] == os.cpu_count()
    assert written["versions"]["scikit-learn"]
    assert (tmp_path / "ratios.png").exists()
    assert "nothing" in (tmp_path / "tables.md").read_text()


def test_an_absent_file_is_a_reason_and_not_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOGREG_DATA", str(tmp_path))
    assert main(["--datasets", "mnist", "--output", str(tmp_path)]) == 0
    assert "skipped: mnist.npz is not in" in capsys.readouterr().out


def test_the_slope_is_the_exponent_of_a_power_law() -> None:
    assert scaling.slope([(x, 3 * x**1.5) for x in (1.0, 10.0, 100.0, 1000.0)]) == pytest.approx(1.5)
    assert scaling.slope([(1.0, 1.0)]) is None


def test_a_scaling_climb_keeps_ours_and_the_best_peer() -> None:
    axis = replace(scaling.AXES[0], sizes=(100.0, 200.0))
    contestants = found.select(found.contestants(), ["sklearn/newton-cholesky"])
    lines = scaling.points(axis.sizes, scaling.climb(axis, axis.sizes, contestants, 10.0))
    assert [size for size, _ in lines["fastest peer"]] == [100.0, 200.0]


@pytest.mark.parametrize("density", [1.0, 0.5])
def test_predictions_that_are_timed_are_equal(density: float) -> None:
    pytest.importorskip("logreg.estimators", reason="the estimator is not there")
    case = prediction.Case("small", 20, 6, 3, density)
    ours, theirs = prediction.estimators(case).values()
    X = case.matrix(20)
    ours.intercept_ = theirs.intercept_
    assert sparse.issparse(X) == (density < 1)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-12)

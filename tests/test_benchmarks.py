"""Laws of the benchmark runner: the judge is exact and neutral, contestants are comparable, no failure spreads."""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import replace
from typing import Any, ClassVar

import mpmath
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.metrics import log_loss

from benchmarks import found, judge, lane, machine, prediction, record, report, runner, scaling, tables, tasks
from benchmarks.__main__ import main
from benchmarks.categories import Categories
from benchmarks.contestant import Contestant
from benchmarks.datasets.generated import generate
from benchmarks.judge import Fit, Solution
from benchmarks.lane import Run
from benchmarks.problem import Dataset, Problem, UnavailableError, pose, standard
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


class Dawdler(Nothing):
    """Every fit of its long ladder stays within the limit, and together they do not."""

    ladder: ClassVar[tuple[float, ...]] = tuple(10.0**-k for k in range(40))

    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        if problem.name != "toy":
            time.sleep(0.3)
        return super().fit(problem, prepared, tol)


class Chatterer(Nothing):
    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        print("I was here", flush=True)
        os.write(2, b"and here")
        return super().fit(problem, prepared, tol)


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
    fits = [Fit(1e-1, (1.5,), (0.1,), 0), Fit(1e-2, (1.0005,), (0.5, 9.0, 0.4), 0), Fit(1e-3, (1.0,), (0.2,), 0)]
    assert judge.cheapest(fits, 1.0, 1e-3) is fits[2]
    assert judge.cheapest(fits, 1.0, 1.0) is fits[0]
    assert judge.cheapest(fits[:1], 1.0, 1e-3) is None
    assert fits[1].median == 0.5


def test_of_several_fits_the_worst_one_counts() -> None:
    assert judge.excess((10.0, 2.5), (10.0, 2.0)) == 0.25
    assert judge.excess((10.0, 1.9), (10.0, 2.0)) == 0.0
    assert judge.excess((10.0, np.inf), (10.0, 2.0)) == np.inf
    assert judge.excess((10.0, np.inf), (10.0, np.inf)) == np.inf
    assert judge.lowest([(1.0, 4.0), (2.0, 3.0)]) == (1.0, 3.0)


# The tasks


def test_the_path_begins_where_the_first_coefficient_leaves_zero() -> None:
    for load in (load_breast_cancer, load_iris):
        problem = replace(scaled(load), l1_ratio=0.7)
        C = tasks.threshold(problem)
        for factor, zero in ((0.99, True), (1.05, False)):  # nearer, and saga's first epoch may find nothing by chance
            model = LogisticRegression(
                C=factor * C, l1_ratio=0.7, solver="saga", tol=1e-10, max_iter=100_000, random_state=0
            )
            assert (not np.any(model.fit(problem.X, problem.y).coef_)) is zero


def test_without_an_intercept_the_path_begins_at_even_odds() -> None:
    problem = replace(scaled(load_breast_cancer), X=scaled(load_breast_cancer).X + 1, l1_ratio=1.0, fit_intercept=False)
    model = LogisticRegression(l1_ratio=1.0, solver="saga", tol=1e-10, max_iter=100_000, fit_intercept=False)
    C = tasks.threshold(problem)
    assert not np.any(model.set_params(C=0.99 * C).fit(problem.X, problem.y).coef_)
    assert np.any(model.set_params(C=1.01 * C).fit(problem.X, problem.y).coef_)


def test_folds_part_the_rows_and_deal_out_every_class_evenly() -> None:
    y = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [50, 13, 7]))
    splits = tasks.CrossValidation(folds=5).splits(y)
    np.testing.assert_array_equal(np.sort(np.concatenate([test for _, test in splits])), np.arange(70))
    for train, test in splits:
        assert not set(train) & set(test)
        assert len(train) + len(test) == 70
        assert set(np.bincount(y[test], minlength=3)) <= {10, 2, 3, 1}


def test_the_best_penalty_is_that_of_scikit_learn() -> None:
    problem, task = scaled(load_breast_cancer), tasks.CrossValidation(Cs=(1e-3, 1e-2, 1e-1, 1.0, 1e2), folds=4)
    cholesky = contestant("sklearn/newton-cholesky")
    model = LogisticRegressionCV(
        Cs=task.Cs, cv=task.splits(problem.y), scoring="neg_log_loss", solver="newton-cholesky", tol=1e-10,
        l1_ratios=(0.0,), use_legacy_attributes=False,
    ).fit(problem.X, problem.y)  # fmt: skip
    parts = [problem.rows(train) for train, _ in task.splits(problem.y)]
    paths = [cholesky.path(part, cholesky.prepare(part), 1e-10, task.Cs) for part in parts]
    assert task.best(problem, paths) == model.C_


def test_warming_up_asks_for_the_same_kind_of_task_and_little_of_it():
    rng = np.random.default_rng(0)
    problem = pose("made", rng.normal(size=(40, 3)), np.arange(40) % 2, l1_ratio=1.0)
    for ask in (tasks.along(100, 2), tasks.cross_validated, lambda _: tasks.SINGLE):
        whole = replace(problem, task=ask(problem))
        assert type(whole.toy().task) is type(whole.task)
        assert len(list(whole.toy().task.points(whole.toy()))) <= 4


PATH = tasks.along(5, 1.5)


def tuned(problem: Problem) -> tasks.Task:
    # Where L1 keeps nothing saga ends before its intercept is found.
    return tasks.CrossValidation(Cs=(0.1, 1.0), folds=3)


@pytest.mark.parametrize("name", ["logreg", "glum", "sklearn/lbfgs", "sklearn/saga", "sklearn/liblinear", "celer"])
@pytest.mark.parametrize(("ask", "l1_ratio"), [(PATH, 1.0), (tuned, 0.0), (tuned, 1.0)], ids=["path", "cv", "cv-l1"])
def test_every_fit_of_a_path_and_of_a_cross_validation_is_an_optimum(name: str, ask: Any, l1_ratio: float) -> None:
    problem = Problem("small", *generate(300, 5, margin=1.0), l1_ratio=l1_ratio)
    problem = replace(problem, task=ask(problem))
    trainer = contestant(name)
    if reason := trainer.refuses(problem):
        pytest.skip(reason)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what peers say of themselves is not judged here
        solutions = problem.task.solve(trainer, problem, trainer.prepare(problem), 1e-9)
        best = [optimum(point) for point in problem.task.points(problem)]
    assert judge.excess(judge.values(problem, solutions), best) < 1e-6


# The contestants


def contestant(name: str) -> Contestant:
    return found.select(found.contestants(), [name])[0]


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

LARGE = ("made/1m-x-100", "made/1000-classes")


@pytest.mark.parametrize("dataset", found.datasets(), ids=lambda each: each.name)
def test_every_data_set_loads_in_the_standard_form_or_says_why_not(dataset: Dataset) -> None:
    if dataset.name.split("/")[0] in ("20news", "20news-halves", "mnist") or dataset.name in LARGE:
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
    rng = np.random.default_rng(0)
    table = Categories(rng.standard_normal((50, 2)), rng.integers(-1, 3, (50, 2)).astype(np.int32), [3, 4])
    levels = [table.codes[:, [j]] == np.arange(size) for j, size in enumerate(table.sizes)]
    np.testing.assert_array_equal(table.expand().toarray(), np.hstack([table.numeric, *levels]))
    np.testing.assert_array_equal(table.rows(np.arange(5)).expand().toarray(), table.expand()[:5].toarray())


def test_a_table_of_mostly_zeros_is_sparse_and_any_other_dense() -> None:
    codes = np.arange(40, dtype=np.int32)[:, None]
    assert sparse.issparse(Categories(np.ones((40, 1)), codes, [40]).matrix())
    assert not sparse.issparse(Categories(np.ones((40, 1)), codes % 2, [2]).matrix())


@pytest.mark.parametrize("name", ["logreg", "logreg/newton-cholesky", "glum", "glum/categorical", "sklearn/newton-cg"])
def test_categories_and_their_indicators_have_one_optimum(name: str) -> None:
    problem = tabular()
    assert problem.categories is not None
    trainer = contestant(name)
    if reason := trainer.refuses(problem):
        pytest.skip(reason)
    solution = trainer.fit(problem, trainer.prepare(problem), 1e-9)
    assert judge.excess(judge.objective(problem, solution), optimum(problem)) < 1e-6


def tabular() -> Problem:
    """Numbers, and categories in which some rows have no level."""
    rng = np.random.default_rng(3)
    table = Categories(rng.standard_normal((400, 2)), rng.integers(-1, 4, (400, 2)).astype(np.int32), [4, 4])
    eta = table.numeric[:, 0] + (table.codes[:, 0] == 2) - (table.codes[:, 1] == 0)
    return pose("tabular", table, eta + rng.logistic(size=400) > 0)


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
        rungs = [fit.values for fit in raced.run(name).fits if fit.tol > runner.REFERENCE_TOL]
        assert judge.excess(min(rungs), raced.best) <= judge.LEVELS[-1]


def test_doing_nothing_reaches_nothing_and_costs_next_to_nothing(raced: runner.Race) -> None:
    assert raced.seconds("nothing", 1e-3) is None
    assert raced.run("nothing").fits[0].median < 0.01


def test_the_best_is_the_optimum_of_a_tight_reference(raced: runner.Race) -> None:
    problem = scaled(load_breast_cancer)
    model = LogisticRegression(C=problem.C, solver="newton-cholesky", tol=1e-12).fit(problem.X, problem.y)
    best = judge.objective(problem, Solution(model.coef_, model.intercept_))
    assert raced.is_known
    assert raced.best == pytest.approx((best,), rel=1e-11)


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


def test_a_ladder_ends_when_all_its_fits_together_have_taken_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "TIGHT", 0.0)  # or it would be said to have stalled
    result = runner.race(scaled(load_iris), [Dawdler("dawdler")], time_limit=1.5, rounds=0)
    run = result.run("dawdler")
    assert run.ending == "6 s in all"
    assert 2 <= len(run.fits) <= 21  # of 0.3 s each and more: four times the limit, and the reference


def test_what_contestants_print_is_not_shown(capfd: pytest.CaptureFixture[str]) -> None:
    result = runner.race(scaled(load_iris), [Chatterer("chatterer")], time_limit=5.0, rounds=0)
    assert result.run("chatterer").fits
    assert capfd.readouterr() == ("", "")


def test_a_race_of_paths_is_judged_at_every_point(tmp_path: Any) -> None:
    import json

    problem = replace(scaled(load_breast_cancer), l1_ratio=1.0)
    problem = replace(problem, task=tasks.along(4, 1)(problem))
    result = runner.race(problem, [contestant("logreg"), contestant("glum")], time_limit=5.0, rounds=0)
    assert len(result.best) == 4
    assert result.seconds("logreg", 1e-6)
    assert "path of 4" in report.title(result.problem)
    assert report.from_json(json.loads(json.dumps(report.as_json(result)))) == result


# Tables


@pytest.mark.parametrize("name", tables.TABLES)
def test_every_row_of_a_table_is_a_data_set(name: str) -> None:
    assert set(tables.TABLES[name]) <= {each.name for each in found.datasets()}


def made_up(name: str, seconds: dict[str, float], closest: float = 1e-3) -> runner.Race:
    """A race in which those named reach the best, and "late" does not."""
    facts = replace(scaled(load_iris), name=name).facts()
    runs = [Run(who, "1", "reached", (Fit(1e-9, (1.0,), (took,), 0),)) for who, took in seconds.items()]
    runs += [
        Run("late", "1", "5 s in all", (Fit(1e-9, (1 + closest,), (0.1,), 0),)),
        Run("absent", None, "skipped: why"),
    ]
    return runner.Race(facts, (1.0,), True, tuple(runs))


def test_the_wide_table_has_the_seconds_of_every_peer() -> None:
    head, _, row, *_ = tables.wide([made_up("iris", {"logreg": 0.5, "logreg/lbfgs": 0.1, "glum": 0.25})]).splitlines()
    cells = dict(zip(*([cell.strip() for cell in line.split("|")] for line in (head, row)), strict=True))
    assert cells["logreg"] == "0.5"
    assert cells["glum"] == "**0.25**"
    assert cells["late"] == "*1e-03*"
    assert cells["peer / ours"] == "0.50"
    assert not {"logreg/lbfgs", "absent"} & set(cells)


def test_publishing_replaces_the_table_between_its_marks_and_nothing_else(tmp_path: Any) -> None:
    page = tmp_path / "README.md"
    page.write_text("a\n<!-- table l2 -->\nold\n<!-- end -->\nb\n<!-- table l1 -->\nother\n<!-- end -->\n")
    tables.publish("l2", "new \\1", page)
    tables.publish("l2", "newer \\1", page)
    assert page.read_text() == (
        "a\n<!-- table l2 -->\n\nnewer \\1\n\n<!-- end -->\nb\n<!-- table l1 -->\nother\n<!-- end -->\n"
    )
    with pytest.raises(ValueError, match="tuning"):
        tables.publish("tuning", "new", page)


@pytest.mark.parametrize("name", tables.TABLES)
def test_the_readme_has_room_for_every_table(name: str) -> None:
    assert f"<!-- table {name} -->\n" in tables.README.read_text(encoding="utf-8")


def test_rows_raced_anew_take_the_place_of_old_ones() -> None:
    old = [made_up("iris", {"logreg": 1.0}), made_up("digits", {"logreg": 2.0})]
    new = [made_up("iris", {"logreg": 3.0})]
    rows = record.joined(old, new, ["digits", "iris"])
    assert [(race.problem["name"], race.seconds("logreg", 1e-6)) for race in rows] == [("digits", 2.0), ("iris", 3.0)]


def test_rows_of_another_machine_are_not_kept(tmp_path: Any) -> None:
    here = record.Results(tmp_path, "l2", machine.machine(), {"glum": "1"}, (made_up("iris", {"logreg": 1.0}),))
    here.write()
    assert here.kept() == here.races
    with pytest.raises(ValueError, match="another machine"):
        replace(here, versions={"glum": "2"}).kept()


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
    assert (tmp_path / "latest-ratios.png").exists()
    assert "nothing" in (tmp_path / "latest.md").read_text()


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


@pytest.mark.parametrize(
    ("kind", "options"),
    [(np.ndarray, {}), (sparse.csr_matrix, {"density": 0.5}), (pd.DataFrame, {"named": True})],
    ids=["dense", "sparse", "a frame"],
)
@pytest.mark.parametrize("classes", [2, 3])
def test_predictions_that_are_timed_are_equal(classes: int, kind: Any, options: Any) -> None:
    pytest.importorskip("logreg.estimators", reason="the estimator is not there")
    case = prediction.Case("small", 20, 6, classes, **options)
    ours, theirs = prediction.estimators(case).values()
    X = case.matrix(20)
    ours.intercept_ = theirs.intercept_
    assert isinstance(X, kind)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-12)

"""Laws of every solver: each falls to the same optimum, certified, or says in a sentence why not."""

from __future__ import annotations

import importlib
from itertools import islice

import numpy as np
import pytest
from samples import fit
from scipy import sparse

from logreg.data.arrays import Arrays
from logreg.errors import OptionError
from logreg.fit import concluded, pose
from logreg.problem.certificate import Certificate
from logreg.problem.losses import Logistic, Softmax
from logreg.problem.penalties import l2
from logreg.solvers.auto import ALIASES, NAMES, SOLVERS, Choice
from logreg.solvers.base import Status, minimize
from logreg.solvers.metric import Blocks, Diagonal, Exact, Inexact, Products, Shared, metrics_for
from logreg.solvers.newton import NewtonCholesky
from logreg.solvers.sampled import Sampled
from logreg.solvers.wide import Narrow, is_wide

rng = np.random.default_rng(2)


def sample(classes, n=150, p=5):
    X = rng.normal(size=(n, p)) * np.geomspace(0.1, 10, p) + 3
    scores = X @ rng.normal(size=(p, classes)) / 5 + rng.gumbel(size=(n, classes))
    return X, scores.argmax(axis=1)


DATA = {classes: sample(classes) for classes in (2, 3)}
OPTIONS = {
    "l2": {"C": 0.5},
    "none": {"C": np.inf},
    "l1": {"C": 0.5, "l1_ratio": 1.0},
    "elastic net": {"C": 0.5, "l1_ratio": 0.5},
    "l2 without intercept": {"C": 0.5, "fit_intercept": False},
}
smooth = ("l2", "none", "l2 without intercept")


@pytest.mark.parametrize("classes", DATA)
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("solver", NAMES)
def test_every_solver_meets_every_other(solver, options, classes):
    X, y = DATA[classes]
    able = ALIASES.get(solver, solver) == "auto" or SOLVERS[ALIASES.get(solver, solver)].proximal
    if options not in smooth and not able:
        with pytest.raises(OptionError, match="accelerated"):
            fit(Arrays(X, y), classes, solver=solver, **OPTIONS[options])
        return
    result = fit(Arrays(X, y), classes, solver=solver, tol=1e-9, **OPTIONS[options])
    # Two proofs overlap: neither objective may be above the other by more than its own bound.
    reference = "auto" if ALIASES.get(solver, solver) == "accelerated" else "accelerated"
    other = fit(Arrays(X, y), classes, solver=reference, tol=1e-9, **OPTIONS[options])
    assert result.status is Status.CONVERGED
    assert result.certificate.objective - other.certificate.objective <= result.certificate.bound
    assert other.certificate.objective - result.certificate.objective <= other.certificate.bound
    np.testing.assert_allclose(result.coef, other.coef, atol=2e-3)


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_objective_falls_and_the_history_is_proven(solver):
    X, y = DATA[3]
    result = fit(Arrays(X, y), 3, solver=solver, tol=1e-9)
    values = np.array([record.objective for record in result.history])
    seconds = np.array([record.seconds for record in result.history])
    if solver != "accelerated":  # its momentum may overshoot
        assert (np.diff(values) <= 1e-9 * values[:-1]).all()
    assert (np.diff(seconds) >= 0).all()
    best = values.min()
    assert all(record.excess >= record.objective - best - 1e-12 for record in result.history)


@pytest.mark.parametrize("solver", SOLVERS)
def test_stopping_early_says_so_with_the_bound(solver):
    X, y = DATA[3]
    result = fit(Arrays(X, y), 3, solver=solver, tol=1e-12, max_iter=1)
    best = fit(Arrays(X, y), 3, tol=1e-12).certificate
    assert result.status is Status.MAX_ITER
    assert result.n_iter == 1
    assert result.certificate.bound >= result.certificate.objective - best.objective
    assert "max_iter" in result.status.message


def test_a_time_limit_ends_a_fit():
    X, y = DATA[3]
    assert fit(Arrays(X, y), 3, solver="gradient-descent", tol=1e-15, max_seconds=0.0).status is Status.MAX_SECONDS


@pytest.mark.parametrize("solver", ["auto", "lbfgs", "newton-cg", "newton-cholesky", "newton", "sampled"])
def test_separable_classes_without_a_penalty_are_named(solver):
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    result = fit(Arrays(X, np.array([0, 0, 1, 1])), 2, C=np.inf, solver=solver)
    assert result.status is Status.SEPARABLE
    assert np.isfinite(result.coef).all()


@pytest.mark.parametrize("solver", ["auto", "lbfgs", "newton-cg", "newton-cholesky", "newton", "sampled"])
def test_quasi_separable_classes_are_certified_although_a_coefficient_grows_without_end(solver):
    # The third group is separated from the others by the first column, the other two overlap.
    rng = np.random.default_rng(5)
    X = np.vstack([rng.normal(size=(60, 2)), rng.normal([100, 0], size=(30, 2))])
    y = np.append(rng.integers(0, 2, 60), np.full(30, 2))
    result = fit(Arrays(X, y), 3, C=np.inf, solver=solver)
    assert result.status is Status.CONVERGED


@pytest.mark.parametrize("options", smooth)
def test_columns_of_any_scale_collinear_and_constant_are_certified(options):
    X, y = sample(2, n=400, p=6)
    X = X * [1e-8, 1e8, 1, 1e4, 1e-4, 1]
    X = np.column_stack([X, X[:, 2] + X[:, 5], np.full(len(X), 7e5), np.zeros(len(X))])
    result = fit(Arrays(X, y), 2, **OPTIONS[options])
    assert result.status is Status.CONVERGED
    assert result.certificate.relative <= 1e-6


def test_more_columns_than_rows_are_certified():
    X = rng.normal(size=(40, 3000))
    result = fit(Arrays(X, (X[:, 0] > 0).astype(int)), 2)
    assert result.status is Status.CONVERGED


def test_a_metric_of_blocks_inverts_each_class_of_the_hessian_and_their_common_shift_by_the_ridge_alone():
    X, y = DATA[3]
    objective = pose(Arrays(X, y), Softmax(), 3, l2(0.7), 2.0, False)
    point = objective.at(rng.normal(size=objective.shape))
    direction, m = Blocks().at(point)(point.grad), objective.shape[0]
    blocks = [point.hessian[c * m : (c + 1) * m, c * m : (c + 1) * m] for c in range(3)]
    apart = np.column_stack([np.linalg.solve(block, grad) for block, grad in zip(blocks, point.grad.T, strict=True)])
    expected = apart + (point.grad.mean(axis=1) / objective.ridge[:, 0] - apart.mean(axis=1))[:, None]
    np.testing.assert_allclose(direction, expected, rtol=0, atol=1e-4 * np.linalg.norm(expected))


@pytest.mark.parametrize("C", [0.1, np.inf])
@pytest.mark.parametrize("classes", [2, 3])
def test_a_diagonal_metric_inverts_the_diagonal_of_the_hessian_where_all_rows_bend_alike(classes, C):
    X, y = DATA[classes]
    loss, penalty = (Logistic() if classes == 2 else Softmax()), l2(1.0 if np.isfinite(C) else 0.0)
    objective = pose(Arrays(X, y), loss, classes, penalty, min(C, 1.0), True)
    origin, G = objective.origin(), rng.normal(size=objective.shape)
    diagonal = np.diag(origin.hessian).reshape(objective.shape[::-1]).T
    loose = objective.free.all(axis=1) if loss.shift_invariant else np.zeros(objective.shape[0], bool)
    slopes = ~loose  # there the Hessian has a curvature of its own along the shift of all classes
    np.testing.assert_allclose(Diagonal().at(origin)(G)[slopes], (G / diagonal)[slopes], rtol=1e-9)


@pytest.mark.parametrize(
    ("n", "p", "classes", "expected"),
    [
        (5_000, 20, 2, [Exact]),
        (3_000, 1_200, 2, [Diagonal, Exact]),
        (4_000, 100, 10, [Diagonal, Shared, Exact]),
        (500, 2_000, 20, [Diagonal, Products]),
    ],
)
def test_metrics_begin_with_a_cheap_one_and_grow_dearer(n, p, classes, expected):
    X, y = rng.normal(size=(n, p)), np.arange(n) % classes
    loss = Logistic() if classes == 2 else Softmax()
    objective = pose(Arrays(X, y), loss, classes, l2(1.0), 1.0, True)
    metrics = metrics_for(objective)
    prices = [metric.price(objective) for metric in metrics]
    assert [type(metric) for metric in metrics] == expected
    assert prices == sorted(prices)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("options", [{"solver": "sampled"}, {"solver": "newton-cholesky"}, {"l1_ratio": 1.0}], ids=str)
def test_probabilities_as_targets_are_as_good_as_rows_of_every_class(classes, options):
    r = np.random.default_rng(classes)
    X, q = r.normal(size=(3000, 4)), r.dirichlet(np.ones(classes), 3000)
    soft = Arrays(X, q[:, 1] if classes == 2 else q)
    hard = Arrays(np.repeat(X, classes, axis=0), np.tile(np.arange(classes), 3000), q.ravel())
    one, other = (fit(data, classes, C=0.1, tol=1e-9, **options) for data in (soft, hard))
    assert one.certificate.relative <= 1e-9
    assert one.certificate.objective == pytest.approx(other.certificate.objective, rel=2e-9)


def test_rows_that_a_sample_misses_are_in_the_metric_at_last():
    # Separable and hardly penalised: the few rows at the border bend the objective, and most samples miss them.
    X = np.random.default_rng(0).normal(size=(5000, 20))
    y = (X @ np.random.default_rng(1).normal(size=20) > 0).astype(int)
    result = fit(Arrays(X, y), 2, C=1e4, solver="sampled")
    assert result.status is Status.CONVERGED
    assert result.n_iter <= 60


@pytest.mark.parametrize(("metric", "preconditioner"), [(Inexact(), Shared()), (Products(), Diagonal())])
def test_an_inexact_solve_leaves_a_tenth_of_the_gradient_in_its_preconditioners_norm(metric, preconditioner):
    X, y = DATA[3]
    objective = pose(Arrays(X, y), Softmax(), 3, l2(0.7), 2.0, True)
    point = objective.at(rng.normal(size=objective.shape))
    inner = preconditioner.at(point)
    left = point.grad - point.hess_dot(metric.at(point)(point.grad))
    assert np.vdot(left, inner(left)) <= 0.011 * np.vdot(point.grad, inner(point.grad))


def together(n, p, seed=0):
    """An objective of columns that share twenty factors, have all spreads, and outnumber the rows; at a point."""
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(n, p)) + 3 * draw.normal(size=(n, 20)) @ draw.normal(size=(20, p))
    objective = pose(Arrays(X * np.exp(draw.normal(size=p)), draw.integers(0, 2, n)), Logistic(), 2, l2(1.0), 1.0, True)
    return objective.at(0.01 * draw.normal(size=objective.shape))


def passes_of(points, monkeypatch):
    """The points, and the passes that were taken before each."""
    read, passes = Arrays.sum, []
    monkeypatch.setattr(Arrays, "sum", lambda data, term: (passes.append(term), read(data, term))[1])
    shown = [(point, len(passes)) for point in points if point.value]
    monkeypatch.setattr(Arrays, "sum", read)
    return shown


@pytest.mark.parametrize("seed", range(3))
def test_between_ridge_and_diagonal_conjugate_gradients_take_fewest_steps(seed, monkeypatch):
    start, counts = together(200, 800, seed), []

    def ridge(_, point):
        return np.maximum(point.objective.penalty.curvature(), 1e-3)

    for inner in (Products.diagonal, Diagonal.diagonal, ridge):
        monkeypatch.setattr(Products, "diagonal", inner)
        shown = passes_of(islice(Sampled().descend(start, (Products(),), start.objective), 200), monkeypatch)
        counts.append(next(count for point, count in shown if point.value <= shown[-1][0].value * (1 + 1e-6)))
    assert counts[0] < min(counts[1:])


def test_a_descent_ends_with_the_step_that_takes_the_last_of_its_passes(monkeypatch):
    start = together(200, 800)
    shown = passes_of(Sampled().descend(start, (Products(),), start.objective, price=100), monkeypatch)
    counts = [count for _, count in shown]
    assert counts[-2] < 100 <= counts[-1]
    assert len(counts) < 20


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("intercept", [True, False])
def test_the_narrow_side_of_a_wide_problem_has_the_same_minimum(classes, intercept):
    X = rng.normal(size=(30, 200)) * np.geomspace(0.1, 10, 200) + 3
    loss = Logistic() if classes == 2 else Softmax()
    data = Arrays(X, np.arange(30) % classes, rng.random(30) + 0.1)
    objective = pose(data, loss, classes, l2(0.7), 2.0, intercept)
    assert is_wide(objective)
    *_, point = islice(Sampled().across(objective.origin()), 2)
    assert np.abs(point.grad).max() <= 1e-6 * np.abs(objective.origin().grad).max()


@pytest.mark.parametrize("classes", [2, 3])
def test_wide_data_whose_columns_go_together_are_certified_in_few_steps(classes):
    """Along the columns' common parts the rows bend by far more than elsewhere: points on the p side come nowhere."""
    draw = np.random.default_rng(0)
    together = draw.normal(size=(400, 20)) @ draw.normal(size=(20, 700))
    X = (draw.normal(size=(400, 700)) + 3 * together) * np.exp(draw.normal(size=700))
    y = np.argmax(X[:, :classes] + draw.gumbel(size=(400, classes)), axis=1)
    result = fit(Arrays(X, y), classes, C=100.0, max_iter=300)
    assert result.status.converged


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(("rows", "columns"), [(120, 140), (200, 230)])
def test_few_rows_of_columns_in_all_orders_of_magnitude_are_certified(rows, columns, classes):
    """Products of rows with one another hold the largest columns alone: only the Hessian tells the others."""
    draw = np.random.default_rng(1)
    X = draw.normal(size=(rows, columns)) * 10.0 ** draw.uniform(-8, 8, columns)
    eta = X / X.std(axis=0) @ draw.normal(size=(columns, classes)) / np.sqrt(columns)
    y = np.argmax(eta + draw.gumbel(size=eta.shape), axis=1)
    result = fit(Arrays(X, y), classes, C=1e4, max_iter=1000)
    assert result.status.converged
    values = np.array([record.objective for record in result.history])
    assert (np.diff(values) <= 1e-12 * values[0]).all()


@pytest.mark.parametrize("seed", [2, 8, 44])
def test_classes_all_but_separated_are_certified_by_hessians_made_anew_at_an_even_pace(seed):
    """The curvature changes all the way down: one that is made anew ever more rarely soon tells nothing."""
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(75, 40)) + 3 * draw.normal(size=(75, 3)) @ draw.normal(size=(3, 40))
    X *= (draw.random((75, 40)) < 0.4) * 10.0 ** draw.uniform(-8, 8, 40)
    eta = X / X.std(axis=0) @ draw.normal(size=(40, 5))
    y = np.argmax(eta + draw.gumbel(size=eta.shape), axis=1)
    y[:5] = range(5)
    assert fit(Arrays(X, y), 5, C=100.0, tol=1e-9, max_iter=500).status.converged


def of_all_scales(n, p, seed):
    """Columns of scales from 1e-8 to 1e8, and five classes that a linear boundary all but tells apart."""
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(n, p)) * 10.0 ** draw.uniform(-8, 8, p)
    eta = X / X.std(axis=0) @ draw.normal(size=(p, 5)) / 3
    return Arrays(X, np.argmax(eta + draw.gumbel(size=eta.shape), axis=1))


@pytest.mark.parametrize("seed", [0, 3])
def test_fewer_rows_than_parameters_of_all_scales_are_proven_without_waiting_for_the_gap(seed):
    """A ridge that is next to nothing in the chart leaves the gap wide for thousands of steps after F has settled."""
    assert fit(of_all_scales(400, 310, seed), 5, C=3.0, tol=1e-9, max_iter=1500).status.converged


@pytest.mark.parametrize("seed", [1, 9])
def test_a_shift_of_all_classes_is_taken_off_at_once(seed):
    """Metrics that hardly know of it undo it in thousands of steps."""
    assert fit(of_all_scales(300, 220, seed), 5, C=30.0, tol=1e-9, max_iter=1000).status.converged


def test_a_point_that_is_proven_once_its_shift_is_off_has_converged():
    data = Arrays(*DATA[3])
    objective = pose(data, Softmax(), 3, l2(), 1.0, True)
    result = minimize(objective, NewtonCholesky(), tol=1e-9)
    point = objective.at(result.point.W + 1.0)
    proof = Certificate(point.value, point.value - result.certificate.lower)
    stopped = result._replace(point=point, status=Status.MAX_ITER, certificate=proof)
    assert proof.relative > 1e-3
    ended = concluded(objective, stopped, Choice(Sampled(), "sampled", ""), 1e-9)
    assert ended.status.converged
    assert ended.certificate.relative <= 1e-9


def test_a_warm_start_at_the_optimum_needs_no_iteration():
    X, y = DATA[3]
    first = fit(Arrays(X, y), 3, tol=1e-10)
    again = fit(Arrays(X, y), 3, tol=1e-8, start=(first.coef, first.intercept))
    assert again.n_iter == 0
    np.testing.assert_allclose(again.coef, first.coef, atol=1e-9)


def test_an_unknown_solver_is_answered_with_the_known_ones():
    X, y = DATA[2]
    with pytest.raises(OptionError, match="newton-cholesky"):
        fit(Arrays(X, y), 2, solver="adam")


@pytest.mark.parametrize("tol", [1.5, 100.0, np.inf])
def test_a_tolerance_of_more_than_one_is_met_soon(tol):
    X, y = DATA[2]
    result = fit(Arrays(X, y), 2, tol=tol)
    assert result.status is Status.CONVERGED
    assert result.n_iter <= 3
    assert result.certificate.relative <= 1.0


@pytest.mark.parametrize(
    ("option", "value"),
    [("C", 0.0), ("C", -1.0), ("C", np.nan), ("l1_ratio", 1.5), ("tol", -1.0), ("max_iter", -1), ("max_iter", 2.5)],
)
def test_an_option_out_of_range_is_named(option, value):
    X, y = DATA[2]
    with pytest.raises(OptionError, match=option):
        fit(Arrays(X, y), 2, **{option: value})


def test_a_certificate_relates_the_bound_to_the_smallest_possible_minimum():
    assert Certificate(objective=10.0, bound=2.0).relative == 0.25
    assert Certificate(objective=10.0, bound=0.0).relative == 0.0
    assert Certificate(objective=1.0, bound=1.0).relative == np.inf


def test_a_softmax_over_columns_of_odd_scales_takes_no_steps_along_the_shift_of_all_classes():
    """Where the ridge vanishes beside the loss, rounding alone would move all classes together."""
    draw = np.random.default_rng(0)
    X = draw.normal(size=(2000, 9))
    y = (X @ draw.normal(size=(9, 4)) + draw.gumbel(size=(2000, 4))).argmax(axis=1)
    objective = pose(Arrays(X * np.geomspace(1e-8, 1e8, 9), y), Softmax(), 4, l2(1.0), 1.0, True)
    newton = objective.origin().newton
    assert np.abs(newton.mean(axis=1)).max() <= 1e-6 * np.abs(newton).max()


def test_a_warm_start_may_carry_any_shift_of_all_classes():
    X, y = DATA[3][0] * 1e6, DATA[3][1]
    cold = fit(Arrays(X, y), 3, tol=1e-9)
    warm = fit(Arrays(X, y), 3, tol=1e-9, start=(cold.coef + 100, cold.intercept + 7))
    assert warm.n_iter == 0
    np.testing.assert_allclose(warm.coef, cold.coef, atol=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_rows_with_heavy_tails_stop_no_search(seed):
    """Rows far out become certain, and wrong: the slope is steep at the point alone, and Newton's step far too long."""
    rng = np.random.default_rng(seed)
    X = rng.standard_cauchy((3000, 40))
    y = ((X / X.std(axis=0)) @ rng.normal(size=40) + 0.3 * rng.logistic(size=len(X)) > 0).astype(int)
    for solver in ("newton-cholesky", "auto"):
        assert fit(Arrays(X, y), 2, solver=solver).status.converged


def test_a_sample_that_a_line_separates_does_not_lead_astray():
    """Without a penalty its minimum is nowhere; the data themselves have one."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(8000, 75))
    y = (X @ rng.normal(size=75) + 0.5 * rng.logistic(size=len(X)) > 0).astype(int)
    result = fit(Arrays(X, y), 2, C=np.inf)
    assert result.status.converged
    assert result.n_iter <= 20


def test_columns_that_add_up_to_others_keep_many_classes_off_their_common_shift():
    """What rounding over a sample adds to all classes alike is taken away again: the ridge would pay for it."""
    rng = np.random.default_rng(25)
    n, p, k = int(rng.integers(3000, 20_000)), int(rng.integers(30, 90)), int(rng.choice([2, 2, 4]))
    X = (rng.standard_normal((n, p)) > 1).astype(float)
    X[:, 0] = 1 - X[:, 1:3].sum(axis=1)
    eta = (X - X.mean(axis=0)) / X.std(axis=0) @ rng.standard_normal((p, k)) * rng.uniform(0.05, 3)
    y = (eta + rng.gumbel(size=eta.shape)).argmax(axis=1)
    assert fit(Arrays(X, y), k, C=1e3).status.converged


@pytest.mark.parametrize(("strength", "misleads"), [(1.0, False), (30.0, True)])
def test_a_sample_that_fits_far_better_than_all_rows_gives_no_metric(monkeypatch, strength, misleads):
    """Where hardly more of its rows bend than there are parameters, its Hessian tells nothing of the whole one."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6000, 70))
    y = (strength * (X @ rng.normal(size=70)) / np.sqrt(70) + rng.logistic(size=6000) > 0).astype(int)
    taken = []

    def stages(self, metrics, part, whole, stages=Sampled.stages):
        taken.append((part.data.shape[0], whole.data.shape[0]))
        return stages(self, metrics, part, whole)

    monkeypatch.setattr(Sampled, "stages", stages)
    assert fit(Arrays(X, y), 2, solver="sampled").status.converged
    rows, whole = taken[-1]
    assert whole == 6000
    assert (rows == 6000) is misleads


@pytest.mark.parametrize("l1_ratio", [0.0, 1.0])
@pytest.mark.parametrize(
    ("n", "p", "density", "draws"), [(5000, 8, 1.0, False), (60_000, 8, 1.0, True), (9000, 60, 0.03, False)]
)
def test_tables_with_few_numbers_are_not_sampled(monkeypatch, n, p, density, draws, l1_ratio):
    drawn = []
    for room in ("sampled", "working_set"):
        module = importlib.import_module(f"logreg.solvers.{room}")
        monkeypatch.setattr(module, "sample", lambda *a, sample=module.sample: drawn.append(a) or sample(*a))
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, p)) * (rng.random((n, p)) < density)
    y = (X @ rng.normal(size=p) + rng.logistic(size=n) > 0).astype(int)
    rows = X if density == 1 else sparse.csr_array(X)
    assert fit(Arrays(rows, y), 2, l1_ratio=l1_ratio).status.converged
    assert bool(drawn) is draws


@pytest.mark.parametrize("classes", [2, 3])
def test_the_narrow_side_has_a_hessian_with_a_unit_diagonal_at_most(classes):
    """As in any chart: a diagonal metric takes it for granted."""
    X = rng.normal(size=(30, 200)) * np.geomspace(1e-3, 1e3, 200) + 3
    loss = Logistic() if classes == 2 else Softmax()
    data = Arrays(X, np.arange(30) % classes, rng.random(30) + 0.1)
    narrow = Narrow(pose(data, loss, classes, l2(0.7), 2.0, True)).objective
    slopes = np.diag(narrow.origin().hessian).reshape(classes if classes > 2 else 1, -1)[:, :-1]
    assert slopes.max() <= 1 + 1e-9
    if classes == 2:  # at the origin rows of two classes bend by as much as they ever do
        np.testing.assert_allclose(slopes, 1.0, rtol=1e-9)

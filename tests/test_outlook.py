"""Looks ahead along a path: they lead no further than they should, and save steps, or are not taken."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from samples import draw

from logreg.data.arrays import Arrays
from logreg.fit import Fit, pose
from logreg.following import fits_along
from logreg.options import Options
from logreg.problem.losses import Logistic, Softmax, loss_for
from logreg.problem.penalties import Penalty, elastic_net, group, l1
from logreg.solvers import outlook
from logreg.solvers.homotopy import Homotopy
from logreg.solvers.outlook import Outlook, ahead
from logreg.solvers.proximal_newton import ProximalNewton

Cs = np.geomspace(0.02, 1.0, 30)


def path(tol: float, classes: int = 2, n: int = 120, p: int = 20) -> list[Fit]:
    """Thirty problems over a few rows."""
    return fits_along(Arrays(*draw(0, n=n, p=p, classes=classes)), classes, Cs, Options(tol=tol), loss_for(classes))


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that grows by one with each step."""
    made, step = list[int](), ProximalNewton.step

    def counted(self: ProximalNewton, *args: object) -> object:
        made.append(1)
        return step(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(ProximalNewton, "step", counted)
    return made


@pytest.mark.parametrize("classes", [2, 3])
def test_looks_save_steps_and_change_no_optimum(
    classes: int, monkeypatch: pytest.MonkeyPatch, steps: list[int]
) -> None:
    looking, with_looks = path(1e-9, classes), len(steps)
    monkeypatch.setattr(outlook, "MORE", np.inf)
    plain, without = path(1e-9, classes), len(steps) - with_looks
    assert with_looks <= 0.9 * without
    for one, other in zip(looking, plain, strict=True):
        assert one.certificate.relative <= 1e-9
        np.testing.assert_allclose(one.certificate.objective, other.certificate.objective, rtol=2e-9)


def test_steps_are_spared_that_gained_nothing_in_the_last_problem(
    monkeypatch: pytest.MonkeyPatch, steps: list[int]
) -> None:
    fits, few = path(1e-6, n=60, p=300), len(steps)
    assert all(one.certificate.relative <= 1e-6 for one in fits)
    monkeypatch.setattr(Homotopy, "shrink", property(lambda self: 1.0, lambda self, value: None), raising=False)
    path(1e-6, n=60, p=300)
    assert few <= 0.8 * (len(steps) - few)


@pytest.mark.parametrize("penalty", [l1(), elastic_net(), group()])
def test_a_look_is_never_worse_and_no_block_leaves_zero_or_crosses_it(penalty: Penalty) -> None:
    X, y = draw(1, n=80, p=6, classes=3)
    objective = pose(Arrays(X, y), Softmax(), 3, penalty, 1.0, True)
    rng, better = np.random.default_rng(0), 0
    for _ in range(60):
        W = rng.normal(size=objective.shape)
        W[rng.random(len(W)) < 0.3] = 0.0
        point = objective.at(W)
        new = ahead(point, rng.uniform(-4.0, 1.0) * point.grad)
        better += new is not point
        assert new.value <= point.value
        inner, before, after = objective.penalty.within, W[:-1], new.W[:-1]  # the intercept may go anywhere
        assert (inner(after, before) >= 0).all()
        assert not (inner(after, after) * (inner(before, before) == 0)).any()
    assert 0 < better < 60


def test_there_is_no_look_where_problems_take_a_step_each() -> None:
    X, y = draw(2)
    point = pose(Arrays(X, y), Logistic(), 2, l1(), 1.0, True).origin()
    rows: NDArray[np.intp] = np.arange(len(point.W))
    view = Outlook()
    for _ in range(4):
        view.turn_to(point.W)
        assert view.begin(point, rows, len(rows)) is point
        view.count()
    assert not view.pays(point.objective, len(rows))
    for _ in range(4):
        view.count()
    assert view.pays(point.objective, len(rows))

"""Laws of every penalty: gradient, prox by its definition, conjugate by Fenchel-Young."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from logreg.problem.penalties import ElasticNet, elastic_net, l1, l2, none

column = np.array([[0.5], [0.0], [2.0]])
PENALTIES = {
    "none": none(),
    "l2": l2(0.3),
    "l1": l1(0.3),
    "elastic net": elastic_net(0.7, 0.4),
    "l2 by coefficient": l2(column),
    "l1 by coefficient": l1(column),
    "both by coefficient": ElasticNet(l1=column, l2=column[::-1]),
}
every_penalty = pytest.mark.parametrize("penalty", PENALTIES.values(), ids=PENALTIES.keys())
quick = settings(max_examples=60, deadline=None)
matrices = nps.arrays(float, (3, 2), elements=st.floats(-5, 5))


@every_penalty
@given(W=matrices, other=matrices, step=st.floats(0.01, 10))
@quick
def test_the_prox_minimises_its_definition(penalty, W, other, step):
    def cost(U):
        return step * penalty.simple(U) + ((U - W) ** 2).sum() / 2

    best = penalty.prox(W, step)
    assert cost(best) <= cost(other) + 1e-9
    for nearby in (best + 1e-3, best - 1e-3, np.where(np.abs(best) < 0.1, 0.0, best)):
        assert cost(best) <= cost(nearby) + 1e-12


@every_penalty
@given(W=matrices, V=matrices)
@quick
def test_the_smooth_gradient_is_the_finite_difference(penalty, W, V):
    h = 1e-5
    difference = (penalty.smooth(W + h * V)[0] - penalty.smooth(W - h * V)[0]) / (2 * h)
    assert (penalty.smooth(W)[1] * V).sum() == pytest.approx(difference, abs=1e-7)


@every_penalty
@given(W=matrices, V=matrices)
@quick
def test_the_curvature_is_the_second_difference(penalty, W, V):
    second = penalty.smooth(W + V)[0] - 2 * penalty.smooth(W)[0] + penalty.smooth(W - V)[0]
    assert (penalty.curvature() * V**2).sum() == pytest.approx(second, abs=1e-9)


@every_penalty
@given(W=matrices, U=matrices)
@quick
def test_value_and_conjugate_obey_fenchel_and_young(penalty, W, U):
    """R(W) + R*(U) >= <U, W> wherever the conjugate is finite."""
    U = np.where(np.broadcast_to(penalty.free, U.shape), 0.0, U)
    U = penalty.reach(U) * U
    assert penalty.value(W) + penalty.conjugate(U).sum() >= (U * W).sum() - 1e-9


@every_penalty
@given(U=matrices)
@quick
def test_the_conjugate_is_attained(penalty, U):
    """sup_W <U, W> - R(W) is reached at prox-like points: W = shrink(U, l1) / l2, or 0 where l2 = 0."""
    U = np.where(np.broadcast_to(penalty.free, U.shape), 0.0, U)
    U = penalty.reach(U) * U
    l1_, l2_ = np.broadcast_to(penalty.l1, U.shape), np.broadcast_to(penalty.l2, U.shape)
    W = np.divide(np.sign(U) * np.maximum(np.abs(U) - l1_, 0), l2_, out=np.zeros_like(U), where=l2_ > 0)
    assert (U * W).sum() - penalty.value(W) == pytest.approx(penalty.conjugate(U).sum(), abs=1e-9)


@given(W=matrices, scale=nps.arrays(float, 3, elements=st.floats(0.1, 10)))
@every_penalty
@quick
def test_a_penalty_in_a_chart_has_the_same_value(penalty, W, scale):
    inside = penalty.in_chart(scale, intercept=True)
    raised = np.vstack([W * scale[:, None], np.full((1, 2), 1e6)])
    assert inside.value(raised) == pytest.approx(penalty.value(W), rel=1e-9, abs=1e-12)
    assert inside.free[-1].all()

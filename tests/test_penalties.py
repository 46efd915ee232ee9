"""Laws of every penalty: gradient, prox by its definition, conjugate by Fenchel-Young."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from logreg.problem.penalties import ElasticNet, Group, elastic_net, group, l1, l2, none

column = np.array([[0.5], [0.0], [2.0]])
PENALTIES = {
    "none": none(),
    "l2": l2(0.3),
    "l1": l1(0.3),
    "elastic net": elastic_net(0.7, 0.4),
    "l2 by coefficient": l2(column),
    "l1 by coefficient": l1(column),
    "both by coefficient": ElasticNet(l1=column, l2=column[::-1]),
    "group": group(0.7),
    "group elastic net": group(0.7, 0.4),
    "group by row": Group(l1=column, l2=column[::-1]),
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
    """sup_W <U, W> - R(W) is reached at W = prox(U) / l2, or 0 where l2 = 0."""
    U = np.where(np.broadcast_to(penalty.free, U.shape), 0.0, U)
    U = penalty.reach(U) * U
    ridge = np.broadcast_to(penalty.l2, U.shape)
    W = np.divide(penalty.prox(U, 1.0), ridge, out=np.zeros_like(U), where=ridge > 0)
    assert (U * W).sum() - penalty.value(W) == pytest.approx(penalty.conjugate(U).sum(), abs=1e-9)


@given(W=matrices, scale=nps.arrays(float, 3, elements=st.floats(0.1, 10)))
@every_penalty
@quick
def test_a_penalty_in_a_chart_has_the_same_value(penalty, W, scale):
    inside = penalty.in_chart(scale, intercept=True)
    raised = np.vstack([W * scale[:, None], np.full((1, 2), 1e6)])
    assert inside.value(raised) == pytest.approx(penalty.value(W), rel=1e-9, abs=1e-12)
    assert inside.free[-1].all()


def away_from_zero(W):
    return np.where(np.abs(W) < 0.1, 0.5, W)


@every_penalty
@given(W=matrices, V=matrices)
@quick
def test_slope_and_bend_are_the_derivatives_of_the_simple_part_away_from_zero(penalty, W, V):
    W, h = away_from_zero(W), 1e-6
    up, down = penalty.simple(W + h * V), penalty.simple(W - h * V)
    assert (penalty.slope(W) * V).sum() == pytest.approx((up - down) / (2 * h), abs=1e-6)
    change = (penalty.slope(W + h * V) - penalty.slope(W - h * V)) / (2 * h)
    np.testing.assert_allclose(penalty.bend(W, V), change, atol=1e-5)


@every_penalty
def test_slope_and_bend_are_zero_at_zero(penalty):
    nothing, V = np.zeros((3, 2)), np.ones((3, 2))
    assert not penalty.slope(nothing).any()
    assert not penalty.bend(nothing, V).any()


@every_penalty
@given(W=matrices, V=matrices)
@quick
def test_the_rise_is_the_difference_of_values_for_one_and_for_many(penalty, W, V):
    expected = penalty.simple(V) - penalty.simple(W)
    assert penalty.rise(W, V) == pytest.approx(expected, abs=1e-9)
    np.testing.assert_allclose(penalty.rise(W, np.stack([W, V])), [0.0, expected], atol=1e-9)


def test_the_rise_does_not_cancel():
    W = np.array([[1e8], [1.0]])
    assert l1().rise(W, W + np.array([[0.0], [1e-12]])) == pytest.approx(1e-12, rel=1e-3)


@every_penalty
@given(W=matrices)
@quick
def test_the_penalty_of_some_rows_is_that_of_the_whole_with_zeros_elsewhere(penalty, W):
    keep = np.array([0, 2])
    whole = W.copy()
    whole[1] = 0.0
    assert penalty.rows(keep).value(W[keep]) == pytest.approx(penalty.value(whole))


@every_penalty
@given(W=matrices, steps=nps.arrays(float, (3, 1), elements=st.floats(0.1, 10)))
@quick
def test_a_prox_with_a_step_for_each_row_is_the_prox_of_each_row(penalty, W, steps):
    together = penalty.prox(W, steps)
    for row, step in enumerate(steps[:, 0]):
        np.testing.assert_allclose(together[row], penalty.prox(W, float(step))[row])


@every_penalty
@given(U=matrices, part=st.floats(0.1, 1.0))
@quick
def test_a_block_is_held_where_the_prox_takes_it_to_zero(penalty, U, part):
    moved = penalty.prox(U, part)
    left = penalty.within(moved, moved) != 0
    assert not (penalty.sharp & (penalty.holds(U, part) == left)).any()


@every_penalty
@given(U=matrices)
@quick
def test_a_force_less_what_is_beyond_is_within_reach_and_costs_nothing(penalty, U):
    within = U - penalty.beyond(U)
    assert penalty.reach(within) == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(penalty.sharp * penalty.conjugate(within), 0.0, atol=1e-12)
    weak = U * min(1.0, penalty.weakest / 10) / np.sqrt(2)  # no block of U is larger than 10
    np.testing.assert_allclose(penalty.beyond(weak), 0.0, atol=1e-150)  # smaller blocks have norms that underflow


@every_penalty
@given(W=nps.arrays(float, nps.array_shapes(min_dims=1, max_dims=1, min_side=2, max_side=5), elements=st.floats(-5, 5)))
@quick
def test_no_shift_of_a_row_costs_less_than_the_level_one(penalty, W):
    rows = np.tile(W, (3, 1))
    level = penalty.level(rows)
    np.testing.assert_allclose(np.ptp(level - rows, axis=1), 0.0, atol=1e-12)
    for shift in (*np.linspace(-10, 10, 81), *(1e-3, -1e-3), *-level[0]):
        assert penalty.value(level) <= penalty.value(level + shift) + 1e-9


@given(W=nps.arrays(float, st.tuples(st.just(4), st.integers(2, 6)), elements=st.floats(-5, 5)))
@quick
def test_a_level_row_of_the_lasso_has_a_zero(W):
    assert (l1(0.3).level(W) == 0).any(axis=1).all()


@every_penalty
@given(U=matrices)
@quick
def test_a_simple_part_as_strong_as_needed_holds_all_its_blocks_at_zero(penalty, U):
    U = np.where(np.abs(U) > 1e-150, U, 0.0)  # below, digits and squares are lost
    needed = penalty.needed(U)
    assert (penalty.sharpened(needed * (1 + 1e-12)).holds(U) | ~penalty.sharp).all()
    if needed > 0:
        assert not (penalty.sharpened(needed * (1 - 1e-12)).holds(U) | ~penalty.sharp).all()


@every_penalty
@given(W=matrices, by=st.floats(0.1, 100))
@quick
def test_a_sharpened_penalty_has_the_same_smooth_part(penalty, W, by):
    sharp = penalty.sharpened(by)
    assert sharp.simple(W) == pytest.approx(by * penalty.simple(W))
    assert sharp.smooth(W)[0] == penalty.smooth(W)[0]


def test_a_group_of_one_output_is_the_lasso():
    W = np.array([[1.0], [-2.0], [0.0]])
    assert group(0.3).value(W) == pytest.approx(l1(0.3).value(W))
    np.testing.assert_allclose(group(0.3).prox(W, 2.0), l1(0.3).prox(W, 2.0))


def test_a_group_vanishes_as_a_whole():
    W = group(1.0).prox(np.array([[0.6, -0.6], [3.0, 4.0]]), 1.0)
    np.testing.assert_allclose(W, [[0.0, 0.0], [2.4, 3.2]])

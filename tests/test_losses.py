"""Laws of every loss: derivatives, convexity, exactness at any margin, and the dual point."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from logreg.problem.losses import LOSSES, NUDGE, Logistic, Loss, Softmax

margins = st.floats(-800, 800)
gentle = st.floats(-20, 20)
ALL = [(cls(), k) for cls in LOSSES.values() for k in ((1,) if cls is Logistic else (2, 5))]
every_loss = pytest.mark.parametrize(("loss", "k"), ALL, ids=lambda v: type(v).__name__ if isinstance(v, Loss) else v)
quick = settings(max_examples=60, deadline=None)


@st.composite
def rows(draw, k, elements=margins):
    """Codes and linear predictors of a few rows."""
    eta = draw(nps.arrays(float, (draw(st.integers(1, 5)), k), elements=elements))
    y = draw(nps.arrays(np.intp, len(eta), elements=st.integers(0, max(k - 1, 1))))
    return y, eta


def exact_loss(y, eta, k):
    """The definition, in 60 digits (enough that exp(-800) beside 1 is not lost needs 400: mpmath adapts)."""
    with mpmath.workdps(800):
        exps = [mpmath.exp(mpmath.mpf(float(t))) for t in (([0.0, eta[0]]) if k == 1 else eta)]
        return -mpmath.log(exps[y] / mpmath.fsum(exps)), [e / mpmath.fsum(exps) for e in exps]


@every_loss
@given(data=st.data())
@quick
def test_the_loss_is_finite_and_not_negative_at_any_margin(loss, k, data):
    y, eta = data.draw(rows(k))
    value, grad = loss.value_grad(y, eta)
    assert np.isfinite(value).all()
    assert np.isfinite(grad).all()
    assert (value >= 0).all()


@every_loss
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_value_and_gradient_are_exact_to_the_last_digits(loss, k, data):
    y, eta = data.draw(rows(k))
    value, grad = loss.value_grad(y, eta)
    for i in range(len(eta)):
        exact, p = exact_loss(y[i], eta[i], k)
        assert value[i] == pytest.approx(float(exact), rel=1e-13, abs=1e-320)
        target = [p[1] - y[i]] if k == 1 else [p[c] - (c == y[i]) for c in range(k)]
        np.testing.assert_allclose(grad[i], [float(t) for t in target], rtol=1e-12, atol=1e-320)


@every_loss
@given(data=st.data())
@quick
def test_the_gradient_is_the_complex_step_derivative(loss, k, data):
    y, eta = data.draw(rows(k, gentle))
    v = data.draw(nps.arrays(float, eta.shape, elements=st.floats(-1, 1)))
    # The definition again, written for complex numbers: shifting by the real maximum keeps it analytic.
    step = eta + 1e-30j * v
    full = np.hstack([np.zeros_like(step), step]) if k == 1 else step
    top = full.real.max(axis=1)
    value = top + np.log(np.exp(full - top[:, None]).sum(axis=1)) - full[np.arange(len(y)), y]
    np.testing.assert_allclose((loss.value_grad(y, eta)[1] * v).sum(axis=1), value.imag / 1e-30, rtol=1e-9, atol=1e-12)


@every_loss
@given(data=st.data())
@quick
def test_the_hessian_product_is_the_derivative_of_the_gradient(loss, k, data):
    y, eta = data.draw(rows(k, gentle))
    v = data.draw(nps.arrays(float, eta.shape, elements=st.floats(-1, 1)))
    h = 1e-5
    difference = (loss.value_grad(y, eta + h * v)[1] - loss.value_grad(y, eta - h * v)[1]) / (2 * h)
    np.testing.assert_allclose(loss.curvature(eta).dot(v), difference, atol=1e-9)


@every_loss
@given(data=st.data())
@quick
def test_the_loss_is_convex_and_bends_no_more_than_its_bound(loss, k, data):
    _, eta = data.draw(rows(k))
    v = data.draw(nps.arrays(float, eta.shape, elements=st.floats(-1, 1)))
    bend = (v * loss.curvature(eta).dot(v)).sum(axis=1)
    assert (bend >= -1e-12).all()
    assert (bend <= loss.curvature_bound * (v**2).sum(axis=1) + 1e-12).all()


@every_loss
@given(data=st.data())
@quick
def test_the_loss_lies_above_its_tangents(loss, k, data):
    y, eta = data.draw(rows(k))
    other = data.draw(nps.arrays(float, eta.shape, elements=margins))
    value, grad = loss.value_grad(y, eta)
    tangent = value + (grad * (other - eta)).sum(axis=1)
    assert (loss.value_grad(y, other)[0] >= tangent - 1e-9 * (1 + np.abs(tangent))).all()


@every_loss
@given(data=st.data())
@quick
def test_a_tilted_dual_point_bounds_the_loss_from_below(loss, k, data):
    """Fenchel-Young: loss(y, eta') >= entropy(q) + (q - y) . eta' for every eta' and every q."""
    y, eta = data.draw(rows(k, gentle))
    z = data.draw(nps.arrays(float, eta.shape, elements=st.floats(-3, 3)))
    other = data.draw(nps.arrays(float, eta.shape, elements=gentle))
    entropy, away = loss.tilt(y, eta, z)
    assert (entropy >= -1e-12).all()
    below = entropy + (away * other).sum(axis=1)
    assert (loss.value_grad(y, other)[0] >= below - 1e-9 * (1 + np.abs(below))).all()


@every_loss
@given(data=st.data())
@quick
def test_the_dual_point_without_a_tilt_is_tight(loss, k, data):
    y, eta = data.draw(rows(k))
    entropy, away = loss.tilt(y, eta, np.zeros_like(eta))
    value, grad = loss.value_grad(y, eta)
    np.testing.assert_allclose(away, grad, atol=1e-12)
    np.testing.assert_allclose(entropy + (away * eta).sum(axis=1), value, atol=1e-9)


@every_loss
@given(data=st.data())
@quick
def test_a_small_tilt_moves_the_dual_point_by_the_hessian(loss, k, data):
    y, eta = data.draw(rows(k, gentle))
    z = data.draw(nps.arrays(float, eta.shape, elements=st.floats(-0.3, 0.3)))
    moved = loss.tilt(y, eta, z)[1] - loss.value_grad(y, eta)[1]
    np.testing.assert_allclose(moved, loss.curvature(eta).dot(z), atol=1e-12)


@every_loss
@given(data=st.data())
@quick
def test_a_row_stays_inside_of_the_simplex_as_long_as_its_tilt_is_linear(loss, k, data):
    y, eta = data.draw(rows(k, gentle))
    z = data.draw(nps.arrays(float, eta.shape, elements=st.floats(-3, 3)))
    moved = loss.tilt(y, eta, z)[1] - loss.value_grad(y, eta)[1]
    bent = np.abs(moved - loss.curvature(eta).dot(z)).max(axis=1)
    inside = loss.stays_inside(eta, z)
    assert (bent[inside] <= 1e-12).all()
    outside = loss.stays_inside(eta, z / 1.001) | inside  # but for those on the border itself
    assert (bent[~outside] > 0).all()
    assert loss.stays_inside(eta, z * (0.49 / 3)).all()


@every_loss
@given(data=st.data())
@quick
def test_a_nudge_is_the_tilt_of_a_row_and_promises_no_more(loss, k, data):
    """Its entropy is a lower bound, off by a thousandth of the divergence at most."""
    y, eta = data.draw(rows(k, gentle))
    z = data.draw(nps.arrays(float, eta.shape, elements=st.floats(-NUDGE, NUDGE)))
    gain, change = loss.nudge(eta, z)
    entropy, away = loss.tilt(y, eta, z)
    value, grad = loss.value_grad(y, eta)
    exact = entropy - (value - (grad * eta).sum(axis=1))
    divergence = -exact - (change * eta).sum(axis=1)
    np.testing.assert_allclose(change, away - grad, rtol=1e-9, atol=1e-12)
    assert (gain <= exact + 1e-12).all()
    assert (gain >= exact - 1e-3 * divergence - 1e-12).all()


@every_loss
@pytest.mark.parametrize("margin", [10.0, 20.0, 34.0])
def test_a_nudge_has_its_digits_where_rows_are_all_but_certain(loss, k, margin):
    rng = np.random.default_rng(0)
    y, eta = rng.integers(0, max(k, 2), 200), rng.normal(size=(200, k))
    eta += margin * (np.eye(k)[y] if k > 1 else 2.0 * y[:, None] - 1.0)
    z = 1e-3 * rng.normal(size=eta.shape)
    gain, change = loss.nudge(eta, z)
    entropy, away = loss.tilt(y, eta, z)
    value, grad = loss.value_grad(y, eta)
    np.testing.assert_allclose(change, away - grad, rtol=1e-8)
    np.testing.assert_allclose(gain, entropy - (value - (grad * eta).sum(axis=1)), rtol=1e-4)


@every_loss
@given(data=st.data())
@quick
def test_a_pass_sums_the_losses_of_the_rows(loss, k, data):
    y, eta = data.draw(rows(k))
    eta, y = np.tile(eta, (40, 1)), np.tile(y, 40)  # enough of them for products of several
    weight = data.draw(nps.arrays(float, len(eta), elements=st.floats(0.5, 2.0)))
    value, grad = loss.value_grad(y, eta)
    for weights, total in ((None, value.sum()), (weight, weight @ value)):
        found, by_row = loss.sum_grad(y, eta, weights)
        assert found == pytest.approx(float(total), rel=1e-13, abs=1e-320)
        np.testing.assert_allclose(by_row, grad, rtol=1e-13, atol=1e-320)


@every_loss
@given(data=st.data())
@quick
def test_the_gradient_by_row_tells_the_curvature(loss, k, data):
    y, eta = data.draw(rows(k))
    beside = loss.curvature_beside(y, loss.sum_grad(y, eta, None)[1])
    for found, known in zip(beside, loss.curvature(eta), strict=True):
        if known is None:
            assert found is None
        else:
            np.testing.assert_allclose(found, known, rtol=1e-12, atol=1e-15)


def test_the_gradient_of_probability_rows_tells_the_curvature_too():
    rng = np.random.default_rng(0)
    eta, p = rng.normal(size=(20, 3)), rng.dirichlet(np.ones(3), 20)
    for loss, y, t in ((Softmax(), p, eta), (Logistic(), p[:, 0], eta[:, :1])):
        value, grad = loss.sum_grad(y, t, None)
        assert value == pytest.approx(float(loss.value_grad(y, t)[0].sum()), rel=1e-12)
        np.testing.assert_allclose(loss.curvature_beside(y, grad)[0], loss.curvature(t)[0], rtol=1e-12)


def test_codes_of_a_small_type_are_as_good_as_others():
    rng = np.random.default_rng(0)
    eta, y = rng.normal(size=(500, 3)), rng.integers(0, 3, 500)
    value, grad = Softmax().sum_grad(y, eta, None)
    again, same = Softmax().sum_grad(y.astype(np.int8), eta, None)
    assert again == value
    np.testing.assert_array_equal(same, grad)


def test_a_pass_in_single_precision_is_summed_in_double():
    rng = np.random.default_rng(0)
    eta, y = rng.normal(size=(5000, 30)).astype(np.float32), rng.integers(0, 30, 5000)
    exact = Softmax().sum_grad(y, eta.astype(np.float64), None)[0]
    assert Softmax().sum_grad(y, eta, None)[0] == pytest.approx(exact, rel=1e-7)


@given(data=st.data())
@quick
def test_softmax_of_two_classes_is_the_logistic_loss_of_their_difference(data):
    y, eta = data.draw(rows(2))
    two, one = Softmax().value_grad(y, eta), Logistic().value_grad(y, eta[:, 1:] - eta[:, :1])
    np.testing.assert_allclose(two[0], one[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(two[1][:, 1:], one[1], atol=1e-12)


@given(data=st.data())
@quick
def test_probability_rows_that_are_certain_agree_with_codes(data):
    y, eta = data.draw(rows(4, gentle))
    soft = Softmax().value_grad(np.eye(4)[y], eta)
    hard = Softmax().value_grad(y, eta)
    np.testing.assert_allclose(soft[0], hard[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(soft[1], hard[1], atol=1e-12)


@pytest.mark.parametrize("z", [[1e20, -1e20, 3.0], [1e300, 1e299, 0.0], [-1e20, -1e20, -1e20]])
def test_a_tilt_of_any_size_stays_on_the_simplex(z):
    y, eta = np.array([1, 0]), np.array([[50.0, 0.0, 1.0], [-800.0, 900.0, 0.0]])
    entropy, away = Softmax().tilt(y, eta, np.array([z, z]))
    q = away + np.eye(3)[y]
    assert np.isfinite(entropy).all()
    assert (q >= -1e-12).all()
    np.testing.assert_allclose(q.sum(axis=1), 1.0)


@every_loss
@given(data=st.data())
@quick
def test_the_constant_of_least_loss_leaves_no_gradient(loss, k, data):
    counts = np.array(data.draw(st.lists(st.integers(1, 1000), min_size=max(2, k), max_size=max(2, k))))
    y = np.repeat(np.arange(len(counts)), counts)
    away = loss.value_grad(y, np.zeros((len(y), k)))[1].mean(axis=0)
    eta = np.tile(loss.constant(away), (len(y), 1))
    np.testing.assert_allclose(loss.value_grad(y, eta)[1].mean(axis=0), 0.0, atol=1e-12)

"""Laws of the solves by products alone."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logreg.ground.conjugate import conjugate_gradients, conjugate_residuals, iterates

Array = Any
seeds = st.integers(0, 10_000)


def system(seed: int, size: int = 8) -> tuple[Array, Array, Array]:
    """A positive definite matrix, a right side and a preconditioner."""
    r = np.random.default_rng(seed)
    root = r.normal(size=(size, size))
    return root @ root.T + 0.1 * np.eye(size), r.normal(size=size), r.uniform(0.2, 5.0, size)


@given(seeds)
def test_both_solve_the_system(seed: int) -> None:
    A, b, m = system(seed)
    x = np.linalg.solve(A, b)
    np.testing.assert_allclose(conjugate_gradients(A.dot, b, 1e-12, inner=lambda r: m * r), x, atol=1e-6)
    y, rest = conjugate_residuals(A.dot, b, 1e-12, inner=lambda r: m * r)
    np.testing.assert_allclose(y, x, atol=1e-6)
    np.testing.assert_allclose(rest, b - A @ y, atol=1e-6)


@given(seeds)
def test_each_iterate_knows_what_is_left_and_what_it_gained(seed: int) -> None:
    A, b, m = system(seed)
    seen = []
    for at, _ in zip(iterates(A.dot, b, lambda r: m * r), range(6), strict=False):
        r = b - A @ at.x
        assert at.left == pytest.approx(r @ (m * r), rel=1e-6, abs=1e-12)
        seen.append((at.x @ A @ at.x / 2 - b @ at.x, at.gain))
    for (before, _), (after, gain) in pairwise(seen):
        assert before - after == pytest.approx(gain, rel=1e-6, abs=1e-12)


def test_a_direction_without_curvature_is_taken_as_it_is_or_left_out() -> None:
    np.testing.assert_array_equal(conjugate_gradients(np.zeros_like, np.array([1.0, 2.0]), 0.1), [1.0, 2.0])
    half = conjugate_gradients(lambda v: v * [1.0, 0.0], np.array([1.0, 1e-9]), 1e-12)
    np.testing.assert_allclose(half, [1.0, 0.0], atol=1e-8)


def test_no_more_products_are_made_than_were_asked_for() -> None:
    A, b, _ = system(0)
    made: list[Array] = []

    def counted(v: Array) -> Array:
        made.append(v)
        return A @ v

    conjugate_gradients(counted, b, 0.0, limit=3)
    assert len(made) == 3

"""Problems made to order: rows, columns, classes, condition number, sparsity and how separable they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse

from ..problem import Dataset


def generate(
    n: int,
    p: int,
    K: int = 2,
    *,
    condition: float = 1.0,
    density: float = 1.0,
    margin: float = 3.0,
    seed: int = 0,
) -> tuple[Any, Any]:
    """Labels drawn from a softmax model of known strength.

    Parameters
    ----------
    n, p, K : int
        Rows, columns, classes.
    condition : float
        Condition number of the correlation between columns: dense columns are mixed by a random
        product of Householder reflections, so that no column is special.
    density : float
        Share of entries that are not zero; below 1 the matrix is CSR.
    margin : float
        Standard deviation of the linear predictor: 0 is noise, 3 is learnable, 30 nearly separable.
    seed : int
        Of the random numbers.

    Examples
    --------
    >>> X, y = generate(1000, 5, K=3, condition=100.0)
    >>> X.shape, sorted(set(y.tolist()))
    ((1000, 5), [0, 1, 2])
    """
    rng = np.random.default_rng(seed)
    X = _sparse(rng, n, p, density) if density < 1 else _dense(rng, n, p, condition)
    W = rng.standard_normal((p, K))
    eta = X @ W
    return X, _draw(rng, eta * (margin / max(eta.std(), np.finfo(float).tiny)))


def _dense(rng: np.random.Generator, n: int, p: int, condition: float) -> Any:
    """Gaussian rows whose covariance has eigenvalues from 1 to 1 / condition."""
    X = rng.standard_normal((n, p))
    if condition == 1:
        return X
    X *= np.geomspace(1.0, condition**-0.5, p)
    for v in rng.standard_normal((3, p)):
        v /= np.linalg.norm(v)
        X -= np.outer(X @ (2 * v), v)
    return X


def _sparse(rng: np.random.Generator, n: int, p: int, density: float) -> Any:
    """Counts at random places; every row has the same number of them, at least one."""
    each = max(1, round(density * p))
    columns = rng.integers(0, p, size=n * each)
    values = 1.0 + rng.poisson(1.0, size=n * each)
    X = sparse.csr_array((values, columns, np.arange(0, n * each + 1, each)), shape=(n, p))
    X.sum_duplicates()
    return X


def _draw(rng: np.random.Generator, eta: Any) -> Any:
    """One label a row from softmax(eta): the largest of eta plus Gumbel noise; every class appears."""
    y = np.argmax(eta + rng.gumbel(size=eta.shape), axis=1)
    y[: eta.shape[1]] = np.arange(eta.shape[1])
    return y


def _made(name: str, *sizes: int, **options: float) -> Dataset:
    make: Callable[..., tuple[Any, Any]] = generate
    return Dataset(f"made/{name}", partial(make, *sizes, **options))


datasets = [
    _made("well-conditioned", 100_000, 50),
    _made("ill-conditioned", 100_000, 20, condition=1e6),
    _made("nearly-separable", 20_000, 30, margin=100.0),
    _made("sparse", 50_000, 5_000, density=1e-3),
    _made("wide", 200, 5_000),
    _made("10-classes", 20_000, 50, 10, condition=100.0),
    _made("1m-x-100", 1_000_000, 100, condition=100.0),
    _made("1000-classes", 100_000, 50, 1_000),
]

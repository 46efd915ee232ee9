"""What is raced: a problem (data and penalty), a data set that makes one, and the reason why it cannot."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .categories import Categories
from .tasks import SINGLE, Task

Array = NDArray[np.float64]


class UnavailableError(Exception):
    """A data set or a contestant cannot take part; the message is the reason that is printed."""


@dataclass(frozen=True)
class Problem:
    """Minimise ``sum of losses + ((1 - l1_ratio)/2 |W|^2 + l1_ratio |W|_1) / C`` over W and, free, the intercept.

    This is scikit-learn's objective divided by C, so that ``C=inf`` (no penalty) is no special case;
    relative excesses are the same in both.

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n, p), float64
    y : ndarray of shape (n,)
        Codes 0, ..., K - 1, all of them present.
    C, l1_ratio : float
        The penalty.
    task : Task
        What is asked: one fit, a path, or a cross-validation.
    categories : Categories, optional
        The same features before their expansion to X, for contestants that take categories as they are.
    """

    name: str
    X: Any
    y: NDArray[np.intp]
    C: float = 1.0
    l1_ratio: float = 0.0
    fit_intercept: bool = True
    task: Task = SINGLE
    categories: Categories | None = field(default=None, repr=False)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of X."""
        n, p = self.X.shape
        return int(n), int(p)

    @property
    def n_classes(self) -> int:
        """K, the number of classes."""
        return int(self.y.max()) + 1

    @property
    def n_parameters(self) -> int:
        """Number of free parameters, one row a class counted for three classes and more."""
        outputs = 1 if self.n_classes == 2 else self.n_classes
        return outputs * (self.shape[1] + 1)

    @property
    def is_sparse(self) -> bool:
        """Whether X is a scipy sparse matrix."""
        return bool(sparse.issparse(self.X))

    @property
    def nbytes(self) -> int:
        """Bytes that X occupies."""
        if not self.is_sparse:
            return int(self.X.nbytes)
        return int(self.X.data.nbytes + self.X.indices.nbytes + self.X.indptr.nbytes)

    @property
    def penalty(self) -> str:
        """The kind of penalty: none, l2, l1 or elastic-net."""
        if np.isinf(self.C):
            return "none"
        return {0.0: "l2", 1.0: "l1"}.get(self.l1_ratio, "elastic-net")

    def facts(self) -> dict[str, Any]:
        """What a result file says of the problem."""
        n, p = self.shape
        return {
            "name": self.name, "rows": n, "columns": p, "classes": self.n_classes, "sparse": self.is_sparse,
            "bytes": self.nbytes, "C": self.C, "l1_ratio": self.l1_ratio, "intercept": self.fit_intercept,
            "task": self.task.title,
        }  # fmt: skip

    def rows(self, keep: NDArray[np.intp]) -> Problem:
        """The same problem on some of the rows."""
        categories = None if self.categories is None else self.categories.rows(keep)
        return replace(self, X=self.X[keep], y=self.y[keep], categories=categories)

    def toy(self) -> Problem:
        """A tiny problem of the same storage and kind: it warms imports, caches and compilers up."""
        rng = np.random.default_rng(0)
        table = Categories(rng.standard_normal((60, 4)), np.arange(60, dtype=np.int32)[:, None] % 3, [3])
        X = table.expand() if self.is_sparse else table.expand().toarray()
        y = np.arange(60) % min(self.n_classes, 3)
        categories = self.categories and table
        return replace(self, name="toy", X=standard(X), y=y, categories=categories, task=self.task.toy())


def pose(name: str, X: Any, y: Any, **options: Any) -> Problem:
    """A problem of any X and labels of any kind: float64, in C order or CSR, labels as codes.

    X may be a `Categories`, which goes along beside the matrix it expands to.
    """
    categories = X if isinstance(X, Categories) else None
    return Problem(
        name,
        standard(X if categories is None else categories.matrix()),
        np.unique(np.asarray(y), return_inverse=True)[1],
        categories=categories,
        **options,
    )


def single(problem: Problem) -> Task:
    """The task of most data sets: one fit."""
    return SINGLE


@dataclass(frozen=True)
class Dataset:
    """A name, the function that loads it, the penalty it is raced with, and whether the default run has it.

    ``load`` returns ``X, y`` and raises `UnavailableError` with the reason where it cannot; X may be a
    `Categories`, and ``y`` holds labels of any kind. ``ask`` makes the task from the problem.
    """

    name: str
    load: Callable[[], tuple[Any, Any]]
    C: float = 1.0
    l1_ratio: float = 0.0
    fit_intercept: bool = True
    default: bool = False
    ask: Callable[[Problem], Task] = single

    def problem(self) -> Problem:
        """Load the data and pose the problem."""
        X, y = self.load()
        problem = pose(self.name, X, y, C=self.C, l1_ratio=self.l1_ratio, fit_intercept=self.fit_intercept)
        return replace(problem, task=self.ask(problem))


def standard(X: Any) -> Any:
    """X in the form in which every contestant meets it first: CSR, or dense in C order; float64.

    A CSR matrix rather than an array, with indices of 32 bits where they suffice: some peers take nothing else.
    """
    if sparse.issparse(X):
        X = sparse.csr_matrix(X, dtype=np.float64)
        index = np.int32 if max(X.nnz, *X.shape) < np.iinfo(np.int32).max else np.int64
        X.indices, X.indptr = X.indices.astype(index), X.indptr.astype(index)
        return X
    return np.ascontiguousarray(X, dtype=np.float64)


def data_folder() -> Path:
    """The folder of real files: ``$LOGREG_DATA``, or ``shared/data`` beside the repository."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("LOGREG_DATA", default))


def real_file(name: str) -> Path:
    """A file of `data_folder`, or the reason why it cannot be read."""
    path = data_folder() / name
    if not path.exists():
        raise UnavailableError(f"{name} is not in {data_folder()}: set LOGREG_DATA to the folder that holds it")
    return path

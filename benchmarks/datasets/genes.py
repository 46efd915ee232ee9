"""Golub's leukaemia samples: 72 rows, 7 129 genes."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import numpy as np

from ..problem import Dataset, real_file
from ..tasks import along


def golub() -> tuple[Any, Any]:
    """Expression levels with mean 0 and standard deviation 1; two kinds of leukaemia."""
    with tarfile.open(real_file("golub.tar.gz")) as archive:
        X = _table(archive, "golub_inputs.csv")
        y = _table(archive, "golub_outputs.csv")
    X = X.reshape(y.size, -1)
    return (X - X.mean(axis=0)) / np.maximum(X.std(axis=0), np.finfo(float).eps), y.ravel()


def _table(archive: tarfile.TarFile, name: str) -> Any:
    text = archive.extractfile(name).read().decode()  # type: ignore[union-attr]
    return np.loadtxt(io.StringIO(text), delimiter=",")


datasets = [
    Dataset("golub", golub),
    Dataset("golub/l1", golub, l1_ratio=1.0),
    Dataset("golub/path", golub, l1_ratio=1.0, ask=along(100, 2)),
]

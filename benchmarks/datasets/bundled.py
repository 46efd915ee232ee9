"""The sets that scikit-learn bundles, raw."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..problem import Dataset
from ..tasks import cross_validated


def load(name: str) -> tuple[Any, Any]:
    """``sklearn.datasets.load_<name>``."""
    from sklearn import datasets as bundled

    X, y = getattr(bundled, f"load_{name}")(return_X_y=True)
    return X, y


datasets = [
    *(
        Dataset(name.replace("_", "-"), partial(load, name), default=name != "wine")
        for name in ("iris", "wine", "breast_cancer", "digits")
    ),
    Dataset("digits/elastic-net", partial(load, "digits"), l1_ratio=0.5),
    Dataset("breast-cancer/cv", partial(load, "breast_cancer"), ask=cross_validated),
    Dataset("digits/cv", partial(load, "digits"), ask=cross_validated),
]

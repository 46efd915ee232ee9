"""The sets that scikit-learn fetches over the network, where `fetch_*` has put them or can put them."""

from __future__ import annotations

import os
from typing import Any
from urllib.error import URLError

from ..problem import Dataset, UnavailableError


def fetch(name: str) -> Any:
    """``sklearn.datasets.fetch_<name>``: downloads only where LOGREG_FETCH is set, else reads what is cached."""
    from sklearn import datasets as loaders

    download = bool(os.environ.get("LOGREG_FETCH"))
    try:
        return getattr(loaders, f"fetch_{name}")(download_if_missing=download)
    except (URLError, OSError) as error:
        raise UnavailableError(f"not downloaded: set LOGREG_FETCH=1 with a network at hand ({error})") from error


def covtype_2() -> tuple[Any, Any]:
    """All 581 012 rows, class 2 against the rest."""
    bunch = fetch("covtype")
    return bunch.data, bunch.target == 2


def newsgroups() -> tuple[Any, Any]:
    """Counts of words, each row of length 1."""
    bunch = fetch("20newsgroups_vectorized")
    return bunch.data, bunch.target


def ccat() -> tuple[Any, Any]:
    """The first 23 149 Reuters articles (the chronological training part): corporate news or not."""
    bunch = fetch("rcv1")
    corporate = list(bunch.target_names).index("CCAT")
    return bunch.data[:23_149], bunch.target[:23_149].toarray()[:, corporate]


datasets = [
    Dataset("fetched/covtype-2", covtype_2),
    Dataset("fetched/20news", newsgroups),
    Dataset("fetched/rcv1-ccat", ccat),
]

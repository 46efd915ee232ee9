"""Real sparse data: a9a in svmlight format and the 20 newsgroups as tf-idf."""

from __future__ import annotations

import tarfile
from typing import Any

import numpy as np

from ..problem import Dataset, real_file
from ..tasks import along, cross_validated


def a9a() -> tuple[Any, Any]:
    """The adult survey as 123 dummies, collinear."""
    from sklearn.datasets import load_svmlight_file

    X, y = load_svmlight_file(str(real_file("a9a.bz2")), n_features=123)
    return X, y


def newsgroups() -> tuple[Any, Any]:
    """The training messages of the 20 newsgroups: words in two messages or more, sublinear tf-idf."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    messages, groups = [], []
    with tarfile.open(real_file("20news-bydate.tar.gz")) as archive:
        for member in archive:
            if member.isfile() and "-train/" in member.name:
                messages.append(archive.extractfile(member).read().decode("latin-1"))  # type: ignore[union-attr]
                groups.append(member.name.split("/")[-2])
    return TfidfVectorizer(min_df=2, sublinear_tf=True).fit_transform(messages), groups


def halves() -> tuple[Any, Any]:
    """The first ten groups in the order of the alphabet against the others."""
    X, groups = newsgroups()
    return X, np.unique(groups, return_inverse=True)[1] < 10


datasets = [
    Dataset("a9a", a9a, default=True),
    Dataset("a9a/l1", a9a, l1_ratio=1.0),
    Dataset("a9a/l1-sparse", a9a, C=0.01, l1_ratio=1.0),
    Dataset("a9a/elastic-net", a9a, l1_ratio=0.5),
    Dataset("a9a/path", a9a, l1_ratio=1.0, ask=along(100, 3)),
    Dataset("a9a/cv", a9a, ask=cross_validated),
    Dataset("20news", newsgroups),
    Dataset("20news/l1", newsgroups, l1_ratio=1.0),
    Dataset("20news-halves/l1", halves, l1_ratio=1.0),
    Dataset("20news-halves/l1-dense", halves, C=20.0, l1_ratio=1.0),
]

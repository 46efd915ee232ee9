"""Real sparse data: a9a in svmlight format and the 20 newsgroups as tf-idf."""

from __future__ import annotations

import tarfile
from typing import Any

from ..problem import Dataset, real_file


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


datasets = [
    Dataset("a9a", a9a, default=True),
    Dataset("a9a/l1", a9a, l1_ratio=1.0),
    Dataset("20news", newsgroups),
]

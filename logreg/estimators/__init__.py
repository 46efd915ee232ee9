"""The estimators, scikit-learn's contract over ``fit``: the only folder that imports scikit-learn."""

from .logistic import LogisticRegression, SoftmaxRegression
from .paths import logistic_path
from .tuned import LogisticRegressionCV

__all__ = ["LogisticRegression", "LogisticRegressionCV", "SoftmaxRegression", "logistic_path"]

for _public in (LogisticRegression, LogisticRegressionCV, SoftmaxRegression, logistic_path):
    _public.__module__ = __name__  # pickles outlive the plan of the rooms

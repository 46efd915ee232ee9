"""How metadata reach the splitter and the scorer of a cross-validated estimator, and how it scores itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing

from .linear import LinearClassifier
from .scoring import Scoring, scorer_of, takes_weights


class Routed(NamedTuple):
    """Parameters of ``fit`` on their way: to the splitter, and to the scorer."""

    split: Mapping[str, Any]
    score: Mapping[str, Any]


class Scored(LinearClassifier):
    """A classifier with a score of its choice, and folds that may need groups."""

    cv: Any
    scoring: Scoring

    @property
    def _scoring(self) -> Scoring:
        """The score to choose by; scikit-learn 1.9's mark of its own default stands for ours."""
        return "neg_log_loss" if self.scoring == "warn" else self.scoring

    def _scorer(self) -> Callable[..., float]:
        return scorer_of(self, self._scoring)

    def _route(self, sample_weight: ArrayLike | None, params: Mapping[str, Any]) -> Routed:
        """What the splitter and the scorer are given."""
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, "fit", sample_weight=sample_weight, **params)
            return Routed(routed.splitter.split, routed.scorer.score)
        strange = set(params) - {"groups"}
        if strange:
            raise TypeError(
                f"fit got {sorted(strange)[0]!r}; expected sample_weight and groups (other metadata need "
                "sklearn.set_config(enable_metadata_routing=True))"
            )
        weighted = sample_weight is not None and takes_weights(self._scorer())
        return Routed(params, {"sample_weight": sample_weight} if weighted else {})

    def get_metadata_routing(self) -> Any:
        """What may be given to ``fit`` and ``score``, and where it goes.

        Returns
        -------
        MetadataRouter
        """
        to_scorer = MethodMapping().add(caller="fit", callee="score").add(caller="score", callee="score")
        return (
            MetadataRouter(owner=self)
            .add_self_request(self)
            .add(splitter=self.cv, method_mapping=MethodMapping().add(caller="fit", callee="split"))
            .add(scorer=self._scorer(), method_mapping=to_scorer)
        )

    def score(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None, **score_params: Any) -> float:
        """The score named by ``scoring``, on given rows.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            Features.
        y : array-like of shape (n_samples,)
            Labels.
        sample_weight : array-like of shape (n_samples,), optional
            Weights.
        **score_params
            What else the scorer asks for.

        Returns
        -------
        float
            Greater is better.
        """
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, "score", sample_weight=sample_weight, **score_params)
            return float(self._scorer()(self, X, y, **routed.scorer.score))
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        return float(self._scorer()(self, X, y, **weights, **score_params))

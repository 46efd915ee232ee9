"""``logreg inspect``: what a model file holds."""

from __future__ import annotations

import argparse

from ..model import Model
from .report import show, show_model, strongest


def run(args: argparse.Namespace) -> None:
    """Load and show."""
    model = Model.load(args.model)
    top = len(model.features) * len(model.coef) if args.json else args.top
    show({**model.as_dict(), "coefficients": strongest(model, top)}, show_model, args.json)

"""The penalty as it is said on the command line, by its name or by its share of L1, as C and l1_ratio."""

from __future__ import annotations

import argparse
import math

from ..errors import OptionError


def penalty(args: argparse.Namespace) -> tuple[float, float]:
    """C, infinity for no penalty, and l1_ratio.

    Raises
    ------
    OptionError
        Where --penalty and --l1-ratio or --C contradict each other.
    """
    given = args.l1_ratio or 0.0
    fixed = {"l2": 0.0, "l1": 1.0, "none": 0.0, "elasticnet": given, None: given}[args.penalty]
    if args.penalty == "elasticnet" and args.l1_ratio is None:
        raise OptionError("--penalty elasticnet needs its share of L1: give --l1-ratio, from 0 to 1")
    if args.l1_ratio is not None and args.l1_ratio != fixed:
        raise OptionError(f"--penalty {args.penalty} and --l1-ratio {args.l1_ratio:g} contradict each other: drop one")
    C = 1.0 if args.C is None else args.C
    if args.penalty == "none" and args.C is not None and math.isfinite(C):
        raise OptionError(f"--penalty none and --C {C:g} contradict each other: drop one")
    return math.inf if args.penalty == "none" else C, fixed

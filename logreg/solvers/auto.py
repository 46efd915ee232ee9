"""The choice of a solver: by name, or by what the problem looks like, with a reason that can be read."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import OptionError
from ..problem.objective import Objective
from ..problem.sampling import sampling_pays
from .accelerated import Accelerated
from .base import Solver
from .gradient import GradientDescent
from .lbfgs import LBFGS
from .metric import newton_pays
from .newton import Newton, NewtonCG, NewtonCholesky, worthwhile
from .sampled import Sampled, is_newton, tries_products
from .working_set import WorkingSet

SOLVERS: dict[str, type[Solver]] = {
    "gradient-descent": GradientDescent,
    "accelerated": Accelerated,
    "lbfgs": LBFGS,
    "newton-cg": NewtonCG,
    "newton-cholesky": NewtonCholesky,
    "newton": Newton,
    "sampled": Sampled,
    "working-set": WorkingSet,
}

ALIASES = {"liblinear": "auto", "sag": "accelerated", "saga": "accelerated"}
"""scikit-learn's other names: the nearest of our solvers, for the objective that they share."""

NAMES = ("auto", *SOLVERS, *ALIASES)


class Choice(NamedTuple):
    """A solver, its name and why it was chosen."""

    solver: Solver
    name: str
    why: str


def choose(name: str, objective: Objective, seed: int = 0) -> Choice:
    """The solver of that name, or the best one for the objective where the name is ``auto``.

    Raises
    ------
    OptionError
        For an unknown name, and for a solver that cannot handle the penalty; both name those that do.
    """
    if name not in NAMES:
        raise OptionError(f"solver is {name!r}; expected one of {', '.join(NAMES)}")
    known, asked = ALIASES.get(name, name), f"asked for as {name!r}"
    if known == "auto":
        known, why = recommend(objective)
        asked = why if name == "auto" else f"{asked}, the best for this problem: {why}"
    solver = SOLVERS[known]().seeded(seed)
    if not (objective.penalty.is_smooth or solver.proximal):
        able = ", ".join(repr(n) for n, cls in SOLVERS.items() if cls.proximal)
        raise OptionError(
            f"solver={name!r} needs a smooth penalty, and this one has an L1 part: use solver='auto' or one of {able}"
        )
    return Choice(solver, known, asked)


def follows(name: str) -> bool:
    """Whether the solver of that name goes along a path of penalties in one chart; of ``auto``, any does."""
    known = SOLVERS.get(ALIASES.get(name, name))
    return known is None or known.follows


def recommend(objective: Objective) -> tuple[str, str]:
    """Name of the best solver for an objective, and why."""
    if not objective.penalty.is_smooth:
        return "working-set", "the penalty has an L1 part: only coefficients that are not zero, or ask to be, cost time"
    (n, _), size = objective.data.shape, objective.size
    if (newton_pays(objective) and not sampling_pays(objective)) or is_newton(objective):
        if worthwhile(objective):
            return "newton", f"{n} rows and {size} parameters: Newton steps cost a few products, or a Hessian"
        return "newton-cholesky", f"{n} rows and {size} parameters: exact Newton steps cost next to nothing"
    if tries_products(objective):
        return "sampled", f"{n} rows and {size} parameters: products with the Hessian, and a metric if those do little"
    return "sampled", f"{n} rows and {size} parameters: a sample gives the start, and a metric saves passes"

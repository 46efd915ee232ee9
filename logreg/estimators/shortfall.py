"""What falls short of the tolerance, among many fits, in a sentence."""

from __future__ import annotations

from ..crossvalidation import Paths
from ..problem.certificate import Certificate


def shortfalls(paths: Paths, last: Certificate | None) -> str:
    """A sentence on the fits in the folds, and on that to all rows where it fell short too; nothing if all is well.

    Parameters
    ----------
    paths : tuple of tuples of tuples of Fit
        The fits in the folds.
    last : Certificate, optional
        That of the fit to all rows, if it fell short.
    """
    fits = [one for fold in paths for path in fold for one in path]
    short = [one for one in fits if not one.status.converged]
    said = []
    if short:
        worst = max(short, key=lambda one: one.certificate.relative)
        said.append(
            f"{len(short)} of {len(fits)} fits in the folds are not certified to tol, the worst: "
            f"{worst.status.message} ({worst.certificate})"
        )
    if last is not None:
        said.append(
            f"nor is the fit to all rows ({last})" if said else f"the fit to all rows is not certified to tol ({last})"
        )
    return "; ".join(said)

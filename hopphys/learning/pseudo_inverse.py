"""The projection (pseudo-inverse) rule: every pattern a fixed point, however alike the patterns are."""

from __future__ import annotations

from typing import Any

import numpy as np

from hopphys.learning.dependence import copies, dependence
from hopphys.learning.hebbian import off_diagonal, pattern_matrix
from hopphys.types import Array

SINGULAR = 1e-10  # smallest eigenvalue of C, beside the largest; rounding leaves 1e-15 of a dependent pattern


def projection(patterns: Any) -> Array:
    r"""Couplings J = (1/N) xi^T C^-1 xi with C = xi xi^T / N, then J_ii = 0.

    Fixed points for every load below 1; with the diagonal kept, basins would die at ½ (Personnaz, Guyon & Dreyfus
    1985; Kanter & Sompolinsky 1987).

    Parameters
    ----------
    patterns : (..., P, N), ±1 or 0/1, linearly independent, P < N; where they are not, the ValueError names the rank,
        the copies and negatives, and the combinations of others

    Returns
    -------
    (..., N, N), symmetric. O(P N² + P² N + P³).
    """
    spins = pattern_matrix(patterns)
    count, size = spins.shape[-2:]
    if count >= size:
        raise ValueError(_too_many(spins))
    correlations = spins @ np.swapaxes(spins, -1, -2) / size
    _check_independent(spins, correlations)
    dual = np.linalg.solve(correlations, spins) / size
    couplings = np.swapaxes(spins, -1, -2) @ dual
    return off_diagonal((couplings + np.swapaxes(couplings, -1, -2)) / 2)


def _check_independent(spins: Array, correlations: Array) -> None:
    eigenvalues = np.linalg.eigvalsh(correlations)
    singular = eigenvalues[..., 0] < SINGULAR * eigenvalues[..., -1]
    if not np.any(singular):
        return
    first, *others = np.argwhere(singular)
    more = f", and {len(others)} more" if others else ""
    where = f" (disorder sample {', '.join(map(str, first))}{more})" if singular.ndim else ""
    raise ValueError(
        f"projection needs linearly independent patterns, but they have {dependence(spins[tuple(first)])}{where}; "
        "leave out what adds nothing, or use hebb"
    )


def _too_many(spins: Array) -> str:
    count, size = spins.shape[-2:]
    named = (copies(sample)[1] for sample in spins.reshape(-1, count, size))
    doubles = "; ".join(next((words for words in named if words), []))
    return (
        f"projection stores fewer patterns than units, but there are {count} patterns of {size} units "
        f"({count - size + 1} too many{f'; {doubles}' * bool(doubles)}); at {size} it would be the identity, which "
        "restores nothing"
    )

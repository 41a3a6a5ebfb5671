"""The projection (pseudo-inverse) rule: every pattern a fixed point, however alike the patterns are."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from hopphys.learning.hebbian import off_diagonal, pattern_matrix
from hopphys.types import Array

SINGULAR = 1e-10  # smallest eigenvalue of C, beside the largest; rounding leaves 1e-15 of a dependent pattern


def projection(patterns: Any) -> Array:
    r"""Couplings J = (1/N) xi^T C^-1 xi with C = xi xi^T / N, then J_ii = 0.

    Fixed points for every load below 1; with the diagonal kept, basins would die at ½ (Personnaz, Guyon & Dreyfus
    1985; Kanter & Sompolinsky 1987).

    Parameters
    ----------
    patterns : (..., P, N), ±1 or 0/1, linearly independent, P < N

    Returns
    -------
    (..., N, N), symmetric
    """
    spins = pattern_matrix(patterns)
    count, size = spins.shape[-2:]
    if count >= size:
        raise ValueError(
            f"projection stores fewer patterns than units, but there are {count} patterns of {size} units "
            f"({count - size + 1} too many); at {size} it would be the identity, which restores nothing"
        )
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
    sample = np.unravel_index(int(np.argmax(singular)), singular.shape) if singular.ndim else ()
    where = f" (disorder sample {', '.join(map(str, sample))})" if sample else ""
    raise ValueError(f"{_dependence(spins[sample], correlations[sample])}{where}; leave it out, or use hebb")


def _dependence(spins: Array, correlations: Array) -> str:
    """Say which pattern adds nothing: a copy, a negative, or a combination of others (by pivoted QR)."""
    for later, earlier in np.argwhere(np.tril(np.abs(correlations) > 1 - 0.5 / spins.shape[-1], -1)):
        kind = "equals" if correlations[later, earlier] > 0 else "is the negative of"
        return f"projection needs linearly independent patterns, but pattern {later} {kind} pattern {earlier}"
    triangle, pivots = linalg.qr(spins.T, mode="r", pivoting=True)
    weights = np.abs(np.diag(triangle))
    rank = int(np.sum(weights > np.sqrt(SINGULAR) * weights[0]))
    lost = ", ".join(str(index) for index in sorted(pivots[rank:].tolist())[:5]) or str(int(pivots[-1]))
    return (
        f"projection needs linearly independent patterns, but these {len(spins)} span {rank} dimensions: "
        f"pattern {lost} adds nothing to the others"
    )

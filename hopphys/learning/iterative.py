r"""The projection rule without a matrix inverse: step by step and locally, or one pattern after another for good."""

from __future__ import annotations

from typing import Any

import numpy as np

from hopphys.checks import finite
from hopphys.learning.error_correction import couple, relaxed, wrap
from hopphys.learning.hebbian import pattern_matrix
from hopphys.learning.learned import Learned
from hopphys.patterns import as_spins
from hopphys.types import Array

KNOWN = 1e-10  # share of a pattern outside the space of the earlier ones, below which it is rounding


def iterative_projection(patterns: Any, *, tolerance: float = 1e-6, max_sweeps: int = 10_000) -> Learned:
    r"""Couplings with all aligned fields xi_i h_i = 1, by correcting what each field lacks, again and again.

    From J = 0: J_ij += (1/N) xi_i xi_j (1 - xi_i h_i) for one pattern after another, J_ii = 0 throughout. Local; O(P²)
    a unit and sweep. The limit is the shortest row with these fields, J_ij = P_ij / (1 - P_ii), where P is the
    projector on the space of the patterns: `projection`, with each row divided by 1 - P_ii > 0, which is 1 - P/N for
    all units as N grows. So every threshold is decided as by `projection`, but J_ij != J_ji at finite N. Sweeps grow
    as 1 over the smallest eigenvalue of the correlations, for random patterns 1 / (1 - sqrt(P/N))².

    Parameters
    ----------
    patterns : (..., P, N), ±1 or 0/1; where these fields are out of reach (patterns that are linearly dependent without
        unit i, P >= N), `converged` is False
    tolerance : largest departure of a field from 1
    max_sweeps : passes through the patterns at most

    Diederich & Opper 1987, Phys. Rev. Lett. 58, 949.
    """
    spins = pattern_matrix(patterns)
    strengths, steps, low, high = relaxed(spins, -np.inf, tolerance, max_sweeps)
    done = ((1 - low <= tolerance) & (high - 1 <= tolerance)).all(axis=-1)
    couplings = couple(spins, strengths)
    return wrap(spins, couplings, np.zeros(couplings.shape[:-1]), done, steps.max(axis=-1), directed=True)


def online_projection(projector: Any, pattern: Any) -> Array:
    r"""The projector on the space of the patterns, after one more: P + r r^T / |r|², r = xi - P xi.

    Exact, in any order, and O(N²): a pattern is compared with what the network makes of it. Not local, for |r|² belongs
    to all units. A pattern that the others span changes nothing.

    Parameters
    ----------
    projector : (N, N) *with* its diagonal, P² = P; zeros((N, N)) before the first pattern. The couplings of
        `projection` are P - diag(P); the diagonal cannot be had back from them.
    pattern : (N,), ±1 or 0/1

    Raises ValueError for a matrix that is no projector.
    """
    spins, before = as_spins(pattern).astype(float), finite(projector, "projector")
    if spins.ndim != 1 or before.shape != (spins.size, spins.size):
        raise ValueError(
            f"one pattern (N,) is added to a projector (N, N), but they are {spins.shape} and {before.shape}; "
            "start from zeros((N, N)), and use projection(patterns) for many at once"
        )
    image = before @ spins
    _check_projector(before, image)
    rest = spins - image
    length = rest @ rest
    return before if length <= KNOWN * spins.size else before + np.outer(rest, rest) / length


def _check_projector(matrix: Array, image: Array) -> None:
    """P = P^T, and P twice is P once, on the pattern: that costs O(N²)."""
    if not np.allclose(matrix, matrix.T, rtol=0, atol=1e-8) or not np.allclose(
        matrix @ image, image, rtol=0, atol=1e-6
    ):
        raise ValueError(
            "projector must be symmetric with P P = P, as this function returned it, but this matrix is not; couplings "
            "without their diagonal are none: keep P, and take P - diag(P) for the network"
        )


__all__ = ["iterative_projection", "online_projection"]

"""Hebb's rule: units that agree in a pattern are coupled, one pattern after another, in any order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hopphys.memory import require
from hopphys.patterns import as_spins
from hopphys.types import Array

PATTERN_FORM = "hopfield(patterns) keeps the patterns instead of the couplings and has the same energies"


def hebb(patterns: Any) -> Array:
    r"""Couplings J_ij = (1/N) sum_mu xi_mu,i xi_mu,j, with J_ii = 0.

    Parameters
    ----------
    patterns : (..., P, N), ±1; 0/1 are read as 2v - 1

    Returns
    -------
    (..., N, N), symmetric; N J is whole. O(P N²). Hopfield 1982, eq. 2, divided by N.
    """
    spins = pattern_matrix(patterns)
    return np.asarray(off_diagonal(np.swapaxes(spins, -1, -2) @ spins) / spins.shape[-1])


def online_hebb(couplings: Any, pattern: Any) -> Array:
    """Couplings after one more pattern, J + xi xi^T / N off the diagonal; bit for bit those of the batch rule.

    The N J of a Hebb matrix are whole numbers, and adding whole numbers is exact: so no order of learning leaves a
    trace. Couplings that another rule made are added to as they are.
    """
    spins = as_spins(pattern).astype(float)
    present = square_couplings(couplings, spins)
    scaled = present * spins.shape[-1]
    whole = np.rint(scaled)
    if np.all(np.abs(scaled - whole) < 1e-6):
        return np.asarray(off_diagonal(whole + np.outer(spins, spins)) / spins.shape[-1])
    return off_diagonal(present + np.outer(spins, spins) / spins.shape[-1])


def hebb_binary(patterns: Any) -> tuple[Array, Array]:
    r"""Couplings and bias of the 0/1 network with the energies of `hebb`, up to a constant.

    W_ij = 4 · (1/N) sum_mu 4 (v_mu,i - ½)(v_mu,j - ½) and b_i = -½ sum_j W_ij, from s = 2v - 1 in -½ s·J·s: W = 4 J.
    The factor 4 sets the scale of temperature only; without the bias about half the capacity is lost.

    Parameters
    ----------
    patterns : (..., P, N), 0/1 or ±1

    Returns
    -------
    couplings (..., N, N) and bias (..., N), in units of J
    """
    couplings = hebb(patterns)
    couplings *= 4
    return couplings, _recast_bias(couplings)


def online_hebb_binary(couplings: Any, pattern: Any) -> tuple[Array, Array]:
    """Couplings and bias of the 0/1 network after one more pattern; the bias follows from the couplings."""
    after = 4 * online_hebb(np.asarray(couplings, dtype=float) / 4, pattern)
    return after, _recast_bias(after)


def pattern_matrix(patterns: Any) -> Array:
    """Patterns (..., P, N) as ±1 floats, refused where their N × N couplings would not fit in memory."""
    spins = as_spins(patterns)
    if spins.ndim < 2:
        raise ValueError(f"patterns must have shape (P, N), but it is {spins.shape}; one pattern is patterns[None, :]")
    *samples, count, size = spins.shape
    bytes_needed = math.prod(samples) * 8 * (2 * size * size + count * size)
    require(bytes_needed, f"couplings between {size} units", PATTERN_FORM)
    return spins.astype(float)


def off_diagonal(couplings: Array) -> Array:
    """Set J_ii = 0, in the array that is given."""
    sites = np.arange(couplings.shape[-1])
    couplings[..., sites, sites] = 0.0
    return couplings


def _recast_bias(couplings: Array) -> Array:
    return np.asarray(-0.5 * couplings.sum(axis=-1))


def square_couplings(couplings: Any, pattern: Array) -> Array:
    """Couplings (N, N) to which one pattern (N,) can be added, or a ValueError in words."""
    values = np.asarray(couplings, dtype=float)
    if pattern.ndim != 1 or values.shape != (pattern.size, pattern.size):
        raise ValueError(
            f"one pattern (N,) is added to couplings (N, N), but they are {pattern.shape} and {values.shape}; "
            "start from zeros((N, N)), and use hebb(patterns) for many at once"
        )
    if not np.all(np.isfinite(values)):
        raise ValueError(f"couplings must be finite, but they hold {values[~np.isfinite(values)][0]}")
    return values

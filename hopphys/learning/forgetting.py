r"""Palimpsests: memories written over older ones, so that the newest are kept for ever and no load confuses them all.

Two ways to forget, each with one number:

    decay   J <- (1 - decay/N) J + xi xi^T / N                a pattern of age k weighs exp(-decay k/N)
    bound   J <- clip(J + xi xi^T / N, ±bound/sqrt N)         a weight that is full keeps no further trace

(Nadal, Toulouse, Changeux & Dehaene 1986; Mézard, Nadal & Toulouse 1986; Parisi 1986). Hebb's rule has neither, and
above 0.138 N loses all patterns at once.

Decay: k/N = u patterns after it was stored, a pattern has the signal exp(-decay u) in noise of variance 1/(2 decay).
If it lasts while signal²/noise² exceeds the 1/0.138 of Hebb's rule, the newest ln(0.276 decay)/(2 decay) N patterns are
held, at most 0.0507 N, at decay = e/0.276 = 9.85. That estimate is our own and leaves correlations out. Too small a
decay holds nothing at all: below 1/0.276 = 3.6 no pattern ever stands above the noise. Measured (own; overlap above 0.9
from the pattern, as many patterns as units): 0.064 N at N = 500 and 0.056 N at N = 1000 for decay 6 to 9, falling with
N; 0.054 N and 0.048 N for a bound of 0.4, the best of 0.25 to 0.6.

Local, online, symmetric; O(N²) a pattern. The order of patterns is their age: the last is the newest.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hopphys.checks import positive
from hopphys.learning.hebbian import off_diagonal, pattern_matrix, square_couplings
from hopphys.patterns import as_spins
from hopphys.types import Array

DECAY = 8.4  # in the broad optimum, measured from 6 to 9 at N = 500 and 1000, and near the estimate for large N


def palimpsest(patterns: Any, decay: float | None = None, bound: float | None = None) -> Array:
    r"""Couplings after the patterns in order, the older ones forgotten, J_ii = 0.

    Parameters
    ----------
    patterns : (..., P, N), ±1 or 0/1, the newest last
    decay : each pattern multiplies the earlier couplings by 1 - decay/N, decay < N; when neither is given 8.4, or N/2
        where that is less: a pattern halves the earlier ones at most
    bound : 0.4 is best; |J_ij| stays at or below bound / sqrt N, rounded down to a whole number of 1/N, at least 1/N

    Returns
    -------
    (..., N, N), symmetric; with a bound N J is whole. O(P N²): one matrix product for decay, P passes for a bound.
    """
    spins = pattern_matrix(patterns)
    size = spins.shape[-1]
    if _either(decay, bound):
        return np.asarray(_bounded(spins, _most(bound, size)) / size)
    weight = _kept(decay, size) ** np.arange(spins.shape[-2] - 1, -1, -1)
    couplings = np.swapaxes(spins * (weight[:, None] / size), -1, -2) @ spins
    return off_diagonal((couplings + np.swapaxes(couplings, -1, -2)) / 2)  # rounding leaves an asymmetry of 1e-17


def online_palimpsest(couplings: Any, pattern: Any, decay: float | None = None, bound: float | None = None) -> Array:
    """Couplings after one more pattern; start from zeros((N, N))."""
    spins = as_spins(pattern).astype(float)
    present = square_couplings(couplings, spins)
    added = np.outer(spins, spins) / spins.size
    if _either(decay, bound):
        most = _most(bound, spins.size)
        counts = np.rint(present * spins.size) + np.rint(added * spins.size)
        return np.asarray(off_diagonal(np.clip(counts, -most, most) / spins.size))
    return off_diagonal(_kept(decay, spins.size) * present + added)


def _bounded(spins: Array, most: int) -> Array:
    """N J, whole numbers from -most to most, one pattern after another: int16 for speed."""
    signs = spins.astype(np.int16)
    size = signs.shape[-1]
    counts = np.zeros((*signs.shape[:-2], size, size), np.int16)
    change = np.empty_like(counts)
    for mu in range(signs.shape[-2]):
        np.multiply(signs[..., mu, :, None], signs[..., mu, None, :], out=change)
        counts += change
        np.clip(counts, -most, most, out=counts)
    return off_diagonal(counts.astype(float))


def _either(decay: Any, bound: Any) -> bool:
    """Whether there is a bound. Raises ValueError where both are given."""
    if decay is not None and bound is not None:
        raise ValueError(f"give decay or bound, not both, but decay = {decay!r} and bound = {bound!r}")
    return bound is not None


def _kept(decay: Any, size: int) -> float:
    rate = min(DECAY, size / 2) if decay is None else positive(decay, "decay")
    if rate >= size:
        raise ValueError(f"decay must be below N = {size}, where one pattern wipes out the last, but it is {rate:g}")
    return 1 - rate / size


def _most(bound: Any, size: int) -> int:
    most = max(1, math.floor(positive(bound, "bound") * math.sqrt(size)))
    if most >= 2**14:
        raise ValueError(f"bound = {bound!r} is {most} / N at N = {size}, which no weight would reach; use hebb")
    return most

r"""Storkey's rule: Hebb's term less what the network would do with the pattern already (Storkey 1997).

    J_ij += (1/N)(xi_i xi_j - xi_i h_ji - h_ij xi_j),   h_ij = sum over k other than i and j of J_ik xi_k

With J_ii = 0 and H = J xi, h_ij xi_j is H_i xi_j - J_ij, so off the diagonal, in matrices,

    J <- (1 + 2/N) J + (xi xi^T - xi H^T - H xi^T) / N

Local (fields of the two units only), incremental, symmetric. Absolute capacity N / sqrt(2 ln N); larger and rounder
basins than Hebb's at equal load (Storkey & Valabregue 1999). O(N²) a pattern. The order of the patterns matters a
little: a later one sees the earlier ones, so another order gives other couplings, of the same law.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hopphys.learning.hebbian import off_diagonal, pattern_matrix, square_couplings
from hopphys.patterns import as_spins
from hopphys.types import Array

BLOCK = 64  # patterns whose updates are applied together: the corrections within a block take BLOCK / N of the time


def storkey(patterns: Any) -> Array:
    r"""Couplings after the patterns in order, J_ij += (1/N)(xi_i xi_j - xi_i h_ji - h_ij xi_j) each, J_ii = 0.

    Patterns are taken in blocks: fields of a block under the couplings before it by one matrix product, the block's own
    updates as corrections of rank two, and all of them applied by one product. Equal to `online_storkey` one by one up
    to rounding, which each pattern of a small network amplifies: 1e-12 of the largest coupling up to P = 4 N, but far
    beyond, at P = 50 N of 3 units, nothing is left of the digits. Cost 4 P N² flops, memory 3 N² numbers.

    Parameters
    ----------
    patterns : (..., P, N), ±1 or 0/1

    Returns
    -------
    (..., N, N), symmetric. Storkey 1997; Storkey & Valabregue 1999.
    """
    spins = pattern_matrix(patterns)
    *lead, count, size = spins.shape
    couplings = np.zeros((math.prod(lead), size, size))
    for J, xi in zip(couplings, spins.reshape(-1, count, size), strict=True):
        for first in range(0, count, BLOCK):
            _learn(J, xi[first : first + BLOCK])
    return np.asarray(couplings.reshape(*lead, size, size))


def online_storkey(couplings: Any, pattern: Any) -> Array:
    """Couplings after one more pattern, by the formula itself; start from zeros((N, N))."""
    spins = as_spins(pattern).astype(float)
    present = off_diagonal(square_couplings(couplings, spins).copy())
    half = np.outer(spins, spins / 2 - present @ spins)
    return off_diagonal((1 + 2 / spins.size) * present + (half + half.T) / spins.size)


def _learn(couplings: Array, xi: Array) -> None:
    """Learn a block xi (B, N) into couplings (N, N), in place.

    Pattern m of the block weighs a^(B-1-m) in the end, a = 1 + 2/N, for the couplings grow by a at each later one.
    """
    count, size = xi.shape
    growth = (1 + 2 / size) ** np.arange(count + 1)
    fields = _fields(couplings, xi, growth)
    half = (xi * growth[count - 1 :: -1, None]).T @ (xi / 2 - fields)
    couplings *= growth[count]
    couplings += (half + half.T) / size
    off_diagonal(couplings)


def _fields(couplings: Array, xi: Array, growth: Array) -> Array:
    """H_n = J_n xi_n of every pattern n of a block, J_n the couplings after the n before it: (B, N).

    J_n = a^n J_0 + sum_m a^(n-1-m) [(xi_m xi_m^T - xi_m H_m^T - H_m xi_m^T)/N - its diagonal], m < n.
    """
    size = xi.shape[1]
    fields = growth[: len(xi), None] * (xi @ couplings)
    overlaps = xi @ xi.T
    diagonal = np.zeros(size)  # sum_m a^(n-1-m) (1 - 2 xi_m H_m) / N: what J_ii = 0 took away
    for n in range(1, len(xi)):
        diagonal = growth[1] * diagonal + (1 - 2 * xi[n - 1] * fields[n - 1]) / size
        earlier, weight = slice(0, n), growth[n - 1 :: -1] / size
        along = weight * (overlaps[n, earlier] - fields[earlier] @ xi[n])
        fields[n] += along @ xi[earlier] - (weight * overlaps[n, earlier]) @ fields[earlier] - diagonal * xi[n]
    return np.asarray(fields)

r"""The covariance rule, for patterns in which +1 is rarer, or more common, than -1.

With a = 2f - 1 the mean of a bit, f the activity (the fraction of +1),

    J_ij = 1/(N (1 - a²)) sum_mu (xi_i - a)(xi_j - a),   J_ii = 0
    field_i = sum_j J_ij (s_j - a) - theta

so the mean a neither answers nor is learned. In a stored pattern the sum is xi_i - a plus noise of variance
load (1 - a²): its two levels are 1 - a and -1 - a. theta = -a, the midpoint, is the default and makes the field xi_i
plus noise; the bias of the network is b_i = -a sum_j J_ij - theta. a = 0 gives Hebb's rule.

In 0/1 units v = (1 + s)/2 the same is W_ij = 4 J_ij = 4/(N f (1 - f)) sum_mu (v_i - f)(v_j - f) with the field
sum_j W_ij (v_j - f) - 2 theta (Tsodyks & Feigelman 1988; Buhmann, Divko & Schulten 1989). For small f few patterns
collide: with theta close below the upper level 1 - a the capacity grows to N / (2 f |ln f|) as f -> 0 (Tsodyks &
Feigelman 1988), which the midpoint, at half of the distance, misses by a factor of 4. Amit, Gutfreund & Sompolinsky
1987 (Phys. Rev. A 35, 2293) show that Hebb's rule fails on biased patterns: its crosstalk has a mean.

Local, given the activity; online; symmetric; O(P N²).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hopphys.checks import between, finite
from hopphys.learning.hebbian import off_diagonal, pattern_matrix, square_couplings
from hopphys.patterns import as_spins
from hopphys.types import Array


def covariance(patterns: Any, activity: float | None = None, threshold: float | None = None) -> tuple[Array, Array]:
    r"""Couplings 1/(N (1 - a²)) sum_mu (xi_i - a)(xi_j - a), J_ii = 0, and bias -a sum_j J_ij - theta, of ±1 units.

    Parameters
    ----------
    patterns : (..., P, N), ±1 or 0/1
    activity : f, the fraction of +1, between 0 and 1, a = 2f - 1; measured in each sample when None
    threshold : theta, what sum_j J_ij (s_j - a) must exceed for +1; -a when None, the midpoint of the levels ±1 - a of
        a stored pattern

    Returns
    -------
    couplings (..., N, N) and bias (..., N), what `hopfield(patterns, rule=)` takes. Tsodyks & Feigelman 1988.
    """
    spins = pattern_matrix(patterns)
    mean = _measured(spins) if activity is None else np.asarray(_mean(activity))
    centred = spins - mean[..., None, None]
    scale = spins.shape[-1] * (1 - mean**2)[..., None, None]
    couplings = np.swapaxes(centred, -1, -2) @ centred / scale
    couplings = off_diagonal((couplings + np.swapaxes(couplings, -1, -2)) / 2)
    return couplings, _bias(couplings, mean, threshold)


def online_covariance(
    couplings: Any, pattern: Any, activity: float, threshold: float | None = None
) -> tuple[Array, Array]:
    """Couplings and bias after one more pattern; start from zeros((N, N)). The activity must be known beforehand."""
    spins = as_spins(pattern).astype(float)
    present, mean = square_couplings(couplings, spins), _mean(activity)
    centred = spins - mean
    after = off_diagonal(present + np.outer(centred, centred) / (spins.size * (1 - mean**2)))
    return after, _bias(after, np.asarray(mean), threshold)


def covariance_binary(
    patterns: Any, activity: float | None = None, threshold: float | None = None
) -> tuple[Array, Array]:
    r"""Couplings and bias of the 0/1 network with the energies of `covariance`, up to a constant.

    W_ij = 4/(N f (1 - f)) sum_mu (v_i - f)(v_j - f), b_i = -f sum_j W_ij - 2 theta, with theta as in `covariance`:
    what `boltzmann_machine` takes.
    """
    couplings, bias = covariance(patterns, activity, threshold)
    bias = 2 * bias - 2 * couplings.sum(axis=-1)
    couplings *= 4
    return couplings, np.asarray(bias)


def _bias(couplings: Array, mean: Array, threshold: Any) -> Array:
    level = -mean if threshold is None else finite(threshold, "threshold")
    if threshold is not None and level.ndim:
        raise ValueError(f"threshold must be one number, but it is {threshold!r}")
    return np.asarray(-mean[..., None] * couplings.sum(axis=-1) - level[..., None])


def _mean(activity: Any) -> float:
    return 2 * between(activity, "activity", 0, 1) - 1


def _measured(spins: Array) -> Array:
    mean = np.asarray(spins.mean(axis=(-2, -1)))
    if np.any(np.abs(mean) == 1):
        level = int(mean[np.abs(mean) == 1].flat[0])
        raise ValueError(
            f"the covariance rule stores how patterns differ from their mean, but every bit is {level:+d} (activity "
            f"{(1 + level) // 2}); give the activity that the patterns are drawn with, or leave the constant ones out"
        )
    return mean

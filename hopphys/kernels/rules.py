"""The acceptance rule of a two-level site: one formula for the kernels, the reference sweeper and the exact chains."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

HEAT_BATH, METROPOLIS, THRESHOLD = 0, 1, 2
UPDATES = {"heat_bath": HEAT_BATH, "metropolis": METROPOLIS, "threshold": THRESHOLD}


@njit(cache=True, inline="always")
def chance(update: int, gap: float, on: bool, beta: float) -> float:
    """Probability that the site is at its upper level after the attempt, given its gap and where it is now.

    Ties (gap = 0): heat bath gives 1/2, Metropolis always flips, threshold keeps the present level.
    """
    if gap == 0.0:  # first, because beta may be infinite and infinity times 0 is not a number
        if update == HEAT_BATH:
            return 0.5
        return 1.0 if on == (update == THRESHOLD) else 0.0
    if update == HEAT_BATH:
        return 1.0 / (1.0 + math.exp(-min(max(beta * gap, -700.0), 700.0)))
    if update == METROPOLIS:
        if on:
            return 1.0 - math.exp(-max(beta * gap, 0.0))
        return math.exp(min(beta * gap, 0.0))
    return 1.0 if gap > 0.0 else 0.0


def probability_levels(update: int, energies: np.ndarray, level: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Law of a site with q levels after one attempt, (..., q): energies (..., q), present level (...).

    Heat bath draws from the Boltzmann weights; Metropolis proposes another level with probability 1/(q - 1) each;
    threshold takes the lowest level, and keeps the present one where that is among the lowest.
    """
    present = np.arange(energies.shape[-1]) == level[..., None]
    if update == HEAT_BATH:
        weights = _boltzmann(energies - energies.min(axis=-1, keepdims=True), beta[..., None])
        return np.asarray(weights / weights.sum(axis=-1, keepdims=True))
    rise = energies - np.take_along_axis(energies, level[..., None], -1)
    if update == METROPOLIS:
        moves = _boltzmann(np.maximum(rise, 0.0), beta[..., None]) / (energies.shape[-1] - 1)
        moves = np.where(present, 0.0, moves)
        return np.where(present, 1.0 - moves.sum(axis=-1, keepdims=True), moves)
    lowest = rise == rise.min(axis=-1, keepdims=True)
    stay = (lowest & present).any(axis=-1, keepdims=True)
    first = np.arange(energies.shape[-1]) == lowest.argmax(axis=-1)[..., None]
    return np.asarray(np.where(stay, present, first), dtype=float)


def _boltzmann(rise: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """exp(-beta rise) for rise >= 0, and 1 where rise = 0 even at infinite beta."""
    with np.errstate(invalid="ignore"):
        return np.where(rise > 0, np.exp(-beta * rise), 1.0)

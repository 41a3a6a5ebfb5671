"""Compiled random numbers and the order in which a sweep visits its sites."""

from __future__ import annotations

import numpy as np
from numba import njit

from hopphys.kernels import compiling, random

compiling.announce()

RANDOM, SHUFFLED, GIVEN = 0, 1, 2
ORDERS = {"random": RANDOM, "shuffled": SHUFFLED, "sequential": GIVEN, "blocks": GIVEN}
DECIDE, VISIT = 0, 1  # draws of one attempt: the acceptance, and the choice of the site

SWEEP, ATTEMPT = random.SWEEP_SHIFT, random.ATTEMPT_SHIFT
TO_UNIT = random.TO_UNIT

mix = njit(cache=True, inline="always")(random.mix)


@njit(cache=True, inline="always")
def word(offset, increment, sweep, attempt, draw):
    place = (np.uint64(sweep) << SWEEP) | (np.uint64(attempt) << ATTEMPT) | np.uint64(draw)
    return mix(offset + increment * place)


@njit(cache=True, inline="always")
def uniform(offset, increment, sweep, attempt):
    """The number in [0, 1) that decides this attempt."""
    return np.float64(word(offset, increment, sweep, attempt, DECIDE) >> np.uint64(11)) * TO_UNIT


@njit(cache=True)
def arrange(visits, order, free, offset, increment, sweep):
    """Fill `visits` with the sites of one sweep: drawn with replacement, a fresh permutation, or as given in `free`."""
    n = free.size
    if order == RANDOM:
        for k in range(n):
            z = word(offset, increment, sweep, k, VISIT)
            visits[k] = free[((z >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32)]
        return
    for k in range(n):
        visits[k] = free[k]
    if order == SHUFFLED:
        for k in range(n - 1, 0, -1):
            z = word(offset, increment, sweep, k, VISIT)
            j = np.int64(((z >> np.uint64(32)) * np.uint64(k + 1)) >> np.uint64(32))
            visits[k], visits[j] = visits[j], visits[k]

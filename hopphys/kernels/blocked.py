"""Dense whole couplings at high acceptance: a block of sites for many rows at once, from one matrix product.

The fields of a block are a product of couplings and states, and each change inside the block is passed on to the
block's later sites, so every row makes its attempts one after another. All fields are whole numbers below 2^24, which
single precision holds exactly in any order of summation: the bits are those of the other kernels.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hopphys.kernels.decisions import LARGEST_BETA
from hopphys.kernels.side_by_side import ask, draw_together, gaps_seen, judge, move
from hopphys.kernels.visits import ATTEMPT, DECIDE, SWEEP


@njit(nogil=True, cache=True)
def sweep_block(
    fields, s, inner, offsets, increments, low, high, bias, betas, sweep, attempt, update, changes, quantum
):
    """One attempt at each of n sites for every row: fields (n, rows) of the states before, s (n, rows) in place.

    `inner[i, j]` is what site j of the block does to site i; `attempt` is the number of its first site in the sweep.
    """
    rows = s.shape[1]
    h, favours, masks = np.empty(rows), np.empty(rows), np.empty(rows, np.uint64)
    numbers, leaves, near = np.empty(rows, np.uint64), np.empty(rows, np.int32), np.empty(rows, np.int32)
    steps, finite = np.empty(rows, np.float32), np.minimum(betas, LARGEST_BETA)
    for i in range(s.shape[0]):
        place = (np.uint64(sweep) << SWEEP) | (np.uint64(attempt + i) << ATTEMPT) | np.uint64(DECIDE)
        lower, upper = np.float32(low[i]), np.float32(high[i])
        for r in range(rows):
            h[r] = fields[i, r]
            steps[r] = s[i, r]
        gaps_seen(favours, masks, h, s[i], np.float64(upper - lower), upper, quantum, bias[i])
        draw_together(numbers, offsets, increments, place)
        if judge(update, leaves, near, numbers, masks, favours, finite) > 0:
            ask(update, leaves, near, numbers, masks, favours, betas)
        move(s[i], changes, leaves, masks, lower, upper)
        for r in range(rows):
            steps[r] = s[i, r] - steps[r]
        for j in range(i + 1, s.shape[0]):
            _pass_on(fields[j], inner[j, i], steps)


@njit(cache=True, inline="always")
def _pass_on(field, coupling, steps):
    for r in range(steps.size):
        field[r] += coupling * steps[r]

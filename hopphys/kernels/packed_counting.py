"""Counting the bits of every lane: carry-save sums of words, 16 at a time, and their flush into one number a lane.

A bit of level p counts 2^p for its lane. A level keeps a sum and every other word that comes; sum, word and the next
make a new sum and a carry to the level above. So a word costs one full adder on average, however high the count.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hopphys.kernels.packed_vectors import WIDTH, inlined, load, store

LEVELS, LANES = 48, 64
ONE, NONE = np.uint64(1), np.uint64(0)


@njit(cache=True)
def new_counter():
    """Sum and waiting word of each level, 16 words each; how many came: level p holds one where bit p of it is set."""
    return np.zeros(2 * LEVELS * WIDTH, np.uint64), np.zeros(1, np.int64)


@inlined
def push(counter, word):
    """Count the bits of 16 words."""
    levels, came = counter
    count, level = came[0], 0
    while count & 1:
        total, waiting = load(levels, 2 * level * WIDTH), load(levels, (2 * level + 1) * WIDTH)
        unequal = total ^ waiting
        store(levels, 2 * level * WIDTH, unequal ^ word)
        word = (total & waiting) | (word & unequal)
        count >>= 1
        level += 1
    store(levels, (2 * level + 1) * WIDTH, word)
    came[0] += 1


@njit(cache=True)
def flush(counter, found):
    """Add the counts of each lane to `found` (64,), and start from zero."""
    levels, came = counter
    totals = np.zeros(LEVELS, np.uint64)
    level = 0
    while came[0] >> level:
        for k in range(2 * WIDTH):
            if k < WIDTH or (came[0] >> level) & 1:
                _add(totals, levels[2 * level * WIDTH + k], level)
        level += 1
    for p in range(LEVELS):
        if totals[p] == NONE:
            continue
        for lane in range(LANES):
            found[lane] += np.int64((totals[p] >> np.uint64(lane)) & ONE) << p
    levels[:] = NONE
    came[0] = 0


@inlined
def _add(totals, word, level):
    while word != NONE:
        carry = totals[level] & word
        totals[level] ^= word
        word = carry
        level += 1

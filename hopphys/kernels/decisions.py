"""Whether a site changes: the exact rule, and a quick test that never disagrees with it.

The exact rule compares a uniform number u of 53 bits with `chance`. Most attempts are clear without it: where the
present level is favoured by a > 0, in units of 1/beta, it is left with a probability below exp(-a) = 2^-x, and 2^-x is
at most 2^-k (1 - f/2), where k is the whole part of x = a log2 e and f the rest (the chord lies above the curve), so a
larger number stays. A margin leaves room for every rounding: each result is the one that the rule gives, and only
doubtful attempts pay for an exponential. The quick test has no branches, so that many sites are tested at once.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hopphys.kernels.rules import THRESHOLD, chance
from hopphys.kernels.visits import ATTEMPT, DECIDE, SWEEP, TO_UNIT, mix, word

LOG2_E = 1.4426950408889634
BITS = 53
ALL, NONE = np.uint64(2**BITS - 1), np.uint64(0)
SHIFT = np.uint64(64 - BITS)
HALF = 2.0 ** (BITS - 1)
MARGIN = np.uint64(1024)  # of 2^53: far above the rounding of 2^-x, of p and of 1 - p, and met once in 10^13 attempts
LARGEST_BETA = 1e300  # infinity times a tie is no number; whatever is no tie is as clear at this one
WIDTH = 64  # attempts that are tested at once


@njit(cache=True, inline="always")
def doubtful(favour, mask, number):
    """Whether the exact rule has to be asked; where not, it keeps the site.

    favour = beta x (energy that the present level is favoured by) x log2 e. `mask` is ALL where the site is at its
    upper level (it leaves above 1 - p), NONE at its lower one (it leaves below p).
    """
    x = favour if favour > 0.0 else 0.0
    x = x if x < 53.0 else 53.0
    k = np.int64(x)
    bound = np.uint64((2.0 - (x - k)) * HALF) >> np.uint64(k)
    return (number ^ mask) <= bound + MARGIN


@njit(cache=True, inline="always")
def decided(update, gap, on, beta, number):
    """The exact rule for 53 random bits: whether the site is at its upper level after this attempt."""
    p = chance(update, gap, on, beta)
    return p > 0.5 if update == THRESHOLD else np.float64(number) * TO_UNIT < p


@njit(cache=True, inline="always")
def decide(update, gap, on, beta, offset, increment, sweep, attempt):
    """Whether the site is at its upper level after this attempt."""
    if update == THRESHOLD:
        return gap > 0.0 or (gap == 0.0 and on)
    number = word(offset, increment, sweep, attempt, DECIDE) >> SHIFT
    favour = min(beta, LARGEST_BETA) * LOG2_E * (gap if on else -gap)
    if not doubtful(favour, ALL if on else NONE, number):
        return on
    return decided(update, gap, on, beta, number)


@njit(cache=True, inline="always")
def draw(numbers, offset, increment, sweep, attempt):
    """53 random bits each for WIDTH attempts from this one on."""
    place = (np.uint64(sweep) << SWEEP) | (np.uint64(attempt) << ATTEMPT) | np.uint64(DECIDE)
    for q in range(WIDTH):
        numbers[q] = mix(offset + increment * (place + (np.uint64(q) << ATTEMPT))) >> SHIFT


@njit(cache=True, inline="always")
def look_for_doubt(update, doubts, numbers, favours, masks, scale):
    """Which of these attempts the exact rule has to be asked about, and how many; for threshold, which sites change."""
    count = np.int64(0)
    if update == THRESHOLD:
        for q in range(doubts.size):
            doubts[q] = favours[q] < 0.0
            count += doubts[q]
        return count
    for q in range(doubts.size):
        doubts[q] = doubtful(scale * favours[q], masks[q], numbers[q])
        count += doubts[q]
    return count

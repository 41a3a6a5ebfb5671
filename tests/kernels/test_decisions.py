"""The quick test never disagrees with the exact rule, wherever the random number falls."""

import math

import numpy as np
import pytest

from hopphys.kernels import decisions
from hopphys.kernels.rules import UPDATES, chance

GAPS = [0.0, 1e-300, 1e-17, 0.3, 1.0, 7.2, 8.0, 25.0, 36.7, 37.5, 700.0, 1e6]
BETAS = [0.0, 1e-9, 0.05, 0.7, 1.0, 1.4426950408889634, 3.0, 40.0, 1e200, math.inf]
ALL = 2**53 - 1


def numbers_around(p):
    """Where a mistake would show: both sides of p, of powers of two, and the ends."""
    edge = math.ceil(p * 2**53)
    powers = [2**k + d for k in range(0, 54, 3) for d in (-1, 0, 1)]
    around = [edge + d for d in (-2000, -1024, -2, -1, 0, 1, 2, 1024, 2000)]
    asked = {0, 1, ALL, *powers, *around, *(ALL - n for n in powers)}
    return np.array(sorted(n for n in asked if 0 <= n <= ALL), np.uint64)


def disagreements(update, doubtful):
    """Cases in which the quick test keeps a site that the exact rule moves."""
    found = []
    for gap in (sign * size for size in GAPS for sign in (1.0, -1.0)):
        for beta in BETAS:
            for on in (True, False):
                p = chance(UPDATES[update], gap, on, beta)
                favour = min(beta, decisions.LARGEST_BETA) * decisions.LOG2_E * (gap if on else -gap)
                mask = decisions.ALL if on else decisions.NONE
                for number in numbers_around(p):
                    exact = float(number) * 2.0**-53 < p
                    if exact != on and not doubtful(favour, mask, number):
                        found.append((gap, beta, on, int(number)))
    return found


@pytest.mark.parametrize("update", ["heat_bath", "metropolis"])
def test_whoever_is_not_in_doubt_stays_by_the_exact_rule(update):
    assert disagreements(update, decisions.doubtful) == []


@pytest.mark.parametrize("update", ["heat_bath", "metropolis"])
def test_a_quick_test_that_is_too_sure_is_noticed(update):
    def too_sure(favour, mask, number):
        return decisions.doubtful(2.0 * favour, mask, number)

    assert disagreements(update, too_sure)


def test_doubts_are_few_where_changes_are():
    # a = 5: a site is left with probability 0.0067; asking about more than 1.1 times as many would waste exponentials
    numbers = np.arange(2**53 // 200_000, 2**53, 2**53 // 100_000, dtype=np.uint64)
    doubts = sum(decisions.doubtful(5.0 * decisions.LOG2_E, decisions.ALL, number) for number in numbers)
    assert math.exp(-5.0) <= doubts / numbers.size < 1.1 * math.exp(-5.0)

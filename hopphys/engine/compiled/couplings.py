"""Patterns or couplings: when it pays to form the N x N couplings of packed patterns, which are the same whole numbers.

Fields, ties and random numbers are the same either way, so the choice may follow what it costs: an attempt through
patterns is paid by the word of 64 patterns; one through couplings is cheap, and a flip is paid by the site. The
couplings are formed as soon as the attempts of a run so far and of the present call would have paid for them: renting
until the rent reaches the price costs at most twice what hindsight would have. The costs below were measured on one
thread of Zen 4, in ns; they are good to a factor of 1.5, and what they are on other processors changes no result.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hopphys.memory import available
from hopphys.types import Array

ATTEMPT, WORD = 9.0, 1.3  # of an attempt through patterns, and of each word of them
FLIP, FLIP_WORD = 60.0, 15.0
DENSE_ATTEMPT, DENSE_FLIP, DENSE_FLIP_SITE = 4.5, 150.0, 0.1
PRODUCT, ENTRY, FIELD = 0.03, 6.0, 0.1  # of forming: a product, an entry, a term of the starting field of a row
USUAL = 0.05  # flips an attempt where nothing is known yet
SHARE = 0.25  # of the memory that is available, and no more


@dataclass(frozen=True)
class Size:
    """What the costs depend on."""

    samples: int
    patterns: int
    sites: int

    def saved(self, acceptance: float) -> float:
        """Time that an attempt through couplings saves, in ns; negative where flips are frequent."""
        words = -(-self.patterns // 64)
        through_patterns = ATTEMPT + WORD * words + acceptance * (FLIP + FLIP_WORD * words)
        return through_patterns - DENSE_ATTEMPT - acceptance * (DENSE_FLIP + DENSE_FLIP_SITE * self.sites)

    def price(self, rows: int) -> float:
        """Time of forming the couplings and the fields of so many rows, in ns."""
        return self.sites**2 * (self.samples * (PRODUCT * self.patterns + ENTRY) + FIELD * rows)

    @property
    def bytes(self) -> int:
        """Memory of the couplings, and of the single precision in which they are made."""
        return self.sites * (4 * self.samples * self.sites + 4 * self.patterns)

    def pays(self, rows: int, attempts: float, acceptance: float) -> bool:
        """Whether so many attempts are worth the couplings, and whether these fit."""
        worth = self.saved(acceptance) * attempts > self.price(rows)
        return worth and self.bytes < SHARE * available()


@dataclass(frozen=True, eq=False)
class Formed:
    """Couplings in units of the quantum, (disorder, N, N): what `dense.fit` asks of an interaction."""

    counts: Array
    quantum: float
    integer: bool = True


def form(patterns: Array, quantum: float) -> Formed:
    """xi^T xi without its diagonal, exact: products in single precision are whole numbers below 2^24."""
    samples, _, size = patterns.shape
    counts = np.empty((samples, size, size), np.int32)
    for d, xi in enumerate(patterns):
        single = xi.astype(np.float32)
        for first in range(0, size, 512):
            block = slice(first, first + 512)
            counts[d, block] = single[:, block].T @ single
        np.fill_diagonal(counts[d], 0)
    return Formed(counts, quantum)

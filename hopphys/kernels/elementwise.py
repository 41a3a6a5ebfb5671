"""The acceptance rule over arrays."""

from __future__ import annotations

from numba import vectorize

from hopphys.kernels.rules import chance


@vectorize(["float64(int64, float64, boolean, float64)"], cache=True)
def probability_on(update, gap, on, beta):  # numba gives the ufunc its signature
    """Probability that a site is at its upper level after an attempt, `rules.chance`, elementwise."""
    return chance(update, gap, on, beta)

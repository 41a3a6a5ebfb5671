"""Whether many deviations are as large as their errors say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from hopphys.statistics.arrays import as_numbers
from hopphys.types import Array, ArrayLike

RARE = 0.00135  # how often a Gaussian number lies three standard errors or more above its mean


@dataclass(frozen=True)
class ReducedChiSquare:
    """Mean square of `count` deviations, and what chance keeps it between but for 0.135 per cent at each end."""

    value: float
    low: float
    high: float
    count: int
    largest: float  # deviation as it was given, |z|

    @property
    def error(self) -> float:
        """A third of the way to `high`, so that three of it are as rare as three standard errors of a Gaussian."""
        return (self.high - 1) / 3

    @property
    def agrees(self) -> bool:
        """Whether it lies between: above, something but chance differs; below, the errors are too large."""
        return self.low <= self.value <= self.high


def reduced_chi_square(z: ArrayLike, freedom: ArrayLike = np.inf) -> ReducedChiSquare:
    """Mean square of independent deviations, each in its own error: 1 where nothing but chance is in them.

    `z` (any shape) are (measured - expected) / error, and `freedom` (of a shape that broadcasts) the degrees of freedom
    of each error: samples - 1 where it is their scatter, infinity where the error is known. Deviations in units of an
    error of few samples follow Student's law, whose mean square is f / (f - 2), not 1; each is read as the Gaussian
    number that is as rare, so that n of them follow chi^2/n. That law is not Gaussian either: at n = 8 chance passes
    1 + 3 sqrt(2/n) in 0.8 per cent of cases, not in 0.135. Raises ValueError without a deviation, for NaN, and for a
    freedom below 1.
    """
    deviations, known = as_numbers(z), as_numbers(freedom)
    if deviations.size == 0 or np.isnan(deviations).any():
        raise ValueError(f"deviations must be numbers, at least one, but they are {deviations.tolist()!r:.80}")
    if not (known >= 1).all():
        raise ValueError(f"degrees of freedom start at 1, but one is {known[~(known >= 1)].flat[0]:g}")
    equally_rare = _gaussian(*np.broadcast_arrays(deviations, known))
    n = equally_rare.size
    low, high = special.chdtri(n, 1 - RARE) / n, special.chdtri(n, RARE) / n
    square, largest = (equally_rare**2).mean(), np.abs(deviations).max()
    return ReducedChiSquare(float(square), float(low), float(high), n, float(largest))


def _gaussian(z: Array, freedom: Array) -> Array:
    """The Gaussian number in whose tail lies as much as beyond z in Student's."""
    rare = special.ndtri(special.stdtr(freedom, -np.abs(z)))
    return np.asarray(np.where(np.isinf(freedom), np.abs(z), np.abs(rare)))

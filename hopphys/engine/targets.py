"""Time to target: how long a search of independent reads takes to reach an energy, with its error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from hopphys.checks import between, finite, positive
from hopphys.types import Array, ArrayLike

ROUNDING = 1e-9  # relative excess over the target that still reaches it
LEVEL = 0.95  # of the interval; the error is half the width of the one that holds 68 %
ONE_SIGMA = float(special.erf(np.sqrt(0.5)))


@dataclass(frozen=True)
class TimeToTarget:
    """Time until some read has reached the target with probability `confidence`: an Estimate with its interval.

    value : t ln(1 - confidence) / ln(1 - p), at least one read's time t; infinite where no read reached the target
    error : half the width of the 68 % interval, infinite where its end is
    low, high : 95 % interval, from that of p by Clopper & Pearson 1934. No success leaves a lower bound, `low`;
        success throughout an upper one, `high`
    probability, successes, reads : p and what it was counted from; all of one shape, that of the disorder samples
    unit : "s" or "sweeps"
    """

    value: Array
    error: Array
    low: Array
    high: Array
    probability: Array
    successes: Array
    reads: int
    confidence: float
    unit: str

    def __str__(self) -> str:
        if np.ndim(self.value):
            return f"{self.value} {self.unit}"
        counted = f"{self.successes} of {self.reads} reads"
        if self.successes == 0:
            return f"> {self.low:.3g} {self.unit} (none of {self.reads} reads reached the target)"
        bounds = f"{self.low:.3g} to {self.high:.3g}" if self.successes < self.reads else f"below {self.high:.3g}"
        return f"{self.value:.3g} {self.unit} ({bounds}; {counted})"


def time_to_target(
    found: Any,
    target: ArrayLike,
    *,
    seconds: float | None = None,
    sweeps: float | None = None,
    confidence: float = 0.99,
) -> TimeToTarget:
    """t ln(1 - confidence) / ln(1 - p): t the time of one read, p the share of reads that reach the target.

    Rønnow et al. 2014, Science 345, 420. One read is never divided: where p is above the confidence, the answer is t.

    Parameters
    ----------
    found : Dataset of `anneal` (its `best_energy`), or energies (..., reads)
    target : energy to be reached, a number or one for each disorder sample
    seconds, sweeps : cost of one read, exactly one of them; a Dataset knows its sweeps, those of the quench included

    Raises ValueError for no reads, a confidence outside 0 < c < 1, and a cost that is missing, given twice or not
    positive.
    """
    confidence = between(confidence, "confidence", 0.0, 1.0)
    energies, cost, unit = _reads(found, seconds, sweeps)
    goal = finite(target, "target")
    reached = energies <= (goal + ROUNDING * np.abs(goal))[..., None]
    reads, successes = reached.shape[-1], reached.sum(axis=-1)
    inner, outer = (_interval(successes, reads, level) for level in (ONE_SIGMA, LEVEL))
    probability = successes / reads
    times = [_time(cost, p, confidence) for p in (probability, inner[1], inner[0], outer[1], outer[0])]
    value, shortest, longest, low, high = times
    return TimeToTarget(
        value[()], (0.5 * (longest - shortest))[()], low[()], high[()], probability[()], successes[()], reads,
        float(confidence), unit,
    )  # fmt: skip


def _reads(found: Any, seconds: float | None, sweeps: float | None) -> tuple[Array, float, str]:
    if seconds is not None and sweeps is not None:
        raise ValueError(f"give the cost of a read in seconds or in sweeps, not both: {seconds!r} and {sweeps!r}")
    dataset = hasattr(found, "data_vars")
    if dataset and "best_energy" not in found:
        raise ValueError("a Dataset with `best_energy` is needed, such as anneal() returns")
    energies = finite(found["best_energy"].values if dataset else found, "energies")
    if energies.ndim == 0:
        raise ValueError("energies must have an axis of reads, but a single number came")
    if seconds is not None:
        return energies, positive(seconds, "seconds"), "s"
    if sweeps is None and dataset and "sweeps" in found.attrs:
        quench = float(found["quench_sweeps"].mean()) if "quench_sweeps" in found else 0.0
        return energies, float(found.attrs["sweeps"]) + quench, "sweeps"
    if sweeps is None:
        raise ValueError("the cost of one read is needed: give seconds= or sweeps=")
    return energies, positive(sweeps, "sweeps"), "sweeps"


def _interval(successes: Array, reads: int, level: float) -> tuple[Array, Array]:
    """Clopper & Pearson 1934: the p at which so many successes, or so few, are not yet too unlikely."""
    tail = 0.5 * (1.0 - level)
    low = special.betaincinv(np.maximum(successes, 1), reads - successes + 1, tail)
    high = special.betaincinv(successes + 1, np.maximum(reads - successes, 1), 1.0 - tail)
    return np.where(successes == 0, 0.0, low), np.where(successes == reads, 1.0, high)


def _time(cost: float, probability: Array, confidence: float) -> Array:
    with np.errstate(divide="ignore"):
        reads = np.log1p(-confidence) / np.log1p(-np.asarray(probability, dtype=float))
    return np.asarray(cost * np.maximum(np.where(probability == 0, np.inf, reads), 1.0))

"""Has the start been forgotten? Means over the last half of a run, the quarter before, the eighth before that, ..."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from hopphys.statistics.arrays import as_replicas
from hopphys.statistics.diagnostics import constancy
from hopphys.types import Array, ArrayLike

LAST = 3  # bins that must agree


@dataclass(frozen=True)
class Equilibration:
    """Logarithmic bins, latest first, over the leading axes (...).

    first, last : (bins,) records of each bin are first <= t < last
    value, error : (..., bins) mean of each bin over independent samples, and its standard error
    equilibrated : (...) whether the last three bins agree, and anything moved at all
    away : (...) largest distance of the two earlier ones from the last one, in standard errors of the difference
    limit : the distance that is allowed
    false_alarm : chance that a run in equilibrium is called not equilibrated
    status : (...) "equilibrated"; "drifting" where the bins differ; "constant", or "constant, and they differ", where
        no sample ever moved, which says nothing about equilibrium
    """

    first: Array
    last: Array
    value: Array
    error: Array
    equilibrated: Array
    away: Array
    limit: float
    false_alarm: float
    status: Array


def equilibration(values: ArrayLike, false_alarm: float = 0.01) -> Equilibration:
    """Logarithmic binning of (..., sample, sweep): equilibrated where the last three bins agree; Katzgraber 2009.

    The samples along the second axis from the end must be independent: replicas, or disorder samples (each averaged
    over its replicas). Bins are compared by their differences sample by sample, so what all bins of a sample have in
    common cancels. The limit is Student's, shared between the two comparisons: a run in equilibrium fails with
    probability `false_alarm` at most. Agreement does not prove equilibrium: a drift below the errors, or a state that
    no replica has reached, stays unseen; a run that never moved is not called equilibrated.
    Raises ValueError for fewer than 2 samples or 8 records.
    """
    array = as_replicas(values, 2**LAST)
    samples = array.shape[-2]
    if samples < 2:
        raise ValueError("bins are compared over at least 2 independent replicas or disorder samples, but there is 1")
    if not 0 < false_alarm < 1:
        raise ValueError(f"false_alarm must be a probability between 0 and 1, but it is {false_alarm!r}")
    first, last = _bins(array.shape[-1])
    means = np.stack([array[..., a:b].mean(axis=-1) for a, b in zip(first, last, strict=True)], axis=-1)
    away = _distance(means[..., 1:LAST] - means[..., :1], np.abs(array).max(axis=(-2, -1))).max(axis=-1)
    limit = float(stdtrit(samples - 1, 1.0 - false_alarm / (2 * (LAST - 1))))
    error = means.std(axis=-2, ddof=1) / np.sqrt(samples)
    words = constancy(array)
    still = np.char.startswith(words, "constant")
    status = np.where(still, words, np.where(away <= limit, "equilibrated", "drifting"))
    agree = (away <= limit) & ~still
    return Equilibration(first, last, means.mean(axis=-2), error, agree, away, limit, false_alarm, status)


def _bins(records: int) -> tuple[Array, Array]:
    """The last half, the quarter before, ...: as many as hold a record each."""
    edges = records // 2 ** np.arange(int(np.log2(records)) + 1)
    return edges[1:], edges[:-1]


def _distance(differences: Array, size: Array) -> Array:
    """|mean| / standard error over samples (..., sample, bin): 0 where nothing differs but for rounding."""
    mean = np.abs(differences.mean(axis=-2))
    error = differences.std(axis=-2, ddof=1) / np.sqrt(differences.shape[-2])
    rounding = 1e-12 * size[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(mean <= rounding, 0.0, mean / np.where(error <= rounding, 0.0, error))

"""Independent things, replicas and samples of disorder: standard error, jackknife, bootstrap, Binder parameter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hopphys.kernels import random
from hopphys.memory import require
from hopphys.statistics.arrays import as_numbers, as_samples
from hopphys.statistics.estimates import Estimate
from hopphys.types import Array, ArrayLike


def standard_error(values: ArrayLike, axis: int = 0) -> Estimate:
    """Mean over independent values and its error, sd / sqrt(n). Raises ValueError for fewer than 2."""
    array = as_samples(values, axis)
    n = array.shape[axis]
    return Estimate(array.mean(axis=axis), array.std(axis=axis, ddof=1) / np.sqrt(n))


def mean_error(values: ArrayLike, axis: int = -1) -> tuple[Any, Any]:
    """Mean along an axis and its standard error, sd / sqrt(n), where some values are missing: what is NaN is not there.

    Both have the shape of the other axes. The mean of nothing is NaN, and so is the error of one value.
    `standard_error` is for values that are all there.
    """
    array = np.moveaxis(np.asarray(values, dtype=float), axis, -1)
    known = np.isfinite(array).sum(axis=-1)
    mean = np.nansum(array, axis=-1) / np.maximum(known, 1)
    squares = np.nansum((array - mean[..., None]) ** 2, axis=-1)
    error = np.sqrt(squares / np.maximum(known - 1, 1) / np.maximum(known, 1))
    return np.where(known > 0, mean, np.nan), np.where(known > 1, error, np.nan)


def bootstrap(
    statistic: Callable[..., ArrayLike], *samples: ArrayLike, seed: int, axis: int = 0, resamples: int = 1000
) -> Array:
    """`statistic` of samples drawn with replacement along an axis, (resamples, ...); Efron 1979.

    Each of several arrays is resampled on its own, as for systems of different size: statistic(first, second, ...).
    What was measured on the same replica or disorder sample belongs into one array, with `axis` counting the samples.
    The standard deviation over the first axis is the standard error.
    """
    arrays = [as_samples(sample, axis) for sample in samples]
    picks = [_picks(array.shape[axis], resamples, seed, k) for k, array in enumerate(arrays)]
    drawn = [
        np.asarray(statistic(*(a.take(p[r], axis=axis) for a, p in zip(arrays, picks, strict=True))), dtype=float)
        for r in range(resamples)
    ]
    return np.stack(drawn)


def _picks(count: int, resamples: int, seed: int, sample: int | str) -> Array:
    """Sample numbers (resamples, count), drawn with replacement; a resample depends on its own number alone."""
    if resamples < 2:
        raise ValueError(f"a bootstrap needs at least 2 resamples, but resamples = {resamples}")
    require(24 * count * resamples, f"{resamples} resamples of {count}", "take fewer resamples")
    stream = random.streams(random.key(seed, "bootstrap", sample), resamples)
    words = random.words(stream[:, None, :], 0, np.arange(count))
    return np.asarray(random.below(words, np.uint64(count)).astype(np.int64))


def nested_bootstrap(
    statistic: Callable[[Array], ArrayLike], values: ArrayLike, *, seed: int, resamples: int = 1000
) -> Array:
    """`statistic` of values (disorder, replica, ...) drawn with replacement at both levels, (resamples, ...).

    Disorder samples first, then for each one drawn, on its own, replicas within it: for what is not linear within a
    sample, as a Binder parameter or a squared thermal average. The standard deviation over the first axis is the
    standard error. It counts the noise within samples twice: of a mean it gives, but for factors of 1 - 1/count,
    S/D + W/(D R), where S/D, S being the scatter of the sample means, is already the whole of it (Davison & Hinkley
    1997, section 3.8); where samples differ more than replicas do, the excess is small, and for a plain mean
    `bootstrap` over disorder alone has none.
    """
    array = as_samples(as_samples(values, 0), 1)
    samples, replicas = array.shape[:2]
    outer = _picks(samples, resamples, seed, "disorder")
    require(24 * samples * replicas, f"a resample of {samples} x {replicas}", "take fewer replicas")
    streams = random.streams(random.key(seed, "bootstrap", "replicas"), resamples)
    drawn = []
    for r in range(resamples):
        words = random.words(streams[r], np.arange(samples)[:, None], np.arange(replicas))
        inner = random.below(words, np.uint64(replicas)).astype(np.int64)
        drawn.append(np.asarray(statistic(array[outer[r][:, None], inner]), dtype=float))
    return np.stack(drawn)


def jackknife(statistic: Callable[[Array], ArrayLike], values: ArrayLike, axis: int = 0) -> Estimate:
    """`statistic` with the bias of order 1/n taken out, and its error, by leaving out one sample at a time.

    Quenouille 1956, Tukey 1958. `statistic` maps samples along `axis` to a number or an array; correlated records must
    be binned first.
    """
    array = as_samples(values, axis)
    n = array.shape[axis]
    whole = np.asarray(statistic(array), dtype=float)
    left_out = np.stack([np.asarray(statistic(np.delete(array, k, axis)), dtype=float) for k in range(n)])
    mean = left_out.mean(axis=0)
    error = np.sqrt((n - 1) / n * ((left_out - mean) ** 2).sum(axis=0))
    return Estimate(n * whole - (n - 1) * mean, error)


def binder(magnetisation: ArrayLike, axis: int | None = None) -> Array:
    """Binder parameter U = 1 - <m^4> / (3 <m^2>^2): 2/3 when ordered, 0 for a Gaussian m; Binder 1981."""
    m = as_numbers(magnetisation)
    square = (m**2).mean(axis=axis)
    return np.asarray(1.0 - (m**4).mean(axis=axis) / (3.0 * square**2))


def binder_estimate(magnetisation: ArrayLike) -> Estimate:
    """Binder parameter of independent replicas (replica, sweep), with its jackknife error over replicas."""
    m = as_samples(magnetisation, 0)
    rest = tuple(range(1, m.ndim))
    moments = np.stack([(m**2).mean(axis=rest), (m**4).mean(axis=rest)], axis=-1)
    return jackknife(lambda part: 1.0 - part[:, 1].mean() / (3.0 * part[:, 0].mean() ** 2), moments)

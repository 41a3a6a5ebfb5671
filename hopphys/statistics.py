"""Honest error bars: resampling, autocorrelation, binning, and the Binder parameter.

Independent things (replicas, samples of disorder) are resampled: standard error, jackknife, bootstrap. Records along
one chain are not independent: `chain_mean` widens their error by the autocorrelation time tau = 1/2 + sum_t rho(t),
var(mean) = 2 tau var / n (Sokal 1997; Madras & Sokal 1988). Disorder usually dominates: resample over it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hopphys.kernels import random
from hopphys.memory import require
from hopphys.types import Array, ArrayLike

WINDOW = 5.0  # Sokal's c: the sum stops at the first W >= c tau(W), where the tail that is left out is e^-c
LONG_ENOUGH = 50.0  # a chain of fewer tau than this does not know its own tau


@dataclass(frozen=True)
class Estimate:
    """A value and its standard error, arrays of one shape."""

    value: Array
    error: Array

    def __str__(self) -> str:
        """A single value with two digits of its error, -1.1065 ± 0.0011."""
        if np.ndim(self.value) or not (np.isfinite(self.error) and self.error > 0):
            return f"{self.value} ± {self.error}"
        decimals = max(0, 1 - int(np.floor(np.log10(self.error))))
        return f"{self.value:.{decimals}f} ± {self.error:.{decimals}f}"


@dataclass(frozen=True)
class Autocorrelation:
    """Autocorrelation of chains, arrays over the leading axes.

    tau : integrated autocorrelation time in records, 1/2 for independent ones; infinity for a constant chain
    error : its standard error, Madras & Sokal 1988
    window : lag at which the sum was cut
    status : "converged"; "short" where the chain has fewer than 50 tau records; "constant" where nothing ever moved,
        which says nothing about how long it would take to move
    """

    tau: Array
    error: Array
    window: Array
    status: Array


def standard_error(values: ArrayLike, axis: int = 0) -> Estimate:
    """Mean over independent values and its error, sd / sqrt(n). Raises ValueError for fewer than 2."""
    array = _samples(values, axis)
    n = array.shape[axis]
    return Estimate(array.mean(axis=axis), array.std(axis=axis, ddof=1) / np.sqrt(n))


def bootstrap(
    statistic: Callable[..., ArrayLike], *samples: ArrayLike, seed: int, axis: int = 0, resamples: int = 1000
) -> Array:
    """`statistic` of samples drawn with replacement along an axis, (resamples, ...); Efron 1979.

    Each of several arrays is resampled on its own, as for systems of different size: statistic(first, second, ...).
    What was measured on the same replica or disorder sample belongs into one array, with `axis` counting the samples.
    The standard deviation over the first axis is the standard error.
    """
    arrays = [_samples(sample, axis) for sample in samples]
    if resamples < 2:
        raise ValueError(f"a bootstrap needs at least 2 resamples, but resamples = {resamples}")
    picks = [_picks(array.shape[axis], resamples, seed, k) for k, array in enumerate(arrays)]
    drawn = [
        np.asarray(statistic(*(a.take(p[r], axis=axis) for a, p in zip(arrays, picks, strict=True))), dtype=float)
        for r in range(resamples)
    ]
    return np.stack(drawn)


def _picks(count: int, resamples: int, seed: int, sample: int) -> Array:
    """Sample numbers (resamples, count), drawn with replacement; a resample depends on its own number alone."""
    require(24 * count * resamples, f"{resamples} resamples of {count}", "take fewer resamples")
    stream = random.streams(random.key(seed, "bootstrap", sample), resamples)
    words = random.words(stream[:, None, :], 0, np.arange(count))
    return np.asarray(random.below(words, np.uint64(count)).astype(np.int64))


def jackknife(statistic: Callable[[Array], ArrayLike], values: ArrayLike, axis: int = 0) -> Estimate:
    """`statistic` with the bias of order 1/n taken out, and its error, by leaving out one sample at a time.

    Quenouille 1956, Tukey 1958. `statistic` maps samples along `axis` to a number or an array; correlated records must
    be binned first.
    """
    array = _samples(values, axis)
    n = array.shape[axis]
    whole = np.asarray(statistic(array), dtype=float)
    left_out = np.stack([np.asarray(statistic(np.delete(array, k, axis)), dtype=float) for k in range(n)])
    mean = left_out.mean(axis=0)
    error = np.sqrt((n - 1) / n * ((left_out - mean) ** 2).sum(axis=0))
    return Estimate(n * whole - (n - 1) * mean, error)


def binder(magnetisation: ArrayLike, axis: int | None = None) -> Array:
    """Binder parameter U = 1 - <m^4> / (3 <m^2>^2): 2/3 when ordered, 0 for a Gaussian m; Binder 1981."""
    m = np.asarray(magnetisation, dtype=float)
    square = (m**2).mean(axis=axis)
    return np.asarray(1.0 - (m**4).mean(axis=axis) / (3.0 * square**2))


def binder_estimate(magnetisation: ArrayLike) -> Estimate:
    """Binder parameter of independent replicas (replica, sweep), with its jackknife error over replicas."""
    m = _samples(magnetisation, 0)
    rest = tuple(range(1, m.ndim))
    moments = np.stack([(m**2).mean(axis=rest), (m**4).mean(axis=rest)], axis=-1)
    return jackknife(lambda part: 1.0 - part[:, 1].mean() / (3.0 * part[:, 0].mean() ** 2), moments)


def autocorrelation(series: ArrayLike) -> Array:
    """rho(t) of chains (..., n), normalised to rho(0) = 1; a constant chain has rho = 1 throughout.

    The autocovariance at lag t is a mean over the n - t pairs that there are, about the mean of the whole chain.
    """
    array = _chain(series)
    n = array.shape[-1]
    away = array - array.mean(axis=-1, keepdims=True)
    power = np.abs(np.fft.rfft(away, 2 * n, axis=-1)) ** 2
    covariance = np.fft.irfft(power, axis=-1)[..., :n] / np.arange(n, 0, -1)
    still = _constant(array)[..., None]
    return np.where(still, 1.0, covariance / np.where(still, 1.0, covariance[..., :1]))


def autocorrelation_time(series: ArrayLike, window: float = WINDOW) -> Autocorrelation:
    """Integrated autocorrelation time of chains (..., n), the sum cut at the first lag W >= window tau(W).

    The mean of a finite chain follows its fluctuations, which lowers rho by 2 tau / n: taken out to first order by the
    factor 1 + (2W + 1) / n (Wolff 2004, eq. 49).
    """
    array = _chain(series)
    n, rho = array.shape[-1], autocorrelation(array)
    tau = np.cumsum(rho, axis=-1) - 0.5
    enough = np.arange(n) >= window * tau
    enough[..., -1] = True
    cut = enough.argmax(axis=-1)
    found = np.maximum(np.take_along_axis(tau, cut[..., None], -1)[..., 0] * (1.0 + (2.0 * cut + 1.0) / n), 0.5 / n)
    still = _constant(array)
    found = np.where(still, np.inf, found)
    error = np.where(still, np.inf, found * np.sqrt((4.0 * cut + 2.0) / n))
    status = np.where(still, "constant", np.where(n >= LONG_ENOUGH * found, "converged", "short"))
    return Autocorrelation(found, error, np.where(still, n - 1, cut), status)


def chain_mean(series: ArrayLike, window: float = WINDOW) -> Estimate:
    """Mean along chains (..., n) with the error sqrt(2 tau var / n); infinite for a constant chain: it says nothing."""
    array = _chain(series)
    n = array.shape[-1]
    tau = autocorrelation_time(array, window).tau
    with np.errstate(invalid="ignore"):
        error = np.sqrt(2.0 * tau * array.var(axis=-1) / n)
    return Estimate(array.mean(axis=-1), np.where(np.isinf(tau), np.inf, error))


def effective_size(series: ArrayLike) -> Array:
    """Number of independent records that chains (..., n) are worth, n / (2 tau); 0 for a constant chain."""
    array = _chain(series)
    return np.asarray(array.shape[-1] / (2.0 * autocorrelation_time(array).tau))


def binned(series: ArrayLike, size: int) -> Array:
    """Means of consecutive bins along chains (..., n) -> (..., n // size); what is left over at the start is dropped.

    Dropped at the start, because that is where a chain remembers how it was prepared.
    """
    array = _chain(series)
    bins = array.shape[-1] // max(int(size), 1)
    if size < 1 or bins < 1:
        raise ValueError(f"bins must hold 1 to {array.shape[-1]} records, but size = {size}")
    kept = array[..., array.shape[-1] - bins * size :]
    return np.asarray(kept.reshape(*kept.shape[:-1], bins, size).mean(axis=-1))


def binning(series: ArrayLike) -> tuple[Array, Array]:
    """Error of the mean of a chain (n,) from bins of 1, 2, 4, ... records: (sizes, errors).

    The error grows with the size until bins are independent; where it has not levelled off, the chain is too short.
    Flyvbjerg & Petersen 1989. Sizes stop where fewer than 16 bins are left.
    """
    array = _chain(series)
    if array.ndim != 1 or array.size < 32:
        raise ValueError(f"binning needs one chain of at least 32 records, but the shape is {array.shape}")
    sizes = 2 ** np.arange(int(np.log2(array.size / 16)) + 1)
    return sizes, np.array([standard_error(binned(array, int(size))).error for size in sizes])


def _constant(array: Array) -> Array:
    """Chains whose records are all one number."""
    return np.asarray((array == array[..., :1]).all(axis=-1))


def _chain(series: ArrayLike) -> Array:
    array = np.asarray(series, dtype=float)
    if array.ndim == 0 or array.shape[-1] < 2:
        raise ValueError(f"a chain needs at least 2 records on its last axis, but the shape is {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"a chain must be finite, but it holds {array[~np.isfinite(array)][0]}")
    return array


def _samples(values: ArrayLike, axis: int) -> Array:
    array = np.asarray(values, dtype=float)
    if array.ndim == 0 or array.shape[axis] < 2:
        raise ValueError(
            f"an error needs at least 2 independent samples along axis {axis}, but the shape is {array.shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"samples must be finite, but they hold {array[~np.isfinite(array)][0]}")
    return array

"""Records along one chain: autocorrelation time, error of the mean, bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hopphys.checks import positive
from hopphys.statistics.arrays import as_chain
from hopphys.statistics.estimates import Estimate
from hopphys.statistics.resampling import standard_error
from hopphys.types import Array, ArrayLike

WINDOW = 5.0  # Sokal's c: the sum stops at the first W >= c tau(W), where the tail that is left out is e^-c
LONG_ENOUGH = 50.0  # a chain of fewer tau than this does not know its own tau


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


def autocorrelation(series: ArrayLike) -> Array:
    """rho(t) of chains (..., n), normalised to rho(0) = 1; a constant chain has rho = 1 throughout.

    The autocovariance at lag t is a mean over the n - t pairs that there are, about the mean of the whole chain.
    """
    array = as_chain(series)
    n = array.shape[-1]
    away = array - array.mean(axis=-1, keepdims=True)
    power = np.abs(np.fft.rfft(away, 2 * n, axis=-1)) ** 2
    covariance = np.fft.irfft(power, axis=-1)[..., :n] / np.arange(n, 0, -1)
    still = _constant(array)[..., None]
    return np.where(still, 1.0, covariance / np.where(still, 1.0, covariance[..., :1]))


def autocorrelation_time(series: ArrayLike, window: float = WINDOW) -> Autocorrelation:
    """Integrated autocorrelation time of chains (..., n), the sum cut at the first lag W >= window tau(W).

    The mean of a finite chain follows its fluctuations, which lowers rho by 2 tau / n: taken out to first order by the
    factor 1 + (2W + 1) / n (Wolff 2004, eq. 49). Raises ValueError for a window that is not positive.
    """
    array, window = as_chain(series), positive(window, "window")
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
    array = as_chain(series)
    n = array.shape[-1]
    tau = autocorrelation_time(array, window).tau
    with np.errstate(invalid="ignore"):
        error = np.sqrt(2.0 * tau * array.var(axis=-1) / n)
    return Estimate(array.mean(axis=-1), np.where(np.isinf(tau), np.inf, error))


def effective_size(series: ArrayLike) -> Array:
    """Number of independent records that chains (..., n) are worth, n / (2 tau); 0 for a constant chain."""
    array = as_chain(series)
    return np.asarray(array.shape[-1] / (2.0 * autocorrelation_time(array).tau))


def binned(series: ArrayLike, size: int) -> Array:
    """Means of consecutive bins along chains (..., n) -> (..., n // size); what is left over at the start is dropped.

    Dropped at the start, because that is where a chain remembers how it was prepared.
    """
    array = as_chain(series)
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
    array = as_chain(series)
    if array.ndim != 1 or array.size < 32:
        raise ValueError(f"binning needs one chain of at least 32 records, but the shape is {array.shape}")
    sizes = 2 ** np.arange(int(np.log2(array.size / 16)) + 1)
    return sizes, np.array([standard_error(binned(array, int(size))).error for size in sizes])


def _constant(array: Array) -> Array:
    """Chains whose records are all one number."""
    return np.asarray((array == array[..., :1]).all(axis=-1))

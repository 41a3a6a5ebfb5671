"""Whether replicas agree, and how many independent records they are worth: R-hat, bulk and tail effective size.

Vehtari, Gelman, Simpson, Carpenter & Bürkner 2021, Bayesian Analysis 16, 667. Values are (..., replica, sweep). Each
chain is cut into its first and last half, so that a drift within one chain shows as a difference between two; values
are replaced by the normal quantiles of their ranks, so that no moment has to exist.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri

from hopphys.statistics.arrays import as_replicas
from hopphys.types import Array, ArrayLike

AGREE = 1.01  # R-hat above which Vehtari et al. call chains not mixed
TAILS = (0.05, 0.95)


@dataclass(frozen=True)
class Mixing:
    """Agreement of replicas, arrays over the leading axes.

    rhat : rank-normalised split R-hat, near 1 where replicas cannot be told apart
    bulk, tail : effective sizes for the centre of the distribution and for its 5 % and 95 % quantiles
    status : "mixed" (R-hat <= 1.01), "not mixed", or what `constancy` says
    """

    rhat: Array
    bulk: Array
    tail: Array
    status: Array


def mixing(values: ArrayLike) -> Mixing:
    """R-hat, effective sizes and a verdict for values (..., replica, sweep)."""
    array = as_replicas(values)
    scores = _scores(_halves(array))
    found, still = _rhat(array, scores), constancy(array)
    status = np.where(still != "", still, np.where(found <= AGREE, "mixed", "not mixed"))
    return Mixing(found, _bulk(array, scores), ess_tail(array), status)


def rhat(values: ArrayLike) -> Array:
    """Rank-normalised split R-hat (...): the larger of the one for location and the one for scale (folded values).

    sqrt((n - 1 + B/W) / n) of the normal scores, B and W the variances between and within the half chains. Infinity
    where every chain is constant: equal or not, constant chains say nothing about each other.
    """
    array = as_replicas(values)
    return _rhat(array, _scores(_halves(array)))


def ess_bulk(values: ArrayLike) -> Array:
    """Number of independent records that (replica, sweep) are worth for the centre; 0 where every chain is constant."""
    array = as_replicas(values)
    return _bulk(array, _scores(_halves(array)))


def ess_tail(values: ArrayLike) -> Array:
    """The smaller effective size of the 5 % and the 95 % quantile, from the indicators x <= quantile.

    An indicator that never changes (a level that holds more than 95 % of the records) counts as independent records.
    """
    array = as_replicas(values)
    quantiles = np.quantile(array, TAILS, axis=(-2, -1))
    sizes = [_size(_halves((array <= q[..., None, None]).astype(float))) for q in quantiles]
    return np.where(_still(array).all(axis=-1), 0.0, np.minimum(*sizes))


def ess_mean(values: ArrayLike) -> Array:
    """Effective size for the mean, of the values themselves; 0 where every chain is constant."""
    array = as_replicas(values)
    return np.where(_still(array).all(axis=-1), 0.0, _size(_halves(array)))


def mcse(values: ArrayLike) -> Array:
    """Monte Carlo standard error of the mean over replicas and sweeps, sd / sqrt(ess_mean); infinite for constants.

    It covers the scatter between replicas too: replicas that disagree have few effective records.
    """
    array = as_replicas(values)
    deviation = array.reshape(*array.shape[:-2], -1).std(axis=-1, ddof=1)
    size = ess_mean(array)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(size > 0, deviation / np.sqrt(size), np.inf)


def constancy(values: ArrayLike) -> Array:
    """ "" where every chain moves; else "constant", "constant, and they differ", or "2 of 8 constant"; (...)."""
    array = as_replicas(values, 2)
    still = _still(array)
    count, replicas = still.sum(axis=-1), array.shape[-2]
    differ = (array[..., :1] != array[..., :1, :1]).any(axis=(-2, -1))
    some = np.char.add(count.astype(str), f" of {replicas} constant")
    whole = np.where(differ, "constant, and they differ", "constant")
    return np.where(count == 0, "", np.where(count == replicas, whole, some))


def _still(array: Array) -> Array:
    """Chains whose records are all one number, (..., replica)."""
    return np.asarray((array == array[..., :1]).all(axis=-1))


def _halves(array: Array) -> Array:
    """First and last half of each chain as chains of their own, (..., 2 replica, n // 2)."""
    half = array.shape[-1] // 2
    return np.concatenate([array[..., :half], array[..., -half:]], axis=-2)


def _scores(chains: Array) -> Array:
    """Normal quantiles of the ranks among all chains, (rank - 3/8) / (S + 1/4); tied values share their mean rank."""
    flat = chains.reshape(*chains.shape[:-2], -1)
    order = np.argsort(flat, axis=-1)
    ranked = np.take_along_axis(flat, order, -1)
    size = flat.shape[-1]
    place = np.arange(size)
    new = np.ones(flat.shape, bool)
    new[..., 1:] = ranked[..., 1:] != ranked[..., :-1]
    first = np.maximum.accumulate(np.where(new, place, 0), axis=-1)
    last = np.ones(flat.shape, bool)
    last[..., :-1] = new[..., 1:]
    end = np.minimum.accumulate(np.where(last, place, size)[..., ::-1], axis=-1)[..., ::-1]
    scores = np.empty(flat.shape)
    np.put_along_axis(scores, order, ndtri((0.5 * (first + end) + 1.0 - 0.375) / (size + 0.25)), -1)
    return scores.reshape(chains.shape)


def _rhat(array: Array, scores: Array) -> Array:
    halves = _halves(array)
    folded = np.abs(halves - np.median(halves, axis=(-2, -1), keepdims=True))
    flat = (folded == folded[..., :1, :1]).all(axis=(-2, -1))  # two values at one distance from the median: no scale
    scale = np.where(flat, 0.0, _ratio(_scores(folded)))
    return np.where(_still(array).all(axis=-1), np.inf, np.maximum(_ratio(scores), scale))


def _ratio(chains: Array) -> Array:
    n = chains.shape[-1]
    between = n * chains.mean(axis=-1).var(axis=-1, ddof=1)
    within = chains.var(axis=-1, ddof=1).mean(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt((between / within + n - 1) / n))


def _bulk(array: Array, scores: Array) -> Array:
    return np.where(_still(array).all(axis=-1), 0.0, _size(scores))


def _size(chains: Array) -> Array:
    """Effective size of chains (..., chain, n) from their joint autocorrelation, cut as Geyer 1992 does.

    rho(t) = 1 - (W - mean autocovariance(t)) / var+, var+ the variance within and between chains. Sums of neighbouring
    pairs of rho are positive and falling for a reversible chain: the sum over t stops at the first pair that is not
    positive, and a pair larger than one before it is cut to that. Never more than S log10(S).
    """
    n, total = chains.shape[-1], chains.shape[-1] * chains.shape[-2]
    covariance = _covariance(chains)
    within = covariance[..., 0] * n / (n - 1.0)
    spread = covariance[..., 0] + chains.mean(axis=-1).var(axis=-1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = 1.0 - (within[..., None] - covariance) / spread[..., None]
    rho[..., 0] = 1.0
    tau = np.maximum(_cut_sum(rho), 1.0 / np.log10(total))
    flat = (chains == chains[..., :1, :1]).all(axis=(-2, -1))
    return np.where(flat, float(total), total / tau)


def _cut_sum(rho: Array) -> Array:
    """1 + 2 sum over t of rho (..., n) up to Geyer's cut."""
    n = rho.shape[-1]
    pairs = rho[..., : n - n % 2 : 2] + rho[..., 1::2]
    most = max((n - 1) // 2 - 1, 0)  # pairs with lags up to n - 2
    stops = pairs[..., : most + 1] <= 0.0
    cut = np.where(stops.any(axis=-1), stops.argmax(axis=-1), most)
    falling = np.minimum.accumulate(pairs[..., : most + 1], axis=-1)
    summed = np.where(np.arange(most + 1) < cut[..., None], falling, 0.0).sum(axis=-1)
    even = np.take_along_axis(rho, 2 * cut[..., None], -1)[..., 0]
    last = np.take_along_axis(pairs, cut[..., None], -1)[..., 0]
    return np.asarray(-1.0 + 2.0 * summed + np.where((last >= 0) | (even > 0), even, 0.0))


def _covariance(chains: Array) -> Array:
    """Autocovariance (..., n) with weight 1/n at every lag, averaged over the chains: one transform back for all."""
    n = chains.shape[-1]
    length = next_fast_len(2 * n, real=True)
    transformed = rfft(chains - chains.mean(axis=-1, keepdims=True), length, axis=-1)
    power = (transformed.real**2 + transformed.imag**2).mean(axis=-2)
    return np.asarray(irfft(power, length, axis=-1)[..., :n] / n)

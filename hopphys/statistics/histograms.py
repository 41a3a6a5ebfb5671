"""Several temperatures at once: free energies and averages at any beta between them, without bins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hopphys.checks import finite, inverse_temperature
from hopphys.memory import require
from hopphys.statistics.chains import autocorrelation_time
from hopphys.statistics.estimates import Estimate
from hopphys.statistics.mbar import free_energies, log_denominator
from hopphys.statistics.reweighting import ENOUGH, FEWEST, FRACTION, Reweighted, agreed, named, target_betas
from hopphys.types import Array, ArrayLike

GROUPS = 20  # replicas are left out in at most so many groups


@dataclass(frozen=True, eq=False)
class MultiHistogram:
    """What runs at several temperatures know together.

    beta : (K,) inverse temperatures sampled, rising
    log_z, log_z_error : (K,) ln Z_k - ln Z_0 and its jackknife error over replicas
    inefficiency : (K,) 2 tau of each run: records between independent ones, as they entered the weights
    """

    beta: Array
    log_z: Array
    log_z_error: Array
    inefficiency: Array
    _records: _Records
    _left_out: Array  # (groups, K) ln Z_k with one group of replicas left out

    def at(self, betas: ArrayLike, observable: Any = None) -> Reweighted:
        """Averages at any `betas`, and ln Z relative to the lowest beta sampled.

        `observable` has the shape of the energies, or is the name of a variable; the energy by default. Raises
        ValueError for an infinite beta, and where fewer than 10 independent records carry the weights.
        """
        at, records = target_betas(betas), self._records
        values = records.energy if observable is None else records.same_shape(observable)
        whole = _weighted(at, records, self.log_z, None)
        size = whole.size
        if (size < FEWEST).any():
            worst = int(size.argmin())
            raise ValueError(
                f"at beta = {at[worst]:g} the weights of the runs at beta = {self.beta[0]:g} to {self.beta[-1]:g} are "
                f"carried by {size[worst]:.1f} independent records, and at least {FEWEST:g} are needed; sample nearer"
            )
        parts = self._parts(at)
        mean = _jackknifed(whole.mean(values), np.stack([part.mean(values) for part in parts]))
        log_z = _jackknifed(whole.log_z, np.stack([part.log_z for part in parts]))
        enough = (size >= ENOUGH) & (size >= FRACTION * records.counts(None).mean())
        return Reweighted(at, mean.value, mean.error, log_z.value, log_z.error, size, enough)

    def heat_capacity(self, betas: ArrayLike) -> Estimate:
        """beta^2 (<E^2> - <E>^2) of the whole system at `betas`, with its jackknife error over replicas."""
        at, energy = target_betas(betas), self._records.energy - self._records.energy.mean()

        def variance(part: _Weighted) -> Array:
            return np.asarray(at**2 * (part.mean(energy**2) - part.mean(energy) ** 2))

        whole = _weighted(at, self._records, self.log_z, None)
        return _jackknifed(variance(whole), np.stack([variance(part) for part in self._parts(at)]))

    def _parts(self, at: Array) -> list[_Weighted]:
        return [_weighted(at, self._records, f, g) for g, f in enumerate(self._left_out)]


def multi_histogram(energy: Any, betas: ArrayLike | None = None, *, inefficiency: Any = None) -> MultiHistogram:
    """Free energies of runs at several temperatures from all their energies together.

    ln Z_k solve sum over records n of exp(-beta_k E_n) / sum_l N_l/g_l exp(-beta_l E_n - ln Z_l) / g_n = Z_k, here by
    Newton's method to 1e-10 (Shirts & Chodera 2008, eq. 11 and appendix; g as in Ferrenberg & Swendsen 1989).

    Parameters
    ----------
    energy : total energies (beta, replica, sweep) after the warm-up with their `betas` (K,); or a Dataset with dim
        `beta` or `rung`, which says its own; others are refused
    inefficiency : g of each run, (K,) or a number; by default 2 tau, at least 1, as measured

    Replica r of all temperatures is left out together, since the temperatures of a tempering run share their walkers.
    Raises ValueError for an infinite or repeated beta, fewer than 2 replicas, and where histograms do not overlap,
    naming the gap.
    """
    energies, at, source = _temperatures(energy, betas)
    order = np.argsort(at)
    records = _Records(energies[order], at[order], _inefficiencies(energies[order], inefficiency, order), order, source)
    values, weight, counts = records.values, records.weight(None), records.counts(None)
    log_z = free_energies(records.beta, values, weight, counts, records.integrated())
    left_out = np.stack(
        [
            free_energies(records.beta, values, records.weight(g), records.counts(g), log_z)
            for g in range(records.groups)
        ]
    )
    estimate = _jackknifed(log_z, left_out)
    return MultiHistogram(records.beta, log_z, estimate.error, records.inefficiency, records, left_out)


@dataclass(frozen=True, eq=False)
class _Records:
    """Energies (beta, replica, sweep), each distinct energy once: lattices and memories have few of them."""

    energy: Array
    beta: Array
    inefficiency: Array
    order: Array
    source: Any

    @cached_property
    def _distinct(self) -> tuple[Array, Array]:
        values, index = np.unique(self.energy, return_inverse=True)
        return values, index.reshape(self.energy.shape)

    @property
    def values(self) -> Array:
        return self._distinct[0]

    @property
    def groups(self) -> int:
        return min(GROUPS, int(self.energy.shape[1]))

    def kept(self, group: int | None) -> Array:
        """Replicas that stay when a group is left out: (replica,) bool."""
        replica = np.arange(self.energy.shape[1])
        return np.ones(replica.size, bool) if group is None else replica % self.groups != group

    def counts(self, group: int | None) -> Array:
        """Independent records of each run, (K,)."""
        return np.asarray(self.kept(group).sum() * self.energy.shape[2] / self.inefficiency)

    def integrated(self) -> Array:
        """First guess of ln Z_k - ln Z_0 from d ln Z / d beta = -<E>, by trapezia."""
        mean = self.energy.mean(axis=(1, 2))
        return np.concatenate([[0.0], -np.cumsum(np.diff(self.beta) * 0.5 * (mean[1:] + mean[:-1]))])

    def weight(self, group: int | None, values: Array | None = None) -> Array:
        """Sum over the records of each distinct energy of values / g, (M,)."""
        kept = self.kept(group)
        index = self._distinct[1][:, kept]
        given = np.broadcast_to(1.0 / self.inefficiency[:, None, None], index.shape)
        weight = given if values is None else given * values[:, kept]
        return np.bincount(index.ravel(), weight.ravel(), self.values.size)

    def same_shape(self, observable: Any) -> Array:
        if isinstance(observable, str):
            if self.source is None:
                raise ValueError(f"observable {observable!r} is a name, but no Dataset was given; pass its values")
            observable = named(self.source, observable, _dims(self.source))
        values = finite(observable, "observable")
        if values.shape != self.energy.shape:
            raise ValueError(f"observable must have the shape of the energies {self.energy.shape}, not {values.shape}")
        return values[self.order]


@dataclass(frozen=True, eq=False)
class _Weighted:
    """Weights of each distinct energy at some betas, (B, M), relative to the largest, and what follows from them."""

    records: _Records
    group: int | None
    weight: Array
    log_z: Array

    def mean(self, values: Array) -> Array:
        # About the overall mean: energies of a million would lose their digits.
        middle = values.mean()
        sums = self.weight @ self.records.weight(self.group, values - middle)
        return np.asarray(sums / (self.weight @ self.records.weight(self.group)) + middle)

    @property
    def size(self) -> Array:
        """Independent records that carry the weights, each record counting 1/g: (sum w/g)^2 / sum w^2/g."""
        total = self.records.weight(self.group)
        return np.asarray((self.weight @ total) ** 2 / (self.weight**2 @ total))


def _weighted(at: Array, records: _Records, log_z: Array, group: int | None) -> _Weighted:
    require(24 * at.size * records.values.size, f"weights of {records.values.size} energies", "ask for fewer betas")
    below = log_denominator(records.beta, records.values, records.counts(group), log_z)
    exponent = -at[:, None] * records.values - below
    highest = exponent.max(axis=1)
    weight = np.exp(exponent - highest[:, None])
    return _Weighted(records, group, weight, np.log(weight @ records.weight(group)) + highest)


def _jackknifed(whole: Array, left_out: Array) -> Estimate:
    """As `jackknife`, from values that are there: bias taken out, error from leaving out one group at a time."""
    n = len(left_out)
    mean = left_out.mean(axis=0)
    return Estimate(n * whole - (n - 1) * mean, np.sqrt((n - 1) / n * ((left_out - mean) ** 2).sum(axis=0)))


def _temperatures(energy: Any, betas: Any) -> tuple[Array, Array, Any]:
    source = energy if hasattr(energy, "data_vars") else None
    if source is not None:
        energy, betas = _of_dataset(source, betas)
        source = source.assign(energy=source["energy"].transpose(*_dims(source)))
    energies = finite(energy, "energy")
    if energies.ndim != 3 or energies.shape[0] < 2 or energies.shape[1] < 2:
        raise ValueError(
            "multi_histogram takes energies (beta, replica, sweep) of at least 2 temperatures and 2 replicas, but the "
            f"shape is {energies.shape}"
        )
    at = inverse_temperature(betas, None)
    if at.shape != energies.shape[:1] or not np.isfinite(at).all() or len(np.unique(at)) < at.size:
        raise ValueError(f"betas must be {energies.shape[0]} different finite numbers, but they are {at}")
    return energies, at, source


def _dims(ds: Any) -> tuple[str, str, str]:
    return ("rung" if "rung" in ds["energy"].dims else "beta", "replica", "sweep")


def _of_dataset(ds: Any, betas: Any) -> tuple[Array, Any]:
    if "energy" not in ds or set(ds["energy"].dims) != set(_dims(ds)):
        held = dict(ds["energy"].sizes) if "energy" in ds else "no energy"
        raise ValueError(
            f"multi_histogram takes a Dataset with `energy` (beta or rung, replica, sweep), but it has {held}"
        )
    return ds["energy"].transpose(*_dims(ds)).values, agreed(betas, ds, _dims(ds)[:1], "betas")


def _inefficiencies(energies: Array, given: Any, order: Array) -> Array:
    """g of each run, in rising order of beta: 2 tau, its mean over the replicas that move, at least 1."""
    if given is not None:
        values = finite(given, "inefficiency")
        if values.shape not in ((), (1,), energies.shape[:1]):
            raise ValueError(
                f"inefficiency must be a number or {len(energies)} of them, one a temperature, but it is {given!r}"
            )
        values = np.broadcast_to(values, len(energies))[order]
        if (values < 1).any():
            raise ValueError(
                f"inefficiency is 2 tau, at least 1 for independent records, but it holds {values.min():g}"
            )
        return np.asarray(values)
    if energies.shape[2] < 2:
        return np.ones(len(energies))
    tau = np.ma.masked_invalid(autocorrelation_time(energies).tau).mean(axis=1).filled(0.5)
    return np.maximum(1.0, 2.0 * np.asarray(tau))

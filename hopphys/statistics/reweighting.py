"""Averages at temperatures that were not sampled, from the energies of those that were.

One temperature: Ferrenberg & Swendsen 1988, PRL 61, 2635. Several: Ferrenberg & Swendsen 1989, PRL 63, 1195, in the
form without bins of Shirts & Chodera 2008, J. Chem. Phys. 129, 124105 (MBAR).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hopphys.checks import finite, inverse_temperature
from hopphys.statistics.arrays import as_samples
from hopphys.statistics.chains import autocorrelation_time
from hopphys.statistics.resampling import jackknife
from hopphys.types import Array, ArrayLike

FEWEST = 10.0  # independent records below which a weighted mean is refused
ENOUGH = 100.0  # independent records, and
FRACTION = 0.01  # part of all records, from which it is called reliable: the tail of a histogram is known worst


@dataclass(frozen=True)
class Reweighted:
    """Averages at inverse temperatures `beta` (B,), arrays of that shape.

    value, error : the mean of the observable (of the energy by default), and its jackknife error over replicas
    log_z, log_z_error : ln Z(beta) - ln Z(reference), the reference being the temperature sampled (the lowest of them)
    size : independent records that carry the weights, (sum w)^2 / sum w^2 / (2 tau)
    reliable : size of at least 100 and at least one record in a hundred
    """

    beta: Array
    value: Array
    error: Array
    log_z: Array
    log_z_error: Array
    size: Array
    reliable: Array


def reweight(
    energy: Any, beta_from: float | None = None, betas: ArrayLike | None = None, observable: Any = None
) -> Reweighted:
    """Averages at `betas` from a run at `beta_from`: <O> = sum O w / sum w, w = exp(-(beta - beta_from) E).

    Parameters
    ----------
    energy : total energies (replica, sweep) after the warm-up, or a Dataset of `sample` at one temperature, which says
        its own beta_from; another one is refused
    observable : (replica, sweep), or the name of a variable of the Dataset; the energy by default

    Replicas are left out one at a time for the errors: one long chain can be cut into blocks, many tau long each. The
    histogram at one temperature knows its neighbourhood only: see `size` and `reliable`. Raises ValueError where fewer
    than 10 independent records carry the weights, for an infinite beta, and for fewer than 2 replicas.
    """
    energies, values, start = _records(energy, beta_from, observable)
    at = target_betas(betas)
    tau = _tau(energies)
    exponent = -(at[:, None, None] - start) * (energies - energies.mean())
    highest = exponent.max(axis=(1, 2))
    weight = np.exp(exponent - highest[:, None, None])
    size = weight.sum(axis=(1, 2)) ** 2 / (weight**2).sum(axis=(1, 2))
    _require_carried(at, start, size / (2 * tau))
    sums = np.stack([weight.sum(axis=2), (weight * values).sum(axis=2)], axis=-1)  # (beta, replica, 2)
    mean = [jackknife(lambda part: part[:, 1].sum() / part[:, 0].sum(), one) for one in sums]
    log_z = [jackknife(lambda part: np.log(part[:, 0].mean()), one) for one in sums]
    shift = highest - (at - start) * energies.mean() - np.log(energies.shape[1])
    return Reweighted(
        at,
        np.array([float(m.value) for m in mean]),
        np.array([float(m.error) for m in mean]),
        np.array([float(z.value) for z in log_z]) + shift,
        np.array([float(z.error) for z in log_z]),
        size / (2 * tau),
        (size / (2 * tau) >= ENOUGH) & (size >= FRACTION * energies.size),
    )


def target_betas(betas: Any) -> Array:
    """Finite inverse temperatures (B,)."""
    if betas is None:
        raise ValueError("betas= is needed: the inverse temperatures at which averages are wanted")
    values = np.atleast_1d(inverse_temperature(betas, None))
    if values.ndim > 1 or not np.isfinite(values).all():
        raise ValueError(
            f"betas must be finite numbers in a list, but they hold {values.max()} in shape {values.shape}; at T = 0 "
            "all weight is on the lowest energy that was met: take the minimum"
        )
    return values


def _records(energy: Any, beta_from: Any, observable: Any) -> tuple[Array, Array, float]:
    if hasattr(energy, "data_vars"):
        energy, beta_from, observable = _of_dataset(energy, beta_from, observable)
    if beta_from is None:
        raise ValueError("beta_from= is needed: the inverse temperature at which the energies were sampled")
    start = target_betas(beta_from)
    if start.size != 1:
        raise ValueError(f"one run has one beta_from, but there are {start.size}; several are for multi_histogram")
    energies = as_samples(energy, 0)
    if energies.ndim != 2:
        raise ValueError(f"energies must be (replica, sweep), but their shape is {energies.shape}")
    values = energies if observable is None else finite(observable, "observable")
    if values.shape != energies.shape:
        raise ValueError(f"observable must have the shape of the energies {energies.shape}, but it is {values.shape}")
    return energies, values, float(start[0])


def _of_dataset(ds: Any, beta_from: Any, observable: Any) -> tuple[Array, Any, Any]:
    if "energy" not in ds or set(ds["energy"].dims) != {"replica", "sweep"}:
        held = dict(ds["energy"].sizes) if "energy" in ds else "no energy"
        raise ValueError(
            f"reweight takes the `energy` (replica, sweep) of one temperature, but the Dataset has {held}; "
            "several temperatures are for multi_histogram, one disorder sample is ds.isel(disorder=0)"
        )
    beta_from = agreed(beta_from, ds, (), "beta_from")
    if isinstance(observable, str):
        observable = named(ds, observable, ("replica", "sweep"))
    return ds["energy"].transpose("replica", "sweep").values, beta_from, observable


def agreed(given: Any, ds: Any, dims: tuple[str, ...], name: str) -> Any:
    """The Dataset's own beta over `dims`; what was given where it has none. Raises ValueError where they differ."""
    if "beta" not in ds.coords:
        return given
    own = ds["beta"]
    if own.dims != dims:
        raise ValueError(
            f"one beta {'for each ' + dims[0] if dims else 'for the whole run'} is needed, but beta of the Dataset has "
            f"the dims {own.dims}; a run whose temperature changes has no histogram of one"
        )
    if given is not None:
        asked = target_betas(given)
        if asked.shape != np.atleast_1d(own.values).shape or not np.allclose(asked, own.values, rtol=1e-9, atol=0):
            raise ValueError(
                f"the Dataset was sampled at beta = {own.values}, but {name} = {given}; leave {name} out (the betas "
                "at which averages are wanted are another argument)"
            )
    return own.values


def named(ds: Any, name: str, dims: tuple[str, ...]) -> Array:
    """Values of a variable over `dims`. Raises ValueError where it is not there or has others."""
    if name not in ds.data_vars:
        raise ValueError(f"the Dataset has no variable {name!r}; it has {', '.join(map(str, ds.data_vars))}")
    if set(ds[name].dims) != set(dims):
        raise ValueError(f"observable {name!r} must have the dims {dims} of the energy, but it has {ds[name].dims}")
    return np.asarray(ds[name].transpose(*dims).values)


def _tau(energies: Array) -> float:
    """Mean autocorrelation time of the chains in records, at least 1/2; constant chains are left out."""
    if energies.shape[1] < 2:
        return 0.5
    tau = autocorrelation_time(energies).tau
    return max(0.5, float(tau[np.isfinite(tau)].mean())) if np.isfinite(tau).any() else 0.5


def _require_carried(at: Array, start: float, size: Array) -> None:
    if (size < FEWEST).any():
        worst = int(np.argmax(np.where(size < FEWEST, np.abs(at - start), -1.0)))
        fine = at[size >= FEWEST]
        reach = f"of those asked for, {fine.min():g} to {fine.max():g} can be had" if fine.size else "none can be had"
        raise ValueError(
            f"at beta = {at[worst]:g} the weights of a run at beta = {start:g} are carried by {size[worst]:.1f} "
            f"independent records, and at least {FEWEST:g} are needed; {reach}; sample nearer to it, or several "
            "temperatures for multi_histogram"
        )

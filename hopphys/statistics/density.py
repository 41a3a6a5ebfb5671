"""Averages at every temperature from a density of states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys.statistics.reweighting import target_betas
from hopphys.types import Array, ArrayLike

if TYPE_CHECKING:
    import xarray as xr


def from_density(ds: xr.Dataset, beta: ArrayLike, *, unconverged: bool = False) -> xr.Dataset:
    """ln Z, <E> and heat capacity at `beta` from the `log_g` (replica, level) of `wang_landau`; totals, not per site.

    Z = sum g exp(-beta E), C = beta^2 (<E^2> - <E>^2), replica by replica: values are means over replicas, errors their
    standard errors (NaN for one replica). ln Z is up to a constant where g was normalised in a window. In bins every
    state counts with the mean energy met in its bin: make them narrow beside 1/beta. A walk that did not converge
    knows g wrongly, and what it never met not at all: it is refused, unless `unconverged` is True, and then the
    attribute `warning` says so. Raises ValueError for that, an infinite beta and a Dataset without `log_g`.
    """
    import xarray as xr

    if not hasattr(ds, "data_vars") or "log_g" not in ds or "level" not in ds.coords:
        raise ValueError("from_density takes the Dataset of wang_landau, with log_g (replica, level)")
    at, warning = target_betas(beta), _warning(ds)
    if warning and not unconverged:
        raise ValueError(
            f"{warning}; walk longer (max_sweeps=), keep those that did by ds.isel(replica=ds.converged.values), or "
            "say unconverged=True"
        )
    log_g = ds["log_g"].transpose("replica", "level").values
    energy = np.broadcast_to(ds["level"].values, log_g.shape)
    if "mean_energy" in ds:
        energy = ds["mean_energy"].transpose("replica", "level").values
    moments = np.stack([_moments(log_g, energy, b) for b in at])  # (beta, 3, replica)
    found = xr.Dataset(coords={"beta": ("beta", at, {"long_name": "inverse temperature", "units": "1/J"})})
    for k, (name, text, unit) in enumerate(_VARIABLES):
        value, error = moments[:, k].mean(axis=-1), _error(moments[:, k])
        found[name] = ("beta", value, {"long_name": text, "units": unit})
        found[f"{name}_error"] = (
            "beta",
            error,
            {"long_name": f"standard error over replicas of {name}", "units": unit},
        )
    kept: dict[Any, Any] = {name: value for name, value in ds.attrs.items() if name != "law"}
    found.attrs.update(kept, law="exp(-beta E), summed over the density of states")
    if warning:
        found.attrs["warning"] = warning
    return found


_VARIABLES = (
    ("log_z", "logarithm of the partition function, ln Z", "1"),
    ("energy", "total energy <E>", "J"),
    ("heat_capacity", "heat capacity beta^2 (<E^2> - <E>^2)", "1"),
)


def _warning(ds: xr.Dataset) -> str:
    """What is wrong with the walks, in words; empty where nothing is known to be."""
    done = np.asarray(ds["converged"].values, dtype=bool) if "converged" in ds else np.ones(1, bool)
    if done.all():
        return ""
    missed = int(np.isneginf(ds["log_g"].transpose("replica", "level").values).any(axis=0).sum())
    gaps = f", and {missed} of {ds.sizes['level']} levels were missed by some" if missed else ""
    return f"{(~done).sum()} of {done.size} walks did not converge{gaps}: ln Z and averages from them are wrong"


def _moments(log_g: Array, energy: Array, beta: float) -> Array:
    """ln Z, <E>, C of each replica, (3, replica)."""
    exponent = log_g - beta * energy
    highest = exponent.max(axis=1, keepdims=True)
    weight = np.exp(exponent - highest)
    total = weight.sum(axis=1)
    mean = (weight * energy).sum(axis=1) / total
    variance = (weight * (energy - mean[:, None]) ** 2).sum(axis=1) / total
    return np.stack([highest[:, 0] + np.log(total), mean, beta**2 * variance])


def _error(values: Array) -> Array:
    n = values.shape[-1]
    if n < 2:
        return np.full(values.shape[:-1], np.nan)
    return np.asarray(values.std(axis=-1, ddof=1) / np.sqrt(n))

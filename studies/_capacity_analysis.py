"""Reading the joined Dataset of the capacity study: errors over disorder, points by N and load, the scaling fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

import hopphys as hp

Array = npt.NDArray[Any]
MOST = 0.9  # another fraction than one half, whose load has to end in the same limit


def hebb(ds: xr.Dataset) -> xr.Dataset:
    """The points of Hebb's rule alone: those that other rules share have a kind of their own."""
    known = np.isfinite(ds["settles"].values.astype(float))
    there = ds.drop_dims("rule", errors="ignore").isel(point=np.flatnonzero(known))
    return there.assign_coords(settles=("point", there["settles"].values == 1, ds["settles"].attrs))


def rules(ds: xr.Dataset) -> xr.Dataset | None:
    """The points at which several rules learned the same patterns; None for a run without."""
    if "rule" not in ds.dims:
        return None
    there = ds[[name for name in ds.data_vars if "rule" in ds[name].dims]]
    return there.isel(point=np.flatnonzero(ds["rules"].values != ""))


def recall(ds: xr.Dataset) -> xr.Dataset:
    """The points at which the network was run, by N and load."""
    there = ds.isel(point=np.flatnonzero(ds["settles"].values))
    return there.isel(point=np.lexsort((there["patterns"].values, there["size"].values)))


def exact(ds: xr.Dataset) -> xr.Dataset:
    """The points at which the fields on all patterns were looked at."""
    return ds.isel(point=np.flatnonzero(~ds["settles"].values.astype(bool)))


def sizes(ds: xr.Dataset) -> list[int]:
    return [int(size) for size in np.unique(ds["size"].values)]


def loads(ds: xr.Dataset) -> Array:
    """P / N, which rounding of P has moved a little from the load asked for."""
    return np.asarray(ds["patterns"].values / ds["size"].values)


def scaled(ds: xr.Dataset) -> Array:
    """P ln N / N: ½ and ¼ where one pattern, or all of them, cease to be exact for large N."""
    return np.asarray(loads(ds) * np.log(ds["size"].values))


def at(ds: xr.Dataset, size: int, load: float) -> xr.Dataset | None:
    """The recall point at this N and load, or None."""
    there = recall(ds)
    here = np.flatnonzero((there["size"].values == size) & (there["patterns"].values == round(load * size)))
    return there.isel(point=int(here[0])) if here.size else None


def largest(ds: xr.Dataset, load: float) -> xr.Dataset | None:
    """The recall point at this load and the largest N that has it, or None."""
    found = [point for size in sizes(recall(ds)) if (point := at(ds, size, load)) is not None]
    return found[-1] if found else None


def scaling(ds: xr.Dataset, config: Any) -> hp.scaling.Critical | None:
    """load_c of the retrieved fraction, from the sizes and loads that the configuration names; None for too few."""
    data, window = _fractions(ds), (config.fit_low, config.fit_high)
    used = data.within(*window, config.fit_from)
    if len(used.size) < 6 or not used.enough:
        return None
    return hp.scaling.critical(
        data, window=window, smallest=config.fit_from, resamples=config.resamples, seed=int(ds.attrs["seed"])
    )


@dataclass(frozen=True)
class Reading:
    """The transition without a scaling function: where pairs of sizes cross, and half-points continued to infinity.

    `systematic` is the largest shift by another order of the polynomial, or other sizes in it: `variants`.
    """

    crossings: hp.scaling.Thresholds
    half: hp.scaling.Thresholds
    line: hp.scaling.Extrapolated
    smallest: float
    variants: dict[str, float]

    @property
    def systematic(self) -> float:
        """The largest of these shifts."""
        return max((abs(value - self.line.critical) for value in self.variants.values()), default=0.0)

    @property
    def error(self) -> float:
        """Both errors in quadrature."""
        return float(np.hypot(self.line.error, self.systematic))


def clustering(ds: xr.Dataset, config: Any) -> float:
    """Variance over samples of the retrieved fraction, over that of independent patterns, in the fit's window."""
    data = _fractions(ds).within(config.fit_low, config.fit_high, config.fit_from)
    binomial = (data.mean * (1 - data.mean) / data.probes).sum()
    return float(np.nanvar(data.values, axis=1, ddof=1).sum() / binomial)


DRAWS = 40  # resamples of each curve: an error known to a ninth


def reading(ds: xr.Dataset, config: Any) -> Reading | None:
    """Crossings and half-points of the retrieved fraction; None for fewer than three sizes that have one."""
    data, seed, draws = _fractions(ds), int(ds.attrs["seed"]), min(config.resamples, DRAWS)
    half, most = (hp.scaling.thresholds(data, level, resamples=draws, seed=seed) for level in (0.5, MOST))
    known = half.sizes[np.isfinite(half.load) & (half.error > 0)]
    large = known[known >= config.fit_from]
    if len(large) < 3:
        return None
    order = 2 if len(large) > 3 else 1
    ways = {
        f"a polynomial of order {3 - order}": (half, large[0], 3 - order),
        "the smallest N left out": (half, large[1], order),
        f"the loads where {MOST} is kept": (most, large[0], order),
    }
    variants = {
        name: hp.scaling.extrapolate(found, smallest=smallest, order=power).critical
        for name, (found, smallest, power) in ways.items()
        if (np.isfinite(found.load[found.sizes >= smallest]) & (found.error[found.sizes >= smallest] > 0)).sum() > power
    }
    used = data.within(config.fit_low, config.fit_high, 0)
    crossings = hp.scaling.crossings(used, resamples=draws, seed=seed)
    line = hp.scaling.extrapolate(half, smallest=large[0], order=order)
    return Reading(crossings, half, line, float(large[0]), variants)


def uncorrected(ds: xr.Dataset, config: Any) -> list[hp.scaling.Fit]:
    """Fits without the correction to scaling: of all N, and with ever more of the smallest left out, down to three."""
    used = _fractions(ds).within(config.fit_low, config.fit_high, config.fit_from)
    starts = np.unique(used.size)[:-2]
    return [hp.scaling.fit(used.within(config.fit_low, config.fit_high, smallest)) for smallest in starts]


def _fractions(ds: xr.Dataset) -> hp.scaling.Fractions:
    """The retrieved fraction of every recall point."""
    there = recall(ds)
    size, probes = (there[name].values.astype(float) for name in ("size", "probes"))
    return hp.scaling.Fractions(size, loads(there), there["retrieved"].values.astype(float), probes)

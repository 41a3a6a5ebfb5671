"""Reading the joined Dataset of the blending study: thresholds and merging temperatures, with errors over disorder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

import hopphys as hp
from hopphys.statistics import mean_error

Array = npt.NDArray[Any]


def of_kind(ds: xr.Dataset, kind: str, **values: float) -> xr.Dataset:
    """The points of a kind with these values, without what they do not have."""
    chosen = ds["kind"].values == kind
    for name, value in values.items():
        chosen &= np.isclose(ds[name].values.astype(float), value)
    part = ds.isel(point=np.flatnonzero(chosen))
    for dim in part.dims:
        if dim != "point":
            part = part.dropna(dim, how="all", subset=[n for n in part.data_vars if dim in part[n].dims])
    return part


def apart(at: xr.Dataset) -> Array:
    """Share of a sample's patterns that are kept apart, (correlation, disorder): m_own - m_other > 3/4 (1 - c).

    What is lost in a loaded network is lost by a jump, from 0.88 (1 - c) of two or 0.96 (1 - c) of three, to a remnant
    of some 0.3 (1 - c) at these N.
    """
    return np.asarray(at["kept_apart"].transpose("correlation", "disorder").values.astype(float))


def threshold(c: Array, kept: Array) -> float:
    """Mutual overlap at which the mean of `kept` (correlation, disorder) falls through 1/2; NaN where it does not."""
    share = kept.mean(axis=-1)
    below = np.flatnonzero((share[:-1] >= 0.5) & (share[1:] < 0.5))
    if not below.size:
        return float("nan")
    i = int(below[0])
    return float(c[i] + (c[i + 1] - c[i]) * (share[i] - 0.5) / (share[i] - share[i + 1]))


def resampled(statistic: Callable[[Array], float], table: Array, resamples: int, seed: int) -> tuple[float, float]:
    """A statistic of (..., disorder) and its bootstrap error over disorder samples; NaN where half have no value."""
    drawn = hp.statistics.bootstrap(statistic, table, axis=table.ndim - 1, seed=seed, resamples=resamples)
    known = drawn[np.isfinite(drawn)]
    return float(statistic(table)), float(known.std(ddof=1)) if known.size > drawn.size / 2 else float("nan")


def spacing(grid: Array, value: float) -> float:
    """Spacing of a grid around a value over sqrt 12: the error of reading between two points."""
    place = int(np.clip(np.searchsorted(grid, value), 1, len(grid) - 1))
    return float((grid[place] - grid[place - 1]) / np.sqrt(12))


def threshold_error(at: xr.Dataset, resamples: int, seed: int) -> tuple[float, float]:
    """Mutual overlap at which half of the samples blend at rest, and its error."""
    return threshold_of(at["exact_correlation"].values, apart(at), resamples, seed)


def threshold_of(c: Array, kept: Array, resamples: int, seed: int) -> tuple[float, float]:
    """Mutual overlap at which half of `kept` (correlation, disorder) blend, and its error with the grid's spacing."""
    value, error = resampled(lambda table: threshold(c, table), kept, resamples, seed)
    return value, float(np.hypot(error, spacing(c, value))) if np.isfinite(value) else float("nan")


def pair_sites(at: xr.Dataset) -> tuple[int, int, float]:
    """N, differing sites and mutual overlap of one point of two patterns."""
    size, c = int(at["size"].item()), float(at["overlap_of_pair"].item())
    return size, round(size * (1 - c) / 2), c


SCALES = np.linspace(0.8, 1.25, 181)


def merging(at: xr.Dataset, resamples: int, seed: int) -> tuple[float, float]:
    """Temperature at which two patterns merge: of the exact finite curves |m_1 - m_2|(T (1 - c) / T_m), the T_m that
    fits all temperatures best, weighted by their errors; bootstrap over samples.
    """
    size, number, c = pair_sites(at)
    values = at["apart"].transpose("ratio", "disorder").values.astype(float)
    temperatures = at["ratio"].values * (1 - c)
    curves = np.stack([hp.theory.blending.separation_at(size, number, temperatures / s)[0] for s in SCALES])
    weight = 1 / mean_error(values)[1] ** 2

    def best(samples: Array) -> float:
        misfit = ((curves - samples.mean(axis=-1)) ** 2 * weight).sum(axis=-1)
        i = int(np.clip(np.argmin(misfit), 1, len(SCALES) - 2))
        a, b, _ = np.polyfit(SCALES[i - 1 : i + 2] - SCALES[i], misfit[i - 1 : i + 2], 2)
        return float(SCALES[i] - b / (2 * a)) * (1 - c)

    return resampled(best, values, resamples, seed)


def misfit(at: xr.Dataset) -> Array:
    """Deviation of |m_1 - m_2| from the exact finite sum in units of its error, (ratio,)."""
    size, number, c = pair_sites(at)
    values = at["apart"].transpose("ratio", "disorder").values.astype(float)
    centre, error = mean_error(values)
    theory, _ = hp.theory.blending.separation_at(size, number, at["ratio"].values * (1 - c))
    return np.asarray((centre - theory) / error)


def binder(at: xr.Dataset) -> tuple[Array, Array]:
    """Binder parameter of m_1 - m_2 at each temperature, with its jackknife error over samples."""
    moments = np.stack([at[name].transpose("ratio", "disorder").values for name in ("apart_2", "apart_4")]).astype(
        float
    )
    found = [
        hp.statistics.jackknife(lambda part: 1 - part[:, 1].mean() / (3 * part[:, 0].mean() ** 2), one.T)
        for one in moments.transpose(1, 0, 2)
    ]
    return np.array([float(one.value) for one in found]), np.array([float(one.error) for one in found])


def separated(at: xr.Dataset) -> tuple[float, float]:
    """Dreams after which all three patterns are kept, mean over samples and error; NaN if in some they never are."""
    fixed = at["kept"].transpose("dreams", "disorder").values >= 1
    dreams = at["dreams"].values.astype(float)
    first = fixed.argmax(axis=0)
    if not fixed.any(axis=0).all():
        return float("nan"), float("nan")
    # The event lies between two looks at the network: in the middle of them, give or take their spacing over sqrt 12.
    middle = np.where(first > 0, (dreams[first] + dreams[np.maximum(first - 1, 0)]) / 2, 0.0)
    step = np.where(first > 0, dreams[first] - dreams[np.maximum(first - 1, 0)], 0.0)
    error = np.hypot(middle.std(ddof=1) / np.sqrt(len(middle)), step.mean() / np.sqrt(12))
    return float(middle.mean()), float(error)


def crossing(x: Array, y: Array) -> float:
    """First x at which y falls through 0, on the straight line between two points; NaN where it does not."""
    below = np.flatnonzero((y[:-1] > 0) & (y[1:] <= 0))
    if not below.size:
        return float("nan")
    i = int(below[0])
    return float(x[i] + (x[i + 1] - x[i]) * y[i] / (y[i] - y[i + 1]))

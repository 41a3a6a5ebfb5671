"""Reading the joined Dataset of the unlearning study: positions on the axis of x, with errors over disorder samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from hopphys.statistics import bootstrap

Array = npt.NDArray[Any]


def mean(values: Array) -> Array:
    """Mean over the last axis of what is there; NaN where nothing is."""
    known = np.isfinite(values).sum(axis=-1)
    return np.asarray(np.where(known > 0, np.nansum(values, axis=-1) / np.maximum(known, 1), np.nan))


def mean_error(values: Array) -> tuple[Array, Array]:
    """Mean and standard error over the first axis, the disorder samples."""
    columns = np.moveaxis(values, 0, -1)
    centre = mean(columns)
    known = np.isfinite(columns).sum(axis=-1)
    squares = np.nansum((columns - centre[..., None]) ** 2, axis=-1)
    error = np.sqrt(squares / np.maximum(known - 1, 1) / np.maximum(known, 1))
    return centre, np.asarray(np.where(known > 1, error, np.nan))


def best(x: Array, at: Any) -> float:
    """x of the largest mean of the smallest stability, by the parabola through the three highest neighbours."""
    y = mean(at["stability"].T)
    i = int(np.clip(np.argmax(y), 1, len(y) - 2))
    a, b, _ = np.polyfit(x[i - 1 : i + 2] - x[i], y[i - 1 : i + 2], 2)
    return float(np.clip(x[i] - b / (2 * a), x[i - 1], x[i + 1])) if a < 0 else float(x[i])


def collapse(x: Array, at: Any) -> float:
    """x at which, after the best, the mean fraction of fixed patterns has fallen to half of its largest."""
    y = mean(at["fixed"].T)
    start = int(np.argmax(y))
    return _falls(x[start:], y[start:], float(y.max()) / 2)


def crossing(x: Array, at: Any) -> float:
    """x at which the mean energy of spurious states rises above that of the states that descent from patterns finds;

    NaN where it is not below to begin with, by three of its errors.
    """
    gap, error = mean_error(at["near_energy"] - at["spurious_energy"])
    return _falls(x, gap, 0.0) if gap[0] > 3 * error[0] else float("nan")


def _falls(x: Array, y: Array, level: float) -> float:
    """First x at which y falls through the level, on the straight line between two points; NaN where it does not."""
    below = np.flatnonzero((y[:-1] >= level) & (y[1:] < level))
    if not below.size:
        return float("nan")
    i = int(below[0])
    return float(x[i] + (x[i + 1] - x[i]) * (y[i] - level) / (y[i] - y[i + 1]))


NAMES = ("stability", "fixed", "near_energy", "spurious_energy")


def resampled(
    statistic: Callable[[Array, Any], float], at: xr.Dataset, resamples: int, seed: int
) -> tuple[float, float]:
    """A position and its error: bootstrap over disorder samples, and spacing / sqrt 12 for reading between points."""
    x = at["time"].values
    table = np.stack([at[name].values.astype(float) for name in NAMES], axis=1)  # (disorder, name, time)

    def position(samples: Array) -> float:
        return statistic(x, {name: samples[:, k] for k, name in enumerate(NAMES)})

    value = position(table)
    if not np.isfinite(value):
        return value, float("nan")
    # Rows are drawn by number: the energy of spurious states is no number where every start hits a pattern.
    drawn = bootstrap(
        lambda rows: position(table[rows.astype(int)]), np.arange(len(table)), seed=seed, resamples=resamples
    )
    spacing = float(np.diff(x)[min(int(np.searchsorted(x, value)), len(x) - 1) - 1])
    return value, float(np.hypot(np.nanstd(drawn, ddof=1), spacing / np.sqrt(12)))

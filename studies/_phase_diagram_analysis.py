"""Reading the joined Dataset of the phase-diagram study: transitions at each size, and their limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies._phase_diagram_runs import Array
from scipy.interpolate import CubicSpline

from hopphys import statistics
from hopphys.statistics import bootstrap

HALF = 0.5
ROWS = {"disorder": "warm cold near", "sample": "rung"}


@dataclass(frozen=True, eq=False)
class Group:
    """All disorder samples of one size, load and number of sweeps; arrays (disorder, ...) or (...) by name."""

    size: int
    patterns: int
    sweeps: int
    values: dict[str, Array]

    @property
    def load(self) -> float:
        return self.patterns / self.size

    def __getitem__(self, name: str) -> Array:
        return self.values[name]

    @property
    def samples(self) -> int:
        return max(len(array) for name, array in self.values.items() if array.ndim == 2 and name != "limit_counts")


def groups(ds: xr.Dataset, part: str) -> list[Group]:
    """The points of one measurement, blocks of disorder joined, by load and size."""
    found: dict[tuple[float, int, int], list[int]] = {}
    for index in np.flatnonzero(ds["part"].values == part):
        size, patterns, sweeps = (int(ds[name].values[index]) for name in ("size", "patterns", "sweeps"))
        found.setdefault((round(patterns / size, 6), size, sweeps), []).append(int(index))
    return [_group(ds.isel(point=found[key])) for key in sorted(found)]


def _group(ds: xr.Dataset) -> Group:
    values = {}
    for name, variable in ds.data_vars.items():
        array = variable.values.astype(float)
        if np.isnan(array).all():
            continue
        dims = variable.dims[1:]
        if dims[0] in ROWS:  # one row a disorder sample
            rows = [block[: int(count)] for block, count in zip(array, ds["samples"].values, strict=True)]
            array = np.concatenate(rows)
        else:
            array = array.sum(axis=0) if "counts" in str(name) else array[0]
        values[str(name)] = _trimmed(array, ds, dims)
    size, patterns, sweeps = (int(ds[name].values[0]) for name in ("size", "patterns", "sweeps"))
    return Group(size, patterns, sweeps, values)


AXES = {
    "warm": "warm_temperature", "cold": "cold_beta", "near": "limit_temperature", "rung": "glass_temperature",
}  # fmt: skip


def _trimmed(array: Array, ds: xr.Dataset, dims: tuple[Any, ...]) -> Array:
    """Without the steps that other points have and these have not."""
    axis = next((name for name in dims if name in AXES), None)
    if axis is None:
        return array
    known = ds[AXES[axis]].values[0] if ds["part"].values[0] != "plane" else ds[f"plane_{AXES[axis]}"].values[0]
    place = 0 if dims[0] == axis else 1
    return np.take(array, np.flatnonzero(np.isfinite(known)), axis=place)


def mean(rows: Array) -> Array:
    """Mean over the first axis of what is there; NaN where nothing is."""
    return np.asarray(statistics.mean_error(rows, axis=0)[0])


def mean_error(values: Array) -> tuple[Array, Array]:
    """Mean and standard error over the first axis, the disorder samples; what is NaN is not there."""
    centre, error = statistics.mean_error(values, axis=0)
    return centre, error


def resampled(statistic: Callable[[Array], float], samples: int, resamples: int, seed: int) -> tuple[float, float]:
    """A number read off chosen disorder samples, and its bootstrap error; NaN where it cannot be read."""
    value = statistic(np.arange(samples))
    drawn = bootstrap(lambda rows: statistic(rows.astype(int)), np.arange(samples), seed=seed, resamples=resamples)
    good = np.asarray(drawn, dtype=float)
    good = good[np.isfinite(good)]
    return value, float(good.std(ddof=1)) if good.size > resamples / 2 else float("nan")


def falls(x: Array, y: Array, level: float) -> float:
    """Last x at which y falls through the level, on the straight line between two points; NaN where it does not."""
    below = np.flatnonzero((y[:-1] >= level) & (y[1:] < level))
    if not below.size:
        return float("nan")
    i = int(below[-1])
    return float(x[i] + (x[i + 1] - x[i]) * (y[i] - level) / (y[i] - y[i + 1]))


def survival(group: Group, rows: Array) -> float:
    """Temperature at which half of the patterns are kept."""
    return falls(group["limit_temperature"], mean(group["limit_kept"][rows]), HALF)


def pattern_free_energy(temperature: Array, u: Array) -> CubicSpline:
    """f(T) = u_1 - T int_{T_1}^T (u - u_1) dT' / T'^2 from energies u at T_1 < ...: no entropy at T_1."""
    lost = CubicSpline(temperature, (u - u[0]) / temperature**2).antiderivative()
    grid = np.linspace(temperature[0], temperature[-1], 200)
    return CubicSpline(grid, u[0] - grid * lost(grid))


def glass_free_energy(beta: Array, u: Array) -> CubicSpline:
    """beta f = -ln 2 + int_0^beta u d beta' from energies u at rising beta, u = 0 at infinite T; as f(T)."""
    area = CubicSpline(np.concatenate([[0.0], beta]), np.concatenate([[0.0], u])).antiderivative()
    grid = np.linspace(1 / beta[-1], 1 / beta[0], 2000)
    return CubicSpline(grid, (area(1 / grid) - np.log(2)) * grid)


def branches(group: Group, rows: Array) -> tuple[CubicSpline, CubicSpline, float, float]:
    """f(T) of the patterns and of the glass in the same disorder, and between which temperatures both are known."""
    hot, u_hot = group["warm_temperature"], mean(group["warm_u"][rows])
    known = np.cumprod(np.isfinite(u_hot) & (mean(group["warm_kept"][rows]) > HALF)).astype(bool)
    beta, u_cold = group["cold_beta"], mean(group["cold_u"][rows])
    seen = np.cumprod(np.isfinite(u_cold)).astype(bool)
    pattern = pattern_free_energy(hot[known], u_hot[known])
    glass = glass_free_energy(beta[seen], u_cold[seen])
    return pattern, glass, max(float(hot[0]), float(1 / beta[seen][-1])), float(hot[known][-1])


def transition(group: Group, rows: Array) -> float:
    """T_c(N): where the free energies of the branches cross; NaN where they do not."""
    pattern, glass, low, high = branches(group, rows)
    if high <= low:
        return float("nan")
    grid = np.linspace(low, high, 400)
    return falls(grid, glass(grid) - pattern(grid), 0.0)


def crossing(small: Group, large: Group, rows_small: Array, rows_large: Array) -> float:
    """Temperature at which N^(2/3) <q^2> is the same at two sizes."""
    scaled = [
        np.log(group.size ** (2 / 3) * mean(group["glass_q2"][rows]))
        for group, rows in ((small, rows_small), (large, rows_large))
    ]
    order = np.argsort(small["glass_temperature"])
    return falls(small["glass_temperature"][order], (scaled[1] - scaled[0])[order], 0.0)


@dataclass(frozen=True)
class Limit:
    """A number for N -> infinity: by the line against N^-power.

    `statistical` is its error and `systematic` the largest shift among the other powers; `error` holds both. `scatter`
    is chi² of the line per degree of freedom; where it is above 1, the statistical error is multiplied by its root.
    """

    value: float
    statistical: float
    systematic: float
    scatter: float = float("nan")

    @property
    def error(self) -> float:
        return float(np.hypot(self.statistical, self.systematic))

    @property
    def fit(self) -> str:
        """How well the line fits, in words."""
        text = f"chi² per degree of freedom {self.scatter:.1f}"
        return f"{text}, by whose root the error is multiplied" if self.scatter > 1 else text


def limit(sizes: Array, values: Array, errors: Array, power: float, others: tuple[float, ...] = ()) -> Limit:
    """Weighted straight line against N^-power; needs two sizes."""
    good = np.isfinite(values) & np.isfinite(errors) & (errors > 0)
    if good.sum() < 2:
        return Limit(float("nan"), float("nan"), float("nan"))
    value, error, scatter = _intercept(sizes[good], values[good], errors[good], power)
    shifts = [abs(_intercept(sizes[good], values[good], errors[good], other)[0] - value) for other in others]
    return Limit(value, error, max(shifts, default=0.0), scatter)


def _intercept(sizes: Array, values: Array, errors: Array, power: float) -> tuple[float, float, float]:
    design = np.stack([np.ones(len(sizes)), sizes.astype(float) ** -power], axis=1) / errors[:, None]
    covariance = np.linalg.inv(design.T @ design)
    solution = covariance @ design.T @ (values / errors)
    scatter = float(np.sum((design @ solution - values / errors) ** 2) / max(len(sizes) - 2, 1))
    return float(solution[0]), float(np.sqrt(covariance[0, 0] * max(1.0, scatter))), scatter

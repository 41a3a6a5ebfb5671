"""Reading the joined Dataset of the basins study: radii and widths of basins, with errors over disorder samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

import hopphys as hp
from hopphys import statistics

Array = npt.NDArray[Any]
WRONG = 100  # bits
SEEN = 0.05  # radii below 1 - 0.95 belong to cues that count as recalled where they start


def mean_error(values: Array) -> tuple[Array, Array]:
    """Mean and standard error over the first axis, the disorder samples; what is NaN is not there."""
    centre, error = statistics.mean_error(values, axis=0)
    return centre, error


def of_kind(ds: xr.Dataset, kind: str) -> list[xr.Dataset]:
    """The points of one kind, by N and load."""
    there = ds.isel(point=np.flatnonzero(ds["kind"].values == kind))
    order = np.lexsort((there["patterns"].values, there["size"].values))
    return [there.isel(point=int(number)) for number in order]


def basins(ds: xr.Dataset, rule: str, size: int) -> list[xr.Dataset]:
    """The points at which this rule's basins were looked at, by load, each for the rule alone."""
    found = [at.sel(rule=rule) for at in of_kind(ds, "basin") if at["size"].item() == size and rule in at["rule"]]
    return [at for at in found if np.isfinite(at["final"].values).any()]


def rules(ds: xr.Dataset) -> list[str]:
    """The rules that were looked at, in the order of the catalogue."""
    there = {str(name) for name in ds["rule"].values} if "rule" in ds.coords else set()
    return [name for name in hp.learning.RULES if name in there]


def load(at: xr.Dataset) -> float:
    """P / N, which rounding of P has moved a little from the load asked for."""
    return float(at["patterns"].item() / at["size"].item())


def table(at: xr.Dataset, name: str, cue: str | None = None) -> tuple[Array, Array]:
    """Initial overlaps (M,), and values (disorder, M) of one kind of cue, of what was measured."""
    values = (at[name] if cue is None else at[name].sel(cue=cue)).transpose(..., "overlap").values.astype(float)
    rows = values[np.isfinite(values).any(axis=-1)]
    there = np.isfinite(rows).all(axis=0)
    return at["overlap"].values[there], rows[:, there]


def crossing(m0: Array, curve: Array, level: float = 0.5) -> float:
    """The initial overlap above which the curve stays above the level, on the straight line between two points.

    1 where it ends below; at 0 nothing is recalled, for all patterns are as near.
    """
    x, y = np.append(0.0, m0), np.append(0.0, curve)
    if y[-1] < level:
        return 1.0
    i = int(np.flatnonzero(y < level)[-1])
    return float(x[i] + (x[i + 1] - x[i]) * (level - y[i]) / (y[i + 1] - y[i]))


def radius(m0: Array, recalled: Array) -> float:
    """R = 1 - m_c of samples (disorder, M)."""
    return 1.0 - crossing(m0, recalled.mean(axis=0))


def width(m0: Array, recalled: Array) -> float:
    """Initial overlaps between a quarter and three quarters of the cues recalled."""
    curve = recalled.mean(axis=0)
    return crossing(m0, curve, 0.75) - crossing(m0, curve, 0.25)


def resampled(statistic: Callable[[Array], float], samples: Array, resamples: int, seed: int) -> tuple[float, float]:
    """A number and its bootstrap error over the first axis."""
    drawn = hp.statistics.bootstrap(statistic, samples, seed=seed, resamples=resamples)
    return statistic(samples), float(drawn.std(ddof=1))


def radius_error(at: xr.Dataset, cue: str, resamples: int, name: str = "recalled") -> tuple[float, float]:
    """R and its error: bootstrap over disorder, and spacing / sqrt 12 for reading between initial overlaps."""
    m0, rows = table(at, name, cue if "cue" in at[name].dims else None)
    value, error = resampled(lambda part: radius(m0, part), rows, resamples, int(at.attrs["seed"]))
    spacing = np.diff(np.append(0.0, m0))[min(int(np.searchsorted(m0, 1 - value)), len(m0) - 1)]
    return value, float(np.hypot(error, spacing / np.sqrt(12)))


def gain(at: xr.Dataset, cue: str, resamples: int) -> tuple[float, float]:
    """Radius of one kind of cue less that of flipped ones; both in the same networks, so resampled together."""
    m0, one = table(at, "recalled", cue)
    both = np.stack([one, table(at, "recalled", "flipped")[1]], axis=1)

    def difference(part: Array) -> float:
        return radius(m0, part[:, 0]) - radius(m0, part[:, 1])

    return resampled(difference, both, resamples, int(at.attrs["seed"]))


def width_error(at: xr.Dataset, resamples: int) -> tuple[float, float]:
    """Width of the edge, flipped cues, and its error; both its ends are read between initial overlaps."""
    m0, rows = table(at, "recalled", "flipped")
    value, error = resampled(lambda part: width(m0, part), rows, resamples, int(at.attrs["seed"]))
    spacing = float(np.median(np.diff(m0)))
    return value, float(np.hypot(error, spacing / np.sqrt(6)))


def two_sizes(ds: xr.Dataset, rule: str, config: Any) -> list[xr.Dataset]:
    """The rule's points at the larger N, each after that of the same load at the smaller, if there is one."""
    larger = basins(ds, rule, config.large)
    loads = [load(at) for at in larger]
    smaller = [at for at in basins(ds, rule, config.size) if any(abs(load(at) - other) < 1e-6 for other in loads)]
    return sorted([*smaller, *larger], key=lambda at: (load(at), at["size"].item()))


def open_basin(at: xr.Dataset) -> bool:
    """Whether the radius, flipped cues, lies where it can be measured: not 0, and not all there is."""
    m0, rows = table(at, "recalled", "flipped")
    return bool(SEEN < radius(m0, rows) < 1 - m0[0])


def excess(at: xr.Dataset) -> xr.DataArray:
    """Measured less expected overlap after one step, where the cue is not the pattern itself."""
    return (at["first"] - at["expected"]).where(at["overlap"] < 1)


def deviations(at: xr.Dataset) -> Array:
    """The same over its standard errors, where so many wrong bits are expected that it is near to a Gaussian."""
    bits = at["samples"].item() * at["cues"].item() * at["size"].item()
    seen = (1 - at["expected"].mean("disorder")) / 2 * bits > WRONG
    mean, error = mean_error(excess(at).where(seen).transpose("disorder", ...).values)
    known = np.isfinite(error) & (error > 0)
    return np.asarray(mean[known] / error[known])


def courses(ds: xr.Dataset) -> dict[tuple[float, float], list[xr.Dataset]]:
    """The points of synchronous steps by load and initial overlap, smaller N first."""
    found: dict[tuple[float, float], list[xr.Dataset]] = {}
    for at in of_kind(ds, "steps"):
        found.setdefault((round(load(at), 6), start(at)), []).append(at)
    return found


def start(at: xr.Dataset) -> float:
    """The one initial overlap of a point."""
    return float(str(at["overlaps"].item()).strip("(,) "))


def course(at: xr.Dataset) -> tuple[Array, Array]:
    """Mean overlap after 0, 1, 2, ... steps, and its error."""
    values = at["course"].transpose("disorder", "step").values.astype(float)
    return mean_error(values[np.isfinite(values).all(axis=-1)])


def extrapolated(parts: list[xr.Dataset]) -> tuple[Array, Array]:
    """The same at infinite N, on the straight line in 1/N through two sizes."""
    (one, few), (two, many) = ((course(at), at["size"].item()) for at in parts[:2])
    share = many / (many - few)
    return share * two[0] + (1 - share) * one[0], np.hypot(share * two[1], (1 - share) * one[1])

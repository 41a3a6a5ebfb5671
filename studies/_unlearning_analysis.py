"""Reading the joined Dataset of the unlearning study: positions on the axis of x, with errors over disorder samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from hopphys import statistics
from hopphys.statistics import bootstrap

Array = npt.NDArray[Any]
Samples = Mapping[str, Array]  # quantities of every disorder sample, the first axis, at every x
WIDTH = 0.03  # a maximum is read off the parabola through the points no further than this from the highest


def mean(values: Array) -> Array:
    """Mean over the last axis of what is there; NaN where nothing is."""
    return np.asarray(statistics.mean_error(values)[0])


def mean_error(values: Array) -> tuple[Array, Array]:
    """Mean and standard error over the first axis, the disorder samples; what is NaN is not there."""
    centre, error = statistics.mean_error(values, axis=0)
    return centre, error


def each(ds: xr.Dataset) -> Iterator[xr.Dataset]:
    """The points one by one, without the samples and looks that only others have."""
    for number in range(ds.sizes["point"]):
        at = ds.isel(point=number)
        yield at.isel(disorder=slice(int(at["samples"]))).isel(look=np.isfinite(at["x"].values))


def kind(ds: xr.Dataset, *kinds: str) -> list[xr.Dataset]:
    """The points of these kinds of patterns."""
    return [at for at in each(ds) if str(at["kind"].item()) in kinds]


def main(ds: xr.Dataset, size: int, rate: float) -> list[xr.Dataset]:
    """Random patterns at one size and rate, by load."""
    found = [at for at in kind(ds, "random") if at["size"] == size and np.isclose(at["rate"], rate)]
    return sorted(found, key=load)


def load(at: xr.Dataset) -> float:
    return float(at["patterns"].item() / at["size"].item())


def name_of(at: xr.Dataset) -> str:
    """A point in words: "load 0.30" at the main size, and what is special about others."""
    kind, size, count = str(at["kind"].item()), int(at["size"]), int(at["patterns"])
    if kind in ("glyphs", "digits"):
        return f"{count} {'letters' if kind == 'glyphs' else 'handwritten digits'}, N = {size}"
    special = f", overlaps {float(at['correlation']):g}" if kind == "correlated" else ""
    return f"N = {size}, load {load(at):.2f}{special}"


def best(x: Array, at: Samples) -> float:
    """x of the largest mean of the smallest stability, by the parabola through what lies around the highest."""
    y = mean(at["stability"].T)
    i = int(np.clip(np.argmax(y), 1, len(y) - 2))
    low = min(i - 1, int(np.searchsorted(x, x[i] - WIDTH * 1.001)))
    high = max(i + 2, int(np.searchsorted(x, x[i] + WIDTH * 1.001)))
    a, b, _ = np.polyfit(x[low:high] - x[i], y[low:high], 2)
    return float(np.clip(x[i] - b / (2 * a), x[low], x[high - 1])) if a < 0 else float(x[i])


def collapse(x: Array, at: Samples) -> float:
    """x at which, after the best, the mean fraction of fixed patterns has fallen to half of its largest."""
    y = mean(at["fixed"].T)
    start = int(np.flatnonzero(y == y.max())[-1])
    return falls(x[start:], y[start:], float(y.max()) / 2)


def crossing(x: Array, at: Samples) -> float:
    """x at which the mean energy of spurious states rises above that of the states that descent from patterns finds.

    Looked for between the x where spurious states lie deepest below, among those where they do by three errors, and
    the x where they stand highest above; NaN where they never are below. The mean at x = 0 may be of few, scattered
    samples, so a difference that is largest there but within its errors does not hide the others.
    """
    gap, error = mean_error(at["near_energy"] - at["spurious_energy"])
    gap = np.where(np.isfinite(gap), gap, 0.0)
    top = int(np.argmin(gap))
    below = np.where(gap > 3 * error, gap, 0.0)[: top + 1]
    start = int(np.argmax(below))
    return falls(x[start : top + 1], gap[start : top + 1], 0.0) if below[start] > 0 else float("nan")


def exhausted(x: Array, at: Samples) -> float:
    """x at which the couplings' trace in the space of the patterns is used up, on a straight line."""
    return falls(x, mean(at["weight"].T), 0.0)


def radius(flip: Array, recalled: Array) -> float:
    """Fraction of flipped bits up to which at least half of the cues are recalled; 0 where the patterns are lost.

    The largest flip where even these cues are recalled: a lower bound.
    """
    if recalled[0] < 0.5:
        return 0.0
    fallen = falls(flip, recalled, 0.5)
    return fallen if np.isfinite(fallen) else float(flip[-1])


def falls(x: Array, y: Array, level: float) -> float:
    """First x at which y falls through the level, on the straight line between two points; NaN where it does not."""
    below = np.flatnonzero((y[:-1] >= level) & (y[1:] < level))
    if not below.size:
        return float("nan")
    i = int(below[0])
    return float(x[i] + (x[i + 1] - x[i]) * (y[i] - level) / (y[i] - y[i + 1]))


def resampled(statistic: Callable[[Samples], float], at: Samples, resamples: int, seed: int) -> tuple[float, float]:
    """A number made of all samples, and its bootstrap error over them."""
    value = statistic(at)
    if not np.isfinite(value):
        return value, float("nan")
    # Rows are drawn by number: the energy of spurious states is no number where every start hits a pattern.
    rows = np.arange(len(next(iter(at.values()))))
    drawn = bootstrap(
        lambda some: statistic({name: values[some.astype(int)] for name, values in at.items()}),
        rows,
        seed=seed,
        resamples=resamples,
    )
    return value, float(np.nanstd(drawn, ddof=1))


NAMES = ("stability", "fixed", "near_energy", "spurious_energy", "weight")


def position(
    statistic: Callable[[Array, Samples], float], at: xr.Dataset, resamples: int, seed: int
) -> tuple[float, float]:
    """A position and its error: bootstrap over disorder samples, and spacing / sqrt 12 for reading between points."""
    x = at["x"].values
    value, error = resampled(lambda samples: statistic(x, samples), samples(at, *NAMES), resamples, seed)
    if not np.isfinite(value):
        return value, float("nan")
    return value, float(np.hypot(error, _spacing(x, value) / np.sqrt(12)))


def apart(
    first: Callable[[Array, Samples], float],
    second: Callable[[Array, Samples], float],
    at: xr.Dataset,
    resamples: int,
    seed: int,
) -> tuple[float, float]:
    """First position minus the second, and its error: both of the same samples, which are drawn together.

    Spacing / sqrt 12 is added for reading the first between points.
    """
    x = at["x"].values
    table = samples(at, *NAMES)
    value, error = resampled(lambda some: first(x, some) - second(x, some), table, resamples, seed)
    if not np.isfinite(value):
        return value, float("nan")
    return value, float(np.hypot(error, _spacing(x, first(x, table)) / np.sqrt(12)))


def _spacing(x: Array, value: float) -> float:
    """Of the looks around a position."""
    return float(np.diff(x)[np.clip(np.searchsorted(x, value), 1, len(x) - 1) - 1])


def samples(at: xr.Dataset, *names: str) -> dict[str, Array]:
    """Values of a point with the samples first: (disorder, ...)."""
    return {name: at[name].transpose("disorder", ...).values.astype(float) for name in names}


def best_look(at: xr.Dataset) -> int:
    """Number of the look with the largest mean of the smallest stability."""
    return int(np.argmax(at["stability"].mean("disorder").values))


def noisy(recalled: Array) -> Array:
    """(..., flip) -> (...): fraction recalled, the mean over all cues with flipped bits; flip 0 is no cue."""
    return np.asarray(recalled[..., 1:].mean(axis=-1))


def gain(recall: Array) -> tuple[float, float]:
    """Recall at the best finite time minus that at infinity, (disorder, kernel with infinity last), and its error.

    The best time is chosen on one half of the samples and used on the other, both ways: a maximum chosen on the same
    samples would be above infinity by chance alone.
    """
    return largest(recall[:, :-1] - recall[:, -1:])


def largest(table: Array) -> tuple[float, float]:
    """Mean over samples of (disorder, look) at the look that is best in the other half of them, and its error."""
    halves = (slice(0, None, 2), slice(1, None, 2))
    pairs = (halves, halves[::-1])
    values = [table[there][:, int(np.argmax(table[here].mean(axis=0)))] for here, there in pairs]
    centre, error = mean_error(np.concatenate(values))
    return float(centre), float(error)


def best_time(t: Array, at: Samples) -> float:
    """log2 of the finite time at which noisy recall is largest: parabola through the highest and its neighbours."""
    y, u = noisy(at["kernel_recalled"]).mean(axis=0)[1:-1], np.log2(t[1:-1])
    i = int(np.clip(np.argmax(y), 1, len(y) - 2))
    a, b, _ = np.polyfit(u[i - 1 : i + 2] - u[i], y[i - 1 : i + 2], 2)
    return float(np.clip(u[i] - b / (2 * a), u[i - 1], u[i + 1])) if a < 0 else float(u[int(np.argmax(y))])


def matched(at: xr.Dataset) -> Array:
    """(look,) time t of the kernel whose smallest stability is that of the network after x.

    NaN beyond the best x, and where t is below 0.1: there the two differ by their noise.
    """
    t = at["t"].values
    u = np.log1p(t[:-1])
    kernel = at["kernel_stability"].mean("disorder").values[:-1]
    dreams = at["stability"].mean("disorder").values
    rising = np.arange(len(dreams)) <= np.argmax(dreams)
    inside = rising & (dreams >= kernel[0]) & (dreams <= kernel.max())
    # The kernel's stability rises with t: read backwards.
    time = np.expm1(np.interp(dreams, kernel, u))
    return np.where(inside & (time >= 0.1), time, np.nan)


def crosses(loads: Array, values: Array, errors: Array, level: float) -> tuple[float, float]:
    """Load at which values fall through the level, on a straight line, and its error from theirs."""
    where = falls(loads, values, level)
    if not np.isfinite(where):
        return where, float("nan")
    i = int(np.flatnonzero((values[:-1] >= level) & (values[1:] < level))[0])
    share = (where - loads[i]) / (loads[i + 1] - loads[i])
    slope = (values[i + 1] - values[i]) / (loads[i + 1] - loads[i])
    return where, float(np.hypot((1 - share) * errors[i], share * errors[i + 1]) / abs(slope))

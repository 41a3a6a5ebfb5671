"""Reading the joined Dataset of the damage study: theory point by point, N to infinity, where retrieval ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import xarray as xr
from hopphys.studies._damage_networks import KINDS, WEIGHTS, Array

import hopphys as hp
from hopphys.statistics import mean_error

ALL = 0.98  # of the patterns at every size: the overlap of the retrieved ones is then that of the state
theory = hp.theory.noise


def stack(ds: xr.Dataset, name: str) -> Array:
    """A variable as float (point, disorder)."""
    return np.asarray(ds[name].transpose("point", "disorder").values, dtype=float)


def curve(ds: xr.Dataset, kind: str, load: float | None = None, size: int | None = None) -> xr.Dataset:
    """The points of one damage, by strength; of one load that was asked for and of one size before the damage.

    The size of "smaller" networks is that of the network that would shrink to them.
    """
    keep = ds["kind"].values == kind
    if load is not None:
        keep &= np.isclose(ds["load"].values, load)
    if size is not None:
        keep &= np.isclose(ds["size"].values * grown(ds), size, atol=1.5)
    found = ds.isel(point=np.flatnonzero(keep))
    return found.isel(point=np.lexsort((found["ratio"].values, found["size"].values)))


def grown(ds: xr.Dataset) -> Array:
    """1 / (1 - f) of "smaller" networks, which lack from the start what damage would remove; 1 for others."""
    return np.asarray(np.where(ds["kind"].values == "smaller", 1 + ds["noise"].values ** 2, 1.0))


def sizes(ds: xr.Dataset) -> list[int]:
    """Sizes before damage, of Hebb's networks."""
    return [int(n) for n in np.unique(ds["size"].values[np.isin(ds["kind"].values, ("dilution", "intact"))])]


def loads(ds: xr.Dataset) -> list[float]:
    """Loads that were asked for, of damage whose strength was varied."""
    return [float(load) for load in np.unique(ds["load"].values[ds["kind"].values == "dilution"])]


def effective(ds: xr.Dataset) -> Array:
    """Load of what is left: P over the sites that remain."""
    gone = np.where(ds["kind"].values == "units", 1 + ds["noise"].values ** 2, 1.0)
    return np.asarray(ds["patterns"].values / np.rint(ds["size"].values / gone))


def delta(ds: xr.Dataset) -> Array:
    """Delta of the static noise that the damage is; 0 for intact networks and removed units."""
    noise = ds["noise"].values * np.sqrt(ds["patterns"].values / ds["size"].values)
    return np.asarray(np.where(np.isin(ds["kind"].values, WEIGHTS), noise, 0.0))


@cache
def _warm(load: float, temperature: float, noise: float) -> float:
    return theory.overlap_at(load, temperature, noise)


def equilibrium(ds: xr.Dataset) -> Array:
    """Overlap of the retrieval state at the temperature, by theory, (point,); 0 where it is lost."""
    table = zip(effective(ds), ds["temperature"].values, delta(ds), strict=True)
    return np.array([_warm(float(load), float(t), float(noise)) for load, t, noise in table])


def ground(ds: xr.Dataset) -> Array:
    """The same at T = 0."""
    return theory.overlap(effective(ds), delta(ds))


@dataclass(frozen=True)
class Continued:
    """The overlap of retrieved patterns continued to infinite N, beside theory; at the strength `ratio` of damage."""

    kind: str
    load: float
    ratio: float
    delta: float
    measured: float
    error: float
    expected: float
    sizes: int
    freedom: float  # of the error, by Welch and Satterthwaite

    @property
    def away(self) -> float:
        """Measured minus expected, in standard errors."""
        return (self.measured - self.expected) / self.error


def continued(ds: xr.Dataset) -> list[Continued]:
    """Every damage and strength at which nearly all patterns are retrieved at two sizes or more.

    The difference to theory, each size at its own P and N, is fitted by a line in 1/N. Its weights are those of errors
    that fall as 1/sqrt(N samples): weights from the measured errors would follow those that are too small by chance.
    """
    found = []
    for kind in ("intact", *WEIGHTS):
        there = curve(ds, kind)
        for load, ratio in sorted({(float(a), float(b)) for a, b in zip(there["load"], there["ratio"], strict=True)}):
            at = there.isel(point=np.flatnonzero((there["load"].values == load) & (there["ratio"].values == ratio)))
            at = at.isel(point=np.flatnonzero(mean_error(stack(at, "warm_retrieved"))[0] >= ALL))
            if at.sizes["point"] > 1 and (one := _line(kind, load, ratio, at)) is not None:
                found.append(one)
    return found


def _line(kind: str, load: float, ratio: float, at: xr.Dataset) -> Continued | None:
    expected = equilibrium(at)
    mean, error = mean_error(stack(at, "warm_recalled"))
    if not (expected > 0).all() or not (error > 0).all():
        return None
    samples = np.isfinite(stack(at, "warm_recalled")).sum(axis=-1)
    design = np.stack([np.ones(len(mean)), 1 / at["size"].values], axis=-1)
    weight = np.sqrt(at["size"].values * samples)[:, None]
    parts = np.linalg.pinv(design * weight)[0] * weight[:, 0]  # of each size in the value at 1/N = 0
    shift, variance = float(parts @ (mean - expected)), (parts * error) ** 2
    largest = int(np.argmax(at["size"].values))
    return Continued(
        kind,
        load,
        ratio,
        float(delta(at)[largest]),
        float(expected[largest]) + shift,
        float(np.sqrt(variance.sum())),
        float(expected[largest]),
        len(mean),
        float(variance.sum() ** 2 / (variance**2 / (samples - 1)).sum()),
    )


@dataclass(frozen=True)
class Edge:
    """Where retrieval ends under one damage: Delta or load, crossed by the curves of two sizes."""

    kind: str
    load: float  # that was asked for; NaN where the load itself is the strength
    critical: float
    statistical: float
    systematic: float
    halves: tuple[tuple[int, float, float], ...]  # of each size: where half is retrieved, and its error

    @property
    def error(self) -> float:
        return float(np.hypot(self.statistical, self.systematic))


def strength(at: xr.Dataset) -> Array:
    """What is varied along a curve: Delta, or the load where the damage leaves no choice, or the fraction of units."""
    kind = str(at["kind"].values[0])
    if kind in ("units", "smaller"):
        return np.asarray(at["removed"].values)
    return effective(at) if kind in ("intact", "clip") else delta(at)


def fractions(at: xr.Dataset, name: str) -> hp.scaling.Fractions:
    size = np.rint(at["size"].values * grown(at)).astype(float)
    return hp.scaling.Fractions(size, strength(at), stack(at, name), at["probes"].values.astype(float))


def edge(ds: xr.Dataset, kind: str, load: float | None, name: str, resamples: int) -> Edge:
    """The crossing of the two largest sizes; its systematic error is how far that of the two before lies from it."""
    at = curve(ds, kind, load)
    data, seed = fractions(at, name), int(ds.attrs["seed"])
    half = hp.scaling.thresholds(data, resamples=resamples, seed=seed)
    cross = hp.scaling.crossings(data, resamples=resamples, seed=seed)
    moved = float(abs(np.diff(cross.load[-2:])[0])) if len(cross.load) > 1 else 0.0
    halves = tuple((int(n), float(x), float(e)) for n, x, e in zip(half.sizes, half.load, half.error, strict=True))
    where = np.nan if load is None else load
    return Edge(kind, where, float(cross.load[-1]), float(cross.error[-1]), moved, halves)


def edges(ds: xr.Dataset, name: str, resamples: int) -> list[Edge]:
    """The ends of retrieval under all damage to weights, and without, where the curves cross.

    Fits to very few patterns may cross at a strength below 0, which no damage has: they have no end.
    """
    found = [edge(ds, kind, None, name, resamples) for kind in ("intact", "clip")]
    found += [edge(ds, kind, load, name, resamples) for load in loads(ds) for kind in ("dilution", "noise", "one-way")]
    return [one for one in found if one.critical > 0 and np.isfinite(one.critical) and np.isfinite(one.error)]


def beside(ds: xr.Dataset, name: str) -> tuple[float, float]:
    """Networks after the loss of units minus networks that were as small from the start: mean over all, and error."""
    differences, squares = [], []
    for load in loads(ds):
        for size in sizes(ds):
            hurt, small = (by_removed(curve(ds, kind, load, size)) for kind in ("units", "smaller"))
            (a, da), (b, db) = (mean_error(stack(at, name)) for at in (hurt, small))
            differences.append(a - b)
            squares.append(da**2 + db**2)
    every = np.concatenate(differences)
    return float(every.mean()), float(np.sqrt(np.concatenate(squares).sum()) / every.size)


def by_removed(at: xr.Dataset) -> xr.Dataset:
    return at.isel(point=np.argsort(at["removed"].values))


def survived(at: xr.Dataset, harm: str, resamples: int, seed: int) -> tuple[float, float]:
    """Fraction removed at which half of the cues are lost, on the line between two fractions; NaN where none is.

    Error: bootstrap over disorder, and spacing / sqrt 12 for reading between fractions.
    """
    at = of_its_own(at)
    table = np.asarray(at["left"].sel(harm=harm).transpose("disorder", "fraction").values, dtype=float)
    removed = at["fraction"].values

    def falls(samples: Array) -> float:
        y = samples.mean(axis=0)
        below = np.flatnonzero((y[:-1] >= 0.5) & (y[1:] < 0.5))
        if not below.size:
            return float("nan")
        i = int(below[0])
        return float(removed[i] + (removed[i + 1] - removed[i]) * (y[i] - 0.5) / (y[i] - y[i + 1]))

    drawn = hp.statistics.bootstrap(falls, table, seed=seed, resamples=resamples)
    found, value = drawn[np.isfinite(drawn)], falls(table)
    if found.size < 2 or not np.isfinite(value):
        return value, float("nan")
    spacing = np.diff(removed)[max(int(np.searchsorted(removed, value)), 1) - 1]
    return value, float(np.hypot(found.std(ddof=1), spacing / np.sqrt(12)))


def of_its_own(at: xr.Dataset) -> xr.Dataset:
    """A rule at one load, with its own fractions and disorder samples alone; those of others are NaN when joined."""
    return at.dropna("fraction", how="all", subset=["left"]).dropna("disorder", how="all", subset=["left"])


__all__ = [
    "KINDS", "Continued", "Edge", "beside", "by_removed", "continued", "curve", "delta", "edge", "edges", "effective",
    "equilibrium", "fractions", "ground", "loads", "mean_error", "of_its_own", "sizes", "stack", "strength", "survived",
]  # fmt: skip

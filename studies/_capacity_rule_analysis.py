"""Reading what all rules did on the same patterns: where each of them loses half, with errors over disorder samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from hopphys.studies import _capacity_rules as learning
from hopphys.studies._capacity_analysis import Array, loads

import hopphys as hp
from hopphys.statistics import mean_error

LEVEL = 0.5
FEW = 4  # disorder samples below which a size has no half-point: how it scatters is not known
# Not exactly fixed patterns, whose load goes to 0 as N grows, nor units of a perceptron that had only so many sweeps.
SCALED = ("retrieved", "cue_retrieved")
MIXED = ("storkey",)  # early patterns are lost before late ones, at any N: a fraction of all of them has no transition


@dataclass(frozen=True)
class Transition:
    """Where a fraction falls through one half at each N, and for infinite N, if three sizes or more show that.

    half : load at one half of each N with bootstrap errors
    critical : by a finite-size scaling fit; None where there are fewer than three such sizes, or the fit finds none
    """

    rule: str
    name: str
    half: hp.scaling.Thresholds
    critical: hp.scaling.Critical | None

    @property
    def shown(self) -> list[tuple[int, float, float]]:
        """N, load and error of the sizes that have a half-point with an error."""
        rows = zip(self.half.sizes, self.half.load, self.half.error, strict=True)
        return [(int(size), float(load), float(error)) for size, load, error in rows if np.isfinite(load + error)]


def of(ds: xr.Dataset, rule: str) -> xr.Dataset:
    """The points of one rule, by N and load; those of a palimpsest count recent patterns only."""
    if rule not in ds["rule"].values:
        return ds.isel(point=[], rule=0)
    there = ds.sel(rule=rule)
    there = there.isel(point=np.flatnonzero(np.isfinite(there["rule_exact"].values).any(axis=-1)))
    return there.isel(point=np.lexsort((there["patterns"].values, there["size"].values)))


def fractions(ds: xr.Dataset, rule: str, name: str) -> hp.scaling.Fractions:
    """A fraction that the rule has at every N and load; fractions of units count each unit as one attempt."""
    there = of(ds, rule)
    size, values = there["size"].values.astype(float), there[f"rule_{name}"].values.astype(float)
    known = np.isfinite(values).sum(axis=-1) >= FEW
    attempts = size if name == "units" else there["probes"].values.astype(float)
    return hp.scaling.Fractions(size[known], loads(there)[known], values[known], attempts[known])


def transition(ds: xr.Dataset, rule: str, name: str, resamples: int, limit: bool = True) -> Transition | None:
    """None where no size falls through one half within the loads."""
    data, seed = fractions(ds, rule, name), int(ds.attrs["seed"])
    if not len(data.size):
        return None
    half = hp.scaling.thresholds(data, LEVEL, resamples=resamples, seed=seed)
    seen = half.sizes[np.isfinite(half.load)]
    if not seen.size:
        return None
    scales = limit and name in SCALED and rule not in MIXED and len(seen) > 2
    return Transition(rule, name, half, _critical(data.of(*seen), resamples, seed) if scales else None)


def _critical(data: hp.scaling.Fractions, resamples: int, seed: int) -> hp.scaling.Critical | None:
    window = (float(data.load.min()) - 1e-9, float(data.load.max()) + 1e-9)
    if len(data.size) < 8:
        return None
    found = hp.scaling.critical(data, window=window, smallest=0, resamples=resamples, seed=seed)
    return found if np.isfinite(found.fit.critical + found.error) else None


def zero(ds: xr.Dataset, rule: str, name: str, size: int, resamples: int) -> tuple[float, float]:
    """Load at which the mean over samples falls through 0, on a straight line between two loads, and its error."""
    there = of(ds, rule)
    there = there.isel(point=np.flatnonzero(there["size"].values == size))
    load, values = loads(there), there[f"rule_{name}"].values.astype(float)
    known = [row[np.isfinite(row)] for row in values]
    if len(known) < 2 or min(map(len, known)) < 2:
        return float("nan"), float("nan")

    def falls(*rows: Array) -> float:
        return _falls(load, np.array([row.mean() for row in rows]))

    drawn = hp.statistics.bootstrap(falls, *known, seed=int(ds.attrs["seed"]), resamples=resamples)
    found = drawn[np.isfinite(drawn)]
    return falls(*known), float(found.std(ddof=1)) if len(found) > len(drawn) / 2 else float("nan")


def _falls(load: Array, mean: Array) -> float:
    below = np.flatnonzero((mean[:-1] >= 0) & (mean[1:] < 0))
    if not below.size:
        return float("nan")
    i = int(below[0])
    return float(load[i] + (load[i + 1] - load[i]) * mean[i] / (mean[i] - mean[i + 1]))


def margins(ds: xr.Dataset) -> list[tuple[float, list[tuple[int, float, float]]]]:
    """Largest stabilities by minimum overlap: load, then N, mean and error, of the loads that three sizes share.

    Rounding of P moves the load by up to ½/N: values are moved back along Gardner's line.
    """
    there = of(ds, "minimum_overlap")
    mean, error = mean_error(there["rule_margin"].values.astype(float))
    rows: dict[float, list[tuple[int, float, float]]] = {}
    for load, size, value, spread in zip(loads(there), there["size"].values, mean, error, strict=True):
        if np.isfinite(value + spread) and spread > 0:
            near = round(float(load), 2)
            moved = value + hp.theory.gardner.stability(near) - hp.theory.gardner.stability(load)
            rows.setdefault(near, []).append((int(size), float(moved), float(spread)))
    return [(load, found) for load, found in sorted(rows.items()) if len(found) > 2]


def continued(rows: list[tuple[int, float, float]]) -> tuple[float, float]:
    """A straight line in 1/N through values of several N: its value at infinite N and error."""
    size, value, error = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    design = np.stack([np.ones_like(size), 1 / size], axis=1) / error[:, None]
    covariance = np.linalg.inv(design.T @ design)
    best = covariance @ design.T @ (value / error)
    chi = float(((value / error - design @ best) ** 2).sum()) / max(len(size) - 2, 1)
    return float(best[0]), float(np.sqrt(covariance[0, 0] * max(chi, 1.0)))


def separable(size: Array, count: Array) -> Array:
    """Chance that P random targets can be told apart by a unit with N - 1 inputs in general position; Cover 1965."""
    from scipy.stats import binom

    return np.asarray(binom.cdf(np.asarray(size) - 2, np.asarray(count) - 1, 0.5))


def recent(ds: xr.Dataset, rule: str) -> list[tuple[int, float, float]]:
    """N, number of recent patterns that a palimpsest still recalls over N, and its error; at its largest P."""
    there = of(ds, rule)
    rows = []
    for size in np.unique(there["size"].values):
        at = there.isel(point=int(np.flatnonzero(there["size"].values == size)[-1]))
        mean, error = mean_error(at["rule_retrieved"].values.astype(float))
        share = at["probes"].item() / size
        rows.append((int(size), float(mean * share), float(error * share)))
    return rows


def shared(ds: xr.Dataset) -> tuple[int, list[str]]:
    """The N at which most rules were run on the same patterns, and these rules."""
    size = ds["size"].values
    known = np.isfinite(ds["rule_exact"].values).any(axis=-1)  # (point, rule)
    alike = known.sum(axis=1) > 1
    sizes = [int(each) for each in np.unique(size[alike])] or [int(size[0])]
    best = max(sizes, key=lambda each: int(known[size == each].any(axis=0).sum()))
    return best, [str(rule) for rule in ds["rule"].values[known[size == best].any(axis=0)]]


def title(rule: str) -> str:
    """The rule as a person reads it."""
    own = {
        "sparse covariance": "covariance, sparse patterns",
        "sparse covariance, raised": "covariance, sparse, raised threshold",
        "symmetric perceptron": "symmetric perceptron",
        "palimpsest, bounded": "palimpsest, bounded weights",
        "storkey, oldest": "Storkey, first patterns",
    }
    return own.get(rule) or (learning.RULES[rule].title if rule in learning.RULES else rule)

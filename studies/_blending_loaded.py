"""Two or three similar memories among random ones: where they blend, at T = 0 and above, and what N does to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _blending_analysis as analysis
from hopphys.studies._blending_analysis import Array

import hopphys as hp
from hopphys.statistics import mean_error
from hopphys.study import Finding

blending = hp.theory.blending
THRESHOLD = "replica-symmetric theory for N -> infinity, hopphys.theory.blending.blend_above"
WARM = "replica-symmetric theory for N -> infinity, hopphys.theory.blending.settled"
FINITE_SIZE = "a finite N: see the extrapolation"
NOTHING = "nothing to compare with"
MERGED = 1e-9  # what the iteration leaves of a difference that falls to 0
LEVEL, LEVELS = 0.65, (0.5, 0.8)  # of what theory loses by its jump: above it two count as apart; and other choices
NEAR = 0.05  # mutual overlaps this little above theory's threshold: some samples have merged, some have not


def findings(ds: xr.Dataset, config: Any, seed: int) -> list[Finding]:
    return [*_at_rest(ds, config, seed), *_warm(ds, config, seed), *_pairs(ds, config)]


def left(c: float, temperature: float, load: float) -> float:
    """Theory's (m_1 - m_2) / (1 - c) of two patterns, iterated from the first one."""
    found = blending.settled(blending.similar(2, c), [1.0, c], temperature=temperature, load=load, steps=1_000)
    apart = float((found.overlaps[0] - found.overlaps[1]) / (1 - c))
    return apart if apart > MERGED else 0.0


def edge(load: float, temperature: float) -> float:
    """Theory's mutual overlap above which two patterns blend."""
    return float(blending.blend_above(2, load, temperature))


def level(load: float, temperature: float, share: float = LEVEL) -> float:
    """(m_own - m_other) / (1 - c) above which two patterns count as apart."""
    return share * float(blending.blend_jump(2, load, temperature))


@dataclass(frozen=True)
class Thresholds:
    """Mutual overlaps above which patterns blend, by N, with errors; and the same read in other ways."""

    sizes: tuple[int, ...]
    values: tuple[float, ...]
    errors: tuple[float, ...]
    others: dict[str, tuple[float, ...]]

    def line(self, name: str = "", smallest: int = 0) -> hp.scaling.Extrapolated:
        """The straight line in N^-1/2 through all sizes, read in another way, or from a size on."""
        values = self.others[name] if name else self.values
        found = hp.scaling.Thresholds(np.array(self.sizes, float), np.array(values), np.array(self.errors))
        return hp.scaling.extrapolate(found, smallest=smallest)

    @property
    def known(self) -> bool:
        return len(self.sizes) > 1 and bool(np.isfinite([self.values, self.errors, *self.others.values()]).all())

    def shifts(self) -> dict[str, float]:
        """The value at N -> infinity, read in other ways, and without the smallest N."""
        found = {name: self.line(name).critical for name in self.others}
        if len(self.sizes) > 2:
            found[f"from N = {sorted(self.sizes)[1]}"] = self.line(smallest=sorted(self.sizes)[1]).critical
        return found


def at_rest(ds: xr.Dataset, config: Any, count: int, seed: int) -> Thresholds:
    """Where two or three patterns blend at T = 0."""
    points = [analysis.of_kind(ds, "settled", size=n, count=count, load=config.load) for n in config.sizes]
    found = [analysis.threshold_error(at.isel(point=0), config.resamples, seed) for at in points]
    values, errors = zip(*found, strict=True)
    return Thresholds(config.sizes, values, errors, {})


def warm(ds: xr.Dataset, config: Any, temperature: float, seed: int) -> Thresholds:
    """Where two patterns blend at a temperature: half of the starts are below the level in the second half of a run."""
    points = [analysis.of_kind(ds, "edge", size=n, temperature=temperature).isel(point=0) for n in config.sizes]
    usual = [warm_threshold(at, level(config.load, temperature), "left", config.resamples, seed) for at in points]
    ways = {f"level {share:g}": ("left", share) for share in LEVELS} | {"half as long": ("left_before", LEVEL)}
    others = {
        way: tuple(_read(at, level(config.load, temperature, share), name) for at in points)
        for way, (name, share) in ways.items()
    }
    values, errors = zip(*usual, strict=True)
    return Thresholds(config.sizes, values, errors, others)


def warm_threshold(at: xr.Dataset, least: float, name: str, resamples: int, seed: int) -> tuple[float, float]:
    """Mutual overlap above which half of the starts end below the level `least`, and its error."""
    value, error = analysis.threshold_of(at["exact_correlation"].values, _stay(at, least, name), resamples, seed)
    return value, error


def _read(at: xr.Dataset, least: float, name: str) -> float:
    return float(analysis.threshold(at["exact_correlation"].values, _stay(at, least, name)))


def _stay(at: xr.Dataset, least: float, name: str) -> Array:
    """Share of the two starts that stay apart, (correlation, disorder)."""
    return np.asarray((at[name].transpose("correlation", "disorder", "replica").values > least).mean(axis=-1))


def _at_rest(ds: xr.Dataset, config: Any, seed: int) -> list[Finding]:
    result = []
    for count, text in ((3, "three"), (2, "two")):
        name = f"mutual overlap above which {text} patterns blend at T = 0 and load {config.load:g}"
        result += _thresholds(name, at_rest(ds, config, count, seed), blending.blend_above(count, config.load))
    return result


def _warm(ds: xr.Dataset, config: Any, seed: int) -> list[Finding]:
    result = []
    for temperature in config.edge_temperatures:
        name = f"mutual overlap above which two patterns blend at T = {temperature:g} and load {config.load:g}"
        result += _thresholds(name, warm(ds, config, temperature, seed), edge(config.load, temperature))
    return result


def _thresholds(name: str, found: Thresholds, expected: float) -> list[Finding]:
    """What was measured at each N and, from two on, a straight line in N^-1/2 beside theory."""
    rows = zip(found.sizes, found.values, found.errors, strict=True)
    result = [Finding.compare(f"{name}, N = {size}", value, error, None, FINITE_SIZE) for size, value, error in rows]
    if not found.known:
        return result
    line, shifts = found.line(), found.shifts()
    systematic = max((abs(other - line.critical) for other in shifts.values()), default=0.0)
    note = f"a straight line in N^(-1/2) through {len(found.sizes)} sizes, ± {line.error:.4f} (disorder and grid)"
    if shifts:
        said = ", ".join(f"{other:.4f} {way}" for way, other in shifts.items())
        note += f" ± {systematic:.4f} (the largest shift of: {said})"
    error = float(np.hypot(line.error, systematic))
    return [*result, Finding.compare(f"{name}, N -> infinity", line.critical, error, expected, THRESHOLD, note=note)]


def _pairs(ds: xr.Dataset, config: Any) -> list[Finding]:
    """What is left of the difference of two patterns at load and the lowest temperature, beside theory."""
    return [_pair(_rest_of(ds, config, pair), config.load) for pair in config.pairs]


def _pair(rows: list[Rest], load: float) -> Finding:
    """At the largest N; where theory has merged them, continued to N -> infinity.

    |m_1 - m_2| of two that merged is no 0 at a finite N, but of order N^-1/2: one N alone cannot be compared. Close to
    the threshold it is neither, and the threshold itself is what can.
    """
    last = rows[-1]
    name = (
        f"|m_1 - m_2| / (1 - c) of two patterns of mutual overlap {last.c:.3g} at load {load:g}, "
        f"T = {last.ratio:g} (1 - c)"
    )
    expected, merged = left(last.c, last.temperature, load), edge(load, last.temperature)
    if last.c < merged:
        at, note = f"{name}, N = {last.size}", _why(rows, merged)
        return Finding.compare(at, last.value, last.error, expected, WARM, note=note)
    if last.c < merged + NEAR or len(rows) < 2:
        close = last.c < merged + NEAR
        note = _why(rows, merged) + " So close to the threshold, the threshold is compared instead" * close
        return Finding.compare(f"{name}, N = {last.size}", last.value, last.error, None, NOTHING, note=note)
    columns = (np.array(column, float) for column in zip(*((r.size, r.value, r.error) for r in rows), strict=True))
    line = hp.scaling.extrapolate(hp.scaling.Thresholds(*columns))
    note = f"{_why(rows, merged)} A straight line in N^(-1/2) through {len(rows)} sizes"
    return Finding.compare(f"{name}, N -> infinity", line.critical, line.error, expected, WARM, note=note)


def _why(rows: list[Rest], merged: float) -> str:
    """What a finite N keeps where theory has merged two patterns; nothing where theory keeps them apart."""
    if rows[-1].c < merged:
        return ""
    seen = ", ".join(f"{hp.statistics.parenthesis(row.value, row.error)} at N = {row.size}" for row in rows)
    kept = f"theory: one blend above c = {merged:.3f} at this temperature. A finite N keeps a difference, {seen}"
    falls = rows[0].value - rows[-1].value > 3 * np.hypot(rows[0].error, rows[-1].error)
    return f"{kept}: other patterns pull the blend to one side, the less the larger N is." if falls else f"{kept}."


@dataclass(frozen=True)
class Rest:
    """What is left of two patterns, (m_1 - m_2) / (1 - c), at one N."""

    size: int
    c: float
    ratio: float  # T / (1 - c)
    value: float
    error: float

    @property
    def temperature(self) -> float:
        return self.ratio * (1 - self.c)


def _rest_of(ds: xr.Dataset, config: Any, pair: float) -> list[Rest]:
    """At the lowest temperature, by rising N."""
    rows = []
    for size in sorted(config.loaded_sizes):
        at = analysis.of_kind(ds, "warm", pair=pair, load=config.load, size=size).isel(point=0)
        c, ratio = float(at["overlap_of_pair"].item()), float(at["ratio"].values[0])
        value, error = mean_error(at["apart"].transpose("ratio", "disorder").values[0] / (1 - c))
        rows.append(Rest(size, c, ratio, float(value), float(error)))
    return rows


def remnant(at: xr.Dataset) -> tuple[Array, Array, Array]:
    """Mutual overlaps of an edge point, and mean and error of what is left over samples."""
    values = at["left"].transpose("correlation", "disorder", "replica").values.astype(float).mean(axis=-1)
    return (at["exact_correlation"].values, *mean_error(values))

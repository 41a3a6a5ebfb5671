"""Two or three similar memories among random ones: where they blend, at T = 0 and above, and what N does to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
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
KEPT = 0.8  # of what theory leaves just below its edge: there it falls by a jump
BELOW = 1e-3  # the mutual overlap by which that is below the edge
NEAR = 0.05  # mutual overlaps this little above theory's threshold: some samples have merged, some have not


def findings(ds: xr.Dataset, config: Any, seed: int) -> list[Finding]:
    return [*_at_rest(ds, config, seed), *_warm(ds, config, seed), *_pairs(ds, config)]


@cache
def edge(load: float, temperature: float) -> float:
    """Theory's mutual overlap above which two patterns blend."""
    return float(blending.blend_above(2, load, temperature))


def left(c: float, temperature: float, load: float) -> float:
    """Theory's (m_1 - m_2) / (1 - c) of two patterns, iterated from the first one."""
    found = blending.settled(blending.similar(2, c), [1.0, c], temperature=temperature, load=load, steps=1_000)
    apart = float((found.overlaps[0] - found.overlaps[1]) / (1 - c))
    return apart if apart > MERGED else 0.0


def level(load: float, temperature: float) -> float:
    """(m_own - m_other) / (1 - c) above which two patterns count as apart."""
    return KEPT * left(edge(load, temperature) - BELOW, temperature, load)


def warm_threshold(ds: xr.Dataset, config: Any, size: int, temperature: float, seed: int) -> tuple[float, float]:
    """Mutual overlap above which two patterns blend at a temperature and N, and its error; half of all starts do."""
    at = analysis.of_kind(ds, "edge", size=size, temperature=temperature).isel(point=0)
    stays = at["left"].transpose("correlation", "disorder", "replica").values > level(config.load, temperature)
    c = at["exact_correlation"].values
    value, error = analysis.threshold_of(c, stays.mean(axis=-1), config.resamples, seed)
    return value, error


def _at_rest(ds: xr.Dataset, config: Any, seed: int) -> list[Finding]:
    result = []
    for count, text in ((3, "three"), (2, "two")):
        rows = []
        for size in config.sizes:
            at = analysis.of_kind(ds, "settled", size=size, count=count, load=config.load).isel(point=0)
            rows.append((size, *analysis.threshold_error(at, config.resamples, seed)))
        name = f"mutual overlap above which {text} patterns blend at T = 0 and load {config.load:g}"
        result += _thresholds(name, rows, blending.blend_above(count, config.load))
    return result


def _warm(ds: xr.Dataset, config: Any, seed: int) -> list[Finding]:
    result = []
    for temperature in config.edge_temperatures:
        rows = [(size, *warm_threshold(ds, config, size, temperature, seed)) for size in config.sizes]
        name = f"mutual overlap above which two patterns blend at T = {temperature:g} and load {config.load:g}"
        result += _thresholds(name, rows, edge(config.load, temperature))
    return result


def _thresholds(name: str, rows: list[tuple[int, float, float]], expected: float) -> list[Finding]:
    """What was measured at each N and, from two on, a straight line in N^-1/2 beside theory."""
    result = [Finding.compare(f"{name}, N = {size}", value, error, None, FINITE_SIZE) for size, value, error in rows]
    if len(rows) < 2 or not np.isfinite([error for *_, error in rows]).all():
        return result
    value, error = analysis.extrapolated(*map(list, zip(*rows, strict=True)))
    note = f"a straight line in N^-1/2 through {len(rows)} sizes"
    return [*result, Finding.compare(f"{name}, N -> infinity", value, error, expected, THRESHOLD, note=note)]


def _pairs(ds: xr.Dataset, config: Any) -> list[Finding]:
    """What is left of the difference of two patterns at load and the lowest temperature, beside theory."""
    return [_pair(_rest_of(ds, config, pair), config.load) for pair in config.pairs]


def _pair(rows: list[Rest], load: float) -> Finding:
    """At the largest N; where theory has merged them, continued to N -> infinity.

    |m_1 - m_2| of two that merged is no 0 at a finite N, but of order N^-1/2. Close to the threshold it is neither, and
    the threshold itself is what can be compared.
    """
    last = rows[-1]
    name = (
        f"|m_1 - m_2| / (1 - c) of two patterns of mutual overlap {last.c:.3g} at load {load:g}, "
        f"T = {last.ratio:g} (1 - c)"
    )
    expected, merged = left(last.c, last.temperature, load), edge(load, last.temperature)
    if last.c < merged or len(rows) < 2:
        at, note = f"{name}, N = {last.size}", _why(rows, merged)
        return Finding.compare(at, last.value, last.error, expected, WARM, note=note)
    if last.c < merged + NEAR:
        note = f"{_why(rows, merged)} So close to the threshold, the threshold is compared instead"
        return Finding.compare(f"{name}, N = {last.size}", last.value, last.error, None, NOTHING, note=note)
    sizes, values, errors = zip(*((row.size, row.value, row.error) for row in rows), strict=True)
    value, error = analysis.extrapolated(list(sizes), list(values), list(errors))
    note = f"{_why(rows, merged)} A straight line in N^-1/2 through {len(rows)} sizes"
    return Finding.compare(f"{name}, N -> infinity", value, error, expected, WARM, note=note)


def _why(rows: list[Rest], merged: float) -> str:
    """What a finite N keeps where theory has merged two patterns; nothing where theory keeps them apart."""
    if rows[-1].c < merged:
        return ""
    seen = ", ".join(f"{hp.statistics.parenthesis(row.value, row.error)} at N = {row.size}" for row in rows)
    return (
        f"theory: one blend above c = {merged:.3f} at this temperature. A finite N keeps a difference, {seen}: other "
        "patterns pull the blend to one side, the less the larger N is."
    )


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

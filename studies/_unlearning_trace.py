"""Where the couplings' trace in the space of the patterns is used up, and how long the patterns outlive it."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _unlearning_analysis as analysis
from hopphys.studies._unlearning_analysis import load, name_of

import hopphys as hp
from hopphys.study import Finding

NOTHING = "nothing to compare with at this N and load"
TRACE = "no difference for large N: the couplings' trace in the space of the patterns is used up"
FINITE = "an estimate for large N: see the extrapolation, where there are three N"


def findings(ds: xr.Dataset, config: Any) -> list[Finding]:
    each = [finding for at in analysis.kind(ds, "random") for finding in _of_one(at, config)]
    return [*each, *_limits(ds, config)]


def _of_one(at: xr.Dataset, config: Any) -> list[Finding]:
    """How much of the dreams lies in the space of the patterns, and the end of the patterns against that of the trace.

    At least half of the patterns have to be fixed at some x for their end to mean something.
    """
    seed, where = int(at.attrs["seed"]), f"{name_of(at)}, rate {float(at['rate']):g}"
    best = analysis.best_look(at)
    taken = (load(at) - at["weight"].values[:, best]) / at["x"].values[best]
    name = f"share of dreams in the space of the patterns, up to x = {at['x'].values[best]:.2f}, {where}"
    share, scatter = analysis.mean_error(taken)
    result = [Finding.compare(name, float(share), float(scatter), None, NOTHING)] if at["x"].values[best] > 0 else []
    value, error = _outlives(at, config)
    if np.isfinite(value):
        end, _ = analysis.position(analysis.exhausted, at, config.resamples, seed)
        name = f"x of the collapse minus x of the end of the trace, {where}"
        note = f"the trace ends at x = {end:.4f}; error: of the difference within samples, and the looks' spacing"
        result.append(Finding.compare(name, value, error, None, FINITE, note=note))
    return result


def _outlives(at: xr.Dataset, config: Any) -> tuple[float, float]:
    """How far beyond the end of the trace half of the patterns last; NaN where half of them never were fixed."""
    if float(at["fixed"].mean("disorder").max()) <= 0.5:
        return float("nan"), float("nan")
    seed = int(at.attrs["seed"])
    value, error = analysis.apart(analysis.collapse, analysis.exhausted, at, config.resamples, seed)
    return value, error


def _limits(ds: xr.Dataset, config: Any) -> list[Finding]:
    """The same continued to large N, at loads with three sizes or more."""
    result = []
    random = [at for at in analysis.kind(ds, "random") if np.isclose(at["rate"], config.rate)]
    for wanted in sorted({round(load(at), 3) for at in random}):
        some = [at for at in random if round(load(at), 3) == wanted]
        rows = np.array([(int(at["size"]), *_outlives(at, config)) for at in some]).T
        rows = rows[:, np.isfinite(rows).all(axis=0)]
        if rows.shape[1] < 3:
            continue
        line = hp.scaling.extrapolate(hp.scaling.Thresholds(*rows))
        name = f"x of the collapse minus x of the end of the trace, load {wanted:.2f}, N -> infinity"
        note = f"a straight line in N^(-1/2) through {rows.shape[1]} sizes, chi² {line.chi_squared:.1f}"
        result.append(Finding.compare(name, line.critical, line.error, 0.0, TRACE, note=note))
    return result

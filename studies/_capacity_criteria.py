"""The criteria of capacity side by side: three numbers that answer three questions."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr
from hopphys.studies import _capacity_analysis as analysis

import hopphys as hp
from hopphys.statistics import mean_error
from hopphys.study import Finding


def findings(ds: xr.Dataset) -> list[Finding]:
    """The three criteria side by side; the first two are no numbers to agree with, but what holds at a given N."""
    result = [*_near(ds), *_few(ds)]
    for every in (False, True):
        result.append(_exactly(ds, every))
    return result


def _near(ds: xr.Dataset) -> list[Finding]:
    there = [size for size in analysis.sizes(analysis.recall(ds)) if analysis.at(ds, size, 0.14) is not None]
    result = []
    for size in dict.fromkeys(there[:1] + there[-1:]):
        at = analysis.at(ds, size, 0.14)
        assert at is not None
        name = f"criterion 0.138 (a state near the pattern): retrieved at load 0.14, N = {size}"
        note = "about the same at every N, for this is where the curves cross; above it the fraction falls with N"
        mean, error = mean_error(at["retrieved"].values)
        result.append(Finding.compare(name, mean, error, None, hp.theory.capacity.AGS.source, note=note))
    return result


def _few(ds: xr.Dataset) -> list[Finding]:
    if (at := analysis.at(ds, 100, 0.15)) is None:
        return []
    source, name = hp.theory.capacity.HOPFIELD.source, "criterion 0.15 (few wrong bits), N = 100, load 0.15"
    result = []
    for text, values in (
        ("wrong bits", (1 - at["overlap"].values) / 2),
        ("fraction with fewer than 5 % wrong", at["retrieved"].values),
    ):
        mean, error = mean_error(values)
        result.append(Finding.compare(f"{name}: {text}", mean, error, None, source))
    return result


def _exactly(ds: xr.Dataset, every: bool) -> Finding:
    """All N bits right, in a pattern or in every pattern of a sample, where P is N/(2 ln N) or N/(4 ln N)."""
    exact = analysis.exact(ds)
    size = 1000 if 1000 in exact["size"] else max(analysis.sizes(exact))
    exact = exact.isel(point=np.flatnonzero(exact["size"].values == size))
    at = exact.isel(point=int(np.abs(analysis.scaled(exact) - (0.25 if every else 0.5)).argmin()))
    patterns, fixed = at["patterns"].item(), at["exact"].values[np.isfinite(at["exact"].values)]
    expected = float(hp.theory.capacity.exactly_fixed(size, patterns)) ** (patterns if every else 1)
    mean, error = mean_error((fixed == 1).astype(float) if every else fixed)
    # Where every sample succeeds, their scatter says nothing about the error.
    error = max(float(error), math.sqrt(expected * (1 - expected) / fixed.size)) if every else float(error)
    criterion = "N/(4 ln N) (all patterns exact)" if every else "N/(2 ln N) (one pattern exact)"
    source = "one-step errors of bits that share their overlaps; the criterion for large N: McEliece et al. 1987"
    return Finding.compare(f"criterion {criterion}, N = {size}, P = {patterns}", mean, error, expected, source)

"""What the capacity study finds about the other rules: where each loses half, beside what theory says of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _capacity_rule_analysis as analysis
from hopphys.studies import _capacity_rules as learning
from hopphys.studies._capacity_analysis import loads, rules

import hopphys as hp
from hopphys.statistics import mean_error
from hopphys.study import Finding

FROM = 250  # sites from which unlearning is continued to infinite N
GARDNER = "Gardner 1988, N to infinity"
COVER = "Cover 1965: P = 2 (N - 1) points in general position are separable in half of all cases"
NOTHING = "nothing to compare with"
WAYS = {
    "retrieved": "is retrieved from the pattern",
    "cue_retrieved": "is retrieved from a cue",
    "exact": "is exactly fixed",
    "units": "of the units succeed",
}
# Rule and what is halved; in the order in which they are told.
HALVED = (
    ("storkey", "retrieved"),
    ("storkey", "exact"),
    ("storkey", "cue_retrieved"),
    ("storkey, oldest", "retrieved"),
    ("storkey, oldest", "cue_retrieved"),
    ("projection", "cue_retrieved"),
    ("dreaming", "cue_retrieved"),
    ("unlearning", "cue_retrieved"),
    ("minimum_overlap", "cue_retrieved"),
    ("perceptron", "units"),
    ("symmetric perceptron", "units"),
    ("sparse covariance", "retrieved"),
    ("sparse covariance, raised", "retrieved"),
)


def findings(ds: xr.Dataset, config: Any) -> list[Finding]:
    """Everything about the rules; nothing where none were run."""
    there = rules(ds)
    if there is None:
        return []
    halves = [found for rule, name in HALVED for found in _half(there, rule, name, config.resamples)]
    return [
        *_dreams(there, config),
        *_stabilities(there),
        *halves,
        *_palimpsests(there),
        *_perfect(there),
    ]


def _half(ds: xr.Dataset, rule: str, name: str, resamples: int) -> list[Finding]:
    """The load at one half, at the largest N that shows it, and for infinite N where three sizes do."""
    found = analysis.transition(ds, rule, name, resamples)
    if found is None or not found.shown:
        return []
    size, load, error = found.shown[-1]
    what = f"{analysis.title(rule)}: load at which half {WAYS[name]}"
    moved = ", ".join(f"{each:.3f}({1000 * spread:.0f}) at N = {n}" for n, each, spread in found.shown)
    reference, source, note = _expected(rule, name, size, ds)
    result = [Finding.compare(f"{what}, N = {size}", load, error, reference, source, note=f"{note}{moved}")]
    if found.critical is not None:
        best = found.critical
        note = (
            f"curves of N = {found.shown[0][0]} to {size} cross here; ± {best.statistical:.4f} by bootstrap, "
            f"± {best.systematic:.4f} by other ways to fit; {_fit(best.fit)}"
        )
        text = what.replace("load at which half is", "critical load by finite-size scaling,")
        result.append(Finding.compare(text, best.fit.critical, best.error, None, NOTHING, note=note))
    return result


def _fit(found: Any) -> str:
    """How well a fit describes its points, in words."""
    return f"χ² {found.chi_squared:.1f} for {found.freedom} degree{'s' * (found.freedom != 1)} of freedom"


def _expected(rule: str, name: str, size: int, ds: xr.Dataset) -> tuple[float | None, str, str]:
    """Reference, its source and what has to be said of it."""
    if (rule, name) == ("storkey", "retrieved"):
        return None, NOTHING, "of all patterns; the first ones learned are lost first; "
    if (rule, name) == ("storkey", "exact"):
        limit = float(hp.theory.capacity.storkey(size)) / size
        note = f"Storkey's criterion N/√(2 ln N) for all patterns without an error is {limit:.3f} here; "
        return None, "Storkey 1997: every pattern exact, which half of them exact is not", note
    if (rule, name) == ("perceptron", "units"):
        note = (
            f"at most {learning.SWEEPS} sweeps, and units that need more count as failed: a lower bound, and that is "
            "the reason where it is lower (at N = 60, P = 118, where Cover says one half: 0.37(2) and 0.44(2) of the "
            "units after 3000 and 30 000 sweeps, tests/statistical/test_perceptron.py); "
        )
        return 2 * (1 - 1 / size), COVER, note
    if rule.startswith("sparse"):
        f = float(np.nanmax(ds["activity"].values))
        limits = 1 / (2 * f * abs(math.log(f))), float(hp.theory.gardner.capacity(0.0, 1 - 2 * f))
        note = (
            f"activity {f:g}: 1/(2 f |ln f|) = {limits[0]:.2f} holds for f to 0 and the best threshold; no couplings "
            f"do better than {limits[1]:.2f} (Gardner 1988); "
        )
        return None, "Tsodyks & Feigelman 1988, f to 0", note
    return None, NOTHING, ""


def _dreams(ds: xr.Dataset, config: Any) -> list[Finding]:
    """Load up to which the best number of dreams makes every bit of every pattern stable."""
    sizes = [int(size) for size in np.unique(analysis.of(ds, "unlearning")["size"].values)]
    rows = [(size, *analysis.zero(ds, "unlearning", "stability", size, config.resamples)) for size in sizes]
    known = [row for row in rows if math.isfinite(row[1] + row[2])]
    if not known:
        return []
    size, load, error = known[-1]
    moved = ", ".join(f"{each:.3f}({1000 * spread:.0f}) at N = {n}" for n, each, spread in known)
    name = "unlearning: load at which the best smallest stability falls through 0"
    note = f"best of {len(learning.STOPS)} numbers of dreams in each sample; {moved}"
    result = [Finding.compare(f"{name}, N = {size}", load, error, None, NOTHING, note=note)]
    large = [row for row in known if row[0] >= FROM]
    if len(large) > 2:
        found = hp.scaling.Thresholds(*(np.array(column, dtype=float) for column in zip(*large, strict=True)))
        line = hp.scaling.extrapolate(found)
        source = "Benedetti et al. 2022 (quoted from memory, not checked)"
        note = (
            f"a straight line in N^(-1/2) from N = {large[0][0]}, {_fit(line)}; "
            "the true form of the correction is not known, and its error not counted"
        )
        result.append(Finding.compare(f"{name}, N to infinity", line.critical, line.error, 0.59, source, note=note))
    return result


def _stabilities(ds: xr.Dataset) -> list[Finding]:
    """The largest stability against Gardner's, point by point, continued to infinite N in 1/N."""
    result = []
    for load, rows in analysis.margins(ds):
        value, error = analysis.continued(rows)
        theory = float(hp.theory.gardner.stability(load))
        moved = ", ".join(f"{each:.3f} at N = {size}" for size, each, _ in rows)
        name = f"largest stability at load {load:g}, mean over units, N to infinity"
        note = (
            f"straight line in 1/N through {moved}; couplings come to {learning.TOLERANCE:g} of the best, which the "
            "error counts"
        )
        error = math.hypot(error, learning.TOLERANCE * value)
        result.append(Finding.compare(name, value, error, theory, GARDNER, note=note))
    return result


def _palimpsests(ds: xr.Dataset) -> list[Finding]:
    result = []
    for rule in learning.PALIMPSESTS:
        if rows := analysis.recent(ds, rule):
            size, share, error = rows[-1]
            moved = ", ".join(f"{each:.3f}({1000 * spread:.0f}) at N = {n}" for n, each, spread in rows)
            name = f"{analysis.title(rule)}: recent patterns recalled over N, N = {size}"
            note = (
                f"from the pattern, of the last {learning.RECENT:g} N, after twice as many patterns as units; {moved}"
            )
            result.append(Finding.compare(name, share, error, None, NOTHING, note=note))
    return result


def _perfect(ds: xr.Dataset) -> list[Finding]:
    """The projection holds every pattern up to load 1."""
    there = analysis.of(ds, "projection")
    if not there.sizes["point"]:
        return []
    last = there.isel(point=int(np.lexsort((there["size"].values, loads(there)))[-1]))
    mean, error = mean_error(last["rule_exact"].values.astype(float))
    size, load = last["size"].item(), last["patterns"].item() / last["size"].item()
    name = f"projection: fraction of patterns exactly fixed, N = {size}, load {load:.2f}"
    return [Finding.compare(name, mean, max(float(error), 1e-9), 1.0, "Personnaz, Guyon & Dreyfus 1985")]

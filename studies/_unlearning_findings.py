"""The findings of the unlearning study: measured numbers beside their references."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _unlearning_analysis as analysis
from hopphys.studies import _unlearning_trace as trace
from hopphys.studies._unlearning_analysis import Array, load, name_of
from hopphys.studies._unlearning_trace import NOTHING

from hopphys.study import Finding

SIMULATION = "our own earlier simulation by another code, N = 400, load 0.3"
RULE = "our own rule of thumb, from simulations by another code at N = 400 and loads well above capacity"
BENEDETTI = "Benedetti et al. 2022, as N grows (quoted from memory, not checked)"
FACHECHI = "larger than zero: Fachechi, Agliari & Barra 2019, a finite t is best"
KNOWN = (400, 120)
HEADLINE, NOISY = 0.3, 0.5  # the load that references are for; one where the cues are hard
EASY = 0.25  # below this load all times recall alike
CUE = 0.1  # the fraction of flipped bits that single numbers are given for
# What is looked for, how, the rule of thumb as an addition to the load, the reference at N = 400 and load 0.3, and how
# far a measurement may lie from a reference that was read off a grid and has no error of its own.
POSITIONS: dict[str, tuple[str, Callable[[Array, analysis.Samples], float], float | None, float, float]] = {
    "best": ("the best smallest stability", analysis.best, -0.05, 0.24, 0.2),
    "crossing": ("the sign change, where spurious states rise above the patterns'", analysis.crossing, None, 0.05, 0.2),
    "collapse": ("the collapse, where half of the patterns are lost", analysis.collapse, 0.06, 0.36, 0.1),
}
ROUGH = "our own rule of thumb, from simulations by another code at N = 400: noisy recall dies at about 0.5"
DEAF = 0.5
BEST = 0.01  # so much less than the best recall is still "best"
PLATEAU = (0.10, 0.28)  # x between which recall from 10 % flips is best, N = 400, load 0.3; the same simulation
CAPACITY, DIGITS = 0.59, 0.01  # of the rule, and how far its two digits may be off


def findings(ds: xr.Dataset, config: Any) -> list[Finding]:
    main = analysis.main(ds, config.size, config.rate)
    head = _near(main, HEADLINE)
    result = [*_positions(head, config, "best", "crossing"), *_gain(_near(main, NOISY))]
    result += _positions(head, config, "collapse")
    result += _limits(main)
    for size in sorted({int(at["size"]) for at in analysis.kind(ds, "random")} - {config.size}):
        result += _stable(analysis.main(ds, size, config.rate))
    for at in (at for at in main if at is not head):
        result += _positions(at, config, *POSITIONS)
    result += trace.findings(ds, config)
    for at in main:
        result += _memory(at, config)
    result += _kernel(main, config)
    result += _elsewhere(ds, main, config)
    return result


def _near(main: list[xr.Dataset], wanted: float) -> xr.Dataset:
    return min(main, key=lambda at: abs(load(at) - wanted))


def _positions(at: xr.Dataset, config: Any, *which: str) -> list[Finding]:
    known = (int(at["size"]), int(at["patterns"])) == KNOWN
    result = []
    for key in which:
        text, statistic, rule, reference, tolerance = POSITIONS[key]
        value, error = analysis.position(statistic, at, config.resamples, int(at.attrs["seed"]))
        if not np.isfinite(value + error):
            continue  # below capacity there may be no sign change to find
        expected = reference if known else None if rule is None else load(at) + rule
        source = SIMULATION if known else RULE
        result.append(_about(f"x of {text}, {name_of(at)}", value, error, expected, tolerance, source))
    return result


def _about(name: str, value: float, error: float, expected: float | None, tolerance: float, source: str) -> Finding:
    """A comparison with a reference that has no error of its own."""
    if expected is None:
        return Finding.compare(name, value, error, None, NOTHING)
    agrees, note = _close(value, error, expected, tolerance * abs(expected), f"{tolerance:.0%}")
    if not agrees and source == RULE:
        note += "; the rule was made for loads of 0.2 to 0.5"
        note += ": the end is near that of the patterns' share of the trace" if "collapse" in name else ""
    return Finding(name, value, error, expected, source, agrees, note=note)


def _close(value: float, error: float, expected: float, allowed: float, words: str) -> tuple[bool, str]:
    """Whether a value is within `allowed` of a reference without an error, or within 3 of its own errors; in words."""
    away = abs(value - expected)
    note = f"agreement: within {words}, for the reference has no error of its own, or within 3 standard errors"
    if 3 * error < away <= allowed:
        note += f"; it differs by {away / error:.0f} standard errors, but not by more than that" if error > 0 else ""
    return bool(away <= max(allowed, 3 * error)), note


def _gain(at: xr.Dataset) -> list[Finding]:
    """Recall from noisy cues: the best finite time of the dreaming kernel against infinity."""
    value, error = gain(at)
    flips = at["flip"].values[1:]
    name = (
        f"recall by the dreaming kernel at the best t minus at infinity, {name_of(at)}, "
        f"mean over {flips[0]:.0%} to {flips[-1]:.0%} flipped"
    )
    if load(at) < EASY:
        return [Finding.compare(name, value, error, None, "nothing to gain at a small load")]
    sigmas = value / error if error > 0 else 0.0
    note = f"{sigmas:.1f} standard errors; the best t chosen on other samples; agreement: above 3"
    return [Finding(name, value, error, None, FACHECHI, sigmas > 3, note=note)]


def gain(at: xr.Dataset) -> tuple[float, float]:
    """Noisy recall at the best finite time of the kernel minus at infinity, and its error."""
    value, error = analysis.gain(analysis.noisy(analysis.samples(at, "kernel_recalled")["kernel_recalled"]))
    return value, error


def _limits(main: list[xr.Dataset]) -> list[Finding]:
    """Loads at which the best network is no longer good enough: for stability, and for noisy recall."""
    result = _stable(main)
    value, error = analysis.crosses(
        np.array([load(at) for at in main]), *np.array([recalled(at) for at in main]).T, 0.5
    )
    if np.isfinite(value):
        size = int(main[0]["size"])
        name = f"load up to which half of the cues with {_cue(main[0]):.0%} flipped are recalled, N = {size}"
        agrees, note = _close(value, error, DEAF, 0.1 * DEAF, "10%")
        note = f"after as many dreams as recall best; {note}"
        result.append(Finding(name, value, error, DEAF, ROUGH, agrees, note=note))
    return result


def _stable(some: list[xr.Dataset]) -> list[Finding]:
    """Load at which the best smallest stability of one size falls through zero."""
    best = [analysis.mean_error(at["stability"].values[:, analysis.best_look(at)]) for at in some]
    value, error = analysis.crosses(np.array([load(at) for at in some]), *np.array(best).reshape(-1, 2).T, 0.0)
    if not np.isfinite(value):
        return []
    name = f"load up to which dreams make every bit of every pattern stable, N = {int(some[0]['size'])}"
    agrees, note = _close(value, error, CAPACITY, DIGITS, f"{DIGITS:g}")
    note = f"the smallest of N·P stabilities falls as N grows; {note}"
    return [Finding(name, value, error, CAPACITY, BENEDETTI, agrees, note=note)]


def _cue(at: xr.Dataset) -> float:
    flips = at["flip"].values
    return float(flips[int(np.argmin(np.abs(flips - CUE)))])


def recalled(at: xr.Dataset, prefix: str = "") -> tuple[float, float]:
    """Largest fraction recalled from a cue over all looks (or times), and its error; the look of other samples."""
    table = at[prefix + "recalled"].sel(flip=_cue(at)).transpose("disorder", ...).values
    value, error = analysis.largest(table[:, np.isfinite(table).all(axis=0)])
    return value, error


def _memory(at: xr.Dataset, config: Any) -> list[Finding]:
    """What the network remembers before, at its best, and long after."""
    best = analysis.best_look(at)
    looks = (
        (0, "before dreaming"),
        (best, f"at x = {at['x'].values[best]:.2f}"),
        (-1, f"at x = {at['x'].values[-1]:.2f}"),
    )
    cue = f"patterns recalled with {_cue(at):.0%} of the bits flipped"
    rows = (("fixed", "fixed patterns"), ("recalled", cue), ("hits", "random starts that hit a pattern"))
    result = []
    for name, text in rows:
        for index, when in looks:
            values = at[name].sel(flip=_cue(at)) if name == "recalled" else at[name]
            value, error = analysis.mean_error(values.transpose("disorder", ...).values[:, index])
            title = f"fraction of {text}, {name_of(at)}, {when}"
            result.append(Finding.compare(title, float(value), float(error), *_expected(at, name, index == best)))
    result += _plateau(at)
    for index, when in looks[:2]:
        value, error = basin(at, "recalled", index, config.resamples)
        result.append(Finding.compare(f"basin radius, {name_of(at)}, {when}", value, error, None, NOTHING))
    return result


def _plateau(at: xr.Dataset) -> list[Finding]:
    """How much worse than its best noisy recall is where it should be best; only where that is known."""
    x = at["x"].values
    inside = np.flatnonzero((x >= PLATEAU[0] - 1e-9) & (x <= PLATEAU[1] + 1e-9))
    if (int(at["size"]), int(at["patterns"])) != KNOWN or not inside.size:
        return []
    table = at["recalled"].sel(flip=_cue(at)).transpose("disorder", ...).values
    mean = table.mean(axis=0)
    least = inside[int(np.argmin(mean[inside]))]
    value, error = analysis.mean_error(table[:, int(np.argmax(mean))] - table[:, least])
    name = f"fraction recalled with {_cue(at):.0%} flipped, its best minus its least for x from {PLATEAU[0]:.2f} to "
    agrees, note = _close(float(value), float(error), 0.0, BEST, f"{BEST:g}")
    title = f"{name}{PLATEAU[1]:.2f}, {name_of(at)}"
    return [Finding(title, float(value), float(error), 0.0, f"{SIMULATION}: recall is best there", agrees, note=note)]


def _expected(at: xr.Dataset, name: str, dreamt: bool) -> tuple[float | None, str]:
    """At N = 400, load 0.3: no pattern is fixed before and after the end, all are at the best x."""
    known = (int(at["size"]), int(at["patterns"])) == KNOWN and name == "fixed"
    return (float(dreamt), SIMULATION) if known else (None, NOTHING)


def basin(at: xr.Dataset, name: str, index: int, resamples: int) -> tuple[float, float]:
    """Basin radius at one look or time, and its bootstrap error."""
    flip = at["flip"].values
    table = {"recalled": analysis.samples(at, name)[name][:, index]}
    value, error = analysis.resampled(
        lambda some: analysis.radius(flip, some["recalled"].mean(axis=0)), table, resamples, int(at.attrs["seed"])
    )
    return value, error


def _kernel(main: list[xr.Dataset], config: Any) -> list[Finding]:
    """The time at which the kernel recalls best, how much it is worth, and which time the best dreams are like."""
    result = []
    for at in main:
        if at is not _near(main, NOISY):
            result += _gain(at)
        value, error = gain(at)
        if value > 3 * error:
            result.append(_best_time(at, config))
        best = analysis.best_look(at)
        like = float(analysis.matched(at)[best])
        if np.isfinite(like):
            where = f"{name_of(at)}, x = {at['x'].values[best]:.2f}"
            name = f"t of the dreaming kernel that is as stable as the best dreamt network, {where}"
            result.append(Finding(name, like, None, None, NOTHING, None))
    return result


def _best_time(at: xr.Dataset, config: Any) -> Finding:
    value, error = analysis.resampled(
        lambda some: analysis.best_time(at["t"].values, some),
        analysis.samples(at, "kernel_recalled"),
        config.resamples,
        int(at.attrs["seed"]),
    )
    error = float(np.hypot(error, 1 / np.sqrt(12)))  # the grid doubles t
    name = f"t at which the dreaming kernel recalls noisy cues best, {name_of(at)}"
    return Finding.compare(name, 2**value, 2**value * error * np.log(2), None, NOTHING)


def _elsewhere(ds: xr.Dataset, main: list[xr.Dataset], config: Any) -> list[Finding]:
    """Other sizes and rates, correlated patterns, pictures: the best of dreams and the best of the kernel."""
    result = []
    for at in analysis.each(ds):
        if any(at.identical(other) for other in main):
            continue
        step = f"{name_of(at)}, rate {float(at['rate']):g}"
        best = analysis.best_look(at)
        if str(at["kind"].item()) == "random":
            value, error = analysis.position(analysis.best, at, config.resamples, int(at.attrs["seed"]))
            result.append(_about(f"x of the best smallest stability, {step}", value, error, load(at) - 0.05, 0.2, RULE))
            centre, scatter = analysis.mean_error(at["stability"].transpose("disorder", ...).values[:, best])
            result.append(
                Finding.compare(f"best smallest stability, {step}", float(centre), float(scatter), None, NOTHING)
            )
            continue
        for prefix, who in (("", "dreams"), ("kernel_", "the dreaming kernel")):
            title = f"fraction recalled with {_cue(at):.0%} of the bits flipped, at most, by {who}, {step}"
            result.append(Finding.compare(title, *recalled(at, prefix), None, NOTHING))
    return result

"""The numbers of the basins study beside their references."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _basins_analysis as analysis
from hopphys.studies._basins_config import SMALL
from hopphys.studies._basins_networks import RECALLED, Array

import hopphys as hp
from hopphys.learning import RULES
from hopphys.study import Finding

theory = hp.theory.basins
NOTHING = "nothing to compare with at this N and load"
STEP = "overlap after one step from the stabilities of the same patterns (Kepler & Abbott 1988), Gaussian fields"
EXACT = "course of one effective unit, N -> infinity (Eissfeller & Opper 1992; Bollé et al. 2004)"
AMARI = "Amari & Maginu 1988, which leaves out what a unit feels of its own past"
EARLIER_CODE = "our own earlier simulation by another code, N = 200, two digits"
ROUNDING = 0.005  # of two digits
# Fixed, and recalled from 10 % flips, at N = 200: of exact number, or Storkey's would be 0.96.
EARLIER = {"hebb": (0.61, 0.79), "storkey": (0.99, 0.98), "projection": (1.0, 0.59)}


def findings(ds: xr.Dataset, config: Any) -> Iterator[Finding]:
    yield from _diagonal(ds)
    yield _first_steps(ds, analysis.rules(ds))
    yield from _courses(ds, config.steps, late=True)
    yield _erased(ds, config)
    yield from _clamped(ds, config)
    yield from _radii(ds, config)
    yield from _small(ds)
    yield from (_first_steps(ds, [rule]) for rule in analysis.rules(ds))
    yield from _courses(ds, config.steps, late=False)
    yield from _scatter(ds, config)
    yield from _widths(ds, config)


def title(rule: str) -> str:
    return RULES[rule].title if rule in RULES else rule


def _diagonal(ds: xr.Dataset) -> Iterator[Finding]:
    """The load at which a single flipped bit ceases to be taken back, on the line between two loads."""
    points = analysis.of_kind(ds, "diagonal")
    loads = np.array([analysis.load(at) for at in points])
    rows = np.stack([at["mended"].values[np.isfinite(at["mended"].values)] for at in points], axis=1)
    if not (rows[:, 0] > 0.5).all() or not (rows[:, -1] < 0.5).all():
        return
    value, error = analysis.resampled(lambda part: _falls(loads, part.mean(axis=0)), rows, 100, int(ds.attrs["seed"]))
    spacing = np.diff(loads)[min(int(np.searchsorted(loads, value)), len(loads) - 1) - 1]
    name = f"projection with J_ii kept: load at which half of the flipped bits are taken back, N = {_size(points[0])}"
    source = "Kanter & Sompolinsky 1987: J_ii = load, so h xi = 1 - 2 J_ii at a flipped bit"
    yield Finding.compare(name, value, float(np.hypot(error, spacing / np.sqrt(12))), 0.5, source)


def _falls(x: Array, y: Array) -> float:
    i = int(np.flatnonzero((y[:-1] >= 0.5) & (y[1:] < 0.5))[0])
    return float(x[i] + (x[i + 1] - x[i]) * (y[i] - 0.5) / (y[i] - y[i + 1]))


def _first_steps(ds: xr.Dataset, names: list[str]) -> Finding:
    """Measured less expected, averaged over loads, initial overlaps and rules."""
    values, all_of_them = [], [np.zeros(0)]
    for at in analysis.of_kind(ds, "basin"):
        mine = at.sel(rule=[rule for rule in names if rule in at["rule"]])
        # Rules share their cues, so samples are averaged first: what is independent is samples and loads.
        each = analysis.excess(mine).mean(["rule", "overlap"]).values
        if np.isfinite(each).any():
            values.append(analysis.mean_error(each[np.isfinite(each)]))
            all_of_them.append(analysis.deviations(mine))
    value, error = _average(values)
    every = np.concatenate(all_of_them)
    worst = float(np.abs(every).max(initial=0.0))
    note = (
        f"largest of {every.size} deviations at one load and initial overlap: {worst:.1f} errors, each of few samples"
    )
    which = title(names[0]) if len(names) == 1 else "all rules"
    return Finding.compare(
        f"overlap after one step, measured less expected, {which}", value, error, 0.0, STEP, note=note
    )


def _average(values: list[Any]) -> tuple[float, float]:
    """Mean of independent numbers, and its error."""
    means, errors = np.array(values, dtype=float).T
    return float(means.mean()), float(np.sqrt((errors**2).sum()) / len(errors))


def _courses(ds: xr.Dataset, steps: int, late: bool) -> Iterator[Finding]:
    """Hebb's rule: the last step first; then the first, exactly at each N, the second, and Amari and Maginu."""
    for (load, m0), parts in analysis.courses(ds).items():
        where = f"load {load:g}, m0 = {m0:g}"
        if not late:
            yield from _exact_first(parts, where, m0)
        if len(parts) < 2:
            continue
        mean, error = analysis.extrapolated(parts)
        exact, amari = theory.parallel_steps(m0, load, steps, power=17), theory.amari_maginu(m0, load, steps)
        sizes = " and ".join(str(at["size"].item()) for at in parts[:2])
        for t in [steps] if late else [2]:
            name = f"Hebb, all units at once, overlap after {t} steps, {where}, from N = {sizes}"
            yield Finding.compare(name, mean[t], error[t], exact[t], EXACT)
        if not late:
            name = f"Hebb, all units at once, overlap after 2 steps, {where}, from N = {sizes}"
            note = "an approximation from the second step on; the exact course of one effective unit agrees"
            yield Finding.compare(name, mean[2], error[2], amari[2], AMARI, note=note)


def _exact_first(parts: list[xr.Dataset], where: str, m0: float) -> Iterator[Finding]:
    for at in parts:
        mean, error = analysis.course(at)
        size, count = int(at["size"].item()), int(at["patterns"].item())
        name = f"Hebb, overlap after 1 step, {where}, N = {size}"
        yield Finding.compare(name, mean[1], error[1], theory.first_step_at(m0, size, count), "exact binomial sum")


def _erased(ds: xr.Dataset, config: Any) -> Finding:
    """Erased cues draw as far as flipped ones: the mean difference over rules and loads whose basins are open."""
    each = [_gain_of_all(at, config, "erased") for at in analysis.of_kind(ds, "basin")]
    value, error = _average([pair for pair in each if pair is not None])
    source = "one law in all but the scatter of m0, N -> infinity"
    return Finding.compare("radius, erased cues less flipped ones, all rules and loads", value, error, 0.0, source)


def _gain_of_all(at: xr.Dataset, config: Any, cue: str) -> tuple[float, float] | None:
    """The mean gain of the rules at one point, resampled together: they share patterns and cues."""
    tables = []
    for rule in at["rule"].values:
        mine = at.sel(rule=rule)
        if np.isfinite(mine["final"].values).any() and analysis.open_basin(mine):
            m0, one = analysis.table(mine, "recalled", cue)
            tables.append(np.stack([one, analysis.table(mine, "recalled", "flipped")[1]], axis=1))
    if not tables:
        return None
    both = np.stack(tables, axis=1)  # (disorder, rule, kind of cue, M)

    def difference(part: Array) -> float:
        each = [analysis.radius(m0, rows[:, 0]) - analysis.radius(m0, rows[:, 1]) for rows in np.moveaxis(part, 1, 0)]
        return float(np.mean(each))

    value, error = analysis.resampled(difference, both, config.resamples, int(at.attrs["seed"]))
    return value, error


def _clamped(ds: xr.Dataset, config: Any) -> Iterator[Finding]:
    """How much farther a pattern draws if what is known is held."""
    for rule in analysis.rules(ds):
        points = [at for at in analysis.basins(ds, rule, config.size) if analysis.open_basin(at)]
        if not points:
            continue
        value, error = _average([analysis.gain(at, "clamped", config.resamples) for at in points])
        loads = ", ".join(f"{analysis.load(at):.2f}" for at in points)
        name = f"radius, clamped cues less flipped ones, {title(rule)}, N = {config.size}"
        yield Finding.compare(name, value, error, None, NOTHING, note=f"mean over loads {loads}")


def _radii(ds: xr.Dataset, config: Any) -> Iterator[Finding]:
    for rule in analysis.rules(ds):
        for n in _sizes(ds):
            for at in analysis.basins(ds, rule, n):
                value, error = analysis.radius_error(at, "flipped", config.resamples)
                name = f"radius, {title(rule)}, load {analysis.load(at):.2f}, N = {n}"
                lost = "below 0.05, not to be told from 0" if value < analysis.SEEN else ""
                notes = (lost, _approximation(rule, analysis.load(at)), _unsettled(at))
                yield Finding.compare(name, value, error, None, NOTHING, note="; ".join(filter(None, notes)))


def _unsettled(at: xr.Dataset) -> str:
    """Directed couplings need not come to rest."""
    settled = float(analysis.mean_error(at["settled"].values)[0])
    return f"{settled:.0%} of the flipped cues settled" if settled < 0.995 else ""


def _approximation(rule: str, load: float) -> str:
    """What theories that are no more than approximations here would say."""
    critical = approximate(rule, load)
    if critical is None:
        return ""
    words = "Amari & Maginu, all units at once" if rule == "hebb" else "the one-step map, iterated"
    return f"{words}: " + ("no basin" if np.isnan(critical) else f"{1 - critical:.2f}")


def approximate(rule: str, load: float) -> float | None:
    """Critical initial overlap at infinite N by a theory that leaves the past out; None where there is none."""
    if rule == "hebb":
        return theory.amari_maginu_radius(load)
    if rule == "projection" and load < 1:
        return theory.iterated(lambda m: theory.projection_map(m, load))
    if rule == "minimum_overlap" and load < 2:
        return theory.iterated(lambda m: theory.minimum_overlap_map(m, load))
    return None


def _small(ds: xr.Dataset) -> Iterator[Finding]:
    for at in analysis.of_kind(ds, "small"):
        for rule in map(str, at["case"].values):
            where = f"{title(rule)}, load {SMALL[rule]:g}, N = {_size(at)}"
            flips = round((1 - analysis.start(at)) / 2 * _size(at))
            for name, text, expected in zip(("fixed", "restored"), ("fixed", "recalled"), EARLIER[rule], strict=True):
                rows = at[name].sel(case=rule).values
                mean, error = analysis.mean_error(rows)
                how = f" from exactly {flips} flipped bits (m >= {RECALLED})" if name == "restored" else ""
                cued = f"every cue has just {flips} wrong bits, all patterns are cued; " if how else ""
                scatter = float(rows.std(ddof=1))
                yield _two_digits(f"fraction {text}{how}, {where}", float(mean), float(error), expected, scatter, cued)


def _two_digits(name: str, value: float, error: float, expected: float, scatter: float, note: str) -> Finding:
    """The reference has two digits, so 0.005 of rounding stands beside the error; its own error is not known."""
    beyond = abs(value - expected) - ROUNDING
    agrees = bool(beyond <= 3 * error)
    note += "agreement: within 3 standard errors and the rounding of the reference"
    if not agrees:
        note += (
            f"; one network scatters by {scatter:.3f}, so this is 3 standard errors of both or more if the reference "
            f"is a mean over {enough(beyond, error, scatter)} networks or more; their number was not recorded"
        )
    return Finding(name, value, error, expected, EARLIER_CODE, agrees, note=note)


def enough(beyond: float, error: float, scatter: float) -> int:
    """Networks n of a reference from which a difference is 3 sigma, 3 sqrt(error^2 + scatter^2 / n) <= beyond.

    Needs beyond > 3 error: else no number of networks is enough.
    """
    return max(1, math.ceil(scatter**2 / ((beyond / 3) ** 2 - error**2)))


def _scatter(ds: xr.Dataset, config: Any) -> Iterator[Finding]:
    """N times the variance of m0 over cues, over what independent flips and exact erasure give."""
    for cue, power in (("flipped", 2), ("erased", 1)):
        values = []
        for at in analysis.of_kind(ds, "basin"):
            m0, rows = analysis.table(at, "scatter", cue)
            moves = m0 < 1
            values.append(analysis.mean_error((rows[:, moves] / (1 - m0[moves] ** power)).mean(axis=1)))
        name = f"scatter of the initial overlap, {cue} cues, over its law"
        source = "N var m0 = " + ("1 - m0^2" if power == 2 else "1 - m0")
        yield Finding.compare(name, *_average(values), 1.0, source)


def _widths(ds: xr.Dataset, config: Any) -> Iterator[Finding]:
    """Curves sharpen with N: initial overlaps between a quarter and three quarters recalled."""
    for rule in analysis.rules(ds):
        for at in analysis.two_sizes(ds, rule, config):
            value, error = analysis.width_error(at, config.resamples)
            name = f"width of the edge of the basin, {title(rule)}, load {analysis.load(at):.2f}, N = {_size(at)}"
            yield Finding.compare(name, value, error, None, "falls as N grows, to 0 at infinite N")


def _size(at: xr.Dataset) -> int:
    return int(at["size"].item())


def _sizes(ds: xr.Dataset) -> list[int]:
    return sorted({_size(at) for at in analysis.of_kind(ds, "basin")})

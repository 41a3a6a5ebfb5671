"""The findings of the damage study: what was measured, beside what theory says."""

from __future__ import annotations

import numpy as np
import xarray as xr
from hopphys.studies import _damage_analysis as analysis
from hopphys.studies._damage_analysis import Edge, stack

import hopphys as hp
from hopphys.statistics import mean_error
from hopphys.study import Finding

theory = hp.theory.noise
NAMES = {
    "intact": "without damage",
    "clip": "clipped to signs",
    "dilution": "diluted",
    "noise": "with noise",
    "one-way": "diluted one way",
}
SMALLER = "intact networks of N (1 - f) units, other disorder"
MILD = 0.8  # fraction removed up to which a row has many weights left
NOTHING = "nothing to compare with"
ESTIMATE = "the theory of symmetric noise, which one-way dilution is not"


def findings(ds: xr.Dataset, edges: list[Edge], resamples: int) -> list[Finding]:
    """The index shows the first four: units, the theory of noise as a whole, clipping, dilution."""
    ends = [_edge(ds, edge) for edge in edges]
    lead = [end for edge, end in zip(edges, ends, strict=True) if edge.kind in ("clip", "dilution")][:2]
    rest = [end for end in ends if end not in lead]
    overlaps = _overlaps(ds)
    return [
        *_units(ds)[:1],
        *overlaps[:1],
        *lead,
        *_units(ds)[1:],
        *rest,
        *overlaps[1:],
        *_descent(ds),
        *_steps(ds),
        *_rules(ds, resamples),
    ]


def _units(ds: xr.Dataset) -> list[Finding]:
    note = (
        "the couplings among survivors are those of the smaller network, up to a factor, so nothing but chance differs"
    )
    warm = f"overlap at T = {_temperature(ds):g}"
    names = {"cue_retrieved": "fraction retrieved from a cue", "warm_overlap": warm}
    result = []
    for name, text in names.items():
        value, error = analysis.beside(ds, name)
        title = f"{text}: units removed minus networks as small from the start, mean over all N, loads and f"
        result.append(Finding.compare(title, value, error, 0.0, SMALLER, note=note))
    size = analysis.sizes(ds)[-1]
    for load in analysis.loads(ds):
        at = analysis.by_removed(analysis.curve(ds, "units", load, size))
        below = np.flatnonzero(analysis.effective(at) < 0.9 * theory.critical_load())
        if below.size:
            result.append(_claim(at.isel(point=below[-1:]), size, load))
    return result


def _claim(at: xr.Dataset, size: int, load: float) -> Finding:
    """Cue a part, get the whole, with units gone: nearly all are retrieved below 0.138 N (1 - f)."""
    mean, error = mean_error(stack(at, "cue_retrieved"))
    removed, left = at["removed"].item(), float(analysis.effective(at)[0])
    name = (
        f"retrieved from a cue, {at['flip'].item():.0%} flipped, with {removed:.0%} of {size} units gone, load {load:g}"
    )
    source = "as N grows: the survivors are a smaller network, at load P / (N (1 - f)) below 0.138"
    floor = max(float(error[0]), 1 / (at["samples"].item() * at["probes"].item()))
    note = f"P / N(1 - f) = {left:.3f}; agreement: above 0.9, for at finite N some samples have a lower threshold"
    return Finding(name, float(mean[0]), floor, 1.0, source, bool(mean[0] > 0.9), note=note)


def _edge(ds: xr.Dataset, edge: Edge) -> Finding:
    temperature, halves = _temperature(ds), edge.halves
    by_load = edge.kind in ("intact", "clip")
    if by_load:
        per_load = theory.CLIPPED if edge.kind == "clip" else 0.0
        expected = theory.critical_load_at(temperature, per_load=per_load)
        cold = theory.critical_load(per_load=per_load)
        name = f"critical load, {NAMES[edge.kind]}, T = {temperature:g}"
    else:
        expected, cold = theory.critical_noise_at(edge.load, temperature), theory.critical_noise(edge.load)
        name = f"critical noise Delta, {NAMES[edge.kind]}, load {edge.load:g}, T = {temperature:g}"
    seen = ", ".join(f"{x:.4f} ± {error:.4f} (N = {n})" for n, x, error in halves if np.isfinite(x))
    note = f"theory at T = 0: {cold:.4f}" + f". Half is retrieved at {seen}" * bool(seen)
    if edge.kind == "clip":
        note += f". {theory.PUBLISHED_CLIPPED.source}: {theory.PUBLISHED_CLIPPED.value:g}"
    if edge.kind in ("dilution", "one-way"):
        keep = edge.load / (edge.load + edge.critical**2)
        theirs = edge.load / (edge.load + expected**2)
        note += f". So {1 - keep:.1%} of the weights may go, by theory {1 - theirs:.1%}"
    source = ESTIMATE if edge.kind == "one-way" else theory.SOURCE.replace("T = 0", f"T = {temperature:g}")
    return Finding.compare(name, edge.critical, edge.error, expected, source, note=note)


def _overlaps(ds: xr.Dataset) -> list[Finding]:
    found = analysis.continued(ds)
    covered = [one for one in found if one.kind != "one-way"]
    temperature = _temperature(ds)
    source = theory.SOURCE.replace("T = 0", f"T = {temperature:g}")
    name = f"overlap at T = {temperature:g}, continued to large N, against theory: ((difference) / error)², mean"
    worst = max(covered, key=lambda one: abs(one.away), default=None)
    result = []
    if worst is not None:
        z, freedom = np.array([(one.away, one.freedom) for one in covered]).T
        note = f"The largest: {NAMES[worst.kind]}, load {worst.load:.3f}"
        result.append(Finding.chi_square(name, z, freedom, source, note=note))
    for kind, load in dict.fromkeys((one.kind, one.load) for one in found if one.kind not in ("intact", "clip")):
        last = [one for one in found if (one.kind, one.load) == (kind, load)][-1]
        name = f"overlap {NAMES[kind]}, load {load:g}, Delta = {last.delta:.3f}, T = {temperature:g}, large N"
        here = ESTIMATE if kind == "one-way" else source
        note = f"a line in 1/N through {last.sizes} sizes"
        result.append(Finding.compare(name, last.measured, last.error, last.expected, here, note=note))
    return result


def _descent(ds: xr.Dataset) -> list[Finding]:
    """Descent from the pattern against equilibrium, where all is still retrieved."""
    result, size = [], analysis.sizes(ds)[-1]
    for load in analysis.loads(ds):
        for kind in ("dilution", "noise", "one-way"):
            at = analysis.curve(ds, kind, load, size)
            good = np.flatnonzero((analysis.ground(at) > 0) & (mean_error(stack(at, "retrieved"))[0] >= analysis.ALL))
            if not good.size:
                continue
            one = at.isel(point=good[-1:])
            mean, error = mean_error(stack(one, "recalled"))
            name = f"overlap after descent from the pattern, {NAMES[kind]}, load {load:g}, N = {size}"
            note = (
                f"Delta = {float(analysis.delta(one)[0]):.3f}. Descent stops in the first minimum, and symmetric noise "
                "makes many of them near the pattern: theory is of equilibrium, at large N"
            )
            result.append(
                Finding.compare(name, mean[0], error[0], float(analysis.ground(one)[0]), theory.SOURCE, note=note)
            )
    return result


def _steps(ds: xr.Dataset) -> list[Finding]:
    """One-step errors of all rules against the tail of the noise on the stabilities."""
    there = _learnt(ds)
    if not there.sizes["point"]:
        return []
    result = []
    every = [analysis.of_its_own(there.isel(point=number)) for number in range(there.sizes["point"])]
    for harm in there["harm"].values:
        mild = [at.sel(harm=harm, fraction=(at["fraction"] > 0) & (at["fraction"] <= MILD)) for at in every]
        wrong, expected = (
            [at[name].transpose("fraction", "disorder").values.astype(float).sum(axis=0) for at in mild]
            for name in ("left_wrong", "left_expected")
        )
        each = [mean_error(one - other) for one, other in zip(wrong, expected, strict=True)]
        mean, error = np.array(each, dtype=float).T
        total = sum(float(one.mean()) for one in expected)
        name = f"one-step errors of all rules under {HARM[str(harm)]}, measured over predicted"
        source = "Phi(-kappa / eta) of each bit's stability kappa before the damage"
        note = "the sum over rules, loads and strengths; what is cut from a row is a Gaussian for long rows only"
        ratio, spread = 1 + float(mean.sum()) / total, float(np.sqrt((error**2).sum())) / total
        result.append(Finding.compare(name, ratio, spread, 1.0, source, note=note))
    return result


HARM = {"units": "removal of units", "dilution": "dilution", "noise": "noise"}


def _rules(ds: xr.Dataset, resamples: int) -> list[Finding]:
    result, there = [], _learnt(ds)
    for number in range(there.sizes["point"]):
        at = there.isel(point=number)
        rule, load = hp.learning.RULES[str(at["rule"].item())].title, at["load"].item()
        for harm, text in (("units", "of the units"), ("dilution", "of the weights")):
            value, error = analysis.survived(at, harm, resamples, int(ds.attrs["seed"]))
            if np.isfinite(value):
                name = f"fraction {text} that {rule} can lose before half of the cues are lost, load {load:g}"
                result.append(Finding.compare(name, value, error, None, NOTHING))
        mean, error = mean_error(np.asarray(at["left_clipped"].values, dtype=float))
        name = f"fraction retrieved from a cue by {rule}, weights clipped to signs, load {load:g}"
        result.append(Finding.compare(name, float(mean), float(error), None, NOTHING))
    return result


def _learnt(ds: xr.Dataset) -> xr.Dataset:
    """The points of rules."""
    return ds.isel(point=np.flatnonzero(ds["rule"].values != ""))


def _temperature(ds: xr.Dataset) -> float:
    return float(np.nanmax(ds["temperature"].values))

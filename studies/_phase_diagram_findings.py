"""Findings of the phase-diagram study: what is measured, beside theory, point by point."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _phase_diagram_analysis as analysis
from hopphys.studies._phase_diagram_analysis import Group

import hopphys as hp
from hopphys.study import Finding
from hopphys.theory import glass

AGS = hp.theory.ags.SOURCE
NOTHING = "nothing to compare with: the two starts are compared with each other"
CRITICAL = 2 / 3  # power of N of corrections at a spinodal of one barrier, and of a mean-field glass
OTHERS = (1 / 2, 1.0)
OVERLAPS = ((0.05, 0.1), (0.05, 0.3), (0.10, 0.2), (0.12, 0.2), (0.02, 0.5), (0.02, 0.65))  # load, temperature


def findings(ds: xr.Dataset, config: Any) -> list[Finding]:
    seed = int(ds.attrs["seed"])
    spinodal = _spinodals(ds, config, seed)
    first = _transitions(ds, config, seed)
    freezing = _freezing(ds, config, seed)
    return [
        *spinodal[:1],
        *first[:2],
        *freezing[:1],
        *spinodal[1:],
        *first[2:],
        *_slowly(ds, config, seed),
        *freezing[1:],
        *_overlaps(ds),
        *_starts(ds),
        *_paramagnet(ds),
    ]


def by_load(found: list[Group]) -> dict[float, list[Group]]:
    """Groups of the usual number of sweeps, by load (to four digits), sizes rising."""
    usual = min((group.sweeps for group in found), default=0)
    loads: dict[float, list[Group]] = {}
    for group in sorted(found, key=lambda group: (group.load, group.size)):
        if group.sweeps == usual:
            loads.setdefault(round(group.load, 3), []).append(group)
    return loads


def spinodal_limits(
    ds: xr.Dataset, config: Any, seed: int
) -> dict[float, tuple[list[tuple[int, float, float]], analysis.Limit]]:
    """At each load: (N, T_half, error) and their limit."""
    result = {}
    for load, found in by_load(analysis.groups(ds, "limit")).items():
        rows = [
            (
                group.size,
                *analysis.resampled(lambda r, g=group: analysis.survival(g, r), group.samples, config.resamples, seed),
            )
            for group in found
        ]
        result[load] = rows, _limit(rows)
    return result


def _limit(rows: list[tuple[int, float, float]]) -> analysis.Limit:
    sizes, values, errors = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return analysis.limit(sizes, values, errors, CRITICAL, OTHERS)


def _told(rows: list[tuple[int, float, float]], limit: analysis.Limit) -> str:
    sizes = ", ".join(f"{value:.4f} ± {error:.4f} at N = {size}" for size, value, error in rows)
    parts = f"± {limit.statistical:.4f} (disorder), ± {limit.systematic:.4f} (with N^(-1/2) or N^(-1))"
    return f"{sizes}; line in N^(-2/3), {limit.fit}: {parts}"


def _spinodals(ds: xr.Dataset, config: Any, seed: int) -> list[Finding]:
    result = []
    for load, (rows, limit) in spinodal_limits(ds, config, seed).items():
        reference = hp.theory.ags.retrieval_temperature(load)
        note = f"half of the patterns survive {config.limit_sweeps} sweeps at {_told(rows, limit)}"
        result.append(
            Finding.compare(
                f"T_M at load {load:g}, where retrieval is lost", limit.value, limit.error, reference, AGS, note=note
            )
        )
    return result


def transition_limits(
    ds: xr.Dataset, config: Any, seed: int
) -> dict[float, tuple[list[tuple[int, float, float]], analysis.Limit]]:
    """At each load where noise was cooled too: (N, T_c, error) and their limit."""
    result = {}
    for load, found in by_load(analysis.groups(ds, "branch")).items():
        rows = [
            (
                group.size,
                *analysis.resampled(
                    lambda r, g=group: analysis.transition(g, r), group.samples, config.resamples, seed
                ),
            )
            for group in found
            if "cold_u" in group.values
        ]
        if rows:
            result[load] = rows, _limit(rows)
    return result


def _transitions(ds: xr.Dataset, config: Any, seed: int) -> list[Finding]:
    result = []
    for load, (rows, limit) in transition_limits(ds, config, seed).items():
        name, note = f"T_c at load {load:g}, where free energies cross", _told(rows, limit)
        broken = glass.transition_temperature(load)
        result.append(
            Finding.compare(f"{name}, beside one-step", limit.value, limit.error, broken, glass.SOURCE, note=note)
        )
        symmetric = hp.theory.ags.transition_temperature(load)
        result.append(Finding.compare(f"{name}, beside symmetric", limit.value, limit.error, symmetric, AGS, note=note))
    return result


def _slowly(ds: xr.Dataset, config: Any, seed: int) -> list[Finding]:
    """T_c of the smallest size where noise was cooled more slowly, beside the usual cooling of other samples."""
    found = [group for group in analysis.groups(ds, "branch") if "cold_u" in group.values]
    usual, result = by_load(found), []
    for slow in (
        group for group in found if group.sweeps == config.slow * config.branch_sweeps != config.branch_sweeps
    ):
        same = next(group for group in usual[round(slow.load, 3)] if group.size == slow.size)
        (value, error), (fast, other) = (
            analysis.resampled(lambda r, g=group: analysis.transition(g, r), group.samples, config.resamples, seed)
            for group in (slow, same)
        )
        name = f"T_c at load {slow.load:g}, N = {slow.size}, cooled {config.slow} times more slowly"
        note = (
            f"{fast:.4f} ± {other:.4f} by {same.sweeps} sweeps at each temperature; the error is that of the difference"
        )
        source = "the usual cooling, at the same N"
        result.append(Finding.compare(name, value, float(np.hypot(error, other)), fast, source, note=note))
    return result


def _freezing(ds: xr.Dataset, config: Any, seed: int) -> list[Finding]:
    result = []
    for load, found in by_load(analysis.groups(ds, "glass")).items():
        rows = [(small.size, *_crossing(small, large, config.resamples, seed)) for small, large in pairwise(found)]
        limit = _limit(rows) if len(rows) > 1 else analysis.Limit(rows[0][1], rows[0][2], 0.0)
        at = ", ".join(
            f"{value:.4f} ± {error:.4f} (N = {small.size}, {large.size})"
            for (_, value, error), (small, large) in zip(rows, pairwise(found), strict=True)
        )
        note = f"crossings of N^(2/3) <q²>: {at}; ± {limit.systematic:.4f} from the power of N"
        reference = float(hp.theory.ags.glass_temperature(load))
        result.append(
            Finding.compare(f"T_g at load {load:g}", limit.value, limit.error, reference, "1 + √α, " + AGS, note=note)
        )
    return result


def _crossing(small: Group, large: Group, resamples: int, seed: int) -> tuple[float, float]:
    """A crossing; samples of both sizes are drawn independently, so the errors of each add."""
    every = np.arange(small.samples), np.arange(large.samples)
    value, first = analysis.resampled(
        lambda rows: analysis.crossing(small, large, rows, every[1]), small.samples, resamples, seed
    )
    _, second = analysis.resampled(
        lambda rows: analysis.crossing(small, large, every[0], rows), large.samples, resamples, seed
    )
    return value, float(np.hypot(first, second))


def _overlaps(ds: xr.Dataset) -> list[Finding]:
    """m of the retrieval state at the table's points, by a line in 1/N."""
    loads, result = by_load(analysis.groups(ds, "branch")), []
    for load, temperature in OVERLAPS:
        rows = []
        for group in loads.get(load, []):
            at = np.flatnonzero(np.isclose(group["warm_temperature"], temperature))
            if at.size:
                centre, error = analysis.mean_error(group["warm_m"][:, at[0]])
                rows.append((group.size, float(centre), float(error)))
        if len(rows) > 1:
            sizes, values, errors = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
            limit = analysis.limit(sizes, values, np.maximum(errors, 1e-7), 1.0)
            there = "; ".join(f"{value:.6f} ± {error:.6f} at N = {size}" for size, value, error in rows)
            note = f"{there}; line in 1/N, {limit.fit}"
            reference = hp.theory.ags.overlap_at(load, temperature)
            name = f"overlap m from the pattern, load {load:g}, T = {temperature:g}"
            result.append(Finding.compare(name, limit.value, limit.error, reference, AGS, note=note))
    return result


def _starts(ds: xr.Dataset) -> list[Finding]:
    """Two starts, two answers, at the largest size, half-way between T_c and T_M."""
    result = []
    for load, found in by_load(analysis.groups(ds, "branch")).items():
        group = found[-1]
        if "cold_u" not in group.values:
            continue
        middle = 0.5 * (glass.transition_temperature(load) + hp.theory.ags.retrieval_temperature(load))
        hot = int(np.argmin(abs(group["warm_temperature"] - middle)))
        cold = int(np.argmin(abs(1 / group["cold_beta"] - middle)))
        where = f"N = {group.size}, load {load:g}"
        kept, error = analysis.mean_error(group["warm_kept"][:, hot])
        at = f"T = {group['warm_temperature'][hot]:.2f}"
        name = f"patterns kept after {group.sweeps // 2} sweeps from the pattern, {at}, {where}"
        result.append(Finding.compare(name, float(kept), float(error), None, NOTHING))
        met, error = analysis.mean_error(1 - group["cold_free"][:, cold])
        name = f"runs cooled from noise that met a pattern by T = {1 / group['cold_beta'][cold]:.2f}, {where}"
        result.append(Finding.compare(name, float(met), float(error), None, NOTHING))
    return result


def _paramagnet(ds: xr.Dataset) -> list[Finding]:
    """Energy and susceptibility at the highest temperature of the overlaps, largest size."""
    result = []
    for load, found in by_load(analysis.groups(ds, "glass")).items():
        group, source = found[-1], "paramagnet, N -> infinity"
        top = int(np.argmax(group["glass_temperature"]))
        temperature = float(group["glass_temperature"][top])
        where = f"load {load:g}, T = {temperature:.3f}, N = {group.size}"
        u, error = analysis.mean_error(group["glass_u"][:, top])
        result.append(
            Finding.compare(
                f"energy per site, {where}", float(u), float(error), -0.5 * load / (temperature - 1), source
            )
        )
        chi, error = analysis.mean_error(group.size * group["glass_q2"][:, top])
        reference = float(glass.susceptibility(load, temperature))
        result.append(Finding.compare(f"χ_SG = N <q²>, {where}", float(chi), float(error), reference, source))
    return result

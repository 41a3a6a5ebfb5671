"""What the study `synchronous` measures, beside what is known: the headlines first, then the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from hopphys.study import Finding

SWEEPS = 12_000  # periods are looked for within so many
PAIR = "0/1 units, biases +5, weight -100"


def findings(ds: xr.Dataset) -> list[Finding]:
    trace, timing = of_kind(ds, "trace").isel(point=0), of_kind(ds, "timing")
    networks, little = of_kind(ds, "hopfield"), of_kind(ds, "little")
    return [
        Finding.compare(
            "pair at once: period", timing.cycle[timing.probability == 1].max(), None, 2, PAIR, unit="sweep"
        ),
        settling_time(timing.isel(point=int(np.flatnonzero(timing.probability == 0.5)[0]))),
        neither(networks),
        at_once(little),
        *on_the_pair(trace, timing),
        *on_networks(networks),
        *on_periods(ds),
        one_at_a_time(little),
    ]


def of_kind(ds: xr.Dataset, kind: str) -> xr.Dataset:
    return ds.isel(point=np.flatnonzero(ds.kind == kind))


def standard_error(values: Any) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def settling_time(at: xr.Dataset, note: str = "") -> Finding:
    p = at.probability.item()
    name, source = f"pair at p = {p:g}: mean sweeps to settle", "1/(2p(1-p)), exact chain of two units"
    exact = 0.5 / (p * (1 - p))
    return Finding.compare(name, at.settling_time, at.settling_error, exact, source, unit="sweep", note=note)


def on_the_pair(trace: xr.Dataset, timing: xr.Dataset) -> list[Finding]:
    compare, energies = Finding.compare, trace.trace.sel(chance=1.0).dropna("sweep").values
    settles = timing.isel(point=np.flatnonzero(timing.probability < 1))
    fewest, energy = float(settles.settled.min()), settles.final_energy.values
    return [
        compare("pair at once: energy after even sweeps", energies[::2].mean(), None, 0, PAIR, unit="J"),
        compare("pair at once: energy after odd sweeps", energies[1::2].mean(), None, 90, PAIR, unit="J"),
        compare(
            "pair at every p < 1: smallest share that settles", fewest, None, 1, "with probability 1",
            note=f"{int(timing.runs[0])} runs each",
        ),
        compare("pair at every p < 1: highest mean final energy", energy.max(), None, -5, PAIR, unit="J"),
        *farthest_time(settles),
    ]  # fmt: skip


def farthest_time(settles: xr.Dataset) -> list[Finding]:
    """Of all p but ½, the one whose time departs most from the law, so that one row answers for all of them."""
    others = settles.isel(point=np.flatnonzero(settles.probability != 0.5))
    if not others.sizes["point"]:
        return []
    p = others.probability
    off = np.abs(others.settling_time - 0.5 / (p * (1 - p))) / others.settling_error
    note = f"of p = {', '.join(f'{value:g}' for value in np.sort(p.values))} the one that departs most"
    return [settling_time(others.isel(point=int(off.values.argmax())), note)]


def neither(networks: xr.Dataset) -> Finding:
    name = "Hopfield at once: share of runs that end neither in a fixed point nor in a cycle of two"
    return Finding.compare(name, networks.neither.max(), None, 0, "symmetric couplings: Goles & Olivos 1981")


def on_networks(networks: xr.Dataset) -> list[Finding]:
    """Shares of two-cycles at the largest N, for the smallest and the largest load."""
    converged = "Hopfield one at a time: share of runs that converge"
    source = "symmetric couplings: the energy falls"
    found = [Finding.compare(converged, networks.single_converged.min(), None, 1, source)]
    sites = int(networks.sites.max())
    here = networks.isel(point=np.flatnonzero(networks.sites == sites)).sortby("load")
    for end in (0, -1):
        for start in ("random state", "pattern"):
            values = here.two_cycles.sel(start=start).isel(point=end).dropna("disorder").values
            load = float(here["load"][end])
            name = f"Hopfield at once, N = {sites}, P/N = {load:g}, from a {start}: share of two-cycles"
            error = standard_error(values) if np.ptp(values) else None
            note = "" if error else f"in every one of {values.size} draws"
            found.append(Finding.compare(name, values.mean(), error, None, "measured", note=note))
    return found


def on_periods(ds: xr.Dataset) -> list[Finding]:
    compare = Finding.compare
    claims = (
        ("symmetric", "1 or 2", "Goles & Olivos 1981"),
        ("antisymmetric", "4", "Goles 1986: no bias, no ties"),
    )
    found = [
        compare(f"{kind} ±1 couplings: share of periods {period}", of_kind(ds, kind).expected.min(), None, 1, source)
        for kind, period, source in claims
    ]
    slope, error = growth(ds)
    free = of_kind(ds, "asymmetric")
    note = f"ln of the mean period against N, weighted; a random map of 2^N states has ½ ln 2 = {0.5 * np.log(2):.3f}"
    longest = f"asymmetric ±1 couplings: longest period, N = {int(free.sites.max())}"
    return [
        *found,
        compare("asymmetric ±1 couplings: growth of ln(period) a site", slope, error, None, "fit", note=note),
        compare(longest, free.longest.max(), None, None, "longest seen", unit="sweep"),
        compare(
            "asymmetric ±1 couplings: share of runs without a period found", missing(free), None, 0, f"{SWEEPS} sweeps"
        ),
    ]


def missing(free: xr.Dataset) -> float:
    return float((free.counts.sel(bin=0) / free.counts.sum("bin")).max())


def growth(ds: xr.Dataset) -> tuple[float, float]:
    """Slope of ln(mean period) against N for asymmetric couplings, N >= 8, and its error from those of the means."""
    free = of_kind(ds, "asymmetric")
    free = free.isel(point=np.flatnonzero(free.sites >= 8))
    mean = free.mean_period.mean("disorder").values
    error = (free.mean_period.std("disorder", ddof=1) / np.sqrt(free.mean_period.count("disorder"))).values / mean
    design = np.stack([np.ones(len(mean)), free.sites.values.astype(float)], axis=1) / error[:, None]
    covariance = np.linalg.inv(design.T @ design)
    return float((covariance @ design.T @ (np.log(mean) / error))[1]), float(np.sqrt(covariance[1, 1]))


def at_once(little: xr.Dataset) -> Finding:
    return equal(little, "at once", 0.5, "Little's law exp(sum_i ln 2 cosh(f_i/T))")


def one_at_a_time(little: xr.Dataset) -> Finding:
    return equal(little, "one at a time", float(1 / (1 + np.exp(-2.0))), "1/(1 + exp(-2/T))")


def equal(little: xr.Dataset, rule: str, reference: float, source: str) -> Finding:
    at = little.isel(point=int(np.flatnonzero(little.temperature == 1)[0]))
    error = np.sqrt(reference * (1 - reference) / int(at.runs))
    name = f"two spins {rule}, J = T = 1: P(equal)"
    return Finding.compare(name, at.equal.sel(rule=rule), error, reference, source)

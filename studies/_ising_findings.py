"""The findings of the study `ising_transition`."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import xarray as xr
from hopphys.studies._ising_analysis import CRITICAL_BINDER, NARROW, TC, critical, crossing, curve, drift, lengths

import hopphys as hp
from hopphys.study import Finding

KAUFMAN = "Kaufman 1949, same lattice"
ONSAGER = "Onsager 1944, infinite lattice"
YANG = "Yang 1952, infinite lattice"
TORUS = "transfer matrix, same lattice"


def findings(ds: xr.Dataset) -> list[Finding]:
    return [*against_exact(ds), *against_infinite(ds), *transition(ds), *honesty(ds)]


def against_exact(ds: xr.Dataset) -> list[Finding]:
    """All temperatures of each lattice at once: the mean square of (measured - exact) / error."""
    rows = [scatter(ds, length, q, name, KAUFMAN) for length in lengths(ds) for q, name in (("u", "u"), ("c", "c"))]
    near = ds.isel(point=np.flatnonzero(ds.near.values.astype(bool)))
    few = [length for length in lengths(ds) if length <= NARROW]
    return rows + [
        scatter(near, length, q, name, TORUS) for length in few for q, name in (("m2", "<m²>"), ("binder", "U"))
    ]


def scatter(ds: xr.Dataset, length: int, quantity: str, name: str, source: str) -> Finding:
    z = curve(ds, length, quantity).z
    title = f"{name}, L = {length}: mean square of (measured - exact) / error, {z.size} temperatures"
    return Finding.chi_square(title, z, int(ds.sizes["replica"]) - 1, source)


def against_infinite(ds: xr.Dataset) -> list[Finding]:
    """The largest lattice, at the temperature closest to 2 J, where the correlation length is a few sites."""
    length = lengths(ds)[-1]
    rows = []
    for quantity, name, unit, exact, source in (
        ("u", "energy per site", "J", hp.theory.ising.onsager_energy, ONSAGER),
        ("c", "heat capacity per site", "", hp.theory.ising.onsager_heat_capacity, ONSAGER),
        ("m_abs", "|magnetisation| per site", "", hp.theory.ising.yang_magnetisation, YANG),
    ):
        found = curve(ds, length, quantity)
        k = int(np.abs(found.temperature - 2.0).argmin())
        t = float(found.temperature[k])
        name = f"{name}, L = {length}, T = {t:g} J"
        rows.append(Finding.compare(name, found.value[k], found.error[k], float(exact(t)), source, unit=unit))
    return rows


def transition(ds: xr.Dataset) -> list[Finding]:
    sizes = lengths(ds)
    pairs = [crossing(ds, small, large) for small, large in pairwise(sizes)]
    rows = [
        Finding.compare(
            f"Binder crossing of L = {found.pair[0]} and {found.pair[1]}", found.temperature, found.error,
            TC + drift(*found.pair), "exact U of L = 6 and 7 (transfer matrix), extrapolated", unit="J",
            note=f"finite-size drift: {drift(*found.pair):+.4f} J"
            + (f"; {found.missed:.1%} of resamples did not cross" if found.missed else ""),
        )
        for found in pairs
    ]  # fmt: skip
    last = pairs[-1]
    rows.append(
        Finding.compare(
            f"Tc: crossing of L = {last.pair[0]} and {last.pair[1]} less its drift",
            last.temperature - drift(*last.pair), last.error, TC, "Onsager 1944: 2 J / ln(1 + sqrt 2)", unit="J",
        )
    )  # fmt: skip
    at = {length: critical(ds, length) for length in (sizes[0], sizes[-1])}
    (_, low), (_, low_error) = at[sizes[0]]
    (top, high), (top_error, high_error) = at[sizes[-1]]
    span = np.log(sizes[-1] / sizes[0])
    return [
        *rows,
        Finding.compare(
            f"Binder parameter at Tc, L = {sizes[-1]}", top, top_error, CRITICAL_BINDER, "Kamieniarz & Blöte 1993"
        ),
        Finding.compare(
            f"1/nu from the slopes of U at Tc, L = {last.pair[0]} and {last.pair[1]}", last.inverse_nu,
            last.inverse_nu_error, 1.0, ONSAGER,
        ),
        Finding.compare(
            f"beta/nu from <m²> at Tc, L = {sizes[0]} to {sizes[-1]}", float((low - high) / (2 * span)),
            float(np.hypot(low_error, high_error) / (2 * span)), 1 / 8, f"{YANG}: beta = 1/8, nu = 1",
            note="corrections of the smaller lattice are in it",
        ),
    ]  # fmt: skip


def honesty(ds: xr.Dataset) -> list[Finding]:
    """Is the warm-up long enough, and is the error of a single run the scatter of the runs?"""
    above = ds.isel(point=np.flatnonzero(ds.temperature.values >= TC))
    z = np.array([start_difference(above.isel(point=k)) for k in range(above.sizes["point"])])
    chain, replicas = (ds.u_error**2).mean("replica"), ds.u.var("replica", ddof=1)
    ratio = np.sqrt(chain / replicas).values
    warm_up = ds.sweeps / 4 / np.maximum(ds.tau_u, ds.tau_m)
    spread = float(1 / np.sqrt(2 * (ds.sizes["replica"] - 1)))
    return [
        Finding.chi_square("random against ordered starts from Tc on: mean square of difference / error in u",
                z, int(ds.sizes["replica"]) - 2, "none if the warm-up is long enough"),
        Finding.compare(
            "error of u from a run's own tau / scatter of the runs, mean of all points", float(ratio.mean()),
            float(spread / np.sqrt(ratio.size)), 1.0, "1 if tau is right",
            note=f"between {ratio.min():.2f} and {ratio.max():.2f}; one point knows it to {spread:.2f}",
        ),
        Finding(
            "shortest warm-up, in autocorrelation times of u or |m|", float(warm_up.min()), None, None, "", None,
            note=f"longest tau: {float(np.maximum(ds.tau_u, ds.tau_m).max()):.0f} sweeps",
        ),
    ]  # fmt: skip


def start_difference(point: xr.Dataset) -> float:
    """(mean u of random starts - mean u of ordered starts) / its error."""
    random = point.at_random.values.astype(bool)
    one, other = (hp.statistics.standard_error(point.u.values[mine]) for mine in (random, ~random))
    return float((one.value - other.value) / np.hypot(one.error, other.error))

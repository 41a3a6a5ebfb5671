"""What the study `hypercube` measures, beside what is known: the headlines first, then the checks behind them."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _hypercube_landscapes as landscapes

import hopphys as hp
from hopphys.study import Finding

KINDS = hp.landscape.KINDS
HINTON = "Hinton's five-unit network"
ENERGIES = (-5, -5, -4)


def findings(ds: xr.Dataset) -> list[Finding]:
    drawn = ds.isel(point=int(np.flatnonzero(ds.kind == "drawn")[0]))
    random = ds.isel(point=np.flatnonzero(ds.kind == "memories"))
    return [minima(drawn), *into_patterns(random), *five_units(drawn), *orthogonal(drawn), *unrelated(random)]


def minima(drawn: xr.Dataset) -> Finding:
    energies = drawn.minimum_energy.sel(system="five units").dropna("minimum").values
    name = f"five units: number of minima (at {', '.join(f'{energy:g}' for energy in energies)} J)"
    return Finding.compare(name, energies.size, None, 3, f"{HINTON}, all 32 energies")


def into_patterns(random: xr.Dataset) -> list[Finding]:
    """Shares of all corners at the largest N and the P nearest to N/2, where the three memories differ most."""
    sites = int(random.sites.max())
    here = random.isel(point=np.flatnonzero(random.sites == sites))
    at = here.isel(point=int(np.abs(here.patterns - sites / 2).argmin("point")))
    return [
        share(
            f"{memory}, N = {sites}, P = {int(at.patterns)}: share of corners that descend into patterns",
            at.share.sel(memory=memory, kind_of_minimum="pattern").dropna("disorder").values,
        )
        for memory in at.memory.values
    ]


def share(name: str, values: Any) -> Finding:
    """A mean over draws of the patterns; where all draws agree there is no spread to make an error of."""
    alike = np.ptp(values) < 1e-6
    error = None if alike else values.std(ddof=1) / np.sqrt(values.size)
    note = f"in every one of {values.size} draws" if alike else ""
    return Finding.compare(name, values.mean(), error, None, "all corners, exact for each draw", note=note)


def five_units(drawn: xr.Dataset) -> list[Finding]:
    compare, ferromagnet = Finding.compare, drawn.minimum_energy.sel(system="ferromagnet").dropna("minimum")
    return [
        compare(
            "five units: largest departure of an energy from the lectures'", departure(drawn), None, 0, HINTON,
            unit="J", note="three minima at -5, -5, -4; {a, c} at -3, where d gains 1 by switching on",
        ),
        compare(
            "five units: energy where {a, c} settles", drawn.a_c_end, None, -4, f"{HINTON}: {{a, c, d}}", unit="J",
            note=f"threshold rule, shuffled order, every run (spread {float(drawn.a_c_spread):g}): not the lowest",
        ),
        compare(
            "five units: fixed points that are no minima", drawn.tied_fixed_points, None, 2, "{a, c, e} and all off",
            note="no unit wants to change, but a tied one opens a way down",
        ),
        farthest(basins(drawn), "of the three basins the one that departs most"),
        compare("three-spin ferromagnet: number of minima", ferromagnet.size, None, 2, "all up, all down"),
    ]  # fmt: skip


def departure(drawn: xr.Dataset) -> float:
    """Largest difference between the energies of the lectures and those found, in J; infinite where one is missing."""
    energies = drawn.minimum_energy.sel(system="five units").dropna("minimum").values
    if energies.size != len(ENERGIES):
        return float("inf")
    found = np.array([*energies, float(drawn.a_c_energy), float(drawn.a_c_gap)])
    return float(np.abs(found - (*ENERGIES, -3, 1)).max())


def basins(drawn: xr.Dataset) -> list[Finding]:
    """What runs of the engine from random corners say of the exact basins."""
    five, runs = drawn.sel(system="five units"), int(drawn.samples)
    names = [landscapes.units_on(int(corner)) for corner in five.minimum_corner.dropna("minimum").values]
    triples = zip(names, drawn.engine_basin.values, five.minimum_basin.dropna("minimum").values, strict=True)
    return [
        Finding.compare(
            f"five units: basin of {{{', '.join(name)}}}, heat bath at T = 0", engine,
            np.sqrt(exact * (1 - exact) / runs), exact, "exact: all corners flow down",
        )
        for name, engine, exact in triples
    ]  # fmt: skip


def farthest(found: list[Finding], note: str) -> Finding:
    """The finding that lies most standard errors off its reference, so that one row answers for all of them."""
    off = [abs(f.measured - (f.reference or 0.0)) / (f.error or np.inf) for f in found]
    one = found[int(np.argmax(off))]
    return Finding.compare(one.name, one.measured, one.error, one.reference, one.source, unit=one.unit, note=note)


def orthogonal(drawn: xr.Dataset) -> list[Finding]:
    hopfield, n, p = drawn.sel(system="Hopfield"), int(drawn.sites), int(drawn.patterns)
    mixed = hopfield.minimum_kind.values == KINDS.index("mixture")
    energies = (hopfield.minimum_energy.values[mixed] - p / 2) / n
    basin = [float(hopfield.minimum_basin.values[hopfield.minimum_kind == KINDS.index(k)].sum()) for k in KINDS]
    compare, where = Finding.compare, "Hopfield, orthogonal patterns"
    return [
        compare(f"{where}: three-pattern mixtures", mixed.sum(), None, 8, "Amit et al. 1985"),
        compare(
            f"{where}: (E - P/2)/N of the mixtures", energies.mean(), None, -0.375,
            "Amit et al. 1985: m = ½ with each of three", unit="J", note="patterns themselves: -0.5",
        ),
        compare(
            f"{where}: share of corners that descend into patterns", basin[0], None, basin[1],
            "the same for their negatives: E(-s) = E(s)",
        ),
    ]  # fmt: skip


def unrelated(random: xr.Dataset) -> list[Finding]:
    largest, sizes = float(random.identity.max()), np.unique(random.sites)
    identity = Finding.compare(
        "Hopfield: largest departure from E = -(N/2) sum m² + P/2", largest, None, 0,
        "identity, all corners of all draws", unit="J", note=f"largest difference {largest:.0e}: rounding",
    )  # fmt: skip
    note = f"of N = {', '.join(str(n) for n in sizes)} the one that departs most" if sizes.size > 1 else ""
    return [identity, farthest([pattern_energy(random, n) for n in sizes], note), spurious(random)]


def pattern_energy(random: xr.Dataset, sites: int) -> Finding:
    """<E> of a pattern is -N/2 - (P - 1)/2 + P/2: the other patterns take what P/2 adds, but for ½."""
    values = random.pattern_energy.values[random.sites.values == sites]
    mean, error = values.mean(), np.sqrt(np.square(values.std(axis=1, ddof=1)).mean() / values.size)
    name, source = f"Hopfield: energy per site of a random pattern, N = {sites}", "-½ + 1/(2N), from <x²> = N"
    return Finding.compare(name, mean, error, -0.5 + 0.5 / sites, source, unit="J")


def spurious(random: xr.Dataset) -> Finding:
    """The largest share of the cube that descends into spurious minima, over memories, N and P."""
    shares = random.share.sel(kind_of_minimum="spurious").transpose("point", "memory", "disorder")
    point, memory = np.unravel_index(
        int(shares.mean("disorder").values.argmax()), (random.sizes["point"], len(random.memory))
    )
    at, values = random.isel(point=point), shares.isel(point=point, memory=memory).dropna("disorder").values
    if not values.any():
        return share("three memories, every N and P: share of corners that descend into spurious minima", values)
    place = f"{random.memory.values[memory]}, N = {int(at.sites)}, P = {int(at.patterns)}"
    return share(f"largest share of corners that descend into spurious minima ({place})", values)

"""A network of N two-level units has 2^N states: the corners of a hypercube, each with N neighbours one flip away. For
small N every corner is computed, so that nothing below depends on where a run was started.

A minimum is a connected set of corners of equal energy from which no flip leads lower. Descent takes one site at a
time, drawn at random: a flip that lowers the energy is made, a tie is drawn with probability 1/2 (heat bath as T -> 0).
The basin of a minimum is the probability that descent ends there from a corner drawn at random; it is computed
exactly, by letting the weight of all corners flow down.

Five landscapes are drawn on one scale of energy per site: a three-spin ferromagnet; the five-unit network of Hinton's
lectures (0/1 units; ab = -4, ac = 3, ad = 2, bd = 3, be = 3, cd = -1, de = -1); and three memories of the same three
orthogonal ±1 patterns: Hopfield, E = -(1/2N) sum x² + P/2; dense memory, E = -(1/3N²) sum x³; and attention restricted
to ±1 states, E = -(1/k) ln sum exp(k x), with x = xi·s the overlap counted in sites.

Then patterns are drawn at random, and the minima of the three memories that store them are counted by kind: a pattern,
the negative of one, a mixture (the sign of a sum of three ± patterns), or spurious (anything else). Errors are standard
errors over draws of the patterns; each draw is the same for all three memories.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _hypercube_figures as drawing
from hopphys.studies import _hypercube_findings as analysis

import hopphys as hp
from hopphys import study

UNITS = "abcde"
WEIGHTS = {"ab": -4, "ac": 3, "ad": 2, "bd": 3, "be": 3, "cd": -1, "de": -1}
SYSTEMS = ("ferromagnet", "five units", "Hopfield", "dense memory", "attention")
MEMORIES = SYSTEMS[2:]
KINDS = hp.landscape.KINDS


@dataclass(frozen=True)
class Config:
    """sites, patterns: N and P of the random memories; samples: draws of the patterns for each.

    sharpness: k of attention where it is compared; sharpnesses: where it is varied, for N = scanned_sites and P = 3.
    drawn_sites: N of the drawn memories, a multiple of 8; replicas: runs of the engine that check the exact basins.
    """

    sites: tuple[int, ...]
    patterns: tuple[int, ...]
    samples: int
    sharpnesses: tuple[float, ...]
    scanned_sites: int
    scanned_samples: int
    replicas: int
    sharpness: float = 0.5
    drawn_sites: int = 8

    def __post_init__(self) -> None:
        if self.drawn_sites % 8 or not 8 <= self.drawn_sites <= 16:
            raise ValueError(
                f"drawn_sites must be 8 or 16, so that three patterns can be balanced, not {self.drawn_sites}"
            )
        sizes = (*self.sites, self.scanned_sites)
        if not self.sites or max(sizes) > 16 or min(sizes) < 4:
            raise ValueError(f"sites must lie between 4 and 16, for 2^N corners each, but they are {sizes}")
        study.at_least(self, 2, "samples", "scanned_samples", why="for an error over draws of the patterns")


@dataclass(frozen=True)
class Point:
    """One work item: `kind` is drawn, funnel, memories or sharpness."""

    kind: str
    sites: int = field(metadata={"long_name": "sites N", "units": "1"})
    patterns: int = field(metadata={"long_name": "patterns P", "units": "1"})
    samples: int = field(metadata={"long_name": "draws of the patterns", "units": "1"})
    sharpness: float = field(metadata={"long_name": "sharpness k of attention", "units": "1/J"})


def points(config: Config) -> Sequence[Point]:
    """The drawn systems, one landscape of random patterns, and the memories over N, P and sharpness."""
    k = config.sharpness
    memories = [Point("memories", n, p, config.samples, k) for n in config.sites for p in config.patterns]
    scan = [Point("sharpness", config.scanned_sites, 3, config.scanned_samples, s) for s in config.sharpnesses]
    drawn = Point("drawn", config.drawn_sites, 3, config.replicas, k)
    return [drawn, Point("funnel", 12, 3, 1, k), *memories, *scan]


def five_units() -> hp.Hamiltonian:
    couplings = np.zeros((5, 5))
    for pair, weight in WEIGHTS.items():
        i, j = (UNITS.index(unit) for unit in pair)
        couplings[i, j] = couplings[j, i] = weight
    return hp.boltzmann_machine(couplings)


def memories(xi: Any, sharpness: float) -> dict[str, hp.Hamiltonian]:
    """The same patterns stored three times."""
    dense = hp.dense_memory(xi, hp.power(3))
    return dict(zip(MEMORIES, (hp.hopfield(xi), dense, hp.dense_memory(xi, hp.log_sum_exp(sharpness))), strict=True))


def balanced(sites: int) -> Any:
    """Three orthogonal patterns in which each of the eight columns of signs stands equally often, (3, N)."""
    columns = np.array([[1 - 2 * (k >> mu & 1) for k in range(8)] for mu in range(3)])
    return np.tile(columns, (1, sites // 8))


def census(system: hp.Hamiltonian, xi: Any) -> xr.Dataset:
    """Minima by kind; mixtures of three only, since those of five are too large a share of so small a cube."""
    return hp.landscape.census(system, xi, mixtures=(3,))


def measure(point: Point, seed: int) -> xr.Dataset:
    kinds = {"drawn": drawn, "funnel": funnel, "memories": stored, "sharpness": scanned}
    return kinds[point.kind](point, seed)


def drawn(point: Point, seed: int) -> xr.Dataset:
    """All corners of the five systems that are drawn, and the engine's word on the basins of the five units."""
    xi = balanced(point.sites)
    systems = [hp.ising(hp.chain(3)), five_units(), *memories(xi, point.sharpness).values()]
    parts = [landscape(system, xi if system.size == point.sites else None) for system in systems]
    joined = xr.concat(parts, xr.Variable("system", list(SYSTEMS), label("system")), join="outer")
    corners = hp.landscape.corners(hp.hopfield(xi)).state.values
    overlaps = hp.patterns.overlap(corners.astype(float), xi)
    joined["overlap"] = described(
        ("corner", "pattern"), overlaps.astype(np.float32), "overlap of the drawn corner with a pattern"
    )
    joined = joined.assign_coords(pattern=described("pattern", np.arange(3), "pattern"))
    return joined.merge(checks(point.samples, seed))


def landscape(system: hp.Hamiltonian, xi: Any) -> xr.Dataset:
    whole = hp.landscape.descent(system)
    kind = np.full(whole.sizes["minimum"], -1, dtype=np.int8)
    if xi is not None:
        kind = np.array([KINDS.index(name) for name in census(system, xi).kind.values], dtype=np.int8)
    ends = np.stack([whole.end.values[:, kind == index].sum(axis=1) for index in range(len(KINDS))], axis=1)
    variables = {
        "corner_energy": described("corner", whole.energy_of_corner.values / system.size, "energy per site", "J"),
        "corner_end": described(
            ("corner", "kind_of_minimum"), ends.astype(np.float32), "probability of ending in a kind"
        ),
        "minimum_energy": described("minimum", whole.energy.values, "energy, total", "J"),
        "minimum_basin": described("minimum", whole.basin.values, "basin, as a share of all corners"),
        "minimum_corner": described(
            "minimum", whole.corner_of_minimum.values.astype(np.uint16), "lowest corner of the minimum"
        ),
        "minimum_kind": described("minimum", kind, "kind of minimum: pattern, negative, mixture, spurious"),
    }
    coordinates = {name: whole[name].variable for name in ("corner", "minimum")}
    return xr.Dataset(variables, coords={**coordinates, "kind_of_minimum": kind_coordinates()["kind_of_minimum"]})


def checks(replicas: int, seed: int) -> xr.Dataset:
    """What the engine finds from random starts at T = 0, and from {a, c} with the threshold rule."""
    system, valleys = five_units(), hp.landscape.minima(five_units())
    cold = hp.sample(system, beta=np.inf, sweeps=80, dynamics=hp.GLAUBER, replicas=replicas, record=0, seed=seed)
    reached = (cold.state.values[:, None] == valleys.state.values).all(axis=-1)
    a_c = np.tile([1, 0, 1, 0, 0], (min(replicas, 1000), 1))
    settled = hp.settle(system, a_c, seed=seed)
    corners = hp.landscape.descent(system)
    fixed = ~corners.lower.values.any(axis=1)
    variables = {
        "engine_basin": described("five_minimum", reached.mean(axis=0), "share of runs that end in the minimum"),
        "a_c_energy": described((), system.energy(a_c[0]), "energy of {a, c}", "J"),
        "a_c_gap": described((), system.gap(a_c[0], UNITS.index("d")), "gap of d in {a, c}", "J"),
        "a_c_end": described((), settled.energy.values.mean(), "mean final energy from {a, c}", "J"),
        "a_c_spread": described((), np.ptp(settled.energy.values), "spread of final energies from {a, c}", "J"),
        "fixed_points": described((), fixed.sum(), "fixed points of the threshold rule with ties kept"),
        "tied_fixed_points": described(
            (), (fixed & (corners.minimum_of_corner.values < 0)).sum(), "of them, no minima"
        ),
        "five_end": described(
            ("five_corner", "five_minimum"),
            corners.end.values.astype(np.float32),
            "probability of ending in the minimum",
        ),
    }
    numbered = {
        "five_corner": described("five_corner", corners.corner.values, "corner of the five units: bit k is unit k"),
        "five_minimum": described("five_minimum", valleys.minimum.values, "minimum of the five units, by energy"),
    }
    return xr.Dataset(variables, coords=numbered)


def funnel(point: Point, seed: int) -> xr.Dataset:
    """Energy against the distance to the nearest pattern: corners of equal distance and energy counted together."""
    xi = hp.patterns.random(point.patterns, point.sites, seed=seed)
    parts = []
    for system in memories(xi, point.sharpness).values():
        whole, kinds = hp.landscape.descent(system), census(system, xi).kind.values
        overlaps = hp.patterns.overlap(whole.state_of_corner.values.astype(float), xi)
        distance = point.sites * (1 - overlaps.max(axis=1)) / 2
        label_of = whole.minimum_of_corner.values
        kind = np.where(label_of < 0, -1, np.array([KINDS.index(name) for name in kinds])[label_of])
        energy = (whole.energy_of_corner.values / point.sites).round(12)
        rows, count = np.unique(np.stack([distance, energy, kind]), axis=1, return_counts=True)
        columns = zip(
            ("funnel_distance", "funnel_energy", "funnel_kind", "funnel_corners"), (*rows, count), strict=True
        )
        parts.append(
            xr.Dataset(
                {
                    name: described("group", values.astype(np.float32), name.replace("_", " "))
                    for name, values in columns
                }
            )
        )
        parts[-1] = parts[-1].assign_coords(group=described("group", np.arange(len(count)), "group of corners"))
    return xr.concat(parts, xr.Variable("memory", list(MEMORIES), label("memory")), join="outer")


def stored(point: Point, seed: int) -> xr.Dataset:
    """Minima and basins by kind, over draws of the patterns that the three memories share."""
    draws = hp.patterns.random(point.patterns, point.sites, seed=seed, disorder=point.samples)
    rows = [[by_kind(system, xi) for system in memories(xi, point.sharpness).values()] for xi in draws]
    variables = {
        name: described(("memory", "kind_of_minimum", "disorder"), collected(rows, name), text)
        for name, text in COUNTED.items()
    }
    states = hp.landscape.corners(hp.hopfield(draws[0])).state.values
    variables["identity"] = described(
        "disorder", [identity(xi, states) for xi in draws], "largest |E + (N/2) sum m² - P/2|", "J"
    )
    energies = [hp.hopfield(xi).energy(xi).mean() / point.sites for xi in draws]
    variables["pattern_energy"] = described("disorder", energies, "energy per site of the patterns, Hopfield", "J")
    return xr.Dataset(variables, coords=kind_coordinates())


def collected(rows: list[list[dict[str, list[float]]]], name: str) -> Any:
    """(memory, kind, disorder); single precision is ample for shares and counts."""
    return np.moveaxis(np.array([[memory[name] for memory in row] for row in rows], dtype=np.float32), 0, -1)


COUNTED = {
    "share": "share of corners that descend into minima of this kind",
    "count": "number of minima of this kind",
}


def by_kind(system: hp.Hamiltonian, xi: Any) -> dict[str, list[float]]:
    found = census(system, xi)
    names, basins = found.kind.values, found.basin.values
    return {
        "share": [basins[names == kind].sum() for kind in KINDS],
        "count": [(names == kind).sum() for kind in KINDS],
    }


def identity(xi: Any, states: Any) -> float:
    """Largest departure from E = -(N/2) sum_mu m_mu² + P/2 over all corners."""
    m = hp.patterns.overlap(states.astype(float), xi)
    return float(
        np.abs(hp.hopfield(xi).energy(states) + 0.5 * xi.shape[1] * (m * m).sum(axis=-1) - 0.5 * len(xi)).max()
    )


def scanned(point: Point, seed: int) -> xr.Dataset:
    """Minima and basins of attention on ±1 states at one sharpness."""
    draws = hp.patterns.random(point.patterns, point.sites, seed=seed, disorder=point.samples)
    rows = [by_kind(memories(xi, point.sharpness)["attention"], xi) for xi in draws]
    variables = {
        f"scanned_{name}": described(("kind_of_minimum", "disorder"), collected([[row] for row in rows], name)[0], text)
        for name, text in COUNTED.items()
    }
    return xr.Dataset(variables, coords={"kind_of_minimum": kind_coordinates()["kind_of_minimum"]})


def kind_coordinates() -> dict[str, xr.Variable]:
    return {
        "memory": xr.Variable("memory", list(MEMORIES), label("memory")),
        "kind_of_minimum": xr.Variable("kind_of_minimum", list(KINDS), label("kind of minimum")),
    }


def label(long_name: str, units: str = "1") -> dict[str, str]:
    return {"long_name": long_name, "units": units}


def described(dims: Any, values: Any, long_name: str, units: str = "1") -> xr.Variable:
    return xr.Variable(dims, np.asarray(values), label(long_name, units))


def findings(ds: xr.Dataset) -> list[study.Finding]:
    return list(analysis.findings(ds))


def figures(ds: xr.Dataset) -> dict[str, study.Figure]:
    return dict(drawing.figures(ds))


def cost(point: Point) -> float:
    """Corners times landscapes."""
    systems = {"drawn": 20, "funnel": 6, "memories": 3 * point.samples, "sharpness": point.samples}
    return systems[point.kind] * 2.0**point.sites * (1 if point.kind != "drawn" else 4)


STUDY = study.Study(
    name="hypercube",
    title="Landscapes: all corners of small systems",
    question="Where are the minima of an energy over 2^N states, what are they, and how much of the cube descends into "
    "each? Do a Hopfield network, a dense memory and attention send the same states to the same memories?",
    config=Config,
    points=points,
    measure=measure,
    findings=findings,
    figures=figures,
    models=("ising", "boltzmann", "hopfield", "attention"),
    cost=cost,
)

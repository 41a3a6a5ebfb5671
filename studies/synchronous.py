"""Units that decide one at a time descend in energy and stop. What happens when they decide together?

*Two units.* Two 0/1 units with biases +5 and weight -100 (E = 100 v1 v2 - 5 v1 - 5 v2) are updated at once by the
binary threshold rule. From both off, each is told to switch on; from both on, each is told to switch off: E = 0, 90,
0, 90, ... Then each unit is updated with probability p a sweep ("random timing"). From (0, 0), and from (1, 1),
exactly one unit moves with probability q = 2p(1-p), and ends the oscillation at E = -5: (1, 0) and (0, 1) are fixed
points. Otherwise both move or none does, and the pair is in (0, 0) or (1, 1) again. So settling takes t sweeps with
probability q (1-q)^(t-1): 1/(2p(1-p)) on average, shortest at p = 1/2, and certain for every p < 1.

*Hopfield networks.* Symmetric couplings, updated at once, end in a fixed point or in a cycle of two states (Goles &
Olivos 1981): A(t) = s(t+1)·J s(t) never falls, and stands still only where s(t+1) = s(t-1). The share of runs that end
in a cycle of two is counted against the load P/N, for Hebb couplings with J_ii = 0, from random states and from the
stored patterns.

*Periods.* Couplings ±1 between all pairs of N spins, N even so that no sum of N - 1 of them vanishes, no bias:
symmetric, antisymmetric (J_ij = -J_ji) or independent in both directions. For antisymmetric couplings A(t) stands
still only where s(t+1) = -s(t-1): the period is four.

*Little's network.* Two spins with J = 1 at temperature T, one at a time and at once. One at a time they are equal with
probability 1/(1 + exp(-2/T)); at once each follows where the other was, and equal pairs are as frequent as opposite
ones.

Errors are standard errors over independent runs, or over draws of the couplings or patterns where there are any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _synchronous_figures as drawing
from hopphys.studies import _synchronous_findings as analysis

import hopphys as hp
from hopphys import study

TRACE = 14  # sweeps of the energy trace
HORIZON = 60  # sweeps over which the share of oscillating pairs is kept
BINS = np.array([1, 2, 3, 4, 5, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096])  # lower edges; 0 counts "not found"
KINDS = ("symmetric", "antisymmetric", "asymmetric")


@dataclass(frozen=True)
class Config:
    """probabilities, runs: p and number of pairs; sites, loads, samples, starts: Hopfield networks, draws of their
    patterns and starts for each; small_sites, small_samples: networks whose periods are counted; temperatures, spins:
    pairs of spins at each temperature.
    """

    probabilities: tuple[float, ...]
    runs: int
    sites: tuple[int, ...]
    loads: tuple[float, ...]
    samples: int
    starts: int
    small_sites: tuple[int, ...]
    small_samples: int
    temperatures: tuple[float, ...]
    spins: int

    def __post_init__(self) -> None:
        if odd := [sites for sites in self.small_sites if sites % 2 or not 2 <= sites <= 30]:
            raise ValueError(f"small_sites must be even, so that nothing ties, and at most 30, but one is {odd[0]}")
        if bad := [p for p in self.probabilities if not 0 < p <= 1]:
            raise ValueError(f"probabilities must lie above 0 and at most at 1, but one is {bad[0]}")
        if 0.5 not in self.probabilities or 1.0 not in self.temperatures:
            raise ValueError(
                "probabilities must contain 0.5 and temperatures 1.0, where the references are, but they are "
                f"{self.probabilities} and {self.temperatures}"
            )
        study.at_least(self, 2, "samples", "small_samples", why="so that there is an error over draws")


@dataclass(frozen=True)
class Point:
    """One work item: `kind` is trace, timing, hopfield, a kind of couplings, or little."""

    kind: str
    sites: int = field(default=2, metadata={"long_name": "sites N", "units": "1"})
    samples: int = field(default=1, metadata={"long_name": "draws of couplings or patterns", "units": "1"})
    runs: int = field(default=1, metadata={"long_name": "runs (of each draw)", "units": "1"})
    probability: float | None = field(default=None, metadata={"long_name": "chance p of an update", "units": "1"})
    load: float | None = field(default=None, metadata={"long_name": "load P/N", "units": "1"})
    temperature: float | None = field(default=None, metadata={"long_name": "temperature", "units": "J"})


def points(config: Config) -> Sequence[Point]:
    runs = config.starts
    timing = [Point("timing", 2, 1, config.runs, probability=p) for p in config.probabilities]
    networks = [Point("hopfield", n, config.samples, runs, load=a) for n in config.sites for a in config.loads]
    small = [Point(kind, n, config.small_samples, runs) for kind in KINDS for n in config.small_sites]
    little = [Point("little", 2, 1, config.spins, temperature=t) for t in config.temperatures]
    return [Point("trace"), *timing, *networks, *small, *little]


def measure(point: Point, seed: int) -> xr.Dataset:
    kinds = {"trace": trace, "timing": timing, "hopfield": hopfield, "little": little}
    return kinds.get(point.kind, periods)(point, seed)


def pair() -> hp.Hamiltonian:
    return hp.boltzmann_machine([[0, -100], [-100, 0]], bias=5)


def trace(point: Point, seed: int) -> xr.Dataset:
    """Energies of the pair from both off: all updated, and two chances of an update, one run each."""
    chances = (1.0, 0.95, 0.8)
    rows = [
        hp.sample(pair(), sweeps=TRACE, start=[0, 0], dynamics=random_timing(p), seed=seed).energy.values[0]
        for p in chances
    ]
    start = np.full((len(chances), 1), float(pair().energy([0, 0])))
    coordinates = {
        "chance": described("chance", chances, "chance p of an update"),
        "sweep": described("sweep", np.arange(TRACE + 1), "sweeps done"),
    }
    energy = described(("chance", "sweep"), np.hstack([start, rows]), "energy of the pair", "J")
    return xr.Dataset({"trace": energy}, coords=coordinates)


def random_timing(probability: float) -> hp.Dynamics:
    return hp.Dynamics("threshold", hp.partial(probability))


def timing(point: Point, seed: int) -> xr.Dataset:
    """Sweeps until the pair settles, from both off; at p = 1 it never does."""
    assert point.probability is not None
    dynamics = hp.SYNCHRONOUS if point.probability == 1 else random_timing(point.probability)
    found = hp.settle(pair(), np.zeros((point.runs, 2)), dynamics=dynamics, max_sweeps=5_000, seed=seed)
    settled = found.period.values == 1
    taken = np.where(settled, found.sweeps.values, np.inf)
    sweep = np.arange(HORIZON + 1)
    variables = {
        "settled": described((), settled.mean(), "share of runs that settle"),
        "oscillating": described("sweep", (taken[:, None] > sweep).mean(axis=0), "share of runs that still oscillate"),
        "settling_time": described((), taken.mean() if settled.all() else np.nan, "mean sweeps to settle"),
        "settling_error": described((), standard_error(taken) if settled.all() else np.nan, "its standard error"),
        "final_energy": described((), found.energy.values[settled].mean() if settled.any() else np.nan, "energy", "J"),
        "cycle": described((), np.median(found.period.values), "median period"),
    }
    return xr.Dataset(variables, coords={"sweep": described("sweep", sweep, "sweeps done")})


def standard_error(values: Any) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def hopfield(point: Point, seed: int) -> xr.Dataset:
    """Shares of two-cycles of each draw of the patterns, from random states and from patterns."""
    assert point.load is not None
    count = max(1, round(point.load * point.sites))
    xi = hp.patterns.random(count, point.sites, seed=seed, disorder=point.samples)
    states = hp.patterns.random(point.runs, point.sites, seed=seed + 1, disorder=point.samples)
    net, starts = hp.hopfield(xi), {"random state": states, "pattern": xi[:, : point.runs]}
    together = [hp.settle(net, s, dynamics=hp.SYNCHRONOUS, max_sweeps=2_000, seed=seed).period for s in starts.values()]
    single = hp.settle(net, states, dynamics=hp.HOPFIELD, seed=seed)
    cycles = [(period == 2).mean("replica").values for period in together]
    longer = [float(((period != 1) & (period != 2)).mean()) for period in together]
    variables = {
        "two_cycles": described(("start", "disorder"), cycles, "share of runs that end in a cycle of two"),
        "neither": described("start", longer, "share that end in neither a fixed point nor a cycle of two"),
        "single_converged": described((), single.converged.mean(), "share that converge one at a time, random states"),
    }
    return xr.Dataset(variables, coords={"start": described("start", list(starts), "start")})


def couplings(kind: str, samples: int, sites: int, seed: int) -> Any:
    """±1 between all pairs, (samples, N, N), diagonal zero."""
    signs = hp.patterns.random(sites, sites, seed=seed, disorder=samples).astype(float)
    upper = np.triu(signs, 1)
    turned = np.swapaxes(upper, 1, 2)
    return {"symmetric": upper + turned, "antisymmetric": upper - turned, "asymmetric": upper + np.tril(signs, -1)}[
        kind
    ]


def periods(point: Point, seed: int) -> xr.Dataset:
    """Periods of synchronous threshold dynamics from random states."""
    net = hp.directed(couplings(point.kind, point.samples, point.sites, seed))
    states = hp.patterns.random(point.runs, point.sites, seed=seed + 1, disorder=point.samples)
    period = hp.settle(net, states, dynamics=hp.SYNCHRONOUS, max_sweeps=analysis.SWEEPS, seed=seed).period.values
    counts = np.bincount(np.digitize(period.ravel(), BINS), minlength=len(BINS) + 1)
    variables = {
        "mean_period": described("disorder", np.where(period > 0, period, np.nan).mean(axis=1), "mean period", "sweep"),
        "longest": described((), period.max(), "longest period", "sweep"),
        "expected": described(
            (), np.isin(period, EXPECTED.get(point.kind, ())).mean(), "share of the expected periods"
        ),
        "counts": described("bin", counts, "runs with a period in the bin"),
    }
    edges = described("bin", np.concatenate([[0], BINS]), "shortest period in the bin; 0 for not found", "sweep")
    return xr.Dataset(variables, coords={"bin": edges})


EXPECTED = {"symmetric": (1, 2), "antisymmetric": (4,)}


def little(point: Point, seed: int) -> xr.Dataset:
    """P(equal) of two spins that start equal, one at a time and at once: one draw a run."""
    assert point.temperature is not None
    rules = {"one at a time": hp.GLAUBER, "at once": hp.LITTLE}
    run: dict[str, Any] = {
        "temperature": point.temperature, "sweeps": forgetting(point.temperature), "replicas": point.runs,
        "record": 0, "start": [1, 1], "seed": seed,
    }  # fmt: skip
    states = [hp.sample(hp.ising(hp.chain(2, periodic=False)), dynamics=rule, **run).state for rule in rules.values()]
    equal = [(state[:, 0] == state[:, 1]).mean() for state in states]
    variables = {"equal": described("rule", equal, "probability that the two spins are equal")}
    return xr.Dataset(variables, coords={"rule": described("rule", list(rules), "who decides when")})


def forgetting(temperature: float) -> int:
    """Sweeps until the start is forgotten to 1e-6: updated at once, <s1 s2> falls by tanh(1/T)^2 a sweep."""
    return max(10, int(np.ceil(np.log(1e-6) / np.log(np.tanh(1 / temperature) ** 2))))


def described(dims: Any, values: Any, long_name: str, units: str = "1") -> xr.Variable:
    return xr.Variable(dims, np.asarray(values), {"long_name": long_name, "units": units})


def findings(ds: xr.Dataset) -> list[study.Finding]:
    return list(analysis.findings(ds))


def figures(ds: xr.Dataset) -> dict[str, study.Figure]:
    return dict(drawing.figures(ds, analysis.growth(ds)))


def cost(point: Point) -> float:
    """Seconds, roughly."""
    if point.kind == "asymmetric":
        return 0.02 * point.samples * float(np.exp(0.17 * point.sites)) / 10
    return {"trace": 0.2, "timing": 0.5, "hopfield": 0.03 * point.samples * point.sites / 100, "little": 0.5}.get(
        point.kind, 0.1
    )


STUDY = study.Study(
    name="synchronous",
    title="What goes wrong when all units decide at once",
    question="Updated one at a time, a symmetric network always settles. Which cycles appear when all units are "
    "updated at once, when do they disappear, and what does updating together do to the equilibrium law?",
    config=Config,
    points=points,
    measure=measure,
    findings=findings,
    figures=figures,
    models=("boltzmann", "hopfield", "ising"),
    cost=cost,
)

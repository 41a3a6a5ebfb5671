"""How many random patterns can a Hopfield network hold?

The network stores P = load · N random ±1 patterns by Hebb's rule, J = (1/N) sum xi xi^T with J_ii = 0. It is started
*at* a stored pattern, or at a cue with a fraction of the bits flipped, and settles by threshold updates in a fresh
random order each sweep, ties kept, until a sweep flips nothing. The overlap m of the end with the pattern is bimodal:
near 1 where the pattern is still there, near 0.3 where it is not; so the fraction with m > 0.9, "retrieved", stands
beside the mean. Several patterns of each disorder sample are tried; they share their noise, so errors are over samples.

Three questions have three answers, and are kept apart: is there a state *near* the pattern (0.138 N as N grows); how
many wrong bits are left at a given N (Hopfield's 0.15 N at N = 100); is every bit *exactly* right, in one pattern
(N / (2 ln N)) or in all of them (N / (4 ln N)). The first is a transition, found by finite-size scaling: curves of the
retrieved fraction against load cross at load_c and sharpen as N^(-1/2), because each pattern has its own threshold; it
is also read without a scaling function, where pairs of sizes cross and where half is kept, continued to infinite N.
Descent from the pattern stops in the first minimum it meets: load_c is a number of this dynamics. Theory's 0.138 is
about equilibrium, and minima near a pattern may outlive the state that they were part of. The last question needs no
dynamics: the field on a bit of a pattern is a sum of independent signs, so the one-step error is a binomial tail at
finite N and ½ erfc(1/sqrt(2 load)) in the limit; the N bits of a pattern share its overlaps with the other patterns,
which makes exactly fixed patterns more frequent than independent bits would.

Every other learning rule is then asked on the same patterns: all of them at N = 200, each around its own transition at
several N, from the pattern and from a cue; the patterns that are probed are spread over the order of learning, one at
a random place in each of as many stretches of it. A size with fewer than four disorder samples has no half-point.
The load at one half is found at each N, with bootstrap errors, and by finite-size scaling where three sizes show it.
Storkey's rule loses its first patterns first, so that a fraction of all of them has no transition; the first ones have,
and are asked for alone as well. Perceptrons are judged by the units that succeed, the largest stability
beside Gardner's theory, unlearning by its best smallest stability, a palimpsest by how many of its last patterns it
recalls. Sparse patterns, for the covariance rule, are another disorder, with other random numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from hopphys.studies import _capacity_analysis as analysis
from hopphys.studies import _capacity_criteria as criteria
from hopphys.studies import _capacity_figures as drawing
from hopphys.studies import _capacity_rule_figures as rule_drawing
from hopphys.studies import _capacity_rule_findings as rule_findings
from hopphys.studies import _capacity_rules as learning
from hopphys.studies import _capacity_verdicts as verdicts
from hopphys.studies._capacity_analysis import Array
from hopphys.studies._capacity_rules import RulePoint

import hopphys as hp
from hopphys.statistics import mean_error
from hopphys.study import Figure, Finding, Study, at_least

RETRIEVED = 0.9  # the gap of the distribution of m, from 0.6 to 0.95 at N = 1000
BLOCK = 8_000_000  # pattern bits worked on at once
BINS = np.linspace(0.0, 1.0, 51)
AGS = hp.theory.capacity.AGS
# Independent simulation, N = 1000, 200 samples x 10 patterns: load, (m, its error), (retrieved fraction, its error).
SIMULATION = "our own earlier simulation by another code, N=1000, 200 samples x 10 patterns"
REFERENCE = (
    (0.10, (0.99787, 0.00009), (1.00, 0.002)),
    (0.13, (0.9797, 0.0015), (0.976, 0.003)),
    (0.14, (0.943, 0.003), (0.908, 0.006)),
    (0.15, (0.873, 0.005), (0.785, 0.009)),
    (0.16, (0.754, 0.007), (0.582, 0.012)),
    (0.20, (0.366, 0.003), (0.03, 0.004)),
)
HEADLINE = 0.14  # of these loads, the one nearest to the transition


# A rule by name, sizes, the number of disorder samples of each, loads.
Window = tuple[str, tuple[int, ...], tuple[int, ...], tuple[float, ...]]


@dataclass(frozen=True)
class Config:
    """Sizes with their numbers of disorder samples; `near` are the loads of sizes above `wide_up_to`."""

    sizes: tuple[int, ...]
    samples: tuple[int, ...]
    loads: tuple[float, ...]
    near: tuple[float, ...]
    wide_up_to: int
    cue_up_to: int
    exact_sizes: tuple[int, ...]
    exact_samples: int
    exact_scaled: tuple[float, ...]  # P ln N / N
    fit_from: int
    fit_low: float = 0.118
    fit_high: float = 0.185
    probes: int = 10
    flip: float = 0.1
    resamples: int = 100
    rules: tuple[Window, ...] = ()
    rule_probes: int = 20
    activity: float = 0.1  # fraction of active units of sparse patterns

    def __post_init__(self) -> None:
        if len(self.sizes) != len(self.samples):
            raise ValueError(f"{len(self.sizes)} sizes need as many numbers of samples, but {len(self.samples)} came")
        at_least(self, 10, "sizes", "exact_sizes")
        at_least(self, 2, "samples", "exact_samples", "probes", "rule_probes", why="for an error")
        if not (self.sizes and self.loads and self.near and self.exact_sizes and self.exact_scaled):
            raise ValueError("sizes, loads, near, exact_sizes and exact_scaled hold at least one number each")
        if not 0 <= self.flip <= 1:
            raise ValueError(f"flip lies in 0 to 1, but it is {self.flip:g}")
        if not all(0 < load <= 1 for load in (*self.loads, *self.near)):
            raise ValueError(f"loads lie above 0 and up to 1, but they are {(*self.loads, *self.near)}")
        if not 0 < self.activity < 0.5:
            raise ValueError(f"sparse patterns have an activity between 0 and 0.5, but it is {self.activity:g}")
        for window in self.rules:
            learning.check(*window)


@dataclass(frozen=True)
class Point:
    """A block of disorder at one N and P. Without `settles` only the fields on the probed patterns are looked at."""

    size: int = field(metadata={"long_name": "number of sites N", "units": "1"})
    patterns: int = field(metadata={"long_name": "number of patterns P", "units": "1"})
    samples: int = field(metadata={"long_name": "disorder samples", "units": "1"})
    probes: int = field(metadata={"long_name": "patterns probed in each sample", "units": "1"})
    flip: float | None = field(metadata={"long_name": "fraction of flipped bits in the cue", "units": "1"})
    settles: bool = True


def points(config: Config) -> list[Point | RulePoint]:
    rules = learning.points(config.rules, config.rule_probes, config.flip, config.activity)
    return [*_hebb_points(config), *rules]


def _hebb_points(config: Config) -> list[Point]:
    found: dict[Point, None] = {}
    for size, samples in zip(config.sizes, config.samples, strict=True):
        flip = config.flip if size <= config.cue_up_to else None
        for load in config.loads if size <= config.wide_up_to else config.near:
            patterns = max(1, round(load * size))
            found[Point(size, patterns, samples, min(config.probes, patterns), flip)] = None
    for size in config.exact_sizes:
        for scaled in config.exact_scaled:
            patterns = max(2, round(scaled * size / math.log(size)))
            found[Point(size, patterns, config.exact_samples, patterns, None, settles=False)] = None
    return list(found)


def cost(point: Point | RulePoint) -> float:
    """Attempts times patterns; the number of sweeps grows about as N^½ once patterns are lost."""
    if isinstance(point, RulePoint):
        return float(learning.cost(point))
    lost = point.patterns > 0.135 * point.size
    sweeps = (4 + lost * math.sqrt(point.size)) * (2 if point.flip else 1) if point.settles else 1
    return 1.0 * point.size * point.patterns * point.samples * point.probes * float(sweeps)


def measure(point: Point | RulePoint, seed: int) -> xr.Dataset:
    return learning.measure(point, seed) if isinstance(point, RulePoint) else _hebb(point, seed)


def _hebb(point: Point, seed: int) -> xr.Dataset:
    block = max(1, BLOCK // (point.size * point.patterns))
    starts = range(0, point.samples, block)
    parts = [_block(point, seed, first, min(block, point.samples - first)) for first in starts]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    everything = columns.pop("m", np.empty(0))
    ds = xr.Dataset({name: ("disorder", values.astype(np.float32), LABELS[name]) for name, values in columns.items()})
    counts = np.histogram(np.clip(everything, 0, 1), BINS)[0]
    ds["histogram"] = ("bin", counts, {"long_name": "patterns with final overlap m in the bin", "units": "1"})
    ds["bin"] = ("bin", (BINS[1:] + BINS[:-1]) / 2, {"long_name": "overlap m, middle of the bin", "units": "1"})
    return ds


LABELS = {
    name: {"long_name": text, "units": "1"}
    for name, text in {
        "wrong": "fraction of wrong bits after one synchronous step from a pattern",
        "exact": "fraction of probed patterns that are exactly fixed",
        "overlap": "mean final overlap, started at the pattern",
        "retrieved": "fraction with final overlap above 0.9, started at the pattern",
        "recalled": "mean final overlap of the retrieved patterns",
        "cue_overlap": "mean final overlap, started at a cue",
        "cue_retrieved": "fraction with final overlap above 0.9, started at a cue",
    }.items()
}


def _block(point: Point, seed: int, first: int, samples: int) -> dict[str, Array]:
    """Results of disorder samples first, ..., first + samples - 1, each (samples,); `m` (samples, probes)."""
    stored = hp.patterns.random(point.patterns, point.size, seed=seed, disorder=samples, first=first)
    probed = stored[:, : point.probes]
    net = hp.hopfield(stored)
    stable = net.local_field(probed) * probed >= 0  # a tie keeps its bit
    results = {"wrong": 1 - stable.mean(axis=(1, 2)), "exact": stable.all(axis=2).mean(axis=1)}
    if point.settles:
        m = _settled(net, probed, probed, seed + first)
        good = m > RETRIEVED
        recalled = np.where(good, m, 0).sum(axis=1) / np.where(good.any(axis=1), good.sum(axis=1), np.nan)
        results |= {"m": m, "overlap": m.mean(axis=1), "retrieved": good.mean(axis=1), "recalled": recalled}
    if point.settles and point.flip is not None:
        cue = hp.patterns.corrupt(probed, flip=point.flip, seed=seed, first=first)
        m = _settled(net, cue, probed, seed + first)
        results |= {"cue_overlap": m.mean(axis=1), "cue_retrieved": (m > RETRIEVED).mean(axis=1)}
    return results


def _settled(net: hp.Hamiltonian, start: Array, probed: Array, seed: int) -> Array:
    """Overlap (disorder, probe) of where each start ends with its own pattern."""
    found = hp.settle(net, start, dynamics=hp.HOPFIELD, max_sweeps=10_000, seed=seed)
    return np.asarray((found.state.values * probed).mean(axis=-1, dtype=float))


def findings(ds: xr.Dataset) -> list[Finding]:
    # The index shows the first four: load_c beside both theories, and what is retrieved at that load.
    config = STUDY.config_of(ds)
    return [*_hebb_findings(analysis.hebb(ds), config), *rule_findings.findings(ds, config)]


def _hebb_findings(ds: xr.Dataset, config: Config) -> list[Finding]:
    critical, simulation = verdicts.transition(ds, config), _simulation(ds)
    headlines = [finding for finding in simulation if finding.name.endswith(f"load {HEADLINE:.2f}")]
    rest = [finding for finding in simulation if finding not in headlines]
    described = [*rest, *_theory(ds), *_steps(ds), *criteria.findings(ds)]
    return [*critical[:2], *headlines[::-1], *critical[2:], *verdicts.large(ds), *described]


def figures(ds: xr.Dataset) -> Mapping[str, Figure]:
    config = STUDY.config_of(ds)
    shown: dict[str, Figure] = {**drawing.figures(analysis.hebb(ds), config), **rule_drawing.figures(ds, config)}
    return shown


def _simulation(ds: xr.Dataset) -> list[Finding]:
    result = []
    for load, overlap, fraction in REFERENCE:
        if (at := analysis.at(ds, 1000, load)) is not None:
            where = f"at N = 1000, load {load:.2f}"
            result.append(_beside(f"mean overlap {where}", at["overlap"].values, overlap))
            result.append(_beside(f"retrieved fraction {where}", at["retrieved"].values, fraction))
    return result


def _beside(name: str, values: Array, reference: tuple[float, float]) -> Finding:
    """A finding beside a simulation that has an error too: within three combined standard errors."""
    mean, error = mean_error(values)
    agrees = bool(abs(mean - reference[0]) <= 3 * math.hypot(error, reference[1]))
    note = f"reference ± {reference[1]:g}; agrees within 3 combined standard errors"
    return Finding(name, float(mean), float(error), reference[0], SIMULATION, agrees, note=note)


def _theory(ds: xr.Dataset) -> list[Finding]:
    """The retrieval state itself, at the largest N: patterns that were lost would mix another state in."""
    note = (
        "theory: the equilibrium of the retrieval state for large N without replica symmetry breaking. Descent from "
        "the pattern stops in the first minimum it meets, which lies a little nearer to the pattern close to load_c"
    )
    result = []
    for load in (0.10, 0.12, 0.13):
        if (at := analysis.largest(ds, load)) is not None:
            size = at["size"].item()
            mean, error = mean_error(at["recalled"].values)
            theory = float(hp.theory.ags.overlap(at["patterns"].item() / size))
            name = f"overlap of retrieved patterns at N = {size}, load {load:.2f}"
            result.append(Finding.compare(name, mean, error, theory, f"{hp.theory.ags.SOURCE}, T = 0", note=note))
    return result


def _steps(ds: xr.Dataset) -> list[Finding]:
    """One-step errors: all of them against the binomial tail, the one nearest to load 0.138 against the limit."""
    size, patterns = ds["size"].values, ds["patterns"].values
    mean, error = mean_error(ds["wrong"].values)
    tail = hp.theory.capacity.one_step_error_at(size, patterns)
    bits = tail * size * ds["samples"].values * ds["probes"].values  # expected wrong ones
    # Enough wrong bits for a scatter that is Gaussian; and two samples may agree by chance, with no error to divide by.
    enough = (bits > 50) & (ds["samples"].values > 2) & (error > 0)
    if not enough.any():
        return []
    name = "one-step error: ((measured - binomial) / error)², mean over all N and loads"
    source = "binomial law of (P - 1)(N - 1) independent signs"
    z, freedom = (mean - tail)[enough] / error[enough], ds["samples"].values[enough] - 1
    result = [Finding.chi_square(name, z, freedom, source)]
    nearest = np.lexsort((-size, np.abs(patterns / size - 0.138)))[0]
    load = patterns[nearest] / size[nearest]
    limit = float(hp.theory.capacity.one_step_error(load))
    name = f"one-step error at N = {size[nearest]}, load {load:.3f}"
    note = f"at this N the binomial tail is {tail[nearest]:.5f}"
    source = "½ erfc(1/sqrt(2 load)), N to infinity"
    return [*result, Finding.compare(name, mean[nearest], error[nearest], limit, source, note=note)]


STUDY = Study(
    name="capacity",
    title="How many patterns a Hopfield network holds",
    question=(
        "Up to which load is a stored pattern still there, and is that 0.138 N, 0.15 N or N/(4 ln N)? "
        "Three criteria, three answers, each with its error."
    ),
    config=Config,
    points=points,
    measure=measure,
    findings=findings,
    figures=figures,
    models=("hopfield",),
    cost=cost,
)

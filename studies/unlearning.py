"""Does a network that dreams remember better?

A Hopfield network stores P = load · N random patterns by Hebb's rule, and then dreams: it settles from a random state
and forgets a little of what it found, J -= (rate / N) s s^T with J_ii kept 0 (Hopfield, Feinstein & Palmer 1983). The
couplings do not know which states were patterns. After D dreams x = rate · D / N measures how much was unlearned.

At each of several x, for each disorder sample: which patterns are fixed points; the smallest stability of any bit of
any pattern, xi_i h_i / |J_i| with |J_i| the length of the row, which is negative where a bit is wrong; where the
network ends from every pattern, and from every pattern with some bits flipped; and where it ends from fresh random
states: in a pattern or its negative (|m| > 0.95 counts as a hit), or elsewhere, in a state called spurious. Energies of
these are compared per site: above capacity, spurious states lie *below* the states near the patterns at first, and
rise above them. That change of sign is why unlearning works. It destroys the patterns as well if it goes on too long:
Hebb's couplings hold a weight of P/N, each dream takes rate/N of it, and what dreams take outside the space of the
patterns only delays the end a little beyond x = load. All errors are over disorder samples, by bootstrap for the
positions of maxima and crossings, where the grid's spacing over sqrt 12 is added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from hopphys.studies import _unlearning_analysis as analysis
from hopphys.studies import _unlearning_figures as drawing
from hopphys.studies._unlearning_analysis import Array

import hopphys as hp
from hopphys.study import Figure, Finding, Study

HIT = 0.95  # overlap from which a state counts as the pattern


@dataclass(frozen=True)
class Config:
    """One load below the capacity of Hebb's rule and one above; `times` are the x at which the network is looked at."""

    size: int
    loads: tuple[float, ...]
    times: tuple[float, ...]
    samples: int
    starts: int
    rate: float = 0.01
    flip: float = 0.1
    resamples: int = 200

    def __post_init__(self) -> None:
        if self.size < 10 or self.samples < 2 or self.starts < 1 or self.rate <= 0:
            raise ValueError(
                "unlearning needs size >= 10, samples >= 2 (for an error), starts >= 1 and a positive rate"
            )
        if list(self.times) != sorted(set(self.times)) or min(self.times, default=0) < 0:
            raise ValueError(f"times must rise from 0 or more, but they are {self.times}")
        if len(self.times) < 3:
            raise ValueError(f"a maximum needs at least three times, but there are {len(self.times)}")
        if not self.loads or not all(0 < load <= 1 for load in self.loads):
            raise ValueError(f"loads lie above 0 and up to 1, but they are {self.loads}")


@dataclass(frozen=True)
class Point:
    """All disorder samples at one load."""

    size: int = field(metadata={"long_name": "number of sites N", "units": "1"})
    patterns: int = field(metadata={"long_name": "number of patterns P", "units": "1"})
    samples: int = field(metadata={"long_name": "disorder samples", "units": "1"})
    starts: int = field(metadata={"long_name": "random starts a sample", "units": "1"})
    rate: float = field(metadata={"long_name": "rate of unlearning", "units": "1"})
    flip: float = field(metadata={"long_name": "fraction of flipped bits in the cue", "units": "1"})
    times: tuple[float, ...]


def points(config: Config) -> list[Point]:
    counts = dict.fromkeys(max(1, round(load * config.size)) for load in config.loads)
    shared = (config.samples, config.starts, config.rate, config.flip, config.times)
    return [Point(config.size, patterns, *shared) for patterns in counts]


def cost(point: Point) -> float:
    """Steps of all dreams, and of the looks at the network between them."""
    dreams = point.times[-1] * point.size / point.rate
    looks = len(point.times) * (2 * point.patterns + point.starts)
    return float((dreams + looks) * point.size**2 * point.samples)


def measure(point: Point, seed: int) -> xr.Dataset:
    stored = hp.patterns.random(point.patterns, point.size, seed=seed, disorder=point.samples)
    stops = [round(x * point.size / point.rate) for x in point.times]
    looks = [
        _look(at.network, stored, point, seed + 1 + number)
        for number, at in enumerate(hp.learning.dream(hp.hopfield(stored), stops, point.rate, seed=seed))
    ]
    values = {name: np.stack([look[name] for look in looks], axis=-1).astype(np.float32) for name in looks[0]}
    ds = xr.Dataset({name: (("disorder", "time"), array, LABELS[name]) for name, array in values.items()})
    time = {"long_name": "unlearned, x = rate · dreams / N", "units": "1"}
    return ds.assign_coords(time=("time", np.array(point.times), time))


LABELS = {
    name: {"long_name": text, "units": unit}
    for name, text, unit in (
        ("fixed", "fraction of patterns that are fixed points", "1"),
        ("stability", "smallest stability of any bit of any pattern", "1"),
        ("recall", "mean overlap with the pattern, from a cue", "1"),
        ("recalled", "fraction of patterns recalled from a cue", "1"),
        ("hits", "fraction of random starts that end in a pattern or its negative", "1"),
        ("pattern_energy", "energy per site of the patterns", "J"),
        ("near_energy", "energy per site of the states that descent from a pattern reaches", "J"),
        ("spurious_energy", "energy per site of states from random starts that are no pattern", "J"),
    )
}


def _look(net: hp.Hamiltonian, stored: Array, point: Point, seed: int) -> dict[str, Array]:
    """What the network does after some dreams, each (samples,).

    `seed` differs from look to look, and from that of the patterns: noise of their seed would be the patterns.
    """
    field = net.local_field(stored)
    length = np.sqrt((net.interaction.couplings**2).sum(axis=-1))
    cue = hp.patterns.corrupt(stored, flip=point.flip, seed=seed)
    noise = hp.patterns.random(point.starts, point.size, seed=seed, disorder=point.samples)
    near, recalled, found = (hp.settle(net, start, seed=seed) for start in (stored, cue, noise))
    m = (recalled.state.values * stored).mean(axis=-1, dtype=float)
    hit = np.abs(hp.patterns.overlap(found.state.values, stored)).max(axis=-1) > HIT
    spurious = np.where(hit, np.nan, found.energy.values) / point.size
    return {
        "fixed": (field * stored >= 0).all(axis=-1).mean(axis=-1),
        "stability": _stability(field * stored, length).min(axis=(1, 2)),
        "recall": m.mean(axis=-1),
        "recalled": (m > HIT).mean(axis=-1),
        "hits": hit.mean(axis=-1),
        "pattern_energy": net.energy(stored).mean(axis=-1) / point.size,
        "near_energy": near.energy.values.mean(axis=-1) / point.size,
        "spurious_energy": analysis.mean(spurious),
    }


def _stability(aligned: Array, length: Array) -> Array:
    """xi_i h_i / |J_i|, (disorder, pattern, site); 0 for a unit that has no couplings left."""
    rows = length[:, None, :]
    return np.divide(aligned, rows, out=np.zeros_like(aligned), where=rows > 0)


def findings(ds: xr.Dataset) -> list[Finding]:
    config = STUDY.config_of(ds)
    result: list[Finding] = []
    for index in range(ds.sizes["point"]):
        result += _positions(ds.isel(point=index), config)
    for index in range(ds.sizes["point"]):
        result += _gains(ds.isel(point=index))
    return result


SIMULATION = "our own earlier simulation by another code, N = 400, load 0.3"
RULE = "our own rule of thumb, from simulations by another code at N = 400 and loads well above capacity"
NOTHING = "nothing to compare with at this N and load"
# What is looked for, how, the rule of thumb as an addition to the load, the reference at N = 400 and load 0.3, and how
# far a measurement may lie from a reference that was read off a grid and has no error of its own.
POSITIONS = (
    ("the best smallest stability", analysis.best, -0.05, 0.24, 0.2),
    ("the collapse, where half of the patterns are lost", analysis.collapse, 0.06, 0.36, 0.1),
    ("the sign change, where spurious states rise above the patterns' states", analysis.crossing, None, 0.05, 0.2),
)


def _positions(at: xr.Dataset, config: Config) -> list[Finding]:
    load = at["patterns"].item() / at["size"].item()
    known = at["size"].item() == 400 and at["patterns"].item() == 120
    result = []
    for name, statistic, rule, reference, tolerance in POSITIONS:
        value, error = analysis.resampled(statistic, at, config.resamples, int(at.attrs["seed"]))
        if not np.isfinite(value + error):
            continue  # below capacity there may be no sign change to find
        expected = reference if known else None if rule is None else load + rule
        name = f"x of {name}, N = {at['size'].item()}, load {load:.2f}"
        result.append(_near(name, value, error, expected, tolerance, SIMULATION if known else RULE))
    return result


def _near(name: str, value: float, error: float, expected: float | None, tolerance: float, source: str) -> Finding:
    if expected is None:
        return Finding.compare(name, value, error, None, NOTHING)
    agrees = bool(abs(value - expected) <= tolerance * expected + 3 * error)
    note = f"agreement: within {tolerance:.0%}, for the reference has no error of its own, plus 3 standard errors"
    if not agrees and source == RULE:
        note += "; at small load few dreams miss the space of the patterns, so the end comes close to x = load"
    return Finding(name, value, error, expected, source, agrees, note=note)


def _gains(at: xr.Dataset) -> list[Finding]:
    """How much better the network remembers at its best: before and after."""
    load = at["patterns"].item() / at["size"].item()
    best = int(np.argmax(analysis.mean(at["stability"].values.T)))
    rows = (
        ("fixed", "fixed patterns"),
        ("recalled", "recalled from a cue"),
        ("hits", "random starts that hit a pattern"),
    )
    result = []
    for name, text in rows:
        for index, when in ((0, "before dreaming"), (best, f"at x = {at['time'].values[best]:.2f}")):
            value, error = analysis.mean_error(at[name].values[:, index])
            title = f"fraction of {text}, load {load:.2f}, {when}"
            result.append(Finding.compare(title, value, error, *_expected(at, name, index == best)))
    return result


def _expected(at: xr.Dataset, name: str, dreamt: bool) -> tuple[float | None, str]:
    """At N = 400, load 0.3: no pattern is fixed before, all are at the best x."""
    known = at["size"].item() == 400 and at["patterns"].item() == 120 and name == "fixed"
    return (float(dreamt), SIMULATION) if known else (None, NOTHING)


def figures(ds: xr.Dataset) -> Mapping[str, Figure]:
    shown: Mapping[str, Figure] = drawing.figures(ds)
    return shown


STUDY = Study(
    name="unlearning",
    title="Dreaming: unlearning what the network falls into",
    question=(
        "Does subtracting the states that a network settles into from noise make it remember better, "
        "and how much of it is too much?"
    ),
    config=Config,
    points=points,
    measure=measure,
    findings=findings,
    figures=figures,
    models=("hopfield",),
    cost=cost,
)

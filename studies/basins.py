"""From how far does a memory draw?

P = load · N random patterns are stored by every learning rule of the catalogue, the same patterns for all, and some of
them, spread over the order of learning, are cued at initial overlaps m0 from 0 to 1. Three kinds of cue have the same
mean m0: *flipped*, each bit turned with probability (1 - m0)/2; *erased*, exactly (1 - m0) N bits replaced by fair
ones; *clamped*, exactly m0 N bits known and held at their values, fair bits for the rest, which alone may move. The
first two differ in the scatter of m0 only: N times its variance is 1 - m0^2 and 1 - m0. Each cue settles by threshold
updates in a fresh random order each sweep. (The palimpsest is not here: whatever the load, it remembers a few
of the newest patterns alone, and those that are cued here are spread over all. Networks of directed couplings may
cycle; they are left alone after 50 sweeps.)

A cue is *recalled* if its final overlap is 0.95 or more. The critical overlap m_c is where half of the cues are
recalled, on the straight line between two initial overlaps, and the *radius* of the basin is R = 1 - m_c, the largest
Hamming distance from which a pattern draws over N/2: 1 is all there is, 0 says that patterns are lost themselves, and
below 0.05 a cue is near enough to count from the start. Errors are by bootstrap over disorder samples; to that of a
radius the spacing of initial overlaps over sqrt 12 is added.

*One step.* For any couplings the overlap after one synchronous step is < erf(m0 lambda / sqrt(2 (1 - m0^2))) > over the
stabilities lambda = xi h / |J|, here those of the same patterns in the same network. *Hebb's rule step by step.* All
units at once, from flipped cues, at two N: against the exact course for N -> infinity of one effective unit, which
feels its own past, and against the recursion of Amari & Maginu (1988), which leaves that out. *The diagonal.* With J_ii
kept, the projection rule takes a flipped bit back only where J_ii < 1/2, and J_ii is the load on average. *N = 200.*
Fixed patterns, and patterns recalled from a cue with exactly 20 bits flipped, all patterns of each network, at three
loads: where flips are independent, their number scatters by 4, and Storkey's rule loses patterns that 20 flips leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _basins_figures as drawing
from hopphys.studies import _basins_findings as report
from hopphys.studies import _basins_networks as networks
from hopphys.studies._basins_config import SMALL, Config, Point, points
from hopphys.studies._basins_networks import CUES, RECALLED, Array

import hopphys as hp
from hopphys.learning import RULES
from hopphys.study import Figure, Finding, Study

SWEEPS = 60  # of the networks that keep their diagonal


def cost(point: Point) -> float:
    """Site updates of all cues, and learning, which for the iterative rules takes some hundred passes."""
    settling = len(CUES) * len(point.overlaps) * point.cues * point.size**1.5
    learning = (20 * point.patterns * point.size + point.size**2) * point.size**0.5
    return float(point.samples * len(point.rules) * (settling + learning)) * (30 if point.kind == "diagonal" else 1)


def measure(point: Point, seed: int) -> xr.Dataset:
    kinds = {"basin": basin, "steps": steps, "diagonal": diagonal, "small": small}
    return kinds[point.kind](point, seed)


def basin(point: Point, seed: int) -> xr.Dataset:
    """Final overlaps of all cues with every rule, on the same patterns and the same flipped and erased cues."""
    xi = hp.patterns.random(point.patterns, point.size, seed=seed, disorder=point.samples)
    own, m0 = networks.probed(xi, point.cues), np.array(point.overlaps)
    cues = networks.damaged(own, m0, seed + 1)
    parts = [_of_rule(networks.Trained(RULES[rule].learn, xi), own, cues, m0, seed) for rule in point.rules]
    ds = xr.concat(parts, "rule").assign_coords(rule=("rule", list(point.rules), {"long_name": "rule", "units": "1"}))
    held = np.stack([networks.held(own, m, seed + 2) for m in m0], axis=1)
    started = np.stack([networks.overlap(cue, own[:, None]) for cue in (*cues.values(), held)])
    axes = ("cue", "disorder", "overlap")
    ds["initial"] = _labelled(axes, started.mean(axis=-1), "mean initial overlap of the cues")
    ds["scatter"] = _labelled(
        axes, point.size * started.var(axis=-1, ddof=min(1, own.shape[1] - 1)), "N times variance of m0 over cues"
    )
    return ds


def _of_rule(trained: networks.Trained, own: Array, cues: Mapping[str, Array], m0: Array, seed: int) -> xr.Dataset:
    ends = [networks.ends(trained, own, cue, seed) for cue in cues.values()]
    final = np.stack([*(end for end, _ in ends), networks.clamped(trained, own, m0, seed + 2)])
    after, expected = networks.first_step(trained, own, cues["flipped"], m0, seed)
    axes = ("cue", "disorder", "overlap")
    variables = {
        "final": _labelled(axes, final.mean(axis=-1), "mean final overlap"),
        "recalled": _labelled(axes, (final >= RECALLED).mean(axis=-1), "fraction of cues recalled"),
        "first": _labelled(axes[1:], after, "mean overlap after one synchronous step, flipped cues"),
        "expected": _labelled(axes[1:], expected, "the same from the stabilities of the patterns"),
        "settled": _labelled(axes[1:2], ends[0][1].mean(axis=(1, 2)), "fraction of flipped cues that settled"),
    }
    return xr.Dataset(variables, {"cue": _named("cue", CUES, "kind of cue"), "overlap": _initial(m0)})


def steps(point: Point, seed: int) -> xr.Dataset:
    """Mean overlaps of Hebb's rule, all units at once, from the start on: (disorder, step)."""
    xi = hp.patterns.random(point.patterns, point.size, seed=seed, disorder=point.samples)
    own, net = networks.probed(xi, point.cues), hp.hopfield(xi)
    state = hp.patterns.corrupt(own, flip=(1 - point.overlaps[0]) / 2, seed=seed + 1)
    course = [networks.overlap(state, own).mean(axis=-1)]
    for _ in range(point.steps):
        state = hp.settle(net, state, dynamics=hp.SYNCHRONOUS, max_sweeps=1, seed=seed).state.values
        course.append(networks.overlap(state, own).mean(axis=-1))
    axes = ("disorder", "step")
    step = _named("step", np.arange(point.steps + 1), "synchronous steps")
    return xr.Dataset(
        {"course": _labelled(axes, np.stack(course, axis=-1), "mean overlap")},
        {"step": step},
    )


def diagonal(point: Point, seed: int) -> xr.Dataset:
    """Projection with its diagonal and without: recalled from flipped cues, and single bits that are taken back."""
    xi = hp.patterns.random(point.patterns, point.size, seed=seed, disorder=point.samples)
    own, m0 = networks.probed(xi, point.cues), np.array(point.overlaps)
    cues = networks.damaged(own, m0, seed + 1)["flipped"]
    kept = networks.kept_diagonal(xi)
    weight = np.diagonal(kept, axis1=1, axis2=2)
    recalled = []
    for couplings in (kept, kept - weight[:, :, None] * np.eye(point.size)):
        final = networks.descend(couplings, cues.reshape(point.samples, -1, point.size), SWEEPS)
        recalled.append((networks.overlap(final.reshape(cues.shape), own[:, None]) >= RECALLED).mean(axis=-1))
    axes = ("diagonal", "disorder", "overlap")
    variables = {
        "recalled_diagonal": _labelled(axes, np.stack(recalled), "fraction of flipped cues recalled"),
        "weight": _labelled(axes[1:2], weight.mean(axis=-1), "mean of the diagonal J_ii"),
        "mended": _labelled(axes[1:2], (weight < 0.5).mean(axis=-1), "fraction of single flipped bits taken back"),
    }
    kinds = _named("diagonal", ("kept", "zero"), "the diagonal of the couplings")
    return xr.Dataset(variables, {"diagonal": kinds, "overlap": _initial(m0)})


def small(point: Point, seed: int) -> xr.Dataset:
    """Each rule at its load, all patterns: fixed points, and where a cue with just a tenth of the bits flipped ends."""
    found = [_small(rule, point, seed) for rule in point.rules]
    axes = ("case", "network")
    texts = (
        "fraction of patterns that are fixed points",
        "fraction of patterns recalled, m >= 0.95",
        "fraction of patterns recalled without a wrong bit",
    )
    names = ("fixed", "restored", "exact")
    values = np.moveaxis(np.array(found), 0, 1)
    variables = {name: _labelled(axes, value, text) for name, value, text in zip(names, values, texts, strict=True)}
    return xr.Dataset(
        variables, {"case": _named("case", point.rules, "rule, at its own load"), "network": _number(point)}
    )


def _small(rule: str, point: Point, seed: int) -> tuple[Array, Array, Array]:
    xi = hp.patterns.random(round(SMALL[rule] * point.size), point.size, seed=seed, disorder=point.samples)
    trained = networks.Trained(RULES[rule].learn, xi)
    bare, bias = trained.stabilities(xi)
    cue = networks.exactly_flipped(xi, (1 - point.overlaps[0]) / 2, seed + 1)
    m = networks.overlap(trained.settle(cue, seed)[0], xi)
    fixed = (bare + bias >= -1e-9).all(axis=-1)
    return fixed.mean(axis=-1), (m >= RECALLED).mean(axis=-1), (m == 1).mean(axis=-1)


def _labelled(dims: tuple[str, ...], values: Array, text: str) -> xr.Variable:
    return xr.Variable(dims, np.asarray(values, dtype=np.float32), {"long_name": text, "units": "1"})


def _named(dim: str, values: Sequence[Any] | Array, text: str) -> xr.Variable:
    return xr.Variable(dim, np.array(values), {"long_name": text, "units": "1"})


def _number(point: Point) -> xr.Variable:
    return _named("network", np.arange(point.samples), "number of the disorder sample")


def _initial(m0: Array) -> xr.Variable:
    return _named("overlap", m0, "initial overlap m0")


def findings(ds: xr.Dataset) -> list[Finding]:
    return list(report.findings(ds, STUDY.config_of(ds)))


def figures(ds: xr.Dataset) -> Mapping[str, Figure]:
    return dict(drawing.figures(ds, STUDY.config_of(ds)))


STUDY = Study(
    name="basins",
    title="Basins: from how far a memory draws",
    question=(
        "Where does a network end from a cue that knows a part of a pattern, for each learning rule and load, and how "
        "far may the cue be from the pattern?"
    ),
    config=Config,
    points=points,
    measure=measure,
    findings=findings,
    figures=figures,
    models=("hopfield",),
    cost=cost,
)

"""How many bits does a weight remember?

A rule stores P = load · N random patterns of N units, and the network is started at patterns and at cues. A final
state s tells 1 - H2((1 - m)/2) bits per unit of a fair pattern, m the overlap and H2 the binary entropy; of a sparse
one the mutual information of the bits of s and of the pattern, by the 2 × 2 table of the two, for errors on active and
on silent units do not cost the same. Only states that are near the pattern (correlation above 0.8) count: far above
capacity a state that has left its pattern still resembles it, but that is the memory of the start. Their bits err at
one rate, that of the sample.

*stored*: bits per N² of the states that start at the patterns. *restored*: from cues with a fraction `flip` of wrong
bits (sparse patterns: 2 f times as many), what the final state tells more than the cue told. A rule's limit is the
largest mean over disorder samples among the loads that were looked at; its error is a bootstrap over samples.

States that were never learned are a control. Where more than one in a hundred of them is held as well, to be held tells
nothing, and the load does not count. So it is with the projection of N - 1 patterns: it is 1 - r r^T, r the one
direction that they leave out, and any state settles after turning about √N/2 of its N bits, which makes r.s small.
(It begins before: one state in a hundred is held at load 0.94 for N = 240, at 0.97 for N = 1000, by a check apart from
this study. So the limit of the projection lies a little above the largest load below 1 that is looked at.)

What is a weight? Per N² counts couplings in the large-N way of the literature, per weight each number that can be
chosen once: N (N - 1) for directed couplings, half of that for symmetric ones, which pay twice per N² for having an
energy. Gardner's 2 bits (1988) are the largest load of directed couplings, 2 N fair patterns without an error.

A network holds its patterns when its worst unit does. The perceptron and the couplings of largest stability have a
limit unit by unit, too: `units` is the fraction of units that give all P patterns their bits, from N - 1 weights. Cover
(1965) counts how likely such weights exist, exactly for every N and P in general position, and the most patterns a unit
can take are 2 (N - 1) on average: 2 bits per weight at any N. (Signs are not quite in general position. Two of P
patterns contradict each other at a unit with a chance of P²/2^N: a tenth of the units at N = 12, one in a thousand at
N = 20, and then ever fewer.) The sum of the shares over P measures that number. A unit that is not done after
200 000/N passes counts as one that fails: a lower bound. The search for the largest stability also proves, up to a
stability of 0.001, that a unit has no such weights: an upper bound.

Hebb's weights are whole, N J_ij from -P to P, and have the parity of P. Hinton's count sets 0.15 N² bits against
log2(2M + 1) for each of N² whole weights up to M = 0.15 N; the entropy of a weight is less, for nearly all are of order
sqrt P, and each pair needs one weight only. Sparse patterns are learned by the covariance rule, with the threshold at
which Gaussian crosstalk errs least. Unlearning makes (load - 0.05) N / rate dreams.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import xarray as xr
from hopphys.studies import _information_figures as drawing
from hopphys.studies import _information_findings as reading
from hopphys.studies import _information_rules as rules

from hopphys.learning import RULES
from hopphys.study import Figure, Finding, Study, at_least

Curves = tuple[tuple[str, float, tuple[int, ...], tuple[float, ...]], ...]
Units = tuple[tuple[str, tuple[int, ...], tuple[float, ...]], ...]
MOST = 4.0  # load


@dataclass(frozen=True)
class Config:
    """`curves`: rule, activity (0.5: fair bits), sizes, and loads at which its memory is measured.

    `units`: rule whose units learn apart, sizes, and loads at which the units that can take them are counted.
    """

    curves: Curves
    samples: int
    probes: int
    flip: float = 0.1
    resamples: int = 400
    units: Units = ()

    def __post_init__(self) -> None:
        at_least(self, 2, "samples", "resamples", why="for an error")
        at_least(self, 1, "probes")
        if not 0 < self.flip < 0.5:
            raise ValueError(f"flip must lie between 0 and 0.5, but it is {self.flip:g}")
        if not self.curves:
            raise ValueError("curves is empty; name at least one rule with its activity, sizes and loads")
        for curve in self.curves:
            _check(*curve)
        for rule, sizes, loads in self.units:
            _check(rule, 0.5, sizes, loads)
            if rule not in rules.GARDNERS:
                raise ValueError(f"units learn apart by {' and '.join(rules.GARDNERS)} only, but the rule is {rule}")


def _check(rule: str, activity: float, sizes: tuple[int, ...], loads: tuple[float, ...]) -> None:
    if rule not in RULES:
        raise ValueError(f"there is no rule {rule!r}; there is {', '.join(sorted(RULES))}")
    if not sizes or min(sizes) < 10 or not loads or not all(0 < load <= MOST for load in loads):
        raise ValueError(f"{rule}: sizes start at 10, loads lie above 0 and up to {MOST:g}, but: {sizes}, {loads}")
    if not 0 < activity <= 0.5 or (activity < 0.5 and rule != rules.COVARIANCE):
        raise ValueError(f"{rule}: activity must be 0.5, or below that for the covariance rule, but it is {activity}")


@dataclass(frozen=True)
class Point:
    """Disorder samples of one rule at one N and P."""

    rule: str = field(metadata={"long_name": "learning rule", "units": ""})
    activity: float = field(metadata={"long_name": "fraction of active units", "units": "1"})
    size: int = field(metadata={"long_name": "number of sites N", "units": "1"})
    patterns: int = field(metadata={"long_name": "number of patterns P", "units": "1"})
    samples: int = field(metadata={"long_name": "disorder samples", "units": "1"})
    probes: int = field(metadata={"long_name": "patterns probed in each sample, at most; 0: units", "units": "1"})
    flip: float = field(metadata={"long_name": "fraction of flipped bits in the cue", "units": "1"})


def points(config: Config) -> list[Point]:
    """Patterns of the projection stop at N - 1, where its load is all but 1."""
    curves = [(*curve, config.probes) for curve in config.curves]
    curves += [(rule, 0.5, sizes, loads, 0) for rule, sizes, loads in config.units]
    found: dict[Point, None] = {}
    for rule, activity, sizes, loads, probes in curves:
        for size in sizes:
            for load in loads:
                most = size - 1 if rule == "projection" else round(MOST * size)
                count = min(max(1, round(load * size)), most)
                found[Point(rule, activity, size, count, config.samples, probes, config.flip)] = None
    return list(found)


SLOW = {"unlearning": 100.0, "storkey": 4.0}


def cost(point: Point) -> float:
    """Couplings and settling, N² each pattern; rules that repeat themselves a multiple of that."""
    learning = SLOW.get(point.rule, 1.0) * point.patterns
    if point.rule == "unlearning":
        learning *= point.size / 100
    if point.rule in rules.GARDNERS:  # every unit, P² a pass, the more passes the nearer to the limit
        learning = 500 * point.patterns**2 / point.size * min(point.patterns / point.size / 2, 1) ** 4
    return float((learning + 4 * min(point.patterns, point.probes)) * point.size**2 * point.samples)


def measure(point: Point, seed: int) -> xr.Dataset:
    values = rules.memory(point, seed)
    ds = xr.Dataset({name: ("disorder", array, LABELS[name]) for name, array in values.items()})
    return ds.merge(rules.weights(point, seed))


LABELS = {
    name: {"long_name": text, "units": unit}
    for name, text, unit in (
        ("stored", "bits stored per N^2, of patterns that start where they are", "bit"),
        ("restored", "bits per N^2 that the final state tells more than the cue", "bit"),
        ("held", "fraction of patterns with a state near them", "1"),
        ("again", "fraction of patterns found from a cue", "1"),
        ("false", "fraction of unlearned states that count as held, a control", "1"),
        ("fixed", "fraction of patterns that are fixed points", "1"),
        ("units", "fraction of units whose couplings give every pattern its bit", "1"),
        ("refuted", "fraction of units for which no couplings of stability 0.001 do", "1"),
    )
}


def findings(ds: xr.Dataset) -> list[Finding]:
    config = STUDY.config_of(ds)
    result: list[Finding] = reading.findings(ds, config.resamples, int(ds.attrs["seed"]))
    return result


def figures(ds: xr.Dataset) -> Mapping[str, Figure]:
    config = STUDY.config_of(ds)
    shown: Mapping[str, Figure] = drawing.figures(ds, config.resamples, int(ds.attrs["seed"]))
    return shown


STUDY = Study(
    name="information",
    title="Bits in a weight",
    question=(
        "How many bits does each learning rule store in a weight at its own limit, how far is that from Gardner's "
        "2 bits, and how many bits does a weight take?"
    ),
    config=Config,
    points=points,
    measure=measure,
    findings=findings,
    figures=figures,
    models=("hopfield",),
    cost=cost,
)

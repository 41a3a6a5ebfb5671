"""All learning rules on the same patterns: what a point of the capacity study measures of each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies._capacity_analysis import Array
from hopphys.studies._draws import uniforms

import hopphys as hp
from hopphys.learning import RULES, Learned, stabilities

RETRIEVED = 0.9
PALIMPSESTS = ("palimpsest", "palimpsest, bounded")  # what they hold are the last patterns
OLDEST = {
    "storkey, oldest": "storkey"
}  # a rule that treats late patterns unlike early ones, asked for the first of them
RAISED = (
    0.62  # of the way between a sparse pattern's two levels of the field: the best at f = 0.1, N = 1000, of 0.5-0.75
)
RECENT = 0.15  # of the units: so many of the last patterns are looked for in a palimpsest, which holds fewer
FOUND = 1000  # units up to which the smallest stability is looked for where the rule does not say it: N² P steps
STOPS = np.arange(-0.14, 0.0401, 0.02)  # x - load at which unlearning is looked at; the best x is near load - 0.05
RATE = 0.01
PROBING = 7  # from the seed of patterns to that of the places of probes
SWEEPS = 3000  # of a perceptron; a unit that needs more counts as one that fails
TOLERANCE = 1e-3  # relative, of the largest stability
Windows = tuple[tuple[str, tuple[int, ...], tuple[int, ...], tuple[float, ...]], ...]


@dataclass(frozen=True)
class RulePoint:
    """Disorder samples at one N and P, each learned by every one of `rules`.

    `activity` is the fraction of active units of sparse patterns; None: fair bits.
    """

    size: int = field(metadata={"long_name": "number of sites N", "units": "1"})
    patterns: int = field(metadata={"long_name": "number of patterns P", "units": "1"})
    samples: int = field(metadata={"long_name": "disorder samples", "units": "1"})
    probes: int = field(metadata={"long_name": "patterns probed in each sample", "units": "1"})
    flip: float = field(metadata={"long_name": "fraction of flipped bits in the cue", "units": "1"})
    rules: tuple[str, ...] = field(metadata={"long_name": "learning rules on the same patterns", "units": "1"})
    activity: float | None = field(
        default=None, metadata={"long_name": "fraction of active units of sparse patterns", "units": "1"}
    )


def check(rule: str, sizes: tuple[int, ...], samples: tuple[int, ...], loads: tuple[float, ...]) -> None:
    """Refuse, in words, a rule that there is not, and numbers that mean nothing."""
    if rule not in known():
        raise ValueError(f"there is no rule {rule!r}; there is {', '.join(sorted(known()))}")
    if len(sizes) != len(samples) or not sizes or not loads:
        raise ValueError(
            f"{rule} needs sizes, as many numbers of samples, and loads, but they are {sizes}, {samples}, {loads}"
        )
    if min(sizes) < 10 or min(samples) < 2 or not all(0 < load <= 4 for load in loads):
        raise ValueError(
            f"{rule}: sizes start at 10, samples at 2, and loads lie above 0 and up to 4, but they are {sizes}, "
            f"{samples} and {loads}"
        )


def points(windows: Windows, probes: int, flip: float, activity: float) -> list[RulePoint]:
    """One point for each N, P and number of samples, with every rule that is wanted there."""
    wanted: dict[RulePoint, dict[str, None]] = {}
    for rule, sizes, samples, loads in windows:
        for size, number in zip(sizes, samples, strict=True):
            for load in loads:
                patterns = max(1, round(load * size))
                looked = min(patterns, round(RECENT * size) if rule in PALIMPSESTS else probes)
                there = RulePoint(size, patterns, number, looked, flip, (), activity if rule in SPARSE else None)
                wanted.setdefault(there, {})[rule] = None
    return [replace(point, rules=tuple(rules)) for point, rules in wanted.items()]


LABELS = {
    f"rule_{name}": {"long_name": text, "units": "1"}
    for name, text in {
        "overlap": "mean final overlap of the rule's network, started at the pattern",
        "retrieved": "fraction with final overlap above 0.9, started at the pattern",
        "cue_overlap": "mean final overlap, started at a cue",
        "cue_retrieved": "fraction with final overlap above 0.9, started at a cue",
        "exact": "fraction of probed patterns that are exactly fixed",
        "stability": "smallest stability of any bit of any pattern",
        "margin": "mean over units of the smallest stability of that unit's bits",
        "units": "fraction of units whose bits are right in every pattern",
        "converged": "whether the rule reached what was asked of it",
    }.items()
}


def cost(point: RulePoint) -> float:
    """Relative time, in the unit of Hebb's points (an attempt and a pattern), by measurements at N = 250 to 2000."""
    size, patterns = float(point.size), float(point.patterns)
    product = 6 * size**2 * patterns + 20 * point.probes * size**1.5
    own = {
        "unlearning": 6 * size**3 * (patterns / size + STOPS[-1]) / RATE,
        "minimum_overlap": 200 * size * patterns**2,
        "perceptron": 100 * size * patterns**2 * (patterns / size) ** 4,
        "symmetric perceptron": 2000 * size**2 * patterns,
    }
    return float(point.samples * sum(own.get(rule, product) for rule in point.rules))


def measure(point: RulePoint, seed: int) -> xr.Dataset:
    """Each variable over (rule, disorder); patterns, cues and the order of updates are the same for every rule."""
    samples = [_sample(point, seed, sample) for sample in range(point.samples)]
    rules = {"long_name": "learning rule", "units": "1"}
    ds = xr.Dataset(coords={"rule": ("rule", list(point.rules), rules)})
    for name, label in LABELS.items():
        values = np.array([[result[name] for result in sample] for sample in samples], dtype=np.float32)
        ds[name] = (("rule", "disorder"), values.T, label)
    return ds


def _sample(point: RulePoint, seed: int, sample: int) -> list[dict[str, float]]:
    """What each rule makes of disorder sample number `sample`."""
    stored = _patterns(point, seed, sample)
    learned = {rule: taught(rule, stored, seed, sample) for rule in dict.fromkeys(map(_learns, point.rules))}
    return [
        _recall(point, learned[_learns(rule)], stored, stored[_probed(rule, point, seed, sample)], seed, sample)
        for rule in point.rules
    ]


def _probed(rule: str, point: RulePoint, seed: int, sample: int) -> Array:
    offsets = uniforms(point.probes, seed + PROBING, sample)
    return probes(rule, point.patterns, offsets)


def _learns(rule: str) -> str:
    return OLDEST.get(rule, rule)


def probes(rule: str, patterns: int, offsets: Array) -> Array:
    """Which patterns are asked for: one in each of as many stretches of the order of learning as there are `offsets`.

    The offset, from 0 to 1, is the place in its stretch: a mean over random ones is the mean over all ages.
    """
    order, number = np.arange(patterns), min(len(offsets), patterns)
    if rule in PALIMPSESTS:
        return order[-number:]
    if rule in OLDEST:
        return order[:number]
    ends = np.arange(number + 1) * patterns // number
    return ends[:-1] + (offsets[:number] * np.diff(ends)).astype(int)


def _patterns(point: RulePoint, seed: int, sample: int) -> Array:
    where = {"seed": seed, "disorder": 1, "first": sample}
    if point.activity is None:
        return np.asarray(hp.patterns.random(point.patterns, point.size, **where)[0])
    return np.asarray(hp.patterns.biased(point.patterns, point.size, activity=point.activity, **where)[0])


def _recall(
    point: RulePoint, learned: Learned, stored: Array, probed: Array, seed: int, sample: int
) -> dict[str, float]:
    net = hp.hopfield(stored, rule=lambda _: learned)
    start = np.concatenate([probed, cue(probed, point, seed, sample)])
    found = hp.settle(net, start, dynamics=hp.HOPFIELD, seed=seed + 1 + sample)
    m = overlap(found.state.values, np.concatenate([probed, probed]), point.activity).reshape(2, len(probed))
    stable = net.local_field(probed) * probed >= -1e-12 * point.size
    values = {
        "overlap": m[0].mean(),
        "retrieved": (m[0] > RETRIEVED).mean(),
        "cue_overlap": m[1].mean(),
        "cue_retrieved": (m[1] > RETRIEVED).mean(),
        "exact": stable.all(axis=1).mean(),
        **_stability(learned, stored),
        "converged": float(np.all(learned.converged)),
    }
    return {f"rule_{name}": float(value) for name, value in values.items()}


def _stability(learned: Learned, stored: Array) -> dict[str, float]:
    """Stabilities over all patterns: the smallest, its mean over units, units without one below 0; NaN if too many."""
    if stored.shape[1] > FOUND:
        return dict.fromkeys(("stability", "margin", "units"), float("nan"))
    each = stabilities(learned.couplings, learned.bias, stored).min(axis=0)
    return {"stability": each.min(), "margin": each.mean(), "units": (each > 0).mean()}


def cue(probed: Array, point: RulePoint, seed: int, sample: int) -> Array:
    """The patterns with a fraction `flip` of their bits flipped; sparse ones keep their activity in the mean.

    There, that fraction of the active units falls silent and as many silent units become active.
    """
    first = {"seed": seed, "first": sample}
    lost = hp.patterns.corrupt(probed[None], flip=point.flip, **first)[0]
    if point.activity is None:
        return np.asarray(lost)
    rate = point.flip * point.activity / (1 - point.activity)
    added = hp.patterns.corrupt(probed[None], flip=rate, **first)[0]
    return np.where(probed > 0, lost, added)


def overlap(state: Array, patterns: Array, activity: float | None) -> Array:
    """Overlap of each state with its pattern; of sparse ones the correlation coefficient, 0 for a state without any.

    Two silent networks would have the plain overlap 1.
    """
    if activity is None:
        return np.asarray((state * patterns).mean(axis=-1, dtype=float))
    a, b = (values - values.mean(axis=-1, keepdims=True, dtype=float) for values in (state, patterns))
    norm = np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1))
    return np.divide((a * b).sum(axis=-1), norm, out=np.zeros(len(a)), where=norm > 0)


def taught(rule: str, stored: Array, seed: int, sample: int) -> Learned:
    """What the rule learns from the patterns (P, N) of one sample, whatever form it gives it in."""
    if rule == "unlearning":
        return unlearned(stored, seed, sample)
    found = LEARN.get(rule, lambda xi: RULES[rule].learn(xi))(stored)
    if isinstance(found, Learned):
        return found
    couplings, bias = found if isinstance(found, tuple) else (found, np.zeros(stored.shape[-1]))
    return _plain(couplings, bias)


def _plain(couplings: Array, bias: Any = 0.0) -> Learned:
    """A rule that has no aim of its own always reaches it."""
    full = np.broadcast_to(bias, couplings.shape[-1])
    return Learned(couplings, full, np.array(True), np.array(np.nan), np.array(1))


def unlearned(stored: Array, seed: int, sample: int) -> Learned:
    """Hebb's couplings after the number of dreams, of those at STOPS, with the largest smallest stability."""
    size = stored.shape[1]
    x = np.unique(np.clip(len(stored) / size + STOPS, 0, None))
    stops = [round(each * size / RATE) for each in x]
    best: tuple[float, Array] | None = None
    for at in hp.learning.dream(hp.hopfield(stored), stops, RATE, seed=seed + 1, first=sample):
        couplings = np.asarray(at.network.interaction.couplings)
        smallest = float(stabilities(couplings, np.zeros(size), stored).min())
        if best is None or smallest > best[0]:
            best = smallest, couplings
    assert best is not None
    return _plain(best[1])


def _raised(xi: Array) -> Any:
    """The covariance rule with a threshold above the midpoint of the levels 1 - a and -1 - a."""
    mean = float(xi.mean())
    return hp.learning.covariance(xi, threshold=-1 - mean + 2 * RAISED)


# On sparse patterns, which are another disorder than fair bits.
SPARSE: Mapping[str, Callable[[Array], Any]] = {
    "sparse covariance": lambda xi: hp.learning.covariance(xi),
    "sparse covariance, raised": _raised,
}
# As the study runs them where that is not by their usual settings.
LEARN: Mapping[str, Callable[[Array], Any]] = {
    **SPARSE,
    "perceptron": lambda xi: hp.learning.perceptron(xi, max_sweeps=SWEEPS),
    "symmetric perceptron": lambda xi: hp.learning.perceptron(xi, symmetric=True, max_sweeps=SWEEPS // 3),
    "minimum_overlap": lambda xi: hp.learning.minimum_overlap(xi, tolerance=TOLERANCE),
    "palimpsest, bounded": lambda xi: hp.learning.palimpsest(xi, bound=0.4),
}


def known() -> set[str]:
    """The rules that a configuration may name."""
    return {*RULES, *LEARN, *OLDEST}

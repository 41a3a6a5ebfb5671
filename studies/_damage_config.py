"""The configuration of the damage study, and its points."""

from __future__ import annotations

from dataclasses import dataclass, field

import hopphys as hp
from hopphys.study import at_least

RECORDS = 20  # of the overlap at the temperature; the later half counts
RETRIEVED = 0.9  # other rules: no theory says where they lose a pattern
theory = hp.theory.noise


@dataclass(frozen=True)
class Config:
    """`ratios` are Delta / Delta_c of dilution, one-way dilution and noise; `load_ratios` are load / load_c of intact
    and clipped networks; `fractions` of the units are removed. Other rules lose
    `rule_fractions`, a row for each of `rule_loads`, close together where half of the cues are lost."""

    sizes: tuple[int, ...]
    samples: tuple[int, ...]
    loads: tuple[float, ...]
    ratios: tuple[float, ...]
    load_ratios: tuple[float, ...]
    fractions: tuple[float, ...]
    rules: tuple[str, ...]
    rule_size: int
    rule_samples: int
    rule_loads: tuple[float, ...]
    rule_fractions: tuple[tuple[float, ...], ...]
    probes: int = 20
    flip: float = 0.1
    temperature: float = 0.1
    sweeps: int = 200
    resamples: int = 100

    def __post_init__(self) -> None:
        if len(self.sizes) != len(self.samples):
            raise ValueError(f"{len(self.sizes)} sizes need as many numbers of samples, but {len(self.samples)} came")
        if len(self.sizes) < 2 or min(*self.sizes, self.rule_size) < 20 or list(self.sizes) != sorted(set(self.sizes)):
            raise ValueError(f"two sizes or more, rising, from 20 on are compared, but they are {self.sizes}")
        at_least(self, 2, "samples", "rule_samples", why="for an error")
        at_least(self, 1, "probes")
        at_least(self, RECORDS, "sweeps")
        if not all(0 < load < theory.critical_load() for load in self.loads):
            raise ValueError(f"loads lie between 0 and 0.138, where there is something to damage, not {self.loads}")
        if len(self.rule_loads) != len(self.rule_fractions):
            raise ValueError(
                f"{len(self.rule_loads)} rule_loads need a row of rule_fractions each, not {len(self.rule_fractions)}"
            )
        if any(len(row) < 2 or list(row) != sorted(set(row)) for row in self.rule_fractions):
            raise ValueError(f"each row of rule_fractions rises, two fractions or more, not {self.rule_fractions}")
        if bad := [f for row in (self.fractions, *self.rule_fractions) for f in row if not 0 <= f < 1]:
            raise ValueError(f"removed fractions lie from 0 to below 1: one unit has to be left, but one is {bad[0]}")
        if not 0 < self.temperature < 1 or not 0 <= self.flip < 0.5:
            raise ValueError(
                "the temperature lies between 0 and 1, and flip from 0 to below 1/2, but they are "
                f"{self.temperature:g} and {self.flip:g}"
            )
        if unknown := set(self.rules) - set(hp.learning.RULES):
            raise ValueError(f"no rule is called {sorted(unknown)[0]!r}; there are {', '.join(hp.learning.RULES)}")


@dataclass(frozen=True)
class Point:
    """A network of Hebb's rule with one damage."""

    kind: str
    load: float = field(metadata={"long_name": "load that was asked for", "units": "1"})
    size: int = field(metadata={"long_name": "number of sites N before damage", "units": "1"})
    patterns: int = field(metadata={"long_name": "number of patterns P", "units": "1"})
    noise: float = field(metadata={"long_name": "rms noise of the damage over rms weight", "units": "1"})
    removed: float = field(metadata={"long_name": "fraction of units or weights removed", "units": "1"})
    ratio: float = field(metadata={"long_name": "strength of damage over the critical one, as asked for", "units": "1"})
    level: float = field(metadata={"long_name": "overlap from which a pattern is retrieved", "units": "1"})
    samples: int = field(metadata={"long_name": "disorder samples", "units": "1"})
    probes: int = field(metadata={"long_name": "patterns probed in each sample", "units": "1"})
    flip: float = field(metadata={"long_name": "fraction of flipped bits in the cue", "units": "1"})
    temperature: float = field(metadata={"long_name": "temperature of the heat bath", "units": "J"})
    sweeps: int = field(metadata={"long_name": "sweeps at the temperature", "units": "1"})


@dataclass(frozen=True)
class RulePoint:
    """All kinds and strengths of damage to networks that one rule has learnt."""

    rule: str
    load: float = field(metadata={"long_name": "load that was asked for", "units": "1"})
    size: int = field(metadata={"long_name": "number of sites N before damage", "units": "1"})
    patterns: int = field(metadata={"long_name": "number of patterns P", "units": "1"})
    level: float = field(metadata={"long_name": "overlap from which a pattern is retrieved", "units": "1"})
    samples: int = field(metadata={"long_name": "disorder samples", "units": "1"})
    probes: int = field(metadata={"long_name": "patterns probed in each sample", "units": "1"})
    flip: float = field(metadata={"long_name": "fraction of flipped bits in the cue", "units": "1"})
    fractions: tuple[float, ...]


Spec = tuple[str, float, float, float, float]  # kind, load, noise, ratio, level


def points(config: Config) -> list[Point | RulePoint]:
    found: dict[Point | RulePoint, None] = {}
    for size, samples in zip(config.sizes, config.samples, strict=True):
        for spec in [*_weights(config), *_loads(config), *_units(config)]:
            found[_point(config, *spec, size, samples)] = None
    for rule in config.rules:
        for load, fractions in zip(config.rule_loads, config.rule_fractions, strict=True):
            patterns = round(load * config.rule_size)
            sizes = (config.rule_size, patterns, RETRIEVED, config.rule_samples, min(config.probes, patterns))
            found[RulePoint(rule, load, *sizes, config.flip, fractions)] = None
    return list(found)


def _point(
    config: Config, kind: str, load: float, noise: float, ratio: float, level: float, size: int, samples: int
) -> Point:
    patterns = max(1, round(load * size))
    if kind == "clip":  # of an even number of signs, some sums are 0, and a third weight helps
        patterns += patterns % 2 == 0
        noise = float(theory.clipping(1.0, patterns))
    if kind == "smaller":
        size = round(size / (1 + noise**2))
    removed = 0.0 if kind in ("noise", "clip", "intact") else noise**2 / (1 + noise**2)
    shared = (samples, min(config.probes, patterns), config.flip, config.temperature, config.sweeps)
    return Point(kind, load, size, patterns, noise, removed, ratio, level, *shared)


def _weights(config: Config) -> list[Spec]:
    found = []
    for load in config.loads:
        critical = theory.critical_noise(load)
        level = 0.75 * theory.critical_overlap(critical)
        for kind in ("dilution", "one-way", "noise"):
            found += [(kind, load, ratio * critical / load**0.5, ratio, level) for ratio in config.ratios]
    return found


def _loads(config: Config) -> list[Spec]:
    found = []
    for kind, per_load in (("intact", 0.0), ("clip", theory.CLIPPED)):
        critical = theory.critical_load(per_load=per_load)
        level = 0.75 * theory.critical_overlap(per_load=per_load)
        found += [(kind, ratio * critical, per_load**0.5, ratio, level) for ratio in config.load_ratios]
    return found


def _units(config: Config) -> list[Spec]:
    level = 0.75 * theory.critical_overlap()
    return [
        (kind, load, (f / (1 - f)) ** 0.5, f / (1 - load / theory.critical_load()), level)
        for load in config.loads
        for kind in ("units", "smaller")
        for f in config.fractions
    ]

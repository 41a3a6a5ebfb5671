"""The configuration of the basins study, and its points."""

from __future__ import annotations

from dataclasses import dataclass, field

from hopphys.study import at_least

# Largest load at which a rule is looked at: above it nothing is left to see, or the rule does not exist.
TOP = {
    "hebb": 0.2,
    "covariance": 0.2,
    "storkey": 0.5,
    "projection": 0.95,
    "dreaming": 0.95,
    "unlearning": 0.7,
    "perceptron": 0.95,
    "minimum_overlap": 1.3,
}
LARGE = ("hebb", "projection")  # rules whose curves are drawn at a second N
SMALL = {"hebb": 0.14, "storkey": 0.3, "projection": 0.5}  # load: fixed and recalled at N = 200
SIZE, FLIP = 200, 0.1  # there


@dataclass(frozen=True)
class Config:
    """All rules at `size` and `loads`; two of them at `large` too, at their own load of `large_loads`.

    overlaps: initial overlaps, 1 the last; cues: patterns a sample that are cued; step_*: synchronous steps of Hebb's
    rule at each pair of load and initial overlap; diagonal_*: projection with J_ii; small_samples: at N = 200.
    """

    size: int
    loads: tuple[float, ...]
    overlaps: tuple[float, ...]
    samples: int
    cues: int
    rules: tuple[str, ...]
    large: int
    large_loads: tuple[float, ...]
    steps: int
    step_sizes: tuple[int, ...]
    step_loads: tuple[float, ...]
    step_overlaps: tuple[float, ...]
    step_samples: int
    step_cues: int
    diagonal_size: int
    diagonal_loads: tuple[float, ...]
    small_samples: int
    resamples: int = 200

    def __post_init__(self) -> None:
        at_least(self, 2, "samples", "step_samples", "small_samples", why="for an error")
        at_least(self, 1, "cues", "step_cues", "steps")
        at_least(self, 10, "size", "large", "step_sizes", "diagonal_size")
        if list(self.overlaps) != sorted(set(self.overlaps)) or len(self.overlaps) < 3 or self.overlaps[-1] != 1:
            raise ValueError(f"overlaps must rise to 1, three or more of them, but they are {self.overlaps}")
        if self.overlaps[0] <= 0:
            raise ValueError(f"overlaps lie above 0, where all patterns are alike, but one is {self.overlaps[0]}")
        if unknown := [rule for rule in self.rules if rule not in TOP]:
            raise ValueError(f"rules must be among {', '.join(TOP)}, but one is {unknown[0]!r}")
        if len(self.step_loads) != len(self.step_overlaps) or len(self.step_sizes) != 2:
            raise ValueError(
                "step_loads and step_overlaps are pairs, and step_sizes two N to extrapolate from, but they are "
                f"{self.step_loads}, {self.step_overlaps} and {self.step_sizes}"
            )
        if len(self.large_loads) != len(LARGE):
            raise ValueError(f"large_loads holds one load each for {' and '.join(LARGE)}, but it is {self.large_loads}")
        if bad := [load for load in (*self.loads, *self.diagonal_loads, *self.large_loads) if not 0 < load <= 2]:
            raise ValueError(f"loads lie above 0 and up to 2, but one is {bad[0]}")


@dataclass(frozen=True)
class Point:
    """`kind`: basin (some rules at one load), steps, diagonal, small."""

    kind: str = field(metadata={"long_name": "kind of measurement", "units": "1"})
    size: int = field(metadata={"long_name": "number of sites N", "units": "1"})
    patterns: int = field(metadata={"long_name": "number of patterns P", "units": "1"})
    samples: int = field(metadata={"long_name": "disorder samples", "units": "1"})
    cues: int = field(metadata={"long_name": "patterns cued a sample", "units": "1"})
    rules: tuple[str, ...]
    overlaps: tuple[float, ...]
    steps: int = field(default=0, metadata={"long_name": "synchronous steps", "units": "1"})

    @property
    def load(self) -> float:
        return self.patterns / self.size


def points(config: Config) -> list[Point]:
    basins = [
        _basin(config, config.size, load, rules)
        for load in config.loads
        if (rules := tuple(rule for rule in config.rules if load <= TOP[rule]))
    ]
    large = [
        _basin(config, config.large, load, (rule,))
        for rule, load in zip(LARGE, config.large_loads, strict=True)
        if rule in config.rules
    ]
    # The small networks come first: they alone have a coordinate of their own, and a Dataset is joined to the first.
    return _small(config) + basins + large + _steps(config) + _diagonal(config)


def _basin(config: Config, size: int, load: float, rules: tuple[str, ...]) -> Point:
    return Point("basin", size, round(load * size), config.samples, config.cues, rules, config.overlaps)


def _steps(config: Config) -> list[Point]:
    return [
        Point("steps", n, round(load * n), config.step_samples, config.step_cues, ("hebb",), (m0,), config.steps)
        for n in config.step_sizes
        for load, m0 in zip(config.step_loads, config.step_overlaps, strict=True)
    ]


def _diagonal(config: Config) -> list[Point]:
    n = config.diagonal_size
    return [
        Point("diagonal", n, round(load * n), config.samples, config.cues, ("projection",), config.overlaps)
        for load in config.diagonal_loads
    ]


def _small(config: Config) -> list[Point]:
    """One point for all its loads, the largest of which it carries."""
    rules = tuple(rule for rule in SMALL if rule in config.rules)
    most = max((round(SMALL[rule] * SIZE) for rule in rules), default=0)
    return [Point("small", SIZE, most, config.small_samples, most, rules, (1 - 2 * FLIP,))] if rules else []

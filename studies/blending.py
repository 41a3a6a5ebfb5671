"""When are two memories one?

Patterns of mutual overlap c are stored by Hebb's rule: a random parent, its sign changed for each pattern on sites of
its own, (1 - c)/2 of all sites for the second of two and (1 - c)/4 for each of three, so that c is exact. They are
alone in the network, or among random patterns at a given load.

*At T = 0*: all 2^N corners of small networks say which patterns are minima, when two differ in 1, 2, ... bits. In large
ones the network settles from each similar pattern; its overlaps with that pattern, with another, and with their blend
(the majority of three) show whether it stays. A sampled census says where random starts end.

*With temperature*: two patterns, heat bath, started at the first one. The order parameter is m_1 - m_2. Theory: it is
the magnetisation of a Curie-Weiss magnet on the sites where the two differ, lost at T = 1 - c, while m_1 + m_2 lives on
to 1 + c. Two patterns alone are this magnet at every N, so |m_1 - m_2| is compared point by point with the exact finite
sum, and the merging temperature is the one that fits all of its points best. The first quarter of the sweeps is not
counted. Among other patterns, heat bath from each of the two at some temperatures: above which mutual overlap do they
blend? At T = 0 and at each temperature that threshold is continued to large N and compared with theory.

*Unlearning*: the network dreams, J -= (rate/N) s s^T with s settled from noise; after how many dreams are all three
patterns fixed points again? The dreaming kernel J(t) of Fachechi, Agliari & Barra 2019 and the projection are asked the
same. Three letters show it.

Errors are over samples of disorder (parent, other patterns, thermal noise); of thresholds, by bootstrap, where the
grid's spacing over sqrt 12 is added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import xarray as xr
from hopphys.studies import _blending_figures as drawing
from hopphys.studies import _blending_findings as results
from hopphys.studies import _blending_loaded as loaded
from hopphys.studies import _blending_measuring as measuring

from hopphys.study import Figure, Finding, Study, at_least


@dataclass(frozen=True)
class Config:
    """small: N of whole hypercubes; sizes: N at T = 0, with so many samples each, over the mutual overlaps `three` and
    `two`; load: of the other patterns, beside 0.

    warm_sizes, pairs, ratios: N, mutual overlaps and T / (1 - c) of two patterns at temperature; loaded_sizes, with
    loaded_samples each: the same at `load`. edge: distances from theory's threshold of two at `load` and each of
    edge_temperatures, in edge_sweeps; N as in `sizes`, with edge_samples each. census_*: random starts. dream_*: N,
    mutual overlaps and numbers of dreams.
    """

    small: tuple[int, ...]
    sizes: tuple[int, ...]
    samples: tuple[int, ...]
    three: tuple[float, ...]
    two: tuple[float, ...]
    load: float
    warm_sizes: tuple[int, ...]
    warm_samples: int
    pairs: tuple[float, ...]
    ratios: tuple[float, ...]
    sweeps: int
    loaded_sizes: tuple[int, ...]
    loaded_samples: tuple[int, ...]
    edge_temperatures: tuple[float, ...]
    edge_samples: tuple[int, ...]
    edge_sweeps: int
    edge: tuple[float, ...]
    census_size: int
    census_samples: int
    census_correlations: tuple[float, ...]
    census_starts: int
    dream_size: int
    dream_correlations: tuple[float, ...]
    dreams: tuple[int, ...]
    dream_samples: int
    rate: float = 0.01
    side: int = 16
    resamples: int = 200

    def __post_init__(self) -> None:
        pairs = (("sizes", "samples"), ("sizes", "edge_samples"), ("loaded_sizes", "loaded_samples"))
        for sizes, samples in pairs:
            if len(getattr(self, sizes)) != len(getattr(self, samples)):
                raise ValueError(
                    f"{samples} needs one number a size, but {sizes} are {getattr(self, sizes)} and {samples} "
                    f"{getattr(self, samples)}"
                )
        counts = ("samples", "warm_samples", "loaded_samples", "edge_samples", "census_samples", "dream_samples")
        at_least(self, 2, *counts, why="for an error")
        if not all(4 <= size <= 16 for size in self.small):
            raise ValueError(f"small networks have 4 to 16 sites, for 2^N corners each, but they are {self.small}")
        grids = {name: getattr(self, name) for name in ("three", "two", "edge", "ratios", "dreams")}
        for name, grid in grids.items():
            if len(grid) < 3 or list(grid) != sorted(set(grid)):
                raise ValueError(f"{name} must be three rising numbers or more, but they are {grid}")
        for name in ("three", "two", "pairs", "census_correlations", "dream_correlations"):
            if not all(0 <= c < 1 for c in getattr(self, name)):
                raise ValueError(f"mutual overlaps, {name}, lie from 0 to below 1, but they are {getattr(self, name)}")
        at_least(self, 40, "edge_sweeps")
        if not -0.2 <= self.edge[0] < 0 < self.edge[-1] <= 0.4:
            raise ValueError(f"edge lies around 0, from -0.2 to 0.4 at most, but it is {self.edge}")
        if not 0 < self.load < 0.138 or self.ratios[0] <= 0 or self.sweeps < 8 or self.rate <= 0:
            raise ValueError(
                "load must lie between 0 and 0.138, and ratios, sweeps (8 or more) and rate above 0, but they are "
                f"{self.load}, {self.ratios}, {self.sweeps} and {self.rate}"
            )
        if not self.edge_temperatures or not self.pairs:
            raise ValueError("edge_temperatures and pairs hold at least one number each, but one of them is empty")
        for temperature in self.edge_temperatures:
            if not temperature > 0 or loaded.edge(self.load, temperature) + self.edge[0] < 0:
                raise ValueError(
                    f"edge_temperatures lie above 0 and below those where two patterns blend at a mutual overlap of "
                    f"{-self.edge[0]:g} at load {self.load:g}, but one is {temperature:g}; take lower ones, or let "
                    "edge start closer to 0"
                )


def labelled(long_name: str) -> dict[str, str]:
    return {"long_name": long_name, "units": "1"}


@dataclass(frozen=True)
class Enumerated:
    kind: str
    size: int = field(metadata=labelled("number of sites N"))


@dataclass(frozen=True)
class Settled:
    """Two or three patterns at T = 0."""

    kind: str
    size: int = field(metadata=labelled("number of sites N"))
    count: int = field(metadata=labelled("similar patterns"))
    load: float = field(metadata=labelled("load of other patterns"))
    samples: int = field(metadata=labelled("disorder samples"))
    correlations: tuple[float, ...]


@dataclass(frozen=True)
class Ends:
    """Random starts among three patterns."""

    kind: str
    size: int = field(metadata=labelled("number of sites N"))
    samples: int = field(metadata=labelled("disorder samples"))
    starts: int = field(metadata=labelled("random starts a sample"))
    correlations: tuple[float, ...]


@dataclass(frozen=True)
class Warm:
    """Two patterns at temperature."""

    kind: str
    size: int = field(metadata=labelled("number of sites N"))
    pair: float = field(metadata=labelled("mutual overlap of two patterns, asked for"))
    load: float = field(metadata=labelled("load of other patterns"))
    samples: int = field(metadata=labelled("disorder samples"))
    sweeps: int = field(metadata=labelled("sweeps"))
    ratios: tuple[float, ...]

    @property
    def correlation(self) -> float:
        return self.pair


@dataclass(frozen=True)
class Edge:
    """Two patterns among others at one temperature, over mutual overlaps."""

    kind: str
    size: int = field(metadata=labelled("number of sites N"))
    load: float = field(metadata=labelled("load of other patterns"))
    temperature: float = field(metadata={"long_name": "temperature of the heat bath", "units": "J"})
    samples: int = field(metadata=labelled("disorder samples"))
    sweeps: int = field(metadata=labelled("sweeps"))
    correlations: tuple[float, ...]


@dataclass(frozen=True)
class Dreams:
    """Three patterns while the network dreams."""

    kind: str
    size: int = field(metadata=labelled("number of sites N"))
    three: float = field(metadata=labelled("mutual overlap of three patterns, asked for"))
    load: float = field(metadata=labelled("load of other patterns"))
    samples: int = field(metadata=labelled("disorder samples"))
    rate: float = field(metadata=labelled("rate of unlearning"))
    dreams: tuple[int, ...]

    @property
    def correlation(self) -> float:
        return self.three


@dataclass(frozen=True)
class Letters:
    kind: str
    side: int = field(metadata=labelled("pixels of a side"))
    rate: float = field(metadata=labelled("rate of unlearning"))
    most: int = field(metadata=labelled("most dreams"))


Point = Enumerated | Settled | Ends | Warm | Edge | Dreams | Letters
MEASURES = {
    Enumerated: measuring.enumerated,
    Settled: measuring.settled,
    Ends: measuring.ends,
    Warm: measuring.warm,
    Edge: measuring.edge,
    Dreams: measuring.dreams,
    Letters: measuring.letters,
}


def points(config: Config) -> list[Point]:
    loads = (0.0, config.load)
    alone = [
        Warm("warm", size, c, 0.0, config.warm_samples, config.sweeps, config.ratios)
        for size in config.warm_sizes
        for c in config.pairs
    ]
    among = [
        Warm("warm", size, c, config.load, samples, config.sweeps, config.ratios)
        for size, samples in zip(config.loaded_sizes, config.loaded_samples, strict=True)
        for c in config.pairs
    ]
    edges = [
        Edge("edge", size, config.load, temperature, samples, config.edge_sweeps, around)
        for temperature in config.edge_temperatures
        if (around := tuple(round(loaded.edge(config.load, temperature) + d, 4) for d in config.edge))
        for size, samples in zip(config.sizes, config.edge_samples, strict=True)
    ]
    # The letters come first: their dimensions are in no other point, as joining asks of the first one.
    return [
        Letters("letters", config.side, config.rate, 1_000),
        *(Enumerated("enumerated", size) for size in config.small),
        *(
            Settled("settled", size, count, load, samples, correlations)
            for size, samples in zip(config.sizes, config.samples, strict=True)
            for count, correlations in ((2, config.two), (3, config.three))
            for load in loads
        ),
        Ends("ends", config.census_size, config.census_samples, config.census_starts, config.census_correlations),
        *alone,
        *among,
        *edges,
        *(
            Dreams("dreams", config.dream_size, c, load, config.dream_samples, config.rate, config.dreams)
            for c in config.dream_correlations
            for load in loads
        ),
    ]


def cost(point: Point) -> float:
    """About the number of field additions."""
    if isinstance(point, Warm):
        patterns = 8 + point.load * point.size  # a handful of additions for the random number of an attempt
        return point.size * patterns * point.samples * point.sweeps * len(point.ratios)
    if isinstance(point, Edge):
        return 0.3 * point.size * point.load * point.size * point.samples * point.sweeps * len(point.correlations)
    if isinstance(point, Dreams):
        return 8.0 * point.size**2 * point.samples * len(point.dreams)
    if isinstance(point, Settled):
        return 40.0 * point.size * (3 + point.load * point.size) * point.samples * len(point.correlations)
    if isinstance(point, Ends):
        return 40.0 * point.size * point.samples * point.starts * len(point.correlations)
    return 2.0**point.size * point.size**2 if isinstance(point, Enumerated) else 1e7


def measure(point: Point, seed: int) -> xr.Dataset:
    ds: xr.Dataset = MEASURES[type(point)](point, seed)
    return ds


def findings(ds: xr.Dataset) -> list[Finding]:
    found: list[Finding] = results.findings(ds, STUDY.config_of(ds))
    return found


def figures(ds: xr.Dataset) -> Mapping[str, Figure]:
    shown: Mapping[str, Figure] = drawing.figures(ds, STUDY.config_of(ds))
    return shown


STUDY = Study(
    name="blending",
    title="Blending: memories that are too alike",
    question=(
        "How alike may two or three memories be before the network takes them for one, at rest and with temperature, "
        "and does dreaming separate them?"
    ),
    config=Config,
    points=points,
    measure=measure,
    findings=findings,
    figures=figures,
    models=("hopfield",),
    cost=cost,
)

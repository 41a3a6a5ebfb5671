"""Where does a Hopfield network remember, and where is it a glass?

Hebb's rule stores P = alpha N random patterns. Two starts are compared by heat-bath dynamics, one site at a time:
*heated*, independent runs at each temperature T that start at the patterns, and *cooled*, runs that start at random
states at high T and go down in steps. Where the two ends differ the network has states that it keeps and states that it
finds, and the start decides. Theory is replica-symmetric (Amit, Gutfreund & Sompolinsky 1987), for N -> infinity: a
state near each pattern up to T_M(alpha), where its overlap m is lost by a jump; the deepest states up to T_c(alpha); a
spin glass from T_g = 1 + √α down. Three measurements, each with its own way to N -> infinity:

*T_M* is a spinodal. The temperature at which half of the patterns (overlap above 0.5) survive a fixed number of sweeps
is read off for each N: T_½. Within a distance of N^(-2/3) barriers are of order 1 and each pattern has its own
threshold: T_½ may lie below T_M, where noise carries patterns out early, or above it, where they outlast the sweeps, as
it does close to the largest load. The line through T_½ against N^(-2/3) ends at T_M, and how far it moves with N^(-1/2)
in place of it is part of the error.

*T_c* is of first order: no state crosses it by itself. Free energies of both branches come from their energies in the
same disorder: from the pattern's ground state, f = u without entropy at T = 0.05, and from beta f = -ln 2 at infinite
temperature, d(beta f) = u d(beta). A cooled run whose overlap with any pattern exceeds 0.5 has left its branch; it is
counted and left out from there on. The branches cross at T_c(N), taken to N -> infinity by N^(-2/3), the glass's
own corrections. Where T_c lies deep in the glass, symmetric theory is too low in f: one step of replica symmetry
breaking (`theory.glass`) is the better reference, and cooling that is not slow enough ends too high in f.

*T_g* is where N^(2/3) <q²> of two replicas does not depend on N: curves for N and 4N cross, and crossings go to the
limit by N^(-2/3). Above it χ_SG = N <q²> and the energy of the paramagnet are known.

Errors are standard errors over disorder samples, by bootstrap for anything nonlinear.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import xarray as xr
from hopphys.studies import _phase_diagram_figures as drawing
from hopphys.studies import _phase_diagram_findings as tables
from hopphys.studies import _phase_diagram_runs as runs

from hopphys.study import Figure, Finding, Study, at_least

HELD = 8  # disorder samples of one point, at most
SITES = 16_000  # and their sites


@dataclass(frozen=True)
class Config:
    """Four measurements; each number of samples belongs to the size at the same place.

    `plane_*`: the map of both starts; `branch_*`: energies of both branches, `branch_cold` the lowest temperature of
    the cooled one at each load; `warm_loads`: heated only; `limit_*`: survival near T_M, at multiples `limit_near` of
    it; `glass_*`: overlaps of replicas at multiples `glass_near` of T_g.
    """

    plane_size: int
    plane_loads: tuple[float, ...]
    plane_temperatures: tuple[float, ...]
    plane_samples: int
    plane_sweeps: int
    branch_sizes: tuple[int, ...]
    branch_samples: tuple[int, ...]
    branch_loads: tuple[float, ...]
    branch_cold: tuple[float, ...]
    branch_betas: tuple[float, ...]
    branch_sweeps: int
    warm_loads: tuple[float, ...]
    warm_temperatures: tuple[float, ...]
    limit_sizes: tuple[int, ...]
    limit_samples: tuple[int, ...]
    limit_loads: tuple[float, ...]
    limit_near: tuple[float, ...]
    limit_sweeps: int
    glass_sizes: tuple[int, ...]
    glass_samples: tuple[int, ...]
    glass_loads: tuple[float, ...]
    glass_near: tuple[float, ...]
    glass_sweeps: int
    starts: int = 16  # patterns that are heated, in each sample
    replicas: int = 3  # cooled runs in each sample
    glass_replicas: int = 4
    slow: int = 4  # at the last load of the branches and the smallest size, cooling is also so much slower; 1: not
    resamples: int = 200

    def __post_init__(self) -> None:
        for name in ("branch", "limit", "glass"):
            sizes, samples = getattr(self, f"{name}_sizes"), getattr(self, f"{name}_samples")
            if len(sizes) != len(samples) or len(sizes) < 2 or min(sizes) < 50 or min(samples) < 2:
                raise ValueError(
                    f"{name}_sizes needs two sizes or more, from 50, and as many numbers of samples, from 2, but they "
                    f"are {sizes} and {samples}"
                )
            loads = getattr(self, f"{name}_loads")
            if broken := [(n, load) for n in sizes for load in loads if abs(n * load - round(n * load)) > 1e-6]:
                raise ValueError(f"a load is the same at all sizes where it makes whole numbers of patterns: {broken}")
        loads = (*self.plane_loads, *self.branch_loads, *self.warm_loads, *self.limit_loads, *self.glass_loads)
        if not all(0 < load < 0.5 for load in loads):
            raise ValueError(f"loads lie between 0 and 0.5, but they are {loads}")
        if len(self.branch_loads) != len(self.branch_cold) or min(self.branch_cold, default=1) <= 0:
            raise ValueError(
                f"branch_cold is a positive temperature for each of {self.branch_loads}, not {self.branch_cold}"
            )
        every = ("plane_sweeps", "branch_sweeps", "limit_sweeps", "glass_sweeps")
        at_least(self, 2 * runs.LOOKS, *every, why=f"as the second half is looked at {runs.LOOKS} times")
        for name in ("plane_temperatures", "branch_betas", "warm_temperatures", "limit_near", "glass_near"):
            values = getattr(self, name)
            if len(values) < 3 or list(values) != sorted(set(values)) or values[0] <= 0:
                raise ValueError(f"{name} holds three positive numbers or more that rise, but it is {values}")


@dataclass(frozen=True)
class Point:
    """Disorder samples of one size and load; `part` says of what measurement, `block` which samples of it."""

    part: str = field(metadata={"long_name": "measurement: plane, branch, limit or glass", "units": "1"})
    size: int = field(metadata={"long_name": "number of sites N", "units": "1"})
    patterns: int = field(metadata={"long_name": "number of patterns P", "units": "1"})
    samples: int = field(metadata={"long_name": "disorder samples", "units": "1"})
    block: int = field(metadata={"long_name": "number of the block of disorder samples", "units": "1"})
    starts: int = field(metadata={"long_name": "patterns heated in each sample", "units": "1"})
    replicas: int = field(metadata={"long_name": "cooled runs in each sample", "units": "1"})
    sweeps: int = field(metadata={"long_name": "sweeps at each temperature", "units": "1"})
    temperatures: tuple[float, ...] = field(metadata={"long_name": "temperatures, heated", "units": "J"})
    betas: tuple[float, ...] = field(metadata={"long_name": "inverse temperatures, cooled", "units": "1/J"})


def points(config: Config) -> list[Point]:
    return [*_plane(config), *_branches(config), *_limits(config), *_glasses(config)]


def _plane(config: Config) -> list[Point]:
    betas = tuple(1 / t for t in reversed(config.plane_temperatures))
    temperatures, shared = config.plane_temperatures, (config.starts // 2, config.replicas, config.plane_sweeps)
    found = []
    for load in config.plane_loads:
        found += _blocks("plane", config.plane_size, load, config.plane_samples, *shared, temperatures, betas)
    return found


def _branches(config: Config) -> list[Point]:
    found = []
    for size, samples in zip(config.branch_sizes, config.branch_samples, strict=True):
        for load, cold in zip(config.branch_loads, config.branch_cold, strict=True):
            betas = tuple(beta for beta in config.branch_betas if beta <= 1 / cold + 1e-9)
            runs_of_both = (config.starts, config.replicas, config.branch_sweeps, _warm(config, load), betas)
            found += _blocks("branch", size, load, samples, *runs_of_both)
            if config.slow > 1 and size == config.branch_sizes[0] and load == config.branch_loads[-1]:
                slow = config.slow * config.branch_sweeps
                found += _blocks("branch", size, load, HELD, *runs_of_both[:2], slow, *runs_of_both[3:])
        for load in config.warm_loads:
            warm = (config.starts, 0, config.branch_sweeps, _warm(config, load), ())
            found += _blocks("branch", size, load, samples, *warm)
    return found


def _warm(config: Config, load: float) -> tuple[float, ...]:
    """Temperatures up to a little above T_M: nothing is kept beyond."""
    return tuple(t for t in config.warm_temperatures if t <= 1.12 * runs.theory_limit(load))


def _limits(config: Config) -> list[Point]:
    found = []
    for size, samples in zip(config.limit_sizes, config.limit_samples, strict=True):
        for load in config.limit_loads:
            top = runs.theory_limit(load)
            near = tuple(round(factor * top, 6) for factor in config.limit_near)
            found += _blocks("limit", size, load, samples, config.starts, 0, config.limit_sweeps, near, ())
    return found


def _glasses(config: Config) -> list[Point]:
    found = []
    for size, samples in zip(config.glass_sizes, config.glass_samples, strict=True):
        for load in config.glass_loads:
            top = runs.theory_glass(load)
            betas = tuple(round(1 / (factor * top), 6) for factor in reversed(config.glass_near))
            found += _blocks("glass", size, load, samples, 0, config.glass_replicas, config.glass_sweeps, (), betas)
    return found


def _blocks(part: str, size: int, load: float, samples: int, starts: int, *rest: Any) -> list[Point]:
    """Points that share out the disorder samples, so that none takes long."""
    patterns = max(2, round(load * size))
    most = max(1, min(HELD, SITES // size)) if part != "glass" else max(4, SITES // size)
    counts = [min(most, samples - first) for first in range(0, samples, most)]
    return [
        Point(part, size, patterns, count, block, min(starts, patterns), *rest) for block, count in enumerate(counts)
    ]


def cost(point: Point) -> float:
    """Attempts, 25 ns each in a run from the pattern, 45 ns in a cooled one, more for long rows of couplings."""
    hot = 1 if point.part == "limit" else 0.5
    runs_of_both = 25 * hot * point.starts * len(point.temperatures) + 45 * point.replicas * len(point.betas)
    return float(point.samples * point.size * point.sweeps * runs_of_both * (1 + point.size / 8000))


def measure(point: Point, seed: int) -> xr.Dataset:
    measured: xr.Dataset = runs.measure(point, seed)
    return measured


def findings(ds: xr.Dataset) -> list[Finding]:
    found: list[Finding] = tables.findings(ds, STUDY.config_of(ds))
    return found


def figures(ds: xr.Dataset) -> Mapping[str, Figure]:
    shown: Mapping[str, Figure] = drawing.figures(ds, STUDY.config_of(ds))
    return shown


STUDY = Study(
    name="phase_diagram",
    title="Memory against temperature and load",
    question=(
        "Up to which temperature and load does a network keep its patterns, when are they the deepest states, where is "
        "it a spin glass, and does it matter from where it starts?"
    ),
    config=Config,
    points=points,
    measure=measure,
    findings=findings,
    figures=figures,
    models=("hopfield",),
    cost=cost,
)

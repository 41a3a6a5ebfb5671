"""Does a network that dreams remember better?

A Hopfield network stores P = load · N random patterns by Hebb's rule, and then dreams: it settles from a random state
and forgets a little of what it found, J -= (rate / N) s s^T with J_ii kept 0 (Hopfield, Feinstein & Palmer 1983). The
couplings do not know which states were patterns. After D dreams x = rate · D / N measures how much was unlearned.

At each of several x, for each disorder sample: which patterns are fixed points; the smallest stability of any bit of
any pattern, xi_i h_i / |J_i| with |J_i| the length of the row, which is negative where a bit is wrong; where the
network ends from some of the patterns, and from these with bits flipped (recalled: overlap above 0.95; the basin radius
is the fraction flipped up to which half are); and where it ends from fresh random states: in a pattern or its negative
(|m| > 0.95 counts as a hit), or elsewhere, in a state called spurious. Energies of these are compared per site: above
capacity, spurious states lie *below* the states near the patterns at first, and rise above them. That change of sign
is why unlearning works. It destroys the patterns as well if it goes on too long. Hebb's couplings with their diagonal
have the trace P, all of it in the space of the patterns; each dream takes the trace `rate`, most of it from that
space, and the patterns die about where it is used up there: the trace left, tr(J Π) with Π the projector on the
patterns, is followed too, far beyond the end. (They live a little longer, the longer the smaller the rate: what
J_ii = 0 adds to their stability grows past x = load.)

The dreaming kernel J(t) = (1/N) xi^T (1 + t)(1 + tC)^-1 xi, J_ii = 0 (Fachechi, Agliari & Barra 2019), which goes from
Hebb at t = 0 to the projection at t = infinity, learns the same patterns and is looked at in the same way, with the
same cues for all t. Whether a finite t recalls better is asked of halves of the samples: the time is chosen on one half
and tried on the other. The same is done for patterns with a common parent, and for real pictures: 8 x 8 letters, and
handwritten digits (1797, each pixel four units, which are on above one of four levels of ink), each sample another
choice of them.

All errors are over disorder samples, by bootstrap for the positions of maxima and crossings, where the grid's spacing
over sqrt 12 is added. With all 26 letters there is one choice only, and samples differ in their dreams alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import xarray as xr
from hopphys.studies import _unlearning_figures as drawing
from hopphys.studies import _unlearning_findings as reading
from hopphys.studies import _unlearning_looks as looks
from hopphys.studies import _unlearning_pictures as pictures
from hopphys.studies._unlearning_looks import Point

from hopphys.study import Figure, Finding, Study, at_least


@dataclass(frozen=True)
class Config:
    """Loads below the capacity of Hebb's rule and above it.

    x is looked at where it is one of the fractions `early` of the load, and at distances `late` from the load.
    """

    size: int
    loads: tuple[float, ...]
    early: tuple[float, ...]
    late: tuple[float, ...]
    samples: int
    probes: int
    starts: int
    flips: tuple[float, ...]
    kernel_times: tuple[float, ...]  # finite t, from 0; infinity is added
    others: tuple[tuple[int, int, float, tuple[float, ...]], ...] = ()  # size, samples, rate, loads: random patterns
    correlated_load: float = 0.1
    correlations: tuple[float, ...] = ()
    glyphs: tuple[int, ...] = ()  # numbers of letters to store
    digits: tuple[int, ...] = ()  # numbers of handwritten digits to store; needs the extra "data"
    rate: float = 0.01
    resamples: int = 200

    def __post_init__(self) -> None:
        at_least(self, 10, "size")
        at_least(self, 2, "samples", why="for an error")
        at_least(self, 1, "starts", "probes")
        if not self.rate > 0:
            raise ValueError(f"rate must be positive, but it is {self.rate:g}")
        for name, values in (("early", self.early), ("late", self.late), ("flips", self.flips)):
            if list(values) != sorted(set(values)):
                raise ValueError(f"{name} must rise, but they are {values}")
        if not self.early or self.early[0] != 0:
            raise ValueError(f"early starts with 0, the network before its dreams, but they are {self.early}")
        if len(self.early) + len(self.late) < 3:
            raise ValueError(f"a maximum needs at least three looks, but there are {len(self.early) + len(self.late)}")
        if not self.flips or not 0 < self.flips[0] <= self.flips[-1] <= 0.5:
            raise ValueError(f"flips lie above 0 and up to 0.5, but they are {self.flips}")
        if (
            len(self.kernel_times) < 4
            or self.kernel_times[0] != 0
            or list(self.kernel_times) != sorted(set(self.kernel_times))
        ):
            raise ValueError(f"kernel_times rise from 0 and are four or more, but they are {self.kernel_times}")
        self._check_patterns()

    def _check_patterns(self) -> None:
        loads = (*self.loads, self.correlated_load, *(load for other in self.others for load in other[3]))
        if not self.loads or not all(0 < load < 1 for load in loads):
            raise ValueError(f"loads lie between 0 and 1, where t = infinity ends, but they are {loads}")
        for size, samples, rate, _ in self.others:
            if size < 10 or samples < 2 or rate <= 0:
                raise ValueError(f"others: size >= 10, samples >= 2, rate > 0, but they are {size}, {samples}, {rate}")
        if not all(0 <= correlation < 1 for correlation in self.correlations):
            raise ValueError(f"correlations lie from 0 to below 1, but they are {self.correlations}")
        for kind in pictures.KINDS:
            for count in getattr(self, kind):
                if not 1 <= count <= min(pictures.POOLS[kind], pictures.SIZES[kind] - 1):
                    raise ValueError(
                        f"{kind}: from 1 to {min(pictures.POOLS[kind], pictures.SIZES[kind] - 1)} can be stored in "
                        f"{pictures.SIZES[kind]} units, but {count} are asked for"
                    )

    def times(self, load: float) -> tuple[float, ...]:
        """The x at which a network of this load is looked at."""
        around = (load + distance for distance in self.late)
        return tuple(sorted({round(x, 6) for x in (*(share * load for share in self.early), *around) if x >= 0}))


def points(config: Config) -> list[Point]:
    """Pictures first: where scikit-learn is missing, that is said at once."""
    found = [
        _point(config, kind, pictures.SIZES[kind], count, None, config.samples, config.rate)
        for kind in reversed(pictures.KINDS)
        for count in getattr(config, kind)
    ]
    count = max(1, round(config.correlated_load * config.size))
    for correlation in config.correlations:
        found.append(_point(config, "correlated", config.size, count, correlation, config.samples, config.rate))
    windows = ((config.size, config.samples, config.rate, config.loads), *config.others)
    for size, samples, rate, loads in windows:
        for count in dict.fromkeys(max(1, round(load * size)) for load in loads):
            found.append(_point(config, "random", size, count, None, samples, rate))
    return found


def _point(
    config: Config, kind: str, size: int, count: int, correlation: float | None, samples: int, rate: float
) -> Point:
    return Point(
        kind=kind,
        size=size,
        patterns=count,
        correlation=correlation,
        samples=samples,
        probes=min(config.probes, count),
        starts=config.starts,
        rate=rate,
        flips=config.flips,
        times=config.times(count / size),
        kernel_times=config.kernel_times,
    )


def cost(point: Point) -> float:
    """Steps of all dreams, and of the looks at the networks."""
    dreams = point.times[-1] * point.size / point.rate
    networks = len(point.times) + len(point.kernel_times) + 1
    ends = networks * (point.probes * (1 + len(point.flips)) + 2 * point.starts)
    return float((dreams + ends) * point.size**2 * point.samples)


def measure(point: Point, seed: int) -> xr.Dataset:
    measured: xr.Dataset = looks.measure(point, seed)
    return measured


def findings(ds: xr.Dataset) -> list[Finding]:
    found: list[Finding] = reading.findings(ds, STUDY.config_of(ds))
    return found


def figures(ds: xr.Dataset) -> Mapping[str, Figure]:
    shown: Mapping[str, Figure] = drawing.figures(ds, STUDY.config_of(ds))
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

"""Why does Hebb's rule fail on real pictures, and what mends it?

P handwritten digits are stored, drawn at random from 1797 (8 x 8 pixels, 16 shades of ink). Each pixel is a thermometer
of `levels` units, unit k on where its ink is at least 16 k / (levels + 1), so that a picture is a pattern of
N = 64 · levels signs and shades survive. Digits are alike: they share paper at the borders and ink in the middle.
Theories of capacity assume patterns that are not.

*The cause.* The field that the other pictures make is noise for unrelated patterns; here it has a mean, which pulls
every state towards what the pictures have in common. Three sets are compared: the digits; the digits with every unit's
values shuffled among the pictures, so that units keep their means and share nothing else; and unrelated patterns. For
the second there is a theory, signal and noise with the mean of each unit and the overlaps of the pictures, and for the
third the binomial tail.

*The cures.* The same cues go to every way of remembering: the pictures themselves; with each unit flipped with
probability `flip`; with the lower half covered with paper; and covered, but with the upper half held at what it is
known to be. Ways: Hebb; the covariance rule, which leaves out the mean of all units; *centred units*, which leaves out
each unit's own mean; Hebb and dreams, as many as leave the fewest units of the pictures wrong (Hopfield, Feinstein &
Palmer 1983); a *sparse code*, where pictures are first expanded into many units of which few are on, by random
directions, and kept by the covariance rule there, with the threshold that does best with other cues; perceptron
learning with thresholds (kappa = 0); projection; the dreaming kernel at t = 8; the couplings of the largest stability;
softmax attention; and, as no network, the stored picture with the largest overlap with the cue, or with its known half.
Networks are settled by threshold updates in shuffled order until nothing changes, or for 100 sweeps. Beside a held
half, units of ±1 start as paper; attention's are real and start at 0, which tells it nothing.

What counts is the overlap m of the answer with the picture that was damaged, and whether it is recalled: m > 0.95, and
no stored picture closer. Every point is one random choice of digits with its own damage; errors are standard errors
over these choices, and differences between ways are taken choice by choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import xarray as xr
from hopphys.studies import _digits_figures as drawing
from hopphys.studies import _digits_findings as analysis
from hopphys.studies import _digits_measures as measures
from hopphys.studies import _digits_rules as ways

from hopphys.study import Figure, Study, at_least

DAMAGES = ("flipped", "covered")


@dataclass(frozen=True)
class Config:
    """`pictures` are the numbers to store, each in `samples` random choices of digits."""

    pictures: tuple[int, ...]
    samples: int
    levels: int = 7
    flip: float = 0.1
    sharpness: float = 128.0  # of attention, for vectors of length 1
    rate: float = 0.02  # of unlearning
    code: int = 2000  # units of the sparse code
    activity: float = 0.05

    def __post_init__(self) -> None:
        if not self.pictures or not all(5 <= count <= 300 for count in self.pictures):
            raise ValueError(
                "pictures must lie between 5 and 300: with more of them some depend on others, and projection, which "
                f"says which, has no answer; but they are {self.pictures}"
            )
        at_least(self, 2, "samples", why="so that there is an error")
        if not 0 < self.flip < 0.5 or not 0 < self.activity < 0.5:
            raise ValueError(
                f"flip and activity lie between 0 and 1/2, but they are {self.flip:g} and {self.activity:g}"
            )
        if not 5 <= self.levels <= 15:
            raise ValueError(f"levels must lie between 5 and 15, for fewer leave too few units, not {self.levels}")


@dataclass(frozen=True)
class Point:
    """One random choice of digits, all ways on the same cues."""

    pictures: int = field(metadata={"long_name": "stored pictures P", "units": "1"})
    sample: int = field(metadata={"long_name": "number of the random choice", "units": "1"})
    levels: int = field(metadata={"long_name": "units a pixel", "units": "1"})
    flip: float = field(metadata={"long_name": "flip probability of a unit in the cue", "units": "1"})
    sharpness: float = field(metadata={"long_name": "sharpness k of attention, vectors of length 1", "units": "1"})
    rate: float = field(metadata={"long_name": "rate of unlearning", "units": "1"})
    code: int = field(metadata={"long_name": "units of the sparse code", "units": "1"})
    activity: float = field(metadata={"long_name": "share of them that are on", "units": "1"})


def points(config: Config) -> Sequence[Point]:
    rest = (config.levels, config.flip, config.sharpness, config.rate, config.code, config.activity)
    return [Point(count, sample, *rest) for count in dict.fromkeys(config.pictures) for sample in range(config.samples)]


def cost(point: Point) -> float:
    """The search for the largest stability, and the codes that settle."""
    return float(point.pictures**1.5 * (64 * point.levels) + point.pictures * point.code * 4)


def measure(point: Point, seed: int) -> xr.Dataset:
    xi = measures.chosen(point.pictures, point.levels, seed)
    cues, known = measures.damaged(xi, point.flip, seed)
    nets = ways.networks(xi, point.rate, seed)
    answers = measures.answered(ways.answers(xi, nets, point, seed), cues, known)
    return xr.Dataset(
        {
            **measures.judged(xi, answers),
            **measures.fixed(xi, nets, list(answers)),
            **measures.blended(xi, answers),
            **measures.causes(xi, seed),
            "example": measures.shown(xi, cues, answers, DAMAGES),
        },
        measures.coordinates(list(answers), DAMAGES),
    )


def figures(ds: xr.Dataset) -> Mapping[str, Figure]:
    return {
        "pictures": drawing.gallery(ds),
        "cause": drawing.cause(ds),
        "recall": drawing.recall(ds),
    }


STUDY = Study(
    name="digits",
    title="Handwritten digits: why Hebb's rule fails, and what mends it",
    question="Why does Hebb's rule lose pictures that are alike, and what do centring, sparse codes, unlearning, "
    "projection, perceptrons and attention each recover?",
    config=Config,
    points=points,
    measure=measure,
    findings=analysis.findings,
    figures=figures,
    models=("hopfield", "attention"),
    cost=cost,
)

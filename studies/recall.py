"""Which network gives a damaged picture back?

P pictures of N = side² pixels are stored: letters and digits drawn at random from 36, which are alike (mean overlap
0.15, largest 0.9), or, as a control, random ±1 patterns. Every stored picture is damaged: each pixel is flipped with
probability f, or a fraction of the pixels, chosen at random, is rubbed out (set to paper, -1). The *same* damaged
cues then go to every method:

- Hebb: Hopfield network, threshold updates in a fresh random order each sweep until nothing changes;
- projection: the same with couplings J = (1/N) xi^T C^-1 xi, J_ii = 0;
- cooling: the projection network again, started at the cue, by heat bath while T falls geometrically;
- attention at sharpness k: real states, patterns and cue scaled to length 1, the softmax step until nothing changes,
  read out by sign;
- nearest: no network, but the stored picture with the largest overlap with the cue. For flips this is the most probable
  picture given the cue, so no method can name the right one more often.

What counts is the overlap m of the answer with the picture that was damaged, and whether it is restored: m > 0.95, more
than any two different pictures have in common. Means are over the P cues of a sample, errors are standard errors over
samples: each draws its own pictures and its own damage.

For random patterns and the nearest one the outcome is known exactly. With f = 0.4 and N = 256, say: the cue lies at a
Hamming distance of Binomial(N, f) from its own pattern and, independently, of Binomial(N, ½) from each of the P - 1
others. A rubbed-out random pattern has Binomial(number rubbed out, ½) wrong pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _recall_figures as drawing
from hopphys.studies import _recall_findings as analysis

import hopphys as hp
from hopphys.study import Figure, Study, at_least

GLYPHS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
RESTORED = 0.95
STILL = 1e-6  # of a pixel's 1 / sqrt(N): attention is read out by sign, and needs no more


@dataclass(frozen=True)
class Config:
    """Pictures of side x side pixels, `pictures` of them in each of `samples` sets.

    flips, erased: damages; sharpnesses: of attention, for vectors of length 1; hot, cold, sweeps: the temperatures
    between which the network is cooled, in units of J, and in how many sweeps.
    """

    side: int
    pictures: int
    samples: int
    flips: tuple[float, ...]
    erased: tuple[float, ...]
    sharpnesses: tuple[float, ...] = (8.0, 16.0, 64.0)
    hot: float = 0.3
    cold: float = 0.02
    sweeps: int = 30

    def __post_init__(self) -> None:
        if not 2 <= self.pictures <= len(GLYPHS):
            raise ValueError(f"pictures must lie between 2 and {len(GLYPHS)}, but there are {self.pictures}")
        at_least(self, 2, "samples", why="so that there is an error")
        if not self.flips or not self.erased or min(self.flips) != 0:
            raise ValueError(
                "flips must hold 0 (undamaged pictures) and erased at least one fraction, but they are "
                f"{self.flips} and {self.erased}"
            )


@dataclass(frozen=True)
class Point:
    """One kind of picture with one damage, all methods on the same cues."""

    kind: str = field(metadata={"long_name": "kind of picture", "units": "1"})
    damage: str = field(metadata={"long_name": "kind of damage", "units": "1"})
    amount: float = field(metadata={"long_name": "flip probability, or fraction rubbed out", "units": "1"})
    side: int = field(metadata={"long_name": "side of a picture", "units": "pixel"})
    pictures: int = field(metadata={"long_name": "stored pictures P", "units": "1"})
    samples: int = field(metadata={"long_name": "sets of pictures", "units": "1"})
    sharpnesses: tuple[float, ...] = field(metadata={"long_name": "sharpnesses k of attention", "units": "1"})
    hot: float = field(metadata={"long_name": "temperature at which cooling starts", "units": "J"})
    cold: float = field(metadata={"long_name": "temperature at which cooling ends", "units": "J"})
    sweeps: int = field(metadata={"long_name": "sweeps of cooling", "units": "1"})


def points(config: Config) -> Sequence[Point]:
    """Both kinds of pictures at every damage."""
    damages = [*(("flip", f) for f in config.flips), *(("erase", e) for e in config.erased)]
    rest = (config.side, config.pictures, config.samples, config.sharpnesses, config.hot, config.cold, config.sweeps)
    return [Point(kind, damage, amount, *rest) for kind in analysis.KINDS for damage, amount in damages]


def stored(point: Point, seed: int) -> Any:
    """The pictures of every sample, (samples, P, N)."""
    if point.kind == "random":
        return hp.patterns.random(point.pictures, point.side**2, seed=seed, disorder=point.samples)
    glyphs = hp.patterns.glyphs(GLYPHS, point.side)
    chosen = [np.random.default_rng([seed, d]).permutation(len(GLYPHS)) for d in range(point.samples)]
    return glyphs[np.array(chosen)[:, : point.pictures]]


def damaged(point: Point, xi: Any, seed: int) -> Any:
    if point.damage == "flip":
        return hp.patterns.corrupt(xi, flip=point.amount, seed=seed)
    return hp.patterns.erase(xi, fraction=point.amount, fill=-1, seed=seed)


def measure(point: Point, seed: int) -> xr.Dataset:
    """Overlap and restored fraction of every method and sample; one example; checks on the undamaged pictures."""
    xi = stored(point, seed)
    cue = damaged(point, xi, seed)
    answers = answer(point, xi, cue, seed)
    m = np.stack([(state * xi).mean(axis=-1, dtype=float) for state in answers.values()])
    example = np.packbits(np.stack([xi[0, 0], cue[0, 0], *(state[0, 0] for state in answers.values())]) > 0, axis=-1)
    variables = {
        "overlap": described(("approach", "disorder"), m.mean(axis=-1), "overlap of the answer with the picture, mean"),
        "restored": described(("approach", "disorder"), (m > RESTORED).mean(axis=-1), "fraction of pictures restored"),
        "example": described(
            ("shown", "byte"), example, "picture, cue and answers of one picture, eight pixels a byte"
        ),
        **on_stored(xi),
        "posterior": described(
            (), posterior_departure(point, xi[0], cue[0]), "largest |softmax step - posterior mean|"
        ),
    }
    shown = ["memory", "cue", *answers]
    coordinates = {
        "approach": described("approach", list(answers), "way to restore a picture"),
        "shown": described("shown", shown, "memory, cue, or the method that answers"),
        "byte": described("byte", np.arange(example.shape[-1]), "byte of a picture, row by row"),
    }
    return xr.Dataset(variables, coordinates)


def answer(point: Point, xi: Any, cue: Any, seed: int) -> dict[str, Any]:
    """What each method makes of the cues, ±1 of shape (samples, P, N)."""
    hebb, projection = hp.hopfield(xi), hp.hopfield(xi, rule=hp.projection)
    cooling = hp.geometric(point.hot, point.cold, point.sweeps)
    cooled = hp.sample(
        projection, cooling, start=cue, dynamics=hp.GLAUBER, replicas=point.pictures, record=0, observe=(), seed=seed
    )
    return {
        "Hebb": hp.settle(hebb, cue, seed=seed).state.values,
        "projection": hp.settle(projection, cue, seed=seed).state.values,
        "cooling": cooled.state.values,
        **{f"attention k={k:g}": attended(xi, cue, k, seed) for k in point.sharpnesses},
        "nearest": nearest(xi, cue, seed),
    }


def attended(xi: Any, cue: Any, sharpness: float, seed: int) -> Any:
    """The signs of the fixed points of attention; a site that is exactly zero is paper."""
    length = math.sqrt(xi.shape[-1])
    ends = [
        hp.settle(hp.attention(x / length, sharpness), s / length, tolerance=STILL, seed=seed).state.values
        for x, s in zip(xi, cue, strict=True)
    ]
    return np.where(np.stack(ends) > 0, 1, -1)


def nearest(xi: Any, cue: Any, seed: int) -> Any:
    """The stored picture with the largest overlap; of several at the same distance, one drawn at random."""
    m = np.rint(hp.patterns.overlap(cue, xi) * xi.shape[-1])
    drawn = m + 0.5 * np.random.default_rng([seed, cue.shape[-1]]).random(m.shape)
    return np.take_along_axis(xi, drawn.argmax(axis=-1)[..., None], axis=1)


def on_stored(xi: Any) -> dict[str, xr.Variable]:
    """What holds for undamaged pictures, for each sample."""
    count, size = xi.shape[1:]
    mutual = hp.patterns.overlap(xi, xi)
    flips = (hp.hopfield(xi).local_field(xi) * xi < 0).mean(axis=(1, 2))
    energy = hp.hopfield(xi, rule=hp.projection).energy(xi).mean(axis=1) / size
    alike = (mutual.sum(axis=(1, 2)) - count) / (count * (count - 1))
    return {
        "unstable": described("disorder", flips, "share of pixels of a stored picture that would flip at once, Hebb"),
        "projection_energy": described("disorder", energy, "energy per pixel of a stored picture, projection", "J"),
        "alike": described("disorder", alike, "mean mutual overlap of the stored pictures"),
    }


def posterior_departure(point: Point, xi: Any, cue: Any) -> float:
    """Bayes: after flips of probability f, p(mu | cue) ~ (1 - f)^(N - d) f^d, d the distance; its mean picture is one
    softmax step at k = (N/2) ln((1 - f)/f). NaN for other damage, where k does not exist.
    """
    f, size = point.amount, xi.shape[-1]
    if point.damage != "flip" or not 0 < f < 0.5:
        return math.nan
    distance = (cue[:, None] != xi[None]).sum(axis=-1)
    log_likelihood = (size - distance) * math.log1p(-f) + distance * math.log(f)
    weights = np.exp(log_likelihood - log_likelihood.max(axis=-1, keepdims=True))
    mean = weights @ xi / weights.sum(axis=-1, keepdims=True)
    network = hp.attention(xi / math.sqrt(size), 0.5 * size * math.log((1 - f) / f))
    return float(np.abs(network.local_field(cue / math.sqrt(size)) * math.sqrt(size) - mean).max())


def described(dims: Any, values: Any, long_name: str, units: str = "1") -> xr.Variable:
    return xr.Variable(dims, np.asarray(values), {"long_name": long_name, "units": units})


def figures(ds: xr.Dataset) -> dict[str, Figure]:
    size, count = int(ds.side.values[0] ** 2), int(ds.pictures.values[0])

    def theory(damage: str, amounts: Any) -> list[float]:
        return [analysis.named_by_nearest(size, count, damage, float(amount)) for amount in amounts]

    return {"restored": drawing.curves(ds, theory), "pictures": drawing.gallery(ds)}


STUDY = Study(
    name="recall",
    title="Damaged pictures: four ways to restore them",
    question="Of pictures that are alike and pictures that are not, which network gives a damaged one back, and how "
    "close does it come to the best that anybody can do?",
    config=Config,
    points=points,
    measure=measure,
    findings=analysis.findings,
    figures=figures,
    models=("hopfield", "attention"),
)

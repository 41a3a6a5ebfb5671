"""The learning rules whose memory is measured in bits: patterns, network and probes of one point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from hopphys.studies import _information_analysis as analysis

import hopphys as hp
from hopphys.learning import RULES

Array = npt.NDArray[Any]

COVARIANCE, PALIMPSEST, HEBB = "covariance", "palimpsest", "hebb"
WITH_BIAS = (COVARIANCE, "perceptron", "minimum_overlap")  # learned too: one network a sample, for it has one bias
RECENT = 0.15  # of N: so many of the newest patterns of a palimpsest are looked for; it holds a third of them
STRANGE = 20  # states that were never learned, as a control: how many of them count
FOUND = 0.8  # correlation of the final state with the pattern from which it counts; lost ones end far below


def memory(point: Any, seed: int) -> dict[str, Array]:
    """Bits per N², and fractions, of every disorder sample of a point: arrays (samples,)."""
    xi = _patterns(point, point.patterns, seed)
    chosen, weight = probes(point)
    start = xi[:, chosen]
    strange = _patterns(point, min(STRANGE, len(chosen)), seed + 2)  # never learned: none of them should be held
    # A cue of sparse patterns loses or gains as many active units as that of fair ones, in proportion to their number.
    cue = hp.patterns.corrupt(start, flip=2 * min(point.activity, 1 - point.activity) * point.flip, seed=seed + 1)
    kept, recalled, moved = _settled(xi, point, seed, start, cue, strange)
    held, again, false = (
        analysis.correlation(*pair) > FOUND for pair in ((kept, start), (recalled, start), (moved, strange))
    )
    scale = weight / point.size  # of N² couplings: `weight` patterns a probe, N units each
    return {
        "stored": analysis.told(kept, start, held, point.activity) * scale,
        "restored": (
            analysis.told(recalled, start, again, point.activity) - analysis.told(cue, start, again, point.activity)
        )
        * scale,
        "held": held.mean(axis=-1),
        "again": again.mean(axis=-1),
        "false": false.mean(axis=-1),
        "fixed": (kept == start).all(axis=-1).mean(axis=-1),
    }


def _patterns(point: Any, count: int, seed: int) -> Array:
    if point.activity == 0.5:
        return hp.patterns.random(count, point.size, seed=seed, disorder=point.samples)
    return hp.patterns.biased(count, point.size, activity=point.activity, seed=seed, disorder=point.samples)


def probes(point: Any) -> tuple[Array, float]:
    """Which patterns are probed, and for how many patterns each of them stands."""
    if point.rule == PALIMPSEST:  # the newest; what is older is not counted, which is safe: it is forgotten
        number = min(point.patterns, max(1, round(RECENT * point.size)))
        return np.arange(point.patterns - number, point.patterns), 1.0
    number = min(point.patterns, point.probes)
    # Spread over the order in which they were learned: Storkey's rule treats late patterns unlike early ones.
    return np.unique(np.linspace(0, point.patterns - 1, number).round().astype(int)), point.patterns / number


def _settled(xi: Array, point: Any, seed: int, *starts: Array) -> list[Array]:
    """Where a network goes from each of several starts (D, R, N)."""
    if point.rule not in WITH_BIAS:
        net = hp.hopfield(xi, rule=rule(point))
        return [hp.settle(net, start, seed=seed).state.values for start in starts]
    nets = [hp.hopfield(sample, rule=rule(point)) for sample in xi]
    return [
        np.stack([hp.settle(net, one, seed=seed).state.values for net, one in zip(nets, start, strict=True)])
        for start in starts
    ]


def rule(point: Any) -> Callable[[Array], Any]:
    """The rule of the catalogue, and for sparse patterns the threshold that makes the fewest errors in one step."""
    if point.rule == COVARIANCE:
        threshold = best_threshold(point.activity, point.patterns / point.size)
        return lambda patterns: hp.covariance(patterns, point.activity, threshold)
    if point.rule == HEBB:
        return hp.hebb  # the function itself, which hopfield keeps in pattern form
    return RULES[point.rule].learn


def best_threshold(activity: float, load: float) -> float:
    """Between Gaussian levels 1 - a and -1 - a of variance load (1 - a²), the point of equal probability:

    theta = -a + ½ load (1 - a²) ln((1 - f)/f). Above the midpoint where active units are the rarer.
    """
    mean = 2 * activity - 1
    return float(-mean + 0.5 * load * (1 - mean**2) * np.log((1 - activity) / activity))


LEVELS = np.arange(-96, 97)  # of N J, Hebb's couplings as whole numbers


def weights(point: Any, seed: int) -> xr.Dataset:
    """The whole numbers N J_ij of Hebb's rule, each pair once: entropy, parity, largest, and how often each occurs.

    Not a number for other rules, whose weights are real.
    """
    rows = _weight_rows(point, seed) if point.rule == HEBB else [(np.nan, np.nan, np.nan, np.full(LEVELS.size, np.nan))]
    rows = rows * (1 if point.rule == HEBB else point.samples)
    entropy, parity, largest, occurs = (np.array(column) for column in zip(*rows, strict=True))
    ds = xr.Dataset(
        {
            "entropy": ("disorder", entropy, {"long_name": "entropy of one weight", "units": "bit"}),
            "parity": ("disorder", parity, {"long_name": "fraction of weights N J with the parity of P", "units": "1"}),
            "largest": ("disorder", largest.astype(float), {"long_name": "largest |N J|", "units": "1"}),
            "share": ("level", occurs.mean(axis=0), {"long_name": "fraction of weights with this N J", "units": "1"}),
        }
    )
    return ds.assign_coords(level=("level", LEVELS, {"long_name": "weight N J", "units": "1"}))


def _weight_rows(point: Any, seed: int) -> list[tuple[Any, ...]]:
    xi = hp.patterns.random(point.patterns, point.size, seed=seed, disorder=point.samples)
    pairs = np.triu_indices(point.size, 1)
    rows = []
    for sample in xi:
        counts = np.rint(point.size * hp.hebb(sample)[pairs]).astype(int)
        share = np.bincount(counts + point.patterns, minlength=2 * point.patterns + 1) / counts.size
        entropy = analysis.entropy(share, counts.size)
        parity = ((counts - point.patterns) % 2 == 0).mean()
        occurs = np.array([share[k + point.patterns] if abs(k) <= point.patterns else 0.0 for k in LEVELS])
        rows.append((entropy, parity, np.abs(counts).max(), occurs))
    return rows

"""The learning rules whose memory is measured in bits: patterns, network and probes of one point."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from hopphys.studies import _draws as draws
from hopphys.studies import _information_analysis as analysis

import hopphys as hp
from hopphys.learning import RULES

Array = npt.NDArray[Any]

COVARIANCE, PALIMPSEST, HEBB = "covariance", "palimpsest", "hebb"
PERCEPTRON, LARGEST = "perceptron", "minimum_overlap"
GARDNERS = (PERCEPTRON, LARGEST)  # each unit learns its own row of couplings, so each has a limit of its own
STEPS = 200_000  # passes of a unit through the patterns, times N: near the limit they are never enough for all units
WANDERS = 100  # sweeps: without an energy a state may wander for ever; one that comes back to a pattern does it in ten
HELD, REFUTED = 1e-9, 1e-3  # stabilities: above is more than rounding; the search gives up where the bound is below
RECENT = 0.15  # of N: so many of the newest patterns of a palimpsest are looked for; it holds a third of them
STRANGE = 20  # states that were never learned, as a control: how many of them count
FOUND = 0.8  # correlation of the final state with the pattern from which it counts; lost ones end far below


def memory(point: Any, seed: int) -> dict[str, Array]:
    """Bits per N², and fractions, of every disorder sample of a point: arrays (samples,)."""
    xi = _patterns(point, point.patterns, seed)
    nets, counted = networks(xi, point)
    return (_recalled(xi, nets, point, seed) if point.probes else _unasked(point)) | counted


RECALL = ("stored", "restored", "held", "again", "false", "fixed")


def _unasked(point: Any) -> dict[str, Array]:
    return {name: np.full(point.samples, np.nan) for name in RECALL}


def _recalled(xi: Array, nets: Any, point: Any, seed: int) -> dict[str, Array]:
    chosen, weight = probes(point)
    start = xi[:, chosen]
    strange = _patterns(point, min(STRANGE, len(chosen)), seed + 2)  # never learned: none of them should be held
    # A cue of sparse patterns loses or gains as many active units as that of fair ones, in proportion to their number.
    cue = hp.patterns.corrupt(start, flip=2 * min(point.activity, 1 - point.activity) * point.flip, seed=seed + 1)
    kept, recalled, moved = (_settled(nets, point, seed, one) for one in (start, cue, strange))
    held, again, false = (
        analysis.correlation(*pair) > FOUND for pair in ((kept, start), (recalled, start), (moved, strange))
    )
    scale = weight / point.size  # of N² couplings: `weight` patterns a probe, N units each
    kept_bits, found_bits, cue_bits = (
        analysis.told(state, start, which, point.activity) * scale
        for state, which in ((kept, held), (recalled, again), (cue, again))
    )
    fixed = (kept == start).all(axis=-1)
    means = (one.mean(axis=-1) for one in (held, again, false, fixed))
    return dict(zip(RECALL, (kept_bits, found_bits - cue_bits, *means), strict=True))


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
    return draws.spread(point.patterns, number), point.patterns / number


def _settled(nets: Any, point: Any, seed: int, start: Array) -> Array:
    """Where networks go from starts (D, R, N)."""
    if not isinstance(nets, list):
        return np.asarray(hp.settle(nets, start, seed=seed).state.values)
    most = 1000 if RULES[point.rule].symmetric else WANDERS
    pairs = zip(nets, start, strict=True)
    return np.stack([hp.settle(net, one, max_sweeps=most, seed=seed).state.values for net, one in pairs])


def networks(xi: Array, point: Any) -> tuple[Any, dict[str, Array]]:
    """The network of all samples, or one a sample where it has a bias or rows of its own; and the units it counts.

    `units`: fraction of units whose couplings give every bit of every pattern its sign; `refuted`: of those for which
    it is shown that none do. Not a number for rules of symmetric couplings, whose units do not learn apart.
    """
    if point.rule in GARDNERS:
        found = [_rows(sample, point) for sample in xi]
        nets = [hp.hopfield(sample, rule=partial(_given, one[0])) for sample, one in zip(xi, found, strict=True)]
        return nets, {name: np.array([one[k] for one in found]) for k, name in ((1, "units"), (2, "refuted"))}
    unknown = {name: np.full(len(xi), np.nan) for name in ("units", "refuted")}
    if point.rule == COVARIANCE:
        return [hp.hopfield(sample, rule=rule(point)) for sample in xi], unknown
    return hp.hopfield(xi, rule=rule(point)), unknown


def _given(learned: Any, _: Array) -> Any:
    """A rule that has learned its patterns already."""
    return learned


def _rows(sample: Array, point: Any) -> tuple[Any, float, float]:
    """What the units of one sample learn, and the fractions of them that can, and that cannot."""
    steps = max(1, STEPS // point.size)
    if point.rule == PERCEPTRON:
        learned = hp.learning.perceptron(sample, max_sweeps=steps)
        least = hp.learning.stabilities(learned.couplings, learned.bias, sample).min(axis=0)
        return learned, float((least > HELD).mean()), 0.0  # errors that do not end prove nothing
    # To know whether there are couplings at all, half of the largest stability will do.
    tolerance = 0.01 if point.probes else 0.5
    margins = hp.learning.largest_stability(sample, tolerance=tolerance, max_sweeps=steps)
    return margins.learned, float((margins.reached > HELD).mean()), float((margins.bound < REFUTED).mean())


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

"""Bits: of a state about a pattern, of a whole memory, and of a weight."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy import special, stats

from hopphys.statistics import bootstrap

Array = npt.NDArray[Any]


def binary_entropy(p: Any) -> Array:
    """H2(p) = -p log2 p - (1 - p) log2(1 - p), bits; 0 at both ends."""
    p = np.asarray(p, dtype=float)
    return np.asarray((special.entr(p) + special.entr(1 - p)) / np.log(2))


def told(state: Array, pattern: Array, found: Array, activity: float = 0.5) -> Array:
    """Bits that the states tell of the patterns they were found for, over N: (D, R, N) and (D, R) -> (D,).

    Bits err at one rate in all states of a sample: whoever reads them does not know which state has more errors.
    """
    rows = zip(state, pattern, found, strict=True)
    return np.array(
        [
            which.sum() * information(s[which].ravel(), x[which].ravel(), activity) if which.any() else 0.0
            for s, x, which in rows
        ]
    )


def information(state: Array, pattern: Array, activity: float = 0.5) -> float:
    """Bits per unit that a state (n,) tells of a pattern (n,).

    Fair bits: 1 - H2((1 - m)/2), the channel that errs equally both ways. Sparse ones: the mutual information of the
    2 × 2 table of bits, so that both kinds of error count by what they cost.
    """
    if activity == 0.5:
        return float(1 - binary_entropy((state != pattern).mean()))
    table = joint(state, pattern)
    alone = special.entr(table.sum(axis=0)).sum() + special.entr(table.sum(axis=1)).sum()
    return max(0.0, float(alone - special.entr(table).sum()) / float(np.log(2)))


def joint(state: Array, pattern: Array) -> Array:
    """Fractions of units by pattern (rows: -1, +1) and state (columns): (2, 2)."""
    up, was = state > 0, pattern > 0
    return np.array([[(a & b).mean() for b in (~up, up)] for a in (~was, was)])


def correlation(state: Array, pattern: Array) -> Array:
    """Pearson's correlation of the bits of a state and a pattern, the overlap of centred patterns; 0 for a constant."""
    s, x = (v - v.mean(axis=-1, keepdims=True, dtype=float) for v in (state, pattern))
    length = np.sqrt((s * s).sum(axis=-1) * (x * x).sum(axis=-1))
    return np.asarray(np.divide((s * x).sum(axis=-1), length, out=np.zeros_like(length), where=length > 0))


def entropy(shares: Array, count: int) -> float:
    """Entropy in bits of a law of which `count` draws were counted, with Miller & Madow's (1955) correction."""
    seen = int((shares > 0).sum())
    return float((special.entr(shares).sum() + (seen - 1) / (2 * count)) / np.log(2))


def binomial(patterns: int, levels: Array) -> Array:
    """Probability that a sum of P fair signs is each of some levels: Hebb's N J of random patterns."""
    plus = (levels + patterns) / 2
    fits = (np.abs(levels) <= patterns) & (plus == np.rint(plus))
    inside = np.where(fits, plus, 0)
    logs = special.gammaln(patterns + 1) - special.gammaln(inside + 1) - special.gammaln(patterns - inside + 1)
    return np.asarray(np.where(fits, np.exp(logs - patterns * np.log(2)), 0.0))


def binomial_entropy(patterns: int) -> float:
    """Entropy in bits of the sum of P fair signs; ½ log2(2 pi e P) - 1 for many, 1 bit less for the fixed parity."""
    return float(special.entr(binomial(patterns, np.arange(-patterns, patterns + 1))).sum() / np.log(2))


def gaussian_entropy(patterns: Any) -> Array:
    """½ log2(2 pi e P) - 1 bits: variance P, lattice of spacing 2."""
    return np.asarray(0.5 * np.log2(2 * np.pi * np.e * np.asarray(patterns, dtype=float)) - 1)


def ags_bits(load: Any, overlap: Any) -> Array:
    """Bits per N² at a load where every pattern is recalled with an overlap: load (1 - H2((1 - m)/2))."""
    return np.asarray(np.asarray(load, dtype=float) * (1 - binary_entropy((1 - np.asarray(overlap)) / 2)))


def mean_error(values: Array) -> tuple[float, float]:
    """Mean and standard error over disorder samples."""
    known = values[np.isfinite(values)].astype(float)
    return float(known.mean()), float(known.std(ddof=1) / np.sqrt(known.size))


def networks(ds: xr.Dataset) -> xr.Dataset:
    """The points at which patterns are recalled; at the others only units are counted."""
    return ds.isel(point=np.flatnonzero(ds["probes"].values > 0))


def curve(ds: xr.Dataset, rule: str, activity: float, size: int) -> xr.Dataset:
    """The points of one rule at one size, in order of load."""
    there = (ds["rule"] == rule) & np.isclose(ds["activity"], activity) & (ds["size"] == size)
    chosen = ds.isel(point=np.flatnonzero(there.values))
    return chosen.isel(point=np.argsort(chosen["patterns"].values))


def kinds(ds: xr.Dataset) -> list[tuple[str, float]]:
    """Rule and activity of every curve, in the order of the points."""
    named = zip(ds["rule"].values.tolist(), ds["activity"].values.tolist(), strict=True)
    return list(dict.fromkeys((str(rule), float(activity)) for rule, activity in named))


def sizes(ds: xr.Dataset, rule: str, activity: float) -> list[int]:
    there = (ds["rule"] == rule) & np.isclose(ds["activity"], activity)
    return sorted({int(size) for size in ds["size"].values[there.values]})


TELLING = 0.01  # fraction of unlearned states that may count; where more do, to be held tells nothing


def telling(at: xr.Dataset) -> Array:
    """Whether being held tells of learning, point by point: unlearned states are not held as well."""
    return np.asarray(at["false"].mean("disorder").values <= TELLING)


def limit(at: xr.Dataset, name: str, resamples: int, seed: int) -> tuple[float, float, float]:
    """Most bits per N² at any of the loads where they tell something: value, error by bootstrap over samples, load.

    Not a number where there is no such load.
    """
    at = at.isel(point=np.flatnonzero(telling(at)))
    table = at[name].values.T.astype(float)  # (disorder, load)
    table = table[np.isfinite(table).all(axis=1)]
    if not table.size:
        return np.nan, np.nan, np.nan
    means = table.mean(axis=0)
    best = int(np.argmax(means))
    load = float(at["patterns"].values[best] / at["size"].values[best])
    drawn = bootstrap(lambda rows: rows.mean(axis=0).max(), table, seed=seed, resamples=resamples)
    return float(means[best]), float(np.std(drawn, ddof=1)), load


def separable(inputs: Any, count: Any) -> Array:
    """Chance that a unit of n weights gives P patterns in general position their fair bits: Cover 1965.

    2^(1 - P) sum_{k < n} C(P - 1, k): 1 up to P = n, ½ at 2n. So the most patterns that a unit can take is the trial
    at which a fair coin falls heads for the n-th time: 2n on average, exactly and at every n, with variance 2n.
    """
    return np.asarray(stats.binom.cdf(np.asarray(inputs) - 1, np.asarray(count) - 1, 0.5))


def most(counts: Array, shares: Array) -> Array:
    """Mean of the most patterns a unit can take, from the shares (..., loads) of units that can take P: their sum.

    sum_{P >= 1} share(P), shares joined by straight lines, 1 below the first and 0 above the last.
    """
    every = np.arange(1, int(counts[-1]) + 1)
    return np.asarray(np.apply_along_axis(lambda row: np.interp(every, counts, row, left=1.0).sum(), -1, shares))


def one_direction(size: int, least: float, draws: int, seed: int) -> tuple[float, float]:
    """Fraction of random states that settle within a correlation `least` in J = -r r^T without its diagonal; error.

    r is a random direction. With G = r.s, bits turn where 0 < s_i r_i / G < 1, at first every second one, until
    |G| < min |r_i|; that takes √N/2 turns on average and about ln N more, of N. So the fraction goes to 1.
    """
    random = np.random.default_rng(seed)
    r = random.normal(size=(size, draws)) / np.sqrt(size)
    start = random.choice([-1.0, 1.0], size=(size, draws))
    s, g, turned = start.copy(), (r * start).sum(axis=0), True
    while turned:
        turned = False
        for i in random.permutation(size):
            turns = s[i] * r[i] * g > r[i] ** 2
            g -= 2 * r[i] * s[i] * turns
            s[i] = np.where(turns, -s[i], s[i])
            turned = turned or bool(turns.any())
    share = float((correlation(s.T, start.T) > least).mean())
    return share, float(np.sqrt(share * (1 - share) / draws))


def weights(size: int, symmetric: bool) -> int:
    """How many numbers the couplings are: N (N - 1), half of that where J_ij = J_ji."""
    return size * (size - 1) // (2 if symmetric else 1)

r"""Learning from errors: each unit is a perceptron that has to say its bit of every pattern, from all the others' bits.

`perceptron` stops where every bit has the stability that was asked for, xi_i h_i > kappa |J_i|; `minimum_overlap` finds
the largest kappa there is, and `largest_stability` says how sure that is. Rows of J are learned apart from each other,
so J_ij != J_ji: the network has a threshold dynamics and no energy, unless `symmetric` asks for one.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from hopphys.checks import between, whole
from hopphys.learning.hebbian import off_diagonal, pattern_matrix
from hopphys.learning.learned import Learned, stabilities
from hopphys.memory import require
from hopphys.threads import threads
from hopphys.types import Array

WHOLE = 2**31  # below it the fields, in units of 1/N, are counted in 32 bits
OVER_RELAXED = 1.4  # measured at N = 400: loads from 0.5 to 1.5 take half the sweeps that 1 takes; any in (0, 2) ends
TASKS = 4  # pieces that each thread takes its units in


@dataclass(frozen=True, eq=False)
class Margins:
    """The largest stabilities, unit by unit: `reached` (..., N), and `bound` (..., N), which no couplings exceed.

    A bound below 0.001 means that no couplings were found that hold all patterns at this unit, and that the search was
    given up: none of a larger stability exist. `learned` is the network.
    """

    learned: Learned
    reached: Array
    bound: Array


def perceptron(
    patterns: Any,
    stability: float = 0.0,
    *,
    symmetric: bool = False,
    thresholds: bool = False,
    from_zero: bool = False,
    max_sweeps: int = 1000,
) -> Learned:
    r"""Couplings that give every bit of every pattern a stability above `stability`: xi_i h_i > kappa |J_i|.

    One pattern after another, again and again, from Hebb's couplings or from none: where xi_i h_i <= kappa |J_i|,
    J_ij += (1/N) xi_i xi_j for all j != i. What Hebb's rule stores well enough stays as it is. Local; it repeats the
    patterns, so it is not incremental; O(P) an error, and O(P) a unit and sweep, by the patterns' correlations. It ends
    where such couplings exist: for random patterns below alpha_c(kappa), 2 at kappa = 0 (`theory.gardner.capacity`).

    Parameters
    ----------
    patterns : (..., P, N), ±1; 0/1 are read as 2v - 1. Doubles do no harm. Two that differ in one unit only, or are
        each other's negatives but for one unit, cannot both be held there (the latter without a threshold).
    stability : kappa, 0 <= kappa < sqrt(N - 1), in units of the length |J_i| of a unit's couplings
    symmetric : J_ji is changed with J_ij, so the network has an energy; its capacity is lower, and O(N²) is paid for
        each pattern and sweep
    thresholds : learn a bias as the weight from an always-on unit, b_i += xi_i / N; |J_i| is without it
    from_zero : start from J = 0; a few patterns have smaller basins then, for the first ones are hardly learned
    max_sweeps : passes through the patterns at most. Where they were not enough, or there are no such couplings,
        `converged` is False and the result is what there is; that is no error.

    Gardner 1988, J. Phys. A 21, 257; Rosenblatt 1962.
    """
    spins = _checked(patterns)
    size = spins.shape[-1]
    kappa = between(stability, "stability", 0.0, np.sqrt(size - 1), ends=True)
    sweeps = whole(max_sweeps, "max_sweeps", 1)
    learn = _both if symmetric else _rows
    start = 0 if from_zero else 1
    samples = [learn(sample, kappa, bool(thresholds), start, sweeps) for sample in spins.reshape(-1, *spins.shape[-2:])]
    couplings, bias, done, steps = (np.array(values) for values in zip(*samples, strict=True))
    return wrap(spins, couplings, bias, done, steps, directed=not symmetric)


def minimum_overlap(patterns: Any, *, tolerance: float = 1e-4, max_sweeps: int = 5_000) -> Learned:
    r"""Couplings of the largest stability kappa = min_mu xi_i h_i / |J_i|, unit by unit.

    These are the couplings that Krauth & Mézard's rule tends to, which learns the pattern of minimum overlap again
    and again; they are found faster as the shortest J_i with all xi_i h_i >= 1, by strengths x_mu >= 0 of the
    patterns, J_i = (1/N) sum x_mu xi_i xi: x_mu += r (1 - xi_i h_i), not below 0. O(P²) a unit and sweep.
    `converged` is a proof: the reached stability lies within `tolerance` of a bound on all couplings
    (`largest_stability` gives the bound). For random patterns kappa is the root of alpha_c(kappa) = P/N
    (`theory.gardner.stability`), up to P = 2 N.

    Parameters
    ----------
    patterns : (..., P, N), as for `perceptron`
    tolerance : relative gap between what is reached and the bound
    max_sweeps : passes through the patterns at most, for each unit

    Krauth & Mézard 1987, J. Phys. A 20, L745; Anlauf & Biehl 1989, Europhys. Lett. 10, 687.
    """
    return largest_stability(patterns, tolerance=tolerance, max_sweeps=max_sweeps).learned


def largest_stability(patterns: Any, *, tolerance: float = 1e-4, max_sweeps: int = 5_000) -> Margins:
    r"""The same, with its certificate for each unit.

    Any weights x_mu >= 0 of the patterns bound the stability of all couplings: max_J min_mu J . z_mu / |J| <=
    |sum x_mu z_mu| / sum x_mu, z_mu = xi_i xi_mu without unit i, because a minimum is at most an average.
    """
    spins = _checked(patterns)
    strengths, steps, reached, bound = relaxed(spins, 0.0, tolerance, max_sweeps)
    couplings = couple(spins, strengths)
    done = np.all(bound - reached <= tolerance * bound, axis=-1)
    bias = np.zeros(done.shape + spins.shape[-1:])
    learned = wrap(spins, couplings, bias, done, steps.max(axis=-1), directed=True)
    return Margins(learned, reached, bound)


def relaxed(spins: Array, least: float, tolerance: Any, max_sweeps: Any) -> tuple[Array, Array, Array, Array]:
    """Strengths (..., N, P) with aligned fields 1 (least = -inf), or at least 1 (least = 0), and what `relax` tells."""
    from hopphys.kernels import perceptron as kernels  # brings numba

    tolerance = between(tolerance, "tolerance", 0.0, 1.0)
    most = whole(max_sweeps, "max_sweeps", 1)
    count, size = spins.shape[-2:]
    step = OVER_RELAXED if least == 0.0 else 1.0
    samples = []
    for sample in spins.reshape(-1, count, size):
        gram, bits = sample @ sample.T, np.ascontiguousarray(sample.T)
        found = np.zeros((size, count)), np.empty(size, np.int64), np.empty(size), np.empty(size)
        deal(lambda b, *out, gram=gram: kernels.relax(gram, b, size, step, least, tolerance, most, *out), bits, *found)
        samples.append(found)
    lead = spins.shape[:-2]
    strengths, steps, low, high = (
        np.array(values).reshape(*lead, *values[0].shape) for values in zip(*samples, strict=True)
    )
    return strengths, steps, low, high


def couple(spins: Array, strengths: Array) -> Array:
    """J_ij = (1/N) sum_mu x_mu xi_i xi_j with J_ii = 0, from the strengths x (..., N, P) of each unit."""
    embedded = strengths * np.swapaxes(spins, -1, -2)
    return off_diagonal(np.asarray(embedded @ spins) / spins.shape[-1])


def deal(work: Any, *rows: Array) -> None:
    """work(*pieces) for pieces of the rows of all arrays alike, over the threads; results are written into them."""
    pieces = [np.array_split(array, TASKS * threads()) for array in rows]
    with ThreadPoolExecutor(threads()) as pool:
        list(pool.map(lambda piece: work(*piece) if len(piece[0]) else None, zip(*pieces, strict=True)))


def _rows(spins: Array, kappa: float, always_on: bool, start: int, max_sweeps: int) -> tuple[Array, Array, bool, int]:
    """Every unit by itself."""
    from hopphys.kernels import perceptron as kernels

    count, size = spins.shape
    kind = _counting(size * (kappa * np.sqrt(size) * count * max_sweeps + np.sqrt(count * max_sweeps) * size))
    gram, bits = (spins @ spins.T + int(always_on)).astype(kind), np.ascontiguousarray(spins.T.astype(np.int8))
    strengths, steps, right = np.full((size, count), start, kind), np.empty(size, np.int64), np.empty(size, bool)
    deal(
        lambda b, *out: kernels.correct(gram, b, kappa, int(always_on), max_sweeps, *out), bits, strengths, steps, right
    )
    bias = int(always_on) * (strengths * bits).sum(axis=-1) / size
    return couple(spins, strengths), bias, bool(right.all()), int(steps.max())


def _both(spins: Array, kappa: float, always_on: bool, start: int, max_sweeps: int) -> tuple[Array, Array, bool, int]:
    """All units together, J_ij = J_ji."""
    from hopphys.kernels import perceptron as kernels

    count, size = spins.shape
    kind = _counting(2 * size * count * max_sweeps)
    couplings = off_diagonal(start * (spins.T @ spins)).astype(kind)
    bias = (start * always_on * spins.sum(axis=0)).astype(kind)
    steps, right = kernels.correct_both(spins.astype(kind), kappa, int(always_on), max_sweeps, couplings, bias)
    return couplings / size, bias / size, right, steps


def _counting(largest: float) -> type[np.integer[Any]]:
    """The shortest whole numbers that hold what may come."""
    return np.int32 if largest < WHOLE else np.int64


def wrap(spins: Array, couplings: Array, bias: Array, done: Any, steps: Array, directed: bool) -> Learned:
    """The parts as `Learned`, with the leading axes of the patterns and the stability that is reached."""
    lead, size = spins.shape[:-2], spins.shape[-1]
    couplings, bias = couplings.reshape(*lead, size, size), bias.reshape(*lead, size)
    reached = stabilities(couplings, bias, spins).min(axis=(-2, -1))
    return Learned(couplings, bias, np.reshape(done, lead), reached, np.reshape(steps, lead), directed)


def _checked(patterns: Any) -> Array:
    spins = pattern_matrix(patterns)
    count, size = spins.shape[-2:]
    if size < 2:
        raise ValueError("a unit learns from the others, but the patterns have one unit; they need at least 2")
    require(8 * (count * count + 3 * count * size), f"correlations of {count} patterns", "store fewer patterns")
    return spins


__all__ = ["Margins", "largest_stability", "minimum_overlap", "perceptron"]

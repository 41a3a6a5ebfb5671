"""Wang-Landau walks over two-level sites: one flip an attempt, accepted so that all levels are visited alike.

A level is a value of the energy, or a bin of them. Per row: `log_g` (levels,) estimates the logarithm of their numbers
of states, `visits` counts since ln f last changed (-1: never met), `total` and `hits` sum and count the energies met,
`known` lists the levels met so far, in the order they were found, and `numbers` (NUMBERS,) holds what the schedule
needs. A row depends on its own stream alone. Energies are in units of the quantum of the couplings, if they have one.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, vectorize

from hopphys.kernels.visits import VISIT, uniform, word

# Columns of `numbers`: ln f; attempts since it was last 1; whether ln f follows 1/t; levels known; sweeps done;
# whether the walk is over; how often ln f went back to 1; flips refused because they led out of the range.
LOG_F, CLOCK, INVERSE, KNOWN, USED, OVER, RESTARTS, OUTSIDE = range(8)
NUMBERS = 8
CHECK = 100  # sweeps between two looks at the histogram
STRAY = 0.02  # chance of a step away from the range before it has been reached, to get out of local minima


@njit(cache=True, inline="always")
def chance(now, then):
    """Probability to go from a level with ln g = now to one with ln g = then: min(1, g(now) / g(then))."""
    if then <= now:
        return 1.0
    return math.exp(now - then)


@vectorize(["float64(float64, float64)"], cache=True)
def probability(now, then):  # numba gives the ufunc its signature
    """`chance` over arrays."""
    return chance(now, then)


@njit(cache=True, inline="always")
def on_grid(energy, first, last, width):
    """Number of the level among first, first + width, ..., last, or -1."""
    if energy < first or energy > last:
        return np.int64(-1)
    return np.int64((energy - first) / width + 0.5)


@njit(cache=True)
def between(energy, edges):
    """Number k of the level with edges[2k] <= E < edges[2k + 1], or -1."""
    low, high = 0, edges.size
    while low < high:
        middle = (low + high) // 2
        if edges[middle] <= energy:
            low = middle + 1
        else:
            high = middle
    return np.int64((low - 1) // 2 if low % 2 == 1 else -1)


@njit(cache=True)
def place(energy, edges, width):
    """Number of the level that holds this energy, or -1: on a grid where width > 0, else between edges."""
    if width > 0.0:
        return on_grid(energy, edges[0], edges[-1], width)
    return between(energy, edges)


@njit(cache=True, inline="always")
def accepts(here, new, now, then, fresh, nearer, at):
    """Whether to go from level `here` with ln g = now to `new` with ln g = then, given a random number in [0, 1).

    Outside of the range (-1) the way leads into it, and no way leads out; a level never met before (fresh) is entered.
    """
    if here < 0:
        return new >= 0 or nearer or at < STRAY
    if new < 0:
        return False
    return new == here or fresh or at < chance(now, then)


@njit(cache=True)
def enter(level, origin, log_g, visits, known, numbers):
    """Add a level that is met for the first time; its ln g starts at that of the level it was reached from.

    ln f goes back to 1: at a small one a level found late would take longer than the whole run to fill up.
    """
    count = np.int64(numbers[KNOWN])
    visits[level] = 0
    log_g[level] = log_g[origin] if origin >= 0 else 0.0
    known[count] = level
    numbers[KNOWN] = count + 1
    if numbers[LOG_F] < 1.0:
        numbers[LOG_F], numbers[CLOCK], numbers[INVERSE] = 1.0, 0.0, 0.0
        numbers[RESTARTS] += 1
        for k in range(count + 1):
            visits[known[k]] = 0


@njit(cache=True)
def flat(visits, known, count, flatness):
    """Whether each known level has been visited: at all (flatness 0), or that part of the mean at least."""
    total, least = 0, visits[known[0]]
    for k in range(count):
        total += visits[known[k]]
        least = min(least, visits[known[k]])
    return least > 0 and least * count >= flatness * total


@njit(cache=True)
def schedule(visits, known, numbers, flatness, final):
    """After a sweep: halve ln f where the histogram is flat, or follow ln f = levels / attempts = 1/t."""
    count = np.int64(numbers[KNOWN])
    inverse = count / numbers[CLOCK]
    if numbers[INVERSE] > 0.0:
        numbers[LOG_F] = inverse
    elif np.int64(numbers[USED]) % CHECK == 0 and flat(visits, known, count, flatness):
        numbers[LOG_F] *= 0.5
        for k in range(count):
            visits[known[k]] = 0
        if flatness == 0.0 and numbers[LOG_F] <= inverse:
            numbers[LOG_F], numbers[INVERSE] = inverse, 1.0
    numbers[OVER] = 1.0 if numbers[LOG_F] <= final else 0.0


@njit(cache=True)
def finish(visits, known, numbers, attempts, flatness, final):
    """End a sweep of so many attempts."""
    numbers[USED] += 1.0
    if numbers[KNOWN] > 0.0:
        numbers[CLOCK] += attempts
        schedule(visits, known, numbers, flatness, final)


@njit(nogil=True, cache=True)
def walk(
    state, stream, free, low, high, bias, energy, edges, width, middle, log_g, visits, total, hits, known, numbers,
    sweeps, flatness, final, field, dense, couplings, indptr, indices,
):  # fmt: skip
    """Advance each row by some sweeps, or until its ln f is at most `final`.

    dense: `field` (rows, N) is carried along, `couplings` (N, N); else `couplings` (entries,) stand in compressed rows.
    """
    first, last = edges[0], edges[-1]
    for r in range(state.shape[0]):
        s, h, g, seen, sums, met, order, own = (
            state[r], field[r], log_g[r], visits[r], total[r], hits[r], known[r], numbers[r]
        )  # fmt: skip
        offset, increment = stream[r, 0], stream[r, 1]
        e = energy[r]
        here = place(e, edges, width)
        if here >= 0 and seen[here] < 0:
            enter(here, -1, g, seen, order, own)
        for _ in range(sweeps):
            if own[OVER] > 0.0:
                break
            sweep = np.int64(own[USED])
            for k in range(free.size):
                z = word(offset, increment, sweep, k, VISIT)
                i = free[((z >> np.uint64(32)) * np.uint64(free.size)) >> np.uint64(32)]
                local = bias[i]
                if dense:
                    local += h[i]
                else:
                    for b in range(indptr[i], indptr[i + 1]):
                        local += couplings[0, b] * s[indices[b]]
                on = s[i] == high[i]
                gap = (high[i] - low[i]) * local
                then = e + gap if on else e - gap
                new = on_grid(then, first, last, width) if width > 0.0 else between(then, edges)
                fresh = seen[new] < 0  # of no meaning where new = -1, and not looked at there
                nearer = abs(then - middle) <= abs(e - middle)
                at = uniform(offset, increment, sweep, k)
                if accepts(here, new, g[here], g[new], fresh, nearer, at):
                    if fresh and new >= 0:
                        enter(new, here, g, seen, order, own)
                    here, e = new, then
                    step = low[i] - high[i] if on else high[i] - low[i]
                    s[i] += step
                    if dense:
                        for j in range(h.size):
                            h[j] += step * couplings[i, j]
                elif new < 0 and here >= 0:
                    own[OUTSIDE] += 1.0
                if here >= 0:
                    g[here] += own[LOG_F]
                    seen[here] += 1
                    met[here] += 1
                    sums[here] += e
            finish(seen, order, own, free.size, flatness, final)
        energy[r] = e

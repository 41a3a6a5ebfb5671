"""Sparse couplings in a fixed order: 64 rows visit the same site together, each with random numbers of its own.

Every row does what `single_site.sweep_neighbours` does to it, bit for bit. Its field is summed in the same order, and
the chance to change is first taken in single precision; wherever the random number comes within `NEAR` of it, the exact
rule is asked instead. Loops over the rows are long enough for the compiler to turn them into vector instructions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import types
from numba.extending import intrinsic

from hopphys.kernels.decisions import ALL, LARGEST_BETA, NONE, SHIFT, decided
from hopphys.kernels.rules import HEAT_BATH
from hopphys.kernels.visits import ATTEMPT, DECIDE, SWEEP, mix

LANES, VECTOR = 64, 16
# Rounding of beta x gap (1e-7 of at most 80), of the polynomial (3e-6) and of the number (2^-24) stay far below.
NEAR = np.float32(4e-5)
TO_SINGLE = np.float32(2.0**-24)
NOTHING, HALF, ONE, LIMIT = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(80.0)
LOG2_E = np.float32(1.4426950408889634)
# Taylor series of 2^f, |f| <= 1/2
TERMS = tuple(np.float32(c) for c in (1.3333558e-3, 9.6181291e-3, 5.5504109e-2, 0.24022651, 0.69314718, 1.0))


@intrinsic
def _as_float(typing: Any, bits: Any) -> Any:
    """The single-precision number with these 32 bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.FloatType())

    return types.float32(types.int32), generate


@njit(cache=True, inline="always")
def falling(x):
    """exp(-x) in single precision to 4e-6 of itself, for |x| <= 80, without branches."""
    t = -LOG2_E * x
    n = np.floor(t + HALF)
    f = t - n
    value = TERMS[0]
    value = value * f + TERMS[1]
    value = value * f + TERMS[2]
    value = value * f + TERMS[3]
    value = value * f + TERMS[4]
    value = value * f + TERMS[5]
    return value * _as_float((np.int32(n) + np.int32(127)) << np.int32(23))  # type: ignore[call-arg]  # numba adds the context


@njit(cache=True, inline="always")
def _fields(h, s, first, last, indices, weight):
    for r in range(h.size):
        h[r] = 0.0
    for e in range(first, last):
        w, there = np.float64(weight[e]), s[indices[e]]
        for r in range(h.size):
            h[r] += w * np.float64(there[r])


@njit(cache=True, inline="always")
def gaps_seen(favours, masks, h, here, span, upper, quantum, bias):
    """h becomes the gap; `favours` is the gap seen from the present level."""
    for r in range(h.size):
        gap = span * (quantum * (h[r] + bias))
        on = here[r] == upper
        favours[r] = gap if on else -gap
        masks[r] = ALL if on else NONE


@njit(cache=True, inline="always")
def draw_together(numbers, offsets, increments, place):
    for r in range(numbers.size):
        numbers[r] = mix(offsets[r] + increments[r] * place) >> SHIFT


@njit(cache=True, inline="always")
def judge(update, leaves, near, numbers, masks, favours, betas):
    """leaves[r] = 1 where the row changes its site; near[r] where single precision cannot tell. Returns how many.

    Heat bath leaves where u < q / (1 + q), q = exp(-x), compared without a division; Metropolis where u < q.
    """
    count = np.int32(0)
    heat_bath = ONE if update == HEAT_BATH else NOTHING
    for r in range(numbers.size):
        x = np.float32(betas[r] * favours[r])
        x = x if x < LIMIT else LIMIT
        x = x if x > -LIMIT else -LIMIT
        u = np.float32(np.int32((numbers[r] ^ masks[r]) >> np.uint64(29))) * TO_SINGLE
        chance = falling(x)
        norm = ONE + heat_bath * chance
        excess = chance - u * norm
        leaves[r] = np.int32(excess > NOTHING)
        near[r] = np.int32(abs(excess) < NEAR * norm)
        count += near[r]
    return count


@njit(cache=True)
def ask(update, leaves, near, numbers, masks, favours, betas):
    """The exact rule for the rows in doubt."""
    for r in range(numbers.size):
        if near[r]:
            on = masks[r] == ALL
            leaves[r] = decided(update, favours[r] if on else -favours[r], on, betas[r], numbers[r]) != on


@njit(cache=True, inline="always")
def move(here, changes, leaves, masks, lower, upper):
    for r in range(leaves.size):
        other = lower if masks[r] == ALL else upper
        here[r] = other if leaves[r] else here[r]
        changes[r] += leaves[r]


@njit(cache=True)
def _sweeps(
    s, offsets, increments, free, low, high, bias, betas, first, update, changes, indptr, indices, weight, quantum
):
    """Advance s (N, lanes) by betas.shape[0] sweeps; betas (sweeps, lanes)."""
    lanes = s.shape[1]
    h, favours, masks = np.empty(lanes), np.empty(lanes), np.empty(lanes, np.uint64)
    numbers, leaves, near = np.empty(lanes, np.uint64), np.empty(lanes, np.int32), np.empty(lanes, np.int32)
    finite = np.minimum(betas, LARGEST_BETA)
    for t in range(betas.shape[0]):
        for k in range(free.size):
            i = free[k]
            place = (np.uint64(first + t) << SWEEP) | (np.uint64(k) << ATTEMPT) | np.uint64(DECIDE)
            lower, upper = np.float32(low[i]), np.float32(high[i])
            _fields(h, s, indptr[i], indptr[i + 1], indices, weight)
            gaps_seen(favours, masks, h, s[i], np.float64(upper - lower), upper, quantum, bias[i])
            draw_together(numbers, offsets, increments, place)
            if judge(update, leaves, near, numbers, masks, favours, finite[t]) > 0:
                ask(update, leaves, near, numbers, masks, favours, betas[t])
            move(s[i], changes, leaves, masks, lower, upper)


@njit(nogil=True, cache=True)
def sweep_neighbours_together(
    state, stream, which, free, low, high, bias, betas, plan, first, update, order, stop, flips, used,
    indptr, indices, values, quantum,
):  # fmt: skip
    """Rows of one disorder sample in groups of at most 64, filled up with idle lanes to a whole number of vectors."""
    a = 0
    while a < state.shape[0]:
        b = a + 1
        while b < state.shape[0] and b - a < LANES and which[b] == which[a]:
            b += 1
        lanes = (b - a + VECTOR - 1) // VECTOR * VECTOR
        s, changes = np.zeros((state.shape[1], lanes), np.float32), np.zeros(lanes, np.int64)
        offsets, increments = np.zeros(lanes, np.uint64), np.zeros(lanes, np.uint64)
        schedule = np.zeros((betas.shape[1], lanes))
        for r in range(b - a):
            offsets[r], increments[r] = stream[a + r, 0], stream[a + r, 1]
            schedule[:, r] = betas[plan[a + r]]
            for i in range(state.shape[1]):
                s[i, r] = state[a + r, i]
        _sweeps(
            s, offsets, increments, free, low, high, bias, schedule, first, update, changes,
            indptr, indices, values[which[a]], quantum,
        )  # fmt: skip
        for r in range(b - a):
            flips[a + r] += changes[r]
            used[a + r] = betas.shape[1]
            for i in range(state.shape[1]):
                state[a + r, i] = np.int8(s[i, r])
        a = b

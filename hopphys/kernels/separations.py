"""Single-site sweeps through patterns with any separation: gap = F(x with the site up) - F(x with it down)."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from hopphys.kernels.decisions import decide
from hopphys.kernels.overlaps import pattern_overlaps
from hopphys.kernels.visits import arrange

QUADRATIC, POWER, EXPONENTIAL, LOG_SUM_EXP, LOG_COSH, SOFTPLUS = range(6)


@njit(cache=True)
def separate(kind, parameter, x):
    """F(x), summed over the patterns in order, without the constant factor that the caller applies."""
    total = 0.0
    if kind == LOG_SUM_EXP:
        top = x.max()
        for p in range(x.size):
            total += math.exp(parameter * (x[p] - top))
        return math.log(total) + parameter * top
    for p in range(x.size):
        total += _term(kind, parameter, x[p])
    return total


@njit(cache=True, inline="always")
def _term(kind, parameter, x):
    if kind == POWER:
        value = x
        for _ in range(int(parameter) - 1):
            value *= x
        return value
    if kind == QUADRATIC:
        return x * x
    kx = parameter * x
    if kind == EXPONENTIAL:
        return math.exp(kx)
    if kind == LOG_COSH:
        return abs(kx) + math.log1p(math.exp(-2.0 * abs(kx)))
    return max(kx, 0.0) + math.log1p(math.exp(-abs(kx)))


@njit(cache=True, inline="always")
def _moved(y, x, column, step):
    for p in range(x.size):
        y[p] = x[p] + step * column[p]


@njit(nogil=True, cache=True)
def sweep_separation(
    state, stream, which, free, low, high, bias, betas, plan, first, update, order, stop, flips, used,
    columns, inner, scale, shift, kind, parameter, factor,
):  # fmt: skip
    """Overlaps in double precision, made anew at every sweep: O(P) an attempt, no drift from sweep to sweep."""
    visits = np.empty(free.size, np.int64)
    overlaps = np.zeros((1, columns.shape[2]))
    down, up = np.empty(columns.shape[2]), np.empty(columns.shape[2])
    for r in range(state.shape[0]):
        s, x = state[r], overlaps[0]
        offset, increment = stream[r, 0], stream[r, 1]
        for t in range(betas.shape[1]):
            pattern_overlaps(overlaps, state[r : r + 1], columns, which[r : r + 1], scale, shift)
            x += inner
            arrange(visits, order, free, offset, increment, first + t)
            before = flips[r]
            for k in range(visits.size):
                i = visits[k]
                column = columns[which[r], i]
                _moved(down, x, column, scale * (low[i] - s[i]))
                _moved(up, x, column, scale * (high[i] - s[i]))
                rise = factor * (separate(kind, parameter, up) - separate(kind, parameter, down))
                gap = rise + (high[i] - low[i]) * bias[i]
                on = s[i] == high[i]
                now = decide(update, gap, on, betas[plan[r], t], offset, increment, first + t, k)
                if now != on:
                    s[i] = high[i] if now else low[i]
                    x[:] = up if now else down
                    flips[r] += 1
            used[r] = t + 1
            if stop and flips[r] == before:
                break

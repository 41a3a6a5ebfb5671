"""Single-site sweeps with dense couplings: fields are carried along, and many attempts are tested at once.

Between two changes of a row its fields stand still, so the next WIDTH attempts are looked at together and the first one
that changes its site ends the look: the outcome is that of one attempt after another.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hopphys.kernels.decisions import (
    ALL,
    LARGEST_BETA,
    LOG2_E,
    NONE,
    WIDTH,
    decided,
    draw,
    look_for_doubt,
)  # fmt: skip
from hopphys.kernels.rules import THRESHOLD
from hopphys.kernels.visits import GIVEN, arrange

LOOK = 32  # attempts that fill the vectors of a loop


@njit(nogil=True, cache=True)
def dense_field(field, state, couplings, which):
    """field[r] = J s[r], summed in site order: exact for integers, and the same bits wherever it is computed.

    `couplings[d, j]` holds what site j does to every other: for directed couplings the transposed matrix.
    """
    for r in range(state.shape[0]):
        h, columns = field[r], couplings[which[r]]
        h[:] = 0
        for j in range(state.shape[1]):
            if state[r, j] != 0:
                add(h, columns[j], state[r, j])


@njit(cache=True, inline="always")
def add(h, column, step):
    """h += step * column for step = ±1, ±2, without leaving the type of h."""
    by = h.dtype.type(step)
    for j in range(h.size):
        h[j] += by * column[j]


@njit(cache=True, inline="always")
def _gap(h, i, low, high, bias, quantum):
    return (high[i] - low[i]) * (quantum * (h[i] + bias[i]))


@njit(cache=True, inline="always")
def _look(favours, masks, s, h, low, high, bias, quantum):
    """Gaps of consecutive sites with the sign of their present level."""
    for q in range(s.size):
        gap, on = _gap(h, q, low, high, bias, quantum), s[q] == high[q]
        favours[q] = gap if on else -gap
        masks[q] = ALL if on else NONE


@njit(cache=True, inline="always")
def _look_at(favours, masks, s, h, low, high, bias, quantum, visits):
    """The same for any sites."""
    for q in range(visits.size):
        i = np.uint64(visits[q])  # unsigned: no test for a negative index at every access
        gap, on = _gap(h, i, low, high, bias, quantum), s[i] == high[i]
        favours[q] = gap if on else -gap
        masks[q] = ALL if on else NONE


@njit(cache=True, inline="always")
def _first_change(update, beta, doubts, numbers, favours, masks, start, end):
    """Number of the first of these attempts, from `start` on, that changes its site, or `end`."""
    for q in range(start, end):
        if doubts[q]:
            on = masks[q] == ALL
            if decided(update, favours[q] if on else -favours[q], on, beta, numbers[q]) != on:
                return q
    return end


@njit(nogil=True, cache=True)
def sweep_dense(
    state, stream, which, free, low, high, bias, betas, plan, first, update, order, stop, flips, used,
    field, columns, quantum,
):  # fmt: skip
    """Fields (rows, N) are carried along: one column of the couplings a flip."""
    n = free.size
    visits, numbers, doubts = free.copy(), np.empty(WIDTH, np.uint64), np.empty(WIDTH, np.uint8)
    masks, favours = np.empty(WIDTH, np.uint64), np.empty(WIDTH)
    consecutive = order == GIVEN and n > 0 and free[n - 1] - free[0] == n - 1 and np.all(free[1:] > free[:-1])
    for r in range(state.shape[0]):
        s, h, couplings = state[r], field[r], columns[which[r]]
        offset, increment = stream[r, 0], stream[r, 1]
        for t in range(betas.shape[1]):
            if order != GIVEN:
                arrange(visits, order, free, offset, increment, first + t)
            before = flips[r]
            beta = betas[plan[r], t]
            scale = min(beta, LARGEST_BETA) * LOG2_E
            for k in range(0, n, WIDTH):
                if update != THRESHOLD:
                    draw(numbers, offset, increment, first + t, k)
                q, end = 0, min(WIDTH, n - k)
                while q < end:
                    v = q // LOOK * LOOK  # a few attempts that are done are looked at again, in whole vectors
                    if consecutive:
                        a = free[0] + k + v
                        b = free[0] + k + end
                        _look(favours[v:end], masks[v:end], s[a:b], h[a:b], low[a:b], high[a:b], bias[a:b], quantum)
                    else:
                        _look_at(favours[v:end], masks[v:end], s, h, low, high, bias, quantum, visits[k + v : k + end])
                    if look_for_doubt(
                        update, doubts[v:end], numbers[v:end], favours[v:end], masks[v:end], scale
                    ) == 0:  # fmt: skip
                        break
                    q = _first_change(update, beta, doubts, numbers, favours, masks, q, end)
                    if q < end:
                        i = visits[k + q]
                        step = low[i] - high[i] if s[i] == high[i] else high[i] - low[i]
                        s[i] += step
                        add(h, couplings[i], step)
                        flips[r] += 1
                        q += 1
            used[r] = t + 1
            if stop and flips[r] == before:
                break

"""Single-site sweeps through patterns with the quadratic separation: overlaps are carried, never N x N couplings.

The field of site i in units of the quantum is sum_mu xi_mu,i x_mu - v_i sum_mu xi_mu,i^2, with x = xi v and spins
v = scale s + shift: a whole number, so however it is summed it is the same. Patterns of ±1 are packed into bits (an
eighth of a byte an entry, and no products); other whole patterns are kept as int8. The common arguments are those of
`single_site`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hopphys.kernels.decisions import (
    ALL,
    LARGEST_BETA,
    LOG2_E,
    WIDTH,
    decide,
    decided,
    draw,
    look_for_doubt,
)
from hopphys.kernels.signs import WORD, aligned, ones, pack_row, shift_by_signs, sum_where
from hopphys.kernels.visits import arrange

CAUTION = 1.0 - 1e-9  # leaves far more room than a product of two numbers rounds


@njit(nogil=True, cache=True)
def pattern_overlaps(overlaps, state, columns, which, scale, shift):
    """overlaps[r] = xi (scale s[r] + shift), in site order; columns (disorder, N, P)."""
    for r in range(state.shape[0]):
        x = overlaps[r]
        x[:] = 0
        for i in range(state.shape[1]):
            column = columns[which[r], i]
            spin = x[0] * 0 + scale * state[r, i] + shift
            for p in range(x.size):
                x[p] += spin * column[p]


@njit(nogil=True, cache=True)
def sign_overlaps(x, s, low, high, rows, columns, room, scale, shift):
    """x = xi (scale s + shift) through packed rows (P, words of N), by counting bits; `room` holds a packed state.

    Sites of several alphabets are added one by one through the columns (N, words of P).
    """
    x[:] = 0
    if np.any(low != low[0]) or np.any(high != high[0]):
        for i in range(s.size):
            shift_by_signs(x, columns[i], columns.shape[1], scale * s[i] + shift)
        return
    pack_row(room, s, np.int8(high[0]))
    base, step = np.int64(scale * low[0] + shift), np.int64(scale * (high[0] - low[0]))
    count = np.int64(0)
    for w in range(room.size):
        count += ones(room[w])
    for p in range(rows.shape[0]):
        row = rows[p]
        plus, both = np.int64(0), np.int64(0)
        for w in range(room.size):
            plus += ones(row[w])
            both += ones(row[w] & room[w])
        x[p] = base * (2 * plus - s.size) + step * (2 * both - count)


@njit(cache=True, inline="always")
def _total(x, column, everything, depth):
    """sum_mu xi_mu x_mu from the sum over the patterns that are +1 and the sum over all."""
    return 2 * sum_where(x, column, depth) - everything


@njit(cache=True, inline="always")
def _sum(x, count):
    total = np.int64(0)
    for p in range(count):
        total += x[p]
    return total


@njit(cache=True, inline="always")
def _plus(column):
    count = np.int64(0)
    for w in range(column.size):
        count += ones(column[w])
    return count


@njit(cache=True, inline="always")
def side(on):
    """1 at the upper level, -1 at the lower: a factor, because a branch on what is up to chance is guessed in vain."""
    return np.float64(2 * np.int64(on) - 1)


@njit(cache=True, inline="always")
def _look(favours, masks, visits, s, x, mine, low, high, bias, everything, depth, scale, shift, patterns, quantum):
    """Gaps of some sites, with the sign of their present level."""
    for q in range(visits.size):
        i = np.uint64(visits[q])  # unsigned: no test for a negative index at every access
        total = _total(x, mine[i], everything, depth) - np.int64(scale * s[i] + shift) * patterns
        gap, on = (high[i] - low[i]) * (quantum * (total + bias[i])), s[i] == high[i]
        favours[q] = gap * side(on)
        masks[q] = ALL * np.uint64(on)


@njit(cache=True, inline="always")
def _first_change(update, beta, doubts, numbers, favours, masks):
    """Number of the first of these attempts that changes its site, or how many there are."""
    for q in range(doubts.size):
        if doubts[q]:
            on = masks[q] == ALL
            if decided(update, favours[q] if on else -favours[q], on, beta, numbers[q]) != on:
                return q
    return doubts.size


@njit(cache=True, inline="always")
def _sight(flips, attempts):
    """How many attempts to look at together: those that follow a change have been looked at in vain."""
    return WIDTH if flips * WIDTH <= attempts else 16 if flips * 16 <= attempts else 4


@njit(nogil=True, cache=True)
def sweep_signs(
    state, stream, which, free, low, high, bias, betas, plan, first, update, order, stop, flips, used,
    columns, rows, sample, depth, scale, shift, quantum,
):  # fmt: skip
    """Patterns of ±1, thermal: columns (disorder, N, words of P), rows (disorder, P, words of N).

    Between two changes of a row its overlaps stand still, so attempts are looked at together, as in `dense`.
    """
    n, patterns, words = free.size, rows.shape[1], columns.shape[2]
    visits, numbers, doubts = np.empty(n, np.int64), np.empty(WIDTH, np.uint64), np.empty(WIDTH, np.uint8)
    masks, favours = np.empty(WIDTH, np.uint64), np.empty(WIDTH)
    x, room = aligned(words * WORD, sample), np.empty(rows.shape[2], np.uint64)
    for r in range(state.shape[0]):
        s, mine = state[r], columns[which[r]]
        sign_overlaps(x, s, low, high, rows[which[r]], mine, room, scale, shift)
        everything, sight = _sum(x, patterns), 16
        offset, increment = stream[r, 0], stream[r, 1]
        for t in range(betas.shape[1]):
            arrange(visits, order, free, offset, increment, first + t)
            before, beta = flips[r], betas[plan[r], t]
            tilt = min(beta, LARGEST_BETA) * LOG2_E
            for k in range(0, n, WIDTH):
                draw(numbers, offset, increment, first + t, k)
                q, last = 0, min(WIDTH, n - k)
                while q < last:
                    end = min(q + sight, last)
                    _look(
                        favours[q:end], masks[q:end], visits[k + q : k + end], s, x, mine, low, high, bias,
                        everything, depth, scale, shift, patterns, quantum,
                    )  # fmt: skip
                    if look_for_doubt(
                        update, doubts[q:end], numbers[q:end], favours[q:end], masks[q:end], tilt
                    ) == 0:  # fmt: skip
                        q = end
                        continue
                    q += _first_change(update, beta, doubts[q:end], numbers[q:end], favours[q:end], masks[q:end])
                    if q < end:
                        i = visits[k + q]
                        move = low[i] - high[i] if s[i] == high[i] else high[i] - low[i]
                        s[i] += move
                        step = np.int64(scale * move)
                        shift_by_signs(x, mine[i], words, step)
                        everything += step * (2 * _plus(mine[i]) - patterns)
                        flips[r] += 1
                        q += 1
            sight = _sight(flips[r] - before, n)
            used[r] = t + 1
            if stop and flips[r] == before:
                break


@njit(nogil=True, cache=True)
def settle_signs(
    state, stream, which, free, low, high, bias, betas, plan, first, update, order, stop, flips, used,
    columns, rows, sample, depth, scale, shift, quantum,
):  # fmt: skip
    """The same for threshold, which draws no random number, so that a site need not be looked at while it cannot move.

    A flip moves a field by at most |step| P: a site that was found a certain distance from a change stays where it is
    until so many flips have happened, whatever they are.
    """
    patterns, words = rows.shape[1], columns.shape[2]
    visits, until = np.empty(free.size, np.int64), np.empty(low.size, np.int64)
    x, room = aligned(words * WORD, sample), np.empty(rows.shape[2], np.uint64)
    furthest = CAUTION / np.float64(abs(scale) * np.max(high - low) * patterns)
    for r in range(state.shape[0]):
        s, mine = state[r], columns[which[r]]
        sign_overlaps(x, s, low, high, rows[which[r]], mine, room, scale, shift)
        everything, count = _sum(x, patterns), np.int64(0)
        until[:] = -1
        for t in range(betas.shape[1]):
            arrange(visits, order, free, stream[r, 0], stream[r, 1], first + t)
            before = count
            for k in range(visits.size):
                i = np.uint64(visits[k])
                if count <= until[i]:
                    continue
                total = _total(x, mine[i], everything, depth) - np.int64(scale * s[i] + shift) * patterns
                gap, on = (high[i] - low[i]) * (quantum * (total + bias[i])), s[i] == high[i]
                if gap * side(on) < 0.0:
                    move = low[i] - high[i] if on else high[i] - low[i]
                    s[i] += move
                    step = np.int64(scale * move)
                    shift_by_signs(x, mine[i], words, step)
                    everything += step * (2 * _plus(mine[i]) - patterns)
                    count += 1
                until[i] = count + np.int64(abs(total + bias[i]) * furthest)
            used[r] = t + 1
            if stop and count == before:
                break
        flips[r] += count


@njit(nogil=True, cache=True)
def stay_signs(
    stays, state, which, free, low, high, bias,
    columns, rows, sample, depth, scale, shift, quantum,
):  # fmt: skip
    """stays[r]: whether no free site of row r would change at threshold; from overlaps made anew, site by site."""
    patterns = rows.shape[1]
    x, room = aligned(columns.shape[2] * WORD, sample), np.empty(rows.shape[2], np.uint64)
    for r in range(state.shape[0]):
        s, mine = state[r], columns[which[r]]
        sign_overlaps(x, s, low, high, rows[which[r]], mine, room, scale, shift)
        everything, stays[r] = _sum(x, patterns), True
        for k in range(free.size):
            i = np.uint64(free[k])
            total = _total(x, mine[i], everything, depth) - np.int64(scale * s[i] + shift) * patterns
            gap = (high[i] - low[i]) * (quantum * (total + bias[i]))
            if gap * side(s[i] == high[i]) < 0.0:
                stays[r] = False
                break


@njit(nogil=True, cache=True)
def paired_signs(
    inner, state, which, low, high,
    columns, rows, sample, depth, scale, shift, quantum,
):  # fmt: skip
    """inner[r] = sum over pairs i != j of v_i v_j sum_mu xi_mu,i xi_mu,j: the energy in units of -quantum / 2."""
    patterns = rows.shape[1]
    x, room = aligned(columns.shape[2] * WORD, sample), np.empty(rows.shape[2], np.uint64)
    for r in range(state.shape[0]):
        s = state[r]
        sign_overlaps(x, s, low, high, rows[which[r]], columns[which[r]], room, scale, shift)
        total = np.int64(0)
        for p in range(patterns):
            total += np.int64(x[p]) * np.int64(x[p])
        for i in range(s.size):
            spin = np.int64(scale * s[i] + shift)
            total -= patterns * spin * spin
        inner[r] = total


@njit(cache=True, inline="always")
def _dot(x, column):
    total = np.int32(0)
    for p in range(x.size):
        total += np.int32(x[p] * np.int32(column[p]))
    return total


@njit(cache=True, inline="always")
def _shift_overlaps(x, column, step):
    for p in range(x.size):
        x[p] += np.int32(step * np.int32(column[p]))


@njit(nogil=True, cache=True)
def sweep_patterns(
    state, stream, which, free, low, high, bias, betas, plan, first, update, order, stop, flips, used,
    columns, squares, scale, shift, quantum,
):  # fmt: skip
    """Any whole patterns, int8: columns (disorder, N, P) and their squares (disorder, N)."""
    visits = np.empty(free.size, np.int64)
    overlaps = np.zeros((1, columns.shape[2]), np.int32)
    for r in range(state.shape[0]):
        s, x = state[r], overlaps[0]
        pattern_overlaps(overlaps, state[r : r + 1], columns, which[r : r + 1], scale, shift)
        offset, increment = stream[r, 0], stream[r, 1]
        for t in range(betas.shape[1]):
            arrange(visits, order, free, offset, increment, first + t)
            before = flips[r]
            for k in range(visits.size):
                i = visits[k]
                column = columns[which[r], i]
                total = _dot(x, column) - np.int64(scale * s[i] + shift) * squares[which[r], i]
                gap = (high[i] - low[i]) * (quantum * (total + bias[i]))
                on = s[i] == high[i]
                now = decide(update, gap, on, betas[plan[r], t], offset, increment, first + t, k)
                if now != on:
                    s[i] = high[i] if now else low[i]
                    step = scale * (high[i] - low[i])
                    _shift_overlaps(x, column, np.int32(step if now else -step))
                    flips[r] += 1
            used[r] = t + 1
            if stop and flips[r] == before:
                break

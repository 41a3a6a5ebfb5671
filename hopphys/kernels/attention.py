"""Softmax attention of up to 64 queries over any number of keys: one pass, blocks of keys, online softmax.

Milakov & Gimelshein 2018. For each query a running maximum, the sum of weights and the weighted sum of values are
kept; where a block raises the maximum, what was summed before is scaled down. Queries lie side by side, so that
maximum, exponential and sums are taken for 64 of them at once, and no query's bits depend on the others.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from hopphys.kernels.tiles import DOUBLE, LANES, SINGLE, prefetch, tile_of_one, tile_of_rows

SPAN = 1 << 14  # keys summed in single precision, before they are added in double precision
DEPTH = 64  # products summed in a row: rounding grows with the length of a chain
LINE = 16  # single-precision numbers of a cache line
LOWEST = -math.inf
# 2^f = 1 + c_1 f + ... + c_5 f^5 for |f| <= 1/2, the least largest relative error, 9.1e-8. The 1 is exact, because sums
# are multiplied by 2^0 at every block that does not raise the maximum.
POWERS = (0.693146978, 0.240222421, 0.0555073374, 0.00967151264, 0.00132647271)
C1, C2, C3, C4, C5 = (np.float32(c) for c in POWERS)
TO_WHOLE = np.float32(1.5 * 2**23)  # adding it leaves the nearest whole number in the low bits
SMALLEST = np.float32(-126.0)
ZERO, ONE = np.float32(0.0), np.float32(1.0)


@njit(cache=True, inline="always")
def power_of_two(x):
    """2^x for x <= 0 in single precision, relative error 2.4e-7; 2^-126 below x = -126."""
    x = max(np.float32(x), SMALLEST)
    shifted = np.float32(x + TO_WHOLE)
    f = x - (shifted - TO_WHOLE)
    p = np.float32(((((C5 * f + C4) * f + C3) * f + C2) * f + C1) * f + ONE)
    return np.int32(p.view(np.int32) + np.int32(shifted.view(np.int32) << np.int32(23))).view(np.float32)


@njit(nogil=True, cache=True)
def attend(queries, keys, values, sharpness, block, step, log_sum):
    """step (n, D) = softmax(k q.x) values and log_sum (n,) = log2 sum 2^(k q.x) for n <= 64 queries, k = `sharpness`.

    keys (P, d) and values (P, D) float32. Queries and k of float64 make scores of float64; the weights are float32.
    """
    columns = np.zeros((queries.shape[1], LANES), queries.dtype)
    for i in range(len(queries)):
        for c in range(queries.shape[1]):
            columns[c, i] = queries[i, c]
    scores, weights = np.zeros((block, LANES), queries.dtype), np.zeros((block, LANES), np.float32)
    top, best = np.empty(LANES, queries.dtype), np.empty(LANES, queries.dtype)
    factor, part, total = np.empty(LANES, np.float32), np.empty(LANES, np.float32), np.empty(LANES, np.float32)
    sums = np.zeros((values.shape[1], LANES), np.float32)
    highest, whole = np.empty(LANES), np.zeros(LANES)
    gathered = np.zeros((values.shape[1], LANES))
    highest.fill(LOWEST)
    for start in range(0, len(keys), SPAN):
        top.fill(LOWEST)
        total.fill(ZERO)
        sums.fill(ZERO)
        end = min(start + SPAN, len(keys))
        for first in range(start, end, block):
            count = min(block, end - first)
            score(scores, columns, keys, first, count)
            weigh(weights, scores, count, sharpness, top, best, factor, part, total)
            gather(sums, weights, values, first, count, factor)
        merge(highest, whole, gathered, top, total, sums)
    for i in range(len(queries)):
        log_sum[i] = highest[i] + math.log2(whole[i])
        for c in range(values.shape[1]):
            step[i, c] = gathered[c, i] / whole[i]


@njit(cache=True)
def score(scores, columns, keys, first, count):
    """scores[j] = keys[first + j] . columns for j < count, in chains of DEPTH products."""
    fresh, more = np.zeros(LANES, scores.dtype), np.ones(LANES, scores.dtype)
    size, j = keys.shape[1], 0
    rows = SINGLE if scores.itemsize == 4 else DOUBLE
    while j < count:
        many = j + rows <= count
        for c in range(0, size, DEPTH):
            at, depth, kept = (first + j) * size + c, min(DEPTH, size - c), fresh if c == 0 else more
            if not many:
                tile_of_one(depth, keys, at, size, 1, columns, c * LANES, scores, j * LANES, kept)
                continue
            for r in range(rows, 2 * rows):
                for near in range(0, depth, LINE):
                    prefetch(keys, at + r * size + near)
            tile_of_rows(depth, keys, at, size, 1, columns, c * LANES, scores, j * LANES, kept)
        j += rows if many else 1


@njit(cache=True, fastmath={"contract"})
def weigh(weights, scores, count, sharpness, top, best, factor, part, total):
    """weights = 2^(k score - top), their sums; top is raised to this block, and factor scales what came before."""
    for i in range(LANES):
        best[i] = scores[0, i]
    for j in range(1, count):
        for i in range(LANES):
            best[i] = max(best[i], scores[j, i])
    for i in range(LANES):
        raised = max(top[i], sharpness * best[i])
        factor[i] = power_of_two(top[i] - raised)
        top[i], part[i] = raised, ZERO
    for j in range(count):
        for i in range(LANES):
            weight = power_of_two(sharpness * scores[j, i] - top[i])
            weights[j, i] = weight
            part[i] += weight
    for i in range(LANES):
        total[i] = total[i] * factor[i] + part[i]


@njit(cache=True)
def gather(sums, weights, values, first, count, factor):
    """sums = factor sums + weights . values[first : first + count]."""
    size, c = values.shape[1], 0
    while c + SINGLE <= size:
        tile_of_rows(count, values, first * size + c, 1, size, weights, 0, sums, c * LANES, factor)
        c += SINGLE
    for last in range(c, size):
        tile_of_one(count, values, first * size + last, 1, size, weights, 0, sums, last * LANES, factor)


@njit(cache=True)
def merge(highest, whole, gathered, top, total, sums):
    """Add the sums of a span of keys to those of the spans before, in double precision."""
    for i in range(LANES):
        raised = max(highest[i], float(top[i]))
        before, now = 2.0 ** (highest[i] - raised), 2.0 ** (top[i] - raised)
        highest[i], whole[i] = raised, whole[i] * before + total[i] * now
        for c in range(len(gathered)):
            gathered[c, i] = gathered[c, i] * before + sums[c, i] * now

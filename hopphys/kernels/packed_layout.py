"""Words to states and back, bonds in the order that reads them fastest, and what is counted in words."""

from __future__ import annotations

import numpy as np
from numba import njit

from hopphys.kernels.packed import LANES, ONE, mix, unsatisfied
from hopphys.kernels.packed_counting import flush, new_counter, push
from hopphys.kernels.packed_vectors import WIDTH, load
from hopphys.kernels.random import ATTEMPT_SHIFT


@njit(nogil=True, cache=True)
def pack(words, state, sites, stride):
    """Set the bits of spins that are up in words (words,) of zeros.

    Lane l of the word at position p is site sites[p] of row l where stride = 0, and site sites[p] + l stride of row 0
    otherwise. A position with site -1 is a pad.
    """
    for lane in range(LANES if stride else state.shape[0]):
        row = state[0, lane * stride :] if stride else state[lane]
        for p in range(sites.size):
            if sites[p] >= 0:
                words[p] |= np.uint64(row[sites[p]] > 0) << np.uint64(lane)


@njit(nogil=True, cache=True)
def unpack(words, state, sites, stride):
    """The inverse of `pack`: ±1 into state (rows, N)."""
    for lane in range(LANES if stride else state.shape[0]):
        row = state[0, lane * stride :] if stride else state[lane]
        for p in range(sites.size):
            if sites[p] >= 0:
                row[sites[p]] = 2 * np.int64((words[p] >> np.uint64(lane)) & ONE) - 1


@njit(nogil=True, cache=True)
def random_spins(state, stream):
    """Fair ±1 (rows, N): those that a uniform number for each site gives, without the number."""
    for r in range(state.shape[0]):
        for i in range(state.shape[1]):
            drawn = mix(stream[r, 0] + stream[r, 1] * (np.uint64(i) << ATTEMPT_SHIFT))
            state[r, i] = 2 * np.int64(drawn >> np.uint64(63)) - 1


@njit(cache=True)
def around(bonds, first, other, bond):
    """Neighbours of every site and the bonds to them, from place first[site] on, in the order of the bonds.

    bonds (B, 2); first (N + 1,), moved on in place; other, bond (2 B,). Sorting the ends would take ten times as long.
    """
    for b in range(bonds.shape[0]):
        for end in range(2):
            site = bonds[b, end]
            other[first[site]], bond[first[site]] = bonds[b, 1 - end], b
            first[site] += 1


@njit(cache=True)
def align(places, order):
    """Order the neighbours of each word so that a slot's neighbours follow each other from word to word where they can.

    places : (words, degree) words of the neighbours; `order`, of the same shape, takes their new order.
    """
    degree = places.shape[1]
    taken = np.empty(degree, np.bool_)
    for p in range(places.shape[0]):
        order[p] = -1
        taken[:] = False
        if p % WIDTH:
            for slot in range(degree):
                wanted = places[p - 1, order[p - 1, slot]] + 1
                for k in range(degree):
                    if places[p, k] == wanted and not taken[k]:
                        order[p, slot], taken[k] = k, True
                        break
        k = 0
        for slot in range(degree):
            if order[p, slot] < 0:
                while taken[k]:
                    k += 1
                order[p, slot], taken[k] = k, True


@njit(nogil=True, cache=True)
def count_unsatisfied(words, which, spans, table, runs, signs, found):
    """found[g, lane] += unsatisfied bonds, counted at every site of these spans."""
    counter = new_counter()
    for g in range(words.shape[0]):
        sign = signs[which[g]]
        for span in range(spans.shape[0]):
            entry = spans[span, 4]
            for first in range(spans[span, 0], spans[span, 1], WIDTH):
                spin = load(words[g], first)
                for _ in range(spans[span, 2]):
                    push(counter, unsatisfied(words[g], spin, table, runs, sign, entry))
                    entry += 1
        flush(counter, found[g])


@njit(nogil=True, cache=True)
def count_up(words, found):
    """found[g, lane] += spins that are up; words (groups, whole blocks)."""
    counter = new_counter()
    for g in range(words.shape[0]):
        for first in range(0, words.shape[1], WIDTH):
            push(counter, load(words[g], first))
        flush(counter, found[g])


@njit(nogil=True, cache=True)
def count_unequal_lanes(words, found):
    """found[g, 2 k] += sites where lanes 2 k and 2 k + 1 differ; odd lanes hold nothing of interest."""
    counter = new_counter()
    for g in range(words.shape[0]):
        for first in range(0, words.shape[1], WIDTH):
            word = load(words[g], first)
            push(counter, word ^ (word >> ONE))
        flush(counter, found[g])


@njit(nogil=True, cache=True)
def count_unequal_groups(words, others, found):
    """found[g, lane] += sites where groups differ; words and others (groups, whole blocks)."""
    counter = new_counter()
    for g in range(words.shape[0]):
        for first in range(0, words.shape[1], WIDTH):
            push(counter, load(words[g], first) ^ load(others[g], first))
        flush(counter, found[g])

"""Isoenergetic cluster moves: two copies at one temperature exchange a cluster of sites on which they differ."""

from __future__ import annotations

import numpy as np
from numba import njit

from hopphys.kernels.visits import word

CHOOSE = 0  # draw of a move: the site that the cluster grows from


@njit(cache=True)
def grow(member, queue, seed, one, other, indptr, indices, weight):
    """Fill `queue` with the sites joined to `seed` by bonds along which the copies differ; returns their number.

    `member` (N,) must be False throughout and is left True on the cluster.
    """
    member[seed], queue[0] = True, seed
    size, done = 1, 0
    while done < size:
        i = queue[done]
        done += 1
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if weight[e] != 0 and one[j] != other[j] and not member[j]:
                member[j], queue[size] = True, j
                size += 1
    return size


@njit(cache=True)
def choose(one, other, differing, z):
    """One of the `differing` sites at which the copies differ, each with the same chance, from a random word."""
    left = np.int64(((z >> np.uint64(32)) * np.uint64(differing)) >> np.uint64(32))
    for i in range(one.size):
        if one[i] != other[i]:
            if left == 0:
                return i
            left -= 1
    return -1


@njit(nogil=True, cache=True)
def exchange_clusters(state, first, second, which, stream, rung, sweep, moves, indptr, indices, values, sizes):
    """`moves` clusters for each pair of rows first[p], second[p]; adds the sites exchanged to sizes (pairs,).

    An exchange leaves the sites that differ where they are, so they are counted once.
    """
    member, queue = np.zeros(state.shape[1], np.bool_), np.empty(state.shape[1], np.int64)
    for p in range(first.size):
        one, other, weight = state[first[p]], state[second[p]], values[which[p]]
        differing = 0
        for i in range(one.size):
            differing += one[i] != other[i]
        if differing == 0:
            continue
        for m in range(moves):
            z = word(stream[p, 0], stream[p, 1], sweep, rung[p] * moves + m, CHOOSE)
            size = grow(member, queue, choose(one, other, differing, z), one, other, indptr, indices, weight)
            for k in range(size):
                i = queue[k]
                one[i], other[i], member[i] = other[i], one[i], False
            sizes[p] += size

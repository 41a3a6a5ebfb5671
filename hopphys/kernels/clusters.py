"""Cluster updates over replicas: Wolff's single cluster and Swendsen-Wang's all at once, on any graph of bonds.

A row reads its couplings through `kind`: J of bond b is couplings[sample, kind[sample, b]], so that few different
values need few exponentials; Wolff has a kind for each entry of the compressed rows. Arrays with one sample serve all.

Random numbers have addresses (sweep, attempt, draw) of their own in each update:
Wolff: seed of cluster c (c, SEED); the k-th bond that is tried in the sweep, through all its clusters, (k, BOND).
Swendsen-Wang: bond b (b, BOND); the bond of site i to the ghost (i, GHOST); the flip of a cluster (first site, FLIP).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from hopphys.kernels.visits import TO_UNIT, word

BOND, SEED, FLIP, GHOST = 0, 1, 1, 2  # draws
KEPT, TURNED, HELD = 0, 1, 2  # what becomes of a cluster
MOST_TRIALS = 2**31  # attempts of a sweep that have a number of their own


@njit(cache=True, inline="always")
def bond_probability(beta, coupling, product):
    """Probability 1 - exp(-2 beta |J|) that a satisfied bond (J s_i s_j > 0) is active; 0 for any other bond."""
    if coupling * product <= 0.0:  # first, because beta may be infinite and infinity times 0 is not a number
        return 0.0
    return -math.expm1(-2.0 * beta * abs(coupling))


@njit(cache=True)
def tabulate(table, couplings, beta):
    """table[k] = bond_probability for s_i s_j = -1 and +1, (kinds, 2)."""
    for k in range(couplings.size):
        table[k, 0] = bond_probability(beta, couplings[k], -1.0)
        table[k, 1] = bond_probability(beta, couplings[k], 1.0)


@njit(cache=True, inline="always")
def active(p, offset, increment, sweep, attempt, draw):
    """Whether a bond of probability p is part of a cluster."""
    return np.float64(word(offset, increment, sweep, attempt, draw) >> np.uint64(11)) * TO_UNIT < p


@njit(cache=True)
def grow(s, queue, stamp, mark, seed, trials, offset, increment, sweep, indptr, indices, kind, table):
    """Flip the cluster of `seed`: (its size, bonds tried so far). Sites are marked when they join, flipped in turn."""
    queue[0], stamp[seed] = seed, mark
    size, done = 1, 0
    while done < size:
        i = queue[done]
        done += 1
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if stamp[j] != mark:  # so it has not been flipped either
                p = table[kind[e], 1 if s[i] == s[j] else 0]
                if p > 0.0:
                    if active(p, offset, increment, sweep, trials, BOND):
                        queue[size], stamp[j] = j, mark
                        size += 1
                    trials += 1
        s[i] = -s[i]
    return size, trials


@njit(nogil=True, cache=True)
def sweep_wolff(
    state, stream, which, betas, plan, first, clusters, flips, used, grown, drawn,
    indptr, indices, kind, couplings,
):  # fmt: skip
    """`clusters` (schedules, sweeps or 1, samples) a sweep; adds sites to `flips`, `grown` and clusters to `drawn`."""
    size = state.shape[1]
    queue, stamp, mark = np.empty(size, np.int32), np.zeros(size, np.int64), 0
    table, known, tabulated = np.empty((couplings.shape[1], 2)), -1, -1.0
    for r in range(state.shape[0]):
        offset, increment, sample = stream[r, 0], stream[r, 1], min(which[r], couplings.shape[0] - 1)
        kinds = kind[min(which[r], kind.shape[0] - 1)]
        for t in range(betas.shape[1]):
            if sample != known or betas[plan[r], t] != tabulated:
                known, tabulated = sample, betas[plan[r], t]
                tabulate(table, couplings[sample], tabulated)
            trials = 0
            for c in range(clusters[plan[r], min(t, clusters.shape[1] - 1), which[r]]):
                if trials > MOST_TRIALS - kinds.size:
                    raise ValueError("a sweep tries more than 2^31 bonds, for which there are no random numbers; "
                                     "take fewer clusters a sweep")  # fmt: skip
                z = word(offset, increment, first + t, c, SEED)
                seed = np.int64(((z >> np.uint64(32)) * np.uint64(size)) >> np.uint64(32))
                mark += 1
                members, trials = grow(
                    state[r], queue, stamp, mark, seed, trials, offset, increment, first + t,
                    indptr, indices, kinds, table,
                )  # fmt: skip
                flips[r] += members
                grown[r] += members
                drawn[r] += 1
            used[r] = t + 1


@njit(cache=True)
def find(parent, i):
    """The first site of the cluster of i; halves the path on the way."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True)
def join(parent, chosen, s, offset, increment, sweep, starts, ends, kind, table):
    """Clusters of active bonds: afterwards parent[i] is the first site of the cluster of i.

    Active bonds are gathered without a branch, which would be guessed wrongly every other time, and joined afterwards.
    """
    count = np.int64(0)
    for b in range(starts.size):
        p = table[kind[b], 1 if s[starts[b]] == s[ends[b]] else 0]
        chosen[count] = b
        count += np.int64(active(p, offset, increment, sweep, b, BOND))
    for i in range(parent.size):
        parent[i] = i
    for k in range(count):
        one, other = find(parent, starts[chosen[k]]), find(parent, ends[chosen[k]])
        parent[max(one, other)] = min(one, other)
    for i in range(parent.size):
        parent[i] = parent[parent[i]]  # parents come before their children, so theirs is right already


@njit(cache=True)
def decide_clusters(fate, s, parent, offset, increment, sweep, pull):
    """Fate of each cluster at its first site: turned or kept with probability 1/2, or held by the ghost."""
    for i in range(parent.size):
        if parent[i] == i:
            fate[i] = TURNED if word(offset, increment, sweep, i, FLIP) >> np.uint64(63) else KEPT
    for i in range(pull.shape[0]):
        if active(pull[i, 1 if s[i] > 0 else 0], offset, increment, sweep, i, GHOST):
            fate[parent[i]] = HELD


@njit(cache=True)
def flip_clusters(s, parent, fate, members):
    """Flip the clusters that are turned: (sites flipped, sum of n^2 / N), what the ghost holds being one cluster."""
    flipped, held, total = np.int64(0), np.int64(0), 0.0
    members[:] = 0
    for i in range(s.size):
        turned = fate[parent[i]] == TURNED
        s[i] = -s[i] if turned else s[i]
        flipped += np.int64(turned)
        members[parent[i]] += 1
    for i in range(s.size):
        n = np.float64(members[i])
        if n > 0 and fate[i] == HELD:
            held += members[i]
        else:
            total += n * n
    return flipped, (total + np.float64(held) * held) / s.size


@njit(nogil=True, cache=True)
def sweep_swendsen_wang(
    state, stream, which, betas, plan, first, flips, used, grown, drawn, starts, ends, kind, couplings, bias
):
    """All clusters each sweep; `bias` (N,) or empty. Adds the mean cluster size of a random site to `grown`."""
    parent, members = np.empty(state.shape[1], np.int32), np.empty(state.shape[1], np.int32)
    chosen, fate = np.empty(starts.size + 1, np.int32), np.empty(state.shape[1], np.int8)
    table, pull, known, tabulated = np.empty((couplings.shape[1], 2)), np.empty((bias.size, 2)), -1, -1.0
    for r in range(state.shape[0]):
        offset, increment, sample = stream[r, 0], stream[r, 1], min(which[r], couplings.shape[0] - 1)
        kinds = kind[min(which[r], kind.shape[0] - 1)]
        for t in range(betas.shape[1]):
            if sample != known or betas[plan[r], t] != tabulated:
                known, tabulated = sample, betas[plan[r], t]
                tabulate(table, couplings[sample], tabulated)
                tabulate(pull, bias, tabulated)
            join(parent, chosen, state[r], offset, increment, first + t, starts, ends, kinds, table)
            decide_clusters(fate, state[r], parent, offset, increment, first + t, pull)
            flipped, size = flip_clusters(state[r], parent, fate, members)
            flips[r] += flipped
            grown[r] += size
            drawn[r] += 1
            used[r] = t + 1

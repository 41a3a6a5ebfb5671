"""Hopfield-Feinstein-Palmer dreams: settle from noise, subtract what was found from the couplings, again and again."""

from __future__ import annotations

import numpy as np
from numba import njit

from hopphys.kernels.visits import SHUFFLED, arrange, word

START = 2  # draw of the random start, beside the choice of the acceptance (0) and of the site (1)
SWEEPS = 1024  # sweeps of one dream at most: the dream's number and its sweep share the counter's 30 bits
DREAMS = 2**30 // SWEEPS
BITS = 64


@njit(cache=True)
def _random_spins(s, offset, increment, sweep):
    """Fill s with fair ±1, 64 to a random word."""
    for i in range(s.size):
        if i % BITS == 0:
            bits = word(offset, increment, sweep, i // BITS, START)
        s[i] = 1 if bits & np.uint64(1) else -1
        bits >>= np.uint64(1)


@njit(cache=True)
def _field(h, couplings, s):
    """h = K s, row by row in site order: a fixed order, and vectorised over i."""
    h[:] = 0
    for j in range(s.size):
        row = couplings[j]
        if s[j] > 0:
            for i in range(h.size):
                h[i] += row[i]
        else:
            for i in range(h.size):
                h[i] -= row[i]


@njit(cache=True)
def _settle(s, h, couplings, bias, visits, sites, offset, increment, first):
    """Threshold updates in shuffled order until a sweep flips nothing; ties keep. Returns the sweeps done."""
    two = h[0] * 0 + 2
    for t in range(SWEEPS):
        arrange(visits, SHUFFLED, sites, offset, increment, first + t)
        flips = 0
        for k in range(visits.size):
            i = visits[k]
            drive = (h[i] + bias[i]) * s[i]
            if drive < 0.0:
                row = couplings[i]
                if s[i] > 0:
                    for j in range(h.size):
                        h[j] -= two * row[j]
                else:
                    for j in range(h.size):
                        h[j] += two * row[j]
                s[i] = -s[i]
                flips += 1
        if flips == 0:
            return t + 1
    return SWEEPS


@njit(cache=True)
def _subtract(couplings, s):
    """K -= s s^T off the diagonal: both triangles by the same operation, so K stays symmetric bit for bit."""
    for i in range(s.size):
        row = couplings[i]
        if s[i] > 0:
            for j in range(s.size):
                row[j] -= s[j]
        else:
            for j in range(s.size):
                row[j] += s[j]
        row[i] = 0


@njit(nogil=True, cache=True)
def dream(couplings, bias, stream, first, found, energies, sweeps):
    """Dreams number first, first + 1, ... on one sample, as many as `energies` holds; K (N, N) is changed in place.

    K and bias are in units of the step rate / N, so that one dream subtracts s s^T: whole couplings stay whole, in any
    type. `found` (n, N) int8 takes the states where it has room, `energies` (n,) their -½ s·K·s - b·s before they
    were subtracted, `sweeps` (n,) how long they took.
    """
    size = bias.size
    s, h = np.empty(size, np.int8), np.empty(size, couplings.dtype)
    sites, visits = np.arange(size), np.empty(size, np.int64)
    offset, increment = stream[0], stream[1]
    for k in range(energies.size):
        start = (first + k) * SWEEPS
        _random_spins(s, offset, increment, start)
        _field(h, couplings, s)
        sweeps[k] = _settle(s, h, couplings, bias, visits, sites, offset, increment, start)
        energy = 0.0
        for i in range(size):
            energy -= s[i] * (0.5 * h[i] + bias[i])
        energies[k] = energy
        if k < found.shape[0]:
            found[k] = s
        _subtract(couplings, s)

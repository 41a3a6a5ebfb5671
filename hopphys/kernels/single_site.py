"""Single-site sweeps over replicas, one kernel per kind of interaction.

All take the same arguments: `state` (rows, N) int8 is advanced in place; `which` (rows,) is each row's disorder sample;
`betas` (schedules, sweeps) with `plan` (rows,) says each row's inverse temperature sweep by sweep; `stop` ends a row
after a sweep without a flip; `bias` is in units of the quantum, so that whole fields and biases tie exactly. They write
accepted changes into `flips` (rows,) and sweeps done into `used` (rows,).
A row depends on its own stream and on nothing else, so rows may run in any chunks on any number of threads.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hopphys.kernels.decisions import decide
from hopphys.kernels.visits import arrange


@njit(nogil=True, cache=True)
def sweep_neighbours(
    state, stream, which, free, low, high, bias, betas, plan, first, update, order, stop, flips, used,
    indptr, indices, values, quantum,
):  # fmt: skip
    """Compressed rows: the field is summed at every attempt, so nothing can drift; values (disorder, entries)."""
    visits = np.empty(free.size, np.int64)
    for r in range(state.shape[0]):
        s, weight = state[r], values[which[r]]
        offset, increment = stream[r, 0], stream[r, 1]
        for t in range(betas.shape[1]):
            arrange(visits, order, free, offset, increment, first + t)
            before = flips[r]
            for k in range(visits.size):
                i = visits[k]
                total = weight[0] * 0
                for e in range(indptr[i], indptr[i + 1]):
                    total += weight[e] * s[indices[e]]
                gap = (high[i] - low[i]) * (quantum * (total + bias[i]))
                on = s[i] == high[i]
                now = decide(update, gap, on, betas[plan[r], t], offset, increment, first + t, k)
                if now != on:
                    s[i] = high[i] if now else low[i]
                    flips[r] += 1
            used[r] = t + 1
            if stop and flips[r] == before:
                break

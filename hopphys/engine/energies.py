"""Energies of all rows at once, from the fields that a sweeper carries along where it does."""

from __future__ import annotations

import numpy as np

from hopphys.engine.compiled import patterns
from hopphys.engine.rows import Rows
from hopphys.hamiltonian import Hamiltonian, weighted_sum
from hopphys.types import Array


def energies(hamiltonian: Hamiltonian, rows: Rows) -> Array:
    """Total energy of each row, (rows,), offset included; O(N) a row where its local fields are carried along."""
    if rows.field is not None and rows.field.shape == rows.state.shape:
        counts, quantum, _ = hamiltonian.counted_bias
        s = rows.state
        inner = np.einsum("rn,rn->r", s, rows.field, dtype=float) * 0.5 + weighted_sum(s, counts)
        return np.asarray(hamiltonian.offset - quantum * inner)
    if (found := patterns.energies(hamiltonian, rows)) is not None:
        return found
    if hamiltonian.disorder is None:
        return hamiltonian.energy(rows.state)
    found = np.empty(len(rows.state))
    for d in range(hamiltonian.disorder):
        mine = np.flatnonzero(rows.which == d)
        found[mine] = hamiltonian.at(d).energy(rows.state[mine])
    return found

"""What is observed of bit-packed lattices: counts of bits, in the operations that the ordinary observables use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hopphys.engine.packed import FASTER, Packing
from hopphys.engine.packed_layout import LANES
from hopphys.engine.rows import Rows, deal
from hopphys.observables import Observable, energy, magnetisation, replica_overlap
from hopphys.types import Array


def measured(observable: Observable, rows: Rows) -> Array | None:
    """Energy, magnetisation or overlap of replicas, (beta, disorder, replica or pair); None where it takes states."""
    if rows.packed is None or rows.packed.words is None:
        return None
    if observable.function is energy.function:
        return energies(rows.packed, rows).reshape(rows.shape)
    if observable.function is magnetisation.function:
        return magnetisations(rows.packed, rows).reshape(rows.shape)
    if observable.function is replica_overlap.function and rows.shape[-1] > 1:
        return overlaps(rows.packed, rows).reshape(*rows.shape[:-1], rows.shape[-1] // 2)
    return None


def energies(packed: Packing, rows: Rows) -> Array:
    """Total energy of each row, (rows,): E = -J (bonds - 2 unsatisfied) - b M + offset."""
    from hopphys.kernels.packed_layout import count_unsatisfied

    hamiltonian, shape = packed.hamiltonian, packed.layout
    interaction, which = hamiltonian.interaction, rows.which[packed.first]
    ends, spans = 2, shape.spans
    if len(shape.colours) == 3:  # of two colours, the first has one end of every bond
        ends, spans = 1, shape.spans[: shape.colours[1]]
    words = packed.pack(rows)
    bonds = (spans, shape.table, shape.runs, shape.signs)
    unsatisfied = _counts(packed, lambda g, found: count_unsatisfied(words[g], which[g], *bonds, found))
    pairs = shape.unit * (len(interaction.bonds) - 2.0 * (packed.by_row(unsatisfied) // ends))
    energy = -interaction.quantum * pairs
    if hamiltonian.bias[0] != 0:
        energy = energy - hamiltonian.bias[0] * (2.0 * _up(packed, rows) - hamiltonian.size)
    return np.asarray(energy + hamiltonian.offset)


def magnetisations(packed: Packing, rows: Rows) -> Array:
    """sum of s / N of each row, (rows,)."""
    size = packed.hamiltonian.size
    return np.asarray((2.0 * _up(packed, rows) - size) / size)


def overlaps(packed: Packing, rows: Rows) -> Array:
    """s . s' / N of replicas 2k and 2k + 1, (beta x disorder x pair,)."""
    from hopphys.kernels.packed_layout import count_unequal_groups, count_unequal_lanes

    words, size = packed.pack(rows)[:, : packed.layout.words], packed.hamiltonian.size
    if packed.layout.stride:
        replicas = rows.shape[-1]
        pairs = words.reshape(-1, replicas, words.shape[1])[:, : replicas // 2 * 2]
        one, other = (pairs[:, k::2].reshape(-1, words.shape[1]) for k in (0, 1))
        found = np.zeros((len(one), LANES), np.int64)
        count_unequal_groups(one, other, found)
        return np.asarray((size - 2.0 * found.sum(axis=-1)) / size)
    found = _counts(packed, lambda g, out: count_unequal_lanes(words[g], out))
    paired = np.arange(0, LANES, 2) + 1 < packed.count[:, None]
    return np.asarray((size - 2.0 * found[:, ::2][paired]) / size)


def _up(packed: Packing, rows: Rows) -> Array:
    """Spins that are up in each row."""
    from hopphys.kernels.packed_layout import count_up

    words = packed.pack(rows)[:, : packed.layout.words]
    return packed.by_row(_counts(packed, lambda g, found: count_up(words[g], found)))


def _counts(packed: Packing, count: Callable[[slice, Array], Any]) -> Array:
    """Counts of each lane, (groups, 64); groups are dealt over the threads."""
    groups = len(packed.first)
    found = np.zeros((groups, LANES), np.int64)
    deal(lambda g: count(g, found[g]), groups, groups * packed.layout.words * LANES // FASTER)
    return found

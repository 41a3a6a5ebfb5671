"""Dense and directed couplings: local fields are carried along."""

from __future__ import annotations

from typing import Any

import numpy as np

from hopphys.engine.compiled import Compiled
from hopphys.engine.rows import Rows, deal
from hopphys.interactions import Dense, Directed
from hopphys.types import Array

CARRIED = 1e-9  # largest rounding, beside the largest field, that a carried field gathers in 10^9 flips

SHORT = 2**15  # fields below it fit into 16 bits


def fit(interaction: Dense | Directed) -> Compiled:
    from hopphys.kernels import dense

    kind = _kind(interaction)
    counts = np.atleast_3d(interaction.counts.T).T if interaction.counts.ndim == 2 else interaction.counts
    couplings = np.ascontiguousarray(counts, dtype=kind)
    columns = couplings
    if isinstance(interaction, Directed):
        columns = np.ascontiguousarray(np.swapaxes(couplings, -1, -2))

    def arguments(rows: Rows, part: slice) -> tuple[Any, ...]:
        if rows.field is None:
            rows.field = _carried(rows, np.zeros(rows.state.shape, kind), columns)
        return rows.field[part], columns, interaction.quantum

    return Compiled(dense.sweep_dense, arguments)


def _kind(interaction: Dense | Directed) -> type[np.generic]:
    """The smallest type that holds every field there can be; half the bytes are 1.5 times the speed of a flip."""
    if not interaction.integer:
        return np.float64
    largest = np.abs(interaction.counts).sum(axis=-1).max()
    return np.int16 if largest < SHORT else np.int32


def _carried(rows: Rows, fresh: Array, columns: Array) -> Array:
    """Fields of the present states; those of an earlier run where they are the same but for the rounding they carry."""
    from hopphys.kernels.dense import dense_field

    deal(
        lambda p: dense_field(fresh[p], rows.state[p], columns, rows.which[p]),
        len(fresh),
        fresh.size * fresh.shape[1],
    )
    earlier = rows.earlier_field
    if earlier is None or earlier.shape != fresh.shape or fresh.dtype != np.float64:
        return fresh
    return earlier.copy() if np.abs(earlier - fresh).max() <= CARRIED * np.abs(fresh).max() else fresh

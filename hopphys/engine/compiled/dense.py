"""Dense and directed couplings: local fields are carried along."""

from __future__ import annotations

from typing import Any

import numpy as np

from hopphys.engine.compiled import Compiled
from hopphys.engine.rows import Rows, deal
from hopphys.interactions import Dense, Directed
from hopphys.types import Array

CARRIED = 1e-9  # largest rounding, beside the largest field, that a carried field gathers in 10^9 flips


def fit(interaction: Dense | Directed) -> Compiled:
    from hopphys.kernels import single_site

    kind = np.int32 if interaction.integer else np.float64
    counts = np.atleast_3d(interaction.counts.T).T if interaction.counts.ndim == 2 else interaction.counts
    couplings = np.ascontiguousarray(counts, dtype=kind)
    columns = couplings
    if isinstance(interaction, Directed):
        columns = np.ascontiguousarray(np.swapaxes(couplings, -1, -2))

    def arguments(rows: Rows, part: slice) -> tuple[Any, ...]:
        if rows.field is None:
            rows.field = _carried(rows, np.zeros(rows.state.shape, kind), couplings)
        return rows.field[part], columns, interaction.quantum

    return Compiled(single_site.sweep_dense, arguments)


def _carried(rows: Rows, fresh: Array, couplings: Array) -> Array:
    """Fields of the present states; those of an earlier run where they are the same but for the rounding they carry."""
    from hopphys.kernels.single_site import dense_field

    deal(
        lambda p: dense_field(fresh[p], rows.state[p], couplings, rows.which[p]),
        len(fresh),
        fresh.size * fresh.shape[1],
    )
    earlier = rows.earlier_field
    if earlier is None or earlier.shape != fresh.shape or fresh.dtype != np.float64:
        return fresh
    return earlier.copy() if np.abs(earlier - fresh).max() <= CARRIED * np.abs(fresh).max() else fresh

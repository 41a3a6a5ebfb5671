"""Dense and directed couplings: local fields are carried along, or made by blocks where flips are many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hopphys.engine.compiled import Compiled, blocked
from hopphys.engine.rows import Rows, deal
from hopphys.interactions import Dense, Directed
from hopphys.types import Array

CARRIED = 1e-9  # largest rounding, beside the largest field, that a carried field gathers in 10^9 flips
SHORT = 2**15  # fields below it fit into 16 bits


def fit(interaction: Dense | Directed) -> Compiled:
    largest = float(np.abs(interaction.counts).sum(axis=-1).max()) if interaction.integer else np.inf
    kind = _kind(largest)
    counts = np.atleast_3d(interaction.counts.T).T if interaction.counts.ndim == 2 else interaction.counts
    couplings = np.ascontiguousarray(counts, dtype=kind)
    columns = couplings
    if isinstance(interaction, Directed):
        columns = np.ascontiguousarray(np.swapaxes(couplings, -1, -2))

    def arguments(rows: Rows, part: slice) -> tuple[Any, ...]:
        if rows.field is None:
            rows.field = _carried(rows, np.zeros(rows.state.shape, kind), columns)
        return rows.field[part], columns, interaction.quantum, largest, rows.tried

    return Compiled(_sweep, arguments)


def _kind(largest: float) -> type[np.generic]:
    """The smallest type that holds every field there can be; half the bytes are 1.5 times the speed of a flip."""
    if largest == np.inf:
        return np.float64
    return np.int16 if largest < SHORT else np.int32


def _sweep(*arguments: Any) -> None:
    """Fields carried along, or blocks of sites: whole couplings make the same bits either way."""
    from hopphys.kernels import dense
    from hopphys.kernels.rules import THRESHOLD
    from hopphys.kernels.visits import GIVEN

    carried: Callable[..., None] = dense.sweep_dense
    *common, field, columns, quantum, largest, tried = arguments
    free, (update, order, stop) = common[3], common[10:13]
    ordered = order == GIVEN and update != THRESHOLD and not stop
    if ordered and blocked.possible(columns, largest, len(field), free):
        blocked.sweep(carried, tuple(common), field, columns, quantum, tried)
    else:
        carried(*common, field, columns, quantum)


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

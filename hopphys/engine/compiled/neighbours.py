"""Bonds between neighbours: the field is summed at every attempt."""

from __future__ import annotations

from typing import Any

import numpy as np

from hopphys.engine.compiled import Compiled
from hopphys.interactions import Neighbours

GRAIN = 32  # rows side by side that fill the vector registers; 64 reads are still work for two threads


def fit(interaction: Neighbours) -> Compiled:
    indptr, indices, bonds = interaction.adjacency()
    kind = np.int32 if interaction.integer else np.float64
    values = np.ascontiguousarray(np.atleast_2d(interaction.counts)[:, bonds], dtype=kind)
    fixed = (indptr, indices, values, interaction.quantum)
    return Compiled(_sweep, lambda rows, part: fixed, grain=GRAIN)


def _sweep(*arguments: Any) -> None:
    """Rows side by side where all visit the sites in one order; one after another where each has its own."""
    from hopphys.kernels import side_by_side, single_site
    from hopphys.kernels.rules import THRESHOLD
    from hopphys.kernels.visits import GIVEN

    update, order, stop = arguments[10:13]
    together = order == GIVEN and update != THRESHOLD and not stop
    (side_by_side.sweep_neighbours_together if together else single_site.sweep_neighbours)(*arguments)

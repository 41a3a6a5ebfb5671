"""Bonds between neighbours: the field is summed at every attempt."""

from __future__ import annotations

import numpy as np

from hopphys.engine.compiled import Compiled
from hopphys.interactions import Neighbours


def fit(interaction: Neighbours) -> Compiled:
    from hopphys.kernels import single_site

    indptr, indices, bonds = interaction.adjacency()
    kind = np.int32 if interaction.integer else np.float64
    values = np.ascontiguousarray(np.atleast_2d(interaction.counts)[:, bonds], dtype=kind)
    fixed = (indptr, indices, values, interaction.quantum)
    return Compiled(single_site.sweep_neighbours, lambda rows, part: fixed)

"""Isoenergetic cluster moves between the two copies of a tempering run, at every rung.

Copies s and s' at one temperature exchange a connected cluster of sites on which they differ. Pairs inside it change
places, and at its edge s_j = s'_j, so E(s) + E(s') stays as it is and the move is accepted always; the sites that
differ stay the same ones, so the cluster is as likely on the way back (Houdayer 2001, Eur. Phys. J. B 22, 479; Zhu,
Ochoa & Katzgraber 2015, Phys. Rev. Lett. 115, 077201). It helps where the sites that differ do not percolate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hopphys.engine.rows import Rows, deal
from hopphys.hamiltonian import Hamiltonian
from hopphys.interactions import Neighbours
from hopphys.types import Array

MOST = 2**20  # moves of a step: those of all rungs are numbered in 32 bits


def moves_a_step(isoenergetic: Any) -> int:
    """Cluster moves an exchange step: True is one, False none. Raises ValueError for what is no such number."""
    if isinstance(isoenergetic, (bool, np.bool_)):
        return int(isoenergetic)
    if not isinstance(isoenergetic, (int, np.integer)) or isoenergetic < 0:
        raise ValueError(
            f"isoenergetic must be True, False or a number of moves an exchange step, but it is {isoenergetic!r}"
        )
    if isoenergetic > MOST:
        raise ValueError(f"isoenergetic must be at most {MOST} moves an exchange step, but it is {isoenergetic!r}")
    return int(isoenergetic)


def require_clusters(hamiltonian: Hamiltonian) -> None:
    """Raise ValueError where clusters are everything or do not keep the energy."""
    if not isinstance(hamiltonian.interaction, Neighbours) or not hamiltonian.two_level:
        raise ValueError(
            "isoenergetic moves need two-level sites on a graph of bonds (hp.ising or hp.spin_glass on a lattice), but "
            f"this interaction is {type(hamiltonian.interaction).__name__}: where every pair is coupled the cluster is "
            "every site that differs; use isoenergetic=False"
        )


@dataclass(eq=False)
class Clusters:
    """Bonds, and one stream (disorder x replica, 2) for the pair of copies of each run, whose rungs are addresses."""

    interaction: Neighbours
    stream: Array
    moves: int
    rungs: int
    sizes: Array = field(init=False)  # sites exchanged so far, (rungs, disorder x replica)
    steps: int = 0

    def __post_init__(self) -> None:
        indptr, indices, bonds = self.interaction.adjacency()
        self.bonds = (indptr, indices, np.ascontiguousarray(np.atleast_2d(self.interaction.counts)[:, bonds]))
        self.sizes = np.zeros((self.rungs, len(self.stream)), np.int64)

    @property
    def fraction(self) -> Array:
        """Mean share of the sites that a move exchanged, (rungs, disorder x replica)."""
        return np.asarray(self.sizes / (max(1, self.steps * self.moves) * self.interaction.size))

    def move(self, rows: Rows, at: Array, sweep: int) -> None:
        """Exchange clusters in place; `at` (rungs, chains) is the row at each rung, chains ordered copy first."""
        from hopphys.kernels.isoenergetic import exchange_clusters

        runs = len(self.stream)
        first, second = np.ascontiguousarray(at[:, :runs]).ravel(), np.ascontiguousarray(at[:, runs:]).ravel()
        stream, rung = np.tile(self.stream, (self.rungs, 1)), np.repeat(np.arange(self.rungs), runs)
        sizes = self.sizes.reshape(-1)

        def work(p: slice) -> None:
            exchange_clusters(
                rows.state, first[p], second[p], rows.which[first[p]], stream[p], rung[p], sweep, self.moves,
                *self.bonds, sizes[p],
            )  # fmt: skip

        deal(work, first.size, first.size * rows.state.shape[1] * self.moves)
        rows.field = None  # whatever a sweeper carries belongs to the states before
        self.steps += 1

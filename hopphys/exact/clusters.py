"""Cluster sweeps as matrices: the sum over all ways in which bonds can be active.

What a sweep does depends on the active bonds through the partition of the sites into clusters alone. Bond by bond, the
law of that partition is carried along for every state at once, with the probability that the kernels call.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hopphys.dynamics import Dynamics
from hopphys.engine.clusters import pairs
from hopphys.exact.listing import state_index, states
from hopphys.hamiltonian import Hamiltonian
from hopphys.interactions import Dense, Neighbours
from hopphys.kernels.clusters import bond_probability
from hopphys.types import Array

MOST = 2**22  # partitions times states: 32 MB
Partition = tuple[int, ...]  # the first site of the cluster of each site


def cluster_matrix(hamiltonian: Hamiltonian, dynamics: Dynamics, beta: float) -> Array:
    """One sweep of clusters from every state to every state, (S, S); beta may be infinite.

    Wolff: the n-th power of one cluster. Swendsen-Wang: one sweep, with a ghost spin where there is a field. Raises
    ValueError for Wolff without a number of clusters, and where sites can be joined in too many ways to be listed.
    """
    if dynamics.update == "wolff" and dynamics.clusters is None:
        raise ValueError(
            "wolff without a number of clusters measures how many make a sweep, which no matrix knows; "
            "give it, as in hp.wolff(clusters=2)"
        )
    chain = _Chain(hamiltonian, beta, states(hamiltonian))
    if dynamics.update == "swendsen_wang":
        return chain.all_at_once()
    return np.asarray(np.linalg.matrix_power(chain.one_cluster(), dynamics.clusters or 1))


@dataclass(frozen=True, eq=False)
class _Chain:
    hamiltonian: Hamiltonian
    beta: float
    states: Array

    def one_cluster(self) -> Array:
        """The cluster of a random site flips: one of n sites is chosen with probability n / N."""
        matrix = np.zeros((len(self.states), len(self.states)))
        for partition, weight in self.partitions().items():
            labels = partition[:-1]  # the ghost is on its own, and no cluster starts there
            for cluster in set(labels):
                members = np.array(labels) == cluster
                self._add(matrix, np.where(members, -1, 1), weight * members.mean())
        return matrix

    def all_at_once(self) -> Array:
        """Each cluster flips with probability 1/2; that of the ghost, the last site of a partition, stays."""
        matrix = np.zeros((len(self.states), len(self.states)))
        for labels, weight in self.partitions().items():
            clusters = sorted(set(labels) - {labels[-1]})
            for turned in range(2 ** len(clusters)):
                flipped = [c for k, c in enumerate(clusters) if turned >> k & 1]
                self._add(matrix, np.where(np.isin(labels[:-1], flipped), -1, 1), weight / 2 ** len(clusters))
        return matrix

    def _add(self, matrix: Array, signs: Array, weight: Array) -> None:
        start = np.arange(len(self.states))
        matrix[start, state_index(self.hamiltonian, self.states * signs)] += weight

    def partitions(self) -> dict[Partition, Array]:
        """Probability, from each state (S,), of every partition of the sites and the ghost."""
        size = self.hamiltonian.size
        known = {tuple(range(size + 1)): np.ones(len(self.states))}
        for i, j, p in self._bonds():
            grown: dict[Partition, Array] = {}
            for labels, weight in known.items():
                for after, share in ((labels, 1.0 - p), (_joined(labels, i, j), p)):
                    if share.any():
                        grown[after] = grown.get(after, 0.0) + weight * share
            if len(grown) * len(self.states) > MOST:
                raise ValueError(
                    f"{size} sites with {len(list(self._bonds()))} bonds can be joined in too many ways to be listed; "
                    "a matrix of clusters is for some eight sites, or more on a chain"
                )
            known = grown
        return known

    def _bonds(self) -> list[tuple[int, int, Array]]:
        """Ends of each bond, the ghost being site N, and the probability (S,) that it is active."""
        interaction, spins = self.hamiltonian.interaction, self.states
        if isinstance(interaction, Dense):
            interaction = pairs(interaction)
        assert isinstance(interaction, Neighbours)
        found = [
            (i, j, self._probability(weight, spins[:, i] * spins[:, j]))
            for (i, j), weight in zip(interaction.bonds.tolist(), interaction.weights.tolist(), strict=True)
        ]
        fields = [(i, spins.shape[1], self._probability(b, spins[:, i])) for i, b in enumerate(self.hamiltonian.bias)]
        return found + fields

    def _probability(self, coupling: float, product: Array) -> Array:
        one, other = (bond_probability(self.beta, coupling, sign) for sign in (1.0, -1.0))
        return np.asarray(np.where(product > 0, one, other))


def _joined(labels: Partition, i: int, j: int) -> Partition:
    one, other = sorted((labels[i], labels[j]))
    return tuple(one if label == other else label for label in labels)

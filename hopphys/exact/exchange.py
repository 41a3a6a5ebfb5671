"""Parallel tempering as a Markov chain on listed states, from the very functions that the engine calls.

A joint state is one state at each rung; its number counts like that of a state, with the last rung changing fastest:
index = (... index_0 S + index_1) S + ..., over the S states of `states`. T[a, b] is the probability to go from a to b.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from hopphys.checks import inverse_temperature
from hopphys.dynamics import Dynamics
from hopphys.engine.exchange import exchange_probability
from hopphys.engine.isoenergetic import require_clusters
from hopphys.engine.ladders import require_ladder
from hopphys.exact import chains
from hopphys.exact.enumeration import distribution
from hopphys.exact.listing import alphabets, count, states
from hopphys.hamiltonian import Hamiltonian
from hopphys.memory import require
from hopphys.types import Array, ArrayLike

MOST = 2**12  # joint states: a matrix of 134 MB


def joint_distribution(hamiltonian: Hamiltonian, beta: ArrayLike) -> Array:
    """Product over the rungs of exp(-beta_k E(s_k)) / Z_k, (S^rungs,); at beta = infinity equal over ground states.

    Raises ValueError for what is no ladder, and for more than 2^12 joint states.
    """
    return reduce(np.kron, [_law(hamiltonian, b) for b in _ladder(hamiltonian, beta)])


def exchange_matrix(hamiltonian: Hamiltonian, beta: ArrayLike, parity: int) -> Array:
    """Exchanges of the pairs of rungs (parity, parity + 1), (parity + 2, parity + 3), ..., (S^rungs, S^rungs)."""
    betas = _ladder(hamiltonian, beta)
    energies, size = hamiltonian.energy(states(hamiltonian)), _states(hamiltonian)
    matrix = np.eye(size ** len(betas))
    for low in range(parity, len(betas) - 1, 2):
        matrix = matrix @ _one_exchange(energies, betas, low)
    return matrix


def tempering_matrix(hamiltonian: Hamiltonian, dynamics: Dynamics, beta: ArrayLike, exchange_every: int = 1) -> Array:
    """One full turn of `temper`: sweeps at every rung, even exchanges, sweeps again, odd exchanges."""
    sweeps = np.linalg.matrix_power(sweep_matrix(hamiltonian, dynamics, beta), exchange_every)
    even, odd = (exchange_matrix(hamiltonian, beta, parity) for parity in (0, 1))
    return np.asarray(sweeps @ even @ sweeps @ odd)


def sweep_matrix(hamiltonian: Hamiltonian, dynamics: Dynamics, beta: ArrayLike) -> Array:
    """One sweep at every rung, the rungs on their own, (S^rungs, S^rungs)."""
    return reduce(np.kron, [_sweep(hamiltonian, dynamics, b) for b in _ladder(hamiltonian, beta)])


def isoenergetic_matrix(hamiltonian: Hamiltonian) -> Array:
    """One cluster exchange between two copies at the same temperature, (S^2, S^2), at any temperature the same.

    Raises ValueError where the interaction has no bonds that a cluster could follow.
    """
    require_clusters(hamiltonian)
    listed, size = states(hamiltonian), _states(hamiltonian)
    _require_room(size**2)
    numbers = {state.tobytes(): index for index, state in enumerate(listed)}
    matrix = np.zeros((size**2, size**2))
    for a, one in enumerate(listed):
        for b, other in enumerate(listed):
            pairs = _clusters(hamiltonian, one, other) or [(one, other)]
            for new, changed in pairs:
                target = numbers[new.tobytes()] * size + numbers[changed.tobytes()]
                matrix[a * size + b, target] += 1.0 / len(pairs)
    return matrix


def _clusters(hamiltonian: Hamiltonian, one: Array, other: Array) -> list[tuple[Array, Array]]:
    """What the kernel makes of two states, for each site that the cluster may grow from."""
    from hopphys.kernels.isoenergetic import grow

    indptr, indices, bonds = hamiltonian.interaction.adjacency()
    weight = hamiltonian.interaction.counts[bonds]
    found = []
    for seed in np.flatnonzero(one != other):
        member, queue = np.zeros(one.size, bool), np.empty(one.size, np.int64)
        cluster = queue[: grow(member, queue, seed, one, other, indptr, indices, weight)]
        new, changed = one.copy(), other.copy()
        new[cluster], changed[cluster] = other[cluster], one[cluster]
        found.append((new, changed))
    return found


def _one_exchange(energies: Array, betas: Array, low: int) -> Array:
    """Rungs `low` and `low + 1` exchange their states or do not."""
    size, rungs = len(energies), len(betas)
    joint = np.stack(np.unravel_index(np.arange(size**rungs), (size,) * rungs))
    swapped = joint.copy()
    swapped[[low, low + 1]] = joint[[low + 1, low]]
    p = exchange_probability(betas[low], betas[low + 1], energies[joint[low]], energies[joint[low + 1]])
    matrix, start = np.diag(1.0 - p), np.arange(size**rungs)
    matrix[start, np.ravel_multi_index(tuple(swapped), (size,) * rungs)] += p
    return matrix


def _sweep(hamiltonian: Hamiltonian, dynamics: Dynamics, beta: float) -> Array:
    if np.isfinite(beta):
        return chains.transition_matrix(hamiltonian, dynamics, beta)
    chains._require_chain(hamiltonian, dynamics)
    return chains._ORDERS[dynamics.order](chains._Sweep(hamiltonian, dynamics, beta, states(hamiltonian)))


def _law(hamiltonian: Hamiltonian, beta: float) -> Array:
    if np.isfinite(beta):
        return distribution(hamiltonian, beta)
    energy = hamiltonian.energy(states(hamiltonian))
    ground = energy - energy.min() <= 1e-12 * np.abs(energy).max()
    return np.asarray(ground / ground.sum())


def _ladder(hamiltonian: Hamiltonian, beta: ArrayLike) -> Array:
    betas = require_ladder(np.atleast_1d(inverse_temperature(beta, None)))
    _require_room(_states(hamiltonian) ** len(betas))
    return betas


def _states(hamiltonian: Hamiltonian) -> int:
    return count(alphabets(hamiltonian))


def _require_room(joint: int) -> None:
    if joint > MOST:
        raise ValueError(f"{joint:,} joint states are too many for a matrix; at most {MOST:,}: fewer sites or rungs")
    require(32 * joint**2, f"a matrix of {joint:,} joint states", "take fewer sites or rungs")

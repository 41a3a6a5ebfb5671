"""Annealed weights and resampling on listed states, from the very functions that the engine calls.

The mean weight must be Z / Z_0 exactly, whatever the sweeps between the steps, and resampling must leave it so.
"""

from __future__ import annotations

from functools import reduce
from itertools import pairwise

import numpy as np

from hopphys.dynamics import Dynamics
from hopphys.engine.resampling import cumulated, parents
from hopphys.engine.weights import log_weights, require_steps
from hopphys.exact.chains import transition_matrix
from hopphys.exact.listing import states
from hopphys.hamiltonian import Hamiltonian
from hopphys.memory import require
from hopphys.types import Array, ArrayLike

MOST = 2**12  # joint states of a population


def annealed_weights(
    hamiltonian: Hamiltonian, dynamics: Dynamics, beta: ArrayLike, sweeps: int = 1, power: int = 1
) -> Array:
    """Mean of weight^power by the state an annealed run ends in, (S,); for power 1 it is exp(-beta E) / Z_0.

    One run: a uniform state, then at each step its weight and `sweeps` sweeps. The sum is the mean over all runs, so
    powers 1 and 2 give the variance of the weights.
    """
    betas = require_steps(np.asarray(beta, dtype=float), "an annealed run")
    energies = hamiltonian.energy(states(hamiltonian))
    mean = np.full(len(energies), 1.0 / len(energies))
    for before, after in pairwise(betas.tolist()):
        matrix = np.linalg.matrix_power(transition_matrix(hamiltonian, dynamics, after), sweeps)
        mean = (mean * np.exp(power * log_weights(before, after, energies))) @ matrix
    return mean


def resampled(log_weight: Array) -> list[tuple[float, Array]]:
    """Every outcome of one resampling: (probability, parents (P,)), over the uniform number that decides it."""
    jumps = np.unique(np.concatenate([[0.0, 1.0], np.mod(cumulated(log_weight), 1.0)]))
    middles = 0.5 * (jumps[1:] + jumps[:-1])
    return [(float(p), parents(log_weight, float(u))) for p, u in zip(np.diff(jumps), middles, strict=True)]


def population_weights(
    hamiltonian: Hamiltonian, dynamics: Dynamics, beta: ArrayLike, walkers: int, sweeps: int = 1
) -> Array:
    """Mean of (product of mean weights) x (share of the walkers in each state) at the end, (S,): exp(-beta E) / Z_0.

    By the chain of all S^walkers joint states; the last walker's state changes fastest. Raises ValueError for more than
    2^12 of them.
    """
    betas = require_steps(np.asarray(beta, dtype=float), "a population")
    energies = hamiltonian.energy(states(hamiltonian))
    size, number = len(energies), len(energies) ** walkers
    if number > MOST:
        raise ValueError(f"{number:,} joint states are too many for a matrix; at most {MOST:,}: fewer sites or walkers")
    require(24 * number**2, f"a matrix of {number:,} joint states", "take fewer sites or walkers")
    joint = np.stack(np.unravel_index(np.arange(number), (size,) * walkers), axis=-1)
    mean = np.full(number, 1.0 / number)
    for before, after in pairwise(betas.tolist()):
        mean = _resample(mean, joint, log_weights(before, after, energies[joint]), size)
        sweep = np.linalg.matrix_power(transition_matrix(hamiltonian, dynamics, after), sweeps)
        mean = mean @ reduce(np.kron, [sweep] * walkers)
    found = np.zeros(size)
    for walker in range(walkers):
        np.add.at(found, joint[:, walker], mean / walkers)
    return found


def _resample(mean: Array, joint: Array, log_weight: Array, size: int) -> Array:
    """Each joint state goes on, with its mean weight, to all that resampling makes of it."""
    after = np.zeros_like(mean)
    for state, weight, share in zip(joint, log_weight, mean, strict=True):
        for probability, chosen in resampled(weight):
            target = np.ravel_multi_index(tuple(state[chosen]), (size,) * len(state))
            after[target] += share * np.exp(weight).mean() * probability
    return after

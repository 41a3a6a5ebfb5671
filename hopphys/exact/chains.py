"""The Markov chain of one sweep as a matrix, from the very functions that the sweepers call.

A matrix from a second formula would prove nothing about the sampler: the chance of a site's new level comes from
`kernels.rules` and its gap from the `Hamiltonian`, as in the engine. T[a, b] is the probability to go from state a to
state b in the order of `states`, so a law p (S,) after one sweep is p @ T.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np

from hopphys.checks import one_beta
from hopphys.dynamics import Dynamics, require_meaning, visiting_order
from hopphys.engine.reference import drives
from hopphys.exact.clusters import cluster_matrix
from hopphys.exact.listing import alphabets, count, states
from hopphys.hamiltonian import Hamiltonian
from hopphys.kernels.elementwise import probability_on
from hopphys.kernels.rules import UPDATES, probability_levels
from hopphys.memory import require
from hopphys.types import Array

MOST = 2**12  # states: a matrix of 134 MB
LAYER = 2**24  # entries of the subset sums held at once


def transition_matrix(
    hamiltonian: Hamiltonian, dynamics: Dynamics, beta: float | None = None, *, temperature: float | None = None
) -> Array:
    """One sweep from every state to every state, (S, S), rows summing to 1.

    random: (1/n sum_i P_i)^n over the n free sites; sequential and blocks: the product of the P_i in visiting order;
    shuffled: the mean of that product over all n! orders (half a minute for ten sites, a second for eight);
    synchronous and partial(p): every site at once; clusters: the sum over the ways in which bonds can be active.

    Give beta or temperature, infinite beta too; threshold updates need neither. Raises ValueError for update 'mean' and
    for user-defined moves, which are no chains on listed states, and for more than 2^12 states (ten two-level sites
    take 8 MB).
    """
    _require_chain(hamiltonian, dynamics)
    given = beta is not None or temperature is not None
    at = one_beta(beta, temperature) if dynamics.needs_beta or given else 0.0
    number = count(alphabets(hamiltonian))
    if number > MOST:
        raise ValueError(f"a transition matrix of {number:,} states is too large to be useful; at most {MOST:,}")
    require(32 * number**2, f"a transition matrix of {number:,} states", "take fewer sites")
    if dynamics.clustered:
        return cluster_matrix(hamiltonian, dynamics, at)
    sweep = _Sweep(hamiltonian, dynamics, at, states(hamiltonian))
    return _ORDERS[dynamics.order](sweep)


def _require_chain(hamiltonian: Hamiltonian, dynamics: Dynamics) -> None:
    require_meaning(hamiltonian, dynamics)
    if dynamics.moves is not None:
        raise ValueError(
            "user-defined moves draw their proposals from random numbers and cannot be listed; sample them"
        )
    if dynamics.update == "mean":
        raise ValueError(
            "update 'mean' moves a site to a value between its levels, so its states cannot be listed; "
            "a transition matrix needs heat_bath, metropolis or threshold"
        )


@dataclass(frozen=True, eq=False)
class _Sweep:
    hamiltonian: Hamiltonian
    dynamics: Dynamics
    beta: float
    states: Array

    @property
    def sites(self) -> Array:
        return visiting_order(self.hamiltonian, self.dynamics)

    @property
    def size(self) -> int:
        return len(self.states)

    def laws(self, sites: Array) -> list[Array]:
        """For each site, the probability (S, q) of its levels after one attempt from each state."""
        if all(self.hamiltonian.spaces[site].two_level for site in sites):
            return self._two_level(sites)
        return [self._two_level(sites[k : k + 1])[0] if self._is_two_level(site) else self._many(site)
                for k, site in enumerate(sites.tolist())]  # fmt: skip

    def _is_two_level(self, site: int) -> bool:
        return self.hamiltonian.spaces[site].two_level

    def _two_level(self, sites: Array) -> list[Array]:
        gap = drives(self.hamiltonian, self.states, sites)
        _, high = self.hamiltonian.site_levels(sites)
        on = probability_on(UPDATES[self.dynamics.update], gap, self.states[:, sites] == high, self.beta)
        return [np.stack([1.0 - p, p], axis=-1) for p in on.T]

    def _many(self, site: int) -> Array:
        energies = self.hamiltonian.level_energies(self.states, site)
        present = self.levels_of(site)
        return probability_levels(UPDATES[self.dynamics.update], energies, present, np.full(self.size, self.beta))

    def levels_of(self, site: int) -> Array:
        """Index of the level that each state has at a site, (S,)."""
        return np.asarray(
            (self.states[:, site, None] == np.array(self.hamiltonian.spaces[site].levels)).argmax(axis=-1)
        )

    def steps(self) -> list[_Step]:
        """One attempt at each site of the sweep, in visiting order."""
        places = [level.size for level in alphabets(self.hamiltonian)]
        after = [int(np.prod(places[site + 1 :])) for site in range(len(places))]
        laws = [self.laws(self.sites[k : k + 1])[0] for k in range(self.sites.size)]
        return [_Step(law, places[site], after[site]) for law, site in zip(laws, self.sites.tolist(), strict=True)]


@dataclass(frozen=True, eq=False)
class _Step:
    """Attempt at one site: `law` (S, q); states with the same other sites are `after` apart."""

    law: Array
    levels: int
    after: int

    def __call__(self, rows: Array) -> Array:
        """rows (R, S) @ P_i, with the few entries that a row of P_i has."""
        shape = (-1, self.levels, self.after)
        old, law = rows.reshape(len(rows), *shape), self.law.reshape(*shape, self.levels)
        new = np.empty_like(old)
        for level in range(self.levels):
            np.multiply(old[:, :, 0], law[:, 0, :, level], out=new[:, :, level])
            for was in range(1, self.levels):
                new[:, :, level] += old[:, :, was] * law[:, was, :, level]
        return new.reshape(rows.shape)


def _random(sweep: _Sweep) -> Array:
    identity, steps = np.eye(sweep.size), sweep.steps()
    if not steps:
        return identity
    mean = sum((step(identity) for step in steps), np.zeros_like(identity)) / len(steps)
    return np.asarray(np.linalg.matrix_power(mean, len(steps)))


def _ordered(sweep: _Sweep) -> Array:
    matrix = np.eye(sweep.size)
    for step in sweep.steps():
        matrix = step(matrix)
    return matrix


def _shuffled(sweep: _Sweep) -> Array:
    """Mean over permutations without listing them.

    A(V) = (1/|V|) sum over i in V of A(V without i) P_i is the mean over the orders of the subset V: 2^n subsets
    instead of n! orders. Rows of the matrix are independent, so they are done a few at a time.
    """
    steps, identity = sweep.steps(), np.eye(sweep.size)
    widest = max(1, 2 * comb(len(steps), len(steps) // 2))
    height = max(1, LAYER // (widest * sweep.size))
    return np.concatenate([_over_subsets(steps, identity[r : r + height]) for r in range(0, sweep.size, height)])


def _over_subsets(steps: list[_Step], rows: Array) -> Array:
    layer = {0: rows}
    for size in range(1, len(steps) + 1):
        grown: dict[int, Array] = {}
        for subset, matrix in layer.items():
            for i in (i for i in range(len(steps)) if not subset >> i & 1):
                _add(grown, subset | 1 << i, steps[i](matrix))
        layer = {subset: matrix / size for subset, matrix in grown.items()}
    return layer[(1 << len(steps)) - 1]


def _add(sums: dict[int, Array], subset: int, matrix: Array) -> None:
    if subset in sums:
        sums[subset] += matrix
    else:
        sums[subset] = matrix


def _parallel(sweep: _Sweep) -> Array:
    """Sites move at once, each seeing the old state: a product of one-site laws, row by row."""
    matrix, sites = np.ones((sweep.size, 1)), sweep.sites
    fraction = sweep.dynamics.fraction
    for site, law in zip(sites.tolist(), sweep.laws(sites), strict=True):
        if fraction is not None:
            stay = np.arange(law.shape[-1]) == sweep.levels_of(site)[:, None]
            law = fraction * law + (1.0 - fraction) * stay
        matrix = (matrix[:, :, None] * law[:, None, :]).reshape(sweep.size, -1)
    return matrix


_ORDERS = {
    "random": _random,
    "sequential": _ordered,
    "blocks": _ordered,
    "shuffled": _shuffled,
    "synchronous": _parallel,
    "partial": _parallel,
}

"""Thermal averages as sums over all states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hopphys.checks import finite_beta
from hopphys.exact.listing import alphabets, blocks, count, states
from hopphys.hamiltonian import Hamiltonian
from hopphys.memory import require
from hopphys.types import Array

SAME = 1e-11  # relative distance below which two energies are one level: above rounding, below any spacing of interest


@dataclass(frozen=True, eq=False)
class Enumeration:
    """Exact averages at one inverse temperature; energies are totals, offset included.

    log_z : log sum exp(-beta E)
    energy, heat_capacity : <E>, and beta^2 (<E^2> - <E>^2)
    magnetisation : (N,), <s_i>; of a categorical site, the mean level index
    correlations : (N, N), <s_i s_j>, not connected
    states, probabilities : (S, N) and (S,), listed when they are asked for and refused where they do not fit
    """

    hamiltonian: Hamiltonian
    beta: float
    log_z: float
    energy: float
    heat_capacity: float
    magnetisation: Array
    correlations: Array

    @cached_property
    def states(self) -> Array:
        return states(self.hamiltonian)

    @cached_property
    def probabilities(self) -> Array:
        levels = alphabets(self.hamiltonian)
        require(8 * count(levels), f"{count(levels):,} probabilities", "take averages through Enumeration.mean")
        return np.concatenate([self._weights(block) for block in blocks(levels)])

    def mean(self, function: Callable[[Array], Array]) -> Array:
        """Thermal average of function(states (n, N)) -> (n, ...), block by block: no list is ever held."""
        parts = (np.tensordot(self._weights(s), function(s), (0, 0)) for s in blocks(alphabets(self.hamiltonian)))
        return np.asarray(sum(parts))

    def _weights(self, s: Array) -> Array:
        return np.asarray(np.exp(-self.beta * self.hamiltonian.energy(s) - self.log_z))


def enumerate(hamiltonian: Hamiltonian, beta: float | None = None, *, temperature: float | None = None) -> Enumeration:
    """Sum over all states, clamped sites held; 2^24 states in some seconds and little memory.

    Give beta or temperature. Raises ValueError for a negative or infinite beta, sites without a list of values, and
    more than 2^28 states.
    """
    beta = finite_beta(beta, temperature)
    sums = _Sums(hamiltonian.size)
    for s in blocks(alphabets(hamiltonian)):
        sums.add(s, hamiltonian.energy(s), beta)
    total = sums.weight
    energy = sums.first / total
    variance = sums.second / total - energy**2
    return Enumeration(
        hamiltonian,
        beta,
        float(np.log(total) - beta * sums.lowest),
        float(energy + sums.origin),
        float(beta**2 * max(variance, 0.0)),
        sums.spins / total,
        sums.pairs / total,
    )


class _Sums:
    """Running sums with weights relative to the lowest energy so far, so that no exponential can overflow."""

    def __init__(self, size: int) -> None:
        self.lowest = self.origin = np.inf
        self.weight = self.first = self.second = 0.0
        self.spins, self.pairs = np.zeros(size), np.zeros((size, size))

    def add(self, s: Array, energy: Array, beta: float) -> None:
        self._lower(float(energy.min()), beta)
        weight = np.exp(-beta * (energy - self.lowest))
        excess = energy - self.origin
        self.weight += float(weight.sum())
        self.first += float(weight @ excess)
        self.second += float(weight @ excess**2)
        self.spins += weight @ s
        self.pairs += s.T @ (weight[:, None] * s)

    def _lower(self, energy: float, beta: float) -> None:
        if np.isinf(self.origin):
            self.lowest = self.origin = energy
        if energy < self.lowest:
            factor = float(np.exp(-beta * (self.lowest - energy)))
            self.weight, self.first, self.second = self.weight * factor, self.first * factor, self.second * factor
            self.spins *= factor
            self.pairs *= factor
            self.lowest = energy


def distribution(hamiltonian: Hamiltonian, beta: float | None = None, *, temperature: float | None = None) -> Array:
    """exp(-beta E) / Z of every state, (S,), in the order of `states`; give beta or temperature."""
    beta, levels = finite_beta(beta, temperature), alphabets(hamiltonian)
    require(16 * count(levels), f"{count(levels):,} probabilities", "take averages through exact.enumerate")
    log_weight = np.concatenate([-beta * hamiltonian.energy(s) for s in blocks(levels)])
    return _normalised(log_weight)


def little_distribution(
    hamiltonian: Hamiltonian, beta: float | None = None, *, temperature: float | None = None
) -> Array:
    """Law of Little's network, heat bath on all sites at once, (S,); Little 1974, Peretto 1984.

    P(s) ~ sum over s' of exp(beta (s.J.s' + b.s + b.s')) = exp(beta b.s) prod_i [sum over levels v of exp(beta v f_i)],
    f = J s + b; for spins the bracket is 2 cosh(beta f_i). Fields of clamped sites count as bias. Raises ValueError
    unless the interaction is a sum over pairs with symmetric couplings.
    """
    beta = finite_beta(beta, temperature)
    if hamiltonian.directed or not hamiltonian.two_level or not getattr(hamiltonian.interaction, "pairwise", False):
        raise ValueError("Little's law needs two-level sites and symmetric pair couplings without a self-term")
    free, s = hamiltonian.free, states(hamiltonian).astype(float)
    low, high = (level[free] for level in hamiltonian.levels())
    empty = s.copy()
    empty[:, free] = 0.0
    bias, field = hamiltonian.local_field(empty)[:, free], hamiltonian.local_field(s)[:, free]
    log_weight = beta * (bias * s[:, free]).sum(axis=-1)
    return _normalised(log_weight + np.logaddexp(beta * low * field, beta * high * field).sum(axis=-1))


def _normalised(log_weight: Array) -> Array:
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())


def density_of_states(hamiltonian: Hamiltonian) -> tuple[Array, Array]:
    """Energy levels in ascending order and the number of states at each: (levels, counts).

    Energies that differ by rounding, 1e-11 of the largest, are one level.
    """
    levels = alphabets(hamiltonian)
    require(48 * count(levels), f"up to {count(levels):,} energy levels", "take a smaller system")
    parts = [np.unique(hamiltonian.energy(s), return_counts=True) for s in blocks(levels)]
    energies = np.concatenate([part[0] for part in parts])
    numbers = np.concatenate([part[1] for part in parts])
    order = np.argsort(energies)
    energies, numbers = energies[order], numbers[order]
    new = np.append(True, np.diff(energies) > SAME * np.abs(energies).max())
    return energies[new], np.add.reduceat(numbers, np.flatnonzero(new))

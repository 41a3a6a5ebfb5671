"""Observables: functions of a Hamiltonian and its states, with the dims and the unit of what they return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hopphys.alphabets import spins
from hopphys.hamiltonian import Hamiltonian
from hopphys.patterns import as_spins
from hopphys.types import Array, ArrayLike


@dataclass(frozen=True)
class Observable:
    """`function(hamiltonian, states (..., replica, site))` returns the leading axes (...) followed by `dims`."""

    name: str
    function: Callable[[Hamiltonian, Array], Array]
    dims: tuple[str, ...] = ("replica",)
    unit: str = "1"
    long_name: str = ""


def _magnetisation(hamiltonian: Hamiltonian, s: Array) -> Array:
    return np.asarray(spins(hamiltonian, s).mean(axis=-1))


energy = Observable("energy", lambda hamiltonian, s: hamiltonian.energy(s), unit="J", long_name="total energy E")
magnetisation = Observable("magnetisation", _magnetisation, long_name="magnetisation per site, sum of s / N")


def overlap_with(patterns: ArrayLike) -> Observable:
    """Overlap m_mu = xi_mu . s / N with each pattern (P, N) or (disorder, P, N), ±1 or 0/1; dims (replica, pattern)."""
    xi = as_spins(patterns).astype(float)
    if xi.ndim < 2:
        raise ValueError(f"patterns must have shape (P, N), but it is {xi.shape}; one pattern is patterns[None, :]")

    def overlap(hamiltonian: Hamiltonian, s: Array) -> Array:
        _require_sites(hamiltonian, xi)
        return np.asarray(spins(hamiltonian, s) @ np.swapaxes(xi, -1, -2) / xi.shape[-1])

    return Observable("overlap", overlap, ("replica", "pattern"), long_name="overlap with a pattern, xi . s / N")


def _require_sites(hamiltonian: Hamiltonian, xi: Array) -> None:
    if xi.shape[-1] != hamiltonian.size:
        raise ValueError(f"overlap_with needs patterns of {hamiltonian.size} sites, but their shape is {xi.shape}")
    if xi.ndim == 3 and hamiltonian.disorder != xi.shape[0]:
        raise ValueError(
            f"overlap_with has patterns of {xi.shape[0]} disorder samples, the Hamiltonian {hamiltonian.disorder}"
        )


def _pair_overlaps(hamiltonian: Hamiltonian, s: Array) -> Array:
    _require_pairs(s)
    values = spins(hamiltonian, s).astype(float)
    count = 2 * (values.shape[-2] // 2)
    return np.asarray((values[..., 0:count:2, :] * values[..., 1:count:2, :]).mean(axis=-1))


def _edwards_anderson(hamiltonian: Hamiltonian, s: Array) -> Array:
    _require_pairs(s)
    values = spins(hamiltonian, s).astype(float)
    replicas, size = values.shape[-2:]
    total, own = values.sum(axis=-2), (values * values).sum(axis=(-1, -2))
    return np.asarray(((total * total).sum(axis=-1) - own) / (size * replicas * (replicas - 1)))


def _require_pairs(s: Array) -> None:
    if s.shape[-2] < 2:
        raise ValueError("an overlap of replicas needs at least two of them, but replicas = 1")


replica_overlap = Observable(
    "replica_overlap", _pair_overlaps, ("pair",), long_name="overlap of replicas 2k and 2k + 1, s . s' / N"
)
edwards_anderson = Observable(
    "edwards_anderson", _edwards_anderson, (), long_name="q_EA, mean overlap of all pairs of replicas"
)

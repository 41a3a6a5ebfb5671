"""Two alphabets for one system: ±1 and 0/1, with s = 2 v - 1."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hopphys.hamiltonian import Hamiltonian
from hopphys.interactions import recast_interaction
from hopphys.spaces import BINARY, SPIN, Space
from hopphys.types import Array


def recast(hamiltonian: Hamiltonian, space: Space) -> Hamiltonian:
    """The same energies for states written in the other alphabet, +-1 or 0/1, with s = 2 v - 1; constant in `offset`.

    Blocks of the other alphabet are rewritten; those of this one stay as they are, and so do real, Poisson and
    categorical ones. Raises ValueError where no site is +-1 or 0/1, or a disorder axis would need an offset per sample.
    """
    both = (SPIN, BINARY)
    if space not in both or not any(block.space in both for block in hamiltonian.sites):
        raise ValueError("recast joins two-level spaces only: spin (-1, 1) and binary (0, 1)")
    sites = tuple(replace(block, space=space) if block.space in both else block for block in hamiltonian.sites)
    if sites == hamiltonian.sites:
        return hamiltonian
    a, c = _written_in(hamiltonian, space)
    interaction, bias, offset = recast_interaction(hamiltonian.interaction, a, c)
    return Hamiltonian(
        interaction,
        a * hamiltonian.bias + bias,
        sites,
        hamiltonian.offset - float(c @ hamiltonian.bias) + offset,
        None if hamiltonian.clamped is None else (hamiltonian.clamped - c) / a,
        hamiltonian.name,
    )


def _written_in(hamiltonian: Hamiltonian, space: Space) -> tuple[Array, Array]:
    """a and c (N,) of s = a t + c: 1 and 0 on the sites that stay as they are."""
    moved = np.array([old in (SPIN, BINARY) and old != space for old in hamiltonian.spaces])
    a, c = (2.0, -1.0) if space == BINARY else (0.5, 0.5)
    return np.where(moved, a, 1.0), np.where(moved, c, 0.0)


def spins(hamiltonian: Hamiltonian, s: Array) -> Array:
    """The state with 0/1 sites read as 2 v - 1; +-1 and real sites as they are."""
    binary = np.array([space == BINARY for space in hamiltonian.spaces])
    return np.where(binary, 2 * np.asarray(s, dtype=float) - 1, s) if binary.any() else np.asarray(s)

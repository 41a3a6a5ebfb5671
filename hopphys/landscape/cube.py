"""The 2^N corners of a system of two-level sites, numbered, with their energies.

Corner c has free site k at its upper level where bit k of c is set, so corner 0 is all low, and the corner across site
k is `c ^ (1 << k)`. Held (clamped) sites keep their value and take no bit: k counts the free sites in their order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from hopphys.dataset import stamp
from hopphys.hamiltonian import Hamiltonian
from hopphys.memory import require
from hopphys.types import Array, ArrayLike

BLOCK = 2**16  # corners whose states are held in floating point at once


@dataclass(frozen=True, eq=False)
class Cube:
    """Numbered corners of a Hamiltonian: `free` (F,) site numbers, `energies` (2^F,), totals in units of J."""

    hamiltonian: Hamiltonian
    free: Array
    energies: Array

    @property
    def size(self) -> int:
        """Number of corners, 2^F."""
        return int(self.energies.size)

    def states(self, corners: ArrayLike) -> Array:
        """State of each corner, (...) -> (..., N), int8."""
        return _states(self.hamiltonian, self.free, np.asarray(corners))

    def numbers(self, states: ArrayLike) -> Array:
        """Corner of each state, (..., N) -> (...). Raises ValueError for a state that is no corner of this cube."""
        values = np.asarray(states)
        low, high = self.hamiltonian.levels()
        if values.shape[-1:] != low.shape:
            raise ValueError(f"a state has {low.size} sites on its last axis, but the shape is {values.shape}")
        numbers = ((values[..., self.free] == high[self.free]) << np.arange(len(self.free))).sum(axis=-1)
        if (self.states(numbers) != values).any():
            raise ValueError("a state must hold the two levels of each site, and clamped sites at their value")
        return np.asarray(numbers)


def across(values: Array, site: int) -> Array:
    """values[c ^ (1 << site)] for every corner c, (2^F, ...), without an index array."""
    pairs = values.reshape(-1, 2, 1 << site, *values.shape[1:])
    return np.asarray(pairs[:, ::-1]).reshape(values.shape)


def cube(hamiltonian: Hamiltonian) -> Cube:
    """All corners of a two-level Hamiltonian and their energies.

    Raises ValueError for sites that are not two-level, directed couplings, a disorder axis, sites held at the value of
    a start that is not given, energies that are not finite, or more corners than memory allows (TooLarge).
    """
    _check(hamiltonian)
    free = hamiltonian.free
    # States, energies, levels, plateau labels, and up to F tied pairs a corner while plateaus are joined.
    require(
        (1 << len(free)) * (16 * len(free) + 64 + hamiltonian.size),
        f"the landscape of 2^{len(free)} corners",
        "clamp sites, or look for minima with settle() from many random starts",
    )
    blocks = np.arange(1 << len(free)).reshape(-1, min(BLOCK, 1 << len(free)))
    energies = np.concatenate([_energies(hamiltonian, free, block) for block in blocks])
    return Cube(hamiltonian, free, energies)


def corners(hamiltonian: Hamiltonian) -> xr.Dataset:
    """State (corner, site) and energy (corner) of all 2^F corners; corner c has free site k up where bit k of c is set.

    Raises ValueError as `minima` does.
    """
    found = cube(hamiltonian)
    numbers = np.arange(found.size)
    dataset = xr.Dataset(
        {
            "state": (("corner", "site"), found.states(numbers), {"long_name": "state of the corner", "units": "1"}),
            "energy": ("corner", found.energies, {"long_name": "energy, total", "units": "J"}),
        },
        coords={"corner": ("corner", numbers, {"long_name": "corner: bit k is free site k", "units": "1"})},
    )
    return exact(dataset, found)


def exact(dataset: xr.Dataset, found: Cube, **settings: str) -> xr.Dataset:
    """The Dataset with its provenance; the seed is None, since nothing was drawn."""
    config = {"hamiltonian": found.hamiltonian.name, "sites": found.hamiltonian.size, **settings}
    return stamp(dataset, seed=0, config=config).assign_attrs(seed=None)


def _check(hamiltonian: Hamiltonian) -> None:
    if hamiltonian.directed:
        raise ValueError(
            "a landscape needs an energy, but directed couplings have none; use Dense((J + J.T) / 2) for the symmetric "
            "network, or settle() to see where the directed one goes"
        )
    if not hamiltonian.two_level:
        found = ", ".join(dict.fromkeys(space.name for space in hamiltonian.spaces if not space.two_level))
        raise ValueError(
            f"a landscape of corners needs two-level sites (spin or binary), but some are {found}; attention on ±1 "
            "states is dense_memory(patterns, separation=log_sum_exp(sharpness))"
        )
    if hamiltonian.disorder is not None:
        raise ValueError(
            f"a landscape is of one system, but the interaction has {hamiltonian.disorder} disorder samples; "
            "build one Hamiltonian a sample"
        )
    if hamiltonian.clamped is not None and np.isinf(hamiltonian.clamped).any():
        site = int(np.flatnonzero(np.isinf(hamiltonian.clamped))[0])
        raise ValueError(f"site {site} is held at the value of a start, and there is none: clamp({{{site}: value}})")


def _states(hamiltonian: Hamiltonian, free: Array, numbers: Array) -> Array:
    low, high = hamiltonian.levels()
    held = low if hamiltonian.clamped is None else np.where(np.isnan(hamiltonian.clamped), low, hamiltonian.clamped)
    states = np.broadcast_to(held.astype(np.int8), (*numbers.shape, hamiltonian.size)).copy()
    up = (numbers[..., None] >> np.arange(len(free))) & 1 == 1
    states[..., free] = np.where(up, high[free], low[free])
    return states


def _energies(hamiltonian: Hamiltonian, free: Array, numbers: Array) -> Array:
    energies = hamiltonian.energy(_states(hamiltonian, free, numbers).astype(float))
    if energies.shape != numbers.shape:
        raise ValueError(
            f"energy of states {(len(numbers), hamiltonian.size)} must be {numbers.shape}, but it is {energies.shape}"
        )
    if not np.isfinite(energies).all():
        bad = int(np.flatnonzero(~np.isfinite(energies))[0])
        raise ValueError(f"energies must be finite, but corner {numbers[bad]} has {energies[bad]}")
    return energies

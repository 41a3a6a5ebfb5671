"""All states of a discrete Hamiltonian in one fixed order: the last site changes fastest, clamped sites not at all."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from hopphys.hamiltonian import Hamiltonian
from hopphys.memory import require
from hopphys.types import Array, ArrayLike

CHUNK = 2**21  # entries of a block of states: 16 MB in double precision
MOST = 2**28  # states that are still worth listing: some minutes


def alphabets(hamiltonian: Hamiltonian) -> list[Array]:
    """Levels that each site may take: one for a clamped site. Raises ValueError for real or Poisson sites."""
    if hamiltonian.disorder is not None:
        raise ValueError(
            f"the Hamiltonian holds {hamiltonian.disorder} disorder samples; list the states of one: H.at(0)"
        )
    return [_levels(hamiltonian, site) for site in range(hamiltonian.size)]


def _levels(hamiltonian: Hamiltonian, site: int) -> Array:
    space = hamiltonian.spaces[site]
    held = np.nan if hamiltonian.clamped is None else hamiltonian.clamped[site]
    if np.isinf(held):
        raise ValueError(f"site {site} is held at a value that a start would give; clamp({{{site}: value}}) names it")
    if np.isfinite(held):
        return np.array([held])
    if space.levels is None:
        raise ValueError(
            f"site {site} is {space.name}: its values cannot be listed; for attention use exact.gaussian_mixture"
        )
    return np.array(space.levels)


def count(levels: list[Array]) -> int:
    """Number of states. Raises ValueError where it is beyond reach."""
    number = math.prod(level.size for level in levels)
    if number > MOST:
        raise ValueError(
            f"{number:.3g} states are too many to list (at most 2^28; 2^24 take some seconds); sample() needs no list"
        )
    return number


def blocks(levels: list[Array]) -> Iterator[Array]:
    """The states as consecutive float blocks (n, N): the last sites run through all they can, the first ones advance.

    A block is overwritten by the next one.
    """
    count(levels)
    split = _split([level.size for level in levels], max(1, CHUNK // len(levels)))
    block = np.empty((math.prod(level.size for level in levels[split:]), len(levels)))
    block[:, split:] = _product(levels[split:])
    for head in _product(levels[:split]):
        block[:, :split] = head
        yield block


def _split(sizes: list[int], rows: int) -> int:
    """The first of the sites that run within a block of at most so many rows; at least the last site does."""
    split = len(sizes) - 1
    while split > 0 and math.prod(sizes[split - 1 :]) <= rows:
        split -= 1
    return split


def _product(levels: list[Array]) -> Array:
    """Every combination, (S, sites), the last changing fastest."""
    if not levels:
        return np.empty((1, 0))
    grid = np.meshgrid(*levels, indexing="ij")
    return np.stack([axis.ravel() for axis in grid], axis=-1)


def states(hamiltonian: Hamiltonian) -> Array:
    """Every state, (S, N) int8, in the order of `distribution` and `transition_matrix`: the last site changes fastest.

    A categorical site holds the index of its level. Raises ValueError for sites that cannot be listed and where the
    list does not fit into memory.
    """
    levels = alphabets(hamiltonian)
    kind = np.int8 if all(np.abs(level).max() < 128 for level in levels) else np.int64
    size = count(levels) * len(levels) * np.dtype(kind).itemsize
    require(size, f"the list of {count(levels):,} states", "take averages through Enumeration.mean")
    listed = np.empty((count(levels), len(levels)), kind)
    first = 0
    for block in blocks(levels):
        listed[first : first + len(block)] = block
        first += len(block)
    return listed


def state_index(hamiltonian: Hamiltonian, s: ArrayLike) -> Array:
    """Number of each state (..., N) in that order, (...). Raises ValueError for a value that is none of its site's."""
    array, levels = np.asarray(s), alphabets(hamiltonian)
    if array.ndim == 0 or array.shape[-1] != len(levels):
        raise ValueError(f"a state has {len(levels)} sites on its last axis, but the shape is {array.shape}")
    index = np.zeros(array.shape[:-1], np.int64)
    for site, level in enumerate(levels):
        match = array[..., site, None] == level
        if not match.any(axis=-1).all():
            raise ValueError(f"site {site} takes {level.tolist()}, but a state holds another value there")
        index = index * level.size + match.argmax(axis=-1)
    return index

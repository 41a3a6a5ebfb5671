"""What the minima of an associative memory are: patterns, their negatives, mixtures, or spurious."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import xarray as xr

from hopphys.alphabets import spins
from hopphys.hamiltonian import Hamiltonian
from hopphys.landscape.cube import Cube
from hopphys.landscape.descent import plateaus
from hopphys.landscape.minima import summary
from hopphys.patterns import as_spins, overlap
from hopphys.spaces import BINARY
from hopphys.types import Array, ArrayLike

KINDS = ("pattern", "negative", "mixture", "spurious")
"""A stored pattern; its negative; the sign of a sum of an odd number of ± patterns; anything else."""


def census(
    hamiltonian: Hamiltonian,
    patterns: ArrayLike,
    *,
    mixtures: tuple[int, ...] = (3, 5),
    ties: str = "drawn",
    tolerance: float | None = None,
) -> xr.Dataset:
    """`minima` with the `kind` of each and its `overlap` (minimum, pattern) with the stored patterns (P, N).

    `kind` is one of KINDS, the first that fits any corner of the minimum. `mixtures` says how many patterns are mixed:
    odd numbers, the symmetric mixtures of Amit, Gutfreund & Sompolinsky 1985. 0/1 states are read as 2v - 1. Raises
    ValueError for patterns of another length, an even number of mixed patterns, and as `minima` does.
    """
    xi = _patterns(patterns, hamiltonian.size)
    if bad := [count for count in mixtures if count < 3 or count % 2 == 0]:
        raise ValueError(f"mixtures must be odd numbers from 3, so that no site ties, but one is {bad[0]}")
    found = plateaus(hamiltonian, tolerance)
    valleys = summary(found, ties)
    kind = np.full(valleys.sizes["minimum"], KINDS[3], dtype=f"<U{max(map(len, KINDS))}")
    for name, states in ((KINDS[2], _mixtures(xi, mixtures)), (KINDS[1], -xi), (KINDS[0], xi)):
        hit = found.minimum[_corners_of(found.cube, states)]
        kind[hit[hit >= 0]] = name
    overlaps = overlap(spins(hamiltonian, valleys["state"].values).astype(float), xi)
    number = np.arange(len(xi))
    return valleys.assign(
        overlap=(("minimum", "pattern"), overlaps, {"long_name": "overlap of its lowest corner", "units": "1"})
    ).assign_coords(
        kind=("minimum", kind, {"long_name": "kind of minimum", "units": "1"}),
        pattern=("pattern", number, {"long_name": "stored pattern", "units": "1"}),
    )


def _patterns(patterns: ArrayLike, size: int) -> Array:
    xi = as_spins(patterns)
    if xi.ndim != 2 or xi.shape[1] != size:
        raise ValueError(f"patterns must have shape (P, {size}), as the states do, but their shape is {xi.shape}")
    return xi


def _mixtures(patterns: Array, counts: tuple[int, ...]) -> Array:
    """sign(sum of ± patterns) of every choice of so many patterns and signs, (M, N)."""
    found = [np.empty((0, patterns.shape[1]), dtype=np.int8)]
    for count in counts:
        signs = np.array(list(product((-1, 1), repeat=count)))
        found += [np.sign(signs @ patterns[list(chosen)]) for chosen in combinations(range(len(patterns)), count)]
    return np.concatenate(found).astype(np.int8)


def _corners_of(cube: Cube, states: Array) -> Array:
    """Corners of ±1 states; those that contradict a clamped site are no corners and are left out."""
    binary = np.array([space == BINARY for space in cube.hamiltonian.spaces])
    levels = np.where(binary, (states + 1) // 2, states)
    clamped = cube.hamiltonian.clamped
    if clamped is not None:
        held = ~np.isnan(clamped)
        levels = levels[(levels[:, held] == clamped[held]).all(axis=1)]
    return cube.numbers(levels)

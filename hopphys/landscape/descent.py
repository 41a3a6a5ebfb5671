"""Plateaus, the order in which descent visits them, and where it ends.

A plateau is a connected set of corners of equal energy under one-site flips; a minimum is a plateau without a lower
exit. A corner alone is a plateau of one. Energies count as equal within `tolerance`, by default 1e-13 of the largest
|E|: equal energies that are computed by sums of reals differ in their last bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hopphys.hamiltonian import Hamiltonian
from hopphys.landscape.cube import Cube, across, cube
from hopphys.types import Array

TIES = {"drawn": 0.5, "kept": 0.0}
RELATIVE = 1e-13
RESIDUAL = 1e-14


@dataclass(frozen=True, eq=False)
class Plateaus:
    """Every corner's neighbours and plateau.

    lower, tied : (2^F, F) bool, the neighbour across free site k is lower, or equal
    plateau : (2^F,) label of the plateau
    minimum : (2^F,) number of the minimum that the corner belongs to, -1 outside; by energy, then by lowest corner
    """

    cube: Cube
    lower: Array
    tied: Array
    plateau: Array
    minimum: Array

    @cached_property
    def layers(self) -> tuple[Array, ...]:
        """Corners in layers: minima first, and every other plateau after all that it can fall to in one flip."""
        return tuple(_layers(self))

    def basins(self, ties: str = "drawn") -> Array:
        """Probability (minimum,) that descent from a corner drawn at random ends in each minimum.

        The mass of all corners, 1 in total, is let down layer by layer: exact, and the cost of one descent.
        """
        weight = _weight(ties)
        mass = np.full(self.cube.size, 1.0 / self.cube.size)
        for corners in self.layers[:0:-1]:
            visits = self._solve(corners, mass[corners, None], weight)[:, 0]
            for site in range(self.lower.shape[1]):
                falling = self.lower[corners, site]
                mass[corners[falling] ^ (1 << site)] += visits[falling]
        inside = self.minimum >= 0
        return np.asarray(np.bincount(self.minimum[inside], mass[inside]))

    def absorption(self, ties: str = "drawn") -> Array:
        """Probability (corner, minimum) that descent from each corner ends in each minimum."""
        weight = _weight(ties)
        ends = np.zeros((self.cube.size, self.minimum.max() + 1))
        inside = np.flatnonzero(self.minimum >= 0)
        ends[inside, self.minimum[inside]] = 1.0
        for corners in self.layers[1:]:
            arrivals = np.zeros((len(corners), ends.shape[1]))
            for site in range(self.lower.shape[1]):
                falling = self.lower[corners, site]
                arrivals[falling] += ends[corners[falling] ^ (1 << site)]
            ends[corners] = self._solve(corners, arrivals, weight)
        return ends

    def _solve(self, corners: Array, right: Array, weight: float) -> Array:
        """(D - w A) x = right on one layer: D the rate of leaving a corner, A its ties, w their rate.

        A falls to each lower neighbour at rate 1 and to each equal one at rate w. The matrix is symmetric, so that
        the same solve lets mass down and carries probabilities up.
        """
        tied = self.tied[corners].sum(axis=1)
        rate = self.lower[corners].sum(axis=1) + weight * tied
        solution: Array = np.divide(right, rate[:, None], out=np.zeros_like(right), where=rate[:, None] > 0)
        walking = np.flatnonzero(tied) if weight else np.empty(0, dtype=int)
        if len(walking):
            matrix = self._walk(corners[walking], rate[walking], weight)
            solution[walking] = _conjugate_gradients(matrix, right[walking])
        return solution

    def _walk(self, corners: Array, rate: Array, weight: float) -> Any:
        from scipy import sparse

        place = np.zeros(self.cube.size, dtype=np.int64)
        place[corners] = np.arange(len(corners))
        row, site = np.nonzero(self.tied[corners])
        column = place[corners[row] ^ (1 << site)]
        ties = sparse.coo_array((np.full(len(row), weight), (row, column)), shape=(len(corners),) * 2)
        return (sparse.diags_array(rate) - ties).tocsr()


def plateaus(hamiltonian: Hamiltonian, tolerance: float | None = None) -> Plateaus:
    """The plateaus of all corners of a Hamiltonian; raises ValueError as `cube` does, or for a negative tolerance."""
    found = cube(hamiltonian)
    level = _levels(found.energies, tolerance)
    neighbours = [across(level, site) for site in range(len(found.free))]
    lower = _columns([other < level for other in neighbours], found.size)
    tied = _columns([other == level for other in neighbours], found.size)
    label = _components(tied)
    return Plateaus(found, lower, tied, label, _minima(label, lower, found.energies))


def _weight(ties: str) -> float:
    if ties not in TIES:
        raise ValueError(f"ties must be 'drawn' (heat bath as T -> 0) or 'kept' (threshold), but it is {ties!r}")
    return TIES[ties]


def _columns(columns: list[Array], corners: int) -> Array:
    return np.stack(columns, axis=1) if columns else np.zeros((corners, 0), dtype=bool)


def _levels(energies: Array, tolerance: float | None) -> Array:
    """Rank of each energy, equal for energies that chain within the tolerance."""
    width = RELATIVE * float(np.abs(energies).max()) if tolerance is None else tolerance
    if not (np.isfinite(width) and width >= 0):
        raise ValueError(f"tolerance must be a finite energy from 0, but it is {tolerance!r}")
    order = np.argsort(energies, kind="stable")
    level = np.empty(energies.size, dtype=np.int32)
    level[order] = np.concatenate([[0], np.cumsum(np.diff(energies[order]) > width)])
    return level


def _components(tied: Array) -> Array:
    """Label of each corner's plateau; labels are in the order of their lowest corner."""
    from scipy import sparse

    corner, site = np.nonzero(tied)
    size = len(tied)
    if not len(corner):
        return np.arange(size)
    pairs = sparse.coo_array((np.ones(len(corner), dtype=np.int8), (corner, corner ^ (1 << site))), shape=(size, size))
    raw = sparse.csgraph.connected_components(pairs, directed=False)[1]
    first = np.unique(raw, return_index=True)[1]
    return np.asarray(np.argsort(np.argsort(first)))[raw]


def _minima(label: Array, lower: Array, energies: Array) -> Array:
    closed = np.bincount(label, lower.any(axis=1)) == 0
    lowest = np.unique(label, return_index=True)[1]  # the first corner of each plateau
    order = np.flatnonzero(closed)[np.argsort(_rounded(energies[lowest[closed]]), kind="stable")]
    number = np.full(len(closed), -1)
    number[order] = np.arange(len(order))
    return number[label]


def _rounded(energies: Array) -> Array:
    """Energies as ranks that rounding cannot reorder, so that minima of one energy stay in the order of corners."""
    return _levels(energies, None) if energies.size else energies


def _layers(found: Plateaus) -> Iterator[Array]:
    """Kahn's order of the plateaus, as corners: a layer leaves when nothing below it is left."""
    order = np.argsort(found.plateau, kind="stable")
    start = np.searchsorted(found.plateau[order], np.arange(found.plateau.max() + 2))
    exits = np.bincount(found.plateau, found.lower.sum(axis=1)).astype(np.int64)
    ready = np.flatnonzero(exits == 0)
    while len(ready):
        corners = order[_ranges(start[ready], start[ready + 1])]
        yield corners
        above, count = np.unique(found.plateau[_higher(found, corners)], return_counts=True)
        exits[above] -= count
        ready = above[exits[above] == 0]


def _higher(found: Plateaus, corners: Array) -> Array:
    row, site = np.nonzero(~(found.lower[corners] | found.tied[corners]))
    return np.asarray(corners[row] ^ (1 << site))


def _ranges(start: Array, stop: Array) -> Array:
    """concatenate(arange(start, stop)) without a loop."""
    length = stop - start
    offset = np.repeat(start - np.concatenate([[0], np.cumsum(length)[:-1]]), length)
    return np.asarray(np.arange(length.sum()) + offset)


def _conjugate_gradients(matrix: Any, right: Array) -> Array:
    from scipy.sparse import diags_array
    from scipy.sparse.linalg import cg

    solution = np.zeros_like(right)
    scale = diags_array(1 / matrix.diagonal())
    for column in np.flatnonzero(right.any(axis=0)):
        # Positive definite: every plateau of a layer above the first has an exit. Cube graphs mix within tens of steps.
        solution[:, column], failed = cg(
            matrix, right[:, column], rtol=RESIDUAL, maxiter=10 * len(right) + 100, M=scale
        )
        if failed and np.abs(matrix @ solution[:, column] - right[:, column]).max() > 1e-10 * right[:, column].max():
            raise ArithmeticError(f"the walk on a plateau of {len(right)} corners did not converge")
    return solution

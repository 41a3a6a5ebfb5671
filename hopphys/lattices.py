"""Lattices and graphs: which sites are bonded, which may move together, and where they are drawn.

Sites are numbered row-major. A bond is listed once with its lower site first; a pair that is bonded twice (every pair
across a periodic direction of length 2) is listed twice, so that energies count it twice, as Kaufman's formula does.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from hopphys.checks import whole
from hopphys.memory import require
from hopphys.types import Array

BYTES_PER_SITE = 200  # bonds, colours, positions and the temporaries that make them


@dataclass(frozen=True, eq=False)
class Lattice:
    """Sites and the bonds between them.

    bonds : (B, 2) int64, lower site first, multiplicity kept
    colours : (N,) int64, bonded sites differ: sites of one colour may be updated together
    shape : extents; their product is N, row-major
    positions : (N, d), in units of the bond length, for drawing
    weights : (B,), or None where every bond weighs 1
    """

    name: str
    size: int
    bonds: Array
    colours: Array
    shape: tuple[int, ...]
    positions: Array
    weights: Array | None = None

    def __post_init__(self) -> None:
        _check_bonds(self.bonds, self.size)
        _check_weights(self.weights, len(self.bonds))
        if self.colours.shape != (self.size,):
            raise ValueError(f"colours must have shape ({self.size},), but it is {self.colours.shape}")
        clash = np.flatnonzero(self.colours[self.bonds[:, 0]] == self.colours[self.bonds[:, 1]])
        if len(clash):
            i, j = self.bonds[clash[0]]
            raise ValueError(
                f"bonded sites {i} and {j} share colour {self.colours[i]}; use graph(bonds) for a colouring"
            )

    def __repr__(self) -> str:
        colours = len(np.unique(self.colours))
        counts = ((self.size, "site"), (len(self.bonds), "bond"), (colours, "colour"))
        told = ", ".join(f"{count} {what}{'s' * (count != 1)}" for count, what in counts)
        return f"Lattice({self.name!r}, {told})"

    @property
    def degrees(self) -> Array:
        """Number of bonds of each site, (N,); a double bond counts twice."""
        return np.bincount(self.bonds.ravel(), minlength=self.size)

    def adjacency(self) -> sparse.csr_array:
        """Symmetric (N, N) matrix of weights; the weights of a multiple bond add up."""
        weights = np.ones(len(self.bonds)) if self.weights is None else self.weights
        i, j = self.bonds.T
        entries = (np.tile(weights, 2), (np.concatenate([i, j]), np.concatenate([j, i])))
        return sparse.csr_array(sparse.coo_array(entries, shape=(self.size, self.size)))


def chain(n: int, periodic: bool = True) -> Lattice:
    """Chain of n sites, closed to a ring when periodic."""
    return _box("chain", (_extent("n", n, periodic),), periodic)


def square(length: int, width: int | None = None, periodic: bool = True) -> Lattice:
    """Square lattice of length × width sites, four bonds a site."""
    return _box("square", _extents(periodic, length=length, width=length if width is None else width), periodic)


def cubic(length: int, width: int | None = None, height: int | None = None, periodic: bool = True) -> Lattice:
    """Cubic lattice of length × width × height sites, six bonds a site."""
    width = length if width is None else width
    height = width if height is None else height
    return _box("cubic", _extents(periodic, length=length, width=width, height=height), periodic)


def triangular(length: int, width: int | None = None, periodic: bool = True) -> Lattice:
    """Triangular lattice of length × width sites, six bonds a site; three colours where the extents divide by 3."""
    shape = _extents(periodic, length=length, width=length if width is None else width)
    bonds = _shifted(shape, [(0, 1), (1, 0), (1, -1)], periodic)
    row, column = np.indices(shape).reshape(2, -1)
    commensurate = not periodic or all(extent % 3 == 0 for extent in shape)
    colours = (row + 2 * column) % 3 if commensurate else colour(bonds, row.size)
    positions = np.stack([column + 0.5 * row, math.sqrt(0.75) * row], axis=-1)
    return Lattice("triangular", row.size, bonds, colours, shape, positions)


def honeycomb(length: int, width: int | None = None, periodic: bool = True) -> Lattice:
    """Honeycomb lattice of length × width cells with two sites each, three bonds a site."""
    shape = _extents(periodic, length=length, width=length if width is None else width)
    cell = np.arange(math.prod(shape)).reshape(shape)
    pairs = [np.stack([2 * cell.ravel(), 2 * cell.ravel() + 1], axis=-1)]
    for shift in ((0, 1), (1, 0)):  # site B of a cell meets site A of the next cell along either axis
        here, there = _along(cell, shift, periodic)
        pairs.append(np.stack([2 * here + 1, 2 * there], axis=-1))
    row, column, sublattice = np.indices((*shape, 2)).reshape(3, -1)
    x = math.sqrt(3.0) * (column + 0.5 * row + 0.5 * sublattice)
    positions = np.stack([x, 1.5 * row + 0.5 * sublattice], axis=-1)
    return Lattice("honeycomb", 2 * cell.size, _ordered(np.concatenate(pairs)), sublattice, (*shape, 2), positions)


def graph(edges: Any, size: int | None = None) -> Lattice:
    """Any graph: an edge list, a symmetric scipy.sparse matrix, or a networkx graph.

    Parameters
    ----------
    edges : (B, 2) pairs of sites, or (B, 3) with a weight; or a sparse matrix whose entries are the weights; or an
        object with `.nodes` and `.edges` as in networkx, its nodes numbered in their own order
    size : number of sites, to add sites without a bond; by default as few as hold every edge

    Returns
    -------
    Lattice with positions on a circle and a colouring by saturation (Brelaz 1979), minimal where bipartite.
    """
    weights: Array | None
    if sparse.issparse(edges):
        bonds, weights, least = _from_sparse(edges)
    elif hasattr(edges, "edges") and hasattr(edges, "nodes"):
        bonds, weights, least = _from_network(edges)
    else:
        bonds, weights, least = _from_list(edges)
    number = least if size is None else whole(size, "size", 1)
    if number < max(least, 1):
        raise ValueError(f"size must be at least {max(least, 1)}, the sites that the edges use, but it is {number}")
    require(BYTES_PER_SITE * number, f"a graph of {number} sites", "number the sites from 0 without gaps")
    bonds = _ordered(bonds)
    angle = 2 * np.pi * np.arange(number) / number
    positions = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    weights = None if weights is None or np.all(weights == 1) else weights
    return Lattice("graph", number, bonds, colour(bonds, number), (number,), positions, weights)


def colour(bonds: Array, size: int) -> Array:
    """Colour sites so that bonded ones differ, the most constrained site first (Brelaz 1979); exact when bipartite."""
    neighbours: list[set[int]] = [set() for _ in range(size)]
    for i, j in bonds.tolist():
        neighbours[i].add(j)
        neighbours[j].add(i)
    taken: list[set[int]] = [set() for _ in range(size)]
    colours = np.full(size, -1, dtype=np.int64)
    waiting = [(0, -len(neighbours[site]), site) for site in range(size)]
    heapq.heapify(waiting)
    while waiting:
        saturation, _, site = heapq.heappop(waiting)
        if colours[site] >= 0 or -saturation != len(taken[site]):
            continue  # an entry that a later, more constrained one has replaced
        choice = next(c for c in range(size) if c not in taken[site])
        colours[site] = choice
        for other in neighbours[site]:
            if colours[other] < 0 and choice not in taken[other]:
                taken[other].add(choice)
                heapq.heappush(waiting, (-len(taken[other]), -len(neighbours[other]), other))
    return colours


def _box(name: str, shape: tuple[int, ...], periodic: bool) -> Lattice:
    axes = len(shape)
    bonds = _shifted(shape, [tuple(int(a == axis) for a in range(axes)) for axis in range(axes)], periodic)
    # A product of rings needs as many colours as its worst ring, and the sum of the rings' colours is such a colouring.
    rings = [np.arange(extent) % 2 for extent in shape]
    for ring in rings:
        if periodic and ring.size % 2:
            ring[-1] = 2
    colours = sum(np.meshgrid(*rings, indexing="ij"), start=np.zeros(shape, dtype=np.int64))
    modulus = max(2, *(int(ring.max()) + 1 for ring in rings))
    positions = np.indices(shape).reshape(axes, -1)[::-1].T.astype(float)
    return Lattice(name, math.prod(shape), bonds, (colours % modulus).ravel(), shape, positions)


def _shifted(shape: tuple[int, ...], shifts: Iterable[tuple[int, ...]], periodic: bool) -> Array:
    sites = np.arange(math.prod(shape)).reshape(shape)
    return _ordered(np.concatenate([np.stack(_along(sites, shift, periodic), axis=-1) for shift in shifts]))


def _along(sites: Array, shift: Sequence[int], periodic: bool) -> tuple[Array, Array]:
    """Pairs (site, site moved by `shift`), each flat; without the pairs across the edge unless periodic."""
    moved = np.roll(sites, [-step for step in shift], axis=range(sites.ndim))
    if not periodic:
        inside = tuple(
            slice(max(0, -step), extent - max(0, step)) for step, extent in zip(shift, sites.shape, strict=True)
        )
        sites, moved = sites[inside], moved[inside]
    return sites.ravel(), moved.ravel()


def _ordered(bonds: Array) -> Array:
    """Each bond with its lower site first."""
    return np.sort(bonds, axis=-1)


def _extents(periodic: bool, **named: Any) -> tuple[int, ...]:
    shape = tuple(_extent(name, value, periodic) for name, value in named.items())
    require(
        BYTES_PER_SITE * math.prod(shape), f"a lattice of {' x '.join(map(str, shape))} sites", "take a smaller one"
    )
    return shape


def _extent(name: str, value: Any, periodic: bool) -> int:
    extent = whole(value, name, 1)
    if periodic and extent == 1:
        raise ValueError(f"{name} must be at least 2, but it is 1; periodic=False allows 1")
    require(BYTES_PER_SITE * extent, f"a lattice with {name} = {extent}", "take a smaller one")
    return extent


def _from_sparse(matrix: Any) -> tuple[Array, Array, int]:
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"a sparse matrix of couplings must be square, but its shape is {matrix.shape}")
    csr = sparse.csr_array(matrix, dtype=float)  # adds up entries that are listed twice
    csr.sum_duplicates()
    _check_finite(csr.data)
    asymmetry = abs(csr - csr.T).max() if csr.nnz else 0.0
    if asymmetry > 0:
        raise ValueError(
            f"the sparse matrix must be symmetric, but max|J - J.T| = {asymmetry:.2e}; "
            "use (J + J.T) / 2 if that is rounding, or Directed(J) for a network without an energy"
        )
    if np.any(csr.diagonal()):
        site = int(np.flatnonzero(csr.diagonal())[0])
        raise ValueError(
            f"site {site} is bonded to itself (J[{site}, {site}] = {csr.diagonal()[site]:g}); set the diagonal to 0"
        )
    upper = sparse.coo_array(sparse.triu(csr))
    upper.eliminate_zeros()
    row, column = upper.coords
    return np.stack([row, column], axis=-1).astype(np.int64), np.asarray(upper.data), matrix.shape[0]


def _from_network(network: Any) -> tuple[Array, Array | None, int]:
    if getattr(network, "is_directed", lambda: False)():
        raise ValueError("the graph is directed, but a bond acts both ways; pass graph.to_undirected()")
    number = {node: index for index, node in enumerate(network.nodes)}
    listed = [(number[a], number[b], data.get("weight", 1.0)) for a, b, data in network.edges(data=True)]
    bonds, weights, _ = _from_list(listed) if listed else (np.empty((0, 2), dtype=np.int64), None, 0)
    return bonds, weights, len(number)


def _from_list(edges: Any) -> tuple[Array, Array | None, int]:
    try:
        table = np.asarray(edges if hasattr(edges, "__array__") else list(edges), dtype=float)
    except (TypeError, ValueError) as cause:
        raise ValueError(f"edges must be rows (i, j) or (i, j, weight) of numbers, but {cause}") from cause
    if table.size == 0:
        raise ValueError("the edge list is empty; sites without bonds do not interact, so give at least one edge")
    if table.ndim != 2 or table.shape[1] not in (2, 3):
        raise ValueError(
            f"edges must have shape (B, 2), or (B, 3) with weights, but it is {table.shape}; "
            "for a matrix of couplings pass scipy.sparse.csr_array(J)"
        )
    _check_finite(table)
    pairs = table[:, :2]
    if np.any(pairs != np.floor(pairs)):
        row = int(np.flatnonzero((pairs != np.floor(pairs)).any(axis=1))[0])
        raise ValueError(f"edge {row} must join whole site numbers, but it is {tuple(pairs[row].tolist())}")
    bonds = pairs.astype(np.int64)
    _check_bonds(_ordered(bonds), int(bonds.max()) + 1)
    return bonds, table[:, 2] if table.shape[1] == 3 else None, int(bonds.max()) + 1


def _check_bonds(bonds: Array, size: int) -> None:
    if bonds.ndim != 2 or bonds.shape[1] != 2 or not np.issubdtype(bonds.dtype, np.integer):
        raise ValueError(
            f"bonds must be whole numbers of shape (B, 2), but they are {bonds.dtype} of shape {bonds.shape}"
        )
    outside = np.flatnonzero((bonds < 0).any(axis=1) | (bonds >= size).any(axis=1))
    if len(outside):
        raise ValueError(
            f"bond {tuple(bonds[outside[0]].tolist())} leaves the sites 0 ... {size - 1}; sites are counted from 0"
        )
    loops = np.flatnonzero(bonds[:, 0] == bonds[:, 1])
    if len(loops):
        raise ValueError(
            f"site {bonds[loops[0], 0]} is bonded to itself; a self-bond adds only a constant, so leave it out"
        )
    if np.any(bonds[:, 0] > bonds[:, 1]):
        raise ValueError("each bond must list its lower site first; use graph(edges), which orders them")


def _check_weights(weights: Array | None, count: int) -> None:
    if weights is not None:
        if weights.shape != (count,):
            raise ValueError(f"weights must have one number a bond, shape ({count},), but it is {weights.shape}")
        _check_finite(weights)


def _check_finite(values: Array) -> None:
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise ValueError(f"edges and weights must be finite, but entry {bad[0]} is {values.flat[bad[0]]}")

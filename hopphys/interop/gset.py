"""Graphs of the Max-Cut collections (Helmberg & Rendl's G-set, the torus set of the 7th DIMACS challenge).

A file has a line "sites edges", then a line "i j weight" for each edge, sites counted from 1; the weight may be left
out throughout and is 1 then, and numbers after the first two of the first line are ignored. The largest cut is the
ground state of the Ising model with couplings -w: cut = (sum of weights - E) / 2.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hopphys.checks import whole
from hopphys.hamiltonian import Hamiltonian
from hopphys.lattices import BYTES_PER_SITE, Lattice, graph
from hopphys.memory import require
from hopphys.models import ising
from hopphys.types import Array, ArrayLike

BYTES_PER_EDGE = 400  # its text, its numbers, and what colouring the graph takes


def read_gset(path: str | Path) -> Lattice:
    """The graph of a file, its weights on the bonds; sites are counted from 0.

    Raises FileNotFoundError, and ValueError naming the file and line where it is not of this format.
    """
    path = Path(path)
    lines = _lines(path)
    sites, edges = _header(path, lines)
    require(BYTES_PER_SITE * sites, f"{path}, a graph of {sites} sites", "check its first line")
    table = _table(path, lines[1:], edges)
    ends = table[:, :2]
    outside = np.flatnonzero(((ends < 1) | (ends > sites) | (ends != np.floor(ends))).any(axis=1))
    if len(outside):
        raise ValueError(
            f"{path} joins sites {ends[outside[0]].tolist()} in its edge {outside[0] + 1}, but they are numbered 1 to "
            f"{sites}"
        )
    loops = np.flatnonzero(ends[:, 0] == ends[:, 1])
    if len(loops):
        raise ValueError(f"{path} joins site {ends[loops[0], 0]:.0f} to itself in its edge {loops[0] + 1}")
    return graph(np.column_stack([ends - 1, table[:, 2:]]), sites)


def write_gset(lattice: Lattice, path: str | Path) -> Path:
    """Write a graph in this format; weights of 1 too. Returns the path."""
    weights = np.ones(len(lattice.bonds)) if lattice.weights is None else lattice.weights
    rows = [f"{i + 1} {j + 1} {w:.17g}" for (i, j), w in zip(lattice.bonds.tolist(), weights.tolist(), strict=True)]
    path = Path(path)
    path.write_text("\n".join([f"{lattice.size} {len(rows)}", *rows]) + "\n")
    return path


def max_cut(lattice: Lattice) -> Hamiltonian:
    """The Ising model whose ground state is the largest cut: E = sum over edges of w s_i s_j."""
    return ising(lattice, coupling=-1.0)


def cut(lattice: Lattice, s: ArrayLike) -> Array:
    """Weight of the edges between the two sides of a state ±1, (..., N) -> (...): sum of w (1 - s_i s_j) / 2."""
    spins = np.asarray(s, dtype=float)
    if spins.ndim == 0 or spins.shape[-1] != lattice.size or not np.isin(spins, (-1.0, 1.0)).all():
        raise ValueError(
            f"a cut needs states ±1 of {lattice.size} sites on the last axis, but the shape is {spins.shape}"
        )
    weights = np.ones(len(lattice.bonds)) if lattice.weights is None else lattice.weights
    return np.asarray(0.5 * (weights.sum() - np.einsum("...n,...n->...", spins, spins @ lattice.adjacency()) / 2))


def _lines(path: Path) -> list[list[str]]:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    require(BYTES_PER_EDGE // 20 * path.stat().st_size, f"{path}", "take a smaller graph")
    try:
        lines = [line.split() for line in path.read_text().splitlines()]
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not text, so it is no G-set graph; gunzip it if it is compressed") from None
    lines = [line for line in lines if line]
    if not lines:
        raise ValueError(f"{path} is empty; its first line should be the number of sites and of edges")
    return lines


def _header(path: Path, lines: list[list[str]]) -> tuple[int, int]:
    try:
        sites, edges = (whole(int(word), "a number", 1) for word in lines[0][:2])
    except ValueError:
        raise ValueError(
            f"{path} should begin with the number of sites and of edges, but it begins with {' '.join(lines[0])[:60]!r}"
        ) from None
    return sites, edges


def _table(path: Path, lines: list[list[str]], edges: int) -> Array:
    if len(lines) != edges:
        raise ValueError(f"{path} announces {edges} edges, but it lists {len(lines)}; is the file whole?")
    width = len(lines[0])
    for number, line in enumerate(lines):
        if len(line) != width or width not in (2, 3) or not all(map(_is_number, line)):
            raise ValueError(
                f"{path} should have 'i j' or 'i j weight' as its edge {number + 1}, not {' '.join(line)!r}"
            )
    return np.array(lines, dtype=float)


def _is_number(word: str) -> bool:
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False


__all__ = ["cut", "max_cut", "read_gset", "write_gset"]

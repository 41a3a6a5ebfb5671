"""Graphs of the Max-Cut collections (Helmberg & Rendl's G-set, the torus set of the 7th DIMACS challenge).

A file has a line "sites edges", then a line "i j weight" for each edge, sites counted from 1; the weight may be left
out throughout and is 1 then, and numbers after the first two of the first line are ignored. The largest cut is the
ground state of the Ising model with couplings -w: cut = (sum of weights - E) / 2.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np

from hopphys.checks import finite, whole
from hopphys.hamiltonian import Hamiltonian
from hopphys.lattices import BYTES_PER_SITE, Lattice, graph
from hopphys.memory import require
from hopphys.models import ising
from hopphys.types import Array, ArrayLike

BYTES_PER_EDGE = 400  # its text, its numbers, and what colouring the graph takes


def read_gset(path: str | Path) -> Lattice:
    """The graph of a file, its weights on the bonds; sites are counted from 0.

    An edge that is listed twice is two bonds, whose weights add up.

    Raises FileNotFoundError, and ValueError naming the file and the edge, counted from 1, that is not of this
    format.
    """
    path = _path(path)
    lines = _lines(path)
    sites, edges = _header(path, lines)
    require(BYTES_PER_SITE * sites, f"{path}, a graph of {sites} sites", "check its first line")
    table = _table(path, lines[1:], edges)
    ends = table[:, :2]
    outside = np.flatnonzero(((ends < 1) | (ends > sites) | (ends != np.floor(ends))).any(axis=1))
    if len(outside):
        first, second = ends[outside[0]]
        raise ValueError(
            f"{path} joins sites {first:g} and {second:g} in its edge {outside[0] + 1}, but they are numbered 1 to "
            f"{sites}"
        )
    loops = np.flatnonzero(ends[:, 0] == ends[:, 1])
    if len(loops):
        raise ValueError(f"{path} joins site {ends[loops[0], 0]:.0f} to itself in its edge {loops[0] + 1}")
    return graph(np.column_stack([ends - 1, table[:, 2:]]), sites)


def write_gset(lattice: Lattice, path: str | Path) -> Path:
    """Write a graph in this format; weights of 1 too. Returns the path."""
    _require_lattice(lattice)
    path = _path(path)
    weights = np.ones(len(lattice.bonds)) if lattice.weights is None else lattice.weights
    rows = [f"{i + 1} {j + 1} {w:.17g}" for (i, j), w in zip(lattice.bonds.tolist(), weights.tolist(), strict=True)]
    path.write_text("\n".join([f"{lattice.size} {len(rows)}", *rows]) + "\n")
    return path


def max_cut(lattice: Lattice) -> Hamiltonian:
    """The Ising model whose ground state is the largest cut: E = sum over edges of w s_i s_j."""
    _require_lattice(lattice)
    return ising(lattice, coupling=-1.0)


def cut(lattice: Lattice, s: ArrayLike) -> Array:
    """Weight of the edges between the two sides of a state ±1, (..., N) -> (...): sum of w (1 - s_i s_j) / 2."""
    _require_lattice(lattice)
    spins = finite(s, "state")
    if spins.ndim == 0 or spins.shape[-1] != lattice.size:
        raise ValueError(
            f"a cut needs states ±1 of {lattice.size} sites on the last axis, but the shape is {spins.shape}"
        )
    wrong = spins[np.abs(spins) != 1]
    if wrong.size:
        raise ValueError(f"a cut needs states ±1, but one site is {wrong[0]:g}; of 0 and 1 take 2 s - 1")
    weights = np.ones(len(lattice.bonds)) if lattice.weights is None else lattice.weights
    return np.asarray(0.5 * (weights.sum() - np.einsum("...n,...n->...", spins, spins @ lattice.adjacency()) / 2))


def _require_lattice(lattice: object) -> None:
    if not isinstance(lattice, Lattice):
        raise ValueError(
            f"a graph is needed, a Lattice such as read_gset() or graph() gives, but a {type(lattice).__name__} came"
        )


def _path(path: object) -> Path:
    if not isinstance(path, (str, PathLike)):
        raise ValueError(f"path must name a file, but it is {path!r}")
    return Path(path)


def _lines(path: Path) -> list[list[str]]:
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name the file of the graph in it")
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
        sites, edges = (whole(int(word), "a number", least) for word, least in zip(lines[0][:2], (1, 0), strict=True))
    except ValueError:
        raise ValueError(
            f"{path} should begin with the number of sites and of edges, but it begins with {' '.join(lines[0])[:60]!r}"
        ) from None
    if edges == 0:
        raise ValueError(f"{path} announces no edges, but a graph needs at least one for there to be a cut")
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

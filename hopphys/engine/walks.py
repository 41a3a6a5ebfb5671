"""Wang-Landau walks side by side: their arrays, the kernel that advances them, and NumPy where none fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hopphys.engine.levels import Levels
from hopphys.engine.rows import deal
from hopphys.hamiltonian import Hamiltonian
from hopphys.interactions import Dense, Neighbours
from hopphys.kernels import random
from hopphys.memory import require
from hopphys.types import Array


@dataclass(eq=False)
class Walks:
    """One walk a row, advanced in place; `numbers` as in kernels/wang_landau.py."""

    state: Array
    stream: Array
    log_g: Array
    visits: Array
    total: Array
    hits: Array
    known: Array
    numbers: Array


def start(state: Array, stream: Array, levels: Levels) -> Walks:
    """Walks that know no level yet: ln f = 1."""
    from hopphys.kernels import wang_landau as kernel

    shape = (len(state), levels.energy.size)
    what = f"{shape[0]} walks over {shape[1]:,} energies"
    require(40 * shape[0] * shape[1], what, "give bins=, a window=, or fewer replicas")
    numbers = np.zeros((shape[0], kernel.NUMBERS))
    numbers[:, kernel.LOG_F] = 1.0
    return Walks(
        state, stream, np.zeros(shape), np.full(shape, -1, np.int64), np.zeros(shape), np.zeros(shape, np.int64),
        np.zeros(shape, np.int64), numbers,
    )  # fmt: skip


Advance = Callable[[Walks, int, float, float], None]  # (walks, sweeps, flatness, final ln f)


def advancer(hamiltonian: Hamiltonian, levels: Levels) -> Advance:
    """The function that advances walks over these levels: compiled for couplings, NumPy for any other energy."""
    if isinstance(hamiltonian.interaction, (Dense, Neighbours)):
        return _compiled(hamiltonian, levels)
    return lambda walks, sweeps, flatness, final: _reference(hamiltonian, levels, walks, sweeps, flatness, final)


def _compiled(hamiltonian: Hamiltonian, levels: Levels) -> Advance:
    from hopphys.kernels.wang_landau import walk

    free, dense = hamiltonian.free, isinstance(hamiltonian.interaction, Dense)
    low, high = (ends.astype(np.int64) for ends in hamiltonian.levels())
    bias, counts = hamiltonian.counted_bias[0], hamiltonian.interaction.counts
    indptr, indices = np.zeros(1, np.int64), np.zeros(1, np.int64)
    couplings = np.ascontiguousarray(counts, dtype=float)
    if not dense:
        indptr, indices, bonds = hamiltonian.interaction.adjacency()
        couplings = np.ascontiguousarray(counts[bonds][None], dtype=float)

    def advance(walks: Walks, sweeps: int, flatness: float, final: float) -> None:
        energy = energies(hamiltonian, levels, walks.state)
        field = walks.state @ couplings if dense else np.zeros((len(energy), 1))

        def work(p: slice) -> None:
            walk(
                walks.state[p], walks.stream[p], free, low, high, bias, energy[p], levels.edges, levels.width,
                levels.middle, walks.log_g[p], walks.visits[p], walks.total[p], walks.hits[p], walks.known[p],
                walks.numbers[p], sweeps, flatness, final, field[p], dense, couplings, indptr, indices,
            )  # fmt: skip

        deal(work, len(energy), len(energy) * free.size * sweeps)

    return advance


def energies(hamiltonian: Hamiltonian, levels: Levels, state: Array) -> Array:
    """Energies (rows,) in quanta, without the offset; whole numbers where levels are a grid."""
    found = (hamiltonian.energy(state) - levels.offset) / levels.quantum
    return np.asarray(np.rint(found) if levels.width > 0 else found)


def _reference(
    hamiltonian: Hamiltonian, levels: Levels, walks: Walks, sweeps: int, flatness: float, final: float
) -> None:
    """Walks of any two-level Hamiltonian, through energies of whole states."""
    from hopphys.kernels import wang_landau as kernel

    energy = energies(hamiltonian, levels, walks.state)
    here = np.array([kernel.place(e, levels.edges, levels.width) for e in energy])
    for r in np.flatnonzero(here >= 0):
        if walks.visits[r, here[r]] < 0:
            kernel.enter(here[r], -1, walks.log_g[r], walks.visits[r], walks.known[r], walks.numbers[r])
    for _ in range(sweeps):
        rows = np.flatnonzero(walks.numbers[:, kernel.OVER] == 0)
        if not rows.size:
            return
        sweep = walks.numbers[rows, kernel.USED].astype(np.int64)
        for k in range(hamiltonian.free.size):
            _attempt(hamiltonian, levels, walks, rows, sweep, k, energy, here)
        for r in rows:
            attempts = hamiltonian.free.size
            kernel.finish(walks.visits[r], walks.known[r], walks.numbers[r], attempts, flatness, final)


def _attempt(
    hamiltonian: Hamiltonian,
    levels: Levels,
    walks: Walks,
    rows: Array,
    sweep: Array,
    k: int,
    energy: Array,
    here: Array,
) -> None:
    """One attempt of each of `rows`; `energy` and `here` (level numbers) of all rows in place."""
    from hopphys.kernels import wang_landau as kernel
    from hopphys.kernels.visits import VISIT

    free, stream = hamiltonian.free, walks.stream[rows]
    pick = random.below(random.words(stream, sweep, k, VISIT), np.uint64(free.size)).astype(np.int64)
    new, sites, row = walks.state[rows].copy(), free[pick], np.arange(rows.size)
    low, high = hamiltonian.site_levels(sites)
    new[row, sites] = np.where(new[row, sites] == high, low, high)
    then, at = energies(hamiltonian, levels, new), random.uniforms(stream, sweep, k)
    for n, r in enumerate(rows):
        g, visits, level = walks.log_g[r], walks.visits[r], kernel.place(then[n], levels.edges, levels.width)
        fresh, nearer = visits[level] < 0, abs(then[n] - levels.middle) <= abs(energy[r] - levels.middle)
        if kernel.accepts(here[r], level, g[here[r]], g[level], fresh, nearer, at[n]):
            if fresh and level >= 0:
                kernel.enter(level, here[r], g, visits, walks.known[r], walks.numbers[r])
            walks.state[r], energy[r], here[r] = new[n], then[n], level
        elif level < 0 and here[r] >= 0:
            walks.numbers[r, kernel.OUTSIDE] += 1
        if here[r] >= 0:
            g[here[r]] += walks.numbers[r, kernel.LOG_F]
            visits[here[r]] += 1
            walks.hits[r, here[r]] += 1
            walks.total[r, here[r]] += energy[r]

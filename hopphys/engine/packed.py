"""Bit-packed lattices: rows in words of 64 lanes, advanced and measured without unpacking.

`sample` gives rows a `Packing` where their lattice fits; the sweeper of such a lattice fills it with words at its first
call and keeps them. `Rows.state` is then that of the last unpacking, and `Rows.unfolded` unpacks.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from threading import Event
from typing import Any

import numpy as np

from hopphys.dynamics import Dynamics
from hopphys.engine import rows as dealing
from hopphys.engine.packed_layout import LANES, WIDTH, Layout, fits, layout
from hopphys.hamiltonian import Hamiltonian
from hopphys.memory import require
from hopphys.threads import threads
from hopphys.types import Array

ROUNDS = 24  # bits of a random number that are compared word by word, before a lane is settled alone
SHARED = 32  # blocks of a colour for each thread, below which waiting for each other costs more than it saves
SLICES = 4  # of a colour for each thread: who is done first waits for a quarter of another's work at most
LONGEST = 64  # blocks of a slice where there are many: some ten microseconds, within the patience of who waits
REST = 5e-5  # seconds
FASTER = 20  # how many attempts take as long as one of the kernels that `deal` was made for


@dataclass(eq=False)
class Packing:
    """How the rows of a run are grouped into words: 64 replicas of one temperature and sample, or one row each.

    first, count : (groups,) first row and number of rows of each group, whose random numbers are those of its first row
    words : (groups, words and ghosts), or None before the packed sweeper has run
    """

    hamiltonian: Hamiltonian
    layout: Layout
    first: Array
    count: Array
    words: Array | None = None

    def pack(self, rows: dealing.Rows) -> Array:
        """The words, made of the rows' states at the first call."""
        if self.words is None:
            from hopphys.kernels.packed_layout import pack

            count, ghosts = self.layout.words, self.layout.ghosts
            words = np.zeros((len(self.first), count + len(ghosts)), np.uint64)
            for g, (first, number) in enumerate(zip(self.first, self.count, strict=True)):
                pack(words[g, :count], rows.state[first : first + number], self.layout.sites, self.layout.stride)
            words[:, count:] = _turned(words[:, ghosts[:, 0]], ghosts[:, 1].astype(np.uint64))
            self.words = words
        return self.words

    def random_start(self, stream: Array) -> Array:
        """The states that `rows.random_start` gives for these streams, as int8."""
        from hopphys.kernels.packed_layout import random_spins

        state = np.empty((len(stream), self.hamiltonian.size), np.int8)
        dealing.deal(lambda part: random_spins(state[part], stream[part]), len(state), state.size)
        return state

    def unpack(self, rows: dealing.Rows) -> None:
        """Write the words into the rows' states, in place."""
        if self.words is None:
            return
        from hopphys.kernels.packed_layout import unpack

        for g, (first, number) in enumerate(zip(self.first, self.count, strict=True)):
            unpack(self.words[g], rows.state[first : first + number], self.layout.sites, self.layout.stride)

    def by_row(self, counts: Array) -> Array:
        """Counts of each lane, (groups, 64), as counts of each row."""
        if self.layout.stride:
            return np.asarray(counts.sum(axis=-1))
        return np.asarray(counts[self._lanes])

    @cached_property
    def _lanes(self) -> Array:
        """Whether a lane of a group holds a replica, (groups, 64)."""
        return np.arange(LANES) < self.count[:, None]

    def uniforms(self, stream: Array, mine: Array, sweep: int, sites: Array) -> Array:
        """The numbers (rows, n) that decide these sites, for the reference sweeper; `stream` is that of all rows.

        53 bits, one of each random word: that of the row's lane, or of the site's.
        """
        from hopphys.kernels.packed import uniforms

        place, strip = self.layout.place(sites)
        group = np.searchsorted(self.first, mine, side="right") - 1
        lane = strip[None, :] + (mine - self.first[group])[:, None]
        return np.asarray(uniforms(stream[self.first[group]], sweep, place, lane))


def _turned(words: Array, turn: Array) -> Array:
    """Every lane moved down by `turn` > 0 places, around the end."""
    return np.asarray((words >> turn) | (words << (np.uint64(LANES) - turn)))


def purpose(hamiltonian: Hamiltonian, dynamics: Dynamics) -> str:
    """What the random numbers of `sample` are for: each way of packing counts them in its own way."""
    if not fits(hamiltonian, dynamics):
        return "sample"
    return "sample, packed sites" if layout(hamiltonian).stride else "sample, packed replicas"


def packing(hamiltonian: Hamiltonian, dynamics: Dynamics, shape: tuple[int, int, int]) -> Packing | None:
    """The grouping of rows (beta, disorder, replica), or None where the lattice does not fit.

    Which way it is packed follows from the model alone, never from the number of replicas: they keep their numbers.
    """
    if not fits(hamiltonian, dynamics):
        return None
    found, replicas = layout(hamiltonian), shape[-1]
    step = 1 if found.stride else LANES
    within = np.arange(0, replicas, step)
    runs = shape[0] * shape[1]
    require(
        8 * runs * len(within) * (found.words + len(found.ghosts)), f"{runs * replicas} packed lattices",
        "take fewer replicas",
    )  # fmt: skip
    first = (replicas * np.arange(runs)[:, None] + within).ravel()
    return Packing(hamiltonian, found, first, np.tile(np.minimum(step, replicas - within), runs))


def sweeper(
    hamiltonian: Hamiltonian, dynamics: Dynamics, otherwise: Callable[[], Callable[..., None]]
) -> Callable[..., None]:
    """A function advance(rows, betas, first, stop): rows with a packing in words, others by what `otherwise` makes."""
    row_by_row = cache(otherwise)

    def advance(rows: dealing.Rows, betas: Array, first: int, stop: bool = False) -> None:
        if rows.packed is None:
            return row_by_row()(rows, betas, first, stop)
        changed = _advance(hamiltonian, dynamics, rows, betas, first)
        rows.flips += rows.packed.by_row(changed)
        rows.used += betas.shape[1]

    return advance


def _advance(hamiltonian: Hamiltonian, dynamics: Dynamics, rows: dealing.Rows, betas: Array, first: int) -> Array:
    """Advance the words of all groups; returns the flips of each lane, (groups, 64)."""
    from hopphys.kernels.packed import sweep_packed
    from hopphys.kernels.packed_threads import FIRST
    from hopphys.kernels.rules import UPDATES

    packed, shape = rows.packed, rows.packed.layout
    words, head = packed.pack(rows), packed.first
    streams, which, plan = rows.stream[head], rows.which[head], rows.plan[head]
    attempts = words.size * LANES * betas.shape[1] // FASTER
    parts = _parts(shape, len(words), attempts)
    changed = np.zeros((len(words), parts, LANES), np.int64)
    slices = 1 if parts == 1 else max(SLICES * parts, _blocks(shape) // LONGEST)
    claims, over = np.zeros((len(words), FIRST + slices), np.int64), Event()
    bias, quantum = float(hamiltonian.counted_bias[0][0]), float(hamiltonian.interaction.quantum)

    def work(mine: slice, part: int = 0) -> None:
        rests = 0
        while not sweep_packed(
            words[mine], streams[mine], which[mine], plan[mine], betas, first, UPDATES[dynamics.update], bias,
            shape.unit, quantum, shape.spans, shape.colours, shape.table, shape.runs, shape.signs, shape.ghosts,
            shape.ghosts_before, changed[mine], claims[mine], part, slices, ROUNDS,
        ):  # fmt: skip
            over.wait(_rest(part, rests))
            rests += 1
        over.set()

    if parts == 1:
        dealing.deal(work, len(words), attempts)
    else:
        _together(lambda part: work(slice(0, len(words)), part), parts)
    return np.asarray(changed.sum(axis=1))


def _rest(part: int, rests: int) -> float:
    """Seconds to leave the processor to others, where one thread waits for another that the system has put aside.

    On a busy machine threads that wait for each other are slower than one: all but the first keep away ever longer.
    """
    return REST if part == 0 else REST * min(2.0 ** (5 + rests), 2000)


def _blocks(shape: Layout) -> int:
    """Blocks of 16 words of one colour, on average."""
    return shape.words // (WIDTH * (len(shape.colours) - 1))


def _parts(shape: Layout, groups: int, attempts: int) -> int:
    """Among how many threads the words of each colour are split: several only where there are more than groups."""
    workers = threads()
    if groups >= workers or attempts < dealing.SERIAL:
        return 1
    return max(1, min(workers, _blocks(shape) // SHARED))


def _together(work: Callable[[int], Any], parts: int) -> None:
    with ThreadPoolExecutor(parts) as pool:
        for done in [pool.submit(work, part) for part in range(parts)]:
            done.result()

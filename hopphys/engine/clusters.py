"""Wolff and Swendsen-Wang sweeps: the bonds of a Hamiltonian, and the number of clusters in a sweep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from hopphys.dynamics import Dynamics
from hopphys.engine.cluster_sizes import sizes_of
from hopphys.engine.rows import Rows, deal, lay_out, random_start
from hopphys.hamiltonian import Hamiltonian
from hopphys.interactions import Dense, Neighbours
from hopphys.kernels.random import MAX_ATTEMPT
from hopphys.memory import require
from hopphys.types import Array

COPIES, FEWEST = 2**13, 1  # sites of all the copies on which cluster sizes are measured; copies of a large system
SETTLE, MEASURE = 24, 8  # Swendsen-Wang sweeps of each copy before and during the measurement
FEW_VALUES = 256  # different couplings up to which bonds share their exponentials


def sweeper(hamiltonian: Hamiltonian, dynamics: Dynamics) -> Callable[..., None]:
    """The function that advances rows of this Hamiltonian by sweeps of clusters, in place."""
    graph = Graph.of(hamiltonian)
    if dynamics.update == "swendsen_wang":
        return _swendsen_wang(hamiltonian, graph)
    return _wolff(graph, Numbers(hamiltonian, graph, dynamics.clusters))


@dataclass(frozen=True, eq=False)
class Graph:
    """Bonds (B, 2) with couplings[d, kind[d, b]], J of bond b in sample d; arrays with one sample serve all."""

    interaction: Neighbours
    kind: Array
    couplings: Array

    @classmethod
    def of(cls, hamiltonian: Hamiltonian) -> Graph:
        interaction = hamiltonian.interaction
        if isinstance(interaction, Dense):
            interaction = pairs(interaction)
        if len(interaction.bonds) >= MAX_ATTEMPT:
            raise ValueError(
                "clusters need a random number for each bond: at most 2^31 of them in a sweep, but there are "
                f"{len(interaction.bonds):,} bonds; use hp.METROPOLIS"
            )
        weights = np.atleast_2d(interaction.weights)
        values, kind = np.unique(weights, return_inverse=True)
        if values.size <= FEW_VALUES:
            return cls(interaction, kind.reshape(weights.shape).astype(np.int32), np.ascontiguousarray(values[None]))
        own = np.arange(weights.shape[1], dtype=np.int32)[None]
        return cls(interaction, own, np.ascontiguousarray(weights))

    def rows(self) -> tuple[Array, ...]:
        """What Wolff's kernel takes: compressed rows, with the kind of every entry."""
        indptr, indices, bonds = self.interaction.adjacency()
        return indptr, indices.astype(np.int32), np.ascontiguousarray(self.kind[:, bonds]), self.couplings

    def ends(self) -> tuple[Array, ...]:
        """What the kernel of Swendsen-Wang takes: the two sites of every bond, and its kind."""
        starts, ends = np.ascontiguousarray(self.interaction.bonds.T.astype(np.int32))
        return starts, ends, self.kind, self.couplings


def pairs(interaction: Dense) -> Neighbours:
    """The bonds of dense couplings: every pair that is coupled in some sample of the disorder."""
    size = interaction.size
    samples = interaction.disorder or 1
    require(
        size * (size - 1) // 2 * (48 + 12 * samples),
        f"the {size * (size - 1) // 2:,} bonds of {size} sites as a list for clusters",
        "take hp.METROPOLIS, which needs the matrix only",
    )
    upper = np.triu_indices(size, 1)
    couplings = interaction.couplings[(..., *upper)]
    there = couplings.reshape(samples, -1).any(axis=0)
    return Neighbours(size, np.stack(upper, axis=-1)[there], couplings[..., there])


def _swendsen_wang(hamiltonian: Hamiltonian, graph: Graph) -> Callable[..., None]:
    from hopphys.kernels.clusters import sweep_swendsen_wang

    bias = hamiltonian.bias if hamiltonian.bias.any() else np.empty(0)
    arguments = (*graph.ends(), bias)

    def advance(rows: Rows, betas: Array, first: int, stop: bool = False) -> None:
        sizes = sizes_of(rows)

        def work(p: slice) -> None:
            sweep_swendsen_wang(
                rows.state[p], rows.stream[p], rows.which[p], betas, rows.plan[p], first,
                rows.flips[p], rows.used[p], sizes.grown[p], sizes.drawn[p], *arguments,
            )  # fmt: skip

        deal(work, len(rows.state), len(rows.state) * (len(arguments[0]) + rows.state.shape[1]) * betas.shape[1])

    return advance


def _wolff(graph: Graph, numbers: Numbers) -> Callable[..., None]:
    from hopphys.kernels.clusters import sweep_wolff

    arguments = graph.rows()

    def advance(rows: Rows, betas: Array, first: int, stop: bool = False) -> None:
        sizes = sizes_of(rows)
        clusters = numbers.of(betas)
        sizes.clusters = clusters[:, -1]

        def work(p: slice) -> None:
            sweep_wolff(
                rows.state[p], rows.stream[p], rows.which[p], betas, rows.plan[p], first, clusters,
                rows.flips[p], rows.used[p], sizes.grown[p], sizes.drawn[p], *arguments,
            )  # fmt: skip

        deal(work, len(rows.state), rows.state.size * betas.shape[1])

    return advance


class Numbers:
    """Clusters a Wolff sweep at each temperature and disorder sample, so that a sweep flips about N sites.

    Measured on copies that no run sees. At a first temperature they settle and are measured there: the number follows
    from the Hamiltonian and beta alone, whatever the seed, the replicas and the other temperatures. Where a schedule
    goes on to another one, the same copies follow it, one sweep each.
    """

    def __init__(self, hamiltonian: Hamiltonian, graph: Graph, given: int | None) -> None:
        self.hamiltonian, self.given = hamiltonian, given
        self.samples = hamiltonian.disorder or 1
        self.copies = max(FEWEST, COPIES // hamiltonian.size)
        self.last: dict[int, _Measured] = {}
        self.advance = None if given is not None else _swendsen_wang(hamiltonian, graph)

    def of(self, betas: Array) -> Array:
        """Clusters (schedules, sweeps, samples) for betas (schedules, sweeps); one sweep stands for equal ones."""
        if (betas == betas[:, :1]).all():
            betas = betas[:, :1]
        if self.given is not None:
            return np.full((*betas.shape, self.samples), self.given)
        return np.stack([[self._at(plan, float(beta)) for beta in row] for plan, row in enumerate(betas)])

    def _at(self, plan: int, beta: float) -> Array:
        known = self.last.get(plan)
        if known is None:
            self.last[plan] = known = self._begin(beta)
        elif known.beta != beta:
            self._measure(known, beta, 1)
        return known.clusters

    def _begin(self, beta: float) -> _Measured:
        stream, which, plan, shape = lay_out(self.hamiltonian, [(beta,)], self.copies, 0, "cluster sizes")
        rows = Rows(random_start(self.hamiltonian, stream).astype(np.int8), stream, which, plan, shape)
        known = _Measured(rows)  # sweep 0 has drawn the random states
        self._measure(known, beta, SETTLE)
        self._measure(known, beta, MEASURE)
        return known

    def _measure(self, known: _Measured, beta: float, sweeps: int) -> None:
        assert self.advance is not None
        known.rows.sizes = None
        self.advance(known.rows, np.full((1, sweeps), beta), known.sweep)
        size = sizes_of(known.rows).mean().reshape(self.samples, -1).mean(axis=-1)
        known.sweep, known.beta = known.sweep + sweeps, beta
        known.clusters = np.maximum(1, np.rint(self.hamiltonian.size / size)).astype(np.int64)


@dataclass(eq=False)
class _Measured:
    rows: Rows
    sweep: int = 1
    beta: float = -1.0
    clusters: Array = field(default_factory=lambda: np.empty(0, np.int64))

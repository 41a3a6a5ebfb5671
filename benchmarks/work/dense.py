"""Hopfield network with all N x N couplings at T = 0.2, load 0.1: 64 replicas beside a pattern, or from anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import hopphys as hp
from benchmarks.checks import same_mean
from benchmarks.contest import BEST, Contest, Entrant, Row, gather
from benchmarks.peers import Dwave, OpenJij, dense_bonds

BETA, REPLICAS = 5.0, 64


def with_all_couplings(patterns: np.ndarray) -> np.ndarray:
    """Hebb's couplings, as a rule of one's own: hopphys itself would keep the patterns instead."""
    return hp.hebb(patterns)


def prepare(size: int, sweeps: int, start: str, reads: int, quick: bool) -> Contest:
    size, sweeps = (size // 5, max(4, sweeps // 10)) if quick else (size, sweeps)
    xi = hp.patterns.random(size // 10, size, seed=2)
    # Both ways are public; which is faster depends on N and on how many sites change: docs/engine.md.
    nets = {"couplings": hp.hopfield(xi, rule=with_all_couplings), "patterns": hp.hopfield(xi)}
    way, other = ("couplings", "patterns") if size <= 1000 else ("patterns", "couplings")
    # At equilibrium beside a pattern any update gives one mean energy; from random states the rule must be the same.
    here = np.repeat(xi[:1], REPLICAS, 0) if start == "pattern" else None
    work = Work(sweeps, hp.Dynamics("heat_bath" if start == "pattern" else "metropolis", "sequential"), here)
    entrants, absent = gather(
        product("hopphys", "product", nets[way], work),
        variant=lambda: product(f"hopphys, {other}", "variant", nets[other], work),
        **peers(nets["couplings"], sweeps, reads, None if here is None else here[:reads]),
    )
    fewer = f"; peers {reads} reads, the cost of an attempt compared" if reads != REPLICAS else ""
    return Contest(
        entrants,
        same_mean("final energy a site"),
        "attempt",
        f"N = {size}, P = {size // 10}, {REPLICAS} replicas from {start} states, {sweeps} sweeps, T = {1 / BETA}, "
        f"hopphys through its {way}{fewer}",
        needs=needs(nets[way], work),
        absent=absent,
    )


@dataclass(frozen=True)
class Work:
    """What is done to the network, whichever way its couplings are kept."""

    sweeps: int
    dynamics: hp.Dynamics
    start: np.ndarray | None

    def run(self, net: hp.Hamiltonian, seed: int, **options: object) -> Any:
        return hp.sample(
            net, beta=BETA, sweeps=self.sweeps, replicas=REPLICAS, dynamics=self.dynamics, record=0, seed=seed,
            start=self.start, **options,
        )  # fmt: skip


def product(name: str, kind: str, net: hp.Hamiltonian, work: Work) -> Entrant:
    def call(turn: int) -> np.ndarray:
        return work.run(net, turn + 2)["energy"].values.ravel() / net.size

    return Entrant(name, call, net.size * REPLICAS * work.sweeps, kind, "hopphys")


def peers(net: hp.Hamiltonian, sweeps: int, reads: int, start: np.ndarray | None) -> dict[str, Callable[[], Entrant]]:
    """Each with the updates it has. Many sites take seconds to prepare, so that fewer reads are asked for."""
    matrix = net.interaction.couplings

    def dwave(rule: str) -> Entrant:
        sampler = Dwave(*dense_bonds(matrix), net.size)
        name = f"dwave-samplers ({rule})"
        return sampler.entrant(name, [BETA], reads, sweeps_each=sweeps, rule=rule, start=start)

    def openjij() -> Entrant:
        sampler = OpenJij(net.size, matrix=matrix)
        return sampler.entrant([BETA], reads, net.energy, sweeps_each=sweeps, start=start)

    rules = ("Metropolis",) if start is None else ("Gibbs",) if net.size > 1000 else ("Gibbs", "Metropolis")
    return {"openjij": openjij, **{f"dwave-samplers ({rule})": partial(dwave, rule) for rule in rules}}


def needs(net: hp.Hamiltonian, work: Work) -> dict[str, float]:
    """A random number for every attempt; for every flip a row of float32 couplings, and the fields read and written.

    Through patterns it is overlaps: a byte of each pattern for every attempt.
    """
    attempts = net.size * REPLICAS * work.sweeps
    if isinstance(net.interaction, hp.Patterns):
        return {"words": attempts / 2, "cached_bytes": attempts * float(net.interaction.patterns.shape[-2])}
    flips = attempts * float(work.run(net, 1, observe=())["acceptance"].mean())
    return {"words": attempts / 2, "cached_bytes": 12.0 * net.size * flips}


ROWS = (
    Row(
        "dense-1000", "dense Hopfield N = 1000, T = 0.2, heat bath, beside a pattern", "dense N = 1000, pattern",
        partial(prepare, 1000, 400, "pattern", 64), {BEST: 12.0},
    ),
    Row(
        "dense-1000-random", "dense Hopfield N = 1000, T = 0.2, Metropolis, from random states",
        "dense N = 1000, random", partial(prepare, 1000, 200, "random", 64), {BEST: 12.0},
    ),
    Row(
        "dense-4000", "dense Hopfield N = 4000, T = 0.2, heat bath, beside a pattern", "dense N = 4000, pattern",
        partial(prepare, 4000, 400, "pattern", 16), {BEST: 18.0},
    ),
    Row(
        "dense-4000-random", "dense Hopfield N = 4000, T = 0.2, Metropolis, from random states",
        "dense N = 4000, random", partial(prepare, 4000, 20, "random", 16), {BEST: 18.0},
    ),
)  # fmt: skip

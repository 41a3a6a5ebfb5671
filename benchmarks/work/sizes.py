"""Cost of an attempt against each size: L of a lattice, N and R of dense couplings, P of patterns."""

from __future__ import annotations

import numpy as np

import hopphys as hp
from benchmarks.contest import Entrant, Ladder

# Attempts of a call, and sweeps at least: drawing the start and laying it out must not be what is measured.
PACKED, CARRIED = 2**29, 2**23
LEAST_PACKED, LEAST_CARRIED = 200, 100
LANES = 64


def lattice(length: int, replicas: int = 64) -> Entrant:
    model = hp.ising(hp.square(length))
    sweeps = max(LEAST_PACKED, PACKED // (model.size * LANES))
    return sampled(model, sweeps, replicas, hp.CHECKERBOARD, temperature=2.269)


def lattice_replicas(replicas: int) -> Entrant:
    return lattice(64, replicas)


def dense(size: int, replicas: int = 64) -> Entrant:
    xi = hp.patterns.random(size // 10, size, seed=2)
    net = hp.hopfield(xi, rule=lambda patterns: hp.hebb(patterns))
    sweeps = max(LEAST_CARRIED, CARRIED // (size * replicas))
    start = np.repeat(xi[:1], replicas, 0)
    return sampled(net, sweeps, replicas, hp.Dynamics("heat_bath", "sequential"), temperature=0.2, start=start)


def dense_replicas(replicas: int) -> Entrant:
    return dense(1000, replicas)


def patterns(count: int, size: int = 4000, replicas: int = 16) -> Entrant:
    xi = hp.patterns.random(count, size, seed=2)
    sweeps = max(LEAST_CARRIED, CARRIED // (size * replicas))
    start = np.repeat(xi[:1], replicas, 0)
    dynamics = hp.Dynamics("heat_bath", "sequential")
    return sampled(hp.hopfield(xi), sweeps, replicas, dynamics, temperature=0.2, start=start)


def sampled(model: hp.Hamiltonian, sweeps: int, replicas: int, dynamics: hp.Dynamics, **given: object) -> Entrant:
    def call(turn: int) -> np.ndarray:
        run = hp.sample(
            model, sweeps=sweeps, replicas=replicas, dynamics=dynamics, record=0, seed=turn + 2, observe=(), **given
        )
        return run["state"].values

    return Entrant("hopphys", call, model.size * replicas * sweeps, "product", "hopphys")


LADDERS = (
    Ladder("lattice-L", "square lattice, 64 replicas", "L", (16, 32, 64, 128, 256, 512), lattice, quick_sizes=(16, 32)),
    Ladder(
        "lattice-R", "square lattice, L = 64", "R", (1, 4, 16, 64, 256), lattice_replicas, quick_sizes=(1, 64)
    ),
    Ladder("dense-N", "dense, 64 replicas", "N", (250, 500, 1000, 2000, 4000), dense, quick_sizes=(100, 200)),
    Ladder("dense-R", "dense, N = 1000", "R", (1, 4, 16, 64, 256), dense_replicas, quick_sizes=(1, 4)),
    Ladder(
        "patterns-P", "patterns, N = 4000, 16 replicas", "P", (25, 50, 100, 200, 400, 520), patterns,
        quick_sizes=(10, 20),
    ),
)  # fmt: skip

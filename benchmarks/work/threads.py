"""Two threads against one, on each of the three families of kernels. The bits must be the same."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

import numpy as np

import hopphys as hp
from benchmarks.checks import same_values
from benchmarks.contest import Contest, Entrant, Row

TARGET = 1.7


def packed(quick: bool) -> tuple[Callable[[int], np.ndarray], float, str]:
    length, replicas, sweeps = 64, 128, 50 if quick else 2000
    model = hp.ising(hp.square(length))

    def call(turn: int) -> np.ndarray:
        run = hp.sample(
            model,
            temperature=2.269,
            sweeps=sweeps,
            replicas=replicas,
            dynamics=hp.CHECKERBOARD,
            record=0,
            seed=turn + 2,
        )
        return run["state"].values

    return call, length**2 * replicas * sweeps, f"square lattice L = {length}, {replicas} replicas, {sweeps} sweeps"


def hopfield(dense: bool, quick: bool) -> tuple[Callable[[int], np.ndarray], float, str]:
    size, replicas, sweeps = 1000, 64, 20 if quick else 600 if dense else 200
    xi = hp.patterns.random(size // 10, size, seed=2)
    net = hp.hopfield(xi, rule=lambda patterns: hp.hebb(patterns)) if dense else hp.hopfield(xi)
    dynamics = hp.Dynamics("heat_bath", "sequential")

    def call(turn: int) -> np.ndarray:
        run = hp.sample(
            net, temperature=0.2, sweeps=sweeps, replicas=replicas, dynamics=dynamics, record=0, seed=turn + 2
        )
        return run["state"].values

    what = "all couplings" if dense else "patterns"
    return call, size * replicas * sweeps, f"Hopfield N = {size} through {what}, {replicas} replicas, {sweeps} sweeps"


def prepare(make: Callable[[bool], tuple[Callable[[int], np.ndarray], float, str]], quick: bool) -> Contest:
    call, units, conditions = make(quick)

    from threadpoolctl import threadpool_limits

    def held(threads: int) -> Callable[[int], np.ndarray]:
        def run(turn: int) -> np.ndarray:
            # Products of matrices have threads of their own: one thread is one thread there too.
            os.environ["HOPPHYS_THREADS"] = str(threads)
            with threadpool_limits(threads):
                return call(turn)

        return run

    return Contest(
        [
            Entrant("hopphys", held(2), units, "product", "hopphys", "2 threads"),
            Entrant("one thread", held(1), units, "variant", "hopphys", "1 thread"),
        ],
        same_values("final states", 0.0),
        "attempt",
        conditions,
    )


ROWS = tuple(
    Row(
        f"threads-{name}",
        f"2 threads / 1 thread, {title}",
        f"2 threads, {name}",
        partial(prepare, make),
        {"one thread": TARGET},
        threads=2,
    )
    for name, title, make in (
        ("packed", "bit-packed lattice", packed),
        ("dense", "dense couplings", partial(hopfield, True)),
        ("patterns", "patterns", partial(hopfield, False)),
    )
)

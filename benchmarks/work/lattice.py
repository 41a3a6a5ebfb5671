"""Square Ising model at its critical temperature: Metropolis, every site once a sweep, from random states."""

from __future__ import annotations

from functools import partial

import numpy as np

import hopphys as hp
from benchmarks import numpy_user
from benchmarks.checks import same_mean
from benchmarks.contest import BEST, Contest, Entrant, Row, gather
from benchmarks.peers import random_states

TEMPERATURE = 2.269
# From random states the critical lattice is still relaxing after this many sweeps, and hopphys visits it by colours,
# mcising and peapods row by row: rates of relaxation differ by more than the statistical error.
SLACK = 0.005


def prepare(length: int, replicas: int, sweeps: int, quick: bool) -> Contest:
    sweeps = max(10, sweeps // 20) if quick else sweeps
    units = length**2 * replicas * sweeps
    entrants, absent = gather(
        product(length, replicas, sweeps),
        mcising=lambda: mcising(length, replicas, sweeps),
        peapods=lambda: peapods(length, replicas, sweeps),
        # One large lattice is left to the compiled peers: NumPy takes ten seconds a turn for it.
        **({"numpy": lambda: numpy(length, min(replicas, 8), sweeps)} if length < 1000 else {}),
    )
    return Contest(
        entrants,
        same_mean("energy a site", slack=SLACK),
        "attempt",
        f"L = {length}, {replicas} replica{'s' * (replicas > 1)}, {sweeps} sweeps, T = {TEMPERATURE}",
        # 32 random bits decide an attempt, as many as in the peers' floats.
        needs={"words": units / 2},
        absent=absent,
    )


def product(length: int, replicas: int, sweeps: int) -> Entrant:
    model = hp.ising(hp.square(length))

    def call(turn: int) -> np.ndarray:
        run = hp.sample(
            model, temperature=TEMPERATURE, sweeps=sweeps, replicas=replicas, dynamics=hp.CHECKERBOARD, record=0,
            seed=turn + 2,
        )  # fmt: skip
        return run["energy"].values.ravel() / length**2

    return Entrant("hopphys", call, length**2 * replicas * sweeps, "product", "hopphys")


def mcising(length: int, replicas: int, sweeps: int) -> Entrant:
    from mcising import IsingSimulation

    copies = [IsingSimulation(length, 1.0, 0.0, 0.0, 0.0, seed) for seed in range(replicas)]

    def call(turn: int) -> np.ndarray:
        starts = random_states(np.random.default_rng([turn + 2, 3]), replicas, length**2)
        for copy, start in zip(copies, starts, strict=True):
            copy.set_spins(start.reshape(length, length))
            copy.sweep(sweeps, temperature=TEMPERATURE)
        return np.array([copy.energy() for copy in copies])

    return Entrant("mcising", call, length**2 * replicas * sweeps, "peer", "mcising")


def peapods(length: int, replicas: int, sweeps: int) -> Entrant:
    from peapods import Ising

    model = Ising((length, length), temperatures=np.array([TEMPERATURE]), n_replicas=replicas)

    def call(turn: int) -> np.ndarray:
        model.reset()
        # It returns means over replicas and the sweeps after the warm-up: here the last one.
        model.sample(sweeps, sweep_mode="metropolis", warmup_ratio=(sweeps - 1) / sweeps, sequential=True)
        return -np.asarray(model.get_energies(), dtype=float)

    return Entrant("peapods", call, length**2 * replicas * sweeps, "peer", "peapods")


def numpy(length: int, replicas: int, sweeps: int) -> Entrant:
    def call(turn: int) -> np.ndarray:
        generator = np.random.default_rng([turn + 2, 5])
        spins = random_states(generator, replicas, length**2).reshape(replicas, length, length)
        numpy_user.checkerboard(spins, 1 / TEMPERATURE, sweeps, generator)
        return numpy_user.lattice_energy(spins)

    note = f"{replicas} at a time, which stay in the cache" if replicas > 1 else ""
    return Entrant("numpy", call, length**2 * replicas * sweeps, "numpy", "numpy", note)


ROWS = (
    Row(
        "square-64", "square Ising, checkerboard, 64 replicas of L = 64", "Ising, 64 of L = 64",
        partial(prepare, 64, 64, 1000), {BEST: 35.0},
    ),
    Row(
        "square-1024", "square Ising, checkerboard, one L = 1024 lattice", "Ising, one L = 1024",
        partial(prepare, 1024, 1, 400), {BEST: 35.0},
    ),
)  # fmt: skip

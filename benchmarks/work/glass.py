"""Three-dimensional spin glass of 10^3 sites: simulated annealing, 64 reads, one inverse temperature a sweep."""

from __future__ import annotations

from functools import partial

import numpy as np

import hopphys as hp
from benchmarks.checks import same_mean
from benchmarks.contest import Contest, Entrant, Row, gather
from benchmarks.peers import Dwave, OpenJij

READS = 64
# By colours, where the peers go site by site: the mean of a ramp that is not slow depends a little on the order.
SLACK = {"blocks": 0.003, "sequential": 0.0}


def prepare(kind: str, order: str, quick: bool) -> Contest:
    betas = np.linspace(0.1, 3.0, 50 if quick else 1000)
    model = hp.spin_glass(hp.cubic(10), kind, seed=1)
    bonds, couplings = model.interaction.bonds, model.interaction.weights
    entrants, absent = gather(
        product(model, betas, order),
        dwave=lambda: Dwave(bonds, couplings, model.size).entrant("dwave-samplers", betas, READS),
        openjij=lambda: OpenJij(model.size, bonds=bonds, couplings=couplings).entrant(betas, READS, model.energy),
    )
    return Contest(
        entrants,
        same_mean("final energy a site", slack=SLACK[order]),
        "attempt",
        f"N = 1000, {READS} reads, {betas.size} sweeps, beta from 0.1 to 3 in equal steps, Metropolis",
        needs={"words": betas.size * READS * model.size / 2},
        absent=absent,
    )


def product(model: hp.Hamiltonian, betas: np.ndarray, order: str) -> Entrant:
    schedule, dynamics = hp.custom_schedule(beta=betas), hp.Dynamics("metropolis", order)

    def call(turn: int) -> np.ndarray:
        run = hp.sample(model, schedule, replicas=READS, dynamics=dynamics, record=0, seed=turn + 2)
        return run["energy"].values.ravel() / model.size

    return Entrant("hopphys", call, betas.size * READS * model.size, "product", "hopphys")


ROWS = (
    Row(
        "glass-pm", "3-D ±J glass 10³, annealing 64 reads × 1 000 sweeps", "±J glass 10³",
        partial(prepare, "pm", "blocks"), {"dwave-samplers": 30.0},
    ),
    Row(
        "glass-gaussian", "3-D Gaussian glass 10³, annealing 64 reads × 1 000 sweeps", "Gaussian glass 10³",
        partial(prepare, "gaussian", "sequential"), {"dwave-samplers": 8.0},
    ),
)  # fmt: skip

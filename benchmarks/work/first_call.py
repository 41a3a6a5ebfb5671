"""The first call of a process: importing, preparing and sampling a small dense problem, kernels cached on disk."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import hopphys as hp
from benchmarks.checks import same_mean
from benchmarks.contest import Contest, Entrant, Row, gather

SIZE, READS = 80, 64

PRODUCT = """
import sys
import numpy as np
import hopphys as hp
couplings, sweeps, seed = np.load(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
model = hp.Hamiltonian(hp.Dense(couplings), np.zeros(len(couplings)), (hp.Block("spins", len(couplings), hp.SPIN),))
schedule = hp.custom_schedule(beta=np.linspace(0.1, 3.0, sweeps))
dynamics = hp.Dynamics("metropolis", "sequential")
run = hp.sample(model, schedule, replicas=64, dynamics=dynamics, record=0, seed=seed)
print(*run["energy"].values.ravel())
"""
PEER = """
import sys
import numpy as np
import dimod
from dwave.samplers import SimulatedAnnealingSampler
couplings, sweeps, seed = np.load(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
first, second = np.triu_indices(len(couplings), 1)
ends = (first, second, -couplings[first, second])
model = dimod.BinaryQuadraticModel.from_numpy_vectors(np.zeros(len(couplings)), ends, 0.0, "SPIN")
betas = np.linspace(0.1, 3.0, sweeps)
found = SimulatedAnnealingSampler().sample(
    model, num_reads=64, beta_schedule_type="custom", beta_schedule=betas, seed=seed
)
print(*found.record.energy)
"""


def prepare(quick: bool) -> Contest:
    sweeps = 100 if quick else 1000
    file = Path(tempfile.mkdtemp()) / "couplings.npy"
    np.save(file, hp.spin_glass(SIZE, "sk", seed=1).interaction.couplings)
    product = Entrant("hopphys", process(PRODUCT, file, sweeps), 1, "product", "hopphys")
    entrants, absent = gather(product, dwave=lambda: peer(file, sweeps))
    return Contest(
        entrants,
        same_mean("energy"),
        "process",
        f"N = {SIZE} dense, {READS} reads, {sweeps} sweeps, whole processes with a warm cache, imports included",
        absent=absent,
    )


def peer(file: Path, sweeps: int) -> Entrant:
    import dwave.samplers  # noqa: F401, so that a missing peer is named

    return Entrant("dwave-samplers", process(PEER, file, sweeps), 1, "peer", "dwave-samplers")


def process(program: str, file: Path, sweeps: int):
    def call(turn: int) -> np.ndarray:
        command = [sys.executable, "-c", program, str(file), str(sweeps), str(turn + 2)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr.strip().splitlines()[-1])
        return np.array(done.stdout.split(), dtype=float)

    return call


ROWS = (
    Row(
        "first-call", "cold process, 80-spin dense problem, 64 reads × 1 000 sweeps (at most 3 × its time)",
        "first call", prepare, {"dwave-samplers": 1 / 3}, turns=9, alone=True,
    ),
)  # fmt: skip

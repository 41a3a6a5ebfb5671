"""The peers: how they are installed, and one way of calling each, taken from its own documentation."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contest import Entrant

# torch is pinned: its fused attention differs a lot between releases.
REQUIREMENTS = (
    "scipy", "threadpoolctl", "dwave-samplers", "openjij", "mcising", "peapods", "hopfieldkit", "jax", "thrml",
    "torch==2.13.0",
)  # fmt: skip
TAKEN_OFF = "preparation taken off"
NOT_INSTALLED = Path(sys.prefix) / "peers-not-installed.json"


def install() -> dict[str, str]:
    """Install each peer on its own into this environment; the errors of those that could not be, by requirement."""
    failed = {}
    for requirement in REQUIREMENTS:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            failed[requirement] = _last_error(done.stderr)
            print(_in_words(requirement, failed[requirement]), file=sys.stderr)
    NOT_INSTALLED.write_text(json.dumps(failed, indent=1))
    return failed


def _last_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith("ERROR")] or lines or ["no message"]
    return told[-1][:300]


def _in_words(requirement: str, error: str) -> str:
    name, _, pin = requirement.partition("==")
    text = f"{requirement} could not be installed here ({error}); its rows run without it."
    if pin:
        text += (
            f" The pin is what the published table was measured with: with another release of {name} installed into "
            f"{sys.prefix}, `python -m benchmarks run` gives ratios to that one."
        )
    return text


def not_installed() -> dict[str, str]:
    return json.loads(NOT_INSTALLED.read_text()) if NOT_INSTALLED.exists() else {}


def versions() -> dict[str, str | None]:
    """Installed version of each peer and of what hopphys runs on; None where it is missing."""
    names = [requirement.partition("==")[0] for requirement in REQUIREMENTS]
    return {name: _version(name) for name in ["hopphys", "numpy", "numba", *names]}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


class Dwave:
    """dwave-samplers' SimulatedAnnealingSampler on E = -sum J_ij s_i s_j, one beta of a custom schedule a sweep."""

    def __init__(self, bonds: np.ndarray, couplings: np.ndarray, size: int) -> None:
        import dimod
        from dwave.samplers import SimulatedAnnealingSampler

        ends = (bonds[:, 0], bonds[:, 1], -np.asarray(couplings, dtype=float))
        self.size = size
        self.model = dimod.BinaryQuadraticModel.from_numpy_vectors(np.zeros(size), ends, 0.0, "SPIN")
        self.sampler = SimulatedAnnealingSampler()

    def run(
        self, betas: Sequence[float], reads: int, seed: int, *, sweeps_each: int = 1, rule: str = "Metropolis",
        start: np.ndarray | None = None,
    ) -> Any:  # fmt: skip
        """The sample set; `start` is (reads, N), by default random."""
        return self.sampler.sample(
            self.model, num_reads=reads, beta_schedule_type="custom", beta_schedule=betas,
            num_sweeps_per_beta=sweeps_each, proposal_acceptance_criteria=rule, initial_states=start, seed=seed,
        )  # fmt: skip

    def entrant(self, name: str, betas: Sequence[float], reads: int, **options: Any) -> Entrant:
        """Energies a site of `reads` runs; building the sampler's neighbour lists, done in every call, is taken off."""
        each = options.get("sweeps_each", 1)

        def call(turn: int) -> np.ndarray:
            return self.run(betas, reads, turn + 2, **options).record.energy / self.size

        def fixed(turn: int) -> Any:
            return self.run(betas[:1], reads, turn + 2, **{**options, "sweeps_each": 1})

        units = (len(betas) * each - 1) * reads * self.size
        return Entrant(name, call, units, "peer", "dwave-samplers", TAKEN_OFF, fixed)


def dense_bonds(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of a symmetric matrix and their couplings: (pairs, 2) and (pairs,)."""
    first, second = np.triu_indices(len(matrix), 1)
    return np.stack([first, second], 1), np.asarray(matrix)[first, second]


class OpenJij:
    """openjij's compiled core, as its tutorial on the core interface uses it: the graph is made once, not in each call.

    Its SASampler would convert the model anew in each call, and start every read from one state where a seed is given.
    """

    def __init__(
        self, size: int, *, matrix: np.ndarray | None = None, bonds: Any = None, couplings: Any = None
    ) -> None:
        import openjij.cxxjij as core

        self.core, self.size = core, size
        if matrix is not None:
            self.graph = core.graph.Dense(size)
            padded = np.zeros((size + 1, size + 1))
            padded[:size, :size], padded[size, size] = -np.asarray(matrix), 1.0
            self.graph.set_interaction_matrix(padded)
        else:
            import openjij

            pairs = {(int(i), int(j)): -float(J) for (i, j), J in zip(bonds, couplings, strict=True)}
            linear = dict.fromkeys(range(size), 0.0)
            self.graph, _ = openjij.BinaryQuadraticModel(linear, pairs, "SPIN", sparse=True).get_cxxjij_ising_graph()

    def schedule(self, betas: Sequence[float], sweeps_each: int = 1) -> list[Any]:
        steps = []
        for beta in betas:
            step = self.core.utility.ClassicalSchedule()
            step.one_mc_step, step.updater_parameter.beta = sweeps_each, float(beta)
            steps.append(step)
        return steps

    def run(self, schedule: list[Any], starts: np.ndarray, seed: int) -> np.ndarray:
        """Final states (R, N) from starts (R, N), one read after the other."""
        system = self.core.system.make_classical_ising(starts[0].astype(int), self.graph)
        final = np.empty((len(starts), self.size), np.int8)
        for read, start in enumerate(starts.astype(int)):
            system.reset_spins(start)
            self.core.algorithm.Algorithm_SingleSpinFlip_run(system, 100_003 * (seed + 1) + read, schedule)
            final[read] = self.core.result.get_solution(system)
        return final

    def entrant(
        self, betas: Sequence[float], reads: int, energy: Callable[[np.ndarray], np.ndarray], *, sweeps_each: int = 1,
        start: np.ndarray | None = None,
    ) -> Entrant:  # fmt: skip
        """Energies a site of `reads` runs, from `start` (reads, N) or random states; making fields is taken off."""
        whole, short = self.schedule(betas, sweeps_each), self.schedule(betas[:1], 1)

        def run(steps: list[Any], turn: int) -> np.ndarray:
            generator = np.random.default_rng([turn + 2, 7])
            starts = random_states(generator, reads, self.size) if start is None else start
            return self.run(steps, starts, turn + 2)

        def call(turn: int) -> np.ndarray:
            return energy(run(whole, turn)) / self.size

        units = (len(betas) * sweeps_each - 1) * reads * self.size
        return Entrant("openjij", call, units, "peer", "openjij", TAKEN_OFF, lambda turn: run(short, turn))


def random_states(generator: np.random.Generator, replicas: int, size: int) -> np.ndarray:
    return (2 * generator.integers(0, 2, (replicas, size), dtype=np.int8) - 1).astype(np.int8)

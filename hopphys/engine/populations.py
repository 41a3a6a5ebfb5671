"""Populations of walkers that are cooled together: weigh, resample, sweep.

Walkers live in slots. A slot keeps its stream of random numbers whatever its occupant descends from, so two copies of
one walker part at once; who descends from whom is decided from a stream of the population's own.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from hopphys.dynamics import Dynamics
from hopphys.engine.packed import packing
from hopphys.engine.resampling import parents
from hopphys.engine.rows import Rows, hold_clamped, lay_out, random_start, working_type
from hopphys.engine.sweepers import sweeper
from hopphys.engine.weights import (
    disorder_samples,
    effective_number,
    log_mean,
    log_states,
    log_weights,
    purpose_of,
    row_energies,
)
from hopphys.hamiltonian import Hamiltonian
from hopphys.kernels.random import uniforms
from hopphys.types import Array

LEAST = 0.01  # share of a population that must still count after the weights of one step


class Populations:
    """Independent populations of `size` walkers each, (replica, [disorder,] walker), from exact draws at beta = 0.

    A population's random numbers follow from the seed, the purpose, `identity`, its number and its disorder sample.
    """

    def __init__(
        self, hamiltonian: Hamiltonian, dynamics: Dynamics, replicas: int, size: int, purpose: str,
        identity: tuple[float, ...], seed: int,
    ) -> None:  # fmt: skip
        names = [(replica, *identity) for replica in range(replicas)]
        stream, which, _, shape = lay_out(hamiltonian, names, size, seed, purpose_of(purpose, hamiltonian, dynamics))
        origin, *_ = lay_out(hamiltonian, names, size, seed, f"{purpose} start")
        self.deciding, *_ = lay_out(hamiltonian, names, 1, seed, f"{purpose} resampling")
        states = np.array(random_start(hamiltonian, origin), dtype=working_type(hamiltonian, dynamics.update))
        hold_clamped(hamiltonian, states)
        self.hamiltonian, self.samples, self.size = hamiltonian, disorder_samples(hamiltonian), size
        self.advance = sweeper(hamiltonian, dynamics)
        self.packing = partial(packing, hamiltonian, dynamics, shape)  # groups of walkers, where words hold them
        self.rows = Rows(states, stream, which, np.zeros(len(states), np.int64), shape, packed=self.packing())
        self.beta, self.step, self.swept = 0.0, 0, 0
        self.family = np.tile(np.arange(size), len(self.deciding))
        self.log_z = np.full(len(self.deciding), log_states(hamiltonian))
        self.effective = np.full(len(self.deciding), float(size))
        self.acceptance = np.ones(len(self.deciding))
        self.energy = row_energies(self.samples, self.rows, size)

    def by_population(self, values: Array) -> Array:
        """(rows, ...) as (populations, walkers, ...)."""
        return values.reshape(-1, self.size, *values.shape[1:])

    def follow(self, beta: float, sweeps: int, cautious: bool = True) -> None:
        """Go on to the next inverse temperature. Raises ValueError where a population dies out, if `cautious`."""
        log_weight = self.by_population(log_weights(self.beta, beta, self.energy))
        self.effective = effective_number(log_weight)
        if cautious:
            self._require_weights(beta)
        self.log_z = self.log_z + log_mean(log_weight)
        self._resample(log_weight)
        self.beta, self.step = beta, self.step + 1
        if cautious:
            self._require_families()
        before = self.rows.flips.copy()
        self.advance(self.rows, np.full((1, sweeps), beta), self.swept)
        self.swept += sweeps
        attempts = sweeps * max(1, self.hamiltonian.free.size)
        self.acceptance = self.by_population(self.rows.flips - before).mean(axis=-1) / attempts
        self.energy = row_energies(self.samples, self.rows, self.size)

    def _resample(self, log_weight: Array) -> None:
        uniform = uniforms(self.deciding, self.step, 0)
        chosen = np.concatenate(
            [p * self.size + parents(w, float(u)) for p, (w, u) in enumerate(zip(log_weight, uniform, strict=True))]
        )
        rows, self.family = self.rows, self.family[chosen]
        rows.unfolded(True)  # brings the states up to date where they are kept in words
        field = None if rows.field is None else rows.field[chosen]
        self.rows = Rows(
            rows.state[chosen], rows.stream, rows.which, rows.plan, rows.shape, field=field, packed=self.packing()
        )
        self.rows.flips += rows.flips  # of the slot: a sweeper chooses by the flips of all calls before

    @property
    def family_sizes(self) -> Array:
        """Walkers that descend from each of the first ones, (populations, walkers)."""
        slots = self.by_population(self.family) + self.size * np.arange(len(self.deciding))[:, None]
        return np.bincount(slots.ravel(), minlength=self.family.size).reshape(slots.shape)

    def _require_weights(self, beta: float) -> None:
        least = max(2.0, LEAST * self.size)
        p = int(self.effective.argmin())
        if self.effective[p] < least:
            raise ValueError(
                f"the population dies out at step {self.step + 1}: from beta = {self.beta:g} to {beta:g} the weights "
                f"of {self.size} walkers{self._name(p)} are worth {self.effective[p]:.2g} equal ones, and {least:g} "
                "are needed; take smaller steps there, or give the last beta alone and let the steps be chosen"
            )

    def _require_families(self) -> None:
        families = (self.family_sizes > 0).sum(axis=-1)
        p = int(families.argmin())
        if families[p] < 2:
            raise ValueError(
                f"the population dies out at step {self.step}, beta = {self.beta:g}: all {self.size} walkers"
                f"{self._name(p)} descend from one (the step's weights were worth {self.effective[p]:.3g} of them); "
                "take a larger population, smaller steps, or more sweeps a step"
            )

    def _name(self, population: int) -> str:
        replicas, samples, _ = self.rows.shape
        replica, sample = divmod(population, samples)
        named = [f"replica {replica}"] if replicas > 1 else []
        named += [f"disorder sample {sample}"] if samples > 1 else []
        return f" ({', '.join(named)})" if named else ""

    def states(self) -> Any:
        """(replica, [disorder,] walker, site), a view."""
        return self.rows.unfolded(self.hamiltonian.disorder is not None)

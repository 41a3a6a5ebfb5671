"""Which temperature each run has sweep by sweep, and what identifies it for its random numbers."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from hopphys.dynamics import Dynamics
from hopphys.hamiltonian import Hamiltonian
from hopphys.memory import require
from hopphys.schedules import Schedule, fewer_than_all, inverse_temperature
from hopphys.types import Array

BYTES_PER_SWEEP = 80  # of a schedule that changes: each temperature is part of what identifies it


@dataclass(frozen=True, eq=False)
class Plan:
    """Inverse temperatures (schedules, sweeps), whether they form a dim, and what identifies each schedule."""

    betas: Array
    outer: bool
    identities: tuple[tuple[Any, ...], ...]
    name: str
    constant: bool

    @property
    def sweeps(self) -> int:
        return int(self.betas.shape[1])


def make_plan(
    hamiltonian: Hamiltonian, dynamics: Dynamics, schedule: Schedule | None, beta: Any, temperature: Any, sweeps: Any
) -> Plan:
    if schedule is not None:
        if (beta, temperature, sweeps) != (None, None, None):
            raise ValueError("give a schedule, or beta= (or temperature=) with sweeps=, not both")
        if not schedule.constant:
            what = f"a schedule of {schedule.sweeps} sweeps"
            require(BYTES_PER_SWEEP * schedule.sweeps, what, "take fewer sweeps, and go on from their end")
        return Plan(schedule.betas[None], False, (schedule.identity,), schedule.name, schedule.constant)
    count = fewer_than_all(positive("sweeps", sweeps))
    if beta is None and temperature is None and not needs_beta(hamiltonian, dynamics):
        return Plan(np.broadcast_to(0.0, (1, count)), False, (("T = 0",),), dynamics.name, False)
    betas = np.asarray(inverse_temperature(beta, temperature))
    if betas.ndim > 1:
        raise ValueError(f"beta must be a number or a list of them, but its shape is {betas.shape}")
    flat = np.atleast_1d(betas)
    if len(np.unique(flat)) < len(flat):
        twice = next(b for b in flat if (flat == b).sum() > 1)
        raise ValueError(
            f"beta holds {twice:g} twice, and the two runs would be the same; use replicas= for more of them"
        )
    identities = tuple((float(b),) for b in flat)
    # A view: a billion equal temperatures take no memory.
    return Plan(np.broadcast_to(flat[:, None], (len(flat), count)), betas.ndim == 1, identities, "constant", True)


def needs_beta(hamiltonian: Hamiltonian, dynamics: Dynamics) -> bool:
    """Threshold does not depend on temperature, nor does the mean of a real site."""
    real = all(block.space.name == "real" for block in hamiltonian.sites)
    return dynamics.needs_beta and not (dynamics.update == "mean" and real)


def require_finite(hamiltonian: Hamiltonian, dynamics: Dynamics, betas: Array) -> None:
    """A mean or a real site has no limit law at T = 0, nor a real site one at beta = 0."""
    real = any(not block.space.discrete for block in hamiltonian.sites)
    if not needs_beta(hamiltonian, dynamics) or not (real or dynamics.update == "mean"):
        return
    if betas.ndim > 1 and betas.strides[1] == 0:
        betas = betas[:, :1]  # the same at every sweep
    bad = betas[np.isinf(betas) | (real & (betas == 0))]
    if bad.size:
        what = "real or Poisson sites need 0 < beta < infinity" if real else "update 'mean' needs a finite beta"
        raise ValueError(f"{what}, but beta = {bad[0]:g}; use threshold for T = 0")


def positive(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ValueError(f"{name} must be a positive whole number, but it is {value!r}")
    return int(value)

"""`anneal`: many reads of a ground-state search, each cooled along a schedule and settled at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys.checks import inverse, inverse_temperature, progress_of, whole
from hopphys.dataset import stamp
from hopphys.dynamics import CHECKERBOARD, HOPFIELD, Dynamics, require_kinds, usual
from hopphys.engine.excitations import automatic
from hopphys.engine.recording import chosen
from hopphys.engine.sampling import sample
from hopphys.engine.settling import settle
from hopphys.engine.targets import TimeToTarget, time_to_target
from hopphys.features import Patterns
from hopphys.hamiltonian import Hamiltonian
from hopphys.interactions import Dense, Neighbours
from hopphys.observables import Observable
from hopphys.schedules import Schedule, custom_schedule, geometric, sweeps_of
from hopphys.types import Array, ArrayLike

if TYPE_CHECKING:
    import xarray as xr

SWEEPS = 1_000
RECORDS = 10  # of a read, where record= does not say: an energy costs as much as some sweeps
OWN = ("energy", "final_energy", "best_energy", "best_state", "quench_sweeps", "local_minimum", "state", "acceptance")


def anneal(
    hamiltonian: Hamiltonian,
    schedule: Schedule | ArrayLike | None = None,
    *,
    beta: ArrayLike | None = None,
    temperature: ArrayLike | None = None,
    sweeps: int | None = None,
    replicas: int = 64,
    dynamics: Dynamics | None = None,
    seed: int,
    record: int | None = None,
    start: Any = None,
    clamp: Mapping[int, float] | Iterable[int] | None = None,
    observe: Sequence[Observable] = (),
    quench: bool = True,
    progress: Callable[[float], None] | None = None,
) -> xr.Dataset:
    """Search for a ground state by simulated annealing; Kirkpatrick, Gelatt & Vecchi 1983, Science 220, 671.

    Parameters
    ----------
    schedule : inverse temperature of every sweep; or its ends as `temperature` (hot, cold) or `beta` (small, large),
        joined geometrically in `sweeps` (1 000) sweeps; or nothing: the ends are then measured on settled states
    replicas : independent reads
    dynamics : any thermal one; by default Metropolis site after site, by colours on lattices
    record : energies are recorded, and compared with the best so far, every so many sweeps; 10 times by default, and
        at the end
    start, clamp, observe, progress : as in `sample`, whose random numbers these runs have
    quench : whether discrete sites are settled at the end (threshold x shuffled), so that no single site could lower
        the energy; user-defined moves know other minima, and are not

    Returns
    -------
    Dataset over ([disorder,] replica): `best_energy` and `best_state`, of all recorded times and the end; the last
    `state` with `final_energy`, after the quench; `local_minimum`, whether it is one, and `quench_sweeps`; `energy`
    and `acceptance` by sweep, whose `beta` is a coordinate.

    Raises ValueError for directed couplings, updates without a temperature, models whose schedule cannot be measured
    and is not given (real or categorical sites), and what `sample` refuses.
    """
    require_kinds(hamiltonian, dynamics)
    progress_of(progress)
    if hamiltonian.directed:
        raise ValueError("anneal looks for the lowest energy, and directed couplings have none; use settle()")
    if clamp is not None:
        hamiltonian = hamiltonian.clamp(clamp)
    dynamics = dynamics or quickest(hamiltonian)
    if dynamics.update in ("mean", "threshold"):
        raise ValueError(f"anneal needs a thermal update, but {dynamics.name} is deterministic; use settle()")
    plan = _schedule(hamiltonian, schedule, beta, temperature, sweeps)
    every = max(1, plan.sweeps // RECORDS) if record is None else whole(record, "record", 1)
    best = _Best()
    run = sample(
        hamiltonian, plan, dynamics=dynamics, replicas=replicas, seed=seed, record=every, start=start,
        observe=(best.observable, *_others(observe)), progress=progress,
    )  # fmt: skip
    quench = quench and hamiltonian.discrete and dynamics.moves is None
    found = _with_end(run, *_end(hamiltonian, run, quench, seed), best)
    config = {
        "hamiltonian": hamiltonian.name, "sites": hamiltonian.size, "dynamics": dynamics.name, "schedule": plan.name,
        "sweeps": plan.sweeps, "replicas": int(replicas), "record": every, "quench": quench,
    }  # fmt: skip
    return stamp(found, seed=seed, config=config)


def quickest(hamiltonian: Hamiltonian) -> Dynamics:
    """Metropolis in a fixed order, by colours where there are some; the usual thermal dynamics of other models."""
    interaction = hamiltonian.interaction
    if hamiltonian.two_level and isinstance(interaction, Neighbours) and interaction.colours is not None:
        return CHECKERBOARD
    if hamiltonian.two_level and isinstance(interaction, (Dense, Neighbours, Patterns)):
        return Dynamics("metropolis", "sequential")
    return usual(hamiltonian, thermal=True)


def _schedule(hamiltonian: Hamiltonian, schedule: Any, beta: Any, temperature: Any, sweeps: int | None) -> Schedule:
    if schedule is not None:
        if (beta, temperature, sweeps) != (None, None, None):
            raise ValueError("give a schedule, or the ends of one as beta= or temperature= with sweeps=, not both")
        return schedule if isinstance(schedule, Schedule) else custom_schedule(beta=schedule)
    count = sweeps_of(SWEEPS if sweeps is None else sweeps)
    if beta is None and temperature is None:
        return automatic(hamiltonian, count)
    ends = inverse_temperature(beta, temperature)
    if ends.shape != (2,):
        raise ValueError(
            f"anneal goes from one temperature to another: temperature=(hot, cold), but {ends.size} came; "
            "sample() stays at one, and a schedule has any"
        )
    _require_cooling(ends, beta, temperature)
    hot, cold = inverse(ends)
    return geometric(float(hot), float(cold), count)


def _require_cooling(ends: Array, beta: Any, temperature: Any) -> None:
    """Two ends in the order hot, cold, which a factor can join."""
    name, order = ("beta", "small, large") if temperature is None else ("temperature", "hot, cold")
    given = tuple(np.asarray(beta if temperature is None else temperature, dtype=float).tolist())
    if not (np.isfinite(ends) & (ends > 0)).all():
        raise ValueError(
            f"anneal joins its ends by a factor a sweep, so {name}=({order}) must be finite and above 0, but {name} = "
            f"{given}; linear() makes a schedule that ends at T = 0"
        )
    if ends[0] > ends[1]:
        raise ValueError(
            f"anneal cools, from {name}=({order}), but {name} = {given} would heat; turn it round, or give a schedule"
        )


def _others(observe: Any) -> tuple[Observable, ...]:
    asked = chosen(observe)
    for one in asked:
        if one.name in OWN:
            raise ValueError(f"anneal has a variable {one.name!r} of its own: give the observable another name")
    return asked


@dataclass(eq=False)
class _Best:
    """The lowest energy that each read has been seen at, with its state: (beta, [disorder,] replica) as recorded."""

    energy: Array = field(default_factory=lambda: np.empty(0))
    state: Array = field(default_factory=lambda: np.empty(0))

    @property
    def observable(self) -> Observable:
        return Observable("energy", self.take, unit="J", long_name="total energy E")

    def take(self, hamiltonian: Hamiltonian, states: Array) -> Array:
        energies = hamiltonian.energy(states)
        if not self.energy.size:
            self.energy, self.state = energies.copy(), states.copy()
        self.keep(energies, states)
        return energies

    def keep(self, energies: Array, states: Array) -> None:
        better = energies < self.energy
        self.energy[better], self.state[better] = energies[better], states[better]


def _end(hamiltonian: Hamiltonian, run: xr.Dataset, quench: bool, seed: int) -> tuple[Array, Array, dict[str, Any]]:
    """Last states, their energies, and what the quench says of them."""
    if not quench:
        state = run["state"].values
        return state, hamiltonian.energy(state), {}
    ended = settle(hamiltonian, run["state"], dynamics=HOPFIELD, seed=seed)
    dims, label = ended["sweeps"].dims, {"long_name": "sweeps of the quench at the end", "units": "1"}
    minimum = {"long_name": "no single site could lower the energy of the last state", "units": "1"}
    found = {
        "quench_sweeps": (dims, ended["sweeps"].values, label),
        "local_minimum": (dims, ended["converged"].values, minimum),
    }
    return ended["state"].values, ended["energy"].values, found


def _with_end(run: xr.Dataset, state: Array, energy: Array, more: dict[str, Any], best: _Best) -> xr.Dataset:
    best.keep(energy[None], state[None].astype(float))
    dims = run["state"].dims
    kind = run["state"].dtype
    # The fields that were carried along belong to the state before the quench.
    found = run.drop_vars("field", errors="ignore").assign(
        state=(dims, state.astype(kind), {"long_name": "last configuration", "units": "1"}),
        final_energy=(dims[:-1], energy, {"long_name": "total energy E of the last configuration", "units": "J"}),
        best_energy=(dims[:-1], best.energy[0], {"long_name": "lowest total energy E met", "units": "J"}),
        best_state=(dims, best.state[0].astype(kind), {"long_name": "configuration of it", "units": "1"}),
        **more,
    )
    told = "; the last and the best state are those of a search" + (", settled at the end" if more else "")
    return found.assign_attrs(law=run.attrs["law"] + told)


__all__ = ["TimeToTarget", "anneal", "quickest", "time_to_target"]

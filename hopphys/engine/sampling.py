"""`sample`: many independent runs of one Hamiltonian, recorded sweep by sweep into a Dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys.dynamics import Dynamics, law, require_kinds, require_meaning, usual
from hopphys.engine import packed
from hopphys.engine.plans import Plan, make_plan, positive, require_finite
from hopphys.engine.recording import Recording, chosen, require_room
from hopphys.engine.rows import Rows, given_start, hold_clamped, lay_out, random_start, working_type
from hopphys.engine.starting import by_name, labelled
from hopphys.engine.sweepers import sweeper
from hopphys.hamiltonian import Hamiltonian
from hopphys.kernels.random import MAX_SWEEP
from hopphys.observables import Observable, energy, magnetisation
from hopphys.schedules import Schedule
from hopphys.types import Array, ArrayLike

if TYPE_CHECKING:
    import xarray as xr

FIRST = 20_000_000  # attempts of the first call of a sweeper
CALL = 1.0  # seconds that the later ones are to take


def sample(
    hamiltonian: Hamiltonian,
    schedule: Schedule | None = None,
    *,
    beta: ArrayLike | None = None,
    temperature: ArrayLike | None = None,
    sweeps: int | None = None,
    dynamics: Dynamics | None = None,
    replicas: int = 1,
    seed: int,
    record: int = 1,
    start: Any = None,
    clamp: Mapping[int, float] | Iterable[int] | None = None,
    observe: Sequence[Observable] = (energy, magnetisation),
    progress: Callable[[float], None] | None = None,
) -> xr.Dataset:
    """Run `replicas` independent copies and record observables.

    Parameters
    ----------
    schedule : inverse temperature of every sweep; or give `beta` or `temperature` (a number, or an array that becomes
        an outer dim of independent runs) with `sweeps`. Threshold updates need neither.
    dynamics : update x order; by default the model's usual one (heat bath in random order)
    record : observables are taken every so many sweeps; 0 for the end only
    start : states that broadcast to (beta, disorder, replica, site); random by default; or the Dataset of an earlier
        run, which is then continued: with the same arguments, 100 sweeps and 100 more are the same bits as 200. Its
        dims are taken by name, and its inverse temperatures, where they are a dim, by label
    clamp : {site: value}, or sites to be held at their starting values
    progress : called with the fraction done

    Returns
    -------
    Dataset with one variable an observable, dims ([beta, disorder,] replica, sweep, ...), `acceptance` (changed sites
    an attempt), and the final `state`. Its attribute `law` says what is sampled: exp(-beta E), or something else.

    Raises ValueError for a temperature that is given twice, negative or missing; a dynamics that the model lacks
    something for; a start of the wrong shape or alphabet.
    """
    require_kinds(hamiltonian, dynamics)
    if clamp is not None:
        hamiltonian = hamiltonian.clamp(clamp)
    dynamics = dynamics or usual(hamiltonian, thermal=True)
    require_meaning(hamiltonian, dynamics)
    plan = make_plan(hamiltonian, dynamics, schedule, beta, temperature, sweeps)
    count = positive("replicas", replicas)
    every = plan.sweeps if record == 0 else positive("record", record)
    require_finite(hamiltonian, dynamics, plan.betas)
    rows, first = _rows(hamiltonian, dynamics, plan, count, seed, start)
    recording = Recording(hamiltonian, chosen(observe), rows)
    require_room(rows, plan.sweeps // every, len(recording.observe))
    _run(hamiltonian, dynamics, plan, rows, first, every, recording, progress)
    config = {
        "hamiltonian": hamiltonian.name, "sites": hamiltonian.size, "dynamics": dynamics.name, "schedule": plan.name,
        "sweeps": plan.sweeps, "replicas": count, "record": every,
    }  # fmt: skip
    return recording.dataset(plan, first, seed, config, law(hamiltonian, dynamics, plan.constant))


def _rows(
    hamiltonian: Hamiltonian, dynamics: Dynamics, plan: Plan, replicas: int, seed: int, start: Any
) -> tuple[Rows, int]:
    purpose = packed.purpose(hamiltonian, dynamics)
    stream, which, schedules, shape = lay_out(hamiltonian, plan.identities, replicas, seed, purpose)
    packing = packed.packing(hamiltonian, dynamics, shape)
    first, field, start = _continued(start, plan)
    if start is None:
        origin, *_ = lay_out(hamiltonian, plan.identities, replicas, seed, "start")
        states = random_start(hamiltonian, origin) if packing is None else packing.random_start(origin)
    else:
        states = given_start(hamiltonian, start, shape)
    states = np.array(states, dtype=working_type(hamiltonian, dynamics.update), order="C")
    hold_clamped(hamiltonian, states)
    if first + plan.sweeps >= MAX_SWEEP:
        raise ValueError(f"a run may have {MAX_SWEEP} sweeps in all, but this one would reach {first + plan.sweeps}")
    return Rows(states, stream, which, schedules, shape, earlier_field=field, packed=packing), first


def _continued(start: Any, plan: Plan) -> tuple[int, Array | None, Any]:
    """Sweeps done, carried fields and states of a Dataset; an array of states starts at sweep 0."""
    variable, betas = labelled(start), plan.betas[:, 0] if plan.outer else None
    if variable is None:
        return 0, None, start
    state = by_name(variable, betas)
    if not hasattr(start, "data_vars"):
        return 0, None, state
    field = by_name(start["field"], betas).reshape(-1, state.shape[-1]) if "field" in start else None
    return int(start.attrs.get("sweeps", 0)), field, state


def _run(
    hamiltonian: Hamiltonian,
    dynamics: Dynamics,
    plan: Plan,
    rows: Rows,
    first: int,
    every: int,
    recording: Recording,
    progress: Callable[[float], None] | None,
) -> None:
    advance, sites = sweeper(hamiltonian, dynamics), max(1, hamiltonian.free.size)
    call = _Calls(sites * len(rows.state), rows.packed is not None)
    for start in range(0, plan.sweeps, every):
        before, done, end = rows.flips.copy(), start, min(start + every, plan.sweeps)
        while done < end:
            upto = min(done + call.sweeps, end)
            began = perf_counter()
            advance(rows, np.ascontiguousarray(plan.betas[:, done:upto]), first + done)
            call.took(perf_counter() - began, upto - done)
            done = upto
            if progress is not None and done < end:
                progress(done / plan.sweeps)
        recording.take(first + end, (rows.flips - before) / (sites * (end - start)))
        if progress is not None:
            progress(end / plan.sweeps)


class _Calls:
    """How many sweeps a call of the sweeper makes: about a second of them, for an interrupt waits for its end.

    The bits are the same however the sweeps of a run are divided among calls.
    """

    def __init__(self, attempts: int, packed: bool) -> None:
        self.sweeps = max(1, FIRST * (64 if packed else 1) // attempts)

    def took(self, seconds: float, sweeps: int) -> None:
        """Follow the time that a call of so many sweeps took; short ones say little, and the first may compile."""
        if sweeps == self.sweeps:
            self.sweeps = max(1, int(sweeps * min(max(CALL / max(seconds, 1e-9), 0.25), 4.0)))

"""`sample`: many independent runs of one Hamiltonian, recorded sweep by sweep into a Dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys.dynamics import Dynamics, law, require_kinds, require_meaning, usual
from hopphys.engine.rows import Rows, given_start, hold_clamped, lay_out, random_start, working_type
from hopphys.engine.sweepers import sweeper
from hopphys.hamiltonian import Hamiltonian
from hopphys.kernels.random import MAX_SWEEP
from hopphys.memory import require
from hopphys.observables import Observable, energy, magnetisation
from hopphys.schedules import Schedule, inverse_temperature
from hopphys.types import Array, ArrayLike

if TYPE_CHECKING:
    import xarray as xr


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
        run, which is then continued: with the same arguments, 100 sweeps and 100 more are the same bits as 200
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
    plan = _plan(hamiltonian, dynamics, schedule, beta, temperature, sweeps)
    count = _positive("replicas", replicas)
    every = plan.sweeps if record == 0 else _positive("record", record)
    _require_finite(hamiltonian, dynamics, plan.betas)
    rows, first = _rows(hamiltonian, dynamics, plan, count, seed, start)
    recording = _Recording(hamiltonian, _observables(observe), rows)
    _require_room(rows, plan.sweeps // every, len(recording.observe))
    _run(hamiltonian, dynamics, plan, rows, first, every, recording, progress)
    config = {
        "hamiltonian": hamiltonian.name, "sites": hamiltonian.size, "dynamics": dynamics.name, "schedule": plan.name,
        "sweeps": plan.sweeps, "replicas": count, "record": every,
    }  # fmt: skip
    return recording.dataset(plan, first, seed, config, law(hamiltonian, dynamics, plan.constant))


@dataclass(frozen=True, eq=False)
class _Plan:
    """Inverse temperatures (schedules, sweeps), whether they form a dim, and what identifies each schedule."""

    betas: Array
    outer: bool
    identities: tuple[tuple[Any, ...], ...]
    name: str
    constant: bool

    @property
    def sweeps(self) -> int:
        return int(self.betas.shape[1])


def _plan(
    hamiltonian: Hamiltonian, dynamics: Dynamics, schedule: Schedule | None, beta: Any, temperature: Any, sweeps: Any
) -> _Plan:
    if schedule is not None:
        if (beta, temperature, sweeps) != (None, None, None):
            raise ValueError("give a schedule, or beta= (or temperature=) with sweeps=, not both")
        return _Plan(schedule.betas[None], False, (schedule.identity,), schedule.name, schedule.constant)
    count = _positive("sweeps", sweeps)
    if beta is None and temperature is None and not needs_beta(hamiltonian, dynamics):
        return _Plan(np.zeros((1, count)), False, (("T = 0",),), dynamics.name, False)
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
    return _Plan(np.repeat(flat[:, None], count, axis=1), betas.ndim == 1, identities, "constant", True)


def needs_beta(hamiltonian: Hamiltonian, dynamics: Dynamics) -> bool:
    """Threshold does not depend on temperature, nor does the mean of a real site."""
    real = all(block.space.name == "real" for block in hamiltonian.sites)
    return dynamics.needs_beta and not (dynamics.update == "mean" and real)


def _require_finite(hamiltonian: Hamiltonian, dynamics: Dynamics, betas: Array) -> None:
    """A mean or a real site has no limit law at T = 0, nor a real site one at beta = 0."""
    real = any(not block.space.discrete for block in hamiltonian.sites)
    if not needs_beta(hamiltonian, dynamics) or not (real or dynamics.update == "mean"):
        return
    bad = betas[np.isinf(betas) | (real & (betas == 0))]
    if bad.size:
        what = "real or Poisson sites need 0 < beta < infinity" if real else "update 'mean' needs a finite beta"
        raise ValueError(f"{what}, but beta = {bad[0]:g}; use threshold for T = 0")


def _positive(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ValueError(f"{name} must be a positive whole number, but it is {value!r}")
    return int(value)


def _rows(
    hamiltonian: Hamiltonian, dynamics: Dynamics, plan: _Plan, replicas: int, seed: int, start: Any
) -> tuple[Rows, int]:
    stream, which, schedules, shape = lay_out(hamiltonian, plan.identities, replicas, seed, "sample")
    first, field, start = _continued(start)
    if start is None:
        origin, *_ = lay_out(hamiltonian, plan.identities, replicas, seed, "start")
        states = random_start(hamiltonian, origin)
    else:
        states = given_start(hamiltonian, start, shape)
    states = np.array(states, dtype=working_type(hamiltonian, dynamics.update))
    hold_clamped(hamiltonian, states)
    if first + plan.sweeps >= MAX_SWEEP:
        raise ValueError(f"a run may have {MAX_SWEEP} sweeps in all, but this one would reach {first + plan.sweeps}")
    return Rows(states, stream, which, schedules, shape, earlier_field=field), first


def _continued(start: Any) -> tuple[int, Array | None, Any]:
    """Sweeps done, carried fields and states of a Dataset; an array of states starts at sweep 0."""
    if not hasattr(start, "data_vars"):
        return 0, None, start
    if "state" not in start:
        raise ValueError("start is a Dataset without `state`; pass one that sample() or settle() returned, or an array")
    state = start["state"].values
    field = start["field"].values.reshape(-1, state.shape[-1]) if "field" in start else None
    return int(start.attrs.get("sweeps", 0)), field, state


def _observables(observe: Any) -> tuple[Observable, ...]:
    asked = (observe,) if isinstance(observe, Observable) else tuple(observe)
    names = [one.name for one in asked if isinstance(one, Observable)]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"two observables are called {twice!r}: give one another name, replace(observable, name=...)")
    for one in asked:
        if not isinstance(one, Observable):
            raise ValueError(
                f"observe takes Observables such as hp.energy, but one is {one!r}; wrap a function in Observable"
            )
    return asked


def _require_room(rows: Rows, records: int, observables: int) -> None:
    require(
        8 * len(rows.state) * max(records, 1) * (observables + 1),
        f"{records} records of {len(rows.state)} runs", "take a larger record=, or fewer replicas",
    )  # fmt: skip


def _run(
    hamiltonian: Hamiltonian,
    dynamics: Dynamics,
    plan: _Plan,
    rows: Rows,
    first: int,
    every: int,
    recording: _Recording,
    progress: Callable[[float], None] | None,
) -> None:
    advance = sweeper(hamiltonian, dynamics)
    for done in range(0, plan.sweeps, every):
        chunk = np.ascontiguousarray(plan.betas[:, done : done + every])
        before = rows.flips.copy()
        advance(rows, chunk, first + done)
        attempts = max(1, hamiltonian.free.size) * chunk.shape[1]
        recording.take(first + done + chunk.shape[1], (rows.flips - before) / attempts)
        if progress is not None:
            progress((done + chunk.shape[1]) / plan.sweeps)


class _Recording:
    """What was observed, sweep by sweep."""

    def __init__(self, hamiltonian: Hamiltonian, observe: tuple[Observable, ...], rows: Rows) -> None:
        if hamiltonian.directed:
            observe = tuple(o for o in observe if o is not energy)
        self.hamiltonian, self.observe, self.rows = hamiltonian, observe, rows
        self.sweeps: list[int] = []
        self.values: dict[str, list[Array]] = {o.name: [] for o in observe}
        self.acceptance: list[Array] = []

    def take(self, sweep: int, acceptance: Array) -> None:
        # As floats: products of int8 states and int8 patterns would wrap in an observable of the user's.
        states = self.rows.unfolded(self.hamiltonian.disorder is not None).astype(float)
        for observable in self.observe:
            self.values[observable.name].append(np.asarray(observable.function(self.hamiltonian, states)))
        self.acceptance.append(acceptance.reshape(states.shape[:-1]))
        self.sweeps.append(sweep)

    def dataset(self, plan: _Plan, first: int, seed: int, config: dict[str, Any], sampled: str) -> xr.Dataset:
        import xarray as xr

        from hopphys.dataset import stamp

        lead = ["beta", "disorder"] if self.hamiltonian.disorder is not None else ["beta"]
        variables = {o.name: _variable(lead, o, self.values[o.name]) for o in self.observe}
        changes = Observable("acceptance", lambda h, s: s, long_name="changed sites an attempt, since the last record")
        variables["acceptance"] = _variable(lead, changes, self.acceptance)
        variables["state"] = self._final(lead, "state", "final configuration", self.rows.state)
        if self.rows.field is not None and self.rows.field.dtype == np.float64:
            text = "couplings times final configuration, as carried along"
            variables["field"] = self._final(lead, "field", text, self.rows.field)
        run = xr.Dataset(variables)
        run = run.assign_coords(sweep=("sweep", self.sweeps, {"long_name": "sweeps done", "units": "1"}))
        if "pair" in run.dims:
            label = {"long_name": "pair of replicas 2k and 2k + 1", "units": "1"}
            run = run.assign_coords(pair=("pair", np.arange(run.sizes["pair"]), label))
        run = self._with_beta(run, plan)
        run.attrs.update(
            law=sampled, dynamics=config["dynamics"], hamiltonian=self.hamiltonian.name, sweeps=first + plan.sweeps
        )
        return stamp(run, seed=seed, config=config)

    def _final(self, lead: list[str], name: str, long_name: str, rows: Array) -> Any:
        values = rows.reshape(self.rows.unfolded(len(lead) > 1).shape).copy()
        return ([*lead, "replica", "site"], values, {"long_name": long_name, "units": "J" if name == "field" else "1"})

    def _with_beta(self, run: xr.Dataset, plan: _Plan) -> xr.Dataset:
        labels = {"long_name": "inverse temperature", "units": "1/J"}
        if plan.outer:
            return run.assign_coords(beta=("beta", plan.betas[:, 0], labels))
        run = run.isel(beta=0)
        if plan.constant:
            return run.assign_coords(beta=((), plan.betas[0, 0], labels))
        if plan.identities == (("T = 0",),):
            return run
        at = np.array(self.sweeps) - self.sweeps[-1] + plan.sweeps - 1
        return run.assign_coords(beta=("sweep", plan.betas[0, at], labels))


def _variable(lead: list[str], observable: Observable, taken: list[Array]) -> Any:
    dims = [*lead, *observable.dims]
    axis = len(lead) + (1 if observable.dims[:1] in (("replica",), ("pair",)) else 0)
    values = np.stack(taken, axis=axis)
    dims.insert(axis, "sweep")
    return (dims, values, {"long_name": observable.long_name or observable.name, "units": observable.unit})

"""What was observed, sweep by sweep, and the Dataset that is made of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys.engine.packed_measuring import measured
from hopphys.engine.plans import Plan
from hopphys.engine.rows import Rows
from hopphys.hamiltonian import Hamiltonian
from hopphys.memory import require
from hopphys.observables import Observable, energy
from hopphys.types import Array

if TYPE_CHECKING:
    import xarray as xr


def chosen(observe: Any) -> tuple[Observable, ...]:
    if not isinstance(observe, (Observable, Iterable)):
        raise ValueError(f"observe takes Observables such as hp.energy, or () for none, but it is {observe!r}")
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


def require_room(rows: Rows, records: int, observables: int) -> None:
    require(
        8 * len(rows.state) * max(records, 1) * (observables + 1),
        f"{records} records of {len(rows.state)} runs", "take a larger record=, or fewer replicas",
    )  # fmt: skip


class Recording:
    """What was observed, sweep by sweep."""

    def __init__(self, hamiltonian: Hamiltonian, observe: tuple[Observable, ...], rows: Rows) -> None:
        if hamiltonian.directed:
            observe = tuple(o for o in observe if o is not energy)
        self.hamiltonian, self.observe, self.rows = hamiltonian, observe, rows
        self.sweeps: list[int] = []
        self.values: dict[str, list[Array]] = {o.name: [] for o in observe}
        self.acceptance: list[Array] = []

    def take(self, sweep: int, acceptance: Array) -> None:
        states: Array | None = None
        for observable in self.observe:
            values = self._counted(observable)
            if values is None:
                # As floats: products of int8 states and int8 patterns would wrap in an observable of the user's.
                states = self.rows.unfolded(self._disorder).astype(float) if states is None else states
                values = np.asarray(observable.function(self.hamiltonian, states))
            self.values[observable.name].append(values)
        self.acceptance.append(acceptance.reshape(self.rows.leading(self._disorder)))
        if self.rows.sizes is not None:
            self.rows.sizes.take()
        self.sweeps.append(sweep)

    @property
    def _disorder(self) -> bool:
        return self.hamiltonian.disorder is not None

    def _counted(self, observable: Observable) -> Array | None:
        """What a bit-packed lattice knows without unpacking, or None."""
        values = measured(observable, self.rows)
        return values if values is None or self._disorder else values[:, 0]

    def dataset(self, plan: Plan, first: int, seed: int, config: dict[str, Any], sampled: str) -> xr.Dataset:
        import xarray as xr

        from hopphys.dataset import stamp

        lead = ["beta", "disorder"] if self.hamiltonian.disorder is not None else ["beta"]
        variables = {o.name: variable(lead, o, self.values[o.name]) for o in self.observe}
        changes = Observable("acceptance", lambda h, s: s, long_name="changed sites an attempt, since the last record")
        variables["acceptance"] = variable(lead, changes, self.acceptance)
        if self.rows.sizes is not None:
            shape = self.rows.unfolded(len(lead) > 1).shape[:-1]
            variables.update(self.rows.sizes.variables(lead, shape, plan.constant))
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

    def _with_beta(self, run: xr.Dataset, plan: Plan) -> xr.Dataset:
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


def variable(lead: list[str], observable: Observable, taken: list[Array]) -> Any:
    dims = [*lead, *observable.dims]
    axis = len(lead) + (1 if observable.dims[:1] in (("replica",), ("pair",)) else 0)
    values = np.stack(taken, axis=axis)
    dims.insert(axis, "sweep")
    return (dims, values, {"long_name": observable.long_name or observable.name, "units": observable.unit})

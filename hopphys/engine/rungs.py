"""What a tempering run recorded at each rung, and the Dataset that is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys.alphabets import spins
from hopphys.engine.exchange import Walkers
from hopphys.engine.isoenergetic import Clusters
from hopphys.engine.packed_measuring import measured
from hopphys.engine.recording import variable
from hopphys.engine.rows import Rows
from hopphys.hamiltonian import Hamiltonian
from hopphys.observables import Observable
from hopphys.types import Array

if TYPE_CHECKING:
    import xarray as xr

ORDER = ("disorder", "replica", "pair", "copy", "rung", "interval", "sweep")  # dims of every variable; the rest follows
LAW = "exp(-beta E) at each rung; replicas are independent, the rungs{copies} of one replica are not"


@dataclass(eq=False)
class RungRecording:
    """Observables by rung; `copies` is 2 where isoenergetic moves join two copies of each rung."""

    hamiltonian: Hamiltonian
    observe: tuple[Observable, ...]
    rows: Rows
    walkers: Walkers
    copies: int
    sweeps: list[int] = field(default_factory=list)
    values: dict[str, list[Array]] = field(default_factory=dict)

    @property
    def lead(self) -> list[str]:
        """Dims before the replica, in the order of the rows."""
        copy, disorder = self.copies > 1, self.hamiltonian.disorder is not None
        return ["rung", *(["copy"] if copy else []), *(["disorder"] if disorder else [])]

    def by_rung(self, values: Array) -> Array:
        """Values of rungs x chains in the dims (*lead, replica, ...); the first axis may be intervals instead."""
        _, samples, replicas = self.rows.shape
        middle = [n for n, dim in ((self.copies, "copy"), (samples, "disorder")) if dim in self.lead]
        return values.reshape(len(values), *middle, replicas, *values.shape[2:])

    def take(self, sweep: int, acceptance: Array) -> None:
        """Record; `acceptance` (rungs, chains) since the last time."""
        states: Array | None = None
        for observable in self.observe:
            found = self._counted(observable)
            if found is None:
                states = self._states().astype(float) if states is None else states
                found = np.asarray(observable.function(self.hamiltonian, states))
            self.values.setdefault(observable.name, []).append(found)
        if self.copies > 1:
            self.values.setdefault("copy_overlap", []).append(self._copy_overlap(self._states()))
        self.values.setdefault("acceptance", []).append(self.by_rung(acceptance))
        self.values.setdefault("walker", []).append(self.by_rung(self.walkers.at.copy()))
        self.sweeps.append(sweep)

    def _states(self) -> Array:
        """States in the dims (*lead, replica, site); observables take them as floats, because int8 products wrap."""
        self.rows.unfolded(True)  # brings them up to date where a lattice is kept in words
        return self.by_rung(self.rows.state[self.walkers.rows])

    def _counted(self, observable: Observable) -> Array | None:
        """What a bit-packed lattice knows without unpacking, or None."""
        if not self.walkers.states_move or (found := measured(observable, self.rows)) is None:
            return None
        return found if "disorder" in self.lead else found[:, 0]

    def _copy_overlap(self, states: Array) -> Array:
        values = spins(self.hamiltonian, states.astype(float))
        return np.asarray((values[:, 0] * values[:, 1]).mean(axis=-1))

    def dataset(self, clusters: Clusters | None) -> xr.Dataset:
        import xarray as xr

        run = xr.Dataset({o.name: variable(self.lead, o, self.values[o.name]) for o in self._recorded()})
        run = run.assign(self._final())
        if clusters is not None:
            run = run.assign(self._of_copies(clusters))
        run = run.assign_coords(self._coordinates(run))
        run.attrs.update(
            law=LAW.format(copies=" and copies" if self.copies > 1 else ""), hamiltonian=self.hamiltonian.name,
            sweeps=self.sweeps[-1],
        )  # fmt: skip
        return run.transpose(*(dim for dim in ORDER if dim in run.dims), ...)

    def _recorded(self) -> list[Observable]:
        return [
            *self.observe,
            Observable("acceptance", _none, long_name="changed sites an attempt, since the last record"),
            Observable("walker", _none, long_name="number of the walker at the rung"),
        ]

    def _final(self) -> dict[str, Any]:
        """Final states, and what a run that goes on needs to know."""
        at, lead = self.walkers.rows, [*self.lead, "replica"]
        heading = np.take_along_axis(self.walkers.heading, self.walkers.at, axis=0)
        between = ["interval", *lead[1:]]
        final = {
            "state": ([*lead, "site"], self._states(), {"long_name": "final configuration", "units": "1"}),
            "heading": self._labelled(lead, heading, "the walker at the rung: 1 comes from rung 0, 2 from the last"),
            "swap_rate": self._labelled(between, self.walkers.rates, "mean probability that two rungs exchange"),
            "round_trips": self._labelled(
                lead[1:], self.walkers.trips[None], "round trips of all walkers, first to last rung and back"
            ),
        }
        if self.rows.field is not None and self.rows.field.dtype == np.float64:
            text = "couplings times final configuration, as carried along"
            final["field"] = self._labelled([*lead, "site"], self.rows.field[at], text, "J")
        return final

    def _labelled(self, dims: list[str], values: Array, long_name: str, units: str = "1") -> Any:
        shaped = self.by_rung(values)
        return (dims, shaped if len(dims) == shaped.ndim else shaped[0], {"long_name": long_name, "units": units})

    def _of_copies(self, clusters: Clusters) -> dict[str, Any]:
        lead = [dim for dim in self.lead if dim != "copy"]
        overlap = Observable("copy_overlap", _none, long_name="overlap of the two copies at a rung, s . s' / N")
        _, samples, replicas = self.rows.shape
        shape = (-1, samples, replicas) if "disorder" in lead else (-1, replicas)
        label = {"long_name": "mean share of the sites that a cluster move exchanged", "units": "1"}
        return {
            "copy_overlap": variable(lead, overlap, self.values["copy_overlap"]),
            "cluster_fraction": ([*lead, "replica"], clusters.fraction.reshape(shape), label),
        }

    def _coordinates(self, run: xr.Dataset) -> dict[str, Any]:
        texts = {
            "pair": "pair of replicas 2k and 2k + 1", "interval": "pair of rungs k and k + 1",
            "copy": "copies of one rung, joined by cluster moves",
        }  # fmt: skip
        numbers = {
            dim: (dim, np.arange(run.sizes[dim]), {"long_name": text, "units": "1"})
            for dim, text in texts.items()
            if dim in run.dims
        }
        beta = ("rung", self.walkers.betas, {"long_name": "inverse temperature", "units": "1/J"})
        return {**numbers, "sweep": ("sweep", self.sweeps, {"long_name": "sweeps done", "units": "1"}), "beta": beta}


def _none(hamiltonian: Hamiltonian, s: Array) -> Array:
    raise AssertionError("recorded by the engine")

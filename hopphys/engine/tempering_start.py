"""Where a tempering run stands: fresh from random or given states, or gone on from the Dataset of an earlier call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hopphys.dynamics import Dynamics
from hopphys.engine import packed
from hopphys.engine.energies import energies
from hopphys.engine.exchange import NOWHERE, Walkers
from hopphys.engine.isoenergetic import Clusters
from hopphys.engine.packed_layout import LANES
from hopphys.engine.packed_measuring import measured
from hopphys.engine.rows import Rows, given_start, hold_clamped, lay_out, random_start, require_levels, working_type
from hopphys.engine.starting import by_name, labelled
from hopphys.hamiltonian import Hamiltonian
from hopphys.observables import energy
from hopphys.types import Array


@dataclass(eq=False)
class Tempering:
    """One call: rows are ordered (walker, copy, disorder, replica), so a chain is one (copy, disorder, replica)."""

    hamiltonian: Hamiltonian
    dynamics: Dynamics
    rows: Rows
    walkers: Walkers
    clusters: Clusters | None
    first: int  # sweeps done before

    def energies(self) -> Array:
        """Energy of every row, (rows,)."""
        if (counted := measured(energy, self.rows)) is not None:
            return counted.ravel()
        if self.hamiltonian.disorder is not None and self.rows.field is None:
            # All samples at once: one at a time would build their couplings anew.
            return self.hamiltonian.energy(self.rows.unfolded(True)).ravel()
        return energies(self.hamiltonian, self.rows)


def begin(
    hamiltonian: Hamiltonian, dynamics: Dynamics, betas: Array, replicas: int, moves: int, seed: int, start: Any
) -> Tempering:
    """States, streams and walkers of a call; `moves` cluster moves a step need two copies of each run.

    A row's stream follows from the seed, the ladder, its number, its copy, its disorder sample and its replica. Where
    64 replicas share words they share a temperature, so there states move from rung to rung, and not temperatures.
    """
    copies, ladder = 2 if moves else 1, tuple(betas.tolist())
    names = [(copies, walker, copy, *ladder) for walker in range(len(betas)) for copy in range(copies)]
    purpose = "temper" if moves else packed.purpose(hamiltonian, dynamics).replace("sample", "temper")
    stream, which, _, shape = lay_out(hamiltonian, names, replicas, seed, purpose)
    packing = None if moves else packed.packing(hamiltonian, dynamics, shape)
    states_move = packing is not None and not packing.layout.stride
    deciding, *_ = lay_out(
        hamiltonian, [(copies, copy, *ladder) for copy in range(copies)], replicas, seed, "temper swaps"
    )
    if _is_tempering(start):
        present = _gone_on(hamiltonian, betas, copies, replicas, states_move, start)
    else:
        origin, *_ = lay_out(hamiltonian, names, replicas, seed, "temper start")
        present = _fresh(hamiltonian, origin, betas, copies, replicas, start)
    states = np.array(present.state, dtype=working_type(hamiltonian, dynamics.update))
    hold_clamped(hamiltonian, states)
    _require_same_held(hamiltonian, states.reshape(len(betas), copies, -1, hamiltonian.size))
    walkers = Walkers(betas, deciding, present.at, present.heading, present.trips, states_move)
    rows = Rows(states, stream, which, walkers.plan, shape, earlier_field=present.field, packed=packing)
    clusters = _clusters(hamiltonian, ladder, replicas, moves, seed) if moves else None
    return Tempering(hamiltonian, dynamics, rows, walkers, clusters, present.sweeps)


def exchange_lanes(rows: Rows, accepted: Array, parity: int) -> None:
    """Exchange states between the words of neighbouring rungs, in place; accepted (pairs, disorder x replica)."""
    (rungs, samples, replicas), words = rows.shape, rows.packed.words
    bits = np.zeros((len(accepted), samples, -(-replicas // LANES) * LANES), np.uint8)
    bits[..., :replicas] = accepted.reshape(-1, samples, replicas)
    mask = np.packbits(bits, axis=-1, bitorder="little").view("<u8").reshape(len(accepted), -1, 1)
    by_rung = words.reshape(rungs, -1, words.shape[-1])
    lower, upper = by_rung[parity : rungs - 1 : 2], by_rung[parity + 1 :: 2]
    changed = (lower ^ upper) & mask
    lower ^= changed
    upper ^= changed


def _clusters(hamiltonian: Hamiltonian, ladder: tuple[float, ...], replicas: int, moves: int, seed: int) -> Clusters:
    choosing, *_ = lay_out(hamiltonian, [ladder], replicas, seed, "temper clusters")
    return Clusters(hamiltonian.interaction, choosing, moves, len(ladder))


@dataclass(eq=False)
class _Present:
    state: Array  # (rows, N)
    at: Array
    heading: Array
    trips: Array
    sweeps: int = 0
    field: Array | None = None


def _fresh(hamiltonian: Hamiltonian, origin: Array, betas: Array, copies: int, replicas: int, start: Any) -> _Present:
    """Random states, or given ones that both copies share; walker k starts at rung k."""
    rungs = len(betas)
    chains = len(origin) // rungs
    if start is None:
        states = random_start(hamiltonian, origin)
    else:
        variable = labelled(start)
        values = start if variable is None else by_name(_as_beta(variable), betas)
        given = given_start(hamiltonian, values, (rungs, hamiltonian.disorder or 1, replicas))
        states = np.repeat(given.reshape(rungs, 1, -1, hamiltonian.size), copies, axis=1).reshape(-1, hamiltonian.size)
    at = np.repeat(np.arange(rungs)[:, None], chains, axis=1)
    return _Present(states, at, np.full(at.shape, NOWHERE, np.int8), np.zeros(chains, np.int64))


def _as_beta(variable: Any) -> Any:
    """Rungs as the inverse temperatures that they are."""
    if "rung" not in variable.dims or "beta" not in variable.coords:
        return variable
    return variable.swap_dims(rung="beta") if variable["beta"].dims == ("rung",) else variable


def _is_tempering(start: Any) -> bool:
    return hasattr(start, "data_vars") and "walker" in start.data_vars


def _gone_on(
    hamiltonian: Hamiltonian, betas: Array, copies: int, replicas: int, states_move: bool, start: Any
) -> _Present:
    """States, walkers and carried fields of an earlier run. Raises ValueError where it is another one."""
    _require_same_run(hamiltonian, betas, copies, replicas, start)
    at = _rung_first(start["walker"].isel(sweep=-1))
    heading, chains = np.empty(at.shape, np.int8), at.shape[1]
    np.put_along_axis(heading, at, _rung_first(start["heading"]), axis=0)
    rows = np.arange(at.size) if states_move else (at * chains + np.arange(chains)).ravel()

    def by_row(name: str) -> Array:
        values = _rung_first(start[name]).reshape(-1, hamiltonian.size)
        placed = np.empty_like(values)
        placed[rows] = values
        return placed

    state = by_row("state")
    require_levels(hamiltonian, state, "start")
    trips = start["round_trips"].transpose(*_inner(start["round_trips"])).values.ravel().copy()
    field = by_row("field") if "field" in start else None
    return _Present(state, at, heading, trips, int(start.attrs["sweeps"]), field)


def _inner(variable: Any) -> list[str]:
    return [dim for dim in ("copy", "disorder", "replica") if dim in variable.dims]


def _rung_first(variable: Any) -> Array:
    """Values in the order of the rows, (rungs, chains, ...)."""
    inner = _inner(variable)
    values = variable.transpose("rung", *inner, ...).values
    return np.array(values.reshape(len(values), -1, *values.shape[1 + len(inner) :]))


def _require_same_run(hamiltonian: Hamiltonian, betas: Array, copies: int, replicas: int, start: Any) -> None:
    lacking = [name for name in ("state", "heading", "round_trips", "beta") if name not in start]
    lacking += [] if "sweeps" in start.attrs else ["attrs['sweeps']"]
    if lacking:
        raise ValueError(
            f"start is a tempering run without {', '.join(lacking)}, and cannot be continued; pass all that temper() "
            "returned, or begin anew from its states: start=run.state"
        )
    sizes, had = start.sizes, start["beta"].values
    if had.shape != betas.shape or (had != betas).any():
        raise ValueError(
            f"start has the ladder beta = {had}, but this run has {betas}; continue it with its own, or begin anew "
            'from its states: start=run.state.transpose("rung", ...).values'
        )
    for name, value in (("replica", replicas), ("site", hamiltonian.size), ("disorder", hamiltonian.disorder or 1)):
        if sizes.get(name, 1) != value:
            raise ValueError(f"start has {sizes.get(name, 1)} of {name!r}, but this run has {value}")
    if sizes.get("copy", 1) != copies:
        raise ValueError("start and this run must both have isoenergetic moves (two copies a rung), or neither")


def _require_same_held(hamiltonian: Hamiltonian, states: Array) -> None:
    """Exchanging (rung, copy, run, site) would mix laws where sites are held at other values at other rungs."""
    if hamiltonian.clamped is None:
        return
    held = states[..., ~np.isnan(hamiltonian.clamped)]
    if (held != held[:1, :1]).any():
        raise ValueError(
            "clamped sites must be held at the same values at all rungs of a replica, but they start from different "
            "ones; name the values, clamp={site: value}, or give a start of shape (replica, site)"
        )

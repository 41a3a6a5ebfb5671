"""`settle`: follow a deterministic update to a fixed point or a cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys.checks import whole
from hopphys.dynamics import Dynamics, law, require_kinds, require_meaning, usual
from hopphys.engine import reference
from hopphys.engine.compiled import patterns
from hopphys.engine.rows import Rows, given_start, hold_clamped, lay_out, working_type
from hopphys.engine.starting import by_name, labelled, numbers
from hopphys.engine.sweepers import sweeper
from hopphys.hamiltonian import Hamiltonian
from hopphys.types import Array

if TYPE_CHECKING:
    import xarray as xr

ROUNDING = 1e-12


def settle(
    hamiltonian: Hamiltonian,
    start: Any,
    *,
    dynamics: Dynamics | None = None,
    max_sweeps: int = 1_000,
    tolerance: float = 1e-9,
    seed: int,
) -> xr.Dataset:
    """Run each starting state until nothing changes, or until it is known to repeat.

    Parameters
    ----------
    start : (N,), (replica, N) or (disorder, replica, N); or a Dataset with such a `state`
    dynamics : threshold or mean, in any order; by default the model's usual one (threshold x shuffled, or the softmax
        step for attention)
    tolerance : largest change of a real site that counts as none; at least the rounding of a model of single precision

    Returns
    -------
    Dataset over ([disorder,] replica): `state`, `energy` (absent for directed couplings), `sweeps` done, `converged`
    (every gap was checked: no site wants to change), and `period` (1 fixed point, 2 oscillation, longer for asymmetric
    couplings, 0 where max_sweeps ended the search).

    Raises ValueError for thermal updates, and for starts of the wrong shape or alphabet.
    """
    require_kinds(hamiltonian, dynamics)
    dynamics = dynamics or usual(hamiltonian, thermal=False)
    if dynamics.update not in ("threshold", "mean") or dynamics.moves is not None:
        raise ValueError(
            f"settle follows a deterministic update (threshold or mean), but {dynamics.name} is thermal; use sample"
        )
    require_meaning(hamiltonian, dynamics)
    if dynamics.update == "mean" and any(block.space.name != "real" for block in hamiltonian.sites):
        raise ValueError(
            "the mean of a two-level site depends on the temperature; use sample(..., beta=...) with update 'mean'"
        )
    limit = whole(max_sweeps, "max_sweeps", 1)
    rows = _rows(hamiltonian, dynamics, start, seed)
    tolerance = max(tolerance, getattr(hamiltonian.interaction, "resolution", 0.0))
    period = _search(hamiltonian, dynamics, rows, limit, tolerance)
    return _dataset(hamiltonian, dynamics, rows, period, seed, limit)


def _rows(hamiltonian: Hamiltonian, dynamics: Dynamics, start: Any, seed: int) -> Rows:
    variable = labelled(start)
    values = numbers(start) if variable is None else by_name(variable, None)[0]
    if variable is not None and hamiltonian.disorder is None and len(values) == 1:
        values = values[0]
    replicas = values.shape[-2] if values.ndim > 1 else 1
    if values.size == 0:
        raise ValueError(f"start must hold at least one state, but its shape is {values.shape}")
    stream, which, plan, shape = lay_out(hamiltonian, [("T = 0",)], replicas, seed, "settle")
    states = given_start(hamiltonian, values, shape)
    states = np.array(states, dtype=working_type(hamiltonian, dynamics.update), order="C")
    hold_clamped(hamiltonian, states)
    return Rows(states, stream, which, plan, shape)


def _search(hamiltonian: Hamiltonian, dynamics: Dynamics, rows: Rows, max_sweeps: int, tolerance: float) -> Array:
    """Period of each row, (rows,); advances the rows in place."""
    advance = sweeper(hamiltonian, dynamics)
    descends = dynamics.update == "threshold" and not dynamics.parallel and not hamiltonian.directed
    if descends and dynamics.order != "random":
        # A sweep without a change visited every site, so it found a fixed point.
        advance(rows, np.zeros((1, max_sweeps)), 0, True)
        return np.where(_settled(hamiltonian, dynamics, rows, tolerance), 1, 0)
    if dynamics.order in ("synchronous", "sequential", "blocks"):
        return _cycle(hamiltonian, dynamics, rows, advance, max_sweeps, tolerance)
    return _wait(hamiltonian, dynamics, rows, advance, max_sweeps, tolerance)


def _cycle(
    hamiltonian: Hamiltonian, dynamics: Dynamics, rows: Rows, advance: Any, max_sweeps: int, tolerance: float
) -> Array:
    """Brent's algorithm on all rows at once: the first return to an anchor, moved at powers of two, is the period."""
    period, anchor, since = np.zeros(len(rows.state), np.int64), rows.state.copy(), 0
    active, limit = np.arange(len(rows.state)), 1
    for t in range(max_sweeps):
        part = _some(rows, active)
        advance(part, np.zeros((1, 1)), t)
        rows.state[active], rows.used[active] = part.state, t + 1
        since += 1
        back = (
            np.abs(part.state.astype(float) - anchor[active]) <= (tolerance if part.state.dtype == float else 0)
        ).all(axis=-1)
        period[active[back]] = since
        active = active[~back]
        if not active.size:
            break
        if since == limit:
            anchor, since, limit = rows.state.copy(), 0, 2 * limit
    return period


def _wait(
    hamiltonian: Hamiltonian, dynamics: Dynamics, rows: Rows, advance: Any, max_sweeps: int, tolerance: float
) -> Array:
    """Orders that draw random numbers: after each sweep, rows in which every gap agrees have settled."""
    period = np.zeros(len(rows.state), np.int64)
    active = np.arange(len(rows.state))
    for t in range(max_sweeps):
        part = _some(rows, active)
        advance(part, np.zeros((1, 1)), t)
        rows.state[active], rows.used[active] = part.state, t + 1
        still = _settled(hamiltonian, dynamics, part, tolerance)
        period[active[still]] = 1
        active = active[~still]
        if not active.size:
            break
    return period


def _some(rows: Rows, active: Array) -> Rows:
    return Rows(rows.state[active], rows.stream[active], rows.which[active], rows.plan[active], rows.shape)


def _settled(hamiltonian: Hamiltonian, dynamics: Dynamics, rows: Rows, tolerance: float) -> Array:
    """Whether no free site of a row would change, (rows,)."""
    if dynamics.update == "threshold" and (known := patterns.stays(hamiltonian, rows)) is not None:
        return known
    settled = np.zeros(len(rows.state), bool)
    sites, samples = hamiltonian.free, hamiltonian.disorder
    for d in range(samples or 1):
        mine = np.flatnonzero(rows.which == d)
        part = hamiltonian if samples is None else hamiltonian.at(d)
        if not mine.size or not sites.size:
            settled[mine] = True
            continue
        settled[mine] = _stays(part, dynamics, rows.state[mine], sites, tolerance)
    return settled


def _stays(hamiltonian: Hamiltonian, dynamics: Dynamics, s: Array, sites: Array, tolerance: float) -> Array:
    if dynamics.update == "mean":
        moved = np.abs(reference.fields(hamiltonian, s, sites) - s[:, sites]).max(axis=-1)
        return np.asarray(moved <= tolerance)
    if not all(hamiltonian.spaces[site].two_level for site in sites):
        return np.asarray(np.all([_lowest(hamiltonian, s, int(site)) for site in sites], axis=0))
    gap = reference.drives(hamiltonian, s, sites)
    # A gap that is rounding beside the largest one is a tie. Whole couplings have no such gaps: theirs are exact.
    tie = ROUNDING * np.abs(gap).max(axis=-1, keepdims=True)
    on = s[:, sites] == hamiltonian.site_levels(sites)[1]
    return np.asarray((np.where(on, gap >= -tie, gap <= tie)).all(axis=-1))


def _lowest(hamiltonian: Hamiltonian, s: Array, site: int) -> Array:
    """Whether a discrete site is at one of its lowest levels, (rows,)."""
    energies = hamiltonian.level_energies(s, site)
    lowest = energies.min(axis=-1)
    return np.asarray(hamiltonian.energy(s) <= lowest + ROUNDING * np.abs(energies - lowest[:, None]).max(axis=-1))


def _dataset(
    hamiltonian: Hamiltonian, dynamics: Dynamics, rows: Rows, period: Array, seed: int, max_sweeps: int
) -> xr.Dataset:
    import xarray as xr

    from hopphys.dataset import stamp

    states = rows.unfolded(hamiltonian.disorder is not None)[0].copy()
    dims = ["disorder", "replica"] if hamiltonian.disorder is not None else ["replica"]
    shape = states.shape[:-1]
    variables = {
        "state": ([*dims, "site"], states, {"long_name": "final configuration", "units": "1"}),
        "sweeps": (dims, rows.used.reshape(shape), {"long_name": "sweeps done", "units": "1"}),
        "converged": (dims, (period == 1).reshape(shape), {"long_name": "no site wants to change", "units": "1"}),
        "period": (dims, period.reshape(shape), {"long_name": "period in sweeps; 0 not found", "units": "1"}),
    }
    if not hamiltonian.directed:
        energy = patterns.energies(hamiltonian, rows)
        energy = hamiltonian.energy(states) if energy is None else energy.reshape(shape)
        variables["energy"] = (dims, energy, {"long_name": "total energy E", "units": "J"})
    found = xr.Dataset(variables)
    found.attrs.update(law=law(hamiltonian, dynamics), dynamics=dynamics.name, hamiltonian=hamiltonian.name)
    config = {
        "hamiltonian": hamiltonian.name, "sites": hamiltonian.size, "dynamics": dynamics.name,
        "max_sweeps": max_sweeps, "replicas": shape[-1],
    }  # fmt: skip
    return stamp(found, seed=seed, config=config)

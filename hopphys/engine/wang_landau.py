"""`wang_landau`: the number of states at every energy, by a walk that visits all energies alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import logsumexp

from hopphys.checks import positive, progress_of, whole
from hopphys.dynamics import METROPOLIS, Dynamics
from hopphys.engine.levels import Levels, as_pairs, find_levels
from hopphys.engine.rows import hold_clamped, lay_out, random_start
from hopphys.engine.walks import Walks, advancer, start
from hopphys.hamiltonian import Hamiltonian
from hopphys.kernels.random import MAX_SWEEP
from hopphys.types import Array, ArrayLike

if TYPE_CHECKING:
    import xarray as xr

CHUNK = 1000  # sweeps between two looks at the walks from outside
SHOWN = 20  # energies that are named one by one


def wang_landau(
    hamiltonian: Hamiltonian,
    *,
    levels: ArrayLike | None = None,
    bins: ArrayLike | None = None,
    window: tuple[float, float] | None = None,
    flatness: float | None = None,
    final: float = 1e-5,
    replicas: int = 4,
    seed: int,
    max_sweeps: int = 1_000_000,
    dynamics: Dynamics = METROPOLIS,
    progress: Callable[[float], None] | None = None,
) -> xr.Dataset:
    """Density of states g(E) by a walk accepted with min(1, g(now)/g(then)); Wang & Landau 2001, PRL 86, 2050.

    Each visit multiplies g of the present level by f. ln f starts at 1 and is halved whenever every level known has
    been visited since the last time, until levels/attempts = 1/t is the larger; from then on ln f = 1/t (Belardinelli &
    Pereyra 2007, PRE 75, 046701), so the error goes on falling. A level found late sets ln f back to 1.

    Parameters
    ----------
    levels, bins : the energies to be told apart. With couplings and biases that are multiples of one quantum they are
        found on the way; else give `levels` (every energy there is), or `bins`: edges, or a number with `window`
    window : (low, high), the energies the walk is kept in
    flatness : None for 1/t; else ln f is halved where the least visited level has this part of the mean visits, 0.8
        say, as in 2001; its error stops falling at some point
    final : ln f at which a walk ends; about levels / final attempts, and an error of ln g of some sqrt(final): 5 times
        that on a 4 x 4 lattice
    replicas : independent walks; their scatter is the error
    dynamics : metropolis x random, single flips of sites; nothing else has a Wang-Landau form here

    Returns
    -------
    Dataset with `log_g` (replica, level), normalised to the number of states (to 1 where energies outside the window or
    the bins were met: attribute `normalisation`), -infinity where a replica never was; `visits` since ln f last
    changed, `found_by` (replicas that met a level), `modification` (replica, sweep) the history of ln f, `restarts`,
    `sweeps`, `converged` (ln f reached `final`, and every level that any replica met was met), and the final `state`.
    With bins also their `mean_energy`. `statistics.from_density` makes averages of it. Levels that no replica met are
    left out and named in the attribute `never_visited`.

    Raises ValueError for sites without two levels, directed couplings, a disorder axis, energies that are not known to
    be whole and come without bins, and where no replica reaches the window.
    """
    progress_of(progress)
    _require_states(hamiltonian, dynamics)
    count, limit = whole(replicas, "replicas", 1), whole(max_sweeps, "max_sweeps", 1)
    end = positive(final, "final")
    flat = 0.0 if flatness is None else _part(flatness)
    if end >= 1 or limit >= MAX_SWEEP:
        raise ValueError(f"final must be below 1 and max_sweeps below 2^30, but they are {final!r} and {max_sweeps!r}")
    written = as_pairs(hamiltonian)
    grid = find_levels(written, levels, bins, window)
    walks = start(*_states(hamiltonian, count, seed), grid)
    history = _run(advancer(written, grid), walks, limit, flat, end, progress)
    _require_reached(grid, hamiltonian, walks)
    config = {
        "hamiltonian": hamiltonian.name, "sites": hamiltonian.size, "dynamics": "Wang-Landau", "flatness": flatness,
        "final": end, "replicas": count, "max_sweeps": limit,
        "window": None if window is None else [float(e) for e in window],
    }  # fmt: skip
    return _dataset(hamiltonian, grid, walks, history, seed, config)


def _require_states(hamiltonian: Hamiltonian, dynamics: Dynamics) -> None:
    if dynamics != METROPOLIS:
        raise ValueError(
            "Wang-Landau replaces the acceptance of single flips (metropolis x random), but dynamics is "
            f"{getattr(dynamics, 'name', dynamics)}"
        )
    if hamiltonian.directed:
        raise ValueError("Wang-Landau counts states by energy, but directed couplings have none")
    if hamiltonian.disorder is not None:
        raise ValueError(
            f"Wang-Landau takes one disorder sample, since each has levels of its own, but there are "
            f"{hamiltonian.disorder}; take H.at(0), H.at(1), ..."
        )
    for block in hamiltonian.sites:
        if not block.space.two_level:
            raise ValueError(
                f"Wang-Landau counts states, flipping sites with two levels (spin or binary), but sites {block.name!r} "
                f"are {block.space.name}; for real ones sample at several beta and join them by "
                "statistics.multi_histogram"
            )
    if hamiltonian.clamped is not None and np.isinf(hamiltonian.clamped).any():
        raise ValueError("a site is held at its start, but Wang-Landau takes no start; clamp({site: value}) names it")
    if not hamiltonian.free.size:
        raise ValueError("every site is clamped: there is one state")


def _part(flatness: float) -> float:
    value = positive(flatness, "flatness")
    if value >= 1:
        raise ValueError(f"flatness must be below 1, 0.8 say, or None for the 1/t schedule, but it is {flatness!r}")
    return value


def _states(hamiltonian: Hamiltonian, replicas: int, seed: int) -> tuple[Array, Array]:
    """Random states and the streams of the walks; replica r is the same walk however many there are."""
    identity = [("Wang-Landau",)]
    origin, *_ = lay_out(hamiltonian, identity, replicas, seed, "Wang-Landau start")
    stream, *_ = lay_out(hamiltonian, identity, replicas, seed, "Wang-Landau")
    state = random_start(hamiltonian, origin).astype(np.int8)
    hold_clamped(hamiltonian, state)
    return state, stream


def _run(
    advance: Callable[..., None],
    walks: Walks,
    limit: int,
    flatness: float,
    final: float,
    progress: Callable[[float], None] | None,
) -> tuple[list[int], list[Array]]:
    """Advance until all walks are over; sweeps done and ln f (replica,) after each chunk."""
    from hopphys.kernels.wang_landau import LOG_F, OVER

    sweeps: list[int] = []
    history: list[Array] = []
    while (done := sweeps[-1] if sweeps else 0) < limit and not walks.numbers[:, OVER].all():
        sweeps.append(min(done + CHUNK, limit))
        advance(walks, sweeps[-1] - done, flatness, final)
        history.append(walks.numbers[:, LOG_F].copy())
        if progress is not None:
            way = np.log(history[-1].max()) / np.log(final)
            progress(float(min(1.0, max(way, sweeps[-1] / limit))))
    return sweeps, history


def _require_reached(grid: Levels, hamiltonian: Hamiltonian, walks: Walks) -> None:
    from hopphys.kernels.wang_landau import USED

    if (walks.visits < 0).all():
        energy = hamiltonian.energy(walks.state)
        raise ValueError(
            f"no replica reached an energy from {grid.energy[0]:g} to {grid.energy[-1]:g} in "
            f"{int(walks.numbers[:, USED].max())} sweeps; they ended at {energy.min():g} to {energy.max():g}: "
            "widen the window, or check the levels"
        )


def _dataset(
    hamiltonian: Hamiltonian,
    grid: Levels,
    walks: Walks,
    history: tuple[list[int], list[Array]],
    seed: int,
    config: dict[str, Any],
) -> xr.Dataset:
    import xarray as xr

    from hopphys.dataset import stamp

    met = walks.visits >= 0
    kept = np.flatnonzero(met.any(axis=0))
    found = xr.Dataset(_variables(hamiltonian, grid, walks, met, kept))
    found["modification"] = (
        ("replica", "sweep"), np.stack(history[1], axis=1), {"long_name": "modification factor, ln f", "units": "1"},
    )  # fmt: skip
    label = "energy E" if grid.kind == "values" else "energy E, middle of the bin"
    found = found.assign_coords(
        level=("level", grid.energy[kept], {"long_name": label, "units": "J"}),
        sweep=("sweep", history[0], {"long_name": "sweeps done", "units": "1"}),
    )
    found.attrs.update(_texts(hamiltonian, grid, walks, met), hamiltonian=hamiltonian.name, dynamics="Wang-Landau")
    return stamp(found, seed=seed, config=config)


def _variables(hamiltonian: Hamiltonian, grid: Levels, walks: Walks, met: Array, kept: Array) -> dict[str, Any]:
    from hopphys.kernels.wang_landau import OVER, RESTARTS, USED

    rows, numbers = ("replica", "level"), walks.numbers
    complete = (met[:, kept] | ~met[:, kept].any(axis=1, keepdims=True)).all(axis=1) & met.any(axis=1)
    variables = {
        "log_g": (rows, _normalised(hamiltonian, grid, walks, met)[:, kept], "logarithm of the number of states, ln g"),
        "visits": (rows, np.maximum(walks.visits[:, kept], 0), "visits since ln f last changed"),
        "found_by": (("level",), met[:, kept].sum(axis=0), "replicas that met this level"),
        "converged": (("replica",), (numbers[:, OVER] > 0) & complete, "ln f is at its final value, no level missing"),
        "restarts": (("replica",), numbers[:, RESTARTS].astype(int), "levels found late, setting ln f back to 1"),
        "sweeps": (("replica",), numbers[:, USED].astype(int), "sweeps done"),
        "state": (("replica", "site"), walks.state.copy(), "final configuration"),
    }
    if grid.kind == "bins":
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = grid.offset + grid.quantum * (walks.total / walks.hits)
        mean = np.where(met, mean, grid.energy)[:, kept]
        variables["mean_energy"] = (rows, mean, "mean energy met in the bin")
    units = {"mean_energy": "J"}
    return {
        name: (dims, values, {"long_name": text, "units": units.get(name, "1")})
        for name, (dims, values, text) in variables.items()
    }


def _normalised(hamiltonian: Hamiltonian, grid: Levels, walks: Walks, met: Array) -> Array:
    """ln g (replica, level), summing to all states, or to 1 in a window; -infinity where a replica never was."""
    log_g = np.where(met, walks.log_g, -np.inf)
    states = 0.0 if _is_cut(grid, walks) else hamiltonian.free.size * np.log(2.0)
    total = logsumexp(log_g, axis=1, keepdims=True)
    return np.asarray(np.where(met, log_g - np.where(np.isfinite(total), total, 0.0) + states, -np.inf))


def _is_cut(grid: Levels, walks: Walks) -> bool:
    from hopphys.kernels.wang_landau import OUTSIDE

    return grid.cut or bool((walks.numbers[:, OUTSIDE] > 0).any())


def _texts(hamiltonian: Hamiltonian, grid: Levels, walks: Walks, met: Array) -> dict[str, str]:
    whole_count = f"sum of g = 2^{hamiltonian.free.size}, the number of states"
    part = "sum of g = 1: energies outside the levels, bins or window were excluded, so g is relative"
    return {
        "law": "no equilibrium law: states are visited with weights 1/g(E) that change along the walk",
        "normalisation": part if _is_cut(grid, walks) else whole_count,
        "never_visited": _never(grid, np.asarray(met.any(axis=0))),
        "levels": grid.kind,
    }


def _never(grid: Levels, met: Array) -> str:
    """Levels between the lowest and the highest one met (all that were given, where they were) that nobody met."""
    inside = np.arange(met.size)
    if grid.width > 0:
        first, last = np.flatnonzero(met)[[0, -1]]
        inside = inside[first:last]
    ghosts = grid.energy[inside[~met[inside]]]
    named = ", ".join(f"{e:g}" for e in ghosts[:SHOWN])
    return named + (f", ... ({ghosts.size} in all)" if ghosts.size > SHOWN else "")

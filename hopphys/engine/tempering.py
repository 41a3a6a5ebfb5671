"""`temper`: parallel tempering of any Hamiltonian that has an energy, with the same Dataset as `sample`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys.checks import progress_of, whole
from hopphys.dataset import stamp
from hopphys.dynamics import Dynamics, require_boltzmann, require_kinds, usual
from hopphys.engine.isoenergetic import moves_a_step, require_clusters
from hopphys.engine.ladders import Ladder, bounds, first_guess, place, rungs_of, wanted
from hopphys.engine.plans import positive, require_finite
from hopphys.engine.recording import chosen, require_room
from hopphys.engine.rungs import RungRecording
from hopphys.engine.sweepers import sweeper
from hopphys.engine.tempering_start import Tempering, begin, exchange_lanes
from hopphys.hamiltonian import Hamiltonian
from hopphys.kernels import random
from hopphys.observables import Observable, energy, magnetisation
from hopphys.types import Array, ArrayLike

if TYPE_CHECKING:
    import xarray as xr

MOST_ROUNDS = 30  # each has twice the sweeps of the one before


def temper(
    hamiltonian: Hamiltonian,
    ladder: Ladder | ArrayLike | None = None,
    *,
    beta: ArrayLike | None = None,
    temperature: ArrayLike | None = None,
    sweeps: int,
    dynamics: Dynamics | None = None,
    replicas: int = 1,
    seed: int,
    record: int = 1,
    exchange_every: int = 1,
    start: Any = None,
    clamp: Mapping[int, float] | Iterable[int] | None = None,
    observe: Sequence[Observable] = (energy, magnetisation),
    isoenergetic: bool | int = False,
    progress: Callable[[float], None] | None = None,
) -> xr.Dataset:
    """Run `replicas` independent tempering runs, each with one state at every rung of a ladder of temperatures.

    Neighbouring rungs exchange their states with `exchange_probability`, even and odd pairs in turn, after every
    `exchange_every` sweeps.

    Parameters
    ----------
    ladder : a `Ladder` that `ladder(...)` found, or inverse temperatures that rise or fall strictly; or give them as
        `beta` or `temperature`
    dynamics, record, clamp, observe, progress : as in `sample`
    start : states that broadcast to (rung, disorder, replica, site), or the Dataset of an earlier run, which is
        continued: 100 sweeps and 100 more are the same bits as 200
    isoenergetic : cluster moves at every rung before each exchange (True is one): every replica has two copies then

    Returns
    -------
    Dataset with observables ([disorder,] replica, [copy,] rung, sweep, ...); `walker`, which walker was at each rung;
    `swap_rate`, mean probability of an exchange between rungs k and k + 1; `round_trips` of all walkers of a replica
    since its run began; the final `state`. With copies also their overlap and the share of sites that clusters held.

    Raises ValueError for a ladder of one temperature, out of order, twice the same, negative or NaN; a dynamics that
    does not sample exp(-beta E); a start of another run; isoenergetic moves where there is no graph of bonds.
    """
    progress_of(progress)
    require_kinds(hamiltonian, dynamics)
    if clamp is not None:
        hamiltonian = hamiltonian.clamp(clamp)
    dynamics = dynamics or usual(hamiltonian, thermal=True)
    require_exchangeable(hamiltonian, dynamics)
    betas = rungs_of(ladder, beta, temperature)
    require_finite(hamiltonian, dynamics, betas)
    count, exchange_every = positive("replicas", replicas), positive("exchange_every", exchange_every)
    sweeps, moves = positive("sweeps", sweeps), moves_a_step(isoenergetic)
    every = sweeps if record == 0 else positive("record", record)
    if moves:
        require_clusters(hamiltonian)
    run = begin(hamiltonian, dynamics, betas, count, moves, seed, start)
    if run.first + sweeps >= random.MAX_SWEEP:
        raise ValueError(
            f"a run may have {random.MAX_SWEEP} sweeps in all, but this one would reach {run.first + sweeps}"
        )
    recording = RungRecording(hamiltonian, chosen(observe), run.rows, run.walkers, 2 if moves else 1)
    require_room(run.rows, sweeps // every, len(recording.observe) + 1)
    _advance(run, sweeps, every, exchange_every, recording, progress)
    config = {
        "hamiltonian": hamiltonian.name, "sites": hamiltonian.size, "dynamics": dynamics.name, "beta": betas.tolist(),
        "sweeps": sweeps, "replicas": count, "record": every, "exchange_every": exchange_every, "isoenergetic": moves,
    }  # fmt: skip
    found = recording.dataset(run.clusters).assign_attrs(dynamics=dynamics.name)
    return stamp(found, seed=seed, config=config)


def require_exchangeable(hamiltonian: Hamiltonian, dynamics: Dynamics) -> None:
    """Raise ValueError unless the dynamics samples exp(-beta E), which is what an exchange keeps."""
    if hamiltonian.directed:
        raise ValueError("tempering exchanges states by their energies, which directed couplings do not have")
    require_boltzmann(hamiltonian, dynamics, "tempering")


def _advance(
    run: Tempering,
    sweeps: int,
    every: int,
    exchange_every: int,
    recording: RungRecording,
    progress: Callable[[float], None] | None,
) -> None:
    """Sweep up to the next exchange or record, whichever comes first."""
    advance, walkers = sweeper(run.hamiltonian, run.dynamics), run.walkers
    flips, since, done = np.zeros(walkers.at.shape), 0, 0
    while done < sweeps:
        now = run.first + done
        step = min(exchange_every - now % exchange_every, every - done % every, sweeps - done)
        before = run.rows.flips.copy()
        advance(run.rows, np.repeat(walkers.betas[:, None], step, axis=1), now)
        flips += (run.rows.flips - before)[walkers.rows]
        done, since = done + step, since + step
        if (now + step) % exchange_every == 0:
            _exchange(run, now + step, (now + step) // exchange_every)
        if done % every == 0 or done == sweeps:
            recording.take(now + step, flips / (max(1, run.hamiltonian.free.size) * since))
            flips[:], since = 0, 0
            if progress is not None:
                progress(done / sweeps)


def _exchange(run: Tempering, sweep: int, turn: int) -> None:
    """Cluster moves, then the pairs whose turn it is: turns count from 1, and the first one has the even pairs."""
    if run.clusters is not None:
        run.clusters.move(run.rows, run.walkers.rows, sweep)
    parity = (turn + 1) % 2
    accepted = run.walkers.exchange(run.energies(), sweep, parity)
    if run.walkers.states_move:
        exchange_lanes(run.rows, accepted, parity)
    else:
        run.rows.plan = run.walkers.plan


def ladder(
    hamiltonian: Hamiltonian,
    *,
    beta: ArrayLike | None = None,
    temperature: ArrayLike | None = None,
    rungs: int | None = None,
    swap_rate: float | None = None,
    sweeps: int = 200,
    rounds: int = 4,
    replicas: int = 4,
    dynamics: Dynamics | None = None,
    clamp: Mapping[int, float] | Iterable[int] | None = None,
    seed: int,
    progress: Callable[[float], None] | None = None,
) -> Ladder:
    """Find the rungs between two ends at which all neighbours exchange equally often.

    Pilot runs measure how often the rungs of a first guess exchange; the barrier between them is interpolated and the
    rungs are placed anew, `rounds` times, with twice the sweeps each time: `sweeps` the first time, and one half of
    each is thrown away.

    Parameters
    ----------
    beta, temperature : the two ends, finite; beta = 0 may be one
    rungs : how many; or else as many as `swap_rate` (1/2) takes. A rate of 1/2 gives most round trips for the work when
        even and odd pairs take turns (Syed et al. 2022, section 5)
    replicas : independent pilot runs, of each disorder sample

    Raises ValueError for ends that are equal, negative, NaN or infinite, and where more than 500 rungs would be needed.
    """
    low, high = bounds(beta, temperature)
    (count, rate), turns = wanted(rungs, swap_rate), whole(rounds, "rounds", 1)
    whole(sweeps, "sweeps", 4)
    progress_of(progress)
    if turns > MOST_ROUNDS or sweeps * 2**turns >= random.MAX_SWEEP:
        raise ValueError(
            f"ladder() doubles its sweeps each round, and a run may have {random.MAX_SWEEP}, but rounds = {rounds!r} "
            f"begin with sweeps = {sweeps!r}; take fewer"
        )
    options: dict[str, Any] = {
        "dynamics": dynamics, "replicas": replicas, "clamp": clamp, "record": 0, "observe": (),
        "seed": random.key(seed, "ladder")[0],  # a run of the ladder that is found shares no number with its pilots
    }  # fmt: skip
    betas, start = first_guess(low, high), None
    for turn in range(turns):
        half = sweeps * 2**turn // 2
        settled = temper(hamiltonian, betas, sweeps=half, start=start, **options)
        pilot = temper(hamiltonian, betas, sweeps=half, start=settled, **options)
        rates = pilot["swap_rate"].mean([dim for dim in pilot["swap_rate"].dims if dim != "interval"])
        found = place(betas, rates.values, rate, count)
        start, betas = _nearest(pilot, betas, found.betas), found.betas
        if progress is not None:
            progress((2 ** (turn + 1) - 1) / (2**turns - 1))
    return found


def _nearest(pilot: xr.Dataset, betas: Array, wanted: Array) -> Array:
    """States of the pilot run at the rungs nearest to those wanted, (rung, [disorder,] replica, site)."""
    nearest = np.abs(betas[:, None] - wanted).argmin(axis=0)
    return np.asarray(pilot["state"].isel(rung=nearest).transpose("rung", ...).values)

"""`annealed_importance`: log Z with an honest error, from independent runs that are cooled and weighed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys.checks import progress_of, whole
from hopphys.dataset import stamp
from hopphys.dynamics import Dynamics
from hopphys.engine.packed import packing
from hopphys.engine.rows import Rows, hold_clamped, lay_out, random_start, working_type
from hopphys.engine.steps import SHARE, chosen_steps, evenly
from hopphys.engine.sweepers import sweeper
from hopphys.engine.weights import (
    disorder_samples,
    effective_number,
    given_steps,
    log_mean,
    log_mean_error,
    log_states,
    log_weights,
    prepared,
    purpose_of,
    row_energies,
)
from hopphys.hamiltonian import Hamiltonian
from hopphys.kernels.random import MAX_SWEEP
from hopphys.memory import require
from hopphys.schedules import Schedule
from hopphys.types import Array, ArrayLike

if TYPE_CHECKING:
    import xarray as xr

WHAT = "annealed importance sampling"
STEPS = 1_000
FEW = 20.0  # effective number of weights below which neither log Z nor its error says much
LAW = "not exp(-beta E): replicas are independent, and averages over them with weights exp(log_weight) have that law"


def annealed_importance(
    hamiltonian: Hamiltonian,
    schedule: Schedule | ArrayLike | None = None,
    *,
    beta: ArrayLike | None = None,
    temperature: ArrayLike | None = None,
    steps: int | None = None,
    replicas: int = 1_000,
    sweeps: int = 1,
    dynamics: Dynamics | None = None,
    seed: int,
    clamp: Mapping[int, float] | Iterable[int] | None = None,
    progress: Callable[[float], None] | None = None,
) -> xr.Dataset:
    """log Z of the law exp(-beta E) by annealed importance sampling; Neal 2001, Stat. Comput. 11, 125.

    Each replica starts from a uniform state, where log Z_0 is the logarithm of the number of states, and gains the
    factor exp(-(beta' - beta) E) at every step before it is swept at beta'. The mean weight is Z / Z_0 exactly, however
    few sweeps; log Z is the logarithm of a mean, so on average it is too small (Salakhutdinov & Murray 2008, for
    restricted Boltzmann machines).

    Parameters
    ----------
    schedule : inverse temperatures that rise from 0, one a step; or give them as `beta` or `temperature`
    beta, temperature : or the last one alone: a small population goes ahead, and `steps` steps (1 000 by default)
        are spread evenly over the distance that it measures
    replicas : independent runs. Their number changes none of them; weights of real couplings agree to rounding
    sweeps : of the dynamics at each step after the first
    dynamics, clamp, progress : as in `sample`; on lattices the usual dynamics is heat bath by colours here

    Returns
    -------
    Dataset with `log_z`, its jackknife error `log_z_error`, and the `effective_size` of the weights, ([disorder,]
    beta); `log_weight`, log of w Z_0, the final `energy` and `state` of each replica. Where the last effective size is
    below 20, the attribute `warning` says so: log Z may be far too small then, beyond its error.

    Raises ValueError for inverse temperatures that do not rise from 0 or are infinite, a dynamics that does not keep
    exp(-beta E), directed couplings, and free real or Poisson sites, which have no law at beta = 0.
    """
    progress_of(progress)
    hamiltonian, dynamics = prepared(hamiltonian, dynamics, clamp, WHAT)
    count, each = whole(replicas, "replicas", 1), whole(sweeps, "sweeps", 1)
    if each * 10 >= MAX_SWEEP:
        raise ValueError(f"a run may have {MAX_SWEEP} sweeps in all, but sweeps = {sweeps!r} at each step are more")
    betas = _steps(hamiltonian, dynamics, given_steps(schedule, beta, temperature, WHAT), steps, each, seed)
    if each * len(betas) >= MAX_SWEEP:
        raise ValueError(f"a run may have {MAX_SWEEP} sweeps in all, but this one would have {each * len(betas)}")
    rows = _rows(hamiltonian, dynamics, betas, count, seed)
    require(40 * len(rows.state) + 24 * len(betas), f"weights of {len(rows.state)} runs", "take fewer replicas")
    traced = _run(hamiltonian, dynamics, rows, betas, each, progress)
    config = {
        "hamiltonian": hamiltonian.name, "sites": hamiltonian.size, "dynamics": dynamics.name, "beta": betas,
        "sweeps": each, "replicas": count,
    }  # fmt: skip
    found = _dataset(hamiltonian, rows, betas, *traced)
    return stamp(found.assign_attrs(dynamics=dynamics.name, **_warning(found)), seed=seed, config=config)


def _steps(
    hamiltonian: Hamiltonian, dynamics: Dynamics, given: Array | float, steps: int | None, sweeps: int, seed: int
) -> Array:
    if isinstance(given, float):
        number = STEPS if steps is None else whole(steps, "steps", 1)
        return evenly(*chosen_steps(hamiltonian, dynamics, given, SHARE, 10 * sweeps, seed), number)
    if steps is not None:
        raise ValueError(f"give the steps, or their number with the last beta, not both: {len(given)} and {steps!r}")
    return given


def _rows(hamiltonian: Hamiltonian, dynamics: Dynamics, betas: Array, replicas: int, seed: int) -> Rows:
    identity = [tuple(betas.tolist())]
    purpose = purpose_of("annealed importance", hamiltonian, dynamics)
    stream, which, plan, shape = lay_out(hamiltonian, identity, replicas, seed, purpose)
    origin, *_ = lay_out(hamiltonian, identity, replicas, seed, "annealed importance start")
    states = np.array(random_start(hamiltonian, origin), dtype=working_type(hamiltonian, dynamics.update))
    hold_clamped(hamiltonian, states)
    return Rows(states, stream, which, plan, shape, packed=packing(hamiltonian, dynamics, shape))


def _run(
    hamiltonian: Hamiltonian,
    dynamics: Dynamics,
    rows: Rows,
    betas: Array,
    sweeps: int,
    progress: Callable[[float], None] | None,
) -> tuple[Array, Array, Array]:
    """Logarithms of the weights times Z_0 and the energies, (rows,) each, and (log Z, error, effective size) by step.

    The weight of a step is taken before the sweeps at its end: a state's weight must not depend on where it goes next.
    """
    advance, samples = sweeper(hamiltonian, dynamics), disorder_samples(hamiltonian)
    shape = rows.shape[1:]
    log_weight = np.full(len(rows.state), log_states(hamiltonian))
    energy = row_energies(samples, rows, shape[1])
    traced = [_estimate(log_weight.reshape(shape))]
    for step in range(1, len(betas)):
        log_weight += log_weights(betas[step - 1], betas[step], energy)
        traced.append(_estimate(log_weight.reshape(shape)))
        advance(rows, np.full((1, sweeps), betas[step]), (step - 1) * sweeps)
        energy = row_energies(samples, rows, shape[1])
        if progress is not None:
            progress(step / (len(betas) - 1))
    return log_weight, energy, np.stack(traced, axis=-1)


def _estimate(log_weight: Array) -> Array:
    """(log Z, error, effective size) of each disorder sample, (3, disorder)."""
    return np.stack([log_mean(log_weight), log_mean_error(log_weight), effective_number(log_weight)])


def _dataset(hamiltonian: Hamiltonian, rows: Rows, betas: Array, *traced: Array) -> xr.Dataset:
    import xarray as xr

    log_weight, energy, (log_z, error, effective) = traced
    single, shape = hamiltonian.disorder is None, rows.shape[1:]

    def labelled(dims: list[str], values: Array, long_name: str, units: str = "1") -> Any:
        named = (dims, values[0]) if single else (["disorder", *dims], values)
        return (*named, {"long_name": long_name, "units": units})

    found = xr.Dataset(
        {
            "log_z": labelled(["beta"], log_z, "log Z, the logarithm of the mean weight"),
            "log_z_error": labelled(["beta"], error, "jackknife error of log Z over replicas"),
            "effective_size": labelled(["beta"], effective, "effective number of weights, (sum w)^2 / sum w^2"),
            "log_weight": labelled(["replica"], log_weight.reshape(shape), "log of weight times Z_0 at the last beta"),
            "energy": labelled(["replica"], energy.reshape(shape), "total energy E at the last beta", "J"),
            "state": labelled(["replica", "site"], rows.unfolded(True)[0].copy(), "final configuration"),
        }
    )
    label = {"long_name": "inverse temperature", "units": "1/J"}
    return found.assign_coords(beta=("beta", betas, label)).assign_attrs(law=LAW, hamiltonian=hamiltonian.name)


def _warning(found: xr.Dataset) -> dict[str, str]:
    least = float(found["effective_size"].isel(beta=-1).min())
    if least >= FEW:
        return {}
    return {
        "warning": f"the weights are worth {least:.2g} equal ones, too few for log Z and its error to be trusted; "
        "take more steps or more sweeps at each"
    }


__all__ = ["annealed_importance"]

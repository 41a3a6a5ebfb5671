"""`population_anneal`: a population that is cooled and resampled, with free energies and their errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys.checks import between, progress_of, whole
from hopphys.dataset import stamp
from hopphys.dynamics import Dynamics
from hopphys.engine.populations import Populations
from hopphys.engine.recording import chosen
from hopphys.engine.steps import SHARE, chosen_steps
from hopphys.engine.weights import given_steps, log_mean, log_mean_error, prepared
from hopphys.hamiltonian import Hamiltonian
from hopphys.kernels.random import MAX_SWEEP
from hopphys.memory import require
from hopphys.observables import Observable, energy, magnetisation
from hopphys.schedules import Schedule
from hopphys.types import Array, ArrayLike

if TYPE_CHECKING:
    import xarray as xr

WHAT = "population annealing"
ENOUGH = 100  # walkers for each unit of rho_t, from which on a population counts as equilibrated
LAW = (
    "exp(-beta E) at every beta, up to a bias of order 1 / population from resampling; walkers of one replica share "
    "ancestors and are dependent, replicas are independent"
)
LABELS = {
    "log_z_population": "log Z of each population",
    "family_error": "error of its log Z from the sizes of families, sqrt((rho_t - 1) / population)",
    "rho_t": "mean square size of families, the number of walkers to an independent one",
    "families": "families that survive",
    "effective_share": "effective share of the population after the weights of the step",
    "acceptance": "changed sites an attempt at this step, mean over the population",
}


def population_anneal(
    hamiltonian: Hamiltonian,
    schedule: Schedule | ArrayLike | None = None,
    *,
    beta: ArrayLike | None = None,
    temperature: ArrayLike | None = None,
    share: float | None = None,
    population: int = 1_000,
    sweeps: int = 10,
    replicas: int = 1,
    dynamics: Dynamics | None = None,
    seed: int,
    clamp: Mapping[int, float] | Iterable[int] | None = None,
    observe: Sequence[Observable] = (energy, magnetisation),
    progress: Callable[[float], None] | None = None,
) -> xr.Dataset:
    """Cool `replicas` independent populations of walkers from beta = 0, resampling at every step.

    At a step from beta to beta' a walker of energy E has exp(-(beta' - beta) E), over the mean of its population,
    descendants on average, and all are then swept at beta'. The product of the means is Z / Z_0 on average. Hukushima &
    Iba 2003, AIP Conf. Proc. 690, 200; Machta 2010, Phys. Rev. E 82, 026704; Wang, Machta & Katzgraber 2015, Phys.
    Rev. E 92, 063307.

    Parameters
    ----------
    schedule : inverse temperatures that rise from 0, one a step; or give them as `beta` or `temperature`
    beta, temperature : or the last one alone: a small population goes ahead and chooses the steps, so that
        `share` (0.88 by default) of the population stays effective after the weights of each
    population : walkers of each replica, resampled systematically, so that their number stays
    sweeps : of the dynamics at each step
    dynamics, clamp, progress : as in `sample`; on lattices the usual dynamics is heat bath by colours here
    observe : observables of single states, averaged over each population

    Returns
    -------
    Dataset over ([disorder,] replica, beta): each observable's population mean; `log_z_population` and `family_error`;
    `rho_t`, `families`, `effective_share`, `acceptance`. `log_z` over ([disorder,] beta) is the logarithm of the mean Z
    of all replicas (beta F = -log Z), with its jackknife error `log_z_error`; of one replica, its family error. Then
    the last `state`, `final_energy` and `family` of each walker, the lowest energy met at the end of a step with its
    state (`best_energy`, `best_state`), and `equilibrated`: population >= 100 rho_t at the end. Thermal averages over
    replicas have the weights exp(log_z_population).

    Raises ValueError for inverse temperatures that do not rise from 0 or are infinite, a dynamics that does not keep
    exp(-beta E), directed couplings, free real or Poisson sites, and a population that dies out: less than a hundredth
    of it counts after a step, or all walkers descend from one.
    """
    progress_of(progress)
    hamiltonian, dynamics = prepared(hamiltonian, dynamics, clamp, WHAT)
    size, count = whole(population, "population", 2), whole(replicas, "replicas", 1)
    each, observe = whole(sweeps, "sweeps", 1), _of_single_states(observe)
    if each * 2 >= MAX_SWEEP:
        raise ValueError(f"a run may have {MAX_SWEEP} sweeps in all, but sweeps = {sweeps!r} at each step are more")
    betas = _steps(hamiltonian, dynamics, given_steps(schedule, beta, temperature, WHAT), share, each, seed)
    if each * len(betas) >= MAX_SWEEP:
        raise ValueError(f"a run may have {MAX_SWEEP} sweeps in all, but this one would have {each * len(betas)}")
    require(
        64 * count * (hamiltonian.disorder or 1) * (size + len(betas) * (len(observe) + len(LABELS))),
        f"{len(betas)} steps of {count} populations", "take fewer steps or replicas",
    )  # fmt: skip
    populations = Populations(hamiltonian, dynamics, count, size, "population", tuple(betas.tolist()), seed)
    record = _Record(populations, observe)
    for step, following in enumerate(betas[1:].tolist(), 1):
        populations.follow(following, each)
        record.take()
        if progress is not None:
            progress(step / (len(betas) - 1))
    config = {
        "hamiltonian": hamiltonian.name, "sites": hamiltonian.size, "dynamics": dynamics.name, "beta": betas,
        "population": size, "sweeps": each, "replicas": count,
    }  # fmt: skip
    return stamp(record.dataset(betas).assign_attrs(dynamics=dynamics.name), seed=seed, config=config)


def _of_single_states(observe: Any) -> tuple[Observable, ...]:
    asked = chosen(observe)
    for one in asked:
        if one.dims[:1] != ("replica",):
            raise ValueError(
                f"a population averages observables of single states, but {one.name!r} compares states, and walkers "
                "that share an ancestor are alike; compare the final `state` of different replicas"
            )
        if one.name in (*LABELS, "log_z", "log_z_error", "state", "family"):
            raise ValueError(f"population annealing has a variable {one.name!r}: give the observable another name")
    return asked


def _steps(
    hamiltonian: Hamiltonian, dynamics: Dynamics, given: Array | float, share: float | None, sweeps: int, seed: int
) -> Array:
    if isinstance(given, float):
        wanted = SHARE if share is None else share
        wanted = between(wanted, "share, what stays effective of a population at a step,", 0.05, 0.999, ends=True)
        return chosen_steps(hamiltonian, dynamics, given, wanted, sweeps, seed)[0]
    if share is not None:
        raise ValueError(f"give the steps, or share= with the last beta, not both: {len(given)} steps and {share!r}")
    return given


@dataclass(eq=False)
class _Record:
    """What was measured at the end of each step."""

    populations: Populations
    observe: tuple[Observable, ...]
    values: dict[str, list[Array]] = field(default_factory=dict)
    best_energy: Array = field(init=False)
    best_state: Array = field(init=False)

    def __post_init__(self) -> None:
        p = self.populations
        self.best_energy = np.full(len(p.deciding), np.inf)
        self.best_state = np.zeros((len(p.deciding), p.hamiltonian.size), p.rows.state.dtype)
        self.take()

    def take(self) -> None:
        p = self.populations
        sizes = p.family_sizes
        rho = (sizes.astype(float) ** 2).sum(axis=-1) / p.size
        taken = (p.log_z, np.sqrt((rho - 1.0) / p.size), rho, (sizes > 0).sum(axis=-1), p.effective / p.size,
                 p.acceptance)  # fmt: skip
        for name, values in zip(LABELS, taken, strict=True):
            self.values.setdefault(name, []).append(self.by_replica(values))
        for one in self.observe:
            self.values.setdefault(one.name, []).append(self._mean(one))
        self._keep_best()

    def by_replica(self, values: Array) -> Array:
        """(populations, ...) as (replica, [disorder,] ...)."""
        replicas, samples, _ = self.populations.rows.shape
        lead = (replicas,) if self.populations.hamiltonian.disorder is None else (replicas, samples)
        return values.reshape(*lead, *values.shape[1:])

    def _mean(self, observable: Observable) -> Array:
        """Mean over the walkers, (replica, [disorder,] ...)."""
        p = self.populations
        if observable is energy:
            return self.by_replica(p.by_population(p.energy).mean(axis=-1))
        # As floats: products of int8 states and int8 patterns would wrap in an observable of the user's.
        values = np.asarray(observable.function(p.hamiltonian, p.states().astype(float)))
        return np.asarray(values.mean(axis=1 if p.hamiltonian.disorder is None else 2))

    def _keep_best(self) -> None:
        p = self.populations
        energies = p.by_population(p.energy)
        walker = energies.argmin(axis=-1)
        lowest = energies[np.arange(len(walker)), walker]
        better = np.flatnonzero(lowest < self.best_energy)
        if better.size:
            p.states()  # brings the states up to date where they are kept in words
        self.best_energy[better] = lowest[better]
        self.best_state[better] = p.by_population(p.rows.state)[better, walker[better]]

    def dataset(self, betas: Array) -> xr.Dataset:
        import xarray as xr

        p = self.populations
        lead = ["replica"] if p.hamiltonian.disorder is None else ["replica", "disorder"]

        def labelled(dims: list[str], values: Array, long_name: str, units: str = "1") -> Any:
            return ([*lead, *dims], values, {"long_name": long_name, "units": units})

        def taken(name: str) -> Array:
            return np.stack(self.values[name], axis=len(lead))

        found = {name: labelled(["beta"], taken(name), text) for name, text in LABELS.items()}
        for one in self.observe:
            text = f"population mean of {one.long_name or one.name}"
            found[one.name] = labelled(["beta", *one.dims[1:]], taken(one.name), text, one.unit)
        for name, dims, values, text, units in self._final():
            found[name] = labelled(dims, self.by_replica(values), text, units)
        found.update(self._log_z(taken("log_z_population"), taken("family_error"), lead))
        label = {"long_name": "inverse temperature", "units": "1/J"}
        run = xr.Dataset(found).assign_coords(beta=("beta", betas, label))
        run = run.assign_attrs(law=LAW, hamiltonian=p.hamiltonian.name)
        return run.transpose(*(dim for dim in ("disorder", "replica", "beta") if dim in run.dims), ...)

    def _final(self) -> list[tuple[str, list[str], Array, str, str]]:
        p = self.populations
        p.states()
        enough = p.size >= ENOUGH * (p.family_sizes.astype(float) ** 2).sum(axis=-1) / p.size
        return [
            ("state", ["walker", "site"], p.by_population(p.rows.state).copy(), "final configuration", "1"),
            ("final_energy", ["walker"], p.by_population(p.energy), "total energy E at the last beta", "J"),
            ("family", ["walker"], p.by_population(p.family), "walker at beta = 0 that this one descends from", "1"),
            ("best_energy", [], self.best_energy, "lowest energy met at the end of a step", "J"),
            ("best_state", ["site"], self.best_state, "configuration of the lowest energy met", "1"),
            ("equilibrated", [], enough, f"population at least {ENOUGH} times rho_t at the last beta", "1"),
        ]

    def _log_z(self, each: Array, family_error: Array, lead: list[str]) -> dict[str, Any]:
        """log of the mean Z over the replicas, and its error; from families where there is one replica."""
        dims = [*lead[1:], "beta"]
        several = each.shape[0] > 1
        error = log_mean_error(np.moveaxis(each, 0, -1)) if several else family_error[0]
        origin = "jackknife error over replicas" if several else "family error of the one replica"
        return {
            "log_z": (dims, log_mean(each, axis=0), {"long_name": "log of the mean Z of all replicas", "units": "1"}),
            "log_z_error": (dims, error, {"long_name": f"error of log Z, {origin}", "units": "1"}),
        }


__all__ = ["population_anneal"]

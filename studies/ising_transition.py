"""The Ising model on the square lattice, L x L sites, periodic, by Metropolis sweeps over the two checkerboard colours.

Four numbers are followed through the transition: energy u and heat capacity c = (<E²> - <E>²) / (T² N) per site, <|m|>,
and Binder's parameter U = 1 - <m⁴> / (3 <m²>²), which goes from 2/3 (ordered) to 0 (disordered) and whose curves for
different L cross at Tc. u and c have exact answers for every one of these lattices (Kaufman 1949) and for the infinite
one (Onsager 1944); <|m|> has one for the infinite lattice (Yang 1952), U and <m²> for L <= 8 (transfer matrix).

Starts. Below Tc all replicas start ordered, half of them up and half down: from a random start, stripes may last for
the whole run, and would be mistaken for equilibrium. From Tc on half of the replicas start at random, the rest ordered,
so that the two can be compared: where they differ, the warm-up was too short. A quarter of every run is warm-up.

Errors. Replicas are independent, so each one's time averages are one number, and errors are by jackknife over replicas,
whatever the autocorrelation within a run. The autocorrelation time tau is measured as well: it says how many times
longer than tau the warm-up was, and from it a second error of u, run by run, which must agree with the first.

Tc. For a pair of lattices, U(T) of each is fitted by a parabola around Tc, and the crossing found; its error is a
bootstrap over replicas. Small lattices cross below Tc: how far is known to first order from the exact U of L = 6 and 7
(transfer matrix), and every crossing is compared with that; Tc is the last one less its drift. The slopes of the two
curves at Tc are as (L'/L)^(1/nu), and <m²> at Tc falls as L^(-2 beta/nu).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from hopphys.studies import _ising_figures as drawing
from hopphys.studies._ising_findings import findings

import hopphys as hp
from hopphys.study import Study, at_least

TC = hp.theory.ising.TC


@dataclass(frozen=True)
class Config:
    """lengths: L of the lattices; near, far: temperatures in units of J with the sweeps for each L at them; replicas:
    independent runs of each.
    """

    lengths: tuple[int, ...]
    near: tuple[float, ...]
    near_sweeps: tuple[int, ...]
    far: tuple[float, ...]
    far_sweeps: tuple[int, ...]
    replicas: int = 32

    def __post_init__(self) -> None:
        if not len(self.lengths) == len(self.near_sweeps) == len(self.far_sweeps) >= 2:
            raise ValueError(
                "near_sweeps and far_sweeps need one number for each of at least two lengths, but there are "
                f"{len(self.near_sweeps)} and {len(self.far_sweeps)} for {len(self.lengths)} lengths"
            )
        if list(self.lengths) != sorted(set(self.lengths)) or self.lengths[0] < 3:
            raise ValueError(f"lengths must rise from at least 3, but they are {self.lengths}")
        if len(self.near) < 3 or not min(self.near) < TC < max(self.near):
            raise ValueError(f"near needs three temperatures or more around Tc = {TC:.4f}, but it is {self.near}")
        at_least(self, 8, "replicas", why="for an error")
        at_least(self, 400, "near_sweeps", "far_sweeps", why="for an error")


@dataclass(frozen=True)
class Point:
    """One lattice at one temperature."""

    length: int = field(metadata={"long_name": "length L", "units": "1"})
    temperature: float = field(metadata={"long_name": "temperature T", "units": "J"})
    sweeps: int = field(metadata={"long_name": "sweeps of each replica, a quarter of them warm-up", "units": "1"})
    record: int = field(metadata={"long_name": "sweeps between records", "units": "1"})
    replicas: int = field(metadata={"long_name": "independent replicas", "units": "1"})
    near: bool = field(metadata={"long_name": "whether the Binder fit uses this temperature", "units": "1"})


def points(config: Config) -> Sequence[Point]:
    """Every length at every temperature. Near Tc the autocorrelation time grows about as L²; so does the interval of
    recording.
    """
    runs = []
    for k, length in enumerate(config.lengths):
        for near, temperatures, sweeps, record in (
            (True, config.near, config.near_sweeps[k], max(8, length**2 // 128)),
            (False, config.far, config.far_sweeps[k], 8),
        ):
            runs += [Point(length, t, sweeps, record, config.replicas, near) for t in temperatures]
    return runs


def cost(point: Point) -> float:
    return point.replicas * point.sweeps * point.length**2


def start(point: Point, seed: int) -> np.ndarray:
    """Ordered replicas, up and down in turn; from Tc on every other pair is random instead, (replica, N)."""
    states = np.ones((point.replicas, point.length**2))
    states[::2] = -1
    if point.temperature >= TC:
        random = started_at_random(point.replicas)
        states[random] = hp.patterns.random(int(random.sum()), point.length**2, seed=seed)
    return states


def started_at_random(replicas: int) -> np.ndarray:
    return np.arange(replicas) % 4 >= 2


def measure(point: Point, seed: int) -> xr.Dataset:
    """Time averages of each replica after the warm-up, and autocorrelation times."""
    run = hp.sample(
        hp.ising(hp.square(point.length)),
        temperature=point.temperature,
        sweeps=point.sweeps,
        dynamics=hp.CHECKERBOARD,
        replicas=point.replicas,
        start=start(point, seed),
        record=point.record,
        seed=seed,
    )
    after = run.where(run.sweep > point.sweeps // 4, drop=True)
    u, m = after.energy.values / point.length**2, after.magnetisation.values
    tau_u, tau_m = (hp.statistics.autocorrelation_time(series) for series in (u, np.abs(m)))
    return xr.Dataset(
        {
            "u": described(u.mean(axis=1), "energy per site", "J"),
            "u2": described((u**2).mean(axis=1), "square of the energy per site", "J2"),
            "m_abs": described(np.abs(m).mean(axis=1), "absolute magnetisation per site"),
            "m2": described((m**2).mean(axis=1), "square of the magnetisation per site"),
            "m4": described((m**4).mean(axis=1), "fourth power of the magnetisation per site"),
            "u_error": described(hp.statistics.chain_mean(u).error, "error of u from the run's own tau", "J"),
            "tau_u": whole(np.median(tau_u.tau) * point.record, "autocorrelation time of u, median run", "sweep"),
            "tau_m": whole(np.median(tau_m.tau) * point.record, "autocorrelation time of |m|, median run", "sweep"),
            "at_random": described(
                started_at_random(point.replicas) & (point.temperature >= TC), "started at random (else ordered)"
            ),
        }
    )


def described(values: np.ndarray, long_name: str, units: str = "1") -> tuple[str, np.ndarray, dict[str, str]]:
    return "replica", values, {"long_name": long_name, "units": units}


def whole(value: float, long_name: str, units: str) -> tuple[tuple[()], float, dict[str, str]]:
    return (), float(value), {"long_name": long_name, "units": units}


STUDY = Study(
    name="ising_transition",
    title="The Ising transition, beside Onsager and Kaufman",
    question=(
        "Do energy, heat capacity and magnetisation of sampled square lattices agree with the exact solutions, and "
        "where do the Binder parameters of two sizes cross?"
    ),
    config=Config,
    points=points,
    measure=measure,
    findings=findings,
    figures=drawing.figures,
    cost=cost,
    models=("ising",),
)

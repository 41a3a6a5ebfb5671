"""Schedules: the inverse temperature of every sweep."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from hopphys.checks import inverse, inverse_temperature, whole
from hopphys.kernels.random import MAX_SWEEP
from hopphys.memory import require
from hopphys.types import Array, ArrayLike

BYTES_PER_SWEEP = 40  # the temperatures, the list of them, and what checks them


@dataclass(frozen=True, eq=False)
class Schedule:
    """Inverse temperatures `betas` (sweeps,), one a sweep, in units of 1/J; `name` says how they came about."""

    betas: Array
    name: str

    def __post_init__(self) -> None:
        betas = np.array(self.betas, dtype=float, ndmin=1)
        if betas.ndim != 1 or betas.size == 0:
            raise ValueError(
                f"a schedule needs a list of inverse temperatures, one a sweep, but its shape is {betas.shape}"
            )
        require_betas(betas)
        betas.setflags(write=False)
        object.__setattr__(self, "betas", betas)

    @property
    def sweeps(self) -> int:
        return int(self.betas.size)

    @property
    def constant(self) -> bool:
        return bool((self.betas == self.betas[0]).all())

    @property
    def identity(self) -> tuple[Any, ...]:
        """What the schedule is, for the key of its random numbers: a constant one of any length is its beta."""
        return (float(self.betas[0]),) if self.constant else tuple(self.betas.tolist())


def require_betas(betas: Array) -> None:
    """Raise ValueError for an inverse temperature that is negative or NaN; infinity is T = 0."""
    bad = betas[~(betas >= 0)]
    if bad.size:
        raise ValueError(
            f"beta must not be negative or NaN, but one is {bad[0]}; negative couplings are the way to frustration"
        )


def constant(*, beta: float | None = None, temperature: float | None = None, sweeps: int) -> Schedule:
    """The same temperature at every sweep."""
    value = float(inverse_temperature(beta, temperature))
    return Schedule(np.full(sweeps_of(sweeps), value), f"constant beta = {value:g}")


def linear(start: float, stop: float, sweeps: int) -> Schedule:
    """Temperature T falls (or rises) linearly from `start` to `stop`, both temperatures in units of J."""
    temperatures = np.linspace(_temperature("start", start), _temperature("stop", stop), sweeps_of(sweeps))
    return Schedule(inverse(temperatures), f"linear T {start:g} to {stop:g}")


def geometric(start: float, stop: float, sweeps: int) -> Schedule:
    """Temperature T changes by one factor a sweep, from `start` to `stop` > 0."""
    if min(start, stop) <= 0:
        raise ValueError(
            f"a geometric schedule never reaches T = 0: start and stop must be positive, not {start:g}, {stop:g}"
        )
    temperatures = np.geomspace(_temperature("start", start), _temperature("stop", stop), sweeps_of(sweeps))
    return Schedule(inverse(temperatures), f"geometric T {start:g} to {stop:g}")


def logarithmic(depth: float, sweeps: int) -> Schedule:
    """T = depth / ln(1 + t) at sweep t = 1, 2, ...: slow enough to end in a ground state (Geman & Geman 1984)."""
    sweep = np.arange(1, sweeps_of(sweeps) + 1)
    return Schedule(np.log1p(sweep) / _temperature("depth", depth, positive=True), f"logarithmic, depth {depth:g}")


def custom_schedule(*, beta: ArrayLike | None = None, temperature: ArrayLike | None = None) -> Schedule:
    """Any list of inverse temperatures or temperatures, one a sweep."""
    return Schedule(np.asarray(inverse_temperature(beta, temperature)), "custom")


def sweeps_of(sweeps: Any) -> int:
    """How many sweeps a schedule may list: fewer than 2^30, and what memory holds, before any is listed."""
    count = fewer_than_all(whole(sweeps, "sweeps", 1))
    require(BYTES_PER_SWEEP * count, f"a schedule of {count} sweeps", "take fewer sweeps, and go on from their end")
    return count


def fewer_than_all(count: int) -> int:
    """The number of sweeps, where the random numbers of a run reach that far."""
    if count >= MAX_SWEEP:
        raise ValueError(f"a run may have fewer than {MAX_SWEEP} sweeps in all, but this one would have {count}")
    return count


def _temperature(name: str, value: float, positive: bool = False) -> float:
    if not (value >= 0 and math.isfinite(value)) or (positive and value == 0):
        raise ValueError(
            f"{name} must be a {'positive' if positive else 'non-negative'} temperature, but it is {value!r}"
        )
    return float(value)


__all__ = [
    "Schedule", "constant", "custom_schedule", "geometric", "inverse_temperature", "linear", "logarithmic",
    "require_betas",
]  # fmt: skip

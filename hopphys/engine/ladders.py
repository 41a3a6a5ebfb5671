"""Ladders of temperatures: what one must be, and where its rungs go so that every exchange is as likely.

The barrier that states meet between two rungs, Lambda, adds up along the ladder and is the rejection rate where rungs
are close (Syed, Bouchard-Côté, Deligiannidis & Doucet 2022, JRSS B 84, 321, section 4). Between energies that are
normal with variance sigma^2 the mean acceptance is erfc(step sigma / 2), so an acceptance a measured at any distance
says that Lambda is (2 / sqrt(pi)) erfcinv(a) there: a ladder too coarse, with all rejections near 1, knows how much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.special import erfc, erfcinv

from hopphys.checks import inverse, inverse_temperature, positive, whole
from hopphys.types import Array

SWAP_RATE = 0.5  # most round trips for the work
MOST = 500  # rungs that are still worth their time
FAINTEST = 1e-9  # acceptance below which a pilot run has measured nothing
LEAST = 1e-6  # barrier of an interval that is always crossed: places must stay apart


@dataclass(frozen=True, eq=False)
class Ladder:
    """Inverse temperatures `betas` (rungs,) in 1/J, with the `swap_rate` expected of every neighbouring pair.

    `barrier` is Lambda, the sum of rejection rates of a very fine ladder between the same ends: with many rungs the
    non-reversible scheme makes about 1 / (2 + 2 Lambda) round trips an exchange step, and no ladder makes more.
    """

    betas: Array
    swap_rate: float
    barrier: float

    def __post_init__(self) -> None:
        betas = require_ladder(np.array(self.betas, dtype=float))
        betas.setflags(write=False)
        object.__setattr__(self, "betas", betas)

    def __len__(self) -> int:
        return len(self.betas)


def rungs_of(ladder: Any, beta: Any, temperature: Any) -> Array:
    """Inverse temperatures from exactly one of the three. Raises ValueError for what is no ladder."""
    if ladder is not None and (beta is not None or temperature is not None):
        raise ValueError("give a ladder, or beta= or temperature=, not both")
    if isinstance(ladder, Ladder):
        return np.array(ladder.betas)
    if ladder is None and beta is None and temperature is None:
        raise ValueError("tempering needs a ladder: give beta= or temperature= with two values or more, or a Ladder")
    betas = np.atleast_1d(inverse_temperature(beta if ladder is None else ladder, temperature))
    return require_ladder(betas, "beta" if temperature is None else "temperature")


def require_ladder(betas: Array, name: str = "beta") -> Array:
    """The betas, where they rise or fall strictly from 0 on; infinity is T = 0. Messages speak of `name`."""
    if betas.ndim != 1 or betas.size < 2:
        raise ValueError(
            f"a ladder needs a list of two temperatures or more that differ, but the shape of {name} is {betas.shape}"
        )
    if not (betas >= 0).all():
        raise ValueError(f"beta must not be negative or NaN, but one of the ladder is {betas[~(betas >= 0)][0]}")
    given = betas if name == "beta" else inverse(betas)
    values, times = np.unique(given, return_counts=True)
    if len(values) < len(betas):
        raise ValueError(
            f"a ladder must not hold a temperature twice, but {name} = {values[times > 1][0]:g} comes twice"
        )
    if not ((np.sort(betas) == betas).all() or (np.sort(betas)[::-1] == betas).all()):
        raise ValueError(
            f"a ladder must rise or fall from rung to rung, but {name} = {given}; sort it: np.sort({name})"
        )
    return betas


def bounds(beta: Any, temperature: Any) -> tuple[float, float]:
    """Two finite ends of a ladder, as inverse temperatures in the order given."""
    name, order = ("beta", "lowest, highest") if temperature is None else ("temperature", "hot, cold")
    ends = require_ladder(np.atleast_1d(inverse_temperature(beta, temperature)), name)
    if ends.size != 2:
        raise ValueError(f"ladder() needs the two ends, {name}=({order}), but {ends.size} values were given")
    if np.isinf(ends).any():
        limit = "finite inverse temperatures; add beta = infinity" if name == "beta" else "temperatures above 0; add 0"
        raise ValueError(f"ladder() measures between {limit} as a last rung")
    return float(ends[0]), float(ends[1])


def first_guess(low: float, high: float, rungs: int = 8) -> Array:
    """Rungs to begin with: by one factor, or evenly in beta from infinite temperature on."""
    return np.geomspace(low, high, rungs) if min(low, high) > 0 else np.linspace(low, high, rungs)


def wanted(rungs: int | None, swap_rate: float | None) -> tuple[int | None, float]:
    """How many rungs, or how often they exchange: the one given says the other, and a half is what is wanted."""
    if rungs is not None and swap_rate is not None:
        raise ValueError(
            f"give rungs or swap_rate, one follows from the other, but rungs = {rungs!r} and swap_rate = {swap_rate!r}"
        )
    rate = SWAP_RATE if swap_rate is None else positive(swap_rate, "swap_rate")
    if rate >= 1:
        raise ValueError(f"swap_rate must lie between 0 and 1, but it is {swap_rate!r}")
    return None if rungs is None else whole(rungs, "rungs", 2), rate


def barriers(acceptance: Array) -> Array:
    """Barrier of each interval from its mean acceptance; what is too faint to be measured counts as FAINTEST."""
    return np.asarray(2 / np.sqrt(np.pi) * erfcinv(np.clip(acceptance, FAINTEST, 1.0)))


def expected_acceptance(barrier: float) -> float:
    """The acceptance across a barrier: the inverse of `barriers`."""
    return float(erfc(np.sqrt(np.pi) / 2 * barrier))


def place(betas: Array, acceptance: Array, swap_rate: float, rungs: int | None) -> Ladder:
    """Rungs at equal distances in the barrier, interpolated monotonically; as many as `swap_rate` takes, or `rungs`.

    Raises ValueError where they would be more than 500.
    """
    steps = barriers(acceptance)
    total = float(steps.sum())
    needed = rungs or 1 + max(1, int(np.ceil(total / float(barriers(np.array(swap_rate))))))
    if needed > MOST:
        raise ValueError(
            f"a swap rate of {swap_rate:g} between beta = {betas[0]:g} and {betas[-1]:g} takes some {needed} rungs; "
            f"bring the ends together, or name the number of them: rungs={MOST}"
        )
    height = np.concatenate([[0.0], np.cumsum(np.maximum(steps, LEAST))])
    found = PchipInterpolator(height, betas)(np.linspace(0.0, height[-1], needed))
    found[[0, -1]] = betas[[0, -1]]
    return Ladder(found, expected_acceptance(total / (needed - 1)), total)

"""Exchanges between neighbouring temperatures: who is at which rung, and who changes it.

Even pairs of rungs and odd pairs take turns, whatever came out of the last turn. A walker that is let through goes on
in its direction, so round trips take a time of order the number of rungs and not of its square (Okabe, Kawata, Okamoto
& Mikami 2001, Chem. Phys. Lett. 335, 435; Syed, Bouchard-Côté, Deligiannidis & Doucet 2022, JRSS B 84, 321).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hopphys.kernels import random
from hopphys.types import Array, ArrayLike

ROUNDING = 1e-12  # energies that differ by less, beside the larger one, are a tie
NOWHERE, OUT, BACK = 0, 1, 2  # a walker that has yet to see rung 0, comes from rung 0, or comes from the last rung


def exchange_probability(beta_i: ArrayLike, beta_j: ArrayLike, energy_i: ArrayLike, energy_j: ArrayLike) -> Array:
    """Chance that two rungs exchange their states, min(1, exp((beta_i - beta_j) (E_i - E_j))); arrays broadcast.

    Equal energies always exchange, also where a beta is infinite; there energies equal up to rounding count as equal,
    because a difference of 1e-16 would decide. Swendsen & Wang 1986, Phys. Rev. Lett. 57, 2607.
    """
    first, second = np.asarray(beta_i, dtype=float), np.asarray(beta_j, dtype=float)
    one, other = np.asarray(energy_i, dtype=float), np.asarray(energy_j, dtype=float)
    with np.errstate(invalid="ignore", over="ignore"):
        rise, step = one - other, first - second
        near = np.isinf(step) & (np.abs(rise) <= ROUNDING * np.maximum(np.abs(one), np.abs(other)))
        exponent = np.where((first == second) | (one == other) | near, 0.0, step * rise)
    return np.asarray(np.exp(np.minimum(exponent, 0.0)))


@dataclass(eq=False)
class Walkers:
    """Who is where: `at` (rungs, chains) holds the number of the walker at each rung, in each of the tempering chains.

    `heading` (walkers, chains) is the end that a walker saw last; `trips` (chains,) counts round trips, from rung 0 to
    the last one and back, of all walkers. `stream` (chains, 2) decides the exchanges. A walker keeps its row, and the
    row changes its temperature; where states move, a rung keeps its row and is handed another state.
    """

    betas: Array
    stream: Array
    at: Array
    heading: Array
    trips: Array
    states_move: bool = False
    chance: Array = field(init=False)  # summed probabilities (rungs - 1, chains) of `tries` (rungs - 1,) exchanges
    tries: Array = field(init=False)

    def __post_init__(self) -> None:
        self.chance, self.tries = np.zeros((len(self.at) - 1, self.chains)), np.zeros(len(self.at) - 1, np.int64)
        self._count_trips()

    @property
    def chains(self) -> int:
        return int(self.at.shape[1])

    @property
    def plan(self) -> Array:
        """Rung of every row, (rows,)."""
        if self.states_move:
            return np.repeat(np.arange(len(self.at)), self.chains)
        return np.argsort(self.at, axis=0).ravel()

    @property
    def rows(self) -> Array:
        """Row at every rung, (rungs, chains)."""
        if self.states_move:
            return np.arange(self.at.size).reshape(self.at.shape)
        return np.asarray(self.at * self.chains + np.arange(self.chains))

    @property
    def rates(self) -> Array:
        """Mean probability of an exchange, (rungs - 1, chains); NaN where none was tried."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.chance / self.tries[:, None])

    def exchange(self, energies: Array, sweep: int, parity: int) -> Array:
        """Try the pairs (parity, parity + 1), (parity + 2, parity + 3), ...; energies (rows,).

        Returns which of them exchanged, (pairs, chains).
        """
        low = np.arange(parity, len(self.at) - 1, 2)
        here = energies[self.rows]
        p = exchange_probability(self.betas[low, None], self.betas[low + 1, None], here[low], here[low + 1])
        accepted = random.uniforms(self.stream[None], sweep, low[:, None]) < p
        lower, upper = self.at[low], self.at[low + 1]
        self.at[low], self.at[low + 1] = np.where(accepted, upper, lower), np.where(accepted, lower, upper)
        self.chance[low] += p
        self.tries[low] += 1
        self._count_trips()
        return accepted

    def _count_trips(self) -> None:
        chain = np.arange(self.chains)
        first, last = self.at[0], self.at[-1]
        self.trips += self.heading[first, chain] == BACK
        self.heading[first, chain] = OUT
        seen = self.heading[last, chain]
        self.heading[last, chain] = np.where(seen == OUT, BACK, seen)

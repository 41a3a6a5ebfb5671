"""Steps of inverse temperature from 0 to a given one, chosen by a small population that goes ahead.

The population that chooses has random numbers of its own, so what is estimated along the steps afterwards is as
unbiased as along any list fixed in advance, and the same however many replicas run.
"""

from __future__ import annotations

import numpy as np

from hopphys.dynamics import Dynamics
from hopphys.engine.populations import Populations
from hopphys.engine.weights import effective_number, log_weights
from hopphys.hamiltonian import Hamiltonian
from hopphys.memory import require
from hopphys.schedules import fewer_than_all
from hopphys.types import Array

SCOUTS = 256  # walkers of the population that goes ahead, for each disorder sample
SHARE = 0.88  # (sum w)^2 / (n sum w^2) of one step; histograms of energy overlap by 0.86 then, where they are normal
HALVINGS = 60
SHORTEST = 1e-3  # of a last step that changes no weight: places along it must stay apart


def chosen_steps(
    hamiltonian: Hamiltonian, dynamics: Dynamics, beta: float, share: float, sweeps: int, seed: int
) -> tuple[Array, float]:
    """Inverse temperatures 0, ..., beta, each step keeping `share` of a population effective; the last one, no less.

    Also how long the last step is beside the others, in the distance sqrt(-log share), which is proportional to
    the step times the width of the energies (as in Barash, Weigel, Borovsky, Janke & Shchur 2017, Comput. Phys.
    Commun. 220, 341, who fix the overlap of histograms). Of several disorder samples the one with the smallest step
    decides.
    """
    scouts = Populations(hamiltonian, dynamics, 1, SCOUTS, "population scouts", (beta, share, float(sweeps)), seed)
    betas = [0.0]
    while betas[-1] < beta:
        whole = _share(scouts, beta)
        betas.append(beta if whole >= share else _next(scouts, beta, share))
        if betas[-1] < beta:
            scouts.follow(betas[-1], sweeps, cautious=False)
    return np.array(betas), max(float(np.sqrt(np.log(min(whole, 1.0)) / np.log(share))), SHORTEST)


def _share(scouts: Populations, beta: float) -> float:
    log_weight = scouts.by_population(log_weights(scouts.beta, beta, scouts.energy))
    return float(effective_number(log_weight).min()) / scouts.size


def _next(scouts: Populations, beta: float, share: float) -> float:
    """The largest beta that keeps the share: it falls with every step taken, so halving finds it."""
    low, high = scouts.beta, beta
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _share(scouts, middle) >= share else (low, middle)
    return high


def evenly(betas: Array, last: float, steps: int) -> Array:
    """`steps` steps of equal distance along chosen ones, whose last is `last` times as long as the others.

    Raises ValueError for more than a run may have, before any is placed.
    """
    require(32 * fewer_than_all(steps), f"{steps} steps", "take fewer steps")
    distance = np.append(np.arange(len(betas) - 1.0), len(betas) - 2 + last)
    placed = np.interp(np.linspace(0.0, distance[-1], steps + 1), distance, betas)
    placed[-1] = betas[-1]
    return placed

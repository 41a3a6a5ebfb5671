"""The schedule that suits a Hamiltonian: from what its spins are bound with in a state that was cooled at once."""

from __future__ import annotations

import numpy as np

from hopphys.dynamics import HOPFIELD
from hopphys.engine.rows import hold_clamped, lay_out, random_start
from hopphys.engine.settling import settle
from hopphys.hamiltonian import Hamiltonian
from hopphys.schedules import Schedule, geometric
from hopphys.types import Array

STATES = 8  # quenched states that are looked at, of all disorder samples together
QUENCH = 100  # sweeps of a quench: an unfinished one has the same scale
# beta x excitation at the two ends. Measured on SK, +-J and Gaussian cubic glasses, Max-Cut and Hopfield nets, the
# energies reached are flat around these values: half or twice as hot or cold costs 0.2 % of the energy at most.
HOT, COLD = 2.5, 20.0


def automatic(hamiltonian: Hamiltonian, sweeps: int) -> Schedule:
    """Geometric from the temperature at which spins in a quenched state are loose to one at which they are frozen.

    The excitations are |E(flipped) - E| of the sites of some states settled from random starts, those above 0: a mean
    one is paid with probability exp(-2.5) at the hot end, one of the geometric mean, which small ones pull down, with
    exp(-20) at the cold end. Both temperatures are rounded to three digits, so that no rounding of a sum decides which
    random numbers a run has. Raises ValueError where sites do not have two levels and a gap.
    """
    if not hamiltonian.two_level or hamiltonian.directed:
        kinds = ", ".join(sorted({block.space.name for block in hamiltonian.sites}))
        raise ValueError(
            "an automatic schedule measures the gaps of two-level sites, but this model has "
            f"{'directed couplings' if hamiltonian.directed else f'{kinds} ones'}; give the schedule, or its two ends "
            "as temperature=(hot, cold)"
        )
    sizes = excitations(hamiltonian)
    mean, typical = (sizes.mean(), np.exp(np.log(sizes).mean())) if sizes.size else (1.0, 1.0)
    return geometric(_rounded(mean / HOT), _rounded(typical / COLD), sweeps)


def excitations(hamiltonian: Hamiltonian) -> Array:
    """|gap| of the free sites of settled states, without zeros, (any,)."""
    samples = hamiltonian.disorder or 1
    stream, *_, shape = lay_out(hamiltonian, [()], -(-STATES // samples), 0, "annealing schedule")
    start = random_start(hamiltonian, stream)
    hold_clamped(hamiltonian, start)
    states = start.reshape((*shape[1:], hamiltonian.size))
    states = states if hamiltonian.disorder is not None else states[0]
    settled = settle(hamiltonian, states, dynamics=HOPFIELD, max_sweeps=QUENCH, seed=0)
    sizes = np.abs(hamiltonian.gap(settled["state"].values))[..., hamiltonian.free]
    return np.asarray(sizes[sizes > 1e-12 * sizes.max(initial=0.0)])


def _rounded(temperature: float) -> float:
    return float(f"{temperature:.3g}")

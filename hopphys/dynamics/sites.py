"""Which dynamics a model usually has, which of its sites interact, and in which order they are visited."""

from __future__ import annotations

import numpy as np

from hopphys.dynamics.kinds import ATTENTION, GIBBS, GLAUBER, HOPFIELD, Dynamics
from hopphys.hamiltonian import Hamiltonian
from hopphys.types import Array


def usual(hamiltonian: Hamiltonian, thermal: bool) -> Dynamics:
    """The dynamics a model is usually given: heat bath when sampled, threshold when settled, mean for real sites."""
    if all(block.space.name == "real" for block in hamiltonian.sites) and not linear(hamiltonian):
        return ATTENTION
    if not thermal:
        return HOPFIELD if hamiltonian.discrete else ATTENTION
    return GIBBS if _sides(hamiltonian) is not None else GLAUBER


def linear(hamiltonian: Hamiltonian) -> bool:
    """Whether the energy is linear in each site (up to its own confinement), so that a field fixes its law."""
    from hopphys.features import Bipartite

    return bool(getattr(hamiltonian.interaction, "pairwise", False)) or isinstance(hamiltonian.interaction, Bipartite)


def _sides(hamiltonian: Hamiltonian) -> Array | None:
    from hopphys.features import Bipartite

    if not isinstance(hamiltonian.interaction, Bipartite):
        return None
    visible = hamiltonian.interaction.visible
    return np.repeat([0, 1], [visible, hamiltonian.size - visible])


def blocks(hamiltonian: Hamiltonian) -> Array:
    """Colour of each site, (N,): sites of one colour do not interact. Raises ValueError where no colouring helps."""
    colours = getattr(hamiltonian.interaction, "colours", None)
    if colours is None:
        colours = _sides(hamiltonian)
    if colours is None and hasattr(hamiltonian.interaction, "couplings"):
        colours = _colour_couplings(hamiltonian.interaction.couplings)
    if colours is None:
        raise ValueError(
            "order 'blocks' needs sites that do not all interact (a lattice, or two sides), but "
            f"{type(hamiltonian.interaction).__name__} couples every pair; use 'sequential' or 'shuffled'"
        )
    return np.asarray(colours)


def _colour_couplings(couplings: Array) -> Array | None:
    from hopphys.lattices import colour

    joined = np.abs(couplings).reshape(-1, *couplings.shape[-2:]).sum(axis=0)
    joined = joined + joined.T
    bonds = np.argwhere(np.triu(joined, 1) > 0)
    if len(joined) > 1 and 2 * len(bonds) == len(joined) * (len(joined) - 1):
        return None
    return colour(bonds, len(joined))


def visiting_order(hamiltonian: Hamiltonian, dynamics: Dynamics) -> Array:
    """Free sites in the order in which a sweep starts from them; by colour for blocks."""
    free = hamiltonian.free
    if dynamics.order != "blocks":
        return free
    return np.asarray(free[np.argsort(blocks(hamiltonian)[free], kind="stable")])

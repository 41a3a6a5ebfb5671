"""A pairing of model and dynamics without meaning is refused where it is made, naming what is needed and what came."""

from __future__ import annotations

from typing import Any

import numpy as np

from hopphys.dynamics.kinds import Dynamics
from hopphys.dynamics.sites import blocks, linear
from hopphys.hamiltonian import Hamiltonian
from hopphys.interactions import Dense, Neighbours


def require_kinds(hamiltonian: Any, dynamics: Any) -> None:
    """Raise ValueError where a Hamiltonian or a Dynamics was expected and something else came."""
    if not isinstance(hamiltonian, Hamiltonian):
        raise ValueError(
            f"a Hamiltonian is needed, such as hp.ising(hp.square(8)), but it is {type(hamiltonian).__name__}"
        )
    if dynamics is not None and not isinstance(dynamics, Dynamics):
        raise ValueError(
            f"dynamics must be a Dynamics such as hp.GLAUBER, or Dynamics(update, order), not {dynamics!r}"
        )


def require_meaning(hamiltonian: Hamiltonian, dynamics: Dynamics) -> None:
    """Raise ValueError where the dynamics needs something that the model lacks."""
    if dynamics.moves is not None:
        _require_energy(hamiltonian, dynamics)
        if hamiltonian.clamped is not None:
            raise ValueError(f"clamped sites cannot be kept by {dynamics.name}: let the moves leave them alone instead")
        return
    if dynamics.clustered:
        _require_clusters(hamiltonian, dynamics)
    if dynamics.update == "metropolis":
        _require_energy(hamiltonian, dynamics)
    if dynamics.update in ("threshold", "metropolis") and not hamiltonian.discrete:
        raise ValueError(
            f"{dynamics.update} needs discrete sites, but this model has {_kinds(hamiltonian)} ones; use update 'mean'"
            " (for attention: the softmax step)" + (", or heat_bath" if linear(hamiltonian) else "")
        )
    if dynamics.update == "heat_bath":
        _require_local_law(hamiltonian)
    if dynamics.update == "mean":
        _require_field(hamiltonian)
    if dynamics.order == "blocks":
        blocks(hamiltonian)
    if dynamics.parallel and "categorical" in _kinds(hamiltonian):
        raise ValueError(
            "synchronous updates need sites with a gap or a field; use order 'blocks' with a categorical unit"
        )


def _require_clusters(hamiltonian: Hamiltonian, dynamics: Dynamics) -> None:
    """Bonds between pairs of spins, all of them free to flip; a field needs the ghost spin of Swendsen-Wang."""
    if not isinstance(hamiltonian.interaction, (Neighbours, Dense)):
        kind = type(hamiltonian.interaction).__name__
        dense = "a Hopfield net in dense form is hp.boltzmann_machine(hp.hebb(xi), space=hp.SPIN)"
        raise ValueError(
            f"{dynamics.name} grows clusters along couplings J_ij of pairs (Neighbours or Dense), but this interaction "
            f"is {kind}; {dense if kind == 'Patterns' else 'use an update of single sites, such as hp.GLAUBER'}"
        )
    if _names(hamiltonian) != {"spin"}:
        raise ValueError(
            f"{dynamics.name} flips spins (-1, 1), but this model has {_kinds(hamiltonian)} sites; "
            "hp.recast(H, hp.SPIN) has the same energies, and its fields are taken by hp.SWENDSEN_WANG"
        )
    if hamiltonian.clamped is not None:
        held = np.setdiff1d(np.arange(hamiltonian.size), hamiltonian.free)
        raise ValueError(
            f"{dynamics.name} flips whole clusters, but clamped sites must stay (site {held[0]}, {held.size} in all); "
            "use hp.GLAUBER or hp.METROPOLIS"
        )
    if dynamics.update == "wolff" and hamiltonian.bias.any():
        strongest = hamiltonian.bias[np.abs(hamiltonian.bias).argmax()]
        raise ValueError(
            "wolff needs a model without a field, because flipping a cluster must cost nothing inside it, but the bias "
            f"reaches {strongest:g}; use hp.SWENDSEN_WANG, which joins a ghost spin"
        )


def _require_energy(hamiltonian: Hamiltonian, dynamics: Dynamics) -> None:
    if hamiltonian.directed:
        raise ValueError(
            f"{dynamics.name} compares energies, which directed couplings do not have; use heat_bath or threshold"
        )


def _require_local_law(hamiltonian: Hamiltonian) -> None:
    if not hamiltonian.discrete and not linear(hamiltonian):
        form = getattr(hamiltonian.interaction, "separation", "its own energy")
        raise ValueError(
            "heat_bath on real sites needs an energy that is linear in each of them (couplings without self-term), but "
            f"this one is {type(hamiltonian.interaction).__name__} with {form}; "
            "use exact.gaussian_mixture (beta = sharpness), restricted_boltzmann_machine(..., visible=REAL, "
            "hidden=categorical(P)) with heat_bath x blocks, or update 'mean'"
        )


def _require_field(hamiltonian: Hamiltonian) -> None:
    if not hamiltonian.two_level and not all(space in ("real", "spin", "binary") for space in _names(hamiltonian)):
        raise ValueError(
            f"mean needs two-level or real sites, but this model has {_kinds(hamiltonian)} ones; use heat_bath"
        )
    if not hasattr(hamiltonian.interaction, "field"):
        raise ValueError(
            f"mean needs a field, but {type(hamiltonian.interaction).__name__} offers none; give it `field(s)`"
        )


def _names(hamiltonian: Hamiltonian) -> set[str]:
    return {block.space.name for block in hamiltonian.sites}


def _kinds(hamiltonian: Hamiltonian) -> str:
    return ", ".join(sorted(_names(hamiltonian)))

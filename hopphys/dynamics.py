"""Dynamics = update x order: what one site does, and which sites do it when.

An update draws from the one-site law (heat_bath), accepts or rejects a proposal (metropolis), takes the mean of the law
(mean) or its mode (threshold). An order is random (with replacement), shuffled (a fresh permutation a sweep),
sequential, blocks (sites of one colour after those of another), synchronous, or partial(p).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from hopphys.hamiltonian import Hamiltonian
from hopphys.types import Array

UPDATES = ("heat_bath", "metropolis", "mean", "threshold")
ORDERS = ("random", "shuffled", "sequential", "blocks", "synchronous", "partial")
PARALLEL = ("synchronous", "partial")


@runtime_checkable
class Moves(Protocol):
    """Proposals for states that no single site describes; `random(n)` gives n uniform numbers for each row."""

    def propose(self, s: Array, random: Any) -> tuple[Array, Array]:
        """States (rows, N) -> (new states, log q_reverse - log q_forward of each row)."""
        ...


@dataclass(frozen=True)
class Partial:
    """The order in which each site takes part in a synchronous update with this probability."""

    probability: float


def partial(probability: float) -> Partial:
    """Each site is updated with this probability, at once with the others: random timing. Needs 0 < p <= 1."""
    if not 0 < probability <= 1:
        raise ValueError(f"partial(p) needs a probability 0 < p <= 1, but p = {probability!r}")
    return Partial(float(probability))


@dataclass(frozen=True, init=False)
class Dynamics:
    """Update x order, or Metropolis over user-defined `moves`.

    Raises ValueError for an unknown update or order, and for a pair without meaning.
    """

    update: str
    order: str
    fraction: float | None
    moves: Moves | None

    def __init__(
        self, update: str = "heat_bath", order: str | Partial = "random", *, moves: Moves | None = None
    ) -> None:
        fraction = order.probability if isinstance(order, Partial) else None
        name = "partial" if isinstance(order, Partial) else order
        _known("update", update, UPDATES)
        _known("order", name, ORDERS)
        if name == "partial" and fraction is None:
            raise ValueError("order 'partial' needs its probability: use partial(0.5)")
        if update == "metropolis" and name in PARALLEL:
            raise ValueError(
                f"metropolis with order {name!r} flips every site at beta = 0 and samples no law of interest; "
                "use heat_bath (Little's network), or metropolis with order 'random' or 'blocks'"
            )
        if moves is not None and (update, name) != ("metropolis", "random"):
            raise ValueError(
                f"user-defined moves are accepted by update 'metropolis' in order 'random', not {update} x {name}"
            )
        for field, value in (("update", update), ("order", name), ("fraction", fraction), ("moves", moves)):
            object.__setattr__(self, field, value)

    @property
    def parallel(self) -> bool:
        """Whether many sites move at once."""
        return self.order in PARALLEL

    @property
    def needs_beta(self) -> bool:
        return self.update != "threshold"

    @property
    def name(self) -> str:
        if self.moves is not None:
            return f"metropolis over {type(self.moves).__name__}"
        order = self.order if self.fraction is None else f"partial({self.fraction:g})"
        return f"{self.update} x {order}"


def _known(what: str, value: object, names: tuple[str, ...]) -> None:
    if value not in names:
        close = difflib.get_close_matches(str(value), names, 1, 0.4)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"{what} must be one of {', '.join(names)}, but it is {value!r}{hint}")


GLAUBER = Dynamics("heat_bath", "random")
METROPOLIS = Dynamics("metropolis", "random")
CHECKERBOARD = Dynamics("metropolis", "blocks")
GIBBS = Dynamics("heat_bath", "blocks")
HOPFIELD = Dynamics("threshold", "shuffled")
SYNCHRONOUS = Dynamics("threshold", "synchronous")
LITTLE = Dynamics("heat_bath", "synchronous")
ATTENTION = Dynamics("mean", "synchronous")


def usual(hamiltonian: Hamiltonian, thermal: bool) -> Dynamics:
    """The dynamics a model is usually given: heat bath when sampled, threshold when settled, mean for real sites."""
    if all(block.space.name == "real" for block in hamiltonian.sites) and not linear(hamiltonian):
        return ATTENTION
    if not thermal:
        return HOPFIELD if hamiltonian.discrete else ATTENTION
    return GIBBS if _sides(hamiltonian) is not None else GLAUBER


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


def linear(hamiltonian: Hamiltonian) -> bool:
    """Whether the energy is linear in each site (up to its own confinement), so that a field fixes its law."""
    from hopphys.features import Bipartite

    return bool(getattr(hamiltonian.interaction, "pairwise", False)) or isinstance(hamiltonian.interaction, Bipartite)


def _names(hamiltonian: Hamiltonian) -> set[str]:
    return {block.space.name for block in hamiltonian.sites}


def _kinds(hamiltonian: Hamiltonian) -> str:
    return ", ".join(sorted(_names(hamiltonian)))


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


def law(hamiltonian: Hamiltonian, dynamics: Dynamics, constant: bool = True) -> str:
    """What the dynamics samples, in words, for the Dataset; `constant` says whether the temperature is."""
    if hamiltonian.directed:
        return "no equilibrium law: directed couplings have no energy"
    if dynamics.update in ("mean", "threshold"):
        return f"no equilibrium law: {dynamics.update} is deterministic and settles"
    if dynamics.parallel:
        return _parallel_law(hamiltonian, dynamics)
    return "exp(-beta E)" if constant else "exp(-beta E) only as far as the schedule is slow"


def _parallel_law(hamiltonian: Hamiltonian, dynamics: Dynamics) -> str:
    spins = all(block.space.name == "spin" for block in hamiltonian.sites)
    if dynamics.order == "synchronous" and spins and getattr(hamiltonian.interaction, "pairwise", False):
        return "not exp(-beta E): synchronous heat bath samples Little's law, exp(beta b.s + sum_i ln 2 cosh(beta h_i))"
    return "not exp(-beta E): sites that move at once see each other's old values"

"""Dynamics = update x order: what one site does, and which sites do it when.

An update draws from the one-site law (heat_bath), accepts or rejects a proposal (metropolis), takes the mean of the law
(mean) or its mode (threshold). An order is random (with replacement), shuffled (a fresh permutation a sweep),
sequential, blocks (sites of one colour after those of another), synchronous, or partial(p). Cluster updates (wolff,
swendsen_wang) flip connected sites together and have an order of their own: so many clusters a sweep.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from hopphys.checks import whole
from hopphys.types import Array

UPDATES = ("heat_bath", "metropolis", "mean", "threshold")
CLUSTER_UPDATES = ("wolff", "swendsen_wang")
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


@dataclass(frozen=True)
class Clusters:
    """The order of a cluster update: this many clusters a sweep, or None where the update decides."""

    number: int | None = None


@dataclass(frozen=True, init=False)
class Dynamics:
    """Update x order, or Metropolis over user-defined `moves`, or clusters: `wolff()` and `swendsen_wang()`.

    Raises ValueError for an unknown update or order, and for a pair without meaning.
    """

    update: str
    order: str
    fraction: float | None
    moves: Moves | None
    clusters: int | None

    def __init__(
        self, update: str = "heat_bath", order: str | Partial | Clusters = "random", *, moves: Moves | None = None
    ) -> None:
        if isinstance(order, Clusters) or update in CLUSTER_UPDATES:
            self._of_clusters(update, order, moves)
            return
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
        self._set(update, name, fraction, moves, None)

    def _of_clusters(self, update: str, order: object, moves: Moves | None) -> None:
        if update not in CLUSTER_UPDATES or not isinstance(order, Clusters) or moves is not None:
            raise ValueError(
                f"clusters are grown by wolff() and swendsen_wang(), which have no other order and no moves, "
                f"but this is {update!r} x {order!r}; use hp.WOLFF, hp.wolff(clusters=5) or hp.SWENDSEN_WANG"
            )
        self._set(update, "clusters", None, None, order.number)

    def _set(self, *values: object) -> None:
        for field, value in zip(("update", "order", "fraction", "moves", "clusters"), values, strict=True):
            object.__setattr__(self, field, value)

    @property
    def clustered(self) -> bool:
        """Whether connected sites move together."""
        return self.update in CLUSTER_UPDATES

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
        if self.clustered:
            return self.update if self.clusters is None else f"{self.update}(clusters={self.clusters})"
        order = self.order if self.fraction is None else f"partial({self.fraction:g})"
        return f"{self.update} x {order}"


def _known(what: str, value: object, names: tuple[str, ...]) -> None:
    if value not in names:
        close = difflib.get_close_matches(str(value), names, 1, 0.4)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"{what} must be one of {', '.join(names)}, but it is {value!r}{hint}")


def wolff(clusters: int | None = None) -> Dynamics:
    """Single clusters (Wolff 1989, Phys. Rev. Lett. 62, 361): one grows from a random site and flips as a whole.

    A satisfied bond (J_ij s_i s_j > 0) is part of it with probability 1 - exp(-2 beta |J_ij|): J may have either sign.
    A sweep is `clusters` of them: stopping by sites visited would favour states with large clusters. None measures, on
    copies of its own, how many clusters make about N sites in equilibrium. Below the ordering temperature start
    ordered, or from some sweeps of swendsen_wang(): the clusters of a random start are small. Where bonds are
    frustrated (odd rings of J < 0, glasses) the law is right, but clusters percolate above that temperature and little
    is gained.

    Needs spins, couplings between pairs, and no field. Raises ValueError for a number that is not whole and positive.
    """
    return Dynamics("wolff", Clusters(None if clusters is None else whole(clusters, "clusters", 1)))


def swendsen_wang() -> Dynamics:
    """All clusters at once (Swendsen & Wang 1987, Phys. Rev. Lett. 58, 86), each flipped with probability 1/2.

    Bonds as in `wolff`. A field b_i is a bond to a ghost spin that points up (Fortuin & Kasteleyn 1972, Physica 57,
    536): active with probability 1 - exp(-2 beta |b_i|) where b_i s_i > 0, and what it reaches keeps its direction.
    """
    return Dynamics("swendsen_wang", Clusters())


GLAUBER = Dynamics("heat_bath", "random")
METROPOLIS = Dynamics("metropolis", "random")
CHECKERBOARD = Dynamics("metropolis", "blocks")
GIBBS = Dynamics("heat_bath", "blocks")
HOPFIELD = Dynamics("threshold", "shuffled")
SYNCHRONOUS = Dynamics("threshold", "synchronous")
LITTLE = Dynamics("heat_bath", "synchronous")
ATTENTION = Dynamics("mean", "synchronous")
WOLFF = wolff()
SWENDSEN_WANG = swendsen_wang()

"""Ising, Hopfield, Boltzmann and softmax attention under one Hamiltonian, sampled by one engine.

Names are loaded when they are first used, so that `import hopphys` costs next to nothing.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_MODULES = (
    "dataset", "exact", "interop", "landscape", "lattices", "learning", "memory", "patterns", "statistics", "study", "theory",
)  # fmt: skip

_NAMES = {
    "dynamics": (
        "ATTENTION", "CHECKERBOARD", "Dynamics", "GIBBS", "GLAUBER", "HOPFIELD", "LITTLE", "METROPOLIS", "Moves",
        "SYNCHRONOUS", "partial",
    ),
    "engine": ("sample", "settle"),
    "features": ("Bipartite", "Patterns"),
    "hamiltonian": ("Block", "Hamiltonian", "recast"),
    "interactions": ("Custom", "Dense", "Directed", "Interaction", "Neighbours"),
    "lattices": ("Lattice", "chain", "cubic", "graph", "honeycomb", "square", "triangular"),
    "learning": ("hebb", "hebb_binary", "online_hebb", "online_hebb_binary", "projection", "unlearn"),
    "models": (
        "attention", "boltzmann_machine", "custom", "dense_memory", "directed", "hopfield", "ising",
        "restricted_boltzmann_machine", "spin_glass", "stochastic_unit",
    ),
    "observables": (
        "Observable", "edwards_anderson", "energy", "magnetisation", "overlap_with", "replica_overlap",
    ),
    "schedules": ("Schedule", "constant", "custom_schedule", "geometric", "linear", "logarithmic"),
    "separation": ("exponential", "log_cosh", "log_sum_exp", "power", "quadratic", "softplus"),
    "spaces": ("BINARY", "POISSON", "REAL", "SPIN", "Space", "categorical"),
}  # fmt: skip
_HOME = {name: module for module, names in _NAMES.items() for name in names}

__all__ = ["__version__", *sorted({*_MODULES, *_HOME})]  # noqa: PLE0604, F822  -- the names come by __getattr__


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return _import_module(f"hopphys.{name}")
    if name in _HOME:
        return getattr(_import_module(f"hopphys.{_HOME[name]}"), name)
    raise AttributeError(f"module 'hopphys' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)


if TYPE_CHECKING:  # the same names for type checkers and editors, which do not run __getattr__
    from hopphys import dataset, exact, interop, landscape, lattices, learning, memory, patterns, statistics, study, theory
    from hopphys.dynamics import (
        ATTENTION, CHECKERBOARD, GIBBS, GLAUBER, HOPFIELD, LITTLE, METROPOLIS, SYNCHRONOUS, Dynamics, Moves, partial,
    )  # fmt: skip
    from hopphys.engine import sample, settle
    from hopphys.features import Bipartite, Patterns
    from hopphys.hamiltonian import Block, Hamiltonian, recast
    from hopphys.interactions import Custom, Dense, Directed, Interaction, Neighbours
    from hopphys.lattices import Lattice, chain, cubic, graph, honeycomb, square, triangular
    from hopphys.learning import hebb, hebb_binary, online_hebb, online_hebb_binary, projection, unlearn
    from hopphys.models import (
        attention, boltzmann_machine, custom, dense_memory, directed, hopfield, ising, restricted_boltzmann_machine,
        spin_glass, stochastic_unit,
    )  # fmt: skip
    from hopphys.observables import (
        Observable, edwards_anderson, energy, magnetisation, overlap_with, replica_overlap,
    )  # fmt: skip
    from hopphys.schedules import Schedule, constant, custom_schedule, geometric, linear, logarithmic
    from hopphys.separation import exponential, log_cosh, log_sum_exp, power, quadratic, softplus
    from hopphys.spaces import BINARY, POISSON, REAL, SPIN, Space, categorical

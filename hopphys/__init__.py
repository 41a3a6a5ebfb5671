"""Ising, Hopfield, Boltzmann and softmax attention under one Hamiltonian, sampled by one engine.

Names are loaded when they are first used, so that `import hopphys` costs next to nothing.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_MODULES = (
    "dataset", "exact", "interop", "landscape", "lattices", "learning", "memory", "patterns", "scaling",
    "statistics", "study", "theory",
)  # fmt: skip

_NAMES = {
    "dynamics": (
        "ATTENTION", "CHECKERBOARD", "Dynamics", "GIBBS", "GLAUBER", "HOPFIELD", "LITTLE", "METROPOLIS", "Moves",
        "SWENDSEN_WANG", "SYNCHRONOUS", "WOLFF", "partial", "swendsen_wang", "wolff",
    ),
    "engine": ("sample", "settle"),
    "engine.annealing": ("anneal",),
    "engine.importance": ("annealed_importance",),
    "engine.ladders": ("Ladder",),
    "engine.population": ("population_anneal",),
    "engine.targets": ("time_to_target",),
    "engine.tempering": ("ladder", "temper"),
    "engine.wang_landau": ("wang_landau",),
    "features": ("Bipartite", "Patterns"),
    "alphabets": ("recast",),
    "hamiltonian": ("Block", "Hamiltonian"),
    "interop.gset": ("cut", "max_cut", "read_gset", "write_gset"),
    "interactions": ("Custom", "Dense", "Directed", "Interaction", "Neighbours"),
    "lattices": ("Lattice", "chain", "cubic", "graph", "honeycomb", "square", "triangular"),
    "learning": (
        "covariance", "covariance_binary", "dilute", "dreaming_kernel", "hebb", "hebb_binary", "minimum_overlap",
        "online_covariance", "online_hebb", "online_hebb_binary", "online_storkey", "palimpsest", "perceptron",
        "projection", "storkey", "unlearn", "unlearned",
    ),
    "models": (
        "attention", "boltzmann_machine", "custom", "dense_memory", "directed", "hopfield", "ising",
        "restricted_boltzmann_machine", "spin_glass", "stochastic_unit",
    ),
    "observables": (
        "Observable", "edwards_anderson", "energy", "magnetisation", "overlap_with", "replica_overlap",
    ),
    "schedules": ("Schedule", "constant", "custom_schedule", "geometric", "linear", "logarithmic"),
    "separation": ("exponential", "log_cosh", "log_sum_exp", "power", "quadratic", "softplus"),
    "softmax": ("softmax_step",),
    "spaces": ("BINARY", "POISSON", "REAL", "SPIN", "Space", "categorical"),
    "summaries": ("summary",),
}  # fmt: skip
_HOME = {name: module for module, names in _NAMES.items() for name in names}

__all__ = ["__version__", *sorted({*_MODULES, *_HOME})]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return _import_module(f"hopphys.{name}")
    if name in _HOME:
        return getattr(_import_module(f"hopphys.{_HOME[name]}"), name)
    raise AttributeError(f"module 'hopphys' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)


if TYPE_CHECKING:  # the same names for type checkers and editors, which do not run __getattr__
    from hopphys import dataset as dataset
    from hopphys import exact as exact
    from hopphys import interop as interop
    from hopphys import landscape as landscape
    from hopphys import lattices as lattices
    from hopphys import learning as learning
    from hopphys import memory as memory
    from hopphys import patterns as patterns
    from hopphys import scaling as scaling
    from hopphys import statistics as statistics
    from hopphys import study as study
    from hopphys import theory as theory
    from hopphys.alphabets import recast as recast
    from hopphys.dynamics import ATTENTION as ATTENTION
    from hopphys.dynamics import CHECKERBOARD as CHECKERBOARD
    from hopphys.dynamics import GIBBS as GIBBS
    from hopphys.dynamics import GLAUBER as GLAUBER
    from hopphys.dynamics import HOPFIELD as HOPFIELD
    from hopphys.dynamics import LITTLE as LITTLE
    from hopphys.dynamics import METROPOLIS as METROPOLIS
    from hopphys.dynamics import SWENDSEN_WANG as SWENDSEN_WANG
    from hopphys.dynamics import SYNCHRONOUS as SYNCHRONOUS
    from hopphys.dynamics import WOLFF as WOLFF
    from hopphys.dynamics import Dynamics as Dynamics
    from hopphys.dynamics import Moves as Moves
    from hopphys.dynamics import partial as partial
    from hopphys.dynamics import swendsen_wang as swendsen_wang
    from hopphys.dynamics import wolff as wolff
    from hopphys.engine import sample as sample
    from hopphys.engine import settle as settle
    from hopphys.engine.annealing import anneal as anneal
    from hopphys.engine.importance import annealed_importance as annealed_importance
    from hopphys.engine.ladders import Ladder as Ladder
    from hopphys.engine.population import population_anneal as population_anneal
    from hopphys.engine.targets import time_to_target as time_to_target
    from hopphys.engine.tempering import ladder as ladder
    from hopphys.engine.tempering import temper as temper
    from hopphys.engine.wang_landau import wang_landau as wang_landau
    from hopphys.features import Bipartite as Bipartite
    from hopphys.features import Patterns as Patterns
    from hopphys.hamiltonian import Block as Block
    from hopphys.hamiltonian import Hamiltonian as Hamiltonian
    from hopphys.interactions import Custom as Custom
    from hopphys.interactions import Dense as Dense
    from hopphys.interactions import Directed as Directed
    from hopphys.interactions import Interaction as Interaction
    from hopphys.interactions import Neighbours as Neighbours
    from hopphys.interop.gset import cut as cut
    from hopphys.interop.gset import max_cut as max_cut
    from hopphys.interop.gset import read_gset as read_gset
    from hopphys.interop.gset import write_gset as write_gset
    from hopphys.lattices import Lattice as Lattice
    from hopphys.lattices import chain as chain
    from hopphys.lattices import cubic as cubic
    from hopphys.lattices import graph as graph
    from hopphys.lattices import honeycomb as honeycomb
    from hopphys.lattices import square as square
    from hopphys.lattices import triangular as triangular
    from hopphys.learning import covariance as covariance
    from hopphys.learning import covariance_binary as covariance_binary
    from hopphys.learning import dilute as dilute
    from hopphys.learning import dreaming_kernel as dreaming_kernel
    from hopphys.learning import hebb as hebb
    from hopphys.learning import hebb_binary as hebb_binary
    from hopphys.learning import minimum_overlap as minimum_overlap
    from hopphys.learning import online_covariance as online_covariance
    from hopphys.learning import online_hebb as online_hebb
    from hopphys.learning import online_hebb_binary as online_hebb_binary
    from hopphys.learning import online_storkey as online_storkey
    from hopphys.learning import palimpsest as palimpsest
    from hopphys.learning import perceptron as perceptron
    from hopphys.learning import projection as projection
    from hopphys.learning import storkey as storkey
    from hopphys.learning import unlearn as unlearn
    from hopphys.learning import unlearned as unlearned
    from hopphys.models import attention as attention
    from hopphys.models import boltzmann_machine as boltzmann_machine
    from hopphys.models import custom as custom
    from hopphys.models import dense_memory as dense_memory
    from hopphys.models import directed as directed
    from hopphys.models import hopfield as hopfield
    from hopphys.models import ising as ising
    from hopphys.models import restricted_boltzmann_machine as restricted_boltzmann_machine
    from hopphys.models import spin_glass as spin_glass
    from hopphys.models import stochastic_unit as stochastic_unit
    from hopphys.observables import Observable as Observable
    from hopphys.observables import edwards_anderson as edwards_anderson
    from hopphys.observables import energy as energy
    from hopphys.observables import magnetisation as magnetisation
    from hopphys.observables import overlap_with as overlap_with
    from hopphys.observables import replica_overlap as replica_overlap
    from hopphys.schedules import Schedule as Schedule
    from hopphys.schedules import constant as constant
    from hopphys.schedules import custom_schedule as custom_schedule
    from hopphys.schedules import geometric as geometric
    from hopphys.schedules import linear as linear
    from hopphys.schedules import logarithmic as logarithmic
    from hopphys.separation import exponential as exponential
    from hopphys.separation import log_cosh as log_cosh
    from hopphys.separation import log_sum_exp as log_sum_exp
    from hopphys.separation import power as power
    from hopphys.separation import quadratic as quadratic
    from hopphys.separation import softplus as softplus
    from hopphys.softmax import softmax_step as softmax_step
    from hopphys.spaces import BINARY as BINARY
    from hopphys.spaces import POISSON as POISSON
    from hopphys.spaces import REAL as REAL
    from hopphys.spaces import SPIN as SPIN
    from hopphys.spaces import Space as Space
    from hopphys.spaces import categorical as categorical
    from hopphys.summaries import summary as summary

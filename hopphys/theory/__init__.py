"""Exact and asymptotic results that measurements are compared with, each with its source.

`ising`: Onsager, Kaufman, rings, Curie-Weiss. `torus`: magnetisation of narrow lattices by transfer matrix. `ags`: the
Hopfield network at extensive load. `glass`: its spin glass, and one step of broken replica symmetry. `noise`: the
network with damaged weights. `capacity`: how many memories, by which criterion. `gardner`: how many *any* couplings
can hold. `basins`: overlaps step by step, and from how far a pattern draws. `mixtures`: symmetric mixtures of random
patterns. `blending`: memories that are alike.

A module is loaded when it is first used: `hp.theory.gardner.capacity(0.0)` needs no other import.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

_MODULES = ("ags", "basins", "blending", "capacity", "gardner", "glass", "ising", "mixtures", "noise", "torus")

__all__ = ["Reference", *_MODULES]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return _import_module(f"hopphys.theory.{name}")
    if name == "Reference":
        return _import_module("hopphys.theory.capacity").Reference
    raise AttributeError(f"module 'hopphys.theory' has no attribute {name!r}; choose from {', '.join(__all__)}")


def __dir__() -> list[str]:
    return list(__all__)


if TYPE_CHECKING:  # the same names for type checkers and editors, which do not run __getattr__
    from hopphys.theory import ags as ags
    from hopphys.theory import basins as basins
    from hopphys.theory import blending as blending
    from hopphys.theory import capacity as capacity
    from hopphys.theory import gardner as gardner
    from hopphys.theory import glass as glass
    from hopphys.theory import ising as ising
    from hopphys.theory import mixtures as mixtures
    from hopphys.theory import noise as noise
    from hopphys.theory import torus as torus
    from hopphys.theory.capacity import Reference as Reference

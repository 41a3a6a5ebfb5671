"""Exact and asymptotic results that measurements are compared with, each with its source.

`ising`: Onsager, Kaufman, rings, Curie-Weiss. `ags`: the Hopfield network at extensive load. `capacity`: how many
memories, by which criterion.
"""

from hopphys.theory import ags, capacity, ising
from hopphys.theory.capacity import Reference

__all__ = ["Reference", "ags", "capacity", "ising"]

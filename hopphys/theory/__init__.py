"""Exact and asymptotic results that measurements are compared with, each with its source.

`ising`: Onsager, Kaufman, rings, Curie-Weiss. `torus`: magnetisation of narrow lattices by transfer matrix. `ags`: the
Hopfield network at extensive load. `noise`: the same with damaged weights. `capacity`: how many memories, by which
criterion. `gardner`: how many *any* couplings can hold. `basins`: overlaps step by step, and from how far a pattern
draws. `mixtures`: symmetric mixtures of random patterns. `blending`: memories that are alike.
"""

from hopphys.theory import ags, basins, blending, capacity, gardner, ising, mixtures, noise, torus
from hopphys.theory.capacity import Reference

__all__ = ["Reference", "ags", "basins", "blending", "capacity", "gardner", "ising", "mixtures", "noise", "torus"]

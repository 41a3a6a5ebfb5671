"""The engine: `sample` a Hamiltonian at a temperature, or `settle` it into a fixed point."""

from hopphys.engine.sampling import sample
from hopphys.engine.settling import settle

__all__ = ["sample", "settle"]

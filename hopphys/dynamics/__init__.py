"""Dynamics = update x order: what one site does, and which sites do it when. Clusters are dynamics too."""

from hopphys.dynamics.kinds import (
    ATTENTION,
    CHECKERBOARD,
    GIBBS,
    GLAUBER,
    HOPFIELD,
    LITTLE,
    METROPOLIS,
    SWENDSEN_WANG,
    SYNCHRONOUS,
    WOLFF,
    Clusters,
    Dynamics,
    Moves,
    Partial,
    partial,
    swendsen_wang,
    wolff,
)
from hopphys.dynamics.laws import law, require_boltzmann
from hopphys.dynamics.meaning import require_kinds, require_meaning
from hopphys.dynamics.sites import blocks, linear, usual, visiting_order

__all__ = [
    "ATTENTION", "CHECKERBOARD", "GIBBS", "GLAUBER", "HOPFIELD", "LITTLE", "METROPOLIS", "SWENDSEN_WANG", "SYNCHRONOUS",
    "WOLFF", "Clusters", "Dynamics", "Moves", "Partial", "blocks", "law", "linear", "partial",
    "require_boltzmann", "require_kinds", "require_meaning", "swendsen_wang", "usual", "visiting_order", "wolff",
]  # fmt: skip

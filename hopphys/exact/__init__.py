"""Exact answers for small systems: enumeration, one-sweep transition matrices, attention as a Gaussian mixture."""

from hopphys.exact.chains import transition_matrix
from hopphys.exact.enumeration import (
    Enumeration,
    density_of_states,
    distribution,
    enumerate,
    little_distribution,
)
from hopphys.exact.listing import state_index, states
from hopphys.exact.mixture import GaussianMixture, gaussian_mixture

__all__ = [
    "Enumeration",
    "GaussianMixture",
    "density_of_states",
    "distribution",
    "enumerate",
    "gaussian_mixture",
    "little_distribution",
    "state_index",
    "states",
    "transition_matrix",
]

"""Hidden units integrated out: each kind of unit leaves its own separation function behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hopphys.features import Bipartite, Patterns
from hopphys.interactions import Dense
from hopphys.separation import Exponential, LogCosh, LogSumExp, Quadratic, Separation, Softplus
from hopphys.types import Array

# The free energy of a hidden unit as a separation; what it has at x = 0 beyond this goes to the offset.
_SEPARATIONS: dict[str, Callable[[float], Separation]] = {
    "real": lambda beta: Quadratic(1.0),
    "spin": LogCosh,
    "binary": Softplus,
    "poisson": Exponential,
    "categorical": LogSumExp,
}


def as_bipartite(hamiltonian: Any) -> Bipartite:
    """The joint form; dense couplings qualify where hidden and visible units form two sides."""
    if isinstance(hamiltonian.interaction, Bipartite):
        return hamiltonian.interaction
    if not isinstance(hamiltonian.interaction, Dense) or hamiltonian.disorder is not None:
        raise ValueError("marginal needs a bipartite or dense interaction with a block named 'hidden'")
    hidden = hamiltonian.where("hidden")
    visible = np.setdiff1d(np.arange(hamiltonian.size), hidden)
    couplings = hamiltonian.interaction.couplings
    for name, sites in (("hidden", hidden), ("visible", visible)):
        largest = np.abs(couplings[np.ix_(sites, sites)]).max(initial=0.0)
        if largest > 0:
            raise ValueError(
                f"marginal needs {name} units without couplings among themselves, but one is {largest:.3g}"
            )
    spaces = {block.space for block in hamiltonian.sites if block.name == "hidden"}
    if len(spaces) > 1:
        raise ValueError(f"marginal needs hidden units of one kind, but they are {', '.join(s.name for s in spaces)}")
    return Bipartite(couplings[np.ix_(hidden, visible)], spaces.pop())


def integrate_out(joint: Bipartite, sharpness: float, bias: Array) -> tuple[Patterns, float]:
    """What hidden units with these biases leave of U at beta = `sharpness`, and what goes to the offset."""
    separation = _SEPARATIONS[joint.hidden.name](sharpness)
    rows = np.zeros(len(joint.couplings) if joint.categorical else 1)
    constant = float(np.sum(joint.hidden.log_partition(rows, sharpness)) - separation.value(rows, 1))
    inner = np.zeros(len(joint.couplings)) if joint.inner is None else joint.inner
    inner = inner if joint.categorical else inner + bias
    return Patterns(joint.couplings, separation, True, joint.scale, joint.shift, inner), -len(bias) * constant

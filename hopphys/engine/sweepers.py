"""Which sweeper advances which Hamiltonian: a compiled kernel where one fits, the NumPy reference otherwise.

A kernel is an optimisation, never a capability: `compiled` is dispatched on the type of the interaction, and where it
knows nothing the reference sweeper runs, which asks the Hamiltonian for gaps, level energies and fields only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from typing import Any

import numpy as np

from hopphys.dynamics import Dynamics, visiting_order
from hopphys.engine import clusters, packed, reference
from hopphys.engine.compiled import Compiled, dense, neighbours, patterns
from hopphys.engine.packed_layout import fits
from hopphys.engine.rows import Rows, deal
from hopphys.features import Patterns
from hopphys.hamiltonian import Hamiltonian
from hopphys.interactions import Dense, Directed, Neighbours
from hopphys.types import Array

SETTLING = 4  # sweeps of a search that ends by itself
Advance = Callable[..., None]  # (rows, betas (schedules, sweeps), first sweep, stop)


def sweeper(hamiltonian: Hamiltonian, dynamics: Dynamics) -> Advance:
    """The function that advances rows of this Hamiltonian under this dynamics, in place."""
    if dynamics.clustered:
        return clusters.sweeper(hamiltonian, dynamics)
    if fits(hamiltonian, dynamics):
        return packed.sweeper(hamiltonian, dynamics, lambda: _row_by_row(hamiltonian, dynamics))
    return _row_by_row(hamiltonian, dynamics)


def _row_by_row(hamiltonian: Hamiltonian, dynamics: Dynamics) -> Advance:
    if kernel_fits(hamiltonian, dynamics):
        kernel = compiled(hamiltonian.interaction)
        if kernel is not None:
            return _kernel_sweeper(hamiltonian, dynamics, kernel)
    return reference.sweeper(hamiltonian, dynamics)


def kernel_fits(hamiltonian: Hamiltonian, dynamics: Dynamics) -> bool:
    single_site = not dynamics.parallel and dynamics.moves is None and dynamics.update != "mean"
    return single_site and hamiltonian.two_level


def _kernel_sweeper(hamiltonian: Hamiltonian, dynamics: Dynamics, compiled: Compiled) -> Advance:
    from hopphys.kernels.rules import UPDATES
    from hopphys.kernels.visits import ORDERS

    free = visiting_order(hamiltonian, dynamics)
    low, high = (levels.astype(np.int8) for levels in hamiltonian.levels())
    update, order = UPDATES[dynamics.update], ORDERS[dynamics.order]
    bias = hamiltonian.counted_bias[0]

    def advance(rows: Rows, betas: Array, first: int, stop: bool = False) -> None:
        def work(part: slice) -> None:
            compiled.kernel(
                rows.state[part], rows.stream[part], rows.which[part], free, low, high, bias, betas,
                rows.plan[part], first, update, order, stop, rows.flips[part], rows.used[part],
                *compiled.arguments(rows, part),
            )  # fmt: skip

        compiled.prepare(rows, SETTLING if stop else betas.shape[1])
        compiled.arguments(rows, slice(0, 0))  # caches are made once, before the threads start
        deal(work, len(rows.state), len(rows.state) * free.size * betas.shape[1], compiled.grain)
        rows.tried += free.size * betas.shape[1]

    return advance


@singledispatch
def compiled(interaction: Any) -> Compiled | None:
    """The kernel of this kind of interaction, or None."""
    return None


compiled.register(Dense, dense.fit)
compiled.register(Directed, dense.fit)
compiled.register(Neighbours, neighbours.fit)
compiled.register(Patterns, patterns.fit)

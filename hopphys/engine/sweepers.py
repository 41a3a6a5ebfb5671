"""Which sweeper advances which Hamiltonian: a compiled kernel where one fits, the NumPy reference otherwise.

A kernel is an optimisation, never a capability: `compiled` is dispatched on the type of the interaction, and where it
knows nothing the reference sweeper runs, which asks the Hamiltonian for gaps, level energies and fields only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

from hopphys.dynamics import Dynamics, visiting_order
from hopphys.engine import reference
from hopphys.engine.rows import Rows, deal
from hopphys.features import Patterns
from hopphys.hamiltonian import Hamiltonian
from hopphys.interactions import Dense, Directed, Neighbours
from hopphys.memory import require
from hopphys.separation import Exponential, LogCosh, LogSumExp, Power, Quadratic, Softplus
from hopphys.types import Array

CARRIED = 1e-9  # largest rounding, beside the largest field, that a carried field gathers in 10^9 flips
Advance = Callable[..., None]  # (rows, betas (schedules, sweeps), first sweep, stop)


@dataclass(frozen=True)
class Compiled:
    """A kernel with the arguments that only its kind of interaction has, for a slice of rows."""

    kernel: Callable[..., None]
    arguments: Callable[[Rows, slice], tuple[Any, ...]]


def sweeper(hamiltonian: Hamiltonian, dynamics: Dynamics) -> Advance:
    """The function that advances rows of this Hamiltonian under this dynamics, in place."""
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
    low, high = (levels.astype(np.int64) for levels in hamiltonian.levels())
    update, order = UPDATES[dynamics.update], ORDERS[dynamics.order]
    bias = hamiltonian.counted_bias[0]

    def advance(rows: Rows, betas: Array, first: int, stop: bool = False) -> None:
        def work(part: slice) -> None:
            compiled.kernel(
                rows.state[part], rows.stream[part], rows.which[part], free, low, high, bias, betas,
                rows.plan[part], first, update, order, stop, rows.flips[part], rows.used[part],
                *compiled.arguments(rows, part),
            )  # fmt: skip

        compiled.arguments(rows, slice(0, 0))  # caches are made once, before the threads start
        deal(work, len(rows.state), len(rows.state) * free.size * betas.shape[1])

    return advance


@singledispatch
def compiled(interaction: Any) -> Compiled | None:
    """The kernel of this kind of interaction, or None."""
    return None


@compiled.register(Dense)
@compiled.register(Directed)
def _dense(interaction: Dense | Directed) -> Compiled:
    from hopphys.kernels import single_site

    kind = np.int32 if interaction.integer else np.float64
    counts = np.atleast_3d(interaction.counts.T).T if interaction.counts.ndim == 2 else interaction.counts
    couplings = np.ascontiguousarray(counts, dtype=kind)
    columns = couplings
    if isinstance(interaction, Directed):
        columns = np.ascontiguousarray(np.swapaxes(couplings, -1, -2))

    def arguments(rows: Rows, part: slice) -> tuple[Any, ...]:
        if rows.field is None:
            rows.field = _carried(rows, np.zeros(rows.state.shape, kind), couplings)
        return rows.field[part], columns, interaction.quantum

    return Compiled(single_site.sweep_dense, arguments)


def _carried(rows: Rows, fresh: Array, couplings: Array) -> Array:
    """Fields of the present states; those of an earlier run where they are the same but for the rounding they carry."""
    from hopphys.kernels.single_site import dense_field

    deal(
        lambda p: dense_field(fresh[p], rows.state[p], couplings, rows.which[p]),
        len(fresh),
        fresh.size * fresh.shape[1],
    )
    earlier = rows.earlier_field
    if earlier is None or earlier.shape != fresh.shape or fresh.dtype != np.float64:
        return fresh
    return earlier.copy() if np.abs(earlier - fresh).max() <= CARRIED * np.abs(fresh).max() else fresh


@compiled.register(Neighbours)
def _neighbours(interaction: Neighbours) -> Compiled:
    from hopphys.kernels import single_site

    indptr, indices, bonds = interaction.adjacency()
    kind = np.int32 if interaction.integer else np.float64
    values = np.ascontiguousarray(np.atleast_2d(interaction.counts)[:, bonds], dtype=kind)
    fixed = (indptr, indices, values, interaction.quantum)
    return Compiled(single_site.sweep_neighbours, lambda rows, part: fixed)


@compiled.register(Patterns)
def _patterns(interaction: Patterns) -> Compiled | None:
    from hopphys.kernels import separations, single_site

    samples = interaction.patterns if interaction.patterns.ndim == 3 else interaction.patterns[None]
    scale, shift = interaction.scale, interaction.shift
    if interaction.pairwise and interaction.integer and float(scale).is_integer():
        columns = np.ascontiguousarray(np.swapaxes(samples, -1, -2))
        squares = np.atleast_2d(interaction.squares()).astype(np.int64)
        whole = (columns, squares, int(scale), int(shift), interaction.quantum)
        return Compiled(single_site.sweep_patterns, lambda rows, part: whole)
    known = _separation(interaction)
    if known is None or interaction.pairwise:
        return None
    require(
        8 * samples.size, f"{samples.shape[-2]} patterns of {samples.shape[-1]} sites in double precision",
        "store fewer patterns, or use the quadratic separation (hopfield), which keeps a byte an entry",
    )  # fmt: skip
    columns = np.ascontiguousarray(np.swapaxes(samples, -1, -2), dtype=float)
    inner = np.zeros(samples.shape[1]) if interaction.inner is None else np.asarray(interaction.inner, dtype=float)
    if inner.ndim > 1:
        return None
    fixed = (columns, np.ascontiguousarray(inner), float(scale), float(shift), *known)
    return Compiled(separations.sweep_separation, lambda rows, part: fixed)


def _separation(interaction: Patterns) -> tuple[int, float, float] | None:
    """Kind, parameter and factor of a separation that the kernels know: F = factor * kernel(kind, parameter, x)."""
    from hopphys.kernels import separations as kernel

    separation, size = interaction.separation, interaction.size
    match separation:
        case Quadratic():
            return kernel.QUADRATIC, 0.0, 0.5 * separation.scale(size)
        case Power():
            return kernel.POWER, float(separation.n), separation.scale(size)
        case Exponential():
            return kernel.EXPONENTIAL, separation.sharpness, 1.0 / separation.sharpness
        case LogSumExp():
            return kernel.LOG_SUM_EXP, separation.sharpness, 1.0 / separation.sharpness
        case LogCosh():
            return kernel.LOG_COSH, separation.sharpness, 1.0 / separation.sharpness
        case Softplus():
            return kernel.SOFTPLUS, separation.sharpness, 1.0 / separation.sharpness
    return None

"""Rows: every independent run of one call (inverse temperature x disorder x replica), flattened for the sweepers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from hopphys.engine.starting import numbers
from hopphys.hamiltonian import Hamiltonian
from hopphys.kernels import random
from hopphys.memory import require
from hopphys.spaces import Space
from hopphys.threads import threads
from hopphys.types import Array

SERIAL = 200_000  # attempts below which a second thread costs more than it saves


@dataclass(eq=False)
class Rows:
    """States (rows, N) with the stream, disorder sample and schedule of each row; advanced in place by the sweepers."""

    state: Array
    stream: Array
    which: Array
    plan: Array
    shape: tuple[int, int, int]  # inverse temperatures, disorder samples, replicas
    flips: Array = dataclasses.field(init=False)
    used: Array = dataclasses.field(init=False)
    field: Array | None = None  # local fields, where a sweeper carries them along
    earlier_field: Array | None = None  # those of the run that is continued
    sizes: Any = None  # those of clusters, where a sweep is made of them
    tried: int = 0  # attempts a row so far
    packed: Any = None  # words of 64 spins, where a lattice is kept in them: `state` is then that of the last unpacking

    def __post_init__(self) -> None:
        self.flips = np.zeros(len(self.state), np.int64)
        self.used = np.zeros(len(self.state), np.int64)

    def unfolded(self, disorder: bool) -> Array:
        """States (beta, [disorder,] replica, site), a view."""
        if self.packed is not None:
            self.packed.unpack(self)
        return self.state.reshape(*self.leading(disorder), self.state.shape[-1])

    def leading(self, disorder: bool) -> tuple[int, ...]:
        """Lengths of the axes (beta, [disorder,] replica)."""
        return self.shape if disorder else self.shape[::2]


def lay_out(
    hamiltonian: Hamiltonian, identities: Sequence[tuple[Any, ...]], replicas: int, seed: int, purpose: str
) -> tuple[Array, Array, Array, tuple[int, int, int]]:
    """Streams, disorder sample and schedule of every row, in the order (beta, disorder, replica).

    A row's stream follows from the seed, the purpose, its temperature, its disorder sample and its replica alone.
    """
    samples = hamiltonian.disorder or 1
    rows = len(identities) * samples * replicas
    require(
        rows * (16 + 24 + 10 * hamiltonian.size), f"{rows} states of {hamiltonian.size} sites", "take fewer replicas"
    )
    keys = [random.key(seed, purpose, *identity, d) for identity in identities for d in range(samples)]
    stream = random.streams(keys, replicas).reshape(-1, 2)
    which = np.tile(np.repeat(np.arange(samples), replicas), len(identities))
    plan = np.repeat(np.arange(len(identities)), samples * replicas)
    return stream, which, plan, (len(identities), samples, replicas)


def working_type(hamiltonian: Hamiltonian, update: str) -> type[np.generic]:
    """int8 for two-level states, wider for categorical ones, float64 where values are real."""
    if update == "mean" or not hamiltonian.discrete:
        return np.float64
    return np.int8 if hamiltonian.two_level else np.int64


def random_start(hamiltonian: Hamiltonian, stream: Array) -> Array:
    """Independent random values of every site, (rows, N), at infinite temperature; standard normal on real sites."""
    state = np.empty((len(stream), hamiltonian.size))
    first = 0
    for block in hamiltonian.sites:
        sites = np.arange(first, first + block.size)
        uniform = random.uniforms(stream[:, None, :], 0, sites)
        if block.space.levels is None:
            state[:, sites] = block.space.draw(np.zeros(uniform.shape), 1.0, uniform)
        else:
            levels = np.array(block.space.levels)
            state[:, sites] = levels[(uniform * len(levels)).astype(int)]
        first += block.size
    return state


def given_start(hamiltonian: Hamiltonian, start: Any, shape: tuple[int, int, int]) -> Array:
    """Starting states broadcast to (rows, N), from (N,), (replica, N), (disorder, replica, N) or with beta first."""
    values = numbers(start)
    temperatures, samples, replicas = shape
    full = (temperatures, samples, replicas, hamiltonian.size)
    if values.ndim == 0 or values.shape[-1] != hamiltonian.size:
        raise ValueError(f"start must have {hamiltonian.size} sites on its last axis, but its shape is {values.shape}")
    if values.ndim == 3 and hamiltonian.disorder is None:
        values = values[:, None]  # (beta, replica, site)
    try:
        states = np.broadcast_to(values, full).reshape(-1, hamiltonian.size)
    except ValueError:
        raise ValueError(
            f"start of shape {values.shape} does not broadcast to (beta, disorder, replica, site) = {full}"
        ) from None
    require_levels(hamiltonian, values, "start")
    return states


def require_levels(hamiltonian: Hamiltonian, values: Array, name: str) -> None:
    """Raise ValueError unless the states (..., N) are finite and each site has one of its levels."""
    if not np.isfinite(values).all():
        raise ValueError(f"{name} must be finite, but there is {values[~np.isfinite(values)][0]}")
    first = 0
    for block in hamiltonian.sites:
        part = values[..., first : first + block.size]
        first += block.size
        known, levels = _known(block.space, part)
        if not known.all():
            bad = part[~known].flat[0]
            raise ValueError(
                f"{name} must hold levels of {block.space.name} sites ({levels}), but one value is {bad:g}"
            )


def _known(space: Space, values: Array) -> tuple[Array, str]:
    if space.levels is not None:
        return np.isin(values, space.levels), ", ".join(f"{level:g}" for level in space.levels)
    if space.name == "poisson":
        return (values >= 0) & (values == np.rint(values)), "0, 1, 2, ..."
    return np.ones(values.shape, bool), "any"


def hold_clamped(hamiltonian: Hamiltonian, state: Array) -> None:
    """Write the clamped values into the states, in place; sites held at their start keep it."""
    if hamiltonian.clamped is not None:
        sites = np.flatnonzero(np.isfinite(hamiltonian.clamped))
        state[:, sites] = hamiltonian.clamped[sites]


def deal(work: Callable[[slice], None], rows: int, attempts: int, grain: int = 1) -> None:
    """Call `work` on slices of the rows, over threads where there is enough to do; slices are of whole grains."""
    grains = -(-rows // grain)
    workers = min(threads(), grains)
    if workers == 1 or attempts < SERIAL:
        work(slice(0, rows))
        return
    # More slices than threads: rows that settle early would leave a thread idle.
    edges = np.minimum(rows, grain * np.linspace(0, grains, min(grains, 4 * workers) + 1).astype(int))
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(work, slice(a, b)) for a, b in pairwise(edges)]:
            done.result()

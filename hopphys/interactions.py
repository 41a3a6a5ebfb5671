"""Interactions U(s): dense, sparse, through patterns, between two blocks, or directed.

An interaction needs only `energy(s)`, and offers more where that is cheaper. `field(s) = -dU/ds`. `pairwise` says that
U is bilinear without a self-term, so that a gap is the field times the distance of the two levels; `change(s, site,
value)`, the energy difference of one site's new value, and `gaps(s, low, high)` of all sites at once are for those that
are not. `recast(a, c)`, with a and c (N,), rewrites U for states t with s = a t + c and returns (interaction, added
bias, added offset).

Couplings that are integers times one scale are kept as integers and a `quantum`: sums of integers are exact in any
order, so ties stay ties and a resumed run repeats every bit.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np

from hopphys.checks import finite, whole
from hopphys.types import Array, ArrayLike


@runtime_checkable
class Interaction(Protocol):
    """What a Hamiltonian asks of an interaction; whatever a user brings needs nothing more."""

    def energy(self, s: Array) -> Array: ...


Recast = tuple["Interaction", Array, float]


def disorder_of(interaction: Interaction) -> int | None:
    """Length of the leading disorder axis, or None where there is none."""
    return getattr(interaction, "disorder", None)


def disorder_sample(interaction: Any, index: int) -> Any:
    """The same interaction with one sample of its disorder, without that axis."""
    sample = copy(interaction)
    for name in ("counts", "patterns"):
        if hasattr(interaction, name):
            object.__setattr__(sample, name, getattr(interaction, name)[index])
    sample.__dict__.pop("_matrices", None)  # those of all the samples, where they have been asked for
    return sample


FEW = 16  # couplings of a row


def quantise(couplings: Array) -> tuple[Array, float, bool]:
    """Write couplings as whole numbers times a quantum: (whole numbers as float64, quantum, True).

    Couplings that are not, or whose fields would leave 31 bits, come back as (a copy, 1, False).
    """
    terms, sizes = couplings.shape[-1], np.abs(couplings)
    largest, smallest = sizes.max(initial=0.0), sizes.min(where=sizes > 0, initial=np.inf)
    for quantum in (1.0, 1.0 / max(terms, 1), float(smallest)):
        if not largest * terms < 2.0**31 * quantum < np.inf:
            continue
        # A few of every row say no to nearly all couplings that are no whole numbers.
        if _whole(couplings[..., :FEW], quantum) is not None and (counts := _whole(couplings, quantum)) is not None:
            return counts, quantum, True
    return couplings.copy(), 1.0, False


def _whole(couplings: Array, quantum: float) -> Array | None:
    """Couplings over the quantum as whole numbers, if that is what they are."""
    counts = np.rint(couplings / quantum)
    near = (np.abs(counts * quantum - couplings) <= 4e-16 * np.abs(couplings)).all()
    return counts if near else None


def _store(interaction: Any, couplings: Array) -> None:
    for name, value in zip(("counts", "quantum", "integer"), quantise(couplings), strict=True):
        object.__setattr__(interaction, name, value)


def square(couplings: ArrayLike, name: str = "couplings") -> Array:
    """A finite (..., N, N) array, or a ValueError."""
    array = finite(couplings, name)
    if array.ndim not in (2, 3) or array.shape[-1] != array.shape[-2]:
        raise ValueError(f"{name} must have shape (N, N) or (disorder, N, N), but the shape is {array.shape}")
    return array


class _Matrix:
    """What couplings (N, N) or (disorder, N, N), kept as `counts` times `quantum`, have in common."""

    counts: Array
    quantum: float

    @property
    def couplings(self) -> Array:
        return self.quantum * self.counts

    @property
    def size(self) -> int:
        return int(self.counts.shape[-1])

    @property
    def disorder(self) -> int | None:
        return int(self.counts.shape[0]) if self.counts.ndim == 3 else None


@dataclass(frozen=True, eq=False)
class Dense(_Matrix):
    """U = -1/2 s.J.s with J symmetric and zero on the diagonal, (N, N) or (disorder, N, N), in units of J.

    Raises ValueError for couplings that are empty, not finite, not square, not symmetric, or not zero on the diagonal.
    """

    counts: Array
    quantum: float
    integer: bool
    pairwise = True

    def __init__(self, couplings: ArrayLike) -> None:
        array = square(couplings)
        _require_symmetric(array)
        _store(self, array)

    def energy(self, s: Array) -> Array:
        s = np.asarray(s, dtype=float)
        return np.asarray(-0.5 * self.quantum * (s * (s @ self.counts)).sum(axis=-1))

    def field(self, s: Array) -> Array:
        return np.asarray(self.quantum * (np.asarray(s, dtype=float) @ self.counts))

    def field_at(self, s: Array, site: int) -> Array:
        column = self.counts[..., site]
        return np.asarray(self.quantum * (np.asarray(s, dtype=float) @ column[..., None])[..., 0])

    def recast(self, a: Array, c: Array) -> Recast:
        _require_one_sample(self)
        shift = self.field(c)
        return Dense(a[:, None] * self.couplings * a), a * shift, float(-0.5 * c @ shift)


def _require_symmetric(couplings: Array) -> None:
    asymmetry = float(np.abs(couplings - np.swapaxes(couplings, -1, -2)).max())
    if asymmetry > 0:
        raise ValueError(
            f"couplings must be symmetric, but max|J - J.T| = {asymmetry:.2e}; "
            "use (J + J.T) / 2 if the asymmetry is rounding, or Directed(J) for a network without an energy"
        )
    diagonal = np.abs(np.diagonal(couplings, axis1=-2, axis2=-1)).max()
    if diagonal > 0:
        raise ValueError(
            f"couplings must be zero on the diagonal, but max|J_ii| = {diagonal:.3g}; a self-coupling of two-level "
            "sites is a constant or a bias: set the diagonal to zero and move it to `offset` or `bias`"
        )


def _require_one_sample(interaction: Any) -> None:
    """-1/2 (a t + c) J (a t + c) = -1/2 (a t) J (a t) - (J c).(a t) - 1/2 c J c: the last term is the offset."""
    if interaction.disorder is not None:
        raise ValueError("couplings with a disorder axis cannot be recast: the offset would differ per sample")


@dataclass(frozen=True, eq=False)
class Neighbours:
    """U = -sum over bonds of J_ij s_i s_j, each bond once; `bonds` (B, 2) may repeat a pair (L = 2 periodic).

    `weights` is (B,), (disorder, B) or None for 1 throughout; `colours` (N,) is a proper colouring for block updates.
    """

    size: int
    bonds: Array
    counts: Array
    quantum: float
    integer: bool
    colours: Array | None
    pairwise = True

    def __init__(
        self, size: int, bonds: ArrayLike, weights: ArrayLike | None = None, colours: ArrayLike | None = None
    ) -> None:
        pairs = _check_bonds(size, bonds)
        values = np.ones(len(pairs)) if weights is None else finite(weights, "couplings")
        if values.ndim == 0:
            values = np.full(len(pairs), float(values))
        if values.shape[-1] != len(pairs) or values.ndim > 2:
            raise ValueError(
                f"couplings must have one value per bond ({len(pairs)}), but their shape is {values.shape}"
            )
        for name, value in (("size", int(size)), ("bonds", pairs), ("colours", _check_colours(size, pairs, colours))):
            object.__setattr__(self, name, value)
        _store(self, values)

    @property
    def weights(self) -> Array:
        return self.quantum * self.counts

    @property
    def disorder(self) -> int | None:
        return int(self.counts.shape[0]) if self.counts.ndim == 2 else None

    def energy(self, s: Array) -> Array:
        s = np.asarray(s, dtype=float)
        return np.asarray(-0.5 * self.quantum * (s * self._counted(s)).sum(axis=-1))

    def field(self, s: Array) -> Array:
        return np.asarray(self.quantum * self._counted(np.asarray(s, dtype=float)))

    def _counted(self, s: Array) -> Array:
        """The field in units of the quantum: a whole number where couplings and states are."""
        if self.disorder is None:
            return _sparse_field(self._matrices[0], s)
        samples = [_sparse_field(matrix, s[..., d, :, :]) for d, matrix in enumerate(self._matrices)]
        return np.stack(samples, axis=-3)

    @cached_property
    def _matrices(self) -> list[Any]:
        """Symmetric sparse couplings in units of the quantum, one a disorder sample; every energy needs them."""
        from scipy import sparse  # half of an import of scipy: only lattices need it

        halves = (
            sparse.coo_array((counts, tuple(self.bonds.T)), shape=(self.size, self.size)).tocsr()
            for counts in np.atleast_2d(self.counts)
        )
        return [half + half.T for half in halves]

    def field_at(self, s: Array, site: int) -> Array:
        ends, bonds = self._around(site)
        counts = self.counts[..., bonds]
        products = np.asarray(s, dtype=float)[..., ends] * (counts if counts.ndim == 1 else counts[:, None, :])
        return np.asarray(self.quantum * products.sum(axis=-1))

    def _around(self, site: int) -> tuple[Array, Array]:
        first, second = (self.bonds == site).T
        bonds = np.flatnonzero(first | second)
        return np.where(first[bonds], self.bonds[bonds, 1], self.bonds[bonds, 0]), bonds

    def recast(self, a: Array, c: Array) -> Recast:
        _require_one_sample(self)
        shift, (i, j) = self.field(c), self.bonds.T
        recast = Neighbours(self.size, self.bonds, a[i] * self.weights * a[j], self.colours)
        return recast, a * shift, float(-0.5 * c @ shift)

    def adjacency(self) -> tuple[Array, Array, Array]:
        """Compressed rows (indptr, neighbours, bond of each entry): every bond stands in two rows, in bond order."""
        ends = np.concatenate([self.bonds, self.bonds[:, ::-1]])
        order = np.lexsort((np.tile(np.arange(len(self.bonds)), 2), ends[:, 0]))
        indptr = np.concatenate([[0], np.cumsum(np.bincount(ends[:, 0], minlength=self.size))])
        return indptr.astype(np.int64), ends[order, 1], np.tile(np.arange(len(self.bonds)), 2)[order]


def _check_bonds(size: int, bonds: ArrayLike) -> Array:
    whole(size, "size", 1)
    pairs = np.array(bonds, dtype=np.int64).reshape(-1, 2)
    if len(pairs) and (pairs.min() < 0 or pairs.max() >= size):
        raise ValueError(f"bonds must join sites 0 to {size - 1}, but they reach from {pairs.min()} to {pairs.max()}")
    loops = pairs[pairs[:, 0] == pairs[:, 1]]
    if len(loops):
        raise ValueError(f"a bond must join two different sites, but site {loops[0, 0]} is joined to itself")
    return pairs


def _check_colours(size: int, bonds: Array, colours: ArrayLike | None) -> Array | None:
    if colours is None:
        return None
    values = np.asarray(colours)
    if values.shape != (size,):
        raise ValueError(f"colours must be one a site, shape ({size},), but their shape is {values.shape}")
    clash = np.flatnonzero(values[bonds[:, 0]] == values[bonds[:, 1]])
    if len(clash):
        i, j = bonds[clash[0]].tolist()
        raise ValueError(
            f"bonded sites {i} and {j} share colour {values[i]}; hopphys.lattices.colour(bonds, size) finds a colouring"
        )
    return values


def _sparse_field(matrix: Any, s: Array) -> Array:
    return np.asarray((matrix @ s.reshape(-1, s.shape[-1]).T).T).reshape(s.shape)


@dataclass(frozen=True, eq=False)
class Directed(_Matrix):
    """A field J s without an energy: couplings (N, N) or (disorder, N, N) need not be symmetric, diagonal zero."""

    counts: Array
    quantum: float
    integer: bool
    pairwise = True

    def __init__(self, couplings: ArrayLike) -> None:
        array = square(couplings)
        if np.diagonal(array, axis1=-2, axis2=-1).any():
            raise ValueError("directed couplings must be zero on the diagonal; set J_ii = 0")
        _store(self, array)

    def energy(self, s: Array) -> Array:
        raise ValueError(
            "directed couplings have a field but no energy: J_ij != J_ji does not derive from one; "
            "use Dense((J + J.T) / 2) for the symmetric network, or dynamics without an energy (threshold, heat bath)"
        )

    def field(self, s: Array) -> Array:
        return np.asarray(self.quantum * (np.asarray(s, dtype=float) @ np.swapaxes(self.counts, -1, -2)))

    def field_at(self, s: Array, site: int) -> Array:
        row = self.counts[..., site, :]
        return np.asarray(self.quantum * (np.asarray(s, dtype=float) @ row[..., None])[..., 0])

    def recast(self, a: Array, c: Array) -> Recast:
        _require_one_sample(self)
        return Directed(a[:, None] * self.couplings * a), a * self.field(c), 0.0


@dataclass(frozen=True, eq=False)
class Custom:
    """Any function energy(s): (..., N) -> (...), with the rest by differences."""

    function: Callable[[Array], Array]
    size: int

    def energy(self, s: Array) -> Array:
        return np.asarray(self.function(s), dtype=float)


@dataclass(frozen=True, eq=False)
class Affine:
    """U(a t + c): the recast of an interaction that knows nothing but its energy."""

    inner: Any
    a: Array
    c: Array

    def energy(self, t: Array) -> Array:
        return np.asarray(self.inner.energy(self.a * np.asarray(t, dtype=float) + self.c))


def recast_interaction(interaction: Any, a: Array, c: Array) -> Recast:
    """Rewrite U for s = a t + c, through the interaction's own `recast` where it has one."""
    if hasattr(interaction, "recast"):
        result: Recast = interaction.recast(a, c)
        return result
    return Affine(interaction, a, c), np.zeros(len(a)), 0.0

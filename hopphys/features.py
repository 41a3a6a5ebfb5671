"""Interactions through patterns: U = -F(xi s), and its joint form with explicit hidden units."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from hopphys import softmax
from hopphys.checks import finite
from hopphys.interactions import Affine, Recast
from hopphys.separation import LogSumExp, Quadratic, Separation
from hopphys.spaces import BINARY, SPIN, Space
from hopphys.types import Array, ArrayLike

BLOCK = 2**21  # entries of a block that is turned to double precision, or moved, at once: 16 MB
WHOLE = 2**22  # scores of states against patterns that are made at once, 32 MB; more go through blocks


@dataclass(frozen=True, eq=False)
class Patterns:
    """U = -F(x), x_mu = xi_mu . (scale s + shift) + inner_mu, with patterns xi (P, N) or (disorder, P, N).

    The N x N couplings are never formed. For the quadratic separation of two-level sites the self-term
    (1/2N) sum_i s_i^2 sum_mu xi_mu,i^2 is taken out, unless `self_term` is true (the Gaussian marginal keeps it); every
    other separation has no such term and keeps what it has. `scale`, `shift` = 2, -1 reads 0/1 states as spins.

    Patterns are kept as int8 where they are small whole numbers, as float64 otherwise. With the log-sum-exp, float32
    ones stay float32: energies and fields are then of single precision, from a kernel whose memory is flat in P.
    """

    patterns: Array
    separation: Separation = field(default_factory=Quadratic)
    self_term: bool | None = None
    scale: float = 1.0
    shift: float = 0.0
    inner: Array | None = None

    def __post_init__(self) -> None:
        array = _compact(self.patterns, isinstance(self.separation, LogSumExp))
        quadratic = isinstance(self.separation, Quadratic)
        if self.self_term is False and not quadratic:
            raise ValueError(f"{self.separation} has no self-term to leave out; give self_term=None")
        object.__setattr__(self, "patterns", array)
        object.__setattr__(self, "self_term", (not quadratic) if self.self_term is None else self.self_term)
        if self.inner is not None:
            object.__setattr__(self, "inner", _per_pattern(self.inner, array.shape[-2]))

    @property
    def pairwise(self) -> bool:
        return not self.self_term

    @property
    def integer(self) -> bool:
        return self.patterns.dtype == np.int8 and self.inner is None and float(self.scale + self.shift).is_integer()

    @property
    def size(self) -> int:
        return int(self.patterns.shape[-1])

    @property
    def disorder(self) -> int | None:
        return int(self.patterns.shape[0]) if self.patterns.ndim == 3 else None

    @property
    def quantum(self) -> float:
        """Size of one step of the field of the quadratic separation, scale / norm."""
        assert isinstance(self.separation, Quadratic)
        return self.scale * self.separation.scale(self.size)

    def overlaps(self, s: Array) -> Array:
        """x (..., P), exact for integer patterns and states."""
        x = project(self.patterns, self.scale * np.asarray(s, dtype=float) + self.shift)
        return x if self.inner is None else x + self.inner

    def squares(self) -> Array:
        """sum_mu xi_mu,i^2, shape (..., N)."""
        return np.asarray(np.einsum("...pn,...pn->...n", self.patterns, self.patterns, dtype=float))

    @cached_property
    def longest(self) -> Array:
        """max_mu |xi_mu| of each disorder sample, (disorder,) or (1,)."""
        samples = self.patterns if self.patterns.ndim == 3 else self.patterns[None]
        return np.array([softmax.longest(sample) for sample in samples])

    @property
    def resolution(self) -> float:
        """Change of a field that may be rounding: 1e-6 max|xi| where the patterns are of single precision, else 0."""
        single = self.patterns.dtype == np.float32
        return 1e-6 * abs(self.scale) * float(self.longest.max()) if single else 0.0

    def _blockwise(self, s: Array) -> bool:
        """Whether the log-sum-exp goes through blocks of patterns: many scores, or patterns of single precision."""
        scores = np.size(s) // self.size * self.patterns.shape[-2]
        return isinstance(self.separation, LogSumExp) and (self.patterns.dtype == np.float32 or scores > WHOLE)

    def _softmax(self, s: Array, step: bool) -> tuple[Array, Array]:
        assert isinstance(self.separation, LogSumExp)
        spins = self.scale * np.asarray(s, dtype=float) + self.shift
        return softmax.over_patterns(spins, self.patterns, self.separation.sharpness, self.longest, self.inner, step)

    def energy(self, s: Array) -> Array:
        if self._blockwise(s):
            return -self._softmax(s, step=False)[1]
        energy = -self.separation.value(self.overlaps(s), self.size)
        return energy + self._self_energy(s) if self.pairwise else energy

    def _self_energy(self, s: Array) -> Array:
        assert isinstance(self.separation, Quadratic)
        spins = self.scale * np.asarray(s, dtype=float) + self.shift
        return np.asarray(
            0.5 * self.separation.scale(self.size) * (spins * spins * self._rows(self.squares())).sum(axis=-1)
        )

    def _rows(self, per_site: Array) -> Array:
        return per_site if per_site.ndim == 1 else per_site[:, None, :]

    def field(self, s: Array) -> Array:
        if self._blockwise(s):
            return np.asarray(self.scale * self._softmax(s, step=True)[0].astype(float, copy=False))
        if not self.pairwise:
            slope = self.separation.slope(self.overlaps(s), self.size)
            return np.asarray(self.scale * combine(slope, self.patterns))
        spins = self.scale * np.asarray(s, dtype=float) + self.shift
        return np.asarray(
            self.quantum * (combine(self.overlaps(s), self.patterns) - spins * self._rows(self.squares()))
        )

    def field_at(self, s: Array, site: int) -> Array:
        """Field of one site of a pairwise form."""
        column = self.patterns[..., site].astype(float)
        spins = self.scale * np.asarray(s, dtype=float)[..., site] + self.shift
        squares = (column * column).sum(axis=-1)
        product = (self.overlaps(s) @ column[..., None])[..., 0]
        return np.asarray(self.quantum * (product - spins * (squares if squares.ndim == 0 else squares[:, None])))

    def change(self, s: Array, site: int, value: ArrayLike) -> Array:
        step = np.asarray(value) - s[..., site]
        if self.pairwise:
            return np.asarray(-step * self.field_at(s, site))
        before = self.overlaps(s)
        column = self.patterns[..., site].astype(float)
        after = before + (self.scale * step)[..., None] * (column if column.ndim == 1 else column[:, None, :])
        return self.separation.value(before, self.size) - self.separation.value(after, self.size)

    def require_range(self, low: Array, high: Array) -> None:
        """Raise ValueError where some state between these levels, (N,) each, would make the separation overflow."""
        check = getattr(self.separation, "require_range", None)
        if check is not None:
            largest = np.maximum(np.abs(self.scale * low + self.shift), np.abs(self.scale * high + self.shift))
            inner = 0.0 if self.inner is None else np.abs(self.inner)
            check(float((project(np.abs(self.patterns), largest) + inner).max()))

    def gaps(self, s: Array, low: Array, high: Array) -> Array:
        """U(s_i = low_i) - U(s_i = high_i) of every site, (..., N), bit for bit those of `change`, in O(N P) a state.

        The overlaps are made once; sites are done in blocks, so that the moved overlaps (..., block, P) stay small.
        """
        x, s = self.overlaps(s), np.asarray(s, dtype=float)
        before = self.separation.value(x, self.size)[..., None]
        width = max(1, BLOCK // max(x.size, 1))
        gaps = np.empty(s.shape)
        for first in range(0, self.size, width):
            block = slice(first, first + width)
            columns = np.ascontiguousarray(np.swapaxes(self.patterns[..., block], -1, -2), dtype=float)
            columns = columns if columns.ndim == 2 else columns[:, None]
            off, on = (
                before
                - self.separation.value(
                    x[..., None, :] + (self.scale * (level[block] - s[..., block]))[..., None] * columns, self.size
                )
                for level in (low, high)
            )
            gaps[..., block] = off - on
        return gaps

    def recast(self, a: Array, c: Array) -> Recast:
        """Through scale and shift, which all sites share; blocks of several alphabets are left to the energy."""
        if (a != a[0]).any() or (c != c[0]).any():
            return Affine(self, a, c), np.zeros(self.size), 0.0
        recast = replace(self, scale=self.scale * float(a[0]), shift=self.scale * float(c[0]) + self.shift)
        return recast, np.zeros(self.size), 0.0


def _compact(patterns: ArrayLike, single: bool) -> Array:
    """Patterns (P, N) or (disorder, P, N) as int8 where they are small whole numbers, float64 otherwise.

    Float32 stays as it is where `single` is true.
    """
    array = np.asarray(patterns)
    if single and array.dtype == np.float32:
        array = softmax.single_precision(array, "patterns")
    elif array.dtype != np.int8:
        array = finite(array, "patterns")
        if (np.abs(array) <= 127).all() and (array == np.rint(array)).all():
            array = array.astype(np.int8)
    if array.size == 0 or array.ndim not in (2, 3):
        raise ValueError(f"patterns must have shape (P, N) or (disorder, P, N), but their shape is {array.shape}")
    return np.array(array, order="C")  # a copy: the user may change theirs


def _per_pattern(values: ArrayLike, count: int) -> Array:
    biases = finite(values, "pattern biases")
    if biases.shape not in ((), (1,), (count,)):
        raise ValueError(f"pattern biases must be a number or have shape ({count},), but it is {biases.shape}")
    return np.broadcast_to(biases, (count,)).copy()


def project(patterns: Array, spins: Array) -> Array:
    """spins @ patterns.T, (..., N) -> (..., P), by blocks of patterns: int8 or float32 ones are never copied whole."""
    if patterns.dtype == float or patterns.size <= BLOCK:
        return np.asarray(spins @ np.swapaxes(patterns.astype(float, copy=False), -1, -2))
    rows = max(1, BLOCK * patterns.shape[-2] // patterns.size)
    parts = [
        spins @ np.swapaxes(patterns[..., first : first + rows, :].astype(float), -1, -2)
        for first in range(0, patterns.shape[-2], rows)
    ]
    return np.concatenate(parts, axis=-1)


def combine(weights: Array, patterns: Array) -> Array:
    """weights @ patterns, (..., P) -> (..., N), by blocks of sites: int8 or float32 ones are never copied whole."""
    if patterns.dtype == float or patterns.size <= BLOCK:
        return np.asarray(weights @ patterns.astype(float, copy=False))
    size = patterns.shape[-1]
    width = max(1, BLOCK * size // patterns.size)
    parts = [weights @ patterns[..., first : first + width].astype(float) for first in range(0, size, width)]
    return np.concatenate(parts, axis=-1)


@dataclass(frozen=True, eq=False)
class Bipartite:
    """U = -z.(W (scale v + shift) + inner), W (H, V), for states (v, z): visible sites first, then the hidden block.

    A categorical hidden block is one site with H levels: its level mu stands for the unit vector e_mu, so U = -x_mu.
    """

    couplings: Array
    hidden: Space
    scale: float = 1.0
    shift: float = 0.0
    inner: Array | None = None
    pairwise = False

    def __post_init__(self) -> None:
        array = finite(self.couplings, "couplings")
        if array.ndim != 2:
            raise ValueError(f"bipartite couplings must have shape (hidden, visible), but the shape is {array.shape}")
        levels = len(self.hidden.levels or ())
        if self.categorical and len(array) != levels:
            raise ValueError(
                f"a categorical unit with {levels} levels needs a row of couplings each, but has {len(array)}"
            )
        object.__setattr__(self, "couplings", array.copy())  # a copy: the user may change theirs
        if self.inner is not None:
            object.__setattr__(self, "inner", _per_pattern(self.inner, len(array)))

    @property
    def categorical(self) -> bool:
        return self.hidden.name == "categorical"

    @property
    def visible(self) -> int:
        return int(self.couplings.shape[1])

    @property
    def size(self) -> int:
        return self.visible + (1 if self.categorical else len(self.couplings))

    def features(self, s: Array) -> Array:
        """Hidden part of the state as a vector (..., H): the values, or one-hot for a categorical unit."""
        z = np.asarray(s)[..., self.visible :]
        if not self.categorical:
            return z.astype(float)
        return np.asarray((z.astype(int) == np.arange(len(self.couplings))).astype(float))

    def hidden_field(self, s: Array) -> Array:
        """x (..., H), the field of the visible units on each hidden unit (or level)."""
        v = self.scale * np.asarray(s, dtype=float)[..., : self.visible] + self.shift
        x = v @ self.couplings.T
        return np.asarray(x if self.inner is None else x + self.inner)

    def visible_field(self, s: Array) -> Array:
        return np.asarray(self.scale * (self.features(s) @ self.couplings))

    def fields_at(self, s: Array, sites: Array) -> Array:
        """Fields (..., n) of some sites, of one side or of both; a categorical unit has none."""
        if (sites >= self.visible).any() and self.categorical:
            raise ValueError("a categorical site has level energies, not a field; use level_energies")
        parts = np.empty((*np.shape(s)[:-1], sites.size))
        hidden = sites >= self.visible
        if hidden.any():
            parts[..., hidden] = self.hidden_field(s)[..., sites[hidden] - self.visible]
        if not hidden.all():
            parts[..., ~hidden] = self.visible_field(s)[..., sites[~hidden]]
        return parts

    def energy(self, s: Array) -> Array:
        return np.asarray(-(self.features(s) * self.hidden_field(s)).sum(axis=-1))

    def field(self, s: Array) -> Array:
        if self.categorical:
            raise ValueError("a categorical site has level energies, not a field; use level_energies or gap")
        return np.concatenate([self.visible_field(s), self.hidden_field(s)], axis=-1)

    def recast(self, a: Array, c: Array) -> Recast:
        """v = a t + c changes W and shifts the hidden fields; z = a t + c adds a bias to the visible side."""
        (a_v, a_z), (c_v, c_z) = np.split(a, [self.visible]), np.split(c, [self.visible])
        weights = self.scale * self.couplings * a_v
        shift = self.couplings @ (self.scale * c_v + self.shift) + (0.0 if self.inner is None else self.inner)
        if self.categorical:
            return Bipartite(weights, self.hidden, inner=shift), np.zeros(self.size), 0.0
        hidden = self.hidden if (a_z == 1).all() else {SPIN: BINARY, BINARY: SPIN}[self.hidden]
        bias = np.concatenate([c_z @ weights, a_z * shift])
        return Bipartite(a_z[:, None] * weights, hidden), bias, float(-c_z @ shift)

    def change(self, s: Array, site: int, value: Any) -> Array:
        before = np.asarray(s, dtype=float)[..., site]
        if site < self.visible:
            return np.asarray(-(np.asarray(value) - before) * self.visible_field(s)[..., site])
        x = self.hidden_field(s)
        if not self.categorical:
            return np.asarray(-(np.asarray(value) - before) * x[..., site - self.visible])
        level = np.broadcast_to(np.asarray(value, dtype=int), x.shape[:-1])
        old, new = before.astype(int)[..., None], level[..., None]
        return np.asarray((np.take_along_axis(x, old, -1) - np.take_along_axis(x, new, -1))[..., 0])

"""The one energy: E(s) = U(s) - b.s + R(s) + offset, over blocks of sites."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from hopphys.checks import finite, finite_beta, positive
from hopphys.interactions import Directed, disorder_of, disorder_sample
from hopphys.marginals import as_bipartite, integrate_out
from hopphys.spaces import Space
from hopphys.types import Array, ArrayLike


@dataclass(frozen=True)
class Block:
    """Consecutive sites of one kind: "visible", "hidden", "inputs", ..."""

    name: str
    size: int
    space: Space


@dataclass(frozen=True, eq=False)
class Hamiltonian:
    """One energy function for every model of the package.

    Parameters
    ----------
    interaction : gives U(s); only `energy` is required of it
    bias : (N,), external field b, same units as the energy
    sites : blocks of sites, concatenated along the last axis of a state
    offset : constant added to every energy
    clamped : (N,) or None; NaN where a site is free, its value where it is held, infinity where it is held at whatever
        value the start gives it

    A state s is one array (..., N); with a disorder axis in the interaction it is (..., disorder, replica, N). Energies
    are totals. Raises ValueError where sizes do not match, a bias is not finite or a clamped value not its site's.
    """

    interaction: Any
    bias: Array
    sites: tuple[Block, ...]
    offset: float = 0.0
    clamped: Array | None = None
    name: str = ""

    def __post_init__(self) -> None:
        size = sum(block.size for block in self.sites)
        bias = finite(self.bias, "bias")
        expected = getattr(self.interaction, "size", size)
        if size != expected:
            raise ValueError(f"the interaction has {expected} sites, but the blocks of sites add up to {size}")
        if bias.shape not in ((), (1,), (size,)):
            raise ValueError(f"bias must be a number or have shape ({size},), but it is {bias.shape}")
        object.__setattr__(self, "bias", np.broadcast_to(bias, (size,)).copy())  # a copy: the user may change theirs
        if self.clamped is not None:
            object.__setattr__(self, "clamped", self._checked_clamps(self.clamped))
        if self.discrete and hasattr(self.interaction, "require_range"):
            self.interaction.require_range(self._ends(_low), self._ends(_high))

    def __repr__(self) -> str:
        samples = "" if self.disorder is None else f", {self.disorder} disorder samples"
        sites = f"{self.size} site{'s' * (self.size != 1)}"
        return f"Hamiltonian({self.name!r}, {sites}{samples}, {type(self.interaction).__name__})"

    @property
    def size(self) -> int:
        """Number of sites N."""
        return int(self.bias.size)

    @property
    def disorder(self) -> int | None:
        """Number of disorder samples, or None where there is no such axis."""
        return disorder_of(self.interaction)

    @property
    def space(self) -> Space:
        """The one space of all sites; raises ValueError where there are several."""
        spaces = {block.space for block in self.sites}
        if len(spaces) > 1:
            raise ValueError(f"sites of several spaces ({', '.join(sorted(s.name for s in spaces))}): ask `sites`")
        return self.sites[0].space

    @cached_property
    def spaces(self) -> tuple[Space, ...]:
        """The space of each site, length N."""
        return tuple(block.space for block in self.sites for _ in range(block.size))

    @property
    def two_level(self) -> bool:
        return all(block.space.two_level for block in self.sites)

    @property
    def discrete(self) -> bool:
        return all(block.space.discrete for block in self.sites)

    @property
    def directed(self) -> bool:
        """True where there is a field but no energy."""
        return isinstance(self.interaction, Directed)

    @property
    def free(self) -> Array:
        """Numbers of the sites that may change."""
        return np.arange(self.size) if self.clamped is None else np.flatnonzero(np.isnan(self.clamped))

    def where(self, name: str) -> Array:
        """Site numbers of the blocks of this name; raises ValueError for an unknown one."""
        names = np.repeat([block.name for block in self.sites], [block.size for block in self.sites])
        if name not in names:
            raise ValueError(f"no block is named {name!r}; there are {', '.join(dict.fromkeys(names.tolist()))}")
        return np.flatnonzero(names == name)

    def levels(self) -> tuple[Array, Array]:
        """Lower and upper level of each two-level site, (N,) each."""
        if not self.two_level:
            raise ValueError("a gap needs two-level sites (spin or binary); other discrete sites have level_energies")
        return self._ends(_low), self._ends(_high)

    def _ends(self, end: Callable[[Space], float]) -> Array:
        return np.repeat([end(block.space) for block in self.sites], [block.size for block in self.sites])

    def site_levels(self, sites: Array | int) -> tuple[Array, Array]:
        """Lower and upper level of these sites only, each of the shape of `sites`; they must be two-level.

        Sites count from the end where they are negative; IndexError out of range.
        """
        sites = np.asarray(sites)
        if np.any((sites < -self.size) | (sites >= self.size)):
            raise IndexError(f"sites run from 0 to {self.size - 1}, or from -{self.size} to -1, but they are {sites}")
        sites = np.where(sites < 0, sites + self.size, sites)
        block = np.searchsorted(np.cumsum([block.size for block in self.sites]), sites, side="right")
        used = {int(k): self.sites[k].space for k in np.unique(block)}
        if not all(space.two_level for space in used.values()):
            raise ValueError("a gap needs two-level sites (spin or binary); other discrete sites have level_energies")
        low, high = np.full((2, len(self.sites)), np.nan)
        for k, space in used.items():
            low[k], high[k] = _low(space), _high(space)
        return low[block], high[block]

    def at(self, disorder: int) -> Hamiltonian:
        """The Hamiltonian of one disorder sample."""
        return replace(self, interaction=disorder_sample(self.interaction, disorder))

    def energy(self, s: ArrayLike) -> Array:
        """E(s), (..., N) -> (...); total, offset included. Raises ValueError for a wrong shape or directed J."""
        s = self._state(s)
        pulled = weighted_sum(s, self.bias)
        return np.asarray(self._interaction_energy(s) - pulled + self._confinement(s) + self.offset)

    def _interaction_energy(self, s: Array) -> Array:
        energy = np.asarray(self.interaction.energy(s), dtype=float)
        if energy.shape != s.shape[:-1]:
            raise ValueError(
                f"energies of states {s.shape} must be of shape {s.shape[:-1]}, but {type(self.interaction).__name__} "
                f"returns {energy.shape}; sum over the last axis only"
            )
        return energy

    def _state(self, s: ArrayLike) -> Array:
        s = np.asarray(s, dtype=float)
        if s.ndim == 0 or s.shape[-1] != self.size:
            raise ValueError(f"a state has {self.size} sites on its last axis, but the shape is {s.shape}")
        if self.disorder is not None and s.shape[-3:-2] != (self.disorder,):
            shape = f"({self.disorder}, replica, {self.size})"
            raise ValueError(f"states of {self.disorder} disorder samples have shape {shape}, but it is {s.shape}")
        return s

    def _confinement(self, s: Array) -> Array:
        total, first = np.zeros(s.shape[:-1]), 0
        for block in self.sites:
            if not block.space.discrete:
                total += block.space.confinement(s[..., first : first + block.size]).sum(axis=-1)
            first += block.size
        return total

    def local_field(self, s: ArrayLike) -> Array:
        """h = -dU/ds + b, (..., N) -> (..., N). Raises ValueError where the interaction offers no field."""
        if not hasattr(self.interaction, "field"):
            raise ValueError(
                f"{type(self.interaction).__name__} offers an energy but no field; use gap or level_energies"
            )
        return np.asarray(self.interaction.field(self._state(s)) + self.bias)

    def gap(self, s: ArrayLike, site: int | None = None) -> Array:
        """E(s_i = low) - E(s_i = high); positive means "switch on". One site, (...), or all of them, (..., N).

        Raises ValueError for sites that are not two-level and for directed couplings.
        """
        if self.directed:
            self.interaction.energy(s)
        return self.drive(self._state(s), None if site is None else self._site(site))

    def drive(self, s: Array, site: int | None = None) -> Array:
        """What decides a two-level site: the gap, or (high - low) times the field where there is no energy."""
        pairwise = getattr(self.interaction, "pairwise", False)
        if site is not None:
            space = self.spaces[site]
            if not space.two_level:
                raise ValueError(f"a gap needs a two-level site, but site {site} is {space.name}; use level_energies")
            return self._drive_at(s, site, space.low, space.high, pairwise)
        low, high = self.levels()
        if pairwise and hasattr(self.interaction, "field"):
            return np.asarray((high - low) * self.with_bias(self.interaction.field(s), slice(None)))
        if not pairwise and hasattr(self.interaction, "gaps"):
            return np.asarray(self.interaction.gaps(s, low, high) + (high - low) * self.bias)
        sites = [self._drive_at(s, i, float(low[i]), float(high[i]), pairwise) for i in range(self.size)]
        return np.stack(sites, axis=-1)

    def _drive_at(self, s: Array, site: int, low: float, high: float, pairwise: bool) -> Array:
        if pairwise and hasattr(self.interaction, "field_at"):
            return np.asarray((high - low) * self.with_bias(self.interaction.field_at(s, site), site))
        off, on = (self._replaced_energy(s, site, value) for value in (low, high))
        return np.asarray(off - on + (high - low) * self.bias[site])

    @cached_property
    def counted_bias(self) -> tuple[Array, float, bool]:
        """Bias in units of the quantum of the couplings (1 where they have none), the quantum, whether all is whole."""
        pairwise, integer = (getattr(self.interaction, name, False) for name in ("pairwise", "integer"))
        quantum = float(self.interaction.quantum) if pairwise and integer else 1.0
        counts = np.rint(self.bias / quantum)
        # A sum of N couplings, as a recast takes for its bias, is whole up to N roundings.
        rounding = quantum * np.where(counts == 0, min(1e-15 * self.size, 1e-12), 1e-12 * np.abs(counts))
        whole = pairwise and integer and bool((np.abs(counts * quantum - self.bias) <= rounding).all())
        return (counts if whole else self.bias / quantum), quantum, whole

    def with_bias(self, field: Array, sites: Any) -> Array:
        """Field of these sites plus their bias; exact where both are multiples of one quantum, so that ties tie."""
        counts, quantum, whole = self.counted_bias
        if not whole:
            return np.asarray(field + self.bias[sites])
        steps = field / quantum
        nearest = np.rint(steps)
        return np.asarray(quantum * (np.where(np.abs(steps - nearest) < 1e-6, nearest, steps) + counts[sites]))

    def _replaced_energy(self, s: Array, site: int, value: float) -> Array:
        """U with one site replaced, up to a constant that does not depend on the value."""
        if hasattr(self.interaction, "change"):
            return np.asarray(self.interaction.change(s, site, value))
        return self._interaction_energy(_replaced(s, site, value))

    def level_energies(self, s: ArrayLike, site: int) -> Array:
        """E(s with s_site = level) for every level of a discrete site, (..., q)."""
        s = self._state(s)
        space = self.spaces[self._site(site)]
        if space.levels is None:
            raise ValueError(f"site {site} is {space.name}: it has no levels to compare")
        return np.stack([self.energy(_replaced(s, site, level)) for level in space.levels], axis=-1)

    def clamp(self, values: Mapping[int, float] | Iterable[int]) -> Hamiltonian:
        """Hold sites at given values ({site: value}) or at their starting values ([sites]); numbering stays.

        Raises ValueError for a site out of range or a value that is not one of the site's levels.
        """
        clamped = np.full(self.size, np.nan) if self.clamped is None else self.clamped.copy()
        if isinstance(values, str) or not isinstance(values, Iterable):
            raise ValueError(f"clamp takes {{site: value}} or a list of sites, but it is {values!r}; try [{values!r}]")
        items = values.items() if isinstance(values, Mapping) else [(site, np.inf) for site in values]
        for site, value in items:
            self._check_clamp(site, _number(value, f"the clamped value of site {site!r}"))
            clamped[site] = value
        return replace(self, clamped=clamped)

    def _checked_clamps(self, clamped: ArrayLike) -> Array:
        values = np.array(clamped, dtype=float)
        if values.shape != (self.size,):
            raise ValueError(f"clamped must have shape ({self.size},), NaN where free, but it is {values.shape}")
        for site in np.flatnonzero(~np.isnan(values)):
            self._check_clamp(int(site), float(values[site]))
        return values

    def _check_clamp(self, site: int, value: float) -> None:
        levels = self.spaces[self._site(site)].levels
        if levels is not None and value not in (*levels, np.inf):
            raise ValueError(
                f"cannot clamp site {site} at {value:g}: its levels are {', '.join(f'{v:g}' for v in levels)}"
            )
        if np.isnan(value) or value == -np.inf:
            raise ValueError(f"cannot clamp site {site} at {value:g}: the value must be finite")
        if self.spaces[site].name == "poisson" and value != np.inf and not (value >= 0 and value.is_integer()):
            raise ValueError(f"cannot clamp site {site} at {value:g}: a poisson unit counts 0, 1, 2, ...")

    def _site(self, site: Any) -> int:
        """The number of a site that exists. Raises ValueError for any other."""
        if isinstance(site, bool) or not isinstance(site, (int, np.integer)) or not 0 <= site < self.size:
            raise ValueError(f"there is no site {site!r}: sites are numbered 0 to {self.size - 1}")
        return int(site)

    def marginal(self, beta: float | None = None, *, temperature: float | None = None) -> Hamiltonian:
        """Integrate the hidden units z out at inverse temperature beta: exp(-beta E(v)) = sum_z exp(-beta E(v, z)).

        The separation has sharpness beta; with Gaussian units it is quadratic and free of beta. Raises ValueError where
        hidden units couple to each other or visible ones do.
        """
        joint, sharpness = as_bipartite(self), positive(finite_beta(beta, temperature), "beta")
        hidden = self.where("hidden")
        held = np.setdiff1d(hidden, self.free)
        if held.size:
            raise ValueError(f"marginal sums over hidden units, but hidden unit {held[0]} is clamped; free it first")
        features, offset = integrate_out(joint, sharpness, self.bias[hidden])
        return Hamiltonian(
            features,
            np.delete(self.bias, hidden),
            tuple(block for block in self.sites if block.name != "hidden"),
            self.offset + offset,
            None if self.clamped is None else np.delete(self.clamped, hidden),
            f"{self.name} marginal".strip(),
        )


def weighted_sum(s: Array, weights: Array) -> Array:
    """sum_i w_i s_i, (..., N) -> (...); a matrix product would round each state by how many others there are."""
    if not weights.any():
        return np.zeros(s.shape[:-1])
    return np.asarray(np.multiply(s, weights, order="C").sum(axis=-1))


def _number(value: Any, name: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number, but it is {value!r}") from None


def _low(space: Space) -> float:
    return space.low


def _high(space: Space) -> float:
    return space.high


def _replaced(s: Array, site: int, value: float) -> Array:
    replaced = np.array(s, dtype=float)
    replaced[..., site] = value
    return replaced

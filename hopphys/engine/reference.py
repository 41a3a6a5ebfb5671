"""The reference sweeper: NumPy over replicas, for every Hamiltonian, through its gaps, level energies and fields only.

It draws the same numbers as the kernels, attempt for attempt, so that the two can be compared spin for spin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys.deferred import Deferred
from hopphys.dynamics import Dynamics, blocks, linear, visiting_order
from hopphys.engine.rows import require_levels
from hopphys.hamiltonian import Hamiltonian
from hopphys.kernels import random
from hopphys.types import Array

if TYPE_CHECKING:
    from scipy import special
else:
    special = Deferred("scipy.special")

DECIDE, VISIT = 0, 1  # draws of one attempt, as in kernels/visits.py


def sweeper(hamiltonian: Hamiltonian, dynamics: Dynamics) -> Callable[..., None]:
    """A function advance(rows, betas, first, stop) in pure NumPy; one disorder sample after another."""
    samples = hamiltonian.disorder
    parts = [hamiltonian] if samples is None else [hamiltonian.at(d) for d in range(samples)]
    sweeps = [_Sweep.of(part, dynamics) for part in parts]

    def advance(rows: Any, betas: Array, first: int, stop: bool = False) -> None:
        for d, sweep in enumerate(sweeps):
            mine = np.flatnonzero(rows.which == d)
            _advance(sweep, rows, mine, betas, first, stop)

    return advance


def _advance(sweep: _Sweep, rows: Any, mine: Array, betas: Array, first: int, stop: bool) -> None:
    for t in range(betas.shape[1]):
        s = rows.state[mine]
        changed = sweep(s, rows.stream[mine], betas[rows.plan[mine], t], first + t, _drawn(rows, mine))
        rows.state[mine] = s
        rows.flips[mine] += changed
        rows.used[mine] = t + 1
        if stop:
            mine = mine[changed > 0]
        if not mine.size:
            return


Uniforms = Callable[[int, Array, Array], Array]  # (sweep, attempts (n,), sites (1, n)) -> (rows, n)


def _drawn(rows: Any, mine: Array) -> Uniforms:
    """The numbers that decide attempts: of each row's stream, or of the lanes of a lattice that is kept in words."""
    if rows.packed is not None:
        return lambda sweep, attempts, sites: rows.packed.uniforms(rows.stream, mine, sweep, sites[0])
    return lambda sweep, attempts, sites: random.uniforms(rows.stream[mine][:, None, :], sweep, attempts, DECIDE)


@dataclass(frozen=True)
class _Sweep:
    hamiltonian: Hamiltonian
    dynamics: Dynamics
    sites: Array
    groups: tuple[Array, ...] | None  # positions in `sites` that move together; None where each row has its own order

    @staticmethod
    def of(hamiltonian: Hamiltonian, dynamics: Dynamics) -> _Sweep:
        sites = visiting_order(hamiltonian, dynamics)
        return _Sweep(hamiltonian, dynamics, sites, _groups(hamiltonian, dynamics, sites))

    def __call__(self, s: Array, stream: Array, beta: Array, sweep: int, drawn: Uniforms) -> Array:
        """Advance s (rows, N) in place by one sweep; returns the number of changed sites of each row."""
        if self.dynamics.moves is not None:
            return _proposals(self.hamiltonian, self.dynamics.moves, s, stream, beta, sweep)
        changed = np.zeros(len(s), np.int64)
        for sites, attempts in self._steps(stream, sweep):
            uniform = drawn(sweep, attempts, sites)
            new = self._new_values(s, sites, beta, uniform)
            if self.dynamics.fraction is not None:
                here = random.uniforms(stream[:, None, :], sweep, attempts, VISIT) < self.dynamics.fraction
                new = np.where(here, new, _take(s, sites))
            changed += (new != _take(s, sites)).sum(axis=-1)
            np.put_along_axis(s, np.broadcast_to(sites, new.shape), new, axis=-1)
        return changed

    def _steps(self, stream: Array, sweep: int) -> Iterator[tuple[Array, Array]]:
        """Sites (1, n) or (rows, 1) to move at once, and the numbers (n,) of their attempts."""
        if self.groups is not None:
            for positions in self.groups:
                yield self.sites[positions][None, :], positions
            return
        visits = self.sites[_arrange(self.dynamics.order, self.sites.size, stream, sweep)]
        for k in range(self.sites.size):
            yield visits[:, k : k + 1], np.array([k])

    def _new_values(self, s: Array, sites: Array, beta: Array, uniform: Array) -> Array:
        if len(sites) == 1:
            return new_values(self.hamiltonian, self.dynamics.update, s, sites[0], beta, uniform)
        if self.hamiltonian.two_level and not _offers_more(self.hamiltonian.interaction):
            gap = gap_by_energies(self.hamiltonian, s, sites[:, 0])
            return _from_gap(self.hamiltonian, self.dynamics.update, s, sites, gap[:, None], beta, uniform)
        new = np.empty(sites.shape, s.dtype)
        for site in np.unique(sites):
            mine = np.flatnonzero(sites[:, 0] == site)
            new[mine] = new_values(
                self.hamiltonian, self.dynamics.update, s[mine], np.array([site]), beta[mine], uniform[mine]
            )
        return new


def _offers_more(interaction: Any) -> bool:
    """Whether an interaction knows its fields or changes, and not only energies."""
    return any(hasattr(interaction, name) for name in ("field_at", "fields_at", "change"))


def _groups(hamiltonian: Hamiltonian, dynamics: Dynamics, sites: Array) -> tuple[Array, ...] | None:
    if dynamics.order in ("random", "shuffled"):
        return None
    if dynamics.order == "sequential":
        return tuple(np.arange(sites.size)[:, None])
    if dynamics.parallel:
        return (np.arange(sites.size),)
    colours = blocks(hamiltonian)[sites]
    return tuple(np.flatnonzero(colours == colour) for colour in np.unique(colours))


def _arrange(order: str, count: int, stream: Array, sweep: int) -> Array:
    """Positions (rows, count) visited by each row: with replacement, or a fresh permutation (Fisher & Yates)."""
    words = random.words(stream[:, None, :], sweep, np.arange(count), VISIT)
    if order == "random":
        return np.asarray(random.below(words, np.uint64(count)).astype(np.int64))
    visits = np.tile(np.arange(count), (len(stream), 1))
    row = np.arange(len(stream))
    for k in range(count - 1, 0, -1):
        j = random.below(words[:, k], np.uint64(k + 1)).astype(np.int64)
        visits[row, k], visits[row, j] = visits[row, j], visits[row, k].copy()
    return visits


def _take(s: Array, sites: Array) -> Array:
    return np.take_along_axis(s, np.broadcast_to(sites, (len(s), sites.shape[-1])), axis=-1)


def new_values(hamiltonian: Hamiltonian, update: str, s: Array, sites: Array, beta: Array, uniform: Array) -> Array:
    """Values of `sites` (n,) after one update of each at once, given s (rows, N), beta (rows,), uniform (rows, n)."""
    if not sites.size:
        return np.empty((len(s), 0), s.dtype)
    if update == "mean":
        return _means(hamiltonian, s, sites, beta)
    if all(hamiltonian.spaces[site].two_level for site in sites):
        gap = drives(hamiltonian, s, sites)
        return _from_gap(hamiltonian, update, s, sites[None, :], gap, beta, uniform)
    columns = [_one_site(hamiltonian, update, s, int(site), beta, uniform[:, k]) for k, site in enumerate(sites)]
    return np.stack(columns, axis=-1)


def _from_gap(
    hamiltonian: Hamiltonian, update: str, s: Array, sites: Array, gap: Array, beta: Array, uniform: Array
) -> Array:
    from hopphys.kernels.elementwise import probability_on
    from hopphys.kernels.rules import UPDATES

    low, high = hamiltonian.site_levels(sites)
    p = probability_on(UPDATES[update], gap, _take(s, sites) == high, beta[:, None])
    return np.asarray(np.where(p > 0.5 if update == "threshold" else uniform < p, high, low), dtype=s.dtype)


def _one_site(hamiltonian: Hamiltonian, update: str, s: Array, site: int, beta: Array, uniform: Array) -> Array:
    from hopphys.kernels.rules import UPDATES, probability_levels

    space = hamiltonian.spaces[site]
    if space.levels is None:
        return np.asarray(space.draw(fields(hamiltonian, s, np.array([site]))[:, 0], beta, uniform))
    energies = hamiltonian.level_energies(s, site)
    levels = np.array(space.levels)
    present = (s[:, site, None] == levels).argmax(axis=-1)
    cumulative = np.cumsum(probability_levels(UPDATES[update], energies, present, beta), axis=-1)
    chosen = (uniform[:, None] >= cumulative).sum(axis=-1)
    return np.asarray(levels[np.minimum(chosen, len(levels) - 1)], dtype=s.dtype)


def _means(hamiltonian: Hamiltonian, s: Array, sites: Array, beta: Array) -> Array:
    """Mean of each site's law (rows, n): from its field where U is linear in the site, from its gap otherwise."""
    if not linear(hamiltonian) and hamiltonian.two_level:
        low, high = hamiltonian.site_levels(sites)
        return np.asarray(low + (high - low) * special.expit(beta[:, None] * drives(hamiltonian, s, sites)))
    field, first = fields(hamiltonian, s, sites), 0
    means = np.empty(field.shape)
    for block in hamiltonian.sites:
        mine = (sites >= first) & (sites < first + block.size)
        means[:, mine] = block.space.mean(field[:, mine], beta[:, None])
        first += block.size
    return means


def drives(hamiltonian: Hamiltonian, s: Array, sites: Array) -> Array:
    """Gaps (rows, n) of two-level sites, or (high - low) times the field where there is no energy."""
    if hasattr(hamiltonian.interaction, "fields_at"):
        low, high = hamiltonian.site_levels(sites)
        return np.asarray((high - low) * fields(hamiltonian, s, sites))
    if sites.size > 1 and (getattr(hamiltonian.interaction, "pairwise", False) or _offers_gaps(hamiltonian)):
        return hamiltonian.drive(s)[:, sites]
    return np.stack([hamiltonian.drive(s, int(site)) for site in sites], axis=-1)


def _offers_gaps(hamiltonian: Hamiltonian) -> bool:
    return hamiltonian.two_level and hasattr(hamiltonian.interaction, "gaps")


def fields(hamiltonian: Hamiltonian, s: Array, sites: Array) -> Array:
    """Local fields (rows, n) of some sites."""
    interaction = hamiltonian.interaction
    if hasattr(interaction, "fields_at"):
        return np.asarray(interaction.fields_at(s, sites) + hamiltonian.bias[sites])
    if sites.size == 1 and hasattr(interaction, "field_at") and getattr(interaction, "pairwise", False):
        return np.asarray(interaction.field_at(s, int(sites[0]))[:, None] + hamiltonian.bias[sites])
    return hamiltonian.local_field(s)[:, sites]


def gap_by_energies(hamiltonian: Hamiltonian, s: Array, sites: Array) -> Array:
    """Gap (rows,) of another site in each row, from two energies of every state: all that an energy alone allows."""
    low, high = hamiltonian.site_levels(sites)
    variants = np.repeat(np.asarray(s, dtype=float)[None], 2, axis=0)
    row = np.arange(len(s))
    variants[0, row, sites], variants[1, row, sites] = low, high
    off, on = hamiltonian.energy(variants)
    return np.asarray(off - on)


def _proposals(hamiltonian: Hamiltonian, moves: Any, s: Array, stream: Array, beta: Array, sweep: int) -> Array:
    """N Metropolis attempts with the user's proposals; s (rows, N) in place, returns accepted moves (rows,)."""
    accepted = np.zeros(len(s), np.int64)
    energy = hamiltonian.energy(s)
    for k in range(hamiltonian.free.size):
        new, log_ratio = moves.propose(s.copy(), _Numbers(stream, sweep, k))
        new, after = _checked(moves, s, new, hamiltonian)
        with np.errstate(invalid="ignore"):
            exponent = np.where(after == energy, 0.0, -beta * (after - energy)) + log_ratio
        accept = np.log(np.maximum(random.uniforms(stream, sweep, k), 2.0**-54)) < exponent
        s[accept], energy[accept] = new[accept], after[accept]
        accepted += accept
    return accepted


def _checked(moves: Any, s: Array, new: Array, hamiltonian: Hamiltonian) -> tuple[Array, Array]:
    if np.shape(new) != s.shape:
        raise ValueError(
            f"{type(moves).__name__}.propose must return states {s.shape}, but their shape is {np.shape(new)}"
        )
    require_levels(hamiltonian, np.asarray(new, dtype=float), f"states proposed by {type(moves).__name__}")
    return np.asarray(new).astype(s.dtype), hamiltonian.energy(new)


@dataclass(frozen=True)
class _Numbers:
    """Uniform numbers for one proposal: random(n) -> (rows, n); draws 1 to 7 of the attempt, 0 being the acceptance."""

    stream: Array
    sweep: int
    attempt: int

    def __call__(self, count: int) -> Array:
        if not 1 <= count <= random.MAX_DRAW - 1:
            raise ValueError(f"a proposal may use 1 to {random.MAX_DRAW - 1} random numbers, but it asks for {count}")
        return random.uniforms(self.stream[:, None, :], self.sweep, self.attempt, np.arange(1, count + 1))

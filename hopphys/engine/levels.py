"""The energies that a Wang-Landau walk tells apart: values on a grid, values that are given, or bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hopphys.checks import finite, whole
from hopphys.hamiltonian import Hamiltonian
from hopphys.interactions import Dense, Neighbours
from hopphys.memory import require
from hopphys.types import Array

SAME = 1e-9  # relative to the largest of the levels that are given: rounding of an energy
WIDEST = 4096  # sites up to which pairwise interactions are written out as dense couplings


@dataclass(frozen=True, eq=False)
class Levels:
    """Levels in units of `quantum`, without the offset.

    edges, width : as `kernels.wang_landau.place` takes them
    energy : (M,) total energy of each level in J: its value, or the middle of its bin
    kind : "values" or "bins"
    cut : whether energies outside were excluded on purpose
    """

    edges: Array
    width: float
    energy: Array
    kind: str
    cut: bool
    quantum: float
    offset: float

    @property
    def middle(self) -> float:
        """Where a walk that starts outside is led."""
        return float(0.5 * (self.edges[0] + self.edges[-1]))


def as_pairs(hamiltonian: Hamiltonian) -> Hamiltonian:
    """The same energies with couplings written out, where the interaction is a sum over pairs and small enough."""
    interaction = hamiltonian.interaction
    known = isinstance(interaction, (Dense, Neighbours))
    if known or not getattr(interaction, "pairwise", False) or hamiltonian.size > WIDEST:
        return hamiltonian
    size = hamiltonian.size
    require(48 * size**2, f"couplings of {size} sites", "take fewer sites")
    zero = np.zeros((1, size))
    constant = interaction.field(zero)[0]
    couplings = interaction.field(np.eye(size)) - constant
    couplings = 0.5 * (couplings + couplings.T)
    np.fill_diagonal(couplings, 0.0)
    return Hamiltonian(
        Dense(couplings),
        hamiltonian.bias + constant,
        hamiltonian.sites,
        hamiltonian.offset + float(interaction.energy(zero)[0]),
        hamiltonian.clamped,
        hamiltonian.name,
    )


def find_levels(hamiltonian: Hamiltonian, levels: Any, bins: Any, window: Any) -> Levels:
    """Levels of this Hamiltonian. Raises ValueError in words where they have to be given and are not."""
    if levels is not None and bins is not None:
        raise ValueError("give levels= (the energies there are) or bins= (edges of bins of energies), not both")
    low, high = _window(window)
    if levels is not None:
        return _given(hamiltonian, levels, low, high)
    if bins is not None:
        return _bins(hamiltonian, bins, low, high)
    if not whole_energies(hamiltonian):
        raise ValueError(
            f"the energies of {hamiltonian.name or 'this Hamiltonian'} are not known to be multiples of one quantum: "
            "tell them apart by bins= (edges, or a number of bins with window=(low, high)), or by levels= where they "
            "can be listed"
        )
    return _grid(hamiltonian, low, high)


def whole_energies(hamiltonian: Hamiltonian) -> bool:
    """Whether all energies are an offset and a whole number of quanta."""
    return isinstance(hamiltonian.interaction, (Dense, Neighbours)) and hamiltonian.counted_bias[2]


def _window(window: Any) -> tuple[float, float]:
    if window is None:
        return -np.inf, np.inf
    try:
        ends = np.asarray(window, dtype=float)
    except (TypeError, ValueError):
        ends = np.empty(0)
    if ends.shape != (2,) or not ends[0] < ends[1]:
        raise ValueError(f"window must be two energies (low, high), low < high, but it is {window!r}")
    return float(ends[0]), float(ends[1])


def _grid(hamiltonian: Hamiltonian, low: float, high: float) -> Levels:
    """All values that the energy could have by its steps: some of them, it turns out, no state has."""
    quantum = hamiltonian.counted_bias[1]
    base, step, bound = _steps(hamiltonian)
    lowest = max(-bound, (low - hamiltonian.offset) / quantum - 1e-9)
    highest = min(bound, (high - hamiltonian.offset) / quantum + 1e-9)
    first, last = np.ceil((lowest - base) / step), np.floor((highest - base) / step)
    if last < first:
        raise ValueError(f"no energy of {hamiltonian.name} can lie in the window ({low:g}, {high:g})")
    require(64 * int(last - first + 1), f"{int(last - first + 1):,} possible energies", "give bins=, or a window=")
    values = base + step * np.arange(first, last + 1)
    cut = low > -np.inf or high < np.inf
    total = hamiltonian.offset + quantum * values
    return Levels(values[[0, -1]], float(step), total, "values", cut, quantum, hamiltonian.offset)


def _steps(hamiltonian: Hamiltonian) -> tuple[float, float, float]:
    """Energy of the state with every free site low, greatest common divisor of all gaps, and a bound on |E|, in quanta.

    gap_i(s) = (high - low)_i (sum_j J_ij s_j + b_i): that of the low state, and (high - low)^2 J_ij a flip of site j.
    """
    counts, quantum, _ = hamiltonian.counted_bias
    low, high = hamiltonian.levels()
    state = low.copy()
    if hamiltonian.clamped is not None:
        held = np.isfinite(hamiltonian.clamped)
        state[held] = hamiltonian.clamped[held]
    free, couplings = hamiltonian.free, np.abs(hamiltonian.interaction.counts)
    gap = ((high - low) * (hamiltonian.interaction.field(state) / quantum + counts))[free]
    span = np.unique((high - low)[free])
    changes = [np.rint(w * v * np.unique(couplings)) for w in span for v in span]
    step = np.gcd.reduce(np.concatenate([np.rint(gap), *changes]).astype(np.int64))
    pairs = couplings.sum() * (0.5 if isinstance(hamiltonian.interaction, Dense) else 1.0)
    largest = np.maximum(np.abs(low), np.abs(high))
    bound = largest.max() ** 2 * pairs + (largest * np.abs(counts)).sum()
    base = float(np.rint((hamiltonian.energy(state) - hamiltonian.offset) / quantum))
    return base, float(max(step, 1)), float(bound)


def _given(hamiltonian: Hamiltonian, levels: Any, low: float, high: float) -> Levels:
    values = finite(levels, "levels")
    if values.ndim != 1 or (np.diff(values) <= 0).any():
        raise ValueError("levels must be a rising list of different energies; numpy.unique makes one")
    inside = values[(values >= low) & (values <= high)]
    if not inside.size:
        raise ValueError(f"none of the {values.size} levels lies in the window ({low:g}, {high:g})")
    near = SAME * max(float(np.abs(values).max()), 1.0)
    if values.size > 1 and np.diff(values).min() < 4 * near:
        raise ValueError(f"two levels are {np.diff(values).min():.2g} apart, which is rounding; merge them")
    edges = np.stack([inside - near, inside + near], axis=-1).ravel()
    return _in_quanta(hamiltonian, edges, inside, "values", inside.size < values.size)


def _bins(hamiltonian: Hamiltonian, bins: Any, low: float, high: float) -> Levels:
    if np.ndim(bins) == 0:
        count = whole(bins, "bins", 1)
        if not (np.isfinite(low) and np.isfinite(high)):
            raise ValueError(f"bins = {count} needs a window=(low, high) to divide; or give the edges of the bins")
        require(64 * (count + 1), f"{count:,} bins", "take fewer")
        edges = np.linspace(low, high, count + 1)
    else:
        edges = finite(bins, "bins")
        if edges.ndim != 1 or edges.size < 2 or (np.diff(edges) <= 0).any():
            raise ValueError("bins must be a number or the rising edges of at least one bin")
        edges = np.unique(np.clip(edges, low, high))
    pairs = np.stack([edges[:-1], edges[1:]], axis=-1).ravel()
    # States whose energies are the ends themselves: carried energies round to either side of them.
    near = SAME * max(float(np.abs(edges).max()), float(np.abs(edges - hamiltonian.offset).max()))
    pairs[[0, -1]] += -near, near
    return _in_quanta(hamiltonian, pairs, 0.5 * (edges[1:] + edges[:-1]), "bins", False)


def _in_quanta(hamiltonian: Hamiltonian, edges: Array, energy: Array, kind: str, cut: bool) -> Levels:
    quantum = hamiltonian.counted_bias[1]
    return Levels((edges - hamiltonian.offset) / quantum, 0.0, energy, kind, cut, quantum, hamiltonian.offset)

"""Patterns: overlaps are carried along; the N x N couplings are formed only where that is cheaper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from hopphys.engine.compiled import Compiled, couplings, dense
from hopphys.engine.rows import Rows, deal
from hopphys.features import Patterns
from hopphys.hamiltonian import Hamiltonian, weighted_sum
from hopphys.memory import require
from hopphys.separation import Exponential, LogCosh, LogSumExp, Power, Quadratic, Softplus
from hopphys.types import Array

WORD = 64
NARROW = 2**13  # largest overlap that is kept in 16 bits: four words are added up before they are widened
_PACKED: WeakKeyDictionary[Patterns, Packed | None] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Packed:
    """Patterns of ±1 as bits, by site (disorder, N, words of P) and by pattern (disorder, P, words of N)."""

    columns: Array
    rows: Array
    scale: int
    shift: int
    quantum: float

    def arguments(self, low: Array, high: Array) -> tuple[Any, ...]:
        """What the kernels take beside the rows; overlaps are as narrow as the largest possible one allows."""
        largest = self.columns.shape[1] * _largest_spin(self.scale, self.shift, low, high)
        kind, most = (np.int16, 2**15 - 1) if largest < NARROW else (np.int32, (2**31 - 1) // WORD)
        depth = max(1, most // max(largest, 1))
        return self.columns, self.rows, np.zeros(1, kind), depth, self.scale, self.shift, self.quantum


def _largest_spin(scale: int, shift: int, low: Array, high: Array) -> int:
    return int(max(np.abs(scale * level.astype(np.int64) + shift).max() for level in (low, high)))


def fit(interaction: Patterns) -> Compiled | None:
    if interaction.pairwise:
        return _signs(interaction) or _whole(interaction)
    return _separated(interaction)


def _signs(interaction: Patterns) -> Compiled | None:
    packed = packed_signs(interaction)
    if packed is None:
        return None
    return _Choice(interaction, packed).compiled()


class _Choice:
    """Packed patterns, or the couplings formed from them once that pays: the same bits either way."""

    def __init__(self, interaction: Patterns, packed: Packed) -> None:
        samples, size, _ = packed.columns.shape
        self.interaction, self.packed = interaction, packed
        self.size = couplings.Size(samples, interaction.patterns.shape[-2], size)
        self.dense: Compiled | None = None
        self.formed = False  # whether the present call goes through couplings
        self.attempts, self.flips = 0, 0

    def compiled(self) -> Compiled:
        return Compiled(_run, self.arguments, self.prepare)

    def prepare(self, rows: Rows, sweeps: int) -> None:
        """Choose for this call, from the flips an attempt of the calls before."""
        acceptance = int(rows.flips.sum()) / self.attempts if self.attempts else couplings.USUAL
        call = len(rows.state) * self.size.sites * sweeps
        if self.dense is None and self._plain() and self.size.pays(len(rows.state), self.attempts + call, acceptance):
            formed: Any = couplings.form(_samples(self.interaction), self.packed.quantum)
            self.dense = dense.fit(formed)
        self.formed = self.dense is not None and self.size.saved(acceptance) > 0
        self.attempts += call
        if not self.formed:
            rows.field = None  # it would be that of the states before this call

    def _plain(self) -> bool:
        """Whether spins are the states themselves: 0/1 states would need a bias for each sample."""
        return self.packed.scale == 1 and self.packed.shift == 0

    def arguments(self, rows: Rows, part: slice) -> tuple[Any, ...]:
        if self.formed:
            assert self.dense is not None
            return self.dense.kernel, self.dense.arguments(rows, part)
        return None, self.packed


def _run(*arguments: Any) -> None:
    """The common arguments of a kernel, and what `_Choice` says."""
    from hopphys.kernels import overlaps
    from hopphys.kernels.rules import THRESHOLD

    *common, kernel, own = arguments
    low, high, update = common[4], common[5], common[10]
    if kernel is not None:
        kernel(*common, *own)
        return
    sweep = overlaps.settle_signs if update == THRESHOLD else overlaps.sweep_signs
    sweep(*common, *own.arguments(low, high))


def packed_signs(interaction: Patterns) -> Packed | None:
    """The patterns as bits, made once; None where an entry is not ±1 or the field is no whole number."""
    if interaction not in _PACKED:
        _PACKED[interaction] = _pack(interaction) if _counted(interaction) else None
    return _PACKED[interaction]


def _counted(interaction: Patterns) -> bool:
    return interaction.pairwise and interaction.integer and float(interaction.scale).is_integer()


def _pack(interaction: Patterns) -> Packed | None:
    from hopphys.kernels import signs

    patterns = _samples(interaction)
    samples, count, size = patterns.shape
    words_of_sites, words_of_patterns = -(-size // WORD), -(-count // WORD)
    require(
        8 * samples * (count * words_of_sites + size * words_of_patterns),
        f"{samples * count} patterns of {size} sites as bits", "store fewer patterns",
    )  # fmt: skip
    rows = np.empty((samples, count, words_of_sites), np.uint64)
    columns = np.empty((samples, size, words_of_patterns), np.uint64)
    for d in range(samples):
        if not signs.pack_signs(rows[d], patterns[d]):
            return None
        signs.transpose_signs(columns[d], rows[d])
    return Packed(columns, rows, int(interaction.scale), int(interaction.shift), interaction.quantum)


def _samples(interaction: Patterns) -> Array:
    patterns = interaction.patterns
    return np.ascontiguousarray(patterns if patterns.ndim == 3 else patterns[None])


def _whole(interaction: Patterns) -> Compiled | None:
    """Whole patterns that are not all ±1, where overlaps and fields fit into 31 bits."""
    scale, shift = interaction.scale, interaction.shift
    if not _counted(interaction) or _largest_field(interaction) >= 2.0**31:
        return None
    from hopphys.kernels import overlaps

    samples = _samples(interaction)
    require(samples.size, f"{samples.shape[-2]} patterns of {samples.shape[-1]} sites, by site", "store fewer patterns")
    columns = np.ascontiguousarray(np.swapaxes(samples, -1, -2))
    squares = np.atleast_2d(interaction.squares()).astype(np.int64)
    fixed = (columns, squares, int(scale), int(shift), interaction.quantum)
    return Compiled(overlaps.sweep_patterns, lambda rows, part: fixed)


def _largest_field(interaction: Patterns) -> float:
    """Bound on sum_mu |xi_mu,i x_mu| for states of two levels, which lie between -1 and 1."""
    spin = abs(interaction.scale) + abs(interaction.shift)
    largest = float(np.abs(interaction.patterns, dtype=np.int16).max())
    return float(spin * largest**2 * interaction.size * interaction.patterns.shape[-2])


def stays(hamiltonian: Hamiltonian, rows: Rows) -> Array | None:
    """Whether no free site of a row would change at threshold, from overlaps made anew; None without packed signs."""
    from hopphys.kernels import overlaps

    packed = _packed_rows(hamiltonian, rows)
    if packed is None:
        return None
    found, low, high = np.empty(len(rows.state), bool), *_levels(hamiltonian)
    fixed = (hamiltonian.free, low, high, hamiltonian.counted_bias[0], *packed.arguments(low, high))
    deal(lambda p: overlaps.stay_signs(found[p], rows.state[p], rows.which[p], *fixed), len(found), rows.state.size)
    return found


def energies(hamiltonian: Hamiltonian, rows: Rows) -> Array | None:
    """Total energy of each row through packed signs, the bits that carried fields give; None without them."""
    from hopphys.kernels import overlaps

    packed = _packed_rows(hamiltonian, rows)
    if packed is None:
        return None
    inner, low, high = np.empty(len(rows.state), np.int64), *_levels(hamiltonian)
    fixed = (low, high, *packed.arguments(low, high))
    deal(lambda p: overlaps.paired_signs(inner[p], rows.state[p], rows.which[p], *fixed), len(inner), rows.state.size)
    counts, quantum, _ = hamiltonian.counted_bias
    pulled = weighted_sum(rows.state, counts)
    return np.asarray(hamiltonian.offset - quantum * (0.5 * inner / packed.scale + pulled))


def _packed_rows(hamiltonian: Hamiltonian, rows: Rows) -> Packed | None:
    fits = isinstance(hamiltonian.interaction, Patterns) and hamiltonian.two_level and rows.state.dtype == np.int8
    packed = packed_signs(hamiltonian.interaction) if fits else None
    # Kernels do not look whether a sample exists before they read it.
    assert packed is None or not rows.which.size or rows.which.max() < len(packed.columns)
    return packed


def _levels(hamiltonian: Hamiltonian) -> tuple[Array, Array]:
    low, high = hamiltonian.levels()
    return low.astype(np.int8), high.astype(np.int8)


def _separated(interaction: Patterns) -> Compiled | None:
    known = _separation(interaction)
    if known is None:
        return None
    from hopphys.kernels import separations

    samples, scale, shift = _samples(interaction), interaction.scale, interaction.shift
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

"""Patterns to store and cues to restore them from: ±1 arrays of shape (..., N), int8.

Every function reads 0/1 patterns too, as 2v - 1 (`as_spins`). A row of only ones is the same in both forms.
Random numbers are addressed by (seed, disorder sample, pattern, site): adding patterns or disorder samples, or cutting
the samples into blocks with `first`, leaves every number where it was.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, SupportsFloat

import numpy as np

from hopphys import glyphs as _glyphs
from hopphys.checks import whole
from hopphys.kernels.random import key, streams, uniforms, words
from hopphys.memory import require
from hopphys.types import Array

BLOCK = 2**21  # entries whose random numbers are held at once: 16 MB a temporary
# Entry b is eight signs, the lowest bit of the byte b first, as the bytes of one word.
OCTETS = np.where(np.arange(256)[:, None] >> np.arange(8) & 1, np.int8(1), np.int8(-1)).view(np.uint64).ravel()


def random(count: int, size: int, *, seed: int, disorder: int | None = None, first: int = 0) -> Array:
    """Independent fair bits ±1: (P, N), or (D, P, N) for D samples of disorder, the first of them number `first`."""
    count, size, samples = _counts(count, size, disorder, copies=1)
    signs = _fair(key(seed, "patterns: random", size), samples, count, size, first)
    return signs[0] if disorder is None else signs


def biased(count: int, size: int, *, activity: float, seed: int, disorder: int | None = None, first: int = 0) -> Array:
    """Independent bits that are +1 with probability `activity`: (P, N) or (D, P, N), mean 2 activity - 1."""
    _check_unit("activity", activity)
    count, size, samples = _counts(count, size, disorder)
    draws = _draws(key(seed, "patterns: biased", size, float(activity)), samples, count, size, first)
    return _signs(draws(lambda u: u < activity), disorder)


def correlated(
    count: int, size: int, *, correlation: float, seed: int, disorder: int | None = None, first: int = 0
) -> Array:
    """Patterns of mean mutual overlap `correlation` through a common parent: (P, N) or (D, P, N).

    Each bit copies the parent's with probability (1 + sqrt(correlation)) / 2.
    """
    _check_unit("correlation", correlation)
    count, size, samples = _counts(count, size, disorder)
    parent = _fair(key(seed, "patterns: parent", size), samples, 1, size, first)
    draws = _draws(key(seed, "patterns: correlated", size, float(correlation)), samples, count, size, first)
    copies = draws(lambda u: u < (1 + math.sqrt(correlation)) / 2)
    return _signs(copies == (parent > 0), disorder)


def glyphs(names: Iterable[str] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", size: int = _glyphs.SIDE) -> Array:
    """Built-in letters and digits, ink +1, each size × size pixels (8 or more) row-major: (P, size²)."""
    size = whole(size, "size", _glyphs.SIDE)
    nearest = np.arange(size) * _glyphs.SIDE // size
    drawn = [_glyphs.bitmap(name)[np.ix_(nearest, nearest)].ravel() for name in names]
    if not drawn:
        raise ValueError("names is empty; name at least one letter or digit")
    return _signs(np.stack(drawn))


def from_images(paths: Iterable[str | Path], size: tuple[int, int]) -> Array:
    """Pictures as patterns, dark ink +1, scaled to size = (width, height), row-major: (P, width · height)."""
    from hopphys.interop import images

    listed = [paths] if isinstance(paths, (str, Path)) else list(paths)
    if not listed:
        raise ValueError("paths is empty; name at least one picture")
    return np.stack([images.pattern(path, size)[0].ravel() for path in listed])


def corrupt(patterns: Any, *, flip: float, seed: int, first: int = 0) -> Array:
    """Flip each entry independently with probability `flip`: mean overlap 1 - 2 flip. Keeps shape and form (±1 or 0/1).

    With three or more axes the first is disorder, and `first` the number of its first sample.
    """
    _check_unit("flip", flip)
    spins, binary = _spins(patterns)
    samples, count, size = _as_samples(spins)
    draws = _draws(key(seed, "patterns: corrupt", size, float(flip)), samples, count, size, first)
    flipped = np.where(draws(lambda u: u < flip).reshape(spins.shape), -spins, spins)
    return _in_form(flipped, binary)


def erase(
    patterns: Any, *, fraction: float, seed: int, fill: Literal["random", -1, 0, 1] = "random", first: int = 0
) -> Array:
    """Lose exactly round(fraction · N) randomly chosen entries of each pattern, and put `fill` in their place.

    fill : "random" (fair bits), one level of the patterns' own form (-1 or 1; 0 or 1), or for ±1 patterns 0, "unknown",
        which is no spin: the result is then float, a start for real sites.
    """
    _check_unit("fraction", fraction)
    spins, binary = _spins(patterns)
    if fill not in (("random", 0, 1) if binary else ("random", -1, 0, 1)):
        raise ValueError(f"fill must be 'random', {'0 or 1' if binary else '-1, 0 or 1'}, but it is {fill!r}")
    samples, count, size = _as_samples(spins)
    order = _draws(key(seed, "patterns: erase", size), samples, count, size, first)(lambda u: u.argsort().argsort())
    lost = (order < round(fraction * size)).reshape(spins.shape)
    if fill == "random":
        fair = _draws(key(seed, "patterns: fill", size), samples, count, size, first)(lambda u: u < 0.5)
        return _in_form(np.where(lost, _signs(fair).reshape(spins.shape), spins), binary)
    if fill == 0 and not binary:
        return np.where(lost, 0.0, spins)
    return _in_form(np.where(lost, np.int8(2 * fill - 1 if binary else fill), spins), binary)


def mixture(patterns: Any, weights: Any = None) -> Array:
    """The sign of the (weighted) sum of patterns, (..., P, N) -> (..., N): the classical spurious states.

    Amit, Gutfreund & Sompolinsky 1985: an odd number of patterns, so that no site ties.
    """
    spins, binary = _spins(patterns)
    if spins.ndim < 2:
        raise ValueError(f"patterns must have shape (..., P, N), but it is {spins.shape}")
    weight = np.ones(spins.shape[-2]) if weights is None else np.asarray(weights, dtype=float)
    if weight.shape != (spins.shape[-2],) or not np.all(np.isfinite(weight)):
        raise ValueError(f"weights must be {spins.shape[-2]} finite numbers, one a pattern, but they are {weights!r}")
    total = np.einsum("p,...pn->...n", weight, spins)
    if np.any(total == 0):
        raise ValueError(
            f"{int(np.sum(total == 0))} sites tie in this sum of {spins.shape[-2]} patterns; "
            "mix an odd number, or give weights that cannot cancel"
        )
    return _in_form(_signs(total > 0), binary)


def overlap(state: Any, patterns: Any) -> Array:
    r"""Overlap of each state with each pattern, m_mu = (1/N) sum_i xi_mu,i s_i.

    Parameters
    ----------
    state : (..., N); whole numbers 0 and 1 are read as 2v - 1, real values as they are
    patterns : (P, N), or (D, P, N) for states (D, ..., N)

    Returns
    -------
    (..., P), dimensionless; 1 on a stored pattern, of order N**-0.5 on an unrelated one.
    """
    if hasattr(state, "data_vars"):
        raise ValueError("state is a Dataset of several variables; give its states, run.state")
    spins = as_spins(patterns).astype(float)
    values = np.asarray(state)
    if spins.ndim < 2 or values.ndim < 1 or values.shape[-1] != spins.shape[-1]:
        raise ValueError(f"state (..., N) and patterns (P, N) must share N, but they are {values.shape}, {spins.shape}")
    if values.dtype.kind in "biu" and values.size and values.min() >= 0:
        values = as_spins(values)
    if spins.ndim == 2:
        return np.asarray(values @ spins.T / spins.shape[-1])
    return np.asarray(np.einsum("d...n,dpn->d...p", values.astype(float), spins) / spins.shape[-1])


def as_spins(patterns: Any) -> Array:
    """Patterns as ±1, int8, (..., N); 0/1 are read as 2v - 1, and anything else is refused."""
    return _spins(patterns)[0]


def stored(patterns: Any) -> Array:
    """Patterns to store, (P, N) or (disorder, P, N), as ±1; 0/1 are read as 2v - 1, and anything else is refused."""
    spins = as_spins(patterns)
    if spins.ndim not in (2, 3):
        raise ValueError(
            f"patterns must have shape (P, N) or (disorder, P, N), but it is {spins.shape}; one alone is pattern[None]"
        )
    return spins


def _spins(patterns: Any) -> tuple[Array, bool]:
    """Patterns as ±1 and whether they came as 0/1."""
    try:
        values = np.asarray(patterns)
    except ValueError as cause:
        raise ValueError(f"patterns must be an array, every row of one length, but {cause}") from cause
    if values.ndim < 1 or values.size == 0:
        raise ValueError(f"patterns must have shape (..., N) and hold something, but the shape is {values.shape}")
    if values.dtype.kind not in "biuf":
        raise ValueError(f"patterns must be numbers, ±1 or 0/1, but they are {values.dtype}")
    zeros = values.size - np.count_nonzero(values)
    if values.dtype == np.int8 and not zeros and values.min() >= -1 and values.max() <= 1:
        return values, False  # the common case, without a copy or any other array: there may be 10^9 of them
    plus, minus = values == 1, values == -1
    other = ~(plus | minus | (values == 0))
    if other.any():
        bad = values[other].flat[0]
        raise ValueError(f"patterns must be ±1 (or 0/1), but they hold {bad}; binarise first: np.where(x > 0, 1, -1)")
    if zeros and minus.any():
        raise ValueError("patterns must be ±1 or 0/1, but they hold -1, 0 and 1; give the zeros a sign")
    return np.where(plus, np.int8(1), np.int8(-1)), bool(zeros)


def _in_form(spins: Array, binary: bool) -> Array:
    return ((spins + 1) // 2).astype(np.int8) if binary else spins.astype(np.int8)


def _signs(positive: Array, disorder: int | None = 0) -> Array:
    """±1 from a boolean (D, ...), without the leading axis where no disorder was asked for."""
    signs = np.not_equal(positive, 0).view(np.int8)  # in place from here: several times faster than `where`
    signs <<= 1
    signs -= 1
    return signs[0] if disorder is None else signs


def _as_samples(spins: Array) -> tuple[int, int, int]:
    samples = spins.shape[0] if spins.ndim >= 3 else 1
    return samples, spins.size // spins.shape[-1] // samples, spins.shape[-1]


def _fair(identity: tuple[int, int], samples: int, count: int, size: int, first: int) -> Array:
    """Fair signs (D, P, N), int8, 64 from a word, looked up eight at a time."""
    columns = math.ceil(size / 64)

    def signs(stream: Array, rows: Array) -> Array:
        packed = words(stream[:, None, None, :], rows[:, None], np.arange(columns)).astype("<u8").view(np.uint8)
        return OCTETS.take(packed[..., : math.ceil(size / 8)], mode="clip").view(np.int8)[..., :size]

    return _rows(identity, samples, count, size, first, signs)


def _draws(identity: tuple[int, int], samples: int, count: int, size: int, first: int) -> Callable[..., Array]:
    """A function of a function: apply `use` to the uniform numbers (..., N) of every row, block by block."""

    def draw(use: Callable[[Array], Array]) -> Array:
        def block(stream: Array, rows: Array) -> Array:
            return use(uniforms(stream[:, None, None, :], rows[:, None], np.arange(size)))

        return _rows(identity, samples, count, size, first, block)

    return draw


def _rows(
    identity: tuple[int, int],
    samples: int,
    count: int,
    size: int,
    first: int,
    block: Callable[[Array, Array], Array],
) -> Array:
    """Fill (D, P, N) block by block, so that the temporaries stay small beside the result."""
    stream = streams(identity, samples, whole(first, "first", 0))
    step = max(1, BLOCK // (samples * size))
    filled = block(stream, np.arange(min(step, count)))
    if step >= count:
        return np.ascontiguousarray(filled)
    found = np.empty((samples, count, size), filled.dtype)
    found[:, :step] = filled
    for row in range(step, count, step):
        found[:, row : row + step] = block(stream, np.arange(row, min(row + step, count)))
    return found


def _counts(count: Any, size: Any, disorder: Any, copies: int = 3) -> tuple[int, int, int]:
    counts = whole(count, "count", 1), whole(size, "size", 1), whole(1 if disorder is None else disorder, "disorder", 1)
    total = math.prod(counts)
    require(copies * total, f"{total:.3g} pattern entries", "take fewer patterns, or blocks of disorder with first=")
    return counts


def _check_unit(name: str, value: Any) -> None:
    if isinstance(value, (bool, str)) or not isinstance(value, SupportsFloat) or not 0 <= float(value) <= 1:
        raise ValueError(f"{name} must lie between 0 and 1, but it is {value!r}")

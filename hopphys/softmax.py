"""Softmax attention without the matrix of its scores: online softmax over blocks of patterns.

step = sum_mu p_mu v_mu with p = softmax(k X s), and (1/k) log sum_mu exp(k x_mu . s), in one pass (Milakov & Gimelshein
2018; Dao et al. 2022). Memory does not grow with the number of patterns. The type of the patterns decides: float32 goes
through a compiled kernel, anything else through NumPy in double precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from hopphys.checks import finite, positive
from hopphys.memory import require
from hopphys.threads import threads
from hopphys.types import Array, ArrayLike

QUERIES, ENTRIES = 512, 2**20  # of a block of scores in double precision: 8 MB
KEYS, CACHE = 96, 2**17  # patterns of a block of the kernel; numbers of one that stay in half a second-level cache
# Scores of single precision make the step wrong by up to 3.4e-6 of the largest number at k |s| |x| = 64, measured at
# states midway between two patterns. That grows in proportion; beyond this the scores are of double precision.
SINGLE = 64.0
MODERATE = 1e15  # lengths and sharpness beyond which a product of single precision might leave its range
LARGEST = 1e30  # length of a value beyond which sums of single precision might leave their range
SERIAL = 5e7  # multiplications below which a second thread costs more than it saves


def softmax_step(s: ArrayLike, patterns: ArrayLike, sharpness: float, values: ArrayLike | None = None) -> Array:
    """softmax(k s . X^T) V, one step of attention; V is X where no values are given (Ramsauer et al. 2021).

    Parameters
    ----------
    s : (..., N), states or queries
    patterns : (P, N), keys; float32 ones are never copied, and the step is exact to 1e-5 of the largest value
    sharpness : k, positive
    values : (P, D), one for each pattern, of the type of the patterns

    Returns
    -------
    (..., D), float32 where the patterns are, otherwise float64. Raises ValueError for shapes that do not fit, and for
    numbers that are not finite or whose scores would not be.
    """
    return softmax_step_and_energy(s, patterns, sharpness, values)[0]


def softmax_step_and_energy(
    s: ArrayLike, patterns: ArrayLike, sharpness: float, values: ArrayLike | None = None
) -> tuple[Array, Array]:
    """The step (..., D) of `softmax_step` and U = -(1/k) log sum_mu exp(k x_mu . s), (...), float64, in the same pass.

    U is the energy of attention without s.s/2 and its constants.
    """
    k, states = positive(sharpness, "sharpness"), finite(s, "s")
    x, length = _matrix(patterns, "patterns")
    v, size = (x, length) if values is None else _matrix(values, "values")
    if x.dtype == np.float32 and size > LARGEST:
        raise ValueError(f"values up to {size:.3g} would leave single precision when summed; give patterns of float64")
    v = np.ascontiguousarray(v, x.dtype)
    if states.ndim == 0 or states.shape[-1] != x.shape[1]:
        raise ValueError(
            f"s must have {x.shape[1]} numbers on its last axis, as the patterns have, not shape {states.shape}"
        )
    if len(v) != len(x):
        raise ValueError(f"there must be a value for each of {len(x)} patterns, but there are {len(v)}")
    step, log_sum = online(states.reshape(-1, x.shape[1]), x, k, v, length)
    return step.reshape(*states.shape[:-1], v.shape[1]), -log_sum.reshape(states.shape[:-1])


def _matrix(values: ArrayLike, name: str) -> tuple[Array, float]:
    """A finite array (P, N) and the length of its longest row, or a little more. Raises ValueError otherwise."""
    array = np.asarray(values) if getattr(values, "dtype", None) == np.float32 else finite(values, name)
    if array.ndim != 2:
        raise ValueError(f"{name} must have shape (P, N), but their shape is {array.shape}")
    if array.dtype == np.float32 and array.size:
        with np.errstate(over="ignore", invalid="ignore"):
            square = np.max([np.vecdot(x, x).max() for x in _blocks_of_rows(array)])  # NaN comes through
        if MODERATE**-2 < square < MODERATE**2:  # one pass has shown that all is finite, and how long it is
            return np.ascontiguousarray(array), 1.00001 * float(np.sqrt(square))
    array = single_precision(array, name) if array.dtype == np.float32 else array
    return np.ascontiguousarray(array), longest(array)


def single_precision(values: ArrayLike, name: str) -> Array:
    """A float32 array that was seen to be finite, without a copy. Raises ValueError otherwise."""
    array = np.asarray(values)
    if array.size == 0 or not np.isfinite([array.min(), array.max()]).all():  # NaN is kept by both
        finite(array, name)
    return array


def longest(patterns: Array) -> float:
    """max_mu |x_mu| of patterns (P, N), in double precision, a block at a time."""
    return float(np.sqrt(max(np.einsum("pn,pn->p", x, x, dtype=float).max() for x in _blocks_of_rows(patterns))))


def _blocks_of_rows(array: Array) -> Iterator[Array]:
    rows = ENTRIES // array.shape[1] + 1
    return (array[first : first + rows] for first in range(0, len(array), rows))


def over_patterns(
    s: Array, patterns: Array, sharpness: float, lengths: Array, inner: Array | None, step: bool
) -> tuple[Array, Array]:
    """Step and log-sum-exp of `online` for states (..., N) of patterns (P, N), or (d, replica, N) of (d, P, N).

    `lengths` are those of `longest`. The step is empty, (..., 0), where it is not wanted.
    """
    if patterns.ndim == 3:
        found = [
            over_patterns(s[d], patterns[d], sharpness, lengths[d : d + 1], inner, step) for d in range(len(patterns))
        ]
        return np.stack([steps for steps, _ in found]), np.stack([log_sum for _, log_sum in found])
    values = patterns if step else patterns[:, :0]
    steps, log_sum = online(s.reshape(-1, s.shape[-1]), patterns, sharpness, values, float(lengths[0]), inner)
    return steps.reshape(*s.shape[:-1], values.shape[1]), log_sum.reshape(s.shape[:-1])


def online(
    s: Array, patterns: Array, sharpness: float, values: Array, longest: float, inner: Array | None = None
) -> tuple[Array, Array]:
    """Step (B, D) and (1/k) log sum_mu exp(k x_mu), (B,), x = s . X^T + inner; s (B, N), X (P, N), values (P, D).

    `longest` is max_mu |x_mu|. Raises ValueError where a score would leave the numbers there are.
    """
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(s, axis=-1)
        bound = sharpness * (lengths.max(initial=0.0) * longest + (0.0 if inner is None else np.abs(inner).max()))
    if not bound < 1e300:
        raise ValueError(
            f"scores sharpness x pattern . state may reach {bound:.3g}, beyond the numbers there are, with sharpness "
            f"{sharpness:g}; scale the patterns or the states down"
        )
    if patterns.dtype != np.float32 or inner is not None or longest > LARGEST:
        return double_precision(s, patterns, sharpness, values, inner)
    moderate = np.maximum(lengths, longest) * max(sharpness, 1 / sharpness, 1.0) < MODERATE
    exact = ~(moderate & (sharpness * lengths * longest <= SINGLE))
    step, log_sum = _compiled(s, patterns, sharpness, values, exact)
    # Rounding must not lift the sum above its bound, or an energy would fall below zero.
    return step, np.minimum(log_sum, lengths * longest + np.log(len(patterns)) / sharpness)


def _compiled(s: Array, patterns: Array, sharpness: float, values: Array, exact: Array) -> tuple[Array, Array]:
    """By the kernel; the scores of rows where `exact` is true are of double precision."""
    from hopphys.kernels.attention import attend
    from hopphys.kernels.tiles import LANES

    size = patterns.shape[1]
    bytes_needed = threads() * LANES * (8 * size + 12 * values.shape[1] + 12 * KEYS)
    require(bytes_needed, f"attention of {LANES} states of {size} sites a thread", "use fewer threads")
    step, log_sum = np.empty((len(s), values.shape[1]), np.float32), np.empty(len(s))

    def work(rows: Array) -> None:
        kind = np.float64 if exact[rows[0]] else np.float32
        found, logs = np.empty((len(rows), values.shape[1]), np.float32), np.empty(len(rows))
        block = min(KEYS, max(12, CACHE // size // 6 * 6))
        attend(s[rows].astype(kind), patterns, values, kind(sharpness / np.log(2)), block, found, logs)
        step[rows], log_sum[rows] = found, logs * np.log(2) / sharpness

    strips = [rows[a : a + LANES] for rows in map(np.flatnonzero, (~exact, exact)) for a in range(0, len(rows), LANES)]
    _deal(work, strips, 2.0 * len(s) * patterns.size)
    return step, log_sum


def _deal(work: Callable[[Array], None], strips: list[Array], multiplications: float) -> None:
    """One strip of states after another, over threads where there is enough to do; no strip knows of the others."""
    workers = min(threads(), len(strips)) if multiplications > SERIAL else 1
    if workers <= 1:
        for strip in strips:
            work(strip)
        return
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(work, strips):
            pass


def double_precision(
    s: Array, patterns: Array, sharpness: float, values: Array, inner: Array | None = None
) -> tuple[Array, Array]:
    """The same in NumPy and double precision, for patterns of any type; blocks of scores take 8 MB."""
    step, log_sum = np.empty((len(s), values.shape[1])), np.empty(len(s))
    for first in range(0, len(s), QUERIES):
        rows = slice(first, first + QUERIES)
        step[rows], log_sum[rows] = _scan(s[rows], _blocks(patterns, values, inner), sharpness, values.shape[1])
    return step, log_sum


def _blocks(patterns: Array, values: Array, inner: Array | None) -> Iterator[tuple[Array, Array, Array | float]]:
    keys = max(64, min(ENTRIES // QUERIES, ENTRIES // max(patterns.shape[1], values.shape[1], 1)))
    for first in range(0, len(patterns), keys):
        part = slice(first, first + keys)
        x = patterns[part].astype(float, copy=False)
        yield (
            x,
            x if values is patterns else values[part].astype(float, copy=False),
            0.0 if inner is None else inner[part],
        )


def _scan(
    s: Array, blocks: Iterator[tuple[Array, Array, Array | float]], sharpness: float, width: int
) -> tuple[Array, Array]:
    top, total, sums = np.full(len(s), -np.inf), np.zeros(len(s)), np.zeros((len(s), width))
    for x, v, inner in blocks:
        scores = s @ x.T
        scores += inner
        scores *= sharpness
        raised = np.maximum(top, scores.max(axis=-1))
        scores -= raised[:, None]
        np.exp(scores, out=scores)
        factor = _rescaling(top, raised)
        total = total * factor + scores.sum(axis=-1)
        sums = sums * factor[:, None] + scores @ v
        top = raised
    return sums / total[:, None], (top + np.log(total)) / sharpness


def _rescaling(before: Array, now: Array) -> Array:
    """What the sums so far are multiplied by where a block raises the maximum of the scores, (B,)."""
    return np.asarray(np.exp(before - now))


__all__ = ["softmax_step", "softmax_step_and_energy"]

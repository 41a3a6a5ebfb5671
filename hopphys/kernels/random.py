"""Counter-based random numbers: each one a pure function of (seed, purpose, replica, sweep, attempt, draw).

A *key* is 128 bits hashed from the seed, a purpose and the values that say what is being computed. A *stream* is the
key of one replica: an offset and an odd increment, so two streams do not overlap even where their counters do. The
counter packs (sweep, attempt, draw) into 64 bits, and SplitMix64's finaliser turns the position in the Weyl sequence
into a number (Steele, Lea & Flood 2014, OOPSLA; the variant-13 mixer of Stafford).
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from hopphys.types import Array

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
SHIFT_30, SHIFT_27, SHIFT_31, SHIFT_11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
ONE = np.uint64(1)
ALTERNATING = np.uint64(0xAAAAAAAAAAAAAAAA)

# 30 bits of sweep, 31 of attempt, 3 of draw: 10^9 sweeps of 2 x 10^9 attempts with 8 draws each.
SWEEP_SHIFT, ATTEMPT_SHIFT = np.uint64(34), np.uint64(3)
MAX_SWEEP, MAX_ATTEMPT, MAX_DRAW = 2**30, 2**31, 8
TO_UNIT = 2.0**-53


def mix(z: Any) -> Any:
    """Finalise a 64-bit word: a bijection under which neighbouring counters look unrelated."""
    z = (z ^ (z >> SHIFT_30)) * MIX_1
    z = (z ^ (z >> SHIFT_27)) * MIX_2
    return z ^ (z >> SHIFT_31)


def counter(sweep: Any, attempt: Any, draw: Any) -> Any:
    """Pack (sweep, attempt, draw) into 64 bits."""
    return (sweep << SWEEP_SHIFT) | (attempt << ATTEMPT_SHIFT) | draw


def key(seed: int, purpose: str, *values: object) -> tuple[int, int]:
    """Hash what a computation *is* into 128 bits, as two 64-bit integers.

    Floats enter by their exact bits, so 0.1 + 0.2 and 0.3 are different points. Raises ValueError for a seed that is
    not a non-negative integer.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"seed must be a non-negative integer, but it is {seed!r}")
    text = "\x1f".join([str(int(seed)), purpose, *map(_canonical, values)])
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")


def _canonical(value: object) -> str:
    if isinstance(value, (float, np.floating)):
        return float(value).hex()
    if isinstance(value, np.integer):
        return str(int(value))
    return repr(value)


def streams(identity: Any, count: int, first: int = 0) -> Array:
    """Streams of replicas first, ..., first + count - 1: uint64 (count, 2), offset and odd increment.

    `identity` is a key, or many of them (..., 2) for streams (..., count, 2). A replica's stream depends on its key and
    number alone, so replicas may be computed in any chunks.
    """
    replica = np.arange(first, first + count, dtype=np.uint64) + ONE
    keys = np.asarray(identity, dtype=np.uint64)[..., None, :]
    offset = mix(keys[..., 0] ^ mix(replica * GOLDEN))
    increment = mix(keys[..., 1] ^ mix(replica * MIX_2)) | ONE
    # An increment with long runs of equal bits makes a poor Weyl sequence (Steele, Lea & Flood 2014, section 4.6).
    runs = np.bitwise_count(increment ^ (increment >> ONE))
    return np.stack([offset, np.where(runs < 24, increment ^ ALTERNATING, increment)], axis=-1)


def words(stream: Array, sweep: Any, attempt: Any, draw: Any = 0) -> Array:
    """Random 64-bit words of streams (..., 2) at broadcast (sweep, attempt, draw)."""
    place = counter(_as_words(sweep), _as_words(attempt), _as_words(draw))
    return np.asarray(mix(stream[..., 0] + stream[..., 1] * place))


def _as_words(values: Any) -> Array:
    return np.atleast_1d(np.asarray(values)).astype(np.uint64)


def uniforms(stream: Array, sweep: Any, attempt: Any, draw: Any = 0) -> Array:
    """Uniform numbers in [0, 1) with 53 random bits, at broadcast (sweep, attempt, draw).

    `uniforms(streams(key(seed, "patterns"), D)[:, None, :], 0, np.arange(n))` has shape (D, n).
    """
    return (words(stream, sweep, attempt, draw) >> SHIFT_11).astype(np.float64) * TO_UNIT


def below(word: Any, bound: Any) -> Any:
    """An integer in [0, bound) from a word's upper 32 bits; bound < 2^31, bias below bound / 2^32."""
    return ((word >> np.uint64(32)) * bound) >> np.uint64(32)

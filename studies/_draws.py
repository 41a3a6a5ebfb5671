"""Which of many: spread evenly, or by random numbers, functions of their seed alone in every version of NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import hopphys as hp

BITS = 64


def spread(count: int, some: int) -> npt.NDArray[np.intp]:
    """`some` of 0 to count - 1, the first and the last among them, as even as can be; all where there are no more.

    For probes: rules that learn one pattern after another treat late ones unlike early ones (Storkey's: the oldest are
    worst).
    """
    return np.linspace(0, count - 1, min(some, count)).round().astype(np.intp)


def numbers(count: int, seed: int, first: int = 0) -> npt.NDArray[np.uint64]:
    """So many independent whole numbers below 2^64; `first` counts independent sets of them."""
    bits = hp.patterns.random(count, BITS, seed=seed, disorder=1, first=first)[0]
    return np.packbits(bits > 0, axis=-1).view(">u8")[:, 0].astype(np.uint64)


def uniforms(count: int, seed: int, first: int = 0) -> npt.NDArray[np.float64]:
    """So many numbers in [0, 1), in steps of 2^-53."""
    return np.asarray((numbers(count, seed, first) >> np.uint64(11)) * 2.0**-53, dtype=np.float64)


def order(count: int, seed: int, first: int = 0) -> npt.NDArray[np.intp]:
    """0 to count - 1 in a random order."""
    return np.argsort(numbers(count, seed, first), kind="stable")


def shuffled(values: npt.NDArray[Any], seed: int, first: int = 0) -> npt.NDArray[Any]:
    """Every column of (P, N) in a random order of its own."""
    ranks = numbers(values.size, seed, first).reshape(values.shape)
    return np.take_along_axis(values, np.argsort(ranks, axis=0, kind="stable"), axis=0)

"""Which memory, or which mixture of memories, a state is: by overlaps, for any number of units."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from math import comb

import numpy as np

from hopphys.types import Array

FEW = 512  # mixtures that are compared one by one; of more, the one that a state's own overlaps point at
BLOCK = 2**24  # entries of states, or of mixtures, that are held at once
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Identity:
    """What states (R, N) are most like.

    weights : (R, P) int8, the state is most like sign(sum_mu weights_mu xi_mu); all 0 where no overlap reaches `near`
    likeness : (R,) overlap with that state; where weights are 0, the largest |overlap| with a pattern
    overlaps : (R, P) with the patterns
    """

    weights: Array
    likeness: Array
    overlaps: Array


def identify(states: Array, patterns: Array, mixtures: tuple[int, ...], near: float) -> Identity:
    """Identity of ±1 states (R, N) beside patterns (P, N): patterns first, then mixtures of each odd number of them.

    A state is a pattern or its negative where |m| >= near, unless a mixture is more like it still. In a mixture of n,
    the n largest |m_mu| and their signs name the members. At small N that may mislead, so that all mixtures are tried
    where there are at most 512 of a number.
    """
    xi = patterns.astype(float)
    overlaps = np.concatenate([part.astype(float) @ xi.T for part in _blocks(states, states.shape[1])]) / xi.shape[1]
    best = np.abs(overlaps).argmax(axis=1)
    rows = np.arange(len(states))
    likeness = np.abs(overlaps[rows, best])
    weights = np.zeros(overlaps.shape, np.int8)
    weights[rows, best] = np.where(overlaps[rows, best] >= 0, 1, -1)
    for count in mixtures:
        if count <= len(patterns):
            other, like = _most_like(states, patterns, overlaps, count)
            better = (like >= near - ROUNDING) & (like > likeness + ROUNDING)
            weights[better], likeness[better] = other[better], like[better]
    weights[likeness < near - ROUNDING] = 0
    return Identity(weights, likeness, overlaps)


def _most_like(states: Array, patterns: Array, overlaps: Array, count: int) -> tuple[Array, Array]:
    """Weights (R, P) and overlap (R,) of the mixture of so many patterns that each state is most like."""
    if comb(len(patterns), count) * 2 ** (count - 1) <= FEW:
        return _of_all(states, patterns, _choices(len(patterns), count))
    weights = np.zeros(overlaps.shape, np.int8)
    chosen = np.argpartition(-np.abs(overlaps), count - 1, axis=1)[:, :count]
    signs = np.where(np.take_along_axis(overlaps, chosen, axis=1) >= 0, 1, -1).astype(np.int8)
    np.put_along_axis(weights, chosen, signs, axis=1)
    like = [
        (np.sign(np.einsum("rm,rmn->rn", sign, patterns[choice])) * part).mean(axis=1)
        for part, choice, sign in zip(
            *(_blocks(array, count * states.shape[1]) for array in (states, chosen, signs)), strict=True
        )
    ]
    return weights, np.concatenate(like)


def _of_all(states: Array, patterns: Array, choices: Array) -> tuple[Array, Array]:
    mixed = np.sign(choices @ patterns).astype(float)
    all_overlaps = [part.astype(float) @ mixed.T / patterns.shape[1] for part in _blocks(states, len(mixed))]
    overlap = np.concatenate(all_overlaps)
    best = np.abs(overlap).argmax(axis=1)
    value = overlap[np.arange(len(states)), best]
    sign = np.where(value >= 0, 1, -1).astype(np.int8)
    return np.asarray(choices[best] * sign[:, None]), np.abs(value)


def _choices(patterns: int, count: int) -> Array:
    """Weights (M, P) of all mixtures of so many patterns, up to an overall sign."""
    signs = np.array([(1, *rest) for rest in product((1, -1), repeat=count - 1)], dtype=np.int8)
    weights = []
    for chosen in combinations(range(patterns), count):
        part = np.zeros((len(signs), patterns), np.int8)
        part[:, chosen] = signs
        weights.append(part)
    return np.concatenate(weights)


def _blocks(array: Array, width: int) -> list[Array]:
    """Rows in pieces for which `width` entries each stay within BLOCK."""
    step = max(1, BLOCK // width)
    return [array[first : first + step] for first in range(0, len(array), step)]

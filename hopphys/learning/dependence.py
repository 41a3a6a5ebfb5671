"""Which patterns add nothing to the others, and how many: the words of an error about patterns that are dependent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import linalg

from hopphys.types import Array

NAMED = 5  # so many groups, and patterns of one, are named; the rest is counted
NEGLIGIBLE = 1e-5  # length of a pattern outside the space of the others, beside the longest, that is rounding


def dependence(spins: Array) -> str:
    """Rank of ±1 patterns (P, N) that are known to be dependent, and which add nothing: copies first."""
    kept, words = copies(spins)
    rank, lost = _combinations(spins[kept], must=len(kept) == len(spins))
    if lost:
        numbers = [int(kept[index]) for index in lost]
        words.append(f"{_patterns(numbers)} add{'s' * (len(numbers) == 1)} nothing to the others")
    return f"rank {rank} of {len(spins)} patterns: {'; '.join(words)}"


def copies(spins: Array) -> tuple[Array, list[str]]:
    """The first of each kind, patterns and their negatives being one, and what equals them, in words; (P, N)."""
    signs = spins[:, :1]  # ±1: turns every pattern so that its first bit is +1
    _, first, kind = np.unique(spins * signs, axis=0, return_index=True, return_inverse=True)
    kind = kind.ravel()
    groups = []
    for original in np.sort(first):
        others = np.flatnonzero(kind == kind[original])[1:]
        same = signs[others, 0] == signs[original, 0]
        groups += _group(int(original), others[same].tolist(), others[~same].tolist())
    more = [f"{len(groups) - NAMED} more groups of copies"] if len(groups) > NAMED else []
    return np.sort(first), groups[:NAMED] + more


def _group(original: int, same: list[int], turned: list[int]) -> list[str]:
    words = []
    if same:
        words.append(f"{_patterns(same)} equal{'s' * (len(same) == 1)} pattern {original}")
    if turned:
        kind = "is the negative" if len(turned) == 1 else "are negatives"
        words.append(f"{_patterns(turned)} {kind} of pattern {original}")
    return [" and ".join(words)] if words else []


def _patterns(numbers: Sequence[int]) -> str:
    named = ", ".join(map(str, numbers[:NAMED]))
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return f"pattern{'s' * (len(numbers) > 1)} {named}{more}"


def _combinations(spins: Array, must: bool) -> tuple[int, list[int]]:
    """Rank, and the patterns left over by pivoted QR, which are combinations of the others; one at least if it must."""
    triangle, pivots = linalg.qr(spins.T, mode="r", pivoting=True)
    weights = np.abs(np.diag(triangle))
    rank = min(int(np.sum(weights > NEGLIGIBLE * weights[0])), len(spins) - must)
    return rank, sorted(pivots[rank:].tolist())


__all__ = ["copies", "dependence"]

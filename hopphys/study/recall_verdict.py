"""What a restored state is: a memory, its negative, a mixture, or a spurious state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hopphys.patterns import overlap
from hopphys.types import Array

WRONG = 0.05  # of the pixels: a state with more of them wrong is not called the memory (overlap 0.9)
BLEND = 0.95  # overlap with a mixture from which a state is called that mixture
LARGEST_BLEND = 9


@dataclass(frozen=True)
class Verdict:
    """What a state is: "memory", "negative", "mixture" or "spurious", of which patterns, and its overlap with that."""

    kind: str
    members: tuple[int, ...]
    overlap: float


def verdict(state: Array, patterns: Array) -> Verdict:
    """Name a ±1 state (N,) by the patterns (P, N).

    A memory (or its negative) has at most 5 % of its pixels wrong, and no more than half of those in which its nearest
    neighbour differs; an even mixture of 3, 5, 7 or 9 patterns, or of all, has overlap 0.95 with the sign of their sum.
    """
    m = overlap(state, patterns)
    best, closest = int(np.argmax(np.abs(m))), int(np.argmax(m))
    for index, kind in ((closest, "memory"), (best, "negative")):
        distances = (1 - np.abs(overlap(patterns[index], patterns))) / 2
        nearest = min(distances[distances > 0.25 / len(state)], default=1.0)
        if (1 - m[index] * (1 if kind == "memory" else -1)) / 2 <= min(WRONG, float(nearest) / 2):
            return Verdict(kind, (index,), float(m[index]))
    order = np.argsort(-np.abs(m), kind="stable")
    counts = [n for n in range(3, LARGEST_BLEND + 1, 2) if n <= len(m)]
    for count in counts + [len(m)] * (len(m) > 2 and len(m) not in counts):
        members = order[:count]
        total = np.sign(m[members]) @ patterns[members].astype(float)
        decided = total != 0  # an even number of patterns can tie
        likeness = float(np.mean(np.sign(total[decided]) * state[decided])) if decided.any() else 0.0
        if likeness >= BLEND and decided.mean() > 0.5:
            return Verdict("mixture", tuple(int(i) for i in members), likeness)
    return Verdict("spurious", (best,), float(m[best]))

"""Past the best: patterns that dreams had fixed and then lost, which nothing in the couplings tells of.

Every dream takes the same weight, rate/N a unit, and Hebb's rule gave load · N of such weights, whatever the patterns:
so all is gone when x = rate · dreams / N reaches the load, give or take a twentieth, and the best lies as far below.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from hopphys.alphabets import recast
from hopphys.features import Patterns
from hopphys.hamiltonian import Hamiltonian
from hopphys.learning.learned import stabilities
from hopphys.separation import Quadratic
from hopphys.spaces import SPIN
from hopphys.types import Array

BELOW = 0.05  # the best x = rate · dreams / N lies so far below the load: own simulations of Hebb, N = 400
CALLER = 4  # `warn_of_collapse`, `unlearn_watched` and `unlearn`, or `unlearned`, lie between the warning and the user
TIE = 1e-9  # in lengths of a row: a field below it is a tie, which moves nothing


@dataclass(frozen=True, eq=False)
class Look:
    """Patterns after some dreams: smallest stability, and number of patterns fixed, of each disorder sample (D,)."""

    dreams: int
    weakest: Array
    fixed: Array


def rule_of_thumb(count: int, size: int, rate: float) -> int:
    """The best number of dreams, max(load - 0.05, 0) N / rate."""
    return round(max(count / size - BELOW, 0.0) * size / rate)


def looks_on_the_way(dreams: int, patterns: Array, rate: float) -> list[int]:
    """Numbers of dreams below `dreams` at which to look: none, and the best by rule of thumb."""
    best = rule_of_thumb(patterns.shape[-2], patterns.shape[-1], rate)
    return sorted({at for at in (0, best) if at < dreams})


def patterns_within(net: Hamiltonian) -> Array | None:
    """The patterns (..., P, N), ±1, of a network that keeps them and couples them by Hebb's rule; None of others."""
    kept = recast(net, SPIN).interaction
    if not isinstance(kept, Patterns) or kept.separation != Quadratic() or kept.inner is not None:
        return None
    written = (kept.scale, kept.shift) == (1.0, 0.0) and bool((np.abs(kept.patterns) == 1).all())
    return kept.patterns if written else None


def health(net: Hamiltonian, patterns: Array) -> tuple[Array, Array]:
    """Smallest stability (...), and number of patterns that are fixed points, ties kept (...); dense couplings."""
    spins = recast(net, SPIN)
    aligned = stabilities(spins.interaction.couplings, spins.bias, patterns)
    return np.asarray(aligned.min(axis=(-2, -1))), np.asarray((aligned >= -TIE).all(axis=-1).sum(axis=-1))


def look(dreams: int, net: Hamiltonian, patterns: Array) -> Look:
    return Look(dreams, *(np.atleast_1d(values) for values in health(net, patterns)))


def warn_of_collapse(looks: list[Look], count: int) -> None:
    """Warn where the last look has fewer of the `count` patterns fixed than an earlier one, in some sample.

    What counts before dreaming: the weakest bit must have been less weak as well, for beyond Hebb's capacity a pattern
    or two are fixed by chance. Where none was ever fixed, that bit alone decides.
    """
    *earlier, last = looks
    weaker = last.weakest < earlier[0].weakest
    none = np.max([at.fixed for at in looks], axis=0) == 0
    lost = weaker & none
    for at in earlier:
        lost |= (last.fixed < at.fixed) & (weaker | (at.dreams > 0))
    if lost.any():
        best = max(earlier, key=lambda at: int(at.fixed[lost].sum()))
        warnings.warn(_told(best, last, lost, count), stacklevel=CALLER)


def _told(best: Look, last: Look, lost: Array, count: int) -> str:
    samples = f" in {lost.sum()} of {lost.size} disorder samples" if lost.size > 1 else ""
    then, now = ((int(at.fixed[lost].sum()), float(at.weakest[lost].min())) for at in (best, last))
    when, instead = (
        (f"after {best.dreams}", f"dream {best.dreams} times") if best.dreams else ("before any", "dream less")
    )
    return (
        f"{last.dreams} dreams went past the best{samples}: {now[0]} of {count * lost.sum()} patterns are fixed, "
        f"{then[0]} were {when}; the smallest stability is {now[1]:.2f} and was {then[1]:.2f}; "
        f"{instead}, or watch the patterns with hp.learning.dream_until"
    )

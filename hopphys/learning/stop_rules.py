"""How many dreams: Hebb's couplings after the number that a rule of thumb names, or dreams that watch the patterns.

Unlearning does not know when to stop: past its best the patterns themselves are worn away, all at once. Who knows the
patterns can look: `dream_until` keeps the network at its best, and says whether the dreams it made ended in collapse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from hopphys.checks import whole
from hopphys.hamiltonian import Hamiltonian
from hopphys.learning.collapse import health, rule_of_thumb
from hopphys.learning.hebbian import pattern_matrix
from hopphys.learning.unlearning import DREAMS, NUMBERS, check_rate, dream, unlearn_watched
from hopphys.patterns import stored
from hopphys.types import Array

END = 0.5  # nothing is left so far above the load: dreams take rate/N of a weight of load per unit


@dataclass(frozen=True, eq=False)
class Unlearned:
    """Where dreams were stopped, and what was seen on the way.

    network : the one of the largest smallest stability among those looked at
    dreams : its number of dreams
    history : (looks, 3): dreams, smallest stability xi_i h_i / |J_i|, fraction of fixed patterns, in order
    collapsed : whether the dreams went on until less than half of the patterns that were fixed at best still were,
        or, where none ever was, until the smallest stability fell below that before dreaming. `network` is from before.
    """

    network: Hamiltonian
    dreams: int
    history: Array
    collapsed: bool


def unlearned(patterns: Any, dreams: int | None = None, rate: float = 0.01, seed: int = 0) -> Array:
    r"""Hebb's couplings after dreams, J_ij -= (rate / N) s_i s_j each (Hopfield, Feinstein & Palmer 1983).

    Parameters
    ----------
    patterns : (..., P, N), ±1 or 0/1; each sample dreams its own dreams
    dreams : 1 or more; by default max(load - 0.05, 0) N / rate, about the best at any load by our own simulations
        (N = 400): none for loads up to 0.05
    rate : above 0, at most 1, where one dream takes what one pattern gave

    Returns
    -------
    (..., N, N), symmetric. Local and incremental; O(N²) a dream, so O(load N³ / rate) altogether. Renaming or turning
    over units gives the same couplings in law only: the noise that dreams start from is numbered by unit.

    Warns where dreams went past the best, as `unlearn` does: fewer patterns are fixed than before dreaming, or than
    after the number by default.
    """
    check_rate(rate)
    spins = pattern_matrix(patterns).astype(np.int8)
    *lead, count, size = spins.shape
    number = rule_of_thumb(count, size, rate) if dreams is None else _at_least_one(dreams)
    after = unlearn_watched(_hebbian(spins.reshape(-1, count, size)), number, rate, seed)
    return np.asarray(after.interaction.couplings.reshape(*lead, size, size))


def dream_until(
    net: Hamiltonian,
    patterns: Any,
    *,
    rate: float = 0.01,
    seed: int,
    look_every: int | None = None,
    patience: int = 5,
) -> Unlearned:
    r"""Dream, look at the patterns now and then, and stop once the smallest stability has not grown for a while.

    Parameters
    ----------
    net : what `unlearn` takes, one disorder sample of ±1 units
    patterns : (P, N), what must stay stable
    look_every : dreams between two looks; by default 0.01 N / rate, one hundredth of x
    patience : so many looks without a gain end it; a large one runs on into the collapse, and says so

    The dreams are those of `unlearn(net, dreams, rate, seed=seed)`, bit for bit. They end in any case at
    (load + 0.5) N / rate. Raises ValueError for a rate outside 0 to 1, and what `unlearn` refuses.
    """
    check_rate(rate)
    xi = stored(patterns)
    if net.disorder or xi.shape != (len(xi), net.size):
        raise ValueError(
            f"dream_until watches patterns (P, {net.size}) of one network, but they are {xi.shape} and the network "
            f"has {net.disorder or 'no'} disorder samples; take one sample at a time"
        )
    every = max(1, round(0.01 * net.size / rate)) if look_every is None else whole(look_every, "look_every", 1)
    last = min(int((len(xi) / net.size + END) * net.size / rate) + every, DREAMS - 1)
    return _watch(dream(net, range(0, last, every), rate, seed=seed), xi, whole(patience, "patience", 1))


def _watch(dreaming: Iterator[Any], xi: Array, patience: int) -> Unlearned:
    history: list[tuple[float, float, float]] = []
    best, found = 0, None
    for look, at in enumerate(dreaming):
        history.append((at.dreams, *_health(at.network, xi)))
        if found is None or history[look][1] > history[best][1]:
            best, found = look, at
        if look - best >= patience:
            break
    assert found is not None  # the first look is at no dreams
    seen = np.array(history)
    return Unlearned(found.network, found.dreams, seen, _collapsed(seen))


def _health(net: Hamiltonian, xi: Array) -> tuple[float, float]:
    """Smallest stability, and fraction of patterns that are fixed points (ties keep)."""
    weakest, fixed = health(net, xi)
    return float(weakest), float(fixed) / len(xi)


def _collapsed(history: Array) -> bool:
    stability, fixed = history[:, 1], history[:, 2]
    return bool(fixed[-1] < fixed.max() / 2 if fixed.any() else stability[-1] < stability[0])


def _hebbian(spins: Array) -> Hamiltonian:
    from hopphys.models import hopfield  # models imports the rules

    return hopfield(spins)


def _at_least_one(dreams: Any) -> int:
    if isinstance(dreams, bool) or not isinstance(dreams, NUMBERS[:2]) or not 1 <= dreams < DREAMS:
        raise ValueError(
            f"dreams must be a whole number from 1 to {DREAMS - 1}, but it is {dreams!r}; "
            "no dreams are hebb(patterns), None is the best number by rule of thumb"
        )
    return int(dreams)

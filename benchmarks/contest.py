"""What a benchmark is: pieces of work, and who does each of them. Plain values, no timing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Evidence = np.ndarray
Outcomes = Mapping[str, Sequence[Evidence]]

PRODUCT = "hopphys"
BEST = "best peer"


@dataclass(frozen=True)
class Check:
    """Whether the product and one other did the same work, and the figures that say so."""

    name: str
    agrees: bool
    figures: str


@dataclass(frozen=True)
class Measure:
    """A figure of the product that is no ratio, such as its memory; `limit` is the largest allowed, None for none."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def kept(self) -> bool:
        return self.limit is None or self.value <= self.limit


@dataclass(frozen=True)
class Entrant:
    """Somebody who does the work.

    `call(turn)` does it once and returns what the check compares; it draws other random numbers in each turn. `units`
    is the number of units of work in one call; a slow peer may do fewer, and is then compared by its cost a unit.
    `kind` is product, variant (the product in another way), peer, numpy, or bound (a limit of the machine).
    `fixed(turn)` does a call's preparations only: its time is taken off, in favour of a peer that prepares anew.
    """

    name: str
    call: Callable[[int], Evidence]
    units: float
    kind: str = "peer"
    package: str | None = None
    note: str = ""
    fixed: Callable[[int], Any] | None = None


@dataclass(frozen=True)
class Contest:
    """One piece of work, prepared: the product first, then the others, and how to see that all did the same.

    `needs` are what one call of the product cannot do without: "words" (random, 64 bits), "flops", "bytes" (moved to
    and from memory), "cached_bytes" (to and from the cache). `efforts` is how many units each needs for the goal, where
    that is not one and the same number: costs are multiplied by it.
    """

    entrants: Sequence[Entrant]
    check: Callable[[Outcomes], list[Check]]
    unit: str
    conditions: str
    needs: Mapping[str, float] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    measures: Callable[[Outcomes], list[Measure]] = lambda outcomes: []
    efforts: Callable[[Outcomes], Mapping[str, float]] = lambda outcomes: {}


@dataclass(frozen=True)
class Row:
    """A line of the table. `targets` are least ratios, by name of the entrant or `BEST`; `prepare(quick)` makes it.

    `label` is the title in few words, for the figure.
    """

    name: str
    title: str
    label: str
    prepare: Callable[[bool], Contest]
    targets: Mapping[str, float] = field(default_factory=dict)
    threads: int = 1
    turns: int | None = None  # at most so many, for work that takes long
    alone: bool = False  # the calls are processes of their own


@dataclass(frozen=True)
class Ladder:
    """Cost of one unit against a size: `prepare(size)` gives the call and its number of units.

    `promise` says how the cost should grow, where that is promised; processor time is then what is measured.
    """

    name: str
    title: str
    axis: str
    sizes: Sequence[int]
    prepare: Callable[[int], Entrant]
    unit: str = "attempt"
    quick_sizes: Sequence[int] = ()
    promise: str = ""


def gather(product: Entrant, **others: Callable[[], Entrant]) -> tuple[list[Entrant], dict[str, str]]:
    """The product and those of the others that can be made; what stopped the rest, by name.

    A peer that is not installed, or whose interface has changed, is named with its error, and the rest goes on.
    """
    entrants, absent = [product], {}
    for name, make in others.items():
        try:
            entrants.append(make())
        except Exception as error:
            absent[name] = describe(error)
    return entrants, absent


def describe(error: BaseException) -> str:
    """An error in one line of at most 300 characters."""
    first = str(error).strip().splitlines()
    return f"{type(error).__name__}: {first[0] if first else ''}"[:300]

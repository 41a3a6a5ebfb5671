"""Cost of learning: each rule of the catalogue by N at a fixed load, and by P at a fixed N, beside what it promises."""

from __future__ import annotations

from functools import partial

import numpy as np

import hopphys as hp
from benchmarks.contest import Entrant, Ladder
from hopphys.learning import RULES, Learned

LOAD = 0.3
SIZES = {"unlearning": (100, 200, 400), "perceptron": (500, 1000, 2000), "minimum_overlap": (250, 500, 1000)}
PRODUCTS = (500, 1000, 2000)  # of the other rules, which are matrix products
FIXED = {"unlearning": 200}  # number of units while the patterns grow: 1000 otherwise
COUNTS = {1000: (75, 150, 300, 600), 200: (30, 60, 120)}  # patterns at these


def learning(rule: str, count: int, size: int) -> Entrant:
    def call(turn: int) -> np.ndarray:
        learned = RULES[rule].learn(xi[(turn + 1) % len(xi)])
        found = learned.couplings if isinstance(learned, Learned) else learned
        return np.asarray((found[0] if isinstance(found, tuple) else found)[0])

    xi = hp.patterns.random(count, size, seed=3, disorder=4)  # other patterns in each turn
    return Entrant("hopphys", call, 1.0, "product", "hopphys")


def by_size(rule: str, size: int) -> Entrant:
    return learning(rule, round(LOAD * size), size)


def by_count(rule: str, size: int, count: int) -> Entrant:
    return learning(rule, count, size)


def ladders(rule: str) -> tuple[Ladder, Ladder]:
    title, (with_size, with_count) = RULES[rule].title, RULES[rule].grows
    sizes, fixed = SIZES.get(rule, PRODUCTS), FIXED.get(rule, 1000)
    return (
        Ladder(
            f"learn-{rule}-N", f"{title}, load {LOAD}", "N", sizes, partial(by_size, rule), "network", (40, 80),
            with_size,
        ),
        Ladder(
            f"learn-{rule}-P", f"{title}, N = {fixed}", "P", COUNTS[fixed], partial(by_count, rule, fixed), "network",
            COUNTS[fixed][:2], with_count,
        ),
    )  # fmt: skip


LADDERS = tuple(ladder for rule in RULES for ladder in ladders(rule))

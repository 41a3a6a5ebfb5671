"""A capacity curve (Amit, Gutfreund & Sompolinsky 1985): retrieved overlap at 16 loads, 32 samples of patterns each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import hopphys as hp
from benchmarks import numpy_user
from benchmarks.checks import same_mean
from benchmarks.contest import Contest, Entrant, Row, gather

TRIALS = 32


def prepare(quick: bool) -> Contest:
    size = 200 if quick else 1000
    loads = np.linspace(0.02, 0.20, 4 if quick else 16)
    # Patterns are the question, the same to everybody; learning them and recalling is the work.
    curve = [hp.patterns.random(round(load * size), size, seed=2, disorder=TRIALS) for load in loads]
    entrants, absent = gather(
        Entrant("hopphys", each(curve, product), len(curve) * TRIALS, "product", "hopphys"),
        numpy=lambda: Entrant("numpy", each(curve, numpy), len(curve) * TRIALS, "numpy", "numpy"),
        hopfieldkit=lambda: hopfieldkit(curve),
    )
    return Contest(
        entrants,
        same_mean("retrieved overlap, mean over loads"),
        "trial",
        f"N = {size}, {len(curve)} loads from {loads[0]} to {loads[-1]}, {TRIALS} trials each, from the pattern",
        absent=absent,
    )


def each(curve: list[np.ndarray], point: Callable[[np.ndarray, int], np.ndarray]) -> Callable[[int], np.ndarray]:
    """The whole curve: overlaps (loads, trials)."""
    return lambda turn: np.stack([point(xi, turn + 2) for xi in curve])


def product(xi: np.ndarray, seed: int) -> np.ndarray:
    found = hp.settle(hp.hopfield(xi), xi[:, :1], seed=seed)
    return np.einsum("drn,drn->dr", found["state"].values, xi[:, :1], dtype=float).ravel() / xi.shape[-1]


def numpy(xi: np.ndarray, seed: int) -> np.ndarray:
    return numpy_user.ags_point(xi, np.random.default_rng(seed)).astype(float)


def hopfieldkit(curve: list[np.ndarray]) -> Entrant:
    from hopfieldkit import HopfieldNetwork

    def point(xi: np.ndarray, seed: int) -> np.ndarray:
        trial = xi[seed % TRIALS]  # another one in each turn
        found = HopfieldNetwork(trial.shape[1]).fit(trial).recall(trial[0], seed=seed)
        return np.array([found @ trial[0] / trial.shape[1]])

    note = f"one of the {TRIALS} trials of each load, the cost of a trial compared"
    return Entrant("hopfieldkit", each(curve, point), len(curve), "peer", "hopfieldkit", note)


ROWS = (
    Row(
        "ags-curve", "AGS curve N = 1000, 16 loads × 32 trials", "AGS curve N = 1000", prepare,
        {"numpy": 80.0, "hopfieldkit": 500.0},
    ),
)  # fmt: skip

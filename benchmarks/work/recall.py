"""Recall at zero temperature: 64 damaged patterns of a Hopfield network to their fixed points, N = 4000."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import hopphys as hp
from benchmarks import numpy_user
from benchmarks.checks import same_mean
from benchmarks.contest import BEST, Contest, Entrant, Row, gather
from benchmarks.peers import Dwave, OpenJij, dense_bonds

CUES, FLIPPED = 64, 0.1
# Cold enough for any flip that costs energy (at least 2/N) to have a chance below exp(-100).
COLD = 1e6


def prepare(quick: bool) -> Contest:
    size = 800 if quick else 4000
    xi = hp.patterns.random(size // 10, size, seed=2)
    cues = hp.patterns.corrupt(xi[:CUES], flip=FLIPPED, seed=3)
    matrix = numpy_user.couplings(xi)
    scored = Scored(xi, matrix)
    net = hp.hopfield(xi)
    entrants, absent = gather(
        Entrant("hopphys", lambda turn: scored(settled(net, cues, turn)), CUES, "product", "hopphys"),
        dense=lambda: variant(xi, cues, scored),
        openjij=lambda: openjij(matrix, cues, scored),
        dwave=lambda: dwave(matrix, cues, scored),
        numpy=lambda: numpy("numpy", numpy_user.recall, matrix, cues, scored),
        blocks=lambda: numpy("numpy, blocks", numpy_user.recall_by_blocks, matrix, cues, scored),
    )
    return Contest(
        entrants,
        same_mean("overlap with the pattern"),
        "cue",
        f"N = {size}, P = {size // 10}, {CUES} cues with {FLIPPED:.0%} of their sites flipped, to fixed points",
        absent=absent,
    )


def settled(net: hp.Hamiltonian, cues: np.ndarray, turn: int) -> np.ndarray:
    found = hp.settle(net, cues, seed=turn + 2)
    if not bool(found["converged"].all()):
        raise RuntimeError("a cue has not settled")
    return found["state"].values


class Scored:
    """Overlap of each final state with its pattern, (R,), and whether states are fixed points."""

    def __init__(self, patterns: np.ndarray, matrix: np.ndarray) -> None:
        self.patterns, self.matrix = patterns[:CUES].astype(np.float32), matrix

    def __call__(self, states: np.ndarray) -> np.ndarray:
        return (states.astype(np.float32) * self.patterns).mean(1).astype(float)

    def fixed(self, states: np.ndarray) -> bool:
        # Multiples of 1/N: what is nearer to zero than half of one is a tie that float32 did not sum to zero.
        field = states.astype(np.float32) @ self.matrix * states
        return bool((field > -0.5 / states.shape[1]).all())


def variant(xi: np.ndarray, cues: np.ndarray, scored: Scored) -> Entrant:
    net = hp.hopfield(xi, rule=lambda patterns: hp.hebb(patterns))
    return Entrant("hopphys, couplings", lambda turn: scored(settled(net, cues, turn)), CUES, "variant", "hopphys")


def openjij(matrix: np.ndarray, cues: np.ndarray, scored: Scored) -> Entrant:
    sampler = OpenJij(matrix.shape[0], matrix=matrix)

    def run(sweeps: int, turn: int) -> np.ndarray:
        return sampler.run(sampler.schedule([COLD], sweeps), cues, turn + 2)

    return settling("openjij", "openjij", run, matrix, cues, scored)


def dwave(matrix: np.ndarray, cues: np.ndarray, scored: Scored) -> Entrant:
    sampler = Dwave(*dense_bonds(matrix), matrix.shape[0])

    def run(sweeps: int, turn: int) -> np.ndarray:
        return sampler.run([COLD], CUES, turn + 2, sweeps_each=sweeps, start=cues).record.sample

    return settling("dwave-samplers", "dwave-samplers", run, matrix, cues, scored)


def settling(
    name: str, package: str, run: Callable[[int, int], np.ndarray], matrix: np.ndarray, cues: np.ndarray, scored: Scored
) -> Entrant:
    """A sampler that cannot tell when it has settled: it is given the fewest sweeps that settle all, in its favour."""
    sweeps = sweeps_to_settle(matrix, cues)
    while not scored.fixed(run(sweeps, 0)):
        sweeps += 1
        if sweeps > 60:
            raise RuntimeError("not every cue has settled after 60 sweeps")
    note = f"{sweeps} sweeps, the fewest after which all are fixed"
    return Entrant(name, lambda turn: scored(run(sweeps, turn)), CUES, "peer", package, note)


def sweeps_to_settle(matrix: np.ndarray, cues: np.ndarray) -> int:
    """Sweeps in the order of the sites that settle every cue: what samplers that go through them in order need."""

    class InOrder:
        sweeps = 0

        def permutation(self, size: int) -> np.ndarray:
            self.sweeps += 1
            return np.arange(size)

    order = InOrder()
    numpy_user.recall_by_blocks(matrix, cues, order)
    return max(1, order.sweeps - 1)  # the last sweep changed nothing


def numpy(name: str, rule: Callable[..., np.ndarray], matrix: np.ndarray, cues: np.ndarray, scored: Scored) -> Entrant:
    def call(turn: int) -> np.ndarray:
        return scored(rule(matrix, cues, np.random.default_rng(turn + 2)))

    return Entrant(name, call, CUES, "numpy", "numpy")


ROWS = (
    Row(
        "recall-4000", "recall to a fixed point, N = 4000, 64 cues", "recall N = 4000", prepare,
        {BEST: 50.0, "numpy": 20.0},
    ),
)  # fmt: skip

"""What the basins study does with networks: cues of three kinds, rules on the same patterns, where each cue ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from hopphys.studies import _draws as draws

import hopphys as hp

Array = npt.NDArray[Any]

CUES = ("flipped", "erased", "clamped")
RECALLED = 0.95  # overlap from which a final state counts as the pattern
PATIENCE = 50  # sweeps after which directed couplings, which may cycle, are left alone
PURPOSES = 4  # seeds in a row: patterns, damage, known sites, and what stands in the place of unknown ones


def probed(patterns: Array, cues: int) -> Array:
    """`cues` patterns of each sample, spread over the order in which they were stored: (D, cues, N)."""
    return np.asarray(patterns[:, draws.spread(patterns.shape[-2], cues)])


def damaged(own: Array, overlaps: Array, seed: int) -> dict[str, Array]:
    """Cues of the first two kinds, (D, M, cues, N), M initial overlaps: flipped, erased."""
    flipped = [hp.patterns.corrupt(own, flip=(1 - m) / 2, seed=seed) for m in overlaps]
    erased = [hp.patterns.erase(own, fraction=1 - m, seed=seed) for m in overlaps]
    return {"flipped": np.stack(flipped, axis=1), "erased": np.stack(erased, axis=1)}


def exactly_flipped(patterns: Array, fraction: float, seed: int) -> Array:
    """Cues of the patterns' shape, each with round(fraction N) bits flipped, no more and no fewer, at random sites."""
    marks = hp.patterns.erase(np.ones_like(patterns), fraction=fraction, fill=-1, seed=seed)
    return np.asarray(patterns * marks)


def known(size: int, overlap: float, seed: int) -> Array:
    """Which sites of a clamped cue are known, (N,): round(m0 N) of them, more of the same for a larger m0."""
    marks = hp.patterns.erase(np.ones((1, size), np.int8), fraction=1 - overlap, fill=-1, seed=seed)
    return np.asarray(marks[0] > 0)


class Trained:
    """One rule on the patterns (D, P, N) of all samples.

    A network has one bias; where a rule gives each sample its own, there is a network a sample.
    """

    def __init__(self, rule: Any, patterns: Array) -> None:
        learned = rule(patterns)
        stepwise = isinstance(learned, hp.learning.Learned)
        couplings, bias = learned if isinstance(learned, tuple) else (learned, 0.0)
        if stepwise:
            couplings, bias = learned.couplings, learned.bias
        self.couplings = np.asarray(couplings)
        self.bias = np.broadcast_to(np.asarray(bias, dtype=float), self.couplings.shape[:-1])
        directed = stepwise and learned.directed
        samples = range(len(patterns)) if self.bias.any() else [slice(None)]
        self.networks = [(d, self._network(patterns, d, directed)) for d in samples]

    def _network(self, patterns: Array, which: Any, directed: bool) -> hp.Hamiltonian:
        bias = self.bias[0] if isinstance(which, slice) else self.bias[which]
        learned = hp.learning.Learned(self.couplings[which], bias, *(np.ones(1),) * 3, directed=directed)
        return hp.hopfield(patterns[which], rule=lambda _: learned)

    def settle(self, cues: Array, seed: int, clamp: Array | None = None, **how: Any) -> tuple[Array, Array]:
        """Final states of cues (D, R, N), and which of them settled, (D, R)."""
        parts = []
        for number, (which, network) in enumerate(self.networks):
            held = network if clamp is None else network.clamp(np.flatnonzero(clamp).tolist())
            found = hp.settle(held, cues[which], seed=seed + PURPOSES * number, **{"max_sweeps": PATIENCE} | how)
            parts.append((found.state.values, found.converged.values))
        if len(parts) == 1:
            return parts[0]
        states, settled = zip(*parts, strict=True)
        return np.stack(states), np.stack(settled)

    def stabilities(self, own: Array) -> tuple[Array, Array]:
        """Of these patterns (D, cues, N): without the bias, and what the bias adds."""
        bare = hp.learning.stabilities(self.couplings, np.zeros_like(self.bias), own)
        return bare, hp.learning.stabilities(self.couplings, self.bias, own) - bare


def ends(trained: Trained, own: Array, cues: Array, seed: int) -> tuple[Array, Array]:
    """Overlaps of final states of cues (D, M, cues, N) with their patterns, (D, M, cues), and which settled."""
    flat = cues.reshape(len(cues), -1, cues.shape[-1])
    final, settled = trained.settle(flat, seed)
    return overlap(final.reshape(cues.shape), own[:, None]), settled.reshape(cues.shape[:-1])


def held(own: Array, m0: float, seed: int) -> Array:
    """Cues (D, cues, N) of which the same round(m0 N) sites are known in all, with fair bits for the rest."""
    noise = hp.patterns.random(own.shape[1], own.shape[2], seed=seed + 1, disorder=len(own))
    return np.asarray(np.where(known(own.shape[-1], m0, seed), own, noise))


def clamped(trained: Trained, own: Array, overlaps: Array, seed: int) -> Array:
    """Final overlaps of cues whose known part is held at its values while the rest settles: (D, M, cues)."""
    found = []
    for m0 in overlaps:
        sites, cue = known(own.shape[-1], m0, seed), held(own, m0, seed)
        final = cue if sites.all() else trained.settle(cue, seed, clamp=sites)[0]
        found.append(overlap(final, own))
    return np.stack(found, axis=1)


def first_step(trained: Trained, own: Array, cues: Array, overlaps: Array, seed: int) -> tuple[Array, Array]:
    """Mean overlap after one synchronous step of cues (D, M, cues, N), and what the stabilities say: (D, M) each."""
    flat = cues.reshape(len(cues), -1, cues.shape[-1])
    after = trained.settle(flat, seed, dynamics=hp.SYNCHRONOUS, max_sweeps=1)[0].reshape(cues.shape)
    bare, bias = trained.stabilities(own)
    expected = [hp.theory.basins.step(overlaps, *parts) for parts in zip(bare, bias, strict=True)]
    return overlap(after, own[:, None]).mean(axis=-1), np.stack(expected)


def overlap(state: Array, pattern: Array) -> Array:
    """m = xi . s / N, each state with its own pattern."""
    return np.asarray((state * pattern).mean(axis=-1, dtype=float))


def kept_diagonal(patterns: Array) -> Array:
    """Couplings of the projection rule with their diagonal, J = xi^T (xi xi^T)^-1 xi: (D, N, N)."""
    spins = patterns.astype(float)
    return np.asarray(np.swapaxes(spins, 1, 2) @ np.linalg.solve(spins @ np.swapaxes(spins, 1, 2), spins))


def descend(couplings: Array, state: Array, sweeps: int) -> Array:
    """States (D, R, N) after threshold updates one site after another, a tie keeping the site, until nothing moves.

    The engine's networks have J_ii = 0; here whatever stands on the diagonal plays its part.
    """
    s = state.astype(np.float32)
    rows = couplings.astype(np.float32)
    for _ in range(sweeps):
        before = s.copy()
        for i in range(s.shape[-1]):
            field = (s @ rows[:, i, :, None])[..., 0]
            s[..., i] = np.where(np.abs(field) < 1e-6, s[..., i], np.sign(field))
        if (s == before).all():
            break
    return s

"""Damaged networks of the damage study: what is taken from the couplings, and how the rest is scaled."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from hopphys.studies import _draws as draws

import hopphys as hp

Array = npt.NDArray[Any]
WEIGHTS = ("dilution", "one-way", "noise", "clip")  # damage to weights; "units" takes units, "smaller" never had them
KINDS = ("intact", "units", "smaller", *WEIGHTS)


def whole(rule: str, patterns: int, size: int, samples: int, seed: int, first: int = 0) -> tuple[Array, Array]:
    """Stored patterns (disorder, P, N) and couplings (disorder, N, N) of an undamaged network.

    Raises ValueError for a rule that gives its units thresholds: those would have to be scaled with what is left.
    """
    stored = hp.patterns.random(patterns, size, seed=seed, disorder=samples, first=first)
    learnt = hp.learning.RULES[rule].learn(stored)
    if isinstance(learnt, hp.learning.Learned):
        learnt = learnt.couplings, learnt.bias
    couplings, bias = learnt if isinstance(learnt, tuple) else (learnt, 0.0)
    if np.any(bias):
        raise ValueError(
            f"rule {rule!r} gives units thresholds, which this study does not damage; take it out of rules"
        )
    return stored, couplings


def probed(patterns: Array, count: int) -> Array:
    """`count` patterns of each sample, spread over the order in which they were stored: (disorder, count, N)."""
    return np.asarray(patterns[:, draws.spread(patterns.shape[-2], count)])


def damaged(stored: Array, couplings: Array, kind: str, noise: float, seed: int) -> tuple[hp.Hamiltonian, Array]:
    """The network that is left, and its patterns: of fewer sites where units were removed.

    noise : root of the variance that the damage adds to a weight, over the mean square of the weights; a fraction f of
        units or weights removed has noise^2 = f / (1 - f)

    Couplings are scaled by sum J^2 / sum J J', so that what is left holds the patterns with the strength 1.
    """
    if kind == "units":
        # Sites of random patterns are alike, so the last ones are as random as any.
        left = round(stored.shape[-1] / (1 + noise**2))
        kept = couplings[:, :left, :left] * (stored.shape[-1] / left)
        return _network(stored[..., :left], kept), stored[..., :left]
    if kind in WEIGHTS:
        changed = _changed(couplings, kind, noise, seed)
        strength = (couplings * changed).sum(axis=(1, 2), keepdims=True)
        couplings = changed * ((couplings**2).sum(axis=(1, 2), keepdims=True) / strength)
    return _network(stored, couplings), stored


def _network(stored: Array, couplings: Array) -> hp.Hamiltonian:
    directed = bool((couplings != np.swapaxes(couplings, -1, -2)).any())
    nothing = np.zeros(len(couplings))
    learned = hp.learning.Learned(couplings, np.zeros(couplings.shape[-1]), nothing > 0, nothing, nothing, directed)
    return hp.hopfield(stored, rule=lambda _: learned)


def _changed(couplings: Array, kind: str, noise: float, seed: int) -> Array:
    if kind == "clip":
        return hp.learning.clip(couplings)
    if kind == "noise":
        samples, size = couplings.shape[:2]
        strength = noise * np.sqrt((couplings**2).sum() / samples / (size - 1))
        return hp.learning.add_noise(couplings, float(strength), seed=seed)
    return hp.learning.dilute(couplings, 1 / (1 + noise**2), symmetric=kind == "dilution", seed=seed)

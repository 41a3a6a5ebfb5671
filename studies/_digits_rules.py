"""Ways to answer a damaged digit: each a function of the stored pictures and the cues, all of them on the same cues."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

import hopphys as hp

Array = npt.NDArray[Any]
# Cues (P, N) and the units that are known to be right, none where that is empty -> answers (P, N); None if it has none.
Answer = Callable[[Array, Sequence[int]], "Array | None"]
STILL = 1e-6  # of a pixel's 1 / sqrt(N): attention is read out by sign, and needs no more
SWEEPS = 100  # couplings that are not symmetric may go round for ever
THRESHOLDS = (0.2, 0.35, 0.5, 0.65, 0.8)  # of the sparse code's network, below its upper level 2 (1 - f)
TRIED = 20  # pictures, at most, that the threshold is chosen on
LOOKS = (*np.arange(0, 0.1, 0.005), *np.arange(0.1, 0.36, 0.02))  # x at which unlearning is looked at
TITLES = {
    "hebb": "Hebb",
    "covariance": "covariance",
    "centred": "centred units",
    "unlearning": "unlearning",
    "sparse": "sparse code",
    "perceptron": "perceptron",
    "projection": "projection",
    "dreaming": "dreaming, t = 8",
    "minimum_overlap": "largest stability",
    "attention": "attention",
    "nearest": "nearest",
}


def centred(xi: Array) -> tuple[Array, Array]:
    """Every unit's own mean u_i left out: J = (1/N) sum (xi_i - u_i)(xi_j - u_j), J_ii = 0, field J (s - u)."""
    mean = xi.mean(axis=0)
    J = (xi - mean).T @ (xi - mean) / xi.shape[1]
    np.fill_diagonal(J, 0)
    return J, -J @ mean


def networks(xi: Array, rate: float, seed: int) -> dict[str, hp.Hamiltonian]:
    """The networks of ±1 units, by rule."""
    learning = hp.learning
    rules: dict[str, Callable[[Array], Any]] = {
        "hebb": hp.hebb,
        "covariance": hp.covariance,
        "centred": centred,
        "perceptron": lambda patterns: learning.perceptron(patterns, thresholds=True, max_sweeps=20_000),
        "projection": hp.projection,
        "dreaming": learning.RULES["dreaming"].learn,
        "minimum_overlap": lambda patterns: learning.minimum_overlap(patterns, tolerance=1e-2),
    }
    found = {name: hp.hopfield(xi, rule=rule) for name, rule in rules.items()}
    found["unlearning"] = dreamt(xi, rate, seed)
    return found


def dreamt(xi: Array, rate: float, seed: int) -> hp.Hamiltonian:
    """Hebb's network after as many dreams as leave the fewest units of the stored pictures that would flip at once.

    Looked for at x = rate · dreams / N of LOOKS. The smallest stability, which tells the best number for unrelated
    patterns, stays far below 0 here, and its largest value is no good guide.
    """
    size = xi.shape[1]
    stops = [round(x * size / rate) for x in LOOKS]
    looks = [at.network for at in hp.learning.dream(hp.hopfield(xi), stops, rate, seed=seed)]
    return min(looks, key=lambda net: float((net.local_field(xi) * xi < 0).mean()))


def answers(xi: Array, nets: dict[str, hp.Hamiltonian], point: Any, seed: int) -> dict[str, Answer]:
    """Every way, in the order of TITLES."""
    ways = {
        **{name: settled(net, seed) for name, net in nets.items()},
        "sparse": sparse(xi, point.code, point.activity, point.flip, seed),
        "attention": attention(xi, point.sharpness, seed),
        "nearest": nearest(xi),
    }
    return {name: ways[name] for name in TITLES}


def settled(net: hp.Hamiltonian, seed: int) -> Answer:
    def answer(cues: Array, known: Sequence[int]) -> Array:
        held = net.clamp(known) if len(known) else net
        return np.asarray(hp.settle(held, cues, max_sweeps=SWEEPS, seed=seed).state)

    return answer


def attention(xi: Array, sharpness: float, seed: int) -> Answer:
    """The softmax step until nothing changes, pictures and cues scaled to length 1; read out by sign.

    States are real, so that unknown units start at 0, which tells the softmax nothing, where known ones are held.
    """
    length = math.sqrt(xi.shape[1])
    net = hp.attention(xi / length, sharpness)

    def answer(cues: Array, known: Sequence[int]) -> Array:
        held, start = net, cues / length
        if len(known):
            held = net.clamp(known)
            start[:, np.setdiff1d(np.arange(start.shape[1]), known)] = 0
        ends = hp.settle(held, start, tolerance=STILL, seed=seed)
        return np.where(ends.state.values > 0, 1, -1)

    return answer


def nearest(xi: Array) -> Answer:
    """The first stored picture with the largest overlap with what is known of the cue, or with all of it."""

    def answer(cues: Array, known: Sequence[int]) -> Array:
        looked_at = known if len(known) else np.arange(xi.shape[1])
        return np.asarray(xi[hp.patterns.overlap(cues[:, looked_at], xi[:, looked_at]).argmax(axis=-1)])

    return answer


def sparse(xi: Array, units: int, activity: float, flip: float, seed: int) -> Answer:
    """Pictures coded by the few of many random directions that they point along most, kept by the covariance rule.

    A code is +1 at the `activity` share of `units` with the largest R (xi - mean), R random ±1. The network settles
    from the code of the cue, and a linear map, exact on the stored codes, draws the picture of the code it ends in. Its
    threshold, of THRESHOLDS, is the one that leaves fewest units wrong in other cues than those that are judged. No
    unit of a code is a pixel, so that known pixels cannot be held: no answer then.
    """
    directions = hp.patterns.random(xi.shape[1], units, seed=seed).astype(float)
    mean, rest = xi.mean(axis=0), 2 * activity - 1

    def code(pictures: Array) -> Array:
        drive = (pictures - mean) @ directions
        least = np.partition(drive, -round(activity * units), axis=-1)[:, -round(activity * units)]
        return np.where(drive >= least[:, None], 1, -1)

    codes = code(xi)
    draw = np.linalg.pinv((codes - rest).astype(float)) @ xi

    net = hp.hopfield(codes, rule=lambda patterns: hp.covariance(patterns, activity, threshold=0))

    def ends(threshold: float, cues: Array) -> Array:
        raised = replace(net, bias=net.bias - threshold)
        states = hp.settle(raised, code(cues), max_sweeps=SWEEPS, seed=seed).state.values
        return np.where((states - rest) @ draw >= 0, 1, -1)

    tried = xi[:TRIED]
    practice = hp.patterns.corrupt(tried, flip=flip, seed=seed + 1)
    best = max(THRESHOLDS, key=lambda threshold: float((ends(threshold, practice) == tried).mean()))
    return lambda cues, known: None if len(known) else ends(best, cues)

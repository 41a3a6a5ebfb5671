"""What the study `digits` counts: digits and their damage, answers judged, ends of Hebb's cues, and the cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _draws as draws
from hopphys.studies._digits_rules import Answer, Array, centred
from scipy.special import ndtr

import hopphys as hp
from hopphys.interop import handwritten

RECALLED = 0.95
SHOWN = 3  # pictures kept of a point, for the eye
STARTS = ("undamaged", "flipped", "covered", "held")
KINDS = ("digits", "shuffled", "unrelated")
CENTRINGS = {"hebb": hp.hebb, "centred": centred}
CHOOSING, SHUFFLING = 2, 3  # from the seed of cues to those of the choice of digits, and of the shuffles
DRAWS = 8  # of shuffled and of unrelated patterns a point


def described(dims: Any, values: Any, long_name: str, units: str = "1") -> xr.Variable:
    return xr.Variable(dims, np.asarray(values), {"long_name": long_name, "units": units})


def chosen(count: int, levels: int, seed: int) -> Array:
    """So many digits (P, N), all different; the first ones are of different kinds, so that those shown are."""
    pool, labels = handwritten.digits(levels)
    order = draws.order(len(pool), seed + CHOOSING)[:count]
    first = np.sort(np.unique(labels[order], return_index=True)[1])[:SHOWN]
    return np.asarray(pool[order[np.concatenate([first, np.setdiff1d(np.arange(count), first)])]])


def damaged(xi: Array, flip: float, seed: int) -> tuple[dict[str, Array], list[int]]:
    """Cues of each kind of start (P, N), and the units of the upper half, which are known where the start is `held`."""
    half = xi.shape[1] // 2  # pixels are row-major
    covered = xi.copy()
    covered[:, half:] = -1
    flipped = hp.patterns.corrupt(xi, flip=flip, seed=seed)
    return dict(zip(STARTS, (xi, flipped, covered, covered), strict=True)), list(range(half))


def answered(ways: Mapping[str, Answer], cues: Mapping[str, Array], known: list[int]) -> dict[str, dict[str, Array]]:
    """Answers (P, N) by way and start; a way that has none for a start has no entry."""
    found = {
        name: {start: way(cue, known if start == "held" else ()) for start, cue in cues.items()}
        for name, way in ways.items()
    }
    return {name: {start: a for start, a in of.items() if a is not None} for name, of in found.items()}


def judged(xi: Array, answers: Mapping[str, Mapping[str, Array]]) -> dict[str, xr.Variable]:
    """Overlap with the right picture, and whether that is recalled: means over the pictures, NaN for no answer."""
    m, recalled = (np.full((len(answers), len(STARTS)), np.nan) for _ in range(2))
    for row, answer in enumerate(answers.values()):
        for start, states in answer.items():
            overlaps = hp.patterns.overlap(states, xi)
            own, column = np.diagonal(overlaps), STARTS.index(start)
            m[row, column] = own.mean()
            recalled[row, column] = ((own > RECALLED) & (own >= overlaps.max(axis=-1))).mean()
    dims = ("approach", "start")
    return {
        "overlap": described(dims, m, "mean overlap of the answer with the picture"),
        "recalled": described(dims, recalled, "fraction of pictures recalled"),
    }


def fixed(xi: Array, nets: Mapping[str, hp.Hamiltonian], names: list[str]) -> dict[str, xr.Variable]:
    """Pictures that stand still, and their units that would flip at once; NaN for what has no ±1 units."""
    aligned = {name: net.local_field(xi) * xi for name, net in nets.items()}
    still = [float((aligned[name] >= 0).all(axis=-1).mean()) if name in aligned else np.nan for name in names]
    flips = [float((aligned[name] < 0).mean()) if name in aligned else np.nan for name in names]
    return {
        "fixed": described("approach", still, "fraction of pictures that are fixed points"),
        "unstable": described("approach", flips, "share of units of a stored picture that would flip at once"),
    }


def blended(xi: Array, answers: Mapping[str, Mapping[str, Array]]) -> dict[str, xr.Variable]:
    """What the flipped cues end in: how many states, the share of the most common one, and the mean picture in them."""
    mean = np.where(xi.sum(axis=0) >= 0, 1, -1)
    ends, common, resembles = [], [], []
    for answer in answers.values():
        _, counts = np.unique(answer["flipped"], axis=0, return_counts=True)
        ends.append(len(counts) / len(xi))
        common.append(counts.max() / len(xi))
        resembles.append(float(hp.patterns.overlap(answer["flipped"], mean[None]).mean()))
    states, counts = np.unique(answers["hebb"]["flipped"], axis=0, return_counts=True)
    most = states[counts.argmax()]
    return {
        "ends": described("approach", ends, "different states that flipped cues end in, by cue"),
        "common": described("approach", common, "share of flipped cues in the most common end state"),
        "resembles": described("approach", resembles, "mean overlap of end states with the mean picture"),
        "blend": described(("row", "column"), handwritten.ink(most).astype(np.float32), "most common end state, Hebb"),
        "middle": described(("row", "column"), handwritten.ink(mean).astype(np.float32), "mean picture, its signs"),
        "unlike": described((), (xi != mean).mean(), "share of units in which a picture is not the mean picture"),
    }


def causes(xi: Array, seed: int) -> dict[str, xr.Variable]:
    """Units that would flip at once: of digits, of digits with every unit's values shuffled among the pictures, which
    keeps the unit's mean and nothing else that pictures share, and of unrelated patterns. Of the last two, DRAWS each.
    """
    kinds = {
        "digits": xi[None],
        "shuffled": np.stack([draws.shuffled(xi, seed + SHUFFLING, draw) for draw in range(DRAWS)]),
        "unrelated": hp.patterns.random(*xi.shape, seed=seed + 1, disorder=DRAWS),
    }
    turns = {(kind, name): turned(sets, rule) for kind, sets in kinds.items() for name, rule in CENTRINGS.items()}
    theory = {kind: np.array([expected(patterns) for patterns in sets]) for kind, sets in kinds.items()}
    mutual = hp.patterns.overlap(xi, xi)[~np.eye(len(xi), dtype=bool)]
    name = "share of units of a stored pattern that would flip at once"
    means = [[turns[kind, rule].mean() for rule in CENTRINGS] for kind in KINDS]
    excess = turns["shuffled", "hebb"] - theory["shuffled"]
    return {
        "turned": described(("kind", "rule"), means, name),
        "expected": described(
            "kind", [theory[kind].mean() for kind in KINDS], f"{name}, Hebb, from unit means and overlaps"
        ),
        "excess": described("draw", excess, "share less what is expected, Hebb, shuffled digits"),
        "control": described("draw", turns["unrelated", "hebb"], f"{name}, Hebb, unrelated patterns"),
        "alike": described((), mutual.mean(), "mean mutual overlap of the stored pictures"),
        "closest": described((), mutual.max(), "largest mutual overlap of the stored pictures"),
    }


def turned(sets: Array, rule: Any) -> Array:
    """Share of units that would flip at once in each set of patterns (D, P, N) -> (D,)."""
    nets = [hp.hopfield(patterns, rule=rule) for patterns in sets]
    return np.array([(net.local_field(xi) * xi < 0).mean() for net, xi in zip(nets, sets, strict=True)])


def expected(patterns: Array) -> float:
    """Share of units that would flip at once under Hebb's rule, from unit means and the overlaps of the patterns.

    The field of a unit times its value x = xi_i is 1 - 1/N + x sum_nu xi_i^nu m_nu, over the P - 1 other patterns,
    m_nu the overlap with pattern nu without unit i. If the unit's other values are equally likely in every order, the
    sum has the mean w S and the variance (1 - w^2)(Q - S^2 / (P - 1))(P - 1) / (P - 2): w = (P u_i - x) / (P - 1) the
    mean of those values, S and Q the sums of m_nu and m_nu^2. It is taken for Gaussian.
    """
    P, N = patterns.shape
    m = hp.patterns.overlap(patterns, patterns) - np.eye(P)
    w = (patterns.sum(axis=0) - patterns) / (P - 1)
    S, Q = m.sum(axis=1)[:, None], (m**2).sum(axis=1)[:, None]
    mean = 1 - 1 / N + patterns * w * (S - patterns * w * (P - 1) / N)
    variance = (1 - w**2) * (Q - S**2 / (P - 1)) * (P - 1) / (P - 2)
    return float(ndtr(-mean / np.sqrt(np.maximum(variance, 1e-12))).mean())


def shown(
    xi: Array, cues: Mapping[str, Array], answers: Mapping[str, Mapping[str, Array]], damages: tuple[str, ...]
) -> xr.Variable:
    """A few pictures with their cues and answers, (damage, shown, picture, row, column), as numbers of units on."""
    levels = xi.shape[1] // handwritten.SIDE**2
    table = [
        np.stack([xi, cues[start], *(answer[start] for answer in answers.values())])[:, :SHOWN] for start in damages
    ]
    units = np.rint(handwritten.ink(np.stack(table)) * levels).astype(np.uint8)
    dims = ("damage", "shown", "picture", "row", "column")
    return described(dims, units, "units of a pixel that are on: memory, cue, answers")


def coordinates(names: list[str], damages: tuple[str, ...]) -> dict[str, xr.Variable]:
    pixels = np.arange(handwritten.SIDE)
    return {
        "approach": described("approach", names, "way to remember"),
        "start": described("start", list(STARTS), "cue"),
        "kind": described("kind", list(KINDS), "what is stored"),
        "rule": described("rule", list(CENTRINGS), "learning rule"),
        "draw": described("draw", np.arange(DRAWS), "number of the shuffle, or of the unrelated patterns"),
        "damage": described("damage", list(damages), "damage of the cue"),
        "shown": described("shown", ["memory", "cue", *names], "memory, cue, or the way that answers"),
        "picture": described("picture", np.arange(SHOWN), "number of the picture"),
        "row": described("row", pixels, "row of pixels"),
        "column": described("column", pixels, "column of pixels"),
    }

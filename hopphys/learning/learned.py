"""What a rule that learns step by step gives back: the network it has, and whether that does what was asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hopphys.types import Array


@dataclass(frozen=True, eq=False)
class Learned:
    """Couplings and bias of the ±1 form, and how far the rule came; `hopfield(patterns, rule)` takes it as it is.

    couplings : (..., N, N), J_ii = 0; J_ij weighs unit j in the field of unit i, so a row belongs to one unit
    bias : (..., N)
    converged : (...) bool; whether every unit reached what was asked for every pattern
    stability : (...), the smallest xi_i h_i / |J_i| over patterns and units, |J_i| the length of the row; negative
        where a bit is wrong
    steps : (...) passes through the patterns, or sweeps, that were made
    directed : whether J_ij != J_ji is meant: the network has then no energy
    """

    couplings: Array
    bias: Array
    converged: Array
    stability: Array
    steps: Array
    directed: bool = False


def stabilities(couplings: Array, bias: Array | float, patterns: Array) -> Array:
    """xi_i h_i / |J_i|, h = J xi + b, for every pattern and unit: (..., P, N); 0 for a unit without couplings.

    The length |J_i| of the row makes it free of the scale of the couplings (Gardner 1988). A bit of a pattern stands
    still where it is above 0. couplings (..., N, N), bias (..., N), patterns (..., P, N) ±1.
    """
    spins = np.asarray(patterns, dtype=float)
    field = spins @ np.swapaxes(couplings, -1, -2) + np.asarray(bias)[..., None, :]
    length = np.sqrt((np.asarray(couplings) ** 2).sum(axis=-1))[..., None, :]
    return np.asarray(np.divide(spins * field, length, out=np.zeros_like(field), where=length > 0))

"""Systematic resampling: which walkers of a population have how many descendants, at a fixed number of them in all."""

from __future__ import annotations

import numpy as np

from hopphys.types import Array


def cumulated(log_weight: Array) -> Array:
    """Expected numbers of descendants, P w_i / sum w, summed up over the walkers (P,); the last one is exactly P."""
    weight = np.exp(log_weight - log_weight.max())
    total = np.cumsum(weight)
    reach: Array = total * (len(weight) / total[-1])
    reach[-1] = len(weight)
    return reach


def copies(log_weight: Array, uniform: float) -> Array:
    """Descendants of each walker, (P,) whole numbers that add up to P; Kitagawa 1996, J. Comput. Graph. Stat. 5, 1.

    Walker i gets one for each of the points u, 1 + u, 2 + u, ... that falls on its stretch of the cumulated weights:
    P w_i / sum w on average over u in [0, 1), and never off by one or more.
    """
    reached = np.ceil(cumulated(log_weight) - uniform).astype(np.int64)
    return np.asarray(np.diff(np.clip(reached, 0, len(reached)), prepend=0))


def parents(log_weight: Array, uniform: float) -> Array:
    """The walker that each slot of the new population descends from, (P,), in rising order."""
    return np.repeat(np.arange(len(log_weight)), copies(log_weight, uniform))

r"""How probable a network finds the patterns, one unit at a time: what perceptron learning makes large as T -> 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from hopphys.checks import finite, positive
from hopphys.learning.hebbian import off_diagonal
from hopphys.patterns import as_spins
from hopphys.types import Array, ArrayLike


@dataclass(frozen=True, eq=False)
class PseudoLikelihood:
    """The logarithm, summed over patterns and units, and its derivatives; (...) lead.

    value : (...), at most 0
    couplings : (..., N, N), d value / d J_ij with each J_ij by itself, 0 on the diagonal; for symmetric couplings the
        derivative is G_ij + G_ji
    bias : (..., N)
    """

    value: Array
    couplings: Array
    bias: Array


def pseudo_likelihood(couplings: ArrayLike, bias: ArrayLike, patterns: Any, beta: float) -> PseudoLikelihood:
    r"""sum_mu sum_i ln p(xi_i | the other units of pattern mu), with p the heat bath's probability at beta.

    p = 1 / (1 + exp(-2 beta xi_i h_i)), h = J xi + b, so the derivative by J_ij is sum_mu 2 beta xi_i xi_j
    p(-xi_i | rest). As beta -> infinity that tends to 2 beta times the sum of xi_i xi_j over the patterns whose bit i
    is wrong (half of it where h_i = 0): climbing it is perceptron learning at kappa = 0, all patterns at once. At J = 0
    it is Hebb's rule.

    Parameters
    ----------
    couplings : (..., N, N), symmetric or not; the diagonal is not looked at
    bias : a number or (..., N)
    patterns : (..., P, N), ±1 or 0/1
    beta : positive and finite

    Besag 1975, The Statistician 24, 179; Hinton remarked that perceptron learning of a Hopfield network is this.
    """
    spins = as_spins(patterns).astype(float)
    matrix, b, beta = finite(couplings, "couplings"), finite(bias, "bias"), positive(beta, "beta")
    size = spins.shape[-1]
    if spins.ndim < 2 or matrix.shape[-2:] != (size, size) or (b.ndim and b.shape[-1] != size):
        raise ValueError(
            f"couplings (N, N), bias (N,) and patterns (P, N) must share N, but they are {matrix.shape}, {b.shape} and "
            f"{spins.shape}"
        )
    matrix = off_diagonal(matrix.copy())
    field = spins @ np.swapaxes(matrix, -1, -2) + (b if b.ndim == 0 else b[..., None, :])
    drive = 2 * beta * spins * field
    pull = 2 * beta * spins * special.expit(-drive)
    return PseudoLikelihood(
        np.asarray(special.log_expit(drive).sum(axis=(-2, -1))),
        off_diagonal(np.asarray(np.swapaxes(pull, -1, -2) @ spins)),
        np.asarray(pull.sum(axis=-2)),
    )


__all__ = ["PseudoLikelihood", "pseudo_likelihood"]

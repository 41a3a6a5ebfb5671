r"""Damage to weights: a part of them cut, one bit left of each, or noise on top (Sompolinsky 1986).

Couplings (..., N, N) in, couplings out, J_ii = 0; random numbers are addressed by (seed, sample, row, column), so the
weights that survive at one `keep` survive at every larger one. In units of Hebb's rule at load alpha, where
J_ij has the variance alpha/N, each does to a network what static noise of variance Delta²/N does:

    dilute     J/keep with probability keep        Delta² = alpha (1 - keep)/keep
    clip       sign(J) · scale                     Delta² = alpha (pi/2 - 1), at a strength of the patterns sqrt(2/pi)
    add_noise  J + Gaussian                        Delta = strength

(`hopphys.theory.noise` has the capacities.) One-way damage (symmetric=False) leaves no energy: give it to `directed`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hopphys.checks import between, finite
from hopphys.kernels.random import key, streams, uniforms
from hopphys.learning.hebbian import off_diagonal
from hopphys.memory import require
from hopphys.spaces import standard_normal
from hopphys.types import Array


def dilute(couplings: Any, keep: float, *, symmetric: bool = True, seed: int, first: int = 0) -> Array:
    r"""Each coupling kept with probability `keep`, and then divided by it; 0 otherwise.

    Divided, so that the mean coupling and with it the field in a pattern stay, at any temperature; at T = 0 the scale
    says nothing.

    Parameters
    ----------
    couplings : (..., N, N)
    keep : above 0, at most 1
    symmetric : both directions of a pair share their fate; otherwise each has its own, and the result is directed
    first : number of the first sample, so that samples may be treated in blocks
    """
    values = _square(couplings)
    if keep != 1:
        between(keep, "keep", 0, 1)
    kept = _each(values, symmetric, seed, "dilution", first, lambda u: u < keep)
    return off_diagonal(np.where(kept, values / keep, 0.0))


def clip(couplings: Any) -> Array:
    """The sign of each coupling times one scale, the root mean square off the diagonal: one bit a weight.

    A coupling that is exactly 0 stays 0 (Hebb's, for even P: one in sqrt(pi P / 2)): a sign for it would be a guess.
    """
    values = off_diagonal(_square(couplings).copy())
    pairs = max(1, values.shape[-1] * (values.shape[-1] - 1))
    scale = np.sqrt((values**2).sum(axis=(-2, -1), keepdims=True) / pairs)
    return np.asarray(np.sign(values) * scale)


def add_noise(couplings: Any, strength: float, *, symmetric: bool = True, seed: int, first: int = 0) -> Array:
    r"""Couplings plus independent Gaussian noise of standard deviation strength / sqrt N, J_ii = 0.

    `strength` is the Delta of Sompolinsky 1986 and of `hopphys.theory.noise`, in units of Hebb's couplings: the field
    in a pattern is 1 there, and the noise adds Delta to it, as a load of alpha adds sqrt(alpha).

    Parameters
    ----------
    couplings : (..., N, N)
    strength : 0 or more
    symmetric : both directions of a pair share their noise; otherwise each has its own, and the result is directed
    """
    values = _square(couplings)
    between(strength, "strength", 0, float("inf"), ends=True)
    if not np.isfinite(strength):
        raise ValueError(f"strength must be finite, but it is {strength!r}")
    noise = _each(values, symmetric, seed, "weight noise", first, standard_normal)
    return off_diagonal(values + strength / np.sqrt(values.shape[-1]) * noise)


def _each(values: Array, symmetric: bool, seed: int, purpose: str, first: int, use: Callable[[Array], Array]) -> Array:
    """`use` of one uniform number for every coupling, the upper one for both directions where symmetric."""
    size = values.shape[-1]
    samples = values.size // size**2
    stream = streams(key(seed, purpose, size), samples, first)
    rows = np.arange(size)
    drawn = np.stack([use(uniforms(one, rows[:, None], rows)) for one in stream])
    if symmetric:
        upper = np.triu(drawn, 1)
        drawn = upper + np.swapaxes(upper, -1, -2)
    return np.asarray(drawn.reshape(values.shape))


def _square(couplings: Any) -> Array:
    if hasattr(couplings, "interaction"):
        raise ValueError("couplings are damaged, not networks; give net.interaction.couplings, or what a rule returns")
    values = finite(couplings, "couplings")
    if values.ndim < 2 or values.shape[-1] != values.shape[-2]:
        raise ValueError(f"couplings must have shape (..., N, N), but it is {values.shape}")
    require(40 * values.size, f"damage to couplings of shape {values.shape}", "treat fewer samples at a time")
    return values

r"""Dreaming kernels: between Hebb's rule and the projection, with time asleep as the parameter, exactly.

With C = xi xi^T / N (P × P) and G = xi^T xi / N (N × N, the Hebb matrix with its diagonal):

    decorrelation   A(t) = (1/N) xi^T (1 + tC)^-1 xi = G (1 + tG)^-1          dA/dt = -A²
    dreaming_kernel J(t) = (1 + t) A(t)                                      dJ/dt = (J - J²) / (1 + t)

so the two differ by the factor 1 + t, a scale of energy: threshold dynamics are the same, a temperature is not. An
eigenvalue g of G becomes (1 + t) g / (1 + t g): 0 stays 0 and 1 stays 1, large ones come down and small ones rise, all
to 1, the projection. The equations hold with the diagonal kept; J_ii = 0 is set afterwards.

-A² is what dreams do on average when they are linear: a random state s answers with the field A s, and
A -= (eps/N) (A s)(A s)^T has the mean -(eps/N) A², t = eps D / N after D dreams (Plakhov & Semenov 1994). The dreams of
Hopfield, Feinstein & Palmer subtract the state that noise settles into instead, s s^T: like these, they take most from
the largest eigenvalues, but always the same total weight, so they overshoot, and collapse. Time is not x of `unlearn`.

Not local (a matrix inverse), not online in this form. Cost O(P²N + PN²), or O(PN² + N³) where P > N; memory O(N²).
Any number of patterns, and dependent ones, at finite t: 1 + tC has no eigenvalue below 1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hopphys.learning.hebbian import off_diagonal, pattern_matrix
from hopphys.learning.pseudo_inverse import projection
from hopphys.types import Array


def dreaming_kernel(patterns: Any, time: float) -> Array:
    r"""Couplings J(t) = (1/N) xi^T (1 + t)(1 + tC)^-1 xi with C = xi xi^T / N, then J_ii = 0.

    t = 0 is Hebb, t = `math.inf` is the projection (which needs independent patterns, P < N; finite t needs nothing).
    A finite t recalls best from noisy cues. Fachechi, Agliari & Barra 2019, Neural Networks 112, 24.

    Parameters
    ----------
    patterns : (..., P, N), ±1 or 0/1
    time : t >= 0, dimensionless, or math.inf

    Returns
    -------
    (..., N, N), symmetric
    """
    t = _time(time)
    return projection(patterns) if math.isinf(t) else off_diagonal(_decorrelated(patterns, t, 1 + t))


def decorrelation(patterns: Any, time: float) -> Array:
    r"""Couplings (1/N) xi^T (1 + tC)^-1 xi, then J_ii = 0: continuous unlearning, dJ/dt = -J² from Hebb's couplings.

    The dreaming kernel over 1 + t; the couplings fade as 1/t. Van Hemmen, Ioffe, Kühn & Vaas 1990; Dotsenko, Yarunin &
    Dorotheyev 1991; Plakhov & Semenov 1994.

    Parameters
    ----------
    patterns : (..., P, N), ±1 or 0/1
    time : t >= 0, dimensionless and finite

    Returns
    -------
    (..., N, N), symmetric
    """
    t = _time(time)
    if math.isinf(t):
        raise ValueError(
            "decorrelation fades to nothing at t = inf; dreaming_kernel(patterns, math.inf) keeps its scale"
        )
    return off_diagonal(_decorrelated(patterns, t, 1.0))


def _decorrelated(patterns: Any, t: float, scale: float) -> Array:
    """scale · G (1 + tG)^-1, diagonal kept, solved in the smaller of pattern and site space."""
    spins = pattern_matrix(patterns)
    turned = np.swapaxes(spins, -1, -2)
    count, size = spins.shape[-2:]
    # Divided by `scale` on both sides of the solve, so that a huge t stays well scaled.
    if count <= size:
        inner = (np.eye(count) + t * (spins @ turned / size)) / scale
        couplings = turned @ np.linalg.solve(inner, spins) / size
    else:
        hebbian = turned @ spins / size
        couplings = np.linalg.solve((np.eye(size) + t * hebbian) / scale, hebbian)
    return np.asarray((couplings + np.swapaxes(couplings, -1, -2)) / 2)


def _time(time: Any) -> float:
    if isinstance(time, (bool, str)) or not isinstance(time, (int, float, np.integer, np.floating)) or not time >= 0:
        raise ValueError(f"time must be a number from 0 (Hebb) to math.inf (projection), but it is {time!r}")
    return float(time)

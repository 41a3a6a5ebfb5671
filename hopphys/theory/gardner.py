r"""How many patterns *some* couplings can hold with a stability kappa: Gardner's volume of couplings, N -> infinity.

E. Gardner, J. Phys. A 21, 257 (1988): each unit is a perceptron with couplings of any sign, |J_i| fixed, and has to
give xi_i h_i >= kappa |J_i| for P = alpha N random patterns. The volume of such J_i shrinks to a point at
alpha_c(kappa). Rows are independent, so J_ij != J_ji; symmetric couplings reach less. Replica symmetry holds for
kappa >= 0. For kappa < 0 the couplings that do it are no convex set, replica symmetry is broken, and the formula is an
upper bound only (Stojnic 2013, arXiv:1306.3980).

With patterns of magnetisation m, a threshold is part of what the unit learns; it is chosen best.
"""

from __future__ import annotations

import numpy as np
from scipy import optimize, special

from hopphys.types import Array, ArrayLike

SOURCE = "Gardner, J. Phys. A 21, 257 (1988)"
LARGEST = 2.0  # alpha_c(0): unbiased patterns, no stability


def capacity(stability: ArrayLike = 0.0, magnetisation: ArrayLike = 0.0) -> Array:
    r"""alpha_c(kappa) = 1 / int_{-kappa}^infinity Dt (t + kappa)^2 = 1 / [(1 + kappa^2) Phi(kappa) + kappa phi(kappa)].

    2 at kappa = 0, 0.519572 at 1, falls as 1 / kappa^2. For patterns with <xi> = m, the largest over the threshold v of
    1 / sum_y p_y int Dt (t + (kappa - y v) / sqrt(1 - m^2))_+^2, y = ±1, p_y = (1 + y m) / 2: it grows with |m|, and as
    1 / ((1 - m) ln(1 / (1 - m))) when m -> 1 at kappa = 0.

    Parameters
    ----------
    stability : kappa, any finite number; for kappa < 0 an upper bound (module docstring)
    magnetisation : m, -1 < m < 1

    Returns
    -------
    P / N, of the broadcast shape. Gardner 1988, eqs. for unbiased and for biased patterns.
    """
    kappa, m = np.broadcast_arrays(_finite(stability, "stability"), _finite(magnetisation, "magnetisation"))
    if not (np.abs(m) < 1).all():
        raise ValueError(f"magnetisation must lie between -1 and 1, but it is {magnetisation!r}")
    if not m.any():
        return np.asarray(1 / _second_moment(kappa))
    return np.asarray(np.vectorize(_biased, otypes=[float])(kappa, np.abs(m)))


def stability(load: ArrayLike) -> Array:
    """The largest stability kappa at load 0 < alpha <= 2: the inverse of `capacity`; 1/sqrt(alpha) for small loads.

    Above 2 nothing holds all patterns, and ValueError says so.
    """
    alpha = _finite(load, "load")
    if not ((alpha > 0) & (alpha <= LARGEST)).all():
        raise ValueError(
            f"a stability of 0 or more needs a load above 0 and up to {LARGEST:g}, but it is {load!r}; above, no "
            "couplings hold all patterns"
        )
    return np.asarray(np.vectorize(_inverse, otypes=[float])(alpha))


def stability_density(values: ArrayLike, stability: ArrayLike) -> Array:
    """Density of the stabilities x of all bits at saturation, phi(x) above kappa and 0 below; the rest is a peak.

    The peak at kappa has the weight `stability_weight`. Couplings of the largest stability hold as many patterns at
    kappa exactly, which are the ones that pin them; the others lie where they would by chance (Kepler & Abbott 1988,
    J. Physique 49, 1657).
    """
    x, kappa = _finite(values, "values"), _finite(stability, "stability")
    return np.where(x > kappa, np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi), 0.0)


def stability_weight(stability: ArrayLike) -> Array:
    """Fraction of bits whose stability is kappa exactly at saturation, Phi(kappa); ½ at 0, where 2N patterns pin N."""
    return np.asarray(special.ndtr(_finite(stability, "stability")))


def _second_moment(kappa: ArrayLike) -> Array:
    """int Dt (t + kappa)_+^2."""
    k = np.asarray(kappa, dtype=float)
    return np.asarray((1 + k * k) * special.ndtr(k) + k * _phi(k))


def _first_moment(kappa: float) -> float:
    """int Dt (t + kappa)_+, half the slope of the second moment."""
    return float(kappa * special.ndtr(kappa) + _phi(kappa))


def _phi(x: ArrayLike) -> Array:
    x = np.asarray(x, dtype=float)
    return np.asarray(np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi))


def _biased(kappa: float, m: float) -> float:
    """The sum over y is convex in the threshold v, so its slope has one root."""
    if m == 0.0:
        return float(1 / _second_moment(kappa))
    plus, minus, width = (1 + m) / 2, (1 - m) / 2, np.sqrt(1 - m * m)

    def slope(v: float) -> float:
        return minus * _first_moment((kappa + v) / width) - plus * _first_moment((kappa - v) / width)

    top = abs(kappa) + 1.0
    while slope(top) < 0:
        top *= 2
    v = float(optimize.brentq(slope, -abs(kappa) - 1.0, top, xtol=1e-14))
    return float(1 / (plus * _second_moment((kappa - v) / width) + minus * _second_moment((kappa + v) / width)))


def _inverse(alpha: float) -> float:
    """kappa < 1/sqrt(alpha), because int Dt (t + kappa)_+^2 > kappa^2 for kappa > 0."""
    if alpha == LARGEST:
        return 0.0
    return float(optimize.brentq(lambda k: float(_second_moment(k)) - 1 / alpha, 0.0, alpha**-0.5, xtol=1e-15))


def _finite(values: ArrayLike, name: str) -> Array:
    array = np.asarray(values, dtype=float)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, but it is {values!r}")
    return array


__all__ = ["capacity", "stability", "stability_density", "stability_weight"]

r"""Symmetric mixtures of n random patterns at vanishing load: the classical spurious states of Hebb's rule.

Amit, Gutfreund & Sompolinsky, Phys. Rev. A 32, 1007 (1985). All n overlaps are m = <z tanh(m z / T)> / n, with z the
sum of n fair signs; at T = 0 the state is sign(sum_mu xi_mu). Free energy per site f = n m²/2 - T <ln 2cosh(m z / T)>,
k_B = 1. Only an odd n gives minima: with an even one the sum is 0 at a finite fraction of the sites, and the state is a
saddle at every temperature.

Labelled by a = m / T everything is explicit: T = <z tanh(a z)> / (n a).
"""

from __future__ import annotations

import numpy as np
from scipy import optimize, special

from hopphys.checks import between, whole
from hopphys.types import Array

SOURCE = "Amit, Gutfreund & Sompolinsky, Phys. Rev. A 32, 1007 (1985)"
TIGHT = 1e-14
COLD = 1e-9  # below, tanh is a sign to the last bit of every sum here


def overlap(count: int, temperature: float = 0.0) -> float:
    """Overlap m_n of the symmetric mixture with each of its n patterns, n odd; 0 from T = 1 on.

    At T = 0, m_n = C(n - 1, (n - 1)/2) / 2^(n - 1) = prod_k (1 - 1/(2k)), k up to (n - 1)/2: 1, 1/2, 3/8, 5/16. n = 1
    is the pattern itself.
    """
    count, temperature = _point(count, temperature)
    if temperature < COLD:
        return float(np.prod(1 - 0.5 / np.arange(1, (count + 1) // 2)))
    return 0.0 if temperature >= 1.0 else temperature * _label(count, temperature)


def energy(count: int) -> float:
    """Energy per site of the symmetric mixture at T = 0, -n m_n² / 2: -1/2, -3/8, -0.3515625, -0.341797, to -1/pi."""
    return -0.5 * count * overlap(count) ** 2


def free_energy(count: int, temperature: float) -> float:
    """Free energy per site f of the symmetric mixture, -T ln 2 from T = 1 on; its energy at T = 0."""
    count, temperature = _point(count, temperature)
    m = overlap(count, temperature)
    if temperature < COLD:
        return -0.5 * count * m * m
    z, weight = _sums(count)
    entropy = float(weight @ np.logaddexp(m * z / temperature, -m * z / temperature))
    return 0.5 * count * m * m - temperature * entropy


def stability(count: int, temperature: float) -> float:
    """Smallest eigenvalue of the Hessian of f at the symmetric mixture, 0 < T < 1: above 0 it is a minimum.

    1 - (1 - q)/T - Q/T for the directions that unbalance the mixture (n > 1), with q = <tanh²> and
    Q = <xi_1 xi_2 tanh²>; 1 - (1 - q)/T towards patterns outside it, which decides for n = 1.
    """
    count, temperature = _point(count, temperature)
    between(temperature, "temperature", 0, 1)
    return _eigenvalue(count, _label(count, temperature)) / temperature


def stable_below(count: int) -> float:
    """Temperature below which the symmetric mixture is a minimum of f: 1 for n = 1, 0.4607 for n = 3, then less."""
    count, _ = _point(count, 0.0)
    if count == 1:
        return 1.0
    labels = np.geomspace(1e-2, 1e2, 200)
    values = np.array([_eigenvalue(count, float(a)) for a in labels])
    last = int(np.flatnonzero(values < 0).max())  # at large a, low T, all are stable
    root = optimize.brentq(lambda a: _eigenvalue(count, a), labels[last], labels[last + 1], xtol=TIGHT)
    return _temperature(count, float(root))


def _eigenvalue(count: int, a: float) -> float:
    """T times the smallest eigenvalue."""
    z, weight = _sums(count)
    square = weight * np.tanh(a * z) ** 2
    pairs = (z * z - count) / (count * max(count - 1, 1))  # mean of xi_mu xi_nu over pairs at a given sum
    return _temperature(count, a) - 1 + float(square.sum()) - float(square @ pairs)


def _label(count: int, temperature: float) -> float:
    """a = m / T at 0 < T < 1; T falls with a from 1 to 0."""
    highest = 1.0 / temperature  # m <= 1
    if _temperature(count, highest) >= temperature:
        return highest
    return float(optimize.brentq(lambda a: _temperature(count, a) - temperature, 1e-9, highest, xtol=TIGHT))


def _temperature(count: int, a: float) -> float:
    z, weight = _sums(count)
    return float(weight @ (z * np.tanh(a * z))) / (count * a)


def _sums(count: int) -> tuple[Array, Array]:
    """Values z of the sum of n fair signs, and their probabilities."""
    plus = np.arange(count + 1)
    return 2.0 * plus - count, np.exp(_log_binomial(count, plus) - count * np.log(2.0))


def _log_binomial(count: int, plus: Array) -> Array:
    return np.asarray(special.gammaln(count + 1) - special.gammaln(plus + 1) - special.gammaln(count - plus + 1))


def _point(count: int, temperature: float) -> tuple[int, float]:
    count = whole(count, "count", 1)
    if count % 2 == 0:
        raise ValueError(
            f"count must be odd, but it is {count}: an even sum of patterns is 0 at some sites, and no minimum"
        )
    return count, between(temperature, "temperature", 0, np.inf, ends=True)


def three_basin() -> float:
    """Share of random starts that end in a three-mixture, three patterns alone, T = 0 and N -> infinity: 0.350960.

    Started at overlaps of order N**-1/2, m_1 grows alone where |m_1| > |m_2| + |m_3|, and all three grow to 1/2 where
    no |m_mu| exceeds the sum of the others, both for good. The start is Gaussian, so the share is a solid angle: in an
    octant a pattern owns the cone of (1, 0, 0), (1, 1, 0), (1, 0, 1), of angle 2 arctan(1 / (3 + 2 sqrt 2)). At finite
    N it is smaller, by some 0.4 N**-1/4 in our own simulations: the fields of the first few updates are noise.
    """
    return 1 - 3 * 2 * float(np.arctan(1 / (3 + 2 * np.sqrt(2)))) / (np.pi / 2)

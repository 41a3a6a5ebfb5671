r"""Hebb's couplings with static noise on them: what damage to the weights does (Sompolinsky 1986).

J_ij = (1/N) sum_mu xi_mu,i xi_mu,j + delta_ij, delta symmetric, independent of the patterns, of variance Delta^2 / N.
Phys. Rev. A 34, 2571 (1986). The noise is a spin glass of Sherrington & Kirkpatrick on top of the memory: replicas add
-(beta Delta^2 / 4)(1 - q)^2 to the free energy of Amit, Gutfreund & Sompolinsky and Delta^2 q to the variance of the
cavity field, and leave its other equations as they are,

    m = int Dz tanh beta(m + sigma z),  sigma^2 = alpha r + Delta^2 q,  r = q / (1 - C)^2,  C = beta (1 - q).

At T = 0, q = 1, and y = m / (sigma sqrt 2) labels the states: m = erf y, C = (2 y / sqrt pi) e^-y^2 / erf y, and
m^2 / (2 y^2) = alpha / (1 - C)^2 + Delta^2 gives the load. Its maximum is the capacity, retrieval the y above.

Damage that changes weight by weight is such noise. Weights J_ij = (sqrt P / N) phi(x), x = sum_mu xi xi / sqrt P a
standard Gaussian, hold the patterns with the strength <x phi> and have the variance <phi^2>: in units of the strength
they are Hebb's with Delta^2 = alpha (<phi^2> / <x phi>^2 - 1). The scale of the couplings says nothing at T = 0.

What it covers: N -> infinity, replica symmetry (which fails for this state at T = 0, as it does without noise, where
that moves alpha_c from 0.1379 to 0.1382), states of equilibrium, symmetric noise. One-way noise, delta_ij independent
of delta_ji, has no energy. It adds the same variance to the field of a state that stands still, and no reaction to it;
but a network need not stand still then, so for one-way damage these equations are no more than an estimate.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from scipy import integrate, optimize, special

from hopphys.theory.ags import _field, _freezing, _one_minus_q
from hopphys.theory.capacity import Reference
from hopphys.types import Array, ArrayLike

SOURCE = "static noise, Sompolinsky, Phys. Rev. A 34, 2571 (1986), T = 0, replica-symmetric"
LARGEST_NOISE = float(np.sqrt(2 / np.pi))  # at load 0: m = erf(m / (Delta sqrt 2)) has a solution m > 0 below
CLIPPED = np.pi / 2 - 1  # Delta^2 / alpha of the sign of each coupling: 1 / <|x|>^2 - 1
PUBLISHED_CLIPPED = Reference(0.102, "Sompolinsky 1986, as quoted later: Hebb's couplings clipped to signs")
TIGHT = 1e-14
SMALLEST = 1e-3  # of y; a capacity below its 1e-13 counts as none


def overlap(load: ArrayLike, noise: ArrayLike = 0.0) -> Array:
    """Overlap m of the T = 0 retrieval state at load alpha and noise Delta; 0 where there is none.

    Both broadcast. Delta = 0 is `ags.overlap`. Use `dilution`, `clipping` or `nonlinear` for Delta.
    """
    return np.asarray(special.erf(np.vectorize(_root_y, otypes=[float])(_no_less(load, "load"), _noise(noise))))


def critical_load(noise: float = 0.0, *, per_load: float = 0.0) -> float:
    """Largest load with a retrieval state, where Delta^2 = noise^2 + per_load * load; 0 from Delta = sqrt(2/pi) on.

    The noise of damage grows with the load: per_load = (1 - c) / c for dilution to a fraction c of the weights, and
    `CLIPPED` for clipping to signs. As c -> 0 the capacity tends to (2/pi) c N patterns.
    """
    return _spinodal(float(_noise(noise)), float(_no_less(per_load, "per_load")))[1]


def critical_overlap(noise: float = 0.0, *, per_load: float = 0.0) -> float:
    """Overlap at the critical load, from which it falls to 0 by a jump."""
    return float(special.erf(_spinodal(float(_noise(noise)), float(_no_less(per_load, "per_load")))[0]))


def critical_noise(load: float) -> float:
    """Largest noise Delta at which a load still has a retrieval state; 0 from alpha_c = 0.1379 on.

    The inverse of `critical_load`.
    """
    load = float(_no_less(load, "load"))
    if load == 0.0:
        return LARGEST_NOISE
    if load >= critical_load():
        return 0.0
    # Delta^2(y) has its maximum at the same y as alpha(y) at that Delta.
    root = optimize.brentq(lambda noise: _spinodal(noise, 0.0)[1] - load, 0.0, LARGEST_NOISE, xtol=TIGHT)
    return float(root)


def critical_keep(load: float) -> float:
    """Smallest fraction c of the weights that has to be kept for a retrieval state; inf above alpha_c.

    alpha (1 - c) / c = Delta_c^2, so c = alpha / (alpha + Delta_c^2).
    """
    if load > critical_load():
        return float("inf")
    squared = critical_noise(load) ** 2
    return float(load / (load + squared))


def dilution(load: ArrayLike, keep: ArrayLike) -> Array:
    """Noise Delta of keeping each weight with probability c, both directions alike: Delta^2 = alpha (1 - c) / c.

    phi(x) = x with probability c, else 0: <x phi> = <phi^2> = c.
    """
    kept = np.asarray(keep, dtype=float)
    if not (np.isfinite(kept).all() and (kept > 0).all() and (kept <= 1).all()):
        raise ValueError(f"keep is the fraction of weights that stay, above 0 and up to 1, but it is {keep!r}")
    return np.asarray(np.sqrt(_no_less(load, "load") * (1 - kept) / kept))


def clipping(load: ArrayLike, patterns: int | None = None) -> Array:
    """Noise Delta of weights that keep only their sign: Delta^2 = alpha (pi/2 - 1).

    With a number of patterns P the sum of P signs is taken as it is instead of as a Gaussian: it is 0, a weight of 0,
    with the probability of a tie for even P. Delta^2 = alpha (P prob(S != 0) / <|S|>^2 - 1), S the sum of P signs.
    """
    return np.asarray(np.sqrt(_no_less(load, "load") * (CLIPPED if patterns is None else _clipped(patterns))))


def nonlinear(load: ArrayLike, synapse: Callable[[Array], ArrayLike]) -> Array:
    """Noise Delta of weights phi(x) of the Gaussian x = N J / sqrt P: Delta^2 = alpha (<phi^2> / <x phi>^2 - 1).

    `synapse` is phi, of arrays; it may jump at 0. Raises ValueError where <x phi> = 0: phi has forgotten the patterns.
    """

    def average(function: Callable[[Any], Any]) -> float:
        halves = [(-12.0, 0.0), (0.0, 12.0)]
        return float(sum(integrate.quad(function, *half, epsabs=1e-12, epsrel=1e-12, limit=400)[0] for half in halves))

    def weight(x: float) -> float:
        return float(np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi))

    strength = average(lambda x: weight(x) * x * float(np.asarray(synapse(np.asarray(x)))))
    square = average(lambda x: weight(x) * float(np.asarray(synapse(np.asarray(x)))) ** 2)
    if strength**2 <= 1e-12 * square:
        raise ValueError(f"these weights hold nothing of the patterns: <x phi(x)> = {strength:.3g}; give an odd phi")
    return np.asarray(np.sqrt(_no_less(load, "load") * max(square / strength**2 - 1, 0.0)))


def overlap_at(load: float, temperature: float, noise: float = 0.0) -> float:
    """Overlap m of the retrieval state at temperature 0 < T < 1, or 0 where there is none; `ags.overlap_at` with noise.

    Label the states by b = beta sigma: then a = beta m, C = beta (1 - q), and
    alpha = (sigma^2 / q - Delta^2) (1 - C)^2, which rises along retrieval and has its maximum at the critical load.
    """
    load, noise = float(_no_less(load, "load")), float(_noise(noise))
    temperature = _below_one(temperature)
    top, highest = _top(noise, 0.0, temperature)
    if top == 0.0 or load > highest:
        return 0.0
    if load == 0.0 and noise == 0.0:
        return float(temperature * _field(1e-12, temperature))
    # At the lower end sigma^2 = Delta^2 q or less: the load is not above 0 there.
    low = noise * np.sqrt(1 - _one_minus_q(1 / temperature, 1e-9)) / temperature * 1e-3 + 1e-12
    b = float(optimize.brentq(lambda b: _load_at_b(b, noise, 0.0, temperature) - load, low, top, xtol=TIGHT))
    return float(temperature * _field(b, temperature))


def critical_load_at(temperature: float, noise: float = 0.0, *, per_load: float = 0.0) -> float:
    """Largest load with a retrieval state at temperature 0 < T < 1; Delta^2 = noise^2 + per_load * load."""
    return _top(float(_noise(noise)), float(_no_less(per_load, "per_load")), _below_one(temperature))[1]


def critical_noise_at(load: float, temperature: float) -> float:
    """Largest noise Delta with a retrieval state at a load and a temperature 0 < T < 1; 0 where there is none."""
    load, temperature = float(_no_less(load, "load")), _below_one(temperature)
    if load >= critical_load_at(temperature):
        return 0.0

    def excess(noise: float) -> float:
        return critical_load_at(temperature, noise) - max(load, 1e-12)

    return float(optimize.brentq(excess, 0.0, LARGEST_NOISE, xtol=1e-12))


def _load_at_b(b: float, noise: float, per_load: float, temperature: float) -> float:
    """alpha = (sigma^2 / q - Delta^2) / [(1 - C)^-2 + per_load]; 0 from where there is no overlap."""
    a = _field(b, temperature)
    if a == 0.0:
        return 0.0
    rest = _one_minus_q(a, b)
    left = (1 - rest / temperature) ** 2
    return float(((b * temperature) ** 2 / (1 - rest) - noise**2) * left / (1 + per_load * left))


@cache
def _top(noise: float, per_load: float, temperature: float) -> tuple[float, float]:
    """b and alpha of the spinodal at a temperature; 0 and 0 where there is no retrieval at any load."""
    grid = _freezing(temperature) * np.linspace(0.02, 0.98, 49)
    loads = [_load_at_b(float(b), noise, per_load, temperature) for b in grid]
    peak = int(np.argmax(loads))
    found = optimize.minimize_scalar(
        lambda b: -_load_at_b(float(b), noise, per_load, temperature),
        bounds=(grid[max(peak - 1, 0)], grid[min(peak + 1, 48)]),
        method="bounded",
        options={"xatol": 1e-12},
    )
    return (float(found.x), float(-found.fun)) if found.fun < 0 else (0.0, 0.0)


def _below_one(temperature: float) -> float:
    if not (np.isfinite(temperature) and 0.002 <= temperature < 1):
        raise ValueError(
            f"temperature lies from 0.002 to below 1, but it is {temperature!r}; there is no retrieval from 1 on, and "
            "overlap(load, noise) is the T = 0 theory"
        )
    return float(temperature)


def _clipped(patterns: int) -> float:
    """P prob(S != 0) / <|S|>^2 - 1 for the sum S of P signs.

    <|S|> = 2k prob(a tie of 2k signs) for P = 2k and for P = 2k - 1 alike.
    """
    if patterns != int(patterns) or patterns < 1:
        raise ValueError(f"patterns is a whole number from 1, but it is {patterns!r}")
    k = (int(patterns) + 1) // 2
    tie = float(np.exp(special.gammaln(2 * k + 1) - 2 * special.gammaln(k + 1) - 2 * k * np.log(2)))
    mean = 2 * k * tie
    return float(patterns * (1 - tie * (patterns % 2 == 0)) / mean**2 - 1)


def _load_at(y: float, noise: float, per_load: float) -> float:
    """alpha = (m^2 / (2 y^2) - Delta^2) / [(1 - C)^-2 + per_load]."""
    rest = 1 - 2 * y / np.sqrt(np.pi) * np.exp(-y * y) / special.erf(y)
    return float((0.5 * (special.erf(y) / y) ** 2 - noise**2) * rest**2 / (1 + per_load * rest**2))


def _slope(y: float, noise: float, per_load: float) -> float:
    """d alpha / dy times what is positive, A' B - A B' of alpha = A / B, in the notation of `_load_at`."""
    m = special.erf(y)
    rate = 2 / np.sqrt(np.pi) * np.exp(-y * y) / m  # d ln m / dy
    variance, c = 0.5 * (m / y) ** 2, y * rate
    rising, falling = 2 * variance * (rate - 1 / y), 2 * c * (1 / y - 2 * y - rate)
    return float(rising * (1 - c) * (1 + per_load * (1 - c) ** 2) - (variance - noise**2) * falling)


@cache
def _spinodal(noise: float, per_load: float) -> tuple[float, float]:
    """y and alpha where retrieval disappears; 0 and 0 where there is none at any load."""
    if noise >= LARGEST_NOISE or _slope(SMALLEST, noise, per_load) <= 0:
        return 0.0, 0.0
    y = float(optimize.brentq(_slope, SMALLEST, 4.0, args=(noise, per_load), xtol=TIGHT))
    return y, _load_at(y, noise, per_load)


def _root_y(load: float, noise: float) -> float:
    """The larger y with this load, infinite without load and noise, 0 where there is no state."""
    y_c, critical = _spinodal(float(noise), 0.0)
    if y_c == 0.0 or load > critical:
        return 0.0
    if load == 0.0 and noise == 0.0:
        return np.inf
    # m <= 1 and C >= 0 bound the root from above; what an erf of 1 leaves to rounding is in the last term.
    highest = max(y_c, 1 / np.sqrt(2 * (load + noise**2))) + 1e-9
    return float(optimize.brentq(lambda y: _load_at(y, noise, 0.0) - load, y_c, highest, xtol=TIGHT))


def _no_less(value: ArrayLike, name: str) -> Array:
    array = np.asarray(value, dtype=float)
    if not (np.isfinite(array).all() and (array >= 0).all()):
        raise ValueError(f"{name} must be finite and not negative, but it is {value!r}")
    return array


def _noise(value: ArrayLike) -> Array:
    return _no_less(value, "noise")

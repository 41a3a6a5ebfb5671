"""The Hopfield network at extensive load alpha = P/N: replica-symmetric theory of Amit, Gutfreund & Sompolinsky.

Phys. Rev. Lett. 55, 1530 (1985) and Ann. Phys. 173, 30 (1987). Hebb couplings (1/N) sum xi xi, J_ii = 0, k_B = 1; m is
the overlap with the retrieved pattern, q = <<s>^2>, and alpha r the variance of the other patterns' noise.

At T > 0 the saddle point m = int Dz tanh beta(m + sigma z), q = int Dz tanh^2(...), sigma^2 = alpha r,
r = q / (1 - C)^2, C = beta (1 - q) is explicit once it is labelled by a = beta m and b = beta sigma: m and q are
integrals of tanh(a + b z), then T = m / a, and alpha = sigma^2 (1 - C)^2 / q. Fixing T leaves one unknown, b, along
which alpha rises from 0 to the spinodal and falls again; retrieval is the rising part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import optimize, special

from hopphys.types import Array, ArrayLike

SOURCE = "Amit, Gutfreund & Sompolinsky, Ann. Phys. 173, 30 (1987)"
TIGHT = 1e-14


@dataclass(frozen=True)
class Saddle:
    """A solution of the saddle point: overlap m, Edwards-Anderson q, noise r, and free energy f per site."""

    m: float
    q: float
    r: float
    f: float


def load(y: ArrayLike) -> Array:
    """Load at which the T = 0 retrieval state has overlap erf(y): sqrt(2 alpha) = [erf y - (2y/sqrt pi) e^-y^2] / y."""
    y = np.asarray(y, dtype=float)
    return np.asarray(0.5 * ((special.erf(y) - 2 * y / np.sqrt(np.pi) * np.exp(-y * y)) / y) ** 2)


@cache
def _spinodal() -> tuple[float, float]:
    """y and alpha where T = 0 retrieval disappears: d alpha / dy = 0 means erf y = (2/sqrt pi) e^-y^2 (y + 2 y^3)."""

    def slope(y: float) -> float:
        return float(special.erf(y) - 2 / np.sqrt(np.pi) * np.exp(-y * y) * (y + 2 * y**3))

    y = float(optimize.brentq(slope, 0.5, 3.0, xtol=TIGHT))
    return y, float(load(y))


def critical_load() -> float:
    """alpha_c = 0.1379055665: the largest load with a state near each pattern at T = 0."""
    return _spinodal()[1]


def critical_overlap() -> float:
    """m_c = 0.9674171155, the overlap at alpha_c: it is lost by a jump."""
    return float(special.erf(_spinodal()[0]))


def overlap(alpha: ArrayLike) -> Array:
    """Overlap m of the T = 0 retrieval state with its pattern; 0 above alpha_c."""
    alpha = _loads(alpha)
    return np.asarray(special.erf(np.vectorize(_root_y, otypes=[float])(alpha)))


def _root_y(alpha: float) -> float:
    """The larger y with load(y) = alpha, infinite at alpha = 0, and 0 above alpha_c."""
    y_c, alpha_c = _spinodal()
    if alpha > alpha_c:
        return 0.0
    if alpha == 0.0:
        return np.inf
    # load(y) < 1 / (2 y^2), so the root lies below 1 / sqrt(2 alpha).
    return float(
        optimize.brentq(lambda y: float(load(y)) - alpha, y_c, max(y_c, 1 / np.sqrt(2 * alpha)) + 1e-9, xtol=TIGHT)
    )


def retrieval_energy(alpha: ArrayLike) -> Array:
    """Energy per site of the T = 0 retrieval state, -m^2/2 - alpha (r - 1)/2; nan above alpha_c: there is none."""
    alpha = _loads(alpha)
    y = np.vectorize(_root_y, otypes=[float])(alpha)
    gauss = np.exp(-y * y)
    # sqrt r = 1 + sqrt(2 / (pi alpha)) e^-y^2, multiplied through by alpha.
    noise = np.sqrt(2 * alpha / np.pi) * gauss + gauss**2 / np.pi
    return np.where(y > 0, -0.5 * special.erf(y) ** 2 - noise, np.nan)


def spin_glass_energy(alpha: ArrayLike) -> Array:
    """Energy per site of the T = 0 spin-glass state without overlap, -1/pi - sqrt(2 alpha / pi)."""
    return np.asarray(-1 / np.pi - np.sqrt(2 * _loads(alpha) / np.pi))


@cache
def global_load() -> float:
    """Load 0.0518543 below which the retrieval states are the global minima of the energy."""

    def difference(alpha: float) -> float:
        return float(retrieval_energy(alpha) - spin_glass_energy(alpha))

    return float(optimize.brentq(difference, 0.01, 0.1, xtol=TIGHT))


def glass_temperature(alpha: ArrayLike) -> Array:
    """T_g = 1 + sqrt alpha: above it the network is a paramagnet."""
    return np.asarray(1 + np.sqrt(_loads(alpha)))


def retrieval(alpha: float, temperature: float) -> Saddle | None:
    """The retrieval state at load alpha > 0 and temperature T > 0; None where there is none (T > T_M)."""
    alpha, temperature = _point(alpha, temperature)
    if temperature >= 1.0:
        return None
    top, highest = _top(temperature)
    if alpha > highest:
        return None
    b = optimize.brentq(lambda b: _load_at(b, temperature) - alpha, 1e-12, top, xtol=TIGHT)
    return _saddle(_field(float(b), temperature), float(b), alpha, temperature)


def spin_glass(alpha: float, temperature: float) -> Saddle | None:
    """The spin-glass state m = 0 < q at load alpha > 0 and temperature T > 0; None above T_g."""
    alpha, temperature = _point(alpha, temperature)
    if temperature >= float(glass_temperature(alpha)):
        return None

    def excess(log_b: float) -> float:
        return _noise_load(0.0, float(np.exp(log_b)), temperature) - alpha

    # C = (1 - q)/T < 1 on this branch, which starts at 1 - q = T where T < 1.
    lowest = _freezing(temperature) if temperature < 1 else 1e-6
    highest = 10.0 * (1 + np.sqrt(alpha)) / temperature
    log_b = float(optimize.brentq(excess, np.log(lowest), np.log(highest), xtol=TIGHT))
    return _saddle(0.0, float(np.exp(log_b)), alpha, temperature)


def overlap_at(alpha: float, temperature: float) -> float:
    """Overlap m of the retrieval state at T > 0, or 0 where there is none."""
    state = retrieval(alpha, temperature)
    return 0.0 if state is None else state.m


def retrieval_load(temperature: float) -> float:
    """Largest load with a retrieval state at temperature 0 < T < 1: the inverse of T_M(alpha)."""
    return _top(_point(0.1, temperature)[1])[1] if temperature < 1 else 0.0


def retrieval_temperature(alpha: float) -> float:
    """T_M(alpha): above it there is no retrieval state. 0 from alpha_c on."""
    alpha = _point(alpha, 0.5)[0]
    if alpha >= retrieval_load(0.002):
        return 0.0
    return float(optimize.brentq(lambda t: _top(t)[1] - alpha, 0.002, 1.0 - 1e-6, xtol=1e-12))


def transition_temperature(alpha: float) -> float:
    """T_c(alpha): below it the retrieval states are the global minima of the free energy. 0 from alpha = 0.0518543 on,

    although replica symmetry, wrong for the spin glass near T = 0, leaves a sliver of retrieval just above that load.
    """

    def difference(t: float) -> float:
        recalled, glass = retrieval(alpha, t), spin_glass(alpha, t)
        assert recalled is not None
        return recalled.f - (-np.inf if glass is None else glass.f)

    highest = retrieval_temperature(alpha)
    if highest == 0.0 or difference(0.004) > 0:
        return 0.0
    return float(optimize.brentq(difference, 0.004, highest * (1 - 1e-9), xtol=1e-12))


def _average(function: Callable[[Array], Array], a: float, b: float) -> float:
    """int Dz function(a + b z) for functions with poles at i pi/2, as tanh has: the trapezoidal rule.

    Its error falls as exp(-2 pi d / h) with d = pi / (2 b) the distance of the nearest pole; 36 makes that rounding.
    """
    step = min(0.1, 2 * np.pi * np.pi / (2 * max(b, 1e-9)) / 36)
    z = np.arange(-8.5, 8.5 + step, step)
    weight = np.exp(-0.5 * z * z)
    return float((weight * function(a + b * z)).sum() * step / np.sqrt(2 * np.pi))


def _m(a: float, b: float) -> float:
    return _average(np.tanh, a, b)


def _one_minus_q(a: float, b: float) -> float:
    return _average(lambda x: np.cosh(np.minimum(np.abs(x), 300.0)) ** -2.0, a, b)


def _field(b: float, temperature: float) -> float:
    """a = beta m > 0 with m(a, b) = T a at fixed b; m is concave in a, so it is the only positive one."""
    if _one_minus_q(0.0, b) <= temperature:
        return 0.0
    return float(optimize.brentq(lambda a: _m(a, b) - temperature * a, 1e-7, 1.0 / temperature + 1.0, xtol=TIGHT))


def _noise_load(a: float, b: float, temperature: float) -> float:
    """alpha = sigma^2 (1 - C)^2 / q, C = (1 - q) / T, sigma = b T."""
    rest = _one_minus_q(a, b)
    return float((b * temperature - b * rest) ** 2 / max(1.0 - rest, 1e-300))


def _load_at(b: float, temperature: float) -> float:
    a = _field(b, temperature)
    return 0.0 if a == 0.0 else _noise_load(a, b, temperature)


@cache
def _freezing(temperature: float) -> float:
    """b at which 1 - q = T without overlap: retrieval and spin glass at T < 1 both end there, at alpha = 0."""
    root = optimize.brentq(lambda b: _one_minus_q(0.0, b) - temperature, 1e-9, 2.0 / temperature, xtol=TIGHT)
    return float(root)


@cache
def _top(temperature: float) -> tuple[float, float]:
    """b and alpha of the spinodal at a temperature below 1."""
    last = _freezing(temperature)
    grid = last * np.linspace(0.02, 0.98, 49)
    peak = int(np.argmax([_load_at(float(b), temperature) for b in grid]))
    found = optimize.minimize_scalar(
        lambda b: -_load_at(float(b), temperature),
        bounds=(grid[max(peak - 1, 0)], grid[min(peak + 1, 48)]),
        method="bounded",
        options={"xatol": 1e-12},
    )
    return float(found.x), float(-found.fun)


def _saddle(a: float, b: float, alpha: float, temperature: float) -> Saddle:
    """f = m^2/2 + alpha/2 + alpha r beta (1-q)/2 + (alpha T/2)[ln(1-C) - beta q/(1-C)] - T int Dz ln 2cosh(a + b z)."""
    beta, rest = 1 / temperature, _one_minus_q(a, b)
    q, c = 1 - rest, rest / temperature
    m, r = min(a * temperature, 1.0), (b * temperature) ** 2 / alpha
    entropy = _average(lambda x: np.logaddexp(x, -x), a, b)
    glass = np.log(1 - c) - beta * q / (1 - c)
    f = 0.5 * m * m + 0.5 * alpha * (1 + r * beta * rest + temperature * glass) - temperature * entropy
    return Saddle(m, q, r, float(f))


def _loads(alpha: ArrayLike) -> Array:
    array = np.asarray(alpha, dtype=float)
    if not (np.isfinite(array).all() and (array >= 0).all()):
        raise ValueError(f"load must be finite and not negative, but it is {alpha!r}")
    return array


def _point(alpha: float, temperature: float) -> tuple[float, float]:
    if not (np.isfinite(alpha) and alpha > 0):
        raise ValueError(
            f"load must be positive at T > 0, but it is {alpha!r}; overlap(0) covers a finite number of patterns"
        )
    if not (np.isfinite(temperature) and temperature >= 0.002):
        raise ValueError(
            f"temperature must be at least 0.002, but it is {temperature!r}; overlap(alpha) is the T = 0 theory"
        )
    return float(alpha), float(temperature)

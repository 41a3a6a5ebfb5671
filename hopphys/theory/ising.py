"""Exact results for the Ising model, E = -J sum over bonds of s_i s_j - b sum s_i.

Temperatures are in units where k_B = 1, energies u and heat capacities c are per site, log Z is total. All functions
broadcast over `temperature`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from hopphys.types import Array, ArrayLike

TC = float(2.0 / np.log1p(np.sqrt(2.0)))  # square lattice, J = 1: sinh(2 J / T) = 1 (Kramers & Wannier 1941)
COLDEST = 0.01  # T / J below which sinh(2 J / T)^3 overflows; there the ground state is exact to rounding anyway


@dataclass(frozen=True)
class Thermodynamics:
    """log Z (total), energy u and heat capacity c per site, and where it is known the magnetisation m = <s_i>."""

    log_z: Array
    u: Array
    c: Array
    m: Array | None = None


def critical_temperature(coupling: float = 1.0) -> float:
    """Tc = 2 J / ln(1 + sqrt 2) of the square lattice; Kramers & Wannier 1941, Onsager 1944."""
    return float(TC * _positive("coupling", coupling))


def onsager_energy(temperature: ArrayLike, coupling: float = 1.0) -> Array:
    """Energy per site of the infinite square lattice; Onsager 1944, eq. 116.

    u = -J coth 2K [1 + (2/pi) (2 tanh^2 2K - 1) K1(kappa)], K = J/T, kappa = 2 sinh 2K / cosh^2 2K the modulus.
    """
    k = _bond(temperature, coupling)
    slope = 2.0 * np.tanh(2 * k) ** 2 - 1.0
    # slope K1 -> 0 at Tc, where the elliptic integral diverges only as a logarithm of the slope.
    product = np.where(slope == 0.0, 0.0, slope * _elliptic_k(slope))
    return np.asarray(-coupling / np.tanh(2 * k) * (1.0 + 2.0 / np.pi * product))


def onsager_heat_capacity(temperature: ArrayLike, coupling: float = 1.0) -> Array:
    """Heat capacity per site of the infinite square lattice, infinite at Tc; Onsager 1944, eq. 117.

    c = (4/pi) (K coth 2K)^2 {K1 - E1 - (1 - tanh^2 2K) [pi/2 + (2 tanh^2 2K - 1) K1]}.
    """
    k = _bond(temperature, coupling)
    tanh = np.tanh(2 * k)
    slope = 2.0 * tanh**2 - 1.0
    first, second = _elliptic_k(slope), special.ellipe(1.0 - slope**2)
    product = np.where(slope == 0.0, 0.0, slope * first)
    braces = first - second - (1.0 - tanh**2) * (np.pi / 2 + product)
    return np.asarray(4.0 / np.pi * (k / tanh) ** 2 * braces)


def onsager_free_energy(temperature: ArrayLike, coupling: float = 1.0) -> Array:
    """Free energy per site f = -T (ln 2cosh 2K + (1/pi) integral_0^{pi/2} ln[(1 + sqrt(1 - kappa^2 sin^2 x))/2] dx)."""
    k = _bond(temperature, coupling)
    tanh = np.tanh(2 * k)
    angle, weight = np.polynomial.legendre.leggauss(400)
    # x = (pi/4)(1 + angle) squared towards the end pi/2, where the root has its cusp at Tc.
    distance = 0.5 * np.pi * (0.5 * (1 + angle)) ** 2
    kappa2 = 1.0 - (2.0 * tanh**2 - 1.0) ** 2
    root = np.sqrt(np.maximum(1.0 - kappa2[..., None] * np.cos(distance) ** 2, 0.0))
    integral = (weight * 0.5 * np.pi * 0.5 * (1 + angle) * np.log(0.5 * (1.0 + root))).sum(axis=-1)
    return np.asarray(-coupling / k * (2 * k + np.log1p(np.exp(-4 * k)) + integral / np.pi))


def yang_magnetisation(temperature: ArrayLike, coupling: float = 1.0) -> Array:
    """Spontaneous magnetisation of the infinite square lattice, (1 - sinh^-4 2K)^(1/8) below Tc, else 0; Yang 1952."""
    k = _bond(temperature, coupling)
    inside = 1.0 - np.sinh(np.minimum(2 * k, 300.0)) ** -4.0
    return np.asarray(np.maximum(inside, 0.0) ** 0.125)


def kaufman(length: int, width: int, temperature: ArrayLike, coupling: float = 1.0) -> Thermodynamics:
    """The square lattice of length x width sites, periodic both ways, exactly; Kaufman 1949, eq. 97.

    Z = (1/2) (2 sinh 2K)^(N/2) (Z1 + Z2 + Z3 + Z4) in the form of Ferdinand & Fisher 1969; gamma_0 = 2K + ln tanh K
    changes sign at Tc. Every bond of a direction of length 2 is double. Raises ValueError below T = 0.01 J.
    """
    k = _bond(temperature, coupling)
    terms = [_product(k, length, width, odd, sinh) for odd in (True, False) for sinh in (False, True)]
    scale = np.max([term[0] for term in terms], axis=0)
    amplitude = [np.exp(term[0] - scale) for term in terms]
    total = sum((a * term[3] for a, term in zip(amplitude, terms, strict=True)), start=np.zeros_like(k))
    slope = sum((a * (t[4] + t[3] * t[1]) for a, t in zip(amplitude, terms, strict=True)), np.zeros_like(k)) / total
    curvature = sum((a * _second(t, slope) for a, t in zip(amplitude, terms, strict=True)), np.zeros_like(k)) / total
    size, sinh2, coth2 = length * width, np.sinh(2 * k), 1.0 / np.tanh(2 * k)
    log_z = -np.log(2.0) + 0.5 * size * (2 * k + np.log1p(-np.exp(-4 * k))) + scale + np.log(total)
    energy = -coupling * (coth2 + slope / size)
    return Thermodynamics(log_z, energy, k**2 * (curvature / size - 2.0 / sinh2**2))


def _second(term: tuple[Array, ...], slope: Array) -> Array:
    """(d/dK - slope)^2 of h exp(a): the centred form of Z'' / Z - (Z'/Z)^2, which would cancel N^2 against N^2."""
    _, first, second, h, dh, ddh = term
    return np.asarray(ddh + 2.0 * dh * (first - slope) + h * ((first - slope) ** 2 + second))


def _product(k: Array, length: int, width: int, odd: bool, sinh: bool) -> tuple[Array, ...]:
    """One of Kaufman's four products as h exp(a): (a, a', a'', h, h', h''), derivatives by K.

    The mode that vanishes at Tc, 2 sinh(width gamma_0 / 2), is h times an exponential kept in a: its logarithm would be
    infinite there, although its derivative is not small.
    """
    gamma, first, second = _modes(k, length, odd)
    half = 0.5 * width * np.abs(gamma)
    sign = -1.0 if sinh else 1.0
    decay = np.exp(-2.0 * half)
    if sinh and not odd:
        h, dh, ddh = _soft_mode(width, gamma[..., 0], first[..., 0], second[..., 0])
        half, decay, first, second = half.copy(), decay[..., 1:], first[..., 1:], second[..., 1:]
        a = half.sum(axis=-1) + np.log1p(-decay).sum(axis=-1)
        gamma = gamma[..., 1:]
    else:
        h, dh, ddh = np.ones_like(k), np.zeros_like(k), np.zeros_like(k)
        a = half.sum(axis=-1) + np.log1p(sign * decay).sum(axis=-1)
    ratio = np.sign(gamma) * (1.0 - sign * decay) / (1.0 + sign * decay)  # tanh, or coth, of width gamma / 2
    curve = sign * 4.0 * decay / (1.0 + sign * decay) ** 2  # its derivative: sech^2, or -csch^2
    da = (0.5 * width * first * ratio).sum(axis=-1)
    dda = (0.5 * width * second * ratio + (0.5 * width * first) ** 2 * curve).sum(axis=-1)
    return a, da, dda, h, dh, ddh


def _soft_mode(width: int, gamma: Array, first: Array, second: Array) -> tuple[Array, Array, Array]:
    """2 sinh(width gamma / 2) and its two derivatives, each times exp(-width |gamma| / 2)."""
    decay = np.exp(-width * np.abs(gamma))
    sinh, cosh = np.sign(gamma) * (1.0 - decay), 1.0 + decay
    rate = 0.5 * width * first
    return sinh, rate * cosh, rate**2 * sinh + 0.5 * width * second * cosh


def _modes(k: Array, length: int, odd: bool) -> tuple[Array, Array, Array]:
    """gamma_l and two derivatives by K, (..., length): cosh gamma_l = sinh 2K + 1/sinh 2K - cos(pi l/length)."""
    mode = 2 * np.arange(length) + (1 if odd else 0)
    sinh, cosh = np.sinh(2 * k)[..., None], np.cosh(2 * k)[..., None]
    excess = (sinh - 1.0) ** 2 / sinh + 2.0 * np.sin(
        0.5 * np.pi * mode / length
    ) ** 2  # cosh gamma - 1, no cancellation
    root = np.sqrt(excess * (excess + 2.0))
    slope = 2.0 * cosh * (1.0 - sinh**-2.0)
    bend = 4.0 * sinh - 4.0 / sinh + 8.0 * cosh**2 / sinh**3
    with np.errstate(divide="ignore", invalid="ignore"):  # gamma_0 at Tc: replaced below
        gamma, first = np.log1p(excess + root), slope / root
        second = (bend - first**2 * (1.0 + excess)) / root
    if not odd:
        gamma[..., 0] = 2 * k + np.log(np.tanh(k))
        first[..., 0] = 2.0 + 2.0 / sinh[..., 0]
        second[..., 0] = -4.0 * cosh[..., 0] / sinh[..., 0] ** 2
    return gamma, first, second


def ring(size: int, temperature: ArrayLike, coupling: float = 1.0, bias: float = 0.0) -> Thermodynamics:
    """A closed chain of `size` spins in a field, by its 2 x 2 transfer matrix; Ising 1925. Any sign of the coupling.

    lambda = e^K (cosh B +- sqrt(sinh^2 B + e^-4K)), B = b / T. The heat capacity is a derivative by differences (1e-7).
    """
    t = np.asarray(temperature, dtype=float)
    _check_temperature(t)
    step = 1e-4 * t
    log_z, u, m = _ring(size, t, coupling, bias)
    heat = (_ring(size, t - 2 * step, coupling, bias)[1] - _ring(size, t + 2 * step, coupling, bias)[1]) / (12 * step)
    heat = heat + 8 * (_ring(size, t + step, coupling, bias)[1] - _ring(size, t - step, coupling, bias)[1]) / (
        12 * step
    )
    return Thermodynamics(log_z, u, heat, m)


def _ring(size: int, t: Array, coupling: float, bias: float) -> tuple[Array, Array, Array]:
    k, b = coupling / t, np.abs(bias) / t
    damp = np.exp(-2.0 * b)
    cosh, sinh, cross = 0.5 * (1.0 + damp), 0.5 * (1.0 - damp), np.exp(-4.0 * k - 2.0 * b)
    root = np.sqrt(sinh**2 + cross)
    high, low = cosh + root, cosh - root
    ratio = np.where(low == 0.0, 0.0, (low / high) ** size)
    # d ln(lambda)/dK and d ln(lambda)/dB, weighted by lambda_+^N and lambda_-^N.
    by_k = ((1.0 - 2 * cross / (root * high)) + _low(1.0 + 2 * cross / (root * low), low) * ratio) / (1.0 + ratio)
    by_b = sinh / root * (1.0 - ratio) / (1.0 + ratio)
    log_z = size * (k + b + np.log(high)) + np.log1p(ratio)
    return log_z, -coupling * by_k - np.abs(bias) * by_b, np.sign(bias) * by_b


def _low(value: Array, low: Array) -> Array:
    return np.where(low == 0.0, 0.0, value)


def curie_weiss(size: int, temperature: ArrayLike, coupling: float = 1.0, bias: float = 0.0) -> Thermodynamics:
    """Every pair coupled by J/N, exactly, by summing over the N + 1 magnetisations; Curie-Weiss.

    E = -(J/2N)(M^2 - N) - b M with M = sum s_i. `m` is <M>/N, which is 0 without a field.
    """
    t = np.asarray(temperature, dtype=float)
    _check_temperature(t)
    up = np.arange(size + 1)
    total = 2.0 * up - size
    energy = -0.5 * coupling * (total**2 / size - 1.0) - bias * total
    log_count = special.gammaln(size + 1) - special.gammaln(up + 1) - special.gammaln(size - up + 1)
    log_weight = log_count - energy / t[..., None]
    log_z = special.logsumexp(log_weight, axis=-1)
    p = np.exp(log_weight - log_z[..., None])
    mean = (p * energy).sum(axis=-1)
    variance = (p * (energy - mean[..., None]) ** 2).sum(axis=-1)
    return Thermodynamics(np.asarray(log_z), mean / size, variance / t**2 / size, (p * total).sum(axis=-1) / size)


def mean_field_magnetisation(temperature: ArrayLike, coupling: float = 1.0) -> Array:
    """The positive solution of m = tanh(J m / T): Curie-Weiss at N -> infinity without a field; 0 from T = J on."""
    t = np.asarray(temperature, dtype=float)
    _check_temperature(t)
    m = np.where(t < coupling, 1.0, 0.0)
    for _ in range(100):  # Newton from above: m - tanh(J m / T) is convex for m > 0, so it cannot overshoot
        x = np.tanh(coupling * m / t)
        slope = np.where(t < coupling, 1.0 - coupling / t * (1.0 - x * x), 1.0)
        m = np.where(t < coupling, np.maximum(m - (m - x) / slope, 0.0), 0.0)
    return np.asarray(m)


def _elliptic_k(slope: Array) -> Array:
    """Complete elliptic integral of modulus kappa, from the complementary parameter 1 - kappa^2 = slope^2."""
    return np.asarray(special.ellipkm1(slope**2))


def _bond(temperature: ArrayLike, coupling: float) -> Array:
    """K = J / T."""
    t = np.asarray(temperature, dtype=float)
    _check_temperature(t)
    k = _positive("coupling", coupling) / t
    if np.any(k > 1.0 / COLDEST):
        raise ValueError(f"temperature must be at least {COLDEST} J, but one is {float(t.min()):g}; below, u = -2 J")
    return np.asarray(k)


def _check_temperature(t: Array) -> None:
    bad = ~(np.isfinite(t) & (t > 0))
    if bad.any():
        raise ValueError(f"temperature must be positive and finite, but one is {float(t[bad].flat[0]):g}")


def _positive(name: str, value: float) -> float:
    if not (np.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be positive and finite, but it is {value!r}")
    return float(value)

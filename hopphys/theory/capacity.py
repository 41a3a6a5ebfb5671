"""How many memories, by which criterion, and where each number comes from.

Three questions that must not be mixed: is there a state *near* the pattern (0.138 N), are there *few wrong bits* at
N = 100 (Hopfield's 0.15 N), is every bit of one pattern, or of all of them, *exactly* right (N/(2 ln N), N/(4 ln N)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from hopphys.types import Array, ArrayLike


@dataclass(frozen=True)
class Reference:
    """A published or computed number and where it stands."""

    value: float
    source: str


AGS = Reference(0.1379055665, "Amit, Gutfreund & Sompolinsky 1985: a state near the pattern exists, N -> infinity")
RSB = Reference(0.138187, "Steffan & Kühn 1994: the same with two steps of replica symmetry breaking")
HOPFIELD = Reference(0.15, "Hopfield 1982: few wrong bits, simulations at N = 30 and 100")
GLOBAL = Reference(0.0518543, "Amit, Gutfreund & Sompolinsky 1987: retrieval states are the global minima below")


def one_step_error(alpha: ArrayLike) -> Array:
    """Fraction of wrong bits after one synchronous step from a pattern, erfc(1/sqrt(2 alpha)) / 2, N -> infinity.

    The crosstalk of the other patterns is Gaussian of variance alpha (Hertz, Krogh & Palmer 1991, section 2.2).
    """
    alpha = np.asarray(alpha, dtype=float)
    if not (np.isfinite(alpha).all() and (alpha >= 0).all()):
        raise ValueError(f"load must be finite and not negative, but it is {alpha}")
    with np.errstate(divide="ignore"):
        return np.asarray(0.5 * special.erfc(1.0 / np.sqrt(2.0 * alpha)))


def one_step_error_at(size: ArrayLike, count: ArrayLike) -> Array:
    """The same at finite N and P, exactly: ½ erfc is the limit of this binomial tail.

    A bit of a pattern has N - 1 signs for it and (P - 1)(N - 1) independent fair ones: it turns where their sum falls
    below -(N - 1); a tie keeps it.
    """
    others = _sizes(size) - 1
    signs = (np.asarray(count, dtype=float) - 1) * others
    most = np.ceil((signs - others) / 2) - 1  # the largest number of plus signs that turns the bit
    plus = np.maximum(most, 0)
    tail = special.betainc(np.maximum(signs - plus, 1), plus + 1, 0.5)  # the binomial law up to `plus`, for any number
    return np.where(most < 0, 0.0, tail)


def exactly_fixed(size: ArrayLike, count: ArrayLike) -> Array:
    """Chance that every bit of a pattern is kept by one step, so that the pattern is a fixed point.

    The N bits share the overlaps m_nu of their pattern with the others: given Q = sum m_nu^2, chi-squared with P - 1
    degrees of freedom over N, each crosstalk is Gaussian of mean Q - (P - 1)/N and variance Q, and the bits are all but
    independent. Independent bits throughout would give a fifth less than simulations where a third is fixed. The mean
    over Q of a bit's error is set to the exact one.
    """
    size, count = np.broadcast_arrays(_sizes(size), np.asarray(count, dtype=float))
    grid = (np.arange(400) + 0.5) / 400
    n, others = size[..., None], np.maximum(count[..., None] - 1, 1)
    spread = 2 * special.gammaincinv(others / 2, grid) / n
    error = special.ndtr(-(1 - 1 / n + spread - others / n) / np.sqrt(spread))
    error *= (one_step_error_at(size, count) / error.mean(axis=-1))[..., None]
    return np.asarray(np.mean((1 - np.minimum(error, 1)) ** n, axis=-1))


def load_at_error(error: ArrayLike) -> Array:
    """The load at which the one-step error is `error`, 0 < error < 1/2: 0.138 at 0.0036, 0.185 at 0.01."""
    error = np.asarray(error, dtype=float)
    if not ((error > 0) & (error < 0.5)).all():
        raise ValueError(f"a one-step error lies strictly between 0 and 1/2, but it is {error}")
    return np.asarray(0.5 / special.erfcinv(2.0 * error) ** 2)


def one_pattern_exact(size: ArrayLike) -> Array:
    """Number of patterns up to which one given pattern is exactly stable, N / (2 ln N); McEliece et al. 1987."""
    n = _sizes(size)
    return np.asarray(n / (2 * np.log(n)))


def all_patterns_exact(size: ArrayLike) -> Array:
    """Number of patterns up to which all of them are exactly stable, N / (4 ln N); McEliece et al. 1987."""
    return 0.5 * one_pattern_exact(size)


def storkey(size: ArrayLike) -> Array:
    """Absolute capacity of Storkey's rule, N / sqrt(2 ln N); Storkey 1997."""
    n = _sizes(size)
    return np.asarray(n / np.sqrt(2 * np.log(n)))


def gardner(stability: ArrayLike = 0.0) -> Array:
    """Largest load at which *some* couplings give every bit the stability kappa; Gardner 1988.

    alpha_c = 1 / int_{-kappa}^infinity Dt (t + kappa)^2 = 1 / [(1 + kappa^2) Phi(kappa) + kappa phi(kappa)], 2 at 0.
    Rows of J are independent, so J is not symmetric; symmetric couplings reach less.
    """
    kappa = np.asarray(stability, dtype=float)
    density = np.exp(-0.5 * kappa**2) / np.sqrt(2 * np.pi)
    return np.asarray(1.0 / ((1 + kappa**2) * special.ndtr(kappa) + kappa * density))


def dense_one_step_error(count: ArrayLike, size: int, n: int) -> Array:
    """One-step error of a dense memory F = x^n, erfc(sqrt(N^(n-1) / (2 K (2n-3)!!))) / 2; Krotov & Hopfield 2016."""
    exponent = float(_sizes(size)) ** (n - 1) / (2.0 * np.asarray(count, dtype=float) * _double_factorial(n))
    return np.asarray(0.5 * special.erfc(np.sqrt(exponent)))


def dense_all_exact(size: ArrayLike, n: int) -> Array:
    """Patterns that a dense memory F = x^n holds without error, N^(n-1) / (2 (2n-3)!! ln N); Krotov & Hopfield 2016.

    This is the criterion of `one_pattern_exact`, which it equals at n = 2.
    """
    size = _sizes(size)
    return np.asarray(size ** (n - 1) / (2.0 * _double_factorial(n) * np.log(size)))


def exponential_capacity(size: ArrayLike) -> Array:
    """2^(N/2) patterns for F = exp(x), up to a factor that no power of 2^N beats; Demircigil et al. 2017."""
    return np.asarray(2.0 ** (_sizes(size) / 2))


def information_ratio(count: ArrayLike) -> Array:
    """Bits in 0.15 N patterns over the bits that N^2 whole couplings in [-M, M] take, 0.15 / log2(2M + 1), M = `count`.

    With M = 0.15 N: 0.0303 at N = 100, 0.0182 at N = 1000.
    """
    count = np.asarray(count, dtype=float)
    if not (np.isfinite(count).all() and (count >= 1).all()):
        raise ValueError(f"count must be finite and at least 1, but it is {count}")
    return np.asarray(HOPFIELD.value / np.log2(2 * count + 1))


def _double_factorial(n: int) -> float:
    """(2n - 3)!!, the moment of order 2(n - 1) of a Gaussian."""
    if int(n) != n or n < 2:
        raise ValueError(f"a dense memory needs an integer power n >= 2, but n = {n!r}")
    return float(special.factorial2(2 * int(n) - 3))


def _sizes(size: ArrayLike) -> Array:
    array = np.asarray(size, dtype=float)
    if not (np.isfinite(array).all() and (array > 1).all()):
        raise ValueError(f"a size must be finite and above 1, but it is {array}")
    return array

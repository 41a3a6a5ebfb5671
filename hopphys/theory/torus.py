"""Magnetisation of finite square lattices, which Kaufman's solution does not give: narrow tori, by transfer matrix."""

from __future__ import annotations

import itertools
import math

import numpy as np

from hopphys.memory import require
from hopphys.types import Array

WIDEST = 10
ORDERS = 5  # powers of the field 0, ..., 4: enough for the Binder parameter


def magnetisation_moments(length: int, width: int, temperature: float, coupling: float = 1.0) -> tuple[float, float]:
    """<m^2> and <m^4> of the square lattice of length x width sites, periodic both ways, m = sum s_i / N; width <= 10.

    Z(h) = Tr T(h)^length with T(h)_ab = exp(K a.b + K sum_i a_i a_{i+1} + h sum_i a_i) over the 2^width states of a row
    (Kramers & Wannier 1941), kept as a power series in the field h: <M^n> = n! Z_n / Z_0. Exact to rounding.
    """
    if not 2 <= width <= WIDEST or length < 2:
        raise ValueError(f"length must be at least 2 and width from 2 to {WIDEST}, but they are {length} and {width}")
    if not (np.isfinite(temperature) and temperature > 0):
        raise ValueError(f"temperature must be positive and finite, but it is {temperature!r}")
    require(8 * 3 * ORDERS * 4**width, f"transfer matrices of width {width}", "take a narrower lattice")
    series = _power(_transfer(width, coupling / temperature), length)
    z = np.trace(series, axis1=1, axis2=2)
    size = float(length * width)
    return float(math.factorial(2) * z[2] / z[0] / size**2), float(math.factorial(4) * z[4] / z[0] / size**4)


def binder(length: int, width: int, temperature: float, coupling: float = 1.0) -> float:
    """Binder parameter U = 1 - <m^4> / (3 <m^2>^2) of the same lattice, exactly."""
    square, fourth = magnetisation_moments(length, width, temperature, coupling)
    return 1.0 - fourth / (3.0 * square**2)


def _transfer(width: int, k: float) -> Array:
    """T_n (orders, 2^width, 2^width) with T(h) = sum over n of T_n h^n, divided by its largest entry."""
    rows = np.array(list(itertools.product((-1.0, 1.0), repeat=width)))
    within = (rows * np.roll(rows, 1, axis=1)).sum(axis=1)
    exponent = k * (rows @ rows.T + within[:, None])
    plain = np.exp(exponent - exponent.max())
    total = rows.sum(axis=1)
    return np.stack([plain * (total**n / math.factorial(n))[:, None] for n in range(ORDERS)])


def _power(series: Array, exponent: int) -> Array:
    """A power of a truncated series of matrices, by squaring; scaled as it grows, which ratios do not see."""
    result: Array | None = None
    while True:
        if exponent & 1:
            result = series if result is None else _product(result, series)
        exponent >>= 1
        if not exponent:
            assert result is not None
            return result
        series = _product(series, series)


def _product(a: Array, b: Array) -> Array:
    product = np.stack([sum((a[k] @ b[n - k] for k in range(n + 1)), np.zeros_like(a[0])) for n in range(len(a))])
    return np.asarray(product / np.abs(product[0]).max())

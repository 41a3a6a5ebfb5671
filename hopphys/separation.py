"""Separation functions F: how an overlap x_mu = xi_mu . s lowers the energy, U = -F(x).

Each is a hidden unit integrated out (DESIGN: Gaussian -> quadratic, +-1 -> log cosh, 0/1 -> softplus, Poisson ->
exponential, categorical -> log-sum-exp), or the power of a dense associative memory (Krotov & Hopfield 2016). `value`
sums over the patterns; `slope` is dF/dx_mu. `size` is the number of sites N, which sets the scale of the two that
are extensive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from scipy import special

from hopphys.checks import positive, whole
from hopphys.types import Array

LOG_2 = float(np.log(2.0))


@runtime_checkable
class Separation(Protocol):
    """Anything with `value(x, size) -> (...)` and `slope(x, size) -> (..., P)` for overlaps x of shape (..., P)."""

    def value(self, x: Array, size: int) -> Array: ...

    def slope(self, x: Array, size: int) -> Array: ...


@dataclass(frozen=True)
class Quadratic:
    """F = sum x^2 / (2 norm), norm = N where none is given: Hopfield 1982."""

    norm: float | None = None

    def scale(self, size: int) -> float:
        return 1.0 / (size if self.norm is None else self.norm)

    def value(self, x: Array, size: int) -> Array:
        return np.asarray(0.5 * self.scale(size) * (x * x).sum(axis=-1))

    def slope(self, x: Array, size: int) -> Array:
        return self.scale(size) * x


@dataclass(frozen=True)
class Power:
    """F = sum x^n / (n N^(n-1)); an odd n tells a pattern from its negative."""

    n: int

    def value(self, x: Array, size: int) -> Array:
        # The sum of integer powers is exact below 2^53, so that exact ties stay ties; the scale comes last.
        return np.asarray((x**self.n).sum(axis=-1) * self.scale(size))

    def scale(self, size: int) -> float:
        return float(size) ** (1 - self.n) / self.n

    def slope(self, x: Array, size: int) -> Array:
        return (x / size) ** (self.n - 1)


@dataclass(frozen=True)
class Exponential:
    """F = sum exp(k x) / k: Poisson hidden units; Demircigil et al. 2017 at k = 1."""

    sharpness: float = 1.0

    def value(self, x: Array, size: int) -> Array:
        return np.asarray(np.exp(self.sharpness * x).sum(axis=-1) / self.sharpness)

    def slope(self, x: Array, size: int) -> Array:
        return np.exp(self.sharpness * x)


@dataclass(frozen=True)
class LogSumExp:
    """F = (1/k) log sum_mu exp(k x_mu): one categorical hidden unit; its slope is softmax (Ramsauer et al. 2021)."""

    sharpness: float

    def value(self, x: Array, size: int) -> Array:
        return np.asarray(special.logsumexp(self.sharpness * x, axis=-1) / self.sharpness)

    def slope(self, x: Array, size: int) -> Array:
        return np.asarray(special.softmax(self.sharpness * x, axis=-1))


@dataclass(frozen=True)
class LogCosh:
    """F = sum log cosh(k x) / k: +-1 hidden units."""

    sharpness: float

    def value(self, x: Array, size: int) -> Array:
        kx = self.sharpness * x
        return np.asarray((np.logaddexp(kx, -kx) - LOG_2).sum(axis=-1) / self.sharpness)

    def slope(self, x: Array, size: int) -> Array:
        return np.tanh(self.sharpness * x)


@dataclass(frozen=True)
class Softplus:
    """F = sum log(1 + exp(k x)) / k: 0/1 hidden units, the free energy of a restricted Boltzmann machine."""

    sharpness: float

    def value(self, x: Array, size: int) -> Array:
        return np.asarray(np.logaddexp(0.0, self.sharpness * x).sum(axis=-1) / self.sharpness)

    def slope(self, x: Array, size: int) -> Array:
        return np.asarray(special.expit(self.sharpness * x))


def quadratic(norm: float | None = None) -> Quadratic:
    """F = x^2 / (2 norm), norm = N by default."""
    return Quadratic(None if norm is None else positive(norm, "norm"))


def power(n: int) -> Power:
    """F = x^n / (n N^(n-1)), so that power(2) is Hopfield. Raises ValueError for n < 2 or a fraction."""
    return Power(whole(n, "n", 2))


def exponential(sharpness: float = 1.0) -> Exponential:
    """F = exp(k x) / k."""
    return Exponential(positive(sharpness, "sharpness"))


def log_sum_exp(sharpness: float) -> LogSumExp:
    """F = (1/k) log sum exp(k x)."""
    return LogSumExp(positive(sharpness, "sharpness"))


def log_cosh(sharpness: float) -> LogCosh:
    """F = log cosh(k x) / k."""
    return LogCosh(positive(sharpness, "sharpness"))


def softplus(sharpness: float) -> Softplus:
    """F = log(1 + exp(k x)) / k."""
    return Softplus(positive(sharpness, "sharpness"))

"""Separation functions F: how an overlap x_mu = xi_mu . s lowers the energy, U = -F(x).

Each is a hidden unit integrated out (DESIGN: Gaussian -> quadratic, +-1 -> log cosh, 0/1 -> softplus, Poisson ->
exponential, categorical -> log-sum-exp), or the power of a dense associative memory (Krotov & Hopfield 2016). `value`
sums over the patterns; `slope` is dF/dx_mu. `size` is the number of sites N, which sets the scale of the two that
are extensive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from hopphys.checks import positive, whole
from hopphys.deferred import Deferred
from hopphys.types import Array

if TYPE_CHECKING:
    from scipy import special
else:
    special = Deferred("scipy.special")

LOG_2 = float(np.log(2.0))
LARGEST_EXPONENT = 700.0  # exp(700) = 1e304: room for the sum of 10^4 patterns that all overlap as much as any can


@runtime_checkable
class Separation(Protocol):
    """Anything with `value(x, size) -> (...)` and `slope(x, size) -> (..., P)` for overlaps x of shape (..., P).

    One that overflows may offer `require_range(largest |x|)`, which raises where it would.
    """

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

    def require_range(self, largest: float) -> None:
        """Raise ValueError where overlaps up to `largest` would leave the numbers there are."""
        if largest > 1 and self.n * np.log(largest) > LARGEST_EXPONENT:
            raise ValueError(
                f"power({self.n}) of overlaps up to {largest:g} exceeds the largest number; "
                f"use power({int(LARGEST_EXPONENT / np.log(largest))}) or lower, or log_sum_exp(k)"
            )

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

    def require_range(self, largest: float) -> None:
        """Raise ValueError where overlaps up to `largest` would leave the numbers there are."""
        if self.sharpness * largest > LARGEST_EXPONENT:
            raise ValueError(
                f"an exponential memory needs sharpness x largest overlap <= {LARGEST_EXPONENT:g}, or its energies are "
                f"infinite, but {self.sharpness:g} x {largest:g} = {self.sharpness * largest:g}; use log_sum_exp"
                f"({self.sharpness:g}), which rises and falls with it and so has the same minima, or a sharpness of at "
                f"most {LARGEST_EXPONENT / largest:.3g}"
            )

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

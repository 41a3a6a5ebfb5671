"""The values one site can take: its alphabet, or its confinement, and the one-site law in a field.

Couple a unit z to a field x by `-z x`. Its free energy at inverse temperature beta is `-G(x)` with
`G(x) = (1/beta) log integral rho(dz) exp(beta (z x - R(z)))`, rho and R free of beta. Everything the package does with
a single site is a property of this law: G integrates it out, `mean` is its first moment, `draw` inverts its
distribution function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hopphys.checks import whole
from hopphys.deferred import Deferred
from hopphys.types import Array

if TYPE_CHECKING:
    from scipy import special, stats
else:
    special, stats = Deferred("scipy.special"), Deferred("scipy.stats")

SMALLEST = 2.0**-54  # half a step of the uniform numbers: stands for 0, which has no quantile


@dataclass(frozen=True)
class Space:
    """Alphabet of a site; `levels` is None where it is not finite (real and Poisson units)."""

    name: str
    levels: tuple[float, ...] | None = None

    @property
    def discrete(self) -> bool:
        return self.levels is not None

    @property
    def two_level(self) -> bool:
        return self.levels is not None and len(self.levels) == 2 and self.name != "categorical"

    @property
    def low(self) -> float:
        return self._levels()[0]

    @property
    def high(self) -> float:
        return self._levels()[-1]

    def _levels(self) -> tuple[float, ...]:
        if self.levels is None:
            raise ValueError(f"a {self.name} site has no list of levels; only discrete sites have")
        return self.levels

    def confinement(self, s: Array) -> Array:
        """R(s), elementwise: s^2 / 2 for real sites and 0 for every other space."""
        return 0.5 * s * s if self.name == "real" else np.zeros_like(s, dtype=float)

    def log_partition(self, x: Array, beta: float | Array) -> Array:
        """G(x) = (1/beta) log integral rho(dz) exp(beta (z x - R(z))); a categorical unit reduces the last axis."""
        return _LOG_PARTITION[self.name](np.asarray(x, dtype=float), beta)

    def mean(self, x: Array, beta: float | Array) -> Array:
        """Thermal mean of z in the field x: identity, tanh, sigmoid, exp or softmax."""
        return _MEAN[self.name](np.asarray(x, dtype=float), beta)

    def draw(self, x: Array, beta: float | Array, uniform: Array) -> Array:
        """One value per uniform number, by inverting the distribution function of the one-site law."""
        return _DRAW[self.name](np.asarray(x, dtype=float), beta, uniform)


SPIN = Space("spin", (-1.0, 1.0))
BINARY = Space("binary", (0.0, 1.0))
REAL = Space("real")
POISSON = Space("poisson")


def categorical(q: int) -> Space:
    """A site with q unordered levels; its state is the level's index 0, ..., q - 1. Raises ValueError for q < 2."""
    return Space("categorical", tuple(float(level) for level in range(whole(q, "q", 2))))


def standard_normal(uniform: Array) -> Array:
    """Normal numbers of mean 0 and variance 1 from uniform ones in [0, 1): finite at 0 too, and below 1 as it is."""
    return np.asarray(special.ndtri(np.maximum(uniform, SMALLEST)))


def _draw_category(x: Array, beta: float | Array, uniform: Array) -> Array:
    cumulative = np.cumsum(special.softmax(beta * x, axis=-1), axis=-1)
    return np.asarray(np.minimum((uniform[..., None] >= cumulative).sum(axis=-1), x.shape[-1] - 1).astype(float))


_Law = Callable[[Array, float | Array], Array]
_LOG_PARTITION: dict[str, _Law] = {
    "real": lambda x, beta: 0.5 * x * x + np.log(2 * np.pi / beta) / (2 * beta),
    "spin": lambda x, beta: np.logaddexp(beta * x, -beta * x) / beta,
    "binary": lambda x, beta: np.logaddexp(0.0, beta * x) / beta,
    "poisson": lambda x, beta: np.exp(beta * x) / beta,
    "categorical": lambda x, beta: special.logsumexp(beta * x, axis=-1) / beta,
}
_MEAN: dict[str, _Law] = {
    "real": lambda x, beta: x,
    "spin": lambda x, beta: np.tanh(beta * x),
    "binary": lambda x, beta: special.expit(beta * x),
    "poisson": lambda x, beta: np.exp(beta * x),
    "categorical": lambda x, beta: special.softmax(beta * x, axis=-1),
}
_DRAW: dict[str, Callable[[Array, float | Array, Array], Array]] = {
    "real": lambda x, beta, u: x + standard_normal(u) / np.sqrt(beta),
    "spin": lambda x, beta, u: np.where(u < special.expit(2 * beta * x), 1.0, -1.0),
    "binary": lambda x, beta, u: np.where(u < special.expit(beta * x), 1.0, 0.0),
    "poisson": lambda x, beta, u: np.asarray(stats.poisson.ppf(np.maximum(u, SMALLEST), np.exp(beta * x))),
    "categorical": _draw_category,
}

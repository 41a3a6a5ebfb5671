"""Attention at beta = sharpness is a Gaussian mixture: sampled exactly, so tested exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from hopphys.checks import finite_beta
from hopphys.features import Bipartite, Patterns
from hopphys.hamiltonian import Hamiltonian
from hopphys.kernels import random
from hopphys.memory import require
from hopphys.separation import LogSumExp
from hopphys.spaces import standard_normal
from hopphys.types import Array, ArrayLike


@dataclass(frozen=True, eq=False)
class GaussianMixture:
    """p(s) = sum over mu of weights_mu N(s; means_mu, variance): exp(-beta E) / Z of softmax attention.

    weights : (P,), sum 1; means : (P, N), the patterns (plus the bias); variance : 1 / beta, in every direction
    log_z : log integral exp(-beta E(s)) ds
    """

    weights: Array
    means: Array
    variance: float
    log_z: float

    @property
    def mean(self) -> Array:
        """<s>, (N,)."""
        return np.asarray(self.weights @ self.means)

    @property
    def covariance(self) -> Array:
        """(N, N)."""
        away = self.means - self.mean
        return np.asarray(self.variance * np.eye(self.means.shape[1]) + away.T @ (self.weights[:, None] * away))

    def log_density(self, s: ArrayLike) -> Array:
        """log p(s), (..., N) -> (...)."""
        array = np.asarray(s, dtype=float)
        squares = ((array[..., None, :] - self.means) ** 2).sum(axis=-1)
        constant = 0.5 * self.means.shape[1] * np.log(2 * np.pi * self.variance)
        with np.errstate(divide="ignore"):  # a weight that underflowed to 0
            log_weights = np.log(self.weights)
        return np.asarray(special.logsumexp(log_weights - squares / (2 * self.variance), axis=-1) - constant)

    def responsibilities(self, s: ArrayLike) -> Array:
        """Probability that each pattern made the state, (..., N) -> (..., P): the attention weights."""
        array = np.asarray(s, dtype=float)
        with np.errstate(divide="ignore"):
            score = np.log(self.weights) - ((array[..., None, :] - self.means) ** 2).sum(axis=-1) / (2 * self.variance)
        return np.asarray(special.softmax(score, axis=-1))

    def sample(self, count: int, *, seed: int) -> Array:
        """Independent states (count, N): a pattern by its weight, then a normal around it."""
        size = self.means.shape[1]
        require(40 * count * size, f"{count:,} states of {size} sites", "draw fewer at a time, with other seeds")
        stream = random.streams(random.key(seed, "gaussian mixture"), count)
        choice = np.searchsorted(np.cumsum(self.weights), random.uniforms(stream, 0, 0), side="right")
        normal = standard_normal(random.uniforms(stream[:, None, :], 1, np.arange(size)))
        return np.asarray(self.means[np.minimum(choice, len(self.weights) - 1)] + np.sqrt(self.variance) * normal)


def gaussian_mixture(
    hamiltonian: Hamiltonian, beta: float | None = None, *, temperature: float | None = None
) -> GaussianMixture:
    """The law exp(-beta E) of an attention Hamiltonian, at beta (or 1 / temperature) its sharpness and at no other.

    exp(-beta E) = sum over mu of exp(beta (x_mu . s + b . s - s . s / 2 - offset)): normals of variance 1/beta around
    x_mu + b, of weight exp(beta |x_mu + b|^2 / 2). A joint form (real visible sites, one categorical hidden unit) is
    taken at any beta: its marginal has that sharpness. Raises ValueError otherwise.
    """
    beta = finite_beta(beta, temperature)
    if isinstance(hamiltonian.interaction, Bipartite):
        hamiltonian = hamiltonian.marginal(beta)
    features = _attention(hamiltonian, beta)
    sharpness: float = features.separation.sharpness  # type: ignore[attr-defined]  # checked by _attention
    patterns = features.patterns.astype(float)
    means = features.scale * patterns + hamiltonian.bias
    inner = features.shift * patterns.sum(axis=-1) + (0.0 if features.inner is None else features.inner)
    log_weight = sharpness * (inner + 0.5 * (means * means).sum(axis=-1))
    total = float(special.logsumexp(log_weight))
    constant = 0.5 * hamiltonian.size * np.log(2 * np.pi / sharpness) - sharpness * hamiltonian.offset
    return GaussianMixture(np.exp(log_weight - total), means, 1.0 / sharpness, float(total + constant))


def _attention(hamiltonian: Hamiltonian, beta: float) -> Patterns:
    features = hamiltonian.interaction
    if not (isinstance(features, Patterns) and isinstance(features.separation, LogSumExp)):
        raise ValueError(
            f"a Gaussian mixture needs a log-sum-exp of patterns, but this is {hamiltonian.name or 'not one'}"
        )
    if any(block.space.name != "real" for block in hamiltonian.sites):
        raise ValueError("a Gaussian mixture needs real sites; discrete sites are enumerated: exact.enumerate")
    if hamiltonian.clamped is not None or hamiltonian.disorder is not None:
        raise ValueError("a Gaussian mixture is of one disorder sample without clamped sites")
    sharpness = features.separation.sharpness
    if not np.isclose(beta, sharpness, rtol=1e-12, atol=0.0):
        raise ValueError(
            f"attention is a Gaussian mixture only at beta = sharpness, but beta = {beta!r}, sharpness = {sharpness}; "
            f"use beta={sharpness}, or the joint model restricted_boltzmann_machine(..., hidden=categorical(P))"
        )
    return features

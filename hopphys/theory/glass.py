"""The spin glass of the Hopfield network: its susceptibility above T_g, and one step of broken replica symmetry below.

Hebb couplings, load alpha = P/N, no overlap with any pattern, k_B = 1. Below T_g = 1 + sqrt alpha the replica-symmetric
free energy of `ags.spin_glass` is too low, and near T = 0 it decides whether patterns or glass are deeper. One step
(Parisi 1979; for this network Crisanti, Amit & Gutfreund, Europhys. Lett. 2, 337 (1986)): a fraction 1 - x of the
pairs of replicas has the overlap q, the others none. With L1 = 1 - beta (1 - q) and L2 = L1 - beta x q, per site,

    f = alpha/2 + (alpha T/2) [(1 - 1/x) ln L1 + (1/x) ln L2] + (alpha beta r/2) [1 - (1 - x) q]
        - (T/x) ln int Dz (2 cosh beta sqrt(alpha r) z)^x,

    q = int Dz cosh^x tanh^2 / int Dz cosh^x,        r = q / (L1 L2),        f largest in x.

x -> 0 is the replica-symmetric state, and L2 > 0 keeps x below T. More steps would raise f a little further: in the
Sherrington-Kirkpatrick model one step leaves 6 % of the error of the symmetric ground state energy (Parisi 1979).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import optimize

from hopphys.theory import ags
from hopphys.types import Array, ArrayLike

SOURCE = "one-step replica symmetry breaking, with the equations of Crisanti, Amit & Gutfreund (1986)"
COLDEST = 0.04  # below, tanh is steeper than the grid of the integrals resolves
Z = np.linspace(-10.0, 10.0, 801)
WEIGHT = np.exp(-0.5 * Z * Z) / np.exp(-0.5 * Z * Z).sum()
LOG_B = np.linspace(np.log(1e-4), np.log(1e3), 24)


@dataclass(frozen=True)
class Broken:
    """One step: overlap q inside a cluster of states, breaking point x, noise r, and free energy f per site."""

    q: float
    x: float
    r: float
    f: float


def susceptibility(alpha: ArrayLike, temperature: ArrayLike) -> Array:
    """chi_SG = N <q^2> = 1 / (1 - alpha / (T - 1)^2) of two replicas, N -> infinity; infinite from T_g down.

    Correlations of a paramagnet with couplings of eigenvalue l are 1/(z - beta l); Marchenko & Pastur's law and unit
    diagonal fix z = 1 + alpha beta / (1 - beta), self-term included, and chi_SG is the mean of their squares.
    """
    alpha, temperature = np.asarray(alpha, dtype=float), np.asarray(temperature, dtype=float)
    below = temperature <= ags.glass_temperature(alpha)
    ratio = alpha / np.where(below, np.inf, temperature - 1) ** 2
    return np.asarray(np.where(below, np.inf, 1 / (1 - ratio)))


def spin_glass(alpha: float, temperature: float) -> Broken | None:
    """The spin glass with one step of broken symmetry at load alpha and temperature T >= 0.04; None from T_g up."""
    if not (np.isfinite(temperature) and temperature >= COLDEST):
        raise ValueError(f"temperature must be at least {COLDEST}, but it is {temperature!r}")
    if not (np.isfinite(alpha) and alpha > 0):
        raise ValueError(f"load must be positive, but it is {alpha!r}")
    if temperature >= float(ags.glass_temperature(alpha)):
        return None
    grid = np.linspace(np.log(1e-3), np.log(0.9), 10)
    values = [_at(alpha, temperature, float(np.exp(log_x))).f for log_x in grid]
    top = int(np.argmax(values))
    found = optimize.minimize_scalar(
        lambda log_x: -_at(alpha, temperature, float(np.exp(log_x))).f,
        bounds=(grid[max(top - 1, 0)], grid[min(top + 1, 9)]),
        method="bounded",
        options={"xatol": 1e-3},
    )
    return _at(alpha, temperature, float(np.exp(found.x)))


@cache
def transition_temperature(alpha: float) -> float:
    """T_c where the retrieval state of `ags` (its symmetry holds there) is as deep as the one-step spin glass.

    nan where the retrieval states are not the deepest at any temperature above 0.04.
    """

    def difference(t: float) -> float:
        recalled, glass = ags.retrieval(alpha, t), spin_glass(alpha, t)
        assert recalled is not None and glass is not None
        return recalled.f - glass.f

    highest = ags.retrieval_temperature(alpha)
    if highest <= COLDEST or difference(COLDEST) > 0:
        return float("nan")
    return float(optimize.brentq(difference, COLDEST, highest * (1 - 1e-9), xtol=1e-6))


def _at(alpha: float, temperature: float, x: float) -> Broken:
    """The state at a breaking point x; of several solutions that of the largest q; f = -inf where there is none."""
    excess = _excess(LOG_B, alpha, temperature, x)
    roots = np.flatnonzero((excess[:-1] < 0) & (excess[1:] >= 0))
    if not roots.size:
        return Broken(np.nan, x, np.nan, -np.inf)
    rising = roots[-1]
    log_b = float(
        optimize.brentq(
            lambda log_b: float(_excess(np.array([log_b]), alpha, temperature, x)[0]),
            LOG_B[rising],
            LOG_B[rising + 1],
            xtol=1e-12,
        )
    )
    b = np.exp(log_b)
    q, narrow, wide = (float(part[0]) for part in _parts(np.array([log_b]), temperature, x))
    r = (b * temperature) ** 2 / alpha
    logs = (1 - 1 / x) * np.log(narrow) + np.log(wide) / x
    raised = x * _log_2cosh(b * Z)
    average = float(np.log((WEIGHT * np.exp(raised - raised.max())).sum()) + raised.max()) / x
    tension = r / temperature * (1 - (1 - x) * q)
    f = 0.5 * alpha * (1 + temperature * logs + tension) - temperature * average
    return Broken(q, x, float(r), float(f))


def _excess(log_b: Array, alpha: float, temperature: float, x: float) -> Array:
    """(load at which b = beta sqrt(alpha r) solves the equations) - alpha; -alpha where L1 or L2 is negative."""
    q, narrow, wide = _parts(log_b, temperature, x)
    stable = (narrow > 0) & (wide > 0)
    load = narrow * wide * (np.exp(log_b) * temperature) ** 2 / q
    return np.asarray(np.where(stable, load, 0.0) - alpha)


def _parts(log_b: Array, temperature: float, x: float) -> tuple[Array, Array, Array]:
    """q, L1 and L2 at each b."""
    field = np.exp(log_b)[:, None] * Z
    raised = x * _log_2cosh(field)
    weight = WEIGHT * np.exp(raised - raised.max(axis=1, keepdims=True))
    q = (weight * np.tanh(field) ** 2).sum(axis=1) / weight.sum(axis=1)
    narrow = 1 - (1 - q) / temperature
    return q, narrow, narrow - x * q / temperature


def _log_2cosh(field: Array) -> Array:
    return np.logaddexp(field, -field)

"""What is computed from the runs of the study `ising_transition`: curves with errors over replicas, and crossings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import xarray as xr

import hopphys as hp

TC = hp.theory.ising.TC
CRITICAL_BINDER = 0.610690  # Kamieniarz & Blöte 1993, square lattice with periodic boundaries
RESAMPLES = 400
NARROW = 8  # the widest lattice whose transfer matrix is no trouble: 2^8 rows


@dataclass(frozen=True)
class Curve:
    """One quantity of one lattice: values and jackknife errors (T,) at rising temperatures, and what is exact there."""

    temperature: Any
    value: Any
    error: Any
    exact: Any = None

    @property
    def z(self) -> Any:
        return (self.value - self.exact) / self.error


def lattice(ds: xr.Dataset, length: int, near: bool | None = None) -> xr.Dataset:
    """The points of one length, by rising temperature."""
    chosen = ds.length.values == length
    if near is not None:
        chosen &= ds.near.values.astype(bool) == near
    part = ds.isel(point=np.flatnonzero(chosen))
    return part.isel(point=np.argsort(part.temperature.values))


def lengths(ds: xr.Dataset) -> list[int]:
    return sorted({int(length) for length in ds.length.values})


def curve(ds: xr.Dataset, length: int, quantity: str) -> Curve:
    """u, c, m_abs or binder of one lattice at all its temperatures."""
    part = lattice(ds, length)
    t = part.temperature.values
    estimates = [QUANTITIES[quantity](part.isel(point=k), length) for k in range(t.size)]
    value, error = (np.array([float(getattr(e, name)) for e in estimates]) for name in ("value", "error"))
    return Curve(t, value, error, exact(quantity, length, t))


def exact(quantity: str, length: int, t: Any) -> Any:
    """u and c of every lattice; <m²> and U of narrow ones; None where there is no exact result."""
    if quantity in ("u", "c"):
        return getattr(hp.theory.ising.kaufman(length, length, t), quantity)
    if length > NARROW or quantity not in ("m2", "binder"):
        return None
    m2, u = np.array([narrow(length, float(temperature)) for temperature in t]).T
    return m2 if quantity == "m2" else u


@cache
def narrow(length: int, temperature: float) -> tuple[float, float]:
    """<m²> and U of a narrow lattice."""
    square, fourth = hp.theory.torus.magnetisation_moments(length, length, temperature)
    return square, 1.0 - fourth / (3.0 * square**2)


def mean(name: str) -> Any:
    return lambda point, length: hp.statistics.standard_error(point[name].values)


def heat_capacity(point: xr.Dataset, length: int) -> hp.statistics.Estimate:
    """c = N (<u²> - <u>²) / T²."""
    factor = length**2 / float(point.temperature) ** 2
    moments = np.stack([point.u.values, point.u2.values], axis=-1)
    return hp.statistics.jackknife(lambda p: factor * (p[:, 1].mean() - p[:, 0].mean() ** 2), moments)


def binder_of(moments: Any) -> Any:
    """U from moments <m²>, <m⁴> of replicas, (replica, 2)."""
    square, fourth = moments.mean(axis=0)
    return 1.0 - fourth / (3.0 * square**2)


def binder_parameter(point: xr.Dataset, length: int) -> hp.statistics.Estimate:
    return hp.statistics.jackknife(binder_of, moments_of(point))


def moments_of(point: xr.Dataset) -> Any:
    return np.stack([point.m2.values, point.m4.values], axis=-1)


QUANTITIES = {
    "u": mean("u"), "c": heat_capacity, "m_abs": mean("m_abs"), "m2": mean("m2"), "binder": binder_parameter,
}  # fmt: skip


@dataclass(frozen=True)
class Crossing:
    """Where the Binder parameters of two lattices cross, with bootstrap errors; exponents from the same fits."""

    pair: tuple[int, int]
    temperature: float
    error: float
    missed: float
    inverse_nu: float
    inverse_nu_error: float


def crossing(ds: xr.Dataset, small: int, large: int) -> Crossing:
    """Parabolas through U(T) near Tc, weighted by their errors; replicas of every point are resampled on their own."""
    parts = [lattice(ds, length, near=True) for length in (small, large)]
    t = parts[0].temperature.values - TC
    samples = [moments_of(part.isel(point=k)) for part in parts for k in range(t.size)]
    weights = np.array([1.0 / float(hp.statistics.jackknife(binder_of, sample).error) for sample in samples])

    def fitted(*drawn: Any) -> Any:
        u = np.array([binder_of(sample) for sample in drawn])
        first, second = (np.polyfit(t, u[k : k + t.size], 2, w=weights[k : k + t.size]) for k in (0, t.size))
        return np.array([_root(second - first, t), np.log(second[1] / first[1]) / np.log(large / small)])

    whole = fitted(*samples)
    drawn = hp.statistics.bootstrap(fitted, *samples, seed=int(ds.attrs["seed"]), resamples=RESAMPLES)
    missed = float(np.isnan(drawn[:, 0]).mean())
    error = np.nanstd(drawn, axis=0) if missed < 0.5 else np.full(2, np.nan)
    return Crossing((small, large), TC + whole[0], error[0], missed, whole[1], error[1])


def _root(parabola: Any, t: Any) -> float:
    """The root of the difference closest to Tc, within the temperatures of the fit widened by half; else nan."""
    roots = np.roots(parabola)
    real = roots[np.abs(roots.imag) < 1e-12].real
    inside = real[(real > 1.5 * t.min()) & (real < 1.5 * t.max())]
    return float(inside[np.abs(inside).argmin()]) if inside.size else float("nan")


@cache
def drift(small: int, large: int) -> float:
    """How far from Tc the Binder parameters of two lattices should cross, to first order.

    U_L(Tc) = U* + (a + b/L) L^(-7/4), with a and b from the exact U of L = 6 and 7 (the form gives L = 10 to 2e-6); the
    slope of U at Tc is linear in L.
    """
    six, seven = (binder_at_tc(length) for length in (6, 7))
    scaled = [(u - CRITICAL_BINDER) * length**1.75 for length, (u, _) in ((6, six), (7, seven))]
    b = (scaled[1] - scaled[0]) / (1 / 7 - 1 / 6)
    a = scaled[1] - b / 7
    first, second = ((a + b / length) * length**-1.75 for length in (small, large))
    return float((first - second) / ((seven[1] - six[1]) * (large - small)))


def binder_at_tc(length: int) -> tuple[float, float]:
    """U and dU/dT at Tc, exactly."""
    step = 0.005
    low, middle, high = (hp.theory.torus.binder(length, length, TC + move) for move in (-step, 0.0, step))
    return middle, (high - low) / (2 * step)


def critical(ds: xr.Dataset, length: int) -> tuple[Any, Any]:
    """U and ln <m²> at Tc from the fits of one lattice, and their bootstrap errors."""
    part = lattice(ds, length, near=True)
    t = part.temperature.values - TC
    samples = [moments_of(part.isel(point=k)) for k in range(t.size)]

    def at_tc(*drawn: Any) -> Any:
        rows = np.array([[binder_of(sample), np.log(sample[:, 0].mean())] for sample in drawn])
        return np.polyfit(t, rows, 2)[-1]

    drawn = hp.statistics.bootstrap(at_tc, *samples, seed=int(ds.attrs["seed"]), resamples=RESAMPLES)
    return at_tc(*samples), drawn.std(axis=0)

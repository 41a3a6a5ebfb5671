"""Finite-size scaling of a fraction that falls from 1 to 0 through a transition, with errors over disorder.

Three ways to load_c: one fit of all sizes (`critical`), where the curves of two sizes cross (`crossings`), and where
each curve falls through one half (`thresholds`), extrapolated in N^(-1/2) (`extrapolate`).

The model: fraction = Phi(a - b x + c x²), x = (load - load_c) N^(1/nu), Phi the normal law: every
sample has its own threshold, Gaussian over the disorder. Curves of different N cross at load_c, at the height Phi(a),
and sharpen as N^(-1/nu). An optional term d (N_0/N)^(1/2) in the argument is the leading correction to that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.optimize import least_squares
from scipy.special import ndtr, ndtri

from hopphys.kernels import random
from hopphys.types import Array, ArrayLike

SATURATED = (0.02, 0.98)  # beyond, a fraction says little about its quantile
FLAT = 0.5  # a fraction whose quantile falls by less over all loads says nothing about load_c
CORRECTED = 4  # sizes from which the leading correction is fitted


@dataclass(frozen=True)
class Fractions:
    """A fraction for each disorder sample at each point (N, load), of so many probes a sample.

    size, load, probes : (points,)
    values : (points, disorder), NaN where a point has fewer samples than others

    Raises ValueError for values outside [0, 1] and shapes that do not match.
    """

    size: Array
    load: Array
    values: Array
    probes: Array

    def __post_init__(self) -> None:
        points = np.shape(self.size)
        if not points == np.shape(self.load) == np.shape(self.probes) == np.shape(self.values)[:1]:
            raise ValueError(
                f"size, load, probes (points,) and values (points, disorder) must match, but they are {points}, "
                f"{np.shape(self.load)}, {np.shape(self.probes)} and {np.shape(self.values)}"
            )
        outside = self.values[(self.values < 0) | (self.values > 1)]
        if outside.size:
            raise ValueError(f"fractions must lie between 0 and 1, but one is {outside[0]:g}")

    def within(self, low: float, high: float, smallest: float) -> Fractions:
        """The points with low < load < high and N >= smallest."""
        keep = (self.load > low) & (self.load < high) & (self.size >= smallest)
        return Fractions(self.size[keep], self.load[keep], self.values[keep], self.probes[keep])

    def of(self, *sizes: float) -> Fractions:
        """The points of these sizes alone."""
        keep = np.isin(self.size, sizes)
        return Fractions(self.size[keep], self.load[keep], self.values[keep], self.probes[keep])

    def resampled(self, seed: int, draw: int) -> Fractions:
        """Disorder samples drawn with replacement, point by point: a function of the seed and the draw's number."""
        stream = random.streams(random.key(seed, "bootstrap over disorder"), 1, first=draw)[0]
        values = np.full_like(self.values, np.nan)
        for point, (row, sample) in enumerate(zip(values, self.values, strict=True)):
            known = sample[np.isfinite(sample)]
            chosen = random.uniforms(stream, point, np.arange(known.size)) * known.size
            row[: known.size] = known[chosen.astype(int)]
        return replace(self, values=values)

    @property
    def enough(self) -> bool:
        """Whether a fit of four parameters to two sizes or more is possible, with a point to spare."""
        return len(np.unique(self.size)) > 1 and len(self.size) > 4

    @property
    def samples(self) -> Array:
        return np.asarray(np.isfinite(self.values).sum(axis=1), dtype=float)

    @property
    def mean(self) -> Array:
        return np.asarray(np.nanmean(self.values, axis=1))

    def spread(self) -> Array:
        """Standard error of arcsin(sqrt fraction): ½ / sqrt(probes), whatever the fraction, if probes are independent.

        Those of one disorder sample are not quite: the ratio of the clustered to the binomial variance, pooled over
        the points, widens it. A point where all are retrieved keeps an error this way.
        """
        mean = self.mean
        binomial = mean * (1 - mean) / self.probes
        ratio = np.nanvar(self.values, axis=1, ddof=1).sum() / max(float(binomial.sum()), 1e-12)
        return np.asarray(np.sqrt(max(ratio, 1.0) / (self.samples * self.probes)) / 2)


@dataclass(frozen=True)
class Fit:
    """load_c, the parameters a, b, c and d of the scaling function, nu, N_0, and how well it fits."""

    critical: float
    parameters: Array
    nu: float
    smallest: float
    chi_squared: float
    freedom: int

    def argument(self, load: Array, size: Array) -> Array:
        """The scaling variable x = (load - load_c) N^(1/nu)."""
        return np.asarray((load - self.critical) * size ** (1 / self.nu))

    def fraction(self, x: Array, size: float | Array = np.inf) -> Array:
        """The scaling function Phi(a - b x + c x² + d (N_0/N)^(1/2)); by default that of infinite N."""
        a, b, c, d = self.parameters
        return np.asarray(ndtr(a - b * x + c * x * x + d * np.sqrt(self.smallest / size)))


def fit(data: Fractions, *, nu: float | None = 2.0, correction: bool = False) -> Fit:
    """Least squares in arcsin(sqrt fraction); nu None leaves the exponent free.

    The search starts from what the data say, at no known answer. Where it does not converge, or the curves do not fall
    within the loads, load_c is NaN. Raises ValueError for fewer than two sizes, or fewer points than parameters.
    """
    parameters = 4 + correction + (nu is None)
    if len(np.unique(data.size)) < 2 or len(data.size) < parameters:
        raise ValueError(
            f"a scaling fit of {parameters} parameters needs as many points and two sizes or more, but there are "
            f"{len(data.size)} points of {len(np.unique(data.size))} sizes; widen the window or add loads"
        )
    observed, error = np.arcsin(np.sqrt(data.mean)), data.spread()
    start = _start(data, 2.0 if nu is None else nu)
    free = np.array([True, True, True, True, correction, nu is None])

    def at(q: Array) -> Fit:
        p = start.copy()
        p[free] = q
        return Fit(float(p[0]), p[1:5], float(p[5]), float(data.size.min()), 0.0, 0)

    def residual(q: Array) -> Array:
        model = at(q)
        # With few data the search may overshoot to exponents that overflow; least_squares then takes a shorter step.
        with np.errstate(over="ignore", invalid="ignore"):
            fraction = model.fraction(model.argument(data.load, data.size), data.size)
        return np.asarray((np.arcsin(np.sqrt(fraction)) - observed) / error)

    scale = np.array([np.ptp(data.load) / 4, 1.0, 1.0, 1.0, 1.0, 1.0])
    found = least_squares(residual, start[free], x_scale=scale[free])
    result = at(found.x)
    falls = result.parameters[1] * np.ptp(data.load) * float(data.size.max()) ** (1 / result.nu)
    seen = np.ptp(ndtri(np.clip(data.mean, *SATURATED)))
    if not (found.success and min(falls, seen) > FLAT):
        result = replace(result, critical=float("nan"))
    freedom = int(len(observed) - free.sum())
    return replace(result, chi_squared=float(2 * found.cost), freedom=freedom)


def _start(data: Fractions, nu: float) -> Array:
    """Parameters of the fit without curvature and correction: there the quantile of the fraction is linear in them."""
    width = data.size ** (1 / nu)
    quantile = ndtri(np.clip(data.mean, *SATURATED))
    a, shift, slope = np.linalg.lstsq(np.stack([np.ones_like(width), width, data.load * width], axis=-1), quantile)[0]
    falls = slope < 0
    critical = -shift / slope if falls else float(data.load.mean())
    inside = data.load.min() <= critical <= data.load.max()
    return np.array([critical if inside else data.load.mean(), a, -slope if falls else 1.0, 0.0, 0.0, nu])


@dataclass(frozen=True)
class Critical:
    """load_c with its two errors, and what the variants of the analysis give."""

    fit: Fit
    statistical: float
    systematic: float
    variants: dict[str, float]
    nu: float
    nu_error: float

    @property
    def error(self) -> float:
        """Both errors in quadrature."""
        return float(np.hypot(self.statistical, self.systematic))


def critical(data: Fractions, *, window: tuple[float, float], smallest: float, resamples: int, seed: int) -> Critical:
    """load_c at nu = 2, bootstrapped over disorder; its systematic error is how far other sound analyses move it.

    From four sizes on, the leading correction is part of the fit: fewer do not tell it from load_c. The others are:
    with or without the correction, nu free, and, where points enough remain, no smallest N and the window's inner half.
    """
    used = data.within(*window, smallest)
    corrected = len(np.unique(used.size)) >= CORRECTED
    best, free = fit(used, correction=corrected), fit(used, nu=None)
    middle, quarter = float(np.mean(window)), (window[1] - window[0]) / 4
    parts = {
        "the smallest N left out": used.within(*window, np.unique(used.size)[1]),
        "the inner half of the loads": used.within(middle - quarter, middle + quarter, smallest),
    }
    other = f"{'no' if corrected else 'a'} correction of order N^(-1/2)"
    variants = {other: fit(used, correction=not corrected).critical, "nu free and no correction": free.critical}
    variants |= {name: fit(part, correction=corrected).critical for name, part in parts.items() if part.enough}
    drawn = [used.resampled(seed, draw) for draw in range(resamples)]
    statistical = _scatter([fit(sample, correction=corrected).critical for sample in drawn])
    nu_error = _scatter([fit(sample, nu=None).nu for sample in drawn])
    moved = [abs(value - best.critical) for value in variants.values()]
    systematic = max((shift for shift in moved if np.isfinite(shift)), default=float("nan"))
    return Critical(best, statistical, float(systematic), variants, free.nu, nu_error)


@dataclass(frozen=True)
class Thresholds:
    """Loads that belong to sizes N, or to pairs of sizes, with bootstrap errors over disorder; NaN where there is none.

    sizes : (n,), or (n, 2) for pairs
    """

    sizes: Array
    load: Array
    error: Array


def thresholds(data: Fractions, level: float = 0.5, *, resamples: int, seed: int) -> Thresholds:
    """Where the fraction of each size falls through `level`, by a fit Phi(a + b load + c load²) of that size alone.

    Where no more than two loads lie between fractions of 0.02 and 0.98, c is 0. Where none does, or the level is not
    reached within the loads, there is no threshold.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is a fraction between 0 and 1, but it is {level!r}; one half is usual")
    sizes = np.unique(data.size)
    parts = [data.of(size) for size in sizes]
    drawn = [[_falls(part.resampled(seed, draw), level) for draw in range(resamples)] for part in parts]
    return Thresholds(sizes, np.array([_falls(part, level) for part in parts]), np.array([*map(_scatter, drawn)]))


def crossings(data: Fractions, *, resamples: int, seed: int) -> Thresholds:
    """Where the curves of successive sizes cross: load_c of a fit of these two alone, nu = 2 and no correction."""
    sizes = np.unique(data.size)
    pairs = [data.of(*pair) for pair in pairwise(sizes)]
    drawn = [[_crossing(pair.resampled(seed, draw)) for draw in range(resamples)] for pair in pairs]
    found = np.array([_crossing(pair) for pair in pairs])
    return Thresholds(np.stack([sizes[:-1], sizes[1:]], axis=1), found, np.array([*map(_scatter, drawn)]))


@dataclass(frozen=True)
class Extrapolated:
    """load = load_c + sum_k coefficients_k N^(-k/2), k from 1, by weighted least squares; load_c with its error."""

    critical: float
    error: float
    coefficients: Array
    chi_squared: float
    freedom: int

    def load(self, size: ArrayLike) -> Array:
        """The load at other sizes N; infinity is allowed."""
        root = np.asarray(size, dtype=float)[..., None] ** -0.5
        powers = np.arange(1, len(self.coefficients) + 1)
        return np.asarray(self.critical + (self.coefficients * root**powers).sum(axis=-1))


def extrapolate(found: Thresholds, *, smallest: float = 0.0, order: int = 1) -> Extrapolated:
    """Thresholds of single sizes N >= smallest continued to infinite N, as a polynomial of this order in N^(-1/2).

    Raises ValueError where there are fewer than order + 1 of them.
    """
    if found.sizes.ndim > 1:
        raise ValueError("thresholds of single sizes are extrapolated, but these belong to pairs; they have two sizes")
    keep = (found.sizes >= smallest) & np.isfinite(found.load) & (found.error > 0)
    if keep.sum() < order + 1:
        raise ValueError(
            f"a polynomial of order {order} needs {order + 1} sizes with a threshold and an error, but there are "
            f"{keep.sum()}; add sizes or lower `order`"
        )
    powers = found.sizes[keep, None] ** (-0.5 * np.arange(order + 1))
    design, target = powers / found.error[keep, None], found.load[keep] / found.error[keep]
    covariance = np.linalg.inv(design.T @ design)
    best = covariance @ design.T @ target
    chi = float(((target - design @ best) ** 2).sum())
    return Extrapolated(float(best[0]), float(np.sqrt(covariance[0, 0])), best[1:], chi, int(keep.sum()) - order - 1)


def _falls(data: Fractions, level: float) -> float:
    """Where the curve of one size falls through the level, NaN where it does not between its loads."""
    quantile = ndtri(np.clip(data.mean, *SATURATED))
    inside = int(((data.mean > SATURATED[0]) & (data.mean < SATURATED[1])).sum())
    if not inside or not data.mean.min() < level < data.mean.max():
        return float("nan")
    observed, error, middle = np.arcsin(np.sqrt(data.mean)), data.spread(), float(data.load.mean())
    x = (data.load - middle) / np.ptp(data.load)
    order = 2 if inside > 2 else 1
    start = np.polyfit(x, quantile, 1)

    def residual(q: Array) -> Array:
        return np.asarray((np.arcsin(np.sqrt(ndtr(np.polyval(q, x)))) - observed) / error)

    found = least_squares(residual, np.pad(start, (order - 1, 0)), method="lm")
    line = np.linspace(x.min(), x.max(), 2001)
    curve = ndtr(np.polyval(found.x, line))
    below = np.flatnonzero((curve[:-1] >= level) & (curve[1:] < level))
    if not below.size:
        return float("nan")
    i = int(below[0])
    place = line[i] + (line[i + 1] - line[i]) * (curve[i] - level) / (curve[i] - curve[i + 1])
    return float(middle + place * np.ptp(data.load))


def _crossing(data: Fractions) -> float:
    return fit(data).critical if data.enough else float("nan")


def _scatter(values: list[float]) -> float:
    """Standard deviation of those fits that found a transition."""
    found = np.array(values)[np.isfinite(values)]
    return float(found.std(ddof=1)) if found.size > 1 else float("nan")

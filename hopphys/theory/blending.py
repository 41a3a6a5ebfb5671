r"""Similar memories: where patterns of mutual overlap c merge under Hebb's rule, at T = 0 and above, and loaded.

Mean-field theory of `count` patterns whose signs at one site have a joint law (`similar`), in a network that also
stores a load alpha of other, random patterns: m_mu = <xi_mu int Dz tanh beta(sum_nu m_nu xi_nu + sigma z)> with
sigma² = alpha r as in Amit, Gutfreund & Sompolinsky 1987, the average over the law; k_B = 1, replica symmetric.

*Two* patterns decouple at alpha = 0: S = m_1 + m_2 lives on the sites where they agree, S = (1 + c) tanh(S/T), and
D = m_1 - m_2 on those where they differ, D = (1 - c) tanh(D/T). Two Curie-Weiss magnets: the memories are apart below
T = 1 - c, one below 1 + c. At finite N the magnets are exact as well (`separation_at`). *Three* blend at T = 0 where
two of them outvote the third at the sites where it differs, 1 - 2c < 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from scipy import optimize, special

from hopphys.checks import between, positive, whole
from hopphys.types import Array, ArrayLike

OWN = "mean-field equations, derived in hopphys.theory.blending"
TIGHT = 1e-13


@dataclass(frozen=True, eq=False)
class Law:
    """Joint law of the patterns' signs at one site: `signs` (K, count) with their probabilities `weight` (K,)."""

    signs: Array
    weight: Array


@dataclass(frozen=True, eq=False)
class State:
    """Overlaps (count,) of a solution, its q = <<s>²>, and the noise r of the other patterns."""

    overlaps: Array
    q: float
    r: float
    converged: bool


def similar(count: int, correlation: float) -> Law:
    """Law of patterns of mutual overlap c, 0 <= c <= 1, through a common parent of overlap sqrt c with each.

    Up to three patterns, no other law has these overlaps and no bias.
    """
    count, c = whole(count, "count", 1), between(correlation, "correlation", 0, 1, ends=True)
    signs = np.array(list(product((1.0, -1.0), repeat=count)))
    copies = (1 + np.sqrt(c) * np.stack([signs, -signs])) / 2  # given a parent of +1, and of -1
    return Law(signs, copies.prod(axis=-1).mean(axis=0))


def settled(law: Law, start: ArrayLike, *, temperature: float = 0.0, load: float = 0.0, steps: int = 20_000) -> State:
    """The solution that the equations, iterated with half steps, reach from the overlaps `start` (count,).

    From a pattern, start = its own column of the mutual overlaps. `converged` is False after `steps` without rest, as
    near a transition, or where the noise diverges: no state of finite overlap is there.
    """
    temperature = between(temperature, "temperature", 0, np.inf, ends=True)
    load = between(load, "load", 0, np.inf, ends=True)
    m, r = np.array(start, dtype=float), 1.0
    if m.shape != (law.signs.shape[1],):
        raise ValueError(f"start must hold {law.signs.shape[1]} overlaps, one a pattern, but its shape is {m.shape}")
    q, noise = 1.0, r
    for _ in range(steps):
        mean, square, slope = _response(law.signs @ m, float(np.sqrt(load * r)), temperature)
        after, q, c = (law.weight * mean) @ law.signs, float(law.weight @ square), float(law.weight @ slope)
        noise = q / (1 - c) ** 2 if load > 0 else r
        if not np.isfinite(noise) or noise > 1e6:
            break
        moved = max(float(np.abs(after - m).max()), abs(noise - r) / (1 + r))
        m, r = (m + after) / 2, (r + noise) / 2
        if moved < TIGHT:
            return State(m, q, r, True)
    return State(m, q, r, False)


def _response(centre: Array, width: float, temperature: float) -> tuple[Array, Array, Array]:
    """<s>, <s>² and d<s>/dh averaged over fields of this centre (K,) and Gaussian width; C = <d<s>/dh>."""
    if temperature == 0 and width == 0:
        return np.sign(centre), np.sign(centre) ** 2, np.zeros_like(centre)
    if temperature == 0:
        x = centre / width
        return special.erf(x / np.sqrt(2)), np.ones_like(x), np.sqrt(2 / np.pi) / width * np.exp(-x * x / 2)
    z, weight = _gauss(width / temperature)
    mean = np.tanh((centre[:, None] + width * z) / temperature)
    return mean @ weight, mean**2 @ weight, (1 - mean**2) @ weight / temperature


def _gauss(width: float) -> tuple[Array, Array]:
    """Points and weights of int Dz f(a + width z) for f with the poles of tanh: the trapezoidal rule, as in `ags`."""
    if width == 0:
        return np.zeros(1), np.ones(1)
    step = min(0.1, np.pi**2 / (36 * width))
    z = np.arange(-8.5, 8.5 + step, step)
    return z, np.exp(-0.5 * z * z) * step / np.sqrt(2 * np.pi)


def pair(correlation: float, temperature: ArrayLike) -> tuple[Array, Array]:
    """Overlaps (m_1, m_2), m_1 >= m_2, of the stable state near the first of two patterns of mutual overlap c.

    m_1 = m_2 > 0 is the blend, from T = 1 - c on; both vanish from T = 1 + c on. At T = 0: (1, c).
    """
    c, temperatures = between(correlation, "correlation", -1, 1, ends=True), np.asarray(temperature, dtype=float)
    if not (np.isfinite(temperatures).all() and (temperatures >= 0).all()):
        raise ValueError(f"temperature must be finite and not negative, but it is {temperature!r}")
    total, apart = (np.vectorize(_magnet, otypes=[float])(temperatures, 1 + sign * c) for sign in (1, -1))
    return (total + apart) / 2, (total - apart) / 2


def pair_merges_at(correlation: ArrayLike) -> Array:
    """Temperature 1 - c from which two patterns of mutual overlap c share one state."""
    return 1.0 - np.asarray(correlation, dtype=float)


def _magnet(temperature: float, strength: float) -> float:
    """x >= 0 with x = strength tanh(x / T), the Curie-Weiss magnet; T = strength u / artanh u at x = strength u."""
    if temperature == 0 or strength == 0:
        return strength
    ratio = temperature / strength
    if ratio >= 1:
        return 0.0
    field = optimize.brentq(lambda y: np.tanh(y) - ratio * y, 1e-9, 1 / ratio + 1, xtol=TIGHT)
    return float(temperature * field)


def separation_at(size: int, differing: int, temperature: ArrayLike) -> tuple[Array, Array]:
    """Exact thermal mean of |m_1 - m_2| and Binder parameter of m_1 - m_2 at finite N, T > 0, for two patterns alone.

    The d differing sites are a Curie-Weiss magnet of their own, E = -(M² - d) / N and m_1 - m_2 = 2 M / N with M the
    sum of xi_1 s over them; U = 1 - <M⁴> / (3 <M²>²) is 2/3 apart, 0 merged, and 0.2705 at T = 1 - c for N -> infinity.
    """
    size = whole(size, "size", 2)
    d, temperatures = whole(differing, "differing", 1), np.asarray(temperature, dtype=float)
    if d > size or not (temperatures > 0).all():
        raise ValueError(f"differing sites are at most {size} and T > 0, but they are {d} and {temperature!r}")
    m = 2.0 * np.arange(d + 1) - d
    ways = special.gammaln(d + 1) - special.gammaln((d + m) / 2 + 1) - special.gammaln((d - m) / 2 + 1)
    log_weight = ways + m * m / (size * temperatures[..., None])
    weight = np.exp(log_weight - special.logsumexp(log_weight, axis=-1, keepdims=True))
    square, fourth = weight @ m**2, weight @ m**4
    return weight @ np.abs(m) * 2 / size, 1 - fourth / (3 * square**2)


# exp(-x^4 / 12), the law of x = M / N^(3/4) at the transition: <x^4> <1> / <x^2>^2 = Gamma(1/4)^2 / (4 Gamma(3/4)^2).
BINDER = float(1 - special.gamma(0.25) ** 2 / special.gamma(0.75) ** 2 / 12)
"""Binder parameter of a Curie-Weiss magnet at its transition, N -> infinity: 0.270520."""


def pair_load(correlation: float) -> float:
    """Load of other patterns from which the blend of two of mutual overlap c is stable at T = 0; 0 < c < 1.

    There D = (1 - c) erf(D / sqrt(2 alpha r)) has slope 1 at D = 0: sqrt(alpha r) = (1 - c) sqrt(2 / pi), in the noise
    of the blend S = (1 + c) erf(S / sqrt(2 alpha r)). The two patterns' own states end later, at `blend_above`.
    """
    c = between(correlation, "correlation", 0, 1)
    width = (1 - c) * np.sqrt(2 / np.pi)
    total = _loaded_magnet(width, 1 + c)
    slope = 0.5 + (1 + c) / (2 * (1 - c)) * np.exp(-0.5 * (total / width) ** 2)
    return float((width * (1 - slope)) ** 2)


def _loaded_magnet(width: float, strength: float) -> float:
    """x > 0 with x = strength erf(x / (width sqrt 2)); strength > width sqrt(pi / 2)."""
    value = strength
    for _ in range(10_000):
        value, before = strength * float(special.erf(value / width / np.sqrt(2))), value
        if abs(value - before) < TIGHT:
            break
    return value


def blend_above(count: int, load: float, temperature: float = 0.0) -> float:
    """Mutual overlap c above which descent from one of `count` patterns ends where all have one overlap; to 1e-6.

    Without load and at T = 0, this is 1/2 for three patterns and 1 for two; 0 where no pattern is retrieved at all.
    """
    return _last(whole(count, "count", 2), load, temperature)[0]


def blend_jump(count: int, load: float, temperature: float = 0.0) -> float:
    """(m_1 - m_2) / (1 - c) of the last state that keeps `count` patterns apart, at c = `blend_above`.

    It is lost there by a jump. Raises ValueError without load, where two patterns merge without one.
    """
    if not load > 0:
        raise ValueError(f"load must be positive, for without it two patterns merge without a jump, but it is {load!r}")
    return _last(whole(count, "count", 2), load, temperature)[1]


@cache
def _last(count: int, load: float, temperature: float) -> tuple[float, float]:
    """c of the last state that keeps patterns apart, and (m_1 - m_2) / (1 - c) in it."""
    if load == 0:
        return _halved(count, load, temperature, halvings=20, steps=2_000), float("nan")

    def strongest(c: float) -> float:
        return _strongest(count, c, load, temperature)[0]

    # The equations slow down beside the last state, so that halving ends a little above it.
    high = min(_halved(count, load, temperature, halvings=9, steps=400) + 0.003, 1 - TINY)
    while strongest(high) > 0:
        high = (1 + high) / 2
    low = high
    while strongest(low) <= 0:
        if low <= TINY:
            return 0.0, float("nan")
        low = max(low - 0.02, TINY)
    c = float(optimize.brentq(strongest, low, high, xtol=1e-9))
    return c, _strongest(count, c, load, temperature)[1]


TINY = 1e-6


def _halved(count: int, load: float, temperature: float, *, halvings: int, steps: int) -> float:
    """By halving an interval of c: from a pattern, the equations end in one overlap or not."""
    low, high = 0.0, 1.0
    for _ in range(halvings):
        c = (low + high) / 2
        start = [1.0, *[c] * (count - 1)]
        m = settled(similar(count, c), start, temperature=temperature, load=load, steps=steps).overlaps
        # Two states differ by (1 - c) at T = 0, unless they merged: an overlap that is nearly shared is shared.
        low, high = (low, c) if m[0] - m[-1] < 1e-3 * (1 - c) else (c, high)
    return (low + high) / 2


HELD = np.concatenate([[1e-3, 1e-2], np.linspace(0.05, 0.95, 19), [0.98, 0.99, 0.996, 0.999, 1]])  # over 1 - c


def _strongest(count: int, c: float, load: float, temperature: float) -> tuple[float, float]:
    """The largest pull on a difference that is held, and at which, over 1 - c; below 0, no difference stays."""
    law = similar(count, c)

    def pull(held: float) -> float:
        return _pull(law, c, held * (1 - c), load, temperature)

    pulls = [pull(held) for held in HELD]
    i = int(np.argmax(pulls))
    around = HELD[max(i - 1, 0)], HELD[min(i + 1, len(HELD) - 1)]
    top = optimize.minimize_scalar(lambda held: -pull(held), bounds=around, method="bounded", options={"xatol": 1e-6})
    return (-float(top.fun), float(top.x)) if -top.fun > pulls[i] else (pulls[i], float(HELD[i]))


def _pull(law: Law, c: float, difference: float, load: float, temperature: float) -> float:
    """Which part of m_1 - m_2 the equations add, held at `difference` while the mean overlap and the noise settle."""
    count = law.signs.shape[1]
    shape = np.eye(count)[0] - 1 / count
    level, r = (1 + (count - 1) * c) / count, 1.0
    for _ in range(1_000):
        m = level + difference * shape
        mean, square, slope = _response(law.signs @ m, float(np.sqrt(load * r)), temperature)
        after, rigid = (law.weight * mean) @ law.signs, float(law.weight @ slope)
        noise = float(law.weight @ square) / (1 - rigid) ** 2
        if not np.isfinite(noise) or noise > 1e4:
            return -1.0
        moved = abs(after.mean() - level), abs(noise - r) / (1 + r)
        level, r = level + 0.7 * (after.mean() - level), r + 0.7 * (noise - r)
        if max(moved) < TIGHT:
            break
    return float(after[0] - after[-1]) / difference - 1


def three_blend_above(size: int | None = None) -> float:
    """Mutual overlap above which three patterns blend at T = 0: 1/2, or at finite N the exact 1/2 - 3/(2N).

    At a site where the first pattern differs from both others, N h xi_1 = N (1 - 2c) - 3 without self-coupling.
    """
    return 0.5 if size is None else 0.5 - 1.5 / whole(size, "size", 1)


def three_energies(correlation: ArrayLike) -> tuple[Array, Array]:
    """Energy per site of each of three patterns, -(1 + 2c²)/2, and of their blend, -3 (1 + c)²/8, lower from c = 1/5.

    T = 0, N -> infinity, no other patterns.
    """
    c = np.asarray(correlation, dtype=float)
    return -(1 + 2 * c * c) / 2, -3 * (1 + c) ** 2 / 8


def three_unlearned(correlation: ArrayLike, rate: float, size: int | None = None) -> Array:
    """Dreams after which three blended patterns are fixed points again, 2 (2c - 1) / ((1 + c) rate), c > 1/2.

    While they are blended every dream ends in the blend b or in -b, and J -= (rate/N) b b^T takes k = rate D of it:
    at the contested sites 1 - 2c + k (1 + c)/2 > 0, or at finite N, without self-coupling,
    1 - 2c - 3/N + k ((1 + c)/2 + 1/N) > 0. No other patterns.
    """
    c, one = np.asarray(correlation, dtype=float), 0.0 if size is None else 1 / whole(size, "size", 1)
    return np.asarray(np.maximum(2 * c - 1 + 3 * one, 0) / ((1 + c) / 2 + one) / positive(rate, "rate"))


def three_dreaming(correlation: ArrayLike) -> Array:
    """Time t of the dreaming kernel (1 + t)(1 + tC)^-1 from which three patterns are fixed: (2c-1)/((1-c)(1+2c))."""
    c = np.asarray(correlation, dtype=float)
    with np.errstate(divide="ignore"):
        return np.asarray(np.maximum(2 * c - 1, 0) / ((1 - c) * (1 + 2 * c)))

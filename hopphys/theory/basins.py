"""How a cue is drawn to a pattern: overlaps step by step, for all units updated at once by the threshold rule.

The cue agrees with the pattern at each site independently with probability (1 + m0)/2. The first step is exact for any
couplings, from the stabilities of their patterns. What follows is exact for Hebb's rule (`parallel_steps`), or an
approximation that leaves out what a unit feels of its own past (`amari_maginu`), or leaves out all correlations with
the past (`iterated`), which is exact in strongly diluted directed networks only.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize, special

from hopphys.checks import between, whole
from hopphys.theory import capacity
from hopphys.types import Array, ArrayLike

GRID = 1001  # overlaps at which a map is compared with the diagonal
QUANTILES = 400  # of the stabilities above the smallest
TRAJECTORIES = 16  # log2 of the number of points; five steps are then right to a few 1e-4


def first_step(overlap: ArrayLike, alpha: ArrayLike) -> Array:
    """Overlap after one step of Hebb's rule, m1 = erf(m0 / sqrt(2 alpha)), N -> infinity; Amari & Maginu 1988."""
    return np.asarray(special.erf(_overlaps(overlap) / np.sqrt(2 * _loads(alpha))))


def first_step_at(overlap: float, size: int, count: int) -> float:
    """The same at finite N and P, exactly: m1 = P(S > 0) - P(S < 0) + m0 P(S = 0), for a tie keeps the site.

    S is the sum of N - 1 signs, each + with probability (1 + m0)/2, and of (P - 1)(N - 1) fair ones.
    """
    m0, others = _start(overlap), whole(size, "size", 2) - 1
    fair = (whole(count, "count", 1) - 1) * others
    own = 2.0 * np.arange(others + 1) - others
    chance = _binomial(others, (1 + m0) / 2)
    edge = (fair - own) / 2  # number of plus signs among the fair ones at which S = 0
    below, upto = _fair_tail(np.ceil(edge) - 1, fair), _fair_tail(np.floor(edge), fair)
    return float(chance @ (1 - upto - below + m0 * (upto - below)))


def step(overlap: ArrayLike, stabilities: ArrayLike, bias: ArrayLike = 0.0) -> Array:
    """Overlap after one step, averaged over the stabilities lambda = xi h / |J| of all bits, for any couplings.

    m1 = < erf((m0 lambda + b) / sqrt(2 (1 - m0^2))) >: the field of a unit is Gaussian over cues where no coupling
    stands out (Kepler & Abbott 1988; Krauth, Nadal & Mézard 1988). lambda is without the bias, which does not shrink
    with m0: b = xi_i b_i / |J_i|. overlap (M,), stabilities (...) of any shape, bias alike -> (M,).
    """
    m, values = np.atleast_1d(_overlaps(overlap)), np.asarray(stabilities, dtype=float)
    spread = np.sqrt(np.maximum(2 * (1 - m**2), np.finfo(float).tiny))
    fields = (start * values + np.asarray(bias, dtype=float) for start in m)
    return np.array([special.erf(field / width).mean() for field, width in zip(fields, spread, strict=True)])


def hebb_map(overlap: ArrayLike, alpha: float) -> Array:
    """First step of Hebb's rule: `first_step`; its stabilities are Gaussian, mean 1/sqrt(alpha) and variance 1."""
    return first_step(overlap, alpha)


def projection_map(overlap: ArrayLike, alpha: float) -> Array:
    """First step of the projection rule with J_ii = 0: every stability is sqrt((1 - alpha) / alpha), N -> infinity.

    The field xi h is 1 - J_ii with J_ii = alpha, and the row has length sqrt(alpha - alpha^2), for J is a projector.
    """
    alpha = between(alpha, "alpha", 0, 1)
    return step(overlap, np.sqrt((1 - alpha) / alpha))


def minimum_overlap_map(overlap: ArrayLike, alpha: float) -> Array:
    """First step of the rule of largest stability kappa: P(lambda) = phi(lambda) above kappa, and Phi(kappa) at it.

    Kepler & Abbott 1988; kappa from Gardner 1988.
    """
    kappa = _largest_stability(between(alpha, "alpha", 0, 2))
    low = special.ndtr(kappa)
    above = special.ndtri(low + (1 - low) * (np.arange(QUANTILES) + 0.5) / QUANTILES)
    return np.asarray(low * step(overlap, kappa) + (1 - low) * step(overlap, above))


def iterated(chart: Callable[[Array], Array]) -> float:
    """Initial overlap from which the iterated map m -> chart(m) climbs to its highest fixed point; nan without one.

    0 where it climbs from every m > 0. Exact where a unit feels nothing of its own past: strongly diluted directed
    networks (Derrida, Gardner & Zippelius 1987; Gardner 1989).
    """
    m = np.linspace(0, 1, GRID)[1:-1]
    excess = np.asarray(chart(m)) - m
    rises = excess > 0
    if not rises.any():
        return float("nan")
    top = int(np.flatnonzero(rises)[-1])
    falls = np.flatnonzero(~rises[:top])
    if not falls.size:
        return 0.0
    i = int(falls[-1])
    return float(m[i] - excess[i] * (m[i + 1] - m[i]) / (excess[i + 1] - excess[i]))


def amari_maginu(overlap: float, alpha: float, steps: int) -> Array:
    r"""Overlaps m_0..m_steps of Hebb's rule by the signal-to-noise recursion of Amari & Maginu 1988, (steps + 1,).

    m_{t+1} = erf(x_t / sqrt 2), x_t = m_t / sigma_t, sigma_0^2 = alpha, and
    sigma_{t+1}^2 = alpha + 4 alpha x_t m_{t+1} phi(x_t) + 4 phi(x_t)^2, phi the normal density.
    The noise is taken to be Gaussian, and what a unit feels of its own past is left out: exact for one step only.
    """
    m, variance, alpha = [_start(overlap)], float(_loads(alpha)), float(_loads(alpha))
    for _ in range(whole(steps, "steps", 0)):
        x = m[-1] / np.sqrt(variance)
        density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
        m.append(float(special.erf(x / np.sqrt(2))))
        variance = alpha + 4 * alpha * x * m[-1] * density + 4 * density**2
    return np.array(m)


def amari_maginu_radius(alpha: float, steps: int = 200) -> float:
    """Smallest initial overlap from which `amari_maginu` ends above 0.9; nan where none does (alpha > 0.16)."""
    if amari_maginu(1.0, alpha, steps)[-1] < 0.9:
        return float("nan")
    # Up to its end a trajectory may fall before it rises; it is the end alone that is monotonic in the start.
    return float(optimize.bisect(lambda m: amari_maginu(m, alpha, steps)[-1] - 0.9, 1e-6, 1.0, xtol=1e-4))


def parallel_steps(overlap: float, alpha: float, steps: int, *, power: int = TRAJECTORIES) -> Array:
    r"""Overlaps m_0..m_steps of Hebb's rule with J_ii = 0, exactly for N -> infinity, (steps + 1,).

    One unit of a pattern of only ones stands for all: h_t = m_t + n_t + sum_{s<t} R_ts s_s. Its noise n is Gaussian of
    covariance alpha (1 - G)^-1 C (1 - G^T)^-1, and R = alpha (1 - G)^-1 G is what it feels of its own past; C_ts are
    correlations and G_ts responses of the same unit, which follow step by step (Eissfeller & Opper 1992; Coolen 2001;
    Bollé, Busquets Blanco & Verbeiren 2004, who show that R is what Amari & Maginu leave out).

    The averages run over 2^power points of a Sobol sequence, each with both values of s_0. Raises ValueError where
    steps go on after the network has come to rest.
    """
    m0, alpha, steps = _start(overlap), float(_loads(alpha)), whole(steps, "steps", 0)
    noise, state, weight = _trajectories(m0, steps, whole(power, "power", 2))
    m, c, g = [m0], np.eye(steps + 1), np.zeros((steps + 1, steps + 1))
    for t in range(steps):
        past = slice(t + 1)
        resolvent = np.linalg.inv(np.eye(t + 1) - g[past, past])
        root = _root(alpha * resolvent @ c[past, past] @ resolvent.T, t)
        memory = alpha * (resolvent - np.eye(t + 1))
        x = (m[t] + state[:, past] @ memory[t] + noise[:, :t] @ root[t, :t]) / root[t, t]
        state[:, t + 1] = np.where(x + noise[:, t] > 0, 1, -1)
        # The mean over the last noise is taken by hand, and responses by parts: <s n> = <ds/dn> <n n>.
        mean, density = weight * special.erf(x / np.sqrt(2)), np.exp(-(x**2) / 2) * np.sqrt(2 / np.pi)
        m.append(float(mean.sum()))
        c[t + 1, past] = c[past, t + 1] = mean @ state[:, past]
        g[t + 1, past] = np.linalg.solve(root.T, np.append(mean @ noise[:, :t], weight @ density))
    return np.array(m)


def _root(covariance: Array, t: int) -> Array:
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        raise ValueError(
            f"after {t} steps the noise of a unit repeats itself, to the precision of the points: the network rests; "
            f"ask for {t} steps, or raise power"
        ) from None


def _trajectories(m0: float, steps: int, power: int) -> tuple[Array, Array, Array]:
    """Normal numbers (2n, steps), states (2n, steps + 1) of which the first is set, and weights (2n,)."""
    from scipy.stats import qmc  # takes a second to import

    n = 2**power
    uniform = qmc.Sobol(max(steps, 1), scramble=False).random(n) + 0.5 / n
    start = np.repeat([1.0, -1.0], n)
    state = np.zeros((2 * n, steps + 1))
    state[:, 0] = start
    return np.tile(special.ndtri(uniform), (2, 1)), state, (1 + start * m0) / (2 * n)


def _binomial(count: int, chance: float) -> Array:
    """Chances of 0..count successes."""
    k = np.arange(count + 1.0)
    ways = special.gammaln(count + 1) - special.gammaln(k + 1) - special.gammaln(count - k + 1)
    return np.asarray(np.exp(ways + special.xlogy(k, chance) + special.xlogy(count - k, 1 - chance)))


def _fair_tail(plus: Array, count: int) -> Array:
    """Chance of at most `plus` successes of `count` fair ones, for any whole numbers."""
    inside = np.clip(plus, 0, count - 0.5)
    return np.where(plus < 0, 0.0, np.where(plus >= count, 1.0, special.betainc(count - inside, inside + 1, 0.5)))


def _largest_stability(alpha: float) -> float:
    """kappa at which Gardner's capacity is alpha, 0 < alpha < 2."""
    return float(optimize.brentq(lambda kappa: float(capacity.gardner(kappa)) - alpha, 0, 2 + 2 / np.sqrt(alpha)))


def _start(overlap: float) -> float:
    return between(overlap, "overlap", -1, 1, ends=True)


def _overlaps(overlap: ArrayLike) -> Array:
    m = np.asarray(overlap, dtype=float)
    if not (np.abs(m) <= 1).all():
        raise ValueError(f"overlaps lie between -1 and 1, but they are {overlap!r}")
    return m


def _loads(alpha: ArrayLike) -> Array:
    load = np.asarray(alpha, dtype=float)
    if not (np.isfinite(load).all() and (load > 0).all()):
        raise ValueError(f"load must be finite and above 0, but it is {alpha!r}")
    return load

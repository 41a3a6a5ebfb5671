"""The free energies that make several histograms agree: a convex problem, solved by Newton's method.

Energies (M,) with weights c_m (records over their inefficiency), runs at beta_k with n_k independent records each.
With f_k = -ln Z_k, p_mk = n_k exp(f_k - beta_k E_m) / sum_l (the same), the solution has sum_m c_m p_mk = n_k: the
gradient of sum_m c_m ln sum_k n_k exp(f_k - beta_k E_m) - sum_k n_k f_k (Shirts & Chodera 2008, appendix).
"""

from __future__ import annotations

import numpy as np

from hopphys.memory import require
from hopphys.types import Array

SHARED = 10.0  # independent records that runs on the two sides of a gap must share
TOLERANCE = 1e-10
STEPS = 200


def free_energies(beta: Array, energy: Array, weight: Array, counts: Array, start: Array) -> Array:
    """ln Z_k - ln Z_0, (K,), from a first guess of it.

    Raises ValueError where histograms do not overlap, naming the gap, and where nothing converges.
    """
    require(48 * beta.size * energy.size, f"{beta.size} weights of {energy.size} energies", "record less often")
    middle = weight @ energy / weight.sum()  # ln Z are found for energies about it, and shifted back
    away = energy - middle
    f = -start - (beta - beta[0]) * middle
    for _ in range(STEPS):
        p = _shares(beta, away, counts, f)
        found = weight @ p
        if np.abs(found / counts - 1.0).max() < TOLERANCE:
            _require_overlap(beta, (p * weight[:, None]).T @ p)
            return np.asarray(-(f - f[0]) - (beta - beta[0]) * middle)
        f = _newton(f, p, found, (beta, away, weight, counts))
    _require_overlap(beta, (p * weight[:, None]).T @ p)
    raise ValueError(f"free energies of runs at beta = {beta} did not converge in {STEPS} steps")


def log_denominator(beta: Array, energy: Array, counts: Array, log_z: Array) -> Array:
    """ln sum_k n_k exp(-beta_k E - ln Z_k), (M,)."""
    exponent = np.log(counts) - log_z - beta * energy[:, None]
    highest = exponent.max(axis=1)
    return np.asarray(highest + np.log(np.exp(exponent - highest[:, None]).sum(axis=1)))


def _shares(beta: Array, energy: Array, counts: Array, f: Array) -> Array:
    """p (M, K): how likely each energy came from each run; rows sum to 1."""
    exponent = np.log(counts) + f - beta * energy[:, None]
    share = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return np.asarray(share / share.sum(axis=1, keepdims=True))


def _newton(f: Array, p: Array, found: Array, problem: tuple[Array, Array, Array, Array]) -> Array:
    """One step downhill: Newton's, halved until the convex function falls; f_0 stays."""
    weight, counts = problem[2:]
    hessian = np.diag(found) - (p * weight[:, None]).T @ p
    slope = (found - counts)[1:]
    step = np.zeros(f.size)
    step[1:] = np.linalg.lstsq(hessian[1:, 1:], -slope, rcond=1e-14)[0]
    before, fall = _height(f, problem), slope @ step[1:]
    for halving in range(40):
        new = np.asarray(f + 0.5**halving * step)
        if _height(new, problem) <= before + 1e-4 * 0.5**halving * fall + 1e-12 * abs(before):
            return new
    return f


def _height(f: Array, problem: tuple[Array, Array, Array, Array]) -> float:
    beta, energy, weight, counts = problem
    return float(weight @ log_denominator(beta, energy, counts, -f) - counts @ f)


def _require_overlap(beta: Array, shared: Array) -> None:
    """Records that could have come from either side of each gap: sum over k <= gap < l of sum_m c_m p_mk p_ml."""
    for gap in range(1, beta.size):
        across = float(shared[:gap, gap:].sum())
        if not across >= SHARED:
            raise ValueError(
                f"the histograms do not overlap between beta = {beta[gap - 1]:g} and {beta[gap]:g}: {across:.2g} "
                f"independent records are shared across this gap, and at least {SHARED:g} are needed; "
                "sample a temperature between them, or longer"
            )

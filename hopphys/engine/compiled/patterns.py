"""Patterns: overlaps are carried along, and the N x N couplings are never formed."""

from __future__ import annotations

import numpy as np

from hopphys.engine.compiled import Compiled
from hopphys.features import Patterns
from hopphys.memory import require
from hopphys.separation import Exponential, LogCosh, LogSumExp, Power, Quadratic, Softplus


def fit(interaction: Patterns) -> Compiled | None:
    from hopphys.kernels import separations, single_site

    samples = interaction.patterns if interaction.patterns.ndim == 3 else interaction.patterns[None]
    scale, shift = interaction.scale, interaction.shift
    if interaction.pairwise and interaction.integer and float(scale).is_integer():
        columns = np.ascontiguousarray(np.swapaxes(samples, -1, -2))
        squares = np.atleast_2d(interaction.squares()).astype(np.int64)
        whole = (columns, squares, int(scale), int(shift), interaction.quantum)
        return Compiled(single_site.sweep_patterns, lambda rows, part: whole)
    known = _separation(interaction)
    if known is None or interaction.pairwise:
        return None
    require(
        8 * samples.size, f"{samples.shape[-2]} patterns of {samples.shape[-1]} sites in double precision",
        "store fewer patterns, or use the quadratic separation (hopfield), which keeps a byte an entry",
    )  # fmt: skip
    columns = np.ascontiguousarray(np.swapaxes(samples, -1, -2), dtype=float)
    inner = np.zeros(samples.shape[1]) if interaction.inner is None else np.asarray(interaction.inner, dtype=float)
    if inner.ndim > 1:
        return None
    fixed = (columns, np.ascontiguousarray(inner), float(scale), float(shift), *known)
    return Compiled(separations.sweep_separation, lambda rows, part: fixed)


def _separation(interaction: Patterns) -> tuple[int, float, float] | None:
    """Kind, parameter and factor of a separation that the kernels know: F = factor * kernel(kind, parameter, x)."""
    from hopphys.kernels import separations as kernel

    separation, size = interaction.separation, interaction.size
    match separation:
        case Quadratic():
            return kernel.QUADRATIC, 0.0, 0.5 * separation.scale(size)
        case Power():
            return kernel.POWER, float(separation.n), separation.scale(size)
        case Exponential():
            return kernel.EXPONENTIAL, separation.sharpness, 1.0 / separation.sharpness
        case LogSumExp():
            return kernel.LOG_SUM_EXP, separation.sharpness, 1.0 / separation.sharpness
        case LogCosh():
            return kernel.LOG_COSH, separation.sharpness, 1.0 / separation.sharpness
        case Softplus():
            return kernel.SOFTPLUS, separation.sharpness, 1.0 / separation.sharpness
    return None

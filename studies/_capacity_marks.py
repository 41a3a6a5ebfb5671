"""Markers by size and captions' numbers, the same in every figure of the capacity study."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from hopphys.study import MARKERS

SHAPES = (*MARKERS, "<", ">", "p", "h", "*", "d", "8", "H", "+")
KNOWN = (100, 250, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60, 125, 200, 300, 3000, 50, 100_000)


def mark(size: int) -> str:
    """The marker of networks of N sites, whatever else is in the figure; sizes of the presets have their own."""
    place = KNOWN.index(size) if size in KNOWN else round(3 * np.log2(size))
    return SHAPES[place % len(SHAPES)]


def span(values: Any, unit: str) -> str:
    """ "24 disorder samples", or "16 to 200 disorder samples" where they are not all alike."""
    low, high = int(np.min(values)), int(np.max(values))
    return f"{low} {unit}" if low == high else f"{low} to {high} {unit}"


def listed(part: xr.Dataset) -> str:
    """N = 60, 100, ... of these points."""
    return "N = " + ", ".join(str(int(size)) for size in np.unique(part["size"].values))


def made(part: xr.Dataset, seed: int) -> str:
    """N, samples, patterns tried and seed of the points that a figure shows."""
    return (
        f"{listed(part)}; {span(part['samples'].values, 'disorder samples')} of "
        f"{span(part['probes'].values, 'patterns')} a point, threshold updates in shuffled order until a sweep flips "
        f"nothing; seed {seed}."
    )

"""Real handwritten digits as ±1 patterns: 1797 pictures of 8 × 8 pixels that come with scikit-learn (extra `data`).

From the UCI set "Optical recognition of handwritten digits" (Alpaydin & Kaynak 1998): 43 people's digits, every pixel
the number of inked points, 0 to 16, in a block of 4 × 4. One level makes a pixel one unit, ink or paper; more levels
make it a thermometer of units, so that shades survive and N grows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hopphys.checks import whole
from hopphys.patterns import as_spins
from hopphys.types import Array

SIDE, FULL = 8, 16  # pixels a side, and the ink of a black one
PICTURES = 1797


def digits(levels: int = 1) -> tuple[Array, Array]:
    """The pictures (1797, 64 · levels), ±1, ink +1, and which digit each one is (1797,).

    Unit k = 1..levels of a pixel is on where its ink is at least 16 k / (levels + 1): half ink at one level. Pixels are
    row-major and the units of a pixel stand together: a picture is pattern.reshape(8, 8, levels). Levels of 15 keep
    all that there is. Raises ValueError without scikit-learn.
    """
    levels = whole(levels, "levels", 1)
    if levels >= FULL:
        raise ValueError(f"levels must be a whole number from 1 to {FULL - 1}, for ink is 0 to {FULL}, not {levels}")
    ink, labels = _pictures()
    marks = FULL * np.arange(1, levels + 1) / (levels + 1)
    return np.where(ink[:, :, None] >= marks, np.int8(1), np.int8(-1)).reshape(len(ink), -1), labels


def ink(patterns: Any) -> Array:
    """Shades (..., 8, 8) between 0, paper, and 1, ink, of patterns (..., 64 · levels) or of any ±1 states like them."""
    spins = as_spins(patterns)
    if spins.shape[-1] % SIDE**2:
        raise ValueError(f"patterns of digits have 64 units, or a multiple of 64, but they have {spins.shape[-1]}")
    return np.asarray((spins.reshape(*spins.shape[:-1], SIDE, SIDE, -1) > 0).mean(axis=-1))


def _pictures() -> tuple[Array, Array]:
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ValueError(
            "handwritten digits come with scikit-learn, which is not installed: pip install 'hopphys[data]'"
        ) from None
    found = load_digits()
    return found.data, found.target


__all__ = ["PICTURES", "SIDE", "digits", "ink"]

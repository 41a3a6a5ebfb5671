"""Real pictures for a network to store and to dream of: built-in letters, and handwritten digits if there are any."""

from __future__ import annotations

from typing import Any

import numpy as np
from hopphys.studies._unlearning_analysis import Array

import hopphys as hp
from hopphys.interop import handwritten

KINDS = ("glyphs", "digits")
SIDE = 8  # pixels
LEVELS = (2, 6, 10, 14)  # of ink, of 16: a pixel is four units, each on where there is more ink than its level
SIZES = {"glyphs": SIDE**2, "digits": SIDE**2 * len(LEVELS)}
POOLS = {"glyphs": 26, "digits": 1797}


def chosen(kind: str, count: int, samples: int, seed: int) -> Array:
    """So many different pictures for each sample, drawn from the pool: (samples, count, N), ±1.

    Each picture's 64 random bits are its rank, so that a larger count holds the pictures of a smaller one.
    """
    pool = _glyphs() if kind == "glyphs" else _digits()
    bits = hp.patterns.random(len(pool), 64, seed=seed, disorder=samples)
    ranks = np.packbits(bits > 0, axis=-1).view(">u8")[..., 0]
    return np.asarray(pool[ranks.argsort(axis=-1)[:, :count]])


def _glyphs() -> Array:
    return hp.patterns.glyphs()


def _digits() -> Array:
    """1797 handwritten digits, ink by level: of a thermometer of 15, unit k (from 0) is on where ink is above k."""
    try:
        shades, _ = handwritten.digits(levels=15)
    except ValueError as error:
        raise ValueError(f"{error}, or leave them out with --set digits=[]") from None
    return shades.reshape(len(shades), SIDE**2, 15)[:, :, list(LEVELS)].reshape(len(shades), -1)


def upright(states: Array, overlap: Array) -> tuple[Array, Array]:
    """States turned to the side of the pattern they are nearest to, s or -s, and their overlap with it.

    states (n, N), overlap (n, P) -> (n, N), (n,).
    """
    nearest = np.abs(overlap).argmax(axis=-1)
    m = np.take_along_axis(overlap, nearest[:, None], axis=-1)
    return states * np.where(m < 0, -1, 1), np.abs(m[:, 0])


def strip(kind: str, stored: Array, film: list[tuple[Array, Array]]) -> dict[str, Any]:
    """Stored pictures and the dreams of every look as variables, pixels between -1 (paper) and 1 (ink)."""
    frames = np.stack([pixels(kind, states) for states, _ in film]).astype(np.float32)
    overlaps = np.stack([m for _, m in film]).astype(np.float32)
    label = {"long_name": "pictures that dreams of the first sample end in", "units": "1"}
    near = {"long_name": "overlap of a dream with the nearest pattern", "units": "1"}
    kept = {"long_name": "stored pictures of the first sample", "units": "1"}
    return {
        "film": (("look", "shown", "pixel"), frames, label),
        "film_overlap": (("look", "shown"), overlaps, near),
        "picture": (("kept", "pixel"), pixels(kind, stored).astype(np.float32), kept),
    }


def pixels(kind: str, states: Array) -> Array:
    """(..., N) -> (..., 64): the mean over the units of a pixel."""
    units = len(LEVELS) if kind == "digits" else 1
    return np.asarray(states.reshape(*states.shape[:-1], SIDE**2, units).mean(axis=-1))

"""Arguments checked at the public edge: each function returns the clean value or raises a ValueError in words."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from hopphys.types import Array, ArrayLike


def finite(values: ArrayLike, name: str) -> Array:
    """A float array without NaN or infinity, or a ValueError that shows the first offender."""
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as cause:
        raise ValueError(f"{name} must be an array of numbers, but {cause}") from cause
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, but the shape is {array.shape}")
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} must be finite, but {name}{list(place) or ''} = {array[place]}")
    return array


def positive(value: Any, name: str) -> float:
    """A positive finite number."""
    try:
        number = float("nan") if isinstance(value, (str, bool)) else float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not 0 < number < np.inf:
        raise ValueError(f"{name} must be positive and finite, but it is {value!r}")
    return number


def whole(value: Any, name: str, least: int) -> int:
    """A whole number from `least` on."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be a whole number from {least} on, but {name} = {value!r}")
    return int(value)

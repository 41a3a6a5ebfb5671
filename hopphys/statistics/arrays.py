"""What may be averaged: chains and independent samples, checked."""

from __future__ import annotations

import numpy as np

from hopphys.types import Array, ArrayLike


def as_numbers(values: ArrayLike) -> Array:
    """A float array. Raises ValueError for a Dataset, which holds several, and for what is not numbers."""
    if hasattr(values, "data_vars"):
        names = ", ".join(map(str, values.data_vars))
        raise ValueError(f"one variable is needed, ds.energy say, but this is a Dataset of several: {names}")
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as cause:
        raise ValueError(f"an array of numbers is needed, but it is {values!r:.80}") from cause


def as_chain(series: ArrayLike) -> Array:
    """Finite records (..., n), at least 2 of them."""
    array = as_numbers(series)
    if array.ndim == 0 or array.shape[-1] < 2:
        raise ValueError(f"a chain needs at least 2 records on its last axis, but the shape is {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"a chain must be finite, but it holds {array[~np.isfinite(array)][0]}")
    return array


def as_samples(values: ArrayLike, axis: int) -> Array:
    """Finite values with at least 2 independent samples along an axis."""
    array = as_numbers(values)
    if array.ndim == 0 or array.shape[axis] < 2:
        raise ValueError(
            f"an error needs at least 2 independent samples along axis {axis}, but the shape is {array.shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"samples must be finite, but they hold {array[~np.isfinite(array)][0]}")
    return array


def as_replicas(values: ArrayLike, records: int = 4) -> Array:
    """Finite records (..., replica, sweep), as many as are needed."""
    array = as_numbers(values)
    if array.ndim < 2 or array.shape[-1] < records or array.shape[-2] < 1:
        raise ValueError(
            f"values (..., replica, sweep) with at least {records} records each are needed, but the shape is "
            f"{array.shape}; one chain alone is values[None, :]"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"records must be finite, but they hold {array[~np.isfinite(array)][0]}")
    return array

"""Starts of runs: arrays by their axes; Datasets and DataArrays by the names of their dims and the labels of beta."""

from __future__ import annotations

from typing import Any

import numpy as np

from hopphys.types import Array

AXES = ("beta", "disorder", "replica", "site")


def numbers(start: Any) -> Array:
    """An array of the states that were given. Raises ValueError where they are no numbers, or ragged."""
    try:
        return np.asarray(start, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(
            "start must be an array of numbers, sites on its last axis, or the Dataset of an earlier run, but it is "
            f"{start!r:.200}"
        ) from None


def labelled(start: Any) -> Any:
    """The `state` of a Dataset, a DataArray as it is, None for what has no names of dims."""
    if hasattr(start, "data_vars"):
        if "state" not in start:
            raise ValueError(
                "start is a Dataset without `state`; pass one that sample() or settle() returned, or an array"
            )
        return start["state"]
    return start if hasattr(start, "dims") and hasattr(start, "coords") else None


def by_name(variable: Any, betas: Array | None) -> Array:
    """Values (beta, disorder, replica, site), by the names of dims, with an axis of one for each that is absent.

    betas : the inverse temperatures of the call, where each has runs of its own; those of the start are put into
        their order. Raises ValueError for other dims, and for other temperatures.
    """
    others = [dim for dim in variable.dims if dim not in AXES]
    if others or "site" not in variable.dims:
        found = f"start has dims {tuple(variable.dims)}, but runs start from ([beta,] [disorder,] replica, site); "
        raise ValueError(found + _way_out(variable.dims, others))
    variable = _at(variable, betas)
    values = variable.transpose(*[dim for dim in AXES if dim in variable.dims]).values
    return numbers(values).reshape([variable.sizes.get(dim, 1) for dim in AXES])


def _way_out(dims: Any, others: list[Any]) -> str:
    if "rung" in others:
        return "choose a temperature, start.isel(rung=0), or go on with temper"
    if others:
        return f"choose one of each {others[0]!r}, start.isel({others[0]}=0), or rename the dim"
    return "rename the dim of the sites to 'site', or pass .values"


def _at(variable: Any, betas: Array | None) -> Any:
    """The variable at these inverse temperatures, in their order."""
    if "beta" not in variable.dims:
        return variable
    if betas is None:
        if variable.sizes["beta"] == 1:
            return variable
        raise ValueError(
            f"start has {variable.sizes['beta']} inverse temperatures, but this run has no dim of them; choose one, "
            "start.isel(beta=0)"
        )
    if "beta" not in variable.coords:
        return variable
    had, wanted = variable["beta"].values.tolist(), betas.tolist()
    if len(set(had)) < len(had) or not set(wanted) <= set(had):
        raise ValueError(
            f"start has beta = {had}, but this run has {wanted}; continue it at its own, choose one, "
            "start.isel(beta=0), or pass start.state.values to begin at others"
        )
    return variable.isel(beta=[had.index(beta) for beta in wanted])

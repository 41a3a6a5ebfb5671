"""Minima of a landscape, their basins, and the descent that leads there, as Datasets.

Descent is the limit T -> 0 of the heat bath, one site drawn at random at each attempt: a flip that lowers E is made,
one that raises it is not, and a tie is drawn with probability 1/2. So it leaves every plateau that has a lower exit,
ends in a minimum with probability 1, and agrees with the threshold rule wherever nothing ties. `ties="kept"` is the
threshold rule itself, which never moves at a tie: it can stop on a plateau that has a lower exit elsewhere, and the
share of starts from which it does is `trapped`. Both draw sites with replacement; a shuffled order has slightly other
basins.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from hopphys.hamiltonian import Hamiltonian
from hopphys.landscape.cube import exact
from hopphys.landscape.descent import Plateaus, plateaus
from hopphys.memory import require
from hopphys.types import Array

RULES = {
    "drawn": "one site at random at a time, to lower E; a tie with probability 1/2 (heat bath as T -> 0)",
    "kept": "one site at random at a time, to lower E; a tie keeps (threshold rule)",
}


def minima(hamiltonian: Hamiltonian, *, ties: str = "drawn", tolerance: float | None = None) -> xr.Dataset:
    """Every minimum of a two-level Hamiltonian, from all 2^N corners: exact, N <= 20 or so.

    A minimum is a connected set of corners of equal energy under one-site flips from which no flip leads lower.

    Parameters
    ----------
    ties : "drawn" or "kept", what descent does at a tie (module docstring)
    tolerance : energies closer than this are equal; by default 1e-13 of the largest |E|

    Returns
    -------
    Dataset over `minimum`, by energy and then by lowest corner: `state` (minimum, site), its corner of lowest number;
    `energy`, total; `plateau`, its number of corners; `basin`, the probability that descent from a corner drawn at
    random ends there; and `trapped`, what is missing from 1 in their sum (0 for ties="drawn").

    Raises ValueError for sites that are not two-level, directed couplings or a disorder axis, TooLarge for too many.
    """
    return summary(plateaus(hamiltonian, tolerance), ties)


def descent(hamiltonian: Hamiltonian, *, ties: str = "drawn", tolerance: float | None = None) -> xr.Dataset:
    """The whole landscape: `minima` and, for every corner, where descent can go and where it ends.

    Adds `state_of_corner` (corner, site); `energy_of_corner`; `lower` (corner, flip), the flip of this free site leads
    lower; `tied` (corner, flip), to the same energy; `minimum_of_corner`, -1 outside minima; and `end`
    (corner, minimum), the probability that descent from the corner ends in the minimum. Corners are numbered as by
    `corners`, and the corner across flip k is `corner ^ (1 << k)`.
    """
    found = plateaus(hamiltonian, tolerance)
    dataset = summary(found, ties)
    require(
        8 * found.cube.size * dataset.sizes["minimum"],
        "where every corner ends",
        "use minima(): basins alone are small",
    )
    corner, flip = np.arange(found.cube.size), np.arange(len(found.cube.free))
    variables: dict[str, tuple[Any, Array, str, str]] = {
        "state_of_corner": (("corner", "site"), found.cube.states(corner), "state of the corner", "1"),
        "energy_of_corner": ("corner", found.cube.energies, "energy of the corner, total", "J"),
        "lower": (("corner", "flip"), found.lower, "this flip lowers the energy", "1"),
        "tied": (("corner", "flip"), found.tied, "this flip keeps the energy", "1"),
        "minimum_of_corner": ("corner", found.minimum, "minimum that the corner belongs to, -1 outside", "1"),
        "end": (("corner", "minimum"), found.absorption(ties), "probability of ending in the minimum", "1"),
    }
    coordinates = {
        "corner": ("corner", corner, {"long_name": "corner: bit k is free site k", "units": "1"}),
        "flip": ("flip", flip, {"long_name": "free site flipped", "units": "1"}),
        "flipped_site": ("flip", found.cube.free, {"long_name": "site number of the flip", "units": "1"}),
    }
    return dataset.assign(_described(variables)).assign_coords(coordinates)


def summary(found: Plateaus, ties: str) -> xr.Dataset:
    """The Dataset of `minima` from plateaus that are already known."""
    basin = found.basins(ties)
    inside = np.flatnonzero(found.minimum >= 0)
    lowest = inside[np.unique(found.minimum[inside], return_index=True)[1]]
    variables: dict[str, tuple[Any, Array, str, str]] = {
        "state": (("minimum", "site"), found.cube.states(lowest), "state of the minimum's lowest corner", "1"),
        "energy": ("minimum", found.cube.energies[lowest], "energy, total", "J"),
        "basin": ("minimum", basin, "probability that descent from a random corner ends here", "1"),
        "plateau": ("minimum", np.bincount(found.minimum[inside]), "corners of the minimum", "1"),
        "trapped": ((), np.array(_trapped(found, basin, ties)), "probability that descent stops outside minima", "1"),
    }
    number = ("minimum", np.arange(len(basin)), {"long_name": "minimum, by energy", "units": "1"})
    start = ("minimum", lowest, {"long_name": "lowest corner of the minimum", "units": "1"})
    dataset = xr.Dataset(_described(variables), coords={"minimum": number, "corner_of_minimum": start})
    described = dataset.assign_attrs(
        hamiltonian=found.cube.hamiltonian.name, corners=found.cube.size, descent=RULES[ties]
    )
    return exact(described, found.cube, ties=ties)


def _trapped(found: Plateaus, basin: Array, ties: str) -> float:
    # Heat bath leaves every plateau that has an exit, so what its sum lacks of 1 is rounding and no share of starts.
    return 0.0 if ties == "drawn" else max(0.0, 1.0 - float(basin.sum()))


def _described(variables: dict[str, tuple[Any, Array, str, str]]) -> dict[str, tuple[Any, Array, dict[str, str]]]:
    return {
        name: (dims, values, {"long_name": long_name, "units": units})
        for name, (dims, values, long_name, units) in variables.items()
    }

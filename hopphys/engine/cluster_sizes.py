"""Sizes of the clusters that a cluster sweep flips, and what the Dataset says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hopphys.engine.rows import Rows
from hopphys.types import Array

SIZE = "mean size, in sites, of the cluster of a random site, since the last record"
NUMBER = "clusters a sweep"


@dataclass(eq=False)
class Sizes:
    """Sum of sizes and number of clusters of each row so far, (rows,), and what was recorded of them.

    A size is that of the cluster of a random site: one cluster of Wolff, sum of n^2 / N over those of a Swendsen-Wang
    sweep. `clusters` (schedules, samples) is how many a sweep has, or None where it has all there are.
    """

    grown: Array
    drawn: Array
    clusters: Array | None = None
    means: list[Array] = field(default_factory=list)
    numbers: list[Array] = field(default_factory=list)

    def mean(self) -> Array:
        """Mean size of the clusters drawn since the last call, (rows,)."""
        mean = self.grown / np.maximum(self.drawn, 1)
        self.grown[:], self.drawn[:] = 0.0, 0
        return mean

    def take(self) -> None:
        self.means.append(self.mean())
        if self.clusters is not None:
            self.numbers.append(self.clusters)

    def variables(self, lead: list[str], shape: tuple[int, ...], constant: bool) -> dict[str, Any]:
        """`cluster_size` for states of shape (lead, replica); `clusters`, along the sweeps where it is not constant."""
        sizes = np.stack(self.means, axis=-1).reshape(*shape, -1)
        found = {"cluster_size": ([*lead, "replica", "sweep"], sizes, {"long_name": SIZE, "units": "1"})}
        if self.numbers:
            numbers = np.stack(self.numbers, axis=-1).reshape(*shape[:-1], -1)
            labels = {"long_name": NUMBER, "units": "1"}
            found["clusters"] = (lead, numbers[..., -1], labels) if constant else ([*lead, "sweep"], numbers, labels)
        return found


def sizes_of(rows: Rows) -> Sizes:
    """Those of these rows, from the first call on."""
    if rows.sizes is None:
        rows.sizes = Sizes(np.zeros(len(rows.state)), np.zeros(len(rows.state), np.int64))
    found: Sizes = rows.sizes
    return found

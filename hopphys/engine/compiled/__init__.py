"""Kernels with their arguments, one file per kind of interaction: `fit(interaction)` gives what `sweepers` runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hopphys.engine.rows import Rows


def _nothing(rows: Rows, sweeps: int) -> None:
    return None


@dataclass(frozen=True)
class Compiled:
    """A kernel with the arguments that only its kind of interaction has, for a slice of rows.

    `grain` is the number of rows that it does best together. `prepare(rows, sweeps)` is called before each run of the
    kernel, with the number of sweeps that are expected.
    """

    kernel: Callable[..., None]
    arguments: Callable[[Rows, slice], tuple[Any, ...]]
    prepare: Callable[[Rows, int], None] = _nothing
    grain: int = 1

"""Kernels with their arguments, one file per kind of interaction: `fit(interaction)` gives what `sweepers` runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hopphys.engine.rows import Rows


@dataclass(frozen=True)
class Compiled:
    """A kernel with the arguments that only its kind of interaction has, for a slice of rows."""

    kernel: Callable[..., None]
    arguments: Callable[[Rows, slice], tuple[Any, ...]]

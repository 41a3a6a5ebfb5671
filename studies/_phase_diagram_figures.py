"""The figures of the phase-diagram study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xarray as xr

from hopphys.study import Figure


def figures(ds: xr.Dataset, config: Any) -> Mapping[str, Figure]:
    return {}

"""Points as work items: each known by what it *is*, so that it keeps its file and its seed when a grid is refined."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hopphys.kernels import random
from hopphys.study.contract import Study

READABLE = 200  # characters
PLAIN = (bool, int, float, str, type(None))


@dataclass(frozen=True)
class Item:
    """A point of a study with its plain values, its address (the name of its file), its seed and its relative cost."""

    point: Any
    values: Mapping[str, Any]
    address: str
    seed: int
    cost: float = 1.0

    @property
    def label(self) -> str:
        """The point as a person reads it, by its first values where there are many."""
        text = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return text if len(text) <= READABLE else f"{text[:READABLE].rpartition(', ')[0] or text[:READABLE]}, ..."


def items(study: Study, config: Any, seed: int) -> list[Item]:
    """The points of a configuration, in their order. Raises ValueError for none, for two alike and for odd values."""
    found = [_item(study, point, seed) for point in study.points(config)]
    if not found:
        raise ValueError(f"study {study.name} has no points with this configuration")
    seen: dict[str, Item] = {}
    for item in found:
        if item.address in seen:
            raise ValueError(f"study {study.name} has the point ({item.label}) twice; points are known by their values")
        seen[item.address] = item
    return found


def _item(study: Study, point: Any, seed: int) -> Item:
    values = plain_values(point)
    # Sorted: a point does not change when its fields are written in another order.
    words = [word for name in sorted(values) for word in (name, values[name])]
    first, second = random.key(0, "study point", study.name, *words)
    own_seed = random.key(seed, "study", study.name, *words)[0] >> 1  # below 2^63, so that it is a netCDF integer
    return Item(point, values, f"{first:016x}{second:016x}", own_seed, float(study.cost(point)) if study.cost else 1.0)


def plain_values(point: Any) -> dict[str, Any]:
    """The values of a point: a frozen dataclass or a mapping of numbers, text, bools, None and tuples of them."""
    if dataclasses.is_dataclass(point) and not isinstance(point, type):
        pairs = {field.name: getattr(point, field.name) for field in dataclasses.fields(point)}
    elif isinstance(point, Mapping):
        pairs = dict(point)
    else:
        raise ValueError(f"a point must be a frozen dataclass or a mapping of plain values, but it is {point!r}")
    return {str(name): _plain(value, name) for name, value in pairs.items()}


def _plain(value: Any, name: str) -> Any:
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, (list, tuple)):
        return tuple(_plain(item, name) for item in value)
    if not isinstance(value, PLAIN) or value != value:
        raise ValueError(
            f"{name} of a point is {value!r}, but a point is known by plain values: "
            "numbers, text, bools, None and tuples of them"
        )
    return value + 0.0 if isinstance(value, float) else value  # -0.0 is 0.0


def metadata(point: Any) -> dict[str, Mapping[Any, Any]]:
    """What the fields of a point say of themselves: `field(metadata={"long_name": ..., "units": ...})`."""
    if not dataclasses.is_dataclass(point):
        return {}
    return {field.name: field.metadata for field in dataclasses.fields(point)}

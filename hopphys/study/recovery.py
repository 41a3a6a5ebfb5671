"""Whether the files of a run that has lost its `run.json` are those of the run that is asked for.

A point is known by its study and its values, which name its file, and by its seed, which its own attributes hold and
which follows from the seed of the run. Preset and settings that no point depends on are in the joined file alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from hopphys import dataset, provenance
from hopphys.study.items import Item


class Files(Protocol):
    """What is needed of a `Folder`."""

    @property
    def path(self) -> Path: ...

    @property
    def joined(self) -> Path: ...


def strange_points(folder: Files, work: Sequence[Item]) -> Iterator[str]:
    """What each point that is not of this work is. A damaged one of this work is no stranger: it is set aside later."""
    known = {item.address: item for item in work}
    for path in sorted(folder.path.glob("points/*.nc")):
        attributes, item = _attributes(path), known.get(path.stem)
        if item is None:
            yield f"points/{path.name} is {_told(attributes)}, which is no point of it"
        elif attributes and attributes.get("seed") != item.seed:
            yield f"points/{path.name} ({item.label}) was made with another seed"


def strange_joined(folder: Files, wanted: Mapping[str, Any]) -> Iterator[str]:
    """How the joined file, where there is one, was made otherwise."""
    attributes = _attributes(folder.joined)
    if not attributes:
        return
    for key in ("study", "preset", "seed"):
        if attributes.get(key) != wanted[key]:
            yield f"{folder.joined.name} was made with {key} {attributes.get(key)!r}, not {wanted[key]!r}"
    old, new = (tomllib.loads(text) for text in (attributes.get("config", ""), provenance.toml(wanted["config"])))
    for key in {**old, **new}:
        if old.get(key) != new.get(key):
            yield f"{folder.joined.name} was made with {key} = {old.get(key)!r}, not {new.get(key)!r}"


def _attributes(path: Path) -> dict[Any, Any]:
    """The attributes of a file; none of one that is damaged or not there."""
    try:
        return dict(dataset.load(path).attrs)
    except (ValueError, OSError):
        return {}


def _told(attributes: Mapping[Any, Any]) -> str:
    try:
        made = tomllib.loads(attributes["config"])
        return f"of study {made['study']} at ({', '.join(f'{k}={v}' for k, v in made['point'].items())})"
    except (KeyError, ValueError, AttributeError):
        return "damaged"

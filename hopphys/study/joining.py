"""One Dataset from all points: dimension `point`, the points' values as coordinates along it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys import dataset
from hopphys.study.contract import Study
from hopphys.study.items import Item, metadata

if TYPE_CHECKING:
    import xarray as xr

Attributes = Mapping[str, Any]
MISSING = object()  # a value that points of this kind do not have; None is a value that they have


def join(study: Study, items: Sequence[Item], parts: Sequence[xr.Dataset], attributes: Attributes) -> xr.Dataset:
    """The points of a study as one Dataset.

    Coordinates that differ between points are united, and what a point does not have is NaN. Points may be of several
    kinds: each value of any of them is a coordinate, NaN (among text "") where a point is of a kind without it.
    `created` is the time of the newest point and the code is the points' own, so joining the same points again gives
    the same file.
    """
    import xarray as xr

    counted, bare = _aligned(parts)
    labels = _labels(items)
    names = [name for name in labels if name not in _dimensions(parts)]
    if clash := sorted(set(names) & {name for part in parts for name in part.data_vars}):
        raise ValueError(f"study {study.name} measures {clash[0]!r}, which is also a value of its points; rename one")
    trimmed = [part.drop_vars([name for name in names if name in part.coords]) for part in counted]
    try:
        joined = xr.concat(
            trimmed,
            "point",
            data_vars="all",
            coords="different",
            compat="equals",
            join="outer",
            combine_attrs="override",
        )
    except (ValueError, xr.MergeError) as error:
        raise ValueError(f"the points of study {study.name} do not fit into one Dataset: {error}") from error
    for name in names:
        joined[name] = ("point", _column([item.values.get(name, MISSING) for item in items]), labels[name])
    joined = joined.set_coords(names).drop_vars(bare)
    joined.attrs = {**_common(parts), **attributes, **_code(parts)}
    joined.attrs.pop("source_digest", None)  # `mixed` says what there is to say of it
    dataset.check(joined)
    return joined


def _labels(items: Sequence[Item]) -> dict[str, dict[Any, Any]]:
    """The names of all points' values, in the order in which they come, with the labels of the first that has some."""
    labels: dict[str, dict[Any, Any]] = {}
    for item in items:
        own = metadata(item.point)
        for name in item.values:
            labels[name] = {**own.get(name, {}), **labels.get(name, {})}
    return {name: {"long_name": name.replace("_", " "), "units": "1", **own} for name, own in labels.items()}


def _dimensions(parts: Sequence[xr.Dataset]) -> set[Any]:
    return {name for part in parts for name in part.dims}


def _aligned(parts: Sequence[xr.Dataset]) -> tuple[list[xr.Dataset], set[Any]]:
    """Parts that can be united, and the dimensions that were numbered for it: those of unequal lengths without
    coordinate. bools become numbers where a missing value may have to stand among them.
    """
    uneven = {name for name in _dimensions(parts) if len({part.sizes.get(name) for part in parts}) > 1}
    bare = {name for name in uneven if not any(name in part.coords for part in parts)}
    counted = [part.assign_coords({n: np.arange(part.sizes[n]) for n in bare & set(part.dims)}) for part in parts]
    frames = [part.drop_vars(part.data_vars) for part in counted]
    alike = all(
        frame.equals(frames[0]) and set(part.data_vars) == set(counted[0].data_vars)
        for frame, part in zip(frames, counted, strict=True)
    )
    return (counted if alike else _with_all_dimensions([part.map(_number, keep_attrs=True) for part in counted])), bare


def _with_all_dimensions(parts: list[xr.Dataset]) -> list[xr.Dataset]:
    """Points of a kind without some dimension get its coordinate, along which they have nothing."""
    known = {name: part[name] for part in reversed(parts) for name in part.dims if name in part.coords}
    return [part.assign_coords({n: c for n, c in known.items() if n not in part.coords}) for part in parts]


def _number(variable: xr.DataArray) -> xr.DataArray:
    return variable.astype(float) if variable.dtype == bool else variable


def _column(values: list[Any]) -> np.ndarray[Any, Any]:
    """Values of one name along the points: bools, whole numbers, numbers with NaN for None, or text.

    What is missing is NaN among bools and numbers, and "" among text.
    """
    there = [value for value in values if value is not MISSING]
    if all(isinstance(value, bool) for value in there):
        return np.array(there if len(there) == len(values) else [_or_nan(value) for value in values])
    if all(isinstance(value, (int, float, type(None))) and not isinstance(value, bool) for value in there):
        return np.array([_or_nan(value) if value is None or value is MISSING else value for value in values])
    return np.array(["" if value is None or value is MISSING else str(value) for value in values])


def _or_nan(value: Any) -> float:
    """A number, NaN where there is none."""
    return np.nan if value is None or value is MISSING else float(value)


def _common(parts: Sequence[xr.Dataset]) -> dict[str, Any]:
    """Attributes that all points share, such as "no equilibrium law"."""
    first = parts[0].attrs
    return {key: value for key, value in first.items() if all(part.attrs.get(key) == value for part in parts)}


def _code(parts: Sequence[xr.Dataset]) -> dict[str, Any]:
    """The code that computed the points; where it changed between them, all its versions."""
    created = max(part.attrs["created"] for part in parts)
    newest = max(parts, key=lambda part: str(part.attrs["created"])).attrs
    versions = sorted({str(part.attrs["version"]) for part in parts})
    commits = sorted({str(part.attrs["commit"]) for part in parts})
    sources = {part.attrs["source_digest"] for part in parts if part.attrs.get("source_digest")}
    mixed = f"{len(sources)} versions of the study's file made these points" if len(sources) > 1 else ""
    return {
        "created": created,
        "version": ", ".join(versions),
        "versions": newest["versions"],
        "commit": newest["commit"] if len(commits) == 1 else ", ".join(commits),
        **({"mixed": mixed} if mixed else {}),
    }

"""What netCDF cannot say by itself: None, bools and nested attributes, and a digest that notices a damaged file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

MARK = "json:"
DIGEST = "hopphys_digest"
COMPRESS_FROM = 2**12  # bytes; below it a compressed chunk costs more than it saves
INT64 = 2**63

# Names that netCDF-4 and xarray keep for themselves: attributes called so would vanish or change the data.
RESERVED = frozenset(
    "_FillValue missing_value scale_factor add_offset _Unsigned coordinates dtype bounds grid_mapping calendar "
    "CLASS NAME DIMENSION_LIST REFERENCE_LIST _NCProperties _Netcdf4Dimid _Netcdf4Coordinates _nc3_strict "
    f"{DIGEST}".split()
)


def pack(ds: xr.Dataset) -> xr.Dataset:
    """The Dataset as it goes into the file: encoded attributes, no leftover encodings, and a digest of it all."""
    packed = ds.drop_encoding()
    packed.attrs = _encoded(ds.attrs, "the Dataset")
    for name, variable in packed.variables.items():
        if variable.dtype.kind not in "biufUSO":
            raise ValueError(f"variable {name!r} has type {variable.dtype}, which a file of hopphys cannot hold")
        packed[name].attrs = _encoded(ds[name].attrs, f"variable {name!r}")
    packed.attrs[DIGEST] = digest(packed)
    return packed


def storage(packed: xr.Dataset) -> dict[Any, dict[str, Any]]:
    """How variables are stored: no fill values (NaN stays the NaN it was), large ones compressed."""
    squeeze = {"zlib": True, "complevel": 4, "shuffle": True}
    return {
        name: {"_FillValue": None, **(squeeze if v.nbytes >= COMPRESS_FROM and v.dtype.kind in "biuf" else {})}
        for name, v in packed.variables.items()
        if v.dtype.kind in "biuf"
    }


def unpack(packed: xr.Dataset) -> xr.Dataset:
    """The Dataset that was packed. Raises ValueError where the contents do not match the digest written with them.

    A file that another program wrote has no digest and is taken as it is.
    """
    ds = _fixed_width_text(packed.drop_encoding())
    for holder in (ds, *(ds[name] for name in ds.variables)):
        holder.attrs = {name: _native(value) for name, value in holder.attrs.items()}
    if ds.attrs.pop(DIGEST, None) not in (None, digest(ds)):
        raise ValueError("contents do not match the digest written with them")
    for holder in (ds, *(ds[name] for name in ds.variables)):
        holder.attrs = {name: _decode(value) for name, value in holder.attrs.items()}
    return ds


def digest(ds: xr.Dataset) -> str:
    """A hash of dimensions, values and (encoded) attributes, the same before writing and after reading."""
    total = hashlib.blake2b(_text([ds.attrs, dict(ds.sizes), sorted(map(str, ds.coords))]), digest_size=16)
    for name in sorted(ds.variables, key=str):
        variable = ds.variables[name]
        total.update(_text([str(name), list(variable.dims), variable.attrs]))
        total.update(_bytes(variable.values))
    return total.hexdigest()


def _text(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=True).encode()


def _bytes(values: np.ndarray[Any, Any]) -> bytes:
    if values.dtype.kind in "OUS":
        return _text([str(value) for value in values.ravel()])
    little = values.astype(values.dtype.newbyteorder("<"), copy=False)
    return little.dtype.str.encode() + np.ascontiguousarray(little).tobytes()


def _fixed_width_text(ds: xr.Dataset) -> xr.Dataset:
    """Text comes out of HDF5 as objects; give it back the type it had."""
    texts = {name: v.copy(data=v.values.astype(str)) for name, v in ds.variables.items() if v.dtype.kind in "OT"}
    return ds.assign_coords({n: v for n, v in texts.items() if n in ds.coords}).assign(
        {n: v for n, v in texts.items() if n not in ds.coords}
    )


def _encoded(attributes: Mapping[Any, Any], owner: str) -> dict[str, Any]:
    for name in attributes:
        if not isinstance(name, str) or not name or name in RESERVED or "/" in name or "\0" in name:
            raise ValueError(f"{owner} has an attribute called {name!r}, a name that netCDF cannot hold; rename it")
    return {name: _encode(value, f"attribute {name!r} of {owner}") for name, value in attributes.items()}


def _encode(value: Any, owner: str) -> Any:
    """Text and numbers as they are, so that other programs read them; anything else as JSON behind a mark."""
    value = _plain(value, owner)
    if isinstance(value, float) or (_is_count(value) and -INT64 <= value < INT64):
        return value
    if isinstance(value, str) and _is_plain_text(value):
        return value
    return MARK + json.dumps(value, ensure_ascii=True)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_plain_text(value: str) -> bool:
    """Whether HDF5 gives it back unchanged: not empty, no NUL, no half of a surrogate pair, not marked as JSON."""
    return bool(value) and "\0" not in value and not value.startswith(MARK) and not re.search("[\ud800-\udfff]", value)


def _plain(value: Any, owner: str) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return {name: _plain(item, owner) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, owner) for item in value]
    raise ValueError(
        f"{owner} is {value!r}, which a file cannot hold; use text, numbers, bools, None, and lists or mappings of them"
    )


def _native(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _decode(value: Any) -> Any:
    return json.loads(value.removeprefix(MARK)) if isinstance(value, str) and value.startswith(MARK) else value

"""The schema of every Dataset: who computed it, what its variables are, and files that survive a kill.

A Dataset carries `seed`, `config` (TOML), `version`, `versions`, `commit` and `created`; every variable carries
`long_name` and `units`. Files are netCDF-4 written through h5netcdf; nothing is ever pickled.
"""

from __future__ import annotations

import datetime
import os
import secrets
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hopphys import provenance

if TYPE_CHECKING:
    import xarray as xr

DIMENSIONS = (
    *("replica", "sweep", "site", "pattern", "component", "disorder", "beta", "rung", "walker"),
    "point",
)
"""Dimensions that need no explanation; any other one is declared by a coordinate of its own name."""

REQUIRED = ("seed", "config", "version", "versions", "commit", "created")


def stamp(ds: xr.Dataset, *, seed: int, config: Mapping[str, Any]) -> xr.Dataset:
    """The Dataset with its provenance: seed, config as TOML text, versions, commit and time (UTC, ISO 8601).

    A key of `config` whose value is None is left out (TOML has no None); arrays of more than 64 values enter by
    shape and hash. `commit` is None outside a clone.
    """
    created = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return ds.assign_attrs(seed=int(seed), config=provenance.toml(config), created=created, **provenance.code())


def check(ds: xr.Dataset) -> None:
    """Raise ValueError naming every way in which `ds` departs from the schema."""
    if found := [*_attributes(ds), *_dimensions(ds), *_labels(ds), *_coordinates(ds)]:
        raise ValueError(
            "this Dataset departs from the schema of hopphys: " + "; ".join(found) + ". "
            "Set `.attrs['long_name']` and `.attrs['units']` on variables, and use hopphys.dataset.stamp for the rest"
        )


def _attributes(ds: xr.Dataset) -> list[str]:
    return [f"attribute {name!r} is missing" for name in REQUIRED if name not in ds.attrs]


def _dimensions(ds: xr.Dataset) -> list[str]:
    return [
        f"dimension {name!r} is none of {', '.join(DIMENSIONS)} and has no coordinate that explains it"
        for name in ds.sizes
        if name not in DIMENSIONS and name not in ds.coords
    ]


def _labels(ds: xr.Dataset) -> list[str]:
    return [
        f"variable {name!r} has no {label}"
        for name, variable in ds.variables.items()
        for label in ("long_name", "units")
        if not isinstance(variable.attrs.get(label), str)
    ]


def _coordinates(ds: xr.Dataset) -> list[str]:
    import numpy as np

    found = []
    if "sweep" in ds.indexes:
        sweep = ds["sweep"].values
        if sweep.dtype.kind not in "iu" or (sweep < 0).any() or (np.diff(sweep.astype(np.int64)) <= 0).any():
            found.append("coordinate 'sweep' must be rising counts of sweeps done when measured")
    if "beta" in ds.coords and ds["beta"].dims in ((), ("beta",)):  # along other dimensions it may be missing
        beta = ds["beta"].values
        if beta.dtype.kind not in "iuf" or not (beta >= 0).all():
            found.append("coordinate 'beta' must be inverse temperatures, 0 or more")
    return found


def save(ds: xr.Dataset, path: str | Path) -> Path:
    """Write netCDF so that `path` holds the whole Dataset or what it held before, also after a kill or a power cut.

    None, bools and nested lists and mappings in attributes come back from `load`; tuples and arrays in attributes
    come back as lists. Raises ValueError for what netCDF cannot hold and OSError for a folder that cannot be written.
    """
    from hopphys import encoding

    path = Path(path)
    packed = encoding.pack(ds)
    temporary = path.parent / f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp"
    try:
        temporary.touch(exist_ok=False)  # the system's own message where the folder cannot be written, not HDF5's
        with _interrupt_waits():
            packed.to_netcdf(temporary, engine="h5netcdf", encoding=encoding.storage(packed))
            _flush(temporary)
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    with suppress(OSError):  # some systems cannot flush a folder; the file itself is safe by now
        _flush(path.parent)
    return path


@contextmanager
def _interrupt_waits() -> Iterator[None]:
    """Ctrl-C inside becomes KeyboardInterrupt at the end: HDF5 broken off within a call complains when it is closed."""
    ordinary = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not ordinary or threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if came:
        raise KeyboardInterrupt


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def load(path: str | Path) -> xr.Dataset:
    """Read a whole Dataset into memory and close its file.

    Raises FileNotFoundError, or ValueError naming the file when it is damaged: not netCDF, truncated, or with contents
    that differ from the digest written with them.
    """
    import h5py
    import xarray as xr

    from hopphys import encoding

    if not (path := Path(path)).is_file():
        raise FileNotFoundError(f"there is no file {path}")
    path.open("rb").close()  # a file that may not be read is not a damaged one
    try:
        h5py.File(path, "r").close()  # h5netcdf complains on stderr while it drops a file that HDF5 could not open
        return encoding.unpack(xr.load_dataset(path, engine="h5netcdf", decode_times=False))
    except Exception as error:  # HDF5 reports damage as OSError, RuntimeError, KeyError, ..., whatever it stumbles over
        raise ValueError(
            f"{path} is damaged or not a netCDF file ({_one_line(error)}); remove it or restore a copy"
        ) from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__

"""Which variables of a Dataset make rows, and the records that each row is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys.checks import whole
from hopphys.summaries.rows import GIVEN, Row, of_chains, of_ends, of_populations
from hopphys.types import Array

if TYPE_CHECKING:
    import xarray as xr

INDEPENDENT = ("replica", "pair")
WITHIN = ("walker", "copy")  # depend on each other: averaged before anything else
LEFT_OUT = {  # what describes the run and not the system
    "state", "field", "acceptance", "walker", "heading", "swap_rate", "visits", "modification", "restarts", "found_by",
    "mean_energy", "family", "families", "family_error", "effective_share", "log_z_population", "final_energy",
    "best_energy", "best_state",
}  # fmt: skip
WEIGHT = "log_z_population"  # of populations: their observables are averaged with the exponential of it
OF_THE_POPULATION = ("rho_t", "equilibrated")  # says how good it is: no thermal average, and after those
SHORTEST = 8  # records from which a chain says anything about itself


@dataclass(frozen=True)
class Kept:
    """The records that count: positions along `sweep`, sweeps between two records, sweeps dropped and in all."""

    records: slice
    interval: int
    dropped: int
    sweeps: int
    chains: bool
    cooling: bool = False


def kept_records(ds: xr.Dataset, names: list[str], warmup: Any) -> Kept:
    """What is left after the warm-up: by default three quarters of the records; the last one of a schedule."""
    dropped = None if warmup is None else whole(warmup, "warmup", 0)
    if not any("sweep" in ds[name].dims for name in names):
        if dropped:
            raise ValueError(f"there are no sweeps to drop, but warmup = {warmup}")
        return Kept(slice(None), 1, 0, 0, False)
    sweep = ds["sweep"].values.astype(np.int64) if "sweep" in ds.coords else np.arange(1, ds.sizes["sweep"] + 1)
    interval = int(sweep[1] - sweep[0]) if sweep.size > 1 else int(sweep[0])
    done, total = sweep - sweep[0] + interval, int(sweep[-1] - sweep[0] + interval)
    if "beta" in ds.coords and "sweep" in ds["beta"].dims:
        return Kept(slice(-1, None), interval, total - interval, total, False, True)
    first = sweep.size // 4 if dropped is None else int((done <= dropped).sum())
    if first >= sweep.size:
        raise ValueError(f"warmup = {warmup} drops every record of {total} sweeps; drop fewer")
    chains = sweep.size - first >= SHORTEST
    if not chains:
        first = sweep.size - 1
    return Kept(slice(first, None), interval, int(done[first] - interval), total, chains)


def rows(ds: xr.Dataset, names: list[str], kept: Kept) -> Iterator[Row]:
    """One row for each scalar at each place (beta, rung, pattern, ...)."""
    for name in names:
        array = ds[name].astype(float)
        if not set(array.dims) & {*INDEPENDENT, "sweep", "disorder"}:
            yield from _given(ds, name)
            continue
        for label, values in _scalars(ds, name, array):
            yield from _of_variable(ds, label, values, kept)


def scalars(ds: xr.Dataset, variables: Any) -> list[str]:
    """Names of the variables that make rows: those asked for, or the observables."""
    if variables is not None:
        names = _names(variables)
        missing = [name for name in names if name not in ds]
        if missing:
            raise ValueError(f"the Dataset has no variable {missing[0]!r}; it has {', '.join(map(str, ds.data_vars))}")
        return names
    names = [str(name) for name in ds.data_vars if _is_scalar(ds, str(name))]
    if WEIGHT in ds:
        names.sort(key=lambda name: (name != "log_z", name in OF_THE_POPULATION))
    return [
        name for name in names if "sweep" in ds[name].dims
    ] or names  # beside chains, counts of the run are left out


def _names(variables: Any) -> list[str]:
    names = [variables] if isinstance(variables, str) else variables
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"variables must be names of variables of the Dataset, but it is {variables!r}")
    return list(names)


def _is_scalar(ds: xr.Dataset, name: str) -> bool:
    array = ds[name]
    if name in LEFT_OUT or name.endswith("_error") or "site" in array.dims or array.dtype.kind not in "biuf":
        return False
    return f"{name}_error" in ds or bool(set(array.dims) & {*INDEPENDENT, "disorder", "sweep"})


def _scalars(ds: xr.Dataset, name: str, array: xr.DataArray) -> Iterator[tuple[str, xr.DataArray]]:
    """The energy per site, and |m| beside m; but not the modulus of what is a mean over walkers already."""
    if name == "energy" and "site" in ds.sizes:
        yield "energy per site", array / ds.sizes["site"]
        return
    yield (f"fraction {name}" if ds[name].dtype == bool else name), array
    if name == "magnetisation" and "walker" not in ds.sizes:
        yield "|magnetisation|", abs(array)


def _of_variable(ds: xr.Dataset, name: str, array: xr.DataArray, kept: Kept) -> Iterator[Row]:
    array = array.mean([dim for dim in WITHIN if dim in array.dims])
    disorder = "disorder" in array.dims
    core = [dim for dim in ("disorder", *INDEPENDENT, "sweep") if dim in array.dims]
    places = [dim for dim in array.dims if dim not in core]
    for index in product(*(range(array.sizes[dim]) for dim in places)):
        one = array.isel(dict(zip(places, index, strict=True))).transpose(*core)
        at = {_label(ds, str(dim)): _place(ds, str(dim), k) for dim, k in zip(places, index, strict=True)}
        values = _three(one.values, core)
        if _is_weighted(ds, name, array):
            weight = ds[WEIGHT].isel(beta=index[places.index("beta")]).transpose(*core).values
            yield of_populations(name, at, values[..., 0], _three(weight, core)[..., 0], disorder)
        elif "sweep" not in core:
            yield of_ends(name, at, values[..., 0], disorder)
        elif kept.chains:
            yield of_chains(name, at, values[..., kept.records], kept.interval, disorder)
        else:
            yield of_ends(name, at, values[..., kept.records].mean(axis=-1), disorder)


def _is_weighted(ds: xr.Dataset, name: str, array: xr.DataArray) -> bool:
    """Whether a row is a thermal average of populations: rows without a replica or a beta are none."""
    return (
        WEIGHT in ds
        and {"replica", "beta"} <= set(array.dims)
        and name.removeprefix("fraction ") not in OF_THE_POPULATION
    )


def _three(values: Array, core: list[Any]) -> Array:
    """(disorder, replica, sweep), of length 1 where an axis is missing."""
    missing = ["disorder" not in core, not set(core) & set(INDEPENDENT), "sweep" not in core]
    return np.expand_dims(values, [axis for axis, gone in enumerate(missing) if gone])


def _label(ds: xr.Dataset, dim: str) -> str:
    return "beta" if dim == "rung" and "beta" in ds.coords and ds["beta"].dims == ("rung",) else dim


def _place(ds: xr.Dataset, dim: str, index: int) -> float | str:
    name = _label(ds, dim)
    if name not in ds.coords or ds[name].dims != (dim,):
        return str(index)
    value = ds[name].values[index]
    return float(value) if np.issubdtype(type(value), np.floating) else str(value)


def _given(ds: xr.Dataset, name: str) -> Iterator[Row]:
    """Values that come with their errors: log_z with log_z_error."""
    values, errors = ds[name], ds.get(f"{name}_error")
    for index in product(*(range(size) for size in values.shape)):
        at = {_label(ds, str(d)): _place(ds, str(d), k) for d, k in zip(values.dims, index, strict=True)}
        error = float("nan") if errors is None else float(errors.values[index])
        yield Row(name, at, float(values.values[index]), error, error_from=GIVEN)

"""`summary`: the table of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys.summaries import reading
from hopphys.summaries.rows import CHAINS, DISORDER, FEW, MANY, SCATTER, WEIGHTED, Row
from hopphys.summaries.table import table

if TYPE_CHECKING:
    import xarray as xr

    from hopphys.summaries.reading import Kept

COLUMNS = {
    "value": ("mean", ""),
    "error": ("standard error", ""),
    "tau": ("integrated autocorrelation time in sweeps", "1"),
    "bulk": ("effective records for the centre", "1"),
    "tail": ("effective records for the 5 and 95 per cent quantiles", "1"),
    "rhat": ("rank-normalised split R-hat", "1"),
    "status": ("what the chains say about themselves", "1"),
    "error_from": ("what the error is from", "1"),
}


EQUILIBRATED = (
    "populations are not equilibrated: fewer than 100 rho_t walkers at the last beta; take a larger population"
)
CONVERGED = "walks did not converge: log_g, and what follows from it, is wrong; raise max_sweeps"


@dataclass(frozen=True, repr=False)
class Summary:
    """Rows and notes; printing it, or its name at a prompt, gives a table of at most 80 columns."""

    title: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    attrs: dict[str, Any]

    def __str__(self) -> str:
        return table(self.title, self.rows, self.notes)

    __repr__ = __str__

    def __getitem__(self, name: str) -> Row:
        """The one row of this name. Raises KeyError where there is none, or several."""
        found = [row for row in self.rows if row.name == name]
        if len(found) != 1:
            names = ", ".join(dict.fromkeys(row.name for row in self.rows))
            raise KeyError(f"{len(found)} rows are called {name!r}; there are {names}, listed in `rows`")
        return found[0]

    def to_dataset(self) -> xr.Dataset:
        """The table as a Dataset over `row`, labelled "energy per site, beta 0.4"."""
        import xarray as xr

        labels = [", ".join(part for part in (row.name, row.where) if part) for row in self.rows]
        text = {"long_name": "scalar and where it was measured", "units": "1"}
        ds = xr.Dataset(coords={"row": ("row", labels, text)})
        for name, (long_name, units) in COLUMNS.items():
            label = {"long_name": long_name, "units": units or "as the scalar"}
            ds[name] = ("row", np.array([getattr(row, name) for row in self.rows]), label)
        return ds.assign_attrs({**self.attrs, "notes": "\n".join(self.notes)})


def summary(ds: xr.Dataset, warmup: int | None = None, variables: Sequence[str] | str | None = None) -> Summary:
    """What a run measured: values with errors, tau, effective records, R-hat, and whether to believe them.

    Parameters
    ----------
    ds : from `sample`, `temper`, `population_anneal`, `settle` or any other Dataset with a replica dim
    warmup : sweeps dropped at the start; by default the first quarter of the records, and the table says so
    variables : names of the variables to summarise; by default the observables

    Observables of `population_anneal` are averaged over replicas with the weights exp(log_z_population). The error is
    the scatter of independent replicas where there are at least 8, of disorder samples where there are
    any, and otherwise that of the chains with their own autocorrelation time. Status: "converged"; "short", where a
    chain has fewer than 50 tau or 100 effective records; "drifting", where the last half, the quarter and the eighth
    before it disagree (a false alarm in a thousand rows); "not mixed", where replicas differ by more than their tau
    explains; "constant", where nothing ever moved. Raises ValueError where the warm-up drops everything and where there
    is nothing to summarise.
    """
    if not hasattr(ds, "data_vars"):
        raise ValueError(f"summary takes a Dataset such as sample() returns, but it is {type(ds).__name__}")
    names = reading.scalars(ds, variables)
    kept = reading.kept_records(ds, names, warmup)
    rows = tuple(reading.rows(ds, names, kept))
    if not rows:
        raise ValueError(f"there is nothing to summarise: no observable among {', '.join(map(str, ds.data_vars))}")
    return Summary(_title(ds), rows, tuple(_notes(ds, kept, rows, warmup)), dict(ds.attrs))


def _title(ds: xr.Dataset) -> str:
    counts = {"site": "site", "disorder": "disorder sample", "replica": "replica", "walker": "walker"}
    parts = [_many(ds.sizes[dim], text) for dim, text in counts.items() if dim in ds.sizes]
    beta = ds.coords.get("beta")
    if beta is not None and beta.ndim == 0:
        parts.append(f"beta = {float(beta):.6g}")
    parts += [str(ds.attrs["dynamics"])] if "dynamics" in ds.attrs else []
    return f"{ds.attrs.get('hamiltonian') or 'Run'}: {', '.join(parts)}"


def _many(count: int, text: str) -> str:
    return f"{count} {text}" if count == 1 else f"{count} {text}s"


def _notes(ds: xr.Dataset, kept: Kept, rows: tuple[Row, ...], warmup: int | None) -> list[str]:
    notes = [*_warnings(ds), *_sweeps(kept, warmup), *_errors(ds, rows)]
    law = str(ds.attrs.get("law", "exp(-beta E)"))
    if law != "exp(-beta E)":
        notes.append(f"law: {law}")
    replicas = ds.sizes.get("replica", 1)
    if any(row.status for row in rows) and replicas < 4:
        notes.append(f"{_many(replicas, 'replica')}: R-hat sees only what some replica has visited; run at least 4")
    if "walker" in ds.sizes and "replica" not in ds.sizes:
        notes.append("walkers of one population depend on each other: no error from their scatter; run more replicas")
    return notes


def _warnings(ds: xr.Dataset) -> list[str]:
    """What the run says against itself."""
    notes = [f"warning: {ds.attrs['warning']}"] if "warning" in ds.attrs else []
    for name, what in (("equilibrated", EQUILIBRATED), ("converged", CONVERGED if "log_g" in ds else "")):
        good = ds[name].values if what and name in ds else np.ones(1, bool)
        if good.dtype == bool and not good.all():
            notes.append(f"warning: {(~good).sum()} of {good.size} {what}")
    return notes


def _sweeps(kept: Kept, warmup: int | None) -> list[str]:
    if kept.cooling:
        return ["the temperature changes along the run: values at its end"]
    if not kept.sweeps:
        return []
    if not kept.chains:
        return [f"too few records to tell how long they remember: values at the end of {kept.sweeps} sweeps"]
    how = "the first quarter, by default" if warmup is None else "as asked"
    return [f"warm-up: {kept.dropped} of {kept.sweeps} sweeps dropped ({how}); tau in sweeps"]


def _errors(ds: xr.Dataset, rows: tuple[Row, ...]) -> list[str]:
    sources = {row.error_from for row in rows if not np.isnan(row.error)}
    replicas = ds.sizes.get("replica", ds.sizes.get("pair", 1))
    texts = {
        DISORDER: f"errors: scatter of {ds.sizes.get('disorder')} disorder samples; ESS and R-hat of the worst of them",
        SCATTER: f"errors: scatter of {_many(replicas, 'replica')}",
        WEIGHTED: f"observables: {_many(replicas, 'replica')} with weights exp(log_z_population), jackknife errors",
        CHAINS: f"errors: from the chains' own tau, since there are fewer than {MANY} replicas",
    }
    notes = [text for source, text in texts.items() if source in sources]
    if any(row.status.endswith("short") for row in rows):
        notes.append(f"short: fewer than 50 tau, or {FEW:.0f} effective records; the errors may be too small")
    if any("not mixed" in row.status for row in rows):
        notes.append("not mixed: replicas differ by more than their tau explains; the value depends on the starts")
    return notes

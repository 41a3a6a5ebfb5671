"""What a study is: four pure functions and a typed configuration, and the two things it gives back.

A study file reads like the methods section of a paper:

    STUDY = Study(
        name="capacity", title="...", question="...",
        config=Config, points=points, measure=measure, findings=findings, figures=figures,
    )

Everything else (seeds, files, resume, processes, tables, pages) is the runner's and the report's business.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import re
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import matplotlib.figure
    import xarray as xr


@dataclass(frozen=True)
class Finding:
    """One number beside its reference; it may disagree, and then says so.

    `error` is one standard error, None where the number is exact. `agrees` is None where nothing is compared.
    """

    name: str
    measured: float
    error: float | None
    reference: float | None
    source: str
    agrees: bool | None
    unit: str = ""
    note: str = ""

    @classmethod
    def compare(
        cls,
        name: str,
        measured: float,
        error: float | None,
        reference: float | None,
        source: str,
        *,
        sigmas: float = 3.0,
        unit: str = "",
        note: str = "",
    ) -> Finding:
        """A finding that agrees when |measured - reference| <= sigmas * error.

        An exact number (error None) must equal its reference to 1e-9 relative. A measured value or an error that is
        not a number agrees with nothing.
        """
        measured, error = float(measured), None if error is None else float(error)
        agrees = None if reference is None else _agree(measured, error, float(reference), sigmas)
        reference = None if reference is None else float(reference)
        return cls(name, measured, error, reference, source, agrees, unit, note)

    @classmethod
    def chi_square(cls, name: str, z: Any, freedom: Any, source: str, *, note: str = "") -> Finding:
        """A finding that deviations are as large as their errors say: their mean square is 1.

        `z` are (measured - expected) / error, `freedom` the degrees of freedom of each error; see
        `hopphys.statistics.reduced_chi_square`, which also says what it raises. It agrees between the bounds that
        chance passes in 0.135 per cent of cases at each end. The note starts with the largest.
        """
        from hopphys.statistics import reduced_chi_square  # scipy, which listing studies does without

        found = reduced_chi_square(z, freedom)
        text = (
            f"largest |z| = {found.largest:.1f} of {found.count}; 1 if nothing but chance differs and the errors are "
            f"true, which keep it from {found.low:.2g} to {found.high:.2g} in 99.7 % of runs"
        )
        text += f". {note}" if note else ""
        return cls(name, found.value, found.error, 1.0, source, found.agrees, note=text)


def _agree(measured: float, error: float | None, reference: float, sigmas: float) -> bool:
    if error is None:
        return math.isclose(measured, reference, rel_tol=1e-9, abs_tol=1e-12)
    return abs(measured - reference) <= sigmas * error


@dataclass(frozen=True)
class Figure:
    """A plot with the caption that says which line is theory, and N, replicas, sweeps and seed."""

    plot: matplotlib.figure.Figure
    caption: str
    alt: str = ""


@dataclass(frozen=True, eq=False)
class Study:
    """A question, and the four functions that answer it.

    Parameters
    ----------
    name : of files and folders: lower-case letters, digits, `_` and `-`
    title, question : one line, and one or two sentences
    config : a frozen dataclass of numbers, text, bools and tuples of them; its `__post_init__` refuses what is
        meaningless
    points : config -> work items, each a frozen dataclass or a mapping of plain values that carries all it needs;
        `field(metadata={"long_name": ..., "units": ...})` labels a value
    measure : (point, seed) -> Dataset of summary numbers, every variable with `long_name` and `units`
    findings : joined Dataset (dimension `point`, the points' values as coordinates, but for one called like a
        dimension of the measurement) -> findings
    figures : joined Dataset -> figures by name
    method : how it is done; by default the docstring of the module that `measure` lives in
    models : what the study is about, of "ising", "hopfield", "boltzmann", "attention"
    cost : point -> relative time it takes, for the estimate of what is left; by default all points alike
    """

    name: str
    title: str
    question: str
    config: type
    points: Callable[[Any], Sequence[Any]]
    measure: Callable[[Any, int], xr.Dataset]
    findings: Callable[[xr.Dataset], Sequence[Finding]]
    figures: Callable[[xr.Dataset], Mapping[str, Figure]]
    method: str = ""
    models: tuple[str, ...] = ()
    cost: Callable[[Any], float] | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", self.name):
            raise ValueError(
                f"a study is called by lower-case letters, digits, '_' and '-', but its name is {self.name!r}"
            )
        if not (dataclasses.is_dataclass(self.config) and isinstance(self.config, type)):
            raise ValueError(f"config of study {self.name} must be a frozen dataclass, but it is {self.config!r}")
        if not self.method:
            object.__setattr__(self, "method", inspect.getdoc(sys.modules.get(self.measure.__module__)) or "")

    @property
    def source(self) -> Path | None:
        """The file that the study is written in; None for one typed at a prompt."""
        file = getattr(sys.modules.get(self.measure.__module__), "__file__", None)
        return Path(file) if file else None

    def config_of(self, ds: xr.Dataset) -> Any:
        """The configuration that a joined Dataset was computed with, as an instance of `config`."""
        from hopphys.study.typed import from_table

        return from_table(self.config, tomllib.loads(ds.attrs["config"]), f"the config of study {self.name}")

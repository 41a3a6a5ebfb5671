"""What a page says: the words and numbers of one study, ready for the template."""

from __future__ import annotations

import datetime
import json
import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from hopphys.report import verdicts
from hopphys.report.rows import Row, row_of

if TYPE_CHECKING:
    import xarray as xr

    from hopphys.report.figures import Drawn
    from hopphys.study import Study

MODELS = {"ising": "Ising", "hopfield": "Hopfield", "boltzmann": "Boltzmann", "attention": "Attention"}
KEY_FINDINGS = 4


@dataclass(frozen=True)
class Page:
    """One study as the templates need it."""

    name: str
    title: str
    question: str
    preset: str
    models: list[tuple[str, str]]
    verdict: str
    summary: str
    rows: list[Row]
    figures: list[Drawn] = field(repr=False)
    method: str = field(repr=False)
    command: str = ""
    provenance: list[tuple[str, str]] = field(default_factory=list)
    config: str = ""

    @property
    def key_rows(self) -> list[Row]:
        """What the index shows: the findings that the author put first, and every one that disagrees."""
        return [row for place, row in enumerate(self.rows) if place < KEY_FINDINGS or row.verdict == "no"]

    @property
    def groups(self) -> list[list[Row]]:
        """The findings in their order; neighbours with the same note together, for it to be printed once."""
        noted = groupby(enumerate(self.rows), key=lambda place: place[1].note or place[0])
        return [[row for _, row in group] for _, group in noted]


def compose(study: Study, ds: xr.Dataset, command: str) -> Page:
    """The page of a study from its joined Dataset: findings evaluated, figures drawn, words escaped."""
    rows = [row_of(finding) for finding in study.findings(ds)]
    return Page(
        name=study.name,
        title=study.title,
        question=study.question,
        preset=str(ds.attrs.get("preset") or ""),
        models=[(key, MODELS.get(key, key)) for key in study.models],
        verdict=verdicts.verdict(rows),
        summary=verdicts.summary(rows),
        rows=rows,
        figures=_figures(study, ds),
        method=study.method,
        command=command,
        provenance=provenance(ds),
        config=settings(ds),
    )


def _figures(study: Study, ds: xr.Dataset) -> list[Drawn]:
    from hopphys.report import figures
    from hopphys.study import style

    with style.print_style():
        return [figures.draw(name, figure) for name, figure in study.figures(ds).items()]


def provenance(ds: xr.Dataset) -> list[tuple[str, str]]:
    """Label and text of everything that is known about where the numbers came from."""
    attributes = ds.attrs
    known = [
        ("Seed", attributes.get("seed")),
        ("Preset", attributes.get("preset")),
        ("Points", ds.sizes.get("point")),
        ("Computed", _time(attributes.get("created"))),
        ("Computing time", _duration(attributes.get("wall_time"))),
        ("hopphys", attributes.get("version")),
        ("Commit", attributes.get("commit")),
        ("Mixed", attributes.get("mixed")),
        ("Versions", _versions(attributes.get("versions"))),
    ]
    return [(label, str(value)) for label, value in known if value not in (None, "")]


def settings(ds: xr.Dataset) -> str:
    """The configuration as TOML with one setting a line, however long its list."""
    table = tomllib.loads(str(ds.attrs.get("config") or ""))
    return "\n".join(f"{key} = {_toml(value)}" for key, value in table.items())


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (str, bool)) else str(value)


def _time(created: Any) -> str:
    """`2024-05-01 12:00 UTC`; text that is not a time stays as it is."""
    try:
        moment = datetime.datetime.fromisoformat(str(created)).astimezone(datetime.UTC)
    except ValueError:
        return str(created or "")
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _versions(versions: Any) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items()) if isinstance(versions, dict) else ""


def _duration(seconds: Any) -> str:
    if not isinstance(seconds, (int, float)) or not math.isfinite(seconds):
        return ""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


@dataclass(frozen=True)
class ModelLine:
    """One model in the comparison, and the studies it is in."""

    key: str
    label: str
    studies: list[str]


def model_lines(pages: Sequence[Page]) -> list[ModelLine]:
    """The models that any page is about, in the order of `MODELS`."""
    lines = []
    for key, label in MODELS.items():
        mine = [page for page in pages if key in {name for name, _ in page.models}]
        if mine:
            lines.append(ModelLine(key, label, [page.name for page in mine]))
    return lines

"""What `hopphys study run` does, step by step."""

from __future__ import annotations

import json
import math
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from hopphys.cli import interrupts

if TYPE_CHECKING:
    from hopphys.study import Finding, Study


@dataclass(frozen=True)
class Job:
    """One study with its configuration."""

    study: Study
    config: Any


def one_blas_thread() -> None:
    """Before numpy is loaded: sums split over threads would round differently in a worker, which has one.

    The engine deals replicas over threads of its own, so nothing is lost.
    """
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def interruptible(workers: int = 0) -> AbstractContextManager[None]:
    """Ctrl-C inside ends the run with exit code 130 and a line that says how to go on; workers are ended first."""
    line = f"{interrupts.LINE}; finished points are kept. To go on: {same_command()}"
    return interrupts.cleaned_up(line) if workers else interrupts.at_once(line)


def jobs(names: Sequence[str], preset: str, settings: Sequence[str]) -> list[Job]:
    """The studies with their configurations. `study.key=value` is for that study alone, `key=value` for each."""
    from hopphys.study import build, find

    studies = [find(name) for name in names]
    known = [study.name for study in studies]
    if twice := {name for name in known if known.count(name) > 1}:
        raise ValueError(f"{', '.join(sorted(twice))} is named twice")
    return [Job(study, build(study, preset, _own(settings, study.name, known))) for study in studies]


def _own(settings: Sequence[str], name: str, known: Sequence[str]) -> list[str]:
    own = []
    for setting in settings:
        owner, dot, rest = setting.partition(".")
        addressed = bool(dot) and owner in known
        if owner == name or not addressed:
            own.append(rest if addressed else setting)
    return own


def announce(work: Sequence[Job], preset: str, seed: int, target: Path, as_json: bool) -> None:
    """What a run would compute."""
    plans = [_plan(job, preset, seed, target) for job in work]
    if as_json:
        typer.echo(json.dumps(plans, indent=2))
        return
    for plan in plans:
        typer.echo(f"{plan['study']}: {plan['points']} points, {plan['finished']} finished, into {plan['folder']}")
        typer.echo("  " + ", ".join(f"{key} = {value}" for key, value in plan["config"].items()))


def _plan(job: Job, preset: str, seed: int, target: Path) -> dict[str, Any]:
    from hopphys.study.config import to_table
    from hopphys.study.folder import Folder
    from hopphys.study.items import items

    folder, work = Folder(target / job.study.name), items(job.study, job.config, seed)
    return {
        "study": job.study.name,
        "preset": preset,
        "seed": seed,
        "config": to_table(job.config),
        "points": len(work),
        "finished": sum(folder.file(item.address).exists() for item in work),
        "folder": str(folder.path),
    }


def findings(job: Job, preset: str, seed: int, target: Path, workers: int, restart: bool) -> list[Finding]:
    """Run one study and read its findings off the joined data."""
    from hopphys import dataset
    from hopphys.cli.console import Shown, waiting
    from hopphys.study import run

    path = run(
        job.study,
        job.config,
        seed=seed,
        out=target,
        preset=preset,
        workers=workers,
        progress=Shown(),
        restart=restart,
    )
    with waiting(f"{job.study.name}: findings"):
        return list(job.study.findings(dataset.load(path)))


def tell(job: Job, found: Sequence[Finding]) -> None:
    """The title of a study and its findings."""
    from hopphys.cli import console

    typer.echo(f"{job.study.title}\n")
    console.console().print(console.findings_table(found) if found else "no findings")
    typer.echo()


def page(target: Path, studies: Sequence[Study]) -> Path:
    """Build the report of a run folder; the path of its first page."""
    from hopphys import report
    from hopphys.cli.console import waiting

    with waiting("building the report"):
        return report.build(target, target / "report", [*studies, *studies_in_files(target, studies)])


def studies_in_files(target: Path, known: Sequence[Study]) -> list[Study]:
    """Studies of earlier runs in this folder that only their files can tell; a missing file is the report's to say."""
    from hopphys.study import load_file
    from hopphys.study.folder import folders

    names = {study.name for study in known}
    sources = {folder.path.name: (folder.read_manifest() or {}).get("source") for folder in folders(target)}
    return [load_file(path) for name, path in sources.items() if name not in names and path and Path(path).is_file()]


def data(target: Path, work: Sequence[Job]) -> Path:
    """Where the data of a run without a report are: the one file, or the folder of several."""
    from hopphys.study.folder import Folder

    return Folder(target / work[0].study.name).joined if len(work) == 1 else target


def as_json(found: Mapping[str, Sequence[Finding]], last: Path) -> str:
    """Findings by study, and the path that is printed last otherwise."""
    plain = {name: [_finite(asdict(finding)) for finding in some] for name, some in found.items()}
    return json.dumps({"findings": plain, "path": str(last)}, indent=2)


def _finite(values: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has no NaN."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in values.items()
    }


def same_command() -> str:
    """The command that was given, without what would throw finished points away."""
    return shlex.join(["hopphys", *(word for word in sys.argv[1:] if word != "--restart")])

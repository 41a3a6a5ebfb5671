"""`hopphys study`: list, show, run, status."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hopphys.study import Finding

app = typer.Typer(no_args_is_help=True, help="Studies: list, show, run, status.")

RUNS = Path("hopphys-runs")
Json = Annotated[bool, typer.Option("--json", help="For a program to read.")]
Names = Annotated[list[str], typer.Argument(metavar="NAME", help="Studies by name, or files such as ./mine.py.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Over the preset; STUDY.KEY=VALUE for one of several studies."),
]
Preset = Annotated[str, typer.Option(help="quick (seconds) or full (the numbers of the report).")]


@app.command(name="list")
def list_(as_json: Json = False) -> None:
    """Studies that can be run, and plug-ins that cannot, with the reason."""
    from hopphys.cli import console
    from hopphys.study import discovery

    entries = discovery.available()
    if as_json:
        found = [
            {"name": e.name, "title": e.study and e.study.title, "origin": e.origin, "error": e.error} for e in entries
        ]
        typer.echo(json.dumps(found, indent=2))
        return
    rows = [(e.name, e.study.title if e.study else f"cannot be loaded: {e.error}", e.origin) for e in entries]
    console.console().print(console.table(("study", "title", "from"), rows, fixed=(0,)))
    typer.echo("\nhopphys study show NAME says more; hopphys study run NAME (or ./mine.py) runs it")


@app.command()
def show(
    name: str,
    preset: Annotated[str | None, typer.Option(help="The settings of this one alone; by default of all.")] = None,
    as_json: Json = False,
) -> None:
    """The question, the method and the settings of a study."""
    from hopphys.cli import console
    from hopphys.study import discovery
    from hopphys.study.config import build, presets, to_table

    study = discovery.find(name)
    configs = {each: build(study, each) for each in ([preset] if preset else presets(study))}
    tables = {each: to_table(config) for each, config in configs.items()}
    points = {each: len(study.points(config)) for each, config in configs.items()}
    if as_json:
        about = {key: getattr(study, key) for key in ("name", "title", "question", "method", "models")}
        typer.echo(json.dumps({**about, "presets": tables, "points": points}, indent=2))
        return
    page = console.console()
    typer.echo(f"{study.title}\n\n{console.flowing(study.question, page.width)}\n")
    keys = list(next(iter(tables.values()), {}))
    rows = [(key, *(_short(table[key]) for table in tables.values())) for key in keys]
    rows.append(("(points)", *map(str, points.values())))
    page.print(console.table(("setting", *tables), rows, fixed=(0,)))
    method = console.flowing(study.method, page.width)
    typer.echo(f"\n{method}\n\nhopphys study run {name} --preset {next(iter(tables), 'quick')}")


@app.command()
def run(
    names: Names,
    preset: Preset = "quick",
    settings: Settings = None,
    seed: Annotated[int, typer.Option(min=0, help="Every random number follows from it.")] = 1,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Default: hopphys-runs/PRESET.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 runs in this one, on all its threads.")] = 0,
    restart: Annotated[
        bool, typer.Option("--restart/--resume", help="Discard what DIR has, or go on with it.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be computed, and compute nothing.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 when a finding disagrees with its reference.")
    ] = False,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Build the page in DIR/report.")] = True,
    as_json: Json = False,
) -> None:
    """Run studies, show their findings, build their page; prints the path of the page last.

    A run that is interrupted or killed goes on where it was when the same command is given again.
    """
    from hopphys.cli import running

    running.one_blas_thread()
    target = out or RUNS / preset
    # All settings are read before anything runs: a misspelling is not to be found after an hour.
    with running.interruptible():
        jobs = running.jobs(names, preset, settings or [])
    if dry_run:
        running.announce(jobs, preset, seed, target, as_json)
        return
    found: dict[str, list[Finding]] = {}
    with running.interruptible(workers):
        for job in jobs:
            found[job.study.name] = running.findings(job, preset, seed, target, workers, restart)
            if not as_json:
                running.tell(job, found[job.study.name])
        last = running.page(target, [job.study for job in jobs]) if report else running.data(target, jobs)
    typer.echo(running.as_json(found, last) if as_json else last)
    if strict and any(finding.agrees is False for some in found.values() for finding in some):
        raise typer.Exit(1)


@app.command()
def status(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="A run folder, or a folder of them.")] = RUNS,
    as_json: Json = False,
) -> None:
    """How far the runs in a folder are, and how to go on."""
    from hopphys.cli import progress

    runs = progress.runs(folder)
    if as_json:
        typer.echo(json.dumps([asdict(run) for run in runs], indent=2))
        return
    progress.tell(runs)


def _short(value: Any) -> str:
    """A setting as a person reads it; a long list by its ends."""
    if not isinstance(value, (list, tuple)):
        return f"{value}"
    shown = [str(item) for item in value]
    return ", ".join(shown if len(shown) <= 8 else [*shown[:3], "...", *shown[-2:], f"({len(shown)} values)"])

"""`hopphys report`: pages from run folders, and the check that they are true to their data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hopphys.study import Study

app = typer.Typer(no_args_is_help=True, help="Pages from run folders: build, check, open.")

StudyFiles = Annotated[
    list[Path] | None,
    typer.Option("--study", metavar="FILE", help="A study of your own that is in the run; repeatable."),
]


@app.command()
def build(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder, as `hopphys study run` wrote it.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the pages go; by default DIR/report.")] = None,
    study: StudyFiles = None,
) -> None:
    """Build one page a study and an index that compares the models; prints the path of the index last."""
    from hopphys import report
    from hopphys.cli import running
    from hopphys.report import files

    known = _loaded(study)
    known += running.studies_in_files(folder, known)
    index = report.build(folder, out or files.default_out(folder), known)
    if waiting := files.unfinished(folder):
        typer.echo(f"Left out, because not finished: {', '.join(waiting)}. Run them again to resume.", err=True)
    typer.echo(index)


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="A report, or a folder of reports.")] = Path(
        "reports"
    ),
    study: StudyFiles = None,
) -> None:
    """Rebuild every page from its data and name what differs; exit 1 where anything does."""
    from hopphys import report
    from hopphys.report import files

    drift = []
    for found in files.reports(folder):
        differences = report.check(found, _loaded(study))
        drift += differences
        typer.echo(f"{found}: {'true to its data' if not differences else 'differs from its data'}")
        for line in differences:
            typer.echo(f"  {line}")
    if drift:
        raise typer.Exit(1)


@app.command(name="open")
def open_(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="A report or a run folder; by default the newest one here.")
    ] = None,
) -> None:
    """Show a report in the browser; prints its path."""
    import webbrowser

    from hopphys.report import files

    index = files.index_of(folder) if folder else files.newest(Path())
    typer.echo(index)
    if not webbrowser.open(index.resolve().as_uri()):
        typer.echo("There is no browser to open it with; open the path above yourself.", err=True)


def _loaded(paths: list[Path] | None) -> list[Study]:
    from hopphys.study import discovery

    return [discovery.load_file(path) for path in paths or ()]

"""What `hopphys study status` knows of a run folder."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from hopphys.study.folder import Folder, folders


@dataclass(frozen=True)
class Run:
    """How far one run is. `state`: running, finished, interrupted, or unreadable (with the error in `go_on`)."""

    study: str
    folder: str
    preset: str
    seed: int | None
    finished: int
    points: int
    set_aside: int
    state: str
    go_on: str


def runs(folder: Path) -> list[Run]:
    """The runs in a folder, one level deeper too: `hopphys-runs` holds a folder for each preset."""
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}; `hopphys study run NAME` makes one")
    found = folders(folder) or [run for inner in sorted(folder.iterdir()) if inner.is_dir() for run in folders(inner)]
    if not found:
        raise ValueError(f"{folder} holds no run; `hopphys study run NAME --out {shlex.quote(str(folder))}` makes one")
    return [_run(run) for run in found]


def _run(folder: Folder) -> Run:
    damaged = len(list(folder.path.glob("points/*.damaged*")))
    try:
        made = folder.read_manifest() or {}
        points, done = int(made["points"]), folder.finished()
        command = f"{made['command']} --out {shlex.quote(str(folder.path.parent))}"
    except (ValueError, KeyError) as error:
        why = str(error) if isinstance(error, ValueError) else f"{folder.manifest} is not of a run"
        return Run(folder.path.name, str(folder.path), "", None, folder.finished(), 0, damaged, "unreadable", why)
    state = "finished" if done >= points and folder.joined.exists() else "interrupted"
    if folder.is_running():
        state = "running"
    go_on = command if state == "interrupted" else ""
    return Run(made["study"], str(folder.path), made["preset"], made["seed"], done, points, damaged, state, go_on)


def tell(found: Sequence[Run]) -> None:
    """A line for each run, then how to go on with those that were broken off."""
    from hopphys.cli import console

    rows = [
        (
            run.study,
            run.preset,
            "" if run.seed is None else run.seed,
            f"{run.finished}/{'?' if run.state == 'unreadable' else run.points}",
            run.state,
            run.folder,
        )
        for run in found
    ]
    console.console().print(
        console.table(("study", "preset", "seed", "points", "state", "folder"), rows, fixed=(0, 2, 3, 4))
    )
    for run in found:
        if run.set_aside:
            typer.echo(f"\n{run.folder}: {run.set_aside} damaged files were set aside (points/*.damaged)")
        if run.go_on:
            typer.echo(f"\n{run.study}: {run.go_on}")

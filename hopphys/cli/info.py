"""`hopphys info`: what is installed here, and what it may use."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer


def info(as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False) -> None:
    """Versions, threads, plug-ins, data folder and memory; belongs into every bug report."""
    found = gather()
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        values = value if isinstance(value, list) else [value]
        for position, line in enumerate(values or ["none"]):
            typer.echo(f"{name if position == 0 else '':<12}{line}")


def gather() -> dict[str, Any]:
    """The lines of `hopphys info` by name."""
    from hopphys import memory, provenance
    from hopphys.threads import threads

    versions = ", ".join(f"{name} {number}" for name, number in provenance.versions().items())
    return {
        "hopphys": f"{provenance.version('hopphys')} (commit {provenance.commit() or 'unknown'})",
        "installed": str(Path(__file__).parents[1]),
        "versions": versions,
        "threads": f"{threads()} of {os.cpu_count()} processors (HOPPHYS_THREADS)",
        "memory": f"{memory.readable(memory.available())} available ({memory.OVERRIDE})",
        "data folder": str(data_folder()) + ("" if data_folder().is_dir() else " (not there yet; HOPPHYS_DATA)"),
        "studies": _studies(),
        "models": _models(),
    }


def data_folder() -> Path:
    """Where data that studies fetch are kept: HOPPHYS_DATA, or the place the system has for such things."""
    if own := os.environ.get("HOPPHYS_DATA"):
        return Path(own)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "hopphys"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "hopphys"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "hopphys"


def _studies() -> list[str]:
    from hopphys.study import discovery

    return [
        f"{entry.name} ({entry.origin})" + (f": cannot be loaded: {entry.error}" if entry.error else "")
        for entry in discovery.available()
    ]


def _models() -> list[str]:
    """Plug-ins of the group `hopphys.models`, each tried, none able to break this."""
    from importlib.metadata import entry_points

    lines = []
    for point in entry_points(group="hopphys.models"):
        try:
            point.load()
        except (Exception, SystemExit) as error:
            lines.append(f"{point.name} ({point.value}): cannot be loaded: {type(error).__name__}: {error}")
        else:
            lines.append(f"{point.name} ({point.value})")
    return lines

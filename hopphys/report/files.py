"""Files of a report: found, written whole or not at all, and compared."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

SUMMARY = "summary.nc"
INDEX = "index.html"
GENERATOR = '<meta name="generator" content="hopphys">'


def finished(run_dir: Path) -> dict[str, Path]:
    """The joined file of every finished study in a run folder (or in the folder of one study), by name."""
    if not run_dir.is_dir():
        raise ValueError(f"there is no run folder {run_dir}; give the folder that `hopphys study run` wrote")
    folders = [run_dir, *sorted(path for path in run_dir.iterdir() if path.is_dir())]
    return {
        folder.resolve().name: path for folder in folders if (path := folder / f"{folder.resolve().name}.nc").is_file()
    }


def unfinished(run_dir: Path) -> list[str]:
    """Names of studies in a run folder that have points but no joined file yet."""
    return sorted(path.parent.name for path in run_dir.glob("*/points") if path.parent.name not in finished(run_dir))


def summaries(report: Path) -> dict[str, Path]:
    """The summary file of every study in a report, by name."""
    return {path.parent.name: path for path in sorted(report.glob(f"*/{SUMMARY}"))}


def require_own(out: Path, names: Iterable[str]) -> None:
    """Raise ValueError where a page that would be written is there already and somebody else's."""
    for page in (out / INDEX, *(out / name / INDEX for name in names)):
        if page.is_file() and GENERATOR not in page.read_text(encoding="utf-8", errors="replace")[:2000]:
            raise ValueError(f"{page} is no page of hopphys and would be replaced; give another folder with --out")


def write(path: Path, content: bytes) -> None:
    """Write so that `path` holds all of `content` or what it held before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp"
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def default_out(run_dir: Path) -> Path:
    """Where the report of a run folder goes when nobody says otherwise."""
    return run_dir / "report"


def reports(folder: Path) -> list[Path]:
    """The report that `folder` is, or the reports in it (and in its folders' `report`)."""
    places = [folder, *sorted(folder.glob("*/")), *sorted(folder.glob("*/report/"))]
    found = [place for place in places if summaries(place)]
    if not found:
        raise ValueError(f"{folder} holds no report (no */{SUMMARY}); build one with `hopphys report build DIR`")
    return found


def index_of(folder: Path) -> Path:
    """The index page of a report, of a run folder, or of the folder itself."""
    for place in (folder, default_out(folder)):
        if (index := place / INDEX).is_file():
            return index
    raise ValueError(f"{folder} has no {INDEX}; build one with `hopphys report build {folder}`")


def newest(here: Path) -> Path:
    """The index page built last, among the places where hopphys puts reports below `here`."""
    patterns = (f"hopphys-runs/*/report/{INDEX}", f"hopphys-report/{INDEX}", f"reports/*/{INDEX}", f"reports/{INDEX}")
    found = [path for pattern in patterns for path in here.glob(pattern)]
    if not found:
        raise ValueError("there is no report here yet; `hopphys study run capacity` makes one, or give its folder")
    return max(found, key=lambda path: path.stat().st_mtime)

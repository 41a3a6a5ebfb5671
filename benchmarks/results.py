"""The results file: rows are replaced one by one, and what was measured on another machine is not mixed in."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
FILE = FOLDER / "results.json"
FORMAT = 1


def load(file: Path = FILE) -> dict[str, Any]:
    """The results so far, or none. Raises ValueError for a file of another format."""
    if not file.exists():
        return {"format": FORMAT, "machine": {}, "limits": {}, "rows": {}, "ladders": {}}
    found = json.loads(file.read_text())
    if found.get("format") != FORMAT:
        raise ValueError(f"{file} has format {found.get('format')!r}, but {FORMAT} is read here; move it away")
    return found


def save(results: dict[str, Any], file: Path = FILE) -> None:
    """Written beside and renamed, so that a run that is stopped leaves the rows it had finished."""
    text = json.dumps(_plain(results), indent=1, allow_nan=False) + "\n"
    beside = file.with_suffix(".new")
    beside.write_text(text)
    beside.replace(file)


def of_this_machine(results: dict[str, Any], machine: dict[str, Any]) -> dict[str, Any]:
    """The results, empty where they were measured on another machine."""
    before = results["machine"]
    if before and any(before.get(key) != machine.get(key) for key in ("processor", "cores", "system")):
        results = {**results, "limits": {}, "rows": {}, "ladders": {}}
    return {**results, "machine": machine}


def stamp(commit: str | None, quick: bool, versions: dict[str, str | None]) -> dict[str, Any]:
    """When and with what a row was measured."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"date": now, "commit": commit, "quick": quick, "versions": versions}


def _plain(value: Any) -> Any:
    """JSON has no infinity: a time to target that was never reached, or a figure that could not be taken, is null."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

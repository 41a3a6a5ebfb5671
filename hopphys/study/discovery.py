"""Where studies come from: the built-in package, plug-ins of the group `hopphys.studies`, and files of one's own."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from hopphys.checks import instead
from hopphys.study.contract import Study

BUILT_IN = "hopphys.studies"
GROUP = "hopphys.studies"
ATTRIBUTE = "STUDY"
FILE_PREFIX = "hopphys_file_"


@dataclass(frozen=True)
class Entry:
    """A study as it was found: the study, or why it could not be loaded."""

    name: str
    origin: str
    study: Study | None
    error: str = ""


def available() -> list[Entry]:
    """Built-in studies and plug-ins by name. One that cannot be loaded is listed with its error."""
    entries: dict[str, Entry] = {}
    for entry in (*_built_in(), *_plug_ins()):
        if first := entries.get(entry.name):
            taken = f"the name is already taken by the study of {first.origin}"
            entry = Entry(f"{entry.name} ({entry.origin})", entry.origin, None, taken)
        entries[entry.name] = entry
    return sorted(entries.values(), key=lambda entry: entry.name)


def find(name: str) -> Study:
    """The study of this name, or in this file (`./mine.py`). Raises ValueError with the nearest name, or its error."""
    if name.endswith(".py") or "/" in name or "\\" in name:
        return load_file(name)
    if name in _built_in_names() and (entry := _entry(name, BUILT_IN, _built_in_study, name)) and entry.study:
        return entry.study
    entries = {entry.name: entry for entry in available()}
    if name not in entries:
        file = f" (for a file of your own, write ./{name}.py)" if Path(f"{name}.py").is_file() else ""
        raise ValueError(f"there is no study {name!r}; {instead(name, entries)}{file}")
    if (found := entries[name].study) is None:
        raise ValueError(f"study {name!r} of {entries[name].origin} cannot be loaded: {entries[name].error}")
    return found


def load_file(path: str | Path) -> Study:
    """The study that a Python file defines as STUDY. The file is run, like any program of yours."""
    path = Path(path).resolve()
    if not path.is_file():
        raise FileNotFoundError(f"there is no study file {path}")
    try:
        return _study_of(load_module(path))
    except (Exception, SystemExit) as error:
        raise ValueError(f"{path} cannot be loaded as a study: {_reason(error)}") from error


def load_module(path: Path) -> ModuleType:
    """Run a file as a module whose name depends on its path alone, so that other processes find the same one."""
    name = f"{FILE_PREFIX}{path.stem}_{hashlib.blake2b(str(path).encode(), digest_size=6).hexdigest()}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError("it is not a Python file")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    if str(path.parent) not in sys.path:  # what lies beside it can be imported, as in a script
        sys.path.append(str(path.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _built_in_names() -> list[str]:
    try:
        package = importlib.import_module(BUILT_IN)
    except ImportError:  # a source tree that was never installed has hopphys but not hopphys.studies
        return []
    return [module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_")]


def _built_in() -> Iterator[Entry]:
    for name in _built_in_names():
        yield _entry(name, BUILT_IN, _built_in_study, name)


def _built_in_study(name: str) -> Study:
    return _study_of(importlib.import_module(f"{BUILT_IN}.{name}"))


def _plug_ins() -> Iterator[Entry]:
    for point in entry_points(group=GROUP):
        origin = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
        yield _entry(point.name, origin, lambda found: _study_of(found.load()), point)


def _entry(name: str, origin: str, load: Any, argument: Any) -> Entry:
    # Whatever a plug-in does at import, an exit included, is its own failure and not that of the command line.
    try:
        study = load(argument)
    except (Exception, SystemExit) as error:
        return Entry(name, origin, None, _reason(error))
    return Entry(study.name, origin, study)


def _study_of(found: Any) -> Study:
    study = found if isinstance(found, Study) else getattr(found, ATTRIBUTE, None)
    if not isinstance(study, Study):
        raise ValueError(f"it defines no {ATTRIBUTE} = Study(...)")
    return study


def _reason(error: BaseException) -> str:
    """An error in one line, with the place in the file where it is one of the language."""
    text = " ".join(str(error).split())
    return text if isinstance(error, ValueError) else f"{type(error).__name__}: {text}".rstrip(": ")

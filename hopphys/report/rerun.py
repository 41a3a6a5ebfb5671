"""Which study a Dataset came from, and the command that makes it again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

    from hopphys.study import Study


def study_of(name: str, known: Iterable[Study] = ()) -> Study:
    """The study called `name`: one of `known`, or an installed one.

    Raises ValueError naming the study where neither has it.
    """
    from hopphys.study import discovery

    for candidate in known:
        if candidate.name == name:
            return candidate
    try:
        return discovery.find(name)
    except ValueError as error:
        raise ValueError(f"no page without its study: {error}; for a study in a file, name the file too") from error


def command(study: Study, ds: xr.Dataset) -> str:
    """The `hopphys study run` that gives these numbers: preset, settings that differ from it, and seed.

    A study of one's own is called by its file without the folder, which a page that travels must not tell.
    """
    from hopphys.study import runner

    file = runner.own_file(study)
    called = f"./{Path(file).name}" if file else study.name
    return runner.command(study, study.config_of(ds), ds.attrs["seed"], str(ds.attrs.get("preset") or ""), called)

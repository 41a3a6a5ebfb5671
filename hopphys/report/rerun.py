"""Which study a Dataset came from, and the command that makes it again."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

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
    """The `hopphys study run` that gives these numbers: preset, seed, and the settings that differ from the preset."""
    in_a_file = study.measure.__module__.startswith("hopphys_file_") and study.source
    words = ["hopphys", "study", "run", f"./{in_a_file.name}" if in_a_file else study.name]
    preset = ds.attrs.get("preset")
    if preset:
        words += ["--preset", str(preset)]
    for key, value in sorted(_changed(study, ds, preset).items()):
        words += ["--set", f"{key}={_setting(value)}"]
    if "seed" in ds.attrs:
        words += ["--seed", str(ds.attrs["seed"])]
    return shlex.join(words)


def _changed(study: Study, ds: xr.Dataset, preset: Any) -> dict[str, Any]:
    """Settings of this Dataset that its preset would not give; all of them where there is no such preset."""
    from hopphys.study import config

    used = tomllib.loads(ds.attrs.get("config") or "")
    try:
        usual = config.to_table(config.build(study, preset or "quick"))
    except ValueError:
        usual = {}
    return {key: value for key, value in used.items() if key not in usual or _plain(usual[key]) != value}


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _setting(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_setting(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)

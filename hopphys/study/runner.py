"""Run a study: points -> measure -> one file for each finished point -> one joined file."""

from __future__ import annotations

import hashlib
import shlex
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hopphys import dataset, provenance
from hopphys.study import config as configs
from hopphys.study.contract import Study
from hopphys.study.discovery import FILE_PREFIX
from hopphys.study.folder import Folder
from hopphys.study.items import Item, items
from hopphys.study.joining import join
from hopphys.study.workers import measured

if TYPE_CHECKING:
    import xarray as xr


class Progress:
    """What a run reports while it runs; the default says nothing, but warns of what should be known."""

    def begin(self, name: str, total: float, finished: float, points: int) -> None:
        """Before the first point: relative cost of all points, of those finished earlier, and how many there are."""

    def advance(self, cost: float) -> None:
        """After each point."""

    def end(self) -> None:
        """After the last point, or when the run is broken off."""

    def note(self, text: str) -> None:
        """Something a careful user can act on."""
        warnings.warn(text, stacklevel=4)


def run(
    study: Study,
    config: Any,
    *,
    seed: int,
    out: str | Path,
    preset: str = "custom",
    workers: int = 0,
    progress: Progress | None = None,
    restart: bool = False,
) -> Path:
    """Run a study into OUT/<study>/ and return the path of its joined Dataset.

    Finished points are skipped, so a run that was interrupted or killed goes on where it was; the result does not
    depend on that, nor on `workers` (0: in this process). Raises ValueError when the folder holds a run with another
    configuration, preset or seed (unless `restart` discards it) or is in use, and OSError when it cannot be written.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 0:
        raise ValueError(f"workers must be a number of processes, 0 for none, but it is {workers!r}")
    progress = progress or Progress()
    work = items(study, config, seed)
    folder = Folder(Path(out) / study.name)
    with folder.locked():
        folder.claim(manifest(study, config, seed, preset, len(work)), work, restart, progress.note)
        folder.sweep()
        _measure_missing(study, folder, work, workers, progress)
        parts = [dataset.load(folder.file(item.address)) for item in work]
        dataset.save(join(study, work, parts, _attributes(study, config, seed, preset)), folder.joined)
    return folder.joined


def _measure_missing(study: Study, folder: Folder, work: Sequence[Item], workers: int, progress: Progress) -> None:
    missing = [item for item in work if folder.load(item, progress.note) is None]
    total, left = (sum(item.cost for item in some) for some in (work, missing))
    progress.begin(study.name, total, total - left, len(work))
    try:
        for item, ds in measured(study, missing, workers):
            dataset.save(_stamped(study, item, ds), folder.file(item.address))
            progress.advance(item.cost)
    finally:
        progress.end()


def _stamped(study: Study, item: Item, ds: xr.Dataset) -> xr.Dataset:
    """The Dataset of a point with its provenance, refused where it departs from the schema."""
    if clash := sorted(map(str, set(item.values) & set(ds.data_vars))):
        raise ValueError(f"study {study.name} measures {clash[0]!r}, which is also a value of its points; rename one")
    stamped = dataset.stamp(ds, seed=item.seed, config={"study": study.name, "point": item.values})
    stamped.attrs["source_digest"] = _source_digest(study) or ""
    try:
        dataset.check(stamped)
    except ValueError as error:
        raise ValueError(f"study {study.name} at ({item.label}): {error}") from error
    return stamped


def manifest(study: Study, config: Any, seed: int, preset: str, points: int) -> dict[str, Any]:
    """What a run is made with, as `run.json` keeps it."""
    return {
        "study": study.name,
        "preset": preset,
        "seed": seed,
        "config": configs.to_table(config),
        "points": points,
        "command": command(study, config, seed, preset),
        "version": provenance.version("hopphys"),
        "commit": provenance.commit(),
        "source": own_file(study),
        "source_digest": _source_digest(study),
    }


def _attributes(study: Study, config: Any, seed: int, preset: str) -> dict[str, Any]:
    return {
        "study": study.name,
        "preset": preset,
        "seed": seed,
        "config": provenance.toml(configs.to_table(config)),
    }


def command(study: Study, config: Any, seed: int, preset: str, called: str = "") -> str:
    """The command line that runs this again, with a --set for every value that differs from the preset.

    The study is `called` by its name, or its whole path where only its file can find it, unless told otherwise.
    """
    words = ["hopphys", "study", "run", called or own_file(study) or study.name]
    if preset in configs.presets(study):
        words += ["--preset", preset]
    words += [f"--set={setting}" for setting in configs.differences(study, preset, config)]
    return shlex.join([*words, "--seed", str(seed)])


def own_file(study: Study) -> str | None:
    """The file of a study that only its file can find; None for built-in and installed ones."""
    return str(study.source) if study.measure.__module__.startswith(FILE_PREFIX) else None


def _source_digest(study: Study) -> str | None:
    """A hash of the study's file and of the helpers beside it (`_<file>*.py`); None for one typed at a prompt."""
    if not (study.source and study.source.is_file()):
        return None
    files = [study.source, *sorted(study.source.parent.glob(f"_{study.source.stem}*.py"))]
    return hashlib.blake2b(b"\0".join(file.read_bytes() for file in files), digest_size=16).hexdigest()

"""The folder of a run: who is writing in it, what it was made with, and one file for each finished point."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hopphys import dataset
from hopphys.study import recovery
from hopphys.study.items import Item

if TYPE_CHECKING:
    import xarray as xr

IDENTITY = ("study", "preset", "seed", "config")  # what a folder may not mix
CODE = ("version", "commit", "source_digest")  # what may change under a run, and is then said
LOCK = "lock"


@dataclass(frozen=True)
class Folder:
    """OUT/<study>: `run.json`, `points/<address>.nc`, `<study>.nc`, `lock`."""

    path: Path

    @property
    def manifest(self) -> Path:
        """What the run was made with."""
        return self.path / "run.json"

    @property
    def joined(self) -> Path:
        """The Dataset of all points."""
        return self.path / f"{self.path.name}.nc"

    def file(self, address: str) -> Path:
        """The file of one finished point."""
        return self.path / "points" / f"{address}.nc"

    def finished(self) -> int:
        """How many points have a file."""
        return sum(1 for _ in self.path.glob("points/*.nc"))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder; the system lets go of it when the process ends, however it ends.

        Raises ValueError when another run holds it or it has files of something else, OSError when it is not writable.
        """
        if self.path.is_dir() and not self.manifest.exists():
            self._refuse_strangers()
        try:
            (self.path / "points").mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            reason = error.strerror or error
            raise type(error)(f"cannot write into {self.path} ({reason}); choose another folder with --out") from error
        try:
            if not _take(handle):
                raise ValueError(f"{self.path} is in use by another run{_owner(handle)}; wait, or choose another --out")
            _sign(handle)
            yield
        finally:
            os.close(handle)

    def is_running(self) -> bool:
        """Whether a run holds the folder now."""
        try:
            handle = os.open(self.path / LOCK, os.O_RDWR)
        except OSError:
            return False
        try:
            return not _take(handle)
        finally:
            os.close(handle)

    def read_manifest(self) -> dict[str, Any] | None:
        """What the run was made with; None for a folder without a run."""
        try:
            found = json.loads(self.manifest.read_text(encoding="utf-8"))
            if not isinstance(found, dict):
                raise ValueError("it is not a table")
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise ValueError(
                f"{self.manifest} is damaged ({error}); give the command of that run again, with its preset, seed and "
                "settings, to go on; or use --restart to begin again, or another --out"
            ) from error
        return found

    def claim(
        self, manifest: Mapping[str, Any], work: Sequence[Item], restart: bool, note: Callable[[str], None]
    ) -> None:
        """Make the folder this run's, which has the points of `work`, or refuse because it holds another run."""
        wanted = json.loads(json.dumps(manifest))
        if restart:
            self._clear()
        # A run that ended before its first point left nothing that another one could spoil.
        elif self.finished() and (found := self._found(wanted, work, note)) is not None:
            self._compare(found, wanted, note)
            return
        _write(self.manifest, json.dumps(wanted, indent=2) + "\n")

    def load(self, item: Item, note: Callable[[str], None]) -> xr.Dataset | None:
        """The finished point, None where there is none. A damaged file is set aside, and noted."""
        path = self.file(item.address)
        if not path.exists():
            return None
        try:
            ds = dataset.load(path)
            if ds.attrs.get("seed") == item.seed:
                return ds
            reason = "it belongs to another seed"
        except ValueError as error:
            reason = str(error.__cause__ or error)
        aside = _free(path.with_name(f"{path.name}.damaged"))
        os.replace(path, aside)
        note(f"{path} is damaged ({reason}); set aside as {aside.name}, and the point is computed again")
        return None

    def sweep(self) -> None:
        """Remove what writes that were killed have left behind."""
        for temporary in (*self.path.glob(".*.tmp"), *self.path.glob("points/.*.tmp")):
            with suppress(OSError):
                temporary.unlink()

    def _found(
        self, wanted: Mapping[str, Any], work: Sequence[Item], note: Callable[[str], None]
    ) -> dict[str, Any] | None:
        """What the run was made with; None where that is lost, and all the folder has agrees with what is wanted."""
        try:
            return self.read_manifest()
        except ValueError as error:
            if not (strange := [*recovery.strange_points(self, work), *recovery.strange_joined(self, wanted)]):
                note(
                    f"{error}".partition("; ")[0] + "; all points are of the run that is asked for: it is written anew"
                )
                return None
            more = f" (and {len(strange) - 1} more)" if len(strange) > 1 else ""
            raise ValueError(f"{error}. This is not that command: {strange[0]}{more}") from error

    def _compare(self, found: Mapping[str, Any], wanted: Mapping[str, Any], note: Callable[[str], None]) -> None:
        if differing := [key for key in IDENTITY if found.get(key) != wanted[key]]:
            raise ValueError(
                f"{self.path} holds a run with {'; '.join(_difference(key, found, wanted) for key in differing)}. "
                "Use --restart to discard it, or another --out"
            )
        if self.finished() and (changed := [key for key in CODE if found.get(key) != wanted[key]]):
            what = "the study's file changed" if changed == ["source_digest"] else _versions(found, wanted)
            note(f"{what} since this run began; finished points are kept as they are (--restart computes all again)")

    def _refuse_strangers(self) -> None:
        own = {LOCK, "points"}
        strangers = [path for path in self.path.iterdir() if path.name not in own and path.suffix != ".tmp"]
        if strangers := sorted([*strangers, *self.path.glob("points/[!.]*")]):
            raise ValueError(
                f"{self.path} holds files that are not of a run ({strangers[0].name}); choose another folder with --out"
            )

    def _clear(self) -> None:
        # run.json goes last, by being written anew: a restart that is killed half-way is still a folder of a run.
        for path in (*self.path.glob("points/*.nc"), *self.path.glob("points/*.damaged*"), self.joined):
            path.unlink(missing_ok=True)


def folders(path: Path) -> list[Folder]:
    """The runs in a folder: it is one itself, or holds some."""
    here = [path] if (path / "run.json").is_file() else sorted(found.parent for found in path.glob("*/run.json"))
    return [Folder(found.resolve() if found.name == "" else found) for found in here]


def _difference(key: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    old, new = found.get(key), wanted[key]
    if key != "config" or not isinstance(old, dict):
        return f"{key} {old!r}, not {new!r}"
    keys = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return ", ".join(f"{name} = {old.get(name)!r}, not {new.get(name)!r}" for name in keys)


def _versions(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    old, new = (f"{manifest.get('version')} (commit {manifest.get('commit')})" for manifest in (found, wanted))
    return f"hopphys changed from {old} to {new}"


def _free(path: Path) -> Path:
    """The path, or the first numbered one that is not taken: what was set aside is never overwritten."""
    numbered = (path.with_name(f"{path.name}.{number}") for number in range(2, 10**6))
    return path if not path.exists() else next(candidate for candidate in numbered if not candidate.exists())


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def _take(handle: int) -> bool:
    """Try to lock an open file; the lock dies with the process, so that a killed run never blocks the next."""
    try:
        if sys.platform == "win32":
            import msvcrt

            # Far behind the text, which Windows would otherwise not let others read.
            os.lseek(handle, 2**20, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sign(handle: int) -> None:
    os.lseek(handle, 0, os.SEEK_SET)
    os.ftruncate(handle, 0)
    os.write(handle, f"process {os.getpid()} on {socket.gethostname()}".encode())


def _owner(handle: int) -> str:
    os.lseek(handle, 0, os.SEEK_SET)
    text = os.read(handle, 200).decode(errors="replace").strip()
    return f" ({text})" if text else ""

"""Where a number came from: versions, commit and configuration, as plain values."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

LIBRARIES = ("numpy", "scipy", "xarray", "numba", "h5netcdf", "h5py", "matplotlib")
LONGEST_LIST = 64
UNKNOWN = "unknown"


def code() -> dict[str, Any]:
    """`version` of hopphys, `versions` of Python and the libraries, `commit` of the clone or None."""
    return {"version": version("hopphys"), "versions": versions(), "commit": commit()}


@cache
def version(package: str) -> str:
    """The version of an installed package, "unknown" where it is not installed (a bare source tree, say)."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return UNKNOWN


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that results depend on."""
    import platform

    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


@cache
def commit(folder: Path = Path(__file__).parent) -> str | None:
    """The commit of the clone that holds this package, with "+changes" where files differ from it; None elsewhere.

    A package installed into an environment inside somebody else's repository has no commit: its files are not tracked.
    """
    if _git(folder, "ls-files", "--error-unmatch", "hamiltonian.py") is None:
        return None
    head = _git(folder, "rev-parse", "HEAD")
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    return f"{head}+changes" if head and changed else head


def _git(folder: Path, *arguments: str) -> str | None:
    # Variables like GIT_DIR, set inside a hook, would answer for another repository.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, env=clean, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def toml(config: Mapping[str, Any]) -> str:
    """A configuration as TOML text; keys with None are left out, since TOML has no None."""
    import tomli_w

    return tomli_w.dumps({str(name): plain(value) for name, value in config.items() if value is not None})


def plain(value: Any) -> Any:
    """A value of a configuration in the types of TOML; what has no such form enters by name, shape or hash."""
    if isinstance(value, (bool, int, float, str)):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain({field.name: getattr(value, field.name) for field in dataclasses.fields(value)})
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items() if item is not None}
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return plain(value.tolist()) if value.size <= LONGEST_LIST else _summary(value)
    if isinstance(value, Iterable):
        return [plain(item) for item in value if item is not None]
    return getattr(value, "__qualname__", None) or repr(value)


def _summary(array: Any) -> str:
    """An array too long for a configuration: kind, shape and a hash that tells it from another one."""
    digest = hashlib.blake2b(array.tobytes(), digest_size=8).hexdigest()
    return f"{array.dtype} {tuple(array.shape)} blake2b:{digest}"

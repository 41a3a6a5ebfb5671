"""Numba kernels and counter-based random numbers: flat arrays in, flat arrays out.

Compiled kernels are kept in the user's cache, in a folder named by the hash of this one. numba's own place, beside the
source, goes wrong twice: it does not notice that a function changed which a kernel calls from another file, and what it
leaves in site-packages when the package is removed hides parts of an editable install.
"""

import hashlib
import os
import sys
from pathlib import Path


def _cache_folder() -> str | None:
    """The folder of kernels compiled from this source, or None where the user has named one or has no home."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return None
    source = sorted(Path(__file__).parent.glob("*.py"))
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in source)).hexdigest()[:16]
    try:
        return str(_user_cache() / "hopphys" / f"kernels-{digest}")
    except RuntimeError:  # no home: numba looks for a place of its own
        return None


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


if _folder := _cache_folder():
    os.environ["NUMBA_CACHE_DIR"] = _folder  # read when numba is loaded, here and in worker processes
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = _folder

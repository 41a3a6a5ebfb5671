"""Refuse an array that would not fit, before it is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

GIB = 2**30
UNKNOWN_MACHINE = 8 * GIB
OVERRIDE = "HOPPHYS_MEMORY"
TRIFLE = 2**24


class TooLarge(ValueError):
    """More memory than there is; the message says how much it would take and which form is smaller."""


def require(bytes_needed: int, what: str, way_out: str) -> None:
    """Raise TooLarge unless `bytes_needed` fit into the memory that this process may still take.

    Linux grants far more than it has and kills the process when the pages are touched, so waiting for MemoryError
    would lose the session instead of the array.
    """
    if bytes_needed < TRIFLE and OVERRIDE not in os.environ:
        return  # asking the system takes longer than filling the array
    limit = available()
    if bytes_needed > limit:
        raise TooLarge(f"{what} would take {readable(bytes_needed)}, but {readable(limit)} are available; {way_out}")


def available() -> int:
    """Bytes that may still be taken: the smallest of machine, cgroup and process limits; HOPPHYS_MEMORY overrides."""
    if text := os.environ.get(OVERRIDE):
        return _override(text)
    known = [size for source in SOURCES for size in source() if size >= 0]
    return min(known, default=UNKNOWN_MACHINE)


def readable(size: float) -> str:
    """A size in bytes as a person reads it: 3.2 GB, powers of 1000."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} PB" if size < 1000 else f"{size:.1e} PB"


def _override(text: str) -> int:
    if not text.strip().isdigit():
        raise ValueError(
            f"{OVERRIDE} must be a number of bytes, but it is {text!r}; unset it to use what the machine has"
        )
    return int(text)


def _machine() -> Iterator[int]:
    for line in _text("/proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * 1024
            return
    try:
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return


def _cgroup() -> Iterator[int]:
    root = Path("/sys/fs/cgroup")
    own = [line.split("::", 1)[1].lstrip("/") for line in _text("/proc/self/cgroup").splitlines() if "::" in line]
    for folder in {root, *(root / path for path in own)}:
        yield from _remaining(folder / "memory.max", folder / "memory.current", folder / "memory.stat")
    old = root / "memory"
    yield from _remaining(old / "memory.limit_in_bytes", old / "memory.usage_in_bytes", old / "memory.stat")


def _remaining(limit: Path, used: Path, statistics: Path) -> Iterator[int]:
    highest, current = _text(limit).strip(), _text(used).strip()
    if not (highest.isdigit() and current.isdigit()):
        return  # absent, or "max"
    cached = [line.split()[1] for line in _text(statistics).splitlines() if line.startswith("inactive_file ")]
    yield max(0, int(highest) - int(current) + int(cached[0] if cached else 0))


def _process() -> Iterator[int]:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY:
        pages = _text("/proc/self/statm").split()
        yield max(0, limit - (int(pages[0]) * resource.getpagesize() if pages else 0))


SOURCES: tuple[Callable[[], Iterator[int]], ...] = (_machine, _cgroup, _process)


def _text(path: str | Path) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""

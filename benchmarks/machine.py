"""The machine: what it is, how threads are held to a number, and what it can do at most."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

POOLS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS", "RAYON_NUM_THREADS", "HOPPHYS_THREADS",
)  # fmt: skip


def facts() -> dict[str, Any]:
    """Processor, cores, caches and operating system, as plain values."""
    return {
        "processor": _processor(),
        "cores": cores(),
        "caches": _caches(),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pinned(threads: int) -> dict[str, str]:
    """Environment in which every pool of threads in use here has `threads` of them; JAX takes its number from XLA."""
    held = {**os.environ, **dict.fromkeys(POOLS, str(threads))}
    if threads == 1:
        held["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    held["JAX_PLATFORMS"] = "cpu"
    return held


def hold_to(threads: int) -> list[int]:
    """Keep this process and its children on as many cores as threads, whatever a library starts; the cores."""
    if not hasattr(os, "sched_setaffinity"):
        return []
    # The last cores: interrupts are mostly served by the first.
    chosen = sorted(os.sched_getaffinity(0))[-threads:]
    os.sched_setaffinity(0, chosen)
    return chosen


def limits() -> dict[str, float]:
    """A second of one thread: flops of float32 products, bytes of a triad in memory and in cache, random words."""
    return {
        "flops": sgemm(),
        "bytes": triad(2**25),
        "cached_bytes": triad(2**19),
        "words": random_words(),
    }


def sgemm(size: int = 2048) -> float:
    """Float32 operations a second of NumPy's matrix product."""
    a, b = (np.random.default_rng(seed).random((size, size), dtype=np.float32) for seed in (0, 1))
    out = np.empty_like(a)
    return 2 * size**3 / _best(lambda: np.matmul(a, b, out=out))


def triad(entries: int) -> float:
    """Bytes a second of a = b + 3 c in float32: two arrays read and one written, its line fetched before it is."""
    from numba import njit

    @njit(fastmath=True)
    def add(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
        for i in range(a.size):
            a[i] = b[i] + np.float32(3) * c[i]

    a, b, c = (np.ones(entries, np.float32) for _ in range(3))
    repeats = max(1, 2**25 // entries)

    def run() -> None:
        for _ in range(repeats):
            add(a, b, c)

    return 16 * entries * repeats / _best(run)


def random_words(count: int = 2**27) -> float:
    """64-bit words a second of a counter through splitmix64's mixer (Steele, Lea & Flood 2014), nothing stored."""
    from numba import njit, uint64

    @njit
    def fold(start: np.uint64, count: int) -> np.uint64:
        total = uint64(0)
        for i in range(count):
            z = (start + uint64(i)) * uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> uint64(27))) * uint64(0x94D049BB133111EB)
            total ^= z ^ (z >> uint64(31))
        return total

    return count / _best(lambda: fold(np.uint64(1), count))


def _best(run: Callable[[], Any], times: int = 5) -> float:
    """Shortest of several, after one that compiles: a limit is what the machine can do undisturbed."""
    run()
    walls = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        walls.append(time.perf_counter() - start)
    return min(walls)


def reset_peak() -> bool:
    """Set the peak of this process's memory to what it holds now; False where the system cannot."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def memory_now(name: str = "VmRSS") -> float:
    """Bytes held by this process now (VmRSS), or at most since the peak was reset (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return 1024.0 * int(line.split()[1])
    raise OSError(f"this system does not tell {name}")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    told = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    name = told.get("model name", platform.processor() or "unknown")
    # Virtual machines shorten the name; family and model number say which generation it is.
    return f"{name} (family {told.get('cpu family', '?')}, model {told.get('model', '?')})"


def _caches() -> dict[str, str]:
    found = {}
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((folder / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            found[f"L{level}"] = size
    return found


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (ValueError, OSError, AttributeError):
        return "unknown"

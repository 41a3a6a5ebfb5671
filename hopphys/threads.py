"""How many threads independent runs are dealt over. Never changes a result."""

from __future__ import annotations

import os

THREADS = "HOPPHYS_THREADS"


def threads() -> int:
    """HOPPHYS_THREADS, or the processors this process may use.

    Raises ValueError for what is no positive whole number.
    """
    text = os.environ.get(THREADS)
    if text is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not text.strip().isdigit() or int(text) < 1:
        raise ValueError(f"{THREADS} must be a positive whole number, but it is {text!r}")
    return int(text)


__all__ = ["THREADS", "threads"]

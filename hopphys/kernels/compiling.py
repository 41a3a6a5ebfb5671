"""Say so when a kernel is compiled, which takes seconds and happens once: what is cached on disk loads in silence."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from numba.core import event

MESSAGE = "compiling kernels (once); later calls and processes find them in the cache"


class _Announcement(event.Listener):
    """The first compilation of a kernel of this package in this process."""

    def __init__(self) -> None:
        self.made = False

    def on_start(self, event: Any) -> None:
        kernel = event.data["dispatcher"].py_func
        if not self.made and kernel.__module__.startswith(__package__):
            self.made = True
            # A warning reaches stderr where nobody has configured logging, and can be turned off where somebody has.
            logging.getLogger("hopphys").warning(MESSAGE)

    def on_end(self, event: Any) -> None:
        """Nothing to say."""


@cache
def announce() -> None:
    """From now on, in this process, say so once."""
    event.register("numba:compile", _Announcement())

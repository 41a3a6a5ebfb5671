"""Libraries that take a while to load, loaded when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Deferred:
    """Stands for a module until something is asked of it: a cold start should not wait for what it never calls."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


__all__ = ["Deferred"]

"""One file for each piece of work; every file has ROWS or LADDERS, and this one lists them."""

from __future__ import annotations

from importlib import import_module

from benchmarks.contest import Ladder, Row

FILES = (
    "lattice", "glass", "dense", "recall", "capacity", "target", "attention", "large", "threads", "first_call",
    "factor_graph", "sizes", "learning",
)  # fmt: skip


def rows() -> dict[str, Row]:
    """All rows by name, in the order of the table."""
    return {row.name: row for name in FILES for row in getattr(import_module(f"{__name__}.{name}"), "ROWS", ())}


def ladders() -> dict[str, Ladder]:
    return {item.name: item for name in FILES for item in getattr(import_module(f"{__name__}.{name}"), "LADDERS", ())}

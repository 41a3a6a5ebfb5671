"""Reports: one self-contained page a study, and an index that compares the models, all from the studies' own data."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

__all__ = ["build", "check"]


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(_import_module("hopphys.report.building"), name)
    raise AttributeError(f"module 'hopphys.report' has no attribute {name!r}")


if TYPE_CHECKING:  # the same names for type checkers and editors, which do not run __getattr__
    from hopphys.report.building import build, check

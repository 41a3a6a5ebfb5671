"""Studies: a question, typed settings, independent points, findings beside their references, figures.

from hopphys import study

STUDY = study.Study(name="mine", ...)          # in mine.py, run with `hopphys study run ./mine.py`

path = study.run(STUDY, study.build(STUDY, "quick"), seed=1, out="runs")
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

from hopphys.study.contract import Figure, Finding, Study

_HOME = {
    "config": ("build", "presets"),
    "discovery": ("Entry", "available", "find", "load_file"),
    "limits": ("at_least",),
    "runner": ("Progress", "run"),
    "style": (
        "COLOURS",
        "DIVERGING",
        "MARKERS",
        "SEQUENTIAL",
        "SERIES",
        "SPINS",
        "finish",
        "letter",
        "new_figure",
        "picture",
        "print_style",
        "shades",
    ),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = ["Figure", "Finding", "Study", *_MODULE]


def __getattr__(name: str) -> object:
    if name in _MODULE:
        return getattr(_import_module(f"hopphys.study.{_MODULE[name]}"), name)
    raise AttributeError(f"module 'hopphys.study' has no attribute {name!r}")


if TYPE_CHECKING:  # the same names for type checkers and editors, which do not run __getattr__
    from hopphys.study.config import build as build
    from hopphys.study.config import presets as presets
    from hopphys.study.discovery import Entry as Entry
    from hopphys.study.discovery import available as available
    from hopphys.study.discovery import find as find
    from hopphys.study.discovery import load_file as load_file
    from hopphys.study.limits import at_least as at_least
    from hopphys.study.runner import Progress as Progress
    from hopphys.study.runner import run as run
    from hopphys.study.style import COLOURS as COLOURS
    from hopphys.study.style import DIVERGING as DIVERGING
    from hopphys.study.style import MARKERS as MARKERS
    from hopphys.study.style import SEQUENTIAL as SEQUENTIAL
    from hopphys.study.style import SERIES as SERIES
    from hopphys.study.style import SPINS as SPINS
    from hopphys.study.style import finish as finish
    from hopphys.study.style import letter as letter
    from hopphys.study.style import new_figure as new_figure
    from hopphys.study.style import picture as picture
    from hopphys.study.style import print_style as print_style
    from hopphys.study.style import shades as shades

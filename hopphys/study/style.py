"""How every figure of hopphys looks: one size of type, one colour per model, no hidden global state.

`new_figure` gives a figure and its axes with the print style already on them; no window and no pyplot is involved.
What an author adds later (lines, error bars, legends) takes its defaults from matplotlib's settings at that moment,
so the report draws each study inside `print_style()`, and a figure comes out the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe & Ito (2008): told apart by readers with any of the common colour deficiencies, and in grey by their lightness.
COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "ising": "#0072B2",
        "hopfield": "#D55E00",
        "boltzmann": "#009E73",
        "attention": "#CC79A7",
        "theory": "#333333",
        "guide": "#888888",
        "band": "#D9D9D9",
    }
)
# Series that are not models (rules, observables, loads): Tol's muted scheme without what a model's colour resembles.
SERIES = ("#332288", "#88CCEE", "#999933", "#882255", "#777777")
SEQUENTIAL = "viridis"
DIVERGING = "RdBu_r"  # centre it on zero: red is up (+1), blue is down (-1)
SPINS = "RdBu_r"

# A second channel beside colour, so that a series survives a photocopier: use them in this order.
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

PRINT: Mapping[str, Any] = MappingProxyType(
    {
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "mathtext.fontset": "dejavusans",
        "font.size": 9.0,
        "axes.titlesize": 9.5,
        "axes.titleweight": "normal",
        "axes.titlelocation": "left",
        "axes.labelsize": 9.5,
        "xtick.labelsize": 8.5,
        "ytick.labelsize": 8.5,
        "legend.fontsize": 8.0,
        "legend.frameon": True,
        "legend.framealpha": 0.85,
        "legend.edgecolor": "none",
        "legend.borderpad": 0.3,
        "legend.handlelength": 1.8,
        "axes.linewidth": 0.7,
        "axes.edgecolor": "#333333",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "#E4E4E4",
        "grid.linewidth": 0.6,
        "xtick.major.width": 0.7,
        "ytick.major.width": 0.7,
        "xtick.direction": "out",
        "ytick.direction": "out",
        "lines.linewidth": 1.3,
        "lines.markersize": 4.5,
        "lines.markeredgewidth": 0.7,
        "errorbar.capsize": 2.0,
        "image.cmap": SEQUENTIAL,
        "image.interpolation": "nearest",
        "figure.facecolor": "white",
        "axes.facecolor": "white",
        "savefig.facecolor": "white",
        "figure.dpi": 100.0,
        "svg.fonttype": "path",
        "svg.hashsalt": "hopphys",
        "text.usetex": False,
    }
)

# One panel of a figure in inches; several panels share the width of a page.
PANEL = (4.6, 3.3)
PAGE_WIDTH = 7.4


@contextmanager
def print_style() -> Iterator[None]:
    """The print style over matplotlib's own defaults, for the length of a `with` block; no rc file plays a part."""
    import matplotlib

    # Typed as any mapping: the stubs of matplotlib know its settings by name, one literal each.
    settings: Any = matplotlib.rcParams
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        settings.update({**PRINT, "axes.prop_cycle": _cycle()})
        yield


def new_figure(rows: int = 1, columns: int = 1, size: tuple[float, float] | None = None) -> tuple[Figure, Any]:
    """A figure in the print style with rows × columns axes, constrained layout and light grids.

    Parameters
    ----------
    rows, columns : numbers of panels
    size : width and height in inches; by default 4.6 × 3.3 a panel, no wider than 7.4 (two columns of a journal)

    Returns
    -------
    (figure, axes) as of `matplotlib.figure.Figure.subplots`: one Axes, or an array of shape (n,) or (rows, columns).
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if rows < 1 or columns < 1:
        raise ValueError(f"a figure needs at least one panel, but rows = {rows} and columns = {columns}; use 1 or more")
    with print_style():
        figure = Figure(figsize=size or _size(rows, columns), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns)
    for axis in figure.axes:
        # Below images too, so that a picture or a heat map covers the grid instead of being crossed by it.
        axis.xaxis.set_zorder(-1)
        axis.yaxis.set_zorder(-1)
    return figure, axes


def finish(axes: Axes | Iterable[Axes]) -> None:
    """Light grid and no top or right spine, for axes that `new_figure` did not make (insets, gridspec panels)."""
    for axis in _each(axes):
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(True, color=PRINT["grid.color"], linewidth=PRINT["grid.linewidth"])
        axis.xaxis.set_zorder(-1)
        axis.yaxis.set_zorder(-1)


def picture(axes: Axes | Iterable[Axes]) -> None:
    """No ticks and no grid, a thin frame: axes that hold a picture (`imshow`), where positions mean nothing."""
    for axis in _each(axes):
        axis.set(xticks=[], yticks=[])
        axis.grid(False)
        axis.spines[:].set_visible(True)
        axis.spines[:].set_color("#999999")


def letter(axes: Axes | Iterable[Axes]) -> None:
    """Letters (a), (b), ... before the titles of panels in reading order, for captions to point at."""
    for index, axis in enumerate(_each(axes)):
        title = axis.get_title(loc="left") or axis.get_title(loc="center")
        axis.set_title("", loc="center")
        axis.set_title(f"({chr(ord('a') + index)}) {title}".rstrip(), loc="left")


def shades(colour: str, count: int) -> list[str]:
    """`count` shades of a model's colour from light to dark, for its sizes or temperatures in order."""
    from matplotlib.colors import to_hex, to_rgb

    base = to_rgb(COLOURS.get(colour, colour))
    depths = [1.0] if count == 1 else [0.55 + (0.8 if count > 2 else 0.45) * n / (count - 1) for n in range(count)]
    return [to_hex(_shade(base, depth)) for depth in depths]


def _shade(base: tuple[float, float, float], depth: float) -> tuple[float, float, float]:
    """The colour itself at depth 1, mixed with white below and with black above."""
    red, green, blue = ((2 - depth) * c if depth > 1 else 1 - depth * (1 - c) for c in base)
    return red, green, blue


def _size(rows: int, columns: int) -> tuple[float, float]:
    width = min(PANEL[0] * columns, PAGE_WIDTH)
    return width, PANEL[1] * rows * min(1.0, 0.12 + width / (PANEL[0] * columns))


def _cycle() -> Any:
    from cycler import cycler

    # A model's colour is always asked for by name, so that it never stands for something else by accident.
    return cycler(color=SERIES)


def _each(axes: Axes | Iterable[Axes]) -> list[Axes]:
    import numpy as np

    return list(np.atleast_1d(np.asarray(axes, dtype=object)).ravel())

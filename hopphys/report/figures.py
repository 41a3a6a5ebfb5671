"""Figures as bytes: the same figure gives the same bytes on the same version of matplotlib, on any day."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Plot

DPI = 200
SCREEN_DPI = 96  # CSS pixels an inch: on a page a figure has the size in inches that its author gave it
LARGEST_SVG = 400_000  # bytes; thousands of marks are smaller, and faster to show, as pixels


@dataclass(frozen=True)
class Drawn:
    """One figure as it goes into a page and beside it."""

    name: str
    png: bytes
    embedded: str  # a data: address
    width: int
    height: int
    caption: str
    alt: str
    drawn_with: str


def draw(name: str, figure: Any) -> Drawn:
    """Render a `hopphys.study.Figure`: as vectors for the page where that is small, as pixels at 200 dpi beside it."""
    png = render(figure.plot, "png")
    vector = render(figure.plot, "svg")
    embedded = _address("svg+xml", vector) if len(vector) <= LARGEST_SVG else _address("png", png)
    width, height = (round(SCREEN_DPI * inches) for inches in figure.plot.get_size_inches())
    return Drawn(name, png, embedded, width, height, figure.caption, figure.alt or figure.caption, drawn_with())


def drawn_with() -> str:
    """The program that decides about pixels, for comparing like with like."""
    from hopphys import provenance

    return f"matplotlib {provenance.version('matplotlib')}"


def render(plot: Plot, kind: str, dpi: int = DPI) -> bytes:
    """The figure as "png" or "svg" without date, software or random identifiers."""
    from hopphys.study import style

    nothing = {"png": {"Software": None}, "svg": dict.fromkeys(("Date", "Creator", "Format", "Type"))}
    target = io.BytesIO()
    with style.print_style():
        plot.savefig(target, format=kind, dpi=dpi, metadata=nothing[kind])
    return target.getvalue()


def difference(first: bytes, second: bytes) -> float:
    """Root mean square difference of two pictures, 0 to 1; 1 where their sizes differ or one is not a picture."""
    import numpy as np
    from PIL import Image

    try:
        one, other = (np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=float) for png in (first, second))
    except OSError:
        return 1.0
    return 1.0 if one.shape != other.shape else float(np.sqrt(np.mean((one - other) ** 2)) / 255)


def _address(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"

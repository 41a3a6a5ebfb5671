"""Figures as bytes: the same figure gives the same bytes on the same version of matplotlib, on any day."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Plot

DPI = 200
THUMBNAIL_DPI = 80
SCREEN_DPI = 96  # CSS pixels an inch: on a page a figure has the size in inches that its author gave it
LARGEST_SVG = 100_000  # bytes; more marks than that are smaller as pixels, and quicker to show
COLOURS = 256


@dataclass(frozen=True)
class Drawn:
    """One figure as it goes into a page and beside it; `embedded` and `thumbnail` are data: addresses."""

    name: str
    png: bytes
    embedded: str
    thumbnail: str
    width: int
    height: int
    caption: str
    alt: str
    drawn_with: str


def draw(name: str, figure: Any) -> Drawn:
    """Render a `hopphys.study.Figure`: as vectors for the page where that is small, as pixels at 200 dpi beside it."""
    from hopphys.study import style

    with style.print_style():
        figure.plot.draw_without_rendering()
    figure.plot.set_layout_engine("none")  # laid out once, for all renderings: that is most of the time
    png, vector = render(figure.plot, "png"), render(figure.plot, "svg")
    embedded = _address("svg+xml", vector) if len(vector) <= LARGEST_SVG else _address("png", png)
    thumbnail = _address("png", render(figure.plot, "png", THUMBNAIL_DPI))
    width, height = (round(SCREEN_DPI * inches) for inches in figure.plot.get_size_inches())
    alt = figure.alt or figure.caption
    return Drawn(name, png, embedded, thumbnail, width, height, figure.caption, alt, drawn_with())


def drawn_with() -> str:
    """The program that decides about pixels, for comparing like with like."""
    from hopphys import provenance

    return f"matplotlib {provenance.version('matplotlib')}"


def render(plot: Plot, kind: str, dpi: int = DPI) -> bytes:
    """The figure as "png" or "svg" without date, software or random identifiers, and without needless bytes."""
    from hopphys.study import style

    nothing = {"png": {"Software": None}, "svg": dict.fromkeys(("Date", "Creator", "Format", "Type"))}
    target = io.BytesIO()
    with style.print_style():
        plot.savefig(target, format=kind, dpi=dpi, metadata=nothing[kind])
    return _palette(target, dpi) if kind == "png" else _rounded(target.getvalue())


def _palette(png: io.BytesIO, dpi: int) -> bytes:
    """The picture in its 256 most useful colours: a third of the bytes, and the eye sees no difference in a plot."""
    from PIL import Image

    target = io.BytesIO()
    image = Image.open(png).convert("RGB").quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    image.save(target, "png", optimize=True, dpi=(dpi, dpi))
    return target.getvalue()


def _rounded(svg: bytes) -> bytes:
    """Paths to a hundredth of a point."""
    return re.sub(rb'(?<= d=")[^"]*', lambda path: re.sub(rb"-?\d+\.\d+", _two_places, path[0]), svg)


def _two_places(number: re.Match[bytes]) -> bytes:
    return b"%g" % round(float(number[0]), 2)


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

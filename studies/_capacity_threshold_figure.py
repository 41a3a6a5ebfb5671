"""How the threshold of Hebb's rule moves with N: half-points continued to infinity, and where pairs of sizes cross."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _capacity_analysis as analysis
from hopphys.studies._capacity_marks import made

import hopphys as hp
from hopphys.study import COLOURS, MARKERS, Figure, letter, new_figure

HOPFIELD = COLOURS["hopfield"]
REFERENCES = ((hp.theory.capacity.AGS.value, "0.138"), (0.145, "0.145"))


def figure(ds: xr.Dataset, config: Any) -> Figure | None:
    """None where too few sizes have a half-point."""
    read = analysis.reading(ds, config)
    if read is None:
        return None
    plot, axes = new_figure(1, 2, (7.4, 3.4))
    _half(axes[0], read)
    _pairs(axes[1], read)
    for axis in axes:
        for value, text in REFERENCES:
            axis.axhline(value, color=COLOURS["theory"], linestyle=":", linewidth=0.8)
            axis.annotate(text, (1.0, value), xycoords=("axes fraction", "data"), ha="right", va="bottom")
        axis.set(xlabel=r"$N^{-1/2}$", xlim=(0, None))
    axes[0].set(ylabel=r"load $\alpha$", title="one half is retrieved")
    axes[1].set(title="two sizes cross")
    letter(axes)
    caption = (
        "Thresholds of Hebb's rule without a scaling function. (a) Load at which one half of the patterns is retrieved "
        f"from the pattern, against N^(-1/2); dark line: polynomial of order {len(read.line.coefficients)} from "
        f"N = {read.smallest:g} on (grey: smaller N), which ends at {read.line.critical:.4f} ± {read.error:.4f} (bar "
        "at 0; other orders, sizes and levels included). (b) Load at which the curves of two successive sizes cross, "
        "at the geometric mean of these N; grey band: where (a) ends. Dotted: 0.138, equilibrium theory, and 0.145, "
        f"early simulations. Errors by bootstrap over disorder. {_made(ds, read)}"
    )
    alt = "Half-points of Hebb's rule fall to 0.141 as N grows, and crossings of pairs of sizes rise to it"
    return Figure(plot, caption, alt)


def _made(ds: xr.Dataset, read: analysis.Reading) -> str:
    there, known = analysis.recall(ds), read.half.sizes[np.isfinite(read.half.load)]
    shown = there.isel(point=np.flatnonzero(np.isin(there["size"].values, known)))
    text: str = made(shown, int(ds.attrs["seed"]))
    return text


def _half(axis: Any, read: analysis.Reading) -> None:
    size, load, error = read.half.sizes, read.half.load, read.half.error
    for used, colour in ((size >= read.smallest, HOPFIELD), (size < read.smallest, COLOURS["guide"])):
        axis.errorbar(size[used] ** -0.5, load[used], error[used], color=colour, marker=MARKERS[0], linestyle="")
    root = np.linspace(1e-9, read.smallest**-0.5, 100)
    axis.plot(root, read.line.load(root**-2), color=COLOURS["theory"], linewidth=1)
    axis.errorbar(
        [0], [read.line.critical], [read.error], color=COLOURS["theory"], marker="_", markersize=9, clip_on=False
    )


def _pairs(axis: Any, read: analysis.Reading) -> None:
    place = np.sqrt(read.crossings.sizes.prod(axis=1)) ** -0.5
    style = {"color": HOPFIELD, "marker": MARKERS[1], "linestyle": ""}
    axis.errorbar(place, read.crossings.load, read.crossings.error, **style)
    low, high = read.line.critical - read.error, read.line.critical + read.error
    axis.axhspan(low, high, color=COLOURS["band"], zorder=0)

"""The figure of where memories blend in a loaded network, as N grows and the temperature rises."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _blending_analysis as analysis
from hopphys.studies import _blending_loaded as loaded

from hopphys.study import COLOURS, MARKERS, SERIES, Figure, letter, new_figure, shades

THEORY = {"color": COLOURS["theory"], "linewidth": 1.0}


def figure(ds: xr.Dataset, config: Any) -> Figure:
    plot, axes = new_figure(1, 2, (7.4, 3.3))
    middle = config.edge_temperatures[len(config.edge_temperatures) // 2]
    _curves(axes[0], ds, config, middle)
    _thresholds(axes[1], ds, config)
    letter(axes)
    lines = " Lines: straight fits, weighted by the errors." * (len(config.sizes) > 1)
    caption = (
        f"Two patterns of mutual overlap c among random ones at load {config.load:g}. (a) Heat bath at T = {middle:g} "
        "from each of them: what is left of the difference of their overlaps, mean over samples, the second half of "
        f"{config.edge_sweeps} sweeps. Dark: replica-symmetric theory for N to infinity; dotted: the level above which "
        "two count as apart. (b) The mutual overlap above which half of the starts blend, against N^(-1/2): at rest "
        "(T = 0), and with temperature; bars: bootstrap over samples and the spacing of the grid; hollow, at 0: "
        f"theory.{lines} Samples: {', '.join(map(str, config.edge_samples))}; seed {ds.attrs['seed']}."
    )
    return Figure(plot, caption, "The mutual overlap above which two memories blend falls with temperature")


def _curves(axis: Any, ds: xr.Dataset, config: Any, temperature: float) -> None:
    colours = shades("hopfield", len(config.sizes))
    for size, colour, marker in zip(config.sizes, colours, MARKERS, strict=False):
        at = analysis.of_kind(ds, "edge", size=size, temperature=temperature).isel(point=0)
        c, centre, error = loaded.remnant(at)
        axis.errorbar(c, centre, error, color=colour, marker=marker, linewidth=0.6, markersize=3.5, label=f"N = {size}")
    edge = loaded.edge(config.load, temperature)
    grid = np.append(np.linspace(edge + config.edge[0], edge - 1e-4, 40), [edge, edge + config.edge[-1]])
    line = [loaded.left(float(c), temperature, config.load) if c < edge else 0.0 for c in grid]
    axis.plot(grid, line, zorder=5, **THEORY)
    axis.axhline(loaded.level(config.load, temperature), color=COLOURS["guide"], linestyle=":", linewidth=1.0)
    axis.set(
        xlabel="mutual overlap $c$", ylabel=r"$(m_{own} - m_{other})\,/\,(1 - c)$",
        title=f"two, load {config.load:g}, T = {temperature:g}", ylim=(-0.15, 1.08),
    )  # fmt: skip
    axis.legend(loc="upper right")


def _thresholds(axis: Any, ds: xr.Dataset, config: Any) -> None:
    seed, x = int(ds.attrs["seed"]), np.array(config.sizes, float) ** -0.5
    colours = (*SERIES[:1], *SERIES[2:])  # text in the second one would be pale
    for index, temperature in enumerate((0.0, *config.edge_temperatures)):
        colour, marker = colours[index % len(colours)], MARKERS[index % len(MARKERS)]
        warm = temperature > 0
        found = loaded.warm(ds, config, temperature, seed) if warm else loaded.at_rest(ds, config, 2, seed)
        axis.errorbar(x, found.values, found.errors, color=colour, marker=marker, linestyle="none")
        axis.text(1.06 * x.max(), found.values[int(np.argmax(x))], f"T = {temperature:g}", color=colour, va="center")
        edge = loaded.edge(config.load, temperature)
        axis.plot(0, edge, color=colour, marker=marker, markerfacecolor="none", markersize=8, clip_on=False)
        if found.known:
            ends = np.array([np.inf, min(config.sizes)])
            axis.plot(ends**-0.5, found.line().load(ends), color=colour, linewidth=0.8)
    axis.set(xlabel=r"$N^{-1/2}$", ylabel="two blend above this $c$", title="where two are one")
    axis.set_xlim(0, 1.35 * x.max())

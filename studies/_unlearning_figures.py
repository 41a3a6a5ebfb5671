"""The figures of the unlearning study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies._unlearning_analysis import mean_error

from hopphys.study import COLOURS, MARKERS, SERIES, Figure, letter, new_figure, shades

X = r"unlearned, $x = \epsilon D / N$"
FIRST, SECOND, THIRD = SERIES[0], SERIES[2], SERIES[3]  # three quantities of one network: no model's colours
RULES = ((-0.05, r"best: $\alpha - 0.05$"), (0.06, r"end: $\alpha + 0.06$"))


def figures(ds: xr.Dataset) -> Mapping[str, Figure]:
    return {"memory": _memory(ds), "energies": _energies(ds), "stability": _stability(ds)}


def _memory(ds: xr.Dataset) -> Figure:
    plot, axes = new_figure(1, ds.sizes["point"], (7.4, 3.3))
    for axis, at in _panels(axes, ds, named=0.43):
        _draw(axis, at, "fixed", FIRST, "o", "fixed points")
        _draw(axis, at, "recalled", SECOND, "s", f"recalled, {at['flip'].item():.0%} flipped")
        _draw(axis, at, "hits", THIRD, "^", "hit from noise")
        axis.set(xlabel=X, ylim=(-0.03, 1.03))
    np.atleast_1d(axes)[0].set(ylabel="fraction")
    np.atleast_1d(axes)[0].legend(loc="center right")
    letter(axes)
    caption = (
        "As dreams go on, at one load a panel: patterns that are fixed points; patterns recalled (overlap above "
        "0.95) from a cue; random starts that end in a pattern or its negative. Dotted: the rules of thumb for the "
        "best x, load - 0.05, and for the collapse, load + 0.06, which was not made for small loads. Lines guide the "
        f"eye. {_made(ds)}"
    )
    return Figure(plot, caption, "Fractions of patterns fixed, recalled and hit rise with unlearning, then collapse")


def _energies(ds: xr.Dataset) -> Figure:
    plot, axes = new_figure(2, ds.sizes["point"], (7.4, 5.2))
    grid = np.asarray(axes).reshape(2, -1)
    for axis, at in _panels(grid[0], ds, named=0.2):
        _draw(axis, at, "pattern_energy", FIRST, "o", "patterns")
        _draw(axis, at, "near_energy", SECOND, "s", "reached from patterns")
        _draw(axis, at, "spurious_energy", THIRD, "^", "spurious")
    for axis, at in _panels(grid[1], ds):
        gap = at["spurious_energy"] - at["near_energy"]
        centre, error = mean_error(gap.values)
        axis.errorbar(at["time"].values, centre, error, color=THIRD, marker="^", linewidth=0.6)
        axis.axhline(0, color=COLOURS["theory"], linewidth=0.8)
        axis.set(xlabel=X)
    grid[0, 0].set(ylabel=r"$E/N$")
    grid[1, 0].set(ylabel="$E/N$, spurious - reached")
    grid[0, 0].legend(loc="lower right")
    letter(grid.ravel())
    caption = (
        "Top: energy per site of the patterns, of the states that descent from them reaches, and of states reached "
        "from noise that are no pattern. Bottom: the difference of the last two. Below zero, noise falls into spurious "
        "states that are deeper than anything near a pattern; where it changes sign, unlearning has made the patterns "
        f"the deep ones. Dotted: x = load - 0.05 and load + 0.06. Lines guide the eye. {_made(ds)}"
    )
    return Figure(plot, caption, "Energies of patterns and of spurious states cross as unlearning goes on")


def _stability(ds: xr.Dataset) -> Figure:
    plot, axes = new_figure(1, 2, (7.4, 3.1))
    for number in range(ds.sizes["point"]):
        at, marker = ds.isel(point=number), MARKERS[number % len(MARKERS)]
        colour, label = shades("hopfield", ds.sizes["point"])[number], f"load {_load(at):.2f}"
        _draw(axes[0], at, "stability", colour, marker, label)
        _draw(axes[1], at, "recall", colour, marker, label)
    axes[0].axhline(0, color=COLOURS["theory"], linewidth=0.8)
    axes[0].set(xlabel=X, ylabel=r"$\min_{\mu i}\ \xi_i^\mu h_i^\mu / |J_i|$", title="smallest stability")
    axes[0].set(ylim=(max(axes[0].get_ylim()[0], -3.0), None))
    axes[1].set(xlabel=X, ylabel=r"mean overlap $m$", title=f"recall from a cue, {_flip(ds):.0%} flipped")
    axes[1].legend()
    letter(axes)
    caption = (
        "(a) Smallest stability of any bit of any pattern: above zero, all patterns are fixed points. (b) Mean overlap "
        f"with the pattern after settling from a cue. Lines guide the eye. {_made(ds)}"
    )
    return Figure(plot, caption, "The smallest stability has a maximum; recall has a plateau")


def _panels(axes: Any, ds: xr.Dataset, named: float | None = None) -> list[tuple[Any, xr.Dataset]]:
    """One panel for each load, with its rules of thumb, in words at the height `named` (fraction of the axis)."""
    panels = []
    for axis, number in zip(np.atleast_1d(axes), range(ds.sizes["point"]), strict=True):
        at = ds.isel(point=number)
        for beyond, rule in RULES:
            place = _load(at) + beyond
            axis.axvline(place, color=COLOURS["guide"], linestyle=":")
            if named is not None:
                style = {"rotation": 90, "ha": "left", "va": "center", "fontsize": 8, "color": COLOURS["theory"]}
                axis.text(place + 0.004, named, rule, transform=axis.get_xaxis_transform(), **style)
        axis.set(title=f"load {_load(at):.2f}")
        panels.append((axis, at))
    return panels


def _draw(axis: Any, at: xr.Dataset, name: str, colour: str, marker: str, label: str) -> None:
    centre, error = mean_error(at[name].values)
    style = {"color": colour, "marker": marker, "markersize": 3.5, "linewidth": 0.6, "label": label}
    axis.errorbar(at["time"].values, centre, error, **style)


def _load(at: xr.Dataset) -> float:
    return float(at["patterns"].item() / at["size"].item())


def _flip(ds: xr.Dataset) -> float:
    return float(ds["flip"].values[0])


def _made(ds: xr.Dataset) -> str:
    """N, samples, starts, rate and seed, for the captions."""
    size, samples, starts = (int(ds[name].values[0]) for name in ("size", "samples", "starts"))
    return (
        f"N = {size}, rate {ds['rate'].values[0]:g}, {samples} disorder samples, all their patterns and {starts} "
        f"random starts each; standard errors over disorder samples; seed {ds.attrs['seed']}."
    )

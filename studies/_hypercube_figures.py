"""The figures of the study `hypercube`: the drawn landscapes, then the memories of random patterns."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies._hypercube_landscapes import (
    BELOW,
    INK,
    KIND,
    MODEL,
    colour,
    five_units,
    kinds_in,
    one_scale,
    samples,
)

from hopphys import study


def figures(ds: xr.Dataset) -> dict[str, study.Figure]:
    drawn = ds.isel(point=int(np.flatnonzero(ds.kind == "drawn")[0]))
    funnel = ds.isel(point=int(np.flatnonzero(ds.kind == "funnel")[0]))
    random = ds.isel(point=np.flatnonzero(ds.kind == "memories"))
    scan = ds.isel(point=np.flatnonzero(ds.kind == "sharpness"))
    seed = ds.attrs["seed"]
    return {
        "five_units": five_units(drawn),
        "one_scale": one_scale(drawn),
        "funnels": funnels(funnel, seed),
        "kinds": kinds(random, seed),
        "numbers": numbers(random, scan, seed),
    }


# Random patterns -----------------------------------------------------------------------------------------------------


def funnels(at: xr.Dataset, seed: int) -> study.Figure:
    """Energy against the distance to the nearest pattern."""
    figure, axes = study.new_figure(1, 3, size=(7.4, 3.6))
    sites, k = int(at.sites), float(at.sharpness)
    d = np.linspace(0, float(at.funnel_distance.max()), 200)
    m = 1 - 2 * d / sites
    theory = {"Hopfield": -(m**2) / 2, "dense memory": -(m**3) / 3, "attention": -m}
    for axis, memory in zip(axes, MODEL, strict=True):
        rows = at.sel(memory=memory).dropna("group", subset=["funnel_energy"])
        shift = int(at.patterns) / (2 * sites) if memory == "Hopfield" else 0.0
        limit = {"linestyle": "--"} if memory == "attention" else {}
        axis.plot(d, theory[memory] + shift, color=study.COLOURS["theory"], linewidth=1.0, zorder=2.5, **limit)
        place = rows.funnel_distance, rows.funnel_energy
        axis.scatter(*place, s=2 + 0.9 * rows.funnel_corners, color=colour(memory), alpha=0.35, linewidth=0, zorder=2)
        for index, (shade, marker, size) in enumerate(KIND.values()):
            here = rows.funnel_kind.values == index
            axis.scatter(
                *(p[here] for p in place), s=size, color=shade, marker=marker, edgecolor=INK, linewidth=0.6, zorder=3
            )
        axis.set(
            title=memory, xlabel="flips to the nearest pattern", ylim=(-1.1, 0.4), xticks=range(0, int(d[-1]) + 1, 2)
        )
        if axis is not axes[0]:
            axis.tick_params(labelleft=False)
    axes[0].set_ylabel("energy per site, $E/N$ / J")
    for axis, text, line, place in (
        (axes[0], "one pattern alone", (6, 0.125), (4.5, 0.29)),
        (axes[1], "one pattern alone", (1.2, -0.17), (3.6, -0.62)),
        (axes[2], "one pattern alone,\n$k \\to \\infty$ (not a fit)", (6.6, 0.1), (3.2, 0.25)),
    ):
        arrow = {"arrowstyle": "-", "color": study.COLOURS["theory"], "linewidth": 0.6}
        axis.annotate(text, line, place, fontsize=8, ha="center", va="center", arrowprops=arrow)
    present = kinds_in(at.funnel_kind)
    figure.legend(samples(axes[0], present), present, **BELOW, title="minima", ncols=4)
    study.letter(axes)
    caption = (
        f"All 2^{sites} corners of one draw of {int(at.patterns)} random patterns, N = {sites}, stored three times: "
        "energy against the distance d to the nearest pattern. Areas: number of corners. Lines are no fits but the "
        "energy if that pattern were the only one, -m²/2 + P/2N, -m³/3 and -m with m = 1 - 2d/N (attention, dashed: "
        f"the limit of large k; here k = {k:g}). What lies off them is the work of the other patterns. Exact; "
        f"seed {seed}."
    )
    return study.Figure(figure, caption, "Energy per site against distance to the nearest pattern for three memories.")


def mean_error(values: xr.DataArray) -> tuple[Any, Any]:
    count = values.count("disorder")
    return values.mean("disorder").values, (values.std("disorder", ddof=1) / np.sqrt(count)).values


def kinds(random: xr.Dataset, seed: int) -> study.Figure:
    """Shares of the cube by kind of minimum, at the largest N."""
    sites = int(random.sites.max())
    here = random.isel(point=np.flatnonzero(random.sites == sites))
    figure, axes = study.new_figure(1, 3, size=(7.4, 3.2))
    position = np.arange(here.sizes["point"])
    for axis, memory in zip(axes, MODEL, strict=True):
        mean, error = mean_error(here.share.sel(memory=memory))
        bottom = np.zeros(len(position))
        for index, (kind, (shade, _, _)) in enumerate(KIND.items()):
            axis.bar(position, mean[:, index], 0.78, bottom, color=shade, edgecolor="white", linewidth=0.5, label=kind)
            bottom = bottom + mean[:, index]
        sure = error[:, 0] > 0
        axis.errorbar(position[sure], mean[sure, 0], error[sure, 0], fmt="none", color="black", elinewidth=1.0)
        axis.set(title=memory, xlabel="patterns $P$", ylim=(0, 1))
        axis.set_xticks(position, [f"{int(p)}" for p in here.patterns])
        axis.grid(False, axis="x")
        if axis is not axes[0]:
            axis.tick_params(labelleft=False)
    axes[0].set_ylabel("share of all corners")
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(handles, names, **BELOW, title="descent ends in", ncols=4)
    study.letter(axes)
    caption = (
        f"Where descent from a random corner ends, N = {sites}: share of the cube that belongs to patterns, their "
        "negatives, mixtures of three, and spurious minima. Exact for each draw of the patterns, averaged over "
        f"{int(here.samples[0])} draws (the same for all three memories); bar on the first share: standard error. "
        f"Attention at k = {float(here.sharpness[0]):g}. Seed {seed}."
    )
    return study.Figure(
        figure, caption, "Stacked bars of basin shares by kind of minimum, against the number of patterns."
    )


def numbers(random: xr.Dataset, scan: xr.Dataset, seed: int) -> study.Figure:
    figure, axes = study.new_figure(1, 3, size=(7.4, 3.0))
    sizes = np.unique(random.sites.values)
    # Beside each other: dense memory and attention agree for small P, and would hide each other.
    for memory, marker, aside in zip(MODEL, study.MARKERS, (-0.14, 0.0, 0.14), strict=False):
        for sites, shade in zip(sizes, study.shades(colour(memory), len(sizes)), strict=True):
            here = random.isel(point=np.flatnonzero(random.sites == sites)).sel(memory=memory)
            text = memory if sites == sizes[-1] else None
            kept, ended = here["count"].sel(kind_of_minimum="pattern"), here.share.sel(kind_of_minimum="pattern")
            for axis, values in ((axes[0], kept), (axes[1], ended)):
                mean, error = mean_error(values)
                axis.errorbar(here.patterns + aside, mean, error, color=shade, marker=marker, linewidth=0.9, label=text)
    most = int(random.patterns.max())
    axes[0].plot([0, most], [0, most], color=study.COLOURS["guide"], linestyle="--", linewidth=0.9, zorder=1)
    ticks = range(0, most + 1, 2)
    axes[0].set(title="patterns that are minima", xlabel="patterns $P$", ylabel="number", xticks=ticks)
    axes[1].set(title="corners that end in one", xlabel="patterns $P$", ylabel="share", ylim=(0, 1.05), xticks=ticks)
    axes[1].legend(loc="lower left")
    sharpness(axes[2], scan)
    study.letter(axes)
    caption = (
        "(a) Number of stored patterns that are minima (dashed: all of them) and (b) share of all corners that descend "
        f"into one, N = {', '.join(str(n) for n in sizes)}{' (light to dark)' * (len(sizes) > 1)}, "
        f"{int(random.samples[0])} draws each; marks of one P stand side by side. (c) Attention on ±1 states, "
        f"N = {int(scan.sites[0])}, P = 3, {int(scan.samples[0])} draws: shares of the cube by kind of minimum against "
        "sharpness. Blurred attention has "
        "one minimum, the mixture of all three (itself a pattern in a share 3 (3/4)^N of all draws); patterns take "
        "over where k tells overlaps of order √N apart. "
        f"Error bars: standard error over draws; lines guide the eye. Seed {seed}."
    )
    return study.Figure(
        figure, caption, "Number of stored minima, share of corners that reach them, and both against sharpness."
    )


def sharpness(axis: Any, scan: xr.Dataset) -> None:
    scan = scan.sortby("sharpness")
    mean, error = mean_error(scan.scanned_share)
    for index, (kind, (shade, marker, _)) in enumerate(KIND.items()):
        if not (mean[:, index] > 0).any():
            continue
        look = {"color": shade, "marker": marker, "markeredgecolor": INK, "markeredgewidth": 0.4, "linewidth": 1.0}
        axis.errorbar(scan.sharpness, mean[:, index], error[:, index], label=kind, ecolor=INK, elinewidth=0.7, **look)
    axis.set(title="attention", xscale="log", xlabel="sharpness $k$ / J$^{-1}$", ylabel="share", ylim=(-0.03, 1.05))
    ticks = [k for k in (0.01, 0.03, 0.1, 0.3, 1, 3) if scan.sharpness.min() <= k <= scan.sharpness.max()]
    axis.set_xticks(ticks, [f"{k:g}" for k in ticks])
    axis.minorticks_off()
    axis.legend(loc="center right", title="ends in")

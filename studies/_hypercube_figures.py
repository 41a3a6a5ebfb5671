"""The figures of the study `hypercube`: corners at their energies, descent drawn downhill."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.collections import LineCollection
from matplotlib.patches import FancyArrowPatch

from hopphys import study

UNITS = "abcde"
# Of minima, not of models: Paul Tol's muted colours, told apart by shape as well.
KIND = {
    "pattern": ("#332288", "*", 110),
    "negative": ("#88CCEE", "s", 34),
    "mixture": ("#DDCC77", "D", 30),
    "spurious": ("#999999", "X", 42),
}
GROUND = "#117733"
ENDS = ("#332288", "#44AA99", "#CC6677")
MODEL = {"Hopfield": "hopfield", "dense memory": "#56B4E9", "attention": "attention"}
SHORT = {"ferromagnet": "3 spins", "five units": "5 units"}
VIEW = np.array([-1.0, 0.25, 0.5])  # binary weights: minima of one energy are evenly apart, none hides another
INK = "#333333"
BELOW: dict[str, Any] = {"loc": "outside lower center", "frameon": False}


def colour(memory: str) -> str:
    return study.COLOURS.get(MODEL[memory], MODEL[memory])


def units_on(corner: int) -> str:
    return "".join(unit for bit, unit in enumerate(UNITS) if corner >> bit & 1)


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


# The five units ------------------------------------------------------------------------------------------------------


def five_units(drawn: xr.Dataset) -> study.Figure:
    """All 32 corners at their energies, each a pie of where descent from it ends."""
    energies = five_energies(drawn)
    end = drawn.five_end.values
    # The number of units that are on moves a corner a little to the right: no arrow then runs through another corner.
    on = np.array([corner.bit_count() for corner in range(32)])
    x = spread(end[:, 0] - end[:, 2] + 0.12 * (on - 2.5), energies, 1.0)
    figure, axes = study.new_figure(size=(7.4, 6.2))
    for corner in range(32):
        for bit in range(5):
            step(axes, x, energies, corner, corner ^ (1 << bit), steepest(energies, corner, 5) == corner ^ (1 << bit))
    for corner in range(32):
        lone = lowest(energies, corner, 5)
        pie(axes, x[corner], energies[corner], end[corner], 320 if lone else 130)
        if not lone and steepest(energies, corner, 5) == corner:
            ring = {"facecolor": "none", "edgecolor": INK, "linestyle": (0, (2, 2))}
            axes.scatter(x[corner], energies[corner], s=330, zorder=3, **ring)
        name(axes, x[corner], energies[corner], units_on(corner) or "all off", lone)
    axes.set(
        ylabel="energy $E$ / J", xticks=[], yticks=range(-5, 5), xlim=(x.min() - 0.7, x.max() + 0.7), ylim=(-5.75, 4.5)
    )
    axes.grid(False, axis="x")
    axes.spines["bottom"].set_visible(False)
    minima = [units_on(int(corner)) for corner in drawn.minimum_corner.sel(system="five units").dropna("minimum")]
    basins = drawn.minimum_basin.sel(system="five units").dropna("minimum").values
    for shade, letters, basin in zip(ENDS, minima, basins, strict=True):
        axes.scatter(
            [], [], s=60, color=shade, label=f"ends in {{{', '.join(letters)}}}: {100 * basin:.1f} % of the cube"
        )
    axes.plot([], [], color=INK, linewidth=1.0, label="steepest way down")
    axes.plot([], [], color="#AAAAAA", linewidth=0.6, label="other ways down")
    axes.plot([], [], color="#AAAAAA", linewidth=0.8, linestyle=":", label="tie")
    axes.legend(loc="upper right")
    caption = (
        "All 32 corners of Hinton's five-unit network (letters: the units that are on). Height is the energy; arrows "
        "lead downhill between corners one flip apart, dots mark ties. Each pie shows where descent from the corner "
        "ends (one unit at random at a time, ties with probability ½, exact), and the horizontal place follows it. "
        "Ringed: the three minima. {a, c, e} and all off (dashed rings) are fixed points of the threshold rule as "
        "well, since a tie keeps, but they are no minima: a tied neighbour has a way down."
    )
    return study.Figure(figure, caption, "Hypercube of 32 corners drawn by energy, with three minima at -5, -5 and -4.")


def five_energies(drawn: xr.Dataset) -> Any:
    return 5 * drawn.corner_energy.sel(system="five units").values[:32]


def spread(target: Any, energies: Any, gap: float) -> Any:
    """Places along x: near `target`, at least `gap` apart among corners of one energy."""
    x = np.empty(len(target))
    widest = max(np.unique(energies.round(9), return_counts=True)[1])
    for level in np.unique(energies.round(9)):
        here = np.flatnonzero(np.isclose(energies, level))
        order = here[np.argsort(target[here], kind="stable")]
        x[order] = apart(target[order] * gap * (widest - 1) / 2, gap)
    return x


def apart(wanted: Any, gap: float) -> Any:
    """The nearest places in least squares that keep order and distance: pooling of adjacent violators."""
    blocks: list[list[float]] = []
    for value in wanted - gap * np.arange(len(wanted)):
        blocks.append([value, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, n), (b, m) = blocks[-2:]
            blocks[-2:] = [[(a * n + b * m) / (n + m), n + m]]
    return np.repeat([b[0] for b in blocks], [int(b[1]) for b in blocks]) + gap * np.arange(len(wanted))


def neighbours(corner: int, bits: int) -> list[int]:
    return [corner ^ (1 << bit) for bit in range(bits)]


def lowest(energies: Any, corner: int, bits: int) -> bool:
    return bool((energies[neighbours(corner, bits)] > energies[corner] + 1e-9).all())


def steepest(energies: Any, corner: int, bits: int) -> int:
    """The neighbour to which the energy falls most, or the corner itself."""
    near = neighbours(corner, bits)
    best = near[int(np.argmin(energies[near]))]
    return best if energies[best] < energies[corner] - 1e-9 else corner


def step(axes: Any, x: Any, energies: Any, corner: int, other: int, strong: bool) -> None:
    drop = energies[corner] - energies[other]
    ends: dict[str, Any] = {"posA": (x[corner], energies[corner]), "posB": (x[other], energies[other])}
    if drop > 1e-9:
        style: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 8 if strong else 5, "shrinkA": 6, "shrinkB": 8}
        look: dict[str, Any] = {
            "color": INK if strong else "#B0B0B0",
            "linewidth": 1.0 if strong else 0.5,
            "zorder": 2 if strong else 1,
        }
        axes.add_patch(FancyArrowPatch(**ends, **style, **look))
    elif abs(drop) <= 1e-9 and corner < other:
        arc: dict[str, Any] = {"arrowstyle": "-", "connectionstyle": "arc3,rad=-0.25", "shrinkA": 5, "shrinkB": 5}
        axes.add_patch(FancyArrowPatch(**ends, **arc, color="#AAAAAA", linewidth=0.8, linestyle=":", zorder=1))


def pie(axes: Any, x: float, y: float, shares: Any, size: float) -> None:
    """A pie as markers, so that it stays round whatever the axes."""
    edges = np.concatenate([[0], np.cumsum(shares)]) / sum(shares)
    axes.scatter([x], [y], s=1.25 * size, color="white", edgecolor=INK, linewidth=1.6 if size > 200 else 0.6, zorder=3)
    for first, last, shade in zip(edges[:-1], edges[1:], ENDS, strict=True):
        if last - first > 1e-6:
            turn = 2 * np.pi * np.linspace(first, last, 40) + np.pi / 2
            rim = np.column_stack([np.cos(turn), np.sin(turn)])
            wedge = np.vstack([[0, 0], rim, [0, 0]])
            axes.scatter([x], [y], marker=wedge, s=np.abs(wedge).max() ** 2 * size, color=shade, linewidth=0, zorder=4)


def name(axes: Any, x: float, y: float, text: str, strong: bool) -> None:
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=2.0, foreground="white")]
    weight = "bold" if strong else "normal"
    place = {"xytext": (0, -13 if strong else -9), "textcoords": "offset points", "ha": "center", "va": "top"}
    axes.annotate(text, (x, y), fontsize=8.5 if strong else 7.0, weight=weight, path_effects=halo, zorder=5, **place)


# Five landscapes on one scale ----------------------------------------------------------------------------------------


def one_scale(drawn: xr.Dataset) -> study.Figure:
    figure, axes = study.new_figure(1, 5, size=(7.4, 4.3))
    axes[0].get_gridspec().set_width_ratios([0.6, 1.0, 1.2, 1.2, 1.2])
    systems = [str(system) for system in drawn.system.values]
    for axis, system in zip(axes, systems, strict=True):
        at = drawn.sel(system=system)
        if system in MODEL:
            bubbles(axis, at)
        else:
            cube(axis, at)
        axis.set(title=SHORT.get(system, system), xticks=[], ylim=(-1.1, 0.9))
        axis.grid(False, axis="x")
        axis.spines["bottom"].set_visible(False)
        if axis is not axes[0]:
            axis.tick_params(labelleft=False)
    axes[0].set_ylabel("energy per site, $E/N$ / J")
    handles = [axes[0].scatter([], [], color=GROUND, marker="o", s=40, edgecolor=INK, linewidth=0.6)]
    present = kinds_in(drawn.minimum_kind)
    figure.legend([*handles, *samples(axes[0], present)], ["minimum", *present], **BELOW, title="minima", ncols=4)
    study.letter(axes)
    sites, k = int(drawn.sites), float(drawn.sharpness)
    caption = (
        "Five landscapes on one scale of energy per site. (a) Three spins and (b) the five units of the figure before: "
        f"every corner. (c)–(e) The same three orthogonal patterns, N = {sites}, stored by a Hopfield network, a dense "
        f"memory (power 3) and attention on ±1 states (k = {k:g}). A bubble holds all corners of equal overlaps (area: "
        "their number); its colour is the kind of minimum that descent from there ends in, mixed where that is not "
        "certain. Lines are flips that lower E. The horizontal place is a view of the three overlaps along one "
        f"direction. Hopfield energies include P/2 = {int(drawn.patterns) / 2:g} J. Everything is exact."
    )
    return study.Figure(figure, caption, "Five energy landscapes side by side, minima marked by kind.")


def kinds_in(kind: xr.DataArray) -> list[str]:
    return [name for index, name in enumerate(KIND) if (kind == index).any()]


def samples(axis: Any, present: list[str]) -> list[Any]:
    """Legend entries of kinds of minima."""
    look = {"edgecolor": INK, "linewidth": 0.6}
    return [axis.scatter([], [], color=KIND[k][0], marker=KIND[k][1], s=KIND[k][2], **look) for k in present]


def cube(axis: Any, at: xr.Dataset) -> None:
    """Every corner of a small system, its flips downhill, its minima."""
    energies = at.corner_energy.dropna("corner").values
    bits = int(np.log2(energies.size))
    up = np.array([[corner >> bit & 1 for bit in range(bits)] for corner in range(energies.size)])
    x = spread((up @ np.linspace(-1, 1, bits)) / bits + 1e-3 * up.sum(1), energies, 1.0)
    pairs = [(c, o) for c in range(energies.size) for o in neighbours(c, bits) if energies[o] < energies[c] - 1e-9]
    lines = [[(x[a], energies[a]), (x[b], energies[b])] for a, b in pairs]
    axis.add_collection(LineCollection(lines, colors="#BBBBBB", linewidths=0.5, zorder=1))
    axis.scatter(x, energies, s=12, color="white", edgecolor=INK, linewidth=0.6, zorder=2)
    ends = at.minimum_corner.dropna("minimum").values.astype(int)
    axis.scatter(x[ends], energies[ends], s=44, color=GROUND, edgecolor=INK, linewidth=0.6, zorder=3)
    axis.set_xlim(x.min() - 0.8, x.max() + 0.8)


def bubbles(axis: Any, at: xr.Dataset) -> None:
    """Corners of equal overlaps as one bubble, and the flips that lead downhill between them."""
    groups, of, count = np.unique(at.overlap.values, axis=0, return_inverse=True, return_counts=True)
    of, x, energies = of.ravel(), groups @ VIEW, np.empty(len(groups))
    energies[of] = at.corner_energy.values
    bits = int(np.log2(of.size))
    across = np.arange(of.size)[:, None] ^ (1 << np.arange(bits))
    pairs = np.unique(np.stack([np.repeat(of, bits), of[across].ravel()]), axis=1).T
    lines = [[(x[a], energies[a]), (x[b], energies[b])] for a, b in pairs if energies[b] < energies[a] - 1e-9]
    axis.add_collection(LineCollection(lines, colors="#BBBBBB", linewidths=0.35, alpha=0.7, zorder=1))
    shades = blended(np.array([at.corner_end.values[of == group].mean(axis=0) for group in range(len(groups))]))
    axis.scatter(x, energies, s=3.2 * count, color=shades, edgecolor="white", linewidth=0.3, zorder=2)
    for index, (shade, marker, size) in enumerate(KIND.values()):
        ends = of[at.minimum_corner.values[at.minimum_kind == index].astype(int)]
        axis.scatter(
            x[ends], energies[ends], s=size, color=shade, marker=marker, edgecolor=INK, linewidth=0.6, zorder=3
        )
    axis.set_xlim(-1.15 * np.abs(x).max(), 1.15 * np.abs(x).max())


def blended(shares: Any) -> Any:
    """Colours of kinds mixed by probability, half-way to white so that minima stand out."""
    from matplotlib.colors import to_rgb

    palette = np.array([to_rgb(shade) for shade, _, _ in KIND.values()])
    return 0.45 + 0.55 * shares @ palette


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
        axis.plot(d, theory[memory] + shift, color=study.COLOURS["theory"], linewidth=1.0, zorder=1)
        place = rows.funnel_distance, rows.funnel_energy
        axis.scatter(*place, s=2 + 0.9 * rows.funnel_corners, color=colour(memory), alpha=0.25, linewidth=0, zorder=2)
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
    present = kinds_in(at.funnel_kind)
    figure.legend(samples(axes[0], present), present, **BELOW, title="minima", ncols=4)
    study.letter(axes)
    caption = (
        f"All 2^{sites} corners of one draw of {int(at.patterns)} random patterns, N = {sites}, stored three times: "
        "energy against the distance d to the nearest pattern. Areas: number of corners. Lines: the energy if that "
        "pattern were the only one, -m²/2 + P/2N, -m³/3 and -m with m = 1 - 2d/N (attention: the limit of large k; "
        f"here k = {k:g}). Exact; seed {seed}."
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
        axis.errorbar(position, mean[:, 0], error[:, 0], fmt="none", color="black", elinewidth=1.0)
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
    for memory, marker in zip(MODEL, study.MARKERS, strict=False):
        for sites, shade in zip(sizes, study.shades(colour(memory), len(sizes)), strict=True):
            here = random.isel(point=np.flatnonzero(random.sites == sites)).sel(memory=memory)
            text = memory if sites == sizes[-1] else None
            kept, ended = here["count"].sel(kind_of_minimum="pattern"), here.share.sel(kind_of_minimum="pattern")
            for axis, values in ((axes[0], kept), (axes[1], ended)):
                mean, error = mean_error(values)
                axis.errorbar(here.patterns, mean, error, color=shade, marker=marker, linewidth=0.9, label=text)
    most = int(random.patterns.max())
    axes[0].plot([0, most], [0, most], color=study.COLOURS["guide"], linestyle="--", linewidth=0.9, zorder=1)
    ticks = range(0, most + 1, 2)
    axes[0].set(title="patterns that are minima", xlabel="patterns $P$", ylabel="number", xticks=ticks)
    axes[1].set(title="corners that end in one", xlabel="patterns $P$", ylabel="share", ylim=(0, 1.05), xticks=ticks)
    axes[0].legend(loc="upper left")
    sharpness(axes[2], scan)
    study.letter(axes)
    caption = (
        "(a) Number of stored patterns that are minima (dashed: all of them) and (b) share of all corners that descend "
        f"into one, N = {', '.join(str(n) for n in sizes)}{' (light to dark)' * (len(sizes) > 1)}, "
        f"{int(random.samples[0])} draws each. (c) Attention on ±1 states, N = {int(scan.sites[0])}, P = 3, "
        f"{int(scan.samples[0])} draws: shares of the cube by kind of minimum against sharpness. Blurred attention has "
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
    axis.legend(loc="center right", title="ends in")

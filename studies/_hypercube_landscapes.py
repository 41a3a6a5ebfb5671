"""Landscapes drawn corner by corner: the five units, and five systems on one scale of energy."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, IdentityTransform

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


# The five units ------------------------------------------------------------------------------------------------------


def five_units(drawn: xr.Dataset) -> study.Figure:
    """All 32 corners at their energies, each a pie of where descent from it ends."""
    energies = five_energies(drawn)
    end = drawn.five_end.values
    # The number of units that are on moves a corner a little to the right: no arrow then runs through another corner.
    on = np.array([corner.bit_count() for corner in range(32)])
    x = spread(end[:, 0] - end[:, 2] + 0.12 * (on - 2.5), energies, 1.0)
    figure, axes = study.new_figure(size=(7.4, 6.2))
    ways_down(axes, x, energies, 5)
    lone = np.array([lowest(energies, corner, 5) for corner in range(32)])
    size = np.where(lone, 320, 130)
    axes.scatter(x, energies, s=1.25 * size, color="white", edgecolor=INK, linewidth=np.where(lone, 1.6, 0.6), zorder=3)
    pies(axes, x, energies, end, size, ENDS)
    for corner in range(32):
        if not lone[corner] and steepest(energies, corner, 5) == corner:
            ring = {"facecolor": "none", "edgecolor": INK, "linestyle": (0, (2, 2))}
            axes.scatter(x[corner], energies[corner], s=330, zorder=3, **ring)
        name(axes, x[corner], energies[corner], units_on(corner) or "all off", lone[corner])
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
        "All 32 corners of Hinton's five-unit network (letters: the units that are on). Height is the energy; lines "
        "lead down between corners one flip apart, arrows the steepest way, dots mark ties. "
        "Each pie shows where descent from the corner "
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


def ways_down(axes: Any, x: Any, energies: Any, bits: int) -> None:
    """Flips that lower the energy: the steepest from each corner an arrow, the others lines; ties as arcs."""
    place = np.column_stack([x, energies])
    arrow: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 8, "shrinkA": 6, "shrinkB": 8, "color": INK}
    arc: dict[str, Any] = {"arrowstyle": "-", "connectionstyle": "arc3,rad=-0.25", "shrinkA": 5, "shrinkB": 5}
    lines = []
    for corner, other in ((c, o) for c in range(2**bits) for o in neighbours(c, bits)):
        drop = energies[corner] - energies[other]
        if other == steepest(energies, corner, bits):
            axes.add_patch(FancyArrowPatch(place[corner], place[other], **arrow, linewidth=1.0, zorder=2))
        elif drop > 1e-9:
            lines.append(place[[corner, other]])
        elif abs(drop) <= 1e-9 and corner < other:
            look: dict[str, Any] = {"color": "#AAAAAA", "linewidth": 0.8, "linestyle": ":", "zorder": 1}
            axes.add_patch(FancyArrowPatch(place[corner], place[other], **arc, **look))
    axes.add_collection(LineCollection(lines, colors="#B0B0B0", linewidths=0.5, zorder=1), autolim=False)


def pies(axes: Any, x: Any, y: Any, shares: Any, size: Any, palette: Any, zorder: float = 4) -> None:
    """Pies as marks of `size` points² in one collection: round whatever the axes, and quick to draw."""
    wedges = [(k, wedge, palette[kind]) for k, row in enumerate(shares) for kind, wedge in slices(row)]
    index = np.array([k for k, _, _ in wedges])
    look: dict[str, Any] = {"offsets": np.column_stack([x, y])[index], "offset_transform": axes.transData}
    shades = [shade for _, _, shade in wedges]
    paths = [wedge for _, wedge, _ in wedges]
    pieces = PathCollection(
        paths, size[index], facecolors=shades, edgecolors="white", linewidths=0.3, zorder=zorder, **look
    )
    pieces.set_transform(IdentityTransform())  # sizes are on paper
    axes.add_collection(pieces, autolim=False)


def slices(shares: Any) -> list[tuple[int, Path]]:
    """The parts of a pie of diameter 1 that are not empty, clockwise from the top."""
    edges = np.concatenate([[0], np.cumsum(shares)]) / np.sum(shares)
    found = []
    half = Affine2D().scale(-0.5, 0.5)  # mirrored: the angle of a wedge grows anticlockwise
    for kind, (first, last) in enumerate(pairwise(edges)):
        if last - first > 1 - 1e-6:  # a whole pie has no cut
            found.append((kind, Path.unit_circle().transformed(half)))
        elif last - first > 1e-6:
            found.append((kind, Path.wedge(90 + 360 * first, 90 + 360 * last).transformed(half)))
    return found


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
        f"memory (power 3) and attention on ±1 states (k = {k:g}). A pie holds all corners of equal overlaps (area: "
        "their number) and shows in which kinds of minima descent from them ends. Lines are flips that lower E. The "
        "horizontal place is a view of the three overlaps along one direction. "
        f"Hopfield energies include P/2 = {int(drawn.patterns) / 2:g} J. Everything is exact."
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
    shares = np.array([at.corner_end.values[of == group].mean(axis=0) for group in range(len(groups))])
    size, palette = 4.0 * count, [shade for shade, _, _ in KIND.values()]
    axis.scatter(x, energies, s=size, color="white", edgecolor=INK, linewidth=0.6, zorder=2)
    order = np.argsort(-count, kind="stable")  # the small ones on top
    pies(axis, x[order], energies[order], shares[order], size[order], palette, zorder=2.5)
    for index, (shade, marker, area) in enumerate(KIND.values()):
        ends = of[at.minimum_corner.values[at.minimum_kind == index].astype(int)]
        axis.scatter(
            x[ends], energies[ends], s=area, color=shade, marker=marker, edgecolor=INK, linewidth=0.6, zorder=3
        )
    axis.set_xlim(-1.15 * np.abs(x).max(), 1.15 * np.abs(x).max())

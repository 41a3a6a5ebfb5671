"""The figures of the basins study."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _basins_analysis as analysis
from hopphys.studies._basins_findings import approximate, title
from hopphys.studies._basins_networks import CUES, RECALLED

import hopphys as hp
from hopphys.study import COLOURS, MARKERS, SERIES, Figure, letter, new_figure, shades

M0, FINAL, LOAD = "initial overlap $m_0$", "final overlap $m$", r"load $\alpha = P/N$"
RADIUS = "radius $R = 1 - m_c$"
THIN = {"markersize": 3.2, "linewidth": 0.7}
# Eight rules: five colours, then the first three again with open markers and dashes.
STYLES = {
    rule: {
        "color": SERIES[i % len(SERIES)],
        "marker": MARKERS[i % len(MARKERS)],
        "linestyle": "-" if i < len(SERIES) else "--",
        "markerfacecolor": SERIES[i % len(SERIES)] if i < len(SERIES) else "white",
    }
    for i, rule in enumerate(
        ("hebb", "projection", "storkey", "minimum_overlap", "dreaming", "perceptron", "unlearning", "covariance")
    )
}


def figures(ds: xr.Dataset, config: Any) -> Mapping[str, Figure]:
    shown = {"overlap": _overlap(ds, config), "radius": _radius(ds, config), "cues": _cues(ds, config)}
    shown |= {"steps": _steps(ds, config), "first_step": _first_step(ds, config)}
    return shown | {"edges": _edges(ds, config)}


def _overlap(ds: xr.Dataset, config: Any) -> Figure:
    rules = analysis.rules(ds)
    columns = min(4, len(rules))
    rows = -(-len(rules) // columns)
    plot, axes = new_figure(rows, columns, (7.4, 2.4 * rows + 0.2))
    grid = np.atleast_1d(axes).ravel()
    for axis, rule in zip(grid, rules, strict=False):
        points = _some(analysis.basins(ds, rule, config.size))
        curves: list[tuple[Any, Any]] = []
        for at, colour in zip(points, shades("hopfield", len(points)), strict=True):
            m0, final = analysis.table(at, "final", "flipped")
            mean, error = analysis.mean_error(final)
            axis.errorbar(m0, mean, error, color=colour, label=f"{analysis.load(at):.2f}", capsize=0, linewidth=0.9)
            curves.append((m0, mean / HIGHEST))
        axis.plot([0, 1], [0, 1], color=COLOURS["guide"], linestyle=":")
        axis.set(xlim=(0, 1), ylim=(0, HIGHEST), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
        axis.set_title(title(rule).split(",")[0])
        place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": free_corner(curves), "borderaxespad": 0.0}
        axis.legend(fontsize=6, handlelength=1.0, labelspacing=0.15, **place)
    for axis in grid[len(rules) :]:
        axis.set_visible(False)
    for axis in grid[::columns]:
        axis.set(ylabel=FINAL)
    for axis in grid[max(0, len(rules) - columns) : len(rules)]:
        axis.set(xlabel=M0)
    letter(grid[: len(rules)])
    caption = (
        "Mean final overlap with the pattern against the initial one, flipped cues, at one load a shade (legend; five "
        "of the loads that were looked at), all rules on the same patterns. Dotted: the cue as it was. Lines join the "
        f"points. {_made(ds, config)}"
    )
    return Figure(plot, caption, "Final against initial overlap: curves step from low to 1, later at larger loads")


LEGEND, NEAR = (0.31, 0.32), 0.03  # width and height of five loads, and what is too near, of the sides of a panel
LOWER_RIGHT = (0.68, 0.02)
HIGHEST = 1.03  # overlap at the upper side of a panel


def free_corner(curves: list[tuple[Any, Any]]) -> tuple[float, float]:
    """Lower left corner of a legend in the unit square that hides no curve (x, y): the place farthest from all.

    The lower right where that is free, so that panels look alike.
    """
    dense = [np.linspace(x[0], x[-1], 400) for x, _ in curves]
    x, y = np.concatenate(dense), np.concatenate([np.interp(t, *curve) for t, curve in zip(dense, curves, strict=True)])

    def clear(corner: tuple[float, float]) -> float:
        beyond = [np.abs(z - low - side / 2) - side / 2 for z, low, side in zip((x, y), corner, LEGEND, strict=True)]
        return float(np.hypot(*np.maximum(beyond, 0)).min())

    places = [(float(a), float(b)) for a in np.arange(0.02, 0.68, 0.03) for b in np.arange(0.02, 0.68, 0.03)]
    return LOWER_RIGHT if clear(LOWER_RIGHT) > NEAR else max(places, key=clear)


def _some(points: list[xr.Dataset]) -> list[xr.Dataset]:
    """At most five, spread over the loads: more curves than that hide each other and their legend."""
    chosen = np.unique(np.linspace(0, len(points) - 1, 5).round().astype(int))
    return [points[number] for number in chosen]


def _radius(ds: xr.Dataset, config: Any) -> Figure:
    plot, axis = new_figure(1, 1, (7.4, 4.2))
    for rule in sorted(analysis.rules(ds), key=list(STYLES).index):
        points = analysis.basins(ds, rule, config.size)
        values = [analysis.radius_error(at, "flipped", config.resamples) for at in points]
        centre, error = np.array(values).T
        axis.errorbar([analysis.load(at) for at in points], centre, error, label=title(rule), **STYLES[rule], **THIN)
    _theories(axis, analysis.rules(ds))
    axis.axhspan(0, analysis.SEEN, color=COLOURS["band"], zorder=0)
    axis.set(xlabel=LOAD, ylabel=RADIUS, xscale="log", ylim=(0, 1.03), xlim=(0.035, 1.5))
    axis.set_xticks([0.05, 0.1, 0.2, 0.5, 1], ["0.05", "0.1", "0.2", "0.5", "1"])
    axis.legend(loc="lower left")
    caption = (
        "Radius of the basin, flipped cues: 1 less the initial overlap from which half of the cues are recalled "
        f"(m of {RECALLED} or more). Points: measured, with bootstrap errors over disorder samples and the spacing of "
        "the initial overlaps; their lines guide the eye. Dark lines: theories for infinite N that leave out what a "
        "unit feels of its own past, and the other attractors. Solid: Amari & Maginu, Hebb, all units at once; dashed "
        "and dotted: the one-step map of the projection rule and of the rule of largest stability, iterated. Grey: "
        "below 0.05, where a cue counts as "
        f"recalled where it starts. {_made(ds, config)}"
    )
    return Figure(
        plot, caption, "Radius against load: Hebb's basins are gone at 0.2, those of most other rules near 0.9"
    )


def _theories(axis: Any, rules: list[str]) -> None:
    for rule, style, loads in (
        ("hebb", "-", np.linspace(0.035, 0.1594, 30)),
        ("projection", "--", np.concatenate([[0.035], np.linspace(0.38, 0.99, 40)])),
        ("minimum_overlap", ":", np.concatenate([[0.035], np.linspace(0.4, 1.4, 40)])),
    ):
        if rule in rules:
            critical = [approximate(rule, load) for load in loads]
            label = f"theory, {title(rule)}"
            axis.plot(loads, 1 - np.array(critical, dtype=float), color=COLOURS["theory"], linestyle=style, label=label)


def _cues(ds: xr.Dataset, config: Any) -> Figure:
    plot, axes = new_figure(1, 3, (7.4, 3.5))
    for axis, rule in zip(axes, ("hebb", "projection"), strict=False):
        at = _middle(analysis.basins(ds, rule, config.size))
        for cue, marker, colour in zip(CUES, MARKERS, (SERIES[0], SERIES[1], SERIES[3]), strict=False):
            m0, recalled = analysis.table(at, "recalled", cue)
            mean, error = analysis.mean_error(recalled)
            axis.errorbar(m0, mean, error, color=colour, marker=marker, label=cue, **THIN)
        axis.set(xlabel=M0, title=f"{title(rule)}, load {analysis.load(at):.2f}", ylim=(-0.03, 1.03), xlim=(0, 1))
    axes[0].set(ylabel="fraction recalled")
    axes[0].legend(loc="lower right")
    _gains(axes[2], ds, config)
    plot.legend(*axes[2].get_legend_handles_labels(), loc="outside lower right", ncols=4, fontsize=7, title="(c)")
    letter(axes)
    caption = (
        "(a, b) Fraction of cues recalled against their initial overlap, for three kinds of cue. (c) Radius of clamped "
        "cues less that of flipped ones, against load, where the basin of flipped cues is open. Errors over disorder "
        f"samples: (a, b) standard errors, (c) bootstrap. Lines guide the eye. {_made(ds, config)}"
    )
    return Figure(plot, caption, "Flipped and erased cues are recalled alike; clamped ones from further away")


def _middle(points: list[xr.Dataset]) -> xr.Dataset:
    """The load whose radius is nearest to a half."""
    return min(points, key=lambda at: abs(analysis.radius(*analysis.table(at, "recalled", "flipped")) - 0.5))


def _gains(axis: Any, ds: xr.Dataset, config: Any) -> None:
    for rule in sorted(analysis.rules(ds), key=list(STYLES).index):
        points = [at for at in analysis.basins(ds, rule, config.size) if analysis.open_basin(at)]
        if points:
            centre, error = np.array([analysis.gain(at, "clamped", config.resamples) for at in points]).T
            axis.errorbar(
                [analysis.load(at) for at in points], centre, error, label=title(rule), **STYLES[rule], **THIN
            )
    axis.axhline(0, color=COLOURS["theory"], linewidth=0.8)
    axis.set(xlabel=LOAD, ylabel=r"gain in $R$", title="clamped less flipped", xscale="log")
    axis.set_xticks([0.05, 0.1, 0.2, 0.5, 1], ["0.05", "0.1", "0.2", "0.5", "1"])


def _steps(ds: xr.Dataset, config: Any) -> Figure:
    courses = analysis.courses(ds)
    plot, axes = new_figure(1, len(courses), (7.4, 3.1))
    for axis, ((load, m0), parts) in zip(np.atleast_1d(axes), courses.items(), strict=True):
        t = np.arange(config.steps + 1)
        axis.plot(t, hp.theory.basins.parallel_steps(m0, load, config.steps), color=COLOURS["theory"], label="exact")
        amari = hp.theory.basins.amari_maginu(m0, load, config.steps)
        axis.plot(t, amari, color=COLOURS["theory"], linestyle="--", label="Amari & Maginu")
        for at, colour, marker in zip(parts, shades("hopfield", len(parts)), MARKERS, strict=False):
            mean, error = analysis.course(at)
            label = f"N = {at['size'].item()}"
            axis.errorbar(t, mean, error, color=colour, marker=marker, linestyle="", markersize=3.5, label=label)
        axis.set(xlabel="steps $t$", title=rf"$\alpha$ = {load:g}, $m_0$ = {m0:g}", xticks=t)
    first = np.atleast_1d(axes)[0]
    first.set(ylabel="mean overlap $m_t$")
    first.legend(loc="lower right")
    letter(axes)
    caption = (
        "Hebb's rule, all units at once, from flipped cues. Points: measured, with standard errors over disorder "
        "samples. Solid: the exact course for infinite N of one effective unit, which feels its own past. Dashed: the "
        f"recursion of Amari and Maginu, which leaves that out. {config.step_samples} disorder samples, "
        f"{config.step_cues} patterns each; seed {ds.attrs['seed']}."
    )
    return Figure(plot, caption, "Mean overlap step by step, measured on the exact line, beside Amari and Maginu's")


def _first_step(ds: xr.Dataset, config: Any) -> Figure:
    plot, axes = new_figure(1, 2, (7.4, 3.2))
    deviations = []
    for rule in sorted(analysis.rules(ds), key=list(STYLES).index):
        points = analysis.basins(ds, rule, config.size)
        at = _middle(points)
        m0, first = analysis.table(at, "first")
        mean, error = analysis.mean_error(first)
        label = f"{title(rule)}, {analysis.load(at):.2f}"
        axes[0].errorbar(m0, mean, error, label=label, markersize=3.2, **STYLES[rule] | {"linestyle": ""})
        axes[0].plot(m0, analysis.table(at, "expected")[1].mean(axis=0), color=COLOURS["theory"], linewidth=0.7)
        deviations += [analysis.deviations(point) for point in points]
    _histogram(axes[1], np.concatenate(deviations), config.samples)
    axes[0].set(xlabel=M0, ylabel="overlap after one step $m_1$", ylim=(0, 1.03), xlim=(0, 1))
    axes[0].legend(fontsize=6.5, loc="lower right")
    letter(axes)
    caption = (
        "(a) Overlap after one synchronous step from flipped cues, each rule at the load whose basin is nearest to a "
        "half; lines: what the stabilities of the same patterns in the same networks give. (b) Deviations over their "
        "standard errors, all rules, loads and initial overlaps at which a hundred wrong bits or more are expected; "
        f"line: Student's law of {config.samples - 1} degrees of freedom. {_made(ds, config)}"
    )
    return Figure(plot, caption, "Measured overlaps after one step lie on the lines computed from stabilities")


def _histogram(axis: Any, deviations: Any, samples: int) -> None:
    bins = np.arange(-5, 5.5, 0.5)
    axis.hist(np.clip(deviations, -4.99, 4.99), bins=bins, density=True, color=SERIES[1], edgecolor="white")
    t, free = np.linspace(-5, 5, 200), samples - 1
    scale = np.exp(math.lgamma((free + 1) / 2) - math.lgamma(free / 2)) / np.sqrt(free * np.pi)
    axis.plot(t, scale * (1 + t**2 / free) ** (-(free + 1) / 2), color=COLOURS["theory"])
    axis.set(xlabel="(measured - expected) / error", ylabel="density")


def _edges(ds: xr.Dataset, config: Any) -> Figure:
    plot, axes = new_figure(1, 2, (7.4, 3.1))
    for rule in analysis.rules(ds):
        for at in analysis.two_sizes(ds, rule, config):
            mean, error = analysis.mean_error(analysis.table(at, "recalled", "flipped")[1])
            m0, filled = analysis.table(at, "recalled", "flipped")[0], at["size"].item() == config.large
            style = STYLES[rule] | {"markerfacecolor": STYLES[rule]["color"] if filled else "white"}
            label = f"{title(rule)}, {analysis.load(at):.2f}, N = {at['size'].item()}"
            axes[0].errorbar(m0, mean, error, label=label, **style, **THIN)
    axes[0].set(xlabel=M0, ylabel="fraction recalled", title="two sizes", ylim=(-0.03, 1.4), xlim=(0, 1))
    axes[0].set_yticks(np.arange(0, 1.1, 0.2))
    axes[0].legend(fontsize=6.5, loc="upper left")
    _diagonals(axes[1], ds, config)
    letter(axes)
    caption = (
        f"(a) Fraction recalled, flipped cues, at two N: the larger has the steeper edge. (b) Projection rule with its "
        f"diagonal and without, one site after another, N = {config.diagonal_size}: radius against load, and the "
        "fraction of single flipped bits that are taken back, with the diagonal. Dotted: load 1/2, where J_ii is 1/2. "
        f"Grey: as in the figure of radii. Lines guide the eye. {_made(ds, config)}"
    )
    return Figure(plot, caption, "Edges sharpen with N; with the diagonal kept, basins of projection end at load 1/2")


def _diagonals(axis: Any, ds: xr.Dataset, config: Any) -> None:
    points = analysis.of_kind(ds, "diagonal")
    loads = [analysis.load(at) for at in points]
    for kind, colour, marker in (("zero", SERIES[0], "o"), ("kept", SERIES[3], "s")):
        mine = [at.sel(diagonal=kind) for at in points]
        values = [analysis.radius_error(at, "", config.resamples, "recalled_diagonal") for at in mine]
        centre, error = np.array(values).T
        axis.errorbar(loads, centre, error, color=colour, marker=marker, label=f"radius, $J_{{ii}}$ {kind}", **THIN)
    rows = [at["mended"].values[np.isfinite(at["mended"].values)] for at in points]
    centre, error = np.array([analysis.mean_error(row) for row in rows]).T
    style = {"color": SERIES[4], "marker": "^", "linestyle": "--", "label": "bits taken back, $J_{ii}$ kept"}
    axis.errorbar(loads, centre, error, **style, **THIN)
    axis.axvline(0.5, color=COLOURS["theory"], linestyle=":")
    axis.axhspan(0, analysis.SEEN, color=COLOURS["band"], zorder=0)
    axis.set(xlabel=LOAD, ylabel=RADIUS, ylim=(0, 1.03), title="projection: the diagonal")
    axis.legend(fontsize=6.5, loc="upper right")


def _made(ds: xr.Dataset, config: Any) -> str:
    sizes = f"N = {config.size}" + (f" and {config.large}" if config.large != config.size else "")
    return (
        f"{sizes}, {config.samples} disorder samples, {config.cues} patterns each at every initial overlap; "
        f"seed {ds.attrs['seed']}."
    )

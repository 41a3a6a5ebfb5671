"""The figures of the damage study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _damage_analysis as analysis
from hopphys.studies._damage_analysis import Edge, stack

import hopphys as hp
from hopphys.statistics import mean_error
from hopphys.study import COLOURS, MARKERS, SERIES, Figure, letter, new_figure, shades

theory = hp.theory.noise
NAMES = {
    "intact": "no damage",
    "clip": "clipped",
    "dilution": "dilution",
    "noise": "noise",
    "one-way": "one-way dilution",
}
COLOUR = {"dilution": SERIES[0], "noise": SERIES[2], "one-way": SERIES[3], "intact": SERIES[4], "clip": SERIES[1]}
MARK = {"dilution": "o", "noise": "s", "one-way": "^", "intact": "D", "clip": "v"}


def figures(ds: xr.Dataset, edges: list[Edge]) -> Mapping[str, Figure]:
    shown = {"boundary": _boundary(ds, edges), "units": _units(ds), "overlap": _overlap(ds)}
    if (ds["rule"].values != "").any():
        shown["rules"] = _rules(ds)
    return shown


def _boundary(ds: xr.Dataset, edges: list[Edge]) -> Figure:
    """Delta^2 that a load survives: all damage to weights on one curve."""
    plot, axis = new_figure(1, 1, (5.6, 4.0))
    line = np.linspace(0, theory.LARGEST_NOISE, 120)
    axis.plot([theory.critical_load(x) for x in line], line**2, color=COLOURS["theory"], label="theory, $T=0$")
    temperature = _temperature(ds)
    warm = [theory.critical_load_at(temperature, x) for x in line[::4]]
    axis.plot(warm, line[::4] ** 2, color=COLOURS["theory"], linestyle="--", label=f"theory, $T={temperature:g}$")
    most = theory.critical_load() * 1.2
    axis.plot([0, most], [0, theory.CLIPPED * most], color=COLOURS["guide"], linestyle=":")
    axis.text(
        0.02,
        0.045,
        r"clipping, $\Delta^2=(\pi/2-1)\alpha$",
        fontsize=8,
        color=COLOURS["theory"],
    )
    for kind in dict.fromkeys(edge.kind for edge in edges):
        for number, edge in enumerate(edge for edge in edges if edge.kind == kind):
            x, y, dx, dy = _placed(edge)
            style = {"color": COLOUR[kind], "marker": MARK[kind], "markersize": 6, "linestyle": "none"}
            axis.errorbar(x, y, dy, dx, label=NAMES[kind] if number == 0 else None, **style)
    axis.set(
        xlabel=r"load $\alpha = P/N$",
        ylabel=r"noise $\Delta^2$ where retrieval ends",
        xlim=(0, 0.16),
        ylim=(-0.02, 0.66),
    )
    axis.legend(loc="upper right")
    caption = (
        "Where retrieval ends: the load, and the variance of the static noise that the damage is, at which the "
        f"retrieved fractions of the two largest networks cross, at T = {temperature:g} and started at the pattern. "
        "Every damage to the weights belongs onto one curve (Sompolinsky 1986); one-way dilution has no energy, and is "
        "not covered. "
        f"Lines are theory, dotted the noise that clipping makes. {_made(ds)}"
    )
    return Figure(
        plot, caption, "Critical noise against load: dilution, noise and clipping lie on one theoretical curve"
    )


def _placed(edge: Edge) -> tuple[float, float, float, float]:
    """Load, Delta^2 and their errors."""
    if edge.kind == "intact":
        return edge.critical, 0.0, edge.error, 0.0
    if edge.kind == "clip":
        return edge.critical, theory.CLIPPED * edge.critical, edge.error, theory.CLIPPED * edge.error
    return edge.load, edge.critical**2, 0.0, 2 * edge.critical * edge.error


def _units(ds: xr.Dataset) -> Figure:
    plot, axes = new_figure(1, 2, (7.4, 3.4))
    loads, sizes = analysis.loads(ds), analysis.sizes(ds)
    colours = shades("hopfield", len(loads))
    critical = theory.critical_load()
    for load, colour in zip(loads, colours, strict=True):
        axes[0].axvline(1 - load / critical, color=colour, linestyle=":")
        for size, marker in zip((sizes[0], sizes[-1]), MARKERS, strict=False):
            for kind in ("units", "smaller"):
                at = analysis.by_removed(analysis.curve(ds, kind, load, size))
                mean, error = mean_error(stack(at, "cue_retrieved"))
                style: dict[str, Any] = {"color": colour, "marker": marker, "markersize": 4.5, "linestyle": "none"}
                if kind == "smaller":
                    style |= {"fillstyle": "none", "markersize": 7}
                label = f"$P/N={load:g}$, $N={size}$" if kind == "units" else None
                axes[0].errorbar(at["removed"].values, mean, error, label=label, **style)
                axes[1].errorbar(analysis.effective(at), mean, error, **style)
    axes[1].axvline(critical, color=COLOURS["theory"])
    axes[0].set(xlabel="fraction $f$ of units removed", ylabel="retrieved from a cue", title="units removed")
    axes[1].set(xlabel="load of what is left, $P / N(1-f)$", title="the same, by what is left", xlim=(0.03, 0.32))
    axes[0].legend(loc="lower left")
    letter(axes)
    caption = (
        f"Fraction of patterns retrieved from a cue with {_flip(ds):.0%} of the bits flipped, after a fraction f of "
        "the units is gone (full symbols), and in networks that had only N (1 - f) units from the start (large open "
        "symbols). (a) Dotted: f where P / N(1 - f) reaches 0.138. (b) Against the load of what is left, curves "
        "differ in the number of units left alone, and sharpen with it; line: 0.138, the limit for large N. "
        f"{_made(ds)}"
    )
    return Figure(plot, caption, "Retrieval after loss of units is that of a smaller network, and depends on its load")


def _overlap(ds: xr.Dataset) -> Figure:
    loads, size = analysis.loads(ds), analysis.sizes(ds)[-1]
    plot, axes = new_figure(1, len(loads) + 1, (7.4, 3.4))
    for axis, load in zip(axes, loads, strict=False):
        for kind in ("dilution", "noise", "one-way"):
            _points(axis, analysis.curve(ds, kind, load, size), kind)
        line = np.linspace(0, 1.05 * theory.critical_noise(load), 150)
        axis.plot(line, _cut(theory.overlap(load, line)), color=COLOURS["guide"], label="theory, $T=0$")
        warm = np.array([theory.overlap_at(load, _temperature(ds), x) for x in line[::2]])
        axis.plot(line[::2], _cut(warm), color=COLOURS["theory"], label=f"theory, $T={_temperature(ds):g}$")
        axis.set(xlabel=r"noise $\Delta$", title=rf"$\alpha={load:g}$")
    for kind, per_load in (("intact", 0.0), ("clip", theory.CLIPPED)):
        _points(axes[-1], analysis.curve(ds, kind, None, size), kind)
        line = np.linspace(0.03, 1.01 * theory.critical_load(per_load=per_load), 150)
        axes[-1].plot(line, _cut(theory.overlap(line, np.sqrt(per_load * line))), color=COLOURS["guide"])
        warm = np.array([theory.overlap_at(x, _temperature(ds), np.sqrt(per_load * x)) for x in line[::2]])
        axes[-1].plot(line[::2], _cut(warm), color=COLOURS["theory"])
    axes[-1].set(xlabel=r"load $\alpha$", title="by load")
    for axis in axes:
        axis.set(ylim=(0.0, 1.03))
    axes[0].set(ylabel="overlap $m$")
    axes[0].legend(loc="lower left", fontsize=7)
    axes[-1].legend(loc="lower left", fontsize=7)
    letter(axes)
    caption = (
        f"Mean overlap with the pattern at N = {size}: full symbols at T = {_temperature(ds):g} after {_sweeps(ds)} "
        "sweeps from the pattern, open symbols after descent from it at T = 0. Lines: theory of equilibrium at these "
        "two temperatures, where the state exists. Symmetric noise holds descent in minima near the pattern, also "
        f"where equilibrium has lost it; one-way dilution does not. {_made(ds)}"
    )
    return Figure(
        plot, caption, "Overlap falls with noise as theory says, and descent from the pattern holds on longer"
    )


def _points(axis: Any, at: xr.Dataset, kind: str) -> None:
    x = analysis.strength(at)
    style: dict[str, Any] = {"color": COLOUR[kind], "marker": MARK[kind], "linestyle": "none", "markersize": 4.5}
    axis.errorbar(x, *mean_error(stack(at, "warm_overlap")), label=NAMES[kind], **style)
    axis.errorbar(x, *mean_error(stack(at, "overlap")), fillstyle="none", **style)


def _cut(overlap: Any) -> Any:
    return np.where(overlap > 0, overlap, np.nan)


def _rules(ds: xr.Dataset) -> Figure:
    there = ds.isel(point=np.flatnonzero(ds["rule"].values != ""))
    loads = [float(load) for load in np.unique(there["load"].values)]
    harms = [str(harm) for harm in there["harm"].values]
    plot, axes = new_figure(len(loads), len(harms), (7.4, 0.6 + 2.5 * len(loads)))
    grid = np.asarray(axes).reshape(len(loads), -1)
    names = list(dict.fromkeys(str(rule) for rule in there["rule"].values))
    for row, load in zip(grid, loads, strict=True):
        for axis, harm in zip(row, harms, strict=True):
            for number, rule in enumerate(names):
                here = np.flatnonzero((there["rule"].values == rule) & (there["load"].values == load))
                at = analysis.of_its_own(there.isel(point=int(here[0])))["left"].sel(harm=harm)
                style = {"color": [*SERIES, COLOURS["theory"]][number % 6], "marker": MARKERS[number % len(MARKERS)]}
                label = hp.learning.RULES[rule].title
                left = mean_error(at.transpose("fraction", "disorder").values)
                axis.errorbar(at["fraction"].values, *left, label=label, linewidth=0.7, **style)
            axis.set(title=f"{HARM[harm]}, load {load:g}", ylim=(-0.03, 1.03))
        row[0].set(ylabel="retrieved from a cue")
    for axis, harm in zip(grid[-1], harms, strict=True):
        axis.set(xlabel="noise of strength $f$" if harm == "noise" else "fraction $f$ removed")
    plot.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    letter(grid.ravel())
    size, samples = (int(there[name].values[0]) for name in ("size", "samples"))
    caption = (
        f"Fraction of patterns retrieved (overlap above {there['level'].values[0]:g}) from a cue with "
        f"{_flip(there):.0%} of the bits flipped, after damage to what different rules have learnt; a row a load. "
        "Noise is as strong as the removal of that fraction of the weights makes it, f / (1 - f) times the variance "
        f"of the weights. N = {size}, {samples} disorder samples; standard errors; lines guide the eye; seed "
        f"{ds.attrs['seed']}."
    )
    return Figure(plot, caption, "How much damage the memories of several learning rules survive")


HARM = {"units": "units", "dilution": "weights", "noise": "noise"}


def _temperature(ds: xr.Dataset) -> float:
    return float(np.nanmax(ds["temperature"].values))


def _sweeps(ds: xr.Dataset) -> int:
    return int(np.nanmax(ds["sweeps"].values))


def _flip(ds: xr.Dataset) -> float:
    return float(ds["flip"].values[0])


def _made(ds: xr.Dataset) -> str:
    """N, samples, probes and seed, for the captions."""
    hebb = ds["kind"].values == "dilution"
    pairs = dict.fromkeys(zip(ds["size"].values[hebb].astype(int), ds["samples"].values[hebb].astype(int), strict=True))
    samples = ", ".join(f"{count} at N = {size}" for size, count in sorted(pairs))
    return (
        f"Disorder samples: {samples}, up to {int(ds['probes'].max())} patterns each; standard errors over samples; "
        f"seed {ds.attrs['seed']}."
    )

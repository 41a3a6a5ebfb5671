"""The figures of the capacity study that show all learning rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _capacity_rule_analysis as analysis
from hopphys.studies import _capacity_rules as learning
from hopphys.studies._capacity_analysis import loads, rules
from hopphys.studies._capacity_marks import listed, mark, span

import hopphys as hp
from hopphys.statistics import mean_error
from hopphys.study import COLOURS, SERIES, Figure, letter, new_figure, shades

LOAD, M = r"load $\alpha = P/N$", r"$m$"
# Each rule keeps its colour, marker and line in every figure; Hebb wears the model's colour.
STYLES: Mapping[str, tuple[str, str, str]] = {
    "hebb": (COLOURS["hopfield"], "o", "-"),
    "covariance": (COLOURS["hopfield"], "x", ":"),
    "palimpsest": (SERIES[4], "v", "-"),
    "palimpsest, bounded": (SERIES[4], "v", ":"),
    "sparse covariance": (SERIES[2], "s", ":"),
    "sparse covariance, raised": (SERIES[2], "s", "-"),
    "storkey": (SERIES[1], "^", "-"),
    "storkey, oldest": (SERIES[1], "^", ":"),
    "unlearning": (SERIES[3], "P", "-"),
    "dreaming": (SERIES[3], "X", ":"),
    "projection": (SERIES[0], "D", "-"),
    "perceptron": ("#000000", "<", "-"),
    "symmetric perceptron": ("#000000", "<", ":"),
    "minimum_overlap": ("#000000", ">", "--"),
}


def figures(ds: xr.Dataset, config: Any) -> dict[str, Figure]:
    """None where no rules were run."""
    there = rules(ds)
    if there is None or not there.sizes["point"]:
        return {}
    shown = {"rules": _rules(there)}
    if halves := _halves(there, config):
        shown["rule_sizes"] = halves
    if margins := analysis.margins(there):
        shown["stability"] = _stability(there, margins)
    return shown


def _rules(ds: xr.Dataset) -> Figure:
    size, names = analysis.shared(ds)
    plot, axes = new_figure(1, 2, (7.4, 4.1))
    order = [rule for rule in STYLES if rule in names]
    for axis, name in zip(axes, ("retrieved", "cue_retrieved"), strict=True):
        for rule in order:
            _curve(axis, ds, rule, size, name)
        axis.set(xlabel=LOAD, ylim=(-0.03, 1.03), xscale="log")
        low, high = axis.get_xlim()
        ticks = [tick for tick in (0.05, 0.1, 0.2, 0.5, 1.0, 2.0) if low < tick < high]
        axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axis.minorticks_off()
    flip = float(np.nanmax(ds["flip"].values))
    axes[0].set(ylabel=f"fraction with {M} > 0.9", title="from the pattern")
    axes[1].set(title=f"from a cue with {flip:.0%} flipped bits")
    handles, labels = axes[0].get_legend_handles_labels()
    plot.legend(handles, labels, loc="outside lower center", ncols=3, columnspacing=1.2)
    letter(axes)
    caption = (
        "All rules on the same patterns: fraction of patterns retrieved, started (a) at the pattern, (b) "
        f"at a cue, against load. Sparse patterns (activity {_activity(ds):g}) are another disorder: a pattern is "
        "retrieved where the correlation with it exceeds 0.9, and its cue moves a tenth of the active units. A "
        f"palimpsest is asked for its last patterns, {learning.RECENT:g} N of them. {_hidden(ds, order, size)}"
        f"Lines guide the eye. {_made(ds, {rule: [size] for rule in order})}"
    )
    return Figure(plot, caption, "Retrieved fraction against load for every learning rule, from the pattern and a cue")


def _hidden(ds: xr.Dataset, order: list[str], size: int) -> str:
    """Which curves of (a) lie on one another at 1."""
    kept = []
    for rule in order:
        part = analysis.of(ds, rule)
        values = part["rule_retrieved"].values[part["size"].values == size].astype(float)
        if values.size and np.nanmin(values) == 1:
            kept.append(analysis.title(rule))
    if len(kept) < 2:
        return ""
    return f"In (a) {', '.join(kept[:-1])} and {kept[-1]} lie on one another at 1. "


def _curve(axis: Any, ds: xr.Dataset, rule: str, size: int, name: str) -> None:
    part = analysis.of(ds, rule)
    part = part.isel(point=np.flatnonzero(part["size"].values == size))
    colour, marker, line = STYLES[rule]
    mean, error = mean_error(part[f"rule_{name}"].values.astype(float))
    style = {"color": colour, "marker": marker, "linestyle": line, "markersize": 3.5, "linewidth": 0.9}
    axis.errorbar(loads(part), mean, error, label=analysis.title(rule), **style)


# Title, what is halved, and the rules that are shown; all where none are named.
PANELS = (
    ("from the pattern", "retrieved", ("storkey", "storkey, oldest", "sparse covariance", "sparse covariance, raised")),
    ("from a cue", "cue_retrieved", ()),
    ("units succeed", "units", ("perceptron", "symmetric perceptron")),
)


def _halves(ds: xr.Dataset, config: Any) -> Figure | None:
    """Loads at one half against N, from the pattern, from a cue, and of the units of perceptrons."""
    plot, axes = new_figure(1, 3, (7.4, 4.0))
    drawn = [_half(axis, ds, *panel) for axis, panel in zip(axes, PANELS, strict=True)]
    shown: dict[str, list[int]] = {}
    for rule, sizes in (pair for panel in drawn for pair in panel.items()):
        shown[rule] = [*shown.get(rule, []), *sizes]
    if not shown:
        return None
    axes[0].set(ylabel="load at one half")
    size = np.array([30.0, 1e9]) if not drawn[2] else np.linspace(axes[2].get_xlim()[1] ** -2, 3000, 400)
    axes[2].plot(size**-0.5, 2 * (1 - 1 / size), color=COLOURS["theory"], linewidth=0.8)
    handles = dict(pair for axis in axes for pair in zip(*axis.get_legend_handles_labels()[::-1], strict=True))
    plot.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3, columnspacing=1.2)
    letter(axes)
    caption = (
        "Load at one half against N^(-1/2): of the patterns retrieved (a) from the pattern, for rules that lose it "
        "below load 1, (b) from a cue; (c) of the units that learn all their bits by the perceptron rule, with Cover's "
        "2 (1 - 1/N) for couplings that need not be symmetric: not reached, for sweeps were limited. Errors "
        f"by bootstrap over disorder samples; lines guide the eye. {_made(ds, shown)}"
    )
    return Figure(plot, caption, "Half-points of the learning rules against the size of the network")


def _half(axis: Any, ds: xr.Dataset, title: str, name: str, only: tuple[str, ...]) -> dict[str, list[int]]:
    """Draw a panel; the sizes of each rule that has two or more to show."""
    drawn = {}
    for rule in only or STYLES:
        found = analysis.transition(ds, rule, name, 20, limit=False)
        if found is not None and len(found.shown) > 1:
            size, load, error = (np.array(column, dtype=float) for column in zip(*found.shown, strict=True))
            colour, marker, line = STYLES[rule]
            style = {"color": colour, "marker": marker, "linestyle": line, "linewidth": 0.9}
            axis.errorbar(size**-0.5, load, error, label=analysis.title(rule), **style)
            drawn[rule] = [n for n, *_ in found.shown]
    axis.set(xlabel=r"$N^{-1/2}$", xlim=(0, None), title=title)
    return drawn


def _stability(ds: xr.Dataset, margins: list[Any]) -> Figure:
    plot, axis = new_figure()
    sizes = sorted({size for _, rows in margins for size, *_ in rows})
    for size, colour, marker in zip(sizes, shades("hopfield", len(sizes)), map(mark, sizes), strict=True):
        points = [(load, value, error) for load, rows in margins for n, value, error in rows if n == size]
        load, value, error = (np.array(column) for column in zip(*points, strict=True))
        axis.errorbar(load, value, error, color=colour, marker=marker, linestyle="", label=f"{size}")
    limit = [(load, *analysis.continued(rows)) for load, rows in margins]
    load, value, error = (np.array(column) for column in zip(*limit, strict=True))
    axis.errorbar(load, value, error, color=COLOURS["theory"], marker="_", markersize=9, linestyle="", label="∞")
    alpha = np.linspace(load.min() * 0.9, 2.0, 200)
    axis.plot(alpha, hp.theory.gardner.stability(alpha), color=COLOURS["theory"], linewidth=1)
    axis.set(xlabel=LOAD, ylabel=r"largest stability $\kappa$", ylim=(0, None))
    axis.legend(title="$N$")
    caption = (
        "Largest stability of random patterns, by minimum overlap, mean over units, against load; bars: continued to "
        f"infinite N by a straight line in 1/N. Line: Gardner's theory, 0 at load 2. "
        f"{_made(ds, {'minimum_overlap': sizes})}"
    )
    return Figure(plot, caption, "Largest stability against load falls along Gardner's line")


def _activity(ds: xr.Dataset) -> float:
    values = ds["activity"].values.astype(float)
    return float(np.nanmax(values)) if np.isfinite(values).any() else float("nan")


def _made(ds: xr.Dataset, shown: dict[str, list[int]]) -> str:
    """N, samples, patterns tried and seed of the points of these rules at these N."""
    parts = [analysis.of(ds, rule) for rule in shown]
    parts = [
        part.isel(point=np.flatnonzero(np.isin(part["size"].values, shown[str(part["rule"].values)]))) for part in parts
    ]
    size, samples, probes = (
        np.concatenate([part[name].values for part in parts]) for name in ("size", "samples", "probes")
    )
    return (
        f"{listed(xr.Dataset({'size': ('point', size)}))}; {span(samples, 'disorder samples')} of up to "
        f"{int(probes.max())} patterns a point, threshold updates in shuffled order; seed {ds.attrs['seed']}."
    )

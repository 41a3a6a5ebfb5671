"""The figures of the unlearning study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _unlearning_analysis as analysis
from hopphys.studies import _unlearning_findings as reading
from hopphys.studies import _unlearning_strip as strip
from hopphys.studies._unlearning_analysis import load, mean_error

from hopphys.study import COLOURS, MARKERS, SERIES, Figure, letter, new_figure, shades

X = r"unlearned, $x = \epsilon D / N$"
FIRST, SECOND, THIRD = SERIES[0], SERIES[2], SERIES[3]  # three quantities of one network: no model's colours
RULES = ((-0.05, r"best: $\alpha - 0.05$"), (0.06, r"end: $\alpha + 0.06$"))
COLUMNS = 4


def figures(ds: xr.Dataset, config: Any) -> Mapping[str, Figure]:
    main = analysis.main(ds, config.size, config.rate)
    found = {
        "optimum": _optimum(ds, main, config),
        "memory": _memory(ds, main),
        "energies": _energies(ds, main),
        "stability": _stability(ds, main),
        "kernel": _kernel(ds, main),
    }
    others = [at for kind in ("correlated", "glyphs", "digits") for at in analysis.kind(ds, kind)]
    if others:
        found["pictures"] = _pictures(ds, others)
    if "film" in ds:
        found["film"] = strip.figure(ds, _seed(ds))
    return found


def _optimum(ds: xr.Dataset, main: list[xr.Dataset], config: Any) -> Figure:
    plot, axes = new_figure(1, 2, (7.4, 3.4))
    _positions(axes[0], main, config)
    _best(axes[1], ds, main, config)
    letter(axes)
    caption = (
        "(a) x, the rate times the dreams over N, at the best smallest stability, at the energies' change of sign and "
        "at the collapse, against the load; crosses: where the couplings' trace in the space of the patterns is used "
        "up. Lines: the rules of thumb α - 0.05 and α + 0.06. (b) The best smallest stability by dreams, and by the "
        "projection (the dreaming kernel at t = ∞); dark line: √((1 - α)/α), what the projection gives a unit whose "
        f"share of the patterns' space is the mean one. {_made(main)}"
    )
    return Figure(
        plot, caption, "Best x and collapse rise with the load, along straight lines; the best stability falls"
    )


def _positions(axis: Any, main: list[xr.Dataset], config: Any) -> None:
    loads = np.array([load(at) for at in main])
    rows = (
        (analysis.collapse, THIRD, "^", "collapse"),
        (analysis.best, FIRST, "o", "best"),
        (analysis.crossing, SECOND, "s", "sign change"),
    )
    for statistic, colour, marker, label in rows:
        found = [analysis.position(statistic, at, config.resamples, int(at.attrs["seed"])) for at in main]
        value, error = np.array(found).T
        axis.errorbar(loads, value, error, color=colour, marker=marker, linestyle="none", label=label)
    gone = [analysis.position(analysis.exhausted, at, 2, 1)[0] for at in main]
    axis.plot(loads, gone, color=COLOURS["theory"], marker="x", linestyle="none", label="trace used up")
    span = np.array([0.05, loads.max() + 0.04])
    for beyond, text in RULES:
        style = "--" if beyond > 0 else ":"
        axis.plot(span, span + beyond, color=COLOURS["theory"], linewidth=0.8, linestyle=style, label=text)
    axis.set(xlabel=r"load $\alpha$", ylabel=r"$x$", title="where it happens", xlim=(0, None), ylim=(0, None))
    axis.legend(loc="upper left")


def _best(axis: Any, ds: xr.Dataset, main: list[xr.Dataset], config: Any) -> None:
    groups = {(int(at["size"]), float(at["rate"])) for at in analysis.kind(ds, "random")}
    ordered = sorted(groups - {(config.size, config.rate)})
    for number, (size, rate) in enumerate([(config.size, config.rate), *ordered]):
        some = analysis.main(ds, size, rate)
        centres = [
            mean_error(at["stability"].transpose("disorder", ...).values[:, analysis.best_look(at)]) for at in some
        ]
        label = f"dreams, N = {size}" + ("" if rate == config.rate else rf", $\epsilon$ = {rate:g}")
        colour, marker = SERIES[number % len(SERIES)], MARKERS[number % len(MARKERS)]
        axis.errorbar([load(at) for at in some], *np.array(centres).T, color=colour, marker=marker, label=label, lw=0.6)
    ends = [mean_error(at["kernel_stability"].transpose("disorder", ...).values[:, -1]) for at in main]
    style = {"color": COLOURS["theory"], "marker": "x", "linestyle": "none", "label": "projection"}
    axis.errorbar([load(at) for at in main], *np.array(ends).T, **style)
    alpha = np.linspace(0.08, max(load(at) for at in main) + 0.04, 100)
    axis.plot(alpha, np.sqrt((1 - alpha) / alpha), color=COLOURS["theory"], linewidth=0.8)
    axis.axhline(0, color=COLOURS["guide"], linewidth=0.8)
    axis.set(
        xlabel=r"load $\alpha$", ylabel=r"$\min_{\mu i}\ \xi_i^\mu h_i^\mu / |J_i|$", title="best smallest stability"
    )
    axis.legend(loc="upper right")


def _memory(ds: xr.Dataset, main: list[xr.Dataset]) -> Figure:
    plot, panels = _grid(main, 1.0)
    for axis, at in panels:
        cue = reading._cue(at)
        _draw(axis, at, at["fixed"], FIRST, "o", "fixed points")
        _draw(axis, at, at["recalled"].sel(flip=cue), SECOND, "s", f"recalled, {cue:.0%} flipped")
        _draw(axis, at, at["hits"], THIRD, "^", "hit from noise")
        _rules(axis, at)
        axis.set(ylim=(-0.03, 1.03))
    _legend(plot, panels)
    caption = (
        "As dreams go on, at one load a panel: patterns that are fixed points; patterns recalled (overlap above "
        "0.95) from a cue; random starts that end in a pattern or its negative. Dotted: the rules of thumb for the "
        "best x, load - 0.05, and for the collapse, load + 0.06, which was not made for small loads. Lines guide the "
        f"eye. {_made(main)}"
    )
    return Figure(plot, caption, "Fractions of patterns fixed, recalled and hit rise with unlearning, then collapse")


def _energies(ds: xr.Dataset, main: list[xr.Dataset]) -> Figure:
    plot, axes = new_figure(1, 2, (7.4, 3.3))
    head = reading._near(main, reading.HEADLINE)
    _draw(axes[0], head, head["pattern_energy"], FIRST, "o", "patterns")
    _draw(axes[0], head, head["near_energy"], SECOND, "s", "reached from patterns")
    _draw(axes[0], head, head["spurious_energy"], THIRD, "^", "spurious")
    axes[0].set(xlabel=X, ylabel=r"$E/N$", title=f"energies, load {load(head):.2f}")
    axes[0].legend(loc="lower right")
    for number, at in enumerate(main):
        centre, error = mean_error((at["spurious_energy"] - at["near_energy"]).transpose("disorder", ...).values)
        shade, marker = shades("hopfield", len(main))[number], MARKERS[number % len(MARKERS)]
        style = {"color": shade, "marker": marker, "markersize": 3, "linewidth": 0.6, "label": f"{load(at):.2f}"}
        axes[1].errorbar(at["x"].values / load(at), centre, error, **style)
    axes[1].axhline(0, color=COLOURS["theory"], linewidth=0.8)
    axes[1].set(
        xlabel=r"$x / \alpha$", ylabel="$E/N$, spurious - reached", title="difference, by load", xlim=(-0.03, 1.4)
    )
    axes[1].legend(ncols=3, title=r"$\alpha$", loc="lower right")
    letter(axes)
    caption = (
        "(a) Energy per site of the patterns, of the states that descent from them reaches, and of states reached from "
        "noise that are no pattern. (b) The difference of the last two, against x over the load. Below zero, noise "
        "falls into spurious states that are deeper than anything near a pattern; where it changes sign, unlearning "
        "has made the patterns the deep ones. At large loads it falls below zero once more before the end. Lines guide "
        f"the eye. {_made(main)}"
    )
    return Figure(plot, caption, "Energies of patterns and of spurious states cross as unlearning goes on")


def _stability(ds: xr.Dataset, main: list[xr.Dataset]) -> Figure:
    plot, axes = new_figure(1, 2, (7.4, 3.3))
    for number, at in enumerate(main):
        colour, marker = shades("hopfield", len(main))[number], MARKERS[number % len(MARKERS)]
        _draw(axes[0], at, at["stability"], colour, marker, f"{load(at):.2f}")
        radii = np.array([reading.basin(at, "recalled", look, 30) for look in range(at.sizes["look"])])
        style = {"color": colour, "marker": marker, "markersize": 3, "linewidth": 0.6}
        axes[1].errorbar(at["x"].values, *radii.T, **style, label=f"{load(at):.2f}")
    axes[0].axhline(0, color=COLOURS["theory"], linewidth=0.8)
    axes[0].set(xlabel=X, ylabel=r"$\min_{\mu i}\ \xi_i^\mu h_i^\mu / |J_i|$", title="smallest stability")
    axes[0].set(ylim=(max(axes[0].get_ylim()[0], -3.0), None))
    _loads(plot, axes[0])
    axes[1].set(xlabel=X, ylabel="basin radius $R$", title="half of the cues recalled")
    letter(axes)
    caption = (
        "(a) Smallest stability of any bit of any pattern: above zero, all patterns are fixed points. (b) Basin "
        "radius: the fraction of flipped bits up to which at least half of the cues end in the pattern. Lines guide "
        f"the eye. {_made(main)}"
    )
    return Figure(plot, caption, "The smallest stability has a maximum; the basin radius has an earlier one")


def _kernel(ds: xr.Dataset, main: list[xr.Dataset]) -> Figure:
    plot, axes = new_figure(1, 2, (7.4, 3.4))
    for number, at in enumerate(main):
        colour, marker = shades("hopfield", len(main))[number], MARKERS[number % len(MARKERS)]
        t = at["t"].values
        places = np.where(np.isfinite(t), np.log2(1 + np.where(np.isfinite(t), t, 0)), np.log2(1 + t[-2]) + 1.5)
        centre, error = mean_error(analysis.noisy(analysis.samples(at, "kernel_recalled")["kernel_recalled"]))
        style = {"color": colour, "marker": marker, "markersize": 3.5, "label": f"{load(at):.2f}"}
        axes[0].errorbar(places[:-1], centre[:-1], error[:-1], linewidth=0.6, **style)
        axes[0].errorbar(places[-1:], centre[-1:], error[-1:], **{**style, "label": None})
        axes[1].plot(at["x"].values, analysis.matched(at), linewidth=0.6, **style)
    ticks = [0, 1, 3, 15, 63]
    axes[0].set_xticks([*np.log2(1 + np.array(ticks)), places[-1]], [*map(str, ticks), r"$\infty$"])
    axes[0].set(xlabel="time $t$ of the dreaming kernel", ylabel="noisy cues recalled", title="a finite time is best")
    _loads(plot, axes[0])
    axes[1].set(
        xlabel=X,
        ylabel="$t$ of equal smallest stability",
        yscale="log",
        ylim=(0.1, None),
        title="dreams as time of the kernel",
    )
    letter(axes)
    flips = main[0]["flip"].values[1:]
    caption = (
        f"(a) Fraction of patterns recalled from cues with {flips[0]:.0%} to {flips[-1]:.0%} of the bits flipped "
        f"(mean over {len(flips)} levels of noise) by the dreaming kernel of Fachechi, Agliari & Barra (2019) "
        "against its time: Hebb at 0, the projection at infinity. (b) The time of the kernel whose smallest stability "
        f"is that of the network after x of dreams, up to its best. Lines guide the eye. {_made(main)}"
    )
    return Figure(plot, caption, "Recall from noisy cues has its maximum at a finite time of the dreaming kernel")


def _pictures(ds: xr.Dataset, others: list[xr.Dataset]) -> Figure:
    plot, axes = new_figure(2, len(others), (min(7.4, 2.4 * len(others) + 1.2), 4.6))
    grid = np.asarray(axes).reshape(2, -1)
    for number, at in enumerate(others):
        cue = reading._cue(at)
        top, bottom = grid[:, number]
        _draw(top, at, at["fixed"], FIRST, "o", "fixed points")
        _draw(top, at, at["recalled"].sel(flip=cue), SECOND, "s", f"recalled, {cue:.0%} flipped")
        _draw(top, at, at["hits"], THIRD, "^", "hit from noise")
        t = 1 + at["t"].values[:-1]
        for name, colour, marker in (("fixed", FIRST, "o"), ("recalled", SECOND, "s"), ("hits", THIRD, "^")):
            values = at["kernel_" + name].sel(flip=cue) if name == "recalled" else at["kernel_" + name]
            centre, error = mean_error(values.transpose("disorder", ...).values[:, :-1])
            bottom.errorbar(t, centre, error, color=colour, marker=marker, markersize=3.5, linewidth=0.6)
        top.set(xlabel="$x$", ylim=(-0.03, 1.03), title=_short(at))
        bottom.set(xlabel="$1 + t$", xscale="log", ylim=(-0.03, 1.03), title=_short(at))
    grid[0, 0].set(ylabel="fraction, by dreams")
    grid[1, 0].set(ylabel="fraction, by the kernel")
    plot.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    letter(grid.ravel())
    what = "; ".join(reading.name_of(at) for at in others)
    caption = (
        f"Correlated patterns and real pictures ({what}): above against dreams, below against the time of the dreaming "
        "kernel, which takes the correlations out; dreams take what is common to all patterns as well, but wear the "
        f"patterns down before they are done. Lines guide the eye. {_made(others)}"
    )
    return Figure(plot, caption, "Dreams recall fewer correlated patterns and pictures than the dreaming kernel does")


def _short(at: xr.Dataset) -> str:
    kind = str(at["kind"].item())
    names = {"glyphs": f"{int(at['patterns'])} letters", "digits": f"{int(at['patterns'])} digits"}
    return names.get(kind, f"overlaps {float(at['correlation']):g}")


def _grid(main: list[xr.Dataset], height: float) -> tuple[Any, list[tuple[Any, xr.Dataset]]]:
    """Small multiples, one load a panel; panels that are left over are taken away."""
    columns = min(COLUMNS, len(main))
    rows = -(-len(main) // columns)
    plot, axes = new_figure(rows, columns, (7.4, (2.4 * rows + 0.4) * height))
    flat = list(np.atleast_1d(axes).ravel())
    for axis in flat[len(main) :]:
        axis.remove()
    for number, (axis, at) in enumerate(zip(flat, main, strict=False)):
        axis.set(title=f"load {load(at):.2f}", xlabel="$x$", ylabel="fraction" if number % columns == 0 else "")
    letter(flat[: len(main)])
    return plot, list(zip(flat, main, strict=False))


def _rules(axis: Any, at: xr.Dataset) -> None:
    for beyond, _ in RULES:
        axis.axvline(load(at) + beyond, color=COLOURS["guide"], linestyle=":")


def _legend(plot: Any, panels: list[tuple[Any, xr.Dataset]]) -> None:
    plot.legend(*panels[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=3)


def _loads(plot: Any, axis: Any) -> None:
    """One legend of the loads below both panels, which are full of points."""
    handles, labels = axis.get_legend_handles_labels()
    named = [rf"$\alpha$ = {label}" for label in labels]
    plot.legend(handles, named, loc="outside lower center", ncols=min(len(named), 7), columnspacing=1.0)


def _draw(axis: Any, at: xr.Dataset, values: xr.DataArray, colour: str, marker: str, label: str) -> None:
    centre, error = mean_error(values.transpose("disorder", ...).values)
    style = {"color": colour, "marker": marker, "markersize": 3, "linewidth": 0.6, "label": label}
    axis.errorbar(at["x"].values, centre, error, **style)


def _seed(ds: xr.Dataset) -> str:
    return f"seed {ds.attrs['seed']}"


def _made(points: list[xr.Dataset]) -> str:
    """N, samples, probes, starts, rate and seed, for the captions."""
    sizes = " or ".join(str(size) for size in sorted({int(at["size"]) for at in points}))
    samples, starts = int(points[0]["samples"]), int(points[0]["starts"])
    probes = max(int(at["probes"]) for at in points)
    return (
        f"N = {sizes}, rate {float(points[0]['rate']):g}, {samples} disorder samples, cues of {probes} patterns and "
        f"{starts} random starts each; standard errors over disorder samples; {_seed(points[0])}."
    )

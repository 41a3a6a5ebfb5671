"""The figures of the information study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _information_analysis as analysis
from hopphys.studies import _information_findings as reading
from hopphys.studies import _information_separation as separation

from hopphys.learning import RULES
from hopphys.study import COLOURS, MARKERS, SERIES, Figure, letter, new_figure, shades
from hopphys.theory import ags

HEBB = reading.HEBB
# One colour and one marker a rule: more rules than the usual series has colours, so it is continued in its own palette.
PALETTE = (*SERIES, "#117733", "#CC6677", "#44AA99", "#AA4499", "#DDCC77", "#000000")
SHAPES = (*MARKERS[1:], "<", ">", "p", "h", "*")


def figures(ds: xr.Dataset, resamples: int, seed: int) -> Mapping[str, Figure]:
    nets = analysis.networks(ds)
    found = {"curves": _curves(nets, seed), "limits": _limits(ds, resamples, seed)}
    if separation.limits(ds):
        found["units"] = separation.figure(ds, _counted(ds, seed))
    if HEBB in analysis.kinds(nets):
        found["weights"] = _weights(nets, seed)
    return found


def _counted(ds: xr.Dataset, seed: int) -> str:
    return f"{int(ds['samples'].values[0])} disorder samples a point, all units of each, seed {seed}."


def _made(ds: xr.Dataset, seed: int) -> str:
    samples = int(np.atleast_1d(ds["samples"].values)[0])
    flip = float(np.atleast_1d(ds["flip"].values)[0])
    return f"{samples} disorder samples a point, cues with {flip:.0%} of the bits flipped, seed {seed}."


def _look(ds: xr.Dataset, kind: tuple[str, float]) -> dict[str, Any]:
    """Colour and marker of a rule, none of them twice: Hebb's in the model's colour, the others in order."""
    if kind == HEBB:
        return {"color": COLOURS["hopfield"], "marker": "o"}
    number = [one for one in analysis.kinds(ds) if one != HEBB].index(kind)
    return {"color": PALETTE[number % len(PALETTE)], "marker": SHAPES[number % len(SHAPES)], "linestyle": "-"}


def _curves(ds: xr.Dataset, seed: int) -> Figure:
    plot, axes = new_figure(1, 2, (7.4, 4.3))
    for axis, name, what in ((axes[0], "stored", "from the pattern"), (axes[1], "restored", "from a cue, beyond it")):
        for kind in analysis.kinds(ds):
            at = analysis.curve(ds, *kind, analysis.sizes(ds, *kind)[-1])
            load = at["patterns"].values / at["size"].values
            value, error = np.array([analysis.mean_error(row) for row in at[name].values]).T
            look = _look(ds, kind)
            label = f"{reading.title(*kind)} ({int(at['size'].values[0])})"
            axis.errorbar(load, value, error, label=label, linewidth=0.9, markersize=3.5, **look)
            empty = ~analysis.telling(at)
            axis.plot(load[empty], value[empty], "o", markersize=9, color=COLOURS["theory"], markerfacecolor="none")
        axis.set(xscale="log", xlabel=r"load $\alpha = P/N$", title=what, ylim=(0, None))
        axis.set_xticks([0.05, 0.1, 0.2, 0.5, 1, 2], ["0.05", "0.1", "0.2", "0.5", "1", "2"])
        axis.minorticks_off()
    axes[0].set_ylabel(r"bits / $N^2$")
    _theory(axes[0])
    plot.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    letter(axes)
    caption = (
        "Bits about the patterns in the final states, over N², against the load; in brackets N. (a) Started at the "
        "patterns; (b) started at cues, less what the cue told. Ringed: unlearned states are held as well, "
        "so it counts for no limit. Dark dashed: every bit of every fair pattern right. "
        f"Dark line: Hebb's rule for N → ∞ (Amit, Gutfreund & Sompolinsky 1985). Coloured lines guide the eye. "
        f"{_made(ds, seed)}"
    )
    return Figure(plot, caption, "Each rule's bits rise with the load up to a limit of its own and fall after it")


def _theory(axis: Any) -> None:
    loads = np.linspace(0.02, ags.critical_load() - 1e-6, 60)
    top = axis.get_ylim()[1]
    every = np.geomspace(0.02, 2.6, 100)  # y = x is a curve on a logarithmic axis
    axis.plot(every, every, "--", color=COLOURS["theory"], linewidth=0.8, label="every bit right")
    bits = analysis.ags_bits(loads, ags.overlap(loads))
    axis.plot(loads, bits, color=COLOURS["theory"], linewidth=1.6, zorder=5, label="Hebb, N → ∞")
    axis.set_xlim(0.03, 2.6)
    axis.set_ylim(0, top)


def _limits(ds: xr.Dataset, resamples: int, seed: int) -> Figure:
    """Bits per weight of every rule at its best load, one row a rule."""
    nets = analysis.networks(ds)
    kinds = analysis.kinds(nets)
    plot, axis = new_figure(1, 1, (7.0, 1.2 + 0.36 * len(kinds)))
    rows = [_row(nets, kind, resamples, seed) for kind in kinds]
    order = np.argsort([np.nanmax([0.0] + [value for value, _, _ in row["stored"]]) for row in rows])
    for place, index in enumerate(order):
        for name, marker, fill in (("stored", "o", True), ("restored", "D", False)):
            _dots(axis, place, rows[index][name], marker, fill, first=place == 0)
    _units(axis, ds, [kinds[i][0] for i in order])
    axis.axvline(2, color=COLOURS["theory"], linestyle="--", linewidth=0.9)
    axis.text(1.98, len(kinds) - 0.5, "Gardner, directed", ha="right", va="bottom", fontsize=8)
    names = [f"{reading.title(*kinds[i])}{'' if RULES[kinds[i][0]].symmetric else ' (directed)'}" for i in order]
    axis.set_yticks(range(len(kinds)), names)
    axis.set(xlabel="bits per weight, each number of the couplings once", xlim=(0, 2.15), ylim=(-0.6, len(kinds)))
    plot.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    caption = (
        "Bits per weight of each rule at its best load: N (N - 1) weights where couplings are directed, half as many "
        "where they are symmetric. Filled: started at the patterns; open: from cues, beyond what the cue told; stars: "
        "each unit at its own limit. Darker: larger N (see the findings). Dashed: Gardner's 2 bits, for directed "
        "couplings and N → ∞, and Cover's 2 bits for single units at any N. Loads at which unlearned states are held "
        f"as well are left out (the projection's N - 1 patterns). {_made(nets, seed)}"
    )
    return Figure(
        plot,
        caption,
        "Rules in order of the bits that a weight stores, from a palimpsest to the projection",
    )


def _units(axis: Any, ds: xr.Dataset, rules: list[str]) -> None:
    """Where the units of rules that learn row by row come to their end."""
    for rule in separation.GARDNERS:
        found = [one for one in separation.limits(ds) if one.rule == rule and rule in rules]
        colours = shades("hopfield", len(found)) if found else []
        for one, colour, shift in zip(found, colours, np.linspace(-0.16, 0.16, max(len(found), 1)), strict=False):
            label = "each unit at its own limit" if rule == found[0].rule == separation.GARDNERS[0] else None
            label = label if one is found[-1] else None
            place = rules.index(rule) + shift
            axis.errorbar(
                one.bits, place, xerr=one.error, color=colour, marker="*", markersize=9, label=label, linestyle="none"
            )


def _row(ds: xr.Dataset, kind: tuple[str, float], resamples: int, seed: int) -> dict[str, list[tuple[float, ...]]]:
    found: dict[str, list[tuple[float, ...]]] = {"stored": [], "restored": []}
    for size in analysis.sizes(ds, *kind):
        at = analysis.curve(ds, *kind, size)
        per = size**2 / analysis.weights(size, RULES[kind[0]].symmetric)
        for name, values in found.items():
            bits, error, _ = analysis.limit(at, name, resamples, seed)
            values.append((bits * per, error * per, size))
    return found


def _dots(axis: Any, place: int, values: list[tuple[float, ...]], marker: str, fill: bool, first: bool) -> None:
    colours = shades(SERIES[0], len(values))
    for (value, error, _), colour, shift in zip(values, colours, np.linspace(-0.16, 0.16, len(values)), strict=True):
        label = ("from the pattern" if fill else "from a cue, beyond it") if first and colour == colours[-1] else None
        face = colour if fill else "white"
        axis.errorbar(
            value, place + shift, xerr=error, color=colour, marker=marker, markerfacecolor=face, label=label,
            linestyle="none",
        )  # fmt: skip


def _weights(ds: xr.Dataset, seed: int) -> Figure:
    plot, axes = new_figure(1, 2, (7.4, 3.2))
    sizes = analysis.sizes(ds, *HEBB)
    at = analysis.curve(ds, *HEBB, sizes[-1])
    here = at.isel(point=int(np.argmin(np.abs(at["patterns"].values / at["size"].values - 0.14))))
    patterns = int(here["patterns"])
    levels, share = here["level"].values, here["share"].values
    there = (levels - patterns) % 2 == 0
    reach = 4.2 * np.sqrt(patterns)
    axes[0].bar(levels[there], share[there], width=1.5, color=shades("hopfield", 3)[0], label="measured")
    law = analysis.binomial(patterns, levels[there])
    axes[0].plot(levels[there], law, ".", color=COLOURS["theory"], markersize=3, label="binomial")
    axes[0].set(
        xlim=(-reach, reach), xlabel=r"weight $N J_{ij}$", ylabel="fraction", title=f"N = {sizes[-1]}, P = {patterns}"
    )
    axes[0].legend(loc="upper right")
    for size, colour, marker in zip(sizes, shades("hopfield", len(sizes)), MARKERS, strict=False):
        one = analysis.curve(ds, *HEBB, size)
        value, error = np.array([analysis.mean_error(row) for row in one["entropy"].values]).T
        axes[1].errorbar(
            one["patterns"], value, error, color=colour, marker=marker, linestyle="none", label=f"N = {size}", zorder=3
        )
    _entropies(axes[1], ds)
    letter(axes)
    caption = (
        "(a) Hebb's weights, whole numbers N J with the parity of P (the other parity, which never occurs, is left "
        "out), and the law of a sum of P fair signs. (b) Entropy of one weight against the number of patterns; dark "
        "line: ½ log2(2πeP) - 1, dashed: log2(2P + 1), all of the range [-P, P] taken for equally likely. "
        f"{_made(ds, seed)}"
    )
    return Figure(plot, caption, "Weights follow the binomial law; a weight has about 5 bits, not the 8 of its range")


def _entropies(axis: Any, ds: xr.Dataset) -> None:
    counts = np.geomspace(
        *np.percentile(analysis.curve(ds, *HEBB, analysis.sizes(ds, *HEBB)[-1])["patterns"], [0, 100])
    )
    lowest = min(float(ds["patterns"].values[ds["rule"].values == "hebb"].min()), float(counts[0]))
    counts = np.geomspace(lowest, counts[-1], 50)
    axis.plot(
        counts, analysis.gaussian_entropy(counts), color=COLOURS["theory"], label=r"$\frac{1}{2}\log_2 2\pi e P - 1$"
    )
    axis.plot(counts, np.log2(2 * counts + 1), "--", color=COLOURS["theory"], label=r"$\log_2(2P + 1)$")
    axis.set(xscale="log", xlabel=r"patterns $P$", ylabel="bits per weight", title="entropy", ylim=(0, None))
    ticks = [count for count in (5, 10, 20, 50, 100, 200, 500) if lowest <= count <= counts[-1]]
    axis.set_xticks(ticks, [str(count) for count in ticks])
    axis.minorticks_off()
    axis.set_ylim(0, 1.5 * axis.get_ylim()[1])  # room for the legend
    axis.legend(loc="upper left")

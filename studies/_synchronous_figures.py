"""The figures of the study `synchronous`."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from hopphys import study

SURVIVAL = (1.0, 0.98, 0.95, 0.8, 0.5)  # chances p of which the decay is shown, where they were measured
SINGLE, SYMMETRIC, ANTISYMMETRIC = study.SERIES[0], study.SERIES[2], study.SERIES[3]
AT_ONCE = study.SERIES[3]


def of_kind(ds: xr.Dataset, kind: str) -> xr.Dataset:
    return ds.isel(point=np.flatnonzero(ds.kind == kind))


def figures(ds: xr.Dataset, growth: tuple[float, float]) -> dict[str, study.Figure]:
    seed = ds.attrs["seed"]
    return {
        "pair": pair(of_kind(ds, "trace").isel(point=0), of_kind(ds, "timing"), seed),
        "two_cycles": two_cycles(of_kind(ds, "hopfield"), seed),
        "periods": periods(ds, growth, seed),
        "little": little(of_kind(ds, "little"), seed),
    }


def pair(trace: xr.Dataset, runs: xr.Dataset, seed: int) -> study.Figure:
    figure, axes = study.new_figure(1, 3, size=(7.4, 3.4))
    energies = trace.trace.dropna("sweep", how="all")
    shown = [p for p in SURVIVAL if (runs.probability == p).any()]
    chances = sorted({*shown, *energies.chance.values.tolist()}, reverse=True)
    looks = dict(
        zip(
            chances,
            ({"color": c, "marker": m} for c, m in zip(tints(len(chances)), study.MARKERS, strict=False)),
            strict=True,
        )
    )
    traces(axes[0], energies, looks)
    survival(axes[1], runs, {p: looks[p] for p in shown})
    settling(axes[2], runs)
    samples = [axes[0].plot([], [], markersize=3.5, linewidth=1.0, **look)[0] for look in looks.values()]
    names = [f"{p:g}" for p in looks]
    below: dict[str, Any] = {"loc": "outside lower left", "ncols": len(names), "frameon": False}
    figure.legend(samples, names, title="(a), (b): chance of an update $p$", **below)
    study.letter(axes)
    caption = (
        "Two 0/1 units with biases +5 and weight -100. (a) Energy sweep by sweep when both are updated (p = 1), and "
        "one run each for smaller p, raised a little; the three energies there are, not to scale. (b) Share of pairs "
        f"that still oscillate: points, {int(runs.runs[0])} runs each; lines, the exact (1 - 2p(1-p))^t. (c) Mean "
        "sweeps to settle against p: points with standard error (smaller than the mark), line: exact; at p = 1 it "
        f"never settles. Seed {seed}."
    )
    return study.Figure(figure, caption, "Energy trace of an oscillating pair, and how random timing ends it.")


def tints(count: int) -> list[Any]:
    """From dark to light: from updating at once to random timing."""
    from matplotlib import colormaps

    return [colormaps["viridis"](0.05 + 0.75 * index / max(count - 1, 1)) for index in range(count)]


def traces(axis: Any, energies: xr.DataArray, looks: dict[float, dict[str, Any]]) -> None:
    """Energies as three levels, each run a little higher than the one before, or they would hide each other."""
    levels = {-5: 0, 0: 1, 90: 2}
    for index, chance in enumerate(energies.chance.values.tolist()):
        values = energies.sel(chance=chance).values
        height = np.array([levels[round(float(value))] for value in values]) + 0.07 * index
        axis.plot(energies.sweep, height, markersize=3.5, linewidth=1.0, **looks[chance])
    axis.set(title="energy of a pair", xlabel="sweeps", ylabel="$E$ / J, levels not to scale", ylim=(-0.25, 2.35))
    axis.set_yticks(list(levels.values()), ["one on\n–5", "both off\n0", "both on\n90"], va="center")


def survival(axis: Any, runs: xr.Dataset, looks: dict[float, dict[str, Any]]) -> None:
    for p, look in looks.items():
        at = runs.isel(point=int(np.flatnonzero(runs.probability == p)[0]))
        share, count = at.oscillating.dropna("sweep"), int(at.runs)
        error = np.sqrt(share * (1 - share) / count)
        t = share.sweep.values
        axis.plot(t, (1 - 2 * p * (1 - p)) ** t, color=look["color"], linewidth=1.0)
        every = (share.values * count >= 5) & ((t % 5 == 0) | ((t < 10) & (p < 0.9)))
        axis.errorbar(t[every], share[every], error[every], linestyle="none", markersize=3.5, linewidth=0.8, **look)
    axis.set(title="still oscillating", xlabel="sweeps", ylabel="share of pairs", yscale="log", xlim=(-1, 61))
    axis.set_ylim(1.6 / float(runs.runs.max()), 1.6)


def settling(axis: Any, runs: xr.Dataset) -> None:
    p = np.linspace(0.005, 0.995, 400)
    axis.plot(p, 0.5 / (p * (1 - p)), color=study.COLOURS["theory"], linewidth=1.0)
    axis.errorbar(runs.probability, runs.settling_time, runs.settling_error, fmt="o", color=study.COLOURS["boltzmann"])
    axis.text(0.5, 24, "$1/(2p(1–p))$", ha="center", fontsize=9)
    axis.set(title="time to settle", xlabel="chance of an update $p$", ylabel="sweeps", yscale="log", xlim=(0, 1.02))
    axis.set_yticks([2, 5, 10, 20, 50, 100], ["2", "5", "10", "20", "50", "100"])
    axis.minorticks_off()
    axis.set_ylim(1.5, 110)


def two_cycles(runs: xr.Dataset, seed: int) -> study.Figure:
    figure, axes = study.new_figure(1, 2, size=(7.4, 3.3))
    sizes = np.unique(runs.sites.values)
    for axis, start in zip(axes, ("random state", "pattern"), strict=True):
        for index, (sites, tint) in enumerate(zip(sizes, study.shades("hopfield", len(sizes)), strict=True)):
            here = runs.isel(point=np.flatnonzero(runs.sites == sites)).sortby("load")
            mean, error = mean_error(here.two_cycles.sel(start=start))
            look = {"color": tint, "marker": study.MARKERS[index], "linewidth": 1.0}
            axis.errorbar(here["load"], mean, error, label=f"$N$ = {sites}", **look)
        axis.axvline(0.138, color=study.COLOURS["guide"], linestyle="--", linewidth=0.9)
        axis.set(title=f"from a {start}", xlabel="load $P/N$", ylim=(-0.03, 1.03))
    axes[0].set_ylabel("share of two-cycles")
    axes[1].annotate("capacity 0.138", (0.138, 0.97), xytext=(4, 0), textcoords="offset points", fontsize=8, va="top")
    axes[0].legend(loc="upper left")
    study.letter(axes)
    caption = (
        "Hopfield networks with Hebb couplings, J_ii = 0, all units updated at once: share of runs that end in a cycle "
        f"of two states, from random states and from stored patterns. {int(runs.samples[0])} draws of the patterns, "
        f"{int(runs.runs[0])} runs each (fewer where P is smaller); errors over draws, lines guide the eye, dashed: "
        "the capacity of retrieval. All other runs end in fixed points; one at a time, all of them do. "
        f"Seed {seed}."
    )
    return study.Figure(figure, caption, "Share of runs that end in cycles of two states against load.")


def mean_error(values: xr.DataArray) -> tuple[Any, Any]:
    count = values.count("disorder")
    return values.mean("disorder").values, (values.std("disorder", ddof=1) / np.sqrt(count)).values


LOOK = {"symmetric": (SYMMETRIC, "s"), "antisymmetric": (ANTISYMMETRIC, "^"), "asymmetric": (SINGLE, "o")}


def periods(ds: xr.Dataset, growth: tuple[float, float], seed: int) -> study.Figure:
    figure, axes = study.new_figure(1, 2, size=(7.4, 3.4))
    for kind, (tint, marker) in LOOK.items():
        here = of_kind(ds, kind).sortby("sites")
        mean, error = mean_error(here.mean_period)
        axes[0].errorbar(here.sites, mean, error, color=tint, marker=marker, linestyle="none", label=kind)
        axes[0].plot(
            here.sites, here.longest, color=tint, marker=marker, linestyle="none", markersize=3.5, fillstyle="none"
        )
    free = of_kind(ds, "asymmetric").sortby("sites")
    fitted(axes[0], free, growth)
    axes[0].plot(
        [], [], color="#777777", marker="o", linestyle="none", markersize=3.5, fillstyle="none", label="longest seen"
    )
    axes[0].set(title="period against size", xlabel="sites $N$", ylabel="period / sweeps", yscale="log")
    axes[0].set_xticks(free.sites.values, [str(n) if n % 4 == 0 else "" for n in free.sites.values])
    plain(axes[0].yaxis)
    axes[0].set_ylim(bottom=1)
    axes[0].legend(loc="upper left")
    distribution(axes[1], free)
    study.letter(axes)
    caption = (
        "Synchronous threshold dynamics of N spins with couplings ±1 between all pairs, N even, from random states. "
        "(a) Mean period (full marks, standard error over draws of the couplings) and the longest seen (open): "
        "symmetric couplings never exceed 2, antisymmetric ones always have 4, asymmetric ones grow as "
        f"exp({growth[0]:.3f}({growth[1] * 1000:.0f}) N) (line: fit from N = 8). Dotted: a random map of 2^N states, "
        "whose mean period is sqrt(π 2^N / 8). (b) Share of runs with at least this period, asymmetric, at three "
        f"sizes; standard errors over draws, lines guide the eye. {int(free.samples[0])} draws of the couplings, "
        f"{int(free.runs[0])} runs each. Seed {seed}."
    )
    return study.Figure(figure, caption, "Periods of symmetric, antisymmetric and asymmetric networks against size.")


def fitted(axis: Any, free: xr.Dataset, growth: tuple[float, float]) -> None:
    mean, error = mean_error(free.mean_period)
    used = free.sites.values >= 8
    n, weight = free.sites.values[used].astype(float), (mean / error)[used] ** 2
    height = np.average(np.log(mean[used]) - growth[0] * n, weights=weight)
    axis.plot(n, np.exp(height + growth[0] * n), color=SINGLE, linewidth=1.0)
    every = np.linspace(free.sites.values.min(), free.sites.values.max(), 50)
    axis.plot(
        every,
        np.sqrt(np.pi * 2.0**every / 8),
        color=study.COLOURS["guide"],
        linestyle=":",
        linewidth=1.0,
        label="random map",
    )


def distribution(axis: Any, free: xr.Dataset) -> None:
    sizes = free.sites.values
    chosen = sizes[np.unique(np.linspace(0, len(sizes) - 1, 3).round().astype(int))]
    for index, (sites, tint) in enumerate(zip(chosen, study.shades(SINGLE, len(chosen)), strict=True)):
        counts = free.counts.isel(point=int(np.flatnonzero(sizes == sites)[0]))
        found = counts.isel(bin=slice(1, None)).values
        above = found[::-1].cumsum()[::-1] / counts.sum().item()
        edges = counts.bin.values[1:]
        shown = above > 0
        error = np.sqrt(above * (1 - above) / int(free.samples[0]))  # runs of one draw are not independent
        look = {"color": tint, "marker": study.MARKERS[index], "linewidth": 0.9, "markersize": 3.5}
        axis.errorbar(edges[shown], above[shown], error[shown], label=f"$N$ = {sites}", **look)
    axis.set(
        title="asymmetric couplings", xlabel="period / sweeps", ylabel="share with at least this period", xscale="log"
    )
    axis.set_ylim(0, 1.05)
    plain(axis.xaxis)
    axis.legend(loc="upper right")


def plain(axis: Any) -> None:
    """Numbers on a logarithmic axis written out, at powers of ten only."""
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter("")


def little(runs: xr.Dataset, seed: int) -> study.Figure:
    figure, axis = study.new_figure(size=(4.6, 3.2))
    t = np.geomspace(runs.temperature.values.min() * 0.9, runs.temperature.values.max() * 1.1, 200)
    theory = {"one at a time": 1 / (1 + np.exp(-2 / t)), "at once": np.full_like(t, 0.5)}
    for rule, tint, marker in (
        ("one at a time", SINGLE, "o"),
        ("at once", AT_ONCE, "s"),
    ):
        equal = runs.equal.sel(rule=rule)
        axis.plot(t, theory[rule], color=tint, linewidth=1.0)
        error = np.sqrt(equal * (1 - equal) / runs.runs)
        axis.errorbar(runs.temperature, equal, error, fmt=marker, color=tint, label=rule)
    axis.set(xlabel="temperature $T/J$", ylabel="P(equal)", xscale="log", ylim=(0.4, 1.02))
    ticks = [tick for tick in (0.5, 1, 2, 4, 6) if tick <= float(runs.temperature.max())]
    axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.minorticks_off()
    axis.legend(loc="upper right")
    caption = (
        "Two spins with J = 1, heat bath: probability that they are equal. One at a time it is the Boltzmann law's "
        "1/(1 + exp(-2/T)); updated at once (Little) it is ½ at every temperature. "
        f"Points: {int(runs.runs[0])} independent runs from equal spins until the start is forgotten, with standard "
        f"errors (smaller than the mark where none is seen); lines: exact. Seed {seed}."
    )
    return study.Figure(figure, caption, "Probability that two coupled spins are equal, for two orders of updating.")

"""The figures of the phase-diagram study."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _phase_diagram_analysis as analysis
from hopphys.studies import _phase_diagram_findings as tables
from hopphys.studies._phase_diagram_analysis import Array, Group

from hopphys.study import COLOURS, MARKERS, SEQUENTIAL, SERIES, Figure, letter, new_figure, shades
from hopphys.theory import ags, glass

THEORY = COLOURS["theory"]
FIELD = "#440154"  # the dark end of the map's colours: a box for the legend of its white lines


def figures(ds: xr.Dataset, config: Any) -> Mapping[str, Figure]:
    return {
        "plane": _plane(ds, config),
        "overlap": _overlap(ds),
        "free_energy": _free_energy(ds, config),
        "limit": _limit(ds, config),
        "glass": _glass(ds),
    }


def _plane(ds: xr.Dataset, config: Any) -> Figure:
    found = analysis.groups(ds, "plane")
    plot, axes = new_figure(1, 3, (7.4, 3.1))
    hot, cold = found[0]["plane_warm_temperature"], 1 / found[0]["plane_cold_beta"][::-1]
    panels = (
        (hot, [group["plane_warm_all"] for group in found], "from the pattern: $m$"),
        (cold, [group["plane_cold_q"][::-1] for group in found], "from noise: $q$"),
        (cold, [group["plane_cold_top"][::-1] for group in found], r"from noise: largest $|m_\mu|$"),
    )
    loads = np.array([group.load for group in found])
    for axis, (temperature, values, title) in zip(axes, panels, strict=True):
        axis.grid(False)
        axis.set_facecolor(COLOURS["band"])
        image = axis.pcolormesh(
            loads, temperature, np.array(values).T, cmap=SEQUENTIAL, vmin=0, vmax=1, shading="nearest", rasterized=True
        )
        axis.set(xlabel=r"load $\alpha$", title=title, xlim=(loads[0] / 2, loads[-1] * 1.02), ylim=(0, cold[-1]))
    _lines(axes, loads.max())
    axes[0].set(ylabel="temperature $T$")
    plot.legend(
        *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, facecolor=FIELD, labelcolor="white"
    )
    plot.colorbar(image, ax=list(axes), shrink=0.9, pad=0.01, label="overlap: $m$, $q$, largest $|m_\\mu|$")
    letter(axes)
    caption = (
        "(a) Overlap with a pattern after starting at it. (b) Mean |overlap| of two runs cooled from noise in the same "
        "disorder, of those that met no pattern (grey: none is left); streaks: a column is one set of samples, whose "
        "few pairs of runs stay in the minima that they freeze into. (c) Largest overlap of a cooled run with any "
        "pattern. Between T_c and T_M, and below T_c wherever cooling ends in the glass, the start decides. Lines are "
        "theory: T_M and T_g symmetric (Amit, Gutfreund & Sompolinsky), T_c with one step of broken symmetry. "
        f"N = {found[0].size}, {config.plane_samples} disorder samples, {config.starts // 2} patterns and "
        f"{config.replicas} cooled runs each, {found[0].sweeps // 2} (a) and {found[0].sweeps} (b, c) sweeps at each "
        f"temperature; seed {ds.attrs['seed']}."
    )
    return Figure(
        plot, caption, "Maps of overlap and order over load and temperature for both starts, with theory lines"
    )


def _lines(axes: Any, highest: float) -> None:
    """T_M, T_c and T_g in every panel."""
    hot = np.linspace(0.004, 0.996, 60)
    kept = [ags.retrieval_load(float(t)) for t in hot]
    deep = np.array([0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.054])
    first = [glass.transition_temperature(float(a)) for a in deep]
    wide = np.linspace(0.001, highest * 1.02, 50)
    for axis in axes:
        axis.plot(kept, hot, color="white", label="$T_M$")
        axis.plot(deep, first, color="white", linestyle="--", label="$T_c$")
        axis.plot(wide, ags.glass_temperature(wide), color="white", linestyle=":", label="$T_g$")


def _overlap(ds: xr.Dataset) -> Figure:
    loads = tables.by_load(analysis.groups(ds, "branch"))
    plot, axes = new_figure(1, 2, (7.4, 3.3))
    for number, (load, found) in enumerate(loads.items()):
        colour, marker = shades("hopfield", len(loads))[number], MARKERS[number % len(MARKERS)]
        group = found[-1]
        temperature = group["warm_temperature"]
        theory = np.linspace(0.02, ags.retrieval_temperature(load) * (1 - 1e-9), 50)
        curve = [ags.overlap_at(load, float(t)) for t in theory]
        axes[0].plot(theory, curve, color=THEORY, linewidth=0.9, label=None if number else "theory")
        kept = analysis.mean(group["warm_kept"]) > 0.5
        centre, error = analysis.mean_error(group["warm_m"])
        style = {"color": colour, "marker": marker, "linestyle": "none", "label": rf"$\alpha$ = {load:g}"}
        axes[0].errorbar(temperature[kept], centre[kept], error[kept], **style)
        centre, error = analysis.mean_error(group["warm_all"])
        axes[1].errorbar(temperature, centre, error, **{**style, "linestyle": "-", "linewidth": 0.6})
        if "cold_top" in group.values:
            centre, error = analysis.mean_error(group["cold_top"])
            axes[1].errorbar(
                1 / group["cold_beta"], centre, error, color=colour, marker=marker, markerfacecolor="white",
                linewidth=0.6, linestyle="--",
            )  # fmt: skip
    axes[0].set(xlabel="temperature $T$", ylabel="overlap $m$", title="states that keep their pattern")
    axes[0].legend(loc="lower left")
    edge = axes[0].get_xlim()[1]
    axes[1].set(xlabel="temperature $T$", ylabel="overlap", xlim=(0, edge), ylim=(0, 1.03))
    axes[1].set(title="two starts, two answers")
    letter(axes)
    sizes = sorted({found[-1].size for found in loads.values()})
    sweeps = max(found[-1].sweeps for found in loads.values())
    samples = ", ".join(str(number) for number in sorted({found[-1].samples for found in loads.values()}))
    caption = (
        "(a) Overlap of the retrieval state where more than half of the patterns are kept; lines: Amit, Gutfreund & "
        "Sompolinsky, up to T_M. (b) Filled: overlap with the pattern of all runs that started at it. Open: largest "
        "overlap with any pattern of runs cooled from noise. "
        f"N = {', '.join(map(str, sizes))}, {sweeps // 2} and {sweeps} sweeps at each temperature; "
        f"standard errors over {samples} disorder samples; "
        f"seed {ds.attrs['seed']}."
    )
    return Figure(plot, caption, "Overlap falls with temperature along the theory lines; cooled runs stay low")


def _free_energy(ds: xr.Dataset, config: Any) -> Figure:
    limits = tables.transition_limits(ds, config, int(ds.attrs["seed"]))
    loads = tables.by_load(analysis.groups(ds, "branch"))
    shown = list(dict.fromkeys((min(limits), max(limits))))
    plot, axes = new_figure(1, len(shown) + 1, (7.4, 3.0))
    for axis, load in zip(axes, shown, strict=False):
        _differences(axis, load, [group for group in loads[load] if "cold_u" in group.values])
    axes[0].set(ylabel="$f_{glass} - f_{pattern}$")
    for number, (load, (rows, limit)) in enumerate(limits.items()):
        colour, marker = SERIES[number % len(SERIES)], MARKERS[number % len(MARKERS)]
        _sizes(axes[-1], rows, limit, colour, marker, rf"$\alpha$ = {load:g}")
        axes[-1].axhline(glass.transition_temperature(load), color=THEORY, linewidth=0.8)
        axes[-1].axhline(ags.transition_temperature(load), color=THEORY, linewidth=0.8, linestyle=":")
    axes[-1].set(xlabel="$N^{-2/3}$", ylabel="$T_c(N)$", title="to infinite size")
    plot.legend(*axes[-1].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    letter(axes)
    first, last = "a" if len(shown) == 1 else "a, b", "abc"[len(shown)]
    caption = (
        f"({first}) Free energy per site of the glass above that of the patterns, both by thermodynamic integration "
        "in the same disorder: above zero the patterns are deeper. Dark: theory, with one step of broken symmetry "
        f"(line) and symmetric (dotted). ({last}) Where the difference is zero, against N; open: the limit; "
        "horizontal: theory. "
        f"Standard errors by bootstrap over disorder; {config.branch_sweeps} sweeps at each temperature; seed "
        f"{ds.attrs['seed']}."
    )
    return Figure(plot, caption, "Free energies of glass and patterns cross at a temperature that falls towards theory")


def _free(state: Callable[[float, float], Any], load: float, temperatures: Array) -> Array:
    """Free energy per site of a state of theory, NaN where there is none."""
    found = [state(load, float(t)) for t in temperatures]
    return np.array([np.nan if one is None else one.f for one in found])


def _differences(axis: Any, load: float, found: list[Group]) -> None:
    every = [analysis.branches(group, np.arange(group.samples)) for group in found]
    centre = glass.transition_temperature(load)
    low, high = (
        max(0.5 * centre, min(branch[2] for branch in every)),
        min(1.6 * centre, ags.retrieval_temperature(load)),
    )
    for number, (group, (pattern, other, first, last)) in enumerate(zip(found, every, strict=True)):
        grid = np.linspace(max(low, first), min(high, last), 60)
        axis.plot(grid, other(grid) - pattern(grid), color=SERIES[number % len(SERIES)], label=f"N = {group.size}")
    grid = np.linspace(low, high * (1 - 1e-6), 15)
    recalled = _free(ags.retrieval, load, grid)
    axis.plot(grid, _free(glass.spin_glass, load, grid) - recalled, color=THEORY, label="one step")
    axis.plot(grid, _free(ags.spin_glass, load, grid) - recalled, color=THEORY, linestyle=":", label="symmetric")
    axis.axhline(0, color=COLOURS["guide"], linewidth=0.6)
    axis.set(xlabel="temperature $T$", title=rf"$\alpha$ = {load:g}")
    axis.legend()


def _sizes(
    axis: Any, rows: list[tuple[int, float, float]], limit: analysis.Limit, colour: str, marker: str, label: str
) -> None:
    """T(N) against N^(-2/3), and its limit at zero."""
    sizes, values, errors = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    x = sizes**-tables.CRITICAL
    axis.errorbar(x, values, errors, color=colour, marker=marker, linestyle="none", label=label)
    axis.errorbar([0], [limit.value], [limit.error], color=colour, marker=marker, markerfacecolor="white")
    axis.locator_params(axis="x", nbins=4)
    if np.isfinite(limit.value):
        slope = np.average((values - limit.value) / x, weights=(x / errors) ** 2)
        axis.plot([0, x.max()], [limit.value, limit.value + slope * x.max()], color=colour, linewidth=0.6)


def _limit(ds: xr.Dataset, config: Any) -> Figure:
    limits = tables.spinodal_limits(ds, config, int(ds.attrs["seed"]))
    loads = tables.by_load(analysis.groups(ds, "limit"))
    load = min(loads, key=lambda value: abs(value - 0.1))
    plot, axes = new_figure(1, 3, (7.4, 3.0))
    for number, group in enumerate(loads[load]):
        centre, error = analysis.mean_error(group["limit_kept"])
        style = {"color": SERIES[number % len(SERIES)], "marker": MARKERS[number], "linewidth": 0.8}
        axes[0].errorbar(group["limit_temperature"], centre, error, label=f"N = {group.size}", **style)
    axes[0].axvline(ags.retrieval_temperature(load), color=THEORY, linewidth=0.9, label="$T_M$")
    axes[0].set(xlabel="temperature $T$", ylabel="patterns kept", title=rf"$\alpha$ = {load:g}")
    axes[0].legend()
    _histogram(axes[1], loads[load][-1])
    for number, (value, (rows, limit)) in enumerate(limits.items()):
        top = ags.retrieval_temperature(value)
        scaled = [(size, t / top, error / top) for size, t, error in rows]
        relative = analysis.Limit(limit.value / top, limit.statistical / top, limit.systematic / top)
        _sizes(axes[2], scaled, relative, SERIES[number % len(SERIES)], MARKERS[number], rf"$\alpha$ = {value:g}")
    axes[2].axhline(1, color=THEORY, linewidth=0.9, label="$T_M$")
    axes[2].set(xlabel="$N^{-2/3}$", ylabel="$T_{1/2}(N) / T_M$", title="to infinite size")
    axes[2].legend()
    letter(axes)
    caption = (
        f"(a) Fraction of patterns whose overlap is above 0.5 after {config.limit_sweeps} sweeps from the pattern; "
        "dark: T_M of Amit, Gutfreund & Sompolinsky. (b) Their last overlaps near T_M, "
        f"N = {loads[load][-1].size}: kept or lost, nothing between. "
        "(c) Temperature at which half are kept, over the theoretical T_M; open: the limit "
        f"N to infinity. {config.starts} patterns in each of "
        f"{', '.join(str(group.samples) for group in loads[load])} disorder samples (by size); standard errors over "
        f"samples, in (c) by bootstrap; seed {ds.attrs['seed']}."
    )
    return Figure(plot, caption, "Survival falls more steeply for larger N; half-survival temperatures tend to theory")


def _histogram(axis: Any, group: Group) -> None:
    counts, temperature = group["limit_counts"], group["limit_temperature"]
    edges = np.linspace(0, 1, counts.shape[1] + 1)
    top = ags.retrieval_temperature(group.load)
    nearest = np.sort(np.argsort(abs(temperature - top))[:3])
    for number, index in enumerate(nearest):
        share = counts[index] / counts[index].sum()
        axis.stairs(
            share, edges, color=SERIES[number], label=f"$T = {temperature[index] / top:.2f}\\,T_M$", linewidth=1.2
        )
    axis.set(xlabel="last overlap $m$", ylabel="fraction of runs", title="kept or lost")
    axis.legend(loc="upper center")


def _glass(ds: xr.Dataset) -> Figure:
    loads = tables.by_load(analysis.groups(ds, "glass"))
    plot, axes = new_figure(1, 2, (7.4, 3.2))
    load = min(loads, key=lambda value: abs(value - 0.1))
    for number, group in enumerate(loads[load]):
        centre, error = analysis.mean_error(group["glass_q2"] * group.size ** (2 / 3))
        style = {"color": SERIES[number % len(SERIES)], "marker": MARKERS[number], "linewidth": 0.8}
        axes[0].errorbar(group["glass_temperature"], centre, error, label=f"N = {group.size}", **style)
    axes[0].axvline(float(ags.glass_temperature(load)), color=THEORY, linewidth=0.9, label="$T_g$")
    axes[0].set(xlabel="temperature $T$", ylabel=r"$N^{2/3} \langle q^2 \rangle$", yscale="log")
    axes[0].set(title=rf"$\alpha$ = {load:g}")
    axes[0].legend()
    for number, (value, found) in enumerate(loads.items()):
        _susceptibility(axes[1], value, found[-1], SERIES[number % len(SERIES)], MARKERS[number])
    axes[1].set(xlabel="$T / T_g$", ylabel=r"$1 / \chi_{SG}$", title=f"N = {loads[load][-1].size}")
    axes[1].legend()
    letter(axes)
    caption = (
        "(a) Mean squared overlap of two replicas, scaled so that sizes meet at T_g; dark: T_g = 1 + √α. (b) Inverse "
        "spin-glass susceptibility at the largest N; lines: 1 - α/(T - 1)² for N to infinity. "
        f"{loads[load][0].sweeps} sweeps at each temperature, falling; standard errors over "
        f"{', '.join(str(group.samples) for group in loads[load])} disorder samples (by size); seed {ds.attrs['seed']}."
    )
    return Figure(plot, caption, "Scaled squared overlaps of three sizes cross near the theoretical glass temperature")


def _susceptibility(axis: Any, load: float, group: Group, colour: str, marker: str) -> None:
    top, temperature = float(ags.glass_temperature(load)), group["glass_temperature"]
    centre, error = analysis.mean_error(group.size * group["glass_q2"])
    axis.errorbar(
        temperature / top, 1 / centre, error / centre**2, color=colour, marker=marker, linestyle="none",
        label=rf"$\alpha$ = {load:g}",
    )  # fmt: skip
    grid = np.linspace(1, temperature.max() / top, 50)
    axis.plot(grid, 1 / glass.susceptibility(load, grid * top + 1e-9), color=colour, linewidth=0.9)

"""The figures of the capacity study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _capacity_analysis as analysis
from hopphys.studies import _capacity_threshold_figure as threshold_figure
from hopphys.studies._capacity_analysis import Array
from hopphys.studies._capacity_marks import listed, made, mark

import hopphys as hp
from hopphys.statistics import mean_error
from hopphys.study import COLOURS, Figure, letter, new_figure, shades

HOPFIELD = "hopfield"
M, LOAD = r"$m$", r"load $\alpha = P/N$"
TICKS = (0.05, 0.10, 0.15, 0.20)
MERGED = 5  # bins of the histogram in one bar: 0.1 wide, with an edge at 0.9
SEEN = 10  # wrong bits expected at a point, for a mean that a log scale can show


def figures(ds: xr.Dataset, config: Any) -> Mapping[str, Figure]:
    shown = {"overlap": _overlap(ds), "retrieved": _retrieved(ds)}
    if (found := analysis.scaling(ds, config)) is not None:
        shown["scaling"] = _scaling(ds, config, found)
        if (thresholds := threshold_figure.figure(ds, config)) is not None:
            shown["thresholds"] = thresholds
    if analysis.largest(ds, 0.15) is not None:
        shown["bimodal"] = _bimodal(ds)
    return shown | {"one_step": _one_step(ds)}


def _panels(ds: xr.Dataset, names: tuple[str, str]) -> tuple[Any, list[Any], bool]:
    """A figure with the curves from the pattern and, where cues were tried, those from a cue."""
    cued = names[1] in ds and bool(np.isfinite(ds["flip"].values).any())
    plot, axes = new_figure(1, 1 + cued, (7.4 if cued else 4.6, 3.4))
    panels = list(np.atleast_1d(axes))
    for axis, name in zip(panels, names, strict=False):
        _curves(axis, ds, name)
        axis.set(xlabel=LOAD, xlim=(0.04, 0.205), xticks=TICKS)
    panels[0].set(title="from the pattern")
    if cued:
        panels[1].set(title=f"from a cue with {_flip(ds):.0%} flipped bits")
    columns = 1 + (len(analysis.sizes(analysis.recall(ds))) > 6)
    panels[0].legend(title="$N$", loc="lower left", bbox_to_anchor=(0, 0.08), ncols=columns)
    return plot, panels, cued


def _overlap(ds: xr.Dataset) -> Figure:
    plot, panels, cued = _panels(ds, ("overlap", "cue_overlap"))
    alpha = np.linspace(0.001, hp.theory.ags.critical_load(), 200)
    for axis in panels:
        theory = axis.plot(alpha, hp.theory.ags.overlap(alpha), color=COLOURS["theory"])
        axis.axvline(alpha[-1], color=COLOURS["theory"], linestyle=":")
        axis.set(ylim=(0.15, 1.03))
    panels[0].set(ylabel=f"mean final overlap {M}")
    if cued:
        panels[1].legend(theory, ["theory, $T = 0$"], loc="lower left")  # no N: it is that of infinite N
        letter(panels)
    start = "started (a) at the pattern, (b) at a cue (not for the largest N)" if cued else "started at the pattern"
    caption = (
        f"Mean final overlap with the pattern against load, {start}. Points: measured, "
        "with standard errors over disorder samples; the thin lines guide the eye. Thick line: theory (Amit, Gutfreund "
        f"& Sompolinsky), which ends where the dotted line stands, at {alpha[-1]:.4f}. {_made(ds)}"
    )
    return Figure(plot, caption, "Mean overlap falls from 1 near load 0.14, the more steeply the larger the network")


def _retrieved(ds: xr.Dataset) -> Figure:
    plot, panels, cued = _panels(ds, ("retrieved", "cue_retrieved"))
    for axis in panels:
        axis.axvline(hp.theory.capacity.AGS.value, color=COLOURS["theory"], linestyle=":")
        axis.axvline(hp.theory.capacity.HOPFIELD.value, color=COLOURS["guide"], linestyle="--")
        axis.set(ylim=(-0.03, 1.03))
    for text, load in (("0.138", hp.theory.capacity.AGS.value), ("0.15", hp.theory.capacity.HOPFIELD.value)):
        right = load > 0.14
        panels[0].text(load + (0.002 if right else -0.002), 0.02, text, ha="left" if right else "right")
    panels[0].set(ylabel=f"fraction with {M} > 0.9")
    if cued:
        letter(panels)
    start = "started (a) at the pattern, (b) at a cue (not for the largest N)" if cued else "started at the pattern"
    caption = (
        f"Fraction of patterns retrieved (final overlap above 0.9) against load, {start}. From the pattern, curves of "
        "different N cross near 0.14 and sharpen. Dotted: 0.1379, the theory of a state near the "
        "pattern for large N; dashed: Hopfield's 0.15, a number about N = 100. Errors are over disorder samples; lines "
        f"guide the eye. {_made(ds)}"
    )
    return Figure(plot, caption, "Retrieved fraction against load: curves of different N cross near 0.14")


def _curves(axis: Any, ds: xr.Dataset, name: str) -> None:
    """One curve per N, light to dark, with errors over disorder."""
    there = analysis.recall(ds)
    sizes = analysis.sizes(there)
    for size, colour, marker in zip(sizes, shades(HOPFIELD, len(sizes)), map(mark, sizes), strict=True):
        part = there.isel(point=np.flatnonzero(there["size"].values == size))
        mean, error = mean_error(part[name].values)
        if np.isfinite(mean).any():
            style = {"color": colour, "marker": marker, "markersize": 3.5, "linewidth": 0.6}
            axis.errorbar(analysis.loads(part), mean, error, label=f"{size}", **style)


def _scaling(ds: xr.Dataset, config: Any, found: hp.scaling.Critical) -> Figure:
    plot, axes = new_figure(1, 2, (7.4, 3.4))
    _collapse(axes[0], ds, config, found.fit)
    _crossing(axes[1], ds, config, found)
    letter(axes)
    caption = (
        "Finite-size scaling of the retrieved fraction. (a) Against (α - α_c) N^(1/2) with α_c = "
        f"{found.fit.critical:.4f}, the curves of N ≥ {config.fit_from} fall nearly on one. Dark line: the fit "
        f"Φ(a - bx + cx²) of loads {config.fit_low} to {config.fit_high} for infinite N, over the x of the points in "
        "it; open: points outside it. "
        + ("Light lines: the fit with its correction for each N. " if found.fit.parameters[-1] else "")
        + "(b) Loads at which the fraction is 0.9 or ½, "
        "against N^(-1/2), grey where N is too small for the fit; lines: the same fit, which lets both end in α_c. "
        "Grey band: α_c with its total error; dotted: 0.1379 and 0.1382 of theory. Errors are over disorder samples. "
        f"{_made(ds)}"
    )
    return Figure(plot, caption, "Collapse of the retrieved fraction, and its thresholds extrapolated to infinite N")


def _collapse(axis: Any, ds: xr.Dataset, config: Any, fit: hp.scaling.Fit) -> None:
    there = analysis.recall(ds)
    sizes = [size for size in analysis.sizes(there) if size >= config.fit_from]
    ends: list[float] = []
    for size, colour, marker in zip(sizes, shades(HOPFIELD, len(sizes)), map(mark, sizes), strict=True):
        part = there.isel(point=np.flatnonzero(there["size"].values == size))
        load = analysis.loads(part)
        x, (mean, error) = fit.argument(load, np.full(len(load), float(size))), mean_error(part["retrieved"].values)
        used = (load > config.fit_low) & (load < config.fit_high)
        axis.plot([], [], color=colour, marker=marker, linestyle="", label=f"{size}")
        for shown, fill in ((used, colour), (~used, "white")):
            style = {"color": colour, "marker": marker, "markerfacecolor": fill, "linestyle": ""}
            axis.errorbar(x[shown], mean[shown], error[shown], **style)
        if used.any() and fit.parameters[-1]:
            line = np.linspace(x[used].min(), x[used].max(), 100)
            axis.plot(line, fit.fraction(line, size), color=colour, linewidth=0.6)
        ends += [*x[used]]
    line = np.linspace(min(ends), max(ends), 200)
    axis.plot(line, fit.fraction(line), color=COLOURS["theory"], linewidth=1)
    axis.set(xlabel=r"$(\alpha - \alpha_c)\,N^{1/2}$", ylabel=f"fraction with {M} > 0.9", xlim=(-1.0, 2.6))
    axis.set(title="collapse")
    axis.legend(title="$N$")


def _crossing(axis: Any, ds: xr.Dataset, config: Any, found: hp.scaling.Critical) -> None:
    there, fit = analysis.recall(ds), found.fit
    x = np.linspace(-1.0, 1.4, 2401)
    for level, marker in ((0.5, "o"), (0.9, "s")):
        rows = [(size, *_threshold(there, size, level)) for size in analysis.sizes(there)]
        size, load, error = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
        used = size >= config.fit_from
        label = f"fraction {level:g}"
        axis.errorbar(
            size[used] ** -0.5,
            load[used],
            error[used],
            color=COLOURS[HOPFIELD],
            marker=marker,
            linestyle="",
            label=label,
        )
        axis.errorbar(
            size[~used] ** -0.5, load[~used], error[~used], color=COLOURS["guide"], marker=marker, linestyle=""
        )
        root = np.linspace(1e-6, config.fit_from**-0.5, 60)
        place = [x[np.argmin(np.abs(fit.fraction(x, each**-2) - level))] for each in root]
        axis.plot(root, fit.critical + np.array(place) * root, color=COLOURS["theory"], linewidth=0.8)
    axis.axhspan(fit.critical - found.error, fit.critical + found.error, color=COLOURS["band"], zorder=0)
    for reference in (hp.theory.capacity.AGS, hp.theory.capacity.RSB):
        axis.axhline(reference.value, color=COLOURS["theory"], linestyle=":", linewidth=0.8)
    axis.set(xlabel=r"$N^{-1/2}$", ylabel=r"load $\alpha$ of this fraction", title="thresholds", xlim=(0, None))
    axis.legend(loc="upper left")


def _threshold(there: xr.Dataset, size: int, level: float) -> tuple[float, float]:
    """Load at which the fraction falls through `level`, on the straight line between two loads, and its error."""
    part = there.isel(point=np.flatnonzero(there["size"].values == size))
    load = analysis.loads(part)
    mean, error = mean_error(part["retrieved"].values)
    below = np.flatnonzero((mean[:-1] >= level) & (mean[1:] < level))
    if not below.size:
        return np.nan, np.nan
    i = int(below[-1])
    slope = (mean[i + 1] - mean[i]) / (load[i + 1] - load[i])
    weight = (level - mean[i]) / (mean[i + 1] - mean[i])
    spread = np.hypot((1 - weight) * error[i], weight * error[i + 1])
    return float(load[i] + (level - mean[i]) / slope), float(spread / abs(slope))


def _bimodal(ds: xr.Dataset) -> Figure:
    there = analysis.recall(ds)
    sizes = [size for size in analysis.sizes(there) if analysis.at(ds, size, 0.15) is not None]
    chosen = list(dict.fromkeys([sizes[0], sizes[len(sizes) // 2], sizes[-1]]))
    plot, axes = new_figure(1, len(chosen), (7.4, 2.6))
    for axis, size in zip(np.atleast_1d(axes), chosen, strict=True):
        at = analysis.at(ds, size, 0.15)
        assert at is not None
        _bars(axis, ds["bin"].values, at["histogram"].values)
        axis.set(xlabel=f"final overlap {M}", title=f"$N = {size}$", xlim=(0, 1), ylim=(0, 1))
    np.atleast_1d(axes)[0].set(ylabel="fraction of patterns")
    letter(axes)
    caption = (
        "Distribution of the final overlap at load 0.15, started at the pattern, in bins of 0.1: a pattern is kept or "
        "lost, and the larger N, the more of them are lost. The last bin is what counts as retrieved, with its "
        f"fraction. Binomial errors, as if the patterns of a sample were independent. {_made(ds, chosen, 0.15)}"
    )
    return Figure(plot, caption, "Histograms of the final overlap with two peaks")


def _bars(axis: Any, middle: Array, counts: Array) -> None:
    """Fractions of patterns in merged bins, with the last one, m > 0.9, in words."""
    merged, place = counts.reshape(-1, MERGED).sum(axis=1), middle.reshape(-1, MERGED).mean(axis=1)
    fraction = merged / merged.sum()
    error = np.sqrt(fraction * (1 - fraction) / merged.sum())
    axis.bar(place, fraction, place[1] - place[0], color=COLOURS[HOPFIELD], edgecolor="white", linewidth=0.6)
    some = merged > 0
    axis.errorbar(place[some], fraction[some], error[some], linestyle="", color=COLOURS["theory"], linewidth=0.8)
    axis.text(0.86, 0.9, f"{M} > 0.9: {fraction[-1]:.2f}", ha="right")


def _one_step(ds: xr.Dataset) -> Figure:
    plot, axes = new_figure(1, 2, (7.4, 3.4))
    _wrong_bits(axes[0], ds)
    _exactly_right(axes[1], analysis.exact(ds))
    letter(axes)
    caption = (
        "What needs no dynamics. (a) Fraction of wrong bits after one synchronous step from a pattern; line: "
        "½ erfc(1/√(2α)), large N; thin lines: the binomial tail at each N; points: where at least "
        f"{SEEN} wrong bits are expected. (b) Patterns that are exactly fixed (filled) and samples in which "
        "all patterns are (open), against P ln N / N; lines: theory, bits that share their pattern's overlaps; dotted: "
        "the criteria N/(4 ln N) and N/(2 ln N). Errors are over disorder samples; where all or none succeed there is "
        f"none. (a) {listed(analysis.recall(ds))}; (b) {listed(analysis.exact(ds))}; seed {ds.attrs['seed']}."
    )
    return Figure(plot, caption, "One-step error against load, and the fraction of exactly fixed patterns")


def _wrong_bits(axis: Any, ds: xr.Dataset) -> None:
    there = analysis.recall(ds)
    sizes = analysis.sizes(there)
    for size, colour, marker in zip(sizes, shades(HOPFIELD, len(sizes)), map(mark, sizes), strict=True):
        part = there.isel(point=np.flatnonzero(there["size"].values == size))
        mean, error = mean_error(part["wrong"].values)
        tail = hp.theory.capacity.one_step_error_at(size, part["patterns"].values)
        seen = tail * size * part["samples"].values * part["probes"].values >= SEEN
        load = analysis.loads(part)
        axis.errorbar(load[seen], mean[seen], error[seen], color=colour, marker=marker, linestyle="", label=f"{size}")
        count = np.arange(max(3, round(0.03 * size)), round(0.21 * size) + 1)
        axis.plot(count / size, hp.theory.capacity.one_step_error_at(size, count), color=colour, linewidth=0.6)
    alpha = np.linspace(0.045, 0.21, 100)
    axis.plot(alpha, hp.theory.capacity.one_step_error(alpha), color=COLOURS["theory"], zorder=0)
    axis.set(xlabel=LOAD, ylabel="wrong bits after one step", yscale="log", ylim=(2e-6, 3e-2), title="one-step error")
    axis.set(xlim=(0.04, 0.215), xticks=TICKS)
    axis.legend(title="$N$", loc="lower right")


def _exactly_right(axis: Any, exact: xr.Dataset) -> None:
    sizes = analysis.sizes(exact)
    for size, colour, marker in zip(sizes, shades(HOPFIELD, len(sizes)), map(mark, sizes), strict=True):
        part = exact.isel(point=np.flatnonzero(exact["size"].values == size))
        part = part.isel(point=np.argsort(part["patterns"].values))
        x, values = analysis.scaled(part), part["exact"].values
        every = np.where(np.isfinite(values), values == 1, np.nan)
        count = np.arange(part["patterns"].values[0], part["patterns"].values[-1] + 1)
        one = hp.theory.capacity.exactly_fixed(size, count)
        for shown, curve, fill in ((values, one, colour), (every, one**count, "white")):
            axis.errorbar(x, *mean_error(shown), color=colour, marker=marker, markerfacecolor=fill, linestyle="")
            axis.plot(count * np.log(size) / size, curve, color=colour, linewidth=0.8)
        axis.plot([], [], color=colour, marker=marker, label=f"{size}")
    for scaled, text in ((0.25, "1/4"), (0.5, "1/2")):
        axis.axvline(scaled, color=COLOURS["theory"], linestyle=":", label=None)
        axis.text(scaled + 0.015, 0.7, text)
    axis.text(0.235, 0.3, "all\n(open)", ha="right")
    axis.text(0.6, 0.93, "one\n(filled)", va="center")
    axis.set(
        xlabel=r"$P \ln N / N$",
        ylabel="fraction exactly right",
        title="exactly right",
        ylim=(-0.03, 1.03),
        xlim=(0.08, 1.05),
    )
    axis.legend(title="$N$", loc="upper right")


def _flip(ds: xr.Dataset) -> float:
    return float(np.nanmax(ds["flip"].values))


def _made(ds: xr.Dataset, sizes: list[int] | None = None, load: float | None = None) -> str:
    """The numbers of a caption: of all runs, or of these N, or of the runs at one load."""
    there = analysis.recall(ds)
    if sizes is not None:
        there = there.isel(point=np.flatnonzero(np.isin(there["size"].values, sizes)))
    if load is not None:
        there = there.isel(point=np.flatnonzero(there["patterns"].values == np.round(load * there["size"].values)))
    text: str = made(there, int(ds.attrs["seed"]))
    return text

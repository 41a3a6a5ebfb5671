"""The figures of the blending study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _blending_analysis as analysis
from hopphys.studies import _blending_edge_figure as edge_figure
from hopphys.studies import _blending_loaded as loaded
from hopphys.studies._blending_analysis import Array

import hopphys as hp
from hopphys import study
from hopphys.statistics import mean_error
from hopphys.study import COLOURS, MARKERS, SERIES, Figure, letter, new_figure, shades

blending = hp.theory.blending
THEORY = {"color": COLOURS["theory"], "linewidth": 1.0}
DOTTED = {"color": COLOURS["guide"], "linestyle": ":", "linewidth": 1.0}


def figures(ds: xr.Dataset, config: Any) -> Mapping[str, Figure]:
    return {
        "rest": _rest(ds, config),
        "merging": _merging(ds, config),
        "edge": edge_figure.figure(ds, config),
        "dreams": _dreams(ds, config),
        "letters": _letters(ds),
        "ends": _ends(ds),
    }


def _rest(ds: xr.Dataset, config: Any) -> Figure:
    plot, axes = new_figure(1, 3, (7.4, 3.0))
    _alone(axes[0], ds, config)
    for axis, count in ((axes[1], 3), (axes[2], 2)):
        _loaded(axis, ds, config, count)
    axes[1].legend(*axes[2].get_legend_handles_labels(), loc="upper right")
    axes[1].set(ylabel=r"$(m_1 - m_2)\,/\,(1 - c)$")
    letter(axes)
    caption = (
        "Settled from each of the similar patterns, T = 0, against their mutual overlap c. (a) Three alone: "
        "overlaps of the end with the pattern that was the start, with another, and with the blend; N = "
        f"{max(config.sizes)}. Dark: theory; dotted: c = 1/2. (b), (c) Three and two among random patterns: what "
        f"is left of the difference of their overlaps at load {config.load:g}, for several N. Dark: "
        "replica-symmetric theory for N to infinity, which falls by a jump; dotted: two alone never blend, three "
        f"at 1/2. Samples: {', '.join(map(str, config.samples))}; standard errors; seed {ds.attrs['seed']}."
    )
    return Figure(plot, caption, "Three patterns blend at a mutual overlap of one half, earlier in a loaded network")


def _alone(axis: Any, ds: xr.Dataset, config: Any) -> None:
    at = analysis.of_kind(ds, "settled", size=max(config.sizes), count=3, load=0).isel(point=0)
    rows = (("own", "start", SERIES[0], "o"), ("other", "another", SERIES[2], "s"), ("blend", "blend", SERIES[3], "^"))
    for name, text, colour, marker in rows:
        centre = at[name].transpose("correlation", "disorder").values.mean(axis=-1)
        axis.plot(at["exact_correlation"].values, centre, color=colour, marker=marker, linestyle="none", label=text)
    below, above = np.linspace(0, 0.5, 50), np.linspace(0.5, config.three[-1], 50)
    for lines in ((np.ones(50), below, (1 + below) / 2), ((1 + above) / 2, (1 + above) / 2, np.ones(50))):
        c = below if lines[0][0] == 1 else above
        for line in lines:
            axis.plot(c, line, zorder=0, **THEORY)
    axis.axvline(0.5, **DOTTED)
    axis.set(xlabel="mutual overlap $c$", ylabel="overlap $m$", title="three alone")
    axis.legend(loc="lower right")


def _loaded(axis: Any, ds: xr.Dataset, config: Any, count: int) -> None:
    colours = shades("hopfield", len(config.sizes))
    for size, colour, marker in zip(config.sizes, colours, MARKERS, strict=False):
        at = analysis.of_kind(ds, "settled", size=size, count=count, load=config.load).isel(point=0)
        c = at["exact_correlation"].values
        left = (at["own"] - at["other"]).transpose("correlation", "disorder").values / (1 - c[:, None])
        axis.errorbar(
            c, *mean_error(left), color=colour, marker=marker, linewidth=0.6, markersize=3.5, label=f"N = {size}"
        )
    edge = blending.blend_above(count, config.load)
    grid = np.append(np.linspace(0, edge - 1e-4, 40), [edge, 1.0])
    axis.plot(grid, [_left(count, float(c), config.load) if c < edge else 0.0 for c in grid], zorder=5, **THEORY)
    if count == 3:
        axis.axvline(0.5, **DOTTED)
    axis.set(
        xlabel="mutual overlap $c$",
        title=f"{'three' if count == 3 else 'two'}, load {config.load:g}",
        xlim=(-0.02, 0.62 if count == 3 else 0.92),
        ylim=(-0.05, 1.08),
    )


def _left(count: int, c: float, load: float) -> float:
    m = blending.settled(blending.similar(count, c), [1.0, *[c] * (count - 1)], load=load, steps=3_000).overlaps
    return float((m[0] - m[-1]) / (1 - c))


def _merging(ds: xr.Dataset, config: Any) -> Figure:
    plot, axes = new_figure(2, 2, (7.4, 5.8))
    _magnets(axes[0, 0], ds, config)
    _binders(axes[0, 1], ds, config)
    _loaded_pairs(axes[1, 0], ds, config)
    _diagram(axes[1, 1], ds, config)
    letter(axes.ravel())
    caption = (
        "Two patterns of mutual overlap c with temperature, heat bath from the first one. (a) Difference of "
        f"their overlaps, N = {max(config.warm_sizes)}, on the scale of theory; dark: exact at this N; dotted: N "
        "to infinity. (b) Its Binder parameter for two N; lines: exact; dotted: its value at the transition, "
        f"0.2705. (c) Among random patterns at load {config.load:g}, {_marked(config.loaded_sizes)}; "
        "lines: replica-symmetric theory, N to infinity, where two patterns "
        f"blend above c = {blending.blend_above(2, config.load):.2f} at T = 0; at a finite N they keep apart beyond "
        "it, and other patterns pull a blend to one side, so that points lie above lines. "
        "(d) Where two memories are two: theory for N to infinity, lines at T = 1 - c and 1 + c; points: merging "
        "temperatures measured by the fit of (a). "
        f"{config.warm_samples} samples alone, {', '.join(map(str, config.loaded_samples))} loaded, "
        f"{config.sweeps} sweeps; standard errors over samples; seed {ds.attrs['seed']}."
    )
    return Figure(plot, caption, "Two patterns of mutual overlap c merge at the temperature 1 - c")


def _marked(sizes: tuple[int, ...]) -> str:
    """Which points are of which N."""
    filled, hollow = max(sizes), min(sizes)
    return f"N = {filled}" if filled == hollow else f"filled: N = {filled}, hollow: N = {hollow}"


def _warm(ds: xr.Dataset, size: int, pair: float, load: float) -> tuple[xr.Dataset, Array, float]:
    at = analysis.of_kind(ds, "warm", size=size, pair=pair, load=load).isel(point=0)
    return at, at["ratio"].values, float(at["overlap_of_pair"].item())


def _series(config: Any) -> list[tuple[float, str, str]]:
    return list(zip(config.pairs, SERIES[:1] + SERIES[2:], MARKERS, strict=False))


def _magnets(axis: Any, ds: xr.Dataset, config: Any) -> None:
    size = max(config.warm_sizes)
    fine = np.linspace(0.05, config.ratios[-1], 120)
    for pair, colour, marker in _series(config):
        at, ratio, c = _warm(ds, size, pair, 0)
        centre, error = mean_error(at["apart"].transpose("ratio", "disorder").values / (1 - c))
        axis.errorbar(ratio, centre, error, color=colour, marker=marker, linestyle="none", label=f"c = {c:.3g}")
        exact, _ = blending.separation_at(size, round(size * (1 - c) / 2), fine * (1 - c))
        axis.plot(fine, exact / (1 - c), zorder=0, **THEORY)
    first, second = blending.pair(0.0, fine)
    axis.plot(fine, first - second, zorder=0, **DOTTED)
    axis.set(xlabel="$T / (1 - c)$", ylabel=r"$\langle|m_1 - m_2|\rangle\,/\,(1 - c)$", title="two alone")
    axis.legend()


def _binders(axis: Any, ds: xr.Dataset, config: Any) -> None:
    pair = config.pairs[len(config.pairs) // 2]
    fine = np.linspace(0.6, config.ratios[-1], 120)
    for size, colour, marker in zip(
        config.warm_sizes, shades("hopfield", len(config.warm_sizes)), MARKERS, strict=False
    ):
        at, ratio, c = _warm(ds, size, pair, 0)
        axis.errorbar(ratio, *analysis.binder(at), color=colour, marker=marker, linestyle="none", label=f"N = {size}")
        axis.plot(
            fine,
            blending.separation_at(size, round(size * (1 - c) / 2), fine * (1 - c))[1],
            color=colour,
            linewidth=0.9,
        )
    axis.axhline(blending.BINDER, **DOTTED)
    axis.axvline(1, **DOTTED)
    axis.set(xlabel="$T / (1 - c)$", ylabel="Binder parameter $U$", title=f"two alone, c = {pair:g}", xlim=(0.6, None))
    axis.legend()


def _loaded_pairs(axis: Any, ds: xr.Dataset, config: Any) -> None:
    fine = np.linspace(0.05, config.ratios[-1], 48)
    for pair, colour, marker in _series(config):
        sizes = sorted(config.loaded_sizes)
        for size in dict.fromkeys((sizes[0], sizes[-1])):
            at, ratio, c = _warm(ds, size, pair, config.load)
            centre, error = mean_error(at["apart"].transpose("ratio", "disorder").values / (1 - c))
            filled = {"label": f"c = {c:.3g}"} if size == sizes[-1] else {"markerfacecolor": "none", "alpha": 0.7}
            axis.errorbar(ratio, centre, error, color=colour, marker=marker, linestyle="none", **filled)
        axis.plot(fine, [loaded.left(c, float(r * (1 - c)), config.load) for r in fine], color=colour, linewidth=0.9)
    axis.set(
        xlabel="$T / (1 - c)$",
        ylabel=r"$\langle|m_1 - m_2|\rangle\,/\,(1 - c)$",
        title=f"two, load {config.load:g}",
        ylim=(-0.03, 1.05),
    )
    axis.legend()


def _diagram(axis: Any, ds: xr.Dataset, config: Any) -> None:
    c, temperature = np.linspace(0, 1, 81), np.linspace(0, 2, 101)
    apart = np.stack([np.subtract(*blending.pair(x, temperature)) for x in c], axis=1)
    image = axis.pcolormesh(c, temperature, apart, cmap=study.SEQUENTIAL, shading="nearest", rasterized=True)
    axis.figure.colorbar(image, ax=axis, label="$m_1 - m_2$, theory", pad=0.02)
    axis.plot(c, 1 - c, color="white", linewidth=1.2)
    axis.plot(c, 1 + c, color="white", linewidth=1.2, linestyle="--")
    for pair in config.pairs:
        at, _, exact = _warm(ds, max(config.warm_sizes), pair, 0)
        value, error = analysis.merging(at, config.resamples, int(ds.attrs["seed"]))
        axis.errorbar(exact, value, error, color="white", marker="o", markeredgecolor="black", ecolor="white")
    style = {"color": "white", "fontsize": 8, "ha": "center"}
    axis.text(0.24, 0.3, "two memories", **{**style, "color": "black"})
    axis.text(0.66, 0.95, "one blend", **style)
    axis.text(0.35, 1.7, "no memory", **style)
    axis.set(xlabel="mutual overlap $c$", ylabel="temperature $T$", title="where two are two")
    axis.grid(False)


def _dreams(ds: xr.Dataset, config: Any) -> Figure:
    plot, axes = new_figure(2, 2, (7.4, 5.4))
    colours = shades("hopfield", len(config.dream_correlations))
    for axis, load in ((axes[0, 0], 0.0), (axes[0, 1], config.load)):
        for c, colour, marker in zip(config.dream_correlations, colours, MARKERS, strict=False):
            at = analysis.of_kind(ds, "dreams", three=c, load=load).isel(point=0)
            centre, error = mean_error(at["own_dreamt"].transpose("dreams", "disorder").values)
            exact, shown = float(at["overlap_of_three"].item()), at["dreams"].values <= (100 if load == 0 else 1e9)
            axis.errorbar(
                at["dreams"].values[shown], centre[shown], error[shown],
                color=colour, marker=marker, markersize=3, linewidth=0.6, label=f"c = {exact:.3g}",
            )  # fmt: skip
            if load == 0:
                axis.axvline(
                    blending.three_unlearned(exact, config.rate, config.dream_size), **{**DOTTED, "color": colour}
                )
        axis.set(xlabel="dreams", ylabel="overlap with the start", title="alone" if load == 0 else f"load {load:g}")
    axes[0, 1].legend(loc="lower right")
    _needed(axes[1, 0], axes[1, 1], ds, config)
    letter(axes.ravel())
    caption = (
        "Three patterns of mutual overlap c that Hebb's rule blends, while the network dreams. (a), (b) Overlap "
        "of the end with the pattern that was the start, alone and among random patterns; dotted: when theory "
        "separates them. Lines guide the eye. (c) Dreams after which all three are kept (overlap above 0.99). "
        f"{_missing(ds)}"
        "(d) Time t of the dreaming kernel from which all three are fixed points; from t to infinity, the "
        f"projection, they always are. Dark: theory for three alone. N = {config.dream_size}, rate "
        f"{config.rate:g}, {config.dream_samples} samples; standard errors, in (c) with the spacing of the looks; "
        f"seed {ds.attrs['seed']}."
    )
    return Figure(plot, caption, "Blended patterns separate after a number of dreams that theory predicts")


def _missing(ds: xr.Dataset) -> str:
    """Which points have no number of dreams, and why."""
    points = analysis.of_kind(ds, "dreams")
    said = []
    for at in (points.isel(point=i) for i in range(points.sizes["point"])):
        kept = (at["kept"].transpose("dreams", "disorder").values >= 1).any(axis=0)
        if not kept.all():
            where = "alone" if at["load"].item() == 0 else f"at load {at['load'].item():g}"
            said.append(
                f"c = {at['overlap_of_three'].item():.3g} {where}: in {(~kept).sum()} of {len(kept)} samples never "
                f"all three at once, up to {at['dreams'].values.max()} dreams"
            )
    return f"No point for {'; '.join(said)}. " if said else ""


def _needed(dreams: Any, kernel: Any, ds: xr.Dataset, config: Any) -> None:
    fine = np.linspace(0.5, max(config.dream_correlations) + 0.03, 60)
    dreams.plot(fine, blending.three_unlearned(fine, config.rate, config.dream_size), **THEORY)
    kernel.plot(fine, blending.three_dreaming(fine), **THEORY)
    for load, colour, marker in ((0.0, SERIES[0], "o"), (config.load, SERIES[3], "s")):
        points = analysis.of_kind(ds, "dreams", load=load)
        text = "alone" if load == 0 else f"load {load:g}"
        style = {"color": colour, "marker": marker, "linestyle": "none", "label": text}
        c = points["overlap_of_three"].values
        needed = [analysis.separated(points.isel(point=i)) for i in range(points.sizes["point"])]
        dreams.errorbar(c, *zip(*needed, strict=True), **style)
        kernel.errorbar(c, *mean_error(points["kernel_time"].transpose("point", "disorder").values), **style)
    dreams.set(xlabel="mutual overlap $c$", ylabel="dreams needed", title="unlearning")
    kernel.set(xlabel="mutual overlap $c$", ylabel="time $t$ needed", title="dreaming kernel")
    dreams.legend(loc="lower right")


def _letters(ds: xr.Dataset) -> Figure:
    at = analysis.of_kind(ds, "letters").isel(point=0)
    pictures = at["picture"].transpose("letter", "stage", "pixel").values
    side = round(pictures.shape[-1] ** 0.5)
    dreams = int(at["dreams_of_letters"].item())
    plot, axes = new_figure(pictures.shape[0], pictures.shape[1], (5.4, 4.2))
    titles = [*at["stage"].values]
    titles[titles.index("after unlearning")] = f"{dreams} dreams"
    for row, letter_name in enumerate(at["letter"].values):
        for column, title in enumerate(titles):
            axis = axes[row, column]
            axis.imshow(pictures[row, column].reshape(side, side), cmap=study.SPINS, vmin=-1.6, vmax=1.6)
            study.picture(axis)
            if row == 0:
                axis.set_title(title)
        axes[row, 0].set_ylabel(str(letter_name), rotation=0, labelpad=10, va="center")
    caption = (
        "Three letters as they are stored, and where the network settles from each: by Hebb's rule all three "
        f"become one blend, the majority of their pixels; after {dreams} dreams, the first number after which all "
        f"are fixed points, and by the projection, each is itself. N = {side * side}, rate {at['rate'].item():g}, "
        f"seed {ds.attrs['seed']}."
    )
    return Figure(plot, caption, "Letters E, F and B blend under Hebb's rule and are themselves again after dreaming")


def _ends(ds: xr.Dataset) -> Figure:
    at = analysis.of_kind(ds, "ends").isel(point=0)
    plot, axis = new_figure(1, 1, (6.2, 3.3))
    share = at["share"].transpose("end", "correlation", "disorder").values
    for name, values, colour, marker in zip(at["end"].values, share, (*SERIES[:1], *SERIES[2:]), MARKERS, strict=False):
        axis.errorbar(
            at["correlation"].values, *mean_error(values), color=colour, marker=marker, linewidth=0.6, label=str(name)
        )
    limit = hp.theory.mixtures.three_basin()
    axis.plot([-0.015, 0.015], [limit, limit], color=COLOURS["theory"], linewidth=2)
    for place, text in ((0.2, "blend deeper"), (0.5, "patterns unstable")):
        axis.axvline(place, **DOTTED)
        axis.text(place + 0.006, 0.5, text, rotation=90, va="center", fontsize=8, color=COLOURS["theory"])
    axis.set(xlabel="mutual overlap $c$", ylabel="share of random starts", ylim=(-0.03, 1.03))
    axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    caption = (
        "Where random starts end among three similar patterns alone, T = 0: in one of them, in their blend, in "
        "another of their mixtures (signs counted together), or elsewhere. Dark mark at c = 0: all mixtures "
        "together for N to infinity, 0.351. Dotted: from c = 1/5 the blend lies deeper than the patterns, from "
        f"1/2 they are no minima. N = {at['size'].item():.0f}, {at['samples'].item():.0f} samples of "
        f"{at['starts'].item():.0f} starts; standard errors over samples; lines guide the eye; seed "
        f"{ds.attrs['seed']}."
    )
    return Figure(plot, caption, "The basin of the blend grows with the mutual overlap until it is all there is")

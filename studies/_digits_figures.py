"""Drawings of the study `digits`: memory, cue and answers; the blend and its cause; and recall against number."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies._digits_findings import at, counts, mean, near, size
from hopphys.studies._digits_rules import TITLES

import hopphys as hp
from hopphys.study import COLOURS, MARKERS, SERIES, Figure, finish, letter, new_figure, picture

FAILING = ("hebb", "covariance", "centred", "unlearning", "sparse")
HOLDING = ("perceptron", "projection", "dreaming", "minimum_overlap", "attention", "nearest")
STARTS = {
    "undamaged": "undamaged",
    "flipped": "{flip:.0%} flipped",
    "covered": "lower half covered",
    "held": "upper half held",
}
KINDS = {
    "digits": (COLOURS["hopfield"], "o", "digits"),
    "shuffled": (SERIES[0], "s", "shuffled"),
    "unrelated": (SERIES[2], "^", "unrelated"),
}


def gallery(ds: xr.Dataset) -> Figure:
    """Memory, cue and answers across; a few digits down, flipped above and covered below."""
    count = near(ds, 80)
    here = at(ds, count).isel(point=0)
    names, levels = [str(name) for name in here.shown.values], int(here.levels.item())
    rows = [(str(damage), k) for damage in here.damage.values for k in here.picture.values]
    plot, axes = new_figure(len(rows), len(names), size=(7.4, 4.0))
    picture(axes)
    for line, (damage, k) in zip(axes, rows, strict=True):
        for axis, name in zip(line, names, strict=True):
            shade = here.example.sel(damage=damage, shown=name, picture=k).values / levels
            axis.imshow(shade, cmap="binary", vmin=0, vmax=1)
            axis.spines[:].set(visible=True, color=COLOURS["theory" if name in ("memory", "cue") else "band"])
    for axis, name in zip(axes[0], names, strict=True):
        axis.set_title(two_lines(TITLES.get(name, name)), fontsize=6.5, loc="center")
    axes[1, 0].set_ylabel(f"{here.flip.item():.0%} flipped", fontsize=8)
    axes[4, 0].set_ylabel("half covered", fontsize=8)
    caption = (
        f"Three of {count} stored digits: the memory, the damaged cue (dark frames), and what each way answers, from "
        f"cues with {here.flip.item():.0%} of the units flipped (top) and with the lower half covered (bottom). Shades "
        f"are the share of the {levels} units of a pixel that are on. {made(ds)}"
    )
    return Figure(plot, caption, "Grid of handwritten digits: memory, cue and the answer of each of eleven ways")


def two_lines(title: str) -> str:
    return "\n".join(part.strip() for part in title.replace(",", " ").split(" ", 1))


def cause(ds: xr.Dataset) -> Figure:
    """The mean picture and what Hebb's network ends in; units that would flip, for three kinds of patterns."""
    shown = counts(ds)[:: max(1, round(len(counts(ds)) / 4))][:4]
    plot, _ = new_figure(1, 1, size=(7.4, 2.7))
    plot.clear()
    grid = plot.add_gridspec(2, 2 * len(shown), wspace=0.0, hspace=0.0)
    for column, count in enumerate(shown):
        here = at(ds, count).isel(point=0)
        for row, (name, title) in enumerate((("middle", "mean picture"), ("blend", "Hebb's end"))):
            axis = plot.add_subplot(grid[row, column])
            picture(axis)
            axis.imshow(here[name].values, cmap="binary", vmin=0, vmax=1)
            axis.set_title(f"P = {count}" if row == 0 else "", fontsize=8, loc="center")
            axis.set_ylabel(title if column == 0 else "", fontsize=8)
    turned(plot.add_subplot(grid[:, len(shown) :]), ds)
    caption = (
        "Left: the mean of the stored digits, its signs, and the state that most of Hebb's flipped cues end in, one "
        "random choice of digits each. Right: share of units of a stored pattern that would flip at once, under Hebb's "
        "rule (filled) and with each unit's own mean left out (open), for digits, for digits with every unit's values "
        "shuffled among the pictures, and for unrelated patterns. Full line: signal and noise with the mean of each "
        f"unit and the overlaps; dashed: binomial tail for unrelated patterns. Zeros are not drawn. {made(ds)}"
    )
    return Figure(plot, caption, "Hebb's network ends in the mean picture, because the means of units turn them over")


def turned(axis: Any, ds: xr.Dataset) -> None:
    finish(axis)
    p, n = counts(ds), size(ds)
    for kind, (colour, marker, label) in KINDS.items():
        for rule, fill in (("hebb", colour), ("centred", "white")):
            found = np.array([mean(at(ds, count).turned.sel(kind=kind, rule=rule)) for count in p])
            axis.errorbar(
                p,
                np.where(found[:, 0] > 0, found[:, 0], np.nan),
                found[:, 1],
                color=colour,
                marker=marker,
                markerfacecolor=fill,
                linestyle="none",
                zorder=3 if kind == "digits" else 2,
                label=f"{label}, {TITLES[rule].split()[0]}",
            )
    theory = [mean(at(ds, count).expected.sel(kind="shuffled"))[0] for count in p]
    axis.plot(p, theory, color=COLOURS["theory"], linewidth=1.0)
    loads = np.geomspace(p[0], p[-1], 60)
    tail = [float(hp.theory.capacity.one_step_error_at(n, round(count))) for count in loads]
    axis.plot(loads, tail, color=COLOURS["theory"], linewidth=1.0, linestyle="--")
    axis.set(xscale="log", yscale="log", ylim=(1e-4, 0.5), xlabel="number stored $P$", ylabel="share that would flip")
    axis.legend(loc="lower left", bbox_to_anchor=(1.0, 0.0), fontsize=7)


def recall(ds: xr.Dataset) -> Figure:
    """Fraction recalled against the number stored: ways that lose the pictures above, ways that keep them below."""
    plot, axes = new_figure(2, 4, size=(7.4, 4.8))
    style = styles()
    for row, names in zip(axes, (FAILING, HOLDING), strict=True):
        for axis, (start, title) in zip(row, STARTS.items(), strict=True):
            for way in names:
                line(axis, ds, way, start, style[way])
            axis.set(xscale="log", ylim=(-0.04, 1.04), title=title.format(flip=float(ds.flip.values[0])))
            axis.title.set_fontsize(8)
        row[0].set(ylabel="fraction recalled")
    for axis in axes.ravel()[1:]:
        axis.sharey(axes[0, 0])
        axis.tick_params(labelleft=bool(axis in axes[:, 0]))
    for axis in axes[1]:
        axis.set(xlabel="number stored $P$")
    letter(axes)
    axes[0, 2].legend(fontsize=6.5, loc="upper right")
    axes[1, 0].legend(fontsize=6.5, loc="lower left")
    caption = (
        "Fraction of digits recalled (overlap above 0.95 and no stored picture closer) against their number, from the "
        "picture itself, from flipped cues, with the lower half covered, and covered with the upper half held; local "
        "rules, sparse codes and unlearning above; rules that correct errors or correlations, attention and the "
        "nearest picture below. A sparse code "
        f"has no pixels that could be held. Lines guide the eye. {made(ds)}"
    )
    return Figure(plot, caption, "Fraction recalled against the number stored, for eleven ways and four cues")


def line(axis: Any, ds: xr.Dataset, way: str, start: str, style: dict[str, Any]) -> None:
    value, error = np.array([mean(at(ds, count, way).recalled.sel(start=start)) for count in counts(ds)]).T
    axis.errorbar(counts(ds), value, error, **{"markersize": 3.5, "linewidth": 0.8, **style})


def styles() -> dict[str, dict[str, Any]]:
    """Hebb and attention in their models' colours; the other rules in colours of no model."""
    colours = {"hebb": COLOURS["hopfield"], "attention": COLOURS["attention"], "nearest": COLOURS["theory"]}
    for names in (FAILING[1:], HOLDING[:4]):
        colours |= dict(zip(names, SERIES, strict=False))
    marks = {way: MARKERS[k % len(MARKERS)] for names in (FAILING, HOLDING) for k, way in enumerate(names)}
    return {
        way: {
            "color": colours[way],
            "marker": marks[way],
            "label": TITLES[way],
            "linestyle": "--" if way == "nearest" else "-",
            "zorder": 1 if way == "nearest" else 2,
        }
        for way in TITLES
    }


def made(ds: xr.Dataset) -> str:
    """N, samples, sharpness and seed, for the captions."""
    samples = int((ds.pictures.values == ds.pictures.values[0]).sum())
    return (
        f"N = {size(ds)} units, {samples} random choices of digits at each P, standard errors over them; attention at "
        f"sharpness {ds.sharpness.values[0]:g}; seed {ds.attrs['seed']}."
    )

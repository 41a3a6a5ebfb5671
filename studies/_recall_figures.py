"""Drawings of the study `recall`: curves of every method over the damage, and a grid of pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies._recall_findings import TITLES

from hopphys.statistics import standard_error
from hopphys.study import COLOURS, MARKERS, Figure, letter, new_figure, picture, shades

AXES = {"flip": "flip probability $f$", "erase": "fraction rubbed out"}
ROWS = 7


def styles(methods: list[str]) -> dict[str, dict[str, Any]]:
    """One colour per model, its shades per variant, and a marker each."""
    attention = [name for name in methods if name.startswith("attention")]
    colours = {
        "Hebb": shades("hopfield", 3)[1],
        "projection": shades("hopfield", 3)[2],
        "cooling": COLOURS["boltzmann"],
        **dict(zip(attention, shades("attention", len(attention) + 1)[1:], strict=True)),
        "nearest": COLOURS["theory"],
    }
    return {name: {"color": colours[name], "marker": MARKERS[k % len(MARKERS)]} for k, name in enumerate(methods)}


def curves(ds: xr.Dataset, theory: Callable[[str, Any], list[float]]) -> Figure:
    """A row for each kind of picture, a column for each damage."""
    plot, axes = new_figure(2, 2, size=(7.4, 6.2))
    style = styles([str(method) for method in ds.approach.values])
    for row, kind in enumerate(TITLES):
        for column, damage in enumerate(AXES):
            axis = axes[row, column]
            here = ds.isel(point=np.flatnonzero((ds.kind == kind) & (ds.damage == damage))).sortby("amount")
            restored(axis, here, style)
            if kind == "random":
                line = np.linspace(here.amount.values[0], here.amount.values[-1], 60)
                axis.plot(line, theory(damage, line), color=COLOURS["theory"], linestyle="--", label="nearest, exact")
            axis.set_title(f"{TITLES[kind]}, {'flipped' if damage == 'flip' else 'rubbed out'}")
            axis.set(xlabel=AXES[damage], ylabel="fraction restored", ylim=(-0.04, 1.04))
    letter(axes)
    handles, labels = axes[1, 0].get_legend_handles_labels()
    plot.legend([*handles[1:], handles[0]], [*labels[1:], labels[0]], loc="outside lower center", ncols=4)
    alt = f"fraction restored by {len(style)} methods over the damage, for letters and random patterns"
    return Figure(plot, curves_caption(ds.isel(point=0), ds.attrs["seed"]), alt=alt)


def restored(axis: Any, here: xr.Dataset, style: dict[str, dict[str, Any]]) -> None:
    """Every method on one axis; the nearest picture as open points on top, so that what it covers shows through."""
    for method, look in style.items():
        values, line = here.restored.sel(approach=method).transpose("disorder", ...), method != "nearest"
        found = standard_error(values.values)
        axis.errorbar(
            here.amount, found.value, found.error, label=method, linewidth=0.9, linestyle="-" if line else "none",
            fillstyle="full" if line else "none", zorder=3 if line else 4, **look,
        )  # fmt: skip


def curves_caption(point: xr.Dataset, seed: int) -> str:
    return (
        "Fraction restored against damage, the same cues for every way. "
        f"N = {int(point.side) ** 2} pixels, P = {int(point.pictures)} pictures, {int(point.samples)} samples of "
        "pictures and damage; points are means with standard errors over samples (unseen where smaller than the "
        "point), full lines guide the eye. Dashed: theory, exact for the nearest of random patterns; for flips no "
        f"way is better. Cooling: {int(point.sweeps)} sweeps from T = {float(point.hot):g} to {float(point.cold):g}; "
        f"k is the sharpness of attention for vectors of length 1. Root seed {seed}."
    )


def gallery(ds: xr.Dataset) -> Figure:
    """Damage rises down the rows; memory, cue and every method's answer across."""
    letters = ds.isel(point=np.flatnonzero((ds.kind == "letters") & (ds.amount > 0)))
    chosen = np.unique(np.linspace(0, letters.sizes["point"] - 1, ROWS).round().astype(int))
    shown, side = [str(name) for name in ds.shown.values], int(ds.side.values[0])
    plot, axes = new_figure(len(chosen), len(shown), size=(7.4, 0.83 * len(chosen) + 0.5))
    picture(axes)
    for row, index in enumerate(chosen):
        here = letters.isel(point=int(index))
        bits = np.unpackbits(here.example.values.astype(np.uint8), axis=-1)[:, : side**2]
        for axis, pixels in zip(axes[row], bits, strict=True):
            axis.imshow(pixels.reshape(side, side), cmap="binary", vmin=0, vmax=1)
        name = "flipped" if here.damage.item() == "flip" else "rubbed out"
        axes[row, 0].set_ylabel(f"{name}\n{100 * here.amount.item():.0f} %", fontsize=8)
    for axis, name in zip(axes[0], shown, strict=True):
        axis.set_title(name.replace(" ", "\n"), fontsize=8, loc="center")
    caption = (
        f"One of {int(ds.pictures.values[0])} stored letters and digits at rising damage: the memory, the damaged cue, "
        f"and what each way of restoring answers; N = {side**2} pixels, the first picture of the first sample of each "
        f"point. Root seed {ds.attrs['seed']}."
    )
    return Figure(plot, caption, alt="grid of letters: memory, damaged cue and the answer of every method")

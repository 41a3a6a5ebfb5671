"""The film strip: what a network dreams of, before, at its best and past the end, beside the pictures it stores."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _unlearning_analysis as analysis
from hopphys.studies._unlearning_pictures import KINDS, LEVELS, SIDE

from hopphys.study import SPINS, Figure, new_figure, picture

FRAMES, COLUMNS = 6, 10


def figure(ds: xr.Dataset, seed: str) -> Figure:
    """A strip for the first set of pictures of each kind: rows are stored pictures and the dreams at rising x."""
    sets = [some[0] for kind in KINDS if (some := analysis.kind(ds, kind))]
    shown = min(ds.sizes["shown"], COLUMNS // len(sets))
    size = (7.4 if len(sets) > 1 else 5.2, 5.8 if len(sets) > 1 else 6.4)
    plot, axes = new_figure(FRAMES, len(sets) * shown, size)
    grid = np.asarray(axes).reshape(FRAMES, len(sets), shown)
    for number, at in enumerate(sets):
        _strip(grid[:, number], at)
    caption = (
        "Stored pictures of the first sample (top row), and what its network dreams of after x of unlearning: states "
        "that random starts settle into, each turned to the side of the pattern it is nearest to, with its overlap m "
        "with that pattern. Before, noise falls into what is common to the pictures; then into more of them, and parts "
        f"of several; the row before the last is the best x, and past the end dreams are noise. {_which(sets)}; 8 x 8 "
        f"pixels, red +1 (ink), blue -1{_grey(sets)}; {seed}."
    )
    return Figure(plot, caption, "Dreams of a network turn from mixtures into stored pictures and then into noise")


def _grey(sets: list[xr.Dataset]) -> str:
    """What colours in between are: a pixel of a digit is several units."""
    levels = f", between them the mean of the {len(LEVELS)} units of a digit's pixel"
    return levels if any(str(at["kind"].item()) == "digits" for at in sets) else ""


def frames(at: xr.Dataset) -> list[int]:
    """Looks to show: before, at two stages on the way, at the best x, and past the end."""
    best = analysis.best_look(at)
    x = at["x"].values
    way = [int(np.argmin(np.abs(x - share * x[best]))) for share in (0.0, 0.3, 0.65)]
    return [*way, best, len(x) - 1]


def _strip(grid: Any, at: xr.Dataset) -> None:
    rows = [at["picture"].values, *(at["film"].values[look] for look in frames(at))]
    labels = ["stored", *(f"$x$ = {at['x'].values[look]:.2f}" for look in frames(at))]
    for number, (row, label) in enumerate(zip(rows, labels, strict=True)):
        for column, axis in enumerate(grid[number]):
            if column < len(row) and np.isfinite(row[column]).all():
                axis.imshow(row[column].reshape(SIDE, SIDE), cmap=SPINS, vmin=-1, vmax=1)
            picture(axis)
            if number:
                m = float(at["film_overlap"].values[frames(at)[number - 1], column])
                axis.set_title(f"m = {m:.2f}", loc="center", fontsize=6.5, pad=1.5)
        grid[number][0].set_ylabel(label, fontsize=7.5)


def _which(sets: list[xr.Dataset]) -> str:
    return "left to right: " * (len(sets) > 1) + "; ".join(analysis.name_of(at) for at in sets)

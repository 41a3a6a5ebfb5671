"""The figure of `hopphys recall`: stored | probe | restored, above energy and overlaps against sweeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys.study.style import COLOURS, finish, picture, print_style
from hopphys.types import Array

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = 4  # stored pictures in the figure
WIDTH = 7.4  # inches


def figure(result: xr.Dataset) -> Figure:
    """Stored pictures | probe | restored, above energy and overlaps against sweeps."""
    from matplotlib.figure import Figure

    shown = _shown(result)
    with print_style():
        heights = _height_of_pictures(result, len(shown) + 2), 2.7
        plot = Figure(figsize=(WIDTH, sum(heights)), layout="constrained")
        above, below = np.asarray(plot.subfigures(2, 1, height_ratios=heights))
        _draw_pictures(result, shown, above.subplots(1, len(shown) + 2, squeeze=False)[0])
        energy, overlaps = below.subplots(1, 2)
        finish([energy, overlaps])
        _draw_energy(result, energy)
        _draw_overlaps(result, shown, overlaps)
        plot.suptitle(_title(result), x=0.01, ha="left", fontsize=9.5)
    return plot


def _height_of_pictures(result: xr.Dataset, columns: int) -> float:
    """Inches for a row of pictures of this shape: they fill the width, with room for two lines above and two below."""
    column = WIDTH / columns - 0.1
    return 0.95 + min(1.9, column * float(result.attrs["height"] / result.attrs["width"]))


def _shown(result: xr.Dataset) -> list[int]:
    """The stored pictures that matter most for what came back, in the order in which they were given."""
    weight = np.abs(result.overlap.values).max(axis=0)
    weight[result.attrs["members"][:SHOWN]] += 2
    return sorted(np.argsort(-weight, kind="stable")[:SHOWN].tolist())


def _title(result: xr.Dataset) -> str:
    size = f"{result.attrs['width']} × {result.attrs['height']}"
    return f"{kind_of_network(result)}: {pictures(result.sizes['pattern'])} of {size} pixels"


def _draw_pictures(result: xr.Dataset, shown: list[int], axes: Any) -> None:
    picture(axes)
    final = result.overlap.values[-1]
    count = result.sizes["pattern"]
    stored = "stored" if len(shown) == count else f"stored, {len(shown)} of {count}"
    drawn = [(result.patterns.values[i], stored, f"{_label(result, i, 16)}\n$m$ = {final[i]:.3f}") for i in shown]
    drawn += [
        (result.probe.values, "probe", _plain(short(result.attrs["probe_name"], 16))),
        (result.restored.values, "restored", _short_verdict(result)),
    ]
    for axis, (spins, title, label) in zip(axes, drawn, strict=True):
        axis.imshow(square(result, spins), cmap="binary", vmin=-1, vmax=1)
        axis.set_title(title, fontsize=8.5)
        axis.set_xlabel(label, fontsize=7.5)
    for axis, name in ((axes[-2], "guide"), (axes[-1], result.attrs["model"])):
        axis.spines[:].set(color=COLOURS[name], linewidth=1.6)


def _short_verdict(result: xr.Dataset) -> str:
    kind, best = result.attrs["verdict"], _label(result, result.attrs["members"][0], 16)
    return {
        "memory": best,
        "negative": f"negative of\n{best}",
        "mixture": f"mixture of {len(result.attrs['members'])}",
        "spurious": "spurious state",
    }[str(kind)]


def _draw_energy(result: xr.Dataset, axis: Axes) -> None:
    axis.plot(result.sweep, result.energy, "o-", color=COLOURS[result.attrs["model"]])
    unit = "" if result.attrs["model"] == "attention" else " / J"
    axis.set(xlabel="sweeps", ylabel=f"energy $E{unit}$")
    _whole(axis)


def _draw_overlaps(result: xr.Dataset, shown: list[int], axis: Axes) -> None:
    styles = [("s", "--"), ("^", "-."), ("D", ":"), ("v", (0, (5, 1)))]
    for index, (marker, dashes) in zip(shown, styles, strict=False):
        best = index == result.attrs["members"][0]
        axis.plot(
            result.sweep, result.overlap[:, index], marker="o" if best else marker, linestyle="-" if best else dashes,
            color=COLOURS[result.attrs["model"]] if best else COLOURS["guide"], label=" " + _label(result, index, 18),
            zorder=3 if best else 2,
        )  # fmt: skip
    low = float(min(0.0, result.overlap.values[:, shown].min()))
    axis.set(xlabel="sweeps", ylabel="overlap $m$", ylim=(low - 0.05, 1.05))
    axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    _whole(axis)


def _label(result: xr.Dataset, index: int, width: int) -> str:
    return _plain(name_of(result, index, width))


def _plain(name: str) -> str:
    """A file name that is drawn as it is: a dollar sign would begin a formula."""
    return name.replace("$", r"\$")


def _whole(axis: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axis.xaxis.set_major_locator(MaxNLocator(integer=True))


def kind_of_network(result: xr.Dataset) -> str:
    if result.attrs["model"] == "attention":
        return f"Softmax attention, sharpness {result.attrs['sharpness']:.4g}"
    return f"Hopfield network, {'Hebb' if result.attrs['rule'] == 'hebb' else 'projection'} rule"


def name_of(result: xr.Dataset, index: int, width: int = 40) -> str:
    return short(str(result.pattern.values[index]), width)


def short(name: str, width: int) -> str:
    """A name in at most `width` characters: a bit of its beginning and more of its end, which tells files apart."""
    first = width // 4
    return name if len(name) <= width else f"{name[:first]}...{name[len(name) - (width - first - 3) :]}"


def pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"


def square(result: xr.Dataset, spins: Array) -> Array:
    return spins.reshape(result.attrs["height"], result.attrs["width"])

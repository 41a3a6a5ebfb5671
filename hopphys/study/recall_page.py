"""What `hopphys recall` shows: a few lines of text, a figure, and the files it leaves."""

from __future__ import annotations

import os
import textwrap
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from hopphys import dataset
from hopphys.interop import images
from hopphys.patterns import overlap
from hopphys.study.recall_figure import figure, kind_of_network, name_of, pictures, short, square
from hopphys.types import Array

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

COLUMNS = 80
FILES = ("restored.png", "recall.png", "recall.nc")
CAPACITY = 0.138  # Amit, Gutfreund & Sompolinsky 1985: Hebb's rule, unrelated patterns
LISTED = 12  # stored pictures in the text


def check_folder(folder: Path, inputs: Iterable[Path], *, force: bool = False) -> None:
    """Raise ValueError where the results could not be written, or would replace something; nothing is touched.

    Other files in the folder are left alone. `force` allows older results to be replaced, but never a picture that is
    read.
    """
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file, and results go into a folder; name another one")
    targets = [folder / name for name in FILES]
    for path in inputs:
        if any(_same(path, target) for target in targets):
            raise ValueError(f"{path} is read, and the results would replace it; name another folder")
    present = [target.name for target in targets if target.exists()]
    if present and not force:
        raise ValueError(
            f"{folder} already holds {' and '.join(present)}; name another folder, or use --force to replace them"
        )
    nearest = next((place for place in (folder, *folder.absolute().parents) if place.exists()), folder)
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        raise ValueError(f"{nearest} cannot be written, so there is no place for {folder}; name another folder")


def write(result: xr.Dataset, folder: Path) -> list[Path]:
    """The restored picture, the figure and the Dataset, each whole or not at all; makes the folder where it is missing.

    Raises ValueError where the disk refuses.
    """
    restored, drawn, data = paths = [folder / name for name in FILES]
    plot = figure(result)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        images.write(restored, square(result, result.restored.values))
        images.write_whole(drawn, lambda file: _draw(plot, file))
        dataset.save(result, data)
    except OSError as error:
        raise ValueError(f"the results cannot be written into {folder}: {error.strerror or error}") from None
    return paths


def _draw(plot: Figure, file: IO[bytes]) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="Glyph"
        )  # a file name in a script that the font lacks: drawn as boxes
        plot.savefig(file, format="png", dpi=200)


def _same(path: Path, other: Path) -> bool:
    return path.exists() and other.exists() and path.samefile(other)


def lines(result: xr.Dataset) -> list[str]:
    """What was read, what stored it, what came back, and what to try where that is no picture; 80 columns."""
    return [*_read(result), "", *_network(result), "", *_outcome(result), *_advice(result)]


def _read(result: xr.Dataset) -> Iterator[str]:
    width, height = result.attrs["width"], result.attrs["height"]
    count = result.sizes["pattern"]
    yield f"Stored {pictures(count)} as {width} x {height} = {width * height} pixels, dark +1 and light -1"
    for index in range(min(count, LISTED)):
        yield _row(result, index, result.pattern.values[index], result.threshold.values[index], result.patterns[index])
    if count > LISTED:
        yield f"  ... and {count - LISTED} more"
    yield "Probe"
    yield _row(result, -1, result.attrs["probe_name"], result.probe_threshold.item(), result.probe)
    nearest = int(np.argmax(result.overlap.values[0]))
    yield f"  most like {name_of(result, nearest, 44)}, overlap {result.overlap.values[0, nearest]:.3f}"
    if count > 1:
        second = int(np.argsort(result.overlap.values[0])[-2])
        yield f"  and then  {name_of(result, second, 44)}, overlap {result.overlap.values[0, second]:.3f}"


def _row(result: xr.Dataset, index: int, name: str, threshold: float, spins: xr.DataArray) -> str:
    original = "x".join(map(str, result.original.values[index]))
    ink = 100 * float((spins > 0).mean())
    return f"  {short(name, 30):30s} {original:>11s}  threshold {threshold:5.1f} of 255 {ink:3.0f} % dark"


def _network(result: xr.Dataset) -> Iterator[str]:
    count, size = result.sizes["pattern"], result.sizes["site"]
    yield from _wrapped(f"{kind_of_network(result)}{_load(result)}")
    if count > 1:
        first, second, alike = _most_alike(result.patterns.values)
        chance = 3 / np.sqrt(size)  # three standard deviations of the overlap of unrelated patterns
        pair = f"{name_of(result, first, 20)} and {name_of(result, second, 20)}"
        yield from _wrapped(f"Most alike: {pair}, overlap {alike:.3f} (chance: up to {chance:.2g})")
    stable = int((result.unstable == 0).sum())
    yield f"{stable} of {pictures(count)} {'is a fixed point' if count == 1 else 'are fixed points'} of the network"


def _load(result: xr.Dataset) -> str:
    """The load beside the capacity; attention has none of this kind."""
    if result.attrs["model"] == "attention":
        return ""
    count, size = result.sizes["pattern"], result.sizes["site"]
    limit = CAPACITY if result.attrs["rule"] == "hebb" else 1
    verdict = f"OVER CAPACITY, {limit:g}" if count / size > limit else f"capacity {limit:g}"
    return f"; load {count}/{size} = {count / size:.2g} ({verdict} for unrelated pictures)"


def _outcome(result: xr.Dataset) -> Iterator[str]:
    sweeps = result.sizes["sweep"] - 1
    changed = int((result.restored != result.probe).sum())
    yield from _wrapped(_sentence(result))
    energy = result.energy.values
    yield from _wrapped(
        f"Energy {energy[0]:.6g} -> {energy[-1]:.6g} in {sweeps} {'sweep' if sweeps == 1 else 'sweeps'}, "
        f"{changed} pixels changed; {_rest(result)}"
    )


def _rest(result: xr.Dataset) -> str:
    if result.converged.item():
        return "converged: a fixed point"
    period = result.period.item()
    return f"it repeats with period {period}" if period else "not converged"


def _sentence(result: xr.Dataset) -> str:
    kind, members = result.attrs["verdict"], result.attrs["members"]
    final = result.overlap.values[-1]
    best = members[0]
    wrong = round((1 - abs(final[best])) / 2 * result.sizes["site"])
    exactly = "exactly" if not wrong else f"but for {wrong} of {result.sizes['site']} pixels"
    if kind == "memory":
        return f"Found the memory {name_of(result, best)}, {exactly} (overlap {final[best]:.3f})."
    if kind == "negative":
        return f"Found the NEGATIVE of {name_of(result, best)} {exactly} (overlap {final[best]:.3f})."
    if kind == "mixture":
        several = ", ".join(name_of(result, i, 20) for i in members[:5]) + (", ..." if len(members) > 5 else "")
        likeness = f"overlap {result.attrs['verdict_overlap']:.3f} with it"
        return f"Found a MIXTURE of {len(members)} pictures ({several}), {likeness}."
    return (
        f"Found a SPURIOUS state, no stored picture: most like {name_of(result, best)}, overlap {final[best]:.3f}, "
        f"{wrong} of {result.sizes['site']} pixels differ."
    )


def _advice(result: xr.Dataset) -> Iterator[str]:
    hints = list(_hints(result))
    if hints:
        yield ""
        yield "To try:"
    for hint in hints:
        yield from textwrap.wrap(hint, COLUMNS, initial_indent="  - ", subsequent_indent="    ")


def _hints(result: xr.Dataset) -> Iterator[str]:
    kind, exact = result.attrs["verdict"], abs(result.attrs["verdict_overlap"]) > 1 - 1 / result.sizes["site"]
    nearest = int(np.argmax(result.overlap.values[0]))
    if result.overlap.values[0, nearest] < 3 / np.sqrt(result.sizes["site"]):
        yield "another probe: this one is no more like any picture than chance; are dark and light swapped in it?"
    if kind == "negative":
        yield "a network of spins does not tell a picture from its negative: invert the probe, or --model attention"
    elif kind != "memory" or not exact:
        yield from _other_networks(result)
    if kind == "memory" and result.attrs["members"][0] != nearest:
        yield f"a less damaged probe: this one was most like another picture, {name_of(result, nearest)}"
    elif kind in ("mixture", "spurious"):
        yield "a less damaged probe"


def _other_networks(result: xr.Dataset) -> Iterator[str]:
    """What may restore a picture where this network did not, or not exactly."""
    count, size = result.sizes["pattern"], result.sizes["site"]
    if result.attrs["model"] == "attention":
        yield f"--sharpness {2 * result.attrs['sharpness']:.3g}: sharper attention settles on one picture"
        return
    if result.attrs["rule"] == "hebb" and bool((result.unstable > 0).any()):
        yield "--rule projection, which keeps every picture a fixed point, however alike they are"
    yield "--model attention, which goes to the most similar picture"
    if result.attrs["rule"] == "hebb" and count > CAPACITY * size / 2:
        yield "a larger --size, or fewer pictures"
    elif result.attrs["rule"] == "hebb" and count > 1 and _most_alike(result.patterns.values)[2] > 3 / np.sqrt(size):
        yield "fewer pictures, or pictures less alike: the load is low, but Hebb's rule blends what is alike"


def _most_alike(patterns: Array) -> tuple[int, int, float]:
    mutual = np.tril(overlap(patterns, patterns), -1) + np.triu(np.full((len(patterns),) * 2, -2.0))
    later, earlier = np.unravel_index(int(np.argmax(mutual)), mutual.shape)
    return int(earlier), int(later), float(mutual[later, earlier])


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, COLUMNS, break_on_hyphens=False)

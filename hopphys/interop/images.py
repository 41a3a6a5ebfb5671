"""Pictures as ±1 patterns, and back: any size, any colour mode, dark ink +1.

A picture is turned upright (EXIF), laid over white where it is transparent, made grey (ITU-R 601), scaled by exact area
averages so that it fits into width × height with its proportions kept, and cut at Otsu's threshold: darker than the
threshold is ink, +1; the rest, and the bars beside a picture of another shape, is paper, -1. Nothing is guessed about
polarity: light writing on a dark ground gives a dark ground, +1, and of an animation the first frame is taken.

A file is judged by its header before anything is decoded: one that declares more than PIXELS is refused unread.
"""

from __future__ import annotations

import os
import re
import secrets
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from hopphys.memory import TooLarge, require
from hopphys.types import Array

# The formats that are decoded in this process: PostScript, for one, would start another program on a stranger's file.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
PIXELS = 64_000_000
SIDE = 65_535  # the longest side a JPEG can have; one row of pixels is held as floats
STRIP = 2**20  # pixels turned grey at once
WHITE = 255.0
DECIMALS = 6  # area averages of equal pixels differ by rounding, around 1e-10


class BadPicture(ValueError):
    """A file that is no picture, or one that holds nothing to store; the message names it and says what to do."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture as a pattern: `spins` (height, width) ±1, int8, dark +1; `threshold` on the grey scale 0 to 255."""

    path: Path
    spins: Array
    threshold: float
    original: tuple[int, int]  # width, height in the file, upright

    @property
    def ink(self) -> float:
        """Fraction of dark pixels."""
        return float(np.mean(self.spins > 0))


def pattern(path: str | Path, size: tuple[int, int] = (64, 64)) -> tuple[Array, float]:
    """A picture file as (spins, threshold): ±1 of shape (height, width), int8; size is (width, height) in pixels.

    Raises BadPicture, a ValueError that names the file, for anything that cannot be stored as a picture.
    """
    picture = read(path, size)
    return picture.spins, picture.threshold


def read(path: str | Path, size: tuple[int, int] = (64, 64)) -> Picture:
    """A picture file with its threshold and its original size; `pattern` says which errors."""
    width, height = checked_size(size)
    path = Path(path)
    with _opened(path) as image:
        original = image.size
        fitted = _fit(original, (width, height))
        grey = _stretched(image.mode, _shrunk(image, fitted)).round(DECIMALS)
    if grey.min() == grey.max():
        raise BadPicture(
            f"{path.name} ({original[0]}x{original[1]} pixels) is one even grey, {grey.min():.4g} of 255, at "
            f"{fitted[0]}x{fitted[1]}: no threshold separates ink from paper; take a picture with contrast"
            + ("" if min(original) < 2 else ", or a larger size")
        )
    threshold = otsu(grey)
    spins = np.full((height, width), -1, dtype=np.int8)
    left, top = (width - fitted[0]) // 2, (height - fitted[1]) // 2
    spins[top : top + fitted[1], left : left + fitted[0]] = np.where(grey < threshold, 1, -1)
    return Picture(path, spins, threshold, original)


def otsu(grey: Array) -> float:
    """The threshold that leaves most variance between the two classes (Otsu 1979), midway between two grey values.

    Computed on the values themselves, without bins. Raises ValueError where all are equal.
    """
    values, counts = np.unique(grey, return_counts=True)
    if len(values) < 2:
        raise ValueError(f"a threshold needs two different values, but all are {values}")
    darker = np.cumsum(counts)[:-1]
    lighter = grey.size - darker
    sums = np.cumsum(values * counts)
    between = darker * lighter * (sums[:-1] / darker - (sums[-1] - sums[:-1]) / lighter) ** 2
    best = int(np.argmax(between))
    return float((values[best] + values[best + 1]) / 2)


def area_average(values: Array, length: int) -> Array:
    """(..., n) -> (..., length): each new entry is the mean of `values` over the stretch that it covers.

    The integral of a staircase, read at the new edges; for length > n it repeats entries.
    """
    count = values.shape[-1]
    edges = np.arange(length + 1) * (count / length)
    whole = np.minimum(edges.astype(int), count - 1)
    below = np.cumsum(values, axis=-1) - values
    integral = below[..., whole] + (edges - whole) * values[..., whole]
    return np.asarray(np.diff(integral, axis=-1) * (length / count))


def write(path: str | Path, spins: Any) -> None:
    """A ±1 pattern (height, width) as a black and white PNG, one pixel a site, +1 black; whole or not at all."""
    signs = np.asarray(spins)
    if signs.ndim != 2 or signs.size == 0 or not np.isin(signs, (-1, 1)).all():
        raise ValueError(f"a picture is written from ±1 of shape (height, width), but the shape is {signs.shape}")
    drawn = Image.fromarray(np.where(signs > 0, 0, 255).astype(np.uint8)).convert("1")
    write_whole(path, lambda file: drawn.save(file, format="PNG"))


def write_whole(path: str | Path, save: Callable[[IO[bytes]], object]) -> None:
    """Call save(file) on a temporary file beside `path` and rename it: a reader never meets half of it."""
    path = Path(path)
    temporary = path.parent / f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp"
    try:
        with temporary.open("xb") as file:
            save(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def checked_size(size: Any) -> tuple[int, int]:
    """(width, height) as whole numbers of at least two pixels together, refused where the pattern would not fit."""
    try:
        width, height = size
    except (TypeError, ValueError):
        raise ValueError(f"size must be (width, height) in pixels, but it is {size!r}") from None
    for side in (width, height):
        if isinstance(side, bool) or not isinstance(side, Integral) or side < 1:
            raise ValueError(f"size must be two whole numbers of pixels from 1, but it is {width!r} x {height!r}")
    width, height = int(width), int(height)
    if width * height < 2:
        raise ValueError("size must have at least two pixels, but it is 1 x 1; try 64 x 64")
    require(32 * width * height, f"a picture of {width} x {height} pixels", "take a smaller size, such as 64 x 64")
    return width, height


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The first frame of a picture file, decoded and upright; every way to fail becomes a BadPicture."""
    _check_file(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata, and of sizes that are checked here
        try:
            with Image.open(path, formats=FORMATS) as image:
                _check_declared(path, image.size)
                image.load()
                yield _upright(image)
        except (BadPicture, TooLarge):
            raise
        except UnidentifiedImageError:
            raise BadPicture(
                f"{path.name} is not a picture in a format that is read here ({', '.join(FORMATS)})"
            ) from None
        except Image.DecompressionBombError as error:
            count = re.search(r"\d+", str(error))
            raise _too_many(path, f"{int(count.group()):,} pixels" if count else str(error)) from None
        except PermissionError:
            raise BadPicture(f"{path.name} may not be read (permission denied); change its permissions") from None
        except Exception as error:  # decoders meet a damaged file with SyntaxError, struct.error, zlib.error and others
            raise BadPicture(
                f"{path.name} is damaged or cut short and cannot be decoded ({str(error) or type(error).__name__}); "
                "save the picture again, as PNG for instance"
            ) from None


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise BadPicture(f"{path} is a folder; name the picture files in it")
    if not path.exists():
        raise BadPicture(f"there is no file {path}; check the name")
    if not path.is_file():
        raise BadPicture(f"{path} is not an ordinary file; save the picture into a file first")
    if path.stat().st_size == 0:
        raise BadPicture(f"{path.name} is empty (0 bytes); save the picture again")


def _check_declared(path: Path, size: tuple[int, int]) -> None:
    width, height = size
    if width * height > PIXELS or max(size) > SIDE:
        raise _too_many(path, f"{width} x {height} pixels")
    require(12 * width * height, f"decoding {path.name}, {width} x {height} pixels,", "scale the picture down first")


def _too_many(path: Path, declared: str) -> BadPicture:
    return BadPicture(
        f"{path.name} declares {declared}, but at most {PIXELS // 10**6} million ({SIDE} a side) are read; "
        "scale the picture down first"
    )


def _upright(image: Image.Image) -> Image.Image:
    try:
        turned = ImageOps.exif_transpose(image, in_place=False)
    except Exception:  # metadata that cannot be read turn nothing
        return image
    return image if turned is None else turned


def _fit(original: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """The largest (width, height) inside `size` with the proportions of the original, at least one pixel each way."""
    scale = min(size[0] / original[0], size[1] / original[1])
    return min(size[0], max(1, round(original[0] * scale))), min(size[1], max(1, round(original[1] * scale)))


def _shrunk(image: Image.Image, size: tuple[int, int]) -> Array:
    """Grey values (height, width), area by area; strip by strip, so that no large picture is ever held as floats."""
    width, height = image.size
    rows = max(1, STRIP // width)
    strips = (image.crop((0, top, width, min(top + rows, height))) for top in range(0, height, rows))
    narrow = np.concatenate([area_average(_grey(strip), size[0]) for strip in strips])
    return area_average(narrow.T, size[1]).T


def _grey(image: Image.Image) -> Array:
    """Grey values (height, width), 0 black to 255 white; modes I and F are stretched to that scale afterwards."""
    if image.mode.startswith("I"):
        deep = np.asarray(image.convert("I"), dtype=float)
        clear = image.info.get("transparency")
        return np.where(deep == clear, WHITE, deep / 257) if isinstance(clear, int) else deep / 257
    if image.mode == "F":
        return np.asarray(image, dtype=float)
    if not image.has_transparency_data:
        return np.asarray(image.convert("RGB").convert("L"), dtype=float)
    ink = np.asarray(image.convert("RGBA").convert("LA"), dtype=float)
    return np.asarray(WHITE + (ink[..., 0] - WHITE) * ink[..., 1] / 255)


def _stretched(mode: str, grey: Array) -> Array:
    """The 0 to 255 scale for modes without one (32-bit and float pictures): from the darkest to the lightest value."""
    if mode not in ("I", "F"):
        return grey
    if not np.isfinite(grey).all():
        raise ValueError("some pixels are not finite")
    low, high = float(grey.min()), float(grey.max())
    return np.clip(grey, 0, WHITE) if low == high else (grey - low) * (WHITE / (high - low))

"""Pictures of every kind become the same ±1 pattern, and come back."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import hopphys as hp
from hopphys.interop import images

SIDE = 24


@pytest.fixture
def letter() -> Image.Image:
    """A dark L in the lower left of white paper: no symmetry that could hide a turn or a mirror."""
    paper = Image.new("L", (SIDE, SIDE), 255)
    drawing = ImageDraw.Draw(paper)
    drawing.rectangle((4, 4, 8, 19), fill=0)
    drawing.rectangle((4, 15, 16, 19), fill=0)
    return paper


@pytest.fixture
def ink(letter: Image.Image) -> np.ndarray:
    return np.where(np.asarray(letter) < 128, 1, -1)


def clear(letter: Image.Image, mode: str) -> Image.Image:
    """The letter as ink on a transparent ground whose hidden colour is black."""
    alpha = Image.eval(letter, lambda value: 255 - value)
    return Image.merge("LA", (Image.new("L", letter.size, 0), alpha)).convert(mode)


SAVED = {
    "1.png": lambda letter, path: letter.convert("1").save(path),
    "L.png": lambda letter, path: letter.save(path),
    "L.bmp": lambda letter, path: letter.save(path),
    "1.bmp": lambda letter, path: letter.convert("1").save(path),
    "P.gif": lambda letter, path: letter.convert("P").save(path),
    "P.png": lambda letter, path: letter.convert("RGB").quantize(4).save(path),
    "RGB.png": lambda letter, path: letter.convert("RGB").save(path),
    "RGB.jpg": lambda letter, path: letter.convert("RGB").save(path, quality=60),
    "L.jpg": lambda letter, path: letter.save(path, quality=60),
    "CMYK.jpg": lambda letter, path: letter.convert("RGB").convert("CMYK").save(path, quality=90),
    "CMYK.tif": lambda letter, path: letter.convert("RGB").convert("CMYK").save(path),
    "RGB.webp": lambda letter, path: letter.convert("RGB").save(path),
    "L.pgm": lambda letter, path: letter.save(path),
    "LA.png": lambda letter, path: clear(letter, "LA").save(path),
    "RGBA.png": lambda letter, path: clear(letter, "RGBA").save(path),
    "RGBA.tif": lambda letter, path: clear(letter, "RGBA").save(path),
    "P-clear.png": lambda letter, path: clear(letter, "RGBA").quantize(4).save(path),
    "P-clear.gif": lambda letter, path: clear(letter, "RGBA").save(path),
    "key-L.png": lambda letter, path: Image.eval(letter, lambda v: 9 if v else 60).save(path, transparency=9),
    "key-RGB.png": lambda letter, path: (
        Image.eval(letter, lambda v: 9 if v else 60).convert("RGB").save(path, transparency=(9, 9, 9))
    ),
    "I16.png": lambda letter, path: deep(letter).save(path),
    "key-I16.png": lambda letter, path: deep(letter, paper=3, ink=700).save(path, transparency=3),
    "I16.tif": lambda letter, path: deep(letter).save(path),
    "I16.pgm": lambda letter, path: deep(letter).save(path),
    "F.tif": lambda letter, path: Image.fromarray(np.asarray(letter, dtype=np.float32) / 1e4 - 5).save(path),
    "I.tif": lambda letter, path: Image.fromarray(np.asarray(letter, dtype=np.int32) * 10**6).save(path),
}


def deep(letter: Image.Image, paper: int = 4000, ink: int = 300) -> Image.Image:
    """Twelve bits in sixteen, as cameras give them."""
    return Image.fromarray(np.where(np.asarray(letter) < 128, ink, paper).astype(np.uint16))


@pytest.mark.parametrize("name", SAVED)
def test_every_mode_and_format_gives_one_pattern(name: str, letter, ink, tmp_path: Path):
    path = tmp_path / name
    SAVED[name](letter, path)
    spins, threshold = images.pattern(path, (SIDE, SIDE))
    assert spins.dtype == np.int8
    assert np.array_equal(spins, ink)
    assert 0 < threshold < 255


def test_an_animation_is_read_at_its_first_frame(letter, ink, tmp_path):
    other = Image.eval(letter, lambda value: 255 - value)
    letter.save(tmp_path / "moving.gif", save_all=True, append_images=[other, letter])
    assert np.array_equal(images.pattern(tmp_path / "moving.gif", (SIDE, SIDE))[0], ink)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_camera_picture_is_turned_upright(orientation, letter, ink, tmp_path):
    stored = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    sensor = letter if stored is None else letter.transpose(stored)
    sensor.convert("RGB").save(tmp_path / "camera.jpg", exif=exif, quality=95)
    assert np.array_equal(images.pattern(tmp_path / "camera.jpg", (SIDE, SIDE))[0], ink)


def test_metadata_that_cannot_be_read_turn_nothing(letter, ink, tmp_path):
    letter.convert("RGB").save(tmp_path / "camera.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + bytes(20))
    assert np.array_equal(images.pattern(tmp_path / "camera.jpg", (SIDE, SIDE))[0], ink)


def test_shrinking_averages_areas():
    values = np.random.default_rng(1).normal(size=(3, 60))
    assert np.allclose(images.area_average(values, 20), values.reshape(3, 20, 3).mean(axis=-1), atol=1e-12)
    unequal = images.area_average(np.array([1.0, 4.0, 10.0]), 2)
    assert np.allclose(unequal, [(1 + 4 / 2) / 1.5, (4 / 2 + 10) / 1.5])
    assert np.allclose(images.area_average(values, 41).mean(axis=-1), values.mean(axis=-1))
    assert np.allclose(images.area_average(values, 120), np.repeat(values, 2, axis=-1))


def test_strips_change_nothing(tmp_path, monkeypatch):
    noise = np.random.default_rng(2).integers(0, 256, size=(91, 57), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    whole = images.read(tmp_path / "noise.png", (17, 31))
    monkeypatch.setattr(images, "STRIP", 200)
    strips = images.read(tmp_path / "noise.png", (17, 31))
    assert np.array_equal(whole.spins, strips.spins) and whole.threshold == strips.threshold


@pytest.mark.parametrize(("size", "bars"), [((60, 20), "beside"), ((20, 60), "above")])
def test_another_shape_keeps_its_proportions_between_bars_of_paper(size, bars, letter, ink, tmp_path):
    letter.save(tmp_path / "letter.png")
    spins = images.pattern(tmp_path / "letter.png", size)[0]
    assert spins.shape == size[::-1]
    inner = spins[:, 20:40] if bars == "beside" else spins[20:40, :]
    assert np.array_equal(inner, images.pattern(tmp_path / "letter.png", (20, 20))[0])
    assert (spins > 0).sum() == (inner > 0).sum()


def test_one_line_of_pixels_stays_a_line(tmp_path):
    line = np.tile([[0, 255]], (1, 500)).astype(np.uint8)
    line[:, :500] //= 3
    Image.fromarray(line).save(tmp_path / "line.png")
    spins = images.pattern(tmp_path / "line.png", (64, 64))[0]
    assert np.flatnonzero((spins > 0).any(axis=1)).size == 1


def test_otsu_splits_two_humps_and_does_not_care_for_scale():
    random = np.random.default_rng(3)
    humps = np.concatenate([random.normal(60, 12, 3000), random.normal(190, 12, 1000)])
    assert 100 < images.otsu(humps) < 150
    assert images.otsu(np.array([3.0, 3.0, 3.5])) == 3.25
    assert np.isclose(images.otsu(humps * 0.01 + 7), images.otsu(humps) * 0.01 + 7)


def test_otsu_finds_the_split_of_least_variance_inside_the_classes():
    values = np.random.default_rng(4).integers(0, 40, size=300).astype(float)
    cuts = np.unique(values)[1:]
    within = [sum(part.size * part.var() for part in (values[values < c], values[values >= c])) for c in cuts]
    best = cuts[int(np.argmin(within))]
    assert np.array_equal(values < images.otsu(values), values < best)


def test_a_faint_picture_is_as_good_as_a_strong_one(letter, ink, tmp_path):
    Image.eval(letter, lambda value: 200 + value // 128).save(tmp_path / "faint.png")
    spins, threshold = images.pattern(tmp_path / "faint.png", (SIDE, SIDE))
    assert np.array_equal(spins, ink)
    assert threshold == 200.5


def test_light_on_dark_is_the_negative(letter, ink, tmp_path):
    Image.eval(letter, lambda value: 255 - value).save(tmp_path / "negative.png")
    assert np.array_equal(images.pattern(tmp_path / "negative.png", (SIDE, SIDE))[0], -ink)


def test_a_written_pattern_is_read_back(tmp_path):
    spins = np.where(np.random.default_rng(5).random((13, 29)) < 0.4, 1, -1)
    images.write(tmp_path / "pattern.png", spins)
    assert np.array_equal(images.pattern(tmp_path / "pattern.png", (29, 13))[0], spins)
    assert os.listdir(tmp_path) == ["pattern.png"]


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "kept.png"
    path.write_bytes(b"old")

    def fails(file) -> None:
        file.write(b"half")
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        images.write_whole(path, fails)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["kept.png"]


def test_patterns_from_images_are_flat_rows(letter, ink, tmp_path):
    letter.save(tmp_path / "a.png")
    Image.eval(letter, lambda value: 255 - value).save(tmp_path / "b.png")
    rows = hp.patterns.from_images([tmp_path / "a.png", str(tmp_path / "b.png")], (SIDE, SIDE))
    assert np.array_equal(rows, [ink.ravel(), -ink.ravel()])


def test_a_large_photograph_is_read_in_little_memory(tmp_path):
    path = tmp_path / "large.jpg"
    Image.effect_noise((4000, 3000), 90).save(path)
    assert images.read(path, (64, 48)).spins.shape == (48, 64)

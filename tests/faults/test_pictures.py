"""Files that are no pictures, pictures that hold nothing, and headers that lie: one clear ValueError each."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hopphys.interop import images


@pytest.fixture
def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, size=(80, 90), dtype=np.uint8))


def refused(path: Path, *parts: str, size: tuple[int, int] = (32, 32)) -> str:
    """The message of the refusal: it names the file and holds every part."""
    with pytest.raises(images.BadPicture) as caught:
        images.pattern(path, size)
    message = str(caught.value)
    for part in (path.name, *parts):
        assert part in message, message
    return message


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int) -> bytes:
    """A PNG that declares a size and holds almost nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")


def test_text_is_no_picture(tmp_path):
    (tmp_path / "notes.png").write_text("not a picture at all\n" * 40)
    refused(tmp_path / "notes.png", "not a picture", "PNG, JPEG, GIF, BMP")


def test_random_bytes_are_no_picture(tmp_path):
    (tmp_path / "bytes.jpg").write_bytes(np.random.default_rng(2).bytes(5000))
    refused(tmp_path / "bytes.jpg", "not a picture")


def test_postscript_is_not_run(tmp_path):
    (tmp_path / "page.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 50 50\n%%EndComments\nshowpage\n")
    refused(tmp_path / "page.eps", "not a picture")


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "nothing.png").touch()
    refused(tmp_path / "nothing.png", "empty (0 bytes)")


def test_a_missing_file_is_called_missing(tmp_path):
    refused(tmp_path / "gone.png", "no file", "check the name")


def test_a_folder_is_called_a_folder(tmp_path):
    (tmp_path / "pictures").mkdir()
    refused(tmp_path / "pictures", "folder")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    refused(tmp_path / "pipe.png", "not an ordinary file")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_says_so(noise, tmp_path):
    noise.save(tmp_path / "secret.png")
    (tmp_path / "secret.png").chmod(0)
    refused(tmp_path / "secret.png", "permission")


@pytest.mark.parametrize("name", ["cut.png", "cut.jpg", "cut.gif", "cut.bmp", "cut.tif", "cut.webp", "cut.pgm"])
@pytest.mark.parametrize("kept", [0.9, 0.5, 0.1])
def test_a_truncated_picture_is_refused(name, kept, noise, tmp_path):
    noise.save(tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(kept * len(whole))])
    refused(tmp_path / name)


@pytest.mark.parametrize("name", ["bad.png", "bad.jpg", "bad.gif", "bad.bmp", "bad.tif", "bad.webp"])
def test_a_damaged_picture_is_read_or_refused_and_never_anything_else(name, noise, tmp_path):
    noise.save(tmp_path / name)
    whole = np.frombuffer((tmp_path / name).read_bytes(), dtype=np.uint8)
    random = np.random.default_rng(3)
    for _ in range(60):
        damaged = whole.copy()
        places = random.integers(0, min(len(whole), 400), size=4)
        damaged[places] = random.integers(0, 256, size=4)
        (tmp_path / name).write_bytes(damaged.tobytes())
        try:
            spins, _ = images.pattern(tmp_path / name, (8, 8))
        except ValueError as error:
            assert name in str(error)
        else:
            assert set(np.unique(spins)) == {-1, 1}


@pytest.mark.parametrize(("width", "height"), [(100_000, 100_000), (10_000, 9_000), (12_000, 12_000), (70_000, 2)])
def test_a_decompression_bomb_is_refused_by_its_header(width, height, tmp_path):
    (tmp_path / "bomb.png").write_bytes(png(width, height))
    message = refused(tmp_path / "bomb.png", "64 million", "scale the picture down")
    assert f"{width * height:,}" in message or f"{width} x {height}" in message


def test_the_limit_holds_where_pillow_has_none(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    (tmp_path / "bomb.png").write_bytes(png(100_000, 100_000))
    refused(tmp_path / "bomb.png", "100000 x 100000", "64 million")


def test_a_picture_beyond_the_memory_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOPPHYS_MEMORY", "1000000")
    (tmp_path / "wide.png").write_bytes(png(5000, 4000))
    with pytest.raises(ValueError, match=r"wide\.png, 5000 x 4000 pixels, would take 240\.0 MB"):
        images.pattern(tmp_path / "wide.png", (8, 8))


def test_one_pixel_is_refused(tmp_path):
    Image.new("RGB", (1, 1), (10, 20, 30)).save(tmp_path / "dot.png")
    refused(tmp_path / "dot.png", "1x1", "one even grey", "contrast")


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "I;16"])
def test_an_even_picture_is_refused_with_its_value(mode, tmp_path):
    Image.new(mode, (40, 30), 0).save(tmp_path / "even.png")
    refused(tmp_path / "even.png", "255 of 255" if mode == "RGBA" else "0 of 255", "contrast")


def test_detail_finer_than_the_size_is_refused_with_its_value(tmp_path):
    board = np.indices((64, 64)).sum(axis=0) % 2 * 255
    Image.fromarray(board.astype(np.uint8)).save(tmp_path / "board.png")
    refused(tmp_path / "board.png", "127.5 of 255", "at 8x8", "larger size", size=(8, 8))


def test_pixels_that_are_not_numbers_are_refused(tmp_path):
    values = np.ones((9, 9), dtype=np.float32)
    values[3, 4] = np.nan
    Image.fromarray(values).save(tmp_path / "holes.tif")
    refused(tmp_path / "holes.tif", "not finite")


@pytest.mark.parametrize("size", [(0, 5), (5, -1), (3.5, 4), (True, 4), ("8", "8"), 64, (1, 2, 3), None, (1, 1)])
def test_a_size_that_is_none_is_refused_with_its_value(size, noise, tmp_path):
    noise.save(tmp_path / "noise.png")
    with pytest.raises(ValueError, match="size must"):
        images.pattern(tmp_path / "noise.png", size)


def test_a_size_beyond_the_memory_says_how_much_it_would_take(noise, tmp_path):
    noise.save(tmp_path / "noise.png")
    with pytest.raises(ValueError, match=r"would take 3\d\d\.\d TB.*smaller size"):
        images.pattern(tmp_path / "noise.png", (10**7, 10**6))


@pytest.mark.parametrize("spins", [np.zeros((3, 3)), np.ones(9), np.ones((0, 4)), np.full((2, 2), 2)])
def test_only_spins_are_written_as_a_picture(spins, tmp_path):
    with pytest.raises(ValueError, match="±1 of shape"):
        images.write(tmp_path / "no.png", spins)
    assert not list(tmp_path.iterdir())

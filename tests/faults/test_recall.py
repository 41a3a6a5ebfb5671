"""What `hopphys recall` refuses: settings without meaning, pictures that cannot be stored together, folders in use."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import hopphys as hp
from hopphys.interop import images
from hopphys.study import recall, recall_page


@pytest.fixture
def stored(tmp_path: Path) -> tuple[Path, ...]:
    paths = tuple(tmp_path / f"{name}.png" for name in "abc")
    for path, spins in zip(paths, hp.patterns.random(3, 64, seed=1), strict=True):
        images.write(path, spins.reshape(8, 8))
    return paths


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "hopefield"}, "model must be hopfield or attention, but it is 'hopefield'"),
        ({"rule": "storkey"}, "rule must be hebb or projection, but it is 'storkey'"),
        ({"model": "attention", "rule": "projection"}, "attention does not have"),
        ({"sharpness": 4.0}, "sharpness belongs to attention"),
        ({"model": "attention", "sharpness": 0.0}, r"sharpness must be positive and finite, but it is 0\.0"),
        ({"model": "attention", "sharpness": float("nan")}, "but it is nan"),
    ],
)
def test_settings_without_meaning_are_refused(settings, message, stored):
    with pytest.raises(ValueError, match=message):
        recall.Request(stored, stored[0], (8, 8), **settings)


def test_nothing_to_store_is_refused(stored):
    with pytest.raises(ValueError, match="no picture to store"):
        recall.Request((), stored[0])


@pytest.mark.parametrize(("sign", "kind"), [(1, "are the same"), (-1, "are negatives of each other")])
def test_projection_names_the_files_that_are_one_picture(sign, kind, stored, tmp_path):
    copy = tmp_path / "copy.png"
    images.write(copy, sign * images.pattern(stored[1], (8, 8))[0])
    with pytest.raises(ValueError, match=rf"^b\.png and copy\.png {kind} at this size.*rule hebb"):
        recall.restore(recall.Request((*stored, copy), stored[0], (8, 8), rule="projection"))


def test_projection_names_the_files_when_one_adds_nothing_to_the_others(tmp_path):
    paths = tuple(tmp_path / f"{name}.png" for name in "pqrs")
    rows = [[1, -1, 1, 1, -1, -1], [1, -1, -1, -1, 1, 1], [1, -1, 1, -1, 1, -1], [1, -1, -1, 1, -1, 1]]  # p + q = r + s
    for path, spins in zip(paths, rows, strict=True):
        images.write(path, np.array([spins]))
    with pytest.raises(ValueError, match=r"pattern \d adds nothing.*0 p\.png, 1 q\.png, 2 r\.png, 3 s\.png"):
        recall.restore(recall.Request(paths, paths[0], (6, 1), rule="projection"))


def test_more_pictures_than_pixels_are_refused_by_projection_with_the_numbers(tmp_path):
    paths = tuple(tmp_path / f"{index}.png" for index in range(7))
    for path, spins in zip(paths, hp.patterns.random(7, 6, seed=2), strict=True):
        images.write(path, spins.reshape(2, 3))
    with pytest.raises(ValueError, match=r"7 patterns of 6 units|at this size"):
        recall.restore(recall.Request(paths, paths[0], (3, 2), rule="projection"))


def test_couplings_that_do_not_fit_are_refused_with_a_smaller_way(stored, monkeypatch):
    monkeypatch.setenv("HOPPHYS_MEMORY", "100000000")
    with pytest.raises(ValueError, match=r"would take 4\.\d GB.*smaller size, rule hebb"):
        recall.restore(recall.Request(stored, stored[0], (128, 128), rule="projection"))


def test_a_probe_that_is_no_picture_is_named(stored, tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(images.BadPicture, match=r"notes\.txt is not a picture"):
        recall.restore(recall.Request(stored, tmp_path / "notes.txt", (8, 8)))


@pytest.mark.parametrize("name", recall_page.FILES)
def test_older_results_are_not_replaced_unless_asked(name, stored, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("somebody's own")
    recall_page.check_folder(out, stored)
    (out / name).write_text("older")
    with pytest.raises(ValueError, match=rf"already holds {name}.*--force"):
        recall_page.check_folder(out, stored)
    recall_page.check_folder(out, stored, force=True)
    assert (out / name).read_text() == "older"


def test_a_picture_that_is_read_is_never_replaced(stored, tmp_path):
    kept = tmp_path / "restored.png"
    stored[0].rename(kept)
    with pytest.raises(ValueError, match=r"restored\.png is read, and the results would replace it"):
        recall_page.check_folder(tmp_path, [kept], force=True)


def test_results_do_not_go_into_a_file(stored):
    with pytest.raises(ValueError, match="is a file, and results go into a folder"):
        recall_page.check_folder(stored[0], stored)
    with pytest.raises(ValueError, match="cannot be written"):
        recall_page.check_folder(stored[0] / "inside", stored)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused_before_the_work(stored, tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ValueError, match="cannot be written"):
            recall_page.check_folder(tmp_path / "a" / "b", stored)
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_is_one_message_and_leaves_no_half_file(stored, tmp_path, monkeypatch):
    result = recall.restore(recall.Request(stored, stored[0], (8, 8)))

    def full(*_) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ValueError, match=r"cannot be written into .*No space left"):
        recall_page.write(result, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())

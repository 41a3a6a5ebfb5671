"""A run is its points: each measured once, the same bits however it was run."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from hopphys import dataset, provenance
from hopphys.report.document import provenance as provenance_of
from hopphys.study import Progress, Study, build, load_file, run

TOY = Path(__file__).with_name("toy_study.py")


class Notes(Progress):
    """Keeps what a run says."""

    def __init__(self):
        self.notes, self.steps, self.begun = [], [], None

    def begin(self, *values):
        self.begun = values

    def advance(self, cost):
        self.steps.append(cost)

    def note(self, text):
        self.notes.append(text)


@pytest.fixture(scope="module")
def toy():
    return load_file(TOY)


def go(toy, out, *settings, seed=1, **options):
    notes = Notes()
    path = run(toy, build(toy, "quick", settings), seed=seed, out=out, preset="quick", progress=notes, **options)
    return path, notes


def same(*paths):
    """Whether joined files are identical but for the time of writing."""
    first, *others = [dataset.load(path).assign_attrs(created="") for path in paths]
    return all(other.identical(first) for other in others)


def test_run_writes_one_file_a_point_and_the_joined_dataset(toy, tmp_path):
    path, notes = go(toy, tmp_path)
    ds = dataset.load(path)
    assert path == tmp_path / "toy" / "toy.nc" and len(list((tmp_path / "toy" / "points").iterdir())) == 5
    assert list(ds["size"].values) == [3, 1, 4, 2, 5] and ds.sizes["disorder"] == 5
    assert {k: ds.attrs[k] for k in ("study", "preset", "seed")} == {"study": "toy", "preset": "quick", "seed": 1}
    assert toy.config_of(ds) == build(toy, "quick") and notes.begun == ("toy", 15.0, 0.0, 5)
    dataset.check(ds)


@pytest.mark.parametrize("workers", [1, 2])
def test_processes_give_the_same_bits(toy, tmp_path, workers):
    assert same(go(toy, tmp_path / "0")[0], go(toy, tmp_path / "n", workers=workers)[0])


def test_workers_run_one_thread_each_and_leave_the_environment_alone(tmp_path):
    file = tmp_path / "threads.py"
    names = "('HOPPHYS_THREADS', 'OPENBLAS_NUM_THREADS', 'NUMBA_NUM_THREADS')"
    value = f"[float(os.environ.get(name, 'nan')) for name in {names}]"
    label = "{'long_name': 'threads', 'units': '1'}"
    text = TOY.read_text().replace("return ds.rename", f"ds['x'] = ('replica', {value}, {label})\n    return ds.rename")
    file.write_text(text)
    before = dict(os.environ)
    assert (dataset.load(go(load_file(file), tmp_path / "runs", workers=1)[0])["x"] == 1).all()
    assert dict(os.environ) == before


def test_finished_points_are_not_measured_again(toy, tmp_path):
    path, first = go(toy, tmp_path)
    before = Path(shutil.copy(path, tmp_path / "before.nc"))
    _, second = go(toy, tmp_path)
    assert len(first.steps) == 5 and second.steps == [] and second.begun[2] == 15.0
    assert same(path, before)  # as data: HDF5 before 2.0 writes the time of day into a file


def test_removed_point_alone_is_measured_again(toy, tmp_path):
    path, _ = go(toy, tmp_path)
    before = Path(shutil.copy(path, tmp_path / "before.nc"))
    sorted((tmp_path / "toy" / "points").iterdir())[2].unlink()
    _, notes = go(toy, tmp_path)
    assert len(notes.steps) == 1 and same(path, before)


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "text", "other seed"])
def test_damaged_point_is_named_set_aside_and_computed_again(toy, tmp_path, damage):
    whole, _ = go(toy, tmp_path / "whole")
    path, _ = go(toy, tmp_path / "run")
    points = sorted((tmp_path / "run" / "toy" / "points").iterdir())
    content = points[1].read_bytes()
    sample = dataset.load(points[1])["sample"].values.tobytes()
    flipped = content.replace(sample, bytes([sample[0] ^ 1]) + sample[1:])
    other = points[0].read_bytes()
    spoilt = {
        "truncate": content[: len(content) // 2],
        "flip": flipped,
        "empty": b"",
        "text": b"x",
        "other seed": other,
    }
    assert spoilt[damage] != content
    points[1].write_bytes(spoilt[damage])
    _, notes = go(toy, tmp_path / "run")
    assert len(notes.steps) == 1 and len(notes.notes) == 1
    assert f"{points[1]} is damaged" in notes.notes[0] and f"set aside as {points[1].name}.damaged" in notes.notes[0]
    assert Path(f"{points[1]}.damaged").read_bytes() == spoilt[damage]
    assert same(path, whole)


def test_second_damage_does_not_overwrite_the_first(toy, tmp_path):
    go(toy, tmp_path)
    point = sorted((tmp_path / "toy" / "points").iterdir())[0]
    for content in (b"a", b"b", b"c"):
        point.write_bytes(content)
        go(toy, tmp_path)
    aside = {path.name.removeprefix(point.name): path.read_bytes() for path in point.parent.glob("*.damaged*")}
    assert aside == {".damaged": b"a", ".damaged.2": b"b", ".damaged.3": b"c"}


def test_files_of_killed_writes_are_swept_away(toy, tmp_path):
    path, _ = go(toy, tmp_path)
    for folder in (path.parent, path.parent / "points"):
        (folder / ".x.nc.1-ab.tmp").write_bytes(b"half")
    go(toy, tmp_path)
    assert not list(path.parent.rglob("*.tmp"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 2}, "seed 1, not 2"),
        ({"settings": ["noise=2"]}, "noise = 1.0, not 2.0"),
        ({"settings": ["sizes=3,1"]}, r"sizes = \[3, 1, 4, 2, 5\], not \[3, 1\]"),
        ({"preset": "full"}, "preset 'quick', not 'full'"),
    ],
)
def test_folder_of_another_run_is_refused_with_a_way_out(toy, tmp_path, change, message):
    path, _ = go(toy, tmp_path)
    before = {file: file.read_bytes() for file in path.parent.rglob("*") if file.is_file()}
    options = {"seed": 1, "preset": "quick", **{k: v for k, v in change.items() if k != "settings"}}
    config = build(toy, "quick", change.get("settings", []))
    with pytest.raises(ValueError, match=f"{message}.*Use --restart to discard it, or another --out"):
        run(toy, config, out=tmp_path, **options)
    assert {file: file.read_bytes() for file in path.parent.rglob("*") if file.is_file()} == before
    run(toy, config, out=tmp_path, restart=True, **options)
    fresh = run(toy, config, out=tmp_path / "fresh", **options)
    assert same(fresh, path)


def test_restart_measures_everything_again(toy, tmp_path):
    go(toy, tmp_path)
    assert len(go(toy, tmp_path, restart=True)[1].steps) == 5


def test_restart_keeps_files_that_are_not_of_the_run(toy, tmp_path):
    path, _ = go(toy, tmp_path)
    (path.parent / "notes.txt").write_text("mine")
    go(toy, tmp_path, restart=True)
    assert (path.parent / "notes.txt").read_text() == "mine"


def test_changed_code_is_noted_and_finished_points_are_kept(toy, tmp_path, monkeypatch):
    path, _ = go(toy, tmp_path)
    monkeypatch.setattr(provenance, "commit", lambda: "abc")
    _, notes = go(toy, tmp_path)
    assert notes.steps == [] and "(commit abc) since this run began" in notes.notes[0] and "--restart" in notes.notes[0]
    assert dataset.load(path).attrs["commit"] != "abc"
    sorted((path.parent / "points").iterdir())[0].unlink()
    go(toy, tmp_path)
    assert "abc" in dataset.load(path).attrs["commit"] and ", " in dataset.load(path).attrs["commit"]


def test_changed_study_file_is_noted(tmp_path):
    file = Path(shutil.copy(TOY, tmp_path / "own_toy.py"))
    toy = load_file(file)
    go(toy, tmp_path)
    file.write_text(file.read_text() + "\n# another thought\n")
    path, notes = go(toy, tmp_path)
    assert "the study's file changed since this run began" in notes.notes[0]
    assert "mixed" not in dataset.load(path).attrs  # all points are of the first file
    sorted((path.parent / "points").iterdir())[0].unlink()
    path, _ = go(load_file(file), tmp_path)
    assert dataset.load(path).attrs["mixed"] == "2 versions of the study's file made these points"
    assert ("Mixed", dataset.load(path).attrs["mixed"]) in provenance_of(dataset.load(path))


@pytest.mark.parametrize("workers", [0, 1])
def test_error_in_a_point_names_the_point_and_keeps_the_others(toy, tmp_path, workers):
    with pytest.raises(ValueError, match=r"study toy at \(size=1, noise=1.0, trouble=value\): the sample is empty"):
        go(toy, tmp_path, "trouble=value", workers=workers)
    assert list((tmp_path / "toy" / "points").iterdir()) or workers
    with pytest.raises(ZeroDivisionError) as caught:
        go(toy, tmp_path, "trouble=bug", workers=workers, restart=True)
    assert any("size=1" in note for note in caught.value.__notes__)


def test_measurement_outside_the_schema_is_refused(toy, tmp_path):
    with pytest.raises(ValueError, match=r"toy at \(size=1.*dimension 'chain' is none of"):
        go(toy, tmp_path, "trouble=schema")


@dataclass(frozen=True)
class Nothing:
    pass


def test_measurement_called_like_a_value_of_its_point_is_refused(tmp_path):
    def measure(point, seed):
        return xr.Dataset({"size": ((), 1.0, {"long_name": "", "units": ""})})

    study = Study("s", "S", "?", Nothing, lambda _: [{"size": 1}], measure, *[print] * 2)
    with pytest.raises(ValueError, match="measures 'size', which is also a value of its points"):
        run(study, Nothing(), seed=1, out=tmp_path)


def test_study_that_cannot_travel_says_how_it_could(tmp_path):
    study = Study("s", "S", "?", Nothing, lambda _: [{"size": 1}], lambda *_: xr.Dataset(), *[print] * 2)
    with pytest.raises(ValueError, match=r"cannot be sent to other processes.*at the top of the module"):
        run(study, Nothing(), seed=1, out=tmp_path, workers=1)


@pytest.mark.parametrize("workers", [-1, 1.5, True, "2"])
def test_number_of_workers_that_is_none_is_refused(toy, tmp_path, workers):
    with pytest.raises(ValueError, match="workers must be a number of processes"):
        go(toy, tmp_path, workers=workers)


def test_manifest_says_what_was_run(toy, tmp_path):
    path, _ = go(toy, tmp_path, "sizes=2,3")
    made = json.loads((path.parent / "run.json").read_text())
    assert made["config"] == {"sizes": [2, 3], "noise": 1.0, "trouble": ""} and made["points"] == 2
    assert made["command"] == f"hopphys study run {TOY} --preset quick --set=sizes=2,3 --seed 1"


def test_values_do_not_depend_on_the_order_of_points(toy, tmp_path):
    a, b = (dataset.load(go(toy, tmp_path / text, f"sizes={text}")[0]) for text in ("1,2,3", "3,1,2"))
    assert np.array_equal(a["sample"].values[2], b["sample"].values[0], equal_nan=True)


def test_run_that_ended_before_its_first_point_does_not_hold_the_folder(toy, tmp_path):
    path, _ = go(toy, tmp_path)
    for file in path.parent.glob("points/*.nc"):
        file.unlink()
    config = build(toy, "quick", ["noise=2"])
    assert run(toy, config, out=tmp_path, seed=1, preset="quick") == path
    with pytest.raises(ValueError, match=r"noise = 2.0, not 1.0"):
        go(toy, tmp_path)

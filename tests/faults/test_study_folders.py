"""A folder that is in use, holds something else or cannot be written is refused in one line, and left alone."""

import os
import sys

import pytest

from hopphys import dataset
from hopphys.study.folder import Folder, folders


def refusal(ended):
    code, output, errors = ended
    assert code == 2 and output == "" and errors.count("\n") == 1 and errors.startswith("hopphys: ")
    return errors


def contents(folder):
    """Every file with what it holds; the lock is signed by whoever looked at the folder last."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "lock"}


def test_second_run_into_a_folder_is_refused_and_the_first_goes_on(hopphys, here, until, tmp_path):
    first = hopphys("--out", tmp_path / "runs", wait=30)
    until((tmp_path / "runs" / "toy" / "run.json").exists)
    for restart in ([], ["--restart"]):
        message = refusal(here("--out", tmp_path / "runs", *restart))
        assert f"toy is in use by another run (process {first.pid} on " in message and "--out" in message
    assert first.poll() is None and Folder(tmp_path / "runs" / "toy").is_running()


def test_lock_of_a_run_that_was_killed_does_not_block(hopphys, here, until, tmp_path):
    first = hopphys("--out", tmp_path / "runs", wait=30)
    until((tmp_path / "runs" / "toy" / "run.json").exists)
    first.kill()
    first.wait()
    assert not Folder(tmp_path / "runs" / "toy").is_running() and (tmp_path / "runs" / "toy" / "lock").exists()
    assert here("--out", tmp_path / "runs")[0] == 0


@pytest.mark.parametrize("change", [["--seed", "2"], ["--set", "noise=2"], ["--preset", "full"]])
def test_folder_of_another_run_is_refused_and_left_alone(here, tmp_path, change):
    assert here("--out", tmp_path)[0] == 0
    before = contents(tmp_path)
    assert "Use --restart to discard it, or another --out" in refusal(here("--out", tmp_path, *change))
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["thesis.txt", "toy.nc", "points/data.csv"])
@pytest.mark.parametrize("restart", [[], ["--restart"]])
def test_folder_with_files_of_something_else_is_refused_and_left_alone(here, tmp_path, name, restart):
    (tmp_path / "runs" / "toy" / "points").mkdir(parents=True)
    (tmp_path / "runs" / "toy" / name).write_text("years of work")
    assert "holds files that are not of a run" in refusal(here("--out", tmp_path / "runs", *restart))
    assert contents(tmp_path / "runs") == {tmp_path / "runs" / "toy" / name: b"years of work"}


DAMAGES = ['{"seed": 1', "[]", ""]


@pytest.mark.parametrize("text", DAMAGES)
def test_damaged_description_is_written_anew_by_the_same_command(here, tmp_path, text):
    assert here("--out", tmp_path)[0] == 0
    manifest, joined = tmp_path / "toy" / "run.json", dataset.load(tmp_path / "toy" / "toy.nc")
    whole, points = manifest.read_text(), contents(tmp_path / "toy" / "points")
    manifest.write_text(text)
    code, _, errors = here("--out", tmp_path)
    assert code == 0 and errors.count("\n") == 1 and "run.json is damaged" in errors and "written anew" in errors
    assert manifest.read_text() == whole and contents(tmp_path / "toy" / "points") == points
    assert dataset.load(tmp_path / "toy" / "toy.nc").identical(joined) and here("--out", tmp_path)[2] == ""


def test_damaged_point_beside_a_damaged_description_is_set_aside_as_ever(here, tmp_path):
    assert here("--out", tmp_path)[0] == 0
    (tmp_path / "toy" / "run.json").write_text("{")
    point = sorted((tmp_path / "toy" / "points").glob("*.nc"))[0]
    point.write_text("x")
    code, _, errors = here("--out", tmp_path)
    assert code == 0 and errors.count("\n") == 2 and f"{point.name}.damaged" in errors and "written anew" in errors


@pytest.mark.parametrize(
    ("arguments", "words", "joined"),
    [
        (["--seed", "2"], "was made with another seed", False),
        (["--set", "sizes=3,1"], "of study toy at (size=", False),
        (["--set", "noise=2"], "noise=1.0", False),
        (["--preset", "full"], "preset 'quick', not 'full'", True),
    ],
)
def test_damaged_description_is_not_written_anew_by_another_command(here, tmp_path, arguments, words, joined):
    assert here("--out", tmp_path)[0] == 0
    (tmp_path / "toy" / "run.json").write_text("{")
    if not joined:
        (tmp_path / "toy" / "toy.nc").unlink()
    before = contents(tmp_path)
    message = refusal(here("--out", tmp_path, *arguments))
    assert "run.json is damaged" in message and "--restart" in message and words in message
    assert contents(tmp_path) == before
    assert here("--out", tmp_path, *arguments, "--restart")[0] == 0


def test_out_below_a_file_is_one_line(here, tmp_path):
    (tmp_path / "file").write_text("")
    message = refusal(here("--out", tmp_path / "file" / "runs"))
    assert "cannot write into" in message and "Not a directory" in message and "--out" in message


def test_out_that_is_a_file_is_one_line(here, tmp_path):
    (tmp_path / "file").write_text("kept")
    assert "cannot write into" in refusal(here("--out", tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
def test_folder_that_nobody_may_write_is_one_line(here):
    assert "cannot write into /proc/self/runs" in refusal(here("--out", "/proc/self/runs"))


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="permissions do not bind the superuser")
def test_folder_without_permission_is_one_line(here, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    assert "Permission denied" in refusal(here("--out", tmp_path / "closed"))


def test_damaged_joined_file_is_written_again(here, tmp_path):
    assert here("--out", tmp_path)[0] == 0
    joined = tmp_path / "toy" / "toy.nc"
    whole = dataset.load(joined)
    joined.write_bytes(joined.read_bytes()[:1000])
    assert here("--out", tmp_path)[0] == 0 and dataset.load(joined).identical(whole)


def test_runs_are_found_in_their_folder_and_above_it(here, tmp_path):
    assert here("--out", tmp_path)[0] == 0
    assert (
        [run.path.name for run in folders(tmp_path)] == [run.path.name for run in folders(tmp_path / "toy")] == ["toy"]
    )

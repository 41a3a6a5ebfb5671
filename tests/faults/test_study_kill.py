"""A run that is killed, interrupted or loses a worker keeps what it has finished, and can go on."""

import os
import signal
import sys
from pathlib import Path

import pytest

from hopphys import dataset

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def finished(folder):
    return len(list((folder / "toy" / "points").glob("*.nc")))


def result(folder):
    """The joined data but for what is of the moment: the time, and a clone in which somebody may be working."""
    return dataset.load(folder / "toy" / "toy.nc").assign_attrs(created="", commit="")


def descendants(pid):
    """Processes started by this one, but for Python's own tracker of resources, which ends by itself."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            command = (stat.parent / "cmdline").read_text()
        except OSError:
            continue
        if parent == pid and "resource_tracker" not in command:
            found.append(int(stat.parent.name))
    return found


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("workers", ["0", "2"])
def test_run_that_is_killed_and_run_again_gives_the_same_result(hopphys, here, until, tmp_path, workers):
    out, whole = tmp_path / "killed", tmp_path / "whole"
    first = hopphys("--out", out, "--workers", workers, wait=0.4)
    until(lambda: finished(out) >= 2)
    first.send_signal(signal.SIGKILL)
    first.wait()
    kept = {path: path.stat().st_mtime_ns for path in (out / "toy" / "points").glob("*.nc")}
    assert 2 <= len(kept) < 5 and not (out / "toy" / "toy.nc").exists()
    (out / "toy" / "points" / ".half.nc.1-a.tmp").write_bytes(b"half a file")
    assert here("--out", out, "--workers", workers)[0] == 0
    assert {path: path.stat().st_mtime_ns for path in kept} == kept and finished(out) == 5
    assert not list(out.rglob("*.tmp"))
    assert here("--out", whole)[0] == 0
    assert result(out).identical(result(whole))


@pytest.mark.parametrize("seconds", [0.3, 0.7, 1.1])
def test_kill_at_any_time_leaves_a_folder_that_can_go_on(hopphys, here, tmp_path, seconds):
    first = hopphys("--out", tmp_path / "runs", wait=0.1)
    try:
        first.wait(timeout=seconds)
    except Exception:
        first.kill()
    first.wait()
    assert here("--out", tmp_path / "runs")[0] == 0


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_workers_end_with_a_parent_that_is_killed(hopphys, until, tmp_path):
    first = hopphys("--out", tmp_path / "runs", "--workers", "2", wait=30)
    workers = until(lambda: len(found := descendants(first.pid)) == 2 and found)
    first.send_signal(signal.SIGKILL)
    first.wait()
    until(lambda: all(gone(pid) for pid in workers))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_workers_end_with_a_parent_that_is_interrupted(hopphys, until, tmp_path):
    first = hopphys("--out", tmp_path / "runs", "--workers", "2", wait=30)
    workers = until(lambda: len(found := descendants(first.pid)) == 2 and found)
    os.killpg(first.pid, signal.SIGINT)
    assert first.wait(timeout=10) == 130
    until(lambda: all(gone(pid) for pid in workers))
    assert "Traceback" not in first.stderr.read()


@pytest.mark.parametrize("workers", ["0", "2"])
def test_ctrl_c_says_how_to_go_on_and_leaves_with_130(hopphys, here, until, tmp_path, workers):
    out = tmp_path / "my runs"
    process = hopphys("--out", "my runs", "--workers", workers, "--restart", wait=0.4)
    until(lambda: finished(out) >= 1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the run and its workers
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 130 and output == ""
    line = f"study run ./toy_study.py --no-report --out 'my runs' --workers {workers}\n"
    assert errors == f"hopphys: interrupted; finished points are kept. To go on: hopphys {line}"
    kept = finished(out)
    assert 1 <= kept < 5 and not (out / "toy" / "toy.nc").exists()
    assert here("--out", "my runs")[0] == 0 and finished(out) == 5 and not list(out.rglob("*.tmp"))


def test_ctrl_c_does_not_wait_for_the_point_under_way(hopphys, until, tmp_path):
    process = hopphys("--out", tmp_path / "runs", wait=60)
    until((tmp_path / "runs" / "toy" / "run.json").exists)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 130


@pytest.mark.parametrize("workers", ["1", "2"])
def test_worker_that_dies_is_one_clear_line(here, tmp_path, workers):
    code, output, errors = here("--out", tmp_path / "runs", "--workers", workers, "--set", "trouble=die")
    assert code == 2 and output == "" and "Traceback" not in errors
    assert errors.startswith("hopphys: a worker process died") and errors.count("\n") == 1
    assert "Finished points are kept" in errors


def test_error_in_a_worker_is_one_clear_line(here, tmp_path):
    code, output, errors = here("--out", tmp_path / "runs", "--workers", "2", "--set", "trouble=value")
    assert code == 2 and errors.count("\n") == 1 and output == ""
    assert "study toy at (size=1, noise=1.0, trouble=value): the sample is empty" in errors

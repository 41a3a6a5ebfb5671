"""Runs of a toy study: in processes of their own, to be killed, or in this one, to be refused."""

import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

TOY = Path(__file__).parents[1] / "study" / "toy_study.py"


def hear_ctrl_c():
    """Also where the tests run in the background of a script, which makes its processes deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def hopphys(tmp_path):
    """Start `hopphys study run ./toy_study.py ...` in tmp_path; every process left over is killed at the end."""
    shutil.copy(TOY, tmp_path)
    started = []

    def start(*arguments, wait=0.0):
        command = [sys.executable, "-m", "hopphys", "study", "run", "./toy_study.py", "--no-report", *arguments]
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**os.environ, "TOY_WAIT": str(wait), "COLUMNS": "80"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=hear_ctrl_c if sys.platform != "win32" else None,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def until():
    """Wait for a condition, at most half a minute."""

    def wait(condition):
        end = time.monotonic() + 30
        while not (value := condition()):
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.02)
        return value

    return wait


@pytest.fixture
def here(tmp_path, monkeypatch, capfd):
    """`hopphys study run ./toy_study.py ...` in this process: (exit code, stdout, stderr)."""
    from hopphys.cli import interrupts, main

    shutil.copy(TOY, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)  # main changes it, as a program may
    monkeypatch.setattr(interrupts, "leave_at_once", lambda *_: None)  # and takes the process's Ctrl-C

    def call(*arguments):
        words = ["hopphys", "study", "run", "./toy_study.py", "--no-report", *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", words)
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, *capfd.readouterr())

    return call

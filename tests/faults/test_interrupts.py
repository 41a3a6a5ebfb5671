"""Ctrl-C is one line and exit 130 whenever it comes: while Python imports, while points are measured, at the end."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

TOY = Path(__file__).parents[1] / "study" / "toy_study.py"
RUN = ["study", "run", "./toy_study.py"]
GO_ON = "hopphys: interrupted; finished points are kept. To go on: hopphys study run ./toy_study.py"
# Sends its own process a Ctrl-C when the module is about to be imported, which no clock could time.
AT_IMPORT = """
import os, signal, sys
name = sys.argv.pop(1)
class Watch:
    def find_spec(found, *_):
        if found == name:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Watch)
from hopphys.cli import main
main()
"""


def hear_ctrl_c():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(folder, *words, wait=0.0):
    shutil.copy(TOY, folder)
    environment = {**os.environ, "TOY_WAIT": str(wait), "COLUMNS": "80"}
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    )


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("hopphys.cli.commands", "hopphys: interrupted"),
        ("typer", "hopphys: interrupted"),
        ("hopphys.cli.running", "hopphys: interrupted"),
        ("hopphys.study.discovery", GO_ON),
        ("xarray", GO_ON),
        ("rich.table", GO_ON),
        ("hopphys.study.runner", GO_ON),
        ("hopphys.study.workers", GO_ON),
        ("hopphys.report", GO_ON),
    ],
)
def test_ctrl_c_at_an_import_is_one_line(tmp_path, module, line, workers):
    process = start(tmp_path, "-c", AT_IMPORT, module, *RUN, "--workers", workers)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, (process.returncode, errors)
    assert errors.count("\n") == 1 and errors.startswith(line), errors


@pytest.mark.parametrize("command", [["study", "list"], ["study", "show", "basins"], ["info"]])
def test_ctrl_c_in_other_commands_is_one_line(tmp_path, command):
    process = start(tmp_path, "-c", AT_IMPORT, "hopphys.study", *command)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (130, "hopphys: interrupted\n")


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("seconds", [0.3, 0.5, 1.0, 2.0])
def test_ctrl_c_at_any_time_is_one_line(tmp_path, seconds, workers):
    words = ["-m", "hopphys", *RUN, "--no-report", "--workers", workers]
    process = start(tmp_path, *words, wait=30)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=seconds)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the run and its workers
    _, errors = process.communicate(timeout=60)
    if "hopphys: interrupted" not in errors:  # Python itself was not there yet, or just about to read hopphys
        assert "hopphys/cli/commands" not in errors and "typer" not in errors and process.returncode in (130, -2, 1)
        return
    assert process.returncode == 130 and errors.count("\n") == 1, errors


def test_process_that_was_started_deaf_to_ctrl_c_stays_so(tmp_path):
    deaf = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + AT_IMPORT
    process = start(tmp_path, "-c", deaf, "xarray", *RUN, "--no-report")
    assert process.wait(timeout=120) == 0
    process.communicate()

"""Commands print what a person wants to know, in 80 columns; bad input is one line and exit 2."""

import json
import os
import shutil
import subprocess
import sys
import warnings
from itertools import pairwise
from pathlib import Path

import pytest

from hopphys import cli
from hopphys.cli import commands, console, info, interrupts, running
from hopphys.study import discovery

TOY = Path(__file__).parents[1] / "study" / "toy_study.py"


@pytest.fixture
def hopphys(tmp_path, monkeypatch, capfd):
    """Run the command line in tmp_path, in this process: (exit code, stdout, stderr)."""
    shutil.copy(TOY, tmp_path / "toy.py")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)  # main changes it, as a program may
    monkeypatch.setattr(interrupts, "leave_at_once", lambda *_: None)  # and takes the process's Ctrl-C

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["hopphys", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return (ended.value.code or 0, *capfd.readouterr())

    return call


def refused(ended, *words):
    code, output, errors = ended
    assert code == 2 and output == "" and "Traceback" not in errors and errors.count("\n") == 1, errors
    assert errors.startswith("hopphys: ") and all(word in errors for word in words), errors


def test_run_shows_findings_in_80_columns_and_the_page_last(hopphys, tmp_path):
    code, output, errors = hopphys("study", "run", "./toy.py")
    lines = output.splitlines()
    assert code == 0 and errors == "" and max(map(len, lines)) <= 80
    assert lines[0] == "A toy" and "finding" in output and "mean, taken for [exact] by a" in output
    assert lines[-1] == "hopphys-runs/quick/report/index.html" and (tmp_path / lines[-1]).is_file()


def test_run_without_report_ends_with_the_data(hopphys, tmp_path):
    last = hopphys("study", "run", "toy.py", "--no-report", "--out", "here", "--preset", "full")[1].splitlines()[-1]
    assert last == "here/toy/toy.nc" and (tmp_path / last).is_file()


def test_only_strict_counts_a_disagreement(hopphys):
    assert hopphys("study", "run", "./toy.py", "--no-report")[0] == 0
    assert hopphys("study", "run", "./toy.py", "--no-report", "--strict")[0] == 1


def test_json_of_a_run_can_be_read(hopphys):
    found = json.loads(hopphys("study", "run", "./toy.py", "--no-report", "--json")[1])
    assert [finding["agrees"] for finding in found["findings"]["toy"]] == [True, False]
    assert found["path"] == "hopphys-runs/quick/toy/toy.nc"


def test_not_a_number_is_null_in_json():
    values = {"measured": float("nan"), "error": float("inf"), "reference": 1.0, "unit": "J"}
    assert running._finite(values) == {**values, "measured": None, "error": None}


def test_dry_run_computes_nothing(hopphys, tmp_path):
    code, output, _ = hopphys("study", "run", "./toy.py", "--dry-run", "--set", "sizes=2,3")
    assert code == 0 and "toy: 2 points, 0 finished, into hopphys-runs/quick/toy" in output
    assert "sizes = (2, 3), noise = 1.0" in output and not (tmp_path / "hopphys-runs").exists()
    plan = json.loads(hopphys("study", "run", "./toy.py", "--dry-run", "--json")[1])
    assert plan[0]["points"] == 5 and plan[0]["config"]["sizes"] == [3, 1, 4, 2, 5]


def test_damaged_point_is_noted_on_stderr(hopphys, tmp_path):
    hopphys("study", "run", "./toy.py", "--no-report")
    next((tmp_path / "hopphys-runs" / "quick" / "toy" / "points").iterdir()).write_text("x")
    code, _, errors = hopphys("study", "run", "./toy.py", "--no-report")
    assert code == 0 and errors.startswith("hopphys: note: hopphys-runs/quick/toy/points/") and errors.count("\n") == 1


def test_settings_of_one_of_several_studies_are_its_own(hopphys, tmp_path):
    (tmp_path / "other.py").write_text(TOY.read_text().replace('name="toy"', 'name="other"'))
    names = ("./toy.py", "./other.py")
    code, output, _ = hopphys("study", "run", *names, "--dry-run", "--set", "toy.sizes=2", "--set", "noise=3")
    first, second = output.splitlines()[1::2]
    assert code == 0 and "sizes = (2,), noise = 3.0" in first and "sizes = (3, 1, 4, 2, 5), noise = 3.0" in second


def test_several_studies_make_one_report(hopphys, tmp_path):
    (tmp_path / "other.py").write_text(TOY.read_text().replace('name="toy"', 'name="other"'))
    hopphys("study", "run", "./other.py")
    _, output, _ = hopphys("study", "run", "./toy.py")
    page = (tmp_path / output.splitlines()[-1]).read_text()
    assert "toy/index.html" in page and "other/index.html" in page


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["./nowhere.py"], ["there is no study file"]),
        (["./toy.py", "./toy.py"], ["toy is named twice"]),
        (["./toy.py", "--set", "size=3"], ["no key 'size'", "did you mean 'sizes'"]),
        (["./toy.py", "--set", "noise=-1"], ["noise must be 0 or more, but it is -1.0"]),
        (["./toy.py", "--set", "noise=loud"], ["must be a number, but it is 'loud'"]),
        (["./toy.py", "--set", "noise"], ["--set takes key=value"]),
        (["./toy.py", "--set", "sizes="], ["has no points"]),
        (["./toy.py", "--set", "sizes=1,1"], ["twice"]),
        (["./toy.py", "--preset", "ful"], ["no preset 'ful'", "did you mean 'full'"]),
        (["./toy.py", "--out", "toy.py"], ["cannot write into toy.py/toy"]),
        (["./toy.py", "--set", "trouble=value"], ["the sample is empty"]),
    ],
)
def test_bad_input_is_one_line_and_exit_2(hopphys, arguments, words):
    refused(hopphys("study", "run", *arguments), *words)


def test_unknown_study_is_one_line(hopphys):
    refused(hopphys("study", "run", "no-such-study"), "there is no study 'no-such-study'")


def test_later_study_with_bad_settings_stops_the_first_before_it_starts(hopphys, tmp_path):
    refused(hopphys("study", "run", "./toy.py", "./nowhere.py"), "nowhere.py")
    assert not (tmp_path / "hopphys-runs").exists()


@pytest.mark.parametrize("arguments", [["study", "run"], ["study", "run", "./toy.py", "--seed", "-1"], ["studi"]])
def test_usage_errors_are_exit_2_without_traceback(hopphys, arguments):
    code, _, errors = hopphys(*arguments)
    assert code == 2 and "Usage: hopphys" in errors and "Traceback" not in errors


def test_mistake_of_a_study_is_one_line_that_names_its_place(hopphys):
    line = 2 + TOY.read_text().splitlines().index('    if point.trouble == "bug":')
    ended = hopphys("study", "run", "./toy.py", "--set", "trouble=bug")
    refused(ended, "ZeroDivisionError", f"toy.py, line {line}", "HOPPHYS_TRACEBACK=1", "while study toy measured")


def test_traceback_of_a_mistake_can_be_asked_for(hopphys, monkeypatch):
    monkeypatch.setenv("HOPPHYS_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        hopphys("study", "run", "./toy.py", "--set", "trouble=bug")


def test_traceback_of_bad_input_can_be_asked_for(hopphys, monkeypatch):
    monkeypatch.setenv("HOPPHYS_TRACEBACK", "1")
    with pytest.raises(ValueError, match="has no key 'x'"):
        hopphys("study", "run", "--set", "x=1", "./toy.py")


def test_show_tells_question_settings_and_points(hopphys):
    code, output, _ = hopphys("study", "show", "./toy.py")
    assert code == 0 and "Is the mean zero?" in output and "A study that needs no engine" in output
    assert any(line.split() == ["(points)", "5", "5"] for line in output.splitlines())
    assert json.loads(hopphys("study", "show", "./toy.py", "--json")[1])["points"] == {"quick": 5, "full": 5}


def test_show_of_one_preset_tells_its_settings_alone(hopphys):
    code, output, _ = hopphys("study", "show", "./toy.py", "--preset", "full")
    assert code == 0 and output.splitlines()[-1].endswith("--preset full")
    assert any(line.split() == ["setting", "full"] for line in output.splitlines())
    assert list(json.loads(hopphys("study", "show", "./toy.py", "--preset", "full", "--json")[1])["presets"]) == [
        "full"
    ]
    refused(hopphys("study", "show", "./toy.py", "--preset", "huge"), "no preset 'huge'; choose from full, quick")


TEXT = """A paragraph that is broken by its author after many more characters than fit here,
and goes on.

    x = 1 and a formula that nobody may break, however long it is
    y = 2
List:
- an item that is too long for the width of this narrow page
  and goes on below
- another
1. numbered

    indented
the end"""
FLOWING = """A paragraph that is broken by its author
after many more characters than fit
here, and goes on.

    x = 1 and a formula that nobody may break, however long it is
    y = 2
List:
- an item that is too long for the width
  of this narrow page and goes on below
- another
1. numbered

    indented
the end"""


def test_paragraphs_flow_and_formulas_and_lists_stand():
    assert console.flowing(TEXT, 40) == FLOWING
    assert console.flowing(FLOWING, 40) == FLOWING and console.flowing("", 40) == ""


@pytest.mark.parametrize("name", [entry.name for entry in discovery.available() if entry.study])
def test_no_study_is_shown_in_ragged_lines(name):
    method = discovery.find(name).method
    lines = console.flowing(method, 80).splitlines()
    assert all(len(line) <= 80 for line in lines) and " ".join(method.split()) == " ".join(" ".join(lines).split())
    for line, following in pairwise(lines):  # no line ends while the next word would have had room
        new = not line or not following or following.startswith("- ") or following[0].isspace()
        assert new or len(line) + 1 + len(following.split()[0]) > 80, (line, following)


def test_list_names_broken_plug_ins_and_goes_on(hopphys, tmp_path, monkeypatch):
    (tmp_path / "breaks-1.0.dist-info").mkdir()
    (tmp_path / "breaks-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: breaks\nVersion: 1.0\n")
    points = "[hopphys.studies]\nbroken = nowhere_at_all\n[hopphys.models]\nglass = nowhere_at_all\n"
    (tmp_path / "breaks-1.0.dist-info" / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(tmp_path)
    code, output, _ = hopphys("study", "list")
    assert code == 0 and "broken" in output and "cannot be loaded" in output and "breaks 1.0" in output
    assert max(map(len, output.splitlines())) <= 80
    listed = {found["name"]: found for found in json.loads(hopphys("study", "list", "--json")[1])}
    assert "nowhere_at_all" in listed["broken"]["error"]
    assert "nowhere_at_all" in hopphys("info")[1]


def test_status_tells_how_far_and_how_to_go_on(hopphys, tmp_path):
    hopphys("study", "run", "./toy.py", "--no-report")
    rows = json.loads(hopphys("study", "status", "--json")[1])
    assert [(row["study"], row["finished"], row["points"], row["state"]) for row in rows] == [("toy", 5, 5, "finished")]
    next((tmp_path / "hopphys-runs" / "quick" / "toy" / "points").glob("*.nc")).unlink()
    for folder in ("hopphys-runs", "hopphys-runs/quick", "hopphys-runs/quick/toy"):
        code, output, _ = hopphys("study", "status", folder)
        assert code == 0 and "4/5" in output and "interrupted" in output
        assert f"study run {tmp_path}/toy.py --preset quick --seed 1 --out " in output
    (tmp_path / "hopphys-runs" / "quick" / "toy" / "run.json").write_text("{")
    output = hopphys("study", "status")[1]
    assert "4/?" in output and "unreadable" in output and "give the command of that run again" in output


def test_status_of_nothing_is_one_line(hopphys, tmp_path):
    refused(hopphys("study", "status"), "there is no folder hopphys-runs")
    refused(hopphys("study", "status", tmp_path), "holds no run")


def test_info_is_complete(hopphys):
    code, output, _ = hopphys("info")
    assert code == 0
    for name in ("hopphys", "versions", "threads", "memory", "data folder", "studies", "models"):
        assert any(line.startswith(name) for line in output.splitlines())
    assert json.loads(hopphys("info", "--json")[1])["versions"]


def test_data_folder_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("HOPPHYS_DATA", str(tmp_path))
    assert info.data_folder() == tmp_path


def test_error_of_the_system_names_the_file():
    assert commands.told(FileNotFoundError(2, "No such file or directory", "x.nc")) == "x.nc: No such file or directory"
    assert commands.told(OSError("in words")) == "in words" and "HOPPHYS_TRACEBACK" in commands.told(MemoryError())


def test_python_m_is_the_same_command(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "hopphys", "study", "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "list, show, run, status" in done.stdout


def test_command_to_go_on_never_restarts(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/usr/bin/hopphys", "study", "run", "a", "--restart", "--out", "my runs"])
    assert running.same_command() == "hopphys study run a --out 'my runs'"


def test_sums_are_not_split_over_threads_unless_asked(monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    running.one_blas_thread()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1" and os.environ["OMP_NUM_THREADS"] == "3"

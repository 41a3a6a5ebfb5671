"""`hopphys report`: build, check and open, and what they refuse."""

import shutil
import webbrowser

import pytest
from typer.testing import CliRunner

from hopphys.cli import report as command

TOY = "tests/report/toy_study.py"


@pytest.fixture
def run(monkeypatch, pytestconfig):
    monkeypatch.chdir(pytestconfig.rootpath)

    def invoke(*arguments):
        return CliRunner().invoke(command.app, [str(argument) for argument in arguments])

    return invoke


def test_build_prints_the_path_of_the_index_last(run, run_dir, tmp_path):
    result = run("build", run_dir, "--out", tmp_path / "out", "--study", TOY)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == str(tmp_path / "out" / "index.html")


def test_build_goes_beside_the_run_by_default_and_names_what_it_left_out(run, run_dir, tmp_path):
    folder = shutil.copytree(run_dir, tmp_path / "run")
    (folder / "begun" / "points").mkdir(parents=True)
    result = run("build", folder, "--study", TOY)
    assert (folder / "report" / "index.html").is_file()
    assert "begun" in result.stderr


def test_check_exits_0_for_a_true_report_and_1_for_an_edited_one(run, copy):
    assert run("check", copy, "--study", TOY).exit_code == 0
    page = copy / "toy" / "index.html"
    page.write_text(page.read_text("utf-8").replace("0.500(10)", "0.600(10)"), "utf-8")
    result = run("check", copy.parent, "--study", TOY)  # found in the folder above too
    assert result.exit_code == 1
    assert "0.600(10)" in result.stdout and "toy/index.html" in result.stdout


def test_open_shows_the_index_of_a_report_or_of_its_run(run, copy, tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(webbrowser, "open", lambda address: shown.append(address) or True)
    shutil.copytree(copy, tmp_path / "run" / "report")
    for folder in (copy, tmp_path / "run"):
        assert run("open", folder).exit_code == 0
    assert shown == [(copy / "index.html").as_uri(), (tmp_path / "run" / "report" / "index.html").as_uri()]


def test_open_without_a_browser_still_says_where_the_page_is(run, copy, monkeypatch):
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    result = run("open", copy)
    assert result.exit_code == 0 and str(copy / "index.html") in result.stdout and "no browser" in result.stderr


@pytest.mark.parametrize("arguments", [("build", "nowhere"), ("check", "nowhere"), ("open", "nowhere")])
def test_a_folder_that_is_not_there_is_a_value_error_with_its_name(run, arguments):
    assert isinstance(error := run(*arguments).exception, ValueError) and "nowhere" in str(error)

"""Studies come from the package, from plug-ins and from files, and one that is broken harms nobody."""

import sys
from pathlib import Path

import pytest

from hopphys.study import available, discovery, find, load_file

TOY = Path(__file__).with_name("toy_study.py")


@pytest.fixture
def plug_ins(tmp_path, monkeypatch):
    """Install plug-ins into sys.path: `name = value` of the entry point, and the text of a module."""

    def install(distribution, name, module, text):
        (tmp_path / f"{module}.py").write_text(text)
        info = tmp_path / f"{distribution}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[hopphys.studies]\n{name} = {module}\n")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, module, raising=False)

    return install


def entry(name):
    return next(found for found in available() if found.name == name)


def test_plug_in_is_found_by_the_name_of_its_study(plug_ins):
    plug_ins("toys", "toy", "toy_plug_in", TOY.read_text())
    assert entry("toy").origin == "toys 1.0" and find("toy").title == "A toy"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import nowhere_to_be_found", "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("STUDY = 3", "it defines no STUDY"),
        ("this is no Python", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise RuntimeError('several\\nlines')", "RuntimeError: several lines"),
    ],
)
def test_broken_plug_in_is_listed_with_its_error(plug_ins, text, reason):
    plug_ins("breaks", "broken", "broken_plug_in", text)
    assert reason in entry("broken").error and entry("broken").study is None
    with pytest.raises(ValueError, match=r"study 'broken' of breaks 1\.0 cannot be loaded"):
        find("broken")


def test_plug_in_cannot_take_the_name_of_another(plug_ins):
    plug_ins("first", "toy", "first_plug_in", TOY.read_text())
    plug_ins("second", "toy", "second_plug_in", TOY.read_text().replace("A toy", "An impostor"))
    taken = [found for found in available() if found.error and "already taken" in found.error]
    assert len(taken) == 1 and "toy" in taken[0].name and find("toy").title in ("A toy", "An impostor")


def test_file_is_a_study_and_the_same_one_each_time(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(TOY.read_text())
    monkeypatch.chdir(tmp_path)
    assert find("./mine.py") is find("mine.py") is load_file(tmp_path / "mine.py")


def test_file_may_import_what_lies_beside_it(tmp_path, monkeypatch):
    (tmp_path / "beside_it.py").write_text("TITLE = 'beside'")
    text = TOY.read_text().replace('title="A toy"', "title=beside_it.TITLE")
    (tmp_path / "mine.py").write_text(text.replace("import os\n", "import os\nimport beside_it\n"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert load_file(tmp_path / "mine.py").title == "beside"


@pytest.mark.parametrize(
    ("text", "reason"), [("1 / 0", "ZeroDivisionError"), ("x = 1", "defines no STUDY"), ("\0", "null bytes")]
)
def test_file_that_is_no_study_is_refused_by_name(tmp_path, text, reason):
    (tmp_path / "mine.py").write_text(text)
    for _ in range(2):  # a failed load leaves nothing behind that the next would take for the module
        with pytest.raises(ValueError, match=rf"mine\.py cannot be loaded as a study: .*{reason}"):
            find(f"{tmp_path}/mine.py")


def test_missing_file_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no study file"):
        find(str(tmp_path / "nowhere.py"))


def test_unknown_name_gets_the_nearest_and_the_file_of_that_name(tmp_path, monkeypatch):
    monkeypatch.setattr(discovery, "_built_in_names", lambda: [])
    monkeypatch.setattr(discovery, "_plug_ins", lambda: [discovery.Entry("capacity", "x", None, "?")])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"there is no study 'capactiy'; did you mean 'capacity'\? Choose from"):
        find("capactiy")
    with pytest.raises(ValueError, match=r"there is no study 'nosuch'; choose from capacity$"):
        find("nosuch")
    (tmp_path / "mine.py").write_text("")
    with pytest.raises(ValueError, match=r"for a file of your own, write \./mine\.py"):
        find("mine")


def test_source_tree_without_installation_lists_nothing(monkeypatch):
    monkeypatch.setattr(discovery, "BUILT_IN", "hopphys.no_such_package")
    assert discovery._built_in_names() == []

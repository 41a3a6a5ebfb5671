"""A small finished run and its report, made once; tests that change files take a copy."""

import shutil
from pathlib import Path

import pytest

from hopphys import dataset, report
from hopphys.study import discovery

TOY = Path(__file__).parent / "toy_study.py"


@pytest.fixture(scope="session")
def toy():
    return discovery.load_module(TOY)


@pytest.fixture(scope="session")
def study(toy):
    return toy.STUDY


@pytest.fixture(scope="session")
def run_dir(toy, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    (folder / "toy").mkdir()
    dataset.save(toy.joined(), folder / "toy" / "toy.nc")
    return folder


@pytest.fixture(scope="session")
def built(run_dir, study, tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    report.build(run_dir, out, [study])
    return out


@pytest.fixture
def copy(built, tmp_path):
    return Path(shutil.copytree(built, tmp_path / "copy"))


@pytest.fixture(scope="session")
def page(built):
    return (built / "toy" / "index.html").read_text(encoding="utf-8")

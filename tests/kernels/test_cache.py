"""Compiled kernels live in the user's cache, by the hash of their source, and never beside it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPORT = "import os, numba, hopphys.kernels; print(numba.config.CACHE_DIR)"


def cache_folder(cache, code="import hopphys.kernels; " + REPORT, **changes):
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environment |= {"XDG_CACHE_HOME": str(cache), **changes}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the cache folder of XDG")
@pytest.mark.parametrize("first", ["hopphys.kernels", "numba"])
def test_kernels_are_cached_by_the_hash_of_their_source(tmp_path, first):
    folder = Path(cache_folder(tmp_path, f"import {first}; " + REPORT))
    assert folder.parent == tmp_path / "hopphys"
    assert folder.name.startswith("kernels-")


def test_a_cache_folder_that_the_user_names_is_used(tmp_path):
    assert cache_folder(tmp_path, NUMBA_CACHE_DIR="/some/where") == "/some/where"


def test_kernels_load_where_no_cache_can_be_written(tmp_path):
    (tmp_path / "file").touch()
    code = "from hopphys.kernels import visits; import numpy as np; print(visits.ORDERS['random'])"
    assert cache_folder(tmp_path / "file" / "inside", code) == "0"


RUN = "import hopphys as hp; hp.sample(hp.boltzmann_machine([[0, 1], [1, 0]]), beta=1.0, sweeps=1, seed=1)"


def said_on_stderr(cache):
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environment["XDG_CACHE_HOME"] = str(cache)
    done = subprocess.run([sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return done.stderr


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the cache folder of XDG")
def test_only_the_first_call_ever_says_that_it_compiles(tmp_path):
    assert said_on_stderr(tmp_path).startswith("compiling kernels (once)")
    assert said_on_stderr(tmp_path) == ""

"""Arrays that would not fit are refused before they are asked for."""

import pytest

from hopphys import memory


def test_refusal_says_how_much_and_the_way_out(monkeypatch):
    monkeypatch.setenv("HOPPHYS_MEMORY", "1000000")
    memory.require(1_000_000, "a matrix", "take a smaller one")
    with pytest.raises(memory.TooLarge, match=r"a matrix would take 2\.5 GB, but 1\.0 MB are available; use patterns"):
        memory.require(2_500_000_000, "a matrix", "use patterns")


def test_limit_of_this_machine_is_positive_and_finite(monkeypatch):
    monkeypatch.delenv("HOPPHYS_MEMORY", raising=False)
    assert 2**20 < memory.available() < 2**50


def test_unknown_machine_counts_as_eight_gibibytes(monkeypatch):
    monkeypatch.delenv("HOPPHYS_MEMORY", raising=False)
    monkeypatch.setattr(memory, "SOURCES", ())
    assert memory.available() == 8 * 2**30


def test_cgroup_limit_counts_what_is_left(tmp_path):
    for name, text in {"max": "5000\n", "current": "4000\n", "stat": "anon 9\ninactive_file 700\n"}.items():
        (tmp_path / name).write_text(text)
    assert list(memory._remaining(tmp_path / "max", tmp_path / "current", tmp_path / "stat")) == [1700]
    (tmp_path / "max").write_text("max\n")
    assert list(memory._remaining(tmp_path / "max", tmp_path / "current", tmp_path / "stat")) == []


@pytest.mark.parametrize("text", ["8 GB", "-1", "nan"])
def test_override_that_is_no_number_is_refused(monkeypatch, text):
    monkeypatch.setenv("HOPPHYS_MEMORY", text)
    with pytest.raises(ValueError, match="number of bytes"):
        memory.available()


def test_arrays_that_are_a_trifle_are_not_asked_about(monkeypatch):
    monkeypatch.delenv(memory.OVERRIDE, raising=False)
    monkeypatch.setattr(memory, "available", lambda: 0)
    memory.require(memory.TRIFLE - 1, "a state", "take fewer replicas")
    with pytest.raises(memory.TooLarge):
        memory.require(memory.TRIFLE, "a state", "take fewer replicas")

"""Settings are typed: what cannot be meant is a message that says what can."""

import sys
import types
from dataclasses import dataclass
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopphys.study import Study, build, config


@dataclass(frozen=True)
class Settings:
    sizes: tuple[int, ...] = (250, 500)
    loads: tuple[float, ...] = (0.1,)
    window: tuple[float, float] = (0.0, 1.0)
    names: tuple[str, ...] = ()
    sweeps: int = 10
    beta: float = 1.0
    rule: Literal["hebb", "projection"] = "hebb"
    label: str = "a"
    open: bool = False
    limit: float | None = None

    def __post_init__(self):
        if self.sweeps < 1:
            raise ValueError(f"sweeps must be positive, but it is {self.sweeps}")


@dataclass(frozen=True)
class Bare:
    size: int
    limit: int | None


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A study in a file with a TOML beside it: call with its text."""

    def make(toml=None, settings=Settings):
        module = types.ModuleType("somewhere")
        module.__file__ = str(tmp_path / "somewhere.py")
        monkeypatch.setitem(sys.modules, "somewhere", module)

        def nothing(*_):
            return []

        nothing.__module__ = "somewhere"
        if toml is not None:
            (tmp_path / "somewhere.toml").write_text(toml)
        return Study("s", "S", "?", settings, nothing, nothing, nothing, nothing)

    return make


def test_preset_comes_from_the_table_and_the_rest_from_defaults(study):
    made = build(study("[quick]\nsizes = [1, 2]\nbeta = 2\n[full]\n"), "quick")
    assert made == Settings(sizes=(1, 2), beta=2.0) and isinstance(made.beta, float)
    assert build(study(), "full") == Settings()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sizes=100,200", {"sizes": (100, 200)}),
        ("sizes = [100, 200]", {"sizes": (100, 200)}),
        ("sizes=100", {"sizes": (100,)}),
        ("loads=0.1,2", {"loads": (0.1, 2.0)}),
        ("window=0.5,1", {"window": (0.5, 1.0)}),
        ("beta=2", {"beta": 2.0}),
        ("beta=1e-3", {"beta": 0.001}),
        ("beta=inf", {"beta": float("inf")}),
        ("label=1", {"label": "1"}),
        ("label='a=b'", {"label": "a=b"}),
        ("rule=projection", {"rule": "projection"}),
        ("open=true", {"open": True}),
        ("limit=3", {"limit": 3.0}),
        ("limit=none", {"limit": None}),
        ("names=a,b", {"names": ("a", "b")}),
        ("names=", {"names": ()}),
    ],
)
def test_setting_is_read_as_its_type(study, text, expected):
    assert build(study(), "quick", [text]) == Settings(**expected)


def test_last_setting_wins_over_preset_and_earlier_ones(study):
    assert build(study("[quick]\nsweeps = 3"), "quick", ["sweeps=4", "sweeps=5"]).sweeps == 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("size=3", "no key 'size'; did you mean 'sizes'\\? Choose from "),
        ("sizes", "--set takes key=value, but it got 'sizes'"),
        ("sizes=3,x", "each entry of sizes in .* must be a whole number, but it is 'x'"),
        ("sizes=3.0", "must be a whole number, but it is 3.0"),
        ("sizes=true,1", "must be a whole number, but it is (True|'true')"),
        ("window=1", "must have 2 entries, but it has 1"),
        ("sweeps=1.5", "sweeps in .* must be a whole number, but it is 1.5"),
        ("sweeps=true", "must be a whole number, but it is True"),
        ("sweeps=0", "sweeps must be positive, but it is 0"),
        ("sweeps=", "must be a whole number, but it is ''"),
        ("sweeps=1\nbeta=3", "must be a whole number"),
        ("beta=nan", "beta in .* must be a number, but it is nan"),
        ("beta=hot", "must be a number, but it is 'hot'"),
        ("open=1", "must be true or false, but it is 1"),
        ("open=yes", "must be true or false, but it is 'yes'"),
        ("rule=hebbb", "must be one of hebb, projection, but it is 'hebbb'"),
        ("limit=a", "must be a number or nothing, but it is 'a'"),
        ("zzz=1", "no key 'zzz'; choose from beta, label"),
    ],
)
def test_setting_that_cannot_be_meant_is_refused(study, text, message):
    with pytest.raises(ValueError, match=message):
        build(study(), "quick", [text])


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[quick]\nsweep = 3", r"\[quick\] of study s has no key 'sweep'; did you mean 'sweeps'"),
        ("[quick]\nsizes = 3", "sizes in .* must be a list, but it is 3"),
        ("[quick]\nsweeps = '3'", "must be a whole number, but it is '3'"),
        ("[quick]\nsweeps = -1", r"\[quick\] of study s: sweeps must be positive"),
        ("[quick\n", "is not TOML"),
        ("sweeps = 3\n[quick]", "'sweeps' stands outside a table"),
        ("[quik]\n", "no preset 'quick'; did you mean 'quik'"),
    ],
)
def test_table_that_cannot_be_meant_is_refused(study, toml, message):
    with pytest.raises(ValueError, match=message):
        build(study(toml), "quick")


def test_missing_value_is_asked_for_and_absent_optional_is_none(study):
    with pytest.raises(ValueError, match="lacks size; give a value"):
        build(study(settings=Bare), "quick")
    assert build(study(settings=Bare), "quick", ["size=3"]) == Bare(3, None)


numbers = st.floats(allow_nan=False)
words = st.text(st.characters(codec="ascii", exclude_categories=["C", "Z"], exclude_characters="\"'"), max_size=5)


@given(
    st.builds(
        Settings,
        sizes=st.lists(st.integers(), max_size=4).map(tuple),
        loads=st.lists(numbers, max_size=3).map(tuple),
        window=st.tuples(numbers, numbers),
        names=st.lists(words, max_size=3).map(tuple),
        sweeps=st.integers(1, 10**30),
        beta=numbers,
        rule=st.sampled_from(["hebb", "projection"]),
        label=words,
        open=st.booleans(),
        limit=st.none() | numbers,
    )
)
def test_settings_that_are_said_rebuild_the_configuration(settings):
    study = Study("s", "S", "?", Settings, test_missing_value_is_asked_for_and_absent_optional_is_none, *[print] * 3)
    assert build(study, "quick", config.differences(study, "quick", settings)) == settings


def test_only_what_differs_from_the_preset_is_said(study):
    made = study("[quick]\nsweeps = 3")
    assert config.differences(made, "quick", build(made, "quick", ["sizes=7,8"])) == ["sizes=7,8"]
    assert config.differences(made, "custom", Settings(sweeps=4)) == ["sweeps=4"]

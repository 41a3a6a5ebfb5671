"""A finding agrees or does not; a study knows its method, its file and its configuration."""

import math
from dataclasses import dataclass

import pytest

from hopphys import study


@pytest.mark.parametrize(
    ("measured", "error", "reference", "agrees"),
    [
        (0.14, 0.001, 0.1379, True),
        (0.14, 0.0006, 0.1379, False),
        (0.14, 0.0008, 0.1379, True),
        (0.14, 0.001, None, None),
        (1.0, None, 1.0, True),
        (1.0, None, 1.0001, False),
        (0.1 + 0.2, None, 0.3, True),
        (math.nan, 0.1, 0.0, False),
        (0.0, math.nan, 0.0, False),
        (math.nan, None, 0.0, False),
        (0.0, 0.0, 0.0, True),
    ],
)
def test_finding_agrees_within_three_errors(measured, error, reference, agrees):
    assert study.Finding.compare("x", measured, error, reference, "theory").agrees is agrees


def test_sigmas_of_a_finding_can_be_chosen():
    assert study.Finding.compare("x", 1.0, 0.1, 1.4, "theory", sigmas=5).agrees is True


def nothing(*_):
    return []


@dataclass(frozen=True)
class Settings:
    size: int = 1


def a_study(**changed):
    parts = {"points": nothing, "measure": nothing, "findings": nothing, "figures": nothing}
    return study.Study(**{"name": "a", "title": "A", "question": "?", "config": Settings, **parts, **changed})


@pytest.mark.parametrize("name", ["", "A", "a b", "../a", "a/b", ".a", "é"])
def test_name_that_is_no_folder_is_refused(name):
    with pytest.raises(ValueError, match="lower-case letters"):
        a_study(name=name)


@pytest.mark.parametrize("config", [dict, Settings(), 3])
def test_configuration_must_be_a_dataclass(config):
    with pytest.raises(ValueError, match="must be a frozen dataclass"):
        a_study(config=config)


def test_method_is_the_docstring_of_the_module():
    assert a_study().method == __doc__.strip() and a_study(method="by hand").method == "by hand"
    assert a_study().source.name == "test_contract.py"


def test_every_public_name_of_study_is_there():
    for name in study.__all__:
        assert getattr(study, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        study.nonsense  # noqa: B018

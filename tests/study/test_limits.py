"""What the settings of a study must not fall below, and how a refusal names them."""

from dataclasses import dataclass

import pytest

from hopphys.study import at_least


@dataclass(frozen=True)
class Config:
    samples: int = 2
    sizes: tuple[int, ...] = (10, 20)
    rate: float = 0.5


def test_the_bound_itself_is_enough():
    at_least(Config(), 2, "samples", "sizes")
    at_least(Config(sizes=()), 2, "sizes")  # no number, none too small


@pytest.mark.parametrize(
    ("config", "least", "message"),
    [
        (Config(samples=-3), 2, r"^samples must be at least 2, for an error, but it is -3$"),
        (Config(sizes=(50, 5)), 10, r"^sizes must be at least 10, for an error, but one is 5$"),
        (Config(rate=float("nan")), 0.1, r"^rate must be at least 0\.1, for an error, but it is nan$"),
        (Config(rate=1e12), 1e13, r"^rate must be at least 1e\+13, for an error, but it is 1e\+12$"),
    ],
)
def test_the_first_setting_too_small_is_named_with_its_value(config, least, message):
    names = [name for name, value in vars(config).items() if value != getattr(Config(), name)]
    with pytest.raises(ValueError, match=message):
        at_least(config, least, *names, why="for an error")


def test_without_a_reason_none_is_given():
    with pytest.raises(ValueError, match=r"^samples must be at least 4, but it is 2$"):
        at_least(Config(), 4, "samples")

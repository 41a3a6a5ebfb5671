"""Messages of refusals read as sentences, and show what came as a person would write it."""

import numpy as np
import pytest

import hopphys as hp

XI = hp.patterns.random(2, 10, seed=1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: hp.settle(hp.hopfield(XI), XI * np.nan, seed=1), "start must be finite, but there is nan"),
        (lambda: hp.theory.capacity.one_step_error(-1), "not negative, but it is -1.0"),
        (lambda: hp.theory.capacity.load_at_error([0.1, 0.7]), r"between 0 and 1/2, but it is \[0.1 0.7\]"),
        (lambda: hp.theory.capacity.information_ratio(0), "at least 1, but it is 0.0"),
        (lambda: hp.theory.capacity.one_pattern_exact(np.array([1, 2])), r"above 1, but it is \[1. 2.\]"),
    ],
)
def test_value_is_shown_without_the_language_around_it(make, words):
    with pytest.raises(ValueError, match=f"{words}$"):
        make()

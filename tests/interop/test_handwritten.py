"""Handwritten digits as patterns: half ink, thermometers, and what is said where they are not to be had."""

import sys

import numpy as np
import pytest

from hopphys.interop.handwritten import PICTURES, digits, ink

pytest.importorskip("sklearn")
from sklearn.datasets import load_digits


def test_one_level_is_half_ink():
    xi, labels = digits()
    found = load_digits()
    np.testing.assert_array_equal(xi > 0, found.data >= 8)
    np.testing.assert_array_equal(labels, found.target)
    assert xi.dtype == np.int8 and xi.shape == (PICTURES, 64)


def test_thermometer_counts_the_ink():
    """Fifteen levels lose nothing but the difference of 15 and 16; seven read ink in steps of two."""
    grey = load_digits().data
    np.testing.assert_array_equal((digits(15)[0].reshape(PICTURES, 64, 15) > 0).sum(axis=-1), np.minimum(grey, 15))
    np.testing.assert_array_equal(ink(digits(7)[0]).reshape(PICTURES, 64) * 7, np.minimum(grey // 2, 7))


def test_picture_is_row_major():
    xi, _ = digits(3)
    np.testing.assert_array_equal(ink(xi[5]) > 0.9, load_digits().images[5] >= 12)


@pytest.mark.parametrize("levels", [0, 16, 2.5, True])
def test_levels_that_are_none_are_refused(levels):
    with pytest.raises(ValueError, match="levels must be a whole number"):
        digits(levels)


def test_other_patterns_are_no_digits():
    with pytest.raises(ValueError, match="a multiple of 64, but they have 65"):
        ink(np.ones(65, int))


def test_missing_library_is_named_with_its_cure(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("sklearn")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ValueError, match=r"pip install 'hopphys\[data\]'"):
        digits()

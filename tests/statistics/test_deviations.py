"""The reduced chi-square of deviations whose errors are themselves estimates."""

import numpy as np
import pytest
from scipy import stats

from hopphys import statistics, study

TRIALS = 4000


def drawn(number, freedom, scale=1.0):
    """Deviations (TRIALS, number) in errors that are scale times too small, each from freedom + 1 samples."""
    samples = np.random.default_rng(1).normal(size=(TRIALS, number, freedom + 1))
    return scale * samples.mean(axis=-1) / (samples.std(axis=-1, ddof=1) / np.sqrt(freedom + 1))


def test_with_known_errors_it_is_the_mean_square():
    found = statistics.reduced_chi_square([3.0, -1.0])
    assert found.value == pytest.approx(5.0, rel=1e-12)
    assert found.high == pytest.approx(stats.chi2.isf(stats.norm.sf(3), 2) / 2, rel=1e-4)  # 6.61 = ln(1/p)
    assert found.low == pytest.approx(stats.chi2.ppf(stats.norm.sf(3), 2) / 2, rel=1e-3)
    assert 1 + 3 * found.error == pytest.approx(found.high) and found.count == 2 and found.largest == 3


def test_a_deviation_in_an_estimated_error_is_as_large_as_it_is_rare():
    for freedom in (1, 3, 7):
        z = stats.t.isf(stats.norm.sf(2.5), freedom)
        assert statistics.reduced_chi_square([z], freedom).value == pytest.approx(2.5**2, rel=1e-9)
    mixed = statistics.reduced_chi_square([stats.t.isf(stats.norm.sf(2), 3), 1.0], [3, np.inf])
    assert mixed.value == pytest.approx((4 + 1) / 2, rel=1e-9)


def test_far_deviations_stay_numbers_and_one_without_error_is_infinitely_far():
    assert 100 < statistics.reduced_chi_square([1e9], 7).value < 1e9
    assert statistics.reduced_chi_square([50.0]).value == 2500
    assert np.isinf(statistics.reduced_chi_square([np.inf, 0.1], 7).value)


@pytest.mark.parametrize("freedom", [3, 7, 31])
@pytest.mark.parametrize("number", [4, 14])
def test_three_errors_are_a_false_alarm_as_rare_as_for_a_gaussian(number, freedom):
    """At 0.00135 for each end, 10.8 of 4000 are expected; 26 or more come in one test of 20 000.

    Errors of half the size are seen fifteen times as often and more, even in four deviations of four samples each.
    """
    found = [study.Finding.chi_square("", z, freedom, "") for z in drawn(number, freedom)]
    assert 0 < sum(not one.agrees for one in found) < 26
    wrong = [study.Finding.chi_square("", z, freedom, "") for z in drawn(number, freedom, scale=2)[:400]]
    assert sum(not one.agrees for one in wrong) > 400 / 25


def test_errors_that_are_too_large_are_noticed():
    """Ten times too large, 14 deviations: their mean square, 0.01, lies far below what chance leaves."""
    found = study.Finding.chi_square("", drawn(14, 31, scale=0.1)[0], 31, "")
    assert not found.agrees and found.measured < 0.05


def test_without_either_correction_the_alarm_rate_would_be_noticed():
    """The mean square as it is, judged by sqrt(2/n), of errors of four samples."""
    z = drawn(8, 3)
    alarms = ((z**2).mean(axis=1) > 1 + 3 * np.sqrt(2 / 8)).sum()
    assert alarms > 100


@pytest.mark.parametrize(
    ("z", "freedom", "message"),
    [
        ([], 3, "at least one, but they are \\[\\]"),
        ([1.0, np.nan], 3, r"but they are \[1.0, nan\]"),
        ([1.0], 0, "start at 1, but one is 0"),
        ([1.0], np.nan, "start at 1, but one is nan"),
        (["a"], 3, "an array of numbers is needed"),
    ],
)
def test_what_cannot_be_judged_is_refused(z, freedom, message):
    with pytest.raises(ValueError, match=message):
        statistics.reduced_chi_square(z, freedom)


def test_a_finding_names_the_largest_and_how_often_chance_exceeds():
    found = study.Finding.chi_square("fit", np.array([0.5, -2.4, 1.0]), 15, "theory", note="N = 10")
    assert found.agrees and found.reference == 1.0
    assert found.note.startswith("largest |z| = 2.4 of 3;") and found.note.endswith("in 99.7 % of runs. N = 10")
    square = study.Finding.chi_square("fit", [[0.5, -2.4], [1.0, 0.1]], 15, "theory")
    assert square.note.startswith("largest |z| = 2.4 of 4")

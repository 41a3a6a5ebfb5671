"""Bootstrap at two levels, how values are written, and numbers that committed reports rest on."""

import numpy as np
import pytest

from hopphys import statistics

GOLDEN_TAU = ["0x1.ae284532e56d4p+3", "0x1.20f9aea8feaa4p+2"]
GOLDEN_ERROR = "0x1.9d650de594d98p-1"
GOLDEN_BOOTSTRAP = ["-0x1.5d9c3f12487bdp+1", "-0x1.5d9c3f12487bdp+1", "-0x1.16464e0fd1153p+1"]
GOLDEN_BINDER = "0x1.9ecb6ff7d9b09p-5"


def test_nested_bootstrap_of_a_mean_has_the_variance_of_both_levels():
    """Var = (1 - 1/D) S/D + (1 - 1/R) W/(D R), Davison & Hinkley 1997, with S and W the scatter (ddof 1) of sample
    means and within samples. 4000 resamples: known to 2.2 %, so 9 % is four standard errors.
    """
    rng = np.random.default_rng(1)
    values = rng.normal(size=(12, 1)) + 2 * rng.normal(size=(12, 5))
    drawn = statistics.nested_bootstrap(np.mean, values, seed=1, resamples=4000)
    between = values.mean(axis=1).var() / 12
    within = values.var(axis=1).mean() / 60
    assert drawn.var() == pytest.approx(between + within, rel=0.09)
    assert drawn.mean() == pytest.approx(values.mean(), abs=4 * drawn.std() / np.sqrt(4000))


def test_replicas_are_drawn_within_their_own_sample():
    values = np.repeat(np.arange(6.0)[:, None], 4, axis=1)
    drawn = statistics.nested_bootstrap(lambda v: np.ptp(v, axis=1).max(), values, seed=1, resamples=50)
    assert (drawn == 0).all()  # a row of a resample is one disorder sample
    assert np.ptp(statistics.nested_bootstrap(np.mean, values, seed=1, resamples=50)) > 0


def test_nested_bootstrap_depends_on_the_seed_and_nothing_else():
    values = np.random.default_rng(2).normal(size=(5, 4, 3))
    first = statistics.nested_bootstrap(lambda v: v.mean(axis=(0, 1)), values, seed=1, resamples=20)
    again = statistics.nested_bootstrap(lambda v: v.mean(axis=(0, 1)), values, seed=1, resamples=40)
    assert first.shape == (20, 3) and np.array_equal(first, again[:20])
    other = statistics.nested_bootstrap(lambda v: v.mean(axis=(0, 1)), values, seed=2, resamples=20)
    assert not np.array_equal(first, other)


def test_nested_bootstrap_needs_two_of_both():
    for shape in ((1, 5), (5, 1)):
        with pytest.raises(ValueError, match="at least 2 independent"):
            statistics.nested_bootstrap(np.mean, np.zeros(shape), seed=1)


def test_numbers_that_reports_rest_on_have_not_moved():
    """A change here changes committed reports: CHANGELOG says how such a change is announced."""
    series = np.cumsum(np.sin(np.arange(400.0) ** 2)).reshape(4, 100)
    found = statistics.autocorrelation_time(series)
    assert [float(t).hex() for t in found.tau[:2]] == GOLDEN_TAU
    assert float(statistics.chain_mean(series).error[2]).hex() == GOLDEN_ERROR
    assert [float(b).hex() for b in statistics.bootstrap(np.median, series[0], seed=3, resamples=3)] == GOLDEN_BOOTSTRAP
    assert float(statistics.binder_estimate(series).error).hex() == GOLDEN_BINDER


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (-1.41534, 0.00123, "-1.4153(12)"),
        (1234.0, 56.0, "1234(56)"),
        (12.3, 4.5, "12.3(4.5)"),
        (123456.0, 1234.0, "123500(1200)"),
        (1.23e-10, 4.5e-12, "1.230(45)e-10"),
        (1.5e8, 2e3, "1.500000(20)e+8"),
        (0.0, 0.0996, "0.00(10)"),
        (0.5, 0.999, "0.5(1.0)"),
        (99.99, 9.96, "100(10)"),
        (5.0, 1e-9, "5.0000000000(10)"),
        (0.5, np.inf, "0.5(inf)"),
        (0.5, np.nan, "0.5(?)"),
        (-2.0, 0.0, "-2(0)"),
        (np.nan, 1.0, "nan(1)"),
        (1e300, 1e299, "1e+300(1e+299)"),
    ],
)
def test_parenthesis_holds_two_digits_of_the_error(value, error, text):
    assert statistics.parenthesis(value, error) == text


def test_a_negative_error_is_refused():
    with pytest.raises(ValueError, match="-1"):
        statistics.parenthesis(0.0, -1.0)


def test_mean_error_leaves_out_what_is_missing():
    """By hand: 1, 3, 5 have the mean 3 and the error 2 / sqrt 3; one value has no error, no value no mean."""
    values = np.array([[1.0, np.nan, 3.0, 5.0], [np.nan, 7.0, np.nan, np.nan], [np.nan] * 4])
    for given, axis in ((values, -1), (values.T, 0)):
        mean, error = statistics.mean_error(given, axis)
        np.testing.assert_allclose(mean, [3.0, 7.0, np.nan])
        np.testing.assert_allclose(error, [2 / np.sqrt(3), np.nan, np.nan])


def test_mean_error_of_all_values_is_the_standard_error():
    values = np.random.default_rng(1).standard_normal((5, 9))
    whole = statistics.standard_error(values, axis=1)
    np.testing.assert_allclose(statistics.mean_error(values), (whole.value, whole.error), rtol=1e-12)

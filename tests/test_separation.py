"""Separation functions: each slope is the derivative of its value, and the limits are those of the literature."""

import numpy as np
import pytest

from hopphys.separation import Separation, exponential, log_cosh, log_sum_exp, power, quadratic, softplus

SIZE = 7
ALL = [
    quadratic(),
    quadratic(1.0),
    power(2),
    power(3),
    power(4),
    exponential(0.4),
    log_sum_exp(0.8),
    log_cosh(0.8),
    softplus(0.8),
]


def derivative(function, x, step=1e-2):
    """Central difference of seventh order: truncation and rounding both stay below 1e-12 for the functions here."""
    weights = np.array([3 / 4, -3 / 20, 1 / 60])
    shifts = step * np.arange(1, 4)
    return sum(w * (function(x + h) - function(x - h)) for w, h in zip(weights, shifts, strict=True)) / step


@pytest.mark.parametrize("separation", ALL, ids=str)
def test_slope_is_the_derivative_of_the_value(separation):
    x = np.random.default_rng(2).uniform(-2, 2, size=(4, 5))
    slope = separation.slope(x, SIZE)
    for mu in range(5):
        unit = np.eye(5)[mu]
        expected = derivative(lambda h, x=x, unit=unit: separation.value(x + h * unit, SIZE), 0.0)
        assert np.allclose(slope[:, mu], expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("separation", ALL, ids=str)
def test_values_sum_over_the_last_axis_and_broadcast_over_the_others(separation):
    x = np.random.default_rng(3).uniform(-2, 2, size=(2, 3, 4, 5))
    assert isinstance(separation, Separation)
    assert separation.value(x, SIZE).shape == (2, 3, 4)
    assert separation.slope(x, SIZE).shape == x.shape
    assert np.allclose(separation.value(x, SIZE)[1, 2, 3], separation.value(x[1, 2, 3], SIZE), rtol=1e-15)


def test_power_two_is_the_quadratic_of_hopfield():
    x = np.random.default_rng(4).normal(size=(3, 5))
    assert np.allclose(power(2).value(x, SIZE), quadratic().value(x, SIZE), rtol=1e-14)
    assert np.allclose(power(2).slope(x, SIZE), quadratic().slope(x, SIZE), rtol=1e-14)


def test_power_is_normalised_so_that_its_slope_is_the_overlap_to_the_power():
    x = np.array([7.0, -3.0])
    assert power(3).slope(x, SIZE) == pytest.approx((x / SIZE) ** 2, rel=1e-15)
    assert power(3).value(x, SIZE) == pytest.approx((7**3 - 3**3) / (3 * SIZE**2), rel=1e-15)


def test_log_cosh_and_softplus_are_one_function_up_to_a_line():
    # 0/1 and +-1 hidden units: log(1 + e^{2 k x}) = log cosh(k x) + k x + log 2.
    x = np.random.default_rng(5).normal(size=(3, 4))
    k = 0.6
    expected = log_cosh(k).value(x, SIZE) + x.sum(axis=-1) + 4 * np.log(2) / k
    assert np.allclose(2 * softplus(2 * k).value(x, SIZE), expected, rtol=1e-13)


def test_log_sum_exp_tends_to_the_largest_overlap():
    x = np.array([0.3, 2.0, -1.0])
    assert log_sum_exp(1e4).value(x, SIZE) == pytest.approx(2.0, abs=1e-12)
    assert log_sum_exp(1e4).slope(x, SIZE) == pytest.approx([0, 1, 0], abs=1e-12)


@pytest.mark.parametrize("separation", [log_sum_exp(1.0), log_cosh(1.0), softplus(1.0)], ids=str)
def test_large_overlaps_do_not_overflow(separation):
    x = np.array([2000.0, -2000.0])
    assert np.isfinite(separation.value(x, SIZE))
    assert np.isfinite(separation.slope(x, SIZE)).all()


def test_integer_powers_are_exact_so_that_ties_stay_ties():
    x = np.array([[1001.0, -999.0, 3.0], [3.0, 1001.0, -999.0]])
    first, second = power(3).value(x, 1003)
    assert first == second


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: power(1), "n = 1"),
        (lambda: power(2.5), "n = 2.5"),
        (lambda: power(np.nan), "n = nan"),
        (lambda: power("3"), "n = '3'"),
        (lambda: exponential(0), "sharpness must be positive"),
        (lambda: log_sum_exp(-1), "sharpness must be positive"),
        (lambda: log_cosh(np.inf), "sharpness must be positive"),
        (lambda: softplus(np.nan), "sharpness must be positive"),
        (lambda: softplus("hot"), "sharpness must be positive"),
        (lambda: quadratic(-1), "norm must be positive"),
    ],
)
def test_meaningless_separations_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()

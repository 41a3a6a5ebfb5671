"""Finite-size scaling recovers the transition that made-up data were drawn from, and says how well it knows it."""

import numpy as np
import pytest
from scipy.special import ndtr

from hopphys import scaling

SIZES, LOADS = (500, 1000, 2000, 4000), np.arange(0.125, 0.166, 0.005)
WIDE = np.arange(0.125, 0.196, 0.01)  # one half is reached at 0.171 by the smallest N
TRUE, NU, HEIGHT, SLOPE = 0.14, 2.0, 1.3, 1.85
PROBES = 10


def made_up(seed, samples=100, nu=NU, common=0.0, loads=LOADS):
    """Retrieved fractions drawn from the scaling law; `common` is the part of the threshold that a sample shares."""
    random = np.random.default_rng(seed)
    size, load = (grid.ravel() for grid in np.meshgrid(np.array(SIZES, float), loads, indexing="ij"))
    argument = HEIGHT - SLOPE * (load - TRUE) * size ** (1 / nu)
    shared = np.sqrt(common) * random.standard_normal((size.size, samples, 1))
    own = np.sqrt(1 - common) * random.standard_normal((size.size, samples, PROBES))
    values = (shared + own < argument[:, None, None]).mean(axis=-1)
    return scaling.Fractions(size, load, values, np.full(size.size, float(PROBES)))


def critical(data, resamples=30):
    return scaling.critical(data, window=(0.124, 0.166), smallest=500, resamples=resamples, seed=1)


def test_fit_finds_the_law_that_the_data_were_drawn_from():
    """Each of three parameters within 4 bootstrap errors: false alarm 2e-4; the seed is fixed."""
    found = critical(made_up(1))
    assert abs(found.fit.critical - TRUE) < 4 * found.statistical
    assert abs(found.nu - NU) < 4 * found.nu_error
    assert 0.3 < found.fit.chi_squared / found.fit.freedom < 2
    assert abs(found.fit.fraction(np.array([0.0]))[0] - ndtr(HEIGHT)) < 0.02


@pytest.mark.parametrize("times", [0.2, 1.0, 3.6, 36.0])
def test_fit_knows_nothing_of_the_answer(times):
    """The same curves at loads `times` as large: the fitted load is that much larger, wherever the search began."""
    data = made_up(1)
    moved = scaling.Fractions(data.size, times * data.load, data.values, data.probes)
    for options in ({}, {"correction": True}, {"nu": None}):
        here, there = scaling.fit(data, **options), scaling.fit(moved, **options)
        assert there.critical == pytest.approx(times * here.critical, rel=1e-4)
        assert there.chi_squared == pytest.approx(here.chi_squared, rel=1e-4)


@pytest.mark.parametrize("height", [0.0, 0.5, 1.0])
def test_curves_without_a_transition_have_no_critical_load(height):
    flat = made_up(1)
    flat = scaling.Fractions(flat.size, flat.load, np.full_like(flat.values, height), flat.probes)
    assert np.isnan(scaling.fit(flat).critical)


def test_correction_is_fitted_where_there_are_sizes_enough():
    many, few = made_up(1), made_up(1).within(0.0, 1.0, 1000)
    assert critical(many).fit.parameters[3] != 0
    assert scaling.critical(few, window=(0.124, 0.166), smallest=1000, resamples=5, seed=1).fit.parameters[3] == 0


def test_wrong_exponent_is_noticed():
    found = critical(made_up(1, samples=800, nu=3.0))
    assert abs(found.nu - 2.0) > 4 * found.nu_error
    assert found.systematic > found.statistical


def test_bootstrap_error_is_the_scatter_of_repeated_experiments():
    """20 experiments whose samples share half of their threshold: the ratio of the two errors has a spread of 16 %."""
    experiments = [made_up(seed, samples=40, common=0.5) for seed in range(20)]
    values = [scaling.fit(data, correction=True).critical for data in experiments]
    quoted = critical(made_up(99, samples=40, common=0.5)).statistical
    assert 0.5 < quoted / np.std(values, ddof=1) < 2


def test_shared_thresholds_widen_the_error():
    independent, clustered = (made_up(3, common=common).spread() for common in (0.0, 0.5))
    np.testing.assert_allclose(independent, 0.5 / np.sqrt(100 * PROBES), rtol=0.06)
    assert (clustered > 1.4 * independent).all()


def test_samples_that_are_not_there_count_for_nothing():
    data = made_up(4)
    padded = scaling.Fractions(
        data.size, data.load, np.pad(data.values, ((0, 0), (0, 50)), constant_values=np.nan), data.probes
    )
    assert scaling.fit(padded).critical == pytest.approx(scaling.fit(data).critical, rel=1e-8)
    assert np.isnan(padded.resampled(0, 1).values[:, 100:]).all()


def test_points_where_everything_is_retrieved_have_an_error():
    full = scaling.Fractions(np.array([10.0]), np.array([0.1]), np.ones((1, 8)), np.array([5.0]))
    assert full.spread() > 0


def test_one_size_has_no_finite_size_scaling():
    data = made_up(1)
    with pytest.raises(ValueError, match="two sizes or more, but there are 9 points of 1 sizes"):
        scaling.fit(data.within(0, 1, 4000))


def test_fractions_outside_zero_to_one_and_wrong_shapes_are_refused():
    one = np.array([0.1])
    with pytest.raises(ValueError, match=r"between 0 and 1, but one is 1\.5"):
        scaling.Fractions(one, one, np.array([[1.5]]), one)
    with pytest.raises(ValueError, match="must match"):
        scaling.Fractions(one, one, np.zeros((2, 3)), one)


def test_half_points_lie_where_the_law_puts_them_and_continue_to_its_critical_load():
    """Four sizes and the limit within 4 bootstrap errors: false alarm 3e-4; the seed is fixed."""
    found = scaling.thresholds(made_up(1, loads=WIDE), resamples=30, seed=1)
    expected = TRUE + HEIGHT / SLOPE / np.sqrt(SIZES)
    np.testing.assert_array_equal(found.sizes, SIZES)
    assert (np.abs(found.load - expected) < 4 * found.error).all() and (found.error < 1e-3).all()
    line = scaling.extrapolate(found)
    assert abs(line.critical - TRUE) < 4 * line.error
    assert line.coefficients[0] == pytest.approx(HEIGHT / SLOPE, rel=0.1)
    assert line.load(np.inf) == line.critical and line.load(1000) == pytest.approx(found.load[1], abs=0.002)


def test_pairs_of_sizes_cross_at_the_critical_load_whatever_the_height():
    found = scaling.crossings(made_up(2), resamples=30, seed=1)
    np.testing.assert_array_equal(found.sizes, [[500, 1000], [1000, 2000], [2000, 4000]])
    assert (np.abs(found.load - TRUE) < 4 * found.error).all() and (found.error < 0.005).all()


def test_crossings_of_curves_that_drift_drift_with_them():
    """Thresholds moved by 20 / N: pairs of small sizes cross elsewhere, by more than 4 errors."""
    data = made_up(3, samples=800)
    moved = scaling.Fractions(data.size, data.load + 20 / data.size, data.values, data.probes)
    found = scaling.crossings(moved, resamples=30, seed=1)
    assert abs(found.load[0] - TRUE) > 4 * found.error[0]
    assert abs(found.load[-1] - TRUE) < abs(found.load[0] - TRUE)


def test_error_of_a_half_point_is_the_scatter_of_repeated_experiments():
    """20 experiments, their samples' probes correlated: the ratio of the two errors has a spread of 16 %."""

    def half(seed, resamples):
        data = made_up(seed, 40, common=0.5, loads=WIDE).within(0, 1, 2000)
        return scaling.thresholds(data, resamples=resamples, seed=1)

    scatter = np.std([half(seed, 2).load for seed in range(20)], axis=0, ddof=1)
    ratio = half(99, 60).error / scatter
    assert ((ratio > 0.5) & (ratio < 2)).all()


def test_a_level_that_is_not_reached_has_no_threshold():
    data = made_up(1)
    early = scaling.thresholds(data.within(0.12, 0.136, 0), resamples=3, seed=1)
    assert np.isnan(early.load).all() and np.isnan(early.error).all()
    flat = scaling.Fractions(data.size, data.load, np.ones_like(data.values), data.probes)
    assert np.isnan(scaling.thresholds(flat, resamples=3, seed=1).load).all()
    with pytest.raises(ValueError, match=r"level is a fraction between 0 and 1, but it is 1\.0"):
        scaling.thresholds(data, 1.0, resamples=3, seed=1)


def test_extrapolation_is_the_polynomial_through_its_points():
    sizes = np.array([100.0, 400.0, 900.0, 1600.0])
    found = scaling.Thresholds(sizes, 0.14 + 0.8 / np.sqrt(sizes) + 2 / sizes, np.full(4, 1e-3))
    line = scaling.extrapolate(found, order=2)
    assert line.critical == pytest.approx(0.14) and line.coefficients == pytest.approx([0.8, 2.0])
    assert line.chi_squared == pytest.approx(0, abs=1e-12) and line.freedom == 1
    straight = scaling.extrapolate(found, smallest=400)
    assert straight.freedom == 1 and straight.critical < 0.14
    with pytest.raises(ValueError, match="needs 3 sizes with a threshold and an error, but there are 2"):
        scaling.extrapolate(found, smallest=900, order=2)
    pairs = scaling.Thresholds(np.array([[1.0, 2.0]]), np.ones(1), np.ones(1))
    with pytest.raises(ValueError, match="thresholds of single sizes"):
        scaling.extrapolate(pairs)

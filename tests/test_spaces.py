"""One-site laws: the free energy is the integral, the mean its slope, and a draw inverts the distribution function."""

import numpy as np
import pytest
from scipy import special

from hopphys.spaces import BINARY, POISSON, REAL, SPIN, categorical, standard_normal

BETA = 0.7
FIELDS = np.linspace(-2.0, 2.0, 9)
LEVELS = {
    SPIN: (np.array([-1.0, 1.0]), np.zeros(2)),
    BINARY: (np.array([0.0, 1.0]), np.zeros(2)),
    POISSON: (np.arange(80.0), -special.gammaln(np.arange(80.0) + 1)),
    REAL: (np.linspace(-30, 30, 60_001), np.full(60_001, np.log(1e-3))),
}


@pytest.mark.parametrize("space", LEVELS, ids=lambda space: space.name)
def test_log_partition_is_the_sum_or_integral_over_the_site(space):
    values, log_weight = LEVELS[space]
    exponent = BETA * (np.outer(FIELDS, values) - space.confinement(values)) + log_weight
    assert np.allclose(space.log_partition(FIELDS, BETA), special.logsumexp(exponent, axis=1) / BETA, rtol=1e-12)


def test_log_partition_of_a_category_is_the_sum_over_its_levels():
    x = np.random.default_rng(1).normal(size=(5, 4))
    expected = np.log(np.exp(BETA * x).sum(axis=-1)) / BETA
    assert np.allclose(categorical(4).log_partition(x, BETA), expected, atol=1e-13)


@pytest.mark.parametrize("space", LEVELS, ids=lambda space: space.name)
def test_mean_is_the_thermal_average(space):
    values, log_weight = LEVELS[space]
    p = special.softmax(BETA * (np.outer(FIELDS, values) - space.confinement(values)) + log_weight, axis=1)
    assert np.allclose(space.mean(FIELDS, BETA), p @ values, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("space", [SPIN, BINARY, POISSON], ids=lambda space: space.name)
def test_draws_have_the_law_of_the_site(space):
    # Equally spaced uniform numbers hit each level in proportion to its probability, up to one of them a level.
    values, log_weight = LEVELS[space]
    grid = (np.arange(100_000) + 0.5) / 100_000
    for x in (-1.3, 0.0, 0.8):
        p = special.softmax(BETA * x * values + log_weight)
        drawn = space.draw(np.full(grid.shape, x), BETA, grid)
        shares = np.array([(drawn == value).mean() for value in values])
        assert np.abs(shares - p).max() <= 1.01e-5


def test_categories_are_drawn_with_the_softmax_probabilities():
    x = np.array([0.3, -1.0, 2.0])
    grid = (np.arange(100_000) + 0.5) / 100_000
    drawn = categorical(3).draw(np.broadcast_to(x, (grid.size, 3)), BETA, grid)
    assert np.abs(np.bincount(drawn.astype(int)) / grid.size - special.softmax(BETA * x)).max() <= 1.01e-5


def test_real_draws_are_gaussian_about_the_field():
    assert REAL.draw(np.array(1.5), BETA, np.array(0.5)) == pytest.approx(1.5, abs=1e-15)
    assert REAL.draw(np.array(0.0), BETA, special.ndtr(1.0)) == pytest.approx(1 / np.sqrt(BETA), rel=1e-12)


@pytest.mark.parametrize("space", [SPIN, BINARY, POISSON, REAL, categorical(3)], ids=lambda space: space.name)
@pytest.mark.parametrize("uniform", [0.0, 1 - 2.0**-53])
def test_extreme_uniform_numbers_give_values_of_the_site(space, uniform):
    x = np.zeros(3) if space.name == "categorical" else np.array(0.2)
    drawn = space.draw(x, BETA, np.array(uniform))
    assert np.isfinite(drawn)
    assert space.levels is None or drawn in space.levels


def test_normal_numbers_are_finite_for_every_uniform_number_and_their_quantiles():
    extremes = standard_normal(np.array([0.0, 2.0**-53, 1 - 2.0**-53]))
    assert np.isfinite(extremes).all() and (np.diff(extremes) > 0).all()
    grid = np.linspace(0.01, 0.99, 99)
    assert np.allclose(special.ndtr(standard_normal(grid)), grid, rtol=1e-14)


def test_spaces_know_their_kind():
    assert [s.two_level for s in (SPIN, BINARY, REAL, POISSON, categorical(2))] == [True, True, False, False, False]
    assert [s.discrete for s in (SPIN, BINARY, REAL, POISSON, categorical(2))] == [True, True, False, False, True]
    assert (SPIN.low, SPIN.high, BINARY.low, BINARY.high) == (-1, 1, 0, 1)


def test_a_real_site_has_no_lowest_level():
    with pytest.raises(ValueError, match="real site has no list of levels"):
        _ = REAL.low


@pytest.mark.parametrize("q", [1, 0, -3, 2.5])
def test_a_category_needs_two_levels(q):
    with pytest.raises(ValueError, match=f"q = {q}"):
        categorical(q)

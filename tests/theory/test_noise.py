"""Static noise on Hebb's couplings: against its saddle point solved by iteration, published numbers, and counting."""

import itertools

import numpy as np
import pytest
from scipy import special

from hopphys.theory import ags, noise


def iterated(load, delta, steps=20_000):
    """m from the saddle point by plain iteration from m = 1, C = 0: a second way to the same state."""
    m, c = 1.0, 0.0
    for _ in range(steps):
        sigma = np.sqrt(load / (1 - c) ** 2 + delta**2)
        before, m = m, special.erf(m / (sigma * np.sqrt(2)))
        c = np.sqrt(2 / np.pi) / sigma * np.exp(-(m**2) / (2 * sigma**2))
        if c >= 1 or m < 1e-3:
            return 0.0
        if abs(m - before) < 1e-14:
            break
    return m


def test_without_noise_it_is_the_theory_of_amit_gutfreund_and_sompolinsky():
    loads = np.linspace(0, 0.16, 33)
    np.testing.assert_allclose(noise.overlap(loads), ags.overlap(loads), rtol=0, atol=1e-9)
    assert noise.critical_load() == pytest.approx(ags.critical_load(), abs=1e-10)
    assert noise.critical_overlap() == pytest.approx(ags.critical_overlap(), abs=1e-9)


@pytest.mark.parametrize(("load", "delta"), [(0.02, 0.3), (0.05, 0.41), (0.1, 0.1), (0.1, 0.24), (0.13, 0.1), (0, 0.7)])
def test_overlap_solves_the_saddle_point(load, delta):
    assert noise.overlap(load, delta) == pytest.approx(iterated(load, delta), abs=1e-8)


def test_retrieval_ends_where_iteration_from_the_pattern_loses_it():
    for delta in (0.2, 0.5):
        edge = noise.critical_load(delta)
        assert iterated(0.999 * edge, delta) > 0.5 > iterated(1.001 * edge, delta) == 0.0
        assert noise.overlap(1.001 * edge, delta) == 0 < noise.overlap(0.999 * edge, delta)


def test_noise_as_a_spin_glass_term_is_the_derivative_of_the_free_energy():
    """The saddle point is where f(m, q, r) is flat: numerical derivatives of f at T = 0.05 with the noise in it."""
    load, delta, beta = 0.06, 0.3, 20.0
    z = np.linspace(-9, 9, 6001)
    w = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum()

    def free(m, q, r):
        c = beta * (1 - q)
        field = m + np.sqrt(load * r + delta**2 * q) * z
        others = load / 2 * (1 + beta * r * (1 - q) + (np.log(1 - c) - beta * q / (1 - c)) / beta)
        spins = w @ np.logaddexp(beta * field, -beta * field) / beta
        return m * m / 2 + others - beta * delta**2 / 4 * (1 - q) ** 2 - spins

    m, q, r = 1.0, 0.99, 1.0
    for _ in range(500):
        spin = np.tanh(beta * (m + np.sqrt(load * r + delta**2 * q) * z))
        m, q = w @ spin, w @ spin**2
        r = q / (1 - beta * (1 - q)) ** 2
    assert m > 0.9
    for step in np.eye(3) * 1e-5:
        up, down = (free(*(np.array([m, q, r]) + sign * step)) for sign in (1, -1))
        assert abs(up - down) / 2e-5 < 1e-6


def warm(load, delta, temperature):
    """m at T > 0 by plain iteration with the trapezoidal rule."""
    z = np.linspace(-8, 8, 2001)
    w = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum()
    beta, m, q, r = 1 / temperature, 1.0, 1 - 1e-6, 1.0
    for _ in range(3000):
        spin = np.tanh(beta * (m + np.sqrt(load * r + delta**2 * q) * z))
        m, q = w @ spin, w @ spin**2
        r = q / (1 - beta * (1 - q)) ** 2
    return m


@pytest.mark.parametrize(("load", "temperature", "delta"), [(0.05, 0.1, 0.3), (0.1, 0.1, 0.2), (0.0, 0.2, 0.5)])
def test_overlap_at_temperature_solves_the_saddle_point(load, temperature, delta):
    assert noise.overlap_at(load, temperature, delta) == pytest.approx(warm(load, delta, temperature), abs=1e-8)


def test_at_temperature_without_noise_it_is_the_theory_of_ags():
    for load, temperature in ((0.05, 0.3), (0.1, 0.2), (0.14, 0.1)):
        assert noise.overlap_at(load, temperature) == pytest.approx(ags.overlap_at(load, temperature), abs=1e-9)
    assert noise.overlap_at(0.0, 0.5) == pytest.approx(0.9575040241, abs=1e-9)  # m = tanh(m / T)
    assert noise.critical_load_at(0.1) == pytest.approx(ags.retrieval_load(0.1), abs=1e-9)


def test_low_temperature_tends_to_none():
    assert noise.overlap_at(0.05, 0.004, 0.3) == pytest.approx(float(noise.overlap(0.05, 0.3)), abs=1e-4)
    assert noise.critical_noise_at(0.1, 0.004) == pytest.approx(noise.critical_noise(0.1), abs=1e-3)
    assert noise.critical_load_at(0.1, noise.critical_noise_at(0.05, 0.1)) == pytest.approx(0.05, abs=1e-9)
    assert noise.critical_noise_at(0.14, 0.1) == 0 == noise.overlap_at(0.05, 0.1, 0.9)


def test_clipping_has_the_published_capacity():
    assert noise.critical_load(per_load=noise.CLIPPED) == pytest.approx(noise.PUBLISHED_CLIPPED.value, abs=5e-4)
    assert noise.nonlinear(0.1, np.sign) == pytest.approx(noise.clipping(0.1), abs=1e-10)


def test_heavy_dilution_holds_two_over_pi_patterns_a_weight():
    kept = np.array([1e-4, 1e-6])
    held = np.array([noise.critical_load(per_load=(1 - c) / c) / c for c in kept])
    assert held[0] < held[1] < 2 / np.pi
    assert held[1] == pytest.approx(2 / np.pi, rel=0.03)


def test_critical_noise_is_the_inverse_of_the_critical_load():
    for load in (0.01, 0.05, 0.1, 0.137):
        assert noise.critical_load(noise.critical_noise(load)) == pytest.approx(load, abs=1e-10)
        keep = noise.critical_keep(load)
        assert noise.dilution(load, keep) == pytest.approx(noise.critical_noise(load), abs=1e-9)
        assert noise.critical_load(per_load=(1 - keep) / keep) == pytest.approx(load, abs=1e-9)
    assert noise.critical_noise(0.14) == 0 and noise.critical_keep(0.14) == np.inf
    assert noise.critical_noise(0) == pytest.approx(np.sqrt(2 / np.pi)) and noise.critical_load(0.8) == 0


@pytest.mark.parametrize("patterns", [1, 2, 3, 4, 7, 10])
def test_clipped_sums_of_few_signs_are_counted(patterns):
    sums = np.array([sum(signs) for signs in itertools.product((-1, 1), repeat=patterns)])
    expected = patterns * (sums != 0).mean() / np.abs(sums).mean() ** 2 - 1
    assert noise.clipping(1.0, patterns) ** 2 == pytest.approx(expected, abs=1e-12)


def test_counted_clipping_tends_to_the_gaussian_one_and_ties_help():
    assert noise.clipping(0.1, 100_001) == pytest.approx(noise.clipping(0.1), rel=1e-4)
    assert noise.clipping(0.1, 100) < noise.clipping(0.1, 99) < noise.clipping(0.1)


def test_other_synapses_by_hand():
    assert noise.nonlinear(0.3, lambda x: 5 * x) == pytest.approx(0, abs=1e-6)
    assert noise.nonlinear(0.3, lambda x: x**3) ** 2 == pytest.approx(0.3 * (15 / 9 - 1), abs=1e-10)


def test_more_noise_means_less_overlap():
    overlaps = noise.overlap(0.05, np.linspace(0, 0.41, 20))
    assert (np.diff(overlaps) < 0).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: noise.overlap(-0.1), "load must be finite and not negative"),
        (lambda: noise.overlap(0.1, np.nan), "noise must be finite and not negative"),
        (lambda: noise.critical_load(per_load=-1), "per_load must be"),
        (lambda: noise.dilution(0.1, 0.0), "above 0 and up to 1"),
        (lambda: noise.overlap_at(0.1, 1.2), "temperature lies from 0.002 to below 1"),
        (lambda: noise.clipping(0.1, 0), "a whole number from 1"),
        (lambda: noise.nonlinear(0.1, np.abs), "hold nothing of the patterns"),
    ],
)
def test_meaningless_arguments_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()

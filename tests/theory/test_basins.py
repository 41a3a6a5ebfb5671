"""Overlaps step by step: against all sign patterns, limits, published values, and networks."""

import itertools

import numpy as np
import pytest
from scipy.special import erf

import hopphys as hp
from hopphys.theory import basins


@pytest.mark.parametrize(("size", "count", "overlap"), [(4, 3, 0.3), (5, 2, 0.2), (6, 1, 0.5), (3, 4, -0.4)])
def test_first_step_counts_all_cues_and_all_signs(size, count, overlap):
    total = 0.0
    for own in itertools.product((1, -1), repeat=size - 1):
        chance = np.prod([(1 + sign * overlap) / 2 for sign in own])
        for fair in itertools.product((1, -1), repeat=(size - 1) * (count - 1)):
            signal = sum(own) + sum(fair)
            total += chance * 0.5 ** len(fair) * (np.sign(signal) + (signal == 0) * overlap)
    assert basins.first_step_at(overlap, size, count) == pytest.approx(total, rel=1e-12)


def test_first_step_tends_to_the_error_function():
    differences = [basins.first_step_at(0.4, size, size // 10) - basins.first_step(0.4, 0.1) for size in (200, 2000)]
    assert differences[1] == pytest.approx(differences[0] / 10, rel=0.1) and abs(differences[1]) < 1e-3


def test_hebb_stabilities_give_the_first_step_of_hebb():
    """Gaussian of mean 1/sqrt(alpha) and variance 1: both integrals are one, to the error of the grid."""
    nodes, weight = np.polynomial.hermite.hermgauss(80)
    each = np.array([basins.step(0.6, 1 / np.sqrt(0.12) + np.sqrt(2) * x)[0] for x in nodes])
    assert weight @ each / np.sqrt(np.pi) == pytest.approx(float(basins.first_step(0.6, 0.12)), abs=1e-9)


def test_step_ends_at_the_pattern_and_keeps_no_overlap_at_none():
    np.testing.assert_allclose(basins.step([0.0, 1.0], [0.5, 2.0]), [0, 1], atol=1e-15)


def test_bias_does_not_shrink_with_the_cue():
    assert basins.step(0.0, 1.0, 0.3)[0] == pytest.approx(erf(0.3 / np.sqrt(2)))
    assert basins.step(0.5, 1.0, 0.3)[0] == pytest.approx(erf(0.8 / np.sqrt(1.5)))


@pytest.mark.parametrize("rule", [hp.hebb, hp.projection])
def test_step_is_that_of_networks_from_their_stabilities(rule):
    """6 networks, 60 patterns each, |z| < 4 (1e-4); stabilities without the pattern's sign are far off."""
    xi = hp.patterns.random(60, 300, seed=1, disorder=6)
    couplings = rule(xi)
    stability = hp.learning.stabilities(couplings, np.zeros((6, 300)), xi)
    cue = hp.patterns.corrupt(xi, flip=0.3, seed=2)
    measured = (np.where(cue @ couplings > 0, 1, -1) * xi).mean(axis=(1, 2))
    excess = measured - np.array([basins.step(0.4, values)[0] for values in stability])
    error = excess.std(ddof=1) / np.sqrt(6)
    assert abs(excess.mean()) < max(4 * error, 0.006)
    assert abs(measured.mean() - basins.step(0.4, -stability)[0]) > 0.5


def test_stabilities_of_the_projection_rule_are_one_number():
    xi = hp.patterns.random(90, 300, seed=1)
    stability = hp.learning.stabilities(hp.projection(xi), np.zeros(300), xi)
    assert stability.mean() == pytest.approx(np.sqrt(0.7 / 0.3), rel=2e-3) and stability.std() < 0.1
    assert basins.projection_map(0.5, 0.3) == pytest.approx(basins.step(0.5, stability), abs=3e-3)


def test_largest_stability_is_gardners():
    assert basins._largest_stability(0.519572) == pytest.approx(1, abs=1e-5)
    assert basins._largest_stability(2 - 1e-9) == pytest.approx(0, abs=1e-8)
    assert basins._largest_stability(0.01) == pytest.approx(9.95, abs=0.01)


def test_minimum_overlap_map_beats_projection_and_hebb_below_one():
    """Gardner: no couplings have a larger smallest stability; near m = 1 that alone decides."""
    for alpha in (0.5, 0.7, 0.9):
        least = basins.minimum_overlap_map(0.97, alpha)
        assert 1 - least < 1 - basins.projection_map(0.97, alpha)
        assert 1 - least < 1 - basins.hebb_map(0.97, alpha)


def test_iterated_map_finds_the_unstable_fixed_point():
    assert basins.iterated(lambda m: m**2 * (3 - 2 * m)) == pytest.approx(0.5, abs=1e-3)
    assert basins.iterated(np.sqrt) == 0
    assert np.isnan(basins.iterated(np.square))


def test_projection_map_reaches_everywhere_below_a_known_load():
    """At m -> 0 the slope is sqrt(2 (1 - alpha) / (pi alpha)): above 1 below alpha = 2 / (2 + pi) = 0.389."""
    radius = [basins.iterated(lambda m, a=alpha: basins.projection_map(m, a)) for alpha in (0.37, 0.41, 0.8)]
    assert radius[0] == 0 and 0 < radius[1] < radius[2] < 1


def test_amari_and_maginu_find_their_capacity():
    """About 0.16 (Amari & Maginu 1988; 0.159 in Okada 1995), and the basin vanishes there with a jump."""
    assert basins.amari_maginu(1, 0.159, 600)[-1] > 0.9 > 0.3 > basins.amari_maginu(1, 0.161, 600)[-1]
    radii = [basins.amari_maginu_radius(alpha) for alpha in (0.05, 0.1, 0.15, 0.165)]
    assert radii[0] < radii[1] < radii[2] < 0.6 and np.isnan(radii[3])


def test_both_theories_share_the_first_step():
    for overlap, alpha in ((0.3, 0.08), (0.7, 0.2)):
        first = float(basins.first_step(overlap, alpha))
        assert basins.amari_maginu(overlap, alpha, 3)[1] == pytest.approx(first, rel=1e-12)
        assert basins.parallel_steps(overlap, alpha, 3, power=6)[1] == pytest.approx(first, rel=1e-12)


def test_second_step_is_known_in_closed_form():
    """m2 = < erf((m1 + alpha U s0) / (sqrt2 sigma1)) > over s0, U = 2 phi(x0)/sigma0; Gardner, Derrida & Mottishaw."""
    m0, alpha = 0.5, 0.13
    x = m0 / np.sqrt(alpha)
    density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    m1, memory = float(basins.first_step(m0, alpha)), 2 * np.sqrt(alpha) * density
    sigma = np.sqrt(alpha + 4 * density**2 + 4 * alpha * x * m1 * density)
    field = np.array([m1 + memory, m1 - memory]) / (np.sqrt(2) * sigma)
    expected = erf(field) @ [(1 + m0) / 2, (1 - m0) / 2]
    assert basins.parallel_steps(m0, alpha, 2, power=14)[2] == pytest.approx(expected, abs=2e-5)
    assert abs(basins.amari_maginu(m0, alpha, 2)[2] - expected) > 0.01  # they leave the memory out


@pytest.mark.parametrize(("overlap", "alpha"), [(0.5, 0.13), (0.6, 0.2)])
def test_steps_are_those_of_large_networks(overlap, alpha):
    """N = 2000, 6 networks: |z| < 4 (1e-4), and 0.003 for N; Amari and Maginu are off by more at the second step."""
    xi = hp.patterns.random(round(alpha * 2000), 2000, seed=1, disorder=6)
    state = hp.patterns.corrupt(xi[:, :80], flip=(1 - overlap) / 2, seed=2)
    net, measured = hp.hopfield(xi), [np.full(6, overlap)]
    for _ in range(4):
        state = np.where(net.local_field(state) > 0, 1, -1)
        measured.append((state * xi[:, :80]).mean(axis=(1, 2)))
    mean, error = np.mean(measured, axis=1), np.std(measured, axis=1, ddof=1) / np.sqrt(6)
    exact = basins.parallel_steps(overlap, alpha, 4, power=14)
    assert (np.abs(mean - exact) < 4 * error + 0.003).all()
    assert np.abs(mean - basins.amari_maginu(overlap, alpha, 4))[2] > 4 * error[2] + 0.003


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: basins.first_step(1.2, 0.1), "between -1 and 1"),
        (lambda: basins.first_step(0.2, 0.0), "above 0"),
        (lambda: basins.first_step_at(0.2, 1, 3), "size must be a whole number from 2"),
        (lambda: basins.parallel_steps(0.2, 0.1, -1), "steps must be a whole number"),
        (lambda: basins.parallel_steps(0.5, 0.03, 30, power=8), "the network rests"),
        (lambda: basins.projection_map(0.2, 1.0), "alpha must lie between"),
    ],
)
def test_meaningless_values_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()

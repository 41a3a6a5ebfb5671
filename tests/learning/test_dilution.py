"""Damage to weights: what each leaves of the mean and adds in variance, and the always-on unit."""

import numpy as np
import pytest

import hopphys as hp
from hopphys.learning import Learned, add_noise, clip, dilute, stabilities, with_bias

XI = hp.patterns.random(21, 200, seed=1)
J = hp.hebb(XI)
PAIRS = np.triu_indices(200, 1)


def test_diluted_weights_are_kept_over_keep_or_gone():
    cut = dilute(J, 0.3, seed=2)
    there = cut != 0
    np.testing.assert_allclose(cut[there], (J / 0.3)[there], rtol=1e-15)
    # 19 900 fair draws: 4 standard errors of the fraction, false alarm 6e-5
    assert abs(there[PAIRS].mean() - 0.3) < 4 * np.sqrt(0.21 / 19_900)
    np.testing.assert_array_equal(cut, cut.T)


def test_one_way_dilution_is_directed_and_independent_in_both_directions():
    cut = dilute(J, 0.5, symmetric=False, seed=2) != 0
    both = (cut & cut.T)[PAIRS].mean()
    assert abs(both - 0.25) < 4 * np.sqrt(0.1875 / 19_900)
    assert not np.diag(cut).any()


def test_survivors_at_one_fraction_survive_at_every_larger_one():
    few, many = (dilute(J, keep, seed=3) != 0 for keep in (0.2, 0.6))
    assert (many | ~few).all()


def test_everything_kept_changes_nothing_and_the_input_is_left_alone():
    before = J.copy()
    np.testing.assert_array_equal(dilute(J, 1.0, seed=2), J)
    np.testing.assert_array_equal(add_noise(J, 0.0, seed=2), J)
    np.testing.assert_array_equal(J, before)


def test_clipped_weights_have_one_size_and_the_root_mean_square():
    one = clip(J)
    sizes = np.abs(one[PAIRS])
    assert np.ptp(sizes) == 0
    assert sizes[0] == pytest.approx(np.sqrt((J[PAIRS] ** 2).mean()))
    np.testing.assert_array_equal(np.sign(one), np.sign(J))
    even = hp.hebb(XI[:4])
    np.testing.assert_array_equal(clip(even) == 0, even == 0)  # even P: some are 0, and stay so


def test_noise_has_standard_deviation_strength_over_root_n():
    for symmetric in (True, False):
        noise = add_noise(J, 0.6, symmetric=symmetric, seed=4) - J
        # the variance of 19 900 normal numbers to 4 standard errors
        assert abs(noise[PAIRS].var() * 200 / 0.36 - 1) < 4 * np.sqrt(2 / 19_900)
        assert np.allclose(noise, noise.T, rtol=0, atol=1e-15) == symmetric
        assert not np.diag(noise).any()
    correlation = np.corrcoef(noise[PAIRS], noise.T[PAIRS])[0, 1]
    assert abs(correlation) < 4 / np.sqrt(19_900)


def test_samples_have_damage_of_their_own_and_may_be_treated_in_blocks():
    many = np.stack([J, J, J])
    for damage in (lambda x, **k: dilute(x, 0.5, **k), lambda x, **k: add_noise(x, 0.3, **k)):
        done = damage(many, seed=5)
        assert (done[0] != done[1]).any()
        np.testing.assert_array_equal(damage(many[:1], seed=5, first=2)[0], done[2])
        np.testing.assert_array_equal(damage(J, seed=5), done[0])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: dilute(J, 0.0, seed=0), "keep must lie between 0 and 1"),
        (lambda: dilute(J, 1.2, seed=0), "keep must lie between 0 and 1"),
        (lambda: add_noise(J, -0.1, seed=0), "strength must lie between 0"),
        (lambda: add_noise(J, float("inf"), seed=0), "strength must be finite"),
        (lambda: clip(J[:, :3]), r"must have shape \(\.\.\., N, N\)"),
        (lambda: clip(np.full((2, 2), np.nan)), "finite"),
    ],
)
def test_bad_input_is_refused_in_words(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_always_on_unit_learns_hebbs_bias():
    """b_i = (1/N) sum xi_i with N + 1 units for N: the couplings shrink alike."""
    couplings, bias = with_bias(hp.hebb)(XI)
    np.testing.assert_allclose(bias, XI.sum(axis=0) / 201, rtol=0, atol=1e-15)
    np.testing.assert_allclose(couplings, J * 200 / 201, rtol=0, atol=1e-15)
    same = hp.hopfield(XI, rule=with_bias(hp.hebb)).local_field(XI)
    on = np.concatenate([XI, np.ones((21, 1))], axis=1)
    np.testing.assert_allclose(same, hp.hopfield(on).local_field(on)[:, :-1], rtol=0, atol=1e-12)


def test_always_on_unit_works_with_samples_and_with_a_rule_that_has_a_bias():
    xi = hp.patterns.random(5, 12, seed=6, disorder=3)
    couplings, bias = with_bias(lambda p: (hp.hebb(p), np.full(13, 0.5)))(xi)
    assert couplings.shape == (3, 12, 12)
    np.testing.assert_allclose(bias, xi.sum(axis=1) / 13 + 0.5, rtol=0, atol=1e-15)


def test_always_on_unit_learns_the_threshold_of_directed_couplings():
    """A rule that learns by errors, in its simplest form: rows of 3 units that only a bias can make right."""

    def perceptron(patterns):
        xi, J = np.asarray(patterns, float), np.zeros((patterns.shape[1],) * 2)
        for _ in range(200):
            for x in xi:
                J += np.outer((J @ x) * x <= 0, np.ones(len(x))) * np.outer(x, x)
                np.fill_diagonal(J, 0)
        size = len(J)
        aligned = stabilities(J, np.zeros(size), xi)
        return Learned(J, np.zeros(size), np.array(aligned.min() > 0), aligned.min(), np.array(200), directed=True)

    xi = np.array([[1, 1, 1], [1, -1, -1]])  # unit 0 is always +1: no odd function of the others is
    assert not perceptron(xi).converged
    learned = with_bias(perceptron)(xi)
    net = hp.hopfield(xi, rule=lambda p: learned)
    assert learned.directed
    assert learned.bias[0] > 0
    assert (net.local_field(xi) * xi > 0).all()

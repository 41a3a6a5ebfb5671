"""The covariance rule: Hebb at half activity, one network for ±1 and 0/1, sparse patterns that Hebb cannot keep."""

import numpy as np
import pytest

import hopphys as hp
from hopphys.learning import covariance, covariance_binary, online_covariance

SPARSE = hp.patterns.biased(12, 30, activity=0.2, seed=1)


def test_half_activity_is_hebb_without_bias():
    xi = hp.patterns.random(6, 20, seed=1)
    J, b = covariance(xi, activity=0.5)
    np.testing.assert_allclose(J, hp.hebb(xi), rtol=1e-15)
    assert not b.any()


def test_couplings_and_bias_are_the_printed_sums():
    f, theta = 0.2, 0.3
    a = 2 * f - 1
    J, b = covariance(SPARSE, f, theta)
    for i in range(30):
        for j in range(30):
            expected = 0 if i == j else ((SPARSE[:, i] - a) * (SPARSE[:, j] - a)).sum() / (30 * (1 - a * a))
            assert J[i, j] == pytest.approx(expected, abs=1e-14)
    s = hp.patterns.random(1, 30, seed=2)[0]
    np.testing.assert_allclose(J @ s + b, J @ (s - a) - theta, rtol=0, atol=1e-13)


def test_two_units_by_hand():
    """f = ¼, a = -½, 1 - a² = ¾: J_12 = (3/2 · 3/2 - 3 · ¾ + 2 · ¼) / (2 · ¾) = ⅓ for (++), 3 × (+-), 2 × (--)."""
    xi = np.array([[1, 1], [1, -1], [1, -1], [-1, 1], [-1, -1], [-1, -1]])
    J, b = covariance(xi, activity=0.25)
    np.testing.assert_allclose(J, np.array([[0, 1], [1, 0]]) / 3, rtol=0, atol=1e-15)
    np.testing.assert_allclose(b, 0.5 / 3 - 0.5, rtol=1e-15)


def test_levels_of_a_stored_pattern_lie_around_the_threshold():
    """One pattern: sum_j J_ij (xi_j - a) is xi_i - a but for the missing diagonal, and -a lies in the middle."""
    xi = np.where(np.arange(1000) < 200, 1, -1)[None]
    J, b = covariance(xi, activity=0.2)
    np.testing.assert_allclose(xi @ J.T + b, xi, rtol=0, atol=0.01)


def test_learning_one_by_one_gives_the_batch():
    J = np.zeros((30, 30))
    for pattern in SPARSE[::-1]:
        J, b = online_covariance(J, pattern, 0.2, -0.1)
    batch = covariance(SPARSE, 0.2, -0.1)
    np.testing.assert_allclose(J, batch[0], rtol=0, atol=1e-13)
    np.testing.assert_allclose(b, batch[1], rtol=0, atol=1e-13)


@pytest.mark.parametrize("threshold", [None, 0.4])
def test_both_forms_have_the_same_energies_up_to_a_constant(threshold):
    s = hp.patterns.random(50, 30, seed=3)
    spin = hp.hopfield(SPARSE, rule=lambda xi: covariance(xi, None, threshold)).energy(s)
    binary = hp.boltzmann_machine(*covariance_binary(SPARSE, None, threshold)).energy((s + 1) // 2)
    assert np.ptp(spin - binary) < 1e-11
    v, f = (SPARSE + 1) / 2, (SPARSE == 1).mean()
    W = 4 / (30 * f * (1 - f)) * (v - f).T @ (v - f)
    np.fill_diagonal(W, 0)
    np.testing.assert_allclose(covariance_binary(SPARSE)[0], W, rtol=0, atol=1e-12)


def test_activity_is_measured_in_each_sample():
    xi = hp.patterns.biased(5, 16, activity=0.3, seed=4, disorder=3)
    J, b = covariance(xi)
    for d in range(3):
        one = covariance(xi[d], activity=(xi[d] == 1).mean())
        np.testing.assert_allclose(J[d], one[0], rtol=0, atol=1e-13)
        np.testing.assert_allclose(b[d], one[1], rtol=0, atol=1e-13)


def test_sparse_patterns_are_recalled_where_hebb_fails():
    """f = 0.1, load 0.3, N = 400: from 3 % flips; 3.6 and 2.4 % of + and - are wrong."""
    xi = hp.patterns.biased(120, 400, activity=0.1, seed=5)
    cue = hp.patterns.corrupt(xi, flip=0.03, seed=6)
    wrong = []
    for rule in (covariance, hp.hebb):
        found = hp.settle(hp.hopfield(xi, rule=rule), cue, seed=7).state.values
        wrong.append([(found != xi)[xi == level].mean() for level in (1, -1)])
    assert max(wrong[0]) < 0.05
    assert max(wrong[1]) > 0.5


def test_a_threshold_near_the_upper_level_holds_more_sparse_patterns_than_the_midpoint():
    """f = 0.05, load 1: one step from a pattern; the midpoint turns on too many of the silent units."""
    xi = hp.patterns.biased(400, 400, activity=0.05, seed=8)
    wrong = []
    for threshold in (None, 1.2):  # levels: 1 - a = 1.9 and -1 - a = -0.1
        net = hp.hopfield(xi, rule=lambda p, u=threshold: covariance(p, 0.05, u))
        wrong.append((net.local_field(xi) * xi < 0).mean())
    assert wrong[1] < 0.8 * wrong[0]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: covariance(np.ones((3, 5))), r"every bit is \+1 \(activity 1\)"),
        (lambda: covariance(-np.ones((2, 3, 5))), r"every bit is -1 \(activity 0\)"),
        (lambda: covariance(SPARSE, activity=0), "activity must lie between 0 and 1"),
        (lambda: covariance(SPARSE, activity=1.0), "activity must lie between 0 and 1"),
        (lambda: covariance(SPARSE, threshold=float("nan")), "threshold must be finite"),
        (lambda: covariance(SPARSE, threshold=[0.1, 0.2]), "threshold must be one number"),
        (lambda: online_covariance(np.zeros((3, 3)), [1, -1], 0.5), r"\(2,\) and \(3, 3\)"),
    ],
)
def test_bad_input_is_refused_in_words(make, words):
    with pytest.raises(ValueError, match=words):
        make()

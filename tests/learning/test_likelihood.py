"""Hinton's remark: perceptron learning climbs the pseudo-likelihood of the patterns, at T -> 0."""

import numpy as np
import pytest

import hopphys as hp
from hopphys.learning import perceptron, pseudo_likelihood

XI = hp.patterns.random(7, 12, seed=1)
RANDOM = np.random.default_rng(2)
J = RANDOM.standard_normal((12, 12)) / 4
B = RANDOM.standard_normal(12) / 4


def test_value_is_that_of_the_heat_bath_unit_by_unit():
    """p(s_i = 1) = 1 / (1 + exp(-beta gap_i)), with the gap of a Hamiltonian of symmetric couplings."""
    S = (J + J.T) / 2
    np.fill_diagonal(S, 0)
    net = hp.boltzmann_machine(S, B, space=hp.SPIN)
    up = 1 / (1 + np.exp(-0.7 * net.gap(XI)))
    expected = np.log(np.where(XI > 0, up, 1 - up)).sum()
    assert pseudo_likelihood(S, B, XI, 0.7).value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("beta", [0.3, 2.0])
def test_gradient_is_that_of_finite_differences(beta):
    found, step = pseudo_likelihood(J, B, XI, beta), 1e-5
    for i, j in [(0, 1), (1, 0), (5, 11), (3, 3)]:
        change = np.zeros((12, 12))
        change[i, j] = step
        up, down = (pseudo_likelihood(J + sign * change, B, XI, beta).value for sign in (1, -1))
        assert found.couplings[i, j] == pytest.approx((up - down) / (2 * step), abs=1e-7)
    change = step * np.eye(12)[4]
    up, down = (pseudo_likelihood(J, B + sign * change, XI, beta).value for sign in (1, -1))
    assert found.bias[4] == pytest.approx((up - down) / (2 * step), abs=1e-7)


def test_gradient_at_zero_temperature_is_the_perceptrons_step():
    """sum over the patterns whose bit i is wrong of xi_i xi_j, from the fields alone."""
    beta, M = 1e6, J - np.diag(np.diag(J))
    wrong = XI * (XI @ M.T + B) < 0
    step = (wrong * XI).T.astype(float) @ XI
    np.fill_diagonal(step, 0)
    found = pseudo_likelihood(J, B, XI, beta)
    np.testing.assert_allclose(found.couplings / (2 * beta), step, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.bias / (2 * beta), (wrong * XI).sum(axis=0), rtol=0, atol=1e-9)


def test_one_correction_of_the_perceptron_is_the_gradient_of_its_pattern():
    """One pattern, none of whose bits stands under the first couplings (0): each unit takes half its limit's step."""
    learned = perceptron(XI[:1], from_zero=True, max_sweeps=1).couplings
    found = pseudo_likelihood(np.zeros((12, 12)), 0.0, XI[:1], 1e6).couplings / 1e6
    np.testing.assert_allclose(12 * learned, found, atol=1e-9)


def test_gradient_at_no_couplings_is_hebbs_rule():
    found = pseudo_likelihood(np.zeros((12, 12)), 0.0, XI, 0.5)
    np.testing.assert_allclose(found.couplings, 0.5 * 12 * hp.hebb(XI), atol=1e-12)


def test_learned_couplings_are_likelier_and_certain_in_the_end():
    learned = perceptron(XI, 0.3)
    assert learned.converged
    values = [pseudo_likelihood(learned.couplings, learned.bias, XI, beta).value for beta in (1.0, 10.0, 1000.0)]
    assert values[0] < values[1] < values[2] < 0 and values[2] > -1e-6


def test_samples_of_disorder_are_valued_one_by_one():
    xi = hp.patterns.random(3, 12, seed=4, disorder=2)
    both = pseudo_likelihood(hp.hebb(xi), 0.1, xi, 1.5)
    for d in range(2):
        one = pseudo_likelihood(hp.hebb(xi[d]), 0.1, xi[d], 1.5)
        assert both.value[d] == pytest.approx(one.value)
        np.testing.assert_allclose(both.couplings[d], one.couplings)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: pseudo_likelihood(J, B, XI, 0.0), "beta must be positive"),
        (lambda: pseudo_likelihood(J, B, XI[:, :5], 1.0), "must share N"),
        (lambda: pseudo_likelihood(J, B[:3], XI, 1.0), "must share N"),
        (lambda: pseudo_likelihood(np.full((12, 12), np.nan), B, XI, 1.0), "couplings must be finite"),
        (lambda: pseudo_likelihood(J, B, 2 * XI, 1.0), "must be ±1"),
    ],
)
def test_meaningless_arguments_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()

"""The rules by name: what each promises of its couplings is what its couplings are, and `hopfield` takes them all."""

import numpy as np
import pytest

import hopphys as hp
from hopphys.learning import RULES, Learned, stabilities

XI = hp.patterns.random(4, 40, seed=1)


def couplings_of(rule, patterns=XI):
    learned = rule.learn(patterns)
    return learned.couplings if isinstance(learned, Learned) else learned[0] if isinstance(learned, tuple) else learned


@pytest.mark.parametrize("rule", RULES.values(), ids=str)
def test_every_rule_keeps_its_promise_of_symmetry_and_no_self_coupling(rule):
    J = couplings_of(rule)
    assert not np.diag(J).any()
    assert np.allclose(J, J.T, rtol=0, atol=1e-12) or not rule.symmetric


@pytest.mark.parametrize("rule", RULES.values(), ids=str)
def test_every_rule_makes_a_network_that_recalls_a_few_patterns(rule):
    net = hp.hopfield(XI, rule=rule.learn)
    found = hp.settle(net, hp.patterns.corrupt(XI, flip=0.05, seed=2), seed=3)
    assert ((found.state * XI).mean("site") > 0.9).all()
    assert net.directed != rule.symmetric


def test_stability_is_the_field_in_units_of_the_length_of_a_row():
    J, xi = np.array([[0.0, 3.0, 4.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), np.array([[1, 1, -1]])
    np.testing.assert_allclose(stabilities(J, np.zeros(3), xi), [[-0.2, 1.0, 0.0]])


def test_directed_couplings_that_a_rule_learned_make_a_network_without_energy():
    J = np.array([[0.0, 1.0], [-1.0, 0.0]])
    learned = Learned(J, np.array([0.5, 0.0]), np.array(True), np.array(1.0), np.array(1), directed=True)
    net = hp.hopfield([[1, 1]], rule=lambda patterns: learned)
    assert net.directed
    np.testing.assert_allclose(net.local_field([1, 1]), [1.5, -1.0])


OWN_BIAS, OWN_DREAMS = "covariance", "unlearning"  # a threshold of its patterns; dreams from streams of each sample


@pytest.mark.parametrize("name", [name for name in RULES if name not in (OWN_BIAS, OWN_DREAMS)])
def test_samples_of_disorder_are_learned_as_one_by_one(name):
    xi = hp.patterns.random(4, 40, seed=1, disorder=3)
    together = hp.hopfield(xi, rule=name)
    for sample, patterns in enumerate(xi):
        alone = hp.hopfield(patterns, rule=name)
        np.testing.assert_allclose(
            together.local_field(xi)[sample], alone.local_field(patterns), rtol=1e-9, atol=1e-9, err_msg=name
        )


def test_a_bias_that_differs_between_samples_is_refused_and_one_sample_is_not():
    """The covariance rule's threshold follows the activity of its own patterns."""
    xi = hp.patterns.biased(4, 40, activity=0.3, seed=1, disorder=3)
    with pytest.raises(ValueError, match=r"another bias in each of the 3 samples .* make a network of each sample"):
        hp.hopfield(xi, rule="covariance")
    alone = hp.hopfield(xi[:1], rule="covariance")
    np.testing.assert_allclose(alone.bias, hp.hopfield(xi[0], rule="covariance").bias)

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

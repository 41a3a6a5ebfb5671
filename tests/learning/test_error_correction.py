"""Learning from errors: what the rules promise, against slow copies of themselves, bounds, and Gardner's theory."""

import numpy as np
import pytest

import hopphys as hp
from hopphys.learning import RULES, Learned, largest_stability, minimum_overlap, perceptron, stabilities

XI = hp.patterns.random(12, 20, seed=1)
# These two differ in the last unit alone, which the others cannot tell apart.
TWINS = np.array([[1, 1, -1, 1, 1], [1, 1, -1, 1, -1]])


def by_hand(xi, kappa, symmetric=False, thresholds=False, from_zero=False, sweeps=1000):
    """The rules as they are written, one pattern and one unit at a time, in whole numbers."""
    size, start = xi.shape[1], 0 if from_zero else 1
    J, b = start * (xi.T.astype(int) @ xi), start * thresholds * xi.sum(axis=0, dtype=int)
    np.fill_diagonal(J, 0)
    for _ in range(sweeps):
        errors = 0
        for pattern in xi.astype(int):
            wrong = np.flatnonzero(pattern * (J @ pattern + b) <= kappa * np.sqrt((J**2).sum(axis=1)))
            for i in wrong:
                J[i] += pattern[i] * pattern
                if symmetric:
                    J[:, i] += pattern[i] * pattern
                b[i] += thresholds * pattern[i]
            np.fill_diagonal(J, 0)
            errors += len(wrong)
        if not errors:
            break
    return J / size, b / size


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("thresholds", [False, True])
@pytest.mark.parametrize("from_zero", [False, True])
@pytest.mark.parametrize("kappa", [0.0, 0.4])
def test_couplings_are_those_of_the_rule_as_it_is_written(kappa, from_zero, symmetric, thresholds):
    learned = perceptron(XI, kappa, symmetric=symmetric, thresholds=thresholds, from_zero=from_zero)
    J, b = by_hand(XI, kappa, symmetric, thresholds, from_zero)
    np.testing.assert_array_equal(learned.couplings, J)
    np.testing.assert_array_equal(learned.bias, b)
    assert learned.directed != symmetric and bool(b.any()) == thresholds


def test_what_hebbs_rule_holds_is_left_as_it_is():
    learned = perceptron(XI[:1])
    np.testing.assert_array_equal(learned.couplings, hp.hebb(XI[:1]))
    assert learned.steps == 1 and learned.converged
    again = perceptron(XI[:1], from_zero=True)  # learned in one pass, looked at in a second
    np.testing.assert_array_equal(again.couplings, learned.couplings)
    assert again.steps == 2
    assert learned.stability == pytest.approx(np.sqrt(19))


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("kappa", [0.0, 0.5])
def test_every_bit_has_the_stability_that_was_asked_for(kappa, symmetric):
    """N = 100, load 0.5: kappa = 0.5 is half of the largest."""
    xi = hp.patterns.random(50, 100, seed=2, disorder=2)
    learned = perceptron(xi, kappa, symmetric=symmetric)
    assert learned.converged.all() and (learned.stability > kappa).all()
    np.testing.assert_allclose(
        learned.stability, stabilities(learned.couplings, learned.bias, xi).min(axis=(-2, -1)), atol=1e-12
    )
    assert np.array_equal(learned.couplings, np.swapaxes(learned.couplings, -1, -2)) == symmetric


def test_correlated_patterns_that_hebbs_rule_loses_are_held():
    xi = hp.patterns.correlated(20, 100, correlation=0.5, seed=3)
    assert not (hp.hopfield(xi).local_field(xi) * xi > 0).all()
    assert perceptron(xi, thresholds=True).converged


def test_stability_out_of_reach_gives_what_there_is():
    learned = perceptron(XI, 4.0, max_sweeps=50)
    assert not learned.converged and learned.stability < 4.0 and learned.steps == 50
    assert perceptron(XI, 4.0, symmetric=True, max_sweeps=50).stability < 4.0


@pytest.mark.parametrize("learn", [lambda xi: perceptron(xi, max_sweeps=100), minimum_overlap])
def test_patterns_that_differ_in_one_unit_are_not_held_there(learn):
    learned = learn(TWINS)
    assert not learned.converged and learned.stability <= 0


def test_doubles_do_no_harm():
    doubled = perceptron(np.concatenate([XI, XI[:3]]), 0.2)
    assert doubled.converged
    np.testing.assert_allclose(
        minimum_overlap(np.concatenate([XI, XI[:3]])).stability, minimum_overlap(XI).stability, rtol=1e-3
    )


@pytest.mark.parametrize("learn", [lambda xi: perceptron(xi, 0.3), lambda xi: perceptron(xi, symmetric=True)])
def test_samples_of_disorder_are_learned_one_by_one(learn):
    xi = hp.patterns.random(5, 16, seed=4, disorder=3)
    together, alone = learn(xi), [learn(sample) for sample in xi]
    for name in ("couplings", "bias", "converged", "stability", "steps"):
        np.testing.assert_array_equal(getattr(together, name), [getattr(one, name) for one in alone])


def test_number_of_threads_changes_nothing(monkeypatch):
    found = []
    for number in ("1", "3"):
        monkeypatch.setenv("HOPPHYS_THREADS", number)
        found.append((perceptron(XI, 0.3).couplings, minimum_overlap(XI).couplings))
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_network_learned_by_a_name_restores_a_cue():
    net = hp.hopfield(XI[:3], rule=RULES["minimum_overlap"].learn)
    cue = hp.patterns.corrupt(XI[:3], flip=0.05, seed=2)
    assert net.directed and (hp.settle(net, cue, seed=3).state == XI[:3]).all()


def krauth_mezard(xi, unit, steps):
    """Their rule: learn the pattern whose aligned field is lowest, again and again."""
    z = xi[:, unit, None] * np.delete(xi, unit, axis=1).astype(float)
    J = np.zeros(z.shape[1])
    for _ in range(steps):
        J += z[np.argmin(z @ J)]
    return J / np.linalg.norm(J), (z @ J).min() / np.linalg.norm(J)


@pytest.mark.parametrize("unit", [0, 7, 19])
def test_minimum_overlap_is_where_krauth_and_mezards_rule_tends_to(unit):
    margins = largest_stability(XI, tolerance=1e-10)
    J, kappa = krauth_mezard(XI, unit, 50_000)
    row = np.delete(margins.learned.couplings[unit], unit)
    assert margins.reached[unit] == pytest.approx(kappa, rel=2e-3) and margins.reached[unit] >= kappa
    assert row @ J / np.linalg.norm(row) == pytest.approx(1, abs=1e-4)


def test_largest_stability_lies_between_what_is_reached_and_the_bound():
    """The couplings are a witness from below; the bound is one from above. Nothing else needs to be trusted."""
    xi = hp.patterns.random(40, 60, seed=5, disorder=2)
    margins = largest_stability(xi)
    J = margins.learned.couplings
    np.testing.assert_allclose(margins.reached, stabilities(J, 0.0 * J[..., 0], xi).min(axis=-2), atol=1e-9)
    assert (margins.bound >= margins.reached - 1e-12).all() and margins.learned.converged.all()
    assert (margins.bound - margins.reached <= 1e-4 * margins.bound).all()
    for rival in (hp.projection(xi), hp.hebb(xi), perceptron(xi, 0.4).couplings):
        assert (stabilities(rival, 0.0 * J[..., 0], xi).min(axis=-2) <= margins.bound + 1e-9).all()


def test_fields_of_the_shortest_couplings_are_one_or_more_and_one_where_a_pattern_counts():
    learned = minimum_overlap(XI, tolerance=1e-9)
    aligned = XI * (XI @ learned.couplings.T)
    assert aligned.min() == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(learned.stability, 1 / np.linalg.norm(learned.couplings, axis=1).max(), rtol=1e-6)


def test_perceptron_reaches_what_minimum_overlap_says_is_there_and_no_more():
    best = float(minimum_overlap(XI).stability)
    assert perceptron(XI, 0.97 * best, max_sweeps=20_000).converged
    assert not perceptron(XI, 1.01 * best, max_sweeps=2_000).converged


def test_search_is_stopped_and_said_to_have_been():
    learned = minimum_overlap(hp.patterns.random(40, 60, seed=5), max_sweeps=2)
    assert not learned.converged and learned.steps == 2


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: perceptron(XI, -0.1), r"stability must lie between 0 and 4.35.*-0.1"),
        (lambda: perceptron(XI, np.nan), "stability must lie between"),
        (lambda: perceptron(XI, 5.0), r"stability must lie between 0 and 4.35"),
        (lambda: perceptron(XI, "much"), "stability must lie between"),
        (lambda: perceptron(XI, max_sweeps=0), "max_sweeps must be a whole number from 1 on"),
        (lambda: perceptron(XI, max_sweeps=2.5), "max_sweeps must be a whole number"),
        (lambda: perceptron(XI[0]), "patterns must have shape"),
        (lambda: perceptron([[0.5, 1.0]]), "must be ±1"),
        (lambda: perceptron([[1], [-1]]), "need at least 2"),
        (lambda: minimum_overlap(XI, tolerance=0), "tolerance must lie between 0 and 1"),
        (lambda: minimum_overlap(XI, max_sweeps=True), "max_sweeps must be a whole number"),
    ],
)
def test_meaningless_arguments_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_more_patterns_than_fit_are_refused(monkeypatch):
    monkeypatch.setenv("HOPPHYS_MEMORY", "100000")
    with pytest.raises(ValueError, match="store fewer patterns"):
        perceptron(hp.patterns.random(200, 10, seed=1))


def test_result_is_of_the_common_kind():
    assert isinstance(perceptron(XI), Learned) and isinstance(minimum_overlap(XI), Learned)

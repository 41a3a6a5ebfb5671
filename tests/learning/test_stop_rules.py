"""How many dreams: the rule of thumb, and dreams that watch the patterns and say when they went too far."""

import numpy as np
import pytest

import hopphys as hp
from hopphys.learning import dream_until, stabilities, unlearned

XI = hp.patterns.random(24, 80, seed=1)  # load 0.3
NO_BIAS = np.zeros(80)


def test_best_number_by_rule_of_thumb_is_load_less_a_twentieth():
    expected = hp.unlearn(hp.hopfield(XI), 2000, 0.01, seed=0).interaction.couplings
    np.testing.assert_array_equal(unlearned(XI), expected)  # (0.3 - 0.05) · 80 / 0.01
    np.testing.assert_array_equal(unlearned(XI[:4]), hp.hebb(XI[:4]))  # load 0.05: none


def test_unlearned_fixes_patterns_that_hebb_forgot():
    fixed = [(stabilities(J, NO_BIAS, XI) >= 0).all(axis=1).mean() for J in (hp.hebb(XI), unlearned(XI))]
    assert fixed[0] < 0.3  # 5 of 24 at this seed: few bits, few errors
    assert fixed[1] > 0.8


def test_leading_axes_are_samples_that_dream_dreams_of_their_own():
    xi = hp.patterns.random(6, 20, seed=2, disorder=4)
    J = unlearned(xi.reshape(2, 2, 6, 20), 30)
    assert J.shape == (2, 2, 20, 20)
    np.testing.assert_array_equal(J.reshape(4, 20, 20), unlearned(xi, 30))


def test_dreams_stop_at_the_best_smallest_stability():
    net = hp.hopfield(XI)
    found = dream_until(net, XI, seed=3)
    best = int(np.argmax(found.history[:, 1]))
    assert found.dreams == found.history[best, 0]
    assert len(found.history) == best + 6  # patience
    same = hp.unlearn(net, found.dreams, 0.01, seed=3).interaction.couplings
    np.testing.assert_array_equal(found.network.interaction.couplings, same)
    assert found.history[best, 1] == stabilities(same, NO_BIAS, XI).min()
    assert 0.15 < 0.01 * found.dreams / 80 < 0.32
    assert not found.collapsed


def test_dreams_that_ran_into_collapse_say_so_and_give_back_the_best():
    found = dream_until(hp.hopfield(XI), XI, seed=3, patience=10**6)
    assert found.collapsed
    assert found.history[-1, 2] == 0
    assert found.history[found.history[:, 0] == found.dreams, 2] > 0.8
    assert found.history[-1, 0] <= (0.3 + 0.5) * 80 / 0.01


def test_a_load_without_any_fixed_pattern_collapses_when_it_gets_worse_than_before():
    """Load 1.5, N = 100: no pattern is ever fixed, the smallest stability rises at first and then falls through."""
    xi = hp.patterns.random(150, 100, seed=2)
    found = dream_until(hp.hopfield(xi), xi, seed=3, rate=0.05, patience=10**6)
    stability = found.history[:, 1]
    assert not found.history[:, 2].any()
    assert stability[-1] < stability[0] < stability.max()
    assert found.collapsed
    assert not dream_until(hp.hopfield(xi), xi, seed=3, rate=0.05, patience=1).collapsed


@pytest.mark.parametrize("rate", [0.0, -0.01, 1.5, 2, 1e6, float("nan"), float("inf"), "fast", True])
@pytest.mark.parametrize(
    "learn",
    [
        lambda rate: unlearned(XI, 5, rate),
        lambda rate: hp.unlearn(hp.hopfield(XI), 5, rate, seed=0),
        lambda rate: hp.learning.dream(hp.hopfield(XI), [5], rate, seed=0),
        lambda rate: dream_until(hp.hopfield(XI), XI, rate=rate, seed=0),
    ],
    ids=["unlearned", "unlearn", "dream", "dream_until"],
)
def test_a_rate_that_is_absurd_is_refused_in_the_same_words_by_all(learn, rate):
    with pytest.raises(ValueError, match=f"rate must be a number above 0 and at most 1, .*, but it is {rate!r}; 0.01"):
        learn(rate)


@pytest.mark.parametrize("dreams", [0, -1, 2.5, True, 2**21])
def test_a_number_of_dreams_that_is_absurd_is_refused(dreams):
    with pytest.raises(ValueError, match="dreams must be a whole number from 1 to"):
        unlearned(XI, dreams)


def test_watching_needs_patterns_of_the_network_and_one_sample():
    with pytest.raises(ValueError, match=r"patterns \(P, 80\) of one network, but they are \(3, 10\)"):
        dream_until(hp.hopfield(XI), hp.patterns.random(3, 10, seed=0), seed=0)
    with pytest.raises(ValueError, match="take one sample at a time"):
        dream_until(hp.hopfield(XI[None]), XI, seed=0)
    for name in ("look_every", "patience"):
        with pytest.raises(ValueError, match=f"{name} must be a whole number from 1"):
            dream_until(hp.hopfield(XI), XI, seed=0, **{name: 0})


def test_gauge_and_renaming_keep_the_law_of_the_couplings():
    """The noise of the starts is not turned with the patterns, so the couplings agree in law only.

    Trace of J³, 64 samples of one disorder each way, |z| < 4: false alarm 6e-5, and the seed is fixed.
    """
    xi = hp.patterns.random(6, 30, seed=3)
    turned = xi[:, ::-1] * hp.patterns.random(1, 30, seed=4)
    cubes = []
    for seed, one in enumerate((xi, turned)):
        J = unlearned(np.repeat(one[None], 64, axis=0), 300, seed=seed)
        cubes.append(np.einsum("dij,djk,dki->d", J, J, J))
    spread = np.hypot(*(values.std(ddof=1) / 8 for values in cubes))
    assert abs(cubes[0].mean() - cubes[1].mean()) < 4 * spread

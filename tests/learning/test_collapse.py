"""Dreams past the best are reported, by `unlearn` and by `unlearned`, and the looks on the way leave no trace."""

import inspect
import re
import warnings

import numpy as np
import pytest

import hopphys as hp
from hopphys.learning import dream, unlearned
from hopphys.learning.collapse import Look, health, warn_of_collapse
from hopphys.spaces import BINARY

XI = hp.patterns.random(60, 200, seed=1)  # load 0.3; at the best, x = 0.25, all are fixed
OVERFULL = hp.patterns.random(150, 100, seed=2)  # load 1.5, none is ever fixed


def told(call):
    """The warnings of a call, as text."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [str(one.message) for one in caught]


@pytest.mark.parametrize("x", [0.35, 0.36, 0.75])
def test_collapse_is_reported_as_soon_as_patterns_are_lost(x):
    """At 0.35 the weakest bit is still less weak than Hebb's, which had fixed no pattern: that look tells nothing."""
    dreams = round(x * 200 / 0.01)
    best, late = (at.network for at in dream(hp.hopfield(XI), [5000, dreams], seed=0))
    fixed = [int(((net.local_field(XI) * XI) >= 0).all(axis=-1).sum()) for net in (best, late)]
    assert fixed[0] == 60 and fixed[1] < 50
    for call in (lambda: hp.unlearn(hp.hopfield(XI), dreams, seed=0), lambda: unlearned(XI, dreams)):
        [message] = told(call)
        assert f"{dreams} dreams went past the best: {fixed[1]} of 60 patterns are fixed, 60 were after 5000" in message
        assert "dream 5000 times, or watch the patterns with hp.learning.dream_until" in message


def test_the_weakest_bit_alone_would_hide_a_collapse():
    """Load 0.8: of 80 patterns half are fixed at the best and few at x = 0.83, with no weaker bit than before."""
    xi = hp.patterns.random(80, 100, seed=11)
    looks = [health(at.network, xi) for at in dream(hp.hopfield(xi), [0, 7500, 8250], seed=5)]
    (before, _), (_, then), (weakest, now) = looks
    assert weakest > before and now < then / 2
    assert re.search(
        f"{now} of 80 patterns are fixed, {then} were after 7500", *told(lambda: unlearned(xi, 8250, seed=5))
    )


@pytest.mark.parametrize("dreams", [None, 1000, 5000, 6000])
def test_dreams_that_keep_every_pattern_are_not_warned_of(dreams):
    assert told(lambda: unlearned(XI, dreams)) == []
    assert told(lambda: hp.unlearn(hp.hopfield(XI), dreams or 0, seed=0)) == []


def test_a_load_without_any_fixed_pattern_is_reported_when_its_weakest_bit_sinks_below_where_it_began():
    [message] = told(lambda: unlearned(OVERFULL, 4000, 0.05))
    assert "0 of 150 patterns are fixed, 0 were" in message
    assert told(lambda: unlearned(OVERFULL, 2200, 0.05)) == []


def test_low_load_that_dreams_destroy_is_compared_with_the_network_before_dreaming():
    xi = hp.patterns.random(4, 100, seed=2)  # load 0.04: the rule of thumb is not to dream at all
    [message] = told(lambda: hp.unlearn(hp.hopfield(xi), 1500, seed=0))
    assert "0 of 4 patterns are fixed, 4 were before any; " in message and "dream less, or watch" in message


def test_binary_networks_and_biases_are_looked_at_in_their_own_form():
    with pytest.warns(UserWarning, match="7200 dreams went past the best: 0 of 60 .* 60 were after 5000"):
        hp.unlearn(hp.hopfield(XI, space=BINARY, bias=0.01), 7200, seed=0)


def test_samples_of_disorder_are_counted_where_they_collapsed():
    samples = np.stack([XI[:30, :100], hp.patterns.random(30, 100, seed=9)])
    [message] = told(lambda: hp.unlearn(hp.hopfield(samples), 4000, seed=0))
    assert "in 2 of 2 disorder samples: 0 of 60 patterns are fixed, 60 were after 2500" in message


def test_only_the_samples_that_lost_patterns_are_named():
    looks = [Look(0, np.array([-1.0, 0.5]), np.array([2, 5])), Look(9, np.array([0.1, -0.5]), np.array([5, 3]))]
    with pytest.warns(UserWarning, match="in 1 of 2 disorder samples: 3 of 5 patterns are fixed, 5 were before any"):
        warn_of_collapse(looks, 5)


def test_a_pattern_that_was_fixed_by_chance_before_dreaming_is_no_loss_while_every_bit_gets_stronger():
    first, last = Look(0, np.array([-3.0]), np.array([1])), Look(100, np.array([-1.5]), np.array([0]))
    assert told(lambda: warn_of_collapse([first, last], 60)) == []
    assert told(lambda: warn_of_collapse([last, first], 60)) == []
    assert len(told(lambda: warn_of_collapse([first, Look(50, np.array([-1.0]), np.array([2])), last], 60))) == 1


def test_networks_that_do_not_keep_their_patterns_are_unlearned_in_silence():
    couplings = hp.hopfield(XI[:30, :100], rule=lambda patterns: hp.hebb(patterns))
    assert told(lambda: hp.unlearn(couplings, 4000, seed=0)) == []


def test_the_warning_points_at_the_call():
    for call in (lambda: hp.unlearn(hp.hopfield(XI), 7200, seed=0), lambda: unlearned(XI, 7200)):
        with pytest.warns(UserWarning) as caught:
            call()
        assert caught[0].filename == inspect.getfile(test_the_warning_points_at_the_call)


@pytest.mark.parametrize("rate", [0.01, 0.0137, 0.1 / 3], ids=["whole", "real", "coarse"])
def test_the_looks_on_the_way_leave_no_trace(rate):
    """Bit for bit the couplings of dreams that nobody looked at: with the patterns out of reach there is no look."""
    xi = XI[:18, :60]
    unseen = hp.hopfield(xi, rule=lambda patterns: hp.hebb(patterns))
    for dreams in (100, round(18 / rate)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seen = hp.unlearn(hp.hopfield(xi), dreams, rate, seed=4)
        expected = hp.unlearn(unseen, dreams, rate, seed=4)
        np.testing.assert_array_equal(seen.interaction.couplings, expected.interaction.couplings)


def test_a_field_that_rounding_leaves_of_a_tie_keeps_its_bit():
    J = np.array([[0.0, 1.0, -1.0 - 2e-12], [1.0, 0.0, 3.0], [-1.0 - 2e-12, 3.0, 0.0]])
    xi = np.ones((1, 3), int)
    weakest, fixed = health(hp.hopfield(xi, rule=lambda patterns: J), xi)
    assert weakest < 0
    assert fixed == 1

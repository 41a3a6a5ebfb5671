"""Palimpsests: the newest patterns stay, the oldest go, and no load confuses them all."""

import numpy as np
import pytest

import hopphys as hp
from hopphys.learning import online_palimpsest, palimpsest

XI = hp.patterns.random(40, 24, seed=1)


@pytest.mark.parametrize("how", [{}, {"decay": 2.0}, {"bound": 0.4}, {"bound": 0.9}], ids=str)
def test_learning_one_by_one_gives_the_batch(how):
    J = np.zeros((24, 24))
    for pattern in XI:
        J = online_palimpsest(J, pattern, **how)
    np.testing.assert_allclose(palimpsest(XI, **how), J, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(palimpsest(XI, **how), palimpsest(XI, **how).T)


def test_two_patterns_by_hand():
    xi = np.array([[1, 1], [1, -1]])  # decay 1 at N = 2: the older one weighs ½
    np.testing.assert_allclose(palimpsest(xi, decay=1.0), np.array([[0, -0.25], [-0.25, 0]]))
    np.testing.assert_array_equal(palimpsest(xi[[0, 0, 0, 1]], bound=1.5), np.array([[0, 0.5], [0.5, 0]]))  # 1, 2, 2, 1


@pytest.mark.parametrize("size", range(1, 25))
def test_the_decay_by_default_serves_every_size(size):
    """8.4, or N/2 in networks so small that 8.4 would wipe out more than half of the earlier patterns."""
    xi = hp.patterns.random(6, size, seed=6)
    J = np.zeros((size, size))
    for pattern in xi:
        J = online_palimpsest(J, pattern)
    np.testing.assert_allclose(palimpsest(xi), J, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(palimpsest(xi), palimpsest(xi, decay=8.4 if size >= 17 else size / 2))


def test_weights_stay_whole_and_within_the_bound():
    J = palimpsest(hp.patterns.random(300, 100, seed=2), bound=0.45)  # 4.5 / 100
    counts = J * 100
    np.testing.assert_array_equal(counts, np.rint(counts))
    assert np.abs(counts).max() == 4


def test_a_bound_that_is_never_reached_is_hebb():
    np.testing.assert_array_equal(palimpsest(XI[:10], bound=10 / np.sqrt(24)), hp.hebb(XI[:10]))


def test_samples_of_disorder_are_learned_one_by_one():
    xi = hp.patterns.random(9, 12, seed=5, disorder=3)
    for how in ({}, {"bound": 0.4}):
        np.testing.assert_allclose(palimpsest(xi, **how), [palimpsest(one, **how) for one in xi], rtol=0, atol=1e-15)


@pytest.mark.parametrize("how", [{}, {"bound": 0.4}], ids=str)
def test_newest_patterns_are_recalled_and_old_ones_forgotten_at_any_load(how):
    """Load 1.5 at N = 300, ten times Hebb's capacity: the newest 0.03 N are there, those older than 0.3 N are not."""
    xi = hp.patterns.random(450, 300, seed=3)[::-1]
    net = hp.hopfield(xi[::-1], rule=lambda p: palimpsest(p, **how))  # xi[0] is the newest
    m = (hp.settle(net, xi, seed=4).state * xi).mean("site").values
    assert (m[:9] > 0.97).all()
    assert (m[90:] < 0.9).all()
    blackout = (hp.settle(hp.hopfield(xi), xi, seed=4).state * xi).mean("site").values
    assert blackout.max() < 0.9  # without forgetting: the twin that loses them all


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"decay": 1.0, "bound": 1.0}, "give decay or bound, not both"),
        ({"decay": 0.0}, "decay must be positive"),
        ({"decay": 24.0}, "decay must be below N = 24"),
        ({"bound": -1.0}, "bound must be positive"),
        ({"bound": 1e6}, "no weight would reach"),
    ],
)
def test_bad_input_is_refused_in_words(how, words):
    with pytest.raises(ValueError, match=words):
        palimpsest(XI, **how)
    with pytest.raises(ValueError, match=words):
        online_palimpsest(np.zeros((24, 24)), XI[0], **how)

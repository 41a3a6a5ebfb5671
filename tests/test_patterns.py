"""Patterns and cues: addressed random numbers, the form that came in goes out, stated means within five sigmas."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopphys as hp
from hopphys import patterns

MAKERS = {
    "random": lambda **k: patterns.random(seed=1, **k),
    "biased": lambda **k: patterns.biased(seed=1, activity=0.3, **k),
    "correlated": lambda **k: patterns.correlated(seed=1, correlation=0.4, **k),
}
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


@makers
def test_more_patterns_or_samples_leave_the_first_ones_unchanged(make):
    all_of_them = make(count=7, size=130, disorder=5)
    assert all_of_them.shape == (5, 7, 130)
    assert all_of_them.dtype == np.int8
    assert np.array_equal(make(count=3, size=130, disorder=2), all_of_them[:2, :3])
    assert np.array_equal(make(count=7, size=130, disorder=2, first=3), all_of_them[3:])
    assert np.array_equal(make(count=7, size=130), all_of_them[0])


@makers
def test_blocks_of_rows_give_the_same_patterns(make, monkeypatch):
    whole = make(count=9, size=70, disorder=2)
    monkeypatch.setattr(patterns, "BLOCK", 300)
    assert np.array_equal(make(count=9, size=70, disorder=2), whole)


def test_seeds_and_purposes_give_different_patterns():
    parent = patterns.correlated(1, 200, seed=1, correlation=1.0)[0]
    drawn = [patterns.random(1, 200, seed=1)[0], patterns.random(1, 200, seed=2)[0], parent]
    drawn += [patterns.biased(1, 200, seed=1, activity=0.5)[0]]
    signs = np.array(drawn, dtype=float)
    overlaps = np.abs(signs @ signs.T / 200 - np.eye(4))
    assert overlaps.max() < 5 / np.sqrt(200)


def test_fair_bits_are_fair():
    xi = patterns.random(100, 1000, seed=1)
    assert set(np.unique(xi)) == {-1, 1}
    assert abs(xi.mean()) < 5 / np.sqrt(xi.size)
    overlaps = (xi @ xi.T.astype(float))[np.triu_indices(100, 1)] / 1000
    assert abs(overlaps.var() * 1000 - 1) < 5 * np.sqrt(2 / overlaps.size)


@pytest.mark.parametrize("activity", [0.0, 0.1, 0.5, 1.0])
def test_biased_patterns_have_their_activity(activity):
    xi = patterns.biased(50, 1000, activity=activity, seed=2)
    assert abs((xi > 0).mean() - activity) <= 5 * np.sqrt(activity * (1 - activity) / xi.size)


@pytest.mark.parametrize("correlation", [0.0, 0.25, 0.8, 1.0])
def test_correlated_patterns_have_their_mutual_overlap(correlation):
    xi = patterns.correlated(2, 200, correlation=correlation, seed=3, disorder=200).astype(float)
    overlap = (xi[:, 0] * xi[:, 1]).mean(axis=-1)
    assert abs(overlap.mean() - correlation) <= 5 * np.sqrt((1 - correlation**2) / xi[:, 0].size)


@pytest.mark.parametrize("flip", [0.0, 0.15, 1.0])
def test_corrupting_leaves_the_stated_overlap(flip):
    xi = patterns.random(50, 1000, seed=4)
    overlap = (patterns.corrupt(xi, flip=flip, seed=5) * xi).mean()
    assert abs(overlap - (1 - 2 * flip)) <= 10 * np.sqrt(flip * (1 - flip) / xi.size)


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("fill", [-1, 0, 1])
def test_erasing_loses_exactly_the_stated_number_of_entries(fraction, fill):
    xi = patterns.random(20, 101, seed=4)
    cue = patterns.erase(xi, fraction=fraction, seed=5, fill=fill)
    changed = cue != xi
    lost = round(fraction * 101)
    assert (changed.sum(axis=-1) <= lost).all()
    assert (cue[changed] == fill).all()
    if fill == 0:
        assert (changed.sum(axis=-1) == lost).all()
        assert cue.dtype == float


def test_erasing_at_random_fills_with_fair_bits():
    xi = patterns.random(200, 1000, seed=4)
    changed = (patterns.erase(xi, fraction=0.4, seed=5) != xi).mean()
    assert abs(changed - 0.2) < 5 * np.sqrt(0.25 * 0.4 / xi.size)


@given(st.sampled_from([(6,), (3, 6), (2, 3, 6)]), st.integers(0, 2**20))
def test_zero_one_patterns_stay_zero_one_and_meet_the_same_noise(shape, seed):
    xi = np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), size=shape)
    xi[..., 0] = -1  # a row of ones is the same in both forms
    v = (xi + 1) // 2
    for damage in (
        lambda s: patterns.corrupt(s, flip=0.3, seed=seed),
        lambda s: patterns.erase(s, fraction=0.5, seed=seed),
    ):
        assert damage(xi).shape == shape
        assert np.array_equal(damage(v), (damage(xi) + 1) // 2)
    assert np.array_equal(patterns.as_spins(v), xi)
    assert np.array_equal(patterns.as_spins(v > 0), xi)
    assert np.array_equal(patterns.as_spins(xi.astype(float)), xi)


def test_damage_in_blocks_of_disorder_is_the_same_damage():
    xi = patterns.random(4, 60, seed=1, disorder=5)
    for damage in (
        lambda s, first: patterns.corrupt(s, flip=0.3, seed=2, first=first),
        lambda s, first: patterns.erase(s, fraction=0.3, seed=2, first=first),
    ):
        assert np.array_equal(damage(xi[3:], 3), damage(xi, 0)[3:])


def test_a_mixture_of_three_overlaps_one_half_with_each():
    # The eight combinations of three patterns, equally often: Amit, Gutfreund & Sompolinsky 1985.
    xi = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, 8)
    mixed = patterns.mixture(xi)
    assert patterns.overlap(mixed, xi).tolist() == [0.5, 0.5, 0.5]
    five = np.array(np.meshgrid(*[[-1, 1]] * 5)).reshape(5, 32)
    assert patterns.overlap(patterns.mixture(five), five) == pytest.approx(3 / 8)
    # E/N = -(1/2) sum m^2 = -0.375 and -0.3515625, less the self-term.
    assert (hp.hopfield(xi).energy(mixed) - 1.5) / 8 == -0.375
    assert (hp.hopfield(five).energy(patterns.mixture(five)) - 2.5) / 32 == -0.3515625
    assert np.array_equal(patterns.mixture(xi, [3, 1, 1]), xi[0])
    assert np.array_equal(patterns.mixture((xi + 1) // 2), (mixed + 1) // 2)


def test_overlap_is_one_on_the_pattern_and_reads_whole_zeros_and_ones_as_spins():
    xi = patterns.random(3, 40, seed=1)
    assert np.array_equal(np.diag(patterns.overlap(xi, xi)), np.ones(3))
    assert np.array_equal(patterns.overlap((xi + 1) // 2, xi), patterns.overlap(xi, xi))
    assert np.array_equal(patterns.overlap(xi, (xi + 1) // 2), patterns.overlap(xi, xi))
    assert patterns.overlap(np.zeros(40), xi).tolist() == [0, 0, 0]  # real values, as they are
    several = patterns.random(3, 40, seed=1, disorder=2)
    both = patterns.overlap(several, several)
    assert both.shape == (2, 3, 3)
    assert np.allclose(both[1], patterns.overlap(several[1], several[1]), rtol=1e-15)


def test_glyphs_are_drawn_in_ink():
    xi = patterns.glyphs("AB7")
    assert xi.shape == (3, 64)
    assert set(np.unique(xi)) == {-1, 1}
    assert np.array_equal(patterns.glyphs("A", size=16).reshape(16, 16)[::2, ::2].ravel(), xi[0])
    every = patterns.glyphs()
    assert every.shape == (26, 64)
    assert len(np.unique(every, axis=0)) == 26


XI = patterns.random(3, 6, seed=1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: patterns.random(0, 5, seed=1), "count = 0"),
        (lambda: patterns.random(3, 2.5, seed=1), "size = 2.5"),
        (lambda: patterns.random(3, 5, seed=-1), "seed"),
        (lambda: patterns.random(3, 5, seed=1, disorder=0), "disorder = 0"),
        (lambda: patterns.random(3, 5, seed=1, first=-1), "first = -1"),
        (lambda: patterns.biased(3, 5, seed=1, activity=1.5), "activity must lie between 0 and 1"),
        (lambda: patterns.biased(3, 5, seed=1, activity=np.nan), "activity must lie between 0 and 1"),
        (lambda: patterns.correlated(3, 5, seed=1, correlation=-0.1), "correlation must lie between 0 and 1"),
        (lambda: patterns.corrupt(XI, flip="half", seed=1), "flip must lie between 0 and 1"),
        (lambda: patterns.erase(XI, fraction=2, seed=1), "fraction must lie between 0 and 1"),
        (lambda: patterns.erase(XI, fraction=0.5, seed=1, fill=2), "fill must be 'random', -1, 0 or 1"),
        (lambda: patterns.erase((XI + 1) // 2, fraction=0.5, seed=1, fill=-1), "fill must be 'random', 0 or 1"),
        (lambda: patterns.mixture(XI[:2]), "sites tie"),
        (lambda: patterns.mixture(XI, [1, 2]), "3 finite numbers"),
        (lambda: patterns.mixture(XI[0]), r"shape \(..., P, N\)"),
        (lambda: patterns.overlap(np.ones(5), XI), "must share N"),
        (lambda: patterns.as_spins([[1, 3]]), "hold 3; binarise first"),
        (lambda: patterns.as_spins([[1, 0, -1]]), "give the zeros a sign"),
        (lambda: patterns.as_spins(np.array([[1, -1, 5]], np.int8)), "hold 5"),
        (lambda: patterns.as_spins([["a"]]), "must be numbers"),
        (lambda: patterns.as_spins([]), "hold something"),
        (lambda: patterns.glyphs("ä"), "no glyph 'ä'"),
        (lambda: patterns.glyphs(""), "names is empty"),
        (lambda: patterns.glyphs("A", size=4), "size = 4"),
        (lambda: patterns.from_images([], (8, 8)), "paths is empty"),
    ],
)
def test_bad_patterns_are_refused_in_words(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(
    ("shape", "digests"),
    [
        ({"count": 5, "size": 130, "disorder": 2}, (1237418232, 4087896015, 635963149)),
        ({"count": 3, "size": 7}, (4148868071, 754270344, 1392878160)),
        ({"count": 40, "size": 60_000}, (2591565569, 17720630, 4025390385)),  # more entries than one block
    ],
)
def test_patterns_of_a_seed_are_the_same_in_every_release(shape, digests):
    made = (
        patterns.random(seed=1, **shape),
        patterns.biased(seed=1, activity=0.3, **shape),
        patterns.correlated(seed=1, correlation=0.3, **shape),
    )
    assert tuple(zlib.crc32(xi.tobytes()) for xi in made) == digests
    assert all(xi.dtype == np.int8 and xi.flags.c_contiguous for xi in made)

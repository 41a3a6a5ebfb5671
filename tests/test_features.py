"""Energies through patterns: one system in three forms, sums over patterns, and what leaves the energy unchanged."""

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopphys as hp
from hopphys import features

EXACT = {"rtol": 1e-12, "atol": 1e-12}
SEPARATIONS = [hp.quadratic(), hp.power(3), hp.power(4), hp.exponential(0.2), hp.log_sum_exp(0.5), hp.log_cosh(0.5)]
small = st.integers(1, 6)
seeds = st.integers(0, 2**32)


def spins(shape, seed):
    return np.random.default_rng(seed).choice([-1.0, 1.0], size=shape)


@given(small, st.integers(2, 9), seeds)
def test_patterns_dense_and_neighbours_are_one_system(count, size, seed):
    xi, s = spins((count, size), seed), spins((5, size), seed + 1)
    J = hp.hebb(xi)
    pairs = np.array(list(itertools.combinations(range(size), 2)))
    forms = [hp.Patterns(xi), hp.Dense(J), hp.Neighbours(size, pairs, J[pairs[:, 0], pairs[:, 1]])]
    for form in forms:
        assert np.allclose(form.energy(s), -0.5 * np.einsum("ri,ij,rj->r", s, J, s), **EXACT)
        assert np.allclose(form.field(s), s @ J, **EXACT)
        assert np.allclose([form.field_at(s, i) for i in range(size)], (s @ J).T, **EXACT)


@given(small, st.integers(2, 9), seeds)
def test_energies_of_several_patterns_add(count, size, seed):
    # Hebb with J_ii = 0: E = -(N/2) sum of squared overlaps + P/2.
    xi, s = spins((count, size), seed), spins((5, size), seed + 1)
    m = hp.patterns.overlap(s, xi)
    assert np.allclose(hp.hopfield(xi).energy(s), -size / 2 * (m**2).sum(axis=-1) + count / 2, **EXACT)
    alone = sum(hp.hopfield(pattern[None]).energy(s) for pattern in xi)
    assert np.allclose(hp.hopfield(xi).energy(s), alone, **EXACT)


@pytest.mark.parametrize("separation", SEPARATIONS, ids=str)
@given(small, st.integers(2, 9), seeds)
def test_order_of_patterns_and_of_sites_leaves_no_trace(separation, count, size, seed):
    rng = np.random.default_rng(seed)
    xi, s = spins((count, size), seed), spins((3, size), seed + 1)
    patterns, sites = rng.permutation(count), rng.permutation(size)
    before = hp.dense_memory(xi, separation)
    after = hp.dense_memory(xi[patterns][:, sites], separation)
    assert np.allclose(after.energy(s[:, sites]), before.energy(s), **EXACT)
    assert np.allclose(after.gap(s[:, sites]), before.gap(s)[:, sites], **EXACT)


@pytest.mark.parametrize("separation", SEPARATIONS, ids=str)
@given(small, st.integers(2, 9), seeds)
def test_a_gauge_of_patterns_and_state_leaves_no_trace(separation, count, size, seed):
    xi, s, gauge = spins((count, size), seed), spins((3, size), seed + 1), spins(size, seed + 2)
    before, after = hp.dense_memory(xi, separation), hp.dense_memory(xi * gauge, separation)
    assert np.allclose(after.energy(s * gauge), before.energy(s), **EXACT)
    assert np.allclose(after.gap(s * gauge), before.gap(s) * gauge, **EXACT)


@given(small, st.integers(2, 9), seeds)
def test_even_memories_do_not_tell_a_pattern_from_its_negative_and_odd_ones_do(count, size, seed):
    xi, s = spins((count, size), seed), spins((3, size), seed + 1)
    for even in (hp.quadratic(), hp.power(4), hp.log_cosh(0.5)):
        H = hp.dense_memory(xi, even)
        assert np.allclose(H.energy(-s), H.energy(s), **EXACT)
    odd = hp.dense_memory(xi, hp.power(3))
    assert np.allclose(odd.energy(-s), -odd.energy(s), **EXACT)


def test_power_two_has_the_gaps_of_hopfield_and_its_energy_less_the_self_term():
    xi, s = spins((3, 8), 1), spins((5, 8), 2)
    assert np.allclose(hp.dense_memory(xi, hp.power(2)).gap(s), hp.hopfield(xi).gap(s), **EXACT)
    assert np.allclose(hp.dense_memory(xi, hp.power(2)).energy(s), hp.hopfield(xi).energy(s) - 3 / 2, **EXACT)


def test_self_term_is_taken_out_of_real_patterns_too():
    xi, s = np.random.default_rng(3).normal(size=(3, 6)), spins((5, 6), 2)
    J = xi.T @ xi / 6
    without, kept = hp.Patterns(xi), hp.Patterns(xi, self_term=True)
    assert np.allclose(without.energy(s), -0.5 * np.einsum("ri,ij,rj->r", s, J - np.diag(np.diag(J)), s), **EXACT)
    assert np.allclose(kept.energy(s), -0.5 * np.einsum("ri,ij,rj->r", s, J, s), **EXACT)
    assert np.allclose(kept.field(s) - without.field(s), s * np.diag(J), **EXACT)


def test_small_whole_patterns_take_a_byte_each_and_give_whole_overlaps():
    xi = hp.patterns.random(4, 1001, seed=1)
    interaction = hp.Patterns(xi.astype(float))
    assert interaction.patterns.dtype == np.int8
    assert interaction.integer
    s = spins((3, 1001), 2)
    assert np.array_equal(interaction.overlaps(s), np.rint(interaction.overlaps(s)))
    assert not hp.Patterns(xi / 2).integer


def test_long_pattern_lists_are_projected_block_by_block(monkeypatch):
    xi, s = hp.patterns.random(23, 50, seed=1), spins((3, 50), 2)
    whole = features.project(xi, s)
    monkeypatch.setattr(features, "BLOCK", 200)
    assert np.array_equal(features.project(xi, s), whole)
    several = hp.patterns.random(23, 50, seed=1, disorder=2)
    assert np.array_equal(features.project(several, np.stack([s, s]))[0], whole)


def test_fields_of_many_sites_are_summed_block_by_block(monkeypatch):
    xi, s = hp.patterns.random(23, 50, seed=1), spins((3, 50), 2)
    several, both = hp.patterns.random(23, 50, seed=1, disorder=2), np.stack([s, s])
    forms = [(hp.Patterns(p, f), state) for f in SEPARATIONS for p, state in ((xi, s), (several, both))]
    whole = [form.field(state) for form, state in forms]
    monkeypatch.setattr(features, "BLOCK", 200)
    for (form, state), field in zip(forms, whole, strict=True):
        assert np.allclose(form.field(state), field, rtol=1e-13, atol=1e-13)
        if form.pairwise:
            assert np.array_equal(form.field(state), field)  # sums of whole numbers, exact in any order


def test_a_large_network_settles_without_a_copy_of_its_patterns():
    xi = hp.patterns.random(1500, 10_000, seed=1)  # 15 MB of patterns, 120 MB in double precision
    H = hp.hopfield(xi)
    tracemalloc.start()
    H.gap(xi[:2])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * 8 * features.BLOCK


def test_a_user_defined_separation_needs_value_and_slope_only():
    class Quintic:
        def value(self, x, size):
            return (x**5).sum(axis=-1) / (5 * size**4)

        def slope(self, x, size):
            return (x / size) ** 4

    xi, s = spins((3, 6), 1), spins((5, 6), 2)
    ours, theirs = hp.dense_memory(xi, hp.power(5)), hp.dense_memory(xi, Quintic(), space=hp.BINARY)
    assert np.allclose(theirs.energy((s + 1) / 2), ours.energy(s), **EXACT)
    assert np.allclose(theirs.gap((s + 1) / 2), ours.gap(s), **EXACT)
    assert np.allclose(theirs.local_field((s + 1) / 2), 2 * ours.local_field(s), **EXACT)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: hp.Patterns(np.ones(4)), r"but their shape is \(4,\)"),
        (lambda: hp.Patterns(np.empty((0, 4))), "must not be empty"),
        (lambda: hp.Patterns(np.empty((0, 4), np.int8)), "shape"),
        (lambda: hp.Patterns([[np.nan, 1.0]]), "finite"),
        (lambda: hp.Patterns(np.ones((2, 4)), hp.power(3), self_term=False), "no self-term to leave out"),
        (
            lambda: hp.Patterns(np.ones((2, 4)), inner=np.ones(3)),
            r"pattern biases must be a number or have shape \(2,\)",
        ),
        (lambda: hp.Bipartite(np.ones(4), hp.SPIN), r"shape \(hidden, visible\)"),
        (lambda: hp.Bipartite(np.ones((3, 4)), hp.categorical(2)), "2 levels needs a row of couplings each, but has 3"),
    ],
)
def test_bad_features_are_refused_in_words(make, words):
    with pytest.raises(ValueError, match=words):
        make()

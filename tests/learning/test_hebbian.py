"""Hebb's rule: one shot, any order, one matrix for +-1 and 0/1."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopphys as hp

EXACT = {"rtol": 1e-12, "atol": 1e-12}


def spins(shape, seed):
    return np.random.default_rng(seed).choice([-1, 1], size=shape)


def test_hebb_is_the_mean_product_of_two_units():
    xi = spins((4, 7), 1)
    J = hp.hebb(xi)
    for i in range(7):
        for j in range(7):
            assert J[i, j] == pytest.approx(0 if i == j else (xi[:, i] * xi[:, j]).sum() / 7, rel=1e-15)


@given(st.integers(1, 8), st.integers(2, 12), st.integers(0, 2**20))
def test_learning_one_by_one_in_any_order_gives_the_same_bits(count, size, seed):
    xi = spins((count, size), seed)
    J, W = np.zeros((size, size)), np.zeros((size, size))
    for mu in np.random.default_rng(seed).permutation(count):
        J = hp.online_hebb(J, xi[mu])
        W, b = hp.online_hebb_binary(W, (xi[mu] + 1) // 2)
    assert np.array_equal(J, hp.hebb(xi))
    batch_W, batch_b = hp.hebb_binary(xi)
    assert np.array_equal(W, batch_W)
    assert np.array_equal(b, batch_b)


@given(st.integers(1, 6), st.integers(2, 10), st.integers(0, 2**20))
def test_both_forms_of_hebbs_rule_give_one_matrix(count, size, seed):
    # With v = (s + 1)/2: s_i s_j = 4 (v_i - 1/2)(v_j - 1/2).
    xi = spins((count, size), seed)
    v = (xi + 1) / 2
    outer = 4 * np.einsum("mi,mj->ij", v - 0.5, v - 0.5) / size
    np.fill_diagonal(outer, 0)
    W, b = hp.hebb_binary(v)
    assert np.allclose(hp.hebb(xi), outer, **EXACT)
    assert np.array_equal(hp.hebb((xi + 1) // 2), hp.hebb(xi))
    assert np.allclose(W, 4 * outer, **EXACT)
    assert np.allclose(b, -0.5 * W.sum(axis=1), **EXACT)


def test_hebb_of_several_samples_is_hebb_of_each():
    xi = hp.patterns.random(3, 8, seed=1, disorder=4)
    assert np.array_equal(hp.hebb(xi), np.stack([hp.hebb(sample) for sample in xi]))


def test_couplings_of_another_rule_are_added_to_as_they_are():
    xi = spins((2, 9), 3)
    J = hp.projection(xi)
    added = hp.online_hebb(J, xi[0])
    expected = J + np.outer(xi[0], xi[0]) / 9
    np.fill_diagonal(expected, 0)
    assert np.allclose(added, expected, **EXACT)


def test_online_learning_leaves_the_old_couplings_alone():
    J = np.zeros((4, 4))
    hp.online_hebb(J, [1, -1, 1, 1])
    assert not J.any()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: hp.hebb([1, -1]), r"one pattern is patterns\[None, :\]"),
        (lambda: hp.hebb([[1, 2]]), "hold 2"),
        (lambda: hp.hebb(np.empty((0, 3))), "hold something"),
        (lambda: hp.online_hebb(np.zeros((3, 3)), [1, -1]), r"\(2,\) and \(3, 3\)"),
        (lambda: hp.online_hebb(np.zeros((2, 2)), [[1, -1]]), "use hebb"),
        (lambda: hp.online_hebb(np.full((2, 2), np.nan), [1, -1]), "finite"),
    ],
)
def test_bad_input_is_refused_in_words(make, words):
    with pytest.raises(ValueError, match=words):
        make()

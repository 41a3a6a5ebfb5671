"""Storkey's rule: the formula as it is printed, one pattern after another or in blocks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hopphys as hp


def as_printed(J, xi):
    """Storkey 1997 with its sums written out."""
    size, after = len(xi), J.copy()
    h = np.array([[sum(J[i, k] * xi[k] for k in range(size) if k not in (i, j)) for j in range(size)]
                  for i in range(size)])  # fmt: skip
    for i in range(size):
        for j in range(size):
            if i != j:
                after[i, j] += (xi[i] * xi[j] - xi[i] * h[j, i] - h[i, j] * xi[j]) / size
    return after


def test_matrices_are_the_printed_sums():
    xi = hp.patterns.random(5, 7, seed=1).astype(float)
    J = np.zeros((7, 7))
    for pattern in xi:
        expected = as_printed(J, pattern)
        J = hp.online_storkey(J, pattern)
        np.testing.assert_allclose(J, expected, rtol=0, atol=1e-15)
    np.testing.assert_allclose(hp.storkey(xi), J, rtol=0, atol=1e-15)


def test_first_pattern_is_hebbs_and_two_orthogonal_ones_by_hand():
    xi = np.array([[1, 1, 1, 1], [1, -1, 1, -1]])
    np.testing.assert_array_equal(hp.storkey(xi[:1]), hp.hebb(xi[:1]))
    # H = J xi of the second is -xi / 4: only the missing diagonal answers. J_ij = 1/4 (1 + 2/4) + xi xi (1 + 1/2) / 4.
    expected = 3 / 8 * (1 + np.outer(xi[1], xi[1]))
    np.testing.assert_allclose(hp.storkey(xi), expected - np.diag(np.diag(expected)), rtol=0, atol=1e-15)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 150), st.integers(2, 40), st.integers(0, 2**20))
def test_blocks_and_one_by_one_agree(count, size, seed):
    """Up to P = 4 N, where both stay within 1e-12; beyond, the rule amplifies rounding, and no two machines agree."""
    count = min(count, 4 * size)
    xi = np.random.default_rng(seed).choice([-1, 1], size=(count, size))
    J = np.zeros((size, size))
    for pattern in xi:
        J = hp.online_storkey(J, pattern)
    batch = hp.storkey(xi)
    np.testing.assert_allclose(batch, J, rtol=0, atol=1e-11 * max(1, np.abs(J).max()))
    np.testing.assert_array_equal(batch, batch.T)


def test_samples_of_disorder_are_learned_one_by_one():
    xi = hp.patterns.random(70, 12, seed=5, disorder=6)
    learned = hp.storkey(xi.reshape(2, 3, 70, 12))
    np.testing.assert_array_equal(learned.reshape(6, 12, 12), [hp.storkey(one) for one in xi])


def test_order_of_patterns_matters_a_little():
    xi = hp.patterns.random(20, 100, seed=6)
    J, other = hp.storkey(xi), hp.storkey(xi[::-1])
    assert 0 < np.abs(J - other).max() < 0.5 * np.abs(J).max()


def test_it_fixes_patterns_where_hebb_does_not():
    """Load 0.3 at N = 200: nearly all, against nearly none; 0.99 by an independent simulation."""
    xi = hp.patterns.random(60, 200, seed=7, disorder=4)
    fixed = [((learn(xi) @ np.swapaxes(xi, 1, 2)).swapaxes(1, 2) * xi >= 0).all(-1).mean() for learn in RULES]
    assert fixed[0] > 0.95
    assert fixed[1] < 0.05


RULES = (hp.storkey, hp.hebb)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: hp.storkey([1, -1]), r"one pattern is patterns\[None, :\]"),
        (lambda: hp.storkey([[1, 2]]), "hold 2"),
        (lambda: hp.online_storkey(np.zeros((3, 3)), [1, -1]), r"\(2,\) and \(3, 3\)"),
        (lambda: hp.online_storkey(np.full((2, 2), np.nan), [1, -1]), "finite"),
    ],
)
def test_bad_input_is_refused_in_words(make, words):
    with pytest.raises(ValueError, match=words):
        make()

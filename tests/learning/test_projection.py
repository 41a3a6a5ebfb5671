"""The projection rule: every pattern stands still below load 1, and what cannot be projected is named."""

import numpy as np
import pytest

import hopphys as hp


def test_projection_has_the_patterns_as_eigenvectors():
    xi = hp.patterns.random(6, 15, seed=1).astype(float)
    J = hp.projection(xi)
    P = xi.T @ np.linalg.pinv(xi.T)  # the projector on the span of the patterns, by another route
    assert np.allclose(J, P - np.diag(np.diag(P)), rtol=0, atol=1e-12)
    assert np.array_equal(J, J.T)
    assert not np.diag(J).any()


@pytest.mark.parametrize("load", [0.1, 0.5, 0.95])
def test_every_pattern_is_a_fixed_point_below_load_one(load):
    xi = hp.patterns.random(int(load * 60), 60, seed=2)
    assert ((hp.projection(xi) @ xi.T).T * xi > 0).all()


def test_correlated_patterns_are_stored_too():
    xi = hp.patterns.correlated(20, 100, correlation=0.5, seed=3)
    assert ((hp.projection(xi) @ xi.T).T * xi > 0).all()
    assert not ((hp.hebb(xi) @ xi.T).T * xi > 0).all()


def test_orthogonal_patterns_give_hebbs_couplings():
    xi = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1]])
    assert np.allclose(hp.projection(xi), hp.hebb(xi), rtol=0, atol=1e-14)


def test_samples_of_disorder_are_projected_one_by_one():
    xi = hp.patterns.random(3, 12, seed=4, disorder=3)
    assert np.allclose(hp.projection(xi), [hp.projection(sample) for sample in xi], rtol=0, atol=1e-13)


XI = hp.patterns.random(4, 20, seed=5)


@pytest.mark.parametrize(
    ("patterns", "words"),
    [
        (XI[[0, 1, 2, 1]], "rank 3 of 4 patterns: pattern 3 equals pattern 1; leave out"),
        (np.concatenate([XI, -XI[:1]]), "rank 4 of 5 patterns: pattern 4 is the negative of pattern 0;"),
        (
            XI[[0, 1, 0, 2, 1, 0]] * np.array([1, 1, 1, 1, 1, -1])[:, None],
            "rank 3 of 6 patterns: pattern 2 equals pattern 0 and pattern 5 is the negative of pattern 0; "
            "pattern 4 equals pattern 1; leave out",
        ),
        (
            -XI[[0, 1, 1, 1]] * np.array([1, 1, -1, -1])[:, None],
            "rank 2 of 4 .*: patterns 2, 3 are negatives of pat.* 1",
        ),
        (XI[[0] * 9], "rank 1 of 9 patterns: patterns 1, 2, 3, 4, 5 and 3 more equal pattern 0; leave out"),
        (hp.patterns.random(5, 5, seed=1), r"5 patterns of 5 units \(1 too many\)"),
        (
            hp.patterns.random(8, 5, seed=1),
            r"\(4 too many; pattern 6 equals pattern 0 and pattern 5 is the negative of pattern 0;",
        ),
        (XI[[0, 1, 0]][:, :3], r"3 patterns of 3 units \(1 too many; pattern 2 equals pattern 0\)"),
        (np.stack([XI[:3], XI[[0, 1, 1]]]), r"pattern 2 equals pattern 1 \(disorder sample 1\);"),
        (np.stack([XI[:3], XI[[0, 1, 1]], XI[[0, 0, 1]]]), r"\(disorder sample 1, and 1 more\);"),
        ([[1, 2]], "hold 2"),
        ([1, -1], "shape"),
    ],
)
def test_what_cannot_be_projected_is_named(patterns, words):
    with pytest.raises(ValueError, match=words):
        hp.projection(patterns)


def combination():
    a, b, c = (hp.patterns.random(3, 40, seed=6)).astype(int)
    c = np.where(a == b, a, c)
    return np.array([a, b, c, a + b - c])  # the last is ±1: a where a and b agree, -c elsewhere


def test_a_combination_of_other_patterns_is_named():
    assert set(np.unique(combination())) == {-1, 1}
    with pytest.raises(ValueError, match=r"rank 3 of 4 patterns: pattern \d adds nothing to the others;"):
        hp.projection(combination())


def test_copies_and_combinations_are_counted_together():
    a, b, c, d = combination()
    with pytest.raises(
        ValueError, match=r"rank 3 of 6 patterns: pattern 2 .* pattern 5 .* 1; pattern [0134] adds nothing"
    ):
        hp.projection(np.array([a, b, -a, c, d, b]))


def test_many_groups_of_copies_are_counted_not_listed():
    xi = hp.patterns.random(8, 40, seed=7)
    with pytest.raises(
        ValueError, match=r"rank 8 of 16 .*; pattern 12 equals pattern 4; 3 more groups of copies; leave"
    ):
        hp.projection(np.concatenate([xi, xi]))


@pytest.mark.parametrize("seed", range(20))
def test_the_rank_that_is_told_is_the_rank(seed):
    chosen = np.random.default_rng(seed).integers(0, 10, 12)
    xi = hp.patterns.random(10, 30, seed=seed)[chosen]
    with pytest.raises(ValueError, match=rf"rank {np.linalg.matrix_rank(xi)} of 12 patterns"):
        hp.projection(xi)

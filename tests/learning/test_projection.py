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
        (XI[[0, 1, 2, 1]], "pattern 3 equals pattern 1"),
        (np.concatenate([XI, -XI[:1]]), "pattern 4 is the negative of pattern 0"),
        (hp.patterns.random(5, 5, seed=1), r"5 patterns of 5 units \(1 too many\)"),
        (hp.patterns.random(8, 5, seed=1), r"\(4 too many\)"),
        (np.stack([XI[:3], XI[[0, 1, 1]]]), "pattern 2 equals pattern 1 .*disorder sample 1"),
        ([[1, 2]], "hold 2"),
        ([1, -1], "shape"),
    ],
)
def test_what_cannot_be_projected_is_named(patterns, words):
    with pytest.raises(ValueError, match=words):
        hp.projection(patterns)


def test_a_combination_of_other_patterns_is_named():
    a, b, c = (hp.patterns.random(3, 40, seed=6)).astype(int)
    c = np.where(a == b, a, c)
    d = a + b - c  # +-1: a where a and b agree, -c elsewhere
    assert set(np.unique(d)) == {-1, 1}
    with pytest.raises(ValueError, match=r"4 span 3 dimensions: pattern \d adds nothing"):
        hp.projection(np.array([a, b, c, d]))

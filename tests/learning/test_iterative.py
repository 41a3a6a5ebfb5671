"""Projection without an inverse: to which couplings the iteration tends, and the exact update by one pattern."""

import numpy as np
import pytest

import hopphys as hp
from hopphys.learning import iterative_projection, online_projection

XI = hp.patterns.random(8, 30, seed=1)


def projector(xi):
    return np.asarray(xi.T, float) @ np.linalg.pinv(np.asarray(xi.T, float))


def off_diagonal(matrix):
    return matrix - np.diag(np.diag(matrix))


@pytest.mark.parametrize("xi", [XI, hp.patterns.correlated(10, 40, correlation=0.4, seed=2)], ids=["random", "alike"])
def test_limit_is_the_projection_with_each_row_divided_by_one_minus_its_diagonal(xi):
    learned = iterative_projection(xi, tolerance=1e-11)
    P = projector(xi)
    np.testing.assert_allclose(learned.couplings, off_diagonal(P / (1 - np.diag(P))[:, None]), rtol=0, atol=1e-9)
    scaled = (1 - np.diag(P))[:, None] * learned.couplings
    np.testing.assert_allclose(scaled, hp.projection(xi), rtol=0, atol=1e-9)
    assert learned.converged and learned.directed and not np.diag(learned.couplings).any()


def test_every_aligned_field_is_one_and_no_shorter_row_does_that():
    learned = iterative_projection(XI, tolerance=1e-11)
    np.testing.assert_allclose(XI * (XI @ learned.couplings.T), 1, rtol=0, atol=1e-10)
    row, others = learned.couplings[3], np.delete(np.arange(30), 3)
    shortest = np.linalg.lstsq(XI[:, others].astype(float), XI[:, 3].astype(float))[0]
    np.testing.assert_allclose(row[others], shortest, rtol=0, atol=1e-9)


def test_thresholds_are_decided_as_by_projection():
    net = hp.hopfield(XI, rule=lambda xi: iterative_projection(xi, tolerance=1e-10))
    other = hp.hopfield(XI, rule=hp.projection)
    cue = hp.patterns.corrupt(XI, flip=0.2, seed=2)
    assert (hp.settle(net, cue, seed=3).state == hp.settle(other, cue, seed=3).state).all()


def test_samples_of_disorder_are_learned_one_by_one():
    xi = hp.patterns.random(5, 16, seed=4, disorder=3)
    together = iterative_projection(xi)
    np.testing.assert_array_equal(together.couplings, [iterative_projection(sample).couplings for sample in xi])
    assert together.converged.shape == (3,)


def test_fields_out_of_reach_give_what_there_is():
    learned = iterative_projection(hp.patterns.random(40, 30, seed=5), max_sweeps=50)
    assert not learned.converged and learned.steps == 50


def test_patterns_one_by_one_give_the_projector_in_any_order():
    for order in (np.arange(8), np.arange(8)[::-1]):
        P = np.zeros((30, 30))
        for pattern in XI[order]:
            P = online_projection(P, pattern)
        np.testing.assert_allclose(P, projector(XI), rtol=0, atol=1e-12)
    np.testing.assert_allclose(off_diagonal(P), hp.projection(XI), rtol=0, atol=1e-12)


def test_pattern_that_is_known_changes_nothing():
    P = projector(XI)
    np.testing.assert_array_equal(online_projection(P, -XI[3]), P)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: online_projection(hp.projection(XI), XI[0]), "keep P, and take P - diag"),
        (lambda: online_projection(np.triu(np.ones((30, 30))), XI[0]), "must be symmetric"),
        (lambda: online_projection(np.zeros((3, 3)), XI[0]), r"start from zeros\(\(N, N\)\)"),
        (lambda: online_projection(np.zeros((30, 30)), XI), "one pattern"),
        (lambda: online_projection(np.full((30, 30), np.nan), XI[0]), "must be finite"),
        (lambda: iterative_projection(XI, tolerance=2.0), "tolerance must lie between"),
    ],
)
def test_meaningless_arguments_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()

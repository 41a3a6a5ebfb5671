"""Dreaming kernels: Hebb at one end, the projection at the other, and the equations of motion between."""

import math

import numpy as np
import pytest

import hopphys as hp
from hopphys.learning import decorrelation, dreaming_kernel

XI = hp.patterns.random(6, 30, seed=1)
TIMES = (0.0, 0.3, 1.0, 8.0, 1e4)


def by_inverse(xi, t):
    """The formula as it is printed, with an explicit inverse, diagonal kept."""
    xi = xi.astype(float)
    inner = np.linalg.inv(np.eye(len(xi)) + t * xi @ xi.T / xi.shape[1])
    return xi.T @ inner @ xi / xi.shape[1]


def hollow(J):
    return J - np.diag(np.diag(J))


@pytest.mark.parametrize("t", TIMES)
@pytest.mark.parametrize("count", [6, 29, 30, 31, 75])
def test_both_spaces_give_the_printed_formula(t, count):
    """Below N patterns it is solved in pattern space, above in site space; the formula is one."""
    xi = hp.patterns.random(count, 30, seed=2)
    np.testing.assert_allclose(decorrelation(xi, t), hollow(by_inverse(xi, t)), rtol=0, atol=1e-11)
    np.testing.assert_allclose(dreaming_kernel(xi, t), (1 + t) * decorrelation(xi, t), rtol=1e-9, atol=1e-11)


def test_awake_it_is_hebb_and_asleep_for_ever_the_projection():
    np.testing.assert_allclose(dreaming_kernel(XI, 0), hp.hebb(XI), rtol=0, atol=1e-15)
    np.testing.assert_array_equal(dreaming_kernel(XI, math.inf), hp.projection(XI))
    far = [np.abs(dreaming_kernel(XI, t) - hp.projection(XI)).max() for t in (1e2, 1e4, 1e6)]
    assert far[0] > 50 * far[1] > 2500 * far[2] > 0  # as 1/t


def test_one_pattern_by_hand():
    """C = 1: the kernel is Hebb at every t, decorrelation fades as 1/(1 + t)."""
    J = np.array([[0.0, -1.0], [-1.0, 0.0]]) / 2
    np.testing.assert_allclose(dreaming_kernel([[1, -1]], 3.0), J, rtol=1e-15)
    np.testing.assert_allclose(decorrelation([[1, -1]], 3.0), J / 4, rtol=1e-15)


def test_two_patterns_by_hand():
    """Overlap c = ½: the sum has eigenvalue 3/2 and the difference ½, at t = 1 both times (1 + t) / (1 + t g)."""
    xi = np.array([[1, 1, 1, 1], [1, 1, 1, -1]])
    plus, minus = (xi[0] + xi[1]) / 2, (xi[0] - xi[1]) / 2  # lengths² 3 and 1
    expected = 2 * 1.5 / 2.5 * np.outer(plus, plus) / 3 + 2 * 0.5 / 1.5 * np.outer(minus, minus)
    np.testing.assert_allclose(dreaming_kernel(xi, 1.0), hollow(expected), rtol=0, atol=1e-15)


def test_equations_of_motion():
    """dA/dt = -A² and dJ/dt = (J - J²)/(1 + t), diagonals kept: central differences of the explicit formula."""
    t, h = 1.7, 1e-4
    A, slope = by_inverse(XI, t), (by_inverse(XI, t + h) - by_inverse(XI, t - h)) / (2 * h)
    np.testing.assert_allclose(slope, -A @ A, rtol=0, atol=1e-8)
    J, slope = (1 + t) * A, A + (1 + t) * slope
    np.testing.assert_allclose(slope, (J - J @ J) / (1 + t), rtol=0, atol=1e-8)


def test_linear_dreams_follow_decorrelation_on_average():
    """A -= (eps/N) (A s)(A s)^T, s random: 4000 dreams of eps = 0.01 at N = 30 are t = 4/3 (Plakhov & Semenov 1994).

    The noise of a path is of order sqrt(eps); the couplings of Hebb's rule are ten times as far away.
    """
    noise = hp.patterns.random(4000, 30, seed=3).astype(float)
    J = XI.T.astype(float) @ XI / 30
    for s in noise:
        answer = J @ s
        J -= 0.01 / 30 * np.outer(answer, answer)
    left, taken = np.abs(hollow(J) - decorrelation(XI, 4 / 3)).max(), np.abs(hollow(J) - hp.hebb(XI)).max()
    assert left < 0.1 * taken


def test_more_patterns_than_units_and_copies_are_fine_at_finite_time():
    copies = np.concatenate([XI, XI[:2]])
    assert np.isfinite(dreaming_kernel(copies, 1e3)).all()
    assert np.isfinite(dreaming_kernel(hp.patterns.random(90, 30, seed=4), 1e3)).all()
    with pytest.raises(ValueError, match="pattern 6 equals pattern 0"):
        dreaming_kernel(copies, math.inf)


def test_samples_of_disorder_are_learned_one_by_one():
    for count in (4, 20):
        xi = hp.patterns.random(count, 12, seed=5, disorder=3)
        np.testing.assert_allclose(dreaming_kernel(xi, 2.0), [dreaming_kernel(x, 2.0) for x in xi], rtol=0, atol=1e-13)


def test_a_finite_time_recalls_better_from_noise_than_none_or_for_ever():
    """Load 0.5, N = 200, 10 % flips, 4 samples × 100 patterns; 0.00, 0.86 and 0.62 recalled at this seed."""
    xi = hp.patterns.random(100, 200, seed=1, disorder=4)
    cue = hp.patterns.corrupt(xi, flip=0.1, seed=2)
    recalled = []
    for t in (0.0, 8.0, math.inf):
        net = hp.hopfield(xi, rule=lambda p, t=t: dreaming_kernel(p, t))
        recalled.append(((hp.settle(net, cue, seed=3).state * xi).mean("site") > 0.95).mean().item())
    assert recalled[1] > recalled[2] + 0.1 > recalled[0] + 0.5


@pytest.mark.parametrize("time", [-1.0, float("nan"), "long", None, True])
def test_a_time_that_is_none_is_refused(time):
    with pytest.raises(ValueError, match="time must be a number from 0"):
        dreaming_kernel(XI, time)


def test_decorrelation_has_no_end():
    with pytest.raises(ValueError, match="fades to nothing"):
        decorrelation(XI, math.inf)

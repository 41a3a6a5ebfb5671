"""Logarithmic bins: their edges, what a run in equilibrium costs in false alarms, and what a drift looks like."""

import numpy as np
import pytest

from hopphys import statistics


def test_bins_are_the_last_half_the_quarter_before_and_so_on():
    found = statistics.equilibration(np.tile(np.arange(16.0), (3, 1)) + np.arange(3.0)[:, None])
    assert found.first.tolist() == [8, 4, 2, 1] and found.last.tolist() == [16, 8, 4, 2]
    assert found.value == pytest.approx([12.5, 6.5, 3.5, 2.0])
    assert found.error == pytest.approx(np.full(4, 1 / np.sqrt(3)))


@pytest.mark.parametrize("samples", [4, 32])
@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_runs_in_equilibrium_fail_no_more_often_than_is_said(samples, rate):
    """3000 runs, in which samples differ from each other for good, as disorder samples do: at most the stated rate
    with four standard errors of the count, and at least a third of it (the two comparisons overlap).
    """
    rng = np.random.default_rng(samples)
    values = rng.normal(size=(3000, samples, 64)) + 5 * rng.normal(size=(3000, samples, 1))
    failed = 1 - statistics.equilibration(values, rate).equilibrated.mean()
    assert rate / 3 < failed < rate + 4 * np.sqrt(rate / 3000)


def test_a_slow_relaxation_is_called_not_equilibrated_until_it_is_over():
    noise = 0.3 * np.random.default_rng(1).normal(size=(20, 4096))
    time = np.arange(4096)
    assert not statistics.equilibration(noise + np.exp(-time / 1500)).equilibrated
    assert statistics.equilibration(noise + np.exp(-time / 50)).equilibrated


def test_frozen_runs_are_not_equilibrated_and_neither_is_a_common_step():
    frozen = np.tile(np.arange(5.0)[:, None] * 0.1, (1, 32))
    for values, status in (
        (np.ones((4, 100)), "constant"),
        (frozen, "constant, and they differ"),
        (frozen + (np.arange(32) >= 16), "drifting"),
    ):
        found = statistics.equilibration(values)
        assert not found.equilibrated and found.status == status
    moving = np.random.default_rng(1).normal(size=(2, 8, 64))
    moving[0] = 1.0
    assert statistics.equilibration(moving).status.tolist() == ["constant", "equilibrated"]
    assert statistics.equilibration(moving).equilibrated.tolist() == [False, True]


def test_leading_axes_are_cases_of_their_own():
    values = np.random.default_rng(2).normal(size=(2, 3, 6, 40))
    found = statistics.equilibration(values)
    assert found.value.shape == (2, 3, 5) and found.equilibrated.shape == (2, 3)
    assert found.away[1, 2] == statistics.equilibration(values[1, 2]).away


@pytest.mark.parametrize(
    ("values", "rate", "words"),
    [
        (np.zeros((1, 20)), 0.01, "at least 2 independent"),
        (np.zeros((4, 7)), 0.01, "at least 8 records"),
        (np.zeros((4, 8)), 1.5, "false_alarm"),
    ],
)
def test_meaningless_input_is_refused_in_words(values, rate, words):
    with pytest.raises(ValueError, match=words):
        statistics.equilibration(values, rate)

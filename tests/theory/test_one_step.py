"""One-step errors at finite N: against all sign patterns, against the limit, and against networks."""

import itertools

import numpy as np
import pytest

import hopphys as hp
from hopphys.theory import capacity


@pytest.mark.parametrize(("size", "count"), [(4, 3), (3, 5), (6, 3), (2, 7)])
def test_one_step_error_counts_all_signs(size, count):
    sums = [sum(signs) for signs in itertools.product((-1, 1), repeat=(count - 1) * (size - 1))]
    turned = np.mean(np.array(sums) < -(size - 1))
    assert capacity.one_step_error_at(size, count) == pytest.approx(turned, rel=1e-12)


def test_a_single_pattern_turns_no_bit():
    assert capacity.one_step_error_at(100, 1) == 0
    assert capacity.exactly_fixed(100, 1) == 1


def test_one_step_error_tends_to_the_gaussian_tail():
    sizes = np.array([10**3, 10**5])
    ratio = capacity.one_step_error_at(sizes, 0.138 * sizes) / capacity.one_step_error(0.138)
    assert abs(ratio[-1] - 1) < 2e-3 < abs(ratio[0] - 1) < 0.1


@pytest.mark.parametrize(("size", "count"), [(100, 16), (300, 39)])
def test_patterns_that_share_overlaps_are_fixed_as_often_as_in_networks(size, count):
    """300 networks, |z| < 4 with 0.02 for the Gaussian of a bit; independent bits would be 0.04 to 0.07 off."""
    stored = hp.patterns.random(count, size, seed=1, disorder=300)
    fixed = (hp.hopfield(stored).local_field(stored) * stored >= 0).all(axis=2).mean(axis=1)
    error = fixed.std(ddof=1) / np.sqrt(300)
    assert abs(fixed.mean() - capacity.exactly_fixed(size, count)) < 4 * error + 0.02
    independent = (1 - capacity.one_step_error_at(size, count)) ** size
    assert abs(fixed.mean() - capacity.exactly_fixed(size, count)) < abs(fixed.mean() - independent)

"""Symmetric mixtures: published overlaps and energies, and stability by brute force on the free energy."""

from itertools import product

import numpy as np
import pytest
from scipy import optimize

from hopphys.theory import mixtures


def free_energy(m, temperature):
    """f of n overlaps by the sum over all 2^n signs, with nothing taken from the module."""
    signs = np.array(list(product((-1.0, 1.0), repeat=len(m))))
    field = signs @ m / temperature
    return 0.5 * m @ m - temperature * np.logaddexp(field, -field).mean()


def hessian(m, temperature):
    """Second derivatives from exact first ones, m - <xi tanh>, by central differences."""
    signs = np.array(list(product((-1.0, 1.0), repeat=len(m))))

    def gradient(x):
        return x - (np.tanh(signs @ x / temperature)[:, None] * signs).mean(axis=0)

    step = 1e-5 * np.eye(len(m))
    return np.array([(gradient(m + d) - gradient(m - d)) / 2e-5 for d in step])


@pytest.mark.parametrize(
    ("count", "overlap", "energy"),
    [(1, 1.0, -0.5), (3, 0.5, -0.375), (5, 0.375, -0.3515625), (7, 0.3125, -0.341796875)],
)
def test_overlaps_and_energies_of_amit_gutfreund_and_sompolinsky(count, overlap, energy):
    assert mixtures.overlap(count) == pytest.approx(overlap, abs=1e-15)
    assert mixtures.energy(count) == pytest.approx(energy, abs=1e-15)
    assert mixtures.free_energy(count, 0.0) == mixtures.energy(count)


def test_large_mixtures_approach_the_gaussian_limit():
    assert mixtures.energy(2001) == pytest.approx(-1 / np.pi, abs=2e-4)


@pytest.mark.parametrize("count", [1, 3, 5])
@pytest.mark.parametrize("temperature", [0.05, 0.3, 0.44, 0.8])
def test_symmetric_overlap_is_a_stationary_point_of_the_free_energy(count, temperature):
    m = np.full(count, mixtures.overlap(count, temperature))
    slope = optimize.approx_fprime(m, free_energy, 1e-7, temperature)
    assert np.abs(slope).max() < 1e-6
    assert mixtures.free_energy(count, temperature) == pytest.approx(free_energy(m, temperature), abs=1e-12)


@pytest.mark.parametrize("count", [1, 3, 5])
@pytest.mark.parametrize("temperature", [0.2, 0.5, 0.8])
def test_stability_is_the_smallest_eigenvalue_of_the_hessian_with_a_pattern_outside(count, temperature):
    """One more pattern, of overlap 0, stands for all those outside the mixture."""
    m = np.append(np.full(count, mixtures.overlap(count, temperature)), 0.0)
    smallest = np.linalg.eigvalsh(hessian(m, temperature)).min()
    assert mixtures.stability(count, temperature) == pytest.approx(smallest, abs=1e-7)


@pytest.mark.parametrize("count", [3, 5, 7])
def test_stability_changes_sign_at_the_published_temperatures(count):
    """Amit, Gutfreund & Sompolinsky 1985 print 0.46 for n = 3; larger mixtures are lost before."""
    limit = mixtures.stable_below(count)
    assert mixtures.stability(count, limit - 1e-8) > 0 > mixtures.stability(count, limit + 1e-8)
    assert mixtures.stability(count, limit) == pytest.approx(0, abs=1e-8)


def test_three_mixture_is_lost_near_0_46_and_others_earlier():
    limits = [mixtures.stable_below(count) for count in (1, 3, 5, 7, 9)]
    assert limits[0] == 1 and limits == sorted(limits, reverse=True)
    assert limits[1] == pytest.approx(0.46, abs=0.005)
    # By hand: the unbalancing eigenvalue of n = 3 is 0 at T = 1 - tanh² a with T = (tanh 3a + tanh a) / 4a.
    a = optimize.brentq(lambda a: (np.tanh(3 * a) + np.tanh(a)) / (4 * a) - 1 + np.tanh(a) ** 2, 0.5, 2, xtol=1e-14)
    assert limits[1] == pytest.approx(1 - np.tanh(a) ** 2, abs=1e-10)


@pytest.mark.parametrize("above", [False, True])
def test_descent_of_the_free_energy_stays_in_a_stable_mixture_and_leaves_an_unstable_one(above):
    temperature = mixtures.stable_below(3) + (0.03 if above else -0.03)
    m = np.full(3, mixtures.overlap(3, temperature)) * np.array([1.001, 1.0, 0.999])
    end = optimize.minimize(free_energy, m, (temperature,), method="BFGS", options={"gtol": 1e-9}).x
    assert (np.ptp(end) > 0.5) == above


def test_nothing_is_left_from_the_critical_temperature_on():
    assert mixtures.overlap(3, 1.0) == 0 and mixtures.overlap(1, 0.999) > 0
    assert mixtures.free_energy(5, 1.2) == pytest.approx(-1.2 * np.log(2))


def test_share_of_three_mixtures_is_the_share_of_gaussian_starts_without_a_dominant_overlap():
    """False-alarm rate 1e-4 for a fixed sample of 400 000: 3.9 standard errors."""
    m = np.sort(np.abs(np.random.default_rng(1).standard_normal((400_000, 3))), axis=1)
    share = (m[:, 2] < m[:, 0] + m[:, 1]).mean()
    assert abs(share - mixtures.three_basin()) < 3.9 * np.sqrt(share * (1 - share) / len(m))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mixtures.overlap(4), "count must be odd, but it is 4"),
        (lambda: mixtures.energy(0), "whole number from 1"),
        (lambda: mixtures.overlap(3, -0.1), "temperature must lie between 0"),
        (lambda: mixtures.stability(3, 1.5), "temperature must lie between 0 and 1"),
    ],
)
def test_meaningless_mixtures_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()

"""The square lattice against Kaufman's exact finite-size results, through the error bars of the run.

|z| < 4: a false-alarm rate of 6e-5 a comparison with errors known to 12 %; seeds are fixed.
"""

import numpy as np
import pytest

import hopphys as hp
from hopphys import statistics
from hopphys.theory import ising

LENGTH, REPLICAS, SWEEPS, WARM_UP = 8, 64, 2_400, 400


def energies(temperature, dynamics, seed=1, replicas=REPLICAS, sweeps=SWEEPS):
    """Energies (replica, record) after the warm-up. Ordered starts of either sign: below Tc a random start may stay
    striped for long.
    """
    start = np.ones((replicas, LENGTH**2))
    start[::2] = -1
    run = hp.sample(
        hp.ising(hp.square(LENGTH)), temperature=temperature, sweeps=sweeps, dynamics=dynamics, replicas=replicas,
        seed=seed, start=start, record=2, observe=(hp.energy,),
    )  # fmt: skip
    return run.energy.sel(sweep=slice(WARM_UP + 1, None)).values


def z_scores(e, temperature, exact):
    """(measured - exact) / error of u and of c, errors by jackknife over replicas."""
    moments = np.stack([e.mean(axis=1), (e**2).mean(axis=1)], axis=-1)

    def u_and_c(part):
        first, second = part.mean(axis=0)
        return np.array([first, (second - first**2) / temperature**2]) / LENGTH**2

    found = statistics.jackknife(u_and_c, moments)
    return (found.value - np.array([exact.u, exact.c])) / found.error


@pytest.mark.parametrize("temperature", [2.0, ising.TC])
@pytest.mark.parametrize("dynamics", [hp.CHECKERBOARD, hp.GLAUBER], ids=lambda d: d.name)
def test_energy_and_heat_capacity_agree_with_kaufman(temperature, dynamics):
    exact = ising.kaufman(LENGTH, LENGTH, temperature)
    assert np.all(np.abs(z_scores(energies(temperature, dynamics), temperature, exact)) < 4)


@pytest.mark.parametrize(("sampled", "claimed"), [(2.02, 2.0), (2.25, ising.TC)])
def test_a_temperature_that_is_one_per_cent_off_is_noticed(sampled, claimed):
    """The broken twin: the energy is then tens of standard errors away."""
    exact = ising.kaufman(LENGTH, LENGTH, claimed)
    assert np.abs(z_scores(energies(sampled, hp.CHECKERBOARD), claimed, exact))[0] > 4


def test_the_infinite_lattice_is_not_what_eight_by_eight_samples_at_tc():
    e = energies(ising.TC, hp.CHECKERBOARD)
    mean = statistics.standard_error(e.mean(axis=1))
    assert abs(mean.value / LENGTH**2 - ising.onsager_energy(ising.TC)) > 10 * mean.error / LENGTH**2


def test_one_long_chain_knows_its_error():
    """The error from the autocorrelation time of each chain against the scatter of the chains, and z < 4 of each chain.

    64 independent chains: the mean of their error bars is known to a few per cent, their scatter to 9 %.
    """
    exact = ising.kaufman(LENGTH, LENGTH, ising.TC)
    e = energies(ising.TC, hp.CHECKERBOARD) / LENGTH**2
    chains = statistics.chain_mean(e)
    assert np.all(np.abs(chains.value - float(exact.u)) < 4 * chains.error)
    assert np.sqrt((chains.error**2).mean()) == pytest.approx(chains.value.std(ddof=1), rel=0.35)
    naive = statistics.standard_error(e, axis=1).error
    assert chains.value.std(ddof=1) > 1.5 * naive.mean()  # what ignoring the autocorrelation would have claimed


@pytest.mark.statistical
@pytest.mark.parametrize("temperature", [1.5, 2.0, ising.TC, 2.6, 5.0])
@pytest.mark.parametrize("update", ["heat_bath", "metropolis"])
@pytest.mark.parametrize("order", ["random", "shuffled", "sequential", "blocks"])
def test_every_sampler_agrees_with_kaufman(temperature, update, order):
    exact = ising.kaufman(LENGTH, LENGTH, temperature)
    e = energies(temperature, hp.Dynamics(update, order), seed=2, sweeps=10_000)
    assert np.all(np.abs(z_scores(e, temperature, exact)) < 4)

"""Bit-packed lattices against Kaufman's exact finite-size results: 64 replicas a word, and 64 strips of one lattice.

|z| < 4: a false-alarm rate of 6e-5 a comparison with errors known to 12 %; seeds are fixed.
"""

import numpy as np
import pytest

import hopphys as hp
from hopphys import statistics
from hopphys.engine import packed_layout
from hopphys.theory import ising


def z_score(length, temperature, update, sweeps, replicas=64, sampled=None):
    """(measured - exact) / error of the energy, by the scatter of independent replicas."""
    hamiltonian = hp.ising(hp.square(length))
    assert (packed_layout.layout(hamiltonian).stride > 0) == (length == 128)
    start = np.ones((replicas, length**2))
    start[::2] = -1
    run = hp.sample(
        hamiltonian, temperature=sampled or temperature, sweeps=sweeps, dynamics=hp.Dynamics(update, "blocks"),
        replicas=replicas, seed=11, start=start, record=2, observe=hp.energy,
    )  # fmt: skip
    mean = statistics.standard_error(run.energy.sel(sweep=slice(sweeps // 5, None)).mean("sweep").values)
    return (mean.value / length**2 - ising.kaufman(length, length, temperature).u) / (mean.error / length**2)


@pytest.mark.statistical
@pytest.mark.parametrize("update", ["heat_bath", "metropolis"])
@pytest.mark.parametrize(("length", "temperature"), [(16, 2.0), (16, ising.TC), (32, 2.1), (32, 2.6), (32, ising.TC)])
def test_packed_replicas_agree_with_kaufman(length, temperature, update):
    assert abs(z_score(length, temperature, update, sweeps=20_000)) < 4


@pytest.mark.statistical
@pytest.mark.parametrize("update", ["heat_bath", "metropolis"])
@pytest.mark.parametrize("temperature", [1.8, 2.6, 4.0])
def test_packed_strips_agree_with_kaufman(temperature, update):
    assert abs(z_score(128, temperature, update, sweeps=3_000, replicas=16)) < 4


@pytest.mark.statistical
def test_a_temperature_that_is_half_a_per_cent_off_is_noticed():
    assert abs(z_score(32, 2.6, "metropolis", sweeps=20_000, sampled=2.613)) > 4

"""Kernels equal the NumPy reference spin for spin, on any number of threads, in any chunks, after any pause."""

import numpy as np
import pytest
import zoo

import hopphys as hp
from hopphys.engine import reference, sampling, sweepers

UPDATES = ("heat_bath", "metropolis", "threshold")
ORDERS = ("random", "shuffled", "sequential", "blocks")


def dynamics_of(hamiltonian, update, order):
    try:
        dynamics = hp.Dynamics(update, order)
        hp.sample(hamiltonian, beta=1.0, sweeps=1, dynamics=dynamics, seed=0)
    except ValueError as refusal:
        assert "blocks" in str(refusal) or "directed" in str(refusal)
        return None
    return dynamics


def run(hamiltonian, dynamics, **options):
    return hp.sample(
        hamiltonian, **{"beta": [0.4, 1.3], "sweeps": 6, "replicas": 5, "seed": 7, **options}, dynamics=dynamics
    )


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("name", zoo.KERNEL)
def test_kernel_equals_reference_spin_for_spin(name, update, order, monkeypatch):
    hamiltonian = zoo.KERNEL[name]
    dynamics = dynamics_of(hamiltonian, update, order)
    if dynamics is None:
        return
    assert sweepers.compiled(hamiltonian.interaction) is not None
    compiled = run(hamiltonian, dynamics)
    monkeypatch.setattr(sampling, "sweeper", reference.sweeper)
    plain = run(hamiltonian, dynamics)
    assert np.array_equal(compiled.state, plain.state)
    assert np.array_equal(compiled.acceptance, plain.acceptance)


def test_comparison_of_kernel_and_reference_notices_another_random_number(monkeypatch):
    hamiltonian = zoo.KERNEL["hopfield"]
    compiled = run(hamiltonian, hp.GLAUBER, replicas=40)
    monkeypatch.setattr(sampling, "sweeper", reference.sweeper)
    monkeypatch.setattr(reference, "DECIDE", 2)
    assert not np.array_equal(compiled.state, run(hamiltonian, hp.GLAUBER, replicas=40).state)


@pytest.mark.parametrize("name", zoo.KERNEL)
def test_one_and_two_threads_give_the_same_bits(name, monkeypatch):
    monkeypatch.setattr("hopphys.engine.rows.SERIAL", 0)
    results = []
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("HOPPHYS_THREADS", threads)
        results.append(run(zoo.KERNEL[name], hp.GLAUBER, replicas=9))
    assert all(results[0].drop_attrs().identical(other.drop_attrs()) for other in results[1:])


@pytest.mark.parametrize("name", [*zoo.KERNEL, *zoo.REFERENCE_ONLY])
@pytest.mark.parametrize("record", [1, 4, 0])
def test_whole_run_equals_its_chunks(name, record):
    hamiltonian = {**zoo.KERNEL, **zoo.REFERENCE_ONLY}[name]
    whole = run(hamiltonian, hp.GLAUBER, sweeps=12, record=record)
    again = run(hamiltonian, hp.GLAUBER, sweeps=12, record=12)
    assert np.array_equal(whole.state, again.state)
    first = run(hamiltonian, hp.GLAUBER, sweeps=5)
    rest = run(hamiltonian, hp.GLAUBER, sweeps=7, start=first)
    assert np.array_equal(whole.state, rest.state)
    assert rest.sweep[-1] == 12 and rest.attrs["sweeps"] == 12


def test_resumed_run_survives_a_file(tmp_path):
    hamiltonian = zoo.KERNEL["dense, real couplings"]
    first = run(hamiltonian, hp.GLAUBER, sweeps=9)
    hp.dataset.save(first, tmp_path / "run.nc")
    rest = run(hamiltonian, hp.GLAUBER, sweeps=3, start=hp.dataset.load(tmp_path / "run.nc"))
    assert np.array_equal(rest.state, run(hamiltonian, hp.GLAUBER, sweeps=12).state)


def test_replicas_and_temperatures_keep_their_numbers_in_larger_calls():
    hamiltonian = zoo.KERNEL["hopfield"]
    few, many = run(hamiltonian, hp.GLAUBER, replicas=3), run(hamiltonian, hp.GLAUBER, replicas=8, beta=[0.9, 0.4, 1.3])
    assert np.array_equal(few.state, many.state.sel(beta=[0.4, 1.3]).isel(replica=slice(3)))


def test_temperatures_of_one_call_have_different_noise():
    free = hp.custom(lambda s: np.zeros(s.shape[:-1]), 40)
    states = hp.sample(free, beta=[0.4, 1.3], sweeps=3, replicas=50, dynamics=hp.GLAUBER, seed=7).state.values
    # 2000 independent pairs of fair spins: |sum| > 4 sqrt(2000) once in 16 000 seeds
    assert abs((states[0].astype(int) * states[1]).sum()) < 4 * np.sqrt(2000)


def test_couplings_that_are_multiples_of_one_number_keep_exact_ties():
    couplings = np.zeros((4, 4))
    couplings[0, 1:] = couplings[1:, 0] = 0.1, 0.2, -0.3
    assert 0.1 + 0.2 - 0.3 != 0  # what floating-point fields would make of the tie
    net = hp.Hamiltonian(hp.Dense(couplings), 0.0, (hp.Block("visible", 4, hp.SPIN),))
    for start in ([1, 1, 1, 1], [-1, 1, 1, 1]):
        assert net.gap(np.array(start), 0) == 0
        assert hp.sample(net, sweeps=1, dynamics=hp.HOPFIELD, start=start, seed=1).state[0, 0] == start[0]


def test_large_overlaps_do_not_wrap():
    xi = np.ones((1, 40_000), np.int8)
    found = hp.settle(hp.hopfield(xi), hp.patterns.corrupt(xi, flip=0.2, seed=1), seed=2)
    assert (found.state == 1).all() or (found.state == -1).all()

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


def fields_of(run, hamiltonian):
    return np.abs(run.field.values - run.state.values.astype(float) @ hamiltonian.interaction.couplings).max()


def test_continued_run_trusts_carried_fields_only_where_they_are_those_of_its_states():
    hamiltonian = zoo.KERNEL["dense, real couplings"]
    other = hp.boltzmann_machine(3.0 * hamiltonian.interaction.couplings, 0.2)
    first = run(hamiltonian, hp.GLAUBER, beta=0.7, sweeps=9)
    flipped = first.assign(state=1 - first.state)
    for model, start, options in [
        (other, first, {}),
        (hamiltonian, flipped, {}),
        (hamiltonian, first, {"clamp": {0: 1, 1: 0}}),
        (hamiltonian, first.isel(replica=[0]), {"replicas": 40}),
        (hamiltonian, first, {"beta": [0.3, 0.7]}),
    ]:
        rest = run(model, hp.GLAUBER, **{"beta": 0.7, "sweeps": 4, "start": start, **options})
        assert fields_of(rest, model) < 1e-12
    together = run(hamiltonian, hp.LITTLE, beta=0.7, sweeps=4, start=first)
    assert "field" not in together


def test_start_may_be_a_dataset_its_state_or_what_settled():
    hamiltonian = zoo.KERNEL["dense, real couplings"]
    first = run(hamiltonian, hp.GLAUBER, beta=0.7, sweeps=9)
    found = hp.settle(hamiltonian, first, seed=1)
    assert np.array_equal(found.state, hp.settle(hamiltonian, first.state, seed=1).state)
    for start, sweeps in ((first.state, 2), (found, 2), (found.state, 2), (first, 11)):
        assert run(hamiltonian, hp.GLAUBER, beta=0.7, sweeps=2, start=start).attrs["sweeps"] == sweeps


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


@pytest.mark.parametrize("name", ["hopfield with a bias that ties", "0/1 couplings and bias that tie"])
def test_whole_fields_and_biases_tie_exactly(name):
    net = zoo.KERNEL[name]
    states = hp.sample(net, beta=0.0, sweeps=1, replicas=2000, seed=1).state.values
    gap = net.gap(states)
    tied = np.abs(gap) < 1e-9
    assert tied.sum() > 100 and (gap[tied] == 0).all()
    for dynamics in (hp.HOPFIELD, hp.SYNCHRONOUS):
        rows, sites = np.nonzero(tied)
        held = [i for i in range(net.size) if i != sites[0]]
        after = hp.sample(net, sweeps=1, dynamics=dynamics, start=states[rows[0]], clamp=held, seed=2)
        assert after.state.values[0, sites[0]] == states[rows[0], sites[0]]


def test_a_bias_far_below_the_couplings_still_decides_a_free_site():
    # Taken for a multiple of the bond, it would round to none.
    model = hp.ising(hp.graph([(0, 1)], 3), 1.0, [0, 0, 5e-13])
    assert hp.settle(model, [1, 1, -1], seed=1).state.values.tolist() == [[1, 1, 1]]


def test_large_overlaps_do_not_wrap():
    xi = np.ones((1, 40_000), np.int8)
    found = hp.settle(hp.hopfield(xi), hp.patterns.corrupt(xi, flip=0.2, seed=1), seed=2)
    assert (found.state == 1).all() or (found.state == -1).all()

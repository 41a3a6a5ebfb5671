"""Energies from carried fields are the energies of the states."""

import numpy as np
import pytest
import zoo

import hopphys as hp
from hopphys.engine.energies import energies
from hopphys.engine.rows import Rows, lay_out, random_start, working_type
from hopphys.engine.sweepers import sweeper


@pytest.mark.parametrize("name", [*zoo.KERNEL, *zoo.REFERENCE_ONLY])
def test_energies_of_rows_are_those_of_their_states(name):
    hamiltonian = {**zoo.KERNEL, **zoo.REFERENCE_ONLY}[name]
    stream, which, plan, shape = lay_out(hamiltonian, [(0.4,), (1.3,)], 3, 1, "test")
    state = random_start(hamiltonian, stream).astype(working_type(hamiltonian, "heat_bath"))
    rows = Rows(state, stream, which, plan, shape)
    sweeper(hamiltonian, hp.GLAUBER)(rows, np.repeat([[0.4], [1.3]], 5, axis=1), 0)
    if hamiltonian.directed:
        return
    expected = hamiltonian.energy(rows.unfolded(hamiltonian.disorder is not None)).ravel()
    assert energies(hamiltonian, rows) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ["ring", "hopfield", "patterns"])
def test_energies_with_a_bias_do_not_depend_on_how_many_states_there_are(name):
    """A matrix product rounds a row by how many rows there are; 0.1 times random numbers are no binary fractions."""
    xi = hp.patterns.random(3, 50, seed=1)
    bias = 0.1 * np.random.default_rng(1).normal(size=50)
    model = {
        "ring": hp.ising(hp.chain(50), 1.0, bias),
        "hopfield": hp.Hamiltonian(hp.hopfield(xi).interaction, bias, (hp.Block("visible", 50, hp.SPIN),)),
        "patterns": hp.Hamiltonian(hp.dense_memory(xi).interaction, bias, (hp.Block("visible", 50, hp.SPIN),)),
    }[name]
    states = np.random.default_rng(2).choice([-1.0, 1.0], (400, 50))
    together = model.energy(states)
    for count in (1, 3, 64):
        assert np.array_equal(model.energy(states[:count]), together[:count])
    assert np.array_equal(model.energy(np.asfortranarray(states)), together)
    few, many = (hp.sample(model, beta=0.7, sweeps=3, replicas=count, seed=1) for count in (4, 400))
    assert np.array_equal(few.energy, many.energy[:4])

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

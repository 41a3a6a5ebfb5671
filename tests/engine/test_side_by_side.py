"""Rows that visit the same site together do what each would have done alone."""

import numpy as np
import pytest

import hopphys as hp
from hopphys.engine import reference, sampling
from hopphys.kernels import side_by_side, single_site

MODELS = {
    "gaussian cube": hp.spin_glass(hp.cubic(3), "gaussian", seed=1),
    "gaussian glass, disorder": hp.spin_glass(hp.square(4, 3), "gaussian", seed=2, disorder=3, bias=0.2),
    "0/1, weighted graph": hp.recast(hp.ising(hp.graph([(0, 1, 0.5), (1, 2, -1.2), (0, 3, 0.7)])), hp.BINARY),
    "ferromagnet with ties": hp.ising(hp.chain(5), 1.0),
}
ORDERED = [hp.Dynamics(update, "sequential") for update in ("heat_bath", "metropolis")]


def run(model, dynamics, **options):
    asked = {"beta": [0.0, 0.4, 1.3, np.inf], "sweeps": 8, "replicas": 70, "seed": 7, "record": 3, **options}
    return hp.sample(model, dynamics=dynamics, **asked)


@pytest.mark.parametrize("dynamics", ORDERED, ids=lambda d: d.name)
@pytest.mark.parametrize("name", MODELS)
def test_rows_together_equal_the_reference_and_rows_alone(name, dynamics, monkeypatch):
    together = run(MODELS[name], dynamics)
    monkeypatch.setattr(side_by_side, "sweep_neighbours_together", single_site.sweep_neighbours)
    assert run(MODELS[name], dynamics).drop_attrs().identical(together.drop_attrs())
    monkeypatch.setattr(sampling, "sweeper", reference.sweeper)
    assert run(MODELS[name], dynamics).state.identical(together.state)


def test_neither_the_number_of_rows_nor_of_threads_matters(monkeypatch):
    whole = run(MODELS["gaussian glass, disorder"], ORDERED[1])
    few = run(MODELS["gaussian glass, disorder"], ORDERED[1], replicas=3, beta=[1.3, 0.4])
    assert np.array_equal(few.state.sel(beta=[0.4, 1.3]), whole.state.sel(beta=[0.4, 1.3]).isel(replica=slice(3)))
    monkeypatch.setattr("hopphys.engine.rows.SERIAL", 0)
    for threads in ("2", "3"):
        monkeypatch.setenv("HOPPHYS_THREADS", threads)
        again = run(MODELS["gaussian glass, disorder"], ORDERED[1])
        assert again.drop_attrs().identical(whole.drop_attrs())


def test_single_precision_is_far_closer_than_what_counts_as_near():
    # Twice the error of exp(-x) leaves room for that of x itself, rounded from beta x gap.
    x = np.linspace(-80, 80, 20_001, dtype=np.float32)
    found = np.array([side_by_side.falling(value) for value in x], dtype=float)
    assert 2 * np.abs(found / np.exp(-x.astype(float)) - 1).max() < side_by_side.NEAR


def test_couplings_of_every_size_follow_the_exact_rule(monkeypatch):
    # beta x gap from 1e-9 to 1e9, where single precision overflows its exponent or cannot tell a gap from none
    couplings = np.geomspace(1e-9, 1e9, 64) * np.where(np.arange(64) % 2, 1, -1)
    model = hp.ising(hp.chain(65, periodic=False), coupling=couplings)
    together = run(model, ORDERED[1])
    monkeypatch.setattr(sampling, "sweeper", reference.sweeper)
    assert run(model, ORDERED[1]).state.identical(together.state)

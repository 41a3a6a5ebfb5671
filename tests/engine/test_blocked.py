"""Blocks of sites by matrix products make the same attempts, one after another, as fields that are carried along."""

import numpy as np
import pytest

import hopphys as hp
from hopphys.engine import reference, sampling
from hopphys.engine.compiled import blocked
from hopphys.kernels import blocked as kernel

SIZE = 45  # two blocks, the second one short


def glass(samples=None, seed=1):
    shape = (SIZE, SIZE) if samples is None else (samples, SIZE, SIZE)
    upper = np.triu(np.random.default_rng(seed).integers(-3, 4, size=shape), 1)
    return upper + np.swapaxes(upper, -1, -2)


def spins(couplings, bias=0.0, space=hp.SPIN):
    return hp.Hamiltonian(hp.Dense(couplings), bias, (hp.Block("visible", SIZE, space),))


MODELS = {
    "directed": hp.directed(
        np.random.default_rng(5).integers(-3, 4, size=(SIZE, SIZE)) * (1 - np.eye(SIZE, dtype=int))
    ),
    "glass": spins(glass()),
    "glass in a field, disorder": spins(glass(samples=3), bias=0.3),
    "0/1, whole bias that ties": spins(glass(), bias=-1.0, space=hp.BINARY),
}
ORDERED = [hp.Dynamics(update, "sequential") for update in ("heat_bath", "metropolis")]


def run(model, dynamics, **options):
    asked = {"beta": [0.0, 0.02, 0.1, np.inf], "sweeps": 11, "replicas": 20, "seed": 7, "record": 7, **options}
    return hp.sample(model, dynamics=dynamics, **asked)


@pytest.fixture
def always(monkeypatch):
    """Blocks from the second choice on, however few the sites and rows, and count how often they were used."""
    used = []
    true = blocked._in_blocks
    for name, value in (("FROM", 1), ("ROWS", 1), ("PAYS", -1.0), ("LOOK", 2)):
        monkeypatch.setattr(blocked, name, value)
    monkeypatch.setattr(blocked, "_in_blocks", lambda *a: (used.append(1), true(*a)))
    return used


@pytest.mark.parametrize("dynamics", ORDERED, ids=lambda d: d.name)
@pytest.mark.parametrize("name", MODELS)
def test_blocks_make_the_same_attempts_as_carried_fields_and_the_reference(name, dynamics, always, monkeypatch):
    if MODELS[name].directed and dynamics.update == "metropolis":
        return  # refused: directed couplings have no energy
    blocks = run(MODELS[name], dynamics)
    assert always
    with monkeypatch.context() as patched:
        patched.setattr(blocked, "possible", lambda *a: False)
        assert run(MODELS[name], dynamics).drop_attrs().identical(blocks.drop_attrs())
    monkeypatch.setattr(sampling, "sweeper", reference.sweeper)
    assert run(MODELS[name], dynamics).state.identical(blocks.state)


def test_a_change_that_is_not_passed_on_inside_the_block_is_noticed(always, monkeypatch):
    right = run(MODELS["glass"], ORDERED[0])
    true = kernel.sweep_block
    monkeypatch.setattr(kernel, "sweep_block", lambda fields, s, inner, *rest: true(fields, s, 0 * inner, *rest))
    assert not np.array_equal(run(MODELS["glass"], ORDERED[0]).state, right.state)


def test_threads_chunks_and_a_mixture_of_both_ways_change_nothing(always, monkeypatch):
    model = MODELS["glass in a field, disorder"]
    whole = run(model, ORDERED[0])
    monkeypatch.setattr(blocked, "PAYS", 0.25)  # some calls in blocks, others not
    assert run(model, ORDERED[0], record=3).state.identical(whole.state)
    monkeypatch.setattr("hopphys.engine.rows.SERIAL", 0)
    for threads in ("2", "3"):
        monkeypatch.setenv("HOPPHYS_THREADS", threads)
        assert run(model, ORDERED[0]).state.identical(whole.state)


def test_couplings_that_single_precision_cannot_add_exactly_are_left_to_carried_fields():
    columns, free = np.zeros((1, 2000, 2000), np.int32), np.arange(2000)
    assert blocked.possible(columns, 2.0**24 - 1, 64, free)
    assert not blocked.possible(columns, 2.0**24, 64, free)
    assert not blocked.possible(columns, np.inf, 64, free)
    assert not blocked.possible(columns, 1.0, 64, free[1:]) and not blocked.possible(columns, 1.0, 1, free)

"""Sweeps through packed patterns: the reference's bits, no overflow, and nothing skipped that could have moved."""

import tracemalloc
import zlib

import numpy as np
import pytest
from numba import njit

import hopphys as hp
from hopphys.engine import reference, sampling, settling
from hopphys.engine.compiled import patterns

ORDERS = ("random", "shuffled", "sequential")
SHAPES = [(1, 5), (3, 10), (64, 40), (65, 63), (130, 70)]


def both(monkeypatch, call, *modules):
    """What the kernels give, and what the reference sweeper gives."""
    compiled = call()
    for module in modules:
        monkeypatch.setattr(module, "sweeper", reference.sweeper)
    return compiled, call()


@pytest.mark.parametrize("update", ["heat_bath", "metropolis", "threshold"])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("space", [hp.SPIN, hp.BINARY])
def test_packed_patterns_of_every_shape_equal_the_reference(shape, order, update, space, monkeypatch):
    net = hp.hopfield(hp.patterns.random(*shape, seed=1, disorder=2), space=space, bias=0.3)
    assert patterns.packed_signs(net.interaction) is not None
    kernel, plain = both(
        monkeypatch,
        lambda: hp.sample(net, beta=[0.6, 2.0], sweeps=5, replicas=3, seed=2, dynamics=hp.Dynamics(update, order)),
        sampling,
    )
    assert np.array_equal(kernel.state, plain.state) and np.array_equal(kernel.acceptance, plain.acceptance)
    assert np.allclose(kernel.energy, plain.energy, rtol=1e-12, atol=1e-10)


@pytest.mark.parametrize("bias", [0.0, 0.25, -1 / 3])
@pytest.mark.parametrize("order", ORDERS)
def test_recall_skips_no_site_that_would_move(order, bias, monkeypatch):
    xi = hp.patterns.random(7, 90, seed=3, disorder=2)  # N / 2P = 6 flips: sites are skipped, and looked at again
    net = hp.hopfield(xi, bias=bias)
    cues = hp.patterns.corrupt(np.repeat(xi, 3, axis=1), flip=0.25, seed=4)
    kernel, plain = both(
        monkeypatch,
        lambda: hp.settle(net, cues, dynamics=hp.Dynamics("threshold", order), seed=5),
        settling,
    )
    assert kernel.sweeps.max() > 2
    for name in ("state", "sweeps", "converged", "period"):
        assert np.array_equal(kernel[name], plain[name])


def test_skipping_one_flip_too_long_would_be_noticed(monkeypatch):
    from hopphys.kernels import overlaps

    source = overlaps.settle_signs.py_func
    broken = {**source.__globals__, "CAUTION": 8.0}
    monkeypatch.setattr(overlaps, "settle_signs", njit(type(source)(source.__code__, broken)))
    net = hp.hopfield(hp.patterns.random(7, 60, seed=3))
    cues = hp.patterns.random(20, 60, seed=4)
    with pytest.raises(AssertionError):
        kernel, plain = both(monkeypatch, lambda: hp.settle(net, cues, seed=5), settling)
        assert np.array_equal(kernel.state, plain.state) and kernel.converged.all()


def test_sites_of_two_alphabets_and_clamped_ones_equal_the_reference(monkeypatch):
    xi = hp.patterns.random(5, 12, seed=6)
    sites = (hp.Block("spins", 6, hp.SPIN), hp.Block("units", 6, hp.BINARY))
    net = hp.Hamiltonian(hp.hopfield(xi).interaction, 0.1, sites).clamp({0: 1, 7: 0})
    kernel, plain = both(monkeypatch, lambda: hp.sample(net, beta=0.8, sweeps=6, replicas=9, seed=1), sampling)
    assert np.array_equal(kernel.state, plain.state)


@pytest.mark.parametrize("size", [8191, 8192, 32_767, 32_768])
def test_aligned_states_do_not_overflow_where_the_type_of_the_overlaps_changes(size):
    xi = np.ones((257, size), np.int8)  # every overlap is N, every field 257 (N - 1); five words a column
    net = hp.hopfield(xi)
    low, high = (np.full(size, level, np.int8) for level in (-1, 1))
    kind = patterns.packed_signs(net.interaction).arguments(low, high)[2].dtype
    assert kind == (np.int16 if size < patterns.NARROW else np.int32)
    run = hp.sample(net, temperature=0.5, sweeps=1, replicas=1, start=xi[0], seed=1)
    assert (run.state == 1).all()
    assert run.energy.item() == pytest.approx(-257 * (size - 1) / 2, rel=1e-12)
    cue = hp.patterns.corrupt(xi[:1], flip=0.2, seed=2)
    assert (hp.settle(net, cue, seed=1).state == 1).all()


@pytest.mark.parametrize("value", [0, 3])
def test_whole_patterns_that_are_no_signs_equal_the_reference(value, monkeypatch):
    xi = hp.patterns.random(4, 30, seed=1).copy()
    xi[0, :5] = value
    net = hp.Hamiltonian(hp.features.Patterns(xi), 0.0, (hp.Block("visible", 30, hp.SPIN),))
    assert patterns.packed_signs(net.interaction) is None
    kernel, plain = both(monkeypatch, lambda: hp.sample(net, beta=0.4, sweeps=8, replicas=9, seed=1), sampling)
    assert np.array_equal(kernel.state, plain.state)


@pytest.mark.parametrize("dynamics", [hp.GLAUBER, hp.HOPFIELD])
def test_threads_chunks_and_pauses_change_nothing(dynamics, monkeypatch):
    monkeypatch.setattr("hopphys.engine.rows.SERIAL", 0)
    net = hp.hopfield(hp.patterns.random(9, 70, seed=1, disorder=2), bias=0.1)
    options = {"beta": 0.9, "replicas": 5, "seed": 3, "dynamics": dynamics}
    runs = []
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("HOPPHYS_THREADS", threads)
        runs += [hp.sample(net, sweeps=8, record=record, **options) for record in (1, 4, 0)]
        first = hp.sample(net, sweeps=3, **options)
        runs.append(hp.sample(net, sweeps=5, start=first, **options))
    assert all(np.array_equal(runs[0].state, other.state) for other in runs[1:])


def test_energies_of_settled_states_are_those_of_the_hamiltonian():
    xi = hp.patterns.random(6, 50, seed=1, disorder=3)
    for net in (hp.hopfield(xi, bias=0.2), hp.hopfield(xi, space=hp.BINARY, bias=-0.1)):
        start = xi[:, :2] if net.space is hp.SPIN else (xi[:, :2] + 1) // 2
        found = hp.settle(net, start, seed=2)
        assert np.allclose(found.energy, net.energy(found.state.values), rtol=1e-13)


def test_runs_through_patterns_are_the_same_in_every_release():
    xi = hp.patterns.random(70, 90, seed=1, disorder=2)
    net = hp.hopfield(xi, bias=0.1)
    run = hp.sample(net, beta=[0.6, 2.0], sweeps=7, replicas=3, seed=2)
    found = hp.settle(net, hp.patterns.corrupt(xi[:, :5], flip=0.2, seed=3), seed=4)
    assert [zlib.crc32(array.tobytes()) for array in (run.state.values, found.state.values)] == [4000066669, 3617585229]
    assert zlib.crc32(found.sweeps.values.astype(np.int64).tobytes()) == 694805450


def settled(count, size):
    """A pattern, and the Dataset in which it is followed to a fixed point."""
    xi = hp.patterns.random(count, size, seed=1)
    net = hp.hopfield(xi)
    tracemalloc.reset_peak()
    found = hp.settle(net, xi[:1], seed=2)
    assert found.converged.all()
    return float((found.state.values * xi[:1]).mean())


def test_recall_takes_a_quarter_of_a_byte_an_entry_beside_the_patterns():
    settled(3, 9_000)  # what compiling takes is not counted
    tracemalloc.start()
    try:
        overlap = settled(1000, 20_000)
        peak = tracemalloc.get_traced_memory()[1] / (1000 * 20_000)
    finally:
        tracemalloc.stop()
    assert overlap > 0.999
    assert 2.2 < peak < 2.4  # a byte for the user's patterns, one for the Hamiltonian's own, and the bits


@pytest.mark.statistical
def test_recall_at_a_hundred_thousand_sites():
    # Needs 3.2 GB and a minute. Retrieval lasts to alpha_c = 0.138, where m = 0.967 (Amit et al. 1987).
    assert settled(13_000, 100_000) > 0.95

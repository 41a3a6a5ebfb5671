"""Bit-packed lattices: the reference's spins bit for bit, on any threads, in any chunks; measured without unpacking."""

import numpy as np
import pytest

import hopphys as hp
from hopphys.dynamics import wolff
from hopphys.engine import packed, packed_layout, packed_measuring, reference, sampling
from hopphys.engine.rows import random_start
from hopphys.kernels import packed as kernel
from hopphys.kernels import random

UPDATES = ("heat_bath", "metropolis")


def star(leaves):
    return hp.graph([(0, k + 1) for k in range(leaves)])


def signed(lattice, size=1.0, seed=0, **options):
    signs = np.random.default_rng(seed).choice([-1, 1], len(lattice.bonds))
    return hp.ising(lattice, size * signs, **options)


REPLICAS = {
    "square ferromagnet": hp.ising(hp.square(4)),
    "square antiferromagnet in a field": hp.ising(hp.square(4, 6), -1.0, 0.3),
    "odd square": hp.ising(hp.square(3, 5), 0.7),
    "odd ring, antiferromagnetic": hp.ising(hp.chain(5), -1.0),
    "two sites, bonded twice": hp.ising(hp.chain(2), 1.0, -0.4),
    "square of length 2": signed(hp.square(2), 0.3, 1),
    "open edges": hp.ising(hp.square(4, 3, periodic=False), 1.0, 1.0),
    "open edges, mixed signs in a field that ties": signed(hp.square(5, 4, periodic=False), 0.3, 2, bias=0.6),
    "triangular antiferromagnet": hp.ising(hp.triangular(3, 6), -1.0),
    "honeycomb": hp.ising(hp.honeycomb(3, 4), 1.0, 0.1),
    "cubic glass, three samples": hp.spin_glass(hp.cubic(3, 2, 4), "pm", seed=2, disorder=3),
    "a site without bonds": hp.ising(hp.graph([(0, 1), (1, 3), (3, 4)]), 1.0, 0.2),
    "a hub of degree 15": hp.ising(star(15), 0.3),
}  # fmt: skip
SITES = {
    "chain": hp.ising(hp.chain(256), 1.0, 0.2),
    "square, two rows a strip": hp.ising(hp.square(128, 4)),
    "square of width 2": hp.ising(hp.square(128, 2), -0.8),
    "mixed signs": signed(hp.square(128, 4), seed=3),
    "triangular": hp.ising(hp.triangular(192, 6), -1.0),
    "cubic glass, two samples": hp.spin_glass(hp.cubic(128, 2, 4), "pm", seed=5, disorder=2),
    "cubic in a field": signed(hp.cubic(128, 4, 2), 0.5, 6, bias=-0.25),
}
EVERY = {**REPLICAS, **SITES}
OBSERVED = (hp.energy, hp.magnetisation, hp.replica_overlap)


@pytest.fixture(autouse=True)
def small_lattices_may_fill_their_lanes(monkeypatch):
    monkeypatch.setattr(packed_layout, "STRIPS_FROM", 128)


def run(hamiltonian, update="metropolis", **options):
    usual = {"beta": [0.3, 0.9], "sweeps": 4, "replicas": 5, "seed": 7, "observe": OBSERVED}
    return hp.sample(hamiltonian, **{**usual, **options}, dynamics=hp.Dynamics(update, "blocks"))


def by_reference(monkeypatch, *args, **options):
    with monkeypatch.context() as patch:
        patch.setattr(sampling, "sweeper", reference.sweeper)
        return run(*args, **options)


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one.data_vars)


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("name", EVERY)
def test_packed_equals_reference_spin_for_spin(name, update, monkeypatch):
    hamiltonian = EVERY[name]
    assert packed_layout.fits(hamiltonian, hp.Dynamics(update, "blocks"))
    assert (packed_layout.layout(hamiltonian).stride > 0) == (name in SITES)
    plain = by_reference(monkeypatch, hamiltonian, update)
    found = run(hamiltonian, update)
    assert np.array_equal(found.state, plain.state)
    assert np.array_equal(found.acceptance, plain.acceptance)
    assert np.array_equal(found.magnetisation, plain.magnetisation)
    assert np.array_equal(found.replica_overlap, plain.replica_overlap)
    np.testing.assert_allclose(found.energy, plain.energy, rtol=4e-16 * hamiltonian.size, atol=1e-12)
    if not hamiltonian.bias.any():
        assert np.array_equal(found.energy, plain.energy)


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("name", ["square antiferromagnet in a field", "cubic glass, three samples"])
def test_rows_that_are_not_packed_go_row_by_row(name, update, monkeypatch):
    """As in tempering, where the temperatures of neighbouring rows differ."""
    monkeypatch.setattr(packed, "fits", lambda *args: False)
    assert same(run(EVERY[name], update), by_reference(monkeypatch, EVERY[name], update))


def test_comparison_notices_another_random_number(monkeypatch):
    """The broken twin: lanes drawn from the next lane's bits."""
    usual = kernel.uniforms
    monkeypatch.setattr(kernel, "uniforms", lambda stream, sweep, word, lane: usual(stream, sweep, word, lane ^ 1))
    hamiltonian = REPLICAS["square ferromagnet"]
    plain = by_reference(monkeypatch, hamiltonian)
    assert not np.array_equal(run(hamiltonian).state, plain.state)


@pytest.mark.parametrize("name", ["open edges, mixed signs in a field that ties", "cubic in a field"])
@pytest.mark.parametrize("rounds", [1, 3, 11])
def test_lanes_that_are_settled_alone_are_settled_alike(name, rounds, monkeypatch):
    """Of 2^24 lanes one is left to the exact comparison; here half of them, an eighth, or a few."""
    found = {update: run(EVERY[name], update, replicas=66) for update in UPDATES}
    monkeypatch.setattr(packed, "ROUNDS", rounds)
    for update in UPDATES:
        assert same(found[update], run(EVERY[name], update, replicas=66))


@pytest.mark.parametrize("beta", [0.0, np.log(2) / 4, 40.0, np.inf])
@pytest.mark.parametrize("name", ["square ferromagnet", "open edges, mixed signs in a field that ties", "mixed signs"])
def test_hot_and_cold_limits_are_those_of_the_reference(name, beta, monkeypatch):
    for update in UPDATES:
        options = {"beta": beta, "replicas": 3, "sweeps": 6}
        assert same(run(EVERY[name], update, **options).drop_vars("energy"),
                    by_reference(monkeypatch, EVERY[name], update, **options).drop_vars("energy"))  # fmt: skip


@pytest.mark.parametrize("name", ["cubic glass, three samples", "mixed signs"])
def test_every_sweep_of_a_schedule_has_its_own_temperature(name, monkeypatch):
    schedule = hp.custom_schedule(beta=[0.1, 0.1, 0.5, 2.0, np.inf, 0.3])
    options = {"beta": None, "sweeps": None, "schedule": schedule, "replicas": 3}
    found = run(EVERY[name], **options)
    assert same(found, by_reference(monkeypatch, EVERY[name], **options))
    assert same(found.isel(sweep=[-1]).drop_vars("acceptance"),
                run(EVERY[name], **options, record=0).drop_vars("acceptance"))  # fmt: skip


@pytest.mark.parametrize("name", ["cubic glass, three samples", "triangular"])
def test_threads_and_chunks_change_nothing(name, monkeypatch):
    monkeypatch.setattr("hopphys.engine.rows.SERIAL", 0)
    monkeypatch.setattr(packed, "SHARED", 1)
    found = []
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("HOPPHYS_THREADS", threads)
        found.append(run(EVERY[name], sweeps=12, replicas=70, record=3))
        found.append(run(EVERY[name], sweeps=12, replicas=1, beta=0.5, observe=hp.energy))
    assert same(found[0], found[2]) and same(found[0], found[4])
    assert same(found[1], found[3]) and same(found[1], found[5])
    whole = run(EVERY[name], sweeps=12, replicas=70, record=0)
    assert np.array_equal(whole.state, found[0].state)
    first = run(EVERY[name], sweeps=5, replicas=70)
    assert np.array_equal(run(EVERY[name], sweeps=7, replicas=70, start=first).state, whole.state)


def test_one_lattice_is_split_among_threads(monkeypatch):
    """The words of each thread, and the copies that it makes for the next strip, are those of one thread."""
    monkeypatch.setattr(packed, "SHARED", 8)
    lattice = hp.ising(hp.square(128, 1024))
    options = {"beta": 0.44, "sweeps": 20, "replicas": 1, "observe": (hp.energy, hp.magnetisation)}
    found = []
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("HOPPHYS_THREADS", threads)
        shape = packed_layout.layout(lattice)
        assert packed._parts(shape, 1, 10**9) == int(threads)
        found.append(run(lattice, **options))
    assert same(found[0], found[1]) and same(found[0], found[2])


@pytest.mark.parametrize("name", ["square ferromagnet", "mixed signs"])
def test_replicas_and_temperatures_keep_their_numbers_in_larger_calls(name):
    few, many = run(EVERY[name], replicas=3), run(EVERY[name], replicas=130, beta=[1.1, 0.3, 0.9])
    assert np.array_equal(few.state, many.state.sel(beta=[0.3, 0.9]).isel(replica=slice(3)))


@pytest.mark.parametrize("name", EVERY)
def test_words_are_measured_as_their_states_are(name):
    hamiltonian = EVERY[name]
    found = run(hamiltonian, replicas=67)
    states = found.state.values.astype(float)
    for observable in OBSERVED:
        values, last = observable.function(hamiltonian, states), found[observable.name].isel(sweep=-1)
        exact = not hamiltonian.bias.any() or observable is not hp.energy
        np.testing.assert_allclose(last, values, rtol=0 if exact else 1e-14, atol=0 if exact else 1e-13)


@pytest.mark.parametrize("name", ["cubic glass, three samples", "chain"])
def test_random_starts_are_those_of_other_dynamics(name):
    hamiltonian = EVERY[name]
    stream = random.streams(random.key(3, "start of a test"), 10)
    shape = (1, hamiltonian.disorder or 1, 10)
    packing = packed.packing(hamiltonian, hp.CHECKERBOARD, shape)
    assert np.array_equal(packing.random_start(stream), random_start(hamiltonian, stream))


def test_observables_that_need_states_get_the_present_ones():
    square = hp.Observable("square", lambda hamiltonian, s: s.mean(axis=-1) ** 2)
    found = run(REPLICAS["square ferromagnet"], observe=(hp.magnetisation, square), sweeps=9)
    assert np.array_equal(found.square, found.magnetisation**2)


def test_measuring_notices_a_word_that_is_not_counted(monkeypatch):
    """The broken twin: one block of words is left out."""
    usual = packed_measuring._counts
    monkeypatch.setattr(packed_measuring, "_counts", lambda *args: np.maximum(usual(*args) - 1, 0))
    found = run(SITES["mixed signs"])
    values = hp.energy.function(SITES["mixed signs"], found.state.values.astype(float))
    assert not np.array_equal(found.energy.isel(sweep=-1), values)


@pytest.mark.parametrize(
    ("hamiltonian", "dynamics"),
    [
        (hp.spin_glass(hp.square(4), "gaussian", seed=1), hp.CHECKERBOARD),
        (hp.ising(star(16)), hp.CHECKERBOARD),
        (hp.ising(hp.square(4), 1.0, np.linspace(0, 1, 16)), hp.CHECKERBOARD),
        (hp.ising(hp.square(4)).clamp({0: 1}), hp.CHECKERBOARD),
        (hp.recast(hp.ising(hp.square(4)), hp.BINARY), hp.CHECKERBOARD),
        (hp.ising(hp.square(4)), hp.GLAUBER),
        (hp.ising(hp.square(4)), hp.Dynamics("threshold", "blocks")),
        (hp.ising(hp.square(4)), wolff()),
    ],
)
def test_what_does_not_fit_stays_with_the_other_kernels(hamiltonian, dynamics):
    assert not packed_layout.fits(hamiltonian, dynamics)
    assert hp.sample(hamiltonian, beta=0.5, sweeps=2, dynamics=dynamics, seed=1).sizes["sweep"] == 2


@pytest.mark.parametrize("lattice", [hp.chain(192), hp.square(130, 4), hp.square(128, 4, periodic=False)])
def test_lattices_that_a_strip_does_not_map_onto_themselves_pack_replicas(lattice):
    assert packed_layout.layout(hp.ising(lattice)).stride == 0


def test_packed_rows_pass_the_schema_and_say_what_is_sampled():
    found = run(SITES["chain"])
    hp.dataset.check(found)
    assert found.attrs["law"] == "exp(-beta E)"


@pytest.mark.parametrize(
    ("name", "digest"),
    [("cubic glass, three samples", "33cfa52d544ae95b"), ("square, two rows a strip", "cb38fd7f1040d0bd")],
)
def test_golden_values(name, digest):
    """A change of these is a change of every seeded run: the changelog has to say so."""
    import hashlib

    state = run(EVERY[name], "heat_bath", sweeps=20, replicas=3).state.values
    assert hashlib.sha256(np.ascontiguousarray(state, np.int8).tobytes()).hexdigest()[:16] == digest

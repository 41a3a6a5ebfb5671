"""Wang-Landau: the walk at a fixed ln g by its matrix, the kernels by the reference, densities of states by counting.

|z| < 4.5 with errors from 16 replicas (Student, 15 degrees): 4e-4 a comparison, seeds are fixed.
"""

import numpy as np
import pytest
from scipy import stats

import hopphys as hp
from hopphys import dataset, exact, statistics
from hopphys.engine import walks as engine
from hopphys.engine.levels import as_pairs, find_levels
from hopphys.engine.wang_landau import wang_landau
from hopphys.kernels import random
from hopphys.kernels import wang_landau as kernel
from hopphys.theory import ising


def three_body(s):
    return -(s[..., 0] * s[..., 1] * s[..., 2]) + 2.0 * s[..., 2] * s[..., 3]


SMALL = {
    "square in a field": (hp.ising(hp.square(2), coupling=1.0, bias=1.0), {}),
    "frustrated triangle": (hp.ising(hp.chain(3), coupling=-1.0), {}),
    "ring, one spin held": (hp.ising(hp.chain(4)).clamp({1: -1}), {}),
    "Hopfield, 0/1": (hp.hopfield(hp.patterns.random(2, 4, seed=1), space=hp.BINARY), {}),
    "SK, binned": (hp.spin_glass(4, "sk", seed=1), {"bins": [-4.0, -0.565, 0.0, 0.5, 4.0]}),
    "three-body": (hp.custom(three_body, 4), {"levels": [-3.0, -1.0, 1.0, 3.0]}),
}


@pytest.fixture(params=SMALL)
def small(request):
    model, arguments = SMALL[request.param]
    written = as_pairs(model)
    return model, written, find_levels(written, arguments.get("levels"), arguments.get("bins"), None)


def level_numbers(model, grid):
    energy = engine.energies(model, grid, exact.states(model))
    return np.array([kernel.place(e, grid.edges, grid.width) for e in energy])


def matrix(model, number, log_g, chance=None):
    """One attempt from every state: a free site at random, flipped with the chance that the walk uses."""
    s, chance = exact.states(model), kernel.probability if chance is None else chance
    found = np.zeros((len(s), len(s)))
    low, high = model.levels()
    for site in model.free:
        flipped = s.copy()
        flipped[:, site] = np.where(s[:, site] == high[site], low[site], high[site])
        to = exact.state_index(model, flipped)
        found[np.arange(len(s)), to] += chance(log_g[number], log_g[number[to]]) / model.free.size
    return found + np.diag(1 - found.sum(axis=1))


def fixed(grid, seed=5):
    return np.random.default_rng(seed).normal(size=grid.energy.size) * 1.5


def test_at_fixed_log_g_the_walk_visits_states_with_weight_one_over_g(small):
    model, written, grid = small
    number, log_g = level_numbers(written, grid), fixed(grid)
    law = np.exp(-log_g[number])
    law /= law.sum()
    step = matrix(model, number, log_g)
    assert np.abs(law @ step - law).max() < 1e-12
    assert (np.linalg.matrix_power(0.5 * (step + np.eye(len(law))), 4096) > 0).all()  # every state is reached


def test_a_ratio_upside_down_is_noticed(small):
    """The broken twin: min(1, g(then) / g(now))."""
    model, written, grid = small
    number, log_g = level_numbers(written, grid), fixed(grid)
    law = np.exp(-log_g[number])
    law /= law.sum()
    broken = matrix(model, number, log_g, lambda now, then: kernel.probability(then, now))
    assert np.abs(law @ broken - law).max() > 1e-3


def moved(model, written, grid, log_g, sweeps, replicas=4000):
    """States of walks at fixed ln g after some sweeps, all from the first state."""
    first = exact.states(model)[0]
    stream = random.streams(random.key(7, "test"), replicas)
    walks = engine.start(np.tile(first, (replicas, 1)), stream, grid)
    walks.log_g[:], walks.visits[:] = log_g, 0
    walks.known[:], walks.numbers[:, kernel.KNOWN] = np.arange(grid.energy.size), grid.energy.size
    walks.numbers[:, kernel.LOG_F] = 0.0
    engine.advancer(written, grid)(walks, sweeps, 0.0, -1.0)
    return np.bincount(exact.state_index(model, walks.state), minlength=len(exact.states(model)))


def test_the_walk_moves_as_its_matrix_says(small):
    """Chi-square of 4000 walks after two sweeps, p > 1e-4; the twin expects another ln g."""
    model, written, grid = small
    replicas = 4000 if written.interaction.__class__.__name__ != "Custom" else 600
    number = level_numbers(written, grid)
    found = moved(model, written, grid, fixed(grid), 2, replicas)
    for seed, agrees in ((5, True), (6, False)):
        step = np.linalg.matrix_power(matrix(model, number, fixed(grid, seed)), 2 * model.free.size)[0]
        seen = step > 0
        assert found[~seen].sum() == 0
        p = stats.chisquare(found[seen], step[seen] * replicas).pvalue if seen.sum() > 1 else 1.0
        assert (p > 1e-4) == agrees


@pytest.mark.parametrize("flatness", [0.0, 0.8])
def test_kernels_do_what_the_reference_does_bit_for_bit(small, flatness):
    model, written, grid = small
    results = []
    for run in (engine.advancer(written, grid), lambda *a: engine._reference(written, grid, *a)):
        stream = random.streams(random.key(3, "test"), 2)
        walks = engine.start(np.tile(exact.states(model)[3], (2, 1)), stream, grid)
        for sweeps in (130, 90):
            run(walks, sweeps, flatness, 1e-3)
        results.append(walks)
    for name in ("state", "log_g", "visits", "hits", "known", "numbers"):
        assert np.array_equal(getattr(results[0], name), getattr(results[1], name)), name
    assert results[0].total == pytest.approx(results[1].total, abs=1e-9)


def z_of_log_g(ds, truth):
    log_g = ds.log_g.values
    return (log_g.mean(axis=0) - np.log(truth)) / (log_g.std(axis=0, ddof=1) / np.sqrt(len(log_g)))


FOUR = {32: 2, 24: 32, 20: 64, 16: 424, 12: 1728, 8: 6688, 4: 13568, 0: 20524}  # |E|: states, L = 4


def test_density_of_states_of_the_square_of_four():
    ds = wang_landau(hp.ising(hp.square(4)), replicas=16, seed=1, final=1e-4)
    truth = np.array([FOUR[abs(int(e))] for e in ds.level.values])
    assert truth.sum() == 2**16 and ds.converged.all()
    assert np.abs(z_of_log_g(ds, truth)).max() < 4.5
    assert np.abs(ds.log_g - np.log(truth)).max() < 0.3  # of order sqrt(final), at 2 states of 65536
    assert np.abs(z_of_log_g(ds, np.where(truth == 424, 464, truth))).max() > 4.5  # a wrong count is noticed
    assert ds.attrs["never_visited"] == "-28, 28" and ds.attrs["normalisation"].startswith("sum of g = 2^16")
    assert np.exp(ds.log_g).sum("level").values == pytest.approx(2.0**16)


@pytest.mark.parametrize("name", ["frustrated triangle", "ring, one spin held", "Hopfield, 0/1", "SK, binned"])
def test_densities_of_small_models_are_those_that_are_counted(name):
    model, arguments = SMALL[name]
    ds = wang_landau(model, replicas=16, seed=2, final=1e-4, **{k: v for k, v in arguments.items() if k == "bins"})
    levels, counts = exact.density_of_states(model)
    if ds.attrs["levels"] == "bins":
        edges = arguments["bins"]
        counts = np.histogram(levels, edges, weights=counts)[0]
        assert ds.level.values == pytest.approx(0.5 * (np.array(edges[1:]) + edges[:-1]))
        sums = np.histogram(levels, edges, weights=levels * exact.density_of_states(model)[1])[0]
        assert np.abs(ds.mean_energy.values - sums / counts).max() < 0.05
    else:
        assert ds.level.values == pytest.approx(levels)
    assert np.abs(z_of_log_g(ds, counts)).max() < 4.5


def binned_glass():
    """Energies of real couplings, bins from the lowest to the highest of them, and <E> at beta = 2 over these bins."""
    upper = np.triu(np.random.default_rng(0).normal(size=(8, 8)), 1)
    model = hp.Hamiltonian(hp.Dense(upper + upper.T), 0.0, (hp.Block("v", 8, hp.SPIN),))
    energy = model.energy(exact.states(model))
    edges = np.linspace(energy.min(), energy.max(), 41)
    counts, sums = np.histogram(energy, edges)[0], np.histogram(energy, edges, weights=energy)[0]
    mean = (sums / np.maximum(counts, 1))[counts > 0]
    weight = counts[counts > 0] * np.exp(-2.0 * (mean - energy.min()))
    return model, edges, (weight * mean).sum() / weight.sum()


def test_bins_that_end_at_the_extreme_energies_hold_their_states():
    model, edges, truth = binned_glass()
    ds = wang_landau(model, bins=edges, replicas=16, seed=2, final=1e-3)
    found = statistics.from_density(ds, 2.0)
    assert abs(float((found.energy[0] - truth) / found.energy_error[0])) < 4.5
    assert np.exp(ds.log_g).sum("level").values == pytest.approx(2.0**8)
    assert ds.attrs["normalisation"].startswith("sum of g = 2^8")


def test_states_lost_at_the_last_edges_are_noticed(monkeypatch):
    monkeypatch.setattr("hopphys.engine.levels.SAME", 0.0)
    model, edges, truth = binned_glass()
    ds = wang_landau(model, bins=edges, replicas=16, seed=2, final=1e-3)
    found = statistics.from_density(ds, 2.0)
    assert abs(float((found.energy[0] - truth) / found.energy_error[0])) > 4.5
    assert ds.attrs["normalisation"].startswith("sum of g = 1")


def test_ground_states_of_a_frustrated_lattice_are_counted():
    """3 x 3 triangular antiferromagnet: many lowest states, none the flip of a simple order."""
    model = hp.ising(hp.triangular(3), coupling=-1.0)
    levels, counts = exact.density_of_states(model)
    ds = wang_landau(model, replicas=8, seed=3, final=1e-4)
    assert ds.level.values == pytest.approx(levels) and counts[0] > 2
    assert ds.log_g[:, 0].mean() == pytest.approx(np.log(counts[0]), abs=0.05)


def test_any_energy_will_do_where_its_levels_are_known():
    model, arguments = SMALL["three-body"]
    ds = wang_landau(model, replicas=4, seed=4, final=5e-3, levels=[-3.0, -1.0, 0.0, 1.0, 3.0])
    levels, counts = exact.density_of_states(model)
    assert ds.level.values.tolist() == levels.tolist() == arguments["levels"]
    assert ds.attrs["never_visited"] == "0"  # given, and no state has it
    assert np.abs(ds.log_g.mean("replica") - np.log(counts)).max() < 0.3


def test_energy_of_eight_by_eight_is_kaufmans_at_all_temperatures():
    """Three comparisons at |z| < 5 with 8 replicas (Student, 7 degrees): 1.6e-3 each, a fixed seed; the error of c at
    Tc is below two per cent. The twin compares with temperatures that are five per cent off.
    """
    ds = wang_landau(hp.ising(hp.square(8)), replicas=8, seed=1, final=3e-5)
    temperatures = np.array([1.5, ising.TC, 4.0])
    found = statistics.from_density(ds, 1 / temperatures)
    for shift, agrees in ((1.0, True), (1.05, False)):
        truth = ising.kaufman(8, 8, shift * temperatures)
        z_u = (found.energy / 64 - truth.u) / (found.energy_error / 64)
        z_c = (found.heat_capacity / 64 - truth.c) / (found.heat_capacity_error / 64)
        assert (np.abs([z_u, z_c]).max() < 5) == agrees
    assert float(found.heat_capacity_error[1] / found.heat_capacity[1]) < 0.02


def test_averages_of_an_exact_density_are_exact():
    model = hp.hopfield(hp.patterns.random(2, 10, seed=1))
    levels, counts = exact.density_of_states(model)
    ds = wang_landau(model, replicas=2, seed=1, final=0.1)
    ds["log_g"] = ds.log_g.copy(data=np.tile(np.log(counts[np.isin(levels, ds.level)]), (2, 1)))
    assert ds.sizes["level"] == levels.size
    found = statistics.from_density(ds, [0.7, 0.0])
    law = exact.enumerate(model, beta=0.7)
    assert found.log_z.values == pytest.approx([law.log_z, 10 * np.log(2)], rel=1e-12)
    assert float(found.energy[0]) == pytest.approx(law.energy, rel=1e-12)
    assert float(found.heat_capacity[0]) == pytest.approx(law.heat_capacity, rel=1e-10)
    assert (found.energy_error < 1e-12).all()


def test_a_window_is_kept_and_g_is_relative():
    ds = wang_landau(hp.ising(hp.square(4)), window=(-24, -4), replicas=8, seed=5, final=1e-4)
    truth = np.array([FOUR[abs(int(e))] for e in ds.level.values])
    assert ds.level.values.tolist() == [-24, -20, -16, -12, -8, -4]
    assert ds.attrs["normalisation"].startswith("sum of g = 1")
    assert np.abs(z_of_log_g(ds, truth / truth.sum())).max() < 5
    assert ((hp.ising(hp.square(4)).energy(ds.state) >= -24) & (hp.ising(hp.square(4)).energy(ds.state) <= -4)).all()


def test_flat_histograms_work_too_and_the_history_of_ln_f_is_told():
    ds = wang_landau(hp.ising(hp.square(4)), flatness=0.8, replicas=4, seed=6, final=1e-4)
    truth = np.array([FOUR[abs(int(e))] for e in ds.level.values])
    assert np.abs(ds.log_g.mean("replica") - np.log(truth)).max() < 0.2
    steps = np.log2(ds.modification.values)
    assert np.array_equal(steps, np.rint(steps)) and (ds.modification[:, -1] <= 1e-4).all()
    inverse = wang_landau(hp.ising(hp.square(4)), replicas=2, seed=6, final=1e-4)
    late = inverse.modification.values[:, 5]
    assert late == pytest.approx(15 / (6000 * 16), rel=0.02)  # levels / attempts


def test_what_has_not_converged_says_so():
    ds = wang_landau(hp.ising(hp.square(8)), replicas=2, seed=7, max_sweeps=200)
    assert not ds.converged.any() and (ds.sweeps == 200).all()


def test_levels_that_one_replica_missed_are_kept_and_counted():
    ds = wang_landau(hp.ising(hp.square(8)), replicas=6, seed=1, max_sweeps=30, final=1e-2)
    missed = (ds.found_by < 6).values
    assert missed.any() and (ds.found_by > 0).all() and not ds.converged.all()
    assert np.array_equal(np.isneginf(ds.log_g).sum("replica") > 0, missed)


def test_dataset_keeps_the_schema_and_survives_a_file(tmp_path):
    ds = wang_landau(*[SMALL["SK, binned"][0]], bins=[-4, 0, 4], replicas=2, seed=1, final=1e-2)
    dataset.check(ds)
    back = dataset.load(dataset.save(ds, tmp_path / "g.nc"))
    assert back.identical(ds)
    assert "no equilibrium law" in ds.attrs["law"]
    averages = statistics.from_density(ds, 0.5)
    dataset.check(averages)


def test_same_bits_for_one_two_and_three_threads_and_for_any_number_of_replicas(monkeypatch):
    runs = []
    for count in (1, 2, 3):
        monkeypatch.setenv("HOPPHYS_THREADS", str(count))
        runs.append(wang_landau(hp.ising(hp.square(6)), replicas=5, seed=8, max_sweeps=2000, final=1e-9))
    assert all(run.log_g.equals(runs[0].log_g) and run.state.equals(runs[0].state) for run in runs)
    few = wang_landau(hp.ising(hp.square(6)), replicas=2, seed=8, max_sweeps=2000, final=1e-9)
    assert few.state.equals(runs[0].state[:2])
    same = runs[0].log_g[:2].sel(level=few.level)
    assert np.array_equal(few.log_g, same)


GOLDEN_STATE = [[-1, 1, 1, 1, -1, -1], [1, 1, 1, 1, 1, -1]]
GOLDEN_LATTICE = ["-0x1.ebbe5f961d680p-5", "0x1.bd09fe802ceccp+0", "0x1.dec535a31084cp+0"]
GOLDEN_DENSE = ["0x1.31589b20a14ccp+0", "0x1.97ec4d9050a66p+1", "0x1.cc6c4d9050a66p+1"]


def test_golden_values_have_not_moved():
    """A change here changes every density of states: CHANGELOG says how such a change is announced."""
    ds = wang_landau(hp.ising(hp.chain(6), bias=1.0), replicas=2, seed=9, final=1e-3)
    memory = wang_landau(hp.hopfield(hp.patterns.random(2, 6, seed=1)), replicas=2, seed=9, final=1e-3)
    assert ds.state.values.tolist() == GOLDEN_STATE
    assert [float(g).hex() for g in ds.log_g[1, :3]] == GOLDEN_LATTICE
    assert [float(g).hex() for g in memory.log_g[1, :3]] == GOLDEN_DENSE


def test_progress_rises_to_one():
    seen = []
    wang_landau(hp.ising(hp.square(4)), replicas=2, seed=1, final=1e-3, progress=seen.append)
    assert seen == sorted(seen) and seen[-1] == 1.0


H = hp.ising(hp.square(4))


@pytest.mark.parametrize(
    ("model", "arguments", "words"),
    [
        (hp.attention(np.eye(3), 1.0), {}, "two levels .* but sites .* are real; .*multi_histogram"),
        (hp.custom(lambda s: s.sum(axis=-1), 3, space=hp.categorical(3)), {}, "categorical"),
        (hp.directed(np.triu(np.ones((3, 3)), 1)), {}, "directed"),
        (hp.spin_glass(6, "sk", seed=1, disorder=2), {}, r"one disorder sample.*there are 2.*H\.at\(0\)"),
        (hp.spin_glass(6, "sk", seed=1), {}, "bins="),
        (hp.custom(three_body, 4), {}, "levels="),
        (hp.ising(hp.square(4), bias=0.3), {}, "bins="),
        (hp.spin_glass(6, "sk", seed=1), {"bins": 10}, r"needs a window=\(low, high\)"),
        (hp.spin_glass(6, "sk", seed=1), {"bins": [1.0, 0.0]}, "rising edges"),
        (hp.spin_glass(6, "sk", seed=1), {"bins": [50.0, 60.0], "max_sweeps": 50}, "no replica reached"),
        (H, {"levels": [0.0], "bins": [0.0, 1.0]}, "not both"),
        (H, {"levels": [1.0, 0.0]}, "rising list"),
        (H, {"levels": [0.0, 1e-9]}, "rounding"),
        (H, {"window": (4.0, -4.0)}, "low < high"),
        (H, {"window": (100.0, 200.0)}, r"window \(100, 200\)"),
        (H, {"flatness": 1.5}, "flatness must be below 1"),
        (H, {"final": 2.0}, "final must be below 1"),
        (H, {"replicas": 0}, "replicas"),
        (H, {"dynamics": hp.GLAUBER}, "metropolis x random.*heat_bath"),
        (H.clamp([0]), {}, "held at its start"),
        (H.clamp(dict.fromkeys(range(16), 1)), {}, "every site is clamped"),
    ],
)
def test_meaningless_calls_are_refused_in_words(model, arguments, words):
    with pytest.raises(ValueError, match=words):
        wang_landau(model, **{"replicas": 2, "seed": 1, **arguments})


def test_a_table_of_levels_that_does_not_fit_is_refused_before_it_is_made(monkeypatch):
    monkeypatch.setenv("HOPPHYS_MEMORY", "500000")
    with pytest.raises(ValueError, match=r"walks over .* would take .*window="):
        wang_landau(hp.ising(hp.square(20)), replicas=64, seed=1)


@pytest.mark.parametrize(("ds", "beta", "words"), [(None, 0.5, "log_g"), (0, np.inf, "finite")])
def test_averages_refuse_in_words(ds, beta, words):
    run = wang_landau(hp.ising(hp.chain(4)), replicas=1, seed=1, final=0.1)
    assert np.isnan(statistics.from_density(run, 0.5).energy_error).all()
    with pytest.raises(ValueError, match=words):
        statistics.from_density(run if ds == 0 else run.drop_vars("log_g"), beta)

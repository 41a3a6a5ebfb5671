"""Annealing: reads that end in minima, the best state met, schedules measured on the model, and time to target."""

import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import hopphys as hp
from hopphys import dataset, exact
from hopphys.engine.annealing import anneal, quickest, time_to_target
from hopphys.engine.excitations import automatic, excitations
from hopphys.engine.targets import LEVEL

sys.path.insert(0, str(Path(__file__).parents[1] / "exact"))
import models
import zoo

EXACT = 1e-12
MODELS = {name: model for name, model in {**zoo.KERNEL, **zoo.REFERENCE_ONLY}.items() if name != "directed"}
AUTOMATIC = {name: model for name, model in MODELS.items() if model.two_level}


def lowest(model):
    """Ground state energy by enumeration, a number or one a disorder sample."""
    parts = [model] if model.disorder is None else [model.at(d) for d in range(model.disorder)]
    found = np.array([part.energy(exact.states(part)).min() for part in parts])
    return found[0] if model.disorder is None else found[:, None]


@pytest.mark.parametrize("name", AUTOMATIC)
def test_every_model_of_two_levels_finds_its_ground_state(name):
    model = AUTOMATIC[name]
    run = anneal(model, sweeps=60, replicas=20, seed=1)
    assert (np.abs(run.best_energy - lowest(model)) < 1e-9).mean() > 0.3
    assert (run.best_energy >= lowest(model) - 1e-9).all()
    assert bool(run.local_minimum.all())


@pytest.mark.parametrize("name", ["Potts", "RBM, one categorical hidden unit", "Potts, one site held"])
def test_other_models_find_theirs_along_a_given_schedule(name):
    model = models.build(name)
    run = anneal(model, temperature=(2.0, 0.1), sweeps=40, replicas=8, seed=1)
    assert np.abs(run.best_energy.min() - lowest(model)) < 1e-9 and bool(run.local_minimum.all())


def test_a_gaussian_machine_is_cooled_but_not_settled():
    machine = hp.restricted_boltzmann_machine(0.4 * np.ones((2, 3)), 0.1, hidden=hp.REAL)
    run = anneal(machine, temperature=(2.0, 0.1), sweeps=20, replicas=5, seed=1)
    assert "local_minimum" not in run and np.abs(machine.energy(run.state.values) - run.final_energy).max() < EXACT


def test_best_state_is_the_best_of_all_that_was_recorded():
    """Heated at the end, so that the best state is not the last one; energies belong to their states."""
    model = hp.spin_glass(30, "sk", seed=4)
    run = anneal(model, hp.geometric(0.2, 3.0, 60), replicas=10, seed=2, record=3, quench=False)
    assert np.abs(model.energy(run.best_state.values) - run.best_energy).max() < EXACT
    assert np.abs(model.energy(run.state.values) - run.final_energy).max() < EXACT
    assert np.array_equal(run.best_energy, np.minimum(run.energy.min("sweep"), run.final_energy))
    assert (run.best_energy < run.final_energy).all() and run.sizes["sweep"] == 20
    assert np.array_equal(run.energy[:, -1], run.final_energy)


def test_a_read_ends_in_a_minimum():
    model = hp.spin_glass(hp.cubic(4), "gaussian", seed=1)
    run = anneal(model, sweeps=20, replicas=12, seed=3)
    s = run.state.values.astype(float)
    assert ((s * model.gap(s)) >= -1e-12).all() and bool(run.local_minimum.all())
    assert (run.final_energy <= run.energy[:, -1] + EXACT).all() and (run.best_energy <= run.final_energy).all()
    loose = anneal(model, beta=(0.1, 0.2), sweeps=20, replicas=12, seed=3, quench=False)
    s = loose.state.values.astype(float)
    assert ((s * model.gap(s)) < 0).any() and "quench_sweeps" not in loose


def test_reads_are_runs_of_sample():
    """The same random numbers, the same bits, whatever is observed or recorded."""
    model, schedule = hp.spin_glass(hp.square(6), "pm", seed=1), hp.geometric(3.0, 0.3, 40)
    run = anneal(model, schedule, replicas=5, seed=9, quench=False, record=7, observe=hp.magnetisation)
    same = hp.sample(model, schedule, dynamics=hp.CHECKERBOARD, replicas=5, seed=9, record=7)
    assert np.array_equal(run.state, same.state) and np.array_equal(run.energy, same.energy)
    assert run.magnetisation.equals(same.magnetisation) and run.beta.equals(same.beta)


def test_reads_do_not_depend_on_how_many_there_are():
    model = hp.hopfield(hp.patterns.random(5, 40, seed=1))
    few, many = (anneal(model, sweeps=30, replicas=n, seed=3) for n in (3, 30))
    assert np.array_equal(few.state, many.state[:3]) and np.array_equal(few.best_energy, many.best_energy[:3])


@pytest.mark.parametrize("threads", ["2", "3"])
def test_threads_change_no_bit(threads, monkeypatch):
    monkeypatch.setattr("hopphys.engine.rows.SERIAL", 1)
    model = hp.spin_glass(12, "sk", seed=5, disorder=2)
    monkeypatch.setenv("HOPPHYS_THREADS", "1")
    one = anneal(model, sweeps=30, replicas=7, seed=3)
    monkeypatch.setenv("HOPPHYS_THREADS", threads)
    assert one.equals(anneal(model, sweeps=30, replicas=7, seed=3))


def test_clamped_sites_stay():
    model = hp.spin_glass(10, "sk", seed=2)
    run = anneal(model, sweeps=40, replicas=30, seed=1, clamp={0: 1, 3: -1})
    assert (run.state[:, 0] == 1).all() and (run.best_state[:, 3] == -1).all()
    assert np.abs(run.best_energy.min() - lowest(model.clamp({0: 1, 3: -1}))) < 1e-9
    held = anneal(model, sweeps=40, replicas=3, seed=1, clamp=[2], start=np.array([1, -1] * 5))
    assert (held.state[:, 2] == 1).all()


def test_a_model_with_nothing_to_decide_is_annealed_all_the_same():
    for model in (hp.ising(hp.chain(3), coupling=0.0), hp.ising(hp.chain(3)).clamp({0: 1, 1: 1, 2: -1})):
        run = anneal(model, sweeps=5, replicas=2, seed=1)
        assert np.abs(run.best_energy - lowest(model)).max() < EXACT


def test_disorder_samples_are_searched_side_by_side():
    glass = hp.spin_glass(hp.square(4), "gaussian", seed=1, disorder=3)
    run = anneal(glass, sweeps=100, replicas=20, seed=1)
    assert run.best_energy.dims == ("disorder", "replica") and run.best_state.dims == ("disorder", "replica", "site")
    assert np.abs(run.best_energy.min("replica") - lowest(glass)[:, 0]).max() < 1e-9
    dataset.check(run)


# The schedule.


def test_automatic_ends_follow_the_scale_of_the_energy():
    glass = hp.spin_glass(200, "sk", seed=3)
    plan = automatic(glass, 50)
    assert plan.sweeps == 50 and 0.7 < plan.betas[0] < 1.2 and 7 < plan.betas[-1] < 13
    tenfold = hp.boltzmann_machine(10 * glass.interaction.couplings, space=hp.SPIN)
    assert np.allclose(automatic(tenfold, 50).betas, plan.betas / 10, rtol=0.01)
    assert np.array_equal(automatic(hp.recast(glass, hp.BINARY), 50).betas, plan.betas)


def test_automatic_ends_are_the_excitations_of_settled_states():
    ring = hp.ising(hp.chain(8), bias=3.0)  # all up: flipping a spin costs 2 (2 + 3) = 10
    assert (excitations(ring) == 10).all()
    assert automatic(ring, 3).betas == pytest.approx([0.25, np.sqrt(0.5), 2.0])
    assert (excitations(ring.clamp({0: -1})).min() == 6) and excitations(hp.ising(hp.chain(3), 0.0)).size == 0


def test_the_schedule_is_recorded():
    run = anneal(hp.ising(hp.chain(8), bias=3.0), sweeps=50, replicas=2, seed=1)
    assert tomllib.loads(run.config)["schedule"] == "geometric T 4 to 0.5" and run.sizes["sweep"] == 10
    assert run.beta.dims == ("sweep",) and run.beta[-1] == pytest.approx(2.0)
    assert run.attrs["law"].startswith("exp(-beta E) only as far as the schedule is slow; the last and the best")


def test_dynamics_fit_the_interaction():
    assert quickest(hp.ising(hp.square(4))) == hp.CHECKERBOARD
    assert quickest(hp.spin_glass(4, "sk", seed=1)).name == "metropolis x sequential"
    assert quickest(hp.hopfield(models.XI)).name == "metropolis x sequential"
    assert quickest(models.build("RBM")) == hp.GIBBS and quickest(models.build("three-body")) == hp.GLAUBER


def test_progress_and_files(tmp_path):
    seen = []
    run = anneal(hp.spin_glass(10, "sk", seed=1), sweeps=30, replicas=3, seed=1, progress=seen.append)
    dataset.check(run)
    assert seen == sorted(seen) and seen[-1] == 1.0 and run.sweep.values[-1] == 30
    assert dataset.load(dataset.save(run, tmp_path / "run.nc")).equals(run)


def test_golden_values():
    lattice = anneal(hp.spin_glass(hp.cubic(6), "pm", seed=2), sweeps=6, replicas=4, seed=9)
    dense = anneal(hp.hopfield(hp.patterns.random(20, 60, seed=1)), sweeps=6, replicas=4, seed=9)
    for run, trace, best in ((lattice, *GOLDEN_LATTICE), (dense, *GOLDEN_PATTERNS)):
        assert run.energy[:, 3].values == pytest.approx(trace, abs=1e-9)
        assert run.best_energy.values == pytest.approx(best, abs=1e-9)


GOLDEN_LATTICE = ([-354.0, -330.0, -330.0, -354.0], [-370.0, -350.0, -350.0, -378.0])
GOLDEN_PATTERNS = (
    [-29.633333333, -34.166666667, -36.633333333, -36.566666667],
    [-35.966666667, -37.3, -36.633333333, -36.7],
)


# Time to target.


def test_time_to_target_is_that_of_independent_reads():
    """Half of the reads succeed: ln 0.01 / ln 0.5 = 6.64 reads."""
    found = time_to_target([-1.0, -2.0] * 50, -2.0, seconds=0.1)
    assert found.value == pytest.approx(0.1 * np.log(0.01) / np.log(0.5)) and found.unit == "s"
    assert (found.successes, found.reads, found.probability) == (50, 100, 0.5)
    assert found.low < found.value - found.error < found.value + found.error < found.high
    assert str(found) == "0.664 s (0.5 to 0.906; 50 of 100 reads)"
    assert time_to_target([-2.0, -1.0], -2.0 + 1e-12, sweeps=1).successes == 1


def test_interval_is_the_one_of_clopper_and_pearson():
    energies = np.where(np.arange(40) < 13, -1.0, 0.0)
    interval = stats.binomtest(13, 40).proportion_ci(LEVEL, "exact")
    found = time_to_target(energies, -1.0, sweeps=2)
    assert found.low == pytest.approx(2 * np.log(0.01) / np.log1p(-interval.high))
    assert found.high == pytest.approx(2 * np.log(0.01) / np.log1p(-interval.low))


def test_interval_covers_the_truth():
    """1 000 experiments of 50 reads with p = 0.2: the 95 % interval holds in at least 95 % of them, less noise."""
    draws = np.where(np.random.default_rng(3).random((1000, 50)) < 0.2, -1.0, 0.0)
    found = time_to_target(draws, -1.0, sweeps=1)
    truth = np.log(0.01) / np.log(0.8)
    assert ((found.low <= truth) & (truth <= found.high)).mean() > 0.94


def test_no_success_is_a_lower_bound():
    found = time_to_target(np.zeros(30), -1.0, sweeps=10)
    assert found.value == found.high == found.error == np.inf and found.probability == 0
    assert found.low == pytest.approx(10 * np.log(0.01) / np.log1p(-(1 - 0.025 ** (1 / 30))))
    assert str(found) == "> 375 sweeps (none of 30 reads reached the target)"


def test_success_throughout_takes_one_read():
    found = time_to_target(np.zeros(30), 0.0, seconds=2.0)
    assert found.value == found.low == 2.0 and np.isfinite(found.high) and found.high > 2.0
    assert "below" in str(found) and "30 of 30 reads" in str(found)
    assert time_to_target([0.0] * 999 + [1.0], 0.0, seconds=2.0).value == 2.0  # p above the confidence: never less


def test_a_run_knows_its_sweeps_and_its_disorder():
    glass = hp.spin_glass(8, "sk", seed=1, disorder=3)
    run = anneal(glass, sweeps=50, replicas=20, seed=1)
    found = time_to_target(run, lowest(glass)[:, 0])
    assert found.value.shape == (3,) and found.unit == "sweeps"
    assert found.value.min() >= 50 + float(run.quench_sweeps.mean())
    assert time_to_target(run, lowest(glass)[:, 0], seconds=1.0).unit == "s"


@pytest.mark.parametrize(
    ("words", "call"),
    {
        "cost of one read is needed": lambda: time_to_target([0.0], 0.0),
        "not both: 1 and 2": lambda: time_to_target([0.0], 0.0, seconds=1, sweeps=2),
        "seconds must be positive": lambda: time_to_target([0.0], 0.0, seconds=0),
        "confidence must lie": lambda: time_to_target([0.0], 0.0, seconds=1, confidence=1.0),
        "axis of reads": lambda: time_to_target(0.0, 0.0, seconds=1),
        "target must be finite": lambda: time_to_target([0.0], np.nan, seconds=1),
        "energies must not be empty": lambda: time_to_target([], 0.0, seconds=1),
        "Dataset with `best_energy`": lambda: time_to_target(
            hp.sample(hp.ising(hp.chain(3)), beta=1, sweeps=1, seed=1), 0.0
        ),
    }.items(),
)
def test_a_target_without_meaning_is_refused(words, call):
    with pytest.raises(ValueError, match=words):
        call()


GLASS = hp.spin_glass(6, "sk", seed=1)
BAD = {
    "replicas must be a positive whole number": {"replicas": 0},
    "sweeps must be a whole number from 1": {"sweeps": 0},
    "record must be a whole number from 1": {"record": 0},
    "give a schedule, or the ends": {"schedule": hp.geometric(2, 1, 5), "sweeps": 5},
    "give beta or temperature, not both": {"beta": (1, 2), "temperature": (1, 2)},
    "from one temperature to another": {"beta": 1.0},
    r"finite and above 0, but temperature = \(1.0, 0.0\)": {"temperature": (1.0, 0.0)},
    r"beta=\(small, large\) must be finite and above 0, but beta = \(0.0, 1.0\)": {"beta": (0.0, 1.0)},
    r"finite and above 0, but beta = \(0.1, inf\)": {"beta": (0.1, np.inf)},
    r"from temperature=\(hot, cold\), but temperature = \(0.3, 3.0\) would heat": {"temperature": (0.3, 3.0)},
    r"from beta=\(small, large\), but beta = \(3.0, 0.3\) would heat": {"beta": (3.0, 0.3)},
    "progress must be a function of the fraction done": {"progress": "yes"},
    "threshold x shuffled is deterministic": {"dynamics": hp.HOPFIELD},
    "a variable 'best_energy' of its own": {"observe": hp.Observable("best_energy", lambda h, s: s[..., 0])},
    "a variable 'energy' of its own": {"observe": (hp.energy,)},
    "seed must be a non-negative integer": {"seed": -1},
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_refused_in_words(words):
    with pytest.raises(ValueError, match=words):
        anneal(GLASS, **{"seed": 1, **BAD[words]})


def test_models_without_a_schedule_are_refused_in_words():
    with pytest.raises(ValueError, match=r"measures the gaps of two-level sites, but this model has categorical ones"):
        anneal(models.build("Potts"), seed=1)
    with pytest.raises(ValueError, match="directed couplings have none"):
        anneal(hp.directed([[0, 1.0], [0.5, 0]]), seed=1)
    with pytest.raises(ValueError, match="directed couplings; give the schedule"):
        automatic(hp.directed([[0, 1.0], [0.5, 0]]), 5)
    with pytest.raises(ValueError, match="a Hamiltonian is needed"):
        anneal(np.eye(3), seed=1)

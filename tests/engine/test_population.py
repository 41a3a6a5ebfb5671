"""Population annealing: resampling and the whole population are unbiased by exact matrices, free energies are right."""

import sys
from pathlib import Path

import numpy as np
import pytest

import hopphys as hp
from hopphys import dataset, exact
from hopphys.engine import populations, weights
from hopphys.engine.compiled import patterns
from hopphys.engine.population import population_anneal
from hopphys.engine.resampling import copies, parents
from hopphys.engine.steps import chosen_steps, evenly
from hopphys.exact import resampling
from hopphys.kernels.random import uniforms

sys.path.insert(0, str(Path(__file__).parents[1] / "exact"))
import models

EXACT = 1e-12
NOTICED = 1e-3
BETAS = [0.0, 0.4, 1.3]
TINY = {
    "pair in fields": lambda: hp.ising(hp.chain(2), coupling=-0.6, bias=[0.3, -0.1]),
    "Hopfield, 0/1, bias": lambda: hp.hopfield(np.array([[1, -1], [1, 1]]), space=hp.BINARY, bias=[0.1, -0.2]),
    "RBM": lambda: hp.restricted_boltzmann_machine([[0.9]], [0.2], 0.4),
    "Potts site": lambda: hp.custom(lambda s: -0.7 * (s[..., 0] == 2) + 0.1 * s[..., 0], 1, space=hp.categorical(3)),
    "one spin held": lambda: hp.ising(hp.chain(3), bias=0.2).clamp({1: -1}),
}
SOME = ["SK glass", "square in a field", "RBM", "Hopfield, 0/1, bias", "Potts", "Hopfield, two spins held"]


def log_weights_of(seed, walkers):
    return 3.0 * np.random.default_rng(seed).normal(size=walkers)


def mean_copies(log_weight):
    return sum(p * np.bincount(chosen, minlength=len(log_weight)) for p, chosen in resampling.resampled(log_weight))


@pytest.mark.parametrize("walkers", [2, 3, 7, 50])
def test_a_walker_has_as_many_descendants_as_it_weighs(walkers):
    """Exactly, by integrating over the uniform number; and never off by one or more."""
    for seed in range(20):
        log_weight = log_weights_of(seed, walkers)
        weight = np.exp(log_weight)
        expected = walkers * weight / weight.sum()
        assert np.abs(mean_copies(log_weight) - expected).max() < walkers * EXACT
        for uniform in (0.0, 0.3, 0.999999):
            found = copies(log_weight, uniform)
            assert found.sum() == walkers and np.abs(found - expected).max() < 1 + EXACT
    assert np.array_equal(parents(np.zeros(walkers), 0.4), np.arange(walkers))


def test_a_biased_resampling_is_noticed(monkeypatch):
    """Rounding to the nearest number of descendants keeps no mean."""
    log_weight = log_weights_of(1, 7)
    weight = np.exp(log_weight)
    expected = 7 * weight / weight.sum()
    monkeypatch.setattr(resampling, "parents", lambda w, u: np.repeat(np.arange(7), copies(0.9 * w, u)))
    assert np.abs(mean_copies(log_weight) - expected).max() > NOTICED


def ratio(model, beta):
    return np.exp(-beta * model.energy(exact.states(model)) - weights.log_states(model))


@pytest.mark.parametrize("walkers", [1, 2, 3])
@pytest.mark.parametrize("name", TINY)
def test_partition_function_of_a_population_is_unbiased(name, walkers):
    """The chain of all walkers together, weighed, resampled and swept: exp(-beta E) / Z_0 exactly."""
    model = TINY[name]()
    for dynamics in (hp.GLAUBER, hp.METROPOLIS, hp.Dynamics("heat_bath", "shuffled")):
        found = resampling.population_weights(model, dynamics, BETAS, walkers)
        assert np.abs(found - ratio(model, BETAS[-1])).max() < EXACT * found.max()


@pytest.mark.parametrize("broken", ["weights", "resampling", "temperature"])
def test_a_broken_population_is_noticed(broken, monkeypatch):
    model = TINY["pair in fields"]()
    if broken == "weights":
        monkeypatch.setattr(resampling, "log_weights", lambda b, c, e: -c * e)
    elif broken == "resampling":
        monkeypatch.setattr(resampling, "parents", lambda w, u: np.arange(len(w)))
    else:
        monkeypatch.setattr(resampling, "transition_matrix", lambda h, d, beta: exact.transition_matrix(h, d, 1.0))
    found = resampling.population_weights(model, hp.GLAUBER, BETAS, 2)
    assert np.abs(found / ratio(model, BETAS[-1]) - 1).max() > NOTICED


def test_engine_draws_what_the_matrix_holds():
    """Mean Z and energy of 4 000 populations of three walkers, where every bias of order 1 / population is large."""
    model = TINY["pair in fields"]()
    run = populations.Populations(model, hp.GLAUBER, 4_000, 3, "population", (0.0, 0.6), 2)
    for beta in (0.3, 0.6):
        run.follow(beta, 1, cautious=False)
    z = np.exp(run.log_z - weights.log_states(model))
    law = ratio(model, 0.6)
    assert abs(z.mean() - law.sum()) < 4 * z.std() / np.sqrt(4_000)
    # The mean energy of resampled walkers, each population counted with its Z.
    energy = z * run.by_population(run.energy).mean(axis=-1)
    truth = (law * model.energy(exact.states(model))).sum()
    assert abs(energy.mean() - truth) < 4 * energy.std() / np.sqrt(4_000)


@pytest.mark.parametrize("name", SOME)
def test_log_z_and_energy_of_small_models(name):
    """|z| < 4 with the error over 16 populations (Student's t: false alarm near 1e-3 each); fixed seed."""
    model, beta = models.build(name), 1.4
    run = population_anneal(model, beta=beta, population=200, replicas=16, seed=3)
    truth = exact.enumerate(model, beta=beta)
    assert abs(run.log_z[-1] - truth.log_z) < 4 * run.log_z_error[-1]
    mean, error = float(run.energy[:, -1].mean()), float(run.energy[:, -1].std(ddof=1) / 4)
    assert abs(mean - truth.energy) < 4 * error + 1e-9
    assert np.abs(run.best_energy - model.energy(exact.states(model)).min()).max() < EXACT


@pytest.mark.parametrize("broken", ["resampling", "start"])
def test_a_wrong_free_energy_is_noticed(broken, monkeypatch):
    model = hp.spin_glass(12, "sk", seed=2) if broken == "resampling" else hp.ising(hp.chain(12), bias=0.3)
    if broken == "resampling":
        monkeypatch.setattr(populations, "parents", lambda w, u: parents(0.5 * w, u))
    else:
        biased = lambda h, origin: np.sign(uniforms(origin[:, None], 0, np.arange(12)) - 0.4)  # noqa: E731
        monkeypatch.setattr(populations, "random_start", biased)
    betas = np.linspace(0, 1.7, 13)
    run = population_anneal(model, betas, population=2_000, sweeps=1, replicas=16, seed=3)
    assert abs(run.log_z[-1] - exact.enumerate(model, beta=1.7).log_z) > 6 * run.log_z_error[-1]


def test_family_error_is_that_of_independent_populations():
    model = hp.spin_glass(16, "sk", seed=2)
    run = population_anneal(model, beta=1.7, population=300, sweeps=3, replicas=64, seed=4)
    scatter = float(run.log_z_population[:, -1].std(ddof=1))
    family = float(run.family_error[:, -1].mean())
    assert scatter < family < 3 * scatter  # systematic resampling does better than independent draws, which it counts
    assert abs(run.log_z[-1] - exact.enumerate(model, beta=1.7).log_z) < 4 * run.log_z_error[-1]


def test_one_population_has_its_family_error():
    run = population_anneal(models.build("SK glass"), beta=1.0, population=100, seed=1)
    assert np.array_equal(run.log_z_error, run.family_error[0])
    assert "family" in run.log_z_error.attrs["long_name"] and np.array_equal(run.log_z, run.log_z_population[0])


def test_families_and_walkers_are_accounted_for():
    model = hp.spin_glass(12, "sk", seed=2)
    run = population_anneal(model, beta=1.5, population=150, replicas=3, seed=1)
    for replica in range(3):
        _, sizes = np.unique(run.family[replica], return_counts=True)
        assert run.families[replica, -1] == len(sizes)
        assert run.rho_t[replica, -1] == pytest.approx((sizes**2).sum() / 150)
    assert np.abs(model.energy(run.state.values) - run.final_energy).max() < EXACT
    assert np.abs(model.energy(run.best_state.values) - run.best_energy).max() < EXACT
    assert np.allclose(run.final_energy.mean("walker"), run.energy[:, -1], atol=1e-12)
    assert (run.rho_t[:, 0] == 1).all() and (run.families[:, 0] == 150).all()
    assert (run.equilibrated == (100 * run.rho_t[:, -1] <= 150)).all()


def test_chosen_steps_keep_the_share_that_was_asked_for():
    model = hp.spin_glass(hp.square(4), "pm", seed=1)
    run = population_anneal(model, beta=1.2, share=0.8, population=4_000, seed=1)
    shares = run.effective_share[0, 1:].values
    assert np.abs(shares[:-1] - 0.8).max() < 0.12 and shares[-1] > 0.7
    assert run.beta[0] == 0 and run.beta[-1] == 1.2
    more = population_anneal(model, beta=1.2, share=0.95, population=100, seed=1)
    assert more.sizes["beta"] > 1.6 * run.sizes["beta"]


def test_steps_are_spread_evenly():
    betas, last = chosen_steps(hp.spin_glass(8, "sk", seed=1), hp.GLAUBER, 1.5, 0.88, 5, 1)
    assert betas[0] == 0 and betas[-1] == 1.5 and (np.diff(betas) > 0).all() and 0 < last <= 1
    finer = evenly(betas, last, 100)
    assert len(finer) == 101 and finer[0] == 0 and finer[-1] == 1.5 and (np.diff(finer) > 0).all()
    alone = chosen_steps(hp.ising(hp.chain(3)).clamp({0: 1, 1: 1, 2: 1}), hp.GLAUBER, 2.0, 0.88, 5, 1)
    assert alone[0].tolist() == [0.0, 2.0] and np.abs(np.diff(evenly(*alone, 4)) - 0.5).max() < EXACT


def test_populations_do_not_depend_on_how_many_there_are():
    model = hp.spin_glass(10, "sk", seed=5)
    few, many = (population_anneal(model, beta=1.1, population=40, replicas=n, seed=3) for n in (2, 5))
    assert few[["state", "family", "energy", "log_z_population"]].equals(
        many[["state", "family", "energy", "log_z_population"]].isel(replica=slice(2))
    )
    assert not np.array_equal(many.state[0], many.state[1])


@pytest.mark.parametrize("dynamics", [None, hp.GLAUBER, hp.CHECKERBOARD], ids=str)
def test_lattices_in_words_keep_states_and_energies_together(dynamics):
    """70 walkers: a full word of 64 and one of 6; and as many populations as are asked for."""
    model = hp.spin_glass(hp.square(4), "pm", seed=5, disorder=2)
    few, many = (
        population_anneal(model, beta=1.0, population=70, replicas=n, dynamics=dynamics, seed=3) for n in (1, 3)
    )
    assert few.state.equals(many.state.isel(replica=slice(1))) and few.energy.equals(many.energy[:, :1])
    for d in range(2):
        part = model.at(d)
        assert np.array_equal(part.energy(many.state[d].values), many.final_energy[d])
        assert np.array_equal(part.energy(many.best_state[d].values), many.best_energy[d])
        truth = exact.enumerate(part, beta=1.0)
        assert np.abs(many.log_z_population[d, :, -1] - truth.log_z).max() < 5 * many.family_error[d, :, -1].max()


@pytest.mark.parametrize("threads", ["2", "3"])
def test_threads_change_no_bit(threads, monkeypatch):
    monkeypatch.setattr("hopphys.engine.rows.SERIAL", 1)
    for model in (hp.spin_glass(8, "sk", seed=5, disorder=2), hp.spin_glass(hp.square(4), "pm", seed=5)):
        monkeypatch.setenv("HOPPHYS_THREADS", "1")
        one = population_anneal(model, beta=0.9, population=30, replicas=2, seed=3)
        monkeypatch.setenv("HOPPHYS_THREADS", threads)
        assert one.equals(population_anneal(model, beta=0.9, population=30, replicas=2, seed=3))


@pytest.mark.parametrize(
    "glass",
    [hp.spin_glass(8, "sk", seed=1, disorder=3), hp.hopfield(hp.patterns.random(2, 9, seed=3, disorder=3))],
    ids=["couplings", "patterns in bits"],
)
def test_disorder_samples_are_populations_of_their_own(glass):
    run = population_anneal(glass, beta=1.5, population=200, replicas=8, seed=4)
    assert run.energy.dims == ("disorder", "replica", "beta") and run.log_z.dims == ("disorder", "beta")
    assert run.state.dims == ("disorder", "replica", "walker", "site")
    for d in range(3):
        truth = exact.enumerate(glass.at(d), beta=1.5)
        assert abs(run.log_z[d, -1] - truth.log_z) < 4 * run.log_z_error[d, -1]
        assert np.abs(glass.at(d).energy(run.state[d].values) - run.final_energy[d]).max() < EXACT
    dataset.check(run)


def test_observables_are_averaged_over_walkers():
    xi = hp.patterns.random(2, 12, seed=1)
    run = population_anneal(
        hp.hopfield(xi), temperature=[np.inf, 2.0, 0.8], population=50, replicas=2, seed=1,
        observe=(hp.overlap_with(xi), hp.magnetisation),
    )  # fmt: skip
    assert run.overlap.dims == ("replica", "beta", "pattern") and run.beta.values.tolist() == [0, 0.5, 1.25]
    last = run.state[0].values.astype(float)
    assert np.allclose(run.overlap[0, -1], (last @ xi.T / 12).mean(axis=0), atol=1e-12)
    assert np.allclose(run.magnetisation[0, -1], last.mean(), atol=1e-12)


def test_a_run_is_a_dataset_that_can_be_saved(tmp_path):
    seen = []
    run = population_anneal(
        models.build("Potts"), beta=0.7, population=20, replicas=2, seed=1, observe=hp.energy, progress=seen.append
    )
    dataset.check(run)
    assert "walkers of one replica share ancestors" in run.attrs["law"] and seen[-1] == 1.0
    assert dataset.load(dataset.save(run, tmp_path / "run.nc")).equals(run)


def test_golden_values():
    run = population_anneal(
        hp.spin_glass(hp.square(4), "pm", seed=2), [0, 0.1, 0.2, 0.4], population=8, replicas=2, sweeps=2, seed=9
    )
    assert run.final_energy.values.tolist() == GOLDEN_ENERGY and run.family.values.tolist() == GOLDEN_FAMILY
    assert np.abs(run.log_z_population[:, -1].values - GOLDEN_LOG_Z).max() < EXACT


GOLDEN_ENERGY = [
    [-12.0, -4.0, -8.0, -12.0, -12.0, -8.0, -8.0, -16.0],
    [-16.0, -24.0, -4.0, -8.0, -8.0, -16.0, -8.0, -16.0],
]
GOLDEN_FAMILY = [[2, 3, 3, 3, 4, 4, 4, 4], [0, 0, 0, 0, 3, 5, 5, 7]]
GOLDEN_LOG_Z = [13.114209340929413, 13.056142793454166]


def test_a_population_that_dies_out_is_refused():
    big = hp.spin_glass(60, "sk", seed=1)
    words = r"dies out at step 1: from beta = 0 to 3 the weights of 500 walkers .*are worth .* 5 are needed; take small"
    with pytest.raises(ValueError, match=words):
        population_anneal(big, [0.0, 3.0], population=500, seed=1)
    with pytest.raises(ValueError, match=r"replica \d, disorder sample \d"):
        population_anneal(hp.spin_glass(60, "sk", seed=1, disorder=2), [0.0, 3.0], population=500, replicas=2, seed=1)
    with pytest.raises(ValueError, match=r"at step \d+, beta = .*all 4 walkers descend from one .*larger population"):
        population_anneal(big, beta=3.0, population=4, sweeps=1, seed=1)


GLASS = hp.spin_glass(6, "sk", seed=1)
BAD = {
    "population must be a whole number from 2": {"beta": 1.0, "population": 1},
    "replicas must be a whole number from 1": {"beta": 1.0, "replicas": 0},
    "sweeps must be a whole number from 1": {"beta": 1.0, "sweeps": 0},
    "between 0.05 and 0.999": {"beta": 1.0, "share": 1.0},
    "not both: 3 steps and 0.9": {"beta": [0, 0.5, 1.0], "share": 0.9},
    "the first beta is 0.3": {"beta": [0.3, 1.0]},
    "needs finite inverse temperatures": {"temperature": 0.0},
    "step 1 has 0.5 and step 2 0.5": {"beta": [0.0, 0.5, 0.5]},
    "give beta or temperature, not both": {"beta": 1.0, "temperature": 1.0},
    "a temperature is needed": {},
    "'replica_overlap' compares states": {"beta": 1.0, "observe": (hp.replica_overlap,)},
    "a variable 'rho_t'": {"beta": 1.0, "observe": hp.Observable("rho_t", lambda h, s: s[..., 0])},
    "threshold x shuffled does not": {"beta": 1.0, "dynamics": hp.HOPFIELD},
    "clamp\\({2: value}\\) names it": {"beta": 1.0, "clamp": [2]},
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_refused_in_words(words):
    with pytest.raises(ValueError, match=words):
        population_anneal(GLASS, **{"seed": 1, **BAD[words]})


def test_memory_is_predicted(monkeypatch):
    monkeypatch.setenv("HOPPHYS_MEMORY", "1000000")
    with pytest.raises(hp.memory.TooLarge, match="would take"):
        population_anneal(GLASS, [0, 1.0], population=100_000, seed=1)


def seen_acceptances(monkeypatch):
    """(seen by the choice between patterns and couplings, true) of each call after the first, one population."""
    seen = []
    plain = patterns._Choice.prepare

    def prepare(choice, rows, sweeps):
        seen.append(rows.flips.sum() / choice.attempts if choice.attempts else np.nan)
        plain(choice, rows, sweeps)

    monkeypatch.setattr(patterns._Choice, "prepare", prepare)
    model = hp.hopfield(hp.patterns.random(6, 60, seed=1))
    run = population_anneal(model, beta=[0.0, 0.3, 0.6, 0.9], population=50, sweeps=3, dynamics=hp.GLAUBER, seed=4)
    true = np.cumsum(run.acceptance.values[0, 1:]) / np.arange(1, 4)
    return np.array(seen[1:]), true[:-1]


def test_the_choice_of_a_kernel_sees_the_true_acceptance(monkeypatch):
    seen, true = seen_acceptances(monkeypatch)
    assert seen == pytest.approx(true, rel=EXACT) and (true > 0.1).all()


def test_an_acceptance_forgotten_by_resampling_is_noticed(monkeypatch):
    plain = populations.Populations._resample

    def forgetful(self, log_weight):
        plain(self, log_weight)
        self.rows.flips[:] = 0

    monkeypatch.setattr(populations.Populations, "_resample", forgetful)
    seen, true = seen_acceptances(monkeypatch)
    assert np.abs(seen / true - 1).max() > 0.5

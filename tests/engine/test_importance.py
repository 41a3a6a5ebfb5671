"""Annealed importance sampling: the mean weight is Z / Z_0 by exact matrices, log Z agrees with what is known."""

import sys
from pathlib import Path

import numpy as np
import pytest

import hopphys as hp
from hopphys import dataset, exact
from hopphys.engine import importance, weights
from hopphys.engine.importance import annealed_importance
from hopphys.exact import resampling

sys.path.insert(0, str(Path(__file__).parents[1] / "exact"))
import models

EXACT = 1e-12
NOTICED = 1e-3
BETAS = [0.0, 0.31, 0.8, 1.3]
DYNAMICS = [hp.GLAUBER, hp.METROPOLIS, hp.Dynamics("heat_bath", "sequential"), hp.Dynamics("metropolis", "shuffled")]
SOME = ["SK glass", "square in a field", "RBM", "Hopfield, 0/1, bias", "Potts", "Hopfield, two spins held"]


def ratio(model, beta):
    """exp(-beta E) / Z_0 of every state."""
    return np.exp(-beta * model.energy(exact.states(model)) - weights.log_states(model))


@pytest.mark.parametrize("name", models.BUILD)
def test_mean_weight_is_the_ratio_of_partition_functions(name):
    model = models.build(name)
    for dynamics in DYNAMICS:
        found = resampling.annealed_weights(model, dynamics, BETAS)
        truth = ratio(model, BETAS[-1])
        assert np.abs(found - truth).max() < EXACT * truth.max(), dynamics.name
        log_z = np.log(found.sum()) + weights.log_states(model)
        assert abs(log_z - exact.enumerate(model, beta=BETAS[-1]).log_z) < EXACT


@pytest.mark.parametrize("broken", ["whole beta", "wrong sign", "weight after the sweep"])
def test_a_wrong_weight_is_noticed(broken, monkeypatch):
    model = models.build("SK glass")
    if broken == "weight after the sweep":
        monkeypatch.setattr(resampling, "transition_matrix", lambda h, d, beta: exact.transition_matrix(h, d, 2 * beta))
    else:
        rule = {"whole beta": lambda b, c, e: -c * e, "wrong sign": lambda b, c, e: (c - b) * e}[broken]
        monkeypatch.setattr(resampling, "log_weights", rule)
    found = resampling.annealed_weights(model, hp.GLAUBER, BETAS)
    assert np.abs(found / ratio(model, BETAS[-1]) - 1).max() > NOTICED


@pytest.mark.parametrize("name", SOME)
def test_variance_of_the_weights_is_the_exact_one(name):
    """The second moment knows how many sweeps are made at which beta, and that the weight is taken before them."""
    model, betas, replicas = models.build(name), [0.0, 0.5, 1.3], 20_000
    found = annealed_importance(model, betas, replicas=replicas, sweeps=2, seed=3)
    dynamics = importance.prepared(model, None, None, "")[1]
    first, second = (resampling.annealed_weights(model, dynamics, betas, 2, power).sum() for power in (1, 2))
    w = np.exp(found.log_weight.values - weights.log_states(model))
    fourth = resampling.annealed_weights(model, dynamics, betas, 2, 4).sum()
    assert abs(w.mean() - first) < 4 * np.sqrt((second - first**2) / replicas)
    assert abs((w**2).mean() - second) < 4 * np.sqrt((fourth - second**2) / replicas)


def z_of_log_z(model, beta, **options):
    found = annealed_importance(model, beta=beta, **options)
    return float((found.log_z[-1] - exact.enumerate(model, beta=beta).log_z) / found.log_z_error[-1])


@pytest.mark.parametrize("name", SOME)
def test_log_z_of_small_models(name):
    """|z| < 4: false alarm at 6e-5 each, fixed seed."""
    assert abs(z_of_log_z(models.build(name), 1.4, steps=20, replicas=2_000, seed=5)) < 4


def test_log_z_of_a_glass_and_a_net_of_sixteen_spins():
    for model in (hp.spin_glass(16, "sk", seed=2), hp.hopfield(hp.patterns.random(2, 16, seed=4))):
        assert abs(z_of_log_z(model, 1.7, steps=60, replicas=1_000, seed=7)) < 4


def test_log_z_with_clusters():
    for dynamics in (hp.SWENDSEN_WANG, hp.wolff(3)):
        found = annealed_importance(
            hp.ising(hp.square(4)), beta=0.5, dynamics=dynamics, steps=10, replicas=500, seed=1
        )  # fmt: skip
        truth = exact.enumerate(hp.ising(hp.square(4)), beta=0.5).log_z
        assert abs(found.log_z[-1] - truth) < 4 * found.log_z_error[-1], dynamics.name


def test_a_wrong_log_z_is_noticed(monkeypatch):
    monkeypatch.setattr(importance, "log_weights", lambda b, c, e: (b - c) * np.asarray(e) * 1.1)
    assert abs(z_of_log_z(models.build("SK glass"), 1.4, steps=20, replicas=2_000, seed=5)) > 6


def test_every_step_has_its_log_z():
    model = hp.spin_glass(8, "sk", seed=6)
    found = annealed_importance(model, temperature=0.8, steps=30, replicas=2_000, seed=2)
    assert found.log_z[0] == pytest.approx(8 * np.log(2), abs=1e-12)
    for step in (5, 15, 30):
        truth = exact.enumerate(model, beta=float(found.beta[step])).log_z
        assert abs(found.log_z[step] - truth) < 4 * found.log_z_error[step]
    assert found.beta[-1] == 1.25 and found.sizes["beta"] == 31


def test_weighted_replicas_have_the_law_of_the_last_beta():
    model = hp.spin_glass(8, "sk", seed=6)
    found = annealed_importance(model, beta=1.2, steps=15, replicas=4_000, seed=8)
    w = np.exp(found.log_weight - found.log_weight.max())
    mean = float((w * found.energy).sum() / w.sum())
    error = float(np.sqrt((w**2 * (found.energy - mean) ** 2).sum()) / w.sum())
    assert abs(mean - exact.enumerate(model, beta=1.2).energy) < 4 * error
    assert np.abs(model.energy(found.state.values) - found.energy.values).max() < EXACT


@pytest.mark.parametrize(
    "model",
    [hp.spin_glass(8, "sk", seed=1, disorder=3), hp.hopfield(hp.patterns.random(2, 9, seed=3, disorder=3))],
    ids=["couplings", "patterns in bits"],
)
def test_disorder_samples_are_runs_of_their_own(model):
    found = annealed_importance(model, [0, 0.5, 1.0, 1.5], replicas=500, seed=4)
    assert found.log_weight.dims == ("disorder", "replica") and found.log_z.dims == ("disorder", "beta")
    for d in range(3):
        truth = exact.enumerate(model.at(d), beta=1.5).log_z
        assert abs(found.log_z[d, -1] - truth) < 4 * found.log_z_error[d, -1]
        assert np.abs(model.at(d).energy(found.state[d].values) - found.energy[d]).max() < EXACT
    dataset.check(found)


def test_replicas_do_not_depend_on_how_many_there_are():
    model = hp.hopfield(hp.patterns.random(3, 12, seed=1))
    few, many = (annealed_importance(model, beta=1.1, steps=10, replicas=n, seed=3) for n in (4, 40))
    assert np.array_equal(few.state.values, many.state.values[:4])
    assert np.abs(few.log_weight.values - many.log_weight.values[:4]).max() < EXACT


@pytest.mark.parametrize("threads", ["2", "3"])
def test_threads_change_no_bit(threads, monkeypatch):
    monkeypatch.setattr("hopphys.engine.rows.SERIAL", 1)
    model = hp.spin_glass(hp.square(4), "pm", seed=5, disorder=2)
    monkeypatch.setenv("HOPPHYS_THREADS", "1")
    one = annealed_importance(model, beta=0.9, steps=12, replicas=20, seed=3)
    monkeypatch.setenv("HOPPHYS_THREADS", threads)
    assert one.equals(annealed_importance(model, beta=0.9, steps=12, replicas=20, seed=3))


def test_weights_that_few_replicas_carry_are_named():
    model = hp.spin_glass(40, "sk", seed=1)
    hasty = annealed_importance(model, [0.0, 3.0], replicas=50, seed=1)
    assert "too few" in hasty.attrs["warning"] and hasty.effective_size[-1] < 20
    assert "warning" not in annealed_importance(model, beta=0.5, steps=50, replicas=50, seed=1).attrs


def test_errors_of_the_logarithm_of_a_mean():
    w = np.random.default_rng(1).gamma(2.0, size=(400, 50))
    found = weights.log_mean_error(np.log(w)).mean()
    assert found == pytest.approx(np.log(w.mean(axis=-1)).std(), rel=0.15)
    assert np.isnan(weights.log_mean_error(np.zeros(1))) and weights.log_mean_error(np.array([0.0, -800])) == np.inf
    assert weights.effective_number(np.log([3.0, 1.0])) == pytest.approx(1.6)


def test_a_run_is_a_dataset_that_can_be_saved(tmp_path):
    model = hp.restricted_boltzmann_machine(0.5 * np.ones((2, 3)), 0.1, -0.2)
    seen = []
    found = annealed_importance(model, beta=0.7, steps=5, replicas=6, seed=1, progress=seen.append)
    dataset.check(found)
    assert found.attrs["law"].startswith("not exp(-beta E)") and seen == sorted(seen) and seen[-1] == 1.0
    assert dataset.load(dataset.save(found, tmp_path / "run.nc")).equals(found)


def test_golden_values():
    found = annealed_importance(hp.spin_glass(hp.square(4), "pm", seed=2), [0, 0.2, 0.5, 1.0], replicas=4, seed=9)
    assert found.energy.values.tolist() == GOLDEN_ENERGY
    assert np.abs(found.log_weight.values - GOLDEN_WEIGHT).max() < EXACT


GOLDEN_ENERGY = [-20.0, -12.0, -16.0, -12.0]
GOLDEN_WEIGHT = [20.290354888959122, 14.290354888959124, 19.490354888959125, 19.890354888959124]


GLASS = hp.spin_glass(6, "sk", seed=1)
BAD = {
    "replicas must be a whole number from 1": {"beta": 1.0, "replicas": 0},
    "sweeps must be a whole number from 1": {"beta": 1.0, "sweeps": 0},
    "steps must be a whole number from 1": {"beta": 1.0, "steps": 0},
    "not both: 3 and 7": {"beta": [0, 0.5, 1.0], "steps": 7},
    "give beta or temperature, not both": {"beta": 1.0, "temperature": 1.0},
    "give a schedule, or beta": {"schedule": [0, 1.0], "beta": 1.0},
    "a temperature is needed": {},
    "one is infinite": {"temperature": 0.0},
    "needs finite inverse temperatures": {"beta": [0.0, 1.0, np.inf]},
    "the first beta is 0.3": {"beta": [0.3, 1.0]},
    "step 1 has 0.5 and step 2 0.5": {"beta": [0.0, 0.5, 0.5]},
    "step 1 has 0.5 and step 2 0.2": {"beta": [0.0, 0.5, 0.2]},
    "list of two inverse temperatures": {"beta": [0.0]},
    "ends at beta > 0": {"beta": 0.0},
    "must be a non-negative number": {"beta": -1.0},
    "threshold x shuffled does not": {"beta": 1.0, "dynamics": hp.HOPFIELD},
    "heat_bath x synchronous does not": {"beta": 1.0, "dynamics": hp.LITTLE},
    "clamp\\({2: value}\\) names it": {"beta": 1.0, "clamp": [2]},
    "seed must be a non-negative integer": {"beta": 1.0, "seed": -1},
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_refused_in_words(words):
    with pytest.raises(ValueError, match=words):
        annealed_importance(GLASS, **{"seed": 1, **BAD[words]})


def test_models_without_a_law_at_infinite_temperature_are_refused():
    gaussian = hp.restricted_boltzmann_machine(0.3 * np.ones((2, 3)), hidden=hp.REAL)
    with pytest.raises(ValueError, match=r"a real site \(site 3\) has no law; integrate"):
        annealed_importance(gaussian, beta=0.7, seed=1)
    with pytest.raises(ValueError, match="directed couplings do not have"):
        annealed_importance(hp.directed([[0, 1.0], [0.5, 0]]), beta=0.7, seed=1)
    with pytest.raises(ValueError, match="a Hamiltonian is needed"):
        annealed_importance("glass", beta=0.7, seed=1)


def test_integrated_units_leave_log_z_as_it_was():
    """Gaussian hidden units: log Z of the joint law, where a Gaussian integral is known, is that of the marginal."""
    beta, weights_ = 0.7, np.array([[0.5, -0.4, 0.3], [0.2, 0.6, -0.1]])
    machine = hp.restricted_boltzmann_machine(weights_, 0.1, 0.2, hidden=hp.REAL)
    v = exact.states(hp.custom(lambda s: 0 * s[..., 0], 3, space=hp.BINARY)).astype(float)
    x = v @ weights_.T + 0.2
    log_p = beta * (v.sum(axis=1) * 0.1 + 0.5 * (x**2).sum(axis=1)) + np.log(2 * np.pi / beta)
    found = annealed_importance(machine.marginal(beta), beta=beta, steps=20, replicas=2_000, seed=1)
    assert abs(found.log_z[-1] - np.log(np.exp(log_p).sum())) < 4 * found.log_z_error[-1]

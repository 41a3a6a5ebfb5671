"""Free energies beyond enumeration, against Kaufman's, and what a search reaches; fixed seeds, so a pass stays one."""

import numpy as np
import pytest

import hopphys as hp
from hopphys import exact, theory
from hopphys.engine import importance, populations
from hopphys.engine.annealing import anneal, time_to_target
from hopphys.engine.importance import annealed_importance
from hopphys.engine.population import population_anneal
from hopphys.engine.resampling import parents

# |z| < 4: false alarm at 6e-5 for normal errors; with 16 populations, Student's t, near 1e-3.
LIMIT = 4.0
SIZES = [(8, 1.9), (8, 3.0), (12, 2.269185314213022), (16, 2.6)]


def kaufman(length, temperature):
    return float(theory.ising.kaufman(length, length, temperature).log_z)


def z_importance(length, temperature, **options):
    run = annealed_importance(hp.ising(hp.square(length)), temperature=temperature, replicas=1_000, seed=3, **options)
    assert "warning" not in run.attrs
    return float((run.log_z[-1] - kaufman(length, temperature)) / run.log_z_error[-1])


@pytest.mark.statistical
@pytest.mark.parametrize("dynamics", [hp.CHECKERBOARD, hp.GIBBS], ids=lambda d: d.name)
@pytest.mark.parametrize(("length", "temperature"), SIZES)
def test_annealed_importance_reproduces_kaufman(length, temperature, dynamics):
    assert abs(z_importance(length, temperature, dynamics=dynamics)) < LIMIT


@pytest.mark.statistical
def test_annealed_importance_in_random_order_reproduces_kaufman():
    assert abs(z_importance(8, 1.9, dynamics=hp.GLAUBER, steps=200)) < LIMIT


@pytest.mark.statistical
@pytest.mark.parametrize(("length", "temperature"), SIZES)
def test_population_annealing_reproduces_kaufman(length, temperature):
    run = population_anneal(hp.ising(hp.square(length)), temperature=temperature, replicas=16, seed=3)
    assert abs(run.log_z[-1] - kaufman(length, temperature)) < LIMIT * run.log_z_error[-1]
    u = float(theory.ising.kaufman(length, length, temperature).u) * length**2
    energy = run.energy[:, -1].values
    assert abs(energy.mean() - u) < LIMIT * energy.std(ddof=1) / 4
    assert bool(run.equilibrated.all())


@pytest.mark.statistical
def test_errors_of_log_z_are_those_of_repeated_runs():
    """z of 60 runs: the square of the error must be that of the scatter; chi-square at p > 1e-4 either way."""
    truth, model = kaufman(6, 2.4), hp.ising(hp.square(6))
    squares = [
        float(((run.log_z[-1] - truth) / run.log_z_error[-1]) ** 2)
        for run in (annealed_importance(model, temperature=2.4, steps=60, replicas=400, seed=s) for s in range(60))
    ]
    assert 27 < sum(squares) < 108  # 1e-4 and 1 - 1e-4 of chi-square with 60 degrees of freedom


@pytest.mark.statistical
@pytest.mark.parametrize("broken", ["coupling", "weight", "resampling"])
def test_a_broken_rule_misses_kaufman(broken, monkeypatch):
    model = hp.ising(hp.square(8), coupling=1.01 if broken == "coupling" else 1.0)
    if broken == "weight":
        monkeypatch.setattr(importance, "log_weights", lambda b, c, e: 1.01 * (b - c) * np.asarray(e))
    if broken == "resampling":
        monkeypatch.setattr(populations, "parents", lambda w, u: parents(0.5 * w, u))
        betas = np.linspace(0, 1 / 1.9, 30)
        run = population_anneal(model, betas, population=4_000, sweeps=1, replicas=16, seed=3)
    else:
        run = annealed_importance(model, temperature=1.9, replicas=4_000, seed=3)
    assert abs(run.log_z[-1] - kaufman(8, 1.9)) > 6 * run.log_z_error[-1]


@pytest.mark.statistical
@pytest.mark.parametrize("model", [hp.spin_glass(16, "sk", seed=5), hp.spin_glass(hp.square(4), "gaussian", seed=5)])
def test_a_cold_population_is_in_the_ground_state(model):
    run = population_anneal(model, temperature=0.1, replicas=16, seed=3)
    truth = exact.enumerate(model, temperature=0.1)
    assert np.abs(run.best_energy - model.energy(exact.states(model)).min()).max() < 1e-9
    assert abs(run.log_z[-1] - truth.log_z) < LIMIT * run.log_z_error[-1]
    energy = run.energy[:, -1].values
    assert abs(energy.mean() - truth.energy) < LIMIT * energy.std(ddof=1) / 4


@pytest.mark.statistical
@pytest.mark.parametrize(
    ("model", "sweeps", "share", "least"),
    [
        (hp.spin_glass(hp.cubic(10), "pm", seed=1), 1_000, 0.985, 0.8),
        (hp.spin_glass(256, "sk", seed=1), 300, 0.985, 0.5),
    ],
    ids=["+-J, 10^3", "SK, 256"],
)
def test_automatic_schedule_comes_close_to_the_best_of_long_reads(model, sweeps, share, least):
    """A regression test of the schedule, not of a law; a schedule that is ten times too hot fails it."""
    best = float(anneal(model, sweeps=10_000, seed=7).best_energy.min())
    good = time_to_target(anneal(model, sweeps=sweeps, seed=2), share * best)
    hot = anneal(model, sweeps=sweeps, seed=2).beta.values
    bad = time_to_target(anneal(model, beta=(hot[0] / 10, hot[-1] / 10), sweeps=sweeps, seed=2), share * best)
    assert good.probability > least and good.high < bad.low

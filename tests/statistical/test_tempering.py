"""Tempering against its joint matrix and against enumeration; and where plain sampling is stuck.

Chi-squares at p > 1e-4, their false-alarm rate; means at |z| < 4.5 over independent replicas, which fails once in
150 000 comparisons. Seeds are fixed: a pass stays one.
"""

import numpy as np
import pytest
from scipy import stats

import hopphys as hp
from hopphys import exact
from hopphys.engine import exchange as engine
from hopphys.engine.tempering import ladder, temper
from hopphys.engine.tempering_start import begin
from hopphys.exact import exchange

REPLICAS = 20_000
FAR = 4.5


def chi_square_p(observed, law):
    """Chance of a chi-square as large; joint states that would hold fewer than 5 replicas are counted as one."""
    expected = law * observed.sum()
    common = expected >= 5
    o = np.append(observed[common], observed[~common].sum())
    e = np.append(expected[common], expected[~common].sum())
    return stats.chi2.sf(((o - e)[e > 0] ** 2 / e[e > 0]).sum(), (e > 0).sum() - 1)


def joint_counts(model, beta, sweeps, *, dynamics=hp.GLAUBER, start=None, replicas=REPLICAS, **options):
    """How many replicas end in each joint state of the rungs, or of the copies of the first rung."""
    fixed = {
        "beta": beta,
        "sweeps": sweeps,
        "start": start,
        "dynamics": dynamics,
        "record": 0,
        "observe": (),
        "seed": 1,
    }
    run = temper(model, replicas=replicas, **fixed, **options)
    inner = "copy" if "copy" in run.dims else "rung"
    state = run.state if inner == "rung" else run.state.isel(rung=0)
    index = exact.state_index(model, state.transpose("replica", inner, "site").values)
    size = len(exact.states(model))
    return np.bincount(index @ size ** np.arange(index.shape[1])[::-1], minlength=size ** index.shape[1])


MODELS = {
    "pair in a field": lambda: hp.ising(hp.chain(2), coupling=0.5, bias=[0.4, -0.2]),
    "antiferromagnetic double bond": lambda: hp.ising(hp.chain(2), coupling=-0.6),
    "three-body": lambda: hp.custom(lambda s: -0.8 * s[..., 0] * s[..., 1] * s[..., 2], 3, bias=0.3),
    "RBM": lambda: hp.restricted_boltzmann_machine([[0.9, -0.4]], [0.2, -0.3], 0.4),
}


@pytest.mark.parametrize("beta", [[0.3, 1.1], [0.0, 0.7, np.inf]], ids=str)
@pytest.mark.parametrize("name", ["pair in a field", "antiferromagnetic double bond"])
def test_tempering_moves_as_its_joint_matrix_says_and_ends_in_the_product_of_the_laws(name, beta):
    model = MODELS[name]()
    matrix = exchange.tempering_matrix(model, hp.GLAUBER, beta)
    first = len(matrix) // 3
    place = np.unravel_index(first, (len(exact.states(model)),) * len(beta))
    start = exact.states(model)[np.array(place)][:, None]
    assert chi_square_p(joint_counts(model, beta, 2, start=start), matrix[first]) > 1e-4
    assert chi_square_p(joint_counts(model, beta, 80), exchange.joint_distribution(model, beta)) > 1e-4


def test_replicas_packed_into_words_temper_as_their_joint_matrix_says():
    """Where 64 replicas share words, states move between rungs; the twin looks one exchange later."""
    model, beta = hp.ising(hp.chain(2), coupling=0.5, bias=0.25), [0.2, 0.8, 1.5]
    assert begin(model, hp.GIBBS, np.array(beta), 2, 0, 1, None).walkers.states_move
    matrix = exchange.tempering_matrix(model, hp.GIBBS, beta)
    start = exact.states(model)[[1, 3, 0]][:, None]
    observed = joint_counts(model, beta, 2, start=start, dynamics=hp.GIBBS)
    first = (1 * 4 + 3) * 4 + 0
    sweep, even = exchange.sweep_matrix(model, hp.GIBBS, beta), exchange.exchange_matrix(model, beta, 0)
    assert chi_square_p(observed, matrix[first]) > 1e-4
    assert chi_square_p(observed, (sweep @ even @ sweep)[first]) < 1e-4
    law = exchange.joint_distribution(model, beta)
    assert chi_square_p(joint_counts(model, beta, 40, dynamics=hp.GIBBS), law) > 1e-4


@pytest.mark.parametrize("name", ["three-body", "RBM"])
def test_reference_sweepers_temper_as_their_joint_matrix_says(name):
    model, beta, dynamics = MODELS[name](), [0.3, 1.1], hp.Dynamics("heat_bath", "shuffled")
    matrix = np.linalg.matrix_power(exchange.tempering_matrix(model, dynamics, beta), 2)
    start = exact.states(model)[[1, 6]][:, None]
    observed = joint_counts(model, beta, 4, start=start, dynamics=dynamics, replicas=4000)
    assert chi_square_p(observed, matrix[1 * len(exact.states(model)) + 6]) > 1e-4


TWINS = {
    "sign of the exponent": lambda i, j, e, f: RIGHT(j, i, e, f),
    "accepts always": lambda i, j, e, f: np.ones(np.broadcast(i, j, e, f).shape),
    "product of the betas": lambda i, j, e, f: np.exp(np.minimum(i * j * (e - f), 0.0)),
}
RIGHT = engine.exchange_probability


@pytest.mark.parametrize("twin", TWINS)
def test_a_broken_exchange_is_noticed_in_the_engine(twin, monkeypatch):
    model, beta = MODELS["pair in a field"](), [0.3, 1.1]
    monkeypatch.setattr(engine, "exchange_probability", TWINS[twin])
    assert chi_square_p(joint_counts(model, beta, 41), exchange.joint_distribution(model, beta)) < 1e-4


def test_isoenergetic_moves_move_as_their_matrix_says_and_keep_the_law():
    """From two states the copies sweep twice and exchange a cluster; the second turn has no pair of two rungs."""
    model, beta, states = hp.spin_glass(hp.chain(4), "pm", seed=2), [0.5, 0.9], [3, 6]
    law, clusters = exact.distribution(model, 0.5), exchange.isoenergetic_matrix(model)
    assert chi_square_p(joint_counts(model, beta, 60, isoenergetic=2), np.kron(law, law)) > 1e-4
    options = {"isoenergetic": True, "exchange_every": 2}
    start = temper(model, beta=beta, sweeps=2, replicas=REPLICAS, record=0, seed=2, **options)
    start["state"][:] = start["state"].copy(
        data=np.broadcast_to(exact.states(model)[states][:, None], start.state.shape)
    )
    twice = np.linalg.matrix_power(exact.transition_matrix(model, hp.GLAUBER, 0.5), 2)[states]
    observed = joint_counts(model, beta, 2, start=start, **options)
    assert chi_square_p(observed, np.kron(*twice) @ clusters) > 1e-4
    assert chi_square_p(observed, np.kron(*twice)) < 1e-4  # the twin: no cluster


def z_of_energies(run, model, betas):
    """Deviation of the mean energy at each rung from enumeration, in its errors over replicas."""
    means = run.energy.mean("sweep")
    wanted = np.array([exact.enumerate(model, beta=beta).energy for beta in betas])
    error = means.std("replica", ddof=1) / np.sqrt(run.sizes["replica"])
    return (means.mean("replica").values - wanted) / error.values


@pytest.mark.statistical
@pytest.mark.parametrize(
    "model", [hp.spin_glass(10, "sk", seed=1), hp.hopfield(hp.patterns.random(3, 10, seed=3), bias=0.1)],
    ids=lambda m: m.name,
)  # fmt: skip
def test_energies_at_every_rung_are_those_of_enumeration(model):
    betas = [0.0, 0.4, 0.9, 1.5, 3.0]
    run = temper(model, beta=betas, sweeps=600, replicas=400, record=5, seed=2)
    z = z_of_energies(run.isel(sweep=slice(10, None)), model, betas)
    assert np.abs(z).max() < FAR, z
    mixed = z_of_energies(run.isel(sweep=slice(10, None)), model, np.array(betas) ** 0.9)
    assert np.abs(mixed[2:]).max() > FAR  # the twin: other temperatures


@pytest.mark.statistical
def test_isoenergetic_tempering_of_a_glass_has_the_energies_of_enumeration():
    model, betas = hp.spin_glass(hp.square(4), "gaussian", seed=4), [0.2, 0.6, 1.2, 2.0]
    run = temper(model, beta=betas, sweeps=400, replicas=200, record=5, isoenergetic=True, seed=2)
    means = run.energy.isel(sweep=slice(10, None)).mean(("sweep", "copy"))
    wanted = np.array([exact.enumerate(model, beta=beta).energy for beta in betas])
    z = (means.mean("replica") - wanted) / (means.std("replica", ddof=1) / np.sqrt(200))
    assert np.abs(z).max() < FAR


def test_tempering_visits_both_phases_of_a_ferromagnet_where_plain_sampling_stays_in_one():
    model, start = hp.ising(hp.square(6)), np.ones(36)
    options = {"sweeps": 2_000, "replicas": 32, "start": start, "record": 10, "dynamics": hp.GIBBS, "seed": 1}
    plain = hp.sample(model, temperature=1.3, **options)
    assert plain.magnetisation.mean() > 0.9
    run = temper(model, ladder(model, temperature=(1.3, 3.5), seed=1), **options)
    cold = run.magnetisation.isel(rung=0, sweep=slice(50, None))
    z = cold.mean() / (cold.mean("sweep").std() / np.sqrt(32))
    assert abs(z) < FAR and abs(cold).mean() > 0.9 and ((cold > 0).any("sweep") & (cold < 0).any("sweep")).mean() > 0.9


@pytest.mark.statistical
def test_tempering_visits_every_pattern_of_a_memory_where_plain_sampling_keeps_its_cue():
    xi = hp.patterns.random(2, 60, seed=1)
    model, observe = hp.hopfield(xi), hp.overlap_with(xi)
    options = {"sweeps": 2_000, "replicas": 32, "start": xi[0], "record": 10, "observe": observe, "seed": 1}
    plain = hp.sample(model, temperature=0.3, **options)
    assert plain.overlap.isel(pattern=0).min() > 0.5
    run = temper(model, ladder(model, temperature=(0.3, 1.3), seed=1), **options)
    cold = run.overlap.isel(rung=0, sweep=slice(50, None))
    shares = [(sign * cold.isel(pattern=p) > 0.7).mean("sweep") for p in (0, 1) for sign in (1, -1)]
    for share in shares:  # four states of one energy, but for finite size: each has its quarter
        assert abs(share.mean() - np.mean(shares)) < FAR * share.std() / np.sqrt(32) and share.mean() > 0.1


def test_a_machine_with_real_units_keeps_its_moments_at_every_rung():
    """Visible spins, one real hidden unit: E = -w z (v1 + v2) + z^2 / 2, so <v1 v2> = tanh(beta w^2)."""
    model = hp.restricted_boltzmann_machine([[0.8, 0.8]], visible=hp.SPIN, hidden=hp.REAL)
    betas = np.array([0.4, 1.0, 2.0])
    run = temper(model, beta=betas, sweeps=30, replicas=4_000, record=0, observe=(), seed=3)
    product = run.state.isel(site=0) * run.state.isel(site=1)
    z = (product.mean("replica") - np.tanh(betas * 0.64)) / (product.std("replica") / np.sqrt(4_000))
    assert np.abs(z).max() < FAR

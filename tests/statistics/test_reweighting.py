"""Reweighting against systems that are summed exactly, with energies drawn as independent states.

|z| < 4 with errors from 40 replicas: a false-alarm rate of 3e-4 a comparison (Student, 39 degrees); seeds are fixed.
"""

import numpy as np
import pytest
import xarray as xr

import hopphys as hp
from hopphys import statistics
from hopphys.statistics import histograms

MODELS = {
    "Ising ring in a field": hp.ising(hp.chain(12), bias=0.3),
    "Hopfield": hp.hopfield(hp.patterns.random(2, 12, seed=1)),
    "SK glass, real energies": hp.spin_glass(12, "sk", seed=2),
}
REPLICAS, RECORDS = 40, 500


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]


def drawn(model, betas, seed=1, records=RECORDS):
    """Energies of independent equilibrium states, (beta, replica, record)."""
    levels, counts = hp.exact.density_of_states(model)
    rng = np.random.default_rng(seed)
    log_p = np.log(counts) - np.asarray(betas)[:, None] * levels
    p = np.exp(log_p - log_p.max(axis=1, keepdims=True))
    return np.stack([rng.choice(levels, (REPLICAS, records), p=row / row.sum()) for row in p])


def exact(model, betas):
    found = [hp.exact.enumerate(model, beta=float(b)) for b in betas]
    return tuple(np.array([getattr(f, name) for f in found]) for name in ("energy", "heat_capacity", "log_z"))


def z(value, error, truth):
    return np.abs((value - truth) / error)


def test_one_temperature_knows_its_neighbours(model):
    betas = np.array([0.3, 0.35, 0.45, 0.5])
    e = drawn(model, [0.4])[0]
    found = statistics.reweight(e, 0.4, betas)
    energy, _, log_z = exact(model, betas)
    here = exact(model, [0.4])[2]
    assert (z(found.value, found.error, energy) < 4).all()
    assert (z(found.log_z, found.log_z_error, log_z - here) < 4).all()
    assert found.reliable.all() and (found.size > 1000).all()


def test_weights_of_the_wrong_sign_are_noticed(model):
    """The broken twin: records carry exp(+(beta - beta_from) E)."""
    betas = np.array([0.3, 0.5])
    e = drawn(model, [0.4])[0]
    found = statistics.reweight(-e, 0.4, betas, observable=e)
    assert (z(found.value, found.error, exact(model, betas)[0]) > 4).all()


def test_reweighting_to_the_same_beta_is_the_plain_mean():
    e = drawn(MODELS["Hopfield"], [0.7])[0]
    found, mean = statistics.reweight(e, 0.7, 0.7), statistics.standard_error(e.mean(axis=1))
    assert found.value[0] == pytest.approx(mean.value, abs=1e-12)
    assert found.error[0] == pytest.approx(mean.error, rel=1e-10)
    assert found.log_z[0] == pytest.approx(0, abs=1e-14)
    assert found.size[0] == pytest.approx(e.size / (2 * np.maximum(0.5, statistics.autocorrelation_time(e).tau.mean())))


def test_energies_of_a_million_lose_no_digits():
    e = drawn(MODELS["Hopfield"], [0.7])[0]
    near, far = statistics.reweight(e, 0.7, 0.8), statistics.reweight(e + 1e6, 0.7, 0.8)
    assert far.value - 1e6 == pytest.approx(near.value, abs=1e-8)
    assert far.log_z == pytest.approx(near.log_z - 0.1 * 1e6, abs=1e-8)


def test_too_far_is_flagged_and_then_refused():
    model = hp.ising(hp.chain(12))
    e = drawn(model, [0.2], records=50)[0]
    assert not statistics.reweight(e, 0.2, 1.2).reliable
    large = drawn(hp.spin_glass(12, "sk", seed=2), [0.1], records=50)[0] * 4
    with pytest.raises(ValueError, match=r"at beta = 8 .* independent records.*0\.1 to 0\.15 can be had"):
        statistics.reweight(large, 0.1, [0.1, 0.15, 8.0])


def test_size_knows_that_neighbouring_records_are_alike():
    e = drawn(MODELS["Hopfield"], [0.4])[0]
    slow = np.repeat(e, 4, axis=1)
    assert statistics.reweight(slow, 0.4, 0.45).size == pytest.approx(statistics.reweight(e, 0.4, 0.45).size, rel=0.15)


def test_several_temperatures_give_free_energies_and_all_between(model):
    sampled, betas = [0.2, 0.5, 1.0], np.array([0.2, 0.35, 0.7, 1.0, 1.1])
    found = statistics.multi_histogram(drawn(model, sampled), sampled)
    log_z = exact(model, sampled)[2]
    assert (z(found.log_z[1:], found.log_z_error[1:], (log_z - log_z[0])[1:]) < 4).all()
    assert found.log_z[0] == 0 and found.log_z_error[0] == 0
    at, (energy, capacity, log_z_at) = found.at(betas), exact(model, betas)
    assert (z(at.value, at.error, energy) < 4).all()
    assert (z(at.log_z, at.log_z_error, log_z_at - log_z[0])[1:] < 4).all()
    heat = found.heat_capacity(betas)
    assert (z(heat.value, heat.error, capacity) < 4).all()
    assert at.reliable.all()


def test_forgotten_normalisation_is_noticed(model, monkeypatch):
    """The broken twin: every run is taken to have the same Z."""
    monkeypatch.setattr(histograms, "free_energies", lambda beta, energy, weight, counts, start: np.zeros(beta.size))
    at = statistics.multi_histogram(drawn(model, [0.2, 0.5, 1.0]), [0.2, 0.5, 1.0]).at([0.35, 0.7])
    assert z(at.value, at.error, exact(model, [0.35, 0.7])[0]).max() > 4


def test_free_energies_solve_their_equations_to_ten_digits(model):
    sampled = np.array([0.2, 0.5, 1.0])
    e = drawn(model, sampled)
    f = statistics.multi_histogram(e, sampled, inefficiency=1.0).log_z
    x = e.ravel()
    below = np.log(np.exp(np.log(e[0].size) - f - sampled * x[:, None]).sum(axis=1))
    again = np.log(np.exp(-sampled * x[:, None] - below[:, None]).sum(axis=0))
    assert again == pytest.approx(f, abs=1e-9)


def test_together_is_no_worse_than_each_alone():
    model, sampled = MODELS["Hopfield"], [0.4, 0.5]
    e = drawn(model, sampled)
    alone = statistics.reweight(e[0], 0.4, 0.45).error[0]
    assert statistics.multi_histogram(e, sampled).at(0.45).error[0] < 1.1 * alone


def test_order_of_temperatures_does_not_matter_and_an_observable_follows_it():
    model, sampled = MODELS["Hopfield"], np.array([0.2, 0.5, 1.0])
    e = drawn(model, sampled)
    rising = statistics.multi_histogram(e, sampled)
    mixed = statistics.multi_histogram(e[[2, 0, 1]], sampled[[2, 0, 1]])
    assert mixed.log_z == pytest.approx(rising.log_z, abs=1e-9)
    a, b = mixed.at(0.7, (e**2)[[2, 0, 1]]), rising.at(0.7, e**2)
    assert a.value == pytest.approx(b.value, abs=1e-9) and a.error == pytest.approx(b.error, rel=1e-6)


def test_histograms_that_do_not_overlap_are_refused_and_the_gap_is_named():
    e = np.random.default_rng(1).normal(size=(3, 8, 100)) + np.array([0.0, -1.0, -900.0])[:, None, None]
    with pytest.raises(ValueError, match=r"do not overlap between beta = 0\.2 and 3"):
        statistics.multi_histogram(e, [0.1, 0.2, 3.0])


def dataset(e, betas, dim="beta"):
    m = np.abs(np.sin(e))
    return xr.Dataset(
        {"energy": ((dim, "replica", "sweep"), e), "m": ((dim, "replica", "sweep"), m)}, {"beta": (dim, betas)}
    )


@pytest.mark.parametrize("dim", ["beta", "rung"])
def test_datasets_say_their_own_temperatures(dim):
    sampled = np.array([0.2, 0.5, 1.0])
    e = drawn(MODELS["Hopfield"], sampled)
    ds = dataset(e, sampled, dim)
    found = statistics.multi_histogram(ds).at(0.7, "m")
    assert found.value == pytest.approx(statistics.multi_histogram(e, sampled).at(0.7, np.abs(np.sin(e))).value)
    swapped = statistics.multi_histogram(ds.transpose("replica", "sweep", dim)).at(0.7, "m")
    assert swapped.value == pytest.approx(found.value)
    one = ds.isel({dim: 1})
    assert statistics.reweight(one, betas=0.6, observable="m").value == pytest.approx(
        statistics.reweight(e[1], 0.5, 0.6, observable=np.abs(np.sin(e[1]))).value
    )


def test_a_beta_that_is_not_the_datasets_own_is_refused_and_both_are_named():
    """Taken at its word, beta_from = 0.4 for 0.3 gave ln Z ratios and energies that are wrong by thirty per cent."""
    sampled = np.array([0.2, 0.5, 1.0])
    ds = dataset(drawn(MODELS["Hopfield"], sampled), sampled)
    one = ds.isel(beta=1)
    with pytest.raises(ValueError, match=r"sampled at beta = 0\.5, but beta_from = 0\.3"):
        statistics.reweight(one, 0.3, [0.5])
    with pytest.raises(ValueError, match=r"sampled at beta = \[0\.2 0\.5 1\. *\], but betas = \[0\.2, 0\.6, 1\.0\]"):
        statistics.multi_histogram(ds, [0.2, 0.6, 1.0])
    assert statistics.reweight(one, 0.5, 0.6).value == statistics.reweight(one, betas=0.6).value
    assert (statistics.multi_histogram(ds, sampled).log_z == statistics.multi_histogram(ds).log_z).all()
    cooled = one.assign_coords(beta=("sweep", np.linspace(0.1, 0.5, one.sizes["sweep"])))
    with pytest.raises(ValueError, match="temperature changes"):
        statistics.reweight(cooled, 0.5, 0.4)
    unlabelled = one.drop_vars("beta")
    assert statistics.reweight(unlabelled, 0.5, 0.6).value == statistics.reweight(one, betas=0.6).value


E = np.random.default_rng(3).normal(size=(2, 4, 50))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: statistics.reweight(E[0], 0.5, np.inf), "finite"),
        (lambda: statistics.reweight(E[0], 0.5, -1.0), "-1"),
        (lambda: statistics.reweight(E[0], 0.5), "betas= is needed"),
        (lambda: statistics.reweight(E[0], betas=0.5), "beta_from= is needed"),
        (lambda: statistics.reweight(E[0, :1], 0.5, 0.5), "at least 2 independent"),
        (lambda: statistics.reweight(E, 0.5, 0.5), "replica, sweep"),
        (lambda: statistics.reweight(E[0], 0.5, 0.5, observable=E[0, 0]), "shape"),
        (lambda: statistics.reweight(dataset(E, [0.1, 0.2]), betas=0.1), "multi_histogram"),
        (
            lambda: statistics.reweight(dataset(E, [0.1, 0.2]).isel(beta=0), betas=0.1, observable="mag"),
            "has energy, m",
        ),
        (lambda: statistics.multi_histogram(dataset(E, [0.1, 0.2])).at(0.1, "mag"), "has energy, m"),
        (lambda: statistics.multi_histogram(E, [0.1, np.inf]), "finite"),
        (lambda: statistics.multi_histogram(E, [0.1, 0.1]), "different"),
        (lambda: statistics.multi_histogram(E, [0.1]), "2 different"),
        (lambda: statistics.multi_histogram(E[0], [0.1, 0.2]), "beta, replica, sweep"),
        (lambda: statistics.multi_histogram(E, [0.1, 0.2], inefficiency=0.5), "at least 1"),
        (lambda: statistics.multi_histogram(E, [0.1, 0.2]).at(np.inf), "finite"),
        (lambda: statistics.multi_histogram(E, [0.1, 0.2]).at(40.0), "carried by"),
        (lambda: statistics.multi_histogram(E, [0.1, 0.2]).at(0.1, "m"), "no Dataset"),
    ],
)
def test_meaningless_input_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()

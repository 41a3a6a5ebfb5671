"""The table of a run: its numbers, its words, and that it fits on a page."""

import numpy as np
import pytest
import xarray as xr

import hopphys as hp
from hopphys import dataset, statistics
from hopphys.summaries import summary
from hopphys.theory import ising


def ar1(phi, shape, seed=1):
    x = np.random.default_rng(seed).normal(size=shape)
    for t in range(1, shape[-1]):
        x[..., t] = phi * x[..., t - 1] + np.sqrt(1 - phi**2) * x[..., t]
    return x


def chains(values, dims=("replica", "sweep"), every=1, **variables):
    count = values.shape[dims.index("sweep")]
    sweep = ("sweep", every * np.arange(1, count + 1))
    return xr.Dataset({"m": (dims, values), **variables}, {"sweep": sweep}, {"law": "exp(-beta E)"})


def status(values):
    return summary(chains(values))["m"].status


@pytest.fixture(scope="module")
def run():
    model = hp.ising(hp.square(16))
    return hp.sample(model, temperature=2.5, sweeps=1_000, replicas=16, dynamics=hp.CHECKERBOARD, seed=1)


def test_the_promised_line_is_printed_and_true(run):
    found = summary(run)
    energy = found["energy per site"]
    assert abs(energy.value - ising.kaufman(16, 16, 2.5).u) < 4 * energy.error
    assert energy.status == "converged" and 0.99 < energy.rhat < 1.05
    lines = str(found).splitlines()
    (line,) = [line for line in lines if line.startswith("energy per site")]
    assert energy.text in line and line.endswith("converged")
    assert lines[0] == "Ising, square: 256 sites, 16 replicas, beta = 0.4, metropolis x blocks"
    assert lines[2].split() == ["value", "tau", "ESS", "bulk", "tail", "R-hat", "status"]
    assert "250 of 1000 sweeps dropped (the first quarter, by default)" in str(found)
    assert "errors: scatter of 16 replicas" in str(found)
    assert repr(found) == str(found)


def test_values_and_errors_are_those_of_independent_replicas(run):
    late = run.energy.isel(sweep=slice(250, None)).values / 256
    mean, found = statistics.standard_error(late.mean(axis=1)), summary(run)["energy per site"]
    assert (found.value, found.error) == pytest.approx((float(mean.value), float(mean.error)), rel=1e-12)
    assert found.tau == pytest.approx(statistics.autocorrelation_time(late).tau.mean())
    assert found.bulk == pytest.approx(float(statistics.ess_bulk(late)))
    modulus = summary(run)["|magnetisation|"].value
    assert modulus == pytest.approx(float(abs(run.magnetisation.isel(sweep=slice(250, None))).mean()))


def test_few_replicas_take_the_error_of_their_chains():
    values = ar1(0.9, (4, 4000))
    found = summary(chains(values), warmup=0)
    assert found["m"].error == pytest.approx(np.sqrt((statistics.chain_mean(values).error ** 2).sum()) / 4)
    assert "fewer than 8 replicas" in str(found) and "run at least 4" not in str(found)
    assert "run at least 4" in str(summary(chains(values[:2])))


def test_tau_is_in_sweeps_whatever_the_recording_interval():
    values = ar1(0.9, (8, 4000))
    often, rarely = summary(chains(values), 0)["m"], summary(chains(values[:, ::5], every=5), 0)["m"]
    assert often.tau == pytest.approx(9.5, rel=0.1) and rarely.tau == pytest.approx(9.5, rel=0.15)


def test_warm_up_is_dropped_in_sweeps_and_said():
    values = ar1(0.5, (8, 400))
    values[:, :50] += 30
    ds = chains(values, every=10).assign_coords(sweep=1000 + 10 * np.arange(1, 401))  # a run that was continued
    kept = summary(ds, warmup=500)
    assert kept["m"].value == pytest.approx(values[:, 50:].mean())
    assert "500 of 4000 sweeps dropped (as asked)" in str(kept)
    with pytest.raises(ValueError, match="drops every record of 4000"):
        summary(ds, warmup=4000)


def test_statuses_are_what_they_say():
    good = ar1(0.5, (8, 2000))
    assert status(good) == "converged"
    assert status(ar1(0.98, (8, 2000))) == "short"
    assert status(good + 3 * (np.arange(8) < 4)[:, None]).startswith("not mixed: R-hat 1.")
    assert status(ar1(0.5, (32, 2000)) + 0.6 * np.linspace(1, 0, 2000)) == "drifting"  # R-hat is 1.006
    assert status(np.full((8, 100), 0.3)) == "constant"
    assert status(np.tile(np.arange(8.0)[:, None], (1, 100))) == "constant, and they differ"
    assert status(np.where(np.arange(8)[:, None] < 3, 1.0, good)) == "3 of 8 constant"


@pytest.mark.parametrize("replicas", [1, 4, 16])
def test_good_chains_are_seldom_called_bad(replicas):
    """40 sets of chains of 700 tau: "drifting" and "not mixed" at 1e-3 each, so 2 of them have a chance of 3e-3."""
    values = ar1(0.5, (40, replicas, 1400), seed=replicas)
    assert sum(status(part) != "converged" for part in values) <= 1


def test_a_frozen_run_has_no_error_and_is_never_converged():
    model = hp.ising(hp.square(4))
    run = hp.sample(model, beta=np.inf, sweeps=100, replicas=8, seed=1, start=np.ones(16))
    found = summary(run)
    assert all(row.status == "constant" and np.isinf(row.error) for row in found.rows)
    assert "-2(inf)" in str(found) and "nan" not in str(found) and "converged" not in str(found)


def test_temperatures_are_rows_and_long_ladders_are_cut():
    model = hp.ising(hp.square(4))
    run = hp.sample(model, temperature=[2.0, 3.0, 4.0], sweeps=200, replicas=8, seed=1)
    found = summary(run)
    energies = [row for row in found.rows if row.name == "energy per site"]
    assert [row.at["beta"] for row in energies] == pytest.approx([1 / 2, 1 / 3, 1 / 4])
    assert "energy per site\n  beta 0.5 " in str(found)
    many = summary(hp.sample(model, beta=np.linspace(0.1, 0.6, 25), sweeps=40, replicas=2, seed=1))
    assert str(many).count("... 5 more in to_dataset()") == 3 and len(many.rows) == 75


def test_errors_are_over_disorder_where_there_is_any():
    model = hp.spin_glass(12, "sk", seed=1, disorder=6)
    run = hp.sample(model, beta=0.5, sweeps=400, replicas=4, seed=1, observe=(hp.energy, hp.replica_overlap))
    found = summary(run)
    means = run.energy.isel(sweep=slice(100, None)).mean(("sweep", "replica")) / 12
    assert found["energy per site"].error == pytest.approx(float(means.std(ddof=1)) / np.sqrt(6))
    assert "scatter of 6 disorder samples" in str(found) and found["replica_overlap"].error > 0


def test_disorder_samples_that_are_not_good_are_counted():
    values = ar1(0.5, (5, 8, 1000))
    values[:2, :4] += 3
    found = summary(chains(values, ("disorder", "replica", "sweep")))["m"]
    assert found.status == "2 of 5 not mixed" and found.rhat > 1.5


def test_patterns_are_rows_and_series_without_replicas_are_one_chain():
    xi = hp.patterns.random(2, 50, seed=1)
    observe = (hp.overlap_with(xi), hp.edwards_anderson)
    run = hp.sample(hp.hopfield(xi), beta=2.0, sweeps=100, replicas=4, seed=1, observe=observe)
    found = summary(run)
    assert [row.where for row in found.rows if row.name == "overlap"] == ["pattern 0", "pattern 1"]
    assert found["edwards_anderson"].error_from == "chains"


def test_tempering_has_a_row_a_rung():
    from hopphys.engine.tempering import temper

    run = temper(hp.ising(hp.square(4)), beta=[0.2, 0.4, 0.6], sweeps=200, replicas=8, seed=1)
    rows = [row for row in summary(run).rows if row.name == "energy per site"]
    truth = [hp.exact.enumerate(hp.ising(hp.square(4)), beta=b).energy / 16 for b in (0.2, 0.4, 0.6)]
    assert [row.at["beta"] for row in rows] == [0.2, 0.4, 0.6]
    assert all(abs(row.value - e) < 4 * row.error for row, e in zip(rows, truth, strict=True))
    assert {row.name for row in summary(run).rows} == {"energy per site", "magnetisation", "|magnetisation|"}


def test_populations_have_no_chains_and_say_that_walkers_depend_on_each_other():
    from hopphys.engine.population import population_anneal

    run = population_anneal(hp.ising(hp.square(4)), beta=[0.0, 0.2, 0.4], population=100, replicas=4, seed=1)
    found = summary(run)
    assert not any(row.status for row in found.rows) and "dependent" in str(found)
    log_z = [row for row in found.rows if row.name == "log_z"]
    assert log_z[0].value == pytest.approx(16 * np.log(2)) and log_z[2].error == pytest.approx(
        float(run.log_z_error[2])
    )
    assert "|magnetisation|" not in str(found)
    names = list(dict.fromkeys(row.name for row in found.rows))
    assert names == ["log_z", "energy per site", "magnetisation", "rho_t", "fraction equilibrated"]
    alone = xr.Dataset({"energy": ("walker", np.arange(5.0))})
    with pytest.raises(ValueError, match="nothing to summarise"):
        summary(alone)


def test_populations_count_by_their_share_of_z():
    """Plain means of these two would give -7; nine parts in ten of Z are with the first."""
    weight = np.log([[1.0, 9.0], [1.0, 1.0]])
    values = np.array([[0.0, -10.0], [0.0, -4.0]])
    ds = xr.Dataset(
        {"q": (("replica", "beta"), values), "log_z_population": (("replica", "beta"), weight)}, {"beta": [0.0, 1.0]}
    )
    rows = summary(ds).rows
    assert [row.value for row in rows] == pytest.approx([0.0, -9.4])
    assert rows[1].error == pytest.approx(3.0)  # leaving one out gives -4 and -10
    assert "weights exp(log_z_population)" in str(summary(ds))
    both = xr.concat([ds, ds + 1.0], "disorder")
    row = summary(both).rows[1]
    assert (row.value, row.error) == pytest.approx((-8.9, 0.5)) and row.error_from == "disorder"
    assert summary(ds.isel(replica=[0])).rows[1].value == -10.0
    assert np.isnan(summary(ds.isel(replica=[0])).rows[1].error)


def test_populations_that_are_not_equilibrated_and_walks_that_did_not_converge_are_told():
    run = hp.population_anneal(hp.ising(hp.square(4)), beta=[0.0, 0.2], population=20, replicas=4, seed=1)
    assert not run.equilibrated.all()
    assert "warning: 4 of 4 populations are not equilibrated" in str(summary(run))
    enough = run.assign(equilibrated=run.equilibrated.copy(data=np.ones(4, bool)))
    assert "warning" not in str(summary(enough))
    walks = hp.wang_landau(hp.ising(hp.square(6)), replicas=2, seed=1, max_sweeps=10)
    assert "warning: 2 of 2 walks did not converge" in str(summary(walks))
    averages = statistics.from_density(walks, [0.3], unconverged=True)
    assert "warning: 2 of 2 walks did not converge" in str(summary(averages))


def test_disorder_samples_of_populations_have_rows_too():
    model = hp.spin_glass(8, "sk", seed=1, disorder=3)
    found = summary(hp.population_anneal(model, beta=[0.0, 0.2], population=100, replicas=2, seed=1))
    row = next(row for row in found.rows if row.name == "energy per site" and row.at["beta"] == 0.2)
    truth = np.mean([hp.exact.enumerate(model.at(k), beta=0.2).energy for k in range(3)]) / 8
    assert row.value == pytest.approx(truth, abs=0.1) and row.error_from == "disorder"


def test_not_mixed_has_a_footnote_and_r_hat_one_column():
    good = ar1(0.5, (8, 2000))
    bad = str(summary(chains(good + 3 * (np.arange(8) < 4)[:, None])))
    (line,) = [line for line in bad.splitlines() if line.startswith("m ")]
    assert line.endswith("not mixed") and "- not mixed: replicas differ by more than their tau explains" in bad
    assert "not mixed" not in str(summary(chains(good)))


def test_settling_gives_the_fraction_converged():
    xi = hp.patterns.random(3, 100, seed=1)
    run = hp.settle(hp.hopfield(xi), hp.patterns.corrupt(xi, flip=0.1, seed=2), seed=3)
    found = summary(run)
    assert found["fraction converged"].value == 1.0 and not found["energy per site"].status
    assert "threshold is deterministic" in str(found)


def test_a_schedule_is_read_at_its_end_and_laws_that_are_not_boltzmanns_are_told():
    model = hp.ising(hp.square(4))
    cooled = hp.sample(model, hp.geometric(4.0, 0.2, sweeps=200), replicas=8, seed=1)
    found = summary(cooled)
    assert found["energy per site"].value == pytest.approx(float(cooled.energy[:, -1].mean()) / 16)
    assert "values at its end" in str(found) and not found["energy per site"].status
    little = hp.sample(model, beta=0.5, sweeps=100, replicas=4, dynamics=hp.LITTLE, seed=1)
    assert "law: not exp(-beta E)" in str(summary(little))
    once = hp.sample(model, beta=0.5, sweeps=100, replicas=8, seed=1, record=0)
    assert "too few records" in str(summary(once)) and np.isfinite(summary(once)["magnetisation"].error)


def test_one_replica_at_the_end_has_an_unknown_error():
    once = hp.sample(hp.ising(hp.square(4)), beta=0.5, sweeps=10, replicas=1, seed=1, record=0)
    assert "(?)" in str(summary(once))


@pytest.mark.parametrize("temperature", [0.0, 1.0, [0.5, 2.0, 1e-7, 123456.789]])
@pytest.mark.parametrize("coupling", [1.0, 1e-9, 3e12])
def test_no_line_is_wider_than_eighty_columns(temperature, coupling):
    model = hp.ising(hp.square(4), coupling=coupling)
    observe = (hp.energy, hp.magnetisation, hp.overlap_with(np.ones((2, 16))))
    run = hp.sample(model, temperature=temperature, sweeps=60, replicas=3, seed=1, observe=observe)
    run = run.rename(overlap="an_observable_whose_name_is_longer_than_any_name_should_be")
    assert max(len(line) for line in str(summary(run)).splitlines()) <= 80


def test_the_table_is_a_dataset_too(run, tmp_path):
    found = summary(run).to_dataset()
    dataset.check(found)
    assert dataset.load(dataset.save(found, tmp_path / "table.nc")).identical(found)
    row = found.sel(row="energy per site")
    assert float(row.value) == summary(run)["energy per site"].value and str(row.status.values) == "converged"


def test_values_that_are_not_finite_are_named():
    values = ar1(0.5, (8, 100))
    values[0, -1] = np.inf
    assert status(values) == "not finite"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda run: summary(run.energy), "takes a Dataset.*DataArray"),
        (lambda run: summary(run, warmup=-1), "warmup"),
        (lambda run: summary(run, variables="overlap"), "no variable 'overlap'"),
        (lambda run: summary(run[["state"]]), "nothing to summarise"),
        (lambda run: summary(run.isel(sweep=-1, drop=True)[["energy"]], warmup=10), "no sweeps to drop"),
    ],
)
def test_meaningless_input_is_refused_in_words(run, call, words):
    with pytest.raises(ValueError, match=words):
        call(run)


def test_a_row_is_asked_for_by_its_name(run):
    with pytest.raises(KeyError, match="0 rows are called 'energy'; there are energy per site"):
        summary(run)["energy"]

"""Tempering through its public call: the same bits however it is run, walkers to be followed, ladders, refusals."""

import numpy as np
import pytest
import zoo

import hopphys as hp
from hopphys.engine import rows as engine_rows
from hopphys.engine.ladders import Ladder, barriers, expected_acceptance, place
from hopphys.engine.tempering import ladder, temper
from hopphys.engine.tempering_start import begin

LADDER = [0.2, 0.7, 1.3]
MODELS = {name: model for name, model in {**zoo.KERNEL, **zoo.REFERENCE_ONLY}.items() if name != "directed"}
GLASS = hp.spin_glass(hp.square(4), "pm", seed=2, disorder=2)
NET = zoo.KERNEL["hopfield"]
FREE = hp.boltzmann_machine(np.zeros((3, 3)))
OBSERVE = (hp.energy, hp.magnetisation, hp.replica_overlap)
KEPT = ("state", "walker", "heading", "round_trips", "energy", "acceptance", "field", "copy_overlap")


def same(one, other, names=KEPT):
    """Whether two runs agree bit for bit in all that they both hold; sweeps are those of `other`."""
    for name in set(names) & set(other.variables):
        mine = one[name].sel(sweep=other.sweep) if "sweep" in other[name].dims else one[name]
        if not np.array_equal(mine, other[name].transpose(*mine.dims)):
            return False
    return True


@pytest.mark.parametrize("name", MODELS)
def test_every_model_tempers_into_a_dataset_of_the_schema(name):
    run = temper(MODELS[name], beta=LADDER, sweeps=3, replicas=2, seed=1)
    hp.dataset.check(run)
    assert [dim for dim in run.energy.dims if dim != "disorder"] == ["replica", "rung", "sweep"]
    assert run.beta.values.tolist() == LADDER and run.beta.dims == ("rung",) and run.sizes["interval"] == 2
    assert run.attrs["law"].startswith("exp(-beta E) at each rung")
    states = run.state.transpose("rung", ..., "replica", "site").values
    final = run.energy.isel(sweep=-1).transpose("rung", ..., "replica").values
    assert np.allclose(final, MODELS[name].energy(states), atol=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_two_calls_are_the_bits_of_one_through_a_file_too(name, tmp_path):
    options = {"beta": LADDER, "replicas": 3, "exchange_every": 2, "seed": 5}
    whole = temper(MODELS[name], sweeps=12, **options)
    half = temper(MODELS[name], sweeps=7, record=0, **options)  # between two exchanges
    hp.dataset.save(half, tmp_path / "half.nc")
    for start in (half, hp.dataset.load(tmp_path / "half.nc")):
        assert same(whole, temper(MODELS[name], sweeps=5, start=start, **options), {*KEPT} - {"acceptance"})


@pytest.mark.parametrize("name", ["dense, real couplings", "pm glass, disorder", "hopfield", "restricted, categorical"])
def test_a_replica_is_the_same_run_beside_few_or_many(name):
    many, few = (temper(MODELS[name], beta=LADDER, sweeps=6, replicas=count, seed=3) for count in (9, 4))
    assert same(many.isel(replica=slice(4)), few)


@pytest.mark.parametrize("dynamics", [hp.CHECKERBOARD, hp.GIBBS], ids=lambda d: d.name)
def test_replicas_packed_into_words_exchange_their_states_and_repeat_every_bit(dynamics, monkeypatch):
    assert begin(GLASS, dynamics, np.array(LADDER), 2, 0, 1, None).walkers.states_move
    options = {"beta": [0.2, 0.5, 0.9, 1.4], "dynamics": dynamics, "seed": 5}
    whole = temper(GLASS, sweeps=12, replicas=70, observe=OBSERVE, **options)
    hp.dataset.check(whole)
    few = temper(GLASS, sweeps=12, replicas=6, observe=OBSERVE, **options)
    assert same(whole.isel(replica=slice(6), pair=slice(3)), few, {*KEPT, "replica_overlap", "magnetisation"})
    half = temper(GLASS, sweeps=7, replicas=70, **options)
    monkeypatch.setattr(engine_rows, "SERIAL", 0)
    monkeypatch.setenv("HOPPHYS_THREADS", "3")
    assert same(whole, temper(GLASS, sweeps=5, replicas=70, start=half, **options))
    assert 0.3 < whole.swap_rate.mean() < 0.95 and (np.diff(np.sort(whole.walker, axis=2), axis=2) == 1).all()
    final = whole.state.transpose("rung", "disorder", "replica", "site").values.astype(float)
    assert np.array_equal(whole.energy[..., -1].transpose("rung", "disorder", "replica"), GLASS.energy(final))
    products = (final[:, :, ::2] * final[:, :, 1::2]).mean(axis=-1)
    assert np.allclose(whole.replica_overlap[..., -1].transpose("rung", "disorder", "pair"), products)


def test_one_lattice_packed_into_words_tempers_too(monkeypatch):
    from hopphys.engine import packed_layout

    monkeypatch.setattr(packed_layout, "STRIPS_FROM", 1)
    model, options = hp.ising(hp.square(16)), {"beta": [0.3, 0.32, 0.34], "dynamics": hp.CHECKERBOARD, "seed": 5}
    whole = temper(model, sweeps=12, replicas=3, **options)
    assert same(
        whole, temper(model, sweeps=5, replicas=3, start=temper(model, sweeps=7, replicas=3, **options), **options)
    )
    assert same(whole.isel(replica=slice(2)), temper(model, sweeps=12, replicas=2, **options))
    assert np.array_equal(whole.energy[..., -1], model.energy(whole.state.values))


@pytest.mark.parametrize("isoenergetic", [False, 2])
def test_threads_change_no_bit(isoenergetic, monkeypatch):
    monkeypatch.setattr(engine_rows, "SERIAL", 0)
    runs = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("HOPPHYS_THREADS", threads)
        runs.append(temper(GLASS, beta=LADDER, sweeps=8, replicas=3, isoenergetic=isoenergetic, seed=3))
    assert same(runs[0], runs[1]) and same(runs[0], runs[2])


def test_copies_and_their_clusters_continue_and_do_not_depend_on_other_replicas():
    options = {"beta": LADDER, "isoenergetic": 2, "seed": 3}
    whole = temper(GLASS, sweeps=10, replicas=5, **options)
    hp.dataset.check(whole)
    assert same(whole.isel(replica=slice(2)), temper(GLASS, sweeps=10, replicas=2, **options))
    half = temper(GLASS, sweeps=3, replicas=5, **options)
    assert same(whole, temper(GLASS, sweeps=7, replicas=5, start=half, **options))
    assert "copies" in whole.attrs["law"] and whole.sizes["copy"] == 2
    products = whole.state.astype(float).prod("copy").mean("site")
    assert np.allclose(whole.copy_overlap.isel(sweep=-1), products)
    assert (whole.cluster_fraction > 0).all() and (whole.cluster_fraction < 1).all()


def test_recording_less_often_changes_nothing():
    often, seldom = (temper(NET, beta=LADDER, sweeps=9, record=r, exchange_every=2, seed=1) for r in (1, 4))
    assert seldom.sweep.values.tolist() == [4, 8, 9] and same(often, seldom, {*KEPT} - {"acceptance"})
    mean = [often.acceptance.sel(sweep=slice(a, b)).mean("sweep").values for a, b in ((1, 4), (5, 8), (9, 9))]
    assert np.allclose(seldom.acceptance.values, np.stack(mean, axis=-1))


def test_runs_of_other_ladders_seeds_and_purposes_share_no_stream():
    from hopphys.engine.rows import lay_out

    ladders = [(0.2, 0.7), (0.2, 0.7, 1.3)]
    found = []
    for purpose in ("temper", "temper start", "temper swaps", "sample"):
        for betas in ladders:
            names = [(1, walker, 0, *betas) for walker in range(len(betas))]
            found.append(lay_out(GLASS, names, 50, 1, purpose)[0])
    streams = np.concatenate(found)
    assert len(np.unique(streams, axis=0)) == len(streams)


@pytest.mark.parametrize("rungs", [2, 3, 4, 5])
def test_without_an_energy_walkers_run_straight_and_round_trips_take_two_steps_a_rung(rungs):
    betas = np.linspace(0.5, 1.0, rungs)
    run = temper(FREE, beta=betas, sweeps=6 * rungs, replicas=2, seed=1)
    assert (run.swap_rate.fillna(1.0) == 1).all()
    walker = run.walker.isel(replica=0).transpose("sweep", "rung").values
    for turn in (1, 2, 3):
        assert walker[2 * rungs * turn - 1].tolist() == list(range(rungs))
    place_of_0 = (walker == 0).argmax(axis=1)
    assert place_of_0[: 2 * rungs].tolist() == [*range(1, rungs), rungs - 1, *range(rungs - 2, -1, -1), 0][: 2 * rungs]
    trips = [temper(FREE, beta=betas, sweeps=2 * rungs * n, record=0, seed=1).round_trips.item() for n in (3, 4, 9)]
    assert trips[1] - trips[0] == rungs and trips[2] - trips[1] == 5 * rungs


def test_walkers_are_a_permutation_and_round_trips_can_be_recounted_from_them():
    run = temper(zoo.KERNEL["dense, disorder"], beta=[0.2, 0.6, 1.0, 1.5], sweeps=300, replicas=3, seed=2)
    walkers = run.walker.transpose("disorder", "replica", "sweep", "rung").values
    assert (np.sort(walkers, axis=-1) == np.arange(4)).all() and run.round_trips.min() > 5
    for d in range(2):
        for r in range(3):
            at_first, at_last = walkers[d, r, :, 0], walkers[d, r, :, -1]
            trips = 0
            for walker in range(4):
                ends = [
                    ("first" if a == walker else "last")
                    for a, b in zip(at_first, at_last, strict=True)
                    if walker in (a, b)
                ]
                ends = (["first"] if walker == 0 else []) + ends
                turns = [end for end, before in zip(ends, [None, *ends], strict=False) if end != before]
                if turns and turns[0] == "last":
                    turns = turns[1:]
                trips += max(0, (len(turns) - 1) // 2)
            assert run.round_trips.values[d, r] == trips


def test_swap_rate_is_the_share_of_exchanges():
    run = temper(hp.spin_glass(12, "sk", seed=1), beta=[0.3, 0.9, 1.8], sweeps=2000, replicas=4, seed=2)
    before = run.walker.isel(sweep=slice(None, -1)).values
    after = run.walker.isel(sweep=slice(1, None)).values
    for low in (0, 1):  # the exchange after sweep t = 1, 3, ... has the even pairs
        turns = slice((low + 1) % 2 + 1 - 1, None, 2) if low else slice(1, None, 2)
        share = (before[:, low, turns] == after[:, low + 1, turns]).mean()
        assert share == pytest.approx(run.swap_rate.isel(interval=low).mean().item(), abs=0.04)


def test_exchanges_wait_for_the_sweeps_between_them():
    run = temper(FREE, beta=LADDER, sweeps=9, exchange_every=3, seed=1)
    walker = run.walker.values[0].T
    changes = [t + 2 for t in range(8) if (walker[t] != walker[t + 1]).any()]
    assert changes == [3, 6, 9] and (walker[:2] == [0, 1, 2]).all()


def test_start_is_given_by_rung_and_by_replica_and_random_at_each_walker_otherwise():
    start = np.ones((3, 4, 16))
    start[1, 2] = -1
    cold = temper(hp.ising(hp.square(4)), beta=[50, 60, np.inf], sweeps=1, replicas=4, start=start, seed=1)
    assert cold.state.sum("site").values.tolist() == [[16, 16, 16]] * 2 + [[-16, 16, 16]] + [[16, 16, 16]]
    held = temper(NET, beta=LADDER, sweeps=5, replicas=2, start=zoo.XI[:2], clamp=[0, 3], seed=1)
    assert (held.state.values[:, :, [0, 3]] == zoo.XI[:2, None, [0, 3]]).all()
    fresh = temper(NET, beta=[0.0, 0.1], sweeps=1, replicas=40, record=0, clamp={0: 1}, seed=1)
    assert (fresh.state.values[..., 0] == 1).all() and abs(fresh.state.values[..., 1:].mean()) < 0.3


def test_observables_have_their_dims():
    observe = (hp.energy, hp.overlap_with(zoo.XI), hp.replica_overlap, hp.edwards_anderson)
    run = temper(NET, beta=LADDER, sweeps=4, replicas=4, observe=observe, seed=2)
    hp.dataset.check(run)
    assert run.overlap.dims == ("replica", "rung", "sweep", "pattern")
    assert run.replica_overlap.dims == ("pair", "rung", "sweep") and run.edwards_anderson.dims == ("rung", "sweep")
    state = run.state.values.astype(float)
    assert np.allclose(run.overlap[:, :, -1], state @ zoo.XI.T / 6)
    assert np.allclose(run.replica_overlap[1, :, -1], (state[2] * state[3]).mean(axis=-1))
    paired = temper(GLASS, beta=LADDER, sweeps=2, replicas=2, observe=hp.replica_overlap, isoenergetic=True, seed=2)
    assert paired.replica_overlap.dims == ("disorder", "pair", "copy", "rung", "sweep")


def test_isoenergetic_moves_keep_the_sum_of_the_energies_and_the_sites_that_differ():
    from hopphys.dynamics import usual

    model = hp.ising(hp.square(6), bias=0.3, coupling=np.random.default_rng(1).normal(size=72))
    run = begin(model, usual(model, True), np.array([0.2, 0.7]), 3, 4, 1, None)
    before, rows = run.rows.state.copy(), run.walkers.rows
    run.clusters.move(run.rows, rows, 1)
    old, new = (model.energy(states)[rows].reshape(2, 2, 3) for states in (before, run.rows.state))
    assert np.allclose(old.sum(axis=1), new.sum(axis=1)) and not np.allclose(old, new)
    pairs = [states[rows].reshape(2, 2, 3, 36) for states in (before, run.rows.state)]
    assert np.array_equal(*[pair.sum(axis=1) for pair in pairs]) and run.clusters.sizes.min() > 0


def test_progress_rises_to_one():
    seen = []
    temper(NET, beta=LADDER, sweeps=7, record=3, seed=1, progress=seen.append)
    assert seen == [3 / 7, 6 / 7, 1.0]
    seen.clear()
    ladder(NET, beta=(0.0, 1.0), sweeps=10, rounds=2, seed=1, progress=seen.append)
    assert seen == [1 / 3, 1.0]


def test_barrier_and_acceptance_are_inverse_to_each_other():
    for acceptance in (0.9, 0.5, 0.1, 1e-5):
        assert expected_acceptance(float(barriers(np.array(acceptance)))) == pytest.approx(acceptance)
    assert barriers(np.array(0.999)) == pytest.approx(0.001, rel=1e-3)  # nearby rungs: the rejection rate itself


def test_rungs_are_placed_at_equal_rates_where_energies_are_normal():
    # A free spin system of many sites in a field: E is normal with variance N b^2 / cosh^2(beta b).
    betas = np.linspace(0.0, 2.0, 41)
    sigma = np.sqrt(200) / np.cosh((betas[1:] + betas[:-1]) / 2)
    acceptance = np.array([expected_acceptance(step) for step in np.diff(betas) * sigma / np.sqrt(np.pi)])
    found = place(betas, acceptance, 0.5, None)
    total = 2 * np.arctan(np.tanh(1.0)) * np.sqrt(200 / np.pi)  # integral of sigma(beta) / sqrt(pi)
    assert found.barrier == pytest.approx(total, rel=1e-3) and len(found) == 1 + np.ceil(total / 0.5381)
    crossed = np.diff(2 * np.arctan(np.tanh(found.betas / 2)))
    assert np.ptp(crossed) < 0.01 * crossed.mean()


def test_adaptive_ladder_exchanges_as_often_as_it_says_everywhere():
    model = hp.spin_glass(40, "sk", seed=3)
    found = ladder(model, temperature=(2.0, 0.3), swap_rate=0.4, seed=1)
    assert isinstance(found, Ladder) and found.betas[0] == 0.5 and found.betas[-1] == 1 / 0.3
    assert 0.4 <= found.swap_rate < 0.55
    run = temper(model, found, sweeps=2000, replicas=8, record=0, seed=2)
    assert np.abs(run.swap_rate.mean("replica") - found.swap_rate).max() < 0.1
    fixed = ladder(model, temperature=(2.0, 0.3), rungs=5, seed=1)
    assert len(fixed) == 5 and len(found) != 5


def test_adaptive_ladder_is_found_from_a_first_guess_that_never_exchanges_and_where_all_do():
    model, dynamics = hp.ising(hp.square(24)), hp.CHECKERBOARD
    found = ladder(model, beta=(0.0, 0.6), swap_rate=0.3, sweeps=60, dynamics=dynamics, seed=1)
    rates = temper(model, found, sweeps=400, replicas=8, record=0, dynamics=dynamics, seed=2).swap_rate.mean("replica")
    assert len(found) > 10 and rates.min() > 0.1
    assert ladder(FREE, beta=(0.0, 1.0), sweeps=10, seed=1).betas.tolist() == [0.0, 1.0]


def test_adaptive_ladder_repeats_itself_and_changes_with_its_seed():
    found = [ladder(GLASS, beta=(0.1, 1.0), rungs=4, sweeps=20, rounds=2, seed=s).betas for s in (1, 1, 2)]
    assert np.array_equal(found[0], found[1]) and not np.array_equal(found[0], found[2])


HEAD = hp.attention(np.eye(3), sharpness=2.0)
OPTIONS = {"sweeps": 2, "seed": 1}
DONE = temper(NET, beta=LADDER, **OPTIONS)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: temper(NET, **OPTIONS), "tempering needs a ladder"),
        (lambda: temper(NET, beta=1.0, **OPTIONS), "two temperatures or more"),
        (lambda: temper(NET, [0.7], **OPTIONS), r"more that differ, but the shape of beta is \(1,\)"),
        (lambda: temper(NET, beta=[[0.1, 0.2]], **OPTIONS), r"\(1, 2\)"),
        (lambda: temper(NET, beta=[0.1, 0.9, 0.4], **OPTIONS), r"np.sort\(beta\)"),
        (lambda: temper(NET, beta=[0.1, 0.4, 0.4], **OPTIONS), "0.4 comes twice"),
        (lambda: temper(NET, temperature=[0.0, 1.0, 0.0], **OPTIONS), "temperature = 0 comes twice"),
        (lambda: temper(NET, beta=[-0.1, 0.4], **OPTIONS), "-0.1"),
        (lambda: temper(NET, beta=[0.1, float("nan")], **OPTIONS), "nan"),
        (lambda: temper(NET, beta=["cold", "hot"], **OPTIONS), "cold"),
        (lambda: temper(NET, beta=LADDER, temperature=LADDER, **OPTIONS), "not both"),
        (lambda: temper(NET, LADDER, beta=LADDER, **OPTIONS), "not both"),
        (lambda: temper(NET, beta=LADDER, replicas=0, **OPTIONS), "replicas must be a positive whole number"),
        (lambda: temper(NET, beta=LADDER, exchange_every=0, **OPTIONS), "exchange_every must be a positive"),
        (lambda: temper(NET, beta=LADDER, sweeps=0, seed=1), "sweeps must be a positive"),
        (lambda: temper(NET, beta=LADDER, record=-1, **OPTIONS), "record must be a positive"),
        (lambda: temper(zoo.KERNEL["directed"], beta=LADDER, **OPTIONS), "directed couplings do not have"),
        (lambda: temper(NET, beta=LADDER, dynamics=hp.HOPFIELD, **OPTIONS), "threshold"),
        (lambda: temper(NET, beta=LADDER, dynamics=hp.LITTLE, **OPTIONS), "Little"),
        (lambda: temper(HEAD, beta=LADDER, **OPTIONS), "mean"),
        (lambda: temper(NET, beta=LADDER, dynamics="glauber", **OPTIONS), "hp.GLAUBER"),
        (lambda: temper(zoo.XI, beta=LADDER, **OPTIONS), "a Hamiltonian is needed"),
        (lambda: temper(NET, beta=LADDER, isoenergetic=True, **OPTIONS), "graph of bonds"),
        (lambda: temper(GLASS, beta=LADDER, isoenergetic=-1, **OPTIONS), "must be True, False or a number"),
        (lambda: temper(GLASS, beta=LADDER, isoenergetic=0.5, **OPTIONS), "0.5"),
        (lambda: temper(NET, beta=LADDER, start=np.ones(5), **OPTIONS), "6 sites"),
        (lambda: temper(NET, beta=LADDER, start=np.ones((2, 1, 6)), **OPTIONS), "broadcast"),
        (lambda: temper(NET, beta=LADDER, clamp=[0], replicas=9, **OPTIONS), "same values at all rungs"),
        (lambda: temper(NET, beta=[0.2, 0.8], start=DONE, **OPTIONS), "continue it with its own"),
        (lambda: temper(NET, beta=LADDER, replicas=2, start=DONE, **OPTIONS), "1 of 'replica'"),
        (lambda: temper(GLASS, beta=LADDER, start=DONE, **OPTIONS), "6 of 'site'"),
        (lambda: temper(NET, beta=LADDER, replicas=10**13, **OPTIONS), "would take"),
        (lambda: temper(NET, beta=LADDER, sweeps=10**9, seed=1), "larger record="),
        (lambda: temper(NET, beta=LADDER, sweeps=2**30, record=0, seed=1), "sweeps in all"),
        (lambda: ladder(NET, beta=(0.1, 0.1), seed=1), "comes twice"),
        (lambda: ladder(NET, beta=(0.1, 0.5, 1.0), seed=1), "two ends"),
        (lambda: ladder(NET, temperature=(0.0, 1.0), seed=1), "between temperatures above 0; add 0 as a last rung"),
        (lambda: ladder(NET, beta=(0.1, np.inf), seed=1), "finite inverse temperatures"),
        (lambda: ladder(NET, temperature=(2.0, 2.0), seed=1), "but temperature = 2 comes twice"),
        (lambda: ladder(NET, temperature=2.0, seed=1), "two temperatures or more that differ, but the shape of temper"),
        (lambda: ladder(NET, temperature=(3.0, 2.0, 1.0), seed=1), r"two ends, temperature=\(hot, cold\), but 3"),
        (lambda: ladder(NET, beta=(0.1, 1.0), rungs=5, swap_rate=0.3, seed=1), "give rungs or swap_rate"),
        (lambda: ladder(NET, beta=(0.1, 1.0), seed=1, progress="yes"), "progress must be a function"),
        (lambda: ladder(NET, beta=(0.1, 1.0), rungs=1, seed=1), "rungs must be a whole number from 2 on"),
        (lambda: ladder(NET, beta=(0.1, 1.0), swap_rate=1.0, seed=1), "between 0 and 1"),
        (lambda: ladder(NET, beta=(0.1, 1.0), swap_rate=1 - 1e-9, seed=1), "takes some"),
        (lambda: ladder(zoo.KERNEL["directed"], beta=(0.1, 1.0), seed=1), "directed"),
    ],
)  # fmt: skip
def test_bad_calls_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()

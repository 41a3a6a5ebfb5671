"""Starts: Datasets by names of dims and labels of beta, arrays by their axes, all else refused in words."""

import numpy as np
import pytest
import zoo

import hopphys as hp
from hopphys.engine.tempering import temper

NET = zoo.KERNEL["hopfield"]
REAL = zoo.KERNEL["dense, real couplings"]
LADDER = [0.1, 0.4, 0.8, 1.5]
OPTIONS = {"sweeps": 3, "seed": 1}


def sample(model=NET, **options):
    return hp.sample(model, **({"beta": [0.1, 1.5], "replicas": 2} | OPTIONS | options))


@pytest.mark.parametrize("model", [NET, REAL])
def test_a_dataset_is_continued_by_names_and_labels_whatever_their_order(model):
    first = sample(model)
    rest = sample(model, start=first)
    for start in (first.transpose("site", "replica", "beta", ...), first.isel(beta=[1, 0])):
        assert np.array_equal(sample(model, start=start).state, rest.state)
    turned = sample(model, beta=[1.5, 0.1], start=first)
    assert np.array_equal(turned.state, rest.state[::-1])
    one = sample(model, beta=[1.5], start=first)
    assert np.array_equal(one.state, rest.state[1:])
    if "field" in rest:
        assert np.array_equal(turned.field, rest.field[::-1]) and np.array_equal(one.field, rest.field[1:])


def test_a_data_array_is_taken_by_name_too():
    first = sample()
    plain = sample(start=first.state.values).state
    assert np.array_equal(sample(start=first.state.transpose()).state, plain)
    assert np.array_equal(sample(beta=[1.5, 0.1], start=first.state.transpose()).state, plain[::-1])
    one = first.isel(beta=0)
    assert np.array_equal(hp.settle(NET, one.state.T, seed=1).state, hp.settle(NET, one, seed=1).state)


def test_states_of_disorder_samples_are_taken_by_name():
    xi = hp.patterns.random(3, 20, seed=1, disorder=2)
    first = sample(hp.hopfield(xi), replicas=2)
    turned = first.transpose("replica", "site", "disorder", "beta", ...)
    assert np.array_equal(sample(hp.hopfield(xi), start=turned).state, sample(hp.hopfield(xi), start=first).state)
    settled = [hp.settle(hp.hopfield(xi), start.isel(beta=0), seed=1).state for start in (first, turned)]
    assert np.array_equal(*settled)


def test_tempering_begins_from_states_by_name_and_label():
    first = sample(beta=LADDER)
    plain = temper(NET, beta=LADDER, replicas=2, start=first.state.values, **OPTIONS)
    for start in (first, first.isel(beta=[3, 1, 0, 2]), first.state.transpose("site", "beta", "replica")):
        assert np.array_equal(temper(NET, beta=LADDER, replicas=2, start=start, **OPTIONS).state, plain.state)
    ladder = temper(NET, beta=LADDER, replicas=2, **OPTIONS).state
    values = ladder.transpose("rung", ...).values
    begun = [temper(NET, beta=LADDER, replicas=2, start=start, **OPTIONS).state for start in (ladder, values)]
    assert np.array_equal(*begun)
    assert np.array_equal(sample(beta=0.4, start=ladder.isel(rung=1)).state, sample(beta=0.4, start=values[1]).state)


DONE = temper(NET, beta=LADDER, replicas=4, **OPTIONS)
TWO = sample()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sample(beta=LADDER, replicas=4, start=DONE), r"start.isel\(rung=0\), or go on with temper"),
        (lambda: sample(beta=LADDER, replicas=4, start=DONE.isel(replica=[0])), "rung"),
        (lambda: sample(start=TWO.rename(replica="walker")), "'walker'"),
        (lambda: sample(start=TWO.state.rename(site="unit")), "'unit'"),
        (lambda: sample(start=TWO.state.isel(site=0)), "name|rename"),
        (lambda: sample(beta=[0.1, 1.0], start=TWO), r"beta = \[0.1, 1.5\], but this run has \[0.1, 1.0\]"),
        (lambda: sample(beta=0.1, start=TWO), "2 inverse temperatures"),
        (lambda: hp.settle(NET, TWO, seed=1), "2 inverse temperatures"),
        (lambda: hp.settle(NET, TWO.drop_vars("state"), seed=1), "Dataset without `state`"),
        (lambda: sample(start=TWO.drop_vars("state")), "Dataset without `state`"),
        (lambda: temper(NET, beta=LADDER, start=TWO.drop_vars("state"), **OPTIONS), "Dataset without `state`"),
        (lambda: temper(NET, beta=LADDER, start=DONE.drop_vars("state"), replicas=4, **OPTIONS), "without state"),
        (lambda: temper(NET, beta=LADDER, start=DONE.drop_vars("heading"), replicas=4, **OPTIONS), "without heading"),
        (lambda: temper(NET, beta=LADDER, start="up", **OPTIONS), "start must be an array of numbers"),
        (lambda: sample(start="up"), "start must be an array of numbers.*'up'"),
        (lambda: sample(start=[[1, 1], [1]]), "start must be an array of numbers"),
        (lambda: hp.settle(NET, "up", seed=1), "start must be an array of numbers"),
        (lambda: hp.settle(NET, [[1, 1], [1]], seed=1), "start must be an array of numbers"),
        (lambda: sample(observe=3), "observe takes Observables.*3"),
    ],
)
def test_other_starts_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()

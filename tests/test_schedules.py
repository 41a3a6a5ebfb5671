"""Schedules: too many sweeps are refused before any is listed."""

import tracemalloc

import numpy as np
import pytest

import hopphys as hp
from hopphys.engine.plans import make_plan
from hopphys.engine.steps import evenly

MODEL = hp.ising(hp.square(4))
MANY = 2**30 + 5


@pytest.mark.parametrize(
    "call",
    [
        lambda: hp.sample(MODEL, beta=0.4, sweeps=MANY, seed=1),
        lambda: hp.anneal(MODEL, sweeps=MANY, seed=1),
        lambda: hp.anneal(MODEL, beta=(0.1, 2.0), sweeps=MANY, seed=1),
        lambda: hp.constant(beta=0.4, sweeps=MANY),
        lambda: hp.linear(2.0, 0.0, MANY),
        lambda: hp.geometric(2.0, 0.1, MANY),
        lambda: hp.logarithmic(2.0, MANY),
        lambda: evenly(np.array([0.0, 1.0]), 1.0, MANY),
    ],
)
def test_too_many_sweeps_are_refused_without_being_listed(call):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=f"fewer than {2**30} sweeps in all"):
            call()
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()


def test_a_schedule_that_does_not_fit_is_refused_without_being_listed(monkeypatch):
    monkeypatch.setenv("HOPPHYS_MEMORY", "1000000")
    for call in (lambda: hp.linear(2.0, 0.0, 10**6), lambda: evenly(np.array([0.0, 1.0]), 1.0, 10**6)):
        with pytest.raises(hp.memory.TooLarge, match="would take"):
            call()


def test_one_temperature_takes_no_memory():
    plan = make_plan(MODEL, hp.GLAUBER, None, [0.2, 0.4], None, 10**9)
    assert plan.betas.shape == (2, 10**9) and plan.betas.base is not None and plan.betas.strides[1] == 0
    assert plan.betas[:, -1].tolist() == [0.2, 0.4]

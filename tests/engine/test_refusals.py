"""What is no argument is refused by a ValueError that names it, whatever its kind, before anything is run."""

import numpy as np
import pytest

import hopphys as hp
from hopphys.statistics import multi_histogram

MODEL = hp.ising(hp.chain(6))
ENERGIES = np.random.default_rng(1).normal(size=(3, 4, 50))
HUGE = 10**12
ANYTHING = ["ab", float("nan"), -1, ["a"], [0.1, 0.2], 1j, {}, np.ones((2, 2))]
NUMBERS = [*ANYTHING, None, 0, True, HUGE]
NO_FUNCTION = ["print", 0, True, [1.0], float("nan")]


def temper(**arguments):
    return hp.temper(MODEL, **{"beta": [0.1, 0.5], "sweeps": 4, "seed": 1, **arguments})


def ladder(**arguments):
    return hp.ladder(MODEL, **{"beta": [0.1, 0.5], "sweeps": 4, "rounds": 1, "seed": 1, **arguments})


def population(**arguments):
    return hp.population_anneal(MODEL, **{"beta": 0.3, "population": 20, "sweeps": 1, "seed": 1, **arguments})


def importance(**arguments):
    return hp.annealed_importance(MODEL, **{"beta": 0.3, "replicas": 20, "steps": 3, "seed": 1, **arguments})


def wang_landau(**arguments):
    return hp.wang_landau(MODEL, **{"final": 0.1, "replicas": 2, "seed": 1, **arguments})


def anneal(**arguments):
    return hp.anneal(MODEL, **{"replicas": 2, "seed": 1, **arguments})


def time_to_target(**arguments):
    return hp.time_to_target(np.zeros(3), 0.0, **{"sweeps": 3, **arguments})


def reweighted(**arguments):
    return multi_histogram(ENERGIES, [0.1, 0.2, 0.3], **arguments)


def described(**arguments):
    return hp.summary(hp.sample(MODEL, beta=0.5, sweeps=20, replicas=2, seed=1), **arguments)


def cases():
    some = [value for value in NUMBERS if value is not None]
    yield from ((population, "share", value) for value in some)
    yield from ((ladder, "swap_rate", value) for value in some)
    yield from ((time_to_target, "confidence", value) for value in NUMBERS)
    yield from ((wang_landau, "window", value) for value in ["ab", float("nan"), -1, ["a"], 1j, {}, 0, True, HUGE])
    yield from ((described, "variables", value) for value in [float("nan"), -1, 0, True, HUGE, 1j, np.ones(2)])
    yield from (
        (reweighted, "inefficiency", value) for value in ["ab", [0.1, 0.2], 0, -1, float("nan"), np.ones((2, 2))]
    )
    for call, names in WHOLE.items():
        yield from ((call, name, value) for name in names for value in ["ab", float("nan"), -1, ["a"], 0, True, 1j])
    for call in (temper, ladder, population, importance, wang_landau, anneal):
        yield from ((call, "progress", value) for value in NO_FUNCTION)


WHOLE = {
    temper: ("sweeps", "replicas", "exchange_every"),
    ladder: ("rungs", "sweeps", "rounds", "replicas"),
    population: ("population", "sweeps", "replicas"),
    importance: ("steps", "sweeps", "replicas"),
    wang_landau: ("replicas", "max_sweeps"),
    anneal: ("sweeps", "replicas", "record"),
    hp.wolff: ("clusters",),
}


@pytest.mark.parametrize(("call", "name", "value"), list(cases()))
def test_whatever_is_no_argument_is_named(call, name, value):
    with pytest.raises(ValueError, match=name):
        call(**{name: value})


@pytest.mark.parametrize(
    ("call", "arguments", "words"),
    [
        (population, {"sweeps": HUGE}, "sweeps"),
        (population, {"population": HUGE}, "would take .*TB"),
        (population, {"replicas": HUGE}, "would take .*[TP]B"),
        (importance, {"sweeps": HUGE}, "sweeps"),
        (importance, {"steps": HUGE}, "1000000000000"),
        (importance, {"replicas": HUGE}, "would take .*TB"),
        (temper, {"replicas": HUGE}, "would take .*TB"),
        (temper, {"isoenergetic": HUGE}, "isoenergetic must be at most"),
        (ladder, {"rounds": HUGE}, "rounds = 1000000000000"),
        (ladder, {"replicas": HUGE}, "would take .*[TP]B"),
        (wang_landau, {"bins": HUGE, "window": (-7.0, 7.0)}, "bins would take .*TB"),
        (wang_landau, {"replicas": HUGE}, "would take .*TB"),
        (anneal, {"replicas": HUGE}, "would take .*TB"),
    ],
)
def test_what_would_not_fit_is_refused_with_its_figure(call, arguments, words):
    with pytest.raises(ValueError, match=words):
        call(**arguments)

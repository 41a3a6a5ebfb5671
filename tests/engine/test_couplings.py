"""Patterns or couplings: the same bits, whichever is chosen and whenever, and the stated rule of the choice."""

import numpy as np
import pytest

import hopphys as hp
from hopphys.engine import rows as rows_module
from hopphys.engine.compiled import couplings

ORDERS = ("random", "shuffled", "sequential")


def never(*_):
    return False


def always(*_):
    return True


def later():
    """Patterns for the first two calls, couplings for two, patterns again, and so on."""
    calls = iter(range(1000))
    return lambda *_: 1.0 if next(calls) % 4 > 1 else -1.0


def run(monkeypatch, net, pays, saved=lambda *_: 1.0, **options):
    monkeypatch.setattr(couplings.Size, "pays", pays)
    monkeypatch.setattr(couplings.Size, "saved", saved)
    return hp.sample(net, **{"beta": [0.6, 2.0], "sweeps": 9, "replicas": 4, "seed": 2, **options})


@pytest.mark.parametrize("update", ["heat_bath", "metropolis", "threshold"])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("bias", [0.0, -0.3, 1 / 3])
def test_formed_couplings_repeat_every_bit_of_the_patterns(order, update, bias, monkeypatch):
    net = hp.hopfield(hp.patterns.random(30, 45, seed=1, disorder=2), bias=bias)
    dynamics = hp.Dynamics(update, order)
    through = run(monkeypatch, net, never, dynamics=dynamics)
    formed = run(monkeypatch, net, always, dynamics=dynamics)
    mixed = run(monkeypatch, net, always, later(), dynamics=dynamics)
    assert through.identical(formed.assign_attrs(through.attrs)) and through.identical(
        mixed.assign_attrs(through.attrs)
    )


def test_formed_couplings_settle_where_the_patterns_do(monkeypatch):
    net = hp.hopfield(hp.patterns.random(30, 45, seed=1), bias=0.1)
    cues = hp.patterns.random(20, 45, seed=2)
    found = []
    for pays in (never, always):
        monkeypatch.setattr(couplings.Size, "pays", pays)
        found.append(hp.settle(net, cues, seed=3))
    assert found[0].drop_attrs().identical(found[1].drop_attrs())


@pytest.mark.parametrize("threads", ["1", "3"])
def test_choice_does_not_depend_on_what_changes_no_result(threads, monkeypatch):
    monkeypatch.setattr(rows_module, "SERIAL", 0)
    monkeypatch.setenv("HOPPHYS_THREADS", threads)
    net = hp.hopfield(hp.patterns.random(30, 45, seed=1))
    assert np.array_equal(
        run(monkeypatch, net, always).state, run(monkeypatch, net, never, record=3, replicas=7).state[:, :4]
    )


def test_couplings_are_the_whole_products_of_the_patterns():
    xi = hp.patterns.random(70, 600, seed=1, disorder=2)  # more sites than a block
    formed = couplings.form(xi, 0.5)
    expected = np.einsum("dpi,dpj->dij", xi.astype(int), xi.astype(int)) * (1 - np.eye(600, dtype=int))
    assert np.array_equal(formed.counts, expected)


def test_rule_forms_couplings_for_many_patterns_cold_runs_and_long_ones_only(monkeypatch):
    monkeypatch.delenv("HOPPHYS_MEMORY", raising=False)
    small, wide = couplings.Size(1, 100, 1000), couplings.Size(1, 2000, 200)
    assert not small.pays(64, 1e5, 0.005) and small.pays(64, 1e7, 0.005)
    assert not small.pays(64, 1e12, 0.3)  # hot: a flip through couplings costs more than an attempt through patterns
    assert wide.pays(64, 1e6, 0.3)
    monkeypatch.setenv("HOPPHYS_MEMORY", str(10 * small.bytes))
    assert small.pays(64, 1e7, 0.005)
    monkeypatch.setenv("HOPPHYS_MEMORY", str(2 * small.bytes))
    assert not small.pays(64, 1e7, 0.005)


def test_a_long_run_through_the_public_call_does_form_them(monkeypatch):
    made = []
    form = couplings.form
    monkeypatch.setattr(couplings, "form", lambda *arguments: made.append(1) or form(*arguments))
    net = hp.hopfield(hp.patterns.random(600, 60, seed=1))
    hp.sample(net, temperature=0.5, sweeps=200, replicas=64, record=50, seed=1)
    assert made == [1]
    hp.sample(hp.hopfield(hp.patterns.random(3, 60, seed=1)), temperature=2.0, sweeps=5, replicas=2, seed=1)
    assert made == [1]

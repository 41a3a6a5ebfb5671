"""A run is made of calls of about a second, so that an interrupt is heard; how it is divided changes no bit."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import zoo
from test_packed import EVERY

import hopphys as hp
from hopphys.engine import sampling
from hopphys.engine.compiled import dense as dense_kernel

MODELS = {**zoo.KERNEL, **zoo.REFERENCE_ONLY, **EVERY}


@pytest.mark.parametrize("name", MODELS)
def test_a_run_in_calls_of_one_sweep_is_the_same_to_the_last_bit(name, monkeypatch):
    def run():
        return hp.sample(MODELS[name], beta=[0.4, 1.3], sweeps=7, replicas=3, record=5, seed=1)

    whole = run()
    monkeypatch.setattr(sampling, "FIRST", 0)
    monkeypatch.setattr(sampling, "CALL", 0.0)
    assert run().drop_attrs().identical(whole.drop_attrs())


def test_blocks_of_dense_couplings_go_on_in_the_next_call(monkeypatch):
    half = np.triu(np.random.default_rng(1).choice([-1, 1], (1_000, 1_000)), 1)
    dense = hp.Hamiltonian(hp.Dense(half + half.T), 0.0, (hp.Block("visible", 1_000, hp.SPIN),))
    options = {"beta": 0.01, "sweeps": 24, "replicas": 16, "record": 0, "seed": 1}
    options["dynamics"] = hp.Dynamics("heat_bath", "sequential")
    whole = hp.sample(dense, **options)
    monkeypatch.setattr(sampling, "_Calls", Steady)
    carried = dense_kernel.blocked.sweep
    guesses = []
    monkeypatch.setattr(dense_kernel.blocked, "sweep", lambda *all: (guesses.append(all[-1]), carried(*all))[1])
    assert hp.sample(dense, **options).drop_attrs().identical(whole.drop_attrs())
    assert guesses == [0, 6_000, 12_000, 18_000] and whole.acceptance.min() > 0.3


class Steady:
    """Six sweeps a call."""

    sweeps = 6

    def __init__(self, attempts, packed):
        pass

    def took(self, seconds, sweeps):
        pass


def test_progress_moves_between_records(monkeypatch):
    monkeypatch.setattr(sampling, "_Calls", Steady)
    seen = []
    hp.sample(zoo.KERNEL["hopfield"], beta=1.0, sweeps=24, record=0, seed=1, progress=seen.append)
    assert seen == [0.25, 0.5, 0.75, 1.0]


LONG = """
import hopphys as hp
net = hp.hopfield(hp.patterns.random(5, 200, seed=1))
hp.sample(net, beta=1.0, sweeps=2, replicas=100, seed=1)
print("ready", flush=True)
try:
    hp.sample(net, beta=1.0, sweeps=10**8, replicas=100, record=0, seed=1)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT for one process")
def test_an_interrupt_is_heard_within_a_long_run():
    with subprocess.Popen([sys.executable, "-c", LONG], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            time.sleep(2)
            process.send_signal(signal.SIGINT)
            # About two seconds on an idle machine; hours where the whole run were one call.
            assert process.communicate(timeout=60)[0] == "interrupted\n"
        finally:
            process.kill()

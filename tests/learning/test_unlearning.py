"""Unlearning: the compiled dreams are those of plain NumPy, and they do what Hopfield, Feinstein & Palmer saw."""

import numpy as np
import pytest

from hopphys import learning, patterns
from hopphys.alphabets import recast
from hopphys.hamiltonian import Hamiltonian
from hopphys.interactions import Dense
from hopphys.kernels import dreams as kernel
from hopphys.kernels import random
from hopphys.learning import dream, hebb, unlearn
from hopphys.models import attention, dense_memory, directed, hopfield
from hopphys.spaces import BINARY, SPIN

RATE = 0.01


def reference(couplings, dreams, rate, stream, bias=0.0):
    """The rule as it is written down: fields made anew at every attempt, in plain NumPy."""
    size = len(couplings)
    J, states, energies = couplings.copy(), [], []
    for number in range(dreams):
        first = number * kernel.SWEEPS
        words = random.words(stream, first, np.arange(-(-size // 64)), kernel.START)
        bits = np.unpackbits(words.astype("<u8").view(np.uint8), bitorder="little")[:size]
        s = 2.0 * bits - 1.0
        for sweep in range(first, first + kernel.SWEEPS):
            before = s.copy()
            for i in permutation(size, stream, sweep):
                field = J[i] @ s + bias
                if abs(field) > 1e-9:
                    s[i] = np.sign(field)
            if np.array_equal(before, s):
                break
        states.append(s)
        energies.append(-0.5 * s @ J @ s - bias * s.sum())
        J -= rate / size * np.outer(s, s)
        np.fill_diagonal(J, 0.0)
    return J, np.array(states), np.array(energies)


def permutation(size, stream, sweep):
    order = np.arange(size)
    for k in range(size - 1, 0, -1):
        j = int(random.below(random.words(stream, sweep, k, 1), np.uint64(k + 1))[0])
        order[k], order[j] = order[j], order[k]
    return order


def stream(seed, sample=0):
    return random.streams(random.key(seed, "unlearning"), 1, sample)[0]


@pytest.mark.parametrize("bias", [0.0, 0.03])
@pytest.mark.parametrize("rate", [0.01, 0.1 / 3, 2**-6], ids=["whole", "real", "dyadic"])
def test_kernel_dreams_what_numpy_dreams(rate, bias):
    xi = patterns.random(9, 70, seed=1)
    [_, last] = dream(hopfield(xi, bias=bias), [0, 25], rate, seed=4)
    J, states, energies = reference(hebb(xi), 25, rate, stream(4), bias)
    np.testing.assert_array_equal(last.found, states)
    np.testing.assert_allclose(last.energies, energies, atol=1e-11)
    np.testing.assert_allclose(last.network.interaction.couplings, J, atol=1e-13)


def test_one_dream_of_one_pattern_subtracts_that_pattern():
    xi = np.array([[1, 1, -1, 1]])
    J = unlearn(hopfield(xi), 1, 0.25, seed=0).interaction.couplings
    np.testing.assert_array_equal(J, 0.75 * hebb(xi))  # the only minima are the pattern and its negative
    np.testing.assert_array_equal(unlearn(hopfield(xi), 4, 0.25, seed=0).interaction.couplings, np.zeros((4, 4)))


def test_two_spins_dream_by_hand():
    H = Hamiltonian(Dense([[0.0, -1.0], [-1.0, 0.0]]), np.zeros(2), hopfield(np.ones((1, 2))).sites)
    [after] = dream(H, [3], 0.5, seed=1)
    assert (after.found.prod(axis=-1) == -1).all()  # opposite spins are the two ground states
    np.testing.assert_array_equal(after.energies, [-1.0, -0.75, -0.5])
    np.testing.assert_array_equal(after.network.interaction.couplings, [[0.0, -0.25], [-0.25, 0.0]])


def test_no_dreams_leave_the_dense_couplings_and_energies_of_the_pattern_form():
    xi = patterns.random(5, 40, seed=2)
    net, s = hopfield(xi, bias=0.1), patterns.random(7, 40, seed=3)
    same = unlearn(net, 0, seed=0)
    np.testing.assert_allclose(same.interaction.couplings, hebb(xi), rtol=1e-15)
    np.testing.assert_allclose(same.energy(s), net.energy(s), atol=1e-12)


def test_couplings_stay_symmetric_and_zero_on_the_diagonal():
    for rate in (0.01, 0.0137):
        J = unlearn(hopfield(patterns.random(30, 100, seed=5)), 500, rate, seed=6).interaction.couplings
        np.testing.assert_array_equal(J, J.T)
        assert not J.diagonal().any()


def test_dreams_find_minima_of_the_network_that_dreamt_them():
    net = hopfield(patterns.random(12, 60, seed=7, disorder=3))
    for before in range(0, 60, 20):
        [start, one] = dream(net, [before, before + 1], RATE, seed=8)
        assert (start.network.gap(one.found) * one.found >= -1e-12).all()
        np.testing.assert_allclose(start.network.energy(one.found), one.energies, atol=1e-11)


def test_stops_threads_and_blocks_of_disorder_leave_no_trace(monkeypatch):
    xi = patterns.random(10, 80, seed=9, disorder=3)
    whole = unlearn(hopfield(xi), 90, RATE, seed=1).interaction.couplings
    monkeypatch.setenv("HOPPHYS_THREADS", "1")
    pieces = list(dream(hopfield(xi), [0, 13, 13, 90], RATE, seed=1))
    np.testing.assert_array_equal(pieces[-1].network.interaction.couplings, whole)
    assert [piece.found.shape for piece in pieces] == [(3, n, 80) for n in (0, 13, 0, 77)]
    [last] = dream(hopfield(xi[2:]), [90], RATE, seed=1, first=2)
    np.testing.assert_array_equal(last.network.interaction.couplings[0], whole[2])


def test_samples_and_seeds_dream_different_dreams():
    xi = np.repeat(patterns.random(6, 50, seed=1)[None], 2, axis=0)
    J = unlearn(hopfield(xi), 20, seed=1).interaction.couplings
    assert (J[0] != J[1]).any()
    assert (unlearn(hopfield(xi), 20, seed=2).interaction.couplings != J).any()


def test_order_and_sign_of_the_patterns_leave_no_trace():
    xi = patterns.random(9, 50, seed=1)
    turned = xi[::-1] * np.array([1, -1, 1, 1, -1, -1, 1, -1, 1])[:, None]
    J, same = (unlearn(hopfield(stored), 40, seed=3).interaction.couplings for stored in (xi, turned))
    np.testing.assert_array_equal(J, same)


def test_gauge_that_flips_units_keeps_the_law_of_dreams():
    """s_i -> g_i s_i turns one network into the other, but the noise of the start is not turned: equal in law only.

    Mean energy of 400 first dreams of each, |z| < 4: false alarm 6e-5, and the seed is fixed.
    """
    xi = patterns.random(8, 60, seed=3)
    gauge = patterns.random(1, 60, seed=4)
    found = []
    for seed, stored in enumerate((xi, xi * gauge)):
        many = hopfield(np.repeat(stored[None], 400, axis=0))
        [one] = dream(many, [1], RATE, seed=seed)
        found.append(one.energies[:, 0])
    spread = np.hypot(*(values.std(ddof=1) / 20 for values in found))
    assert abs(found[0].mean() - found[1].mean()) < 4 * spread


def test_binary_network_dreams_the_same_dreams():
    xi = patterns.random(6, 40, seed=1)
    spin, binary = (unlearn(hopfield(xi, space=space), 30, seed=2) for space in (SPIN, BINARY))
    s = patterns.random(20, 40, seed=5)
    assert binary.space == BINARY
    np.testing.assert_allclose(binary.energy((s + 1) // 2), spin.energy(s), atol=1e-11)
    np.testing.assert_allclose(recast(binary, SPIN).interaction.couplings, spin.interaction.couplings, atol=1e-13)


def test_unlearning_fixes_what_hebb_forgot_and_too_much_of_it_destroys():
    """alpha = 0.3, N = 100: hardly a pattern is fixed before; most are at x = 0.24; none at x = 0.5."""
    xi = patterns.random(30, 100, seed=1, disorder=4)
    fixed = []
    for at in dream(hopfield(xi), [0, 2400, 5000], RATE, seed=2):
        fixed.append((at.network.local_field(xi) * xi >= 0).all(axis=-1).mean())
    assert fixed[0] < 0.1 and fixed[1] > 0.9 and fixed[2] < 0.05


@pytest.mark.parametrize("dreams", [-1, 2.5, float("nan"), True, 2**21])
def test_number_of_dreams_that_is_none_is_refused(dreams):
    with pytest.raises(ValueError, match="dreams must be a whole number from 0"):
        unlearn(hopfield(np.ones((1, 4))), dreams, seed=0)


def test_stops_out_of_order_or_missing_are_refused():
    with pytest.raises(ValueError, match="must rise from stop to stop, but they are 5, 3"):
        dream(hopfield(np.ones((1, 4))), [5, 3], seed=0)
    with pytest.raises(ValueError, match="stops is empty"):
        dream(hopfield(np.ones((1, 4))), [], seed=0)


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        (lambda xi: directed(np.triu(np.ones((4, 4)), 1)), "directed couplings have none"),
        (lambda xi: hopfield(xi).clamp({0: 1}), "1 are clamped"),
        (lambda xi: dense_memory(xi), "the Dense memory has none"),
        (lambda xi: attention(xi, 2.0), "needs spin .* or binary"),
        (lambda xi: hopfield(xi[None], space=BINARY), "one disorder sample at a time"),
    ],
    ids=["directed", "clamped", "higher order", "real", "binary with disorder"],
)
def test_network_that_cannot_dream_is_refused(network, reason):
    with pytest.raises(ValueError, match=reason):
        unlearn(network(np.ones((1, 4), int)), 1, seed=0)


def test_number_of_threads_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("HOPPHYS_THREADS", "many")
    with pytest.raises(ValueError, match="HOPPHYS_THREADS must be a positive whole number, but it is 'many'"):
        unlearn(hopfield(np.ones((1, 4))), 1, seed=0)


def test_too_many_samples_are_refused_before_they_are_made(monkeypatch):
    monkeypatch.setenv("HOPPHYS_MEMORY", "100000")
    with pytest.raises(ValueError, match="unlearn fewer disorder samples"):
        unlearn(hopfield(patterns.random(2, 100, seed=0)), 1, seed=0)


def test_learning_offers_both_forms():
    assert {"dream", "unlearn", "Dreamt"} <= set(learning.__all__)

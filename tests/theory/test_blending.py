"""Theory of similar memories: against the mean-field equations of all patterns, enumeration, and the loaded network."""

import numpy as np
import pytest

import hopphys as hp
from hopphys.theory import ags, blending


def patterns(size, differing, count):
    """Two patterns that differ on `differing` sites, or three that each differ from the others on so many sites."""
    xi = np.ones((count, size), int)
    for number in range(1 if count == 2 else 0, count):
        xi[number, number * differing : (number + 1) * differing] = -1
    return xi


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("correlation", [0.0, 0.3, 1.0])
def test_law_of_similar_patterns_has_its_overlaps_and_no_bias(count, correlation):
    law = blending.similar(count, correlation)
    assert law.weight.sum() == pytest.approx(1)
    np.testing.assert_allclose(law.weight @ law.signs, 0, atol=1e-15)
    pairs = np.einsum("k,km,kn->mn", law.weight, law.signs, law.signs)
    np.testing.assert_allclose(pairs, correlation + (1 - correlation) * np.eye(count), atol=1e-14)


@pytest.mark.parametrize("temperature", [0.0, 0.2, 0.55, 0.9])
def test_two_magnets_solve_the_equations_of_two_patterns(temperature):
    c = 0.3
    found = blending.settled(blending.similar(2, c), [1, c], temperature=temperature)
    assert found.converged
    np.testing.assert_allclose(found.overlaps, blending.pair(c, temperature), atol=1e-10)


def test_pair_merges_at_one_minus_c_and_is_lost_at_one_plus_c():
    first, second = blending.pair(0.4, [0.0, 0.59, 0.6, 1.39, 1.4])
    assert (first[0], second[0]) == pytest.approx((1, 0.4))
    assert first[1] - second[1] > 0.05 and first[2] == second[2] > 0
    assert first[3] > 0 and first[4] == second[4] == 0
    assert blending.pair_merges_at(0.4) == pytest.approx(0.6)


def test_finite_pair_is_the_enumerated_one():
    xi = patterns(10, 4, 2)
    exact = hp.exact.enumerate(hp.hopfield(xi), beta=1 / 0.7)
    m = hp.patterns.overlap(exact.states, xi)
    apart = m[:, 0] - m[:, 1]
    weight = exact.probabilities
    mean, binder = blending.separation_at(10, 4, 0.7)
    assert mean == pytest.approx(weight @ np.abs(apart), abs=1e-12)
    assert binder == pytest.approx(1 - (weight @ apart**4) / (3 * (weight @ apart**2) ** 2), abs=1e-12)


def test_binder_parameter_of_a_large_pair_is_universal_at_the_merging_temperature():
    at = [blending.separation_at(size, size // 4, 0.5)[1] for size in (10_000, 100_000)]
    assert abs(at[1] - blending.BINDER) < abs(at[0] - blending.BINDER) < 0.01
    assert abs(blending.BINDER - 0.270520) < 1e-6


def test_three_blend_at_half_without_noise_and_earlier_in_a_loaded_network():
    assert blending.blend_above(3, 0.0) == pytest.approx(0.5, abs=2e-6)
    assert blending.blend_above(2, 0.0) == pytest.approx(1.0, abs=2e-6)
    loads = [blending.blend_above(3, load) for load in (0.001, 0.02, 0.05)]
    assert 0.5 > loads[0] > loads[1] > loads[2] > 0.2


@pytest.mark.parametrize(
    ("count", "load", "temperature"), [(2, 0.05, 0.0), (2, 0.05, 0.3), (3, 0.05, 0.1), (3, 1e-4, 0.0), (2, 0.01, 0.2)]
)
def test_patterns_blend_above_the_threshold_and_not_below(count, load, temperature):
    """2e-5 on both sides of it, where the equations pass the place of the last state in thousands of steps."""
    edge, jump = (f(count, load, temperature) for f in (blending.blend_above, blending.blend_jump))
    kept, merged = (
        blending.settled(
            blending.similar(count, c), [1.0, *[c] * (count - 1)], temperature=temperature, load=load, steps=50_000
        ).overlaps
        / (1 - c)
        for c in (edge - 2e-5, edge + 2e-5)
    )
    assert jump <= kept[0] - kept[-1] < jump + 0.05
    assert merged[0] - merged[-1] < 0.5 * jump


def test_nothing_is_kept_apart_where_nothing_is_retrieved_and_no_jump_is_there_without_load():
    assert blending.blend_above(2, 0.05, 0.6) == 0.0 and np.isnan(blending.blend_jump(2, 0.05, 0.6))
    assert blending.blend_jump(2, 1e-4, 0.5) < 0.01  # nearly two magnets: the difference falls to 0 by itself


@pytest.mark.parametrize(("size", "differing"), [(12, 1), (12, 2), (14, 2), (16, 2), (16, 3)])
def test_finite_threshold_of_three_is_that_of_their_fields(size, differing):
    """xi h of the first pattern where it differs from both others, from the network itself."""
    xi = patterns(size, differing, 3)
    aligned = hp.hopfield(xi).local_field(xi[0]) * xi[0]
    c = 1 - 4 * differing / size
    assert (aligned.min() >= 0) == (c <= blending.three_blend_above(size))
    assert size * aligned.min() == pytest.approx(size * (1 - 2 * c) - 3)


def test_energies_of_three_are_those_of_a_large_network_and_cross_at_a_fifth():
    xi = patterns(400, 40, 3)  # c = 0.6
    net = hp.hopfield(xi)
    pattern, blend = blending.three_energies(0.6)
    # The energy leaves out P/2 for the self-terms: 1.5 / N a site.
    assert net.energy(xi[0]) / 400 == pytest.approx(pattern + 1.5 / 400)
    assert net.energy(hp.patterns.mixture(xi)) / 400 == pytest.approx(blend + 1.5 / 400)
    pattern, blend = blending.three_energies(0.2)
    assert pattern == pytest.approx(blend)


@pytest.mark.parametrize("differing", [30, 40])
def test_so_many_blends_unlearned_make_the_patterns_fixed_points(differing):
    """N = 400, c = 0.7 or 0.6: the blend subtracted by hand, just too few times and just often enough."""
    size, rate = 400, 0.001
    xi = patterns(size, differing, 3).astype(float)
    blend, c = hp.patterns.mixture(xi).astype(float), 1 - 4 * differing / size
    dreams = blending.three_unlearned(c, rate, size)
    assert dreams == pytest.approx(blending.three_unlearned(c, rate), rel=0.1)
    for change, fixed in ((-1, False), (1, True)):
        J = hp.hebb(xi) - rate * (dreams + change) / size * np.outer(blend, blend)
        np.fill_diagonal(J, 0)
        assert ((J @ xi[0]) * xi[0] > 0).all() == fixed


@pytest.mark.parametrize("correlation", [0.6, 0.8])
def test_dreaming_kernel_fixes_three_from_its_time_on(correlation):
    size = 4000
    xi = patterns(size, round(size * (1 - correlation) / 4), 3).astype(float)
    overlaps = xi @ xi.T / size
    time = blending.three_dreaming(correlation)
    for factor, fixed in ((0.99, False), (1.01, True)):
        kernel = (1 + factor * time) * np.linalg.inv(np.eye(3) + factor * time * overlaps)
        assert ((xi.T @ kernel @ overlaps[:, 0]) * xi[0] > 0).all() == fixed


@pytest.mark.parametrize(("load", "temperature"), [(0.1, 0.0), (0.05, 0.3), (0.1, 0.2)])
def test_one_pattern_in_a_loaded_network_is_that_of_amit_gutfreund_and_sompolinsky(load, temperature):
    found = blending.settled(blending.similar(1, 0.5), [1.0], temperature=temperature, load=load)
    known = float(ags.overlap(load)) if temperature == 0 else ags.overlap_at(load, temperature)
    assert found.overlaps[0] == pytest.approx(known, abs=1e-8)


def test_no_state_of_finite_overlap_is_found_above_capacity():
    found = blending.settled(blending.similar(1, 0.5), [1.0], load=0.2, steps=2_000)
    assert not found.converged or found.overlaps[0] < 1e-6


def test_blend_of_two_becomes_stable_at_its_load():
    """A little apart, below that load the two grow apart, and above it they meet."""
    load = blending.pair_load(0.6)
    law = blending.similar(2, 0.6)
    blend = blending.settled(law, [0.8, 0.8], load=load).overlaps[0]
    for factor, apart in ((0.97, True), (1.03, False)):
        found = blending.settled(law, [blend + 1e-3, blend - 1e-3], load=factor * load)
        assert (found.overlaps[0] - found.overlaps[1] > 1e-2) == apart


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: blending.similar(2, 1.5), "correlation must lie between 0 and 1"),
        (lambda: blending.pair(0.5, [-1.0]), "temperature must be finite and not negative"),
        (lambda: blending.settled(blending.similar(2, 0.5), [1.0]), "start must hold 2 overlaps"),
        (lambda: blending.separation_at(10, 11, 0.5), "at most 10"),
        (lambda: blending.three_unlearned(0.6, 0.0), "rate must be positive"),
        (lambda: blending.blend_above(1, 0.0), "whole number from 2"),
        (lambda: blending.blend_jump(2, 0.0), "load must be positive"),
        (lambda: blending.blend_above(2, -0.1), "load must"),
    ],
)
def test_meaningless_questions_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()

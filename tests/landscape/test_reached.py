"""The sampled census: against whole hypercubes, against mixtures put there by hand, and in every kind of network."""

import numpy as np
import pytest
from scipy import stats

from hopphys import dataset, landscape, learning, models, patterns
from hopphys.dynamics import SYNCHRONOUS, Dynamics
from hopphys.spaces import BINARY, SPIN
from hopphys.theory import mixtures

FALSE_ALARM = 1e-4
DESCENT = Dynamics("threshold", "random")  # the walk whose ends `census` computes


def volumes(ds, kinds):
    """Starts that ended in each of the exact census' kinds."""
    return np.array([(ds.end == kind).sum().item() for kind in kinds])


def chi_square_p(seen, expected):
    used = expected > 0
    assert seen[~used].sum() == 0
    return stats.chisquare(seen[used], expected[used] / expected[used].sum() * seen.sum()).pvalue


def both(seed, starts=4_000):
    """N = 12, P = 3: no field is ever 0, a sum of 11 odd numbers, so that the way of breaking ties plays no part."""
    xi = patterns.random(3, 12, seed=seed)
    net = models.hopfield(xi)
    exact = landscape.census(net, xi, mixtures=(3,)).groupby("kind").sum().basin
    sampled = landscape.reached(net, xi, starts=starts, mixtures=(3,), near=1.0, dynamics=DESCENT, seed=5)
    kinds = landscape.KINDS
    return np.array([exact.sel(kind=k).item() if k in exact.kind else 0.0 for k in kinds]), volumes(sampled, kinds)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_basins_are_those_of_the_whole_hypercube(seed):
    exact, seen = both(seed)
    assert chi_square_p(seen, exact) > FALSE_ALARM / 3


def test_starts_that_are_not_spread_evenly_are_told_apart():
    """The broken twin: starts that lean a little towards one pattern."""
    exact, seen = both(
        1, patterns.corrupt(np.repeat(patterns.random(3, 12, seed=1)[:1], 4_000, axis=0), flip=0.4, seed=6)
    )
    assert chi_square_p(seen, exact) < FALSE_ALARM


def test_three_patterns_at_n_1000_divide_random_starts_as_an_independent_simulation_says():
    """94 of 400 ended in three-mixtures there; twenty sets of patterns here, 400 starts each."""
    xi = patterns.random(3, 1000, seed=2, disorder=20)
    ds = landscape.reached(models.hopfield(xi), xi, starts=400, seed=2)
    dataset.check(ds)
    share, error = (ds[name].sel(kind="mixture").item() for name in ("fraction", "fraction_error"))
    theirs = 94 / 400
    assert abs(share - theirs) < 3.9 * np.hypot(error, np.sqrt(theirs * (1 - theirs) / 400))
    assert ds.fraction.sel(kind=["pattern", "negative", "mixture"]).sum().item() == 1
    assert share < mixtures.three_basin()  # from below as N grows
    assert (ds.distinct == 14).all() and (ds.unseen == 0).all()  # 6 patterns and negatives, 8 mixtures
    for kind, count in (("pattern", 1), ("mixture", 3)):
        energy, spread = ds.kind_energy.sel(kind=kind).item(), ds.kind_energy_error.sel(kind=kind).item()
        # Patterns are not orthogonal: the sum of their m² raises |E| by (P - 1)/2N, and P/2 self-terms lower it.
        assert abs(energy - mixtures.energy(count)) < 4 * spread + 1 / 1000


@pytest.mark.parametrize("count", [3, 5, 7])
def test_mixtures_are_named_by_their_members_and_signs(count):
    """Twelve patterns: mixtures of 3 and more are too many to try one by one."""
    xi = patterns.random(12, 4000, seed=4)
    weights = np.zeros((6, 12), int)
    for row, random in enumerate(np.random.default_rng(0).spawn(6)):
        weights[row, random.permutation(12)[:count]] = random.choice([-1, 1], count)
    cues = np.stack([patterns.mixture(xi[w != 0], w[w != 0]) for w in weights])
    ds = landscape.reached(models.hopfield(xi), xi, starts=cues, mixtures=(3, 5, 7), seed=1)
    np.testing.assert_array_equal(ds.weights, weights)
    assert (ds.end == "mixture").all() and (ds.likeness > 0.9).all()
    energy = ds.kind_energy.sel(kind="mixture").item()
    assert energy == pytest.approx(mixtures.energy(count), abs=0.015)


def test_few_mixtures_are_tried_one_by_one_and_many_are_pointed_at_by_overlaps_alike(monkeypatch):
    from hopphys.landscape import identity

    xi = patterns.random(6, 3000, seed=8)
    s = np.stack(
        [patterns.mixture(xi[[0, 2, 5]]), patterns.mixture(xi[:5]), -xi[3], patterns.random(1, 3000, seed=9)[0]]
    )
    all_tried = identity.identify(s, xi, (3, 5), 0.9)
    monkeypatch.setattr(identity, "FEW", 0)
    monkeypatch.setattr(identity, "BLOCK", 3000)
    pointed = identity.identify(s, xi, (3, 5), 0.9)
    np.testing.assert_array_equal(all_tried.weights, pointed.weights)
    np.testing.assert_allclose(all_tried.likeness, pointed.likeness)
    assert all_tried.weights.any(axis=1).tolist() == [True, True, True, False]


def test_cues_near_patterns_and_negatives_end_there_with_the_patterns_energy():
    xi = patterns.random(4, 500, seed=3)
    cue = patterns.corrupt(np.concatenate([xi, -xi]), flip=0.1, seed=4)
    ds = landscape.reached(models.hopfield(xi), xi, starts=cue, seed=1)
    assert ds.end.values.tolist() == ["pattern"] * 4 + ["negative"] * 4
    np.testing.assert_array_equal(ds.weights, np.concatenate([np.eye(4), -np.eye(4)]))
    np.testing.assert_allclose(ds.energy, np.tile(ds.pattern_energy, 2))


def test_above_capacity_almost_all_is_spin_glass_and_hardly_a_state_is_seen_twice():
    xi = patterns.random(90, 300, seed=3)
    ds = landscape.reached(models.hopfield(xi), xi, starts=200, seed=4)
    assert ds.fraction.sel(kind="spurious").item() > 0.9
    assert ds.unseen.item() > 0.5 and ds.unseen_error.item() < 0.1
    assert ds.kind_energy.sel(kind="spurious") < ds.pattern_energy.mean()


def test_unseen_volume_is_that_of_good_and_turing():
    """One pattern and its negative, seen by all; then a hypercube without couplings, where no start is like another."""
    xi = patterns.random(1, 40, seed=1)
    ds = landscape.reached(models.hopfield(xi), xi, starts=50, seed=2)
    assert ds.distinct == 2 and ds.unseen == 0
    free = landscape.reached(models.boltzmann_machine(np.zeros((40, 40)), space=SPIN), xi, starts=50, seed=2)
    assert free.distinct == 50 and free.unseen == 1


def test_synchronous_updates_may_oscillate_and_say_with_which_period():
    xi = patterns.random(30, 100, seed=1)
    ds = landscape.reached(models.hopfield(xi), xi, starts=200, dynamics=SYNCHRONOUS, seed=3)
    oscillates = ds.end == "oscillation"
    assert oscillates.any() and (ds.period.values[oscillates] == 2).all() and (ds.period.values[~oscillates] == 1).all()


def test_antisymmetric_couplings_have_cycles_of_four_and_no_energy():
    random = np.random.default_rng(0).standard_normal((20, 20))
    net = models.directed(random - random.T)
    ds = landscape.reached(net, patterns.random(2, 20, seed=1), starts=20, dynamics=SYNCHRONOUS, seed=2)
    assert (ds.end == "oscillation").all() and (ds.period == 4).all()
    assert "energy" not in ds and np.isnan(ds.pattern_energy).all()


def test_what_does_not_settle_is_said_so():
    xi = patterns.random(90, 300, seed=3)
    ds = landscape.reached(models.hopfield(xi), xi, starts=20, max_sweeps=1, seed=4)
    assert (ds.end == "unsettled").any()


def test_zero_one_networks_end_as_their_spins_do():
    xi = patterns.random(3, 60, seed=3)
    start = patterns.random(30, 60, seed=4)
    spin = landscape.reached(models.hopfield(xi), xi, starts=start, seed=1)
    binary = landscape.reached(models.hopfield(xi, space=BINARY), xi, starts=(start + 1) // 2, seed=1)
    assert (spin.end.values == binary.end.values).all()
    np.testing.assert_allclose(spin.energy, binary.energy)
    np.testing.assert_allclose(spin.pattern_energy, binary.pattern_energy)
    own = landscape.reached(models.hopfield(xi, space=BINARY), xi, starts=30, seed=1)
    assert set(np.unique(own.state)) == {0, 1}


def test_a_sample_of_disorder_is_what_it_is_alone():
    xi = patterns.random(3, 50, seed=3, disorder=2)
    start = patterns.random(20, 50, seed=9, disorder=2)
    together = landscape.reached(models.hopfield(xi), xi, starts=start, seed=1)
    first = landscape.reached(models.hopfield(xi[0]), xi[0], starts=start[0], seed=1)
    dataset.check(together)
    assert (together.end[0].values == first.end.values).all()
    assert together.distinct.values[0] == first.distinct


def test_random_starts_are_not_the_patterns_of_the_same_seed():
    xi = patterns.random(30, 200, seed=7)
    ds = landscape.reached(models.hopfield(xi), xi, starts=30, seed=7)
    assert ds.fraction.sel(kind="pattern") < 0.5


def test_errors_are_never_zero_and_grow_with_the_scatter_of_disorder():
    xi = patterns.random(1, 40, seed=1, disorder=4)
    ds = landscape.reached(models.hopfield(xi), xi, starts=10, seed=2)
    assert (ds.fraction_error > 0).all()
    is_kind = np.zeros((4, 10, 1), bool)
    is_kind[:2] = True  # all or nothing, sample by sample
    from hopphys.landscape.reached import _fraction_error

    assert _fraction_error(is_kind)[0] == pytest.approx(np.sqrt(1 / 3) / 2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mixtures": (4,)}, "odd numbers from 3"),
        ({"mixtures": (1,)}, "whole number from 3"),
        ({"near": 0.3}, "near must lie between"),
        ({"starts": 1}, "whole number from 2"),
        ({"patterns": np.ones((2, 9))}, "patterns must have shape"),
        ({"patterns": np.ones((3, 2, 8))}, "patterns must have shape"),
        ({"starts": np.ones((2, 9))}, "start"),
    ],
)
def test_meaningless_questions_are_refused(changes, message):
    xi = patterns.random(2, 8, seed=1)
    arguments = {"patterns": xi, "seed": 1, **changes}
    with pytest.raises(ValueError, match=message):
        landscape.reached(models.hopfield(xi), arguments.pop("patterns"), **arguments)


def test_real_sites_are_refused():
    with pytest.raises(ValueError, match="two-level sites"):
        landscape.reached(models.attention(np.eye(4), 2.0), np.ones((1, 4)), seed=1)


def test_a_learned_rule_is_asked_the_same_way():
    xi = patterns.random(20, 60, seed=3)
    ds = landscape.reached(models.hopfield(xi, rule=learning.projection), xi, starts=xi, seed=1)
    assert (ds.end == "pattern").all()

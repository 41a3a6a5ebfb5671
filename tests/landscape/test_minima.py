"""Minima, basins and descent of whole hypercubes, against the literature, brute force and symmetries."""

import numpy as np
import pytest

from hopphys import dataset, landscape, lattices, models, patterns, separation
from hopphys.memory import TooLarge
from hopphys.spaces import BINARY, SPIN

NETWORK = {"ab": -4, "ac": 3, "ad": 2, "bd": 3, "be": 3, "cd": -1, "de": -1}


def hinton():
    couplings = np.zeros((5, 5))
    for (first, second), weight in NETWORK.items():
        i, j = ord(first) - ord("a"), ord(second) - ord("a")
        couplings[i, j] = couplings[j, i] = weight
    return models.boltzmann_machine(couplings)


def units(state):
    return "".join(letter for letter, on in zip("abcde", state, strict=True) if on)


def test_five_unit_network_has_exactly_three_minima():
    valleys = landscape.minima(hinton())
    found = {units(state): energy for state, energy in zip(valleys.state.values, valleys.energy.values, strict=True)}
    assert found == {"bde": -5.0, "abcde": -5.0, "acd": -4.0}
    assert (valleys.plateau == 1).all()


def test_units_a_c_settle_in_the_nearer_minimum_and_not_in_a_lower_one():
    whole, corner = landscape.descent(hinton(), ties="kept"), 0b00101
    assert whole.energy_of_corner.values[corner] == -3
    assert hinton().gap(whole.state_of_corner.values[corner], 3) == 1
    end = dict(zip(map(units, whole.state.values), whole.end.values[corner], strict=True))
    assert end == {"acd": 1.0, "bde": 0.0, "abcde": 0.0}


def test_a_tie_that_is_drawn_opens_a_second_way_out_of_a_c():
    # e is tied: {a, c, e}, then d (another tie) or back. {a, c, d, e} goes on to b, back by e, or by the tie d.
    # With x, y, z the chances of the three to end with all on: x = y/3, y = (x + z)/2, z = (1 + y/2)/2.5.
    whole = landscape.descent(hinton())
    end = dict(zip(map(units, whole.state.values), whole.end.values[0b00101], strict=True))
    assert end["abcde"] == pytest.approx(1 / 11) and end["acd"] == pytest.approx(10 / 11)


@pytest.mark.parametrize("corner", [0b00000, 0b10101])
def test_fixed_point_of_the_threshold_rule_with_a_tied_exit_is_no_minimum(corner):
    kept = landscape.descent(hinton(), ties="kept")
    assert not kept.lower[corner].any() and kept.tied[corner].any()
    assert kept.minimum_of_corner[corner] == -1
    assert kept.end[corner].sum() == 0
    assert landscape.descent(hinton()).end[corner].sum() == pytest.approx(1)


def test_threshold_rule_is_trapped_where_heat_bath_is_not():
    kept, drawn = landscape.minima(hinton(), ties="kept"), landscape.minima(hinton())
    assert drawn.trapped == 0
    assert kept.trapped > 0.1
    assert float(kept.basin.sum() + kept.trapped) == pytest.approx(1)


def test_three_spin_ferromagnet_has_two_minima_of_half_the_cube_each():
    valleys = landscape.minima(models.ising(lattices.chain(3)))
    assert valleys.energy.values.tolist() == [-3, -3]
    assert valleys.basin.values.tolist() == [0.5, 0.5]
    assert valleys.state.values.tolist() == [[-1, -1, -1], [1, 1, 1]]


def test_square_ferromagnet_of_side_four_traps_in_stripes():
    valleys = landscape.minima(models.ising(lattices.square(4)))
    # Stripes two wide: a spin at an edge has three like neighbours of four. Four shifts of two directions.
    assert valleys.energy.values.tolist() == [-32] * 2 + [-16] * 8
    assert np.ptp(valleys.basin[2:].values) < 1e-12
    assert float(valleys.basin.sum()) == pytest.approx(1, abs=1e-12)


def test_a_ring_of_domain_walls_that_move_freely_has_only_the_two_ground_states():
    valleys = landscape.minima(models.ising(lattices.chain(8)))
    assert valleys.sizes["minimum"] == 2
    assert landscape.minima(models.ising(lattices.chain(8)), ties="kept").trapped > 0.5


def test_frustrated_ring_has_one_minimum_of_many_corners():
    weights = np.array([1, 1, 1, 1, -1])
    lowest = landscape.minima(models.ising(lattices.chain(5), weights))
    # One broken bond of five, and a sign: ten corners, each one flip from the next.
    assert lowest.plateau.values.tolist() == [10]
    assert lowest.energy.values.tolist() == [-3]


def orthogonal(size):
    columns = np.array([[1 - 2 * (k >> mu & 1) for k in range(8)] for mu in range(3)])
    return np.tile(columns, (1, size // 8))


@pytest.mark.parametrize("size", [8, 16])
def test_three_orthogonal_patterns_leave_eight_mixtures_at_three_eighths(size):
    xi = orthogonal(size)
    valleys = landscape.census(models.hopfield(xi), xi)
    assert sorted(valleys.kind.values.tolist()) == ["mixture"] * 8 + ["negative"] * 3 + ["pattern"] * 3
    per_site = (valleys.energy - 3 / 2) / size
    assert set(per_site.where(valleys.kind != "mixture", drop=True).values) == {-0.5}
    assert set(per_site.where(valleys.kind == "mixture", drop=True).values) == {-0.375}
    assert set(np.abs(valleys.overlap.where(valleys.kind == "mixture", drop=True).values).ravel()) == {0.5}


def test_odd_dense_memory_stores_no_negatives():
    xi = orthogonal(8)
    kinds = landscape.census(models.dense_memory(xi, separation.power(3)), xi).kind.values
    assert "negative" not in kinds and (kinds == "pattern").sum() == 3


def test_blurred_attention_knows_one_mixture_and_sharp_attention_the_patterns():
    xi = orthogonal(8)
    blurred = landscape.census(models.dense_memory(xi, separation.log_sum_exp(0.01)), xi)
    sharp = landscape.census(models.dense_memory(xi, separation.log_sum_exp(2.0)), xi)
    assert blurred.kind.values.tolist() == ["mixture"]
    assert (sharp.kind == "pattern").sum() == 3


def test_census_reads_binary_states_as_spins():
    xi = patterns.random(2, 10, seed=4)
    spin, binary = (landscape.census(models.hopfield(xi, space=space), xi) for space in (SPIN, BINARY))
    np.testing.assert_allclose(spin.energy, binary.energy, atol=1e-12)
    assert spin.kind.values.tolist() == binary.kind.values.tolist()
    np.testing.assert_array_equal(spin.overlap, binary.overlap)


def test_clamped_sites_keep_their_value_and_take_no_bit():
    held = hinton().clamp({0: 1, 4: 0})
    corners = landscape.corners(held)
    assert corners.sizes["corner"] == 8
    assert (corners.state[:, 0] == 1).all() and (corners.state[:, 4] == 0).all()
    assert units(landscape.minima(held).state[0].values) == "acd"


def test_corner_numbers_read_the_free_sites_as_bits():
    corners = landscape.corners(models.ising(lattices.chain(4)))
    up = (corners.state.values > 0) @ (1 << np.arange(4))
    assert up.tolist() == list(range(16)) == corners.corner.values.tolist()


def test_symmetric_energies_that_rounding_splits_are_still_one_plateau():
    xi = orthogonal(8)
    whole = landscape.descent(models.dense_memory(xi, separation.log_sum_exp(0.37)))
    energies = whole.energy_of_corner.values
    for flip in range(8):
        step = energies - energies[whole.corner.values ^ (1 << flip)]
        np.testing.assert_array_equal(np.abs(step) < 1e-12, whole.tied[:, flip])


@pytest.mark.parametrize("of", [landscape.corners, landscape.minima, landscape.descent])
def test_datasets_keep_the_schema_and_survive_a_file(of, tmp_path):
    found = of(hinton())
    dataset.check(found)
    assert dataset.load(dataset.save(found, tmp_path / "found.nc")).identical(found)
    assert found.attrs["seed"] is None


def test_census_keeps_the_schema_and_survives_a_file(tmp_path):
    found = landscape.census(models.hopfield(orthogonal(8)), orthogonal(8))
    dataset.check(found)
    assert dataset.load(dataset.save(found, tmp_path / "found.nc")).identical(found)


REFUSED = {
    "real sites": (lambda: models.attention(orthogonal(8), 1.0), r"two-level .* real; .*log_sum_exp"),
    "directed couplings": (lambda: models.directed([[0, 1], [-1, 0]]), "directed couplings have none"),
    "a disorder axis": (lambda: models.hopfield(patterns.random(2, 8, seed=1, disorder=3)), "3 disorder samples"),
    "a site held at its start": (lambda: hinton().clamp([2]), r"site 2 .* clamp\(\{2: value\}\)"),
    "an energy that is not finite": (lambda: models.custom(lambda s: s.sum(-1) / (s[..., 0] + 1), 3), "corner 0"),
    "an energy of the wrong shape": (lambda: models.custom(lambda s: s[..., :1] * 0, 3), "must be"),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", REFUSED)
def test_landscape_refuses(case):
    build, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        landscape.minima(build())


def test_more_corners_than_memory_are_refused_with_the_way_out():
    with pytest.raises(TooLarge, match=r"2\^64 corners would take .* settle"):
        landscape.minima(models.ising(lattices.square(8)))


def test_options_are_checked():
    with pytest.raises(ValueError, match="'drawn'"):
        landscape.minima(hinton(), ties="broken")
    with pytest.raises(ValueError, match="tolerance"):
        landscape.minima(hinton(), tolerance=-1.0)
    with pytest.raises(ValueError, match="odd"):
        landscape.census(models.hopfield(orthogonal(8)), orthogonal(8), mixtures=(2,))
    with pytest.raises(ValueError, match=r"\(P, 8\)"):
        landscape.census(models.hopfield(orthogonal(8)), orthogonal(16))

"""Dense, sparse and directed couplings: whole numbers kept whole, double bonds counted twice, bad arrays refused."""

import itertools

import numpy as np
import pytest
from scipy import special

import hopphys as hp
from hopphys.interactions import quantise

ALL_NAN = np.full((3, 3), np.nan)


def symmetric(size, seed=0):
    upper = np.triu(np.random.default_rng(seed).normal(size=(size, size)), 1)
    return upper + upper.T


def corners(size):
    return np.array(list(itertools.product([-1.0, 1.0], repeat=size)))


@pytest.mark.parametrize("seed", range(3))
def test_dense_neighbours_and_definition_agree(seed):
    J, s = symmetric(6, seed), corners(6)
    pairs = np.array(list(itertools.combinations(range(6), 2)))
    bonds = hp.Neighbours(6, pairs, J[pairs[:, 0], pairs[:, 1]])
    explicit = -sum(J[i, j] * s[:, i] * s[:, j] for i, j in pairs)
    for interaction in (hp.Dense(J), bonds):
        assert np.allclose(interaction.energy(s), explicit, rtol=1e-12, atol=1e-12)
        assert np.allclose(interaction.field(s), s @ J, rtol=1e-12, atol=1e-12)
        for site in range(6):
            assert np.allclose(interaction.field_at(s, site), (s @ J)[:, site], rtol=1e-12, atol=1e-12)


def test_lattice_energy_is_that_of_its_adjacency():
    for lattice in (
        hp.chain(5),
        hp.square(2, 4),
        hp.triangular(3),
        hp.honeycomb(2),
        hp.cubic(2),
        hp.square(3, periodic=False),
    ):
        s = np.random.default_rng(1).choice([-1.0, 1.0], size=(7, lattice.size))
        dense = hp.Dense(lattice.adjacency().toarray())
        assert np.array_equal(hp.ising(lattice).energy(s), dense.energy(s))


# Lattices ------------------------------------------------------------------------------------------------------------


def test_two_by_two_torus_bonds_every_pair_twice():
    H = hp.ising(hp.square(2))
    assert H.energy(np.ones(4)) == -8
    assert np.array_equal(H.local_field(np.ones(4)), [4, 4, 4, 4])


def test_density_of_states_of_four_by_four():
    levels, counts = np.unique(hp.ising(hp.square(4)).energy(corners(16)), return_counts=True)
    half = {-32: 2, -24: 32, -20: 64, -16: 424, -12: 1728, -8: 6688, -4: 13568, 0: 20524}
    assert dict(zip(levels.tolist(), counts.tolist(), strict=True)) == half | {-e: n for e, n in half.items()}


def test_three_by_three_torus_has_kaufmans_energy_and_heat():
    T = 2 / np.log(1 + np.sqrt(2))
    E = hp.ising(hp.square(3)).energy(corners(9))
    p = special.softmax(-E / T)
    u = p @ E
    assert u / 9 == pytest.approx(-1.6112463815, abs=1e-10)
    assert (p @ E**2 - u**2) / T**2 / 9 == pytest.approx(0.6287361056, abs=1e-10)


def test_ring_in_a_field_has_the_transfer_matrix_energy():
    H = hp.ising(hp.chain(10), bias=0.5)
    p = special.softmax(-H.energy(corners(10)))
    assert p @ H.energy(corners(10)) / 10 == pytest.approx(-1.4430803807, abs=1e-10)
    assert p @ corners(10).mean(axis=1) == pytest.approx(0.9678308015, abs=1e-10)


def test_curie_weiss_partition_function():
    H = hp.boltzmann_machine((np.ones((12, 12)) - np.eye(12)) / 12, space=hp.SPIN)
    assert special.logsumexp(-H.energy(corners(12)) / 0.8) == pytest.approx(9.2646531694, abs=1e-10)


# Whole numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("couplings", "quantum"),
    [
        (np.array([[0, 2.0], [2.0, 0]]), 1.0),
        (hp.hebb(hp.patterns.random(5, 37, seed=1)), 1 / 37),
        (0.3 * np.array([[0, 1, -2], [1, 0, 1], [-2, 1, 0]]), 0.3),
        (np.zeros((3, 3)), 1.0),
    ],
    ids=["whole", "hebb", "one scale", "nothing"],
)
def test_couplings_of_one_scale_are_kept_as_whole_numbers(couplings, quantum):
    interaction = hp.Dense(couplings)
    assert interaction.integer
    assert interaction.quantum == pytest.approx(quantum, rel=1e-15)
    assert np.array_equal(interaction.counts, np.rint(interaction.counts))
    assert np.allclose(interaction.couplings, couplings, rtol=4e-16)


@pytest.mark.parametrize(
    "couplings",
    [symmetric(5), np.array([[0, 1e-9], [1e9, 0]]), np.array([[1e300, 1e-300]]), np.array([[1.0, 2.0**31]])],
    ids=["real", "far apart", "further apart", "too large"],
)
def test_couplings_without_one_scale_stay_real(couplings):
    counts, quantum, integer = quantise(couplings)
    assert not integer
    assert quantum == 1.0
    assert np.array_equal(counts, couplings)


def test_hebbian_ties_are_exact():
    xi = hp.patterns.random(8, 101, seed=2)
    s = hp.patterns.random(50, 101, seed=3).astype(float)
    fields = np.rint(hp.Dense(hp.hebb(xi)).field(s) * 101)
    assert (fields == 0).any()
    assert np.array_equal(hp.Dense(hp.hebb(xi)).field(s) == 0, fields == 0)
    assert np.array_equal(hp.Patterns(xi).field(s) == 0, fields == 0)


def test_adjacency_lists_every_bond_twice_in_bond_order():
    bonds = hp.square(3, 4).bonds
    interaction = hp.Neighbours(12, bonds, np.arange(1.0, len(bonds) + 1))
    indptr, neighbours, bond = interaction.adjacency()
    for site in range(12):
        row = slice(indptr[site], indptr[site + 1])
        assert (np.diff(bond[row]) > 0).all()
        assert {frozenset((site, j)) for j in neighbours[row].tolist()} == {
            frozenset(b) for b in bonds[bond[row]].tolist()
        }


def test_a_graph_without_bonds_has_no_interaction():
    H = hp.ising(hp.chain(1, periodic=False), bias=0.5)
    assert H.energy(np.ones(1)) == -0.5
    assert hp.Neighbours(3, np.empty((0, 2))).field(np.ones(3)).tolist() == [0, 0, 0]


# Directed ------------------------------------------------------------------------------------------------------------


def test_directed_field_is_the_row_times_the_state():
    J = np.random.default_rng(5).normal(size=(4, 4)) * (1 - np.eye(4))
    s = corners(4)
    H = hp.directed(J, 0.1)
    assert np.allclose(H.local_field(s), s @ J.T + 0.1, rtol=1e-14)
    assert np.allclose(H.drive(s, 2), 2 * (s @ J.T + 0.1)[:, 2], rtol=1e-13)
    recast = hp.recast(H, hp.BINARY)
    assert np.allclose(recast.drive((s + 1) / 2), H.drive(s), rtol=1e-12, atol=1e-12)


def test_directed_samples_of_disorder_keep_apart():
    J = np.random.default_rng(6).normal(size=(2, 4, 4)) * (1 - np.eye(4))
    s = np.stack([corners(4), corners(4)])
    field = hp.directed(J).local_field(s)
    assert np.allclose(field[1], s[1] @ J[1].T, rtol=1e-14)
    with pytest.raises(ValueError, match="disorder axis cannot be recast"):
        hp.recast(hp.directed(J), hp.BINARY)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: hp.Dense([[0, 1], [2, 0]]), r"symmetric, but max\|J - J.T\| = 1.00e\+00; use \(J \+ J.T\) / 2"),
        (lambda: hp.Dense([[1, 0], [0, 0]]), r"zero on the diagonal, but max\|J_ii\| = 1"),
        (lambda: hp.Dense(np.ones((2, 3))), r"shape \(N, N\).*but the shape is \(2, 3\)"),
        (lambda: hp.Dense(np.ones(4)), r"but the shape is \(4,\)"),
        (lambda: hp.Dense(ALL_NAN), r"couplings must be finite, but couplings\[0, 0\] = nan"),
        (lambda: hp.Dense([[0, np.inf], [np.inf, 0]]), "= inf"),
        (lambda: hp.Dense(np.empty((0, 0))), "must not be empty"),
        (lambda: hp.Dense([]), "must not be empty"),
        (lambda: hp.Dense([["a", "b"], ["b", "a"]]), "array of numbers"),
        (lambda: hp.Dense([[0, 1], [1]]), "array of numbers"),
        (lambda: hp.Directed([[1, 0], [0, 0]]), "zero on the diagonal"),
        (lambda: hp.Directed(np.ones((2, 3))), r"but the shape is \(2, 3\)"),
        (lambda: hp.Neighbours(3, [(0, 3)]), "sites 0 to 2"),
        (lambda: hp.Neighbours(3, [(1, 1)]), "joined to itself"),
        (lambda: hp.Neighbours(0, []), "size = 0"),
        (lambda: hp.Neighbours(3, [(0, 1)], [1, 2]), r"one value per bond \(1\)"),
        (lambda: hp.Neighbours(3, [(0, 1)], np.nan), "finite"),
        (lambda: hp.Neighbours(3, [(0, 1)], colours=[0, 1]), r"colours must be one a site, shape \(3,\).* \(2,\)"),
        (lambda: hp.Neighbours(3, [(0, 1), (1, 2)], colours=[0, 1, 1]), "bonded sites 1 and 2 share colour 1"),
        (lambda: hp.ising(hp.chain(4), np.ones((2, 3, 4))), "one value per bond"),
        (lambda: hp.boltzmann_machine([[0, 1], [0, 0]]), "symmetric"),
    ],
)
def test_bad_couplings_are_refused_in_words(make, words):
    with pytest.raises(ValueError, match=words):
        make()

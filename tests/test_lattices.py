"""Lattices: bonds counted as the Hamiltonian needs them, colours proper, bad graphs refused in words."""

import networkx as nx
import numpy as np
import pytest
from scipy import sparse

import hopphys as hp
from hopphys import lattices
from hopphys.lattices import Lattice, chain, cubic, graph, honeycomb, square, triangular

COORDINATION = [(chain, 2), (square, 4), (triangular, 6), (honeycomb, 3), (cubic, 6)]


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("length", [2, 3, 4, 5, 6])
@pytest.mark.parametrize(("build", "neighbours"), COORDINATION)
def test_every_site_of_a_torus_has_the_coordination_number(build, neighbours, length, periodic):
    lattice = build(length, periodic=periodic)
    if periodic:
        assert np.all(lattice.degrees == neighbours)
    assert len(lattice.bonds) * 2 == lattice.degrees.sum() <= neighbours * lattice.size
    assert np.prod(lattice.shape) == lattice.size == len(lattice.positions)


@pytest.mark.parametrize("build", [chain, square, cubic, triangular])
def test_length_two_torus_bonds_each_pair_twice(build):
    lattice = build(2)
    _, multiplicity = np.unique(lattice.bonds, axis=0, return_counts=True)
    assert np.all(multiplicity == 2)
    assert set(lattice.adjacency().data) == {2.0}


def test_two_by_two_torus_has_kaufmans_ground_state_energy():
    state = np.ones(4)
    assert -0.5 * state @ square(2).adjacency() @ state == -8.0


@pytest.mark.parametrize("length", range(2, 8))
@pytest.mark.parametrize(("build", "odd"), [(chain, 3), (square, 3), (cubic, 3), (honeycomb, 2)])
def test_number_of_colours_is_minimal(build, odd, length):
    assert len(np.unique(build(length).colours)) == (2 if length % 2 == 0 else odd)
    assert len(np.unique(build(length, periodic=False).colours)) == 2


def test_triangular_has_three_colours_where_three_divides_the_extents():
    assert len(np.unique(triangular(6, 3).colours)) == 3
    assert len(np.unique(triangular(5, periodic=False).colours)) == 3
    assert len(np.unique(triangular(4).colours)) <= 5


@pytest.mark.parametrize("build", [chain, square, triangular, honeycomb, cubic])
def test_open_bonds_have_unit_length(build):
    lattice = build(4, periodic=False)
    ends = lattice.positions[lattice.bonds]
    assert np.allclose(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=-1), 1.0, atol=1e-12)


def test_sites_are_numbered_row_major():
    bonds = {tuple(bond) for bond in square(3, 4, periodic=False).bonds.tolist()}
    assert {(0, 1), (0, 4), (6, 7), (6, 10)} <= bonds
    assert (3, 4) not in bonds
    assert square(3, 4).positions[6].tolist() == [2.0, 1.0]


def test_graph_of_a_lattice_is_that_lattice():
    torus = square(4, 5)
    again = graph(torus.bonds)
    assert (abs(again.adjacency() - torus.adjacency())).nnz == 0
    assert len(np.unique(graph(square(4, 6).bonds).colours)) == 2


def test_edge_list_sparse_and_networkx_describe_one_graph():
    edges = [(0, 1, 0.5), (1, 2, -1.5), (3, 0, 2.0)]
    network = nx.Graph()
    network.add_nodes_from(range(4))
    network.add_weighted_edges_from(edges)
    expected = graph(edges).adjacency().toarray()
    assert np.array_equal(graph(sparse.csr_array(expected)).adjacency().toarray(), expected)
    assert np.array_equal(graph(network).adjacency().toarray(), expected)


def test_networkx_labels_are_numbered_in_their_own_order():
    network = nx.Graph([("ape", "bee"), ("bee", "cat")])
    assert graph(network).bonds.tolist() == [[0, 1], [1, 2]]


def test_graph_keeps_double_edges_and_isolated_sites():
    lattice = graph([(0, 1), (1, 0)], size=4)
    assert lattice.degrees.tolist() == [2, 2, 0, 0]
    assert lattice.weights is None


def test_bipartite_graphs_get_two_colours():
    network = nx.random_regular_graph(3, 12, seed=1)
    doubled = nx.bipartite_double_cover(network) if hasattr(nx, "bipartite_double_cover") else nx.hypercube_graph(5)
    assert len(np.unique(graph(doubled).colours)) == 2


def test_weights_of_one_are_not_stored():
    assert graph(sparse.csr_array(chain(5).adjacency())).weights is None


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: square(2.5), "whole number"),
        (lambda: square(True), "whole number"),
        (lambda: square(0), "length must be a whole number from 1 on"),
        (lambda: chain(1), "periodic=False"),
        (lambda: chain(-3), "-3"),
        (lambda: cubic(4, height=-1), "-1"),
        (lambda: graph([]), "empty"),
        (lambda: graph([(0, 0)]), "itself"),
        (lambda: graph([(0, -1)]), "counted from 0"),
        (lambda: graph([(0, 1.5)]), "1.5"),
        (lambda: graph([(0, np.nan)]), "nan"),
        (lambda: graph([(0, 1, np.inf)]), "inf"),
        (lambda: graph([(0, 1), (1,)]), "edges must be rows"),
        (lambda: graph([("a", "b")]), "edges must be rows"),
        (lambda: graph(np.eye(4)), "csr_array"),
        (lambda: graph([(0, 5)], size=3), "at least 6"),
        (lambda: graph(sparse.csr_array([[0, 1], [0, 0]])), "symmetric"),
        (lambda: graph(sparse.csr_array([[1, 1], [1, 0]])), "itself"),
        (lambda: graph(sparse.csr_array(np.ones((2, 3)))), "square"),
        (lambda: graph(nx.DiGraph([(0, 1)])), "to_undirected"),
        (lambda: square(10**7), "would take"),
        (lambda: chain(10**15), "would take"),
        (lambda: graph([(0, 10**12)]), "without gaps"),
        (lambda: cubic(4, height=0), "height"),
        (lambda: Lattice("x", 2, np.array([[0, 1]]), np.zeros(2), (2,), np.zeros((2, 1))), "share colour"),
        (lambda: Lattice("x", 2, np.array([[1, 0]]), np.arange(2), (2,), np.zeros((2, 1))), "lower site first"),
    ],
)
def test_bad_lattices_are_refused_in_words(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_colouring_is_proper_on_random_graphs():
    for seed in range(5):
        network = nx.gnp_random_graph(40, 0.2, seed=seed)
        bonds = np.array(network.edges)
        colours = lattices.colour(bonds, 40)
        assert np.all(colours[bonds[:, 0]] != colours[bonds[:, 1]])
        assert colours.min() >= 0


def test_reprs_take_one_line_whatever_the_size():
    assert repr(square(64)) == "Lattice('square', 4096 sites, 8192 bonds, 2 colours)"
    assert repr(graph([(0, 1)])).endswith("2 sites, 1 bond, 2 colours)")
    model, glass = hp.ising(square(64)), hp.spin_glass(50, "sk", seed=1, disorder=3)
    assert repr(model) == f"Hamiltonian({model.name!r}, 4096 sites, Neighbours)"
    assert repr(glass) == f"Hamiltonian({glass.name!r}, 50 sites, 3 disorder samples, Dense)"

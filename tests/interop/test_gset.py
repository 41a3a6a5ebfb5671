"""Max-Cut graphs: what is written is read, cuts are energies, and what is no graph is refused in words."""

import itertools

import numpy as np
import pytest

import hopphys as hp
from hopphys.interop.gset import cut, max_cut, read_gset, write_gset


def torus(length=3, seed=1):
    """A small graph of the kind of the torus set: a periodic cube with weights ±1."""
    bonds = hp.cubic(length).bonds
    weights = np.random.default_rng(seed).choice([-1.0, 1.0], size=len(bonds))
    return hp.graph(np.column_stack([bonds, weights]))


@pytest.mark.parametrize("lattice", [torus(), hp.graph([(0, 1), (1, 2), (2, 0)]), hp.graph([(0, 1, 0.1), (1, 2, -3)])])
def test_what_is_written_is_read(lattice, tmp_path):
    read = read_gset(write_gset(lattice, tmp_path / "g"))
    assert read.size == lattice.size and np.array_equal(read.bonds, lattice.bonds)
    assert (read.adjacency() - lattice.adjacency()).nnz == 0


def test_both_forms_of_the_format_are_read(tmp_path):
    (tmp_path / "plain").write_text("3 2 0\n1 2\n3 2\n")
    (tmp_path / "weighted").write_text(" 3 2 \n1 2 -1\n\n3 2 2.5\n")
    plain, weighted = read_gset(tmp_path / "plain"), read_gset(tmp_path / "weighted")
    assert plain.bonds.tolist() == weighted.bonds.tolist() == [[0, 1], [1, 2]]
    assert plain.weights is None and weighted.weights.tolist() == [-1, 2.5]


def test_cut_counts_edges_between_the_sides_and_is_the_energy():
    lattice = torus(2)
    states = np.array(list(itertools.product([-1, 1], repeat=8)))
    by_hand = sum(w * (states[:, i] != states[:, j]) for (i, j), w in zip(lattice.bonds, lattice.weights, strict=True))
    assert cut(lattice, states) == pytest.approx(by_hand, abs=1e-12)
    energy = max_cut(lattice).energy(states)
    assert cut(lattice, states) == pytest.approx((lattice.weights.sum() - energy) / 2, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("nonsense\n", "should begin with"),
        ("3\n", "should begin with"),
        ("0 1\n1 2 1\n", "should begin with"),
        ("3 2\n1 2 1\n", "announces 2 edges, but it lists 1"),
        ("3 1\n1 4 1\n", "joins sites 1 and 4 in its edge 1, but they are numbered 1 to 3"),
        ("3 0\n", "announces no edges, but a graph needs at least one"),
        ("3 1\n0 1 1\n", "numbered 1 to 3"),
        ("3 1\n1.5 2 1\n", "numbered 1 to 3"),
        ("3 1\n2 2 1\n", "to itself"),
        ("3 1\n1 2 nan\n", "edge 1"),
        ("3 1\n1 2 x\n", "edge 1"),
        ("3 2\n1 2 1\n1 3\n", "edge 2"),
        ("99999999999999 1\n1 2 1\n", "would take"),
    ],
)
def test_what_is_no_graph_is_refused_in_words(text, words, tmp_path):
    (tmp_path / "g").write_text(text)
    with pytest.raises(ValueError, match=words):
        read_gset(tmp_path / "g")


def test_missing_and_binary_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file"):
        read_gset(tmp_path / "nowhere")
    (tmp_path / "g").write_bytes(b"\x1f\x8b\xff\xfe" * 9)
    with pytest.raises(ValueError, match="not text"):
        read_gset(tmp_path / "g")


def test_cut_of_a_wrong_state_is_refused():
    with pytest.raises(ValueError, match="states ±1"):
        cut(torus(), np.ones(26))
    with pytest.raises(ValueError, match="one site is 0; of 0 and 1"):
        cut(torus(), np.zeros(27))
    with pytest.raises(ValueError, match=r"state\[3\] = nan"):
        cut(torus(), [1, 1, 1, np.nan] + [1] * 23)


def test_what_is_no_lattice_or_no_path_is_refused_in_words(tmp_path):
    model = max_cut(torus())
    for call in (lambda: cut(model, np.ones(27)), lambda: max_cut(model), lambda: write_gset("x", torus())):
        with pytest.raises(ValueError, match=r"a graph is needed, .* but a (Hamiltonian|str) came"):
            call()
    for call in (lambda: read_gset(3), lambda: write_gset(torus(), 3)):
        with pytest.raises(ValueError, match="path must name a file, but it is 3"):
            call()
    with pytest.raises(ValueError, match="is a folder"):
        read_gset(tmp_path)


def test_an_edge_listed_twice_is_two_bonds(tmp_path):
    (tmp_path / "g").write_text("2 2\n1 2 1\n2 1 3\n")
    assert cut(read_gset(tmp_path / "g"), [1, -1]) == 4


def test_annealing_finds_the_largest_cut_of_a_graph_that_was_read(tmp_path):
    # 18 sites: all 2^18 cuts are enumerated; 32 reads of 100 sweeps, of which one has to succeed
    bonds = hp.cubic(2, 3, 3).bonds
    weights = np.random.default_rng(5).choice([-1.0, 1.0], size=len(bonds))
    lattice = read_gset(write_gset(hp.graph(np.column_stack([bonds, weights])), tmp_path / "torus"))
    best = hp.anneal(max_cut(lattice), sweeps=100, replicas=32, seed=1)
    lowest = hp.exact.density_of_states(max_cut(lattice))[0][0]
    assert best.best_energy.min() == lowest
    assert cut(lattice, best.best_state.values).max() == (lattice.weights.sum() - lowest) / 2

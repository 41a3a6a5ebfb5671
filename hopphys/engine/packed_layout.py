"""Which lattices can be bit-packed, and where each of their sites goes: to a word and a lane."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from hopphys.dynamics import Dynamics, blocks
from hopphys.hamiltonian import Hamiltonian
from hopphys.interactions import Neighbours
from hopphys.memory import require
from hopphys.types import Array

LANES, WIDTH, MAX_DEGREE, MAX_WORD = 64, 16, 15, 2**28  # those of the kernel, which is loaded where it is used
STRIPS_FROM = 2**14  # sites from which one lattice fills the lanes, where its bonds allow it


@dataclass(frozen=True, eq=False)
class Layout:
    """Words in the order of the kernel, each colour and degree padded to whole blocks of 16, and their bonds.

    sites : (words,) site in lane 0 of each word, -1 for a pad
    stride : 0 where the lanes are 64 replicas; else N / 64, and lane l of a word is the site l strides further on
    """

    sites: Array
    stride: int
    spans: Array
    colours: Array
    table: Array
    runs: Array
    signs: Array
    unit: int
    ghosts: Array
    ghosts_before: Array

    @property
    def words(self) -> int:
        return int(self.sites.size)

    def place(self, sites: Array) -> tuple[Array, Array]:
        """Word and lane of sites; the lane is 0 where it is the replica's number that says which."""
        where = np.empty(self.sites.max() + 1, np.int64)
        where[self.sites[self.sites >= 0]] = np.flatnonzero(self.sites >= 0)
        return (where[sites % self.stride], sites // self.stride) if self.stride else (where[sites], 0 * sites)


_layouts: WeakKeyDictionary[Neighbours, tuple[int, Layout]] = WeakKeyDictionary()
_suited: WeakKeyDictionary[Neighbours, bool] = WeakKeyDictionary()


def fits(hamiltonian: Hamiltonian, dynamics: Dynamics) -> bool:
    """Whether this is a lattice of one strength of bonds, ±1 spins and one field, updated colour by colour."""
    interaction = hamiltonian.interaction
    if not isinstance(interaction, Neighbours) or hamiltonian.clamped is not None:
        return False
    if dynamics.order != "blocks" or dynamics.update not in ("metropolis", "heat_bath") or dynamics.moves is not None:
        return False
    spins = all(block.space.levels == (-1, 1) for block in hamiltonian.sites)
    field = hamiltonian.counted_bias[0]
    return spins and bool((field == field[0]).all()) and _suits(interaction)


def _suits(interaction: Neighbours) -> bool:
    if interaction not in _suited:
        _suited[interaction] = _one_strength(interaction)
    return _suited[interaction]


def _one_strength(interaction: Neighbours) -> bool:
    """Whether all bonds are whole numbers of one size, no site has too many of them, and the words can be counted."""
    sizes = np.abs(interaction.counts)
    degrees = np.bincount(interaction.bonds.ravel(), minlength=1)
    return bool(
        interaction.integer and sizes.size and sizes.flat[0] > 0 and (sizes == sizes.flat[0]).all()
        and degrees.max() <= MAX_DEGREE and interaction.size <= MAX_WORD // 2
    )  # fmt: skip


def layout(hamiltonian: Hamiltonian) -> Layout:
    """The layout of a lattice that fits; kept for as long as its interaction is."""
    interaction = hamiltonian.interaction
    known = _layouts.get(interaction)
    if known is None or known[0] != STRIPS_FROM:
        known = STRIPS_FROM, _make(interaction, blocks(hamiltonian))
        _layouts[interaction] = known
    return known[1]


@dataclass(frozen=True, eq=False)
class _Bonds:
    """Sites of one degree with their neighbours as (word, turn) and the bonds to them, all (words, degree[, lanes])."""

    sites: Array
    word: Array
    turn: Array
    bond: Array


def _make(interaction: Neighbours, colours: Array) -> Layout:
    size, entries = interaction.size, 2 * len(interaction.bonds)
    require(60 * entries + 40 * size, f"packing {size} sites and {entries // 2} bonds", "take a smaller lattice")
    parts, stride = _strips(interaction, colours) or (_around(interaction), 0)
    return _assemble(interaction, colours, parts, stride)


def _around(interaction: Neighbours) -> list[_Bonds]:
    """The sites of each degree, with their neighbours."""
    from hopphys.kernels.packed_layout import around

    degrees = np.bincount(interaction.bonds.ravel(), minlength=interaction.size)
    first = np.cumsum(degrees) - degrees
    other, bond = np.empty((2, 2 * len(interaction.bonds)), np.int64)
    around(interaction.bonds, first.copy(), other, bond)
    parts = []
    for degree in np.flatnonzero(np.bincount(degrees)):
        sites = np.flatnonzero(degrees == degree)
        whole = len(sites) == interaction.size
        entries = slice(None) if whole else (first[sites][:, None] + np.arange(degree)).ravel()
        shape = (len(sites), int(degree))
        unturned = np.broadcast_to(0, shape)
        parts.append(_Bonds(sites, other[entries].reshape(shape), unturned, bond[entries].reshape(*shape, 1)))
    return parts


def _strips(interaction: Neighbours, colours: Array) -> tuple[list[_Bonds], int] | None:
    """The lattice cut into 64 equal strips, one a lane, where moving on by one maps bonds and colours onto themselves.

    The neighbours of a site in lane l are then those of the site in lane 0, moved on by l strips. None where not so.
    """
    size = interaction.size
    stride = size // LANES
    if size < STRIPS_FROM or size % LANES or (colours.reshape(LANES, stride) != colours[:stride]).any():
        return None
    cut = []
    for part in _around(interaction):
        lane = part.sites[:, None] // stride
        key = (part.word % stride) * LANES + (part.word // stride - lane) % LANES
        order = np.argsort(key, axis=-1, kind="stable")
        shape = (LANES, -1, key.shape[1])
        if len(key) % LANES:
            return None
        key = np.take_along_axis(key, order, -1).reshape(shape)
        sites = part.sites.reshape(LANES, -1)
        if (key != key[0]).any() or (sites != sites[0] + stride * np.arange(LANES)[:, None]).any():
            return None
        bond = np.take_along_axis(part.bond[..., 0], order, -1).reshape(shape)
        cut.append(_Bonds(sites[0], key[0] // LANES, key[0] % LANES, np.moveaxis(bond, 0, -1)))
    return cut, stride


def _assemble(interaction: Neighbours, colours: Array, parts: list[_Bonds], stride: int) -> Layout:
    members = [
        (colour, part, mine)
        for colour in np.unique(colours)
        for part in parts
        if (mine := np.flatnonzero(colours[part.sites] == colour)).size
    ]
    spans = _spans(members)
    words = WIDTH * (spans[-1, 3] - (spans[-1, 0] - spans[-1, 1]) // WIDTH)
    sites, where = np.full(words, -1), np.empty(stride or interaction.size, np.int64)
    for (start, stop, *_), (_, part, mine) in zip(spans, members, strict=True):
        sites[start:stop] = part.sites[mine]
        where[part.sites[mine]] = np.arange(start, stop)
    ghosts = _ghosts(where, parts)
    found = [
        _table(where, ghosts, words, *member[1:], start) for (start, *_), member in zip(spans, members, strict=True)
    ]
    table = np.concatenate([places.ravel() for places, _ in found]).astype(np.int32)
    signs, unit = _signs(interaction, [bond for _, bond in found])
    edges = np.flatnonzero(np.diff([colour for colour, *_ in members])) + 1
    return Layout(
        sites, stride, spans, np.array([0, *edges, len(members)]), table, _runs(table.reshape(-1, WIDTH)), signs, unit,
        ghosts, np.searchsorted(ghosts[:, 0], WIDTH * np.arange(words // WIDTH + 1)),
    )  # fmt: skip


def _spans(members: list[tuple[int, _Bonds, Array]]) -> Array:
    """First word, end, degree, first block and slots before it of every colour and degree."""
    spans, block, slots = [], 0, 0
    for _, part, mine in members:
        degree, blocks_ = part.word.shape[1], -(-mine.size // WIDTH)
        spans.append((WIDTH * block, WIDTH * block + mine.size, degree, block, slots))
        block, slots = block + blocks_, slots + degree * blocks_
    return np.array(spans)


def _ghosts(where: Array, parts: list[_Bonds]) -> Array:
    """(word, turn) of every copy that is read with its lanes turned, in order of the words."""
    codes = [where[part.word[part.turn > 0]] * LANES + part.turn[part.turn > 0] for part in parts]
    return np.stack(np.divmod(np.unique(np.concatenate(codes)), LANES), axis=-1)


def _table(where: Array, ghosts: Array, words: int, part: _Bonds, mine: Array, start: int) -> tuple[Array, Array]:
    """Neighbours (blocks, degree, 16) of a span and the bonds to them (blocks, degree, 16, lanes); -1 at pads."""
    from hopphys.kernels.packed_layout import align

    place = where[part.word[mine]]
    turned = part.turn[mine] > 0
    code = ghosts @ [LANES, 1]
    place[turned] = words + np.searchsorted(code, (place * LANES + part.turn[mine])[turned])
    order = np.empty_like(place)
    align(place, order)
    place = np.take_along_axis(place, order, -1)
    bond = np.take_along_axis(part.bond[mine], order[..., None], 1)
    pads = -len(mine) % WIDTH
    # A pad is its own neighbour: never unsatisfied, and never counted.
    itself = np.repeat(np.arange(start + len(mine), start + len(mine) + pads)[:, None], place.shape[1], axis=1)
    place = np.concatenate([place, itself])
    bond = np.concatenate([bond, np.full((pads, *bond.shape[1:]), -1)])
    blocks_ = len(place) // WIDTH
    one, other = (np.swapaxes(a.reshape(blocks_, WIDTH, *a.shape[1:]), 1, 2) for a in (place, bond))
    return one, other


def _runs(table: Array) -> Array:
    """First neighbour where the sixteen of a slot follow each other, or -1."""
    consecutive = (table == table[:, :1] + np.arange(WIDTH)).all(axis=1)
    return np.where(consecutive, table[:, 0], -1).astype(np.int64)


def _signs(interaction: Neighbours, bonds: list[Array]) -> tuple[Array, int]:
    """Lanes whose bond is negative, (samples, slots x 16), and the strength of bonds; no lanes where all are alike."""
    counts = np.atleast_2d(interaction.counts)
    if (counts == counts.flat[0]).all():
        return np.zeros((len(counts), 0), np.uint64), int(counts.flat[0])
    flat = np.concatenate([bond.reshape(-1, bond.shape[-1]) for bond in bonds])
    require(len(counts) * flat.size * 9, f"signs of {len(counts)} disorder samples", "take fewer samples a call")
    signs = np.empty((len(counts), len(flat)), np.uint64)
    for d, values in enumerate(counts):
        negative = (values[flat] < 0) & (flat >= 0)
        if flat.shape[1] == 1:
            signs[d] = np.where(negative[:, 0], np.uint64(2**64 - 1), np.uint64(0))
        else:
            signs[d] = np.packbits(negative, axis=-1, bitorder="little").view("<u8")[:, 0]
    return signs, int(abs(counts.flat[0]))

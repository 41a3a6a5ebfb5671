"""What a careful NumPy user writes: no Python loop over replicas, float32 products, fields carried where that pays.

The site loops are exact: every site sees the flips of those before it, as in the kernels they are compared with.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

Array = np.ndarray


def checkerboard(spins: Array, beta: float, sweeps: int, generator: np.random.Generator) -> Array:
    """Metropolis on the two colours of a periodic square lattice, spins (R, L, L) int8 changed in place; L even."""
    length = spins.shape[-1]
    # Five possible gains s h in -4 ... 4: the table holds the chance of the flip.
    chance = np.exp(-2 * beta * np.arange(-4, 5, dtype=np.float32)).clip(max=1).astype(np.float32)
    black = np.add.outer(np.arange(length), np.arange(length)) % 2 == 0
    numbers = np.empty(spins.shape, np.float32)
    for _ in range(sweeps):
        for colour in (black, ~black):
            field = np.roll(spins, 1, -1) + np.roll(spins, -1, -1) + np.roll(spins, 1, -2) + np.roll(spins, -1, -2)
            generator.random(out=numbers, dtype=np.float32)
            flip = (numbers < chance[spins * field + 4]) & colour
            np.negative(spins, out=spins, where=flip)
    return spins


def lattice_energy(spins: Array) -> Array:
    """Energy a site of each replica, (R,), each bond counted once."""
    bonds = spins * (np.roll(spins, 1, -1) + np.roll(spins, 1, -2))
    return -bonds.sum((-2, -1), dtype=np.int64) / spins[0].size


def couplings(patterns: Array) -> Array:
    """Hebb's couplings, float32: (P, N) -> (N, N), (D, P, N) -> (D, N, N)."""
    xi = patterns.astype(np.float32)
    product = np.matmul(np.swapaxes(xi, -1, -2), xi) / np.float32(xi.shape[-1])
    product[..., np.arange(xi.shape[-1]), np.arange(xi.shape[-1])] = 0
    return product


def recall(matrix: Array, cues: Array, generator: np.random.Generator) -> Array:
    """Threshold updates, a fresh order of sites a sweep, until a sweep changes nothing: (R, N) cues -> fixed points.

    `matrix` is (N, N) for all replicas, or (R, N, N), one a replica. Fields are carried: a flip costs a row.
    """
    s = cues.astype(np.float32)
    h = s @ matrix if matrix.ndim == 2 else np.matmul(s[:, None, :], matrix)[:, 0]
    while True:
        changed = False
        for i in generator.permutation(s.shape[1]):
            (flip,) = np.nonzero(h[:, i] * s[:, i] < 0)
            if flip.size:
                step = -2 * s[flip, i]
                h[flip] += step[:, None] * (matrix[i] if matrix.ndim == 2 else matrix[flip, i])
                s[flip, i] += step
                changed = True
        if not changed:
            return s


def recall_by_blocks(matrix: Array, cues: Array, generator: np.random.Generator, size: int = 64) -> Array:
    """The same rule, sites taken in blocks: exact inside a block, one matrix product for the fields of all others.

    A block in which no site wants to change is passed over, since nothing in it can begin.
    """
    s = cues.astype(np.float32)
    h = s @ matrix
    while True:
        changed = False
        for block in _blocks(generator.permutation(s.shape[1]), size):
            (awake,) = np.nonzero((h[:, block] * s[:, block] < 0).any(1))
            if not awake.size:
                continue
            now, field, inside = s[np.ix_(awake, block)], h[np.ix_(awake, block)], matrix[np.ix_(block, block)]
            before = now.copy()
            for k in range(block.size):
                step = np.where(field[:, k] * now[:, k] < 0, -2 * now[:, k], np.float32(0))
                now[:, k] += step
                field += step[:, None] * inside[k]
            s[np.ix_(awake, block)] = now
            h[awake] += (now - before) @ matrix[block]
            changed = True
        if not changed:
            return s


def _blocks(order: Array, size: int) -> Iterator[Array]:
    for start in range(0, order.size, size):
        yield order[start : start + size]


def ags_point(patterns: Array, generator: np.random.Generator) -> Array:
    """Overlap of each disorder sample's first pattern with the fixed point reached from it: (D, P, N) -> (D,).

    Couplings for all samples at once, then one site of all samples at a time.
    """
    final = recall(couplings(patterns), patterns[:, 0], generator)
    return np.einsum("dn,dn->d", final, patterns[:, 0].astype(np.float32)) / patterns.shape[-1]


def softmax_step(queries: Array, patterns: Array, sharpness: float, rows: int = 128) -> Array:
    """Softmax retrieval, (B, d) and (P, d) -> (B, d) in float32, a block of queries at a time to bound the memory."""
    out = np.empty_like(queries)
    for start in range(0, len(queries), rows):
        scores = (sharpness * queries[start : start + rows]) @ patterns.T
        scores -= scores.max(1, keepdims=True)
        np.exp(scores, out=scores)
        total = scores.sum(1, keepdims=True)
        out[start : start + rows] = (scores @ patterns) / total
    return out

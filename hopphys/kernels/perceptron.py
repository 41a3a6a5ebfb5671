"""Error-correcting rules, one unit's couplings after another, by how strongly each pattern is embedded in them.

Unit i adds up J_i = (1/N) sum_mu x_mu xi_mu,i xi_mu, without J_ii: x (P,) says it all. Its aligned fields are

    N xi_nu,i h_i = y_nu sum_mu G_nu,mu y_mu x_mu - sum_mu x_mu,   y_mu = xi_mu,i,   G = xi xi^T,

the last term taking J_ii away. So all units share G, a pattern is looked at in O(1), and learning it costs O(P): a row
of G. A weight from an always-on unit adds 1 to every entry of G.
"""

from __future__ import annotations

import numpy as np
from numba import njit

HOPELESS = 1e-3  # no stability below it is looked for: where there are no couplings, the bound falls to 0 for ever


@njit(nogil=True, cache=True)
def correct(gram, bits, stability, always_on, max_sweeps, strengths, sweeps, right):
    """Perceptron learning of the units whose bits (units, P) are given: x_mu += 1 at each error.

    An error is xi_i h_i <= stability |J_i|. `strengths` (units, P) holds x at the start, all 0 or all 1 (Hebb's), and
    at the end, whole numbers in the type of `gram`; `sweeps` (units,) the passes made, `right` (units,) whether the
    last one met no error. Everything is counted in whole numbers, |N J_i|^2 too, so no verdict hangs on rounding.
    """
    for unit in range(bits.shape[0]):
        sweeps[unit], right[unit] = _correct(gram, bits[unit], stability, always_on, max_sweeps, strengths[unit])


@njit(cache=True)
def _correct(gram, bits, stability, always_on, max_sweeps, x):
    count = bits.size
    own = np.int64(gram[0, 0]) - 1
    signed = np.zeros(count, gram.dtype)  # G (y x)
    total, balance, square = np.int64(0), np.int64(0), np.int64(0)  # sum x, sum y x, |N J|^2 with the always-on weight
    for mu in range(count):
        if x[mu] != 0:
            total += x[mu]
            balance += bits[mu] * x[mu]
            for nu in range(count):
                signed[nu] += bits[mu] * x[mu] * gram[mu, nu]
    for mu in range(count):
        square += x[mu] * (np.int64(bits[mu]) * np.int64(signed[mu]) - total)
    for sweep in range(max_sweeps):
        errors = 0
        for mu in range(count):
            y = np.int64(bits[mu])
            aligned = y * np.int64(signed[mu]) - total
            if aligned <= stability * np.sqrt(square - always_on * balance * balance):
                row = gram[mu]
                if y > 0:
                    for nu in range(count):
                        signed[nu] += row[nu]
                else:
                    for nu in range(count):
                        signed[nu] -= row[nu]
                x[mu] += 1
                total += 1
                balance += y
                square += 2 * aligned + own
                errors += 1
        if errors == 0:
            return sweep + 1, True
    return max_sweeps, False


@njit(nogil=True, cache=True)
def relax(gram, bits, size, step, least, tolerance, max_sweeps, strengths, sweeps, lowest, highest):
    """Bring the aligned fields of each unit to 1, or (least = 0) to 1 or more with strengths of 0 or more.

    x_mu += step (1 - xi_i h_i), but no lower than `least`: Gauss-Seidel on K x = 1 with least = -inf (Diederich &
    Opper 1987), coordinate ascent of sum x - x.K.x / 2 with least = 0 (Anlauf & Biehl 1989), K the correlations of the
    patterns without unit i. `lowest` and `highest` (units,): with least = -inf the extreme fields, done where both lie
    within `tolerance` of 1; with least = 0 the stability that is reached and one that no couplings exceed, done where
    they differ by that fraction of the latter, and given up where that one is below HOPELESS. x goes on from
    what it is.
    """
    for unit in range(bits.shape[0]):
        sweeps[unit], lowest[unit], highest[unit] = _relax(
            gram, bits[unit], size, step, least, tolerance, max_sweeps, strengths[unit]
        )


@njit(cache=True)
def _relax(gram, bits, size, step, least, tolerance, max_sweeps, x):
    signed = np.zeros(bits.size)
    total = 0.0
    for mu in range(bits.size):
        if x[mu] != 0.0:
            total += x[mu]
            _embed(signed, gram[mu], bits[mu] * x[mu])
    low, high = 0.0, 0.0
    for sweep in range(max_sweeps):
        for mu in range(bits.size):
            change = max(step * (1.0 - (bits[mu] * signed[mu] - total) / size), least - x[mu])
            if change != 0.0:
                x[mu] += change
                total += change
                _embed(signed, gram[mu], bits[mu] * change)
        low, high, square = np.inf, -np.inf, 0.0
        for mu in range(bits.size):
            aligned = (bits[mu] * signed[mu] - total) / size
            low, high = min(low, aligned), max(high, aligned)
            square += x[mu] * aligned
        if least < 0.0:
            done = low >= 1.0 - tolerance and high <= 1.0 + tolerance
        else:
            # |J|^2 = x.K.x / N. Weights x of sum 1 bound the largest stability by |sum x z|, z the aligned patterns.
            length = np.sqrt(max(square, 0.0) / size)
            low = low / length if length > 0.0 else 0.0
            high = size * length / total if total > 0.0 else np.inf
            done = high - low <= tolerance * high or high < HOPELESS
        if done:
            return sweep + 1, low, high
    return max_sweeps, low, high


@njit(cache=True)
def _embed(signed, row, amount):
    for nu in range(signed.size):
        signed[nu] += amount * row[nu]


@njit(nogil=True, cache=True)
def correct_both(patterns, stability, always_on, max_sweeps, couplings, thresholds):
    """Perceptron learning of symmetric couplings: where unit i errs, J_ij and J_ji change alike, for all j.

    patterns (P, N) and couplings N J (N, N) in one integer type, and thresholds (N,), changed in place; all units look
    at a pattern before any of them learns it. Returns the passes made and whether the last met no error.
    """
    count, size = patterns.shape
    square, wrong = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for i in range(size):
        square[i] = _square(couplings[i])
    for sweep in range(max_sweeps):
        errors = 0
        for mu in range(count):
            xi = patterns[mu]
            found = _errors(xi, couplings, thresholds, square, stability, wrong)
            for k in range(found):
                thresholds[wrong[k]] += always_on * xi[wrong[k]]
            if found > 0:
                _couple(couplings, square, xi, wrong[:found])
            errors += found
        if errors == 0:
            return sweep + 1, True
    return max_sweeps, False


@njit(cache=True)
def _errors(xi, couplings, thresholds, square, stability, wrong):
    found = 0
    for i in range(xi.size):
        row = couplings[i]
        h = thresholds[i]
        for j in range(xi.size):
            h += row[j] * xi[j]
        if xi[i] * h <= stability * np.sqrt(square[i]):
            wrong[found] = i
            found += 1
    return found


@njit(cache=True)
def _couple(couplings, square, xi, wrong):
    """Rows, then columns, of the units that err; the diagonal, which both turn by xi_i xi_i, back to 0."""
    for i in wrong:
        row = couplings[i]
        for j in range(xi.size):
            row[j] += xi[i] * xi[j]
    for i in range(xi.size):
        row = couplings[i]
        for j in wrong:
            row[j] += xi[i] * xi[j]
        row[i] = 0
        square[i] = _square(row)


@njit(cache=True)
def _square(row):
    total = np.int64(0)
    for j in range(row.size):
        total += np.int64(row[j]) * np.int64(row[j])
    return total


__all__ = ["correct", "correct_both", "relax"]

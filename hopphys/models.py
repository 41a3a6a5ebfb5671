"""Constructors of the models: each returns one frozen Hamiltonian."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys.alphabets import recast
from hopphys.checks import finite, positive, whole
from hopphys.features import Bipartite, Patterns
from hopphys.hamiltonian import Block, Hamiltonian
from hopphys.interactions import Custom, Dense, Directed, Neighbours
from hopphys.kernels import random
from hopphys.learning.hebbian import hebb, hebb_binary
from hopphys.learning.teaching import Named, function_of, taught
from hopphys.memory import require
from hopphys.patterns import stored
from hopphys.separation import LogSumExp, Power, Quadratic, Separation
from hopphys.spaces import BINARY, REAL, SPIN, Space, standard_normal
from hopphys.types import Array, ArrayLike

if TYPE_CHECKING:
    from hopphys.lattices import Lattice


def ising(lattice: Lattice, coupling: ArrayLike = 1.0, bias: ArrayLike = 0.0) -> Hamiltonian:
    """Ising model, E = -sum over bonds of J s_i s_j - b sum s_i.

    Parameters
    ----------
    lattice : any of `hopphys.lattices`
    coupling : J > 0 aligns neighbours; a number, one value per bond, or (disorder, bonds). A weighted graph's own
        weights multiply it.
    bias : a number or (N,)
    """
    _require_lattice(lattice)
    coupling = finite(coupling, "coupling")
    weights = coupling * (1.0 if lattice.weights is None else lattice.weights)
    interaction = Neighbours(lattice.size, lattice.bonds, weights, lattice.colours)
    return Hamiltonian(
        interaction, np.asarray(bias), (Block("visible", lattice.size, SPIN),), name=f"Ising, {lattice.name}"
    )


def spin_glass(
    lattice: Lattice | int, kind: str = "pm", *, seed: int, disorder: int | None = None, bias: ArrayLike = 0.0
) -> Hamiltonian:
    """Spin glass: kind "sk" (Sherrington & Kirkpatrick 1975, Gaussian of variance 1/N, all pairs; `lattice` is N),
    "pm" (J = +-1 on each bond) or "gaussian" (unit variance; Edwards & Anderson 1975). A weighted graph's own weights
    multiply them.

    `disorder` draws so many samples of the couplings on a leading axis. Systems of another kind, shape or number of
    bonds have numbers of their own under the same seed. Raises ValueError for another kind.
    """
    samples = 1 if disorder is None else whole(disorder, "disorder", 1)
    if kind == "sk":
        size = whole(getattr(lattice, "size", lattice) if hasattr(lattice, "bonds") else lattice, "size", 1)
        couplings = _sherrington_kirkpatrick(size, samples, seed)
        interaction: Any = Dense(couplings if disorder else couplings[0])
        return Hamiltonian(interaction, np.asarray(bias), (Block("visible", size, SPIN),), name="SK spin glass")
    if kind not in _GLASSES or isinstance(lattice, (int, np.integer)):
        got = f"{kind!r} with {lattice} sites" if kind in _GLASSES else repr(kind)
        raise ValueError(f"kind must be 'sk' with a size, or 'pm' or 'gaussian' with a lattice, but it is {got}")
    _require_lattice(lattice)
    bonds = len(lattice.bonds)
    identity = random.key(seed, f"{kind} couplings", lattice.name, *lattice.shape, bonds)
    values = _GLASSES[kind](_disorder(identity, samples, bonds)) * (1.0 if lattice.weights is None else lattice.weights)
    interaction = Neighbours(lattice.size, lattice.bonds, values if disorder else values[0], lattice.colours)
    sites = (Block("visible", lattice.size, SPIN),)
    return Hamiltonian(interaction, np.asarray(bias), sites, name=f"Edwards-Anderson glass ({kind}), {lattice.name}")


def _require_lattice(lattice: Any) -> None:
    if not (hasattr(lattice, "bonds") and hasattr(lattice, "colours")):
        raise ValueError(
            f"a lattice is needed, such as square(16), chain(16) or graph(edges), but it is {type(lattice).__name__} "
            f"{lattice!r}"
        )


def _disorder(identity: tuple[int, int], samples: int, count: int) -> Array:
    stream = random.streams(identity, samples)
    return random.uniforms(stream[:, None, :], 0, np.arange(count))


_GLASSES: dict[str, Callable[[Array], Array]] = {
    "pm": lambda u: np.where(u < 0.5, -1.0, 1.0),
    "gaussian": standard_normal,
}


def _sherrington_kirkpatrick(size: int, samples: int, seed: int) -> Array:
    # Measured: the couplings and the copies in which Dense checks them and looks for a quantum; one more while drawing.
    bytes_needed = 3 * 8 * samples * size**2 + 8 * size**2
    require(bytes_needed, f"{samples} dense coupling matrices of N = {size}", "use a lattice, or fewer samples")
    identity = random.key(seed, "sk couplings", size)
    upper = np.triu_indices(size, 1)
    couplings = np.zeros((samples, size, size))
    normal = standard_normal(_disorder(identity, samples, len(upper[0])))
    couplings[:, upper[0], upper[1]] = normal / np.sqrt(size)
    return couplings + np.swapaxes(couplings, -1, -2)


def hopfield(
    patterns: ArrayLike,
    rule: str | Named | Callable[[Array], Any] = hebb,
    *,
    space: Space = SPIN,
    bias: ArrayLike = 0.0,
) -> Hamiltonian:
    """Hopfield network storing patterns (P, N) or (disorder, P, N), +-1 or 0/1 read as 2v - 1 (Hopfield 1982).

    `rule` is a name of `hopphys.learning.RULES` ("storkey"), an entry of it, or a function that maps patterns to
    couplings, (couplings, bias) or `Learned`. Hebb keeps the patterns and never forms N x N couplings:
    E = -(1/2N) sum_mu (xi_mu . s)^2 + P/2 - b.s. `space=BINARY` is the exact recast to 0/1, with the same energies;
    `bias` and what `rule` returns are those of the +-1 form. A rule that learns directed couplings (`perceptron`) makes
    a network with dynamics, but without an energy. Raises ValueError for patterns that are not +-1 or 0/1 and for an
    unknown rule; warns where a rule of `hopphys.learning` did not reach its end (`Learned.converged`).
    """
    xi = stored(patterns)
    added: ArrayLike = 0.0
    learn = function_of(rule)
    if learn is hebb:
        interaction: Any = Patterns(xi, Quadratic())
    elif learn is hebb_binary:
        raise ValueError(
            "hebb_binary gives the 0/1 form, but hopfield takes rules of the +-1 form and recasts the result; "
            "use hopfield(patterns, space=BINARY), or boltzmann_machine(*hebb_binary(patterns))"
        )
    else:
        couplings, added, one_way = taught(learn, xi)
        n = xi.shape[-1]
        if couplings.shape[-2:] != (n, n):
            raise ValueError(
                f"rule must return couplings ({n}, {n}) of {n} units, but their shape is {couplings.shape}"
            )
        interaction = Directed(couplings) if one_way else Dense(couplings)
    sites = (Block("visible", xi.shape[-1], SPIN),)
    network = Hamiltonian(interaction, np.asarray(bias) + np.asarray(added), sites, name="Hopfield")
    return recast(network, space)


def dense_memory(
    patterns: ArrayLike, separation: Separation | None = None, *, space: Space = SPIN, bias: ArrayLike = 0.0
) -> Hamiltonian:
    """Dense associative memory, E = -sum_mu F(xi_mu . s) (Krotov & Hopfield 2016; Demircigil et al. 2017).

    F is x^3 / (3 N^2) unless another separation is given. Raises ValueError for patterns that are not +-1 or 0/1.
    """
    xi = stored(patterns)
    sites = (Block("visible", xi.shape[-1], SPIN),)
    interaction = Patterns(xi, Power(3) if separation is None else separation)
    return recast(Hamiltonian(interaction, np.asarray(bias), sites, name="Dense memory"), space)


def attention(patterns: ArrayLike, sharpness: float, bias: ArrayLike = 0.0) -> Hamiltonian:
    """Softmax attention as an energy of real states (Ramsauer et al. 2021).

    E(s) = -(1/k) log sum_mu exp(k x_mu . s) + s.s/2 + (ln P)/k + max|x|^2/2 - b.s, k = `sharpness`, patterns x (P, N)
    of any real values. Without a bias E >= 0; with one it is at least -|b|^2/2 - max|x||b|.
    `local_field` is the softmax step X^T softmax(k X s), and exp(-k E) is a Gaussian mixture centred
    on the patterns. Patterns of float32 stay so: the step is then exact to 1e-5 of the largest number and fast for many
    states and patterns. Raises ValueError for a sharpness that is not positive.
    """
    single = getattr(patterns, "dtype", None) == np.float32
    x = np.asarray(patterns) if single else finite(patterns, "patterns")
    if x.ndim != 2:
        raise ValueError(f"attention patterns must have shape (P, N), but their shape is {x.shape}")
    k = positive(sharpness, "sharpness")
    interaction = Patterns(x, LogSumExp(k))
    square = float(interaction.longest[0]) ** 2 if single else (x * x).sum(axis=-1).max()
    offset = float(np.log(len(x)) / k + 0.5 * square)
    sites = (Block("visible", x.shape[-1], REAL),)
    return Hamiltonian(interaction, np.asarray(bias), sites, offset, name="Attention")


def boltzmann_machine(
    couplings: ArrayLike, bias: ArrayLike = 0.0, hidden: Iterable[int] = (), *, space: Space = BINARY
) -> Hamiltonian:
    """Boltzmann machine, E = -1/2 s.J.s - b.s over 0/1 units (Ackley, Hinton & Sejnowski 1985).

    `hidden` lists the units that carry an interpretation; the rest is visible. Raises ValueError for couplings that are
    not symmetric, or a hidden unit that does not exist.
    """
    interaction = Dense(couplings)
    if not isinstance(hidden, Iterable):
        raise ValueError(f"hidden lists the hidden units, but it is {hidden!r}; one alone is [{hidden!r}]")
    units = {whole(unit, "a hidden unit", 0) for unit in hidden}
    if units and max(units) >= interaction.size:
        raise ValueError(f"hidden units must lie between 0 and {interaction.size - 1}, but there is {max(units)}")
    names = ["hidden" if unit in units else "visible" for unit in range(interaction.size)]
    sites = tuple(Block(name, len(list(group)), space) for name, group in groupby(names))
    return Hamiltonian(interaction, np.asarray(bias), sites, name="Boltzmann machine")


def restricted_boltzmann_machine(
    couplings: ArrayLike,
    bias: ArrayLike = 0.0,
    hidden_bias: ArrayLike = 0.0,
    *,
    visible: Space = BINARY,
    hidden: Space = BINARY,
) -> Hamiltonian:
    """Two-block machine, E = -z.W v - b.v - c.z + R, W (hidden, visible); Smolensky 1986.

    The hidden units may be binary, spin, real (Gaussian), Poisson, or one categorical unit with a level per row of W.
    `marginal(beta)` integrates them out.
    """
    weights = finite(couplings, "couplings")
    categorical = hidden.name == "categorical"
    interaction = Bipartite(weights, hidden, inner=np.asarray(hidden_bias) if categorical else None)
    units = 1 if categorical else len(weights)
    biases = [_per_unit(bias, interaction.visible, "bias")]
    biases += [np.zeros(1) if categorical else _per_unit(hidden_bias, units, "hidden_bias")]
    sites = (Block("visible", interaction.visible, visible), Block("hidden", units, hidden))
    return Hamiltonian(interaction, np.concatenate(biases), sites, name="Restricted Boltzmann machine")


def _per_unit(values: ArrayLike, units: int, name: str) -> Array:
    array = finite(values, name)
    if array.shape not in ((), (1,), (units,)):
        raise ValueError(f"{name} must be a number or have shape ({units},), but it is {array.shape}")
    return np.broadcast_to(array, (units,))


def stochastic_unit(
    weights: ArrayLike, bias: float = 0.0, inputs: ArrayLike | None = None, *, space: Space = BINARY
) -> Hamiltonian:
    """One stochastic unit (the last site) with clamped inputs: p(on) = 1 / (1 + exp(-beta gap)), gap = b + w.inputs.

    Without `inputs` they are held at whatever the start of the run gives them, so that replicas may differ.
    """
    w = finite(weights, "weights").ravel()
    require(
        24 * (w.size + 1) ** 2, f"a unit with {w.size} inputs", "use ising(graph(edges)) with a star of weighted edges"
    )
    couplings = np.zeros((len(w) + 1, len(w) + 1))
    couplings[-1, :-1] = couplings[:-1, -1] = w
    sites = (Block("inputs", len(w), space), Block("unit", 1, space))
    unit = Hamiltonian(Dense(couplings), np.append(np.zeros(len(w)), float(bias)), sites, name="Stochastic unit")
    if inputs is None:
        return unit.clamp(range(len(w)))
    return unit.clamp(dict(enumerate(_per_unit(inputs, w.size, "inputs").tolist())))


def directed(couplings: ArrayLike, bias: ArrayLike = 0.0, *, space: Space = SPIN) -> Hamiltonian:
    """A network with couplings that need not be symmetric: it has dynamics, but no energy and no equilibrium law."""
    interaction = Directed(couplings)
    return Hamiltonian(
        interaction, np.asarray(bias), (Block("visible", interaction.size, space),), name="Directed network"
    )


def custom(
    energy: Callable[[Array], Array], size: int, *, space: Space = SPIN, bias: ArrayLike = 0.0, name: str = "Custom"
) -> Hamiltonian:
    """Any energy(s): (..., N) -> (...) as a Hamiltonian; it samples at once through energy differences."""
    size = whole(size, "size", 1)
    return Hamiltonian(Custom(energy, size), np.asarray(bias), (Block("visible", size, space),), name=name)

"""Every model, listed once: gaps are energy differences, fields are slopes, and rewriting keeps every energy."""

import itertools

import numpy as np
import pytest
from scipy import special

import hopphys as hp
from hopphys import features

RNG = np.random.default_rng(7)
SIZE = 6
BETA = 0.7  # not 1, which would hide a misplaced beta
EXACT = {"rtol": 1e-12, "atol": 1e-12}


def symmetric(size, seed=0, samples=()):
    upper = np.triu(np.random.default_rng(seed).normal(size=(*samples, size, size)), 1)
    return upper + np.swapaxes(upper, -1, -2)


def bias(seed=1, size=SIZE):
    return np.random.default_rng(seed).normal(size=size)


def three_body(s):
    return -(s[..., 0] * s[..., 1] * s[..., 2]) + 0.4 * s[..., 2] * s[..., 3] * s[..., 5] - 0.2 * s[..., 4]


class Quartic:
    """An interaction that offers nothing but its energy."""

    def energy(self, s):
        return -((s.sum(axis=-1)) ** 4) / 10


XI = hp.patterns.random(3, SIZE, seed=3)
W = np.random.default_rng(4).normal(size=(3, 4))
SEPARATIONS = [
    hp.quadratic(), hp.power(2), hp.power(3), hp.power(4), hp.exponential(0.3), hp.log_sum_exp(0.7), hp.log_cosh(0.5),
    hp.softplus(0.5),
]  # fmt: skip
TWO_LEVEL = {
    "ising": hp.ising(hp.square(2, 3), 0.8, bias()),
    "ising, couplings per bond": hp.ising(hp.chain(6), np.arange(1.0, 7.0), 0.2),
    "weighted graph": hp.ising(hp.graph([(0, 1, 0.5), (1, 2, -1.5), (2, 5, 2.0), (3, 4, 0.1)]), 2.0, bias()),
    "sk": hp.spin_glass(SIZE, "sk", seed=1, bias=bias()),
    "sk, disorder": hp.spin_glass(SIZE, "sk", seed=1, disorder=2),
    "pm": hp.spin_glass(hp.square(2, 3), "pm", seed=2),
    "gaussian, disorder": hp.spin_glass(hp.square(2, 3), "gaussian", seed=3, disorder=3),
    "hopfield": hp.hopfield(XI, bias=bias()),
    "hopfield 0/1": hp.hopfield(XI, space=hp.BINARY, bias=bias()),
    "hopfield, disorder": hp.hopfield(hp.patterns.random(2, SIZE, seed=5, disorder=3), bias=bias()),
    "hopfield 0/1, disorder": hp.hopfield(hp.patterns.random(2, SIZE, seed=5, disorder=3), space=hp.BINARY),
    "hopfield, projection": hp.hopfield(XI[:2], rule=hp.projection),
    "boltzmann": hp.boltzmann_machine(symmetric(SIZE), bias(), hidden=[1, 4]),
    "boltzmann, spin": hp.boltzmann_machine(symmetric(SIZE), bias(), space=hp.SPIN),
    "restricted": hp.restricted_boltzmann_machine(W[:2], bias(2, 4), bias(3, 2)),
    "restricted, spin and binary": hp.restricted_boltzmann_machine(W[:2], bias(2, 4), bias(3, 2), visible=hp.SPIN),
    "unit": hp.stochastic_unit(bias(4, 5), 0.3, inputs=[1, 0, 1, 1, 0]),
    "three-body": hp.custom(three_body, SIZE, bias=bias()),
    "quartic": hp.Hamiltonian(Quartic(), np.zeros(SIZE), (hp.Block("visible", SIZE, hp.SPIN),), offset=0.5),
    "recast three-body": hp.recast(hp.custom(three_body, SIZE, bias=bias()), hp.BINARY),
    "gaussian marginal": hp.restricted_boltzmann_machine(
        np.ones((2, 6)), bias(), bias(3, 2), visible=hp.SPIN, hidden=hp.REAL
    ).marginal(BETA),
    **{
        f"dense memory, {separation}, {space.name}": hp.dense_memory(XI, separation, space=space, bias=bias())
        for separation in SEPARATIONS
        for space in (hp.SPIN, hp.BINARY)
    },
    "dense memory, disorder": hp.dense_memory(hp.patterns.random(2, SIZE, seed=5, disorder=3)),
    "real patterns": hp.Hamiltonian(
        hp.Patterns(RNG.normal(size=(3, SIZE))), bias(), (hp.Block("visible", SIZE, hp.SPIN),)
    ),
}
FIELD = {
    **{name: H for name, H in TWO_LEVEL.items() if hasattr(H.interaction, "field")},
    "attention": hp.attention(RNG.normal(size=(4, SIZE)), 1.3, bias()),
    "real hidden": hp.restricted_boltzmann_machine(W[:2], bias(2, 4), bias(3, 2), hidden=hp.REAL),
    "poisson hidden": hp.restricted_boltzmann_machine(W[:2], bias(2, 4), bias(3, 2), hidden=hp.POISSON),
}


def every(cases):
    return pytest.mark.parametrize("H", cases.values(), ids=cases.keys())


def states(H, count=5, seed=0):
    """Random states (count, N), or (disorder, count, N)."""
    rng = np.random.default_rng(seed)
    shape = (count,) if H.disorder is None else (H.disorder, count)
    s = np.empty((*shape, H.size))
    for site, space in enumerate(H.spaces):
        s[..., site] = rng.normal(size=shape) if space.levels is None else rng.choice(space.levels, size=shape)
        if space == hp.POISSON:
            s[..., site] = rng.poisson(1.0, size=shape)
    return s


def all_states(H):
    return np.array(list(itertools.product(*[space.levels for space in H.spaces])))


def with_site(s, site, value):
    changed = s.copy()
    changed[..., site] = value
    return changed


@every(TWO_LEVEL)
def test_gap_is_the_energy_difference(H):
    s = states(H)
    for site, space in enumerate(H.spaces):
        expected = H.energy(with_site(s, site, space.low)) - H.energy(with_site(s, site, space.high))
        assert np.allclose(H.gap(s, site), expected, **EXACT)
        assert np.allclose(H.gap(s)[..., site], expected, **EXACT)


@every(TWO_LEVEL)
def test_level_energies_are_the_energies_of_the_levels(H):
    s = states(H)
    expected = np.stack([H.energy(with_site(s, 2, level)) for level in H.spaces[2].levels], axis=-1)
    assert np.allclose(H.level_energies(s, 2), expected, **EXACT)


@every(TWO_LEVEL)
def test_single_states_and_whole_numbers_give_the_same_energies(H):
    s = states(H)
    assert np.allclose(H.energy(s.astype(np.int8)), H.energy(s), **EXACT)
    if H.disorder is None:
        assert [float(H.energy(row)) for row in s] == pytest.approx(H.energy(s), rel=1e-12)
        assert np.allclose(H.energy(np.stack([s, s])[:, None]), H.energy(s), **EXACT)
        assert H.gap(s[0]).shape == (H.size,)
        assert H.gap(s[0], 1).shape == ()


def slope(H, s, site, step=1e-2):
    """dU/ds of one site by a central difference of seventh order: exact to 1e-12 for these interactions."""

    def energy(h):
        return H.interaction.energy(with_site(s, site, s[..., site] + h))

    terms = [w * (energy(k * step) - energy(-k * step)) for k, w in ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))]
    return sum(terms) / step


@every(FIELD)
def test_field_is_minus_the_slope_of_the_interaction_plus_bias(H):
    s = states(H)
    field = H.local_field(s)
    for site in range(H.size):
        assert np.allclose(field[..., site], H.bias[site] - slope(H, s, site), rtol=1e-11, atol=1e-11)


@every({name: H for name, H in FIELD.items() if getattr(H.interaction, "pairwise", False)})
def test_pairwise_gap_is_the_field_times_the_distance_of_the_levels(H):
    s = states(H)
    low, high = H.levels()
    assert np.allclose(H.gap(s), (high - low) * H.local_field(s), **EXACT)


def test_cubic_gap_is_not_twice_the_field():
    H = hp.dense_memory(XI)
    s = states(H)
    assert np.abs(H.gap(s) - 2 * H.local_field(s)).max() > 1e-3


@every(
    {
        name: H
        for name, H in TWO_LEVEL.items()
        if len(set(H.spaces)) == 1 and not (H.disorder and "Nei" in str(type(H.interaction)))
    }
)
def test_recast_keeps_every_energy(H):
    if H.disorder and not isinstance(H.interaction, hp.Patterns):
        with pytest.raises(ValueError, match="disorder axis cannot be recast"):
            hp.recast(H, hp.BINARY)
        return
    for space in (hp.SPIN, hp.BINARY):
        other = hp.recast(H, space)
        s = (
            all_states(H)[:, :]
            if H.disorder is None
            else np.broadcast_to(all_states(H), (H.disorder, 2**H.size, H.size))
        )
        spins = s if H.space == hp.SPIN else 2 * s - 1
        written = spins if space == hp.SPIN else (spins + 1) / 2
        assert other.space == space
        assert [block.name for block in other.sites] == [block.name for block in H.sites]
        assert np.allclose(other.energy(written), H.energy(s), **EXACT)
        assert np.allclose(other.gap(written[..., :3, :]), H.gap(s[..., :3, :]), **EXACT)


def test_recast_follows_the_formulas():
    # With s = 2v - 1: W = 4 J, b' = 2 b - 2 J.1, offset 1.b - 1.J.1 / 2.
    J, b = symmetric(SIZE), bias()
    machine = hp.recast(hp.boltzmann_machine(J, b, space=hp.SPIN), hp.BINARY)
    assert np.allclose(machine.interaction.couplings, 4 * J, **EXACT)
    assert np.allclose(machine.bias, 2 * b - 2 * J.sum(axis=1), **EXACT)
    assert machine.offset == pytest.approx(b.sum() - 0.5 * J.sum(), rel=1e-12)


def test_recast_is_undone_by_recast():
    H = hp.boltzmann_machine(symmetric(SIZE), bias()).clamp({0: 1, 3: 0}).clamp([5])
    again = hp.recast(hp.recast(H, hp.SPIN), hp.BINARY)
    assert np.array_equal(hp.recast(H, hp.SPIN).clamped, [1, np.nan, np.nan, -1, np.nan, np.inf], equal_nan=True)
    assert np.array_equal(again.clamped, H.clamped, equal_nan=True)
    assert np.allclose(again.energy(all_states(H)), H.energy(all_states(H)), **EXACT)


KINDS = (hp.SPIN, hp.BINARY, hp.REAL, hp.POISSON, hp.categorical(3))
MACHINES = {
    f"{visible.name}, {hidden.name}": hp.restricted_boltzmann_machine(
        W, bias(2, 4), bias(3, 3), visible=visible, hidden=hidden
    )
    for visible in (hp.SPIN, hp.BINARY, hp.REAL)
    for hidden in KINDS
    if visible.two_level or hidden.two_level
}


def rewritten(H, s, space):
    """The states s of H with its two-level sites in this alphabet."""
    spins = [old == hp.SPIN for old in H.spaces]
    as_spins = np.where(spins, s, 2 * s - 1)
    new = as_spins if space == hp.SPIN else (as_spins + 1) / 2
    return np.where([old.two_level for old in H.spaces], new, s)


@every(MACHINES)
@pytest.mark.parametrize("space", [hp.SPIN, hp.BINARY], ids=lambda space: space.name)
def test_recast_keeps_the_energies_and_the_two_sides_of_a_restricted_machine(H, space):
    other = hp.recast(H, space)
    s = all_states(H) if H.discrete else states(H, 50)
    assert np.allclose(other.energy(rewritten(H, s, space)), H.energy(s), **EXACT)
    assert isinstance(other.interaction, hp.Bipartite)
    assert [b.space for b in other.sites] == [space if b.space.two_level else b.space for b in H.sites]
    assert np.allclose(hp.recast(other, hp.SPIN).energy(rewritten(H, s, hp.SPIN)), H.energy(s), **EXACT)
    assert hp.sample(other, beta=BETA, sweeps=1, dynamics=hp.GIBBS, seed=1).attrs["law"] == "exp(-beta E)"
    v, visible = s[:, :4], hp.Hamiltonian(hp.Custom(np.sum, 4), np.zeros(4), H.sites[:1])
    marginal = other.marginal(BETA)
    assert np.allclose(marginal.energy(rewritten(visible, v, space)), H.marginal(BETA).energy(v), **EXACT)
    again = hp.recast(marginal, hp.SPIN) if marginal.two_level else marginal
    assert np.allclose(again.energy(rewritten(visible, v, hp.SPIN)), H.marginal(BETA).energy(v), **EXACT)


def mixed(interaction):
    blocks = (hp.Block("visible", 2, hp.SPIN), hp.Block("hidden", 3, hp.BINARY), hp.Block("rest", 1, hp.SPIN))
    return hp.Hamiltonian(interaction, bias(), blocks, 0.3).clamp({0: -1, 2: 0})


PAIRS = np.array(list(itertools.combinations(range(SIZE), 2)))
BLOCKS_OF_BOTH = {
    "dense": mixed(hp.Dense(symmetric(SIZE))),
    "neighbours": mixed(hp.Neighbours(SIZE, PAIRS, np.arange(1.0, 16.0))),
    "patterns": mixed(hp.Patterns(XI)),
    "custom": mixed(hp.Custom(three_body, SIZE)),
}


@every(BLOCKS_OF_BOTH)
@pytest.mark.parametrize("space", [hp.SPIN, hp.BINARY], ids=lambda space: space.name)
def test_recast_rewrites_only_the_blocks_of_the_other_alphabet(H, space):
    other = hp.recast(H, space)
    s = all_states(H)
    assert other.space == space
    assert np.allclose(other.energy(rewritten(H, s, space)), H.energy(s), **EXACT)
    assert np.allclose(other.gap(rewritten(H, s, space)), H.gap(s), **EXACT)
    assert np.array_equal(other.clamped[[0, 2]], [-1, -1] if space == hp.SPIN else [0, 0])
    assert hp.recast(other, space) is other


def test_recast_of_a_directed_network_of_both_alphabets_keeps_its_drives():
    J = np.random.default_rng(8).normal(size=(SIZE, SIZE)) * (1 - np.eye(SIZE))
    H = mixed(hp.Directed(J))
    s = all_states(H)
    assert np.allclose(hp.recast(H, hp.SPIN).drive(rewritten(H, s, hp.SPIN)), H.drive(s), **EXACT)


def test_recast_of_what_is_neither_spin_nor_binary_is_refused():
    odd = hp.Hamiltonian(hp.Dense(symmetric(2)), 0.0, (hp.Block("visible", 2, hp.Space("odd", (0.0, 2.0))),))
    for H, space in ((hp.attention(XI, 1.0), hp.SPIN), (odd, hp.SPIN), (hp.hopfield(XI), hp.REAL)):
        with pytest.raises(ValueError, match="two-level"):
            hp.recast(H, space)


# Hidden units integrated out ------------------------------------------------------------------------------------------

GRIDS = {
    "spin": (np.array([-1.0, 1.0]), np.zeros(2)),
    "binary": (np.array([0.0, 1.0]), np.zeros(2)),
    "poisson": (np.arange(200.0), -special.gammaln(np.arange(200.0) + 1)),  # rho = 1 / z!
    "real": (np.linspace(-14, 14, 281), np.full(281, np.log(0.1))),  # a Gaussian: the sum is the integral to 1e-15
}


@pytest.mark.parametrize("visible", [hp.SPIN, hp.BINARY, hp.REAL], ids=lambda space: space.name)
@pytest.mark.parametrize(
    ("hidden", "separation"),
    [
        (hp.SPIN, hp.log_cosh(BETA)),
        (hp.BINARY, hp.softplus(BETA)),
        (hp.POISSON, hp.exponential(BETA)),
        (hp.REAL, hp.quadratic(1.0)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_marginal_is_the_sum_over_hidden_units(visible, hidden, separation):
    joint = hp.restricted_boltzmann_machine(W[:2], bias(2, 4), bias(3, 2), visible=visible, hidden=hidden)
    values, log_weight = GRIDS[hidden.name]
    first, second = (grid.ravel() for grid in np.meshgrid(values, values))
    weight = np.add.outer(log_weight, log_weight).ravel()
    v = states(joint)[:, :4]
    both = np.stack([np.broadcast_to(z, (len(v), z.size)) for z in (first, second)], axis=-1)
    s = np.concatenate([np.broadcast_to(v[:, None], (*both.shape[:-1], 4)), both], axis=-1)
    explicit = -special.logsumexp(weight - BETA * joint.energy(s), axis=-1) / BETA
    marginal = joint.marginal(BETA)
    assert marginal.interaction.separation == separation
    assert np.allclose(marginal.energy(v), explicit, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("visible", [hp.SPIN, hp.BINARY, hp.REAL], ids=lambda space: space.name)
def test_marginal_of_a_category_is_log_sum_exp(visible):
    joint = hp.restricted_boltzmann_machine(W, bias(2, 4), bias(3, 3), visible=visible, hidden=hp.categorical(3))
    v = states(joint)[:, :4]
    s = np.concatenate(
        [np.broadcast_to(v[:, None], (5, 3, 4)), np.broadcast_to(np.arange(3.0)[:, None], (5, 3, 1))], -1
    )
    explicit = -special.logsumexp(-BETA * joint.energy(s), axis=-1) / BETA
    marginal = joint.marginal(BETA)
    assert marginal.interaction.separation == hp.log_sum_exp(BETA)
    assert np.allclose(marginal.energy(v), explicit, **EXACT)


def test_attention_is_the_marginal_of_one_spin_that_points_at_a_memory():
    X, k = RNG.normal(size=(5, 4)), 1.7
    head = hp.attention(X, k)
    joint = hp.restricted_boltzmann_machine(X, visible=hp.REAL, hidden=hp.categorical(5))
    v = RNG.normal(size=(6, 4))
    assert np.allclose(joint.marginal(k).energy(v), head.energy(v) - head.offset, **EXACT)
    # An attention weight is the probability that the hidden spin points there.
    energies = joint.level_energies(np.concatenate([v, np.zeros((6, 1))], axis=1), 4)
    weights = special.softmax(-k * energies, axis=-1)
    assert np.allclose(weights @ X, head.local_field(v), **EXACT)


def test_hopfield_with_its_self_term_is_the_gaussian_marginal():
    joint = hp.restricted_boltzmann_machine(XI / np.sqrt(SIZE), visible=hp.SPIN, hidden=hp.REAL)
    s = all_states(hp.hopfield(XI))
    for beta in (0.4, 2.0):
        marginal = joint.marginal(beta)
        with_self_term = hp.Patterns(XI, hp.quadratic(), self_term=True).energy(s)
        assert np.allclose(marginal.energy(s) - marginal.offset, with_self_term, **EXACT)
    assert np.allclose(with_self_term, hp.hopfield(XI).energy(s) - len(XI) / 2, **EXACT)


def test_marginal_of_a_dense_machine_sums_its_hidden_block():
    J = np.zeros((5, 5))
    J[np.ix_([0, 2, 3], [1, 4])] = RNG.normal(size=(3, 2))
    joint = hp.boltzmann_machine(J + J.T, bias(2, 5), hidden=[1, 4])
    s = all_states(joint)
    v, inverse = np.unique(s[:, [0, 2, 3]], axis=0, return_inverse=True)
    weights = np.bincount(inverse.ravel(), np.exp(-BETA * joint.energy(s)))
    assert np.allclose(joint.marginal(BETA).energy(v), -np.log(weights) / BETA, **EXACT)


def test_marginal_keeps_the_clamps_of_visible_units():
    joint = hp.restricted_boltzmann_machine(W, hidden=hp.BINARY).clamp({1: 1}).clamp([3])
    assert np.array_equal(joint.marginal(BETA).clamped, [np.nan, 1, np.nan, np.inf], equal_nan=True)


MIXED = hp.Hamiltonian(
    hp.Dense(np.array([[0, 0, 1.0], [0, 0, 2.0], [1.0, 2.0, 0]])),
    np.zeros(3),
    (hp.Block("hidden", 1, hp.SPIN), hp.Block("hidden", 1, hp.BINARY), hp.Block("visible", 1, hp.SPIN)),
)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: hp.restricted_boltzmann_machine(W).marginal(0.0), "beta must be positive"),
        (lambda: hp.restricted_boltzmann_machine(W).marginal(np.nan), "beta must be a non-negative number.*nan"),
        (lambda: hp.boltzmann_machine(symmetric(4), hidden=[2, 3]).marginal(1.0), "without couplings among themselves"),
        (lambda: hp.boltzmann_machine(symmetric(4)).marginal(1.0), "no block is named 'hidden'"),
        (lambda: hp.hopfield(XI).marginal(1.0), "bipartite or dense"),
        (lambda: hp.restricted_boltzmann_machine(W).clamp({5: 1}).marginal(1.0), "hidden unit 5 is clamped"),
        (lambda: MIXED.marginal(1.0), "hidden units of one kind"),
    ],
)
def test_a_marginal_that_is_no_separation_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


# Clamping, sites, and bad states --------------------------------------------------------------------------------------


def test_clamping_keeps_size_numbering_and_energies():
    H = hp.boltzmann_machine(symmetric(SIZE), bias())
    held = H.clamp({0: 1, 4: 0}).clamp([2])
    s = states(H)
    assert np.array_equal(held.free, [1, 3, 5])
    assert np.array_equal(held.clamped, [1, np.nan, np.inf, np.nan, 0, np.nan], equal_nan=True)
    assert held.size == H.size
    assert np.array_equal(held.energy(s), H.energy(s))
    assert H.clamped is None
    assert np.array_equal(H.free, np.arange(SIZE))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({6: 1}, "sites are numbered 0 to 5"),
        ({-1: 1}, "sites are numbered 0 to 5"),
        ({0: 0.5}, "levels are 0, 1"),
        ({0: np.nan}, "levels are 0, 1"),
        ({0: -np.inf}, "levels are 0, 1"),
        ([0, 9], "no site 9"),
        ([0.5], r"no site 0\.5"),
        (3, r"takes {site: value} or a list of sites, but it is 3; try \[3\]"),
        ("ab", "list of sites"),
        ({0: "on"}, "value of site 0 must be a number, but it is 'on'"),
        ({True: 1}, "no site True"),
    ],
)
def test_bad_clamps_are_refused(values, words):
    with pytest.raises(ValueError, match=words):
        hp.boltzmann_machine(symmetric(SIZE)).clamp(values)


def test_a_real_site_is_clamped_at_a_number():
    assert hp.attention(XI, 1.0).clamp({0: 0.3}).clamped[0] == 0.3
    with pytest.raises(ValueError, match="finite"):
        hp.attention(XI, 1.0).clamp({0: np.nan})


@pytest.mark.parametrize(
    ("clamped", "words"),
    [
        ([7.0, *[np.nan] * 5], "cannot clamp site 0 at 7: its levels are 0, 1"),
        ([1.0, np.nan], r"clamped must have shape \(6,\), NaN where free, but it is \(2,\)"),
        ([*[np.nan] * 5, -np.inf], "cannot clamp site 5"),
    ],
)
def test_bad_clamps_are_refused_where_the_hamiltonian_is_made(clamped, words):
    H = hp.boltzmann_machine(symmetric(SIZE))
    with pytest.raises(ValueError, match=words):
        hp.Hamiltonian(H.interaction, H.bias, H.sites, clamped=np.array(clamped))


def test_clamped_values_are_kept_apart_from_the_array_they_came_in():
    H, clamped = hp.boltzmann_machine(symmetric(SIZE)), np.full(SIZE, np.nan)
    held = hp.Hamiltonian(H.interaction, H.bias, H.sites, clamped=clamped)
    clamped[0] = 7.0
    assert np.isnan(held.clamped).all()


@pytest.mark.parametrize("value", [-3.7, -1.0, 2.5, np.nan, -np.inf])
def test_a_poisson_unit_is_clamped_at_a_count_only(value):
    joint = hp.restricted_boltzmann_machine(W, hidden=hp.POISSON)
    assert joint.clamp({4: 3}).clamp([5]).clamped[4:].tolist()[:2] == [3.0, np.inf]
    with pytest.raises(ValueError, match="cannot clamp site 4"):
        joint.clamp({4: value})


def test_blocks_are_found_by_name():
    H = hp.boltzmann_machine(symmetric(SIZE), hidden=[1, 4, 5])
    assert np.array_equal(H.where("hidden"), [1, 4, 5])
    assert np.array_equal(H.where("visible"), [0, 2, 3])
    with pytest.raises(ValueError, match="no block is named 'hiden'; there are visible, hidden"):
        H.where("hiden")


def test_a_mixed_machine_has_gaps_where_sites_have_two_levels():
    H = hp.restricted_boltzmann_machine(W, visible=hp.SPIN, hidden=hp.categorical(3))
    s = states(H)
    assert np.allclose(H.gap(s, 0), H.energy(with_site(s, 0, -1)) - H.energy(with_site(s, 0, 1)), **EXACT)
    with pytest.raises(ValueError, match="level_energies"):
        H.gap(s, 4)
    with pytest.raises(ValueError, match="level_energies"):
        H.gap(s)
    with pytest.raises(ValueError, match="sites of several spaces"):
        _ = H.space
    with pytest.raises(ValueError, match="no levels"):
        hp.attention(XI, 1.0).level_energies(np.zeros(SIZE), 0)


def test_change_of_a_category_is_the_energy_difference():
    H = hp.restricted_boltzmann_machine(W, visible=hp.SPIN, hidden=hp.categorical(3))
    s = states(H)
    for level in range(3):
        expected = H.interaction.energy(with_site(s, 4, level)) - H.interaction.energy(s)
        assert np.allclose(H.interaction.change(s, 4, level), expected, **EXACT)


@every({name: H for name, H in TWO_LEVEL.items() if hasattr(H.interaction, "change")})
def test_change_is_the_energy_difference_up_to_a_constant(H):
    s = states(H)
    for site, space in enumerate(H.spaces):
        changes = [H.interaction.change(s, site, level) for level in space.levels]
        energies = [H.interaction.energy(with_site(s, site, level)) for level in space.levels]
        assert np.allclose(changes[1] - changes[0], energies[1] - energies[0], **EXACT)


GAPS = {name: H for name, H in TWO_LEVEL.items() if hasattr(H.interaction, "gaps") and not H.interaction.pairwise}


@every(GAPS)
@pytest.mark.parametrize("block", [1, 60, features.BLOCK])
def test_gaps_of_all_sites_are_bit_for_bit_those_of_one(H, block, monkeypatch):
    monkeypatch.setattr(features, "BLOCK", block)
    for s in (states(H), states(H)[..., :1, :]):
        assert np.array_equal(H.gap(s), np.stack([H.gap(s, site) for site in range(H.size)], axis=-1))


def test_gaps_of_all_sites_of_a_long_memory_take_one_set_of_overlaps(monkeypatch):
    H, s = hp.dense_memory(hp.patterns.random(20, 300, seed=1)), hp.patterns.random(4, 300, seed=2)
    counted, project = [], features.project
    monkeypatch.setattr(features, "project", lambda *both: counted.append(1) or project(*both))
    assert np.isfinite(H.gap(s)).all()
    assert len(counted) == 1


@pytest.mark.parametrize("name", [name for name, H in TWO_LEVEL.items() if H.disorder])
def test_disorder_samples_are_systems_of_their_own(name):
    H = TWO_LEVEL[name]
    s = states(H)
    for d in range(H.disorder):
        one = H.at(d)
        assert one.disorder is None
        assert np.allclose(one.energy(s[d]), H.energy(s)[d], **EXACT)
        assert np.allclose(one.gap(s[d]), H.gap(s)[d], **EXACT)
        assert np.allclose(one.local_field(s[d]), H.local_field(s)[d], **EXACT)
    twice = np.stack([s, s])
    assert np.allclose(H.energy(twice), H.energy(s), **EXACT)
    assert np.allclose(H.gap(twice), H.gap(s), **EXACT)


@pytest.mark.parametrize("name", ["sk, disorder", "hopfield, disorder", "gaussian, disorder", "dense memory, disorder"])
def test_states_without_the_disorder_axis_are_refused(name):
    H = TWO_LEVEL[name]
    for shape in [(SIZE,), (4, SIZE), (H.disorder + 1, 4, SIZE)]:
        with pytest.raises(ValueError, match=rf"\({H.disorder}, replica, {SIZE}\)"):
            H.energy(np.ones(shape))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: hp.hopfield(XI).energy(np.ones(5)), r"6 sites on its last axis, but the shape is \(5,\)"),
        (lambda: hp.hopfield(XI).energy(1.0), "6 sites"),
        (lambda: hp.hopfield(XI).gap(np.ones(7)), "6 sites"),
        (lambda: hp.hopfield(XI).gap(np.ones(6), 6), "no site 6"),
        (lambda: hp.restricted_boltzmann_machine(W).gap(np.ones(7), -1), "no site -1"),
        (lambda: hp.hopfield(XI).gap(np.ones(6), 0.5), "no site 0.5"),
        (lambda: hp.hopfield(XI).level_energies(np.ones(6), 9), "no site 9: sites are numbered 0 to 5"),
        (lambda: hp.hopfield(XI).level_energies(np.ones(6), -1), "no site -1"),
        (lambda: hp.hopfield(XI, bias=np.ones(5)), r"bias must be a number or have shape \(6,\), but it is \(5,\)"),
        (lambda: hp.hopfield(XI, bias=np.nan), "bias must be finite"),
        (lambda: hp.custom(three_body, SIZE).local_field(np.ones(6)), "no field"),
        (lambda: hp.directed(np.zeros((2, 2))).energy(np.ones(2)), "no energy"),
        (lambda: hp.directed(np.zeros((2, 2))).gap(np.ones(2)), "no energy"),
        (lambda: hp.directed(np.zeros((2, 2))).level_energies(np.ones(2), 0), "no energy"),
        (
            lambda: hp.custom(lambda s: s.sum(), 3).energy(np.ones((4, 3))),
            r"must be of shape \(4,\), but Custom returns",
        ),
        (lambda: hp.custom(lambda s: s.sum(), 3).gap(np.ones((4, 3)), 0), r"must be of shape \(4,\)"),
        (lambda: hp.Hamiltonian(hp.Dense(symmetric(3)), 0.0, (hp.Block("v", 4, hp.SPIN),)), "interaction has 3 sites"),
    ],
)
def test_bad_states_and_sizes_are_refused_in_words(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_energies_do_not_change_with_the_arrays_they_were_made_from():
    J, b, xi = symmetric(SIZE), bias(), XI.copy()
    nets = [
        hp.boltzmann_machine(J, b, space=hp.SPIN), hp.hopfield(xi, bias=b), hp.directed(J, b),
        hp.attention(J, 1.0, b), hp.Hamiltonian(hp.Patterns(xi), b, (hp.Block("visible", SIZE, hp.SPIN),)),
        hp.restricted_boltzmann_machine(J, b, b), hp.ising(hp.graph([(0, 1), (4, 5)]), b[:2]),
    ]  # fmt: skip
    before = [net.local_field(np.ones(net.size)) for net in nets]
    for array in (J, b, xi):
        array *= 0
    for net, field in zip(nets, before, strict=True):
        assert np.array_equal(net.local_field(np.ones(net.size)), field)


def test_levels_of_single_sites_are_those_of_their_blocks():
    blocks = (hp.Block("visible", 2, hp.SPIN), hp.Block("hidden", 3, hp.BINARY), hp.Block("rest", 1, hp.REAL))
    mixed = hp.Hamiltonian(hp.Dense(symmetric(6)), 0.0, blocks)
    low, high = mixed.site_levels(np.array([[4, 0], [1, 2]]))
    np.testing.assert_array_equal(low, [[0, -1], [-1, 0]])
    np.testing.assert_array_equal(high, np.ones((2, 2)))
    assert [float(level) for level in mixed.site_levels(1)] == [-1, 1]
    assert [float(level) for level in mixed.site_levels(-2)] == [0, 1]
    for beyond in (6, -7):
        with pytest.raises(IndexError, match="sites run from 0 to 5"):
            mixed.site_levels(beyond)
    with pytest.raises(ValueError, match="a gap needs two-level sites"):
        mixed.site_levels(np.array([0, 5]))

"""Block Gibbs sampling of a square lattice, beside thrml (JAX), which samples any graph of factors that way."""

from __future__ import annotations

import numpy as np

import hopphys as hp
from benchmarks.checks import same_mean
from benchmarks.contest import Contest, Entrant, Row, gather

TEMPERATURE, LENGTH, REPLICAS = 2.5, 32, 64


def prepare(quick: bool) -> Contest:
    sweeps = 50 if quick else 500
    model = hp.ising(hp.square(LENGTH))
    units = model.size * REPLICAS * sweeps

    def call(turn: int) -> np.ndarray:
        run = hp.sample(
            model, temperature=TEMPERATURE, sweeps=sweeps, replicas=REPLICAS, dynamics=hp.GIBBS, record=0, seed=turn + 2
        )
        return run["energy"].values.ravel() / model.size

    entrants, absent = gather(
        Entrant("hopphys", call, units, "product", "hopphys"), thrml=lambda: thrml(model, sweeps, units)
    )
    return Contest(
        entrants,
        same_mean("energy a site"),
        "attempt",
        f"L = {LENGTH}, {REPLICAS} replicas, {sweeps} sweeps, T = {TEMPERATURE}, heat bath by colours",
        needs={"words": units / 2},
        absent=absent,
    )


def thrml(model: hp.Hamiltonian, sweeps: int, units: int) -> Entrant:
    import jax
    import jax.numpy as jnp
    from thrml import Block, SamplingSchedule, SpinNode, sample_states
    from thrml.models import IsingEBM, IsingSamplingProgram, hinton_init

    nodes = [SpinNode() for _ in range(model.size)]
    edges = [(nodes[i], nodes[j]) for i, j in model.interaction.bonds]
    energies = IsingEBM(nodes, edges, jnp.zeros(len(nodes)), jnp.ones(len(edges)), jnp.array(1 / TEMPERATURE))
    colours = model.interaction.colours
    blocks = [Block([nodes[i] for i in np.flatnonzero(colours == colour)]) for colour in np.unique(colours)]
    program = IsingSamplingProgram(energies, blocks, clamped_blocks=[])
    schedule = SamplingSchedule(n_warmup=sweeps, n_samples=1, steps_per_sample=1)

    @jax.jit
    def chains(key):
        first, second = jax.random.split(key)
        start = hinton_init(first, energies, blocks, (REPLICAS,))
        keys = jax.random.split(second, REPLICAS)
        run = jax.vmap(lambda k, s: sample_states(k, program, schedule, s, [], [Block(nodes)]))
        return run(keys, start)[0]

    def call(turn: int) -> np.ndarray:
        on = np.asarray(chains(jax.random.key(turn + 2)))
        return model.energy(2 * on.reshape(REPLICAS, -1).astype(np.int8) - 1) / model.size

    return Entrant("thrml", call, units, "peer", "thrml")


ROWS = (Row("gibbs-32", "square Ising, heat bath by colours, 64 replicas of L = 32", "Ising, heat bath", prepare),)

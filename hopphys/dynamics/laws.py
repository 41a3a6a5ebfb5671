"""What a dynamics samples, in words."""

from __future__ import annotations

from hopphys.dynamics.kinds import Dynamics
from hopphys.dynamics.meaning import require_meaning
from hopphys.hamiltonian import Hamiltonian


def law(hamiltonian: Hamiltonian, dynamics: Dynamics, constant: bool = True) -> str:
    """What the dynamics samples, in words, for the Dataset; `constant` says whether the temperature is."""
    if hamiltonian.directed:
        return "no equilibrium law: directed couplings have no energy"
    if dynamics.update in ("mean", "threshold"):
        return f"no equilibrium law: {dynamics.update} is deterministic and settles"
    if dynamics.parallel:
        return _parallel_law(hamiltonian, dynamics)
    return "exp(-beta E)" if constant else "exp(-beta E) only as far as the schedule is slow"


def require_boltzmann(hamiltonian: Hamiltonian, dynamics: Dynamics, what: str) -> None:
    """Raise ValueError unless the dynamics has a meaning for the model and keeps exp(-beta E), as `what` needs."""
    require_meaning(hamiltonian, dynamics)
    sampled = law(hamiltonian, dynamics)
    if not sampled.startswith("exp(-beta E)"):
        raise ValueError(
            f"{what} needs a dynamics that keeps exp(-beta E), but {dynamics.name} does not ({sampled}); "
            "use hp.GLAUBER, or hp.GIBBS on the joint form of attention"
        )


def _parallel_law(hamiltonian: Hamiltonian, dynamics: Dynamics) -> str:
    spins = all(block.space.name == "spin" for block in hamiltonian.sites)
    if dynamics.order == "synchronous" and spins and getattr(hamiltonian.interaction, "pairwise", False):
        return "not exp(-beta E): synchronous heat bath samples Little's law, exp(beta b.s + sum_i ln 2 cosh(beta h_i))"
    return "not exp(-beta E): sites that move at once see each other's old values"

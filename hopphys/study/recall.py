"""Store pictures, restore a damaged one, and say what came back: the work behind `hopphys recall`.

Everything is in one Dataset: the pictures as ±1 patterns, the probe, energy and overlaps sweep by sweep, the restored
state and what it is. `recall_page` turns it into a figure and a few lines of text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys import dataset, dynamics, observables
from hopphys.engine import sample, settle
from hopphys.hamiltonian import Hamiltonian
from hopphys.interop import images
from hopphys.learning import hebb, projection
from hopphys.memory import TooLarge
from hopphys.models import attention, hopfield
from hopphys.patterns import overlap
from hopphys.study.recall_verdict import verdict
from hopphys.types import Array

if TYPE_CHECKING:
    import xarray as xr

MODELS = ("hopfield", "attention")
RULES = {"hebb": hebb, "projection": projection}
WEIGHT = 5.0  # automatic sharpness: at a stored picture all others together weigh at most exp(-5) = 0.7 %
LONGEST = 1024  # sweeps


@dataclass(frozen=True)
class Request:
    """What to store, what to restore, and with which network; size is (width, height) in pixels.

    `sharpness` None is chosen from the pictures (`automatic_sharpness`). Raises ValueError for what makes no sense.
    """

    images: tuple[Path, ...]
    probe: Path
    size: tuple[int, int] = (64, 64)
    model: str = "hopfield"
    rule: str = "hebb"
    sharpness: float | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        if not self.images:
            raise ValueError("there is no picture to store; name at least one, and the damaged one as the probe")
        for what, value, known in (("model", self.model, MODELS), ("rule", self.rule, RULES)):
            if value not in known:
                raise ValueError(f"{what} must be {' or '.join(known)}, but it is {value!r}")
        if self.model == "attention" and self.rule != "hebb":
            raise ValueError(
                "a rule makes couplings, which attention does not have; leave the rule out, or use hopfield"
            )
        if self.sharpness is not None and self.model != "attention":
            raise ValueError("sharpness belongs to attention; leave it out, or choose the model attention")
        if self.sharpness is not None and not (math.isfinite(self.sharpness) and self.sharpness > 0):
            raise ValueError(f"sharpness must be positive and finite, but it is {self.sharpness!r}")


def restore(request: Request) -> xr.Dataset:
    """Read, store, restore and judge; the Dataset holds all of it.

    Raises ValueError for a file that is no picture, for pictures that the rule cannot store together, and for a network
    that would not fit in memory.
    """
    pictures = [images.read(path, request.size) for path in request.images]
    probe = images.read(request.probe, request.size)
    xi = np.stack([picture.spins.ravel() for picture in pictures])
    names = labels(request.images)
    sharpness = request.sharpness or automatic_sharpness(xi)
    network = _network(request, xi, names, sharpness)
    trace = _follow(network, _as_state(network, probe.spins.ravel()), xi, request.seed)
    return _dataset(request, pictures, probe, names, network, trace, sharpness)


def labels(paths: Sequence[Path]) -> list[str]:
    """File names where they tell the pictures apart, otherwise as much of the path as is needed."""
    for depth in range(1, 1 + max(len(path.parts) for path in paths)):
        short = [str(Path(*path.parts[-depth:])) for path in paths]
        if len(set(short)) == len(set(map(str, paths))):
            return [printable(name) for name in short]
    return [printable(path) for path in paths]


def printable(path: str | Path) -> str:
    """A file name that any terminal, figure and netCDF file can hold: a question mark for what cannot be printed."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(path))


def automatic_sharpness(patterns: Array) -> float:
    r"""Sharpness k = (ln P + 5) / (1 - c), c the largest mutual overlap of different patterns, for unit vectors.

    At a stored pattern every other one then weighs at most exp(-k (1 - c)), and all of them together exp(-5).
    """
    mutual = overlap(patterns, patterns)
    different = mutual[mutual < 1 - 0.5 / patterns.shape[-1]]
    alike = float(different.max()) if different.size else -1.0
    return (math.log(len(patterns)) + WEIGHT) / (1 - alike)


def _network(request: Request, xi: Array, names: list[str], sharpness: float) -> Hamiltonian:
    if request.model == "attention":
        return attention(xi / math.sqrt(xi.shape[-1]), sharpness)
    if request.rule == "projection":
        _refuse_copies(xi, names)
    try:
        return hopfield(xi, rule=RULES[request.rule])
    except TooLarge as error:
        raise TooLarge(f"{str(error).split(';')[0]}; take a smaller size, rule hebb or model attention") from None
    except ValueError as error:
        listed = ", ".join(f"{index} {name}" for index, name in enumerate(names[:20]))
        raise ValueError(f"{error} (pictures: {listed}{', ...' if len(names) > 20 else ''})") from None


def _refuse_copies(xi: Array, names: list[str]) -> None:
    mutual = np.tril(overlap(xi, xi), -1)
    for later, earlier in np.argwhere(np.abs(mutual) > 1 - 0.5 / xi.shape[-1]):
        kind = "are the same" if mutual[later, earlier] > 0 else "are negatives of each other"
        raise ValueError(
            f"{names[earlier]} and {names[later]} {kind} at this size, and projection stores only pictures that "
            "differ; leave one out, take a larger size, or use rule hebb or model attention"
        )


def _as_state(network: Hamiltonian, spins: Array) -> Array:
    """±1 as a start: attention works on vectors of length 1."""
    return spins if network.two_level else spins / math.sqrt(spins.size)


def read_out(state: Array) -> Array:
    """±1 of a state, (..., N): the sign; what is exactly zero is paper, -1."""
    return np.where(state > 0, np.int8(1), np.int8(-1))


@dataclass(frozen=True, eq=False)
class _Trace:
    """Energy (T + 1,), overlaps (T + 1, P), state (N,) of the model, and whether it came to rest."""

    energy: Array
    overlap: Array
    state: Array
    converged: bool
    period: int


def _follow(network: Hamiltonian, start: Array, xi: Array, seed: int) -> _Trace:
    """Sweep by sweep until a sweep changes nothing; longer runs repeat shorter ones, so trying 8, 64, ... is safe."""
    readout = observables.Observable(
        "overlap", lambda _, s: overlap(read_out(s), xi), ("replica", "pattern"), long_name="overlap, xi . sign(s) / N"
    )
    rule = dynamics.HOPFIELD if network.two_level else dynamics.ATTENTION
    lengths = [8, 64, LONGEST] if network.two_level else [int(settle(network, start, seed=seed).sweeps.item())]
    for sweeps in lengths:
        run = sample(
            network, sweeps=sweeps, dynamics=rule, start=start, seed=seed, observe=(observables.energy, readout)
        ).isel(replica=0)
        still = np.flatnonzero(run.acceptance.values == 0)
        if still.size:
            run = run.isel(sweep=slice(int(still[0]) + 1))
            break
    end = settle(network, run.state.values, seed=seed, max_sweeps=2).isel(replica=0)
    return _Trace(
        np.append(network.energy(start), run.energy.values),
        np.concatenate([overlap(read_out(start), xi)[None], run.overlap.values]),
        run.state.values,
        bool(end.converged),
        int(end.period),
    )


def _dataset(
    request: Request,
    pictures: list[images.Picture],
    probe: images.Picture,
    names: list[str],
    network: Hamiltonian,
    trace: _Trace,
    sharpness: float,
) -> xr.Dataset:
    import xarray as xr

    xi = np.stack([picture.spins.ravel() for picture in pictures])
    restored = read_out(trace.state)
    found = verdict(restored, xi)
    everything = [*pictures, probe]
    variables: dict[str, tuple[tuple[str, ...], Any, str, str]] = {
        "patterns": (("pattern", "site"), xi, "stored pictures, ink +1", "1"),
        "probe": (("site",), probe.spins.ravel(), "damaged picture, ink +1", "1"),
        "restored": (("site",), restored, "restored picture, ink +1", "1"),
        "state": (("site",), trace.state, "final configuration of the network", "1"),
        "energy": (("sweep",), trace.energy, "total energy E", "J"),
        "overlap": (("sweep", "pattern"), trace.overlap, "overlap with each stored picture, xi . sign(s) / N", "1"),
        "unstable": (("pattern",), _unstable(network, xi), "pixels of a stored picture that would flip at once", "1"),
        "threshold": (("pattern",), [p.threshold for p in pictures], "Otsu's threshold, 0 black to 255 white", "1"),
        "probe_threshold": ((), probe.threshold, "Otsu's threshold of the probe", "1"),
        "original": (("picture", "side"), [p.original for p in everything], "size of the file's picture", "pixel"),
        "converged": ((), trace.converged, "no site wants to change", "1"),
        "period": ((), trace.period, "period in sweeps; 0 not found", "1"),
    }
    labelled = {
        name: (dims, values, {"long_name": text, "units": unit})
        for name, (dims, values, text, unit) in variables.items()
    }
    coordinates = {
        "sweep": ("sweep", np.arange(len(trace.energy)), {"long_name": "sweeps done", "units": "1"}),
        "pattern": ("pattern", names, {"long_name": "stored picture", "units": "1"}),
        "picture": ("picture", [*names, "probe"], {"long_name": "picture that was read", "units": "1"}),
        "side": ("side", ["width", "height"], {"long_name": "side of a picture", "units": "1"}),
    }
    result = xr.Dataset(labelled, coordinates)
    result.attrs.update(
        width=request.size[0], height=request.size[1], model=request.model, hamiltonian=network.name,
        rule=request.rule if request.model == "hopfield" else None,
        sharpness=sharpness if request.model == "attention" else None, probe_name=printable(request.probe.name),
        verdict=found.kind, members=list(found.members), verdict_overlap=found.overlap,
    )  # fmt: skip
    return dataset.stamp(result, seed=request.seed, config=_config(request, sharpness))


def _unstable(network: Hamiltonian, xi: Array) -> Array:
    """How many pixels of each stored picture its own local field contradicts, (P,)."""
    return np.asarray((network.local_field(_as_state(network, xi)) * xi < 0).sum(axis=-1))


def _config(request: Request, sharpness: float) -> dict[str, Any]:
    own = {"rule": request.rule} if request.model == "hopfield" else {"sharpness": sharpness}
    return {
        "images": [printable(path) for path in request.images], "probe": printable(request.probe),
        "size": list(request.size), "model": request.model, **own,
    }  # fmt: skip

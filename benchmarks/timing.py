"""The clock: everybody in turn, A B C A B C ..., so that a busy minute of the machine falls on all alike."""

from __future__ import annotations

import math
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.contest import BEST, PRODUCT, Contest, Entrant, Evidence, describe

LEAST = 0.15  # seconds that a turn takes at least: short calls are repeated, and their median is the turn
MOST_CALLS = 9


def hold(contest: Contest, turns: int, least: float = LEAST) -> dict[str, Any]:
    """Time everybody `turns` times in turn, compare what they did, and return plain values for the results file."""
    running = {entrant.name: entrant for entrant in contest.entrants}
    absent = dict(contest.absent)
    clocks: dict[str, list[tuple[float, float]]] = {name: [] for name in running}
    outcomes: dict[str, list[Evidence]] = {name: [] for name in running}
    for turn in range(-1, turns):  # turn -1 compiles and loads, and is not counted
        for name, entrant in list(running.items()):
            try:
                seconds, processor, evidence = _turn(entrant, turn, least if turn >= 0 else 0.0)
            except Exception as error:
                if name == PRODUCT:
                    raise
                absent[name] = describe(error)
                del running[name], clocks[name], outcomes[name]
                continue
            if turn >= 0:
                clocks[name].append((seconds, processor))
                outcomes[name].append(evidence)
    checks, efforts = contest.check(outcomes), dict(contest.efforts(outcomes))
    return {
        "unit": contest.unit,
        "conditions": contest.conditions,
        "needs": dict(contest.needs),
        "entrants": {name: _told(entrant, clocks[name]) for name, entrant in running.items()},
        "efforts": efforts,
        "ratios": ratios(running, clocks, efforts),
        "checks": [asdict(check) for check in checks],
        "measures": [{**asdict(item), "kept": item.kept} for item in contest.measures(outcomes)],
        "absent": absent,
    }


def ratios(
    entrants: dict[str, Entrant], clocks: dict[str, list[tuple[float, float]]], efforts: dict[str, float]
) -> dict[str, list[float]]:
    """Cost of a unit to each other over that to the product, turn by turn; above 1 the product is faster."""
    costs = {
        name: [efforts.get(name, 1.0) * seconds / entrant.units for seconds, _ in clocks[name]]
        for name, entrant in entrants.items()
    }
    return {
        name: [cost / own for cost, own in zip(theirs, costs[PRODUCT], strict=True)]
        for name, theirs in costs.items()
        if name != PRODUCT
    }


def best_peer(row: dict[str, Any]) -> str | None:
    """The peer with the smallest cost of a unit: the one with the smallest median ratio."""
    peers = [name for name in row["ratios"] if row["entrants"][name]["kind"] == "peer"]
    return min(peers, key=lambda name: middle(row["ratios"][name]), default=None)


def middle(ratios: Sequence[float | None]) -> float:
    """Median ratio; infinite where a peer never reached the goal, so that it cannot be the best (null in the file)."""
    known = [value for value in ratios if value is not None and math.isfinite(value)]
    return statistics.median(known) if len(known) == len(ratios) and known else math.inf


def verdicts(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Each target beside what was measured. A ratio to somebody who did other work meets nothing."""
    found = []
    for name, target in row["targets"].items():
        against = best_peer(row) if name == BEST else name
        measured = row["ratios"].get(against) if against else None
        same = all(check["agrees"] for check in row["checks"] if check["name"] == against)
        median = middle(measured) if measured else math.inf
        met = math.isfinite(median) and same and median >= target
        found.append({"against": against, "target": target, "measured": median, "same_work": same, "met": met})
    return found


def per_unit(entrant: Entrant, turns: int, least: float = LEAST, processor: bool = False) -> list[float]:
    """Seconds a unit in each turn, of wall or processor time, for one entrant alone; the first call is not counted."""
    _turn(entrant, -1, 0.0)
    return [_turn(entrant, turn, least)[int(processor)] / entrant.units for turn in range(turns)]


def _turn(entrant: Entrant, turn: int, least: float) -> tuple[float, float, Evidence]:
    """Wall and processor seconds of a call (the median of as many as fill `least`), and its evidence."""
    seconds, processor, evidence = _repeat(entrant.call, turn, least)
    if entrant.fixed is not None:
        spent, used, _ = _repeat(entrant.fixed, turn, 0.0)
        seconds, processor = max(seconds - spent, 1e-9), max(processor - used, 0.0)
    return seconds, processor, evidence


def _repeat(call: Callable[[int], Any], turn: int, least: float) -> tuple[float, float, Any]:
    walls: list[float] = []
    used: list[float] = []
    while not walls or (sum(walls) < least and len(walls) < MOST_CALLS):
        before, start = _processor(), time.perf_counter()
        evidence = call(turn)
        walls.append(time.perf_counter() - start)
        used.append(_processor() - before)
    return statistics.median(walls), statistics.median(used), evidence


def _processor() -> float:
    """Processor seconds of this process and of the children it has waited for."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, kinds))


def _told(entrant: Entrant, clocks: Sequence[tuple[float, float]]) -> dict[str, Any]:
    return {
        "kind": entrant.kind,
        "package": entrant.package,
        "note": entrant.note,
        "units": entrant.units,
        "seconds": [seconds for seconds, _ in clocks],
        "processor": [processor for _, processor in clocks],
    }

"""The results as a page: machine and versions, the table of ratios, the figures that are no ratios, the slopes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.contest import PRODUCT
from benchmarks.results import FOLDER
from benchmarks.timing import best_peer, middle, verdicts

PAGE = FOLDER.parent / "docs" / "benchmarks.md"
# A row whose processor time is this far below its wall time shared its cores with something else.
BUSY = 1.15


def page(results: dict[str, Any]) -> str:
    """The whole page as Markdown."""
    rows = {name: row for name, row in results["rows"].items() if "error" not in row}
    parts = [
        "# Benchmarks\n",
        "<!-- Written by `python -m benchmarks table`; do not edit. -->\n",
        INTRODUCTION,
        _machine(results),
        _warnings(results),
        "## Beside the peers\n",
        _ratios(rows),
        _notes(rows),
        _checks(rows),
        _measures(rows),
        _limits(results),
        _ladders(results),
        _failures(results),
    ]
    return "\n".join(part for part in parts if part).rstrip() + "\n"


INTRODUCTION = """\
`nox -s bench` measures everything on this page anew: it builds an environment with hopphys and its peers, runs them *in
turn* (A B C A B C ...) in one process per row whose threads are held to the number of cores that the row says, and
compares what they computed before any ratio counts. Time is that of the call a user makes; compiling and loading are
not in it, except where the row is about the first call. A ratio is the peer's cost of a unit of work over hopphys's,
turn by turn: the median of all turns, and the smallest and largest. Above 1, hopphys is faster.

![Ratios to the peers with their targets, costs against size, and distance to the limits of the machine](benchmarks.png)
"""


def _machine(results: dict[str, Any]) -> str:
    told, rows = results["machine"], [*results["rows"].values(), *results["ladders"].values()]
    if not told or not rows:
        return "Nothing has been measured yet.\n"
    newest = max(rows, key=lambda row: row.get("date", ""))
    versions = ", ".join(f"{name} {value}" for name, value in newest.get("versions", {}).items() if value)
    caches = ", ".join(f"{level} {size}" for level, size in told.get("caches", {}).items())
    commits = sorted({str(row.get("commit"))[:10] for row in rows if row.get("commit")})
    return (
        f"Machine: {told['processor']}, {told['cores']} cores, {caches}, {told.get('memory', '')}, {told['system']}. "
        f"Python {told['python']}, {versions}. Measured until {str(newest.get('date'))[:10]} at "
        f"commit{'s' * (len(commits) > 1)} {', '.join(commits) or 'unknown'}.\n"
    )


def _warnings(results: dict[str, Any]) -> str:
    rows = results["rows"]
    quick = [name for name, row in rows.items() if row.get("quick")]
    busy = [name for name, row in rows.items() if "entrants" in row and busyness(row) > BUSY]
    told = []
    if quick:
        told.append(f"**Sizes for trying out, not results:** {', '.join(quick)}.")
    if busy:
        told.append(f"**Measured while something else used the cores** (ratios less sure): {', '.join(busy)}.")
    return "\n".join(told) + "\n" if told else ""


def busyness(row: dict[str, Any]) -> float:
    """Median of wall over processor time of everybody's turns, for one thread; 1 on a quiet machine."""
    if row.get("threads") != 1:
        return 1.0
    shares = [
        wall / used
        for told in row["entrants"].values()
        for wall, used in zip(told["seconds"], told["processor"], strict=True)
        if used > 0.02
    ]
    return statistics.median(shares) if shares else 1.0


def _ratios(rows: dict[str, Any]) -> str:
    lines = [
        "| work | beside | hopphys | other | ratio (min–max) | target | same work |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows.values():
        aims = {item["against"]: item for item in verdicts(row)}
        title = row["title"]
        for name in sorted(row["ratios"], key=lambda name: _rank(row, name)):
            values = [value for value in row["ratios"][name] if value is not None]
            if not values:
                continue
            lines.append(
                f"| {title} | {name}{' (best peer)' * (name == best_peer(row) and _peers(row) > 1)} "
                f"| {cost(row, PRODUCT)} | {cost(row, name)} | {interval(values)} | {_aim(aims.get(name))} "
                f"| {_same(row, name)} |"
            )
            title = ""
    return "\n".join(lines) + "\n"


def _peers(row: dict[str, Any]) -> int:
    return sum(told["kind"] == "peer" for told in row["entrants"].values())


def _rank(row: dict[str, Any], name: str) -> tuple[int, float]:
    order = ("peer", "numpy", "variant", "bound")
    return order.index(row["entrants"][name]["kind"]), middle(row["ratios"][name])


def _aim(item: dict[str, Any] | None) -> str:
    if item is None:
        return ""
    return f"≥ {item['target']:.3g}: {'met' if item['met'] else '**missed**'}"


def _same(row: dict[str, Any], name: str) -> str:
    found = [check["agrees"] for check in row["checks"] if check["name"] == name]
    return "" if not found else "yes" if all(found) else "**NO**"


def cost(row: dict[str, Any], name: str) -> str:
    """Median cost of a unit, with its unit: 0.125 ns an attempt, 1.2 ms a cue."""
    told = row["entrants"][name]
    effort = row["efforts"].get(name, 1.0)
    if effort is None:
        return f"never / {row['unit']}"
    return f"{_time(effort * statistics.median(told['seconds']) / told['units'])} / {row['unit']}"


def _time(seconds: float) -> str:
    for factor, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")):
        if seconds >= factor:
            return f"{seconds / factor:.3g} {unit}"
    return f"{seconds / 1e-12:.3g} ps"


def interval(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.3g} ({min(values):.3g}–{max(values):.3g})"


def _notes(rows: dict[str, Any]) -> str:
    lines = [f"- {row['title']}: {row['conditions']}.{_told(row)}" for row in rows.values()]
    return "Conditions:\n\n" + "\n".join(lines) + "\n" if lines else ""


def _told(row: dict[str, Any]) -> str:
    notes = [f" {name}: {told['note']}." for name, told in row["entrants"].items() if told["note"]]
    missing = [f" {name} could not take part: {error}." for name, error in row.get("absent", {}).items()]
    return "".join([*notes, *missing])


def _checks(rows: dict[str, Any]) -> str:
    lines = [
        f"- {row['title']}, {check['name']}: {check['figures']}{'' if check['agrees'] else ' - **not the same work**'}"
        for row in rows.values()
        for check in row["checks"]
    ]
    return "## Same work\n\n" + "\n".join(lines) + "\n" if lines else ""


def _measures(rows: dict[str, Any]) -> str:
    lines = ["## Time and memory\n", "| work | figure | value | limit |", "| --- | --- | --- | --- |"]
    for row in rows.values():
        for item in row["measures"]:
            value = "not measured" if item["value"] is None else f"{item['value']:.3g} {_unit(item)}".strip()
            limit = (
                "" if item["limit"] is None else f"≤ {item['limit']:.3g}: {'kept' if item['kept'] else '**not kept**'}"
            )
            lines.append(f"| {row['title']} | {item['name']} | {value} | {limit} |")
    return "\n".join(lines) + "\n" if len(lines) > 3 else ""


def _unit(item: dict[str, Any]) -> str:
    return "" if item["unit"] == "1" else str(item["unit"])


LIMIT_NAMES = {
    "flops": "float32 matrix product", "bytes": "triad in memory", "cached_bytes": "triad in the cache",
    "words": "random 64-bit words (a counter through splitmix64's mixer)",
}  # fmt: skip


def _limits(results: dict[str, Any]) -> str:
    limits = results["limits"]
    if not limits or "error" in limits:
        return ""
    units = {"flops": "Gflop/s", "bytes": "GB/s", "cached_bytes": "GB/s", "words": "G/s"}
    lines = [f"- {LIMIT_NAMES[key]}: {limits[key] / 1e9:.3g} {units[key]}" for key in LIMIT_NAMES]
    shares = [
        f"| {results['rows'][name]['title']} | {_time(bound)} | {kind} | {share:.0%} |"
        for name, (bound, kind, share) in distances(results).items()
    ]
    text = "## Distance to the machine\n\nOne thread of this machine does, undisturbed:\n\n" + "\n".join(lines) + "\n"
    if not shares:
        return text
    head = (
        "\nThe least time of a call at those rates, if only what it cannot do without took time, and its share of the "
        "time measured.\nNeeded are 32 random bits for an attempt; with dense couplings also a row of them and the "
        "fields, for each flip; the two products of attention.\n\n"
        "| work | least time | set by | share |\n| --- | --- | --- | --- |\n"
    )
    return text + head + "\n".join(shares) + "\n"


def distances(results: dict[str, Any]) -> dict[str, tuple[float, str, float]]:
    """For each row of one thread: the least seconds of a call of the product, what sets them, and their share."""
    limits, found = results["limits"], {}
    if not limits or "error" in limits:
        return {}
    for name, row in results["rows"].items():
        needs = {kind: amount for kind, amount in row.get("needs", {}).items() if amount}
        if "error" in row or not needs or row.get("threads") != 1:
            continue
        times = {kind: amount / limits[kind] for kind, amount in needs.items()}
        kind = max(times, key=lambda item: times[item])
        seconds = statistics.median(row["entrants"][PRODUCT]["seconds"])
        found[name] = (times[kind], LIMIT_NAMES[kind].partition(" (")[0], times[kind] / seconds)
    return found


def slope(sizes: Sequence[float], costs: Sequence[Sequence[float]]) -> float:
    """Exponent of cost ~ size^slope by least squares on log axes, through the median of each size."""
    x, y = [math.log(size) for size in sizes], [math.log(statistics.median(cost)) for cost in costs]
    if len(x) < 2:
        return math.nan
    middle = statistics.fmean(x)
    return sum((a - middle) * b for a, b in zip(x, y, strict=True)) / sum((a - middle) ** 2 for a in x)


def _ladders(results: dict[str, Any]) -> str:
    measured = [ladder for ladder in results["ladders"].values() if "error" not in ladder]
    attempts = [
        [f"{one['title']}, by {one['axis']}", _steps(one), _slope(one)] for one in measured if not _promise(one)
    ]
    rules = [
        [f"{one['title']}, by {one['axis']}", _steps(one), _slope(one), _promise(one)]
        for one in measured
        if _promise(one)
    ]
    tables = [
        _table("Cost of an attempt against size", "", ["kernel", "size: cost", "slope"], attempts),
        _table("Cost of learning against size", LEARNING, ["rule", "size: cost", "exponent", "promised"], rules),
    ]
    return "\n".join(one for one in tables if one)


LEARNING = """\
Every rule of `hopphys.learning.RULES` at its usual settings, random patterns, processor time of one thread, medians
of three turns; that leaves out the waiting for a busy core, but not the sharing of its caches. The exponent is that
of the fit through all sizes; "promised" is what the rule's documentation says for large ones. At these sizes parts of
lower order (the couplings are written and copied, N²) still count, and matrix products get faster as they grow, so an
exponent lies below the promise more often than above; sweeps and errors of the last three rules depend on the
patterns.
"""


def _table(title: str, text: str, heads: list[str], lines: list[list[str]]) -> str:
    if not lines:
        return ""
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n".join([f"## {title}\n", *([text] if text else []), *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def _steps(ladder: dict[str, Any]) -> str:
    pairs = zip(ladder["sizes"], ladder["costs"], strict=True)
    return ", ".join(f"{size}: {_time(statistics.median(cost))}" for size, cost in pairs)


def _slope(ladder: dict[str, Any]) -> str:
    return f"{slope(ladder['sizes'], ladder['costs']):.2f}"


def _promise(ladder: dict[str, Any]) -> str:
    return str(ladder.get("promise", ""))


def _failures(results: dict[str, Any]) -> str:
    every = {**results["rows"], **results["ladders"], "limits": results["limits"]}
    lines = [f"- {told.get('title', name)}: {told['error']}" for name, told in every.items() if "error" in told]
    return "## What could not be measured\n\n" + "\n".join(lines) + "\n" if lines else ""


def short(row: dict[str, Any]) -> list[str]:
    """What a row found, for the terminal."""
    aims = {item["against"]: item for item in verdicts(row)}
    found = []
    for name, values in row["ratios"].items():
        known = [value for value in values if value is not None and math.isfinite(value)]
        verdict = (
            f" target {aims[name]['target']:.3g} {'met' if aims[name]['met'] else 'MISSED'}" if name in aims else ""
        )
        wrong = "" if _same(row, name) in ("", "yes") else " OTHER WORK"
        found.append(f"{name} {interval(known)}{verdict}{wrong}" if known else f"{name}: no ratio")
    found += [
        f"{item['name']} {item['value']} {'' if item['kept'] else 'NOT KEPT'}".rstrip() for item in row["measures"]
    ]
    return found + [f"{name} absent ({error})" for name, error in row["absent"].items()]


def write(results: dict[str, Any], file: Path = PAGE) -> Path:
    file.write_text(page(results))
    return file
